//! The live access log: asks at the pace that the service allows, and hands on what is new.

use std::time::Duration;

use jiff::Timestamp;

use super::execute::{contained, log};
use super::outbox::Outbox;
use crate::app::msg::{Msg, TailEvent, TailSpec};
use crate::azure::ArmClient;
use crate::azure::logs::{LogQuery, LogScope, TailCursor, TailPace, TailSchedule, TailSettings};
use crate::domain::{Failure, LogSource};

/// Follows a log until it is aborted, or until nobody listens.
pub(super) async fn follow(client: ArmClient, spec: TailSpec, pace: TailPace, out: Outbox) {
    let mut cursor = TailCursor::new(std::slice::from_ref(&spec.perimeter), TailSettings::default());
    let mut schedule = TailSchedule::new(pace);
    loop {
        let polled = contained("following the access log", poll(&client, &spec, &mut cursor)).await;
        let (events, wait) = match polled.and_then(|polled| polled) {
            Ok(events) => (events, schedule.answered(cursor.has_more())),
            Err(failure) => {
                cursor.failed();
                log(&failure);
                let wait = schedule.failed(until(failure.retry_at));
                let retry_at = Timestamp::now().checked_add(wait).ok();
                (vec![TailEvent::Failed(Failure { retry_at, ..failure })], wait)
            }
        };
        for event in events {
            if !out.send_live(Msg::Tail(spec.clone(), event)).await {
                return;
            }
        }
        tokio::time::sleep(wait).await;
    }
}

/// Asks once.
async fn poll(
    client: &ArmClient,
    spec: &TailSpec,
    cursor: &mut TailCursor,
) -> Result<Vec<TailEvent>, Failure> {
    let query = cursor.next_query(Timestamp::now());
    let scope = match &spec.source {
        LogSource::Workspace { customer, .. } => LogScope::Workspace(customer.clone()),
        LogSource::Perimeter => LogScope::Resource(spec.perimeter.clone()),
    };
    let answer = client.query_logs(&LogQuery::new(scope, query.kql())).await?;
    let batches = cursor.accept(&answer, Timestamp::now());
    Ok(batches.into_iter().map(|b| TailEvent::Rows { rows: b.rows, status: b.status }).collect())
}

fn until(time: Option<Timestamp>) -> Option<Duration> {
    time.map(|time| time.duration_since(Timestamp::now()).try_into().unwrap_or_default())
}
