//! Keeps running what the model says should be running: starts and stops by difference.

use std::collections::{BTreeMap, BTreeSet};

use tokio::task::AbortHandle;
use tokio::time::{Instant, MissedTickBehavior};

use super::execute::Outbox;
use super::tail;
use crate::app::effect::Subscription;
use crate::app::msg::Msg;
use crate::azure::ArmClient;

/// What is running.
#[derive(Debug, Default)]
pub(super) struct Watch {
    running: BTreeMap<Subscription, AbortHandle>,
}

impl Watch {
    /// Makes the running set the wanted one.
    pub(super) fn apply(&mut self, wanted: BTreeSet<Subscription>, client: &ArmClient, out: &Outbox) {
        self.running.retain(|subscription, task| {
            let keep = wanted.contains(subscription);
            if !keep {
                task.abort();
            }
            keep
        });
        for subscription in wanted {
            if !self.running.contains_key(&subscription) {
                let task = start(subscription.clone(), client.clone(), out.clone());
                self.running.insert(subscription, task);
            }
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

fn start(subscription: Subscription, client: ArmClient, out: Outbox) -> AbortHandle {
    let task = async move {
        match subscription {
            Subscription::After { timer, delay, round: _ } => {
                tokio::time::sleep(delay).await;
                out.send(Msg::Due(timer)).await;
            }
            Subscription::Every { timer, period } => {
                let mut ticks = tokio::time::interval_at(Instant::now() + period, period);
                // After a sleep of the machine one reading is enough.
                ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
                loop {
                    ticks.tick().await;
                    out.send(Msg::Due(timer.clone())).await;
                }
            }
            Subscription::Tail(spec) => tail::follow(client, spec, out).await,
        }
    };
    tokio::spawn(super::execute::contained(task)).abort_handle()
}
