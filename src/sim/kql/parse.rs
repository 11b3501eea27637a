//! Statements and query operators. What the simulator does not know is refused where it stands.

use std::sync::Arc;

use super::ast::{Bound, Expr, JoinKind, Named, Op, Pipe, Query, SortKey, Source};
use super::error::Refusal;
use super::lexer::{Kind, lex};
use super::parse_expr::Cursor;
use super::value::Type;

/// Parses a whole query.
pub fn parse(text: &str) -> Result<Query, Refusal> {
    let tokens = lex(text)?;
    let mut cursor = Cursor::new(text, &tokens);
    let mut lets = Vec::new();
    while cursor.eat_word("let") {
        let name = cursor.name()?;
        cursor.expect("=")?;
        lets.push((name, cursor.bound()?));
        cursor.expect(";")?;
        while cursor.eat(";") {}
    }
    let body = cursor.pipe()?;
    while cursor.eat(";") {}
    if *cursor.kind() != Kind::End {
        return cursor.refuse();
    }
    let lets: Vec<(Arc<str>, Bound)> = lets;
    Ok(Query { lets, body })
}

impl Cursor<'_> {
    /// A `let` value: rows when it pipes, unions or prints; else a scalar. A bare name may be
    /// either; binding finds out.
    fn bound(&mut self) -> Result<Bound, Refusal> {
        let tabular_word = matches!(self.kind(), Kind::Name(w) if matches!(w.as_ref(), "union" | "print"));
        if tabular_word || self.pipes_before_semicolon() {
            return Ok(Bound::Rows(self.pipe()?));
        }
        Ok(Bound::Scalar(self.expr()?))
    }

    fn pipes_before_semicolon(&self) -> bool {
        let mut ahead = 0;
        loop {
            match self.kind_at(ahead) {
                Kind::Sign("|") => return true,
                Kind::Sign(";") | Kind::End => return false,
                Kind::Sign(_) | Kind::Name(_) | Kind::Literal(..) => ahead += 1,
            }
        }
    }

    /// A source and its operators.
    fn pipe(&mut self) -> Result<Pipe, Refusal> {
        self.nested(|c| {
            let source = c.source()?;
            let mut ops = Vec::new();
            while c.eat("|") {
                ops.push(c.op()?);
            }
            Ok(Pipe { source, ops })
        })
    }

    fn source(&mut self) -> Result<Source, Refusal> {
        if self.eat("(") {
            let inner = self.pipe()?;
            self.expect(")")?;
            return Ok(Source::Nested(Box::new(inner)));
        }
        if self.eat_word("print") {
            return Ok(Source::Print(self.list(Self::named)?));
        }
        if self.eat_word("union") {
            return Ok(Source::Union(self.union_parts()?));
        }
        Ok(Source::Table(self.name()?))
    }

    /// Operator words may hold hyphens (`project-away`), which are separate tokens.
    fn operator_word(&mut self) -> Result<String, Refusal> {
        let Kind::Name(first) = self.kind().clone() else { return self.refuse() };
        let hyphenated = matches!(first.as_ref(), "project" | "mv")
            && self.touches_next()
            && matches!(self.kind_at(1), Kind::Sign("-"));
        if !hyphenated {
            return Ok(first.to_string());
        }
        match self.kind_at(2) {
            Kind::Name(second) if matches!(second.as_ref(), "away" | "rename" | "expand") => {
                let word = format!("{first}-{second}");
                self.advance();
                self.advance();
                Ok(word)
            }
            Kind::Name(_) | Kind::Literal(..) | Kind::Sign(_) | Kind::End => self.refuse(),
        }
    }

    fn op(&mut self) -> Result<Op, Refusal> {
        let word = self.operator_word()?;
        let known = [
            "where",
            "filter",
            "extend",
            "project",
            "project-away",
            "project-rename",
            "summarize",
            "distinct",
            "sort",
            "order",
            "top",
            "take",
            "limit",
            "count",
            "union",
            "join",
            "mv-expand",
            "getschema",
        ];
        if !known.contains(&word.as_str()) {
            return self.refuse();
        }
        self.advance();
        Ok(match word.as_str() {
            "where" | "filter" => Op::Where(self.expr()?),
            "extend" => Op::Extend(self.list(Self::named)?),
            "project" => Op::Project(self.list(Self::named)?),
            "project-away" => Op::ProjectAway(self.list(Self::pattern)?),
            "project-rename" => Op::ProjectRename(self.list(|c| {
                let new = c.name()?;
                c.expect("=")?;
                Ok((new, c.name()?))
            })?),
            "summarize" => self.summarize()?,
            "distinct" if self.eat("*") => Op::Distinct(Vec::new()),
            "distinct" => Op::Distinct(self.list(Self::named)?),
            "sort" | "order" => {
                self.by()?;
                Op::Sort(self.list(Self::sort_key)?)
            }
            "top" => {
                let count = self.expr()?;
                self.by()?;
                Op::Top(count, self.list(Self::sort_key)?)
            }
            "take" | "limit" => Op::Take(self.expr()?),
            "count" => Op::Count,
            "union" => Op::Union(self.union_parts()?),
            "join" => self.join()?,
            "mv-expand" => Op::MvExpand(self.list(Self::expansion)?),
            _ => Op::GetSchema,
        })
    }

    fn by(&mut self) -> Result<(), Refusal> {
        if self.eat_word("by") { Ok(()) } else { self.refuse() }
    }

    fn named(&mut self) -> Result<Named, Refusal> {
        let assigned = matches!((self.kind(), self.kind_at(1)), (Kind::Name(_), Kind::Sign("=")));
        let bracketed = matches!((self.kind(), self.kind_at(3)), (Kind::Sign("["), Kind::Sign("=")));
        if assigned || bracketed {
            let name = self.name()?;
            self.expect("=")?;
            return Ok(Named { name: Some(name), expr: self.expr()? });
        }
        Ok(Named { name: None, expr: self.expr()? })
    }

    fn pattern(&mut self) -> Result<Arc<str>, Refusal> {
        let touching = self.touches_next();
        let name = self.name()?;
        if touching && self.eat("*") { Ok(Arc::from(format!("{name}*"))) } else { Ok(name) }
    }

    fn summarize(&mut self) -> Result<Op, Refusal> {
        let aggregates = if matches!(self.kind(), Kind::Name(w) if w.as_ref() == "by") {
            Vec::new()
        } else {
            self.list(Self::named)?
        };
        let keys = if self.eat_word("by") { self.list(Self::named)? } else { Vec::new() };
        if aggregates.is_empty() && keys.is_empty() {
            return self.refuse();
        }
        Ok(Op::Summarize(aggregates, keys))
    }

    fn sort_key(&mut self) -> Result<SortKey, Refusal> {
        let expr = self.expr()?;
        let descending = if self.eat_word("asc") {
            false
        } else {
            self.eat_word("desc");
            true
        };
        let mut nulls_first = None;
        if self.eat_word("nulls") {
            let first = self.eat_word("first");
            if !first && !self.eat_word("last") {
                return self.refuse();
            }
            nulls_first = Some(first);
        }
        Ok(SortKey { expr, descending, nulls_first })
    }

    fn union_parts(&mut self) -> Result<Vec<Pipe>, Refusal> {
        if self.eat_word("kind") {
            self.expect("=")?;
            if !self.eat_word("outer") {
                return self.refuse();
            }
        }
        self.list(|c| {
            let source = c.source()?;
            Ok(Pipe { source, ops: Vec::new() })
        })
    }

    fn join(&mut self) -> Result<Op, Refusal> {
        let mut kind = JoinKind::InnerUnique;
        if self.eat_word("kind") {
            self.expect("=")?;
            let Kind::Name(word) = self.kind().clone() else { return self.refuse() };
            kind = match word.as_ref() {
                "innerunique" => JoinKind::InnerUnique,
                "inner" => JoinKind::Inner,
                "leftouter" => JoinKind::LeftOuter,
                "leftanti" | "anti" | "leftantisemi" => JoinKind::LeftAnti,
                "leftsemi" => JoinKind::LeftSemi,
                _ => return self.refuse(),
            };
            self.advance();
        }
        let right = Pipe { source: self.source()?, ops: Vec::new() };
        if !self.eat_word("on") {
            return self.refuse();
        }
        Ok(Op::Join(kind, right, self.list(Self::expr)?))
    }

    fn expansion(&mut self) -> Result<(Named, Option<Type>), Refusal> {
        let named = self.named()?;
        if !self.eat_word("to") {
            return Ok((named, None));
        }
        if !self.eat_word("typeof") {
            return self.refuse();
        }
        self.expect("(")?;
        let Kind::Name(word) = self.kind().clone() else { return self.refuse() };
        let Some(ty) = Type::parse(&word) else { return self.refuse() };
        self.advance();
        self.expect(")")?;
        Ok((named, Some(ty)))
    }
}

/// Names that an expression reads: used where an operator takes columns only.
pub fn plain_name(expr: &Expr) -> Option<&Arc<str>> {
    match expr {
        Expr::Name(name) => Some(name),
        Expr::Literal(..) | Expr::Sided(..) | Expr::Call(..) | Expr::Member(..) | Expr::Star => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(name: &str, args: Vec<Expr>) -> Expr {
        Expr::Call(name.into(), args)
    }

    fn name(text: &str) -> Expr {
        Expr::Name(text.into())
    }

    fn filter(text: &str) -> Expr {
        match parse(&format!("T | where {text}")).unwrap().body.ops.remove(0) {
            Op::Where(expr) => expr,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn precedence() {
        let (a, b, c) = (name("a"), name("b"), name("c"));
        assert_eq!(
            filter("a or b and c"),
            call("or", vec![a.clone(), call("and", vec![b.clone(), c.clone()])])
        );
        assert_eq!(
            filter("a + b * c == a - b - c"),
            call(
                "==",
                vec![
                    call("+", vec![a.clone(), call("*", vec![b.clone(), c.clone()])]),
                    call("-", vec![call("-", vec![a.clone(), b.clone()]), c.clone()])
                ]
            )
        );
        assert_eq!(filter("a between (b .. c)"), call("between", vec![a, b, c]));
    }

    #[test]
    fn refusals_point_at_the_token() {
        let cases = [
            ("T | explode a", "explode", 1, 4),
            ("T\n| where", "<EOF>", 2, 7),
            ("T | where a == ", "<EOF>", 1, 15),
            ("T | where (a", "<EOF>", 1, 12),
            ("T | sort a", "a", 1, 9),
            ("T | project-reorder a", "project", 1, 4),
            ("T | take 5 5", "5", 1, 11),
            ("T | join kind=rightouter (T) on a", "rightouter", 1, 14),
            ("T | where a matches b", "b", 1, 20),
            ("| take 1", "|", 1, 0),
            ("", "<EOF>", 1, 0),
        ];
        for (text, token, line, pos) in cases {
            assert_eq!(
                parse(text).unwrap_err(),
                Refusal::Syntax { token: token.into(), line, pos },
                "{text}"
            );
        }
    }

    #[test]
    fn hostile_nesting_is_refused() {
        let deep = format!("T | where {}a", "(".repeat(100_000));
        assert!(matches!(parse(&deep), Err(Refusal::Syntax { .. })));
        let minus = format!("T | where {}a", "-".repeat(100_000));
        assert!(matches!(parse(&minus), Err(Refusal::Syntax { .. })));
    }
}
