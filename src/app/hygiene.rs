//! Which access rules could be cleaned up, and by which log their use is judged. Reads what was read; what rests on the
//! log is said only where the log was read whole.

use std::collections::BTreeSet;

use super::Model;
use super::columns::{allows, clock};
use super::impact::count;
use super::logging;
use super::msg::{Facts, Topic};
use super::overlays::Overlay;
use super::overlays::help::Line;
use super::overlays::hygiene::{HygieneBox, Item};
use super::study::{self, Log, LogState, shortfalls};
use crate::domain::cells::{Cell, Sheet};
use crate::domain::hygiene::{Flaw, Thresholds, Usage, findings};
use crate::domain::traffic::RuleMatches;
use crate::domain::{AccessRule, ArmId};

/// Brings the findings on the screen in line with what was read.
pub fn refresh(model: &mut Model) {
    let mut overlays = std::mem::take(&mut model.overlays);
    for overlay in &mut overlays {
        if let Overlay::Hygiene(shown) = overlay {
            fill(shown, model);
        }
    }
    model.overlays = overlays;
}

/// The heading of a flaw; what is to be done first comes first.
fn group(flaw: &Flaw) -> (u8, &'static str) {
    match flaw {
        Flaw::Expired(_) => (0, "Expired"),
        Flaw::Wide { .. } => (1, "Over-wide"),
        Flaw::Duplicate { .. } => (2, "Duplicate"),
        Flaw::Contained { .. } => (3, "Contained in another"),
        Flaw::Unused { .. } => (4, "Unused"),
        Flaw::Empty => (5, "Empty"),
        Flaw::NoExpiry | Flaw::Nameless => (6, "Names"),
        Flaw::UsageUnknown(_) => (7, "Use not known"),
    }
}

fn words(flaw: &Flaw) -> String {
    match flaw {
        Flaw::Unused { since, until, days } => {
            let day = |at: &jiff::Timestamp| super::columns::local(*at).strftime("%Y-%m-%d").to_string();
            format!("matched nothing from {} to {} ({days} days with rows)", day(since), day(until))
        }
        Flaw::UsageUnknown(_)
        | Flaw::Duplicate { .. }
        | Flaw::Contained { .. }
        | Flaw::Wide { .. }
        | Flaw::Expired(_)
        | Flaw::NoExpiry
        | Flaw::Nameless
        | Flaw::Empty => flaw.to_string(),
    }
}

/// Looks through the rules.
pub fn fill(shown: &mut HygieneBox, model: &Model) {
    let Some(perimeter) = model.shown().cloned() else { return };
    let Some(contents) = model.data.of(&perimeter) else { return };
    let evidence = Evidence::read(model, &perimeter);
    let (mut items, mut rules, mut unread) = (Vec::new(), 0, Vec::new());
    for profile in contents.profiles.rows() {
        if shown.profile.as_ref().is_some_and(|only| *only != profile.id) {
            continue;
        }
        let Some(remote) = contents.rules.get(&profile.id).filter(|r| r.read_at().is_some()) else {
            unread.push(profile.id.name());
            continue;
        };
        rules += remote.rows().len();
        let usage = evidence.usage(model, &profile.id);
        for found in findings(remote.rows(), usage.as_ref(), Thresholds::default(), model.now) {
            let rule = remote.rows().iter().find(|rule| rule.id == found.rule);
            let text = words(&found.flaw);
            let detail = rule.map_or_else(Vec::new, |rule| detail(model, rule, &text, usage.as_ref()));
            items.push(Item { group: group(&found.flaw), rule: found.rule, text, detail });
        }
    }
    items.sort_by(|a, b| (a.group, &a.rule, &a.text).cmp(&(b.group, &b.rule, &b.text)));
    let about: BTreeSet<&ArmId> = items.iter().map(|item| &item.rule).collect();
    let mut head = vec![match items.len() {
        0 => Line::Strong(format!("Nothing is found in {}.", count(rules, "rule"))),
        n => Line::Strong(format!(
            "{} about {} of {}.",
            count(n, "finding"),
            about.len(),
            count(rules, "rule")
        )),
    }];
    if !unread.is_empty() {
        head.push(Line::Strong(format!("Rules not read: {}.", unread.join(", "))));
    }
    head.extend(evidence.words(model));
    shown.fill(head, items);
}

fn detail(model: &Model, rule: &AccessRule, text: &str, usage: Option<&Usage>) -> Vec<Line> {
    let field = |name: &str, value: String| Line::Field(name.to_owned(), value);
    let used = usage.map(|usage| match usage.of(rule.id.name()) {
        Some(found) => format!("{} calls, last {}", found.events, clock(found.last)),
        None => "no match in this time".to_owned(),
    });
    let mut out = vec![
        Line::Strong(format!("{}: {text}", rule.id.name())),
        field("allows", allows(rule, &model.data).into_owned()),
        field("profile", rule.id.parent().map_or(String::new(), |p| p.name().to_owned())),
    ];
    out.extend(used.map(|used| field("used", used)));
    if let Some(at) = rule.modified.as_ref().and_then(|m| m.at) {
        out.push(field("changed", at.strftime("%Y-%m-%d %H:%MZ").to_string()));
    }
    out.extend(rule.read_only_reason().map(|why| field("fixed", why.to_owned())));
    out
}

/// The log by which use is judged.
struct Evidence<'m> {
    log: Log<'m>,
    matches: Option<&'m [RuleMatches]>,
    /// Why nothing is said about use; empty when something is.
    silence: String,
}

impl<'m> Evidence<'m> {
    fn read(model: &'m Model, perimeter: &ArmId) -> Self {
        let log = Log::read(model, perimeter, logging::tail(model).as_ref());
        let remote = study::question(model).and_then(|q| model.data.facts(Topic::RuleUse, &q.key()));
        let page = remote
            .and_then(|r| r.value())
            .and_then(|facts| if let Facts::RuleUse(answer) = facts.as_ref() { answer.page() } else { None });
        let failure = remote.and_then(|r| r.failure());
        let silence = match (&log.state, page) {
            (LogState::Failed(failure), _) => {
                format!("{} {} (w tells more)", failure.title, failure.evidence())
            }
            (LogState::Nowhere, _) => "no diagnostic setting sends the log to a workspace (7, n)".to_owned(),
            (LogState::NoTable, _) => "no row has ever arrived in the workspace".to_owned(),
            (LogState::Reading, _) => "the log is being read\u{2026}".to_owned(),
            (LogState::Read { partial, .. }, _) if !partial.is_empty() => {
                format!("the log was not read in full: {}", partial.join("; "))
            }
            (LogState::Read { .. }, None) => failure.map_or_else(
                || "the log is being read\u{2026}".to_owned(),
                |f| format!("{} {} (w tells more)", f.title, f.evidence()),
            ),
            (LogState::Read { .. }, Some(page)) if !page.is_complete() => {
                format!("the log was not read in full: {}", shortfalls(page, "rules").join("; "))
            }
            (LogState::Read { .. }, Some(_)) if log.categories.is_none() => {
                "which log categories are on was not read".to_owned()
            }
            (LogState::Read { .. }, Some(_)) => String::new(),
        };
        let matches = page.filter(|_| silence.is_empty()).map(|page| page.items.as_slice());
        Self { log, matches, silence }
    }

    /// What the rules of a profile matched; `None` where nothing may be said about it.
    fn usage(&self, model: &Model, profile: &ArmId) -> Option<Usage> {
        let matches = self.matches?;
        let categories = self.log.categories.clone()?;
        let members = model.panes.resources.rows().iter().filter(|a| a.profile.as_ref() == Some(profile));
        let evidence = members.filter_map(|a| a.resource.as_ref()).map(|id| self.log.evidence(model, id));
        let counted = evidence.flat_map(|e| e.days).filter(|day| day.events > 0).map(|day| day.day);
        let days: BTreeSet<jiff::civil::Date> = counted.collect();
        // A window of 14 days touches 15.
        let whole = usize::try_from(model.panes.evidence.days).unwrap_or(usize::MAX);
        let mut usage = Usage::new(self.log.window(model), days.len().min(whole), categories);
        usage.add_matches(profile, matches);
        Some(usage)
    }

    fn words(&self, model: &Model) -> Vec<Line> {
        if !self.silence.is_empty() {
            return vec![Line::Strong(format!("Nothing is said about use: {}.", self.silence))];
        }
        let read = self.log.read_at.map_or_else(String::new, |at| format!(", read {}", clock(at)));
        vec![Line::Text(format!(
            "Use is judged by {} days of log{read}; older use is not seen.",
            model.panes.evidence.days
        ))]
    }
}

/// The findings as a table.
pub fn sheet(shown: &HygieneBox) -> Sheet {
    let row = |item: &Item| {
        vec![
            Cell::from(item.group.1),
            Cell::from(item.rule.name()),
            item.rule.parent().map_or(Cell::Missing, |p| Cell::from(p.name())),
            Cell::from(item.text.as_str()),
        ]
    };
    Sheet {
        head: &["finding", "rule", "profile", "text"],
        rows: shown.list.items().iter().map(row).collect(),
    }
}
