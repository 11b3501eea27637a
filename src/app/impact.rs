//! What the report of enforcing says: the verdict, what it rests on, who would be denied, what cannot be told, and
//! what no log shows. Reads the study only.

use std::collections::BTreeMap;

mod items;

use super::Model;
use super::columns::local;
use super::details::failure_lines;
use super::overlays::Overlay;
use super::overlays::help::Line;
use super::overlays::impact::{About, Head, ImpactBox, ItemKey};
use super::study::{LogState, Standing, Study};
use crate::domain::cells::{Cell, Sheet};
use crate::domain::impact::{
    By, Evidence, Fate, Readiness, Sampling, TrafficGroup, category_count, clusters,
};
use crate::domain::log::Verdict as Logged;
use crate::domain::{ArmId, Association, Change, Signal};

/// So many of those that would be denied are named in a question.
const STAKE: usize = 3;

fn field(name: &str, value: impl Into<String>) -> Line {
    Line::Field(name.to_owned(), value.into())
}

/// A number with its thousands apart.
pub fn thousands(number: u128) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A number and what is counted.
pub fn count(number: usize, one: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{} {one}{s}", thousands(number as u128))
}

fn day_and_time(at: jiff::Timestamp) -> String {
    local(at).strftime("%m-%d %H:%M").to_string()
}

impl About {
    /// It is about this resource.
    pub fn covers(&self, association: &Association) -> bool {
        match self {
            Self::Perimeter => true,
            Self::Profile(id) => association.profile.as_ref() == Some(id),
            Self::Associations(all) => all.contains(&association.id),
        }
    }
}

/// Brings open reports, and questions that tell what is at stake, in line with what was read.
pub fn refresh(model: &mut Model) {
    let mut overlays = std::mem::take(&mut model.overlays);
    for overlay in &mut overlays {
        if let Overlay::Confirm(confirm) = overlay
            && confirm.proposal.changes().any(Change::enforces)
        {
            confirm.retell(model);
        }
    }
    model.overlays = overlays;
    let study = model.panes.evidence.study.clone();
    for overlay in &mut model.overlays {
        if let Overlay::Impact(shown) = overlay {
            fill(shown, study.as_deref());
        }
    }
}

/// Fills a report.
pub fn fill(shown: &mut ImpactBox, study: Option<&Study>) {
    let Some(study) = study else {
        let head = Head {
            signal: Signal::Waiting,
            verdict: "Reading the perimeter\u{2026}".to_owned(),
            evidence: Vec::new(),
        };
        return shown.fill(head, Vec::new());
    };
    let scope = Scope::of(study, &shown.about);
    let items = scope.items(shown.by);
    let head = scope.head();
    shown.fill(head, items);
}

/// What enforcing one resource would deny, for the question that is asked first.
pub fn stake_words(association: &Association, model: &Model) -> Vec<String> {
    let study = model.panes.evidence.study.as_ref().filter(|study| Some(&study.perimeter) == model.shown());
    let Some(study) = study.filter(|study| study.standing(&association.id).is_some()) else {
        return vec!["Reading the access log: who would be denied is not known yet.".to_owned()];
    };
    let scope = Scope::of(study, &About::Associations(vec![association.id.clone()]));
    let head = scope.head();
    let exact = By::ALL.first().copied().unwrap_or(By::Resource);
    let mut out = vec![head.verdict];
    for cluster in clusters(scope.denied.iter().copied(), exact).iter().take(STAKE) {
        let arrow = if cluster.inbound { "from" } else { "to" };
        let calls = thousands(u128::from(cluster.count));
        let last = day_and_time(cluster.last);
        out.push(format!("{calls} calls {arrow} {}, last {last}", cluster.key));
    }
    out.extend(head.evidence.into_iter().filter_map(|line| match line {
        Line::Text(text) | Line::Strong(text) => Some(text),
        Line::Field(name, value) => Some(format!("{name}: {value}")),
        Line::Head(_) | Line::Key { .. } | Line::Gap => None,
    }));
    out.push("ctrl-r shows the whole report.".to_owned());
    out
}

/// The part of a study that a report is about.
pub struct Scope<'s> {
    study: &'s Study,
    /// Its resources.
    pub rows: Vec<&'s Standing>,
    /// What enforcing would deny.
    pub denied: Vec<&'s TrafficGroup>,
    /// What cannot be told, and why.
    pub doubtful: Vec<(&'s TrafficGroup, String)>,
    refused: Vec<&'s TrafficGroup>,
}

impl<'s> Scope<'s> {
    /// Of a study, what this is about.
    pub fn of(study: &'s Study, about: &About) -> Self {
        let rows = study.rows.iter().map(AsRef::as_ref).filter(|row| about.covers(&row.association));
        let rows: Vec<&Standing> = rows.collect();
        let settled = |row: &Standing| {
            matches!(row.row.readiness, Readiness::AlreadyEnforced | Readiness::ChangesNothing)
        };
        let here: BTreeMap<&ArmId, bool> = rows.iter().map(|r| (&r.row.resource, settled(r))).collect();
        let (mut denied, mut doubtful, mut refused) = (Vec::new(), Vec::new(), Vec::new());
        for (group, fate) in study.judged() {
            let Some(settled) = here.get(&group.resource) else { continue };
            match fate {
                Fate::Refused => refused.push(group),
                // What is denied today loses nothing, however it is judged.
                Fate::Doubtful(_) if group.verdict == Logged::Denied => refused.push(group),
                // By the matrix, enforcing makes no difference there.
                Fate::Denied(_) | Fate::Doubtful(_) if *settled => {}
                Fate::Denied(_) => denied.push(group),
                Fate::Doubtful(why) => {
                    let why: Vec<String> = why.iter().map(ToString::to_string).collect();
                    doubtful.push((group, why.join("; ")));
                }
                Fate::Allowed(_) | Fate::Private | Fate::Outside => {}
            }
        }
        Self { study, rows, denied, doubtful, refused }
    }

    /// The groups behind a line.
    pub fn groups_of(&self, key: &ItemKey, by: By) -> Vec<&'s TrafficGroup> {
        let (groups, inbound, wanted): (Vec<&TrafficGroup>, _, _) = match key {
            ItemKey::Denied(inbound, who) => (self.denied.clone(), inbound, who),
            ItemKey::Doubtful(inbound, who) => {
                (self.doubtful.iter().map(|(group, _)| *group).collect(), inbound, who)
            }
            ItemKey::Refused(inbound, who) => (self.refused.clone(), inbound, who),
            ItemKey::Lacking(_) | ItemKey::Blind(_) => return Vec::new(),
        };
        let all = clusters(groups.into_iter(), by);
        let found = all.into_iter().find(|c| c.inbound == *inbound && c.key == *wanted);
        found.map_or_else(Vec::new, |cluster| cluster.groups)
    }

    /// What is said above the lines.
    pub fn head(&self) -> Head {
        let (signal, verdict) = self.verdict();
        let mut evidence = Vec::new();
        if self.rows.len() > 1 {
            evidence.push(Line::Text(format!("{}: {}", count(self.rows.len(), "resource"), self.tally())));
        }
        match &self.study.log {
            LogState::Read { partial, stale } => {
                evidence.push(Line::Text(self.quality()));
                let why = partial.iter().map(|why| Line::Strong(format!("Not all of the log was read: {why}.")));
                evidence.extend(why);
                if let Some(failure) = stale {
                    let evidence_of = failure.evidence();
                    evidence.push(Line::Strong(format!(
                        "The last reading failed, this is from before: {} {evidence_of} (w tells more)",
                        failure.title
                    )));
                }
            }
            LogState::Failed(failure) => evidence.extend(failure_lines(failure)),
            LogState::Nowhere => evidence.push(Line::Text(
                "No diagnostic setting sends the access log of this perimeter to a workspace: nothing is known of its \
                 traffic. Make one (7, then n) and let it run for one to two weeks."
                    .to_owned(),
            )),
            LogState::NoTable => evidence.push(Line::Text(
                "No access log row has ever arrived in this workspace. A new diagnostic setting takes minutes to \
                 show its first row; without traffic there is none."
                    .to_owned(),
            )),
            LogState::Reading => {}
        }
        Head { signal, verdict, evidence }
    }

    /// The worst that is true of a resource, in a sentence. Never good news from missing data.
    fn verdict(&self) -> (Signal, String) {
        if self.rows.is_empty() {
            return (Signal::Off, "No resource is associated here: there is nothing to enforce.".to_owned());
        }
        if self.study.is_reading() {
            let words = match self.study.open {
                0 | 1 => "Reading\u{2026}".to_owned(),
                open => format!("Reading\u{2026} {open} answers are awaited"),
            };
            return (Signal::Waiting, words);
        }
        if !self.denied.is_empty() || !self.doubtful.is_empty() {
            return (Signal::Warn, self.stake());
        }
        let lacking =
            self.rows.iter().filter(|r| matches!(r.row.readiness, Readiness::NoEvidence(_))).count();
        let ready = self.rows.iter().filter(|r| r.row.readiness == Readiness::Ready).count();
        match (lacking, ready, self.rows.as_slice()) {
            (0, 0, [one]) if one.row.readiness == Readiness::AlreadyEnforced => {
                (Signal::Off, "It is enforced already.".to_owned())
            }
            (0, 0, _) => {
                (Signal::Off, "Enforcing changes nothing here (by mode and publicNetworkAccess).".to_owned())
            }
            (0, ..) => {
                (Signal::Ok, format!("READY: nothing that was seen in {} would be denied.", self.window()))
            }
            (_, _, [one]) => (Signal::Unknown, format!("NO EVIDENCE: {}.", lack_of(one))),
            (n, ..) => (
                Signal::Unknown,
                format!(
                    "NO EVIDENCE for {n} of {}: nothing that was seen would be denied, and not enough was seen.",
                    self.rows.len()
                ),
            ),
        }
    }

    /// What is at stake, in a sentence; empty when nothing that was seen is.
    pub fn stake(&self) -> String {
        let exact = By::ALL.first().copied().unwrap_or(By::Resource);
        let all = clusters(self.denied.iter().copied(), exact);
        let callers = all.iter().filter(|c| c.inbound).count();
        let calls: u64 = self.denied.iter().map(|g| g.count).sum();
        let doubts = clusters(self.doubtful.iter().map(|(g, _)| *g), exact).len();
        let mut who = Vec::new();
        if callers > 0 {
            who.push(count(callers, "caller"));
        }
        if all.len() > callers {
            who.push(count(all.len() - callers, "destination"));
        }
        let cannot = |n: usize| {
            format!(
                "whether {} would be denied cannot be told",
                if n == 1 { "one more".to_owned() } else { format!("{n} more") }
            )
        };
        match (who.is_empty(), doubts) {
            (false, 0) => format!(
                "WOULD DENY {}: {} calls in {}.",
                who.join(" and "),
                thousands(u128::from(calls)),
                self.window()
            ),
            (false, n) => format!(
                "WOULD DENY {}: {} calls in {}; {}.",
                who.join(" and "),
                thousands(u128::from(calls)),
                self.window(),
                cannot(n)
            ),
            (true, 0) => String::new(),
            (true, n) => format!(
                "CANNOT TELL: whether {} would be denied is not known.",
                count(n, "caller or destination")
            ),
        }
    }

    fn window(&self) -> String {
        if self.study.days == 1 { "the last day".to_owned() } else { format!("{} days", self.study.days) }
    }

    fn tally(&self) -> String {
        let mut counts: BTreeMap<u8, (usize, &'static str)> = BTreeMap::new();
        for row in &self.rows {
            let entry = counts.entry(rank(&row.row.readiness)).or_insert((0, word(&row.row.readiness)));
            entry.0 += 1;
        }
        let words: Vec<String> = counts.into_values().map(|(n, word)| format!("{n} {word}")).collect();
        words.join(" \u{b7} ")
    }

    /// What the log is worth as evidence, in a line.
    fn quality(&self) -> String {
        let all: Vec<&Evidence> = self.rows.iter().map(|row| &row.evidence).collect();
        // A window of 14 days touches 15.
        let whole = usize::try_from(self.study.days).unwrap_or(usize::MAX);
        let covered = all.iter().map(|e| e.days_covered().min(whole));
        let (least, most) = (covered.clone().min().unwrap_or(0), covered.max().unwrap_or(0));
        let days = if least == most { least.to_string() } else { format!("{least} to {most}") };
        let mut parts = vec![format!("rows on {days} of {} days", self.study.days)];
        parts.push(match all.first().and_then(|e| e.categories_on()) {
            Some(on) => format!("log categories {on}/{}", category_count()),
            None => "log categories not read".to_owned(),
        });
        let Some(newest) = all.iter().filter_map(|e| e.newest).max() else {
            let categories = parts.pop().unwrap_or_default();
            return format!("Evidence: no row in {} \u{b7} {categories}.", self.window());
        };
        parts.push(format!("newest row {}", day_and_time(newest)));
        let gaps: usize = all.iter().map(|e| e.gaps().len()).sum();
        parts.push(match (gaps, all.as_slice()) {
            (0, _) => "no gap".to_owned(),
            (_, [one]) => gaps_in(one),
            (n, _) => count(n, "gap"),
        });
        let sampled = all.iter().filter(|e| e.sampling == Sampling::HalfHourly).count();
        parts.push(match sampled {
            0 => "not sampled".to_owned(),
            n if n == all.len() => "SAMPLED every 30 minutes".to_owned(),
            n => format!("{n} SAMPLED every 30 minutes"),
        });
        format!("Evidence: {}.", parts.join(" \u{b7} "))
    }
}

/// The days without rows, in words.
pub fn gaps_in(evidence: &Evidence) -> String {
    let words = evidence.gaps().into_iter().map(|gap| match (gap.from, gap.to) {
        (from, to) if from == to => from.strftime("%m-%d").to_string(),
        (from, to) => format!("{} to {}", from.strftime("%m-%d"), to.strftime("%m-%d")),
    });
    format!("nothing on {}", words.collect::<Vec<_>>().join(", "))
}

/// The order in which states are told: what stands in the way first.
pub fn rank(readiness: &Readiness) -> u8 {
    match readiness {
        Readiness::WouldDeny { .. } => 0,
        Readiness::NoEvidence(_) => 1,
        Readiness::Ready => 2,
        Readiness::ChangesNothing => 3,
        Readiness::AlreadyEnforced => 4,
    }
}

/// The state in a word or two.
pub fn word(readiness: &Readiness) -> &'static str {
    match readiness {
        Readiness::WouldDeny { peers: 0, .. } => "cannot be told",
        Readiness::WouldDeny { .. } => "would deny",
        Readiness::NoEvidence(_) => "no evidence",
        Readiness::Ready => "ready",
        Readiness::ChangesNothing => "changes nothing",
        Readiness::AlreadyEnforced => "already enforced",
    }
}

/// Why too little is known of a resource; empty when enough is.
pub fn lack_of(row: &Standing) -> String {
    match &row.row.readiness {
        Readiness::NoEvidence(lack) => lack.to_string(),
        Readiness::WouldDeny { .. }
        | Readiness::Ready
        | Readiness::ChangesNothing
        | Readiness::AlreadyEnforced => String::new(),
    }
}

/// The report as text, for the clipboard.
pub fn plain(shown: &ImpactBox) -> String {
    use std::fmt::Write as _;
    let mut out = format!("If {} were enforced now\n{}\n", shown.name, shown.head.verdict);
    for line in &shown.head.evidence {
        match line {
            Line::Head(text) | Line::Text(text) | Line::Strong(text) => out.push_str(text),
            Line::Field(name, value) => drop(write!(out, "{name}\t{value}")),
            Line::Key { .. } | Line::Gap => {}
        }
        out.push('\n');
    }
    let mut group = "";
    for item in shown.list.items() {
        if item.key.group() != group {
            group = item.key.group();
            _ = writeln!(out, "\n{group}");
        }
        let cells = [item.direction, &item.who, &item.count, &item.resource, &item.last, &item.today];
        let cells: Vec<&str> = cells.into_iter().filter(|cell| !cell.is_empty()).collect();
        _ = writeln!(out, "{}", cells.join("\t"));
    }
    out
}

/// The traffic of the report as a table.
pub fn sheet(shown: &ImpactBox) -> Sheet {
    let cell = |text: &str| if text.is_empty() { Cell::Missing } else { Cell::from(text) };
    let row = |item: &super::overlays::impact::Item| {
        let calls = item.count.replace(',', "").parse().map_or(Cell::Missing, Cell::Number);
        vec![
            Cell::from(item.key.group()),
            cell(item.direction),
            cell(&item.who),
            calls,
            cell(&item.resource),
            cell(&item.last),
            cell(&item.today),
        ]
    };
    let head = &["state", "direction", "who", "calls", "resource", "last", "today"];
    Sheet { head, rows: shown.list.items().iter().map(row).collect() }
}
