//! Guarded switches on the screen: those that run here, those that somebody else keeps, and those that an earlier
//! run has left. Decides nothing about them: what they come to is told by whoever keeps watch.

use jiff::Timestamp;

use super::Model;
use super::columns::clock;
use super::command::Command;
use super::effect::Effect;
use super::msg::{Slot, Topic};
use super::overlays::help::Line;
use super::overlays::{Answer, Overlay, TextBox};
use super::toast::Tone;
use super::wants;
use crate::domain::guard::{Before, End, Heard, Item, Logged, Record, Sight, Stage, Terms, Wish};
use crate::domain::{AccessMode, ArmId, Failure, Step};

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
    /// Read again which ones are pending.
    Look,
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
    /// A write that is on its way: back to the old mode or not.
    pub write: Option<(bool, Step)>,
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
        self.open()
            .find(|news| news.record.items.iter().any(|item| item.end().is_none() && item.before.id == *id))
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
    vec![Effect::Guard(Order::Look)]
}

/// What was left by an earlier run, or is kept by another process.
pub fn pending(model: &mut Model, found: Vec<News>) -> Vec<Effect> {
    let mut orphans = 0;
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
        let known = model.status.guards.enter(news.clone());
        orphans += usize::from(known.is_none() && news.record.is_open() && news.keeper == Keeper::Nobody);
    }
    if orphans > 0 {
        let text = format!("{orphans} guarded switch(es) of an earlier run: NOBODY KEEPS WATCH (V)");
        model.toasts.push(Tone::Bad, text);
        show(model);
    }
    Vec::new()
}

/// A switch has come to something.
pub fn report(model: &mut Model, news: News) -> Vec<Effect> {
    let record = news.record.clone();
    let before = model.status.guards.enter(news);
    let mut effects = Vec::new();
    for (place, item) in record.items.iter().enumerate() {
        let was = before.as_ref().and_then(|news| news.record.items.get(place)).map(|item| &item.stage);
        if was == Some(&item.stage) || (was.is_none() && item.stage == Stage::Planned) {
            continue;
        }
        let tone = match &item.stage {
            Stage::Planned | Stage::Sending | Stage::Watching | Stage::Keeping(_) => Tone::Info,
            Stage::Ended(End::Kept) => Tone::Good,
            Stage::GoingBack { .. } | Stage::Ended(_) => Tone::Bad,
        };
        model.toasts.push(tone, format!("{}: {}", item.before.name(), item.words(&record.watch)));
        if matches!(item.stage, Stage::Watching | Stage::Ended(_)) {
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
        Command::Refresh => return vec![Effect::Guard(Order::Look)],
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

fn chosen(model: &Model) -> Option<&News> {
    let shown = model.overlays.iter().rev().find_map(|overlay| match overlay {
        Overlay::Guard(shown) => Some(shown.at),
        _ => None,
    });
    model.status.guards.all.get(shown?)
}

/// Time that is left, as `14:05`; `0:00` once it is over.
fn left(until: Timestamp, now: Timestamp) -> String {
    let seconds = until.duration_since(now).as_secs().max(0);
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, minutes, seconds) => format!("{minutes}:{seconds:02}"),
        (hours, minutes, seconds) => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

/// The most pressing switch in a few words for the header, and whether it is bad news.
pub fn badge(model: &Model) -> Option<(String, bool)> {
    let open: Vec<&News> = model.status.guards.open().collect();
    let news = open.iter().find(|news| news.keeper != Keeper::Here).or(open.first())?;
    let more = if open.len() > 1 { format!(" +{}", open.len() - 1) } else { String::new() };
    let item = news.record.current()?;
    // The time and what was seen matter more than the name where there is little room.
    let name = if model.size.0 < 110 { String::new() } else { format!(" {}", item.before.name()) };
    if news.keeper == Keeper::Nobody {
        return Some((format!(" GUARD{name}: NOBODY KEEPS WATCH{more} (V) "), true));
    }
    let what = match &item.stage {
        Stage::Planned | Stage::Sending => "switching".to_owned(),
        Stage::Keeping(_) => "keeping".to_owned(),
        Stage::GoingBack { .. } => "PUTTING BACK".to_owned(),
        Stage::Ended(_) => String::new(),
        Stage::Watching => {
            let denials = news.sight.denials.short(&news.sight.logged);
            let until = news.record.deadline().map_or(String::new(), |at| left(at, model.now));
            format!("{until} {}, {denials}", news.sight.heard.short())
        }
    };
    let bad = news.sight.denials.events > 0 || news.trouble.is_some();
    Some((format!(" GUARD{name} {what}{more} (V) "), bad))
}

fn field(name: &str, value: impl Into<String>) -> Line {
    Line::Field(name.to_owned(), value.into())
}

/// Title of the box.
pub fn title(model: &Model, at: usize) -> String {
    match model.status.guards.all.get(at) {
        None => "Guarded switches".to_owned(),
        Some(news) => {
            let (total, title) = (model.status.guards.all.len(), news.record.watch.title());
            if total > 1 { format!("{} of {total}: {title}", at + 1) } else { title }
        }
    }
}

/// Everything about one.
pub fn lines(model: &Model, at: usize) -> Vec<Line> {
    let Some(news) = model.status.guards.all.get(at) else {
        return vec![Line::Text("The switch is being entered in the journal, or there is none.".to_owned())];
    };
    let (record, watch) = (&news.record, &news.record.watch);
    let mut out = Vec::new();
    match (&news.keeper, record.is_open()) {
        (_, false) => out.push(Line::Strong("It is over.".to_owned())),
        (Keeper::Nobody, true) => {
            out.push(Line::Strong("NOBODY KEEPS WATCH: whoever began it has died.".to_owned()));
            out.push(Line::Text(
                "t takes it over and finishes it; K keeps the new mode, B puts the old one back now."
                    .to_owned(),
            ));
        }
        (Keeper::Other(who), true) => out.push(Line::Strong(format!("Kept by {who}, which hears K and B."))),
        (Keeper::Here, true) => out.extend(counting(news, model.now)),
    }
    out.push(Line::Gap);
    if let (Some(item), true) = (record.current(), record.is_open()) {
        out.extend(evidence(item, news));
        out.push(Line::Gap);
    }
    let head = if record.items.len() > 1 { "Wave, one after another" } else { "Switch" };
    out.push(Line::Head(head.to_owned()));
    out.extend(record.lines().map(|(name, words)| field(name, words)));
    out.push(Line::Gap);
    out.push(field("terms", terms(&watch.terms)));
    out.push(field(
        "begun",
        format!("{}, id {} (nsp guard --list shows it too)", clock(watch.at), watch.short()),
    ));
    out
}

fn terms(terms: &Terms) -> String {
    let s = if terms.threshold == 1 { "" } else { "s" };
    format!(
        "{} min, {} new denial{s}; when time is over: {}",
        terms.window.as_mins(),
        terms.threshold,
        terms.at_end.label()
    )
}

/// What matters most: how long, and what then.
fn counting(news: &News, now: Timestamp) -> Vec<Line> {
    let Some(item) = news.record.current() else { return Vec::new() };
    let old = item.before.mode.label();
    let mut out = Vec::new();
    out.push(Line::Strong(match (&item.stage, news.record.deadline()) {
        (Stage::Watching, Some(at)) if news.record.keeps_by_itself() => {
            format!("{} left (until {}), then it is kept if all is clean.", left(at, now), clock(at))
        }
        (Stage::Watching, Some(at)) => {
            format!("{} left (until {}), then {old} is put back.", left(at, now), clock(at))
        }
        _ => format!("{}: {}", item.before.name(), item.words(&news.record.watch)),
    }));
    if item.stage == Stage::Watching {
        out.push(Line::Text("K keeps the new mode, B puts the old one back now.".to_owned()));
    }
    if let Some((back, step)) = &news.write {
        let mode = if *back { old } else { news.record.watch.to.label() };
        let step = match step {
            Step::Checking => "comparing",
            Step::Sending => "sending",
            Step::Waiting { .. } => "the service works on it",
            Step::ReadingBack | Step::Heard(_) => "reading back",
        };
        out.push(Line::Text(format!("{mode}: {step} \u{2026}")));
    }
    if let Some(trouble) = &news.trouble {
        out.push(Line::Strong(format!("Trying again: {}: {}", trouble.title, trouble.detail)));
    }
    out
}

/// What was seen since the switch.
fn evidence(item: &Item, news: &News) -> Vec<Line> {
    let sight = &news.sight;
    let mut out = vec![Line::Head(format!("{} since the switch", item.before.name()))];
    out.push(field("resource itself", sight.heard.words()));
    let newest = match &sight.logged {
        Logged::Read { newest: Some(at), .. } => format!(", newest {}", clock(*at)),
        Logged::Read { newest: None, .. } | Logged::Unread | Logged::Missing(_) => String::new(),
    };
    out.push(field("access log", format!("{}{newest}", sight.logged.words())));
    let denials = &sight.denials;
    out.push(field("new denials", denials.words(&sight.logged)));
    for denied in &denials.who {
        let times = format!("{} x, {} to {}", denied.events, clock(denied.first), clock(denied.last));
        out.push(field("", format!("{}: {times}", denied.who)));
    }
    if denials.callers > denials.who.len() {
        out.push(field("", format!("and {} more callers", denials.callers - denials.who.len())));
    }
    if denials.blind && denials.events > 0 {
        out.push(Line::Text("What passed before is not known: every denial counts.".to_owned()));
    }
    if denials.others > 0 {
        out.push(field("other denials", format!("{} (not seen allowed before)", denials.others)));
    }
    if !matches!(sight.heard, Heard::Agrees) {
        out.push(Line::Text(
            "Until the resource follows, callers are still judged by the old mode.".to_owned(),
        ));
    }
    out.push(Line::Text(item.before.way_back.promise().to_owned()));
    out
}
