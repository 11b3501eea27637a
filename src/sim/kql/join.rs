//! `join`: matches rows of two frames by equal keys. Null keys match nothing.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::ast::{Expr, JoinKind};
use super::column::Column;
use super::error::Refusal;
use super::frame::Frame;
use super::operators::comparable;
use super::pipeline::too_large;
use super::value::{Type, Value};

/// Joins two frames; refuses to make more than `most` rows.
pub fn join<'a>(
    left: &Frame<'a>,
    right: &Frame<'a>,
    kind: JoinKind,
    on: &[Expr],
    most: usize,
) -> Result<Frame<'a>, Refusal> {
    let (left_keys, right_keys) = keys(left, right, on)?;
    let mut partners: HashMap<Vec<Value>, Vec<u32>> = HashMap::new();
    for row in 0..right.len() {
        if let Some(key) = key_of(&right_keys, row) {
            partners.entry(key).or_default().push(row as u32);
        }
    }
    let mut seen = HashSet::new();
    let (mut left_rows, mut right_rows): (Vec<u32>, Vec<Option<u32>>) = (Vec::new(), Vec::new());
    for row in 0..left.len() {
        let key = key_of(&left_keys, row);
        if kind == JoinKind::InnerUnique && key.as_ref().is_some_and(|k| !seen.insert(k.clone())) {
            continue;
        }
        let found = key.as_ref().and_then(|k| partners.get(k)).map_or(&[][..], Vec::as_slice);
        let alone = match kind {
            JoinKind::LeftOuter | JoinKind::LeftAnti => found.is_empty(),
            JoinKind::LeftSemi => !found.is_empty(),
            JoinKind::Inner | JoinKind::InnerUnique => false,
        };
        if alone {
            left_rows.push(row as u32);
            right_rows.push(None);
        } else if !matches!(kind, JoinKind::LeftAnti | JoinKind::LeftSemi) {
            left_rows.extend(found.iter().map(|_| row as u32));
            right_rows.extend(found.iter().map(|r| Some(*r)));
        }
        if left_rows.len() > most {
            return Err(too_large());
        }
    }
    let picked = left.pick(&left_rows);
    let own = picked.schema.iter().enumerate().map(|(i, (n, ty))| (Arc::clone(n), *ty, picked.column(i)));
    let mut result = Frame::new(own.collect(), left_rows.len());
    if matches!(kind, JoinKind::LeftAnti | JoinKind::LeftSemi) {
        return Ok(result);
    }
    for (index, (name, ty)) in right.schema.iter().enumerate() {
        let column = right.column(index);
        let value = |row: &Option<u32>| row.map_or_else(|| Value::absent(*ty), |r| column.value(r as usize));
        result.push(Arc::clone(name), *ty, Column::from_values(right_rows.iter().map(value).collect(), *ty));
    }
    Ok(result)
}

type Keys<'a> = Vec<Column<'a>>;

fn keys<'a>(left: &Frame<'a>, right: &Frame<'a>, on: &[Expr]) -> Result<(Keys<'a>, Keys<'a>), Refusal> {
    let (mut left_keys, mut right_keys) = (Vec::new(), Vec::new());
    for condition in on {
        let (l, r) = match condition {
            Expr::Name(name) => (name, name),
            Expr::Call(sign, args) if sign.as_ref() == "==" => match args.as_slice() {
                [Expr::Sided(true, l), Expr::Sided(false, r)]
                | [Expr::Sided(false, r), Expr::Sided(true, l)] => (l, r),
                _ => return Err(not_a_key()),
            },
            _ => return Err(not_a_key()),
        };
        let (l, left_type) = key(left, l)?;
        let (r, right_type) = key(right, r)?;
        comparable(left_type, right_type)?;
        left_keys.push(l);
        right_keys.push(r);
    }
    Ok((left_keys, right_keys))
}

fn key<'a>(frame: &Frame<'a>, name: &str) -> Result<(Column<'a>, Type), Refusal> {
    let found = frame.index(name).and_then(|i| Some((frame.column(i), frame.schema.get(i)?.1)));
    found.ok_or_else(|| Refusal::unknown_name("join", name))
}

fn not_a_key() -> Refusal {
    Refusal::semantic(
        "SEM0040",
        "join: only column entities or equality expressions ($left.a == $right.b) are allowed in the 'on' clause",
    )
}

fn key_of(keys: &[Column<'_>], row: usize) -> Option<Vec<Value>> {
    let values: Vec<Value> = keys.iter().map(|k| k.value(row)).collect();
    if values.iter().any(Value::is_null) { None } else { Some(values) }
}
