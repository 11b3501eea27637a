//! The dashboard's own model, read for a command without a screen: opened at a tab, pointed at one perimeter after the
//! other. What a command prints is what the dashboard would show.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use jiff::Timestamp;

use super::{Ready, refused};
use crate::app::bindings::Keymap;
use crate::app::focus::Tab;
use crate::app::msg::{Slot, TailEvent, TailSpec};
use crate::app::scopes::Scopes;
use crate::app::{Model, Periods, Start, desk};
use crate::domain::scope::{Place, Selection};
use crate::domain::{ArmId, Failure};
use crate::runtime::{Connect, Desktop, Executor, Quiet, Tools, channel};

/// A model and what reads for it.
pub struct Desk {
    quiet: Quiet,
    perimeter: Option<String>,
}

impl Desk {
    /// Reads subscriptions, perimeters and what the tab needs.
    ///
    /// # Errors
    /// When subscriptions, or the perimeters of one of them, could not be read: nothing is to be said of a part.
    pub fn open(ready: &Ready, tab: Tab, days: Option<u32>) -> BoxFuture<'_, Result<Self, Failure>> {
        Self::opened(ready, tab, days).boxed()
    }

    async fn opened(ready: &Ready, tab: Tab, days: Option<u32>) -> Result<Self, Failure> {
        let (outbox, inbox) = channel();
        let place = Place { cloud: String::new(), tenant: None };
        let mut model = Model::new(Start {
            label: ready.client.session().label().to_owned(),
            simulated: false,
            writable: false,
            portal: String::new(),
            perimeter: None,
            address_page: None,
            scopes: Scopes { now: Selection { place: place.clone(), only: Vec::new() }, ..Scopes::default() },
            keymap: Keymap::default(),
            // Nothing is read again: there are no timers here.
            periods: Periods { perimeters: Duration::MAX, shown: Duration::MAX },
            now: Timestamp::now(),
        });
        desk::open(&mut model, tab);
        if let Some(days) = days {
            model.panes.evidence.days = days;
        }
        let tools = Tools {
            client: ready.client.clone(),
            tokens: None,
            journal: Ok(Arc::clone(&ready.journal)),
            desktop: Desktop::from_environment(None),
            only: ready.only.clone(),
            pace: ready.tail,
            place,
            connect: Connect::new(|_, _| Err(refused("There is no such session", "a command has but one"))),
            scopes: None,
        };
        let mut quiet = Quiet::new(model, Executor::new(tools, outbox), inbox);
        quiet.settle().await;
        let data = &quiet.model().data;
        let lists = data.perimeters.values().find_map(|list| list.failure());
        if let Some(failure) = data.subscriptions.failure().or(lists) {
            return Err(failure.clone());
        }
        Ok(Self { quiet, perimeter: ready.perimeter.clone() })
    }

    /// The state.
    pub fn model(&self) -> &Model {
        self.quiet.model()
    }

    /// The perimeters that are meant: the one that was named, else all in scope.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn perimeters(&self) -> Result<Vec<ArmId>, Failure> {
        let all = self.model().panes.perimeters.rows().iter().map(|p| p.id.clone());
        let Some(name) = &self.perimeter else { return Ok(all.collect()) };
        let found: Vec<ArmId> = all
            .filter(|id| id.name().eq_ignore_ascii_case(name) || id.as_str().eq_ignore_ascii_case(name))
            .collect();
        if found.is_empty() {
            return Err(refused("There is no such perimeter", format!("none in scope is named {name}"))
                .hint("nsp lists them; --subscription widens or narrows the scope."));
        }
        Ok(found)
    }

    /// Shows a perimeter and reads what belongs to it.
    pub async fn show(&mut self, perimeter: &ArmId) {
        self.quiet.look(|model| (desk::show(model, perimeter), Vec::new()));
        self.quiet.settle().await;
    }

    /// Changes what is looked at, and reads what that needs.
    pub async fn look(&mut self, change: impl FnOnce(&mut Model)) {
        self.quiet.look(|model| {
            change(model);
            ((), Vec::new())
        });
        self.quiet.settle().await;
    }

    /// Reads what was never read of these.
    pub async fn need(&mut self, slots: Vec<Slot>) {
        self.quiet.look(|model| ((), desk::need(model, slots)));
        self.quiet.settle().await;
    }

    /// Follows a log until `stop` ends or `take` has had enough.
    pub async fn follow(
        &mut self,
        spec: TailSpec,
        stop: impl Future<Output = ()>,
        take: impl FnMut(TailEvent) -> bool,
    ) {
        self.quiet.follow(spec, stop, take).await;
    }
}
