//! Commands without a screen, as a pipeline runs them: lines, objects and exit codes of the real program, through the
//! judging proxy.

use std::process::{Command, Output, Stdio};

use nsp::cli::Exit;
use nsp::sim::Named;
use serde_json::{Value, json};

use crate::support::sim::Caller;

/// A world behind the proxy, and a home.
struct Place {
    world: Caller,
    home: tempfile::TempDir,
}

impl Place {
    async fn new(scenario: Named) -> Self {
        Self { world: Caller::new(scenario).await, home: tempfile::tempdir().unwrap() }
    }

    async fn run(&self, args: &[&str]) -> (u8, String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nsp"));
        command.args(args).args(["--endpoint", &self.world.proxy.url()]).env_clear().stdin(Stdio::null());
        command.env("HOME", self.home.path()).env("NSP_TOKEN", "t");
        let ended = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        let Output { status, stdout, stderr } = ended;
        self.world.proxy.assert_clean();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (u8::try_from(status.code().unwrap()).unwrap(), text(&stdout), text(&stderr))
    }

    /// The same with `--json`.
    async fn objects(&self, args: &[&str]) -> (u8, Vec<Value>) {
        let (code, out, err) = self.run(&[args, &["--json"]].concat()).await;
        let read = |line: &str| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}\n{err}"));
        (code, out.lines().map(read).collect())
    }
}

fn texts<'v>(rows: &'v [Value], field: &str) -> Vec<&'v str> {
    rows.iter().filter_map(|row| row[field].as_str()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn impact_names_who_would_be_denied_and_says_so_to_the_shell() {
    let place = Place::new(Named::Estate).await;
    let (code, rows) = place.objects(&["impact", "--perimeter", "nsp-ai-prod"]).await;
    assert_eq!(code, Exit::WouldDeny.code());
    assert_eq!(rows[0]["verdict"], "would deny");
    let denied: Vec<&Value> = rows.iter().filter(|row| row["state"] == "Would be denied").collect();
    assert!(denied.iter().any(|row| row["who"] == "203.0.113.44" && row["calls"].as_u64().unwrap() > 0));
    // One resource that is ready, named.
    let (code, rows) =
        place.objects(&["impact", "--perimeter", "nsp-ai-prod", "--resource", "kv-ai-prod"]).await;
    assert_eq!((code, &rows[0]["verdict"]), (Exit::Done.code(), &json!("nothing to lose")));
    let (code, _, err) = place.run(&["impact", "--resource", "kv-ai-prod"]).await;
    assert_eq!(code, Exit::Other.code());
    assert!(err.contains("--resource needs --perimeter"), "{err}");
    let (code, _, err) = place.run(&["impact", "--perimeter", "nsp-nowhere"]).await;
    assert_eq!(code, Exit::Other.code());
    assert!(err.contains("none in scope is named nsp-nowhere"), "{err}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readiness_and_rules_tell_the_same() {
    let place = Place::new(Named::Estate).await;
    let (code, rows) = place.objects(&["readiness", "--perimeter", "nsp-ai-prod"]).await;
    assert_eq!(code, Exit::WouldDeny.code());
    let states = texts(&rows, "state");
    assert!(states.contains(&"ready") && states.contains(&"no evidence") && states.contains(&"would deny"));
    let (code, rows) = place.objects(&["rules", "--perimeter", "nsp-ai-prod"]).await;
    assert_eq!(code, Exit::WouldDeny.code());
    let elements: Vec<&str> = rows
        .iter()
        .filter_map(|r| r["elements"].as_array())
        .flat_map(|all| all.iter().filter_map(|e| e["value"].as_str()))
        .collect();
    assert!(elements.contains(&"203.0.113.44/32"), "{elements:?}");
    let (code, rows) = place.objects(&["rules", "--hygiene", "--perimeter", "nsp-ai-prod"]).await;
    assert_eq!(code, Exit::Done.code());
    assert_eq!(rows[0]["findings"], json!(rows.len() - 1));
    // Nothing was written.
    assert!(place.world.handle().requests().iter().all(|r| r.method != "PUT" && r.method != "DELETE"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_may_not_be_read_is_a_failure_and_no_log_is_no_evidence() {
    let place = Place::new(Named::Estate).await;
    place.world.handle().fault_json(json!({"method": "POST", "path": "/v1/*",
        "action": {"status": 403, "body": {"error": {"code": "InsufficientAccessError",
            "message": "The provided credentials have insufficient access to perform the requested operation"}}}})).unwrap();
    let (code, rows) = place.objects(&["impact", "--perimeter", "nsp-ai-prod"]).await;
    assert_eq!((code, &rows[0]["verdict"]), (Exit::Other.code(), &json!("failed")));
    assert!(rows[0]["evidence"].to_string().contains("InsufficientAccessError"), "{}", rows[0]);
    // Its perimeter sends its log nowhere.
    let (code, rows) = place.objects(&["readiness", "--perimeter", "nsp-web-prod"]).await;
    assert_eq!((code, &rows[0]["verdict"]), (Exit::NoEvidence.code(), &json!("no evidence")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatif_answers_with_every_ground() {
    let place = Place::new(Named::Estate).await;
    let (code, rows) = place.objects(&["whatif", "aoai-embeddings-prod", "--from", "198.51.100.201"]).await;
    assert_eq!((code, &rows[0]["verdict"]), (Exit::WouldDeny.code(), &json!("denied")));
    assert!(rows.iter().any(|row| row["considered"].as_str().is_some_and(|t| t.contains("offices"))));
    let (code, rows) = place.objects(&["whatif", "aoai-prod", "--from", "198.51.100.201"]).await;
    assert_eq!((code, &rows[0]["verdict"]), (Exit::NoEvidence.code(), &json!("not by the perimeter")));
    let (code, _, err) = place.run(&["whatif", "aoai-prod", "--from", "no such thing"]).await;
    assert_eq!(code, Exit::Other.code());
    assert!(err.contains("The question is not understood"), "{err}");
    let (code, _, err) = place.run(&["whatif", "aoai-nowhere", "--from", "192.0.2.1"]).await;
    assert_eq!(code, Exit::Other.code());
    assert!(err.contains("There is no such resource"), "{err}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn coverage_lists_what_is_in_no_perimeter_and_what_was_not_read() {
    let place = Place::new(Named::Empty).await;
    let (code, rows) = place.objects(&["coverage"]).await;
    assert_eq!(code, Exit::Uncovered.code());
    assert_eq!(rows[0]["uncovered"], json!(rows.len() - 1));
    let place = Place::new(Named::Estate).await;
    place
        .world
        .handle()
        .fault_json(json!({"method": "GET", "path": "*/nsp-ai-prod/resourceAssociations",
        "action": {"status": 403, "body": {"error": {"code": "AuthorizationFailed", "message": "no"}}}}))
        .unwrap();
    let (code, rows) = place.objects(&["coverage"]).await;
    assert_eq!(code, Exit::Other.code());
    assert!(texts(&rows, "unread").iter().any(|what| what.contains("nsp-ai-prod")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tail_prints_rows_and_denials_alone() {
    let place = Place::new(Named::Incident).await;
    let (code, rows) = place.objects(&["tail", "--once", "--denied", "--perimeter", "nsp-ai-prod"]).await;
    assert_eq!(code, Exit::Done.code());
    assert!(!rows.is_empty());
    assert!(rows.iter().all(|row| ["denied", "would deny"].contains(&row["verdict"].as_str().unwrap())));
    let (code, _, err) = place.run(&["tail", "--once"]).await;
    assert_eq!(code, Exit::Other.code());
    assert!(err.contains("--perimeter"), "{err}");
}
