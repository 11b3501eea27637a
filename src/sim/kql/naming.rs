//! The names that the service gives to columns without one (`sum_Count`, `d_key`, `Column1`).
//!
//! Learnt from the language service's own result schemas.

use super::ast::Expr;
use super::value::{Type, Value};

/// Functions whose result is named after their argument.
const TRANSPARENT: [&str; 13] = [
    "tostring",
    "tolong",
    "toint",
    "todouble",
    "toreal",
    "tobool",
    "todatetime",
    "totimespan",
    "todynamic",
    "parse_json",
    "bin",
    "floor",
    "take_any",
];

/// Name of an expression, if it has one of its own.
pub fn of(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Name(name) | Expr::Sided(_, name) => Some(name.to_string()),
        Expr::Member(base, key) => match key.as_ref() {
            Expr::Literal(Value::Str(text), Type::Str) => Some(format!("{}_{text}", of(base)?)),
            Expr::Literal(value, Type::Long) => Some(format!("{}_{}", of(base)?, value.text())),
            _ => None,
        },
        Expr::Call(name, args) if TRANSPARENT.contains(&name.as_ref()) => args.first().and_then(of),
        Expr::Literal(..) | Expr::Call(..) | Expr::Star => None,
    }
}

/// Name of an aggregate's column.
pub fn of_aggregate(name: &str, args: &[Expr]) -> String {
    let argument = args.first().and_then(of).unwrap_or_default();
    match name {
        "count" | "countif" => format!("{name}_"),
        "make_set" => format!("set_{argument}"),
        "make_list" => format!("list_{argument}"),
        "take_any" | "arg_max" | "arg_min" => argument,
        _ => format!("{name}_{argument}"),
    }
}

/// Gives the next `ColumnN` of one operator.
#[derive(Default)]
pub struct Numbered(usize);

impl Numbered {
    /// The given name, the expression's own, or the next number.
    pub fn name(&mut self, given: Option<&str>, own: Option<String>) -> std::sync::Arc<str> {
        match (given, own) {
            (Some(given), _) => given.into(),
            (None, Some(own)) if !own.is_empty() => own.into(),
            (None, _) => {
                self.0 += 1;
                format!("Column{}", self.0).into()
            }
        }
    }
}
