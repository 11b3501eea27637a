//! Putting resources into a perimeter: which ones, which perimeter, which profile. It keeps what was
//! chosen; the rows to choose from are those of the pane of candidates.

use std::sync::Arc;

use super::picker::{Choice, Picker, Purpose};
use crate::app::coverage;
use crate::app::data::Data;
use crate::app::focus::Scope;
use crate::app::msg::{Offer, Slot};
use crate::app::panes::FilterInput;
use crate::domain::{ArmId, Associable, Change, Failure, Pace, Perimeter, Profile, Proposal};

/// What is being chosen.
#[derive(Debug, Clone, PartialEq)]
pub enum Stage {
    /// Resources, from the pane of candidates.
    Resources,
    /// The perimeter.
    Perimeter(Picker),
    /// The profile; no choice is there before the profiles were read.
    Profile(Picker),
}

/// Putting resources into a perimeter.
#[derive(Debug, Clone, PartialEq)]
pub struct Join {
    /// Where to; `None` while that is not chosen.
    pub perimeter: Option<Arc<Perimeter>>,
    /// The perimeter was given: it is not asked for.
    pub given: bool,
    /// What.
    pub chosen: Vec<Arc<Associable>>,
    /// What is being chosen now.
    pub stage: Stage,
    /// A filter of the candidates that is being typed.
    pub typing: Option<FilterInput>,
    /// Why the service refused it the last time.
    pub refused: Option<Failure>,
}

impl Join {
    /// Into this perimeter; the resources are to be chosen.
    pub fn into_perimeter(perimeter: Arc<Perimeter>) -> Self {
        Self {
            perimeter: Some(perimeter),
            given: true,
            chosen: Vec::new(),
            stage: Stage::Resources,
            typing: None,
            refused: None,
        }
    }

    /// These resources; the perimeter is to be chosen.
    pub fn of(chosen: Vec<Arc<Associable>>, data: &Data) -> Self {
        let stage = Stage::Perimeter(perimeters(&chosen, data));
        Self { perimeter: None, given: false, chosen, stage, typing: None, refused: None }
    }

    /// The scope of its keys.
    pub fn scope(&self) -> Scope {
        match (&self.stage, &self.typing) {
            (Stage::Perimeter(_) | Stage::Profile(_), _) => Scope::Picker,
            (Stage::Resources, Some(_)) => Scope::FilterInput,
            (Stage::Resources, None) => Scope::Several,
        }
    }

    /// The list that is open, when it is one of few choices.
    pub fn picker_mut(&mut self) -> Option<&mut Picker> {
        match &mut self.stage {
            Stage::Resources => None,
            Stage::Perimeter(picker) | Stage::Profile(picker) => Some(picker),
        }
    }

    /// What must be read for it.
    pub fn slots(&self, data: &Data) -> Vec<Slot> {
        let mut out = if self.stage == Stage::Resources { coverage::slots(data, false) } else { Vec::new() };
        if let Some(perimeter) = &self.perimeter {
            out.push(Slot::Profiles(perimeter.id.clone()));
            out.push(Slot::Offer(Offer::Types, coverage::types_of(perimeter).into()));
        }
        out
    }

    /// Goes on to the profile, now that resources and perimeter are chosen.
    pub fn ask_profile(&mut self, data: &Data) {
        let Some(perimeter) = &self.perimeter else { return };
        self.stage = Stage::Profile(profiles(&self.chosen, perimeter, data));
    }

    /// Back from the profile to what is chosen before it.
    pub fn step_back(&mut self, data: &Data) {
        self.stage =
            if self.given { Stage::Resources } else { Stage::Perimeter(perimeters(&self.chosen, data)) };
    }

    /// The profiles of the perimeter, once they were read.
    pub fn profiles<'a>(&self, data: &'a Data) -> Option<&'a [Arc<Profile>]> {
        let remote = &data.of(&self.perimeter.as_ref()?.id)?.profiles;
        remote.read_at().map(|_| remote.rows())
    }

    /// What is proposed with this profile: each stands for itself.
    pub fn proposal(&self, profile: &ArmId, data: &Data) -> Option<Proposal> {
        let perimeter = self.perimeter.as_ref()?;
        let ids = self.chosen.iter().map(|it| &it.id);
        let new = coverage::associations(perimeter, ids, profile, data);
        let changes: Vec<Change> = new.into_iter().map(Change::Create).collect();
        let title = format!("Associate {} resources with {}", changes.len(), perimeter.id.name());
        Proposal::new(title, changes, Pace::SideBySide)
    }

    /// It again after the service refused it.
    #[must_use]
    pub fn again(mut self, failure: Failure) -> Self {
        if self.given {
            self.stage = Stage::Resources;
        } else if let Some(picker) = self.picker_mut() {
            let words = format!("Refused: {}. {} {}", failure.title, failure.detail, failure.hint);
            picker.intro = vec![super::help::Line::Strong(words)];
        }
        self.refused = Some(failure);
        self
    }
}

/// What is to be associated, in a few words.
pub fn what(chosen: &[Arc<Associable>]) -> String {
    match chosen {
        [one] => one.id.name().to_owned(),
        many => format!("{} resources", many.len()),
    }
}

/// All perimeters in scope; one whose region does not take the resources says so.
fn perimeters(chosen: &[Arc<Associable>], data: &Data) -> Picker {
    let all: Vec<&Arc<Perimeter>> = coverage::perimeters(data).collect();
    let choice = |p: &&Arc<Perimeter>| {
        let subscription = data.subscription_name(p.id.subscription().unwrap_or_default());
        let choice = Choice::new(p.id.name(), format!("{}  {subscription}", p.location));
        match not_taken(chosen, p, data) {
            Some(reason) => choice.disabled(reason),
            None => choice,
        }
    };
    let choices = all.iter().map(choice).collect();
    Picker::new(format!("Associate {} with which perimeter?", what(chosen)), Purpose::Step, choices)
}

/// Why a perimeter's region does not take all of these, as far as that is known.
pub fn not_taken(chosen: &[Arc<Associable>], perimeter: &Perimeter, data: &Data) -> Option<String> {
    let types = data.offer(Offer::Types, &coverage::types_of(perimeter))?;
    let kind = chosen.iter().filter_map(|it| it.id.resource_type()).find(|kind| {
        let same = |t: &String| t.eq_ignore_ascii_case(kind);
        !types.iter().any(same)
    })?;
    Some(format!("{kind} cannot join a perimeter in {}", perimeter.location))
}

fn profiles(chosen: &[Arc<Associable>], perimeter: &Perimeter, data: &Data) -> Picker {
    let remote = data.of(&perimeter.id).map(|d| &d.profiles);
    let choices: Vec<Choice> = remote
        .map_or(&[][..], |r| r.rows())
        .iter()
        .map(|p| {
            let rules = data.of(&perimeter.id).and_then(|d| d.rules.get(&p.id));
            let note = rules.and_then(|r| r.read_at().map(|_| format!("{} access rules", r.rows().len())));
            Choice::new(p.id.name(), note.unwrap_or_default())
        })
        .collect();
    let title = format!("Associate {} with {}: which profile?", what(chosen), perimeter.id.name());
    let mut intro = Vec::new();
    if choices.is_empty() {
        let failure = remote.and_then(|r| r.failure());
        intro.push(super::help::Line::Text(
            match (failure, remote.and_then(super::super::remote::Remote::read_at)) {
                (Some(failure), _) => format!("{}. {} {}", failure.title, failure.detail, failure.hint),
                (None, Some(_)) => "This perimeter has no profile yet: make one first (2, N).".to_owned(),
                (None, None) => "reading the profiles\u{2026}".to_owned(),
            },
        ));
    }
    Picker::new(title, Purpose::Step, choices).intro(intro)
}
