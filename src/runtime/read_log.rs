//! Questions to the log service: which report a slot stands for. Must not judge what comes back.

use jiff::SignedDuration;

use crate::app::evidence::LogQuestion;
use crate::app::history::Stretch;
use crate::app::msg::{Facts, Topic};
use crate::azure::ArmClient;
use crate::azure::logs::LogScope;
use crate::domain::traffic::{LogSelection, LogWindow};
use crate::domain::{ArmId, Failure, FailureKind};

/// Rows of a page of history: some 3 MB on the wire.
const PAGE: usize = 5_000;
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Grouped traffic of a perimeter.
pub(super) async fn traffic(client: &ArmClient, key: &str) -> Result<Facts, Failure> {
    let (scope, of) = asked(key, Topic::Traffic)?;
    Ok(Facts::Traffic(client.traffic(&scope, &of).await?))
}

/// How much evidence there is, and of which days. Both are asked side by side.
pub(super) async fn evidence(client: &ArmClient, key: &str) -> Result<Facts, Failure> {
    let (scope, of) = asked(key, Topic::Evidence)?;
    let (rows, days) =
        futures::try_join!(client.evidence(&scope, &of), client.bins_by_resource(&scope, &of, DAY))?;
    Ok(Facts::Evidence { rows, days })
}

/// How often each rule matched.
pub(super) async fn rule_use(client: &ArmClient, key: &str) -> Result<Facts, Failure> {
    let (scope, of) = asked(key, Topic::RuleUse)?;
    Ok(Facts::RuleUse(client.rule_use(&scope, &of).await?))
}

/// The newest rows of a stretch of time.
pub(super) async fn rows(client: &ArmClient, key: &str) -> Result<Facts, Failure> {
    let (scope, of, _) = stretch(key, Topic::LogRows)?;
    Ok(Facts::LogRows(client.log_history(&scope, &of, None, PAGE).await?))
}

/// Events over a stretch of time.
pub(super) async fn bins(client: &ArmClient, key: &str) -> Result<Facts, Failure> {
    let (scope, of, step) = stretch(key, Topic::LogBins)?;
    Ok(Facts::LogBins(client.bins(&scope, &of, step).await?))
}

fn stretch(key: &str, topic: Topic) -> Result<(LogScope, LogSelection, SignedDuration), Failure> {
    let asked = Stretch::parse(key).ok_or_else(|| unreadable(topic, key))?;
    let window = LogWindow::Between(asked.from, asked.to);
    let scope = scope(asked.customer, &asked.perimeter);
    Ok((scope, LogSelection::of_perimeter(asked.perimeter, window), asked.step.unwrap_or(DAY)))
}

fn unreadable(topic: Topic, key: &str) -> Failure {
    Failure::new(FailureKind::Refused, "This cannot be read", format!("{topic:?} of {key}"))
}

fn scope(customer: Option<String>, perimeter: &ArmId) -> LogScope {
    customer.map_or_else(|| LogScope::Resource(perimeter.clone()), LogScope::Workspace)
}

fn asked(key: &str, topic: Topic) -> Result<(LogScope, LogSelection), Failure> {
    let question = LogQuestion::parse(key).ok_or_else(|| unreadable(topic, key))?;
    let scope = scope(question.customer, &question.perimeter);
    Ok((scope, LogSelection::of_perimeter(question.perimeter, LogWindow::days(question.days))))
}
