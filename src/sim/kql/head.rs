//! Reads less of a table: the first operators of a pipe often bound the ingestion time, or take a few
//! rows in ingestion order. Rows left out here are rows that the operators would drop anyway.

use std::rc::Rc;
use std::sync::Arc;

use super::ast::{Expr, Op};
use super::column::{Rows, Table};
use super::scalar::Binder;
use super::value::Value;

/// Rows looked at in one step when only the first few are wanted.
pub const STEP: usize = 8192;

/// The column that cannot be later than the ingestion time.
const TIME: &str = "TimeGenerated";

/// Rows that bounds on ingestion time leave.
pub fn bounded(table: &dyn Table, ops: &[&Op], binder: &Binder<'_>) -> Rows {
    let mut aliases: Vec<Arc<str>> = Vec::new();
    let mut time_is_plain = true;
    let (mut low, mut high) = (0, table.len());
    for op in ops {
        match op {
            Op::Where(expr) => {
                for (left, sign, instant) in bounds(expr, binder) {
                    let ingested = is_ingestion(left, &aliases);
                    let time = time_is_plain && matches!(left, Expr::Name(n) if n.as_ref() == TIME);
                    match sign {
                        ">" if ingested => low = low.max(table.first_at(instant.saturating_add(1))),
                        ">=" | "==" if ingested => low = low.max(table.first_at(instant)),
                        ">" | ">=" | "==" if time => low = low.max(table.first_at(instant)),
                        "<" if ingested => high = high.min(table.first_at(instant)),
                        "<=" if ingested => high = high.min(table.first_at(instant.saturating_add(1))),
                        _ => {}
                    }
                }
            }
            Op::Extend(columns) => {
                for column in columns {
                    let Some(name) = &column.name else { continue };
                    aliases.retain(|a| a != name);
                    time_is_plain &= name.as_ref() != TIME;
                    if is_ingestion(&column.expr, &[]) {
                        aliases.push(Arc::clone(name));
                    }
                }
            }
            _ => break,
        }
    }
    Rows::Range(low..high.max(low))
}

/// How many operators only filter and extend, and how many rows are wanted of them in ingestion order.
pub fn wanted(ops: &[&Op], binder: &Binder<'_>) -> Option<(usize, usize)> {
    let head = ops.iter().take_while(|op| matches!(op, Op::Where(_) | Op::Extend(_))).count();
    let mut aliases = Vec::new();
    for op in ops.iter().take(head) {
        if let Op::Extend(columns) = op {
            for column in columns {
                let Some(name) = &column.name else { continue };
                aliases.retain(|a| a != name);
                if is_ingestion(&column.expr, &[]) {
                    aliases.push(Arc::clone(name));
                }
            }
        }
    }
    let mut rest = ops.iter().skip(head);
    let mut next = rest.next()?;
    if let Op::Sort(keys) = next {
        let [key] = keys.as_slice() else { return None };
        if key.descending || !is_ingestion(&key.expr, &aliases) {
            return None;
        }
        next = rest.next()?;
    }
    match next {
        Op::Take(count) => Some((head, binder.row_count(count).ok()?)),
        _ => None,
    }
}

fn is_ingestion(expr: &Expr, aliases: &[Arc<str>]) -> bool {
    match expr {
        Expr::Call(name, args) => name.as_ref() == "ingestion_time" && args.is_empty(),
        Expr::Name(name) => aliases.contains(name),
        Expr::Literal(..) | Expr::Sided(..) | Expr::Member(..) | Expr::Star => false,
    }
}

/// The conditions `x sign instant` that must all hold.
fn bounds<'e>(expr: &'e Expr, binder: &Binder<'_>) -> Vec<(&'e Expr, &'e str, i64)> {
    let Expr::Call(sign, args) = expr else { return Vec::new() };
    match (sign.as_ref(), args.as_slice()) {
        ("and", [a, b]) => {
            let mut all = bounds(a, binder);
            all.extend(bounds(b, binder));
            all
        }
        ("<" | "<=" | ">" | ">=" | "==", [a, b]) => match binder.constant(b) {
            Ok((Value::DateTime(instant), _)) => vec![(a, sign, instant)],
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// Joins row numbers found step by step.
pub fn joined(parts: &[Rows]) -> Rows {
    let mut all = Vec::new();
    for part in parts {
        all.extend(part.collect(|row| row as u32));
    }
    Rows::Picked(Rc::new(all))
}
