//! Functions over whole columns (instants, spans, whole numbers, truth values) as plain arithmetic on
//! 64-bit integers: the same results as in `functions` and `operators`, without a value per row.

use std::rc::Rc;

use super::column::{Column, NULL, at};
use super::time;
use super::value::{Type, Value};

/// A function of integers, [`NULL`] for null.
pub type Kernel = fn(&[i64]) -> i64;

/// The arithmetic of a function, where there is one for these types.
pub fn of(name: &str, args: &[Type], result: Type) -> Option<Kernel> {
    if !result.is_whole() || !args.iter().all(|ty| ty.is_whole()) {
        return None;
    }
    let ty = |place: usize| args.get(place).copied();
    let kernel: Kernel = match name {
        "<" => |a| both(a, |x, y| i64::from(x < y)),
        "<=" => |a| both(a, |x, y| i64::from(x <= y)),
        ">" => |a| both(a, |x, y| i64::from(x > y)),
        ">=" => |a| both(a, |x, y| i64::from(x >= y)),
        "==" => |a| same(a),
        "!=" => |a| if same(a) == NULL { NULL } else { 1 - same(a) },
        "and" => |a| truth(a, 0),
        "or" => |a| truth(a, 1),
        "coalesce" => |a| a.iter().copied().find(|n| *n != NULL).unwrap_or(NULL),
        "tolong" if matches!(ty(0), Some(Type::Int | Type::Long)) => |a| arg(a, 0),
        "-" if scaled(args) => |a| both(a, |x, y| x.checked_sub(y).unwrap_or(NULL)),
        "+" if scaled(args) => |a| both(a, |x, y| x.checked_add(y).unwrap_or(NULL)),
        "startofday" => |a| bin(arg(a, 0), time::DAY, 0),
        "bin" | "floor" if ty(0) == Some(Type::DateTime) => |a| bin(arg(a, 0), arg(a, 1), time::YEAR_ONE),
        "bin" | "floor" => |a| bin(arg(a, 0), arg(a, 1), 0),
        "iff" | "iif" => |a| if arg(a, 0) == 1 { arg(a, 1) } else { arg(a, 2) },
        _ => return None,
    };
    Some(kernel)
}

/// Sums whose operands count in the same unit.
fn scaled(args: &[Type]) -> bool {
    !args.contains(&Type::Bool)
}

fn arg(args: &[i64], place: usize) -> i64 {
    args.get(place).copied().unwrap_or(NULL)
}

fn both(args: &[i64], apply: impl Fn(i64, i64) -> i64) -> i64 {
    match (arg(args, 0), arg(args, 1)) {
        (NULL, _) | (_, NULL) => NULL,
        (a, b) => apply(a, b),
    }
}

/// `==`: null of two nulls, false of one.
fn same(args: &[i64]) -> i64 {
    match (arg(args, 0), arg(args, 1)) {
        (NULL, NULL) => NULL,
        (a, b) => i64::from(a == b),
    }
}

/// Three-valued: `decisive` on either side decides.
fn truth(args: &[i64], decisive: i64) -> i64 {
    let (a, b) = (arg(args, 0), arg(args, 1));
    if a == decisive || b == decisive {
        decisive
    } else if a == NULL || b == NULL {
        NULL
    } else {
        1 - decisive
    }
}

/// Rounds down to a multiple, counted from `origin` before zero.
pub fn bin(value: i64, step: i64, origin: i64) -> i64 {
    if value == NULL || step <= 0 {
        return NULL;
    }
    value - value.saturating_add(origin).rem_euclid(step)
}

/// Where an argument's integers come from.
enum Source<'c> {
    Constant(i64),
    Whole(&'c [i64]),
    Words(&'c [u32], Vec<i64>),
}

impl<'c> Source<'c> {
    fn of(column: &'c Column<'_>) -> Option<Self> {
        let whole = |value: &Value| if value.is_null() { Some(NULL) } else { value.whole() };
        Some(match column {
            Column::Constant(value) => Self::Constant(whole(value)?),
            Column::Whole(values, _) => Self::Whole(values),
            Column::Dictionary(codes, words) => {
                Self::Words(codes, words.get().iter().map(whole).collect::<Option<_>>()?)
            }
            Column::Stored(_) | Column::Values(_) => return None,
        })
    }

    fn get(&self, row: usize) -> i64 {
        match self {
            Self::Constant(value) => *value,
            Self::Whole(values) => values.get(row).copied().unwrap_or(NULL),
            Self::Words(codes, words) => at(words, codes.get(row).copied().unwrap_or_default()),
        }
    }
}

/// Applies a kernel to all rows; `None` where a column does not hold integers.
pub fn run<'a>(kernel: Kernel, columns: &[Column<'a>], len: usize, ty: Type) -> Option<Column<'a>> {
    let sources: Vec<Source<'_>> = columns.iter().map(Source::of).collect::<Option<_>>()?;
    let mut buffer = vec![NULL; sources.len()];
    let each = (0..len).map(|row| {
        for (slot, source) in buffer.iter_mut().zip(&sources) {
            *slot = source.get(row);
        }
        kernel(&buffer)
    });
    Some(Column::Whole(Rc::new(each.collect()), ty))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::super::ast::Expr;
    use super::super::frame::Frame;
    use super::super::scalar::Binder;
    use super::*;

    const CALLS: [(&str, Type, Type, Type); 12] = [
        ("<", Type::Long, Type::Long, Type::Bool),
        (">=", Type::DateTime, Type::DateTime, Type::Bool),
        ("==", Type::Long, Type::Int, Type::Bool),
        ("!=", Type::Bool, Type::Bool, Type::Bool),
        ("and", Type::Bool, Type::Bool, Type::Bool),
        ("or", Type::Bool, Type::Bool, Type::Bool),
        ("coalesce", Type::Long, Type::Long, Type::Long),
        ("-", Type::DateTime, Type::DateTime, Type::Span),
        ("+", Type::Long, Type::Int, Type::Long),
        ("bin", Type::DateTime, Type::Span, Type::DateTime),
        ("bin", Type::Long, Type::Long, Type::Long),
        ("<=", Type::Span, Type::Span, Type::Bool),
    ];

    fn cell(number: Option<i8>, ty: Type) -> Value {
        let Some(number) = number.map(i64::from) else { return Value::Null };
        match ty {
            Type::Bool => Value::Bool(number > 0),
            Type::DateTime => Value::DateTime(number * 1_000_000_007),
            Type::Span => Value::Span(number),
            _ => Value::Long(number),
        }
    }

    proptest! {
        /// A column of values takes the general way, packed columns the quick one.
        #[test]
        fn kernels_say_what_functions_say(rows in prop::collection::vec(any::<(Option<i8>, Option<i8>)>(), 1..20)) {
            for (name, a, b, result) in CALLS {
                prop_assert!(of(name, &[a, b], result).is_some(), "{name} has a kernel");
                let values = |ty: Type, left: bool| -> Vec<Value> {
                    rows.iter().map(|(x, y)| cell(if left { *x } else { *y }, ty)).collect()
                };
                let run = |pack: bool| {
                    let column = |ty, left| {
                        let values = values(ty, left);
                        if pack { Column::from_values(values, ty) } else { Column::Values(Rc::new(values)) }
                    };
                    let columns = vec![("a".into(), a, column(a, true)), ("b".into(), b, column(b, false))];
                    let frame = Frame::new(columns, rows.len());
                    let call = Expr::Call(name.into(), vec![Expr::Name("a".into()), Expr::Name("b".into())]);
                    let lets = HashMap::new();
                    let binder = Binder { operator: "extend", columns: &frame.schema, lets: &lets, now: 0 };
                    let column = binder.bind(&call).unwrap().eval(&frame);
                    (0..rows.len()).map(|row| column.value(row)).collect::<Vec<_>>()
                };
                prop_assert_eq!(run(true), run(false), "{}", name);
            }
        }
    }
}
