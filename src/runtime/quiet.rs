//! The dashboard without a screen: reads what a view of the model needs until all of it is there. It writes nothing
//! to Azure and follows nothing unless it is told to.

use std::future::Future;

use jiff::Timestamp;

use super::execute::Executor;
use super::{BATCH, Inbox};
use crate::app::effect::Effect;
use crate::app::msg::{Msg, TailEvent, TailSpec};
use crate::app::{self, Model};

/// A model that is read for, and nobody looks at.
#[derive(Debug)]
pub struct Quiet {
    model: Model,
    executor: Executor,
    inbox: Inbox,
}

impl Quiet {
    /// Reads for `model` through `executor`, whose answers come out of `inbox`.
    pub fn new(model: Model, executor: Executor, inbox: Inbox) -> Self {
        Self { model, executor, inbox }
    }

    /// The state.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Changes what is looked at, and asks for what that says.
    pub fn look<T>(&mut self, change: impl FnOnce(&mut Model) -> (T, Vec<Effect>)) -> T {
        let (out, effects) = change(&mut self.model);
        self.perform(effects);
        out
    }

    /// Reads until nothing more is asked for and everything that was has been answered, well or badly.
    pub async fn settle(&mut self) {
        loop {
            self.apply(Msg::Tick(Timestamp::now()));
            self.apply(Msg::Drained);
            if self.executor.is_idle() && self.inbox.is_empty() {
                return;
            }
            let msg = self.inbox.next().await;
            self.apply(msg);
            for _ in 0..BATCH {
                let Some(msg) = self.inbox.try_next() else { break };
                self.apply(msg);
            }
        }
    }

    /// Follows a log until `stop` ends; every event goes to `take`, which says whether to go on.
    pub async fn follow(
        &mut self,
        spec: TailSpec,
        stop: impl Future<Output = ()>,
        mut take: impl FnMut(TailEvent) -> bool,
    ) {
        let tail = tokio::spawn(self.executor.follow(spec));
        let events = async {
            loop {
                if let Msg::Tail(_, event) = self.inbox.next().await
                    && !take(event)
                {
                    return;
                }
            }
        };
        tokio::select! {
            () = events => {}
            () = stop => {}
        }
        tail.abort();
    }

    fn apply(&mut self, msg: Msg) {
        self.executor.answered(&msg);
        let effects = app::update(&mut self.model, msg);
        self.perform(effects);
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Read { slot, ticket } => self.executor.read(slot, ticket),
                Effect::Abort(ticket) => self.executor.abort(ticket),
                // Nobody presses a key here that could ask for these.
                other => tracing::debug!(?other, "not done without a screen"),
            }
        }
    }
}
