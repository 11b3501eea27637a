//! Reads recordings of real traffic: vcr YAML as the Azure CLI writes it, and `*.Recording.json` as Azure PowerShell
//! does. It only reads; what the traffic means is judged elsewhere.

use std::path::Path;
use std::sync::OnceLock;

use base64::Engine as _;
use serde_json::Value;
use serde_yaml_ng::Value as Yaml;
use url::Url;

use super::truth::{Truth, files};

/// One recorded request with its answer.
#[derive(Debug, Clone)]
pub struct Interaction {
    pub method: String,
    pub url: Url,
    pub body: Vec<u8>,
    pub status: u16,
    /// Names lower-cased, in recorded order.
    pub headers: Vec<(String, String)>,
    pub answer: Vec<u8>,
}

impl Interaction {
    /// Path and query as they stand in a request line.
    pub fn target(&self) -> String {
        self.url
            .query()
            .map_or_else(|| self.url.path().to_owned(), |query| format!("{}?{query}", self.url.path()))
    }

    /// The answer's header, if it was recorded.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// One recording file.
#[derive(Debug, Clone)]
pub struct Cassette {
    /// Path below the recordings folder, with forward slashes.
    pub name: String,
    pub interactions: Vec<Interaction>,
}

/// All recordings of this machine, read once.
pub fn recorded(truth: &Truth) -> &'static [Cassette] {
    static RECORDED: OnceLock<Vec<Cassette>> = OnceLock::new();
    RECORDED.get_or_init(|| cassettes(&truth.recordings).unwrap_or_else(|why| panic!("{why}")))
}

/// Reads every recording below `root`. A file that looks like a recording but cannot be read is an error, not a gap.
pub fn cassettes(root: &Path) -> Result<Vec<Cassette>, String> {
    let paths = files(root, |name| {
        let (stem, kind) = name.rsplit_once('.').unwrap_or_default();
        match kind.to_lowercase().as_str() {
            "yaml" | "yml" => true,
            "json" => stem.to_lowercase().ends_with(".recording"),
            _ => false,
        }
    });
    let mut found = Vec::new();
    for path in paths {
        let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{name}: {error}"))?;
        let interactions = if path.extension().is_some_and(|kind| kind.eq_ignore_ascii_case("json")) {
            powershell(&text)
        } else {
            vcr(&text)
        };
        match interactions.map_err(|error| format!("{name}: {error}"))? {
            // Other YAML may lie in a folder of recordings; only a list of interactions makes a cassette.
            None => eprintln!("{name} holds no interactions and is left out"),
            Some(interactions) => found.push(Cassette { name, interactions }),
        }
    }
    Ok(found)
}

fn vcr(text: &str) -> Result<Option<Vec<Interaction>>, String> {
    // The parser drops YAML's own tags and keeps those of others: as one of these, "this is base64" survives.
    let text = text.replace(": !!binary ", ": !binary ");
    let document: Yaml = match serde_yaml_ng::from_str(&text) {
        Ok(document) => document,
        Err(_) if !text.lines().any(|line| line.trim_end() == "interactions:") => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    let Some(list) = document.get("interactions").and_then(Yaml::as_sequence) else { return Ok(None) };
    list.iter().map(vcr_interaction).collect::<Result<Vec<_>, _>>().map(Some)
}

fn vcr_interaction(item: &Yaml) -> Result<Interaction, String> {
    let request = item.get("request").ok_or("an interaction without a request")?;
    let response = item.get("response").ok_or("an interaction without a response")?;
    let uri = request.get("uri").and_then(Yaml::as_str).ok_or("a request without a uri")?;
    let status = response.get("status").ok_or("a response without a status")?;
    let code = status.get("code").unwrap_or(status).as_u64().ok_or("a status that is no number")?;
    let answer = response.get("body").map_or(Ok(Vec::new()), |body| {
        body.get("base64_string").map_or_else(
            || vcr_body(body.get("string").unwrap_or(body)),
            |encoded| {
                encoded.as_str().ok_or_else(|| "a base64 body that is no text".to_owned()).and_then(decoded)
            },
        )
    })?;
    Ok(Interaction {
        method: request
            .get("method")
            .and_then(Yaml::as_str)
            .ok_or("a request without a method")?
            .to_uppercase(),
        url: Url::parse(uri).map_err(|error| format!("{uri}: {error}"))?,
        body: request.get("body").map_or(Ok(Vec::new()), vcr_body)?,
        status: u16::try_from(code).map_err(|error| error.to_string())?,
        headers: vcr_headers(response.get("headers")),
        answer,
    })
}

fn vcr_body(body: &Yaml) -> Result<Vec<u8>, String> {
    match body {
        Yaml::String(text) => Ok(text.as_bytes().to_vec()),
        Yaml::Tagged(tagged) if tagged.tag == "!binary" => {
            tagged.value.as_str().ok_or_else(|| "a binary body that is no text".to_owned()).and_then(decoded)
        }
        Yaml::Null => Ok(Vec::new()),
        other => Err(format!("a body of an unknown kind: {other:?}")),
    }
}

fn vcr_headers(headers: Option<&Yaml>) -> Vec<(String, String)> {
    let Some(headers) = headers.and_then(Yaml::as_mapping) else { return Vec::new() };
    let mut list = Vec::new();
    for (name, value) in headers {
        let Some(name) = name.as_str() else { continue };
        match value {
            Yaml::Sequence(values) => {
                list.extend(
                    values
                        .iter()
                        .filter_map(Yaml::as_str)
                        .map(|value| (name.to_lowercase(), value.to_owned())),
                );
            }
            Yaml::String(value) => list.push((name.to_lowercase(), value.clone())),
            _ => {}
        }
    }
    list
}

fn powershell(text: &str) -> Result<Option<Vec<Interaction>>, String> {
    let document: Value =
        serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| error.to_string())?;
    // The keys number the calls, yet the order of traffic is the order in the file (`preserve_order` keeps it).
    let Some(items) =
        document.as_object().filter(|items| items.values().all(|item| item.get("Request").is_some()))
    else {
        return Ok(None);
    };
    items.values().map(powershell_interaction).collect::<Result<Vec<_>, _>>().map(Some)
}

fn powershell_interaction(item: &Value) -> Result<Interaction, String> {
    let (request, response) = (&item["Request"], &item["Response"]);
    let uri = request["RequestUri"].as_str().ok_or("a request without RequestUri")?;
    let mut headers = Vec::new();
    for part in ["Headers", "ContentHeaders"] {
        for (name, values) in response[part].as_object().into_iter().flatten() {
            let values = values.as_array().into_iter().flatten().filter_map(Value::as_str);
            headers.extend(values.map(|value| (name.to_lowercase(), value.to_owned())));
        }
    }
    let status = response["StatusCode"].as_u64().ok_or("a response without StatusCode")?;
    Ok(Interaction {
        method: request["Method"].as_str().ok_or("a request without Method")?.to_uppercase(),
        url: Url::parse(uri).map_err(|error| format!("{uri}: {error}"))?,
        body: powershell_body(request)?,
        status: u16::try_from(status).map_err(|error| error.to_string())?,
        headers,
        answer: powershell_body(response)?,
    })
}

fn powershell_body(part: &Value) -> Result<Vec<u8>, String> {
    let Some(text) = part["Content"].as_str() else { return Ok(Vec::new()) };
    if part["isContentBase64"].as_bool() == Some(true) { decoded(text) } else { Ok(text.as_bytes().to_vec()) }
}

fn decoded(text: &str) -> Result<Vec<u8>, String> {
    let packed: String = text.chars().filter(|sign| !sign.is_whitespace()).collect();
    base64::engine::general_purpose::STANDARD.decode(packed).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_of_a_binary_body_are_decoded() {
        let text = "interactions:\n- request: {method: get, uri: 'https://a.test/x?api-version=1', body: null}\n  response:\n    \
                    status: {code: 200, message: OK}\n    headers: {X-One: [a, b]}\n    body:\n      string: !!binary |\n        e30=\n\
                    - request: {method: GET, uri: 'https://a.test/x', body: '{}'}\n  response: {status: {code: 204}, body: {base64_string: e30=}}\n";
        let read = vcr(text).unwrap().unwrap();
        assert_eq!(read[0].answer, b"{}");
        assert_eq!(
            (read[0].method.as_str(), read[0].status, read[0].target().as_str()),
            ("GET", 200, "/x?api-version=1")
        );
        assert_eq!(
            read[0].headers,
            [("x-one".to_owned(), "a".to_owned()), ("x-one".to_owned(), "b".to_owned())]
        );
        assert_eq!((read[1].answer.as_slice(), read[1].body.as_slice()), (&b"{}"[..], &b"{}"[..]));
    }

    #[test]
    fn a_powershell_recording_keeps_its_order_and_decodes_base64() {
        let text = r#"{"b+1":{"Request":{"Method":"GET","RequestUri":"https://a.test/1","Content":null},
            "Response":{"StatusCode":200,"Headers":{"Date":["x"]},"ContentHeaders":{},"Content":"e30=","isContentBase64":true}},
            "a+1":{"Request":{"Method":"PUT","RequestUri":"https://a.test/2","Content":"{}"},"Response":{"StatusCode":202,"Content":null}}}"#;
        let read = powershell(text).unwrap().unwrap();
        assert_eq!(read.iter().map(|one| one.url.path()).collect::<Vec<_>>(), ["/1", "/2"]);
        assert_eq!(read[0].answer, b"{}");
        assert_eq!(read[0].header("date"), Some("x"));
        assert_eq!(read[1].body, b"{}");
    }
}
