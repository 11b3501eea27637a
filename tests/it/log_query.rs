//! The query call over real HTTP against a scripted service: every form of answer that is known.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use jiff::SignedDuration;
use nsp::azure::logs::kql::{Start, TailQuery};
use nsp::azure::logs::{LogQuery, LogScope, QueryAnswer};
use nsp::azure::{ArmClient, ArmError, Options, Session, Timing};
use nsp::domain::impact::TrafficGroup;
use nsp::domain::log::TailTable;
use nsp::domain::traffic::{LogAnswer, LogSelection, LogWindow};
use nsp::domain::{ArmId, Failure, FailureKind};
use serde_json::{Value, json};

type Asked = (String, HeaderMap, Value);

/// Gives its answers in order and keeps what it was asked.
#[derive(Clone, Default)]
struct Script {
    answers: Arc<Mutex<VecDeque<(u16, HeaderMap, String)>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

async fn reply(
    State(script): State<Script>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, HeaderMap, String) {
    let body = serde_json::from_slice(&body).unwrap_or_default();
    script.asked.lock().unwrap().push((uri.path().to_owned(), headers, body));
    let (status, headers, body) = script.answers.lock().unwrap().pop_front().expect("one question too many");
    (StatusCode::from_u16(status).unwrap(), headers, body)
}

/// Asks once; the service gives the answers in order. Also tells what was asked.
async fn ask(query: &LogQuery, answers: &[(u16, &str)]) -> (Result<QueryAnswer, ArmError>, Vec<Asked>) {
    served(answers, async |client| client.query_logs(query).await).await
}

/// Lets a client loose on a service that gives the answers in order.
async fn served<T>(answers: &[(u16, &str)], call: impl AsyncFnOnce(ArmClient) -> T) -> (T, Vec<Asked>) {
    let script = Script::default();
    for (status, body) in answers {
        let mut headers = HeaderMap::new();
        if !body.is_empty() {
            headers.insert("content-type", "application/json; charset=utf-8".parse().unwrap());
        }
        if *status == 429 {
            headers.insert("retry-after", "1000".parse().unwrap());
        }
        script.answers.lock().unwrap().push_back((*status, headers, (*body).to_owned()));
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let app = axum::Router::new().fallback(reply).with_state(script.clone());
    let server = tokio::spawn(async move { axum::serve(listener, app).await });
    let timing = Timing { backoff: Duration::from_millis(1), ..Timing::default() };
    let options = Options { timing, ..Options::default() };
    let client = ArmClient::with_options(Session::simulated(&url).unwrap(), options).unwrap();
    let result = call(client).await;
    server.abort();
    let asked = script.asked.lock().unwrap().clone();
    assert!(script.answers.lock().unwrap().is_empty(), "every answer was fetched");
    (result, asked)
}

fn tail() -> LogQuery {
    let query = TailQuery {
        perimeters: Vec::new(),
        start: Start::Ago(SignedDuration::from_hours(1)),
        guard: SignedDuration::from_hours(48),
        take: 100,
    };
    LogQuery::new(LogScope::Workspace("062c153f-f7b2-4a8b-b57d-05b9f5cadfdc".into()), query.kql())
}

const ONE_ROW: &str =
    r#"{"tables":[{"name":"PrimaryResult","columns":[{"name":"Count","type":"int"}],"rows":[[3]]}]}"#;

async fn failure(answers: &[(u16, &str)]) -> Failure {
    ask(&tail(), answers).await.0.unwrap_err().into()
}

#[tokio::test]
async fn the_request_is_the_documented_one() {
    let query =
        LogQuery { timespan: Some(SignedDuration::from_hours(48)), wait: Duration::from_secs(90), ..tail() };
    let (answer, asked) = ask(&query, &[(200, ONE_ROW)]).await;
    let answer = answer.unwrap();
    assert_eq!((answer.state, answer.table.len(), answer.warning), (TailTable::Present, 1, None));
    let (path, headers, body) = &asked[0];
    assert_eq!(path, "/v1/workspaces/062c153f-f7b2-4a8b-b57d-05b9f5cadfdc/query");
    assert_eq!(headers["prefer"], "wait=90");
    assert!(headers["content-type"].to_str().unwrap().starts_with("application/json"));
    assert_eq!(body, &json!({"query": query.kql.text(), "timespan": "PT48H"}));

    let id = ArmId::parse(
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/networkSecurityPerimeters/p",
    );
    let query = LogQuery { scope: LogScope::Resource(id.unwrap()), ..tail() };
    let (_, asked) = ask(&query, &[(200, ONE_ROW)]).await;
    assert_eq!(
        asked[0].0,
        "/v1/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/networkSecurityPerimeters/p/query"
    );
    assert_eq!(asked[0].2, json!({"query": query.kql.text()}));
}

#[tokio::test]
async fn nothing_but_an_id_gets_into_the_address() {
    for id in ["", "..", "a/b", "a?b", "a%2fb"] {
        let query = LogQuery { scope: LogScope::Workspace(id.into()), ..tail() };
        let (result, asked) = ask(&query, &[]).await;
        assert_eq!((Failure::from(result.unwrap_err()).kind, asked.len()), (FailureKind::Refused, 0), "{id}");
    }
}

#[tokio::test]
async fn no_table_yet_is_no_error() {
    let missing = json!({"error": {"message": "The request had some invalid properties", "code": "BadArgumentError",
        "correlationId": "c", "innererror": {"code": "SemanticError", "message": "A semantic error occurred.",
        "innererror": {"code": "SEM0100",
            "message": "'where' operator: Failed to resolve table or column expression named 'NSPAccessLogs'"}}}});
    for answer in [(400, missing.to_string().as_str()), (204, ""), (200, ""), (200, "{}")] {
        let (result, _) = ask(&tail(), &[answer]).await;
        let got = result.unwrap();
        assert_eq!((got.state, got.table.len(), got.warning), (TailTable::NoneYet, 0, None), "{answer:?}");
    }
}

#[tokio::test]
async fn an_empty_table_is_there() {
    let body = r#"{"tables":[{"name":"PrimaryResult","columns":[{"name":"Count","type":"int"}],"rows":[]}]}"#;
    let (result, _) = ask(&tail(), &[(200, body)]).await;
    assert_eq!(result.unwrap().state, TailTable::Present);
}

#[tokio::test]
async fn other_mistakes_in_a_query_are_errors() {
    let body = json!({"error": {"message": "The request had some invalid properties", "code": "BadArgumentError",
        "innererror": {"code": "SemanticError", "message": "A semantic error occurred.", "innererror": {"code": "SEM0100",
        "message": "'where' operator: Failed to resolve column or scalar expression named 'SourceAddress\u{1b}'"}}}});
    let got = failure(&[(400, &body.to_string())]).await;
    assert_eq!((got.kind, got.code.as_deref()), (FailureKind::Rejected, Some("BadArgumentError")));
    assert!(got.detail.contains("named 'SourceAddress␛'"), "{}", got.detail);
}

#[tokio::test]
async fn a_partial_answer_keeps_its_rows() {
    let body = json!({"tables": [{"name": "PrimaryResult", "columns": [{"name": "Count", "type": "int"}], "rows": [[3]]}],
        "error": {"code": "PartialError", "message": "There were some errors when processing your query.",
        "details": [{"code": "EngineError", "message": "Something went wrong processing your query on the server.",
        "innererror": {"code": "-2133196797", "message": "The results exceed the limit\u{202e}"}}]}});
    let (result, _) = ask(&tail(), &[(200, &body.to_string())]).await;
    let got = result.unwrap();
    let warning = got.warning.unwrap();
    assert_eq!((got.table.len(), warning.code.as_deref()), (1, Some("PartialError")));
    assert!(warning.detail.ends_with("The results exceed the limit⟨U+202E⟩"), "{}", warning.detail);
}

#[tokio::test]
async fn refusals_say_what_they_are() {
    let error = |code: &str| json!({"error": {"code": code, "message": "no"}}).to_string();
    // One silent renewal of the token, then the truth.
    let got = failure(&[(401, &error("AuthenticationFailed")), (401, &error("AuthenticationFailed"))]).await;
    assert_eq!(got.kind, FailureKind::Auth);
    for code in ["InvalidAuthenticationToken", "InsufficientAccessError"] {
        let got = failure(&[(403, &error(code))]).await;
        assert_eq!((got.kind, got.code.as_deref()), (FailureKind::Denied, Some(code)));
    }
    let got = failure(&[(404, &error("PathNotFoundError"))]).await;
    assert_eq!(got.kind, FailureKind::NotFound);
}

#[tokio::test]
async fn throttling_tells_when_and_time_outs_are_asked_again() {
    let got = failure(&[(429, r#"{"error":{"code":"ThrottledError","message":"slow down"}}"#)]).await;
    assert_eq!(got.kind, FailureKind::Throttled);
    assert!(got.retry_at.is_some(), "longer than the client waits by itself");
    let (result, asked) = ask(&tail(), &[(504, ""), (503, "<html>"), (200, ONE_ROW)]).await;
    assert_eq!((result.unwrap().table.len(), asked.len()), (1, 3));
}

#[tokio::test]
async fn what_is_no_answer_is_said() {
    let got =
        failure(&[(200, r#"{"tables":[{"name":"PrimaryResult","columns":[{"name":1}],"rows":[]}]}"#)]).await;
    assert_eq!(got.kind, FailureKind::Decode);
}

async fn report(answers: &[(u16, &str)]) -> (Result<LogAnswer<TrafficGroup>, ArmError>, Vec<Asked>) {
    let scope = tail().scope;
    let of = LogSelection::all(LogWindow::days(14));
    served(answers, async |client| client.traffic(&scope, &of).await).await
}

#[tokio::test]
async fn a_report_keeps_its_outcomes_apart() {
    let missing = json!({"error": {"message": "The request had some invalid properties", "code": "BadArgumentError",
        "innererror": {"code": "SemanticError", "message": "A semantic error occurred.", "innererror": {"code": "SEM0100",
        "message": "'where' operator: Failed to resolve table or column expression named 'NSPAccessLogs'"}}}})
    .to_string();
    for answer in [(400, missing.as_str()), (204, ""), (200, "")] {
        assert_eq!(report(&[answer]).await.0.unwrap(), LogAnswer::NoTable, "{answer:?}");
    }
    let empty = r#"{"tables":[{"name":"PrimaryResult","columns":[{"name":"nsp_resource"}],"rows":[]}]}"#;
    let (answer, asked) = report(&[(200, empty)]).await;
    let LogAnswer::Read(page) = answer.unwrap() else { panic!("the table is there") };
    assert!(page.items.is_empty() && page.is_complete());
    // A report may take as long as the service gives a query by itself, and the service is told.
    assert_eq!(asked[0].1["prefer"], "wait=180");

    let partial = json!({"tables": [{"name": "PrimaryResult", "columns": [{"name": "nsp_resource"}], "rows": []}],
        "error": {"code": "PartialError", "message": "There were some errors when processing your query."}});
    let (answer, _) = report(&[(200, &partial.to_string())]).await;
    let LogAnswer::Read(page) = answer.unwrap() else { panic!("the table is there") };
    assert!(!page.is_complete() && page.warning.unwrap().code.as_deref() == Some("PartialError"));

    let throttled = r#"{"error":{"code":"ThrottledError","message":"slow down"}}"#;
    for (status, body, kind) in [
        (429, throttled, FailureKind::Throttled),
        (403, r#"{"error":{"code":"InsufficientAccessError","message":"no"}}"#, FailureKind::Denied),
        (200, r#"{"tables":7}"#, FailureKind::Decode),
    ] {
        let failure = Failure::from(report(&[(status, body)]).await.0.unwrap_err());
        assert_eq!(failure.kind, kind, "{status}");
    }
}
