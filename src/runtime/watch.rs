//! Keeps running what the model says should be running: starts and stops by difference.

use std::collections::{BTreeMap, BTreeSet};

use tokio::task::AbortHandle;
use tokio::time::{Instant, MissedTickBehavior};

use super::execute::Executor;
use crate::app::effect::Subscription;
use crate::app::msg::Msg;

/// What is running.
#[derive(Debug, Default)]
pub(super) struct Watch {
    running: BTreeMap<Subscription, AbortHandle>,
}

impl Watch {
    /// Makes the running set the wanted one.
    pub(super) fn apply(&mut self, wanted: BTreeSet<Subscription>, executor: &Executor) {
        self.running.retain(|subscription, task| {
            let keep = wanted.contains(subscription);
            if !keep {
                task.abort();
            }
            keep
        });
        for subscription in wanted {
            self.running.entry(subscription).or_insert_with_key(|subscription| start(subscription, executor));
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        for task in self.running.values() {
            task.abort();
        }
    }
}

fn start(subscription: &Subscription, executor: &Executor) -> AbortHandle {
    let out = executor.outbox().clone();
    let task = match subscription.clone() {
        Subscription::After { timer, delay, round: _ } => tokio::spawn(async move {
            tokio::time::sleep(delay).await;
            out.send(Msg::Due(timer));
        }),
        Subscription::Every { timer, period } => tokio::spawn(async move {
            let mut ticks = tokio::time::interval_at(Instant::now() + period, period);
            // After a sleep of the machine one reading is enough.
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                out.send(Msg::Due(timer));
            }
        }),
        Subscription::Tail(spec) => tokio::spawn(executor.follow(spec)),
    };
    task.abort_handle()
}
