//! The checks of the resource that is selected in the resources tab: what is read for them, the rows,
//! what they say in full, and which command mends each. Reads the model only.

use std::cmp::Reverse;
use std::sync::Arc;

use super::Model;
use super::believed;
use super::columns::{Row, column};
use super::command::Command;
use super::data::Data;
use super::list::{Column, Width};
use super::logging;
use super::msg::{Facts, Slot, Topic};
use super::overlays::help::Line;
use super::prerequisites;
use crate::domain::agreement::Compared;
use crate::domain::checks::{Check, Known, Reading, Remedy, RoleThere, checks};
use crate::domain::role::held;
use crate::domain::{ArmId, Association, Requirement, Resource, Signal};

/// Storage accounts of a perimeter whose role assignments are looked at.
const ACCOUNTS: usize = 4;

/// A row of the checks tab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckRow(pub Check);

impl Row for CheckRow {
    type Key = &'static str;
    fn key(&self) -> &&'static str {
        &self.0.key
    }
    fn columns() -> &'static [Column<Self, Data>] {
        static COLUMNS: [Column<CheckRow, Data>; 3] = [
            column("state", Width::Fixed(10), 0, |r: &CheckRow, _| r.0.signal.word().into())
                .ordered(|a, b, _| a.0.signal.cmp(&b.0.signal)),
            column("check", Width::Fixed(25), 0, |r, _| r.0.what.into()),
            column("found", Width::Fill(30), 0, |r, _| r.0.found.as_str().into()),
        ];
        &COLUMNS
    }
}

/// The association whose resource is checked.
pub fn subject(model: &Model) -> Option<&Arc<Association>> {
    model.panes.resources.selected()
}

/// Title of the tab.
pub fn title(model: &Model) -> String {
    subject(model).map_or_else(|| "Checks".to_owned(), |a| format!("Checks of {}", a.resource_name()))
}

/// A PaaS resource as last read.
fn resource<'m>(model: &'m Model, association: &Association) -> Reading<&'m Resource> {
    let Some(id) = &association.resource else {
        return Reading::Unknown("the association names no resource".to_owned());
    };
    match model.data.resource(id).map(|r| (r.value(), r.failure())) {
        Some((Some(resource), _)) => Reading::Known(resource),
        Some((None, Some(failure))) => Reading::Unknown(failure.title.clone()),
        Some((None, None)) | None => Reading::Waiting,
    }
}

/// What must be registered in the perimeter's subscription for this resource.
pub fn needs(association: &Association, openai: bool) -> Vec<(Requirement, Arc<str>)> {
    let guid = association.id.subscription().unwrap_or_default();
    let kind = association.resource.as_ref().and_then(ArmId::resource_type).unwrap_or_default();
    prerequisites::of_resource(guid, &kind, openai)
}

fn is_openai(model: &Model, association: &Association) -> bool {
    matches!(resource(model, association), Reading::Known(r) if r.kind.eq_ignore_ascii_case("OpenAI"))
}

/// Storage accounts of the perimeter shown, of which a few are looked at.
fn accounts(model: &Model) -> Vec<&ArmId> {
    let all = model.panes.resources.rows().iter().filter_map(|a| a.resource.as_ref());
    let storage = |id: &&ArmId| {
        id.resource_type().is_some_and(|t| t.eq_ignore_ascii_case("Microsoft.Storage/storageAccounts"))
    };
    all.filter(storage).take(ACCOUNTS).collect()
}

/// The identity whose role matters: that of a Cognitive Services account.
fn principal(model: &Model, association: &Association) -> Option<String> {
    let kind = association.resource.as_ref()?.resource_type()?;
    if !kind.eq_ignore_ascii_case("Microsoft.CognitiveServices/accounts") {
        return None;
    }
    match resource(model, association) {
        Reading::Known(resource) => resource.principal.clone(),
        Reading::Waiting | Reading::Unknown(_) => None,
    }
}

/// What is to be read for the checks of the selected resource.
pub fn slots(model: &Model) -> Vec<Slot> {
    subject(model).map_or_else(Vec::new, |association| slots_of(model, association))
}

/// What is to be read for the checks of one resource.
pub fn slots_of(model: &Model, association: &Association) -> Vec<Slot> {
    let needed = needs(association, is_openai(model, association));
    let mut out: Vec<Slot> =
        needed.into_iter().map(|(_, key)| Slot::About(Topic::Registration, key)).collect();
    out.extend(association.resource.clone().map(Slot::Resource));
    out.extend(believed::slot(association));
    if let Some(principal) = principal(model, association) {
        out.extend(accounts(model).into_iter().map(|account| Slot::roles(account, &principal)));
    }
    out
}

fn roles(model: &Model, association: &Association) -> Vec<RoleThere> {
    let Some(principal) = principal(model, association) else { return Vec::new() };
    let there = |account: &ArmId| {
        let Slot::About(topic, key) = Slot::roles(account, &principal) else { return Reading::Waiting };
        let Some(remote) = model.data.facts(topic, &key) else { return Reading::Waiting };
        match (remote.value().map(AsRef::as_ref), remote.failure()) {
            (Some(Facts::Roles(all)), _) => Reading::Known(held(all, &principal, account).is_whole()),
            (_, Some(failure)) => Reading::Unknown(failure.title.clone()),
            (_, None) => Reading::Waiting,
        }
    };
    let named = |account: &ArmId| RoleThere { account: account.name().to_owned(), held: there(account) };
    accounts(model).into_iter().map(named).collect()
}

fn differences(model: &Model, association: &Association) -> Reading<usize> {
    match believed::standing(&model.data, association) {
        believed::Standing::Silent(why) => Reading::Unknown(why),
        believed::Standing::Unread => Reading::Waiting,
        believed::Standing::Failed(failure) => Reading::Unknown(failure.title.clone()),
        believed::Standing::Known { comparison, .. } => {
            let differences: &[Compared] = &comparison.differences;
            Reading::Known(differences.len())
        }
    }
}

fn destinations(data: &Data, perimeter: &ArmId) -> Reading<Vec<ArmId>> {
    if !logging::is_known(data, perimeter) {
        let failure = logging::reading(data, perimeter).and_then(|r| r.failure());
        return failure.map_or(Reading::Waiting, |f| Reading::Unknown(f.title.clone()));
    }
    let all = logging::settings(data, perimeter).iter().flat_map(|s| s.content.destinations());
    Reading::Known(all.map(|(_, id)| id.clone()).collect())
}

/// The rows of the tab.
pub fn rows(model: &Model) -> Vec<Arc<CheckRow>> {
    let mut all = subject(model).map_or_else(Vec::new, |association| of(model, association));
    // What needs somebody comes first; what is still being read keeps its place, so that rows do not jump twice.
    all.sort_by_key(|check| Reverse(urgency(check.signal)));
    all.into_iter().map(|check| Arc::new(CheckRow(check))).collect()
}

/// The checks of one resource, in the order in which they are to be dealt with.
pub fn of(model: &Model, association: &Association) -> Vec<Check> {
    let Some(perimeter) = association.id.parent() else { return Vec::new() };
    let needed = needs(association, is_openai(model, association));
    let known = Known {
        association,
        resource: resource(model, association),
        prerequisites: prerequisites::worst(model, &needed),
        differences: differences(model, association),
        destinations: destinations(&model.data, &perimeter),
        members: model.panes.resources.rows().iter().filter_map(|a| a.resource.as_ref()).collect(),
        roles: roles(model, association),
    };
    checks(&known)
}

/// How far up a check belongs.
fn urgency(signal: Signal) -> u8 {
    match signal {
        Signal::Bad => 4,
        Signal::Warn => 3,
        Signal::Todo => 2,
        Signal::Unknown => 1,
        Signal::Ok | Signal::Off | Signal::Waiting | Signal::Later | Signal::Moving => 0,
    }
}

/// What the detail pane says about a row.
pub fn detail(check: &Check) -> Vec<Line> {
    let mut out = vec![Line::Field("state".into(), check.signal.word().to_owned())];
    if !check.found.is_empty() {
        out.push(Line::Field("found".into(), check.found.clone()));
    }
    out.push(Line::Gap);
    if !check.why.is_empty() {
        out.push(Line::Text(check.why.to_owned()));
        out.push(Line::Gap);
    }
    out.push(match check.remedy {
        Some(remedy) => Line::Strong(format!("Enter: {}", remedy.words())),
        None => Line::Text("Nothing here can mend it.".to_owned()),
    });
    out
}

/// The command that mends.
pub fn command(remedy: Remedy) -> Command {
    match remedy {
        Remedy::Prerequisites => Command::Prerequisites,
        Remedy::Compare => Command::ShowBelieved,
        Remedy::Reconcile => Command::Reconcile,
        Remedy::Mode => Command::SwitchMode,
        Remedy::PublicAccess => Command::SetAccess,
        Remedy::Identity => Command::Identity,
        Remedy::Logging => Command::TabLogging,
        Remedy::Associate => Command::Associate,
        Remedy::Rule => Command::NewRule,
        Remedy::Test => Command::TestConnection,
    }
}
