//! Scalar expressions bound to a schema: names became column numbers, functions became closures,
//! and whatever does not depend on a row is already a value.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use super::ast::Expr;
use super::column::{Codes, Column, Words};
use super::error::Refusal;
use super::frame::Frame;
use super::kernel::{self, Kernel};
use super::value::{Type, Value};
use super::{functions, operators};

/// What a function does with its arguments.
pub type Apply = Rc<dyn Fn(&[Value]) -> Value>;

/// A function's result type and body, or why it cannot take these arguments.
pub type Resolved = Result<(Type, Apply), Refusal>;

/// An argument as a function sees it while being bound.
pub struct Arg<'s> {
    /// Its type.
    pub ty: Type,
    /// Its value, when it is the same in every row.
    pub constant: Option<&'s Value>,
}

/// A bound expression.
pub struct Scalar {
    /// Type of the result.
    pub ty: Type,
    node: Node,
}

enum Node {
    Constant(Value),
    Column(usize),
    Ingested,
    Apply(Apply, Vec<Scalar>, Option<Kernel>),
}

/// The names an expression may use.
pub struct Binder<'b> {
    /// Operator that holds the expression, for error texts.
    pub operator: &'static str,
    /// Columns.
    pub columns: &'b [(Arc<str>, Type)],
    /// `let` scalars.
    pub lets: &'b HashMap<Arc<str>, (Value, Type)>,
    /// Ticks since 1970.
    pub now: i64,
}

impl Binder<'_> {
    /// Binds an expression.
    pub fn bind(&self, expr: &Expr) -> Result<Scalar, Refusal> {
        match expr {
            Expr::Literal(value, ty) => Ok(constant(value.clone(), *ty)),
            Expr::Name(name) => {
                if let Some(index) = self.columns.iter().position(|(n, _)| n == name) {
                    let ty = self.columns.get(index).map_or(Type::Dynamic, |(_, ty)| *ty);
                    return Ok(Scalar { ty, node: Node::Column(index) });
                }
                let Some((value, ty)) = self.lets.get(name) else {
                    return Err(Refusal::unknown_name(self.operator, name));
                };
                Ok(constant(value.clone(), *ty))
            }
            Expr::Member(base, key) => self.call("member", &[base.as_ref(), key.as_ref()]),
            Expr::Call(name, args) => self.call(name, &args.iter().collect::<Vec<_>>()),
            Expr::Sided(left, name) => {
                let side = if *left { "left" } else { "right" };
                Err(Refusal::unknown_name(self.operator, &format!("${side}.{name}")))
            }
            Expr::Star => Err(Refusal::semantic("SEM0002", "'*' cannot be used in this context")),
        }
    }

    /// Binds an expression that may not depend on a row.
    pub fn constant(&self, expr: &Expr) -> Result<(Value, Type), Refusal> {
        let scalar = Binder { columns: &[], ..*self }.bind(expr)?;
        match scalar.node {
            Node::Constant(value) => Ok((value, scalar.ty)),
            Node::Column(_) | Node::Ingested | Node::Apply(..) => Err(Refusal::semantic(
                "SEM0001",
                format!("'{}' operator: constant expression expected", self.operator),
            )),
        }
    }

    /// A row count, as `take` and `top` want it.
    pub fn row_count(&self, expr: &Expr) -> Result<usize, Refusal> {
        match self.constant(expr)? {
            (Value::Long(n), _) if n >= 0 => Ok(n as usize),
            _ => Err(Refusal::semantic(
                "SEM0003",
                format!("'{}' operator: expected a non-negative whole number", self.operator),
            )),
        }
    }

    fn call(&self, name: &str, args: &[&Expr]) -> Result<Scalar, Refusal> {
        match (name, args.len()) {
            ("now", 0) => return Ok(constant(Value::DateTime(self.now), Type::DateTime)),
            ("ingestion_time", 0) => return Ok(Scalar { ty: Type::DateTime, node: Node::Ingested }),
            _ => {}
        }
        let args: Vec<Scalar> = args.iter().map(|a| self.bind(a)).collect::<Result<_, _>>()?;
        let views: Vec<Arg<'_>> = args
            .iter()
            .map(|a| Arg { ty: a.ty, constant: if let Node::Constant(v) = &a.node { Some(v) } else { None } })
            .collect();
        let resolved = match operators::resolve(name, &views) {
            Some(resolved) => resolved?,
            None => functions::resolve(name, &views, self.now)?,
        };
        let (ty, apply) = resolved;
        if let Some(values) = views.iter().map(|v| v.constant.cloned()).collect::<Option<Vec<_>>>() {
            return Ok(constant(apply(&values), ty));
        }
        let types: Vec<Type> = args.iter().map(|a| a.ty).collect();
        let kernel = kernel::of(name, &types, ty);
        Ok(Scalar { ty, node: Node::Apply(apply, args, kernel) })
    }
}

fn constant(value: Value, ty: Type) -> Scalar {
    Scalar { ty, node: Node::Constant(value) }
}

impl Scalar {
    /// Evaluates over all rows of a frame.
    pub fn eval<'a>(&self, frame: &Frame<'a>) -> Column<'a> {
        match &self.node {
            Node::Constant(value) => Column::Constant(value.clone()),
            Node::Column(index) => frame.column(*index),
            Node::Ingested => frame.ingested(),
            Node::Apply(apply, args, kernel) => {
                let columns: Vec<Column<'a>> = args.iter().map(|a| a.eval(frame)).collect();
                let quick = || kernel.and_then(|k| kernel::run(k, &columns, frame.len(), self.ty));
                over_words(apply, &columns, frame.len()).or_else(quick).unwrap_or_else(|| {
                    let mut buffer = vec![Value::Null; columns.len()];
                    let each = (0..frame.len()).map(|row| {
                        for (slot, column) in buffer.iter_mut().zip(&columns) {
                            *slot = column.value(row);
                        }
                        apply(&buffer)
                    });
                    Column::from_values(each.collect(), self.ty)
                })
            }
        }
    }
}

/// Applies a function once per word when all that varies is one dictionary no longer than the rows.
fn over_words<'a>(apply: &Apply, columns: &[Column<'a>], len: usize) -> Option<Column<'a>> {
    let mut shared: Option<(&Codes, usize)> = None;
    for column in columns {
        match column {
            Column::Constant(_) => {}
            Column::Dictionary(codes, words) => match shared {
                Some((first, _)) if !Rc::ptr_eq(first, codes) => return None,
                _ => shared = Some((codes, words.get().len())),
            },
            Column::Stored(_) | Column::Whole(..) | Column::Values(_) => return None,
        }
    }
    let Some((codes, size)) = shared else {
        let values: Vec<Value> = columns.iter().map(|c| c.value(0)).collect();
        return Some(Column::Constant(apply(&values)));
    };
    if size > len {
        return None;
    }
    let mut buffer = vec![Value::Null; columns.len()];
    let words = (0..size).map(|word| {
        for (slot, column) in buffer.iter_mut().zip(columns) {
            *slot = match column {
                Column::Dictionary(_, words) => words.get().get(word).cloned().unwrap_or(Value::Null),
                Column::Constant(_) | Column::Stored(_) | Column::Whole(..) | Column::Values(_) => {
                    column.value(0)
                }
            };
        }
        apply(&buffer)
    });
    Some(Column::Dictionary(Rc::clone(codes), Words::Own(Rc::new(words.collect()))))
}
