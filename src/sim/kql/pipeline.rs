//! Runs a query: `let`s, sources and the operators of each pipe, one frame after another.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value as Json;

use super::aggregate::{Groups, summarize};
use super::ast::{Bound, Expr, Named, Op, Pipe, SortKey, Source};
use super::column::{Column, NULL, Rows, Table};
use super::error::Refusal;
use super::frame::Frame;
use super::join::join;
use super::naming::{self, Numbered};
use super::scalar::Binder;
use super::value::{Type, Value, long};
use super::{head, parse};

/// The column that the request's `timespan` bounds.
const TIME: &str = "TimeGenerated";

/// The column that names the resource of a row.
const RESOURCE: &str = "_ResourceId";

/// Most rows that an operator may make; a query that would exceed it is refused for memory.
const MAX_ROWS: usize = 5_000_000;

/// What a query runs against.
pub struct Engine<'a> {
    tables: Vec<(Arc<str>, &'a dyn Table)>,
    now: i64,
    interval: Option<(i64, i64)>,
    scope: Option<Arc<str>>,
}

/// `let` names seen so far.
#[derive(Default)]
struct Lets<'a> {
    scalars: HashMap<Arc<str>, (Value, Type)>,
    rows: HashMap<Arc<str>, Frame<'a>>,
}

impl<'a> Engine<'a> {
    /// Tables by name, the present in ticks since 1970, and the `timespan` of the request.
    pub fn new(tables: Vec<(&str, &'a dyn Table)>, now: i64, interval: Option<(i64, i64)>) -> Self {
        let tables = tables.into_iter().map(|(name, table)| (Arc::from(name), table)).collect();
        Self { tables, now, interval, scope: None }
    }

    /// Shows only the rows of one resource, by its ARM id.
    #[must_use]
    pub fn scoped(self, resource: Option<&str>) -> Self {
        Self { scope: resource.map(Arc::from), ..self }
    }

    /// The conditions that the request itself puts on every table.
    fn conditions(&self) -> Vec<Op> {
        let call = |sign: &str, column: &str, value, ty| {
            Op::Where(Expr::Call(sign.into(), vec![Expr::Name(column.into()), Expr::Literal(value, ty)]))
        };
        let mut conditions = Vec::new();
        if let Some((from, to)) = self.interval {
            conditions.push(call(">=", TIME, Value::DateTime(from), Type::DateTime));
            conditions.push(call("<=", TIME, Value::DateTime(to), Type::DateTime));
        }
        if let Some(scope) = &self.scope {
            conditions.push(call("=~", RESOURCE, Value::Str(Arc::clone(scope)), Type::Str));
        }
        conditions
    }

    /// Runs a query and gives the name of its result table and its rows.
    pub fn run(&self, text: &str) -> Result<(&'static str, Frame<'a>), Refusal> {
        let query = parse::parse(text)?;
        let mut lets = Lets::default();
        for (name, bound) in &query.lets {
            match bound {
                Bound::Rows(pipe) => {
                    let frame = self.pipe(pipe, &lets)?;
                    lets.rows.insert(Arc::clone(name), frame);
                }
                Bound::Scalar(Expr::Name(table)) if !lets.scalars.contains_key(table) => {
                    let frame = self.table(table, None, &lets, &[])?;
                    lets.rows.insert(Arc::clone(name), frame);
                }
                Bound::Scalar(expr) => {
                    let value = self.binder("let", &[], &lets).constant(expr)?;
                    lets.scalars.insert(Arc::clone(name), value);
                }
            }
        }
        let frame = self.pipe(&query.body, &lets)?;
        let name =
            if matches!(query.body.ops.last(), Some(Op::GetSchema)) { "getschema" } else { "PrimaryResult" };
        Ok((name, frame))
    }

    fn binder<'b>(
        &self,
        operator: &'static str,
        columns: &'b [(Arc<str>, Type)],
        lets: &'b Lets<'a>,
    ) -> Binder<'b> {
        Binder { operator, columns, lets: &lets.scalars, now: self.now }
    }

    fn pipe(&self, pipe: &Pipe, lets: &Lets<'a>) -> Result<Frame<'a>, Refusal> {
        let ops: Vec<&Op> = pipe.ops.iter().collect();
        let mut frame = match &pipe.source {
            Source::Table(name) => self.table(name, ops.first().copied(), lets, &ops)?,
            Source::Nested(inner) => self.pipe(inner, lets)?,
            Source::Union(parts) => self.union(None, parts, lets)?,
            Source::Print(values) => {
                let empty = Frame::new(Vec::new(), 1);
                let binder = self.binder("print", &[], lets);
                let mut columns = Vec::new();
                for (place, value) in values.iter().enumerate() {
                    let scalar = binder.bind(&value.expr)?;
                    let name = value.name.clone().unwrap_or_else(|| format!("print_{place}").into());
                    columns.push((name, scalar.ty, scalar.eval(&empty)));
                }
                Frame::new(columns, 1)
            }
        };
        for op in ops {
            frame = self.apply(frame, op, lets)?;
        }
        Ok(frame)
    }

    /// A table's rows, as few as the operators after it allow.
    fn table(
        &self,
        name: &Arc<str>,
        next: Option<&Op>,
        lets: &Lets<'a>,
        ops: &[&Op],
    ) -> Result<Frame<'a>, Refusal> {
        if let Some(frame) = lets.rows.get(name) {
            return Ok(frame.copy());
        }
        let Some((_, table)) = self.tables.iter().find(|(n, _)| n == name) else {
            return Err(Refusal::unknown_table(next.map(Op::name), name));
        };
        let conditions = self.conditions();
        let all: Vec<&Op> = conditions.iter().chain(ops.iter().copied()).collect();
        let binder = self.binder("where", &[], lets);
        let rows = head::bounded(*table, &all, &binder);
        let rows = match (head::wanted(&all, &binder), &rows) {
            (Some((count, most)), Rows::Range(range)) if range.len() > head::STEP => {
                let (mut parts, mut found, mut start) = (Vec::new(), 0, range.start);
                while start < range.end && found < most {
                    let end = range.end.min(start + head::STEP);
                    let mut frame = Frame::of_table(*table, Rows::Range(start..end));
                    for op in all.iter().take(count) {
                        frame = self.apply(frame, op, lets)?;
                    }
                    found += frame.len();
                    parts.extend(frame.rows().cloned());
                    start = end;
                }
                head::joined(&parts)
            }
            _ => rows,
        };
        let frame = Frame::of_table(*table, rows);
        conditions.iter().try_fold(frame, |frame, op| self.apply(frame, op, lets))
    }

    fn apply(&self, frame: Frame<'a>, op: &Op, lets: &Lets<'a>) -> Result<Frame<'a>, Refusal> {
        let schema = frame.schema.clone();
        let binder = self.binder(op.name(), &schema, lets);
        Ok(match op {
            Op::Where(expr) => filter(frame, expr, &binder)?,
            Op::Extend(columns) => extend(frame, columns, &binder)?,
            Op::Project(columns) => project(frame, columns, &binder)?,
            Op::ProjectAway(patterns) => {
                let gone = |name: &str| {
                    patterns.iter().any(|p| p.strip_suffix('*').map_or(**p == *name, |s| name.starts_with(s)))
                };
                for pattern in patterns {
                    if !pattern.ends_with('*') && frame.index(pattern).is_none() {
                        return Err(Refusal::unknown_name(op.name(), pattern));
                    }
                }
                let kept = schema.iter().enumerate().filter(|(_, (n, _))| !gone(n));
                let kept: Vec<_> = kept.map(|(i, (n, _))| (Arc::clone(n), i)).collect();
                frame.select(&kept)
            }
            Op::ProjectRename(pairs) => {
                let mut names: Vec<_> =
                    schema.iter().enumerate().map(|(i, (n, _))| (Arc::clone(n), i)).collect();
                for (new, old) in pairs {
                    let slot = frame.index(old).and_then(|i| names.get_mut(i));
                    let Some(slot) = slot else { return Err(Refusal::unknown_name(op.name(), old)) };
                    slot.0 = Arc::clone(new);
                }
                frame.select(&names)
            }
            Op::Summarize(aggregates, keys) => summarize(&frame, aggregates, keys, &binder)?,
            Op::Distinct(columns) => distinct(frame, columns, &binder)?,
            Op::Sort(keys) => sorted(frame, keys, None, &binder)?,
            Op::Top(count, keys) => sorted(frame, keys, Some(binder.row_count(count)?), &binder)?,
            Op::Take(count) => {
                let count = binder.row_count(count)?;
                frame.head(count)
            }
            Op::Count => {
                let count = Column::Constant(Value::Long(long(frame.len())));
                Frame::new(vec![("Count".into(), Type::Long, count)], 1)
            }
            Op::Union(parts) => self.union(Some(frame), parts, lets)?,
            Op::Join(kind, right, on) => {
                let right = self.pipe(right, lets)?;
                join(&frame, &right, *kind, on, MAX_ROWS)?
            }
            Op::MvExpand(columns) => expand(&frame, columns, &binder)?,
            Op::GetSchema => get_schema(&frame),
        })
    }

    fn union(&self, first: Option<Frame<'a>>, parts: &[Pipe], lets: &Lets<'a>) -> Result<Frame<'a>, Refusal> {
        let mut frames: Vec<Frame<'a>> = first.into_iter().collect();
        for part in parts {
            frames.push(self.pipe(part, lets)?);
        }
        let len: usize = frames.iter().map(Frame::len).sum();
        if len > MAX_ROWS {
            return Err(too_large());
        }
        let mut schema: Vec<(Arc<str>, Type)> = Vec::new();
        for column in frames.iter().flat_map(|f| &f.schema) {
            if !schema.contains(column) {
                schema.push(column.clone());
            }
        }
        let clashes = |name: &Arc<str>| schema.iter().filter(|(n, _)| n == name).count() > 1;
        let columns = schema.iter().map(|(name, ty)| {
            let mut values = Vec::with_capacity(len);
            for frame in &frames {
                let place = frame.schema.iter().position(|(n, t)| n == name && t == ty);
                let column = place.map_or(Column::Constant(Value::absent(*ty)), |i| frame.column(i));
                values.extend((0..frame.len()).map(|row| column.value(row)));
            }
            let label = if clashes(name) { format!("{name}_{}", ty.name()).into() } else { Arc::clone(name) };
            (label, *ty, Column::from_values(values, *ty))
        });
        Ok(Frame::new(columns.collect(), len))
    }
}

/// The service's words for a query that needs too much memory.
pub fn too_large() -> Refusal {
    Refusal::semantic("SEM0001", "Query execution has exceeded the allowed limits (80DA0001)")
}

fn filter<'a>(frame: Frame<'a>, expr: &Expr, binder: &Binder<'_>) -> Result<Frame<'a>, Refusal> {
    let mut conjuncts = vec![expr];
    while let Some(Expr::Call(sign, args)) = conjuncts.last() {
        let ("and", [a, b]) = (sign.as_ref(), args.as_slice()) else { break };
        conjuncts.pop();
        conjuncts.extend([b, a]);
    }
    let scalars = conjuncts.iter().rev().map(|c| binder.bind(c)).collect::<Result<Vec<_>, _>>()?;
    let mut frame = frame;
    for scalar in scalars {
        if scalar.ty != Type::Bool && scalar.ty != Type::Dynamic {
            return Err(Refusal::semantic(
                "SEM0025",
                format!("'where' operator: the predicate is of type {}, not bool", scalar.ty.name()),
            ));
        }
        let places = scalar.eval(&frame).true_rows(frame.len());
        if places.len() < frame.len() {
            frame = frame.pick(&places);
        }
    }
    Ok(frame)
}

fn extend<'a>(mut frame: Frame<'a>, columns: &[Named], binder: &Binder<'_>) -> Result<Frame<'a>, Refusal> {
    let mut numbered = Numbered::default();
    let mut new = Vec::new();
    for column in columns {
        let scalar = binder.bind(&column.expr)?;
        let name = numbered.name(column.name.as_deref(), naming::of(&column.expr));
        new.push((name, scalar.ty, scalar.eval(&frame)));
    }
    for (name, ty, column) in new {
        frame.set(name, ty, column);
    }
    Ok(frame)
}

fn project<'a>(frame: Frame<'a>, columns: &[Named], binder: &Binder<'_>) -> Result<Frame<'a>, Refusal> {
    let mut numbered = Numbered::default();
    let mut new: Vec<(Arc<str>, Type, Column<'a>)> = Vec::new();
    for column in columns {
        let scalar = binder.bind(&column.expr)?;
        let name = numbered.name(column.name.as_deref(), naming::of(&column.expr));
        if new.iter().any(|(n, ..)| *n == name) {
            return Err(Refusal::semantic(
                "SEM0009",
                format!(
                    "'{}' operator: A column with the name '{name}' is already declared",
                    binder.operator
                ),
            ));
        }
        let plain = parse::plain_name(&column.expr).and_then(|n| frame.index(n));
        let values = plain.map_or_else(|| scalar.eval(&frame), |index| frame.raw(index));
        new.push((name, scalar.ty, values));
    }
    Ok(frame.with_columns(new))
}

fn distinct<'a>(frame: Frame<'a>, columns: &[Named], binder: &Binder<'_>) -> Result<Frame<'a>, Refusal> {
    let frame = if columns.is_empty() { frame } else { project(frame, columns, binder)? };
    let keys: Vec<Column<'a>> = (0..frame.schema.len()).map(|i| frame.column(i)).collect();
    let groups = Groups::by(&keys, frame.len());
    Ok(frame.pick(groups.first()))
}

fn sorted<'a>(
    frame: Frame<'a>,
    keys: &[SortKey],
    most: Option<usize>,
    binder: &Binder<'_>,
) -> Result<Frame<'a>, Refusal> {
    let mut ranks = Vec::new();
    for key in keys {
        let scalar = binder.bind(&key.expr)?;
        let nulls = if key.nulls_first.unwrap_or(!key.descending) { i64::MIN } else { i64::MAX };
        let descending = key.descending;
        let mut keyed = scalar.eval(&frame).ranks(frame.len());
        for rank in &mut keyed {
            // Bitwise not reverses the order without overflow.
            *rank = if *rank == NULL {
                nulls
            } else if descending {
                !*rank
            } else {
                *rank
            };
        }
        ranks.push(keyed);
    }
    let compare = |a: &u32, b: &u32| {
        let by_key = ranks.iter().map(|r| r.get(*a as usize).cmp(&r.get(*b as usize)));
        by_key.fold(Ordering::Equal, Ordering::then).then(a.cmp(b))
    };
    let mut order: Vec<u32> = (0..frame.len() as u32).collect();
    if let Some(most) = most
        && most < order.len()
    {
        order.select_nth_unstable_by(most, compare);
        order.truncate(most);
    }
    if order.is_sorted_by(|a, b| compare(a, b).is_lt()) && order.len() == frame.len() {
        return Ok(frame);
    }
    order.sort_unstable_by(compare);
    Ok(frame.pick(&order))
}

fn expand<'a>(
    frame: &Frame<'a>,
    columns: &[(Named, Option<Type>)],
    binder: &Binder<'_>,
) -> Result<Frame<'a>, Refusal> {
    let [(named, to)] = columns else {
        return Err(Refusal::semantic("SEM0001", "'mv-expand' operator: one column at a time is supported"));
    };
    let scalar = binder.bind(&named.expr)?;
    if scalar.ty != Type::Dynamic {
        return Err(Refusal::semantic(
            "SEM0216",
            format!(
                "'mv-expand' operator: expanded expression expected to have dynamic type, not {}",
                scalar.ty.name()
            ),
        ));
    }
    let name = Numbered::default().name(named.name.as_deref(), naming::of(&named.expr));
    let column = scalar.eval(frame);
    let ty = to.unwrap_or(Type::Dynamic);
    let (mut places, mut values) = (Vec::new(), Vec::new());
    for row in 0..frame.len() {
        let value = column.value(row);
        let items = match &value {
            Value::Dynamic(json) => match json.as_ref() {
                Json::Array(items) => items.iter().map(|i| Value::dynamic(i.clone())).collect(),
                Json::Object(bag) => {
                    let single =
                        |(k, v): (&String, &Json)| Value::dynamic(Json::from_iter([(k.clone(), v.clone())]));
                    bag.iter().map(single).collect()
                }
                _ => vec![value],
            },
            _ => vec![value],
        };
        for item in items {
            places.push(row as u32);
            values.push(retyped(&item, ty));
        }
        if values.len() > MAX_ROWS {
            return Err(too_large());
        }
    }
    let mut frame = frame.pick(&places);
    frame.set(name, ty, Column::from_values(values, ty));
    Ok(frame)
}

/// A dynamic element as another type; null when it does not fit.
fn retyped(item: &Value, ty: Type) -> Value {
    match (item.unwrapped(), ty) {
        (_, Type::Dynamic) => item.clone(),
        (v, Type::Str | Type::Guid) => Value::Str(v.text()),
        (v @ Value::Bool(_), Type::Bool) | (v @ Value::Long(_), Type::Int | Type::Long) => v,
        (v, Type::Real) => v.number().map_or(Value::Null, Value::Real),
        (Value::Str(s), Type::DateTime) => {
            super::time::parse_instant(&s).map_or(Value::Null, Value::DateTime)
        }
        (Value::Str(s), Type::Span) => super::time::parse_span(&s).map_or(Value::Null, Value::Span),
        _ => Value::Null,
    }
}

fn get_schema<'a>(frame: &Frame<'_>) -> Frame<'a> {
    let schema = || frame.schema.iter();
    let texts = |values: Vec<Value>| Column::from_values(values, Type::Str);
    let ordinals = (0..frame.schema.len()).map(|i| Value::Long(long(i))).collect();
    let columns = vec![
        (
            "ColumnName".into(),
            Type::Str,
            texts(schema().map(|(name, _)| Value::Str(Arc::clone(name))).collect()),
        ),
        ("ColumnOrdinal".into(), Type::Int, Column::from_values(ordinals, Type::Int)),
        ("DataType".into(), Type::Str, texts(schema().map(|(_, ty)| Value::str(ty.clr())).collect())),
        ("ColumnType".into(), Type::Str, texts(schema().map(|(_, ty)| Value::str(ty.name())).collect())),
    ];
    Frame::new(columns, frame.schema.len())
}
