//! The commands without a screen against the simulator over HTTP, and both against the truth: what `nsp impact`
//! lists is later denied, what `nsp rules` plans is carried out, everything is enforced, time passes, and the log then
//! tells who was right. Nothing here looks inside: lines of JSON on one side, `/_sim/truth` and the log on the other.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser as _;
use nsp::azure::logs::TailPace;
use nsp::azure::{ArmClient, Session};
use nsp::cli::{Cli, Command};
use nsp::domain::net;
use nsp::headless::{Ready, evidence};
use nsp::journal::Journal;
use nsp::sim::{Handle, Sim};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::http_client;

/// A resource, a direction, and the other end, as a report names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ends {
    pub resource: String,
    pub inbound: bool,
    pub who: String,
}

impl Ends {
    fn new(resource: &str, inbound: bool, who: &str) -> Self {
        Self { resource: resource.to_lowercase(), inbound, who: who.to_lowercase() }
    }
}

/// What the simulator says of all flows between two ends.
#[derive(Debug, Clone, Copy, Default)]
pub struct Truth {
    /// One passes today and would not once enforced.
    pub lost: bool,
    /// One would not pass once enforced.
    pub denied: bool,
}

/// What a report says.
#[derive(Debug, Default)]
pub struct Said {
    pub denied: BTreeSet<Ends>,
    pub doubtful: BTreeMap<Ends, String>,
    pub refused: BTreeSet<Ends>,
    /// Resources that are called ready.
    pub ready: BTreeSet<String>,
    /// Other states of resources.
    pub states: BTreeMap<String, String>,
}

/// Counts over worlds. Flows between the same two ends count once.
#[derive(Debug, Default)]
pub struct Score {
    pub listed_rightly: u32,
    pub listed_wrongly: u32,
    pub missing: u32,
    pub doubtful: u32,
    /// Lost, and never logged where the report looks.
    pub unseen: u32,
    /// A resource called ready with a loss that was never logged.
    pub ready_unseen: u32,
    /// Listed, and denied today as well.
    pub stale: u32,
    pub covered: u32,
    pub left_out: u32,
    pub denied_later: u32,
    /// Denied once enforced, and neither listed, doubtful, refused nor unlogged.
    pub surprises: u32,
}

/// A simulator and the program before it.
pub struct Live {
    pub sim: Sim,
    ready: Ready,
    http: reqwest::Client,
    workspaces: Vec<String>,
    _home: tempfile::TempDir,
}

fn text<'v>(value: &'v Value, field: &str) -> &'v str {
    value[field].as_str().unwrap_or_default()
}

fn last(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or(id)
}

impl Live {
    pub async fn new(options: nsp::sim::Options, workspaces: &[&str]) -> Self {
        let sim = Sim::start(options).await.unwrap();
        let home = tempfile::tempdir().unwrap();
        let ready = Ready {
            client: ArmClient::new(Session::simulated(sim.url()).unwrap()).unwrap(),
            journal: Arc::new(Journal::open(&home.path().join("journal.jsonl")).unwrap()),
            only: Vec::new(),
            perimeter: None,
            tail: TailPace::local(Duration::from_secs(1)),
        };
        let workspaces = workspaces.iter().map(|w| (*w).to_owned()).collect();
        Self { sim, ready, http: http_client(), workspaces, _home: home }
    }

    pub fn handle(&self) -> Handle {
        self.sim.handle()
    }

    pub async fn send(&self, method: Method, target: &str, body: Option<Value>) -> Value {
        let mut request =
            self.http.request(method.clone(), format!("{}{target}", self.sim.url())).bearer_auth("t");
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{method} {target}: {status} {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// The objects that a command prints.
    pub async fn lines(&self, arguments: &[&str]) -> Vec<Value> {
        let all = [&["nsp"], arguments, &["--json"]].concat();
        let mut out: Vec<u8> = Vec::new();
        let ready = self.ready.clone();
        let writer: &mut (dyn Write + Send) = &mut out;
        match Cli::try_parse_from(all).unwrap().command.unwrap() {
            Command::Impact(args) => evidence::impact(ready, &args, writer).await,
            Command::Readiness(args) => evidence::readiness(ready, &args, writer).await,
            Command::Rules(args) => evidence::rules(ready, &args, writer).await,
            other => panic!("{other:?}"),
        }
        .unwrap();
        String::from_utf8(out).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// What the report and the board say.
    pub async fn said(&self) -> Said {
        let mut said = Said::default();
        for line in self.lines(&["impact"]).await {
            let ends = |line: &Value| -> Vec<Ends> {
                let resources = line["resources"].as_array().unwrap();
                let of = |r: &Value| Ends::new(text(r, "id"), line["direction"] == "in", text(line, "who"));
                resources.iter().map(of).collect()
            };
            match text(&line, "state") {
                "Would be denied" => said.denied.extend(ends(&line)),
                "Cannot be told" => {
                    let why = text(&line, "today").to_owned();
                    said.doubtful.extend(ends(&line).into_iter().map(|e| (e, why.clone())));
                }
                "Denied today, and stays so" => said.refused.extend(ends(&line)),
                _ => {}
            }
        }
        for line in self.lines(&["readiness"]).await {
            let resource = text(&line, "resource").to_lowercase();
            if text(&line, "state") == "ready" {
                said.ready.insert(resource.clone());
            }
            let state = format!("{}  {}", text(&line, "state"), text(&line, "why"));
            said.states.insert(resource, state);
        }
        said
    }

    fn host(&self, resource: &str) -> String {
        self.handle().body(resource).map_or(String::new(), |body| nsp::sim::resources::host(&body))
    }

    /// What the simulator says of every two ends of traffic that comes so far.
    pub async fn truth(&self) -> BTreeMap<Ends, Truth> {
        let truth = self.send(Method::GET, "/_sim/truth", None).await;
        let mut out: BTreeMap<Ends, Truth> = BTreeMap::new();
        for flow in truth["flows"].as_array().unwrap() {
            let other = &flow["other"];
            let inbound = flow["direction"] == "Inbound";
            let address = other["ipAddresses"].as_array().and_then(|all| all.first()).and_then(Value::as_str);
            let who = match (inbound, address) {
                (true, Some(address)) => net::address(address).unwrap().to_string(),
                (true, None) if other["resourceId"].is_string() => last(text(other, "resourceId")).to_owned(),
                (true, None) if other["appId"].is_string() => text(other, "appId").to_owned(),
                (true, None) => "(not told by the log)".to_owned(),
                (false, _) if other["fqdn"].is_string() => net::host(text(other, "fqdn")),
                (false, _) => net::host(&self.host(text(other, "resourceId"))),
            };
            // A call that its own end does not let out is denied there, and is not for this end to tell.
            let reached = flow["enforced"]["reached"] == true;
            let one = out.entry(Ends::new(text(flow, "resourceId"), inbound, &who)).or_default();
            let passes = |when: &str| flow[when]["allowed"] == true;
            one.denied |= !passes("enforced");
            one.lost |= reached && passes("now") && !passes("enforced");
        }
        out
    }

    /// The rows of a query, past every client; none where no row has ever arrived.
    async fn rows(&self, workspace: &str, query: &str) -> Vec<Value> {
        let url = format!("{}/v1/workspaces/{workspace}/query", self.sim.url());
        let answer =
            self.http.post(url).bearer_auth("t").json(&json!({ "query": query })).send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        if [204, 404].contains(&status.as_u16()) || text.contains("Failed to resolve table") {
            return Vec::new();
        }
        assert_eq!(status, 200, "{query}: {text}");
        let mut body: Value = serde_json::from_str(&text).unwrap();
        serde_json::from_value(body["tables"][0]["rows"].take()).unwrap()
    }

    /// The ends in the log, with the categories that they were logged under, of rows that begin from `since` on.
    pub async fn logged(&self, since: &str) -> BTreeMap<Ends, BTreeSet<String>> {
        let query = format!(
            "NSPAccessLogs | where TimeGenerated >= {since} | summarize Events = count() by \
             ServiceResourceId, ResultDirection, Category, SourceIpAddress, SourceResourceId, SourceAppId, \
             DestinationFqdn, DestinationResourceId"
        );
        let mut out: BTreeMap<Ends, BTreeSet<String>> = BTreeMap::new();
        for workspace in &self.workspaces {
            for row in self.rows(workspace, &query).await {
                let cell = |n: usize| row[n].as_str().unwrap_or_default();
                let inbound = cell(1) == "Inbound";
                let who = match (inbound, cell(3), cell(4), cell(5)) {
                    (false, ..) if cell(6).is_empty() => last(cell(7)).to_owned(),
                    (false, ..) => net::host(cell(6)),
                    (true, "", "", "") => "(not told by the log)".to_owned(),
                    (true, "", "", app) => app.to_owned(),
                    (true, "", id, _) => last(id).to_owned(),
                    (true, address, ..) => net::address(address).unwrap().to_string(),
                };
                let ends = Ends::new(cell(0), inbound, &who);
                out.entry(ends).or_default().insert(cell(2).to_owned());
            }
        }
        out
    }

    /// Carries a plan out; gives what it covers of what was listed.
    pub async fn carry_out(&self, said: &Said, score: &mut Score) -> BTreeSet<Ends> {
        let lines = self.lines(&["rules"]).await;
        let mut left = BTreeSet::new();
        for line in &lines {
            for one in line["left"].as_array().into_iter().flatten() {
                let inbound = one["direction"] == "Inbound";
                left.insert(Ends::new(text(one, "resource"), inbound, text(one, "who")));
            }
        }
        for rule in lines.iter().filter(|line| line["elements"].is_array()) {
            let mut properties = json!({"direction": rule["direction"]});
            for element in rule["elements"].as_array().unwrap() {
                let (list, value) = match text(element, "kind") {
                    "IP addresses" => ("addressPrefixes", element["value"].clone()),
                    "FQDNs" => ("fullyQualifiedDomainNames", element["value"].clone()),
                    "Subscriptions" => (
                        "subscriptions",
                        json!({"id": format!("/subscriptions/{}", last(text(element, "value")))}),
                    ),
                    other => panic!("{other}"),
                };
                if properties[list].is_null() {
                    properties[list] = json!([]);
                }
                properties[list].as_array_mut().unwrap().push(value);
            }
            let id = format!(
                "{}/profiles/{}/accessRules/{}?api-version=2024-10-01",
                text(rule, "perimeter"),
                text(rule, "profile"),
                text(rule, "name")
            );
            self.send(Method::PUT, &id, Some(json!({ "properties": properties }))).await;
        }
        score.left_out += left.len() as u32;
        said.denied.difference(&left).cloned().collect()
    }

    /// Changes the mode or the profile of associations.
    pub async fn associations(&self, perimeter: &str, change: impl Fn(&Value) -> Option<Value>) {
        let all = format!("{perimeter}/resourceAssociations?api-version=2024-10-01");
        for association in self.send(Method::GET, &all, None).await["value"].as_array().unwrap() {
            let Some(changed) = change(&association["properties"]) else { continue };
            let target = format!("{}?api-version=2024-10-01", text(association, "id"));
            self.send(Method::PUT, &target, Some(json!({ "properties": changed }))).await;
        }
    }

    /// Ids of all perimeters.
    pub async fn perimeters(&self) -> Vec<String> {
        let mut out = Vec::new();
        let all = self.send(Method::GET, "/subscriptions?api-version=2022-12-01", None).await;
        for subscription in all["value"].as_array().unwrap() {
            let target = format!(
                "{}/providers/Microsoft.Network/networkSecurityPerimeters?api-version=2024-10-01",
                text(subscription, "id")
            );
            let listed = self.send(Method::GET, &target, None).await;
            out.extend(listed["value"].as_array().unwrap().iter().map(|p| text(p, "id").to_owned()));
        }
        out
    }

    /// Enforces everything.
    pub async fn enforce(&self, perimeters: &[String]) {
        for perimeter in perimeters {
            self.associations(perimeter, |properties| {
                let mut changed = properties.clone();
                changed["accessMode"] = "Enforced".into();
                (properties["accessMode"] != "Enforced").then_some(changed)
            })
            .await;
        }
    }
}

/// The log tells enough of these ends that a report must name them: it shows them passing, and nothing is said to be
/// lacking.
fn covers(categories: &BTreeSet<String>, state: Option<&String>) -> bool {
    let refused = categories.iter().all(|category| category.ends_with("Denied"));
    // "would deny", and nothing behind it: nothing is said to be lacking.
    let whole = state.is_none_or(|state| state.split_once("  ").is_some_and(|(_, why)| why.is_empty()));
    !refused && whole
}

/// Compares a report with the truth; gives what is wrong with it.
pub fn compare(
    said: &Said,
    truth: &BTreeMap<Ends, Truth>,
    logged: &BTreeMap<Ends, BTreeSet<String>>,
    score: &mut Score,
) -> Vec<String> {
    let mut wrong = Vec::new();
    for (ends, true_of) in truth {
        let state = said.states.get(&ends.resource);
        if !true_of.lost || state.is_none() {
            continue;
        }
        if said.denied.contains(ends) {
            score.listed_rightly += 1;
        } else if said.doubtful.contains_key(ends) {
            score.doubtful += 1;
        } else if let Some(categories) = logged.get(ends).filter(|all| covers(all, state)) {
            score.missing += 1;
            wrong.push(format!("missing, and denied later: {ends:?} {state:?} logged as {categories:?}"));
        } else {
            score.unseen += 1;
            score.ready_unseen += u32::from(said.ready.contains(&ends.resource));
        }
    }
    for ends in &said.denied {
        match truth.get(ends) {
            Some(of) if of.lost => {}
            Some(of) if of.denied => {
                score.stale += 1;
            }
            other => {
                score.listed_wrongly += 1;
                wrong.push(format!("listed, and stays allowed: {ends:?} {other:?} {:?}", logged.get(ends)));
            }
        }
    }
    wrong
}

/// Carries the plan out, enforces, lets time pass, and compares what is denied then.
pub async fn afterwards(live: &Live, perimeters: &[String], score: &mut Score) -> Vec<String> {
    let said = live.said().await;
    let before = live.logged("ago(14d)").await;
    let covered = live.carry_out(&said, score).await;
    live.enforce(perimeters).await;
    let since = format!("datetime({:.3})", live.handle().now() + jiff::SignedDuration::from_secs(1));
    live.handle().advance(Duration::from_secs(3 * 3600));
    let after = live.logged(&since).await;
    score.covered += covered.len() as u32;
    let mut wrong = Vec::new();
    for (ends, categories) in after {
        if !categories.iter().any(|c| c.ends_with("PerimeterRulesDenied")) {
            continue;
        }
        score.denied_later += 1;
        if covered.contains(&ends) {
            wrong.push(format!("covered by the plan, and denied: {ends:?}"));
        } else if !(said.denied.contains(&ends)
            || said.doubtful.contains_key(&ends)
            || said.refused.contains(&ends)
            || before.get(&ends).is_none_or(|all| !covers(all, said.states.get(&ends.resource))))
        {
            let settled = said.states.get(&ends.resource);
            score.surprises += 1;
            wrong.push(format!("denied, and nobody said so: {ends:?} {settled:?} {:?}", before[&ends]));
        }
    }
    wrong
}
