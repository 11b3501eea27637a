//! Judges one HTTP exchange by the published OpenAPI documents. It knows no exceptions: what real traffic does beyond the
//! documents is listed in `deviations`.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use jsonschema::Validator;
use serde_json::{Value, json};
use url::Url;

use super::deviations::addendum;
use super::documents::{Documents, Node, normal};
pub use super::schema::Side;
use super::schema::{compile, findings};
use super::truth::Truth;

/// Something that the documents do not allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Method and path template; parameters read `{}`, and `{nsp}`, `{group}`, `{sub}` abbreviate what all paths begin with.
    pub call: String,
    /// The api-version that was asked for; empty if none was.
    pub version: String,
    pub side: Side,
    /// For example `status 202`, `query firstIndex`, `extra /value/*/etag`.
    pub fault: String,
    pub note: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { call, version, side, fault, note } = self;
        write!(out, "{call} [{version}] {side:?}: {fault} ({note})")
    }
}

#[derive(Debug)]
enum Segment {
    Literal(String),
    /// A parameter; a wide one takes several segments (`x-ms-skip-url-encoding`).
    Parameter {
        name: String,
        wide: bool,
    },
}

/// One operation of one document.
#[derive(Debug)]
pub struct Operation {
    pub method: String,
    pub call: String,
    document: usize,
    segments: Vec<Segment>,
    /// JSON pointers of the parameters and the responses inside the document.
    pointer: String,
    shared: Option<String>,
}

/// The documents, indexed by operation.
pub struct Api {
    documents: Documents,
    operations: Vec<Operation>,
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

/// A request line taken apart and matched.
struct Matched<'a> {
    operation: &'a Operation,
    path: BTreeMap<String, String>,
    query: Vec<(String, String)>,
    version: String,
    /// The very version has a document, and that document lacks the operation.
    too_early: bool,
}

/// The documents of this machine, loaded once.
pub fn api(truth: &Truth) -> &'static Api {
    static API: OnceLock<Api> = OnceLock::new();
    API.get_or_init(|| Api::load(&truth.spec).unwrap_or_else(|why| panic!("{why}")))
}

impl Api {
    /// Loads and indexes every document below `spec`.
    pub fn load(spec: &Path) -> Result<Self, String> {
        let mut documents = Documents::load(&normal(spec))?;
        documents.add(PathBuf::from("/addendum/recorded.json"), addendum());
        let mut operations = Vec::new();
        for (index, document) in documents.all.iter().enumerate() {
            let base = document.value["basePath"].as_str().unwrap_or_default().trim_end_matches('/');
            for table in ["paths", "x-ms-paths"] {
                for (template, item) in document.value[table].as_object().into_iter().flatten() {
                    let place = format!("/{table}/{}", template.replace('~', "~0").replace('/', "~1"));
                    let full = format!("{base}{template}");
                    operations.extend(operations_of(&documents, index, &place, item, &full));
                }
            }
        }
        Ok(Self { documents, operations, validators: Mutex::default() })
    }

    /// References that lead to files which are not saved.
    pub fn dangling(&self) -> impl IntoIterator<Item = String> {
        self.documents.dangling()
    }

    /// Every call that the documents of `version` describe.
    pub fn calls(&self, version: &str) -> BTreeSet<&str> {
        let described = |operation: &&Operation| self.documents.all[operation.document].version == version;
        self.operations.iter().filter(described).map(|operation| operation.call.as_str()).collect()
    }

    /// Method and template of the operation that answers `target`, or `None`.
    pub fn call(&self, method: &str, target: &str) -> Option<&str> {
        self.matched(method, target).map(|matched| matched.operation.call.as_str())
    }

    /// What is wrong with a request. `target` is path and query; a whole URL is taken too.
    pub fn request(&self, method: &str, target: &str, body: &[u8]) -> Vec<Violation> {
        let Some(matched) = self.matched(method, target) else {
            let (path, query, version) = parts(target);
            let note = format!("no document has it; query {query:?}");
            return vec![violation(
                &format!("{method} {path}"),
                &version,
                Side::Request,
                "unknown operation",
                &note,
            )];
        };
        let mut found = Vec::new();
        let mut add = |fault: String, note: String| {
            found.push(violation(&matched.operation.call, &matched.version, Side::Request, &fault, &note));
        };
        if matched.too_early {
            add(
                "not in this version".to_owned(),
                "the version's own document lacks the operation".to_owned(),
            );
        }
        let mut expects_body = None;
        let mut known = Vec::new();
        for parameter in self.parameters(matched.operation) {
            let name = parameter.value["name"].as_str().unwrap_or_default();
            let required = parameter.value["required"].as_bool() == Some(true);
            match parameter.value["in"].as_str() {
                Some("body") => expects_body = Some((parameter, required)),
                Some("path") => {
                    let value = matched.path.get(name).map_or("", String::as_str);
                    if let Some(note) = self.parameter(matched.operation, parameter, value) {
                        add(format!("path {name}"), note);
                    }
                }
                Some("query") => {
                    known.push(name);
                    match matched.query.iter().find(|(given, _)| given == name) {
                        Some((_, value)) => {
                            if let Some(note) = self.parameter(matched.operation, parameter, value) {
                                add(format!("query {name}"), note);
                            }
                        }
                        None if required => add(format!("query {name}"), "required and missing".to_owned()),
                        None => {}
                    }
                }
                _ => {}
            }
        }
        for (name, value) in matched.query.iter().filter(|(name, _)| !known.contains(&name.as_str())) {
            add(format!("query {name}"), format!("no document knows it; value {value:?}"));
        }
        match (expects_body, body.is_empty()) {
            (Some((_, true)), true) => add("no body".to_owned(), "one is required".to_owned()),
            (None, false) => add("a body".to_owned(), "none is expected".to_owned()),
            (Some((parameter, _)), false) => {
                let schema = Node { value: &parameter.value["schema"], ..parameter };
                for (fault, note) in
                    self.body(&format!("{} request", key(matched.operation)), schema, Side::Request, body)
                {
                    add(fault, note);
                }
            }
            _ => {}
        }
        found
    }

    /// What is wrong with the answer to a request.
    pub fn answer(&self, method: &str, target: &str, status: u16, body: &[u8]) -> Vec<Violation> {
        // A request that no document knows is reported once, as a request.
        let Some(matched) = self.matched(method, target) else { return Vec::new() };
        let mut found = Vec::new();
        let mut add = |fault: String, note: String| {
            found.push(violation(&matched.operation.call, &matched.version, Side::Answer, &fault, &note));
        };
        let document = matched.operation.document;
        let responses = &self.documents.all[document]
            .value
            .pointer(&matched.operation.pointer)
            .unwrap_or(&Value::Null)["responses"];
        let failed = status >= 400;
        let Some(response) =
            responses.get(status.to_string()).or_else(|| responses.get("default").filter(|_| failed))
        else {
            if !failed {
                add(format!("status {status}"), "the document does not list it".to_owned());
            }
            return found;
        };
        let response =
            self.documents.resolve(Node { document, value: response }).map_or(response, |node| node.value);
        match (response.get("schema"), body.is_empty()) {
            (None, false) if !failed => {
                add(format!("a body with {status}"), "the document describes none".to_owned());
            }
            (Some(_), true) if status < 500 => {
                add(format!("no body with {status}"), "the document describes one".to_owned());
            }
            (Some(schema), false) => {
                let place = format!("{} {status}", key(matched.operation));
                for (fault, note) in self.body(&place, Node { document, value: schema }, Side::Answer, body) {
                    add(fault, note);
                }
            }
            _ => {}
        }
        found
    }

    fn body(&self, place: &str, schema: Node<'_>, side: Side, body: &[u8]) -> Vec<(String, String)> {
        let value: Value = match serde_json::from_slice(body) {
            Ok(value) => value,
            Err(error) => return vec![("not JSON".to_owned(), error.to_string())],
        };
        let validator = self.validator(place, || compile(&self.documents, schema, side));
        findings(&validator, &value)
            .into_iter()
            .map(|finding| (format!("{} {}", finding.kind, finding.path), finding.note))
            .collect()
    }

    fn parameter(&self, operation: &Operation, parameter: Node<'_>, value: &str) -> Option<String> {
        let kind = parameter.value["type"].as_str().unwrap_or("string");
        let typed = match kind {
            "string" => json!(value),
            "array" => return None,
            _ => serde_json::from_str(value).unwrap_or_else(|_| json!(value)),
        };
        let place = format!("{} parameter {}", key(operation), parameter.value["name"]);
        let validator = self.validator(&place, || compile(&self.documents, parameter, Side::Answer));
        validator.iter_errors(&typed).next().map(|error| error.to_string())
    }

    fn validator(&self, place: &str, build: impl FnOnce() -> Result<Validator, String>) -> Arc<Validator> {
        let mut cache = self.validators.lock().unwrap();
        if let Some(known) = cache.get(place) {
            return Arc::clone(known);
        }
        let validator = Arc::new(build().unwrap_or_else(|why| panic!("{place}: {why}")));
        cache.insert(place.to_owned(), Arc::clone(&validator));
        validator
    }

    /// The operation's parameters, references followed; its own win over those of its path.
    fn parameters(&self, operation: &Operation) -> Vec<Node<'_>> {
        let document = operation.document;
        let root = &self.documents.all[document].value;
        let mut found: Vec<Node<'_>> = Vec::new();
        let own = format!("{}/parameters", operation.pointer);
        for list in [Some(own), operation.shared.clone()].into_iter().flatten() {
            for value in root.pointer(&list).and_then(Value::as_array).into_iter().flatten() {
                let Some(node) = self.documents.resolve(Node { document, value }) else { continue };
                let same = |other: &Node<'_>| {
                    other.value["name"] == node.value["name"] && other.value["in"] == node.value["in"]
                };
                if !found.iter().any(same) {
                    found.push(node);
                }
            }
        }
        found
    }

    fn matched(&self, method: &str, target: &str) -> Option<Matched<'_>> {
        let (path, query, version) = parts(target);
        let segments: Vec<&str> = path.trim_matches('/').split('/').collect();
        let mut best: Vec<(&Operation, BTreeMap<String, String>)> = Vec::new();
        for operation in self.operations.iter().filter(|operation| operation.method == method) {
            let mut values = BTreeMap::new();
            if !matches(&operation.segments, &segments, &mut values) {
                continue;
            }
            let rank = operation.literals();
            match best.first().map_or(0, |(first, _)| first.literals()) {
                top if top > rank => continue,
                top if top < rank => best.clear(),
                _ => {}
            }
            best.push((operation, values));
        }
        let version_of = |operation: &Operation| self.documents.all[operation.document].version.as_str();
        let chosen = nearest(best.iter().map(|(operation, _)| version_of(operation)), &version)?.to_owned();
        let (operation, values) = best.into_iter().find(|(operation, _)| version_of(operation) == chosen)?;
        let family = family(&self.documents.all[operation.document].path);
        let too_early = chosen != version
            && self
                .documents
                .all
                .iter()
                .any(|other| other.version == version && self::family(&other.path) == family);
        Some(Matched { operation, path: values, query, version, too_early })
    }

    /// Checks the examples that the documents give for their operations; yields each with what is wrong with it.
    pub fn examples(&self, wanted: impl Fn(&str) -> bool) -> Vec<(PathBuf, Vec<Violation>)> {
        let mut checked = Vec::new();
        for operation in self.operations.iter().filter(|operation| wanted(&operation.call)) {
            let document = &self.documents.all[operation.document];
            let Some(examples) = document.value.pointer(&format!("{}/x-ms-examples", operation.pointer))
            else {
                continue;
            };
            for example in examples.as_object().into_iter().flat_map(|map| map.values()) {
                let Some(file) = example["$ref"].as_str() else { continue };
                let path = normal(&document.path.parent().unwrap_or(Path::new("")).join(file));
                // Not every example of a document is saved.
                let Ok(text) = std::fs::read_to_string(&path) else { continue };
                let example: Value =
                    serde_json::from_str(&text).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
                checked.push((path, self.example(operation, &example)));
            }
        }
        checked
    }

    fn example(&self, operation: &Operation, example: &Value) -> Vec<Violation> {
        let version = &self.documents.all[operation.document].version;
        let mut found = Vec::new();
        let mut add = |side: Side, fault: &str, note: &str| {
            found.push(violation(&operation.call, version, side, fault, note));
        };
        let parameters = self.parameters(operation);
        for parameter in &parameters {
            let name = parameter.value["name"].as_str().unwrap_or_default();
            match example["parameters"].get(name) {
                None if parameter.value["required"].as_bool() == Some(true) => {
                    add(Side::Request, &format!("missing {name}"), "required");
                }
                Some(body) if parameter.value["in"] == "body" => {
                    let schema = Node { value: &parameter.value["schema"], ..*parameter };
                    let text = body.to_string();
                    for (fault, note) in self.body(
                        &format!("{} request", key(operation)),
                        schema,
                        Side::Request,
                        text.as_bytes(),
                    ) {
                        add(Side::Request, &fault, &note);
                    }
                }
                _ => {}
            }
        }
        let operation_node = self.documents.all[operation.document].value.pointer(&operation.pointer);
        for (status, answer) in example["responses"].as_object().into_iter().flatten() {
            let Some(response) = operation_node.and_then(|node| node["responses"].get(status)) else {
                add(Side::Answer, &format!("status {status}"), "the document does not list it");
                continue;
            };
            if let (Some(schema), Some(body)) = (response.get("schema"), answer.get("body")) {
                let schema = Node { document: operation.document, value: schema };
                let place = format!("{} {status}", key(operation));
                for (fault, note) in self.body(&place, schema, Side::Answer, body.to_string().as_bytes()) {
                    add(Side::Answer, &fault, &note);
                }
            }
        }
        found
    }
}

impl Operation {
    fn literals(&self) -> usize {
        self.segments.iter().filter(|segment| matches!(segment, Segment::Literal(_))).count()
    }
}

fn operations_of(
    documents: &Documents,
    document: usize,
    place: &str,
    item: &Value,
    template: &str,
) -> Vec<Operation> {
    let mut found = Vec::new();
    let shared = item.get("parameters").map(|_| format!("{place}/parameters"));
    for method in ["get", "put", "post", "patch", "delete", "head"] {
        let Some(operation) = item.get(method) else { continue };
        let parameters = [operation.get("parameters"), item.get("parameters")];
        let wide: Vec<&str> = parameters
            .into_iter()
            .flatten()
            .filter_map(Value::as_array)
            .flatten()
            .filter_map(|value| documents.resolve(Node { document, value }))
            .filter(|node| node.value["x-ms-skip-url-encoding"].as_bool() == Some(true))
            .filter_map(|node| node.value["name"].as_str())
            .collect();
        let segments: Vec<Segment> = template
            .trim_matches('/')
            .split('/')
            .map(|part| match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
                Some(name) => Segment::Parameter { name: name.to_owned(), wide: wide.contains(&name) },
                None => Segment::Literal(part.split('?').next().unwrap_or_default().to_lowercase()),
            })
            .collect();
        if is_generic(&segments) {
            continue;
        }
        found.push(Operation {
            method: method.to_uppercase(),
            call: format!("{} {}", method.to_uppercase(), short(template)),
            document,
            segments,
            pointer: format!("{place}/{method}"),
            shared: shared.clone(),
        });
    }
    found
}

/// Resource Manager's own operations on resources of any kind would match every path and prove nothing. A provider that
/// is named first says whose operation it is (preview features of another provider).
fn is_generic(segments: &[Segment]) -> bool {
    if segments.iter().any(|one| matches!(one, Segment::Literal(word) if word == "microsoft.features")) {
        return false;
    }
    let after_providers = segments.windows(2).any(|pair| match pair {
        [Segment::Literal(word), Segment::Parameter { wide, .. }] => {
            word == "providers" && (*wide || segments.len() > 5)
        }
        _ => false,
    });
    after_providers || !segments.iter().any(|segment| matches!(segment, Segment::Literal(_)))
}

fn short(template: &str) -> String {
    let bare: Vec<&str> =
        template.split('/').map(|part| if part.starts_with('{') { "{}" } else { part }).collect();
    let bare = bare.join("/");
    let group = bare.replacen("/subscriptions/{}/resourceGroups/{}/providers", "{group}", 1).replacen(
        "/subscriptions/{}/providers",
        "{sub}",
        1,
    );
    group.replacen("{group}/Microsoft.Network/networkSecurityPerimeters/{}", "{nsp}", 1)
}

fn matches(template: &[Segment], path: &[&str], values: &mut BTreeMap<String, String>) -> bool {
    let (Some((first, rest)), Some((part, behind))) = (template.split_first(), path.split_first()) else {
        return template.is_empty() && path.is_empty();
    };
    match first {
        Segment::Literal(word) => part.eq_ignore_ascii_case(word) && matches(rest, behind, values),
        Segment::Parameter { name, wide } => {
            let longest = if *wide { path.len() } else { 1 };
            (1..=longest).any(|length| {
                let text = path[..length].join("/");
                let fits = !text.is_empty() && matches(rest, &path[length..], values);
                if fits {
                    values.insert(name.clone(), decoded(&text));
                }
                fits
            })
        }
    }
}

fn decoded(text: &str) -> String {
    // A query value is decoded by the same rules, but for `+`.
    let kept = format!("v={}", text.replace('+', "%2B").replace('&', "%26"));
    url::form_urlencoded::parse(kept.as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

/// Path, query without order lost, and api-version of a request target.
fn parts(target: &str) -> (String, Vec<(String, String)>, String) {
    let base = Url::parse("https://management.azure.com").unwrap();
    let url = base.join(target).unwrap_or_else(|why| panic!("{target}: {why}"));
    let query: Vec<_> =
        url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
    let version = query
        .iter()
        .find(|(name, _)| name == "api-version")
        .map(|(_, value)| value.clone())
        .unwrap_or_default();
    (url.path().to_owned(), query, version)
}

/// The version to judge by: the same, else the newest before it, else the oldest; without one, a document that has none.
fn nearest<'a>(versions: impl Iterator<Item = &'a str>, wanted: &str) -> Option<&'a str> {
    let mut all: Vec<&str> = versions.collect();
    all.sort_unstable();
    let undated = all.iter().rev().find(|version| !version.starts_with('2'));
    let dated = all.iter().filter(|version| version.starts_with('2'));
    if wanted.is_empty() {
        return undated.or_else(|| all.last()).copied();
    }
    dated
        .clone()
        .rev()
        .find(|version| **version <= wanted)
        .or_else(|| dated.clone().next())
        .or(undated)
        .copied()
}

/// Documents that are versions of each other: the provider's name and the file's.
fn family(path: &Path) -> (String, String) {
    let mut parts = path.components().map(|part| part.as_os_str().to_string_lossy().into_owned());
    let provider = parts.rfind(|part| part.starts_with("Microsoft.")).unwrap_or_default();
    (provider, path.file_stem().unwrap_or_default().to_string_lossy().to_lowercase())
}

fn key(operation: &Operation) -> String {
    format!("{}{}", operation.document, operation.pointer)
}

fn violation(call: &str, version: &str, side: Side, fault: &str, note: &str) -> Violation {
    Violation {
        call: call.to_owned(),
        version: version.to_owned(),
        side,
        fault: fault.to_owned(),
        note: note.to_owned(),
    }
}
