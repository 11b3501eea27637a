//! Guarded switches in lines: the badge of the header and the box. Says only what was read, and by whom.

use jiff::Timestamp;

use super::super::Model;
use super::super::columns::clock;
use super::super::overlays::help::Line;
use super::{Keeper, News};
use crate::domain::Step;
use crate::domain::guard::{Heard, Item, Logged, REFUSED, Stage, Terms};

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
    if item.is_stuck() {
        return Some((format!(" GUARD{name}: NOT PUT BACK{more} (V) "), true));
    }
    if news.keeper == Keeper::Nobody {
        return Some((format!(" GUARD{name}: NOBODY KEEPS WATCH{more} (V) "), true));
    }
    let what = match &item.stage {
        Stage::Planned | Stage::Sending => "switching".to_owned(),
        Stage::Keeping(_) => "keeping".to_owned(),
        Stage::GoingBack { .. } if item.refused.is_some() => "PUTTING BACK IS REFUSED".to_owned(),
        Stage::GoingBack { .. } => "PUTTING BACK".to_owned(),
        Stage::Stuck(_) | Stage::Ended(_) => String::new(),
        Stage::Watching => {
            let denials = news.sight.denials.short(&news.sight.logged);
            let until = news.record.deadline().map_or(String::new(), |at| left(at, model.now));
            // There may be no room for more, and whether writes are on must stay readable.
            match &news.sight.heard {
                _ if news.keeper != Keeper::Here => format!("{until} kept elsewhere"),
                _ if model.size.0 < 110 => format!("{until} {denials}"),
                heard => format!("{until} {}, {denials}", heard.short()),
            }
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
        (_, true) if record.is_stuck() => out.extend(stuck(news)),
        (Keeper::Nobody, true) => {
            out.push(Line::Strong("NOBODY KEEPS WATCH: whoever began it has died.".to_owned()));
            out.push(Line::Text(
                "t takes it over and finishes it; K keeps the new mode, B puts the old one back now. F forgets it \
                 and puts nothing back."
                    .to_owned(),
            ));
            out.extend(record.current().map(|item| Line::Text(format!("{}.", item.last_read(watch)))));
        }
        (Keeper::Other(who), true) => out.push(Line::Strong(format!("Kept by {who}, which hears K and B."))),
        (Keeper::Here, true) => out.extend(counting(news, model.now)),
    }
    out.push(Line::Gap);
    if let (Some(item), true) = (record.current(), record.is_open() && !record.is_stuck()) {
        match news.keeper {
            Keeper::Here => out.extend(evidence(item, news)),
            // Nothing of it was read here.
            Keeper::Other(_) => {
                out.push(Line::Text("What it sees of denials and convergence is shown there.".to_owned()));
            }
            Keeper::Nobody => out.push(Line::Text(item.before.way_back.promise().to_owned())),
        }
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
    if let Some((sent, Err(step))) = news.write.as_ref().map(|sent| (sent, &sent.state)) {
        let mode = if sent.back { old } else { news.record.watch.to.label() };
        let step = match step {
            Step::Checking => "comparing",
            Step::Sending => "sending",
            Step::Waiting { .. } => "the service works on it",
            Step::ReadingBack | Step::Heard(_) => "reading back",
        };
        out.push(Line::Text(format!("{mode}: {step} \u{2026}")));
    }
    if let Some(trouble) = &news.trouble {
        // A refusal has its own words above.
        if item.refused.is_none() {
            out.push(Line::Strong(format!("Trying again: {}: {}", trouble.title, trouble.detail)));
        }
        if !trouble.hint.is_empty() {
            out.push(Line::Text(trouble.hint.clone()));
        }
        if matches!(item.stage, Stage::GoingBack { .. }) {
            out.extend(by_hand(item));
        }
    }
    if let Some((since, _)) = &item.refused {
        let end = since.saturating_add(REFUSED).unwrap_or(*since);
        out.push(Line::Text(format!(
            "Refused since {}; tried until {}, then it is left to you. K keeps the new mode.",
            clock(*since),
            clock(end)
        )));
    }
    out
}

/// Nobody tries any more.
fn stuck(news: &News) -> Vec<Line> {
    let Some(item) = news.record.current() else { return Vec::new() };
    let mut out = vec![Line::Strong(format!("{}: {}", item.before.name(), item.words(&news.record.watch)))];
    out.extend(by_hand(item));
    out.push(Line::Text(
        "B tries again, K lets the new mode stay, F takes it off this list and puts nothing back.".to_owned(),
    ));
    out
}

/// What somebody can do who may do it.
fn by_hand(item: &Item) -> Vec<Line> {
    let perimeter = item.before.id.parent();
    let perimeter = perimeter.as_ref().map_or("", |id| id.name());
    vec![
        field("by hand", item.by_hand()),
        field(
            "in the portal",
            format!(
                "Network Security Perimeters > {perimeter} > Associated resources > {} > Change access mode",
                item.before.name()
            ),
        ),
    ]
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
    match &sight.heard {
        Heard::Agrees | Heard::Unread => {}
        Heard::NotYet(_) => out.push(Line::Text(
            "Until the resource follows, callers are still judged by the old mode.".to_owned(),
        )),
        Heard::Silent(_) | Heard::Failed(_) => out.push(Line::Text(
            "By which mode callers are judged is not known until the log shows it.".to_owned(),
        )),
    }
    let way_back = sight.way_back.unwrap_or(item.before.way_back);
    if way_back == item.before.way_back {
        out.push(Line::Text(way_back.promise().to_owned()));
    } else {
        let text = format!("publicNetworkAccess was changed since you confirmed. {}", way_back.promise());
        out.push(Line::Strong(text));
    }
    out
}
