//! The examples of the published documents as recordings of one call each.

use std::path::Path;

use serde_json::{Map, Value};
use url::Url;

use crate::support::cassette::{Cassette, Interaction};
use crate::support::documents::{Document, Documents, normal};

/// One recording for each document: every answer of every example of a perimeter operation.
pub fn all(spec: &Path) -> Vec<Cassette> {
    let documents = Documents::load(&normal(spec)).unwrap();
    let mut found = Vec::new();
    for document in &documents.all {
        let mut interactions = Vec::new();
        for (template, item) in document.value["paths"].as_object().into_iter().flatten() {
            let lower = template.to_lowercase();
            let ours = ["/networksecurityperimeter", "/perimeterassociable", "/nspservicetags"];
            let network =
                lower.contains("/microsoft.network/") && ours.iter().any(|word| lower.contains(word));
            if !network && !lower.contains("/networksecurityperimeterconfigurations") {
                continue;
            }
            for (method, operation) in item.as_object().into_iter().flatten() {
                let examples = operation["x-ms-examples"].as_object().into_iter().flatten();
                for file in examples.filter_map(|(_, example)| example["$ref"].as_str()) {
                    interactions.extend(read(document, file, method, template));
                }
            }
        }
        if !interactions.is_empty() {
            found.push(Cassette { name: document.path.display().to_string(), interactions });
        }
    }
    found
}

fn read(document: &Document, file: &str, method: &str, template: &str) -> Vec<Interaction> {
    let path = normal(&document.path.parent().unwrap_or(Path::new("")).join(file));
    // Not every example of a document is saved.
    let Ok(text) = std::fs::read_to_string(&path) else { return Vec::new() };
    let example: Value =
        serde_json::from_str(&text).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
    let parameters = example["parameters"].as_object().cloned().unwrap_or_default();
    let target = filled(template, &parameters);
    let force =
        if parameters.get("forceDeletion") == Some(&true.into()) { "&forceDeletion=true" } else { "" };
    let url = format!("https://management.azure.com{target}?api-version={}{force}", document.version);
    let body = parameters.values().find(|value| value.is_object()).map(Value::to_string).unwrap_or_default();
    let answers = example["responses"].as_object().into_iter().flatten();
    answers
        .flat_map(|(status, answer)| {
            let first = Interaction {
                method: method.to_uppercase(),
                url: Url::parse(&url).unwrap(),
                body: body.clone().into_bytes(),
                status: status.parse().unwrap(),
                headers: headers(answer, &parameters, &document.version),
                answer: answer.get("body").map(last_page).unwrap_or_default().into_bytes(),
            };
            [vec![first.clone()], follow_up(&first)].concat()
        })
        .collect()
}

/// The links of examples are placeholders that lead nowhere, or back to the same page.
fn last_page(body: &Value) -> String {
    let mut body = body.clone();
    if let Some(link) = body.get_mut("nextLink") {
        *link = "".into();
    }
    body.to_string()
}

fn filled(template: &str, parameters: &Map<String, Value>) -> String {
    let mut text = template.to_owned();
    for (name, value) in parameters {
        text = text.replace(&format!("{{{name}}}"), value.as_str().unwrap_or_default());
    }
    text
}

fn headers(answer: &Value, parameters: &Map<String, Value>, version: &str) -> Vec<(String, String)> {
    let headers = answer["headers"].as_object().into_iter().flatten();
    headers
        .filter_map(|(name, value)| Some((name.to_lowercase(), value.as_str()?)))
        .map(|(name, value)| {
            let value = filled(value, parameters).replace("{api-version}", version);
            let value = value.replace("{operationId}", "op1").replace("{location}", "westus");
            let value =
                value.replace("{operationid}", "op1").replace("endpoint:port", "management.azure.com");
            // A placeholder without a path.
            let value =
                value.replace("http://azure.async.operation", "https://management.azure.com/operations");
            // A signature, as real ones have.
            let separator = if value.contains('?') { '&' } else { '?' };
            let version = if value.contains("api-version") { "" } else { &format!("api-version={version}&") };
            (name, format!("{value}{separator}{version}t=1"))
        })
        .collect()
}

/// What the service answers next, as recorded traffic shows it: the end of the operation; the perimeter after a PATCH.
fn follow_up(first: &Interaction) -> Vec<Interaction> {
    let get = |url: Url, status: u16, answer: &[u8]| Interaction {
        method: "GET".to_owned(),
        url,
        body: Vec::new(),
        status,
        headers: Vec::new(),
        answer: answer.to_vec(),
    };
    let link = |name: &str| first.header(name).map(|link| first.url.join(link).unwrap());
    if first.method == "PATCH" {
        vec![get(first.url.clone(), 200, &first.answer)]
    } else if let Some(url) = link("azure-asyncoperation") {
        vec![get(url, 200, br#"{"status":"Succeeded"}"#)]
    } else if let Some(url) = link("location") {
        vec![get(url, 204, b"")]
    } else {
        Vec::new()
    }
}
