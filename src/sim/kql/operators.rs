//! Operators: comparison, logic, arithmetic, string matching, member access, with Kusto's nulls.
//!
//! `==` of two nulls is null, of one null false; other comparisons with null are null; `and`/`or` are
//! three-valued.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::rc::Rc;

use serde_json::Value as Json;

use super::error::Refusal;
use super::scalar::{Apply, Arg, Resolved};
use super::value::{Type, Value, long};

const NONE: Value = Value::Null;

/// An argument; null where there is none, which binding rules out.
pub fn arg(args: &[Value], index: usize) -> &Value {
    args.get(index).unwrap_or(&NONE)
}

/// Binds an operator; `None` when `name` is none.
pub fn resolve(name: &str, args: &[Arg<'_>]) -> Option<Resolved> {
    let ty = |i: usize| args.get(i).map_or(Type::Dynamic, |a| a.ty);
    Some(match name {
        "and" | "or" => logic(name == "and", args),
        "==" | "!=" | "<" | "<=" | ">" | ">=" => {
            comparable(ty(0), ty(1)).map(|()| (Type::Bool, comparison(name)))
        }
        "=~" => Ok((Type::Bool, text_test(|a, b| a == b, true, false))),
        "!~" => Ok((Type::Bool, text_test(|a, b| a == b, true, true))),
        "between" | "!between" => {
            comparable(ty(0), ty(1)).and_then(|()| between(name == "!between", ty(0), ty(2)))
        }
        "in" | "!in" | "in~" | "!in~" => membership(name, args),
        "has_any" | "has_all" => Ok((Type::Bool, has_many(name == "has_all"))),
        "matches regex" => matches(args.get(1)),
        "+" | "-" | "*" | "/" | "%" => arithmetic(name, ty(0), ty(1)),
        "negate" => negate(ty(0)),
        "member" if ty(0) != Type::Dynamic => Err(Refusal::semantic(
            "SEM0139",
            format!("Path expression source must be dynamic, not {}", ty(0).name()),
        )),
        "member" => Ok((Type::Dynamic, Rc::new(member) as Apply)),
        _ => return string_operator(name).map(|apply| Ok((Type::Bool, apply))),
    })
}

fn string_operator(name: &str) -> Option<Apply> {
    let positive = name.strip_prefix('!').unwrap_or(name);
    let bare = positive.strip_suffix("_cs").unwrap_or(positive);
    let test: fn(&str, &str) -> bool = match bare {
        "has" => has_term,
        "contains" => |a, b| a.contains(b),
        "startswith" => |a, b| a.starts_with(b),
        "endswith" => |a, b| a.ends_with(b),
        _ => return None,
    };
    Some(text_test(test, bare.len() == positive.len(), positive.len() != name.len()))
}

fn text_test(test: impl Fn(&str, &str) -> bool + 'static, fold: bool, negated: bool) -> Apply {
    Rc::new(move |args| {
        let (a, b) = (arg(args, 0).text(), arg(args, 1).text());
        let hit = if fold { test(&a.to_lowercase(), &b.to_lowercase()) } else { test(&a, &b) };
        Value::Bool(hit != negated)
    })
}

/// `needle` stands in `text` with no letter or digit beside it.
fn has_term(text: &str, needle: &str) -> bool {
    let inside = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    text.match_indices(needle).any(|(i, _)| {
        let before = text.get(..i).and_then(|s| s.chars().next_back());
        let after = text.get(i + needle.len()..).and_then(|s| s.chars().next());
        !inside(before) && !inside(after)
    })
}

fn has_many(all: bool) -> Apply {
    Rc::new(move |args| {
        let text = arg(args, 0).text().to_lowercase();
        let needles = args.iter().skip(1).flat_map(elements);
        let mut hits = needles.map(|n| has_term(&text, &n.text().to_lowercase()));
        Value::Bool(if all { hits.all(|h| h) } else { hits.any(|h| h) })
    })
}

fn elements(value: &Value) -> Vec<Value> {
    match value {
        Value::Dynamic(json) => match json.as_ref() {
            Json::Array(items) => items.iter().map(|i| Value::dynamic(i.clone()).unwrapped()).collect(),
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) | Json::Object(_) => {
                vec![value.unwrapped()]
            }
        },
        _ => vec![value.clone()],
    }
}

fn logic(and: bool, args: &[Arg<'_>]) -> Resolved {
    if args.iter().any(|a| a.ty != Type::Bool && a.ty != Type::Dynamic) {
        let sign = if and { "and" } else { "or" };
        return Err(Refusal::semantic(
            "SEM0025",
            format!("Operator '{sign}': operands must be of type bool"),
        ));
    }
    let apply = move |args: &[Value]| {
        let side = |i| match arg(args, i).unwrapped() {
            Value::Bool(b) => Some(b),
            _ => None,
        };
        match (side(0), side(1)) {
            (Some(a), Some(b)) => Value::Bool(if and { a && b } else { a || b }),
            (Some(a), None) | (None, Some(a)) if a != and => Value::Bool(a),
            _ => Value::Null,
        }
    };
    Ok((Type::Bool, Rc::new(apply)))
}

/// Values of these types can be compared.
pub fn comparable(a: Type, b: Type) -> Result<(), Refusal> {
    let text = |t| matches!(t, Type::Str | Type::Guid);
    let fits = a == b
        || (a.is_number() && b.is_number())
        || (text(a) && text(b))
        || a == Type::Dynamic
        || b == Type::Dynamic;
    if fits {
        return Ok(());
    }
    Err(Refusal::semantic(
        "SEM0064",
        format!("Cannot compare values of types {} and {}. Try adding explicit casts", a.name(), b.name()),
    ))
}

/// Equality with Kusto's nulls.
pub fn equals(a: &Value, b: &Value) -> Value {
    match (a.is_null(), b.is_null()) {
        (true, true) => Value::Null,
        (true, false) | (false, true) => Value::Bool(false),
        (false, false) => Value::Bool(a.compare(b) == Some(Ordering::Equal)),
    }
}

fn comparison(sign: &str) -> Apply {
    let order = |test: fn(Ordering) -> bool| -> Apply {
        Rc::new(move |args| arg(args, 0).compare(arg(args, 1)).map_or(Value::Null, |o| Value::Bool(test(o))))
    };
    match sign {
        "==" => Rc::new(|args| equals(arg(args, 0), arg(args, 1))),
        "!=" => Rc::new(|args| match equals(arg(args, 0), arg(args, 1)) {
            Value::Bool(same) => Value::Bool(!same),
            other => other,
        }),
        "<" => order(Ordering::is_lt),
        "<=" => order(Ordering::is_le),
        ">" => order(Ordering::is_gt),
        _ => order(Ordering::is_ge),
    }
}

fn between(negated: bool, value: Type, high: Type) -> Resolved {
    let span = value == Type::DateTime && high == Type::Span;
    if !span {
        comparable(value, high)?;
    }
    let apply = move |args: &[Value]| {
        let low = arg(args, 1);
        let high = match (low, arg(args, 2)) {
            (Value::DateTime(from), Value::Span(long)) => Value::DateTime(from.saturating_add(*long)),
            (_, high) => high.clone(),
        };
        let inside = arg(args, 0).compare(low).zip(arg(args, 0).compare(&high));
        inside.map_or(Value::Null, |(l, h)| Value::Bool((l.is_ge() && h.is_le()) != negated))
    };
    Ok((Type::Bool, Rc::new(apply)))
}

fn membership(name: &str, args: &[Arg<'_>]) -> Resolved {
    let negated = name.starts_with('!');
    let fold = name.ends_with('~');
    let own = args.first().map_or(Type::Dynamic, |a| a.ty);
    for other in args.iter().skip(1) {
        comparable(own, other.ty)?;
    }
    let key = move |v: &Value| match v.unwrapped() {
        Value::Str(s) if fold => Value::str(s.to_lowercase()),
        Value::Real(x) if x.fract() == 0.0 => Value::Long(x as i64),
        other => other,
    };
    let constants: Option<Vec<Value>> = args.iter().skip(1).map(|a| a.constant.cloned()).collect();
    let set: Option<HashSet<Value>> =
        constants.map(|c| c.iter().flat_map(elements).map(|v| key(&v)).collect());
    let apply = move |args: &[Value]| {
        let needle = key(arg(args, 0));
        let hit = match &set {
            Some(set) => set.contains(&needle),
            None => args.iter().skip(1).flat_map(elements).any(|v| key(&v) == needle),
        };
        Value::Bool((hit && !needle.is_null()) != negated)
    };
    Ok((Type::Bool, Rc::new(apply)))
}

fn matches(pattern: Option<&Arg<'_>>) -> Resolved {
    let regex = pattern_of(pattern)?;
    Ok((Type::Bool, Rc::new(move |args| Value::Bool(regex.is_match(&arg(args, 0).text())))))
}

/// A regular expression that must be constant.
pub fn pattern_of(pattern: Option<&Arg<'_>>) -> Result<regex_lite::Regex, Refusal> {
    let text = pattern.and_then(|p| p.constant).map(Value::text);
    let Some(text) = text else {
        return Err(Refusal::semantic("SEM0001", "The regular expression must be a constant"));
    };
    regex_lite::Regex::new(&text)
        .map_err(|_| Refusal::semantic("SEM0420", format!("Invalid regular expression: '{text}'")))
}

fn arithmetic(sign: &str, a: Type, b: Type) -> Resolved {
    use Type::{DateTime, Real, Span};
    let number = |ty: Type| ty.is_number();
    let ty = match (a, sign, b) {
        _ if number(a) && number(b) => {
            if a == Real || b == Real {
                Real
            } else {
                Type::Long
            }
        }
        (DateTime, "-", DateTime) | (Span, "+" | "-" | "%", Span) => Span,
        (DateTime, "+" | "-", Span) | (Span, "+", DateTime) => DateTime,
        (Span, "/", Span) => Real,
        (Span, "*" | "/", _) if number(b) => Span,
        (_, "*", Span) if number(a) => Span,
        _ => {
            return Err(Refusal::semantic(
                "SEM0019",
                format!(
                    "Arithmetic expression '{sign}' cannot be carried-out between {} and {}",
                    a.name(),
                    b.name()
                ),
            ));
        }
    };
    let sign: &'static str = match sign {
        "+" => "+",
        "-" => "-",
        "*" => "*",
        "/" => "/",
        _ => "%",
    };
    let scaled = ty == Span && (number(a) || number(b));
    let apply = move |args: &[Value]| {
        let (a, b) = (arg(args, 0), arg(args, 1));
        if a.is_null() || b.is_null() {
            return Value::Null;
        }
        if ty == Real || scaled {
            let float = |v: &Value| v.number().or_else(|| v.whole().map(|n| n as f64)).unwrap_or(f64::NAN);
            let x = real(sign, float(a), float(b));
            return if scaled { Value::Span(x as i64) } else { Value::Real(x) };
        }
        let n = a.whole().zip(b.whole()).and_then(|(a, b)| whole(sign, a, b));
        match (n, ty) {
            (None, _) => Value::Null,
            (Some(n), DateTime) => Value::DateTime(n),
            (Some(n), Span) => Value::Span(n),
            (Some(n), _) => Value::Long(n),
        }
    };
    Ok((ty, Rc::new(apply)))
}

fn whole(sign: &str, a: i64, b: i64) -> Option<i64> {
    match sign {
        "+" => a.checked_add(b),
        "-" => a.checked_sub(b),
        "*" => a.checked_mul(b),
        "/" => a.checked_div(b),
        _ => a.checked_rem(b),
    }
}

fn real(sign: &str, a: f64, b: f64) -> f64 {
    match sign {
        "+" => a + b,
        "-" => a - b,
        "*" => a * b,
        "/" => a / b,
        _ => a % b,
    }
}

fn negate(ty: Type) -> Resolved {
    if !ty.is_number() && ty != Type::Span {
        return Err(Refusal::semantic("SEM0019", format!("Operator '-' cannot be applied to {}", ty.name())));
    }
    let apply = |args: &[Value]| match arg(args, 0) {
        Value::Long(n) => Value::Long(n.wrapping_neg()),
        Value::Span(n) => Value::Span(n.wrapping_neg()),
        Value::Real(x) => Value::Real(-x),
        _ => Value::Null,
    };
    Ok((if ty == Type::Int { Type::Long } else { ty }, Rc::new(apply)))
}

/// A property or element of a dynamic.
fn member(args: &[Value]) -> Value {
    let Value::Dynamic(json) = arg(args, 0) else { return Value::Null };
    let found = match arg(args, 1) {
        Value::Long(n) => {
            let Json::Array(items) = json.as_ref() else { return Value::Null };
            let index = if *n < 0 { n + long(items.len()) } else { *n };
            usize::try_from(index).ok().and_then(|i| items.get(i))
        }
        key => json.get(key.text().as_ref()),
    };
    found.cloned().map_or(Value::Null, Value::dynamic)
}
