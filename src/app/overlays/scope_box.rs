//! The box in which the scope is chosen: subscriptions, several of them, favourites, tenants, clouds.

use super::super::Model;
use super::super::command::Command;
use super::super::input::Field;
use super::super::keys::Key;
use super::super::msg::{Facts, Topic};
use super::super::remote::Remote;
use super::palette::rank;
use crate::domain::Failure;
use crate::domain::scope::{Named, Place, Selection, Tenant};

/// The box.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ScopeBox {
    /// What is typed to narrow the list.
    pub field: Field,
    /// Place of the cursor among the rows shown.
    pub cursor: usize,
    /// Subscriptions that are marked, to be shown together.
    pub marked: Vec<Named>,
}

/// What a row of the box stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pick {
    /// Something to show, here or elsewhere.
    Selection(Selection),
    /// A subscription of this place, which can also be marked.
    Subscription(Named),
}

/// A row of the box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What it stands for.
    pub pick: Pick,
    /// What kind of thing it is.
    pub kind: &'static str,
    /// Its name, with marks.
    pub text: String,
    /// More about it.
    pub note: String,
}

/// What was read for the box.
fn facts(model: &Model, topic: Topic) -> Option<&Facts> {
    model.data.facts(topic, "").and_then(Remote::value).map(AsRef::as_ref)
}

fn subscriptions(model: &Model) -> Vec<Named> {
    match facts(model, Topic::Subscriptions) {
        Some(Facts::Subscriptions(all)) => all.iter().map(|s| Named::new(&s.id, &s.name)).collect(),
        // Until all are there: those that are shown.
        _ => model.data.subscriptions.rows().iter().map(|s| Named::new(&s.id, &s.name)).collect(),
    }
}

fn tenants(model: &Model) -> &[Tenant] {
    match facts(model, Topic::Tenants) {
        Some(Facts::Tenants(all)) => all,
        _ => &[],
    }
}

/// Why something that belongs in the box is missing.
pub fn failures(model: &Model) -> Vec<&Failure> {
    let of = |topic| model.data.facts(topic, "").and_then(Remote::failure);
    [Topic::Subscriptions, Topic::Tenants].into_iter().filter_map(of).collect()
}

/// Something is still being read.
pub fn is_reading(model: &Model) -> bool {
    let of = |topic| model.data.facts(topic, "").is_some_and(|r| r.awaited().is_some());
    [Topic::Subscriptions, Topic::Tenants].into_iter().any(of)
}

/// The subscription is one of those shown; the user may have named it by id or name.
fn is_shown(only: &[Named], subscription: &Named) -> bool {
    only.iter().any(|s| s == subscription || s.id.eq_ignore_ascii_case(&subscription.name))
}

fn row(pick: Pick, kind: &'static str, text: impl Into<String>, note: impl Into<String>) -> Row {
    Row { pick, kind, text: text.into(), note: note.into() }
}

impl ScopeBox {
    /// The rows that match what is typed, best first.
    pub fn rows(&self, model: &Model) -> Vec<Row> {
        let all = self.all(model);
        let text = |row: &Row| format!("{} {} {}", row.kind, row.text, row.note);
        let found = rank(self.field.text(), all.iter().map(text));
        found.into_iter().filter_map(|i| all.get(i).cloned()).collect()
    }

    fn all(&self, model: &Model) -> Vec<Row> {
        let scopes = &model.status.scopes;
        let (now, kept) = (&scopes.now, &scopes.kept);
        let place = now.place.clone();
        let shown = |so: bool| if so { "shown now" } else { "" };
        let everything = Selection::all(place.clone());
        let mut out =
            vec![row(Pick::Selection(everything), "all", "all subscriptions", shown(now.only.is_empty()))];
        let single = |s: &Named| Selection { place: place.clone(), only: vec![s.clone()] };
        let mut subscriptions = subscriptions(model);
        // Favourites first; a stable sort keeps the service's order among the others.
        subscriptions.sort_by_key(|s| !kept.is_favourite(&single(s)));
        for s in subscriptions {
            let mark = if self.marked.contains(&s) { "[x] " } else { "" };
            let star = if kept.is_favourite(&single(&s)) { "* " } else { "" };
            let here = shown(is_shown(&now.only, &s));
            let note = if here.is_empty() { s.id.clone() } else { format!("{} ({here})", s.id) };
            out.push(row(
                Pick::Subscription(s.clone()),
                "subscription",
                format!("{mark}{star}{}", s.name),
                note,
            ));
        }
        let elsewhere = kept.favourites.iter().filter(|f| f.place != place);
        out.extend(
            elsewhere.map(|f| row(Pick::Selection(f.clone()), "favourite", format!("* {}", f.label()), "")),
        );
        let recent = kept.recent.iter().filter(|r| *r != now);
        out.extend(recent.map(|r| row(Pick::Selection(r.clone()), "recent", r.label(), "")));
        for tenant in tenants(model) {
            let to = Place { cloud: place.cloud.clone(), tenant: Some(tenant.named()) };
            let note = format!("{} {}", tenant.domain, shown(to == place));
            let text = tenant.named().name;
            out.push(row(Pick::Selection(Selection::all(to)), "tenant", text, note.trim().to_owned()));
        }
        for cloud in &scopes.clouds {
            let to = Place { cloud: cloud.clone(), tenant: None };
            let note = shown(cloud.eq_ignore_ascii_case(&place.cloud));
            out.push(row(Pick::Selection(Selection::all(to)), "cloud", cloud.as_str(), note));
        }
        out
    }

    /// The row under the cursor.
    pub fn selected(&self, model: &Model) -> Option<Row> {
        self.rows(model).into_iter().nth(self.cursor)
    }

    /// What Enter shows: what is marked, else what the cursor stands on.
    pub fn chosen(&self, model: &Model) -> Option<Selection> {
        let place = model.status.scopes.now.place.clone();
        if !self.marked.is_empty() {
            return Some(Selection { place, only: self.marked.clone() });
        }
        Some(match self.selected(model)?.pick {
            Pick::Selection(selection) => selection,
            Pick::Subscription(one) => Selection { place, only: vec![one] },
        })
    }

    /// Marks the subscription under the cursor, or takes the mark away, and goes one row down.
    pub fn mark(&mut self, subscription: Option<Named>, last: usize) {
        let Some(subscription) = subscription else { return };
        let before = self.marked.len();
        self.marked.retain(|s| *s != subscription);
        if self.marked.len() == before {
            self.marked.push(subscription);
        }
        self.cursor = (self.cursor + 1).min(last);
    }

    /// A key that is no command: typing narrows the list.
    pub fn key(&mut self, key: Key) {
        if self.field.key(key) {
            self.cursor = 0;
        }
    }

    /// Pasted text.
    pub fn paste(&mut self, text: &str) {
        self.field.paste(text);
        self.cursor = 0;
    }

    /// Moves the cursor.
    pub fn movement(&mut self, command: Command, last: usize, page: usize) {
        self.cursor = command.moves(self.cursor, last + 1, page);
    }
}
