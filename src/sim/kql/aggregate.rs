//! `summarize`: grouping by small codes, and the aggregate functions.
//!
//! An aggregate inside an expression (`sum(a) * 2`) is computed first, as a column of its own, and the
//! rest of the expression over those columns.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use serde_json::Value as Json;

use super::ast::{Expr, Named};
use super::column::{Codes, Column, NULL, at, distinct};
use super::error::Refusal;
use super::frame::Frame;
use super::naming::{self, Numbered};
use super::scalar::Binder;
use super::value::{Type, Value};

/// All aggregate functions. The `…if` forms take a predicate last.
const AGGREGATES: [&str; 19] = [
    "any",
    "arg_max",
    "arg_min",
    "avg",
    "avgif",
    "count",
    "count_distinct",
    "countif",
    "dcount",
    "dcountif",
    "make_list",
    "make_set",
    "max",
    "maxif",
    "min",
    "minif",
    "sum",
    "sumif",
    "take_any",
];

/// Most elements of a set or list when none is asked for.
const MAX_ELEMENTS: usize = 1_048_576;

/// Largest table for numbering pairs of codes without hashing.
const DENSE: u64 = 1 << 20;

/// Which group each row is in.
pub struct Groups {
    ids: Vec<u32>,
    first: Vec<u32>,
}

impl Groups {
    /// Groups rows by columns.
    pub fn by(keys: &[Column<'_>], len: usize) -> Self {
        let mut ids = vec![0; len];
        let mut count = 1;
        for (place, key) in keys.iter().enumerate() {
            let (before, from) = keys.split_at(place);
            let Some(codes) = common(key, len) else {
                let (codes, size) = key.codes(len);
                (ids, count) = pairs(&ids, count, &codes, size);
                continue;
            };
            let alike = |other: &&Column<'_>| common(other, len).is_some_and(|o| Rc::ptr_eq(o, codes));
            if before.iter().any(|other| alike(&other)) {
                continue;
            }
            // What repeats together is grouped word by word, and row by row only once.
            let (mut words, mut size) = (Vec::new(), 1);
            for other in from.iter().filter(alike) {
                let Column::Dictionary(_, own) = other else { continue };
                let (numbers, many) = distinct(own.get());
                words.resize(numbers.len(), 0);
                (words, size) = pairs(&words, size, &numbers, many);
            }
            let rows: Vec<u32> = codes.iter().map(|code| at(&words, *code)).collect();
            (ids, count) = pairs(&ids, count, &rows, size);
        }
        let mut first = vec![u32::MAX; if keys.is_empty() { 1 } else { count as usize }];
        for (row, id) in ids.iter().enumerate() {
            if let Some(slot) = first.get_mut(*id as usize)
                && *slot == u32::MAX
            {
                *slot = row as u32;
            }
        }
        Self { ids, first }
    }

    /// First row of each group.
    pub fn first(&self) -> &[u32] {
        &self.first
    }

    fn count(&self) -> usize {
        self.first.len()
    }
}

/// The codes of a dictionary that is not longer than the rows.
fn common<'c>(column: &'c Column<'_>, len: usize) -> Option<&'c Codes> {
    match column {
        Column::Dictionary(codes, words) if words.get().len() <= len => Some(codes),
        Column::Dictionary(..)
        | Column::Stored(_)
        | Column::Constant(_)
        | Column::Whole(..)
        | Column::Values(_) => None,
    }
}

/// Numbers the pairs that occur.
fn pairs(left: &[u32], left_size: u32, right: &[u32], right_size: u32) -> (Vec<u32>, u32) {
    let mut next = 0;
    let both = left.iter().zip(right);
    let mut fresh = || {
        next += 1;
        next - 1
    };
    let cells = u64::from(left_size) * u64::from(right_size.max(1));
    let ids = if cells <= DENSE {
        let mut table = vec![u32::MAX; cells as usize];
        let number = |(l, r): (&u32, &u32)| {
            let Some(slot) = table.get_mut((l * right_size.max(1) + r) as usize) else { return 0 };
            if *slot == u32::MAX {
                *slot = fresh();
            }
            *slot
        };
        both.map(number).collect()
    } else {
        let mut table: HashMap<u64, u32> = HashMap::new();
        both.map(|(l, r)| *table.entry(u64::from(*l) << 32 | u64::from(*r)).or_insert_with(&mut fresh))
            .collect()
    };
    (ids, next)
}

/// Runs `summarize aggregates by keys`.
pub fn summarize<'a>(
    frame: &Frame<'a>,
    aggregates: &[Named],
    keys: &[Named],
    binder: &Binder<'_>,
) -> Result<Frame<'a>, Refusal> {
    let mut numbered = Numbered::default();
    let mut key_columns = Vec::new();
    for key in keys {
        let scalar = binder.bind(&key.expr)?;
        if scalar.ty == Type::Dynamic {
            let name = naming::of(&key.expr).unwrap_or_default();
            return Err(Refusal::semantic(
                "SEM0025",
                format!(
                    "Summarize group key '{name}' is of a 'dynamic' type. Please use an explicit cast (for example, 'summarize ... by tostring({name})')"
                ),
            ));
        }
        let name = numbered.name(key.name.as_deref(), naming::of(&key.expr));
        key_columns.push((name, scalar.ty, scalar.eval(frame)));
    }
    let columns: Vec<Column<'a>> = key_columns.iter().map(|(_, _, c)| c.clone()).collect();
    let groups = Groups::by(&columns, frame.len());
    let first = groups.first();
    let keys = key_columns.into_iter().map(|(name, ty, c)| (name, ty, c.pick(first))).collect();
    let mut result = Frame::new(keys, groups.count());
    for aggregate in aggregates {
        let context = Context { frame, groups: &groups, binder };
        for (name, ty, column) in context.named(aggregate, &result, &mut numbered)? {
            result.push(name, ty, column);
        }
    }
    Ok(result)
}

type Output<'a> = Vec<(Arc<str>, Type, Column<'a>)>;

struct Context<'c, 'a> {
    frame: &'c Frame<'a>,
    groups: &'c Groups,
    binder: &'c Binder<'c>,
}

impl<'a> Context<'_, 'a> {
    fn named(
        &self,
        named: &Named,
        so_far: &Frame<'a>,
        numbered: &mut Numbered,
    ) -> Result<Output<'a>, Refusal> {
        if let Expr::Call(name, args) = &named.expr
            && AGGREGATES.contains(&name.as_ref())
        {
            return self.call(name, args, named.name.as_deref(), so_far);
        }
        let mut inner = Vec::new();
        let rest = self.lift(&named.expr, &mut inner)?;
        if inner.is_empty() {
            return Err(Refusal::semantic("SEM0004", "'summarize' operator: expression has no aggregate"));
        }
        let lifted = Frame::new(inner, self.groups.count());
        let outer = Binder { columns: &lifted.schema, ..*self.binder };
        let scalar = outer.bind(&rest)?;
        let own = match &named.expr {
            Expr::Call(_, args) => match args.first() {
                Some(Expr::Call(inner, inner_args)) if naming::of(&rest).is_some() => {
                    Some(naming::of_aggregate(inner, inner_args))
                }
                _ => None,
            },
            _ => None,
        };
        let name = numbered.name(named.name.as_deref(), own);
        Ok(vec![(name, scalar.ty, scalar.eval(&lifted))])
    }

    /// Replaces aggregates by names of computed columns.
    fn lift(&self, expr: &Expr, columns: &mut Output<'a>) -> Result<Expr, Refusal> {
        match expr {
            Expr::Call(name, args) if AGGREGATES.contains(&name.as_ref()) => {
                let label: Arc<str> = format!(" {}", columns.len()).into();
                let none = Frame::new(Vec::new(), 0);
                columns.extend(self.call(name, args, Some(&label), &none)?.into_iter().take(1));
                Ok(Expr::Name(label))
            }
            Expr::Call(name, args) => {
                let args = args.iter().map(|a| self.lift(a, columns)).collect::<Result<_, _>>()?;
                Ok(Expr::Call(Arc::clone(name), args))
            }
            Expr::Member(base, key) => {
                Ok(Expr::Member(Box::new(self.lift(base, columns)?), Box::new(self.lift(key, columns)?)))
            }
            Expr::Literal(..) | Expr::Name(_) | Expr::Sided(..) | Expr::Star => Ok(expr.clone()),
        }
    }

    fn call(
        &self,
        name: &str,
        args: &[Expr],
        given: Option<&str>,
        so_far: &Frame<'a>,
    ) -> Result<Output<'a>, Refusal> {
        if matches!(name, "arg_max" | "arg_min" | "take_any" | "any") {
            return self.rows(name, args, given, so_far);
        }
        let conditional = name.ends_with("if");
        let base = if conditional { name.strip_suffix("if").unwrap_or(name) } else { name };
        let most =
            usize::from(base != "count") + usize::from(conditional) + usize::from(base.starts_with("make_"));
        let least = if base.starts_with("make_") { 1 } else { most };
        let count_star = name == "count" && args == [Expr::Star];
        if !count_star
            && (args.len() < least || args.len() > most.max(if base == "dcount" { most + 1 } else { 0 }))
        {
            return Err(Refusal::semantic(
                "SEM0219",
                format!("Function '{name}' was called with {} arguments; it expects {most}", args.len()),
            ));
        }
        let predicate = if conditional { args.get(most - 1) } else { None };
        let keep = match predicate {
            Some(expr) => Some(self.binder.bind(expr)?.eval(self.frame)),
            None => None,
        };
        let label = given.map_or_else(|| naming::of_aggregate(name, args), str::to_owned).into();
        let rows = self.kept(keep.as_ref());
        if base == "count" {
            return Ok(vec![(label, Type::Long, self.tally(&rows))]);
        }
        let Some(argument) = args.first() else { return Ok(Vec::new()) };
        let argument = self.binder.bind(argument)?;
        let (ty, column) = (argument.ty, argument.eval(self.frame));
        let (ty, column) = match base {
            "sum" | "avg" => self.sum(base == "avg", ty, &column, &rows)?,
            "min" | "max" => {
                let best = self.best(base == "max", &column, &rows);
                (ty, Column::from_values(best.iter().map(|r| value_at(&column, *r, ty)).collect(), ty))
            }
            "dcount" | "count_distinct" => (Type::Long, self.distinct(&column, &rows)),
            _ => {
                let limit =
                    args.get(1).map(|e| self.binder.row_count(e)).transpose()?.unwrap_or(MAX_ELEMENTS);
                (Type::Dynamic, self.gather(&column, base == "make_set", limit))
            }
        };
        Ok(vec![(label, ty, column)])
    }

    /// Row numbers that a predicate keeps.
    fn kept(&self, keep: Option<&Column<'a>>) -> Vec<u32> {
        match keep {
            Some(column) => column.true_rows(self.frame.len()),
            None => (0..self.frame.len() as u32).collect(),
        }
    }

    fn tally(&self, rows: &[u32]) -> Column<'a> {
        let mut counts = vec![0_i64; self.groups.count()];
        for row in rows {
            if let Some(count) = counts.get_mut(at(&self.groups.ids, *row) as usize) {
                *count += 1;
            }
        }
        Column::Whole(counts.into(), Type::Long)
    }

    fn sum(
        &self,
        average: bool,
        ty: Type,
        column: &Column<'a>,
        rows: &[u32],
    ) -> Result<(Type, Column<'a>), Refusal> {
        if !ty.is_number() && ty != Type::Span {
            let name = if average { "avg" } else { "sum" };
            return Err(Refusal::semantic("SEM0219", format!("Function '{name}' cannot take {}", ty.name())));
        }
        let mut sums = vec![(0_i64, 0.0_f64, 0_i64); self.groups.count()];
        let packed = if let Column::Whole(values, _) = column { values.as_slice() } else { &[] };
        for row in rows {
            if let Some(n) = packed.get(*row as usize).filter(|n| **n != NULL)
                && let Some((whole, real, count)) = sums.get_mut(at(&self.groups.ids, *row) as usize)
            {
                *whole = whole.wrapping_add(*n);
                *real += *n as f64;
                *count += 1;
                continue;
            }
            let value = column.value(*row as usize);
            let Some((whole, real, count)) = sums.get_mut(at(&self.groups.ids, *row) as usize) else {
                continue;
            };
            if let Some(n) = value.whole() {
                *whole = whole.wrapping_add(n);
                *real += n as f64;
            } else if let Value::Real(x) = value {
                *real += x;
            } else {
                continue;
            }
            *count += 1;
        }
        let result = if ty == Type::Span || (average && ty == Type::Real) { ty } else { Type::Long };
        let result = if average && ty.is_number() || ty == Type::Real { Type::Real } else { result };
        let finish = |(whole, real, count): &(i64, f64, i64)| match (average, result) {
            (true, _) if *count == 0 => Value::Null,
            (true, Type::Span) => Value::Span(whole / count),
            (true, _) => Value::Real(real / *count as f64),
            (false, Type::Span) => Value::Span(*whole),
            (false, Type::Real) => Value::Real(*real),
            (false, _) => Value::Long(*whole),
        };
        Ok((result, Column::from_values(sums.iter().map(finish).collect(), result)))
    }

    /// The row of each group where the column is greatest (or least); null never wins over a value.
    fn best(&self, greatest: bool, column: &Column<'a>, rows: &[u32]) -> Vec<Option<u32>> {
        let ranks = column.ranks(self.frame.len());
        let constant_null = matches!(column, Column::Constant(Value::Null));
        let mut best: Vec<Option<(i64, u32)>> = vec![None; self.groups.count()];
        for row in rows {
            let rank = if constant_null { NULL } else { at(&ranks, *row) };
            let Some(slot) = best.get_mut(at(&self.groups.ids, *row) as usize) else { continue };
            let wins = match slot {
                None => true,
                Some((NULL, _)) => rank != NULL,
                Some((held, _)) => rank != NULL && if greatest { rank > *held } else { rank < *held },
            };
            if wins {
                *slot = Some((rank, *row));
            }
        }
        best.into_iter().map(|b| b.map(|(_, row)| row)).collect()
    }

    fn distinct(&self, column: &Column<'a>, rows: &[u32]) -> Column<'a> {
        let (codes, size) = column.codes(self.frame.len());
        let (ids, pair_count) = pairs(&self.groups.ids, self.groups.count() as u32, &codes, size);
        let mut seen = vec![false; pair_count as usize];
        let mut counts = vec![0_i64; self.groups.count()];
        for row in rows {
            let Some(seen) = seen.get_mut(at(&ids, *row) as usize).filter(|s| !**s) else { continue };
            *seen = true;
            if !column.value(*row as usize).is_null()
                && let Some(count) = counts.get_mut(at(&self.groups.ids, *row) as usize)
            {
                *count += 1;
            }
        }
        Column::Whole(counts.into(), Type::Long)
    }

    fn gather(&self, column: &Column<'a>, once: bool, limit: usize) -> Column<'a> {
        let len = self.frame.len();
        let (codes, size) = column.codes(len);
        let (ids, pair_count) = pairs(&self.groups.ids, self.groups.count() as u32, &codes, size);
        let mut seen = vec![false; pair_count as usize];
        let mut lists: Vec<Vec<Json>> = vec![Vec::new(); self.groups.count()];
        for row in 0..len as u32 {
            let repeated = seen.get_mut(at(&ids, row) as usize).is_some_and(|s| std::mem::replace(s, true));
            let Some(list) = lists.get_mut(at(&self.groups.ids, row) as usize) else { continue };
            if (once && repeated) || list.len() >= limit {
                continue;
            }
            match column.value(row as usize).json() {
                Json::Null => {}
                // A set of arrays is the set of their elements.
                Json::Array(items) if once => {
                    for item in items {
                        if !list.contains(&item) {
                            list.push(item);
                        }
                    }
                }
                value => list.push(value),
            }
            list.truncate(limit);
        }
        Column::from_values(
            lists.into_iter().map(|l| Value::dynamic(Json::Array(l))).collect(),
            Type::Dynamic,
        )
    }

    /// `arg_max`, `arg_min`, `take_any`: values of one row per group.
    fn rows(
        &self,
        name: &str,
        args: &[Expr],
        given: Option<&str>,
        so_far: &Frame<'a>,
    ) -> Result<Output<'a>, Refusal> {
        let ordered = name.starts_with("arg_");
        let Some(first) = args.first() else {
            return Err(Refusal::semantic(
                "SEM0219",
                format!("Function '{name}' was called with 0 arguments"),
            ));
        };
        let all = self.kept(None);
        let picked = if ordered {
            let by = self.binder.bind(first)?.eval(self.frame);
            self.best(name == "arg_max", &by, &all)
        } else {
            self.groups.first().iter().map(|r| Some(*r).filter(|r| *r != u32::MAX)).collect()
        };
        let mut output: Output<'a> = Vec::new();
        for (place, arg) in args.iter().enumerate() {
            if *arg == Expr::Star {
                let taken: Vec<Arc<str>> = output.iter().map(|(n, ..)| Arc::clone(n)).collect();
                let own = naming::of(first).unwrap_or_default();
                for (index, (column, ty)) in self.frame.schema.iter().enumerate() {
                    let known = taken.contains(column) || **column == own || so_far.index(column).is_some();
                    if !known {
                        let values = self.frame.column(index);
                        let values = picked.iter().map(|r| value_at(&values, *r, *ty)).collect();
                        output.push((Arc::clone(column), *ty, Column::from_values(values, *ty)));
                    }
                }
                continue;
            }
            let scalar = self.binder.bind(arg)?;
            let column = scalar.eval(self.frame);
            let values = picked.iter().map(|r| value_at(&column, *r, scalar.ty)).collect();
            let own = if ordered {
                naming::of(arg).unwrap_or_default()
            } else {
                naming::of_aggregate(name, std::slice::from_ref(arg))
            };
            let label = given.filter(|_| place == 0).map_or(own, str::to_owned);
            output.push((label.into(), scalar.ty, Column::from_values(values, scalar.ty)));
        }
        Ok(output)
    }
}

fn value_at(column: &Column<'_>, row: Option<u32>, ty: Type) -> Value {
    row.map_or_else(|| Value::absent(ty), |r| column.value(r as usize))
}
