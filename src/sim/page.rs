//! Lists in pages, with the service's observed `nextLink`s.

use super::http::{Answer, Reply, Request};
use super::policy;
use super::world::World;

/// Page size of the network provider's lists, as recorded.
const PAGE: usize = 10;
/// Page size of ARM's own lists.
const ARM_PAGE: usize = 50;
/// Largest `$top` of the network provider.
const TOP: usize = 20;

/// How a list shows that it has no further page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Last {
    /// `"nextLink": ""` on every last page (profiles, rules, associations, links).
    Empty,
    /// Absent on a list of one page, `""` on the last of several (perimeters).
    EmptyAfterFirst,
    /// As [`Last::Absent`], but `""` on the last page: the document of subscriptions wants it there.
    Present,
    /// Always absent; further pages are asked for by `$skiptoken` (ARM and the PaaS providers).
    Absent,
    /// As [`Last::Empty`], with an extra `"type": ""` (associable types).
    EmptyWithType,
}

impl Last {
    /// Lists of ARM itself and of the PaaS providers.
    fn is_arm(self) -> bool {
        matches!(self, Self::Absent | Self::Present)
    }
}

/// Answers one page of `items`, which are JSON texts in list order.
pub fn list<'a>(request: &Request, items: impl Iterator<Item = &'a str>, last: Last) -> Reply {
    let size = size(request, last)?;
    let first = number(request, "firstIndex")?.or(number(request, "$skipToken")?).unwrap_or(0);
    let mut items = items.skip(first);
    let page: Vec<&str> = items.by_ref().take(size).collect();
    let next = items.next().map(|_| next_link(request, first + size, size, last));
    let mut out = String::from("{");
    if last == Last::EmptyWithType {
        out.push_str("\"type\":\"\",");
    }
    let shown = match (next, last) {
        (Some(link), _) => Some(link),
        (None, Last::Empty | Last::EmptyWithType | Last::Present) => Some(String::new()),
        (None, Last::EmptyAfterFirst) => (first > 0).then(String::new),
        (None, Last::Absent) => None,
    };
    if let Some(link) = shown {
        out.push_str("\"nextLink\":");
        out.push_str(&serde_json::Value::from(link).to_string());
        out.push(',');
    }
    out.push_str("\"value\":[");
    out.push_str(&page.join(","));
    out.push_str("]}");
    Ok(Answer::text(200, out))
}

/// Pages over a collection of the store.
pub fn collection(world: &World, request: &Request, collection: &str, last: Last) -> Reply {
    list(request, world.store.list(collection), last)
}

fn size(request: &Request, last: Last) -> Result<usize, Answer> {
    let limit = if last.is_arm() { ARM_PAGE * 20 } else { TOP };
    let asked = number(request, "$top")?.or(number(request, "pageSize")?);
    match asked {
        None if last.is_arm() => Ok(ARM_PAGE),
        None => Ok(PAGE),
        Some(n) if (1..=limit).contains(&n) => Ok(n),
        Some(n) => Err(policy::bad(
            "InvalidParameterValue",
            format!(
                "The value '{n}' of the query parameter '$top' is invalid. It must be between 1 and {limit}."
            ),
        )),
    }
}

fn number(request: &Request, name: &str) -> Result<Option<usize>, Answer> {
    let Some(text) = request.query(name) else { return Ok(None) };
    text.parse().map(Some).map_err(|_| {
        policy::bad(
            "InvalidParameterValue",
            format!("The value '{text}' of the query parameter '{name}' is invalid."),
        )
    })
}

fn next_link(request: &Request, first: usize, size: usize, last: Last) -> String {
    let version = request.query("api-version").unwrap_or_default();
    let base = &request.base;
    let path = request.path().replace(' ', "%20");
    if last.is_arm() {
        format!("{base}{path}?api-version={version}&$top={size}&$skiptoken={first}")
    } else {
        format!("{base}{path}?api-version={version}&firstIndex={first}&pageSize={size}")
    }
}
