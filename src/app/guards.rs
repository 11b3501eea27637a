//! Guarded switches on the screen: those that run here, those that somebody else keeps, and those that an earlier
//! run has left. Decides nothing about them: what they come to is told by whoever keeps watch.

mod told;

use super::Model;
use super::command::Command;
use super::effect::Effect;
use super::msg::{Slot, Topic};
use super::overlays::help::Line;
use super::overlays::{Answer, Choice, Overlay, Picker, Purpose, TextBox};
use super::rows;
use super::toast::Tone;
use super::wants;
use crate::domain::guard::{Before, End, Item, Record, Sent, Sight, Stage, Terms, Wish};
use crate::domain::{AccessMode, ArmId, Failure};

pub use told::{badge, lines, title};

/// Finished ones that are still told about.
const KEPT: usize = 5;

/// A guarded switch that was confirmed.
#[derive(Debug, Clone, PartialEq)]
pub struct Intent {
    /// The new mode.
    pub to: AccessMode,
    /// The terms.
    pub terms: Terms,
    /// Workspace (`customerId`) that is asked for denials; by way of the perimeter when `None`.
    pub customer: Option<String>,
    /// The associations as the user saw them.
    pub items: Vec<Before>,
}

/// What is wanted of guarded switches.
#[derive(Debug, Clone, PartialEq)]
pub enum Order {
    /// Begin one.
    Begin(Box<Intent>),
    /// Go on with one that nobody keeps, by its id.
    TakeOver(String),
    /// Say what the user wants of one: its id, the place of the association.
    Wish(String, usize, Wish),
    /// End one that nobody keeps, without putting anything back.
    Forget(String),
    /// Read again which ones are pending, and what became of these.
    Look(Vec<String>),
}

/// Who keeps watch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keeper {
    /// This program.
    Here,
    /// Another process; which.
    Other(String),
    /// Nobody: it waits to be taken over.
    Nobody,
}

/// What a guarded switch has come to.
#[derive(Debug, Clone, PartialEq)]
pub struct News {
    /// The switch and how far it is.
    pub record: Record,
    /// What is known of the association that it is at.
    pub sight: Sight,
    /// A write that is on its way, or has just ended.
    pub write: Option<Sent>,
    /// What stands in the way.
    pub trouble: Option<Failure>,
    /// Who keeps watch.
    pub keeper: Keeper,
}

/// All that is known, newest first.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Guards {
    all: Vec<News>,
}

/// The box that shows one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GuardBox {
    /// Which one, from the first.
    pub at: usize,
    /// First line shown.
    pub scroll: usize,
}

impl Guards {
    /// All, newest first.
    pub fn all(&self) -> &[News] {
        &self.all
    }

    /// Those that are not over.
    pub fn open(&self) -> impl Iterator<Item = &News> {
        self.all.iter().filter(|news| news.record.is_open())
    }

    /// Something counts down.
    pub fn is_running(&self) -> bool {
        self.open().next().is_some()
    }

    /// How many this program keeps.
    pub fn kept_here(&self) -> usize {
        self.open().filter(|news| news.keeper == Keeper::Here).count()
    }

    /// The switch that watches over an association.
    pub fn over(&self, id: &ArmId) -> Option<&News> {
        let watched = |item: &Item| item.end().is_none() && !item.is_stuck() && item.before.id == *id;
        self.open().find(|news| !news.record.is_stuck() && news.record.items.iter().any(watched))
    }

    /// Those that this program does not keep: what became of them stands in the journal.
    fn elsewhere(&self) -> Vec<String> {
        let elsewhere = self.open().filter(|news| news.keeper != Keeper::Here);
        elsewhere.map(|news| news.record.watch.id.clone()).collect()
    }

    fn enter(&mut self, news: News) -> Option<News> {
        let known = self.all.iter_mut().find(|known| known.record.watch.id == news.record.watch.id);
        if let Some(known) = known {
            return Some(std::mem::replace(known, news));
        }
        self.all.insert(0, news);
        let mut over = 0;
        self.all.retain(|news| {
            over += usize::from(!news.record.is_open());
            news.record.is_open() || over <= KEPT
        });
        None
    }
}

/// The workspace that the tail of this perimeter follows.
pub fn customer(model: &Model, perimeter: &ArmId) -> Option<String> {
    let spec = model.panes.log.spec.as_ref().filter(|spec| spec.perimeter == *perimeter)?;
    match &spec.source {
        crate::domain::LogSource::Workspace { customer, .. } => Some(customer.clone()),
        crate::domain::LogSource::Perimeter => None,
    }
}

/// Begins a confirmed switch.
pub fn begin(model: &mut Model, intent: Intent) -> Vec<Effect> {
    model.toasts.push(Tone::Info, "guarded switch: on its way (V shows it)".to_owned());
    show(model);
    vec![Effect::Guard(Order::Begin(Box::new(intent)))]
}

/// Shows the switches.
pub fn show(model: &mut Model) {
    model.overlays.retain(|overlay| !matches!(overlay, Overlay::Guard(_)));
    model.overlays.push(Overlay::Guard(GuardBox::default()));
}

/// Shows the switches and looks again which ones are pending.
pub fn open(model: &mut Model) -> Vec<Effect> {
    show(model);
    look(model)
}

fn look(model: &Model) -> Vec<Effect> {
    vec![Effect::Guard(Order::Look(model.status.guards.elsewhere()))]
}

/// Time has passed: what others keep may have come to something.
pub fn tick(model: &Model) -> Vec<Effect> {
    if model.status.guards.elsewhere().is_empty() { Vec::new() } else { look(model) }
}

/// What was left by an earlier run, or is kept by another process.
pub fn pending(model: &mut Model, found: Vec<News>) -> Vec<Effect> {
    let (mut orphans, mut stuck) = (0, 0);
    for news in found {
        let own = model
            .status
            .guards
            .all
            .iter()
            .any(|known| known.record.watch.id == news.record.watch.id && known.keeper == Keeper::Here);
        if own {
            continue;
        }
        let (open, keeper, record) = (news.record.is_open(), news.keeper.clone(), news.record.clone());
        let known = model.status.guards.enter(news);
        match known {
            Some(before) if before.record != record => ended(model, &before.record, &record),
            Some(_) => {}
            None if !open || keeper != Keeper::Nobody => {}
            None if record.is_stuck() => stuck += 1,
            None => orphans += 1,
        }
    }
    if stuck > 0 {
        let text = format!("{stuck} guarded switch(es): the old mode COULD NOT BE PUT BACK (V)");
        model.toasts.push(Tone::Bad, text);
        show(model);
    }
    if orphans > 0 {
        let text = format!("{orphans} guarded switch(es) of an earlier run: NOBODY KEEPS WATCH (V)");
        model.toasts.push(Tone::Bad, text);
        show(model);
    }
    Vec::new()
}

/// Tells how switches that are kept elsewhere have ended.
fn ended(model: &mut Model, before: &Record, record: &Record) {
    for (was, item) in before.items.iter().zip(&record.items) {
        if was.end().is_none() && item.end().is_some() {
            let tone = if item.end() == Some(&End::Kept) { Tone::Good } else { Tone::Bad };
            model.toasts.push(tone, format!("{}: {}", item.before.name(), item.words(&record.watch)));
        }
    }
}

/// A write of a switch is a write like any other in the activity.
fn follow(model: &mut Model, watch: &str, sent: &Sent) {
    let known = model.jobs.guarded(watch, sent);
    let ticket = known.unwrap_or_else(|| model.ticket());
    model.jobs.follow(ticket, watch, sent, model.now);
    rows::rebuild_activity(model);
}

/// A switch has come to something.
pub fn report(model: &mut Model, news: News) -> Vec<Effect> {
    let record = news.record.clone();
    if let Some(sent) = &news.write {
        follow(model, &record.watch.id, sent);
    }
    let before = model.status.guards.enter(news);
    let mut effects = Vec::new();
    for (place, item) in record.items.iter().enumerate() {
        let known = before.as_ref().and_then(|news| news.record.items.get(place));
        let was = known.map(|item| &item.stage);
        if item.refused.is_some() && known.is_none_or(|item| item.refused.is_none()) {
            let text = format!("{}: PUTTING BACK IS REFUSED, tried again (V tells more)", item.before.name());
            model.toasts.push(Tone::Bad, text);
        }
        if was == Some(&item.stage) || (was.is_none() && item.stage == Stage::Planned) {
            continue;
        }
        let tone = match &item.stage {
            Stage::Planned | Stage::Sending | Stage::Watching | Stage::Keeping(_) => Tone::Info,
            Stage::Ended(End::Kept) => Tone::Good,
            Stage::GoingBack { .. } | Stage::Stuck(_) | Stage::Ended(_) => Tone::Bad,
        };
        model.toasts.push(tone, format!("{}: {}", item.before.name(), item.words(&record.watch)));
        if matches!(item.stage, Stage::Watching | Stage::Stuck(_) | Stage::Ended(_)) {
            effects.extend(read_again(model, item));
        }
    }
    effects
}

/// What a switch has changed is read again.
fn read_again(model: &mut Model, item: &Item) -> Vec<Effect> {
    let associations = item.before.id.parent().map(Slot::Associations);
    let believed =
        item.before.resource.as_ref().map(|id| Slot::About(Topic::Configurations, id.as_str().into()));
    let slots = [associations, believed].into_iter().flatten();
    let known: Vec<Slot> = slots.filter(|slot| !model.data.is_untouched(slot)).collect();
    known.into_iter().flat_map(|slot| wants::ask(model, slot)).collect()
}

/// A command of the box.
pub fn command(model: &mut Model, command: Command, page: usize) -> Vec<Effect> {
    let Some(Overlay::Guard(shown)) = model.overlays.last().cloned() else { return Vec::new() };
    let news = model.status.guards.all.get(shown.at).cloned();
    let total = model.status.guards.all.len().max(1);
    let wish = |wish| match &news {
        Some(News { record, .. }) => record
            .at()
            .map(|place| vec![Effect::Guard(Order::Wish(record.watch.id.clone(), place, wish))])
            .unwrap_or_default(),
        None => Vec::new(),
    };
    let taken = |effects: Vec<Effect>| match &news {
        Some(News { record, keeper: Keeper::Nobody, .. }) if record.is_open() => {
            let order = Order::TakeOver(record.watch.id.clone());
            effects.into_iter().chain([Effect::Guard(order)]).collect()
        }
        _ => effects,
    };
    match command {
        // Who keeps watch hears it; where nobody does, this program begins to.
        Command::KeepMode => return taken(wish(Wish::Keep)),
        Command::PutModeBack => return taken(wish(Wish::Back)),
        Command::TakeOver => return taken(Vec::new()),
        Command::ForgetSwitch => forget(model, news.as_ref()),
        Command::Refresh => return look(model),
        Command::Copy => return copy(model, shown.at),
        Command::Left | Command::Right => {
            let step = if command == Command::Right { 1 } else { total - 1 };
            if let Some(Overlay::Guard(shown)) = model.overlays.last_mut() {
                *shown = GuardBox { at: (shown.at + step) % total, scroll: 0 };
            }
        }
        _ => {
            let mut text = TextBox::new("", lines(model, shown.at));
            text.scroll = shown.scroll;
            if text.command(command, page) == Answer::Close {
                model.overlays.pop();
            } else if let Some(Overlay::Guard(shown)) = model.overlays.last_mut() {
                shown.scroll = text.scroll;
            }
        }
    }
    Vec::new()
}

/// Asks before a switch is forgotten.
fn forget(model: &mut Model, news: Option<&News>) {
    let Some(record) = news.map(|news| &news.record) else { return };
    let Some(item) = record.current() else { return };
    let intro = vec![
        Line::Strong("NOTHING is put back: the access mode stays as it is.".to_owned()),
        Line::Text(format!("{}: {}.", item.before.name(), item.last_read(&record.watch))),
        Line::Text(
            "It is read once more, entered in the journal and said; then nobody is reminded.".to_owned(),
        ),
    ];
    let choices = vec![
        Choice::new("Keep it in the list", "t, K and B work as before"),
        Choice::new("Forget it", "nothing is put back"),
    ];
    let purpose = Purpose::ForgetSwitch(record.watch.id.clone());
    let picker = Picker::new("Forget this guarded switch?", purpose, choices).intro(intro);
    model.overlays.push(Overlay::Picker(picker));
}

/// The box as text, for those who have to be told.
fn copy(model: &Model, at: usize) -> Vec<Effect> {
    let words = |line: Line| match line {
        Line::Head(words) | Line::Text(words) | Line::Strong(words) => words,
        Line::Field(name, value) => format!("{name}\t{value}"),
        Line::Key { text, .. } => text,
        Line::Gap => String::new(),
    };
    let all: Vec<String> =
        std::iter::once(title(model, at)).chain(lines(model, at).into_iter().map(words)).collect();
    vec![Effect::Copy { text: all.join("\n") + "\n", label: "the guarded switch".to_owned() }]
}

/// Why nothing can be wished of the switch that is shown.
pub fn wish_reason(model: &Model) -> Option<String> {
    let open = chosen(model).is_some_and(|news| news.record.is_open());
    (!open).then(|| "this switch is over".to_owned())
}

/// Why the switch that is shown cannot be taken over.
pub fn take_reason(model: &Model) -> Option<String> {
    match chosen(model) {
        Some(News { record, keeper: Keeper::Nobody, .. }) if record.is_open() => None,
        Some(News { keeper: Keeper::Other(who), .. }) => Some(format!("kept by {who}")),
        _ => Some("nobody needs to".to_owned()),
    }
}

/// Why the switch that is shown cannot be forgotten.
pub fn forget_reason(model: &Model) -> Option<String> {
    match chosen(model) {
        Some(News { record, keeper: Keeper::Nobody, .. }) if record.is_open() => None,
        Some(News { record, keeper: Keeper::Here, .. }) if record.is_open() => {
            Some("it is watched here: K keeps the new mode, B puts the old one back".to_owned())
        }
        Some(News { record, keeper: Keeper::Other(who), .. }) if record.is_open() => {
            Some(format!("kept by {who}"))
        }
        Some(_) | None => Some("this switch is over".to_owned()),
    }
}

fn chosen(model: &Model) -> Option<&News> {
    let shown = model.overlays.iter().rev().find_map(|overlay| match overlay {
        Overlay::Guard(shown) => Some(shown.at),
        _ => None,
    });
    model.status.guards.all.get(shown?)
}
