//! Whether the resources of every perimeter in scope can be enforced: the perimeters are read one after the other,
//! a few at a time, and what was found about each is kept. What is found is [`study`]'s business.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::Model;
use super::focus::Tab;
use super::logging;
use super::msg::Slot;
use super::study::{self, LogState, Standing, Study};
use super::wants;
use crate::domain::impact::Readiness;
use crate::domain::{ArmId, Failure};

/// So many perimeters are read at once: one of them is some fifty requests, and the user waits for others meanwhile.
const AT_ONCE: usize = 2;

/// What was found about the perimeters in scope.
#[derive(Debug, Default)]
pub struct Survey {
    /// All perimeters are looked at, not only the one shown.
    pub on: bool,
    told: BTreeMap<ArmId, Told>,
    /// Those whose turn it is or was.
    begun: BTreeSet<ArmId>,
}

/// What was found about a perimeter.
#[derive(Debug, Clone)]
struct Told {
    rows: Vec<Arc<Standing>>,
    /// Why its log, or it, could not be read.
    failure: Option<Failure>,
    at: Timestamp,
}

/// How far a survey is, and what it found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Perimeters in scope.
    pub perimeters: usize,
    /// Those that were read, or could not be.
    pub told: usize,
    /// Those that could not be read.
    pub failed: usize,
    /// Resources that enforcing would deny something to, or of which that cannot be told.
    pub would_deny: usize,
    /// Resources of which too little is known.
    pub no_evidence: usize,
    /// Resources that can be enforced.
    pub ready: usize,
    /// When the first of them was read.
    pub since: Option<Timestamp>,
}

impl Survey {
    /// Forgets what was found: it is read anew.
    pub fn again(&mut self) {
        self.told.clear();
        self.begun.clear();
    }

    /// When the log was read that a row of this association rests on.
    pub fn read_at(&self, association: &ArmId) -> Option<Timestamp> {
        self.told.get(&association.parent()?).map(|told| told.at)
    }

    fn keep(&mut self, perimeter: &ArmId, told: Told) {
        self.begun.insert(perimeter.clone());
        self.told.insert(perimeter.clone(), told);
    }
}

/// Perimeters in scope, in the order of their list.
fn in_scope(model: &Model) -> impl Iterator<Item = &ArmId> {
    model.panes.perimeters.rows().iter().map(|perimeter| &perimeter.id)
}

/// Perimeters whose turn it is, while somebody looks.
fn under_way(model: &Model) -> Vec<ArmId> {
    let survey = &model.panes.evidence.survey;
    if !survey.on || model.focus.tab != Tab::Evidence {
        return Vec::new();
    }
    in_scope(model).filter(|id| !survey.told.contains_key(*id)).take(AT_ONCE).cloned().collect()
}

fn slots_of(model: &Model, perimeter: &ArmId) -> Vec<Slot> {
    let mut out = wants::of_perimeter(perimeter);
    out.extend(logging::slots(&model.data, perimeter));
    out.extend(study::slots_of(model, perimeter));
    out
}

/// What is to be read for the perimeters whose turn it is.
pub fn slots(model: &Model) -> Vec<Slot> {
    under_way(model).iter().flat_map(|id| slots_of(model, id)).collect()
}

/// What is to be read although it was read before: of perimeters whose turn has just come.
pub fn anew(model: &mut Model) -> Vec<Slot> {
    let mut out = Vec::new();
    for id in under_way(model) {
        if model.panes.evidence.survey.begun.insert(id.clone()) {
            out.extend(slots_of(model, &id));
        }
    }
    out.retain(|slot| model.data.awaited(slot).is_none() && !model.data.is_untouched(slot));
    out
}

/// Takes what has been read, `shown` of the perimeter shown, and gives up what it was read from.
pub fn rebuild(model: &mut Model, shown: Option<&Study>) {
    let known: BTreeSet<ArmId> = in_scope(model).cloned().collect();
    let survey = &mut model.panes.evidence.survey;
    survey.told.retain(|id, _| known.contains(id));
    survey.begun.retain(|id| known.contains(id));
    for id in under_way(model) {
        let begun = model.panes.evidence.survey.begun.contains(&id);
        let settled = slots_of(model, &id).iter().all(|slot| model.data.awaited(slot).is_none());
        if begun
            && settled
            && let Some(study) = study::study_of(model, &id)
        {
            tell(model, &study);
        }
    }
    let keep: BTreeSet<ArmId> = under_way(model).into_iter().chain(model.panes.shown.clone()).collect();
    model.data.trim(&keep);
    // What stands on the screen is read again and again: it is newer.
    if let Some(study) = shown.filter(|study| known.contains(&study.perimeter)) {
        tell(model, study);
    }
}

fn tell(model: &mut Model, study: &Study) {
    if study.is_reading() {
        return;
    }
    let perimeter = &study.perimeter;
    let listed = model.data.of(perimeter).and_then(|data| data.associations.failure()).cloned();
    let failure = match &study.log {
        LogState::Failed(failure) => Some(failure.clone()),
        LogState::Reading | LogState::Nowhere | LogState::NoTable | LogState::Read { .. } => None,
    };
    let of = |row: &Arc<Standing>| {
        let label = format!("{}/{}", perimeter.name(), row.association.resource_name());
        Arc::new(Standing { label, ..(**row).clone() })
    };
    let at = study.read_at.unwrap_or(model.now);
    let told = Told { rows: study.rows.iter().map(of).collect(), failure: listed.or(failure), at };
    model.panes.evidence.survey.keep(perimeter, told);
}

/// What was found, perimeter after perimeter.
pub fn rows(model: &Model) -> Vec<Arc<Standing>> {
    let told = &model.panes.evidence.survey.told;
    in_scope(model).filter_map(|id| told.get(id)).flat_map(|told| told.rows.iter().cloned()).collect()
}

/// How far it is.
pub fn tally(model: &Model) -> Tally {
    let told = &model.panes.evidence.survey.told;
    let mut out = Tally { perimeters: in_scope(model).count(), told: told.len(), ..Tally::default() };
    for told in told.values() {
        out.failed += usize::from(told.failure.is_some());
        out.since = out.since.into_iter().chain([told.at]).min();
        for row in &told.rows {
            match row.row.readiness {
                Readiness::WouldDeny { .. } => out.would_deny += 1,
                Readiness::NoEvidence(_) => out.no_evidence += 1,
                Readiness::Ready => out.ready += 1,
                Readiness::AlreadyEnforced | Readiness::ChangesNothing => {}
            }
        }
    }
    out
}

/// Why perimeters could not be read.
pub fn failures(model: &Model) -> Vec<(String, Failure)> {
    let survey = &model.panes.evidence.survey;
    let told = survey.told.iter().filter(|_| survey.on);
    told.filter_map(|(id, told)| Some((format!("Evidence of {}", id.name()), told.failure.clone()?)))
        .collect()
}
