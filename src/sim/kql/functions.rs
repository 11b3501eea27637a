//! Scalar functions. A name that is not here is refused, never ignored.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::rc::Rc;

use ipnet::{Ipv4Net, Ipv6Net};
use serde_json::Value as Json;

use super::error::Refusal;
use super::kernel;
use super::operators::{arg, pattern_of};
use super::scalar::{Apply, Arg, Resolved};
use super::time;
use super::value::{Type, Value, long};

/// Fewest and most arguments of each function, which is also the list of those that exist.
const ARITY: &[(&str, usize, usize)] = &[
    ("abs", 1, 1),
    ("ago", 1, 1),
    ("array_length", 1, 1),
    ("bin", 2, 2),
    ("case", 3, 64),
    ("coalesce", 2, 64),
    ("extract", 3, 3),
    ("floor", 2, 2),
    ("format_datetime", 2, 2),
    ("iff", 3, 3),
    ("iif", 3, 3),
    ("indexof", 2, 2),
    ("ipv4_is_in_range", 2, 2),
    ("ipv4_is_private", 1, 1),
    ("ipv6_is_in_range", 2, 2),
    ("isempty", 1, 1),
    ("isnotempty", 1, 1),
    ("isnotnull", 1, 1),
    ("isnull", 1, 1),
    ("max_of", 2, 64),
    ("min_of", 2, 64),
    ("not", 1, 1),
    ("notempty", 1, 1),
    ("parse_json", 1, 1),
    ("replace_string", 3, 3),
    ("round", 1, 2),
    ("split", 2, 3),
    ("startofday", 1, 1),
    ("strcat", 1, 64),
    ("strlen", 1, 1),
    ("substring", 2, 3),
    ("tobool", 1, 1),
    ("todatetime", 1, 1),
    ("todouble", 1, 1),
    ("todynamic", 1, 1),
    ("toint", 1, 1),
    ("tolong", 1, 1),
    ("tolower", 1, 1),
    ("toreal", 1, 1),
    ("tostring", 1, 1),
    ("totimespan", 1, 1),
    ("toupper", 1, 1),
];

/// Binds a function.
pub fn resolve(name: &str, args: &[Arg<'_>], now: i64) -> Resolved {
    let Some((_, least, most)) = ARITY.iter().find(|(n, ..)| *n == name) else {
        return Err(Refusal::semantic("SEM0260", format!("Unknown function: '{name}'.")));
    };
    if args.len() < *least || args.len() > *most {
        let wanted = if least == most { format!("{least}") } else { format!("{least} to {most}") };
        return Err(Refusal::semantic(
            "SEM0219",
            format!("Function '{name}' was called with {} arguments; it expects {wanted}", args.len()),
        ));
    }
    let ty = |i: usize| args.get(i).map_or(Type::Dynamic, |a| a.ty);
    match name {
        "iff" | "iif" | "case" => conditional(args),
        "coalesce" => {
            let ty = common(args.iter().map(|a| a.ty))?;
            let first = |args: &[Value]| args.iter().find(|v| !absent(v)).cloned().unwrap_or(Value::Null);
            Ok((
                ty,
                Rc::new(
                    move |args| if ty == Type::Str { Value::Str(first(args).text()) } else { first(args) },
                ),
            ))
        }
        "min_of" | "max_of" => extreme(name == "max_of", args),
        "bin" | "floor" => bin(ty(0), ty(1)),
        "abs" => {
            let ty = if ty(0) == Type::Int { Type::Long } else { ty(0) };
            Ok((
                ty,
                Rc::new(|args| match arg(args, 0) {
                    Value::Long(n) => Value::Long(n.wrapping_abs()),
                    Value::Span(n) => Value::Span(n.wrapping_abs()),
                    Value::Real(x) => Value::Real(x.abs()),
                    _ => Value::Null,
                }),
            ))
        }
        "extract" => extract(args),
        "ago" => {
            want(name, ty(0), Type::Span)?;
            unary(Type::DateTime, move |v| {
                v.whole().map_or(Value::Null, |t| Value::DateTime(now.saturating_sub(t)))
            })
        }
        "startofday" => {
            want(name, ty(0), Type::DateTime)?;
            unary(Type::DateTime, |v| {
                v.whole().map_or(Value::Null, |t| Value::DateTime(t - t.rem_euclid(time::DAY)))
            })
        }
        "format_datetime" => format_datetime(ty(0), args),
        "isnull" => unary(Type::Bool, |v| Value::Bool(v.is_null())),
        "isnotnull" => unary(Type::Bool, |v| Value::Bool(!v.is_null())),
        "isempty" => unary(Type::Bool, |v| Value::Bool(absent(v))),
        "isnotempty" | "notempty" => unary(Type::Bool, |v| Value::Bool(!absent(v))),
        "not" => {
            want(name, ty(0), Type::Bool)?;
            unary(
                Type::Bool,
                |v| if let Value::Bool(b) = v.unwrapped() { Value::Bool(!b) } else { Value::Null },
            )
        }
        _ if name.starts_with("to") && !matches!(name, "tolower" | "toupper") => conversion(name),
        _ if name.starts_with("ip") => address(name),
        _ => text(name),
    }
}

#[allow(clippy::unnecessary_wraps)] // Functions end with it.
fn unary(ty: Type, apply: impl Fn(&Value) -> Value + 'static) -> Resolved {
    Ok((ty, Rc::new(move |args: &[Value]| apply(arg(args, 0)))))
}

/// Null, or an empty string.
fn absent(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Str(s) => s.is_empty(),
        Value::Bool(_)
        | Value::Long(_)
        | Value::Real(_)
        | Value::DateTime(_)
        | Value::Span(_)
        | Value::Dynamic(_) => false,
    }
}

fn want(name: &str, is: Type, wanted: Type) -> Result<(), Refusal> {
    if is == wanted || is == Type::Dynamic {
        return Ok(());
    }
    Err(Refusal::semantic(
        "SEM0219",
        format!("Function '{name}': argument of type {} was expected, not {}", wanted.name(), is.name()),
    ))
}

/// The one type that branches share.
fn common(types: impl Iterator<Item = Type>) -> Result<Type, Refusal> {
    let mut result: Option<Type> = None;
    for ty in types {
        result = Some(match result {
            None => ty,
            Some(before) if before == ty => ty,
            Some(before) if before.is_number() && ty.is_number() => {
                if before == Type::Real || ty == Type::Real { Type::Real } else { Type::Long }
            }
            Some(Type::Dynamic) => Type::Dynamic,
            Some(_) if ty == Type::Dynamic => Type::Dynamic,
            Some(before) => {
                return Err(Refusal::semantic(
                    "SEM0005",
                    format!("Values of types {} and {} have no type in common", before.name(), ty.name()),
                ));
            }
        });
    }
    Ok(result.unwrap_or(Type::Dynamic))
}

fn conditional(args: &[Arg<'_>]) -> Resolved {
    if args.len().is_multiple_of(2) {
        return Err(Refusal::semantic("SEM0219", "Function 'case': an odd number of arguments was expected"));
    }
    let last = args.len() - 1;
    for (i, a) in args.iter().enumerate() {
        if i % 2 == 0 && i != last {
            want("case", a.ty, Type::Bool)?;
        }
    }
    let ty = common(args.iter().enumerate().filter(|(i, _)| i % 2 == 1 || *i == last).map(|(_, a)| a.ty))?;
    let apply = move |args: &[Value]| {
        let hit = (0..last).step_by(2).find(|i| arg(args, *i).is_true());
        arg(args, hit.map_or(last, |i| i + 1)).clone()
    };
    Ok((ty, Rc::new(apply)))
}

fn extreme(max: bool, args: &[Arg<'_>]) -> Resolved {
    let ty = common(args.iter().map(|a| a.ty))?;
    let apply = move |args: &[Value]| {
        let known = args.iter().filter(|v| !v.is_null());
        let best = known.reduce(|a, b| {
            let b_wins = b.compare(a).is_some_and(|o| if max { o.is_gt() } else { o.is_lt() });
            if b_wins { b } else { a }
        });
        best.cloned().unwrap_or(Value::Null)
    };
    Ok((ty, Rc::new(apply)))
}

/// Rounds down to a multiple.
fn bin(value: Type, step: Type) -> Resolved {
    let ty = match (value, step) {
        (Type::DateTime, Type::Span) => Type::DateTime,
        (Type::Span, Type::Span) => Type::Span,
        (Type::Real, _) | (_, Type::Real) if value.is_number() && step.is_number() => Type::Real,
        _ if value.is_number() && step.is_number() => Type::Long,
        _ => {
            return Err(Refusal::semantic(
                "SEM0219",
                format!("Function 'bin' cannot round {} to a multiple of {}", value.name(), step.name()),
            ));
        }
    };
    let apply = move |args: &[Value]| {
        let (v, step) = (arg(args, 0), arg(args, 1));
        if ty == Type::Real {
            let pair = v.number().zip(step.number()).filter(|(_, s)| *s > 0.0);
            return pair.map_or(Value::Null, |(v, s)| Value::Real((v / s).floor() * s));
        }
        let Some((v, s)) = v.whole().zip(step.whole()).filter(|(_, s)| *s > 0) else { return Value::Null };
        let origin = if ty == Type::DateTime { time::YEAR_ONE } else { 0 };
        let low = kernel::bin(v, s, origin);
        match ty {
            Type::DateTime => Value::DateTime(low),
            Type::Span => Value::Span(low),
            _ => Value::Long(low),
        }
    };
    Ok((ty, Rc::new(apply)))
}

fn extract(args: &[Arg<'_>]) -> Resolved {
    let regex = pattern_of(args.first())?;
    let apply = move |args: &[Value]| {
        let group = arg(args, 1).whole().and_then(|n| usize::try_from(n).ok()).unwrap_or(usize::MAX);
        let text = arg(args, 2).text();
        let found = regex.captures(&text).and_then(|c| c.get(group)).map_or("", |m| m.as_str());
        Value::str(found)
    };
    Ok((Type::Str, Rc::new(apply)))
}

fn format_datetime(ty: Type, args: &[Arg<'_>]) -> Resolved {
    want("format_datetime", ty, Type::DateTime)?;
    let pattern = args.get(1).and_then(|a| a.constant).map(Value::text);
    let Some(pattern) = pattern.filter(|p| time::format_custom(0, p).is_some()) else {
        return Err(Refusal::semantic("SEM0219", "Function 'format_datetime': the format is not supported"));
    };
    unary(Type::Str, move |v| {
        Value::str(v.whole().and_then(|t| time::format_custom(t, &pattern)).unwrap_or_default())
    })
}

fn conversion(name: &str) -> Resolved {
    match name {
        "tostring" => unary(Type::Str, |v| Value::Str(v.text())),
        "tolong" => unary(Type::Long, |v| to_whole(v).map_or(Value::Null, Value::Long)),
        "toint" => unary(Type::Int, |v| {
            to_whole(v).filter(|n| i32::try_from(*n).is_ok()).map_or(Value::Null, Value::Long)
        }),
        "todouble" | "toreal" => unary(Type::Real, |v| {
            let v = v.unwrapped();
            let parsed = if let Value::Str(s) = &v { s.trim().parse().ok() } else { None };
            v.number().or(parsed).map_or(Value::Null, Value::Real)
        }),
        "tobool" => unary(Type::Bool, |v| match v.unwrapped() {
            Value::Bool(b) => Value::Bool(b),
            Value::Long(n) => Value::Bool(n != 0),
            Value::Str(s) if s.eq_ignore_ascii_case("true") => Value::Bool(true),
            Value::Str(s) if s.eq_ignore_ascii_case("false") => Value::Bool(false),
            _ => Value::Null,
        }),
        "todatetime" => unary(Type::DateTime, |v| match v.unwrapped() {
            Value::DateTime(t) => Value::DateTime(t),
            Value::Str(s) => time::parse_instant(&s).map_or(Value::Null, Value::DateTime),
            _ => Value::Null,
        }),
        "totimespan" => unary(Type::Span, |v| match v.unwrapped() {
            Value::Span(t) => Value::Span(t),
            Value::Str(s) => time::parse_span(&s).map_or(Value::Null, Value::Span),
            _ => Value::Null,
        }),
        _ => unary(Type::Dynamic, to_dynamic),
    }
}

fn to_whole(value: &Value) -> Option<i64> {
    match value.unwrapped() {
        Value::Real(x) => Some(x as i64),
        Value::Str(s) => {
            let s = s.trim();
            s.strip_prefix("0x").map_or_else(|| s.parse().ok(), |hex| i64::from_str_radix(hex, 16).ok())
        }
        other => other.whole(),
    }
}

fn to_dynamic(value: &Value) -> Value {
    match value {
        Value::Str(s) if s.is_empty() => Value::Null,
        Value::Str(s) => Value::dynamic(serde_json::from_str(s).unwrap_or_else(|_| Json::from(s.as_ref()))),
        Value::Null | Value::Dynamic(_) => value.clone(),
        other => Value::dynamic(other.json()),
    }
}

#[allow(clippy::unnecessary_wraps)] // Functions end with it.
fn address(name: &str) -> Resolved {
    let apply: Apply = match name {
        "ipv4_is_private" => Rc::new(|args| {
            let ip = arg(args, 0).text().parse::<Ipv4Addr>();
            ip.map_or(Value::Null, |ip| Value::Bool(ip.is_private()))
        }),
        "ipv4_is_in_range" => Rc::new(|args| {
            let (ip, range) = (arg(args, 0).text(), arg(args, 1).text());
            let net =
                range.parse::<Ipv4Net>().ok().or_else(|| range.parse::<Ipv4Addr>().ok().map(Ipv4Net::from));
            let pair = ip.parse::<Ipv4Addr>().ok().zip(net);
            pair.map_or(Value::Null, |(ip, net)| Value::Bool(net.contains(&ip)))
        }),
        _ => Rc::new(|args| {
            let (ip, range) = (arg(args, 0).text(), arg(args, 1).text());
            let net =
                range.parse::<Ipv6Net>().ok().or_else(|| range.parse::<Ipv6Addr>().ok().map(Ipv6Net::from));
            let pair = ip.parse::<Ipv6Addr>().ok().zip(net);
            pair.map_or(Value::Null, |(ip, net)| Value::Bool(net.contains(&ip)))
        }),
    };
    Ok((Type::Bool, apply))
}

fn text(name: &str) -> Resolved {
    let string = |f: fn(&[Value]) -> String| -> Resolved {
        Ok((Type::Str, Rc::new(move |a: &[Value]| Value::str(f(a)))))
    };
    match name {
        "tolower" => string(|a| arg(a, 0).text().to_lowercase()),
        "toupper" => string(|a| arg(a, 0).text().to_uppercase()),
        "strcat" => string(|a| a.iter().map(Value::text).collect::<Vec<_>>().concat()),
        "substring" => string(|a| {
            let text = arg(a, 0).text();
            let from = arg(a, 1).whole().unwrap_or(0);
            let from = if from < 0 { from + long(text.chars().count()) } else { from };
            let count = arg(a, 2).whole().map_or(usize::MAX, |n| usize::try_from(n).unwrap_or(usize::MAX));
            text.chars().skip(usize::try_from(from).unwrap_or(0)).take(count).collect()
        }),
        "replace_string" => {
            string(|a| arg(a, 0).text().replace(arg(a, 1).text().as_ref(), &arg(a, 2).text()))
        }
        "strlen" => unary(Type::Long, |v| Value::Long(long(v.text().chars().count()))),
        "indexof" => Ok((
            Type::Long,
            Rc::new(|a| {
                let text = arg(a, 0).text();
                let found = text.find(arg(a, 1).text().as_ref()).and_then(|i| text.get(..i));
                Value::Long(found.map_or(-1, |head| long(head.chars().count())))
            }),
        )),
        "split" => Ok((
            Type::Dynamic,
            Rc::new(|a| {
                let (text, by) = (arg(a, 0).text(), arg(a, 1).text());
                let parts: Vec<Json> = if by.is_empty() {
                    vec![Json::from(text.as_ref())]
                } else {
                    text.split(by.as_ref()).map(Json::from).collect()
                };
                match arg(a, 2).whole() {
                    None => Value::dynamic(Json::Array(parts)),
                    Some(n) => {
                        let part = usize::try_from(n).ok().and_then(|n| parts.get(n));
                        Value::dynamic(Json::Array(part.into_iter().cloned().collect()))
                    }
                }
            }),
        )),
        "round" => Ok((
            Type::Real,
            Rc::new(|a| {
                let scale = 10_f64.powi(arg(a, 1).whole().unwrap_or(0).clamp(-15, 15) as i32);
                arg(a, 0).number().map_or(Value::Null, |x| Value::Real((x * scale).round() / scale))
            }),
        )),
        "array_length" => unary(Type::Long, |v| match v {
            Value::Dynamic(json) => {
                json.as_array().map_or(Value::Null, |items| Value::Long(long(items.len())))
            }
            _ => Value::Null,
        }),
        _ => unary(Type::Dynamic, to_dynamic),
    }
}
