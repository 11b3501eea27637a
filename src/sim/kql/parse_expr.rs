//! Scalar expressions: a Pratt parser over the operator table below.
//!
//! Operators become calls named by their sign, so that binding has one case for functions and operators.

use std::sync::Arc;

use super::ast::Expr;
use super::error::Refusal;
use super::lexer::{Kind, Token};
use super::value::{Type, Value};

/// Deepest nesting of parentheses and calls; keeps hostile text off the stack's end.
const MAX_DEPTH: usize = 64;

/// Most operators in one chain (`a or b or …`), since such a chain becomes as deep a tree.
const MAX_CHAIN: usize = 400;

/// Reads tokens one by one.
pub struct Cursor<'t> {
    text: &'t str,
    tokens: &'t [Token],
    at: usize,
    depth: usize,
}

/// How tightly each infix operator binds.
fn infix_power(kind: &Kind) -> Option<(&str, u8)> {
    Some(match kind {
        Kind::Name(word) => match word.as_ref() {
            "or" => ("or", 1),
            "and" => ("and", 2),
            "in" | "!in" | "in~" | "!in~" | "has" | "!has" | "has_cs" | "!has_cs" | "has_any" | "has_all"
            | "contains" | "!contains" | "contains_cs" | "!contains_cs" | "startswith" | "!startswith"
            | "startswith_cs" | "!startswith_cs" | "endswith" | "!endswith" | "endswith_cs"
            | "!endswith_cs" | "between" | "!between" => (word, 3),
            "matches" => ("matches", 3),
            _ => return None,
        },
        Kind::Sign(sign) => match *sign {
            "==" | "!=" | "=~" | "!~" | "<" | "<=" | ">" | ">=" => (sign, 3),
            "<>" => ("!=", 3),
            "+" | "-" => (sign, 4),
            "*" | "/" | "%" => (sign, 5),
            _ => return None,
        },
        Kind::Literal(..) | Kind::End => return None,
    })
}

impl<'t> Cursor<'t> {
    /// Starts at the first token.
    pub fn new(text: &'t str, tokens: &'t [Token]) -> Self {
        Self { text, tokens, at: 0, depth: 0 }
    }

    /// The kind of the token `ahead` of the present one.
    pub fn kind_at(&self, ahead: usize) -> &Kind {
        self.tokens.get(self.at + ahead).map_or(&Kind::End, |t| &t.kind)
    }

    /// The present kind.
    pub fn kind(&self) -> &Kind {
        self.kind_at(0)
    }

    /// Goes on by one token.
    pub fn advance(&mut self) {
        if self.at + 1 < self.tokens.len() {
            self.at += 1;
        }
    }

    /// The token that follows touches the present one.
    pub fn touches_next(&self) -> bool {
        let pair = self.tokens.get(self.at).zip(self.tokens.get(self.at + 1));
        pair.is_some_and(|(a, b)| a.end == b.start)
    }

    /// The present token is not what can stand here.
    pub fn refuse<T>(&self) -> Result<T, Refusal> {
        let (start, end) = self.tokens.get(self.at).map_or((0, 0), |t| (t.start, t.end));
        Err(Refusal::syntax(self.text, start, self.text.get(start..end).unwrap_or_default()))
    }

    /// Takes `sign` if it is there.
    pub fn eat(&mut self, sign: &str) -> bool {
        let there = matches!(self.kind(), Kind::Sign(s) if *s == sign);
        if there {
            self.advance();
        }
        there
    }

    /// Takes the word if it is there.
    pub fn eat_word(&mut self, word: &str) -> bool {
        let there = matches!(self.kind(), Kind::Name(w) if w.as_ref() == word);
        if there {
            self.advance();
        }
        there
    }

    /// `sign` must be there.
    pub fn expect(&mut self, sign: &str) -> Result<(), Refusal> {
        if self.eat(sign) { Ok(()) } else { self.refuse() }
    }

    /// A name must be there: plain, or `['any text']`.
    pub fn name(&mut self) -> Result<Arc<str>, Refusal> {
        if matches!(self.kind(), Kind::Sign("["))
            && let Kind::Literal(Value::Str(text), Type::Str) = self.kind_at(1).clone()
        {
            self.advance();
            self.advance();
            self.expect("]")?;
            return Ok(text);
        }
        let Kind::Name(word) = self.kind().clone() else { return self.refuse() };
        if word.starts_with('!') || word.ends_with('~') {
            return self.refuse();
        }
        self.advance();
        Ok(word)
    }

    /// Items parted by commas.
    pub fn list<T>(&mut self, item: impl Fn(&mut Self) -> Result<T, Refusal>) -> Result<Vec<T>, Refusal> {
        let mut items = vec![item(self)?];
        while self.eat(",") {
            items.push(item(self)?);
        }
        Ok(items)
    }

    /// Goes one level deeper for `inner`.
    pub fn nested<T>(&mut self, inner: impl FnOnce(&mut Self) -> Result<T, Refusal>) -> Result<T, Refusal> {
        if self.depth >= MAX_DEPTH {
            return self.refuse();
        }
        self.depth += 1;
        let result = inner(self);
        self.depth -= 1;
        result
    }

    /// A whole expression.
    pub fn expr(&mut self) -> Result<Expr, Refusal> {
        self.nested(|c| c.climb(0))
    }

    fn climb(&mut self, least: u8) -> Result<Expr, Refusal> {
        let mut left = self.unary()?;
        for _ in 0..MAX_CHAIN {
            let Some((sign, power)) = infix_power(self.kind()) else { return Ok(left) };
            if power <= least {
                return Ok(left);
            }
            let sign: Arc<str> = Arc::from(sign);
            self.advance();
            left = match sign.as_ref() {
                "matches" => {
                    if !self.eat_word("regex") {
                        return self.refuse();
                    }
                    Expr::Call("matches regex".into(), vec![left, self.climb(power)?])
                }
                "between" | "!between" => {
                    self.expect("(")?;
                    let low = self.expr()?;
                    self.expect("..")?;
                    let high = self.expr()?;
                    self.expect(")")?;
                    Expr::Call(sign, vec![left, low, high])
                }
                "in" | "!in" | "in~" | "!in~" | "has_any" | "has_all" => {
                    self.expect("(")?;
                    let mut args = vec![left];
                    args.extend(self.list(Self::expr)?);
                    self.expect(")")?;
                    Expr::Call(sign, args)
                }
                _ => Expr::Call(sign, vec![left, self.climb(power)?]),
            };
        }
        self.refuse()
    }

    fn unary(&mut self) -> Result<Expr, Refusal> {
        if self.eat("-") {
            let operand = self.nested(Self::unary)?;
            return Ok(Expr::Call("negate".into(), vec![operand]));
        }
        if self.eat("+") {
            return self.nested(Self::unary);
        }
        let mut value = self.primary()?;
        for _ in 0..MAX_CHAIN {
            let key = if self.eat(".") {
                Expr::Literal(Value::Str(self.name()?), Type::Str)
            } else if self.eat("[") {
                let key = self.expr()?;
                self.expect("]")?;
                key
            } else {
                return Ok(value);
            };
            value = Expr::Member(Box::new(value), Box::new(key));
        }
        self.refuse()
    }

    fn primary(&mut self) -> Result<Expr, Refusal> {
        match self.kind().clone() {
            Kind::Literal(value, ty) => {
                self.advance();
                Ok(Expr::Literal(value, ty))
            }
            Kind::Sign("(") => {
                self.advance();
                let inner = self.expr()?;
                self.expect(")")?;
                Ok(inner)
            }
            Kind::Sign("*") => {
                self.advance();
                Ok(Expr::Star)
            }
            Kind::Sign("$") => {
                self.advance();
                let left = self.eat_word("left");
                if !left && !self.eat_word("right") {
                    return self.refuse();
                }
                self.expect(".")?;
                Ok(Expr::Sided(left, self.name()?))
            }
            Kind::Name(_) | Kind::Sign("[") => {
                if infix_power(self.kind()).is_some() {
                    return self.refuse();
                }
                let name = self.name()?;
                if !self.eat("(") {
                    return Ok(Expr::Name(name));
                }
                let args =
                    if matches!(self.kind(), Kind::Sign(")")) { Vec::new() } else { self.list(Self::expr)? };
                self.expect(")")?;
                Ok(Expr::Call(name, args))
            }
            Kind::Sign(_) | Kind::End => self.refuse(),
        }
    }
}
