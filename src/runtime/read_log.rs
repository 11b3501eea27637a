//! Questions to the log service: which report a slot stands for. Must not judge what comes back.

use jiff::SignedDuration;

use crate::app::evidence::LogQuestion;
use crate::app::msg::{Facts, Topic};
use crate::azure::ArmClient;
use crate::azure::logs::LogScope;
use crate::domain::traffic::{LogSelection, LogWindow};
use crate::domain::{Failure, FailureKind};

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

fn asked(key: &str, topic: Topic) -> Result<(LogScope, LogSelection), Failure> {
    let question = LogQuestion::parse(key).ok_or_else(|| {
        Failure::new(FailureKind::Refused, "This cannot be read", format!("{topic:?} of {key}"))
    })?;
    let scope = match question.customer {
        Some(customer) => LogScope::Workspace(customer),
        None => LogScope::Resource(question.perimeter.clone()),
    };
    Ok((scope, LogSelection::of_perimeter(question.perimeter, LogWindow::days(question.days))))
}
