//! The tab of evidence: for every associated resource whether it can be enforced, since when nothing speaks against
//! it, and what that rests on. Reads the study only.

use std::cmp::Ordering;
use std::sync::Arc;

use super::columns::{Row, column};
use super::data::Data;
use super::hygiene;
use super::impact::{self, gaps_in, lack_of, rank, thousands, word};
use super::list::{Column, Width};
use super::overlays::help::Line;
use super::panes::ListPane;
use super::study::{self, LogState, Standing, Study};
use super::survey::{self, Survey};
use super::{Model, columns};
use crate::domain::cells::{Cell, Sheet};
use crate::domain::impact::{Day, Readiness, Sampling, blind_spots, category_count};
use crate::domain::{ArmId, Failure};

/// Days of the small chart: the newest ones.
const CHART: usize = 14;
/// Heights of the chart, lowest first.
const HEIGHTS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The tab, and what it rests on.
#[derive(Debug)]
pub struct EvidencePane {
    /// A line for each associated resource.
    pub board: ListPane<Standing>,
    /// What the lines rest on; `None` while nobody has looked.
    pub study: Option<Arc<Study>>,
    /// Days that the log is asked about.
    pub days: u32,
    /// The same of every perimeter in scope.
    pub survey: Survey,
}

impl Default for EvidencePane {
    fn default() -> Self {
        // Microsoft's own advice is one to two weeks (DOMAIN.md, section 1.1).
        Self { board: ListPane::default(), study: None, days: 14, survey: Survey::default() }
    }
}

impl Row for Standing {
    type Key = ArmId;
    fn key(&self) -> &ArmId {
        &self.association.id
    }
    fn columns() -> &'static [Column<Self, Data>] {
        static COLUMNS: [Column<Standing, Data>; 8] = [
            column("resource", Width::Fill(14), 0, |r, _| r.label.as_str().into()),
            column("if enforced", Width::Fixed(16), 0, |r: &Standing, _| state(r).into())
                .ordered(|a, b, _| by_state(a, b)),
            column("clean", Width::Fixed(6), 0, |r: &Standing, _| clean(r).into())
                .ordered(|a, b, _| a.row.days_clean.cmp(&b.row.days_clean)),
            column("calls", Width::Fixed(8), 1, |r: &Standing, _| calls(r).into())
                .ordered(|a, b, _| a.row.denied_events.cmp(&b.row.denied_events)),
            column("last 14 days", Width::Fixed(14), 0, |r: &Standing, _| chart(&r.row.days).into())
                .ordered(|a, b, _| a.row.denied_events.cmp(&b.row.denied_events)),
            column("days", Width::Fixed(5), 2, |r: &Standing, _| {
                r.evidence.days_covered().to_string().into()
            }),
            column("profile", Width::Fill(9), 2, |r, _| {
                r.association.profile.as_ref().map_or("?", |p| p.name()).into()
            }),
            column("mode", Width::Fixed(11), 2, |r, _| r.association.mode.short().into()),
        ];
        &COLUMNS
    }
}

/// What stands in the way comes first, the most of it before the less.
fn by_state(a: &Standing, b: &Standing) -> Ordering {
    let key = |r: &Standing| (rank(&r.row.readiness), std::cmp::Reverse(r.row.denied_events));
    key(a).cmp(&key(b))
}

/// Whether it can be enforced, in a few words.
pub fn state(row: &Standing) -> String {
    if row.reading {
        return "reading\u{2026}".to_owned();
    }
    match &row.row.readiness {
        Readiness::WouldDeny { peers: 0, doubtful } => format!("cannot tell {doubtful}"),
        Readiness::WouldDeny { peers, .. } => format!("would deny {peers}"),
        other @ (Readiness::NoEvidence(_)
        | Readiness::Ready
        | Readiness::ChangesNothing
        | Readiness::AlreadyEnforced) => word(other).to_owned(),
    }
}

/// Nothing that rests on the log is to be said of these.
fn is_settled(row: &Standing) -> bool {
    matches!(row.row.readiness, Readiness::AlreadyEnforced | Readiness::ChangesNothing)
}

/// A window of 14 days touches 15.
fn capped(row: &Standing, days: usize) -> usize {
    days.min(row.evidence.window.days().len().saturating_sub(1))
}

/// What is counted in the log, where that means something: missing rows never look like good news.
fn counted(row: &Standing, text: String) -> String {
    match row.row.readiness {
        _ if row.reading => "-".to_owned(),
        Readiness::AlreadyEnforced | Readiness::ChangesNothing => "-".to_owned(),
        Readiness::NoEvidence(_) => "?".to_owned(),
        Readiness::Ready | Readiness::WouldDeny { .. } => text,
    }
}

fn clean(row: &Standing) -> String {
    counted(row, format!("{} d", capped(row, row.row.days_clean)))
}

fn calls(row: &Standing) -> String {
    counted(row, thousands(u128::from(row.row.denied_events)))
}

/// So many at the other end.
fn peers(number: usize) -> String {
    if number == 1 {
        "1 caller or destination".to_owned()
    } else {
        format!("{number} callers or destinations")
    }
}

/// One cell for a day: a bar for calls that enforcing would deny, a dot for traffic without any, a blank for no row.
pub fn chart(days: &[Day]) -> String {
    let newest = days.get(days.len().saturating_sub(CHART)..).unwrap_or_default();
    let most = newest.iter().map(|day| day.denied).max().unwrap_or(0);
    let cell = |day: &Day| match (day.denied, day.events) {
        (0, 0) => ' ',
        (0, _) => '\u{b7}',
        (denied, _) => {
            let top = HEIGHTS.len() as u64 - 1;
            let height = (u128::from(denied) * u128::from(top)).div_ceil(u128::from(most.max(1)));
            usize::try_from(height).ok().and_then(|at| HEIGHTS.get(at)).copied().unwrap_or('█')
        }
    };
    newest.iter().map(cell).collect()
}

/// Puts the study and the lines together anew, where somebody looks at them.
pub fn rebuild(model: &mut Model, page: usize) {
    if !study::wanted(model) {
        return;
    }
    let study = study::study(model).map(Arc::new);
    let mut rows = study.as_ref().map_or_else(Vec::new, |study| study.rows.clone());
    let mut settled = study.as_ref().is_some_and(|study| !study.is_reading());
    if model.panes.evidence.survey.on {
        survey::rebuild(model, study.as_deref());
        rows = survey::rows(model);
        let tally = survey::tally(model);
        settled = tally.told == tally.perimeters;
    }
    let pane = &mut model.panes.evidence;
    pane.study = study;
    pane.board.set_rows(rows, page, &model.data);
    if settled {
        pane.board.hold_rows();
    }
    impact::refresh(model);
    hygiene::refresh(model);
}

/// What failed of what the evidence rests on.
pub fn failures(model: &Model) -> Vec<(String, Failure)> {
    if !study::wanted(model) {
        return Vec::new();
    }
    let mut out = survey::failures(model);
    let Some(study) = &model.panes.evidence.study else { return out };
    let failure = match &study.log {
        // A survey tells that of every perimeter.
        LogState::Failed(failure) => Some(failure.clone()).filter(|_| !model.panes.evidence.survey.on),
        LogState::Read { stale, .. } => stale.clone(),
        LogState::Reading | LogState::Nowhere | LogState::NoTable => None,
    };
    out.extend(failure.map(|f| ("Evidence of the access log".to_owned(), f)));
    for row in &study.rows {
        let remote = row.association.resource.as_ref().and_then(|id| model.data.resource(id));
        let failed = remote.filter(|r| r.value().is_none()).and_then(|r| r.failure());
        out.extend(
            failed
                .map(|f| (format!("publicNetworkAccess of {}", row.association.resource_name()), f.clone())),
        );
    }
    out
}

/// What the detail pane says about a resource.
pub fn detail(model: &Model, row: &Standing) -> Vec<Line> {
    let field = |name: &str, value: String| Line::Field(name.to_owned(), value);
    let mut out = vec![field("if enforced", sentence(row))];
    let evidence = &row.evidence;
    if !is_settled(row) && !row.reading {
        let days = evidence.window.days().len().saturating_sub(1);
        let with = format!("{} days with traffic", capped(row, row.row.days_clean));
        let since = match row.row.denied_events {
            0 => "none of them with a call that enforcing would deny",
            _ => "since the last call that enforcing would deny",
        };
        out.push(field("clean", format!("{with}, {since}")));
        out.push(field(
            "evidence",
            format!("rows on {} of {days} days", capped(row, evidence.days_covered())),
        ));
        if !evidence.gaps().is_empty() {
            out.push(field("gaps", gaps_in(evidence)));
        }
        out.push(field(
            "newest row",
            evidence
                .newest
                .map_or("none".to_owned(), |at| columns::local(at).strftime("%Y-%m-%d %H:%M").to_string()),
        ));
        let on =
            evidence.categories_on().map_or("not read".to_owned(), |on| format!("{on}/{}", category_count()));
        out.push(field("log categories", on));
        if evidence.sampling == Sampling::HalfHourly {
            out.push(field("sampling", "every 30 minutes: rare callers may be missing".to_owned()));
        }
        out.push(field(
            "chart",
            "a bar: calls that enforcing would deny; a dot: traffic without any; blank: no row".to_owned(),
        ));
    }
    out.push(Line::Gap);
    out.push(Line::Text("Enter tells who and what; m on the Resources tab (1) changes the mode.".to_owned()));
    out.push(Line::Gap);
    out.push(Line::Head("What the log cannot show".to_owned()));
    let kind = row.row.resource.resource_type().unwrap_or_default();
    out.extend(blind_spots(&kind).map(|spot| Line::Text(spot.to_owned())));
    let evidence = &model.panes.evidence;
    let read = if evidence.survey.on {
        evidence.survey.read_at(&row.association.id)
    } else {
        evidence.study.as_ref().and_then(|study| study.read_at)
    };
    if let Some(at) = read {
        out.push(Line::Gap);
        out.push(field("read", columns::clock(at)));
    }
    out
}

/// The lines shown, as a table.
pub fn sheet(model: &Model) -> Sheet {
    table(model.panes.evidence.board.shown())
}

/// Resources as a table: how each stands, and what that rests on.
pub fn table<'r>(rows: impl Iterator<Item = &'r Arc<Standing>>) -> Sheet {
    let date = |at: jiff::Timestamp| Cell::from(at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    let row = |row: &Arc<Standing>| {
        let number = |n: usize| if row.reading { Cell::Missing } else { Cell::Number(n as u64) };
        let evidence = &row.evidence;
        vec![
            Cell::from(row.row.resource.as_str()),
            Cell::from(if row.reading { "reading" } else { word(&row.row.readiness) }),
            Cell::from(lack_of(row)),
            if row.reading { Cell::Missing } else { Cell::Number(row.row.denied_events) },
            number(capped(row, row.row.days_clean)),
            number(capped(row, evidence.days_covered())),
            evidence.categories_on().map_or(Cell::Missing, |on| Cell::Number(on as u64)),
            evidence.newest.map_or(Cell::Missing, date),
            Cell::from(row.association.mode.wire()),
            row.association.profile.as_ref().map_or(Cell::Missing, |p| Cell::from(p.name())),
        ]
    };
    let head = &[
        "resource",
        "state",
        "why",
        "calls_denied",
        "days_clean",
        "days_with_rows",
        "log_categories",
        "newest_row",
        "mode",
        "profile",
    ];
    Sheet { head, rows: rows.map(row).collect() }
}

fn sentence(row: &Standing) -> String {
    if row.reading {
        return "not known yet: reading\u{2026}".to_owned();
    }
    match &row.row.readiness {
        Readiness::Ready => "READY: nothing that was seen would be denied".to_owned(),
        Readiness::WouldDeny { peers: 0, doubtful } => {
            format!("CANNOT TELL whether {} would be denied", peers(*doubtful))
        }
        Readiness::WouldDeny { peers: sure, doubtful: 0 } => {
            format!("WOULD DENY {}, {} calls", peers(*sure), calls(row))
        }
        Readiness::WouldDeny { peers: sure, doubtful } => {
            format!("WOULD DENY {}, {} calls; {doubtful} more cannot be told", peers(*sure), calls(row))
        }
        Readiness::NoEvidence(_) => format!("NO EVIDENCE: {}", lack_of(row)),
        Readiness::AlreadyEnforced => "it is enforced already".to_owned(),
        Readiness::ChangesNothing => "enforcing changes nothing, by mode and publicNetworkAccess".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_tells_denials_traffic_and_silence_apart() {
        let day = |n: i8, denied, events| Day { day: jiff::civil::date(2026, 11, n), denied, events };
        let days = [day(1, 0, 0), day(2, 0, 9), day(3, 1, 9), day(4, 50, 60), day(5, 100, 100), day(6, 0, 1)];
        assert_eq!(chart(&days), " ·▂▅█·");
        assert_eq!(chart(&[]), "");
    }
}
