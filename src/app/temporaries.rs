//! Temporary rules of the perimeter shown: making one, and the board that lists what is open and removes what has
//! expired. The expiry stands in the rule's name and nowhere else.

use jiff::{SignedDuration, Timestamp};

use super::Model;
use super::columns::{local, profile_name};
use super::msg::SignIn;
use super::overlays::board::{BoardRow, Mend};
use super::overlays::help::Line;
use super::overlays::{Choice, Form, Overlay, Picker, Purpose};
use crate::domain::temporary::{self, Temporary, lasts};
use crate::domain::{AccessRule, ArmId, Change, Pace, Proposal, Signal, Written};

/// How long a temporary rule may last, in minutes, and how that is called.
const SPANS: [(i64, &str); 7] = [
    (30, "30 minutes"),
    (60, "1 hour"),
    (120, "2 hours"),
    (240, "4 hours"),
    (480, "8 hours"),
    (1440, "1 day"),
    (10_080, "7 days"),
];
/// The place in [`SPANS`] that is offered first.
const USUAL: usize = 2;

/// Asks how long a new rule of this profile is to last.
pub fn choose(model: &mut Model, profile: ArmId) {
    let note = |minutes: i64| match expiry(model.now, minutes) {
        Some(at) => format!("until {}", clock(at)),
        None => String::new(),
    };
    let choices = SPANS.iter().map(|(minutes, name)| Choice::new(*name, note(*minutes))).collect();
    let title = format!("Allow in profile {} for how long?", profile.name());
    let mut picker = Picker::new(title, Purpose::Lifetime(profile), choices);
    picker.cursor = USUAL;
    model.overlays.push(Overlay::Picker(picker));
}

fn expiry(now: Timestamp, minutes: i64) -> Option<Timestamp> {
    now.checked_add(SignedDuration::from_mins(minutes)).ok()
}

/// A day and time in the local zone.
fn clock(at: Timestamp) -> String {
    local(at).strftime("%m-%d %H:%M").to_string()
}

/// Opens the form of a rule that lasts so long: its name says until when.
pub fn chosen(model: &mut Model, profile: ArmId, choice: usize) {
    let Some(expires) = SPANS.get(choice).and_then(|(minutes, _)| expiry(model.now, *minutes)) else {
        return;
    };
    let rules = profile.parent().map_or_else(Vec::new, |id| model.data.rules(&id, Some(&profile)));
    let taken = |name: &str| rules.iter().any(|rule| rule.id.name().eq_ignore_ascii_case(name));
    let who = match &model.status.sign_in {
        Some(SignIn::Done { identity, .. }) => identity.split('@').next().unwrap_or_default(),
        _ => "",
    };
    let name = temporary::name(if who.is_empty() { "access" } else { who }, expires, taken);
    model.overlays.push(Overlay::Form(Box::new(Form::named(profile, &name, &model.data))));
}

/// What the name of a rule says about its end; `None` for one that stays.
pub fn words(name: &str, now: Timestamp) -> Option<(String, bool)> {
    if temporary::is_unreadable(name) {
        return Some(("looks temporary, and its expiry cannot be read".to_owned(), true));
    }
    let temporary = Temporary::parse(name)?;
    let until = clock(temporary.expires);
    Some(if temporary.is_expired(now) {
        (format!("EXPIRED {until}: to be removed (O lists it)"), true)
    } else {
        (format!("until {until}, {}", lasts(temporary.left(now))), false)
    })
}

fn deletion(rule: &AccessRule) -> Change {
    Written::Rule(rule.clone()).deletion()
}

/// The rows of the board: what has expired first, then what ends next, then what cannot be read.
pub fn rows(model: &Model) -> Vec<BoardRow> {
    let Some(shown) = model.shown() else { return Vec::new() };
    let rules = model.data.rules(shown, None);
    let all = rules.iter().map(AsRef::as_ref);
    let mut out: Vec<BoardRow> = temporary::open(all.clone())
        .into_iter()
        .map(|(rule, temporary)| {
            let expired = temporary.is_expired(model.now);
            let until = clock(temporary.expires);
            let left = lasts(temporary.left(model.now));
            let signal = if expired { Signal::Todo } else { Signal::Ok };
            let found = if expired { format!("EXPIRED {until}") } else { format!("{left} (until {until})") };
            row(rule, signal, found)
        })
        .collect();
    let unreadable = all.filter(|rule| temporary::is_unreadable(rule.id.name()));
    out.extend(unreadable.map(|rule| row(rule, Signal::Unknown, "expiry not readable".to_owned())));
    out
}

fn row(rule: &AccessRule, signal: Signal, found: String) -> BoardRow {
    BoardRow {
        key: rule.id.as_str().to_ascii_lowercase(),
        group: format!("profile {}", profile_name(rule)),
        signal,
        what: rule.id.name().to_owned(),
        found,
        detail: vec![Line::Field("allows".to_owned(), rule.content.summary())],
        mend: Mend::propose(deletion(rule)),
    }
}

/// The removal of all that has expired; each is compared and read back on its own.
pub fn sweep(model: &Model) -> Option<Proposal> {
    let shown = model.shown()?;
    let rules = model.data.rules(shown, None);
    let open = temporary::open(rules.iter().map(AsRef::as_ref));
    let expired = open.into_iter().filter(|(_, temporary)| temporary.is_expired(model.now));
    let changes: Vec<Change> = expired.map(|(rule, _)| deletion(rule)).collect();
    let title = format!("Remove {} expired rules", changes.len());
    Proposal::new(title, changes, Pace::SideBySide)
}

/// What stands on a board without rows.
pub fn nothing(model: &Model) -> &'static str {
    let contents = model.shown().and_then(|id| model.data.of(id));
    let read = contents.is_some_and(|data| {
        let answered = |p: &ArmId| data.rules.get(p).is_some_and(|rules| rules.read_at().is_some());
        data.profiles.read_at().is_some() && data.profiles.rows().iter().all(|p| answered(&p.id))
    });
    if read {
        "No access rule of this perimeter is temporary. T on the Rules tab (3) makes one that is."
    } else {
        "Not all rules are read yet\u{2026} (w tells what failed)"
    }
}

/// Title of the board.
pub fn title(model: &Model) -> String {
    let name = model.shown().map_or("no perimeter", ArmId::name);
    format!("Temporary rules of {name}")
}
