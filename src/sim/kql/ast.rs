//! A parsed query. Names are still text: what they stand for is decided when the query is bound.

use std::sync::Arc;

use super::value::{Type, Value};

/// A scalar expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// A literal.
    Literal(Value, Type),
    /// A column or `let` name.
    Name(Arc<str>),
    /// `$left.key` or `$right.key` in a join condition.
    Sided(bool, Arc<str>),
    /// A function, an aggregate or an operator: operators go by their sign (`==`, `has`, `!in~`).
    Call(Arc<str>, Vec<Expr>),
    /// `value.name` or `value["name"]` or `value[0]` on a dynamic.
    Member(Box<Expr>, Box<Expr>),
    /// `*` in `arg_max(x, *)` and `count(*)`.
    Star,
}

/// `name = expression`, or just the expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Named {
    /// The name, when given.
    pub name: Option<Arc<str>>,
    /// The value.
    pub expr: Expr,
}

/// A key of `sort` and `top`.
#[derive(Debug, Clone, PartialEq)]
pub struct SortKey {
    /// What to sort by.
    pub expr: Expr,
    /// Descending, which is the default.
    pub descending: bool,
    /// Nulls first; unset: first when ascending, last when descending.
    pub nulls_first: Option<bool>,
}

/// `kind=` of a join.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JoinKind {
    /// One left row per key, the default.
    InnerUnique,
    /// All pairs.
    Inner,
    /// All pairs, and left rows without a partner.
    LeftOuter,
    /// Left rows without a partner.
    LeftAnti,
    /// Left rows with a partner.
    LeftSemi,
}

/// A query operator.
#[derive(Debug, Clone, PartialEq)]
pub enum Op {
    /// `where`
    Where(Expr),
    /// `extend`
    Extend(Vec<Named>),
    /// `project`
    Project(Vec<Named>),
    /// `project-away`; names may end in `*`
    ProjectAway(Vec<Arc<str>>),
    /// `project-rename`: new name, old name
    ProjectRename(Vec<(Arc<str>, Arc<str>)>),
    /// `summarize aggregates by keys`
    Summarize(Vec<Named>, Vec<Named>),
    /// `distinct`; empty means `*`
    Distinct(Vec<Named>),
    /// `sort by`
    Sort(Vec<SortKey>),
    /// `top n by`
    Top(Expr, Vec<SortKey>),
    /// `take n`
    Take(Expr),
    /// `count`
    Count,
    /// `union others`
    Union(Vec<Pipe>),
    /// `join kind=… (right) on keys`
    Join(JoinKind, Pipe, Vec<Expr>),
    /// `mv-expand name [to typeof(type)]`
    MvExpand(Vec<(Named, Option<Type>)>),
    /// `getschema`
    GetSchema,
}

impl Op {
    /// Name used in error texts.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Where(_) => "where",
            Self::Extend(_) => "extend",
            Self::Project(_) => "project",
            Self::ProjectAway(_) => "project-away",
            Self::ProjectRename(_) => "project-rename",
            Self::Summarize(..) => "summarize",
            Self::Distinct(_) => "distinct",
            Self::Sort(_) => "sort",
            Self::Top(..) => "top",
            Self::Take(_) => "take",
            Self::Count => "count",
            Self::Union(_) => "union",
            Self::Join(..) => "join",
            Self::MvExpand(_) => "mv-expand",
            Self::GetSchema => "getschema",
        }
    }
}

/// Where rows come from.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// A table or a tabular `let`.
    Table(Arc<str>),
    /// `print`
    Print(Vec<Named>),
    /// A pipe in parentheses.
    Nested(Box<Pipe>),
    /// `union` at the start.
    Union(Vec<Pipe>),
}

/// A source and the operators after it.
#[derive(Debug, Clone, PartialEq)]
pub struct Pipe {
    /// Where rows come from.
    pub source: Source,
    /// In order.
    pub ops: Vec<Op>,
}

/// What a `let` names.
#[derive(Debug, Clone, PartialEq)]
pub enum Bound {
    /// A scalar.
    Scalar(Expr),
    /// Rows.
    Rows(Pipe),
}

/// A whole query.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// `let` statements in order.
    pub lets: Vec<(Arc<str>, Bound)>,
    /// The statement that answers.
    pub body: Pipe,
}
