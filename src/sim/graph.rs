//! Azure Resource Graph: KQL over the resources that perimeters can protect (API.md, sections 10, 12
//! and 13). Perimeters are not in it: nobody has shown that Azure has them there.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::rc::Rc;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};

use super::body;
use super::http::{Answer, Reply, Request};
use super::kql::{Column, Engine, Refusal, Rows, Schema, Table, Type, Value};
use super::policy;
use super::resources;
use super::subscriptions;
use super::world::World;

/// Queries that a user may ask in [`PERIOD`].
const LIMIT: usize = 15;
/// The period of that limit.
const PERIOD: SignedDuration = SignedDuration::from_secs(5);
/// Most rows of a page, and how many it has when nothing is asked.
const TOP: i64 = 1000;

/// Columns of the table, which is called `resources` in any case.
const COLUMNS: [(&str, Type); 14] = [
    ("id", Type::Str),
    ("name", Type::Str),
    ("type", Type::Str),
    ("tenantId", Type::Str),
    ("kind", Type::Str),
    ("location", Type::Str),
    ("resourceGroup", Type::Str),
    ("subscriptionId", Type::Str),
    ("managedBy", Type::Str),
    ("sku", Type::Dynamic),
    ("plan", Type::Dynamic),
    ("properties", Type::Dynamic),
    ("tags", Type::Dynamic),
    ("identity", Type::Dynamic),
];

/// Operators with which a query may begin when it leaves the table out.
const BARE: [&str; 10] =
    ["where", "project", "extend", "summarize", "distinct", "limit", "take", "order", "sort", "count"];

/// What the service remembers between requests.
#[derive(Debug, Default)]
pub struct Graph {
    /// When the last queries were asked.
    asked: VecDeque<Timestamp>,
    /// The last result: later pages are cut from what the first one was cut from.
    kept: Option<Kept>,
}

#[derive(Debug)]
struct Kept {
    of: (Vec<String>, String),
    rows: Vec<String>,
    /// Without ids in the rows there are no further pages.
    has_ids: bool,
}

#[derive(Deserialize)]
struct Body {
    query: String,
    #[serde(default)]
    subscriptions: Option<Vec<String>>,
    #[serde(default)]
    options: Option<Options>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Options {
    #[serde(rename = "$top")]
    top: Option<i64>,
    #[serde(rename = "$skip")]
    skip: Option<i64>,
    #[serde(rename = "$skipToken")]
    skip_token: Option<String>,
    #[serde(rename = "resultFormat")]
    format: Option<String>,
}

/// `POST /providers/Microsoft.ResourceGraph/resources`
pub fn query(world: &mut World, request: &Request) -> Reply {
    policy::version(request)?;
    let now = world.now();
    let quota = world.graph.admit(now);
    let (Ok((left, resets)) | Err((left, resets))) = quota;
    let reply = if quota.is_ok() {
        answer(world, request)
    } else {
        let text = "Client application has been throttled and should not attempt to repeat the request until an amount of time has elapsed. Please see https://aka.ms/resourcegraph-throttling for help.";
        let details = json!([{"code": "RateLimiting", "message": text}]);
        Err(refused(world, 429, "RateLimiting", &details).with("Retry-After", resets.to_string()))
    };
    let framed = |answer: Answer| {
        answer
            .with("x-ms-user-quota-remaining", left.to_string())
            .with("x-ms-user-quota-resets-after", format!("00:00:{resets:02}"))
            .with("x-ms-ratelimit-remaining-tenant-resource-requests", left.to_string())
    };
    reply.map(framed).map_err(framed)
}

impl Graph {
    /// Counts a query; queries left and seconds until there are more. `Err`: there was none left.
    fn admit(&mut self, now: Timestamp) -> Result<(usize, i64), (usize, i64)> {
        while self.asked.front().is_some_and(|at| now.duration_since(*at) >= PERIOD) {
            self.asked.pop_front();
        }
        let oldest = self.asked.front().copied().unwrap_or(now);
        let resets = (PERIOD - now.duration_since(oldest)).as_secs_f64().ceil() as i64;
        if self.asked.len() >= LIMIT {
            return Err((0, resets.max(1)));
        }
        self.asked.push_back(now);
        Ok((LIMIT - self.asked.len(), resets))
    }
}

fn answer(world: &mut World, request: &Request) -> Reply {
    let asked: Body = serde_json::from_value(Json::Object(policy::body(request)?)).map_err(|e| {
        policy::bad("InvalidRequestContent", format!("The request content was invalid: {e}."))
    })?;
    let options = asked.options.unwrap_or_default();
    let subscriptions = chosen(world, request, asked.subscriptions)?;
    let (skip, top) = window(world, &options)?;
    let of = (subscriptions, asked.query);
    let again = options.skip_token.is_some() && world.graph.kept.as_ref().is_some_and(|k| k.of == of);
    if !again {
        let kept = run(world, of)?;
        world.graph.kept = Some(kept);
    }
    let Some(kept) = &world.graph.kept else { return Ok(Answer::empty(500)) };
    let page: Vec<&str> = kept.rows.iter().skip(skip).take(top).map(String::as_str).collect();
    let next = skip + page.len();
    let more = next < kept.rows.len();
    let mut out = format!(
        "{{\"totalRecords\":{},\"count\":{},\"data\":[{}],\"facets\":[],\"resultTruncated\":\"{}\"",
        kept.rows.len(),
        page.len(),
        page.join(","),
        more && !kept.has_ids,
    );
    if more && kept.has_ids {
        // Opaque to clients; the service's own holds the same two numbers.
        let _ = write!(out, ",\"$skipToken\":\"{next}-{top}\"");
    }
    out.push('}');
    Ok(Answer::text(200, out))
}

/// The subscriptions that are asked and exist; all when none is named.
fn chosen(world: &mut World, request: &Request, asked: Option<Vec<String>>) -> Result<Vec<String>, Answer> {
    let known: Vec<String> = subscriptions::visible(world, request)
        .map(|s| body::text(s, "/subscriptionId").to_lowercase())
        .collect();
    let Some(asked) = asked.filter(|asked| !asked.is_empty()) else { return Ok(known) };
    let mut eligible: Vec<String> =
        asked.iter().map(|s| s.to_lowercase()).filter(|s| known.contains(s)).collect();
    eligible.sort();
    eligible.dedup();
    if eligible.is_empty() {
        let text = format!(
            "There must be at least one subscription that is eligible to contain resources. Given: '{}'.",
            asked.join(", ")
        );
        let details = json!([{"code": "NoValidSubscriptionsInQueryRequest", "message": text}]);
        return Err(refused(world, 400, "BadRequest", &details));
    }
    Ok(eligible)
}

/// First row and number of rows of the page that is asked for.
fn window(world: &mut World, options: &Options) -> Result<(usize, usize), Answer> {
    let bad = |world: &mut World, code: &str, text: &str| {
        let details = json!([{"code": code, "message": text}]);
        Err(refused(world, 400, "BadRequest", &details))
    };
    if !options.format.as_deref().is_none_or(|f| f.eq_ignore_ascii_case("objectArray")) {
        return bad(world, "InvalidResultFormat", "The simulator gives object arrays only.");
    }
    let token = match &options.skip_token {
        None => None,
        Some(text) => {
            let numbers = text.split_once('-').and_then(|(a, b)| a.parse().ok().zip(b.parse().ok()));
            if numbers.is_none() {
                return bad(world, "InvalidSkipToken", "The continuation token is malformed.");
            }
            numbers
        }
    };
    let (skip, top): (i64, i64) = token.unwrap_or((0, TOP));
    match (usize::try_from(options.skip.unwrap_or(skip)), usize::try_from(options.top.unwrap_or(top))) {
        (Ok(skip), Ok(top)) if (1..=TOP as usize).contains(&top) => Ok((skip, top)),
        _ => bad(world, "InvalidOptions", "$top must be between 1 and 1000, and $skip at least 0."),
    }
}

fn run(world: &mut World, of: (Vec<String>, String)) -> Result<Kept, Answer> {
    let table = Resources::of(world, &of.0);
    let trimmed = of.1.trim_start();
    let first = trimmed.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    let bare = BARE.contains(&first);
    let text = if bare { format!("resources | {trimmed}") } else { of.1.clone() };
    // The service takes the name of the table in any case.
    let name = if bare || !first.eq_ignore_ascii_case("resources") { "resources" } else { first };
    let now = (world.now().as_nanosecond() / 100) as i64;
    let written = {
        let engine = Engine::new(vec![(name, &table as &dyn Table)], now, None);
        engine.run(&text).map(|(_, frame)| {
            let names: Vec<&str> = frame.schema.iter().map(|(name, _)| name.as_ref()).collect();
            let columns: Vec<Column<'_>> = (0..names.len()).map(|i| frame.column(i)).collect();
            let row = |row: usize| {
                let cells = names.iter().zip(&columns);
                let object: Map<String, Json> =
                    cells.map(|(name, column)| ((*name).to_owned(), column.value(row).json())).collect();
                Json::Object(object).to_string()
            };
            ((0..frame.len()).map(row).collect(), names.contains(&"id"))
        })
    };
    match written {
        Ok((rows, has_ids)) => Ok(Kept { of, rows, has_ids }),
        Err(refusal) => {
            let details = details(&refusal);
            Err(refused(world, 400, "BadRequest", &details))
        }
    }
}

/// What is wrong with a query, as recorded for one that does not parse.
fn details(refusal: &Refusal) -> Json {
    let invalid = json!({
        "code": "InvalidQuery",
        "message": "Query is invalid. Please refer to the documentation for the Azure Resource Graph service and fix the error before retrying.",
    });
    let why = match refusal {
        Refusal::Syntax { token, line, pos } => json!({
            "code": "ParserFailure",
            "message": "ParserFailure",
            "line": line,
            "characterPositionInLine": pos,
            "token": token,
            "expectedToken": "\u{1cf}",
        }),
        Refusal::Semantic { code, message } => json!({"code": code, "message": message}),
    };
    json!([invalid, why])
}

fn refused(world: &mut World, status: u16, code: &str, details: &Json) -> Answer {
    let (now, correlation) = (world.now_text(), world.random.guid());
    let text = format!(
        "Please provide below info when asking for support: timestamp = {now}, correlationId = {correlation}."
    );
    Answer::json(status, &json!({"error": {"code": code, "message": text, "details": details}}))
}

/// The rows that a query sees.
struct Resources {
    tenant: String,
    rows: Vec<Map<String, Json>>,
}

impl Resources {
    fn of(world: &World, subscriptions: &[String]) -> Self {
        let texts = subscriptions.iter().flat_map(|s| resources::all(world, s));
        Self {
            tenant: world.tenant.id.clone(),
            rows: texts.filter_map(|text| serde_json::from_str(text).ok()).collect(),
        }
    }

    fn cell(&self, name: &str, ty: Type, row: &Map<String, Json>) -> Value {
        let text = |name: &str| row.get(name).and_then(Json::as_str).unwrap_or_default();
        let segment = |place: usize| text("id").split('/').nth(place).unwrap_or_default();
        match (name, ty) {
            ("type" | "location", _) => Value::str(text(name).to_lowercase()),
            ("tenantId", _) => Value::str(&self.tenant),
            ("subscriptionId", _) => Value::str(segment(2)),
            ("resourceGroup", _) => Value::str(segment(4).to_lowercase()),
            (_, Type::Dynamic) => row.get(name).cloned().map_or(Value::Null, Value::dynamic),
            _ => Value::str(text(name)),
        }
    }
}

impl Table for Resources {
    fn schema(&self) -> Schema {
        COLUMNS.iter().map(|(name, ty)| (Arc::from(*name), *ty)).collect()
    }

    fn len(&self) -> usize {
        self.rows.len()
    }

    fn read<'a>(&'a self, column: usize, rows: &Rows) -> Column<'a> {
        let Some((name, ty)) = COLUMNS.get(column) else { return Column::Constant(Value::Null) };
        let cell = |row: usize| self.rows.get(row).map_or(Value::Null, |row| self.cell(name, *ty, row));
        Column::Values(Rc::new(rows.collect(cell)))
    }

    fn ingested(&self, rows: &Rows) -> Vec<i64> {
        vec![0; rows.len()]
    }

    fn first_at(&self, _instant: i64) -> usize {
        0
    }
}
