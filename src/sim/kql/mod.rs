//! A part of the Kusto query language: enough for what dashboards ask of an access log.
//!
//! What is not known is refused in the service's error form, never ignored. Nothing here knows HTTP,
//! perimeters or the clock: tables and `now` come in with the [`Engine`].

mod aggregate;
mod answer;
mod ast;
mod column;
mod error;
mod frame;
mod functions;
mod head;
mod join;
mod kernel;
mod lexer;
mod naming;
mod operators;
mod parse;
mod parse_expr;
mod pipeline;
mod scalar;
#[cfg(test)]
mod tests;
pub mod time;
mod value;

pub use answer::{Answered, Caps, write};
pub use column::{Column, NULL, Rows, Schema, Shared, Table, Words};
pub use error::Refusal;
pub use pipeline::Engine;
pub use value::{SECOND, Type, Value};
