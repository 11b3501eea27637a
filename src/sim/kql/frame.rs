//! A frame: some rows between two operators. Columns of the stored table are read when first used.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use super::column::{Codes, Column, Rows, Schema, Shared, Table, at};
use super::value::{Type, Value};

/// Rows with named, typed columns.
pub struct Frame<'a> {
    /// Names and types.
    pub schema: Schema,
    columns: Vec<Column<'a>>,
    source: Option<(&'a dyn Table, Rows)>,
    len: usize,
    read: RefCell<HashMap<usize, Column<'a>>>,
    /// Codes of the table's rows that its columns have in common.
    shared: Shared,
}

impl<'a> Frame<'a> {
    /// Some rows of a table.
    pub fn of_table(table: &'a dyn Table, rows: Rows) -> Self {
        let schema = table.schema();
        let columns = (0..schema.len()).map(Column::Stored).collect();
        Self {
            schema,
            columns,
            len: rows.len(),
            source: Some((table, rows)),
            read: RefCell::default(),
            shared: Shared::default(),
        }
    }

    /// Computed columns.
    pub fn new(columns: Vec<(Arc<str>, Type, Column<'a>)>, len: usize) -> Self {
        let mut frame = Self {
            schema: Vec::new(),
            columns: Vec::new(),
            source: None,
            len,
            read: RefCell::default(),
            shared: Shared::default(),
        };
        for (name, ty, column) in columns {
            frame.push(name, ty, column);
        }
        frame
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Adds a column, or replaces the one of that name.
    pub fn set(&mut self, name: Arc<str>, ty: Type, column: Column<'a>) {
        let Some(index) = self.index(&name) else { return self.push(name, ty, column) };
        self.read.borrow_mut().remove(&index);
        if let Some(slot) = self.columns.get_mut(index) {
            *slot = column;
        }
        if let Some(slot) = self.schema.get_mut(index) {
            slot.1 = ty;
        }
    }

    /// Adds a column under a name that is made unique with a number.
    pub fn push(&mut self, name: Arc<str>, ty: Type, column: Column<'a>) {
        let mut unique = name;
        let plain = Arc::clone(&unique);
        let mut count = 0;
        while self.index(&unique).is_some() {
            count += 1;
            unique = Arc::from(format!("{plain}{count}"));
        }
        self.schema.push((unique, ty));
        self.columns.push(column);
    }

    /// Place of a column.
    pub fn index(&self, name: &str) -> Option<usize> {
        self.schema.iter().position(|(n, _)| n.as_ref() == name)
    }

    /// A column, read from the table if need be.
    pub fn column(&self, index: usize) -> Column<'a> {
        let Some(column) = self.columns.get(index) else { return Column::Constant(Value::Null) };
        let (Column::Stored(stored), Some((table, rows))) = (column, &self.source) else {
            return column.clone();
        };
        self.read
            .borrow_mut()
            .entry(index)
            .or_insert_with(|| table.read_shared(*stored, rows, &self.shared))
            .clone()
    }

    /// When each row was ingested; null once rows are computed.
    pub fn ingested(&self) -> Column<'a> {
        match &self.source {
            Some((table, rows)) => Column::Whole(Rc::new(table.ingested(rows)), Type::DateTime),
            None => Column::Constant(Value::Null),
        }
    }

    /// These rows, in this order.
    #[must_use]
    pub fn pick(&self, places: &[u32]) -> Self {
        // Columns that have their codes in common keep them in common.
        let mut done: Vec<(&Codes, Codes)> = Vec::new();
        let shared = self.shared.get().map_or_else(Shared::default, |codes| {
            let picked = picked(codes, places);
            done.push((codes, Rc::clone(&picked)));
            Shared::from(picked)
        });
        let mut columns = Vec::with_capacity(self.columns.len());
        for column in &self.columns {
            columns.push(if let Column::Dictionary(codes, words) = column {
                let known = done.iter().find(|(before, _)| Rc::ptr_eq(before, codes));
                let new = known.map_or_else(|| picked(codes, places), |(_, new)| Rc::clone(new));
                done.push((codes, Rc::clone(&new)));
                Column::Dictionary(new, words.clone())
            } else {
                column.pick(places)
            });
        }
        Self {
            schema: self.schema.clone(),
            columns,
            source: self.source.as_ref().map(|(table, rows)| (*table, rows.pick(places))),
            len: places.len(),
            read: RefCell::default(),
            shared,
        }
    }

    /// The first rows.
    pub fn head(self, count: usize) -> Self {
        if count >= self.len {
            return self;
        }
        self.pick(&(0..count as u32).collect::<Vec<_>>())
    }

    /// These columns, under these names.
    pub fn select(self, wanted: &[(Arc<str>, usize)]) -> Self {
        let pick = |(name, index): &(Arc<str>, usize)| {
            let ty = self.schema.get(*index).map_or(Type::Dynamic, |(_, ty)| *ty);
            let column = self.columns.get(*index).cloned().unwrap_or(Column::Constant(Value::Null));
            ((Arc::clone(name), ty), column)
        };
        let (schema, columns) = wanted.iter().map(pick).unzip();
        Self {
            schema,
            columns,
            source: self.source,
            len: self.len,
            read: RefCell::default(),
            shared: self.shared,
        }
    }

    /// Row numbers of the stored table that the frame holds, if it holds any.
    pub fn rows(&self) -> Option<&Rows> {
        self.source.as_ref().map(|(_, rows)| rows)
    }
}

impl<'a> Frame<'a> {
    /// A column as it is held, read or not.
    pub fn raw(&self, index: usize) -> Column<'a> {
        self.columns.get(index).cloned().unwrap_or(Column::Constant(Value::Null))
    }

    /// The same rows with other columns.
    pub fn with_columns(self, columns: Vec<(Arc<str>, Type, Column<'a>)>) -> Self {
        let mut frame = Self { source: self.source, shared: self.shared, ..Self::new(Vec::new(), self.len) };
        for (name, ty, column) in columns {
            frame.push(name, ty, column);
        }
        frame
    }
}

impl Frame<'_> {
    /// The same rows again; columns are shared.
    pub fn copy(&self) -> Self {
        Self {
            schema: self.schema.clone(),
            columns: self.columns.clone(),
            source: self.source.clone(),
            len: self.len,
            read: RefCell::default(),
            shared: self.shared.clone(),
        }
    }
}

/// The codes at these places.
fn picked(codes: &Codes, places: &[u32]) -> Codes {
    Rc::new(places.iter().map(|place| at(codes, *place)).collect())
}
