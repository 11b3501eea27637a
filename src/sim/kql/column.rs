//! Columns of values and the tables they come from.
//!
//! A column is a dictionary with codes, 64-bit integers or plain values; functions are applied to a
//! dictionary once per word where they can be. Nothing here knows a query.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use super::value::{Type, Value};

/// Null inside [`Column::Whole`].
pub const NULL: i64 = i64::MIN;

/// Name and type of each column.
pub type Schema = Vec<(Arc<str>, Type)>;

/// Which rows of a table.
#[derive(Debug, Clone)]
pub enum Rows {
    /// All in a row.
    Range(Range<usize>),
    /// These, by number.
    Picked(Codes),
}

impl Rows {
    /// How many.
    pub fn len(&self) -> usize {
        match self {
            Self::Range(range) => range.len(),
            Self::Picked(rows) => rows.len(),
        }
    }

    /// No row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Calls `visit` with each row number.
    pub fn collect<T>(&self, mut visit: impl FnMut(usize) -> T) -> Vec<T> {
        match self {
            Self::Range(range) => range.clone().map(visit).collect(),
            Self::Picked(rows) => rows.iter().map(|r| visit(*r as usize)).collect(),
        }
    }

    /// Those at `places` among these.
    #[must_use]
    pub fn pick(&self, places: &[u32]) -> Self {
        let rows = match self {
            Self::Range(range) => places.iter().map(|p| range.start as u32 + p).collect(),
            Self::Picked(rows) => places.iter().map(|p| at(rows, *p)).collect(),
        };
        Self::Picked(Rc::new(rows))
    }
}

/// Places in a dictionary's words, one for each row, shared by the columns that have them in common.
pub type Codes = Rc<Vec<u32>>;

/// Codes that several columns of the same rows have in common.
pub type Shared = OnceCell<Codes>;

/// A stored table, in ingestion order.
pub trait Table {
    /// Its columns.
    fn schema(&self) -> Schema;
    /// Number of rows.
    fn len(&self) -> usize;
    /// Has no row.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// One column of some rows.
    fn read<'a>(&'a self, column: usize, rows: &Rows) -> Column<'a>;
    /// As [`Self::read`]; columns that repeat together may have their codes in common, made once.
    fn read_shared<'a>(&'a self, column: usize, rows: &Rows, _codes: &Shared) -> Column<'a> {
        self.read(column, rows)
    }
    /// When each row was ingested, in ticks.
    fn ingested(&self, rows: &Rows) -> Vec<i64>;
    /// First row ingested at or after `instant`.
    fn first_at(&self, instant: i64) -> usize;
}

/// The words of a dictionary: the table's own, or computed from them.
#[derive(Debug, Clone)]
pub enum Words<'a> {
    /// The table's.
    Stored(&'a [Value]),
    /// Computed.
    Own(Rc<Vec<Value>>),
}

impl Words<'_> {
    /// As a slice.
    pub fn get(&self) -> &[Value] {
        match self {
            Self::Stored(words) => words,
            Self::Own(words) => words,
        }
    }
}

/// A column of some number of rows.
#[derive(Debug, Clone)]
pub enum Column<'a> {
    /// Not read yet: a column of the frame's table.
    Stored(usize),
    /// The same value in every row.
    Constant(Value),
    /// Codes into words.
    Dictionary(Codes, Words<'a>),
    /// A whole type, [`NULL`] for null.
    Whole(Rc<Vec<i64>>, Type),
    /// Any values.
    Values(Rc<Vec<Value>>),
}

/// The element, or the type's default where there is none (which no caller asks for).
pub fn at<T: Copy + Default>(items: &[T], index: u32) -> T {
    items.get(index as usize).copied().unwrap_or_default()
}

/// The whole value as a [`Value`] of its type.
pub fn unpack(n: i64, ty: Type) -> Value {
    if n == NULL {
        return Value::Null;
    }
    match ty {
        Type::Bool => Value::Bool(n != 0),
        Type::DateTime => Value::DateTime(n),
        Type::Span => Value::Span(n),
        Type::Int | Type::Long | Type::Dynamic | Type::Guid | Type::Real | Type::Str => Value::Long(n),
    }
}

impl Column<'_> {
    /// Packs values of one type.
    pub fn from_values(values: Vec<Value>, ty: Type) -> Self {
        if ty.is_whole() {
            let packed = values.iter().map(|v| v.whole().unwrap_or(NULL)).collect();
            Self::Whole(Rc::new(packed), ty)
        } else {
            Self::Values(Rc::new(values))
        }
    }

    /// The value in a row.
    pub fn value(&self, row: usize) -> Value {
        match self {
            Self::Stored(_) => Value::Null,
            Self::Constant(value) => value.clone(),
            Self::Dictionary(codes, words) => {
                let code = codes.get(row).map(|c| *c as usize);
                code.and_then(|c| words.get().get(c)).cloned().unwrap_or(Value::Null)
            }
            Self::Whole(values, ty) => values.get(row).map_or(Value::Null, |n| unpack(*n, *ty)),
            Self::Values(values) => values.get(row).cloned().unwrap_or(Value::Null),
        }
    }

    /// These rows only.
    #[must_use]
    pub fn pick(&self, places: &[u32]) -> Self {
        match self {
            Self::Stored(index) => Self::Stored(*index),
            Self::Constant(value) => Self::Constant(value.clone()),
            Self::Dictionary(codes, words) => {
                Self::Dictionary(Rc::new(places.iter().map(|p| at(codes, *p)).collect()), words.clone())
            }
            Self::Whole(values, ty) => {
                Self::Whole(Rc::new(places.iter().map(|p| at(values, *p)).collect()), *ty)
            }
            Self::Values(_) => {
                Self::Values(Rc::new(places.iter().map(|p| self.value(*p as usize)).collect()))
            }
        }
    }

    /// Rows where the predicate is true.
    pub fn true_rows(&self, len: usize) -> Vec<u32> {
        let rows = 0..len as u32;
        match self {
            Self::Constant(value) => {
                if value.is_true() {
                    rows.collect()
                } else {
                    Vec::new()
                }
            }
            Self::Dictionary(codes, words) => {
                let truth: Vec<bool> = words.get().iter().map(Value::is_true).collect();
                rows.filter(|r| at(&truth, at(codes, *r))).collect()
            }
            Self::Whole(values, _) => rows.filter(|r| at(values, *r) == 1).collect(),
            Self::Stored(_) | Self::Values(_) => rows.filter(|r| self.value(*r as usize).is_true()).collect(),
        }
    }

    /// A small number per distinct value, the same for equal values, and how many there may be.
    pub fn codes(&self, len: usize) -> (Codes, u32) {
        match self {
            Self::Constant(_) | Self::Stored(_) => (Rc::new(vec![0; len]), 1),
            Self::Dictionary(codes, words) => {
                let (canonical, count) =
                    if words.get().len() > len { sparse(codes, words.get()) } else { distinct(words.get()) };
                if count as usize == canonical.len() {
                    return (Rc::clone(codes), count);
                }
                (Rc::new(codes.iter().map(|c| at(&canonical, *c)).collect()), count)
            }
            Self::Whole(values, _) => {
                let mut seen: HashMap<i64, u32> = HashMap::new();
                let mut next = 0;
                let mut last = (NULL, u32::MAX);
                let codes = values.iter().map(|v| {
                    if last.1 == u32::MAX || last.0 != *v {
                        last = (*v, number(&mut seen, *v, &mut next));
                    }
                    last.1
                });
                (Rc::new(codes.collect()), next)
            }
            Self::Values(values) => {
                let mut seen: HashMap<&Value, u32> = HashMap::new();
                let mut next = 0;
                (Rc::new(values.iter().map(|v| number(&mut seen, v, &mut next)).collect()), next)
            }
        }
    }

    /// A number per row that sorts as the values do; null is [`NULL`].
    pub fn ranks(&self, len: usize) -> Vec<i64> {
        match self {
            Self::Constant(_) | Self::Stored(_) => vec![0; len],
            Self::Whole(values, _) => values.as_ref().clone(),
            Self::Dictionary(codes, words) => {
                if words.get().len() > len {
                    return rank(&(0..len).map(|row| self.value(row)).collect::<Vec<_>>());
                }
                // Words may come many times; each is placed once.
                let (canonical, count) = distinct(words.get());
                let mut once = vec![Value::Null; count as usize];
                for (word, place) in words.get().iter().zip(&canonical) {
                    if let Some(slot) = once.get_mut(*place as usize) {
                        *slot = word.clone();
                    }
                }
                let ranks = rank(&once);
                codes.iter().map(|c| at(&ranks, at(&canonical, *c))).collect()
            }
            Self::Values(values) => rank(values),
        }
    }
}

/// A small number for each word, the same for equal words, and how many there are.
pub fn distinct(words: &[Value]) -> (Vec<u32>, u32) {
    let mut seen: HashMap<&Value, u32> = HashMap::new();
    let mut next = 0;
    (words.iter().map(|w| number(&mut seen, w, &mut next)).collect(), next)
}

/// As [`distinct`], but looks only at words that occur; the others get no number of their own.
fn sparse(codes: &[u32], words: &[Value]) -> (Vec<u32>, u32) {
    let mut seen: HashMap<&Value, u32> = HashMap::new();
    let mut next = 0;
    let mut canonical = vec![0; words.len()];
    for code in codes {
        let place = *code as usize;
        if let (Some(word), Some(slot)) = (words.get(place), canonical.get_mut(place)) {
            *slot = number(&mut seen, word, &mut next);
        }
    }
    (canonical, next)
}

fn number<K: std::hash::Hash + Eq>(seen: &mut HashMap<K, u32>, key: K, next: &mut u32) -> u32 {
    *seen.entry(key).or_insert_with(|| {
        *next += 1;
        *next - 1
    })
}

fn rank(values: &[Value]) -> Vec<i64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    let value = |i: &usize| values.get(*i).unwrap_or(&Value::Null);
    let compare = |a: &Value, b: &Value| a.compare(b).unwrap_or_else(|| b.is_null().cmp(&a.is_null()));
    order.sort_by(|a, b| compare(value(a), value(b)));
    let mut ranks = vec![NULL; values.len()];
    let mut current = 0;
    for (place, index) in order.iter().enumerate() {
        let before = place.checked_sub(1).and_then(|p| order.get(p));
        if before.is_none_or(|b| compare(value(b), value(index)).is_ne()) {
            current += 1;
        }
        if let Some(slot) = ranks.get_mut(*index)
            && !value(index).is_null()
        {
            *slot = current;
        }
    }
    ranks
}
