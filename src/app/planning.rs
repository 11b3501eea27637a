//! What a plan of rules says: the rules, everything they admit, what they leave out, and how other widths compare.
//! Reads the study and computes; nothing is written from here.

use std::collections::BTreeMap;

use super::Model;
use super::impact::{count, thousands};
use super::overlays::help::Line;
use super::overlays::plan::PlanBox;
use crate::domain::impact::TrafficGroup;
use crate::domain::net::Width;
use crate::domain::plan::{self, Choice, LeftOut, Plan, Reason};
use crate::domain::whatif::{Configuration, Peer};
use crate::domain::{ArmId, Change, Pace, Proposal, RULE_ELEMENTS_PER_PROFILE};

/// So many groups that are left out are told for each reason.
const LEFT_OUT: usize = 8;

fn field(name: &str, value: impl Into<String>) -> Line {
    Line::Field(name.to_owned(), value.into())
}

/// Plans of several profiles, seen as one.
pub struct Plans<'g> {
    /// By profile.
    pub all: Vec<(ArmId, Plan<'g>)>,
    /// Groups whose resource has no profile that was read.
    pub homeless: Vec<&'g TrafficGroup>,
}

/// Plans rules for these groups, in the profiles of their resources.
pub fn plans<'g>(known: &Configuration, groups: &'g [TrafficGroup], choice: &Choice) -> Plans<'g> {
    let mut by_profile: BTreeMap<&ArmId, Vec<&TrafficGroup>> = BTreeMap::new();
    let mut homeless = Vec::new();
    for group in groups {
        // Without the rules that are there, neither names nor the budget are known.
        let profile = known.membership(&group.resource).and_then(|m| m.profile.as_ref());
        match profile.filter(|profile| known.rules(profile).is_some()) {
            Some(profile) => by_profile.entry(profile).or_default().push(group),
            None => homeless.push(group),
        }
    }
    let all = by_profile.into_iter();
    let all = all.map(|(profile, groups)| (profile.clone(), plan::plan(known, profile, &groups, choice)));
    Plans { all: all.collect(), homeless }
}

impl Plans<'_> {
    /// The number of rules.
    pub fn rules(&self) -> usize {
        self.all.iter().map(|(_, plan)| plan.rules.len()).sum()
    }

    /// Nothing is left out.
    pub fn is_whole(&self) -> bool {
        self.homeless.is_empty() && self.all.iter().all(|(_, plan)| plan.left_out.is_empty())
    }

    fn elements(&self) -> usize {
        self.all.iter().map(|(_, plan)| plan.inbound.added + plan.outbound.added).sum()
    }

    fn unseen(&self) -> u128 {
        self.all.iter().fold(0, |sum: u128, (_, plan)| sum.saturating_add(plan.unseen_addresses()))
    }

    /// Events that are covered, and all.
    fn events(&self) -> (u64, u64) {
        let homeless: u64 = self.homeless.iter().map(|group| group.count).sum();
        let sum = |of: fn(&Plan<'_>) -> u64| self.all.iter().map(|(_, plan)| of(plan)).sum::<u64>();
        (sum(|plan| plan.covered), sum(|plan| plan.total) + homeless)
    }

    /// Share of the evidence, rounded down: less than all is never called all.
    fn share(&self) -> String {
        let (covered, total) = self.events();
        if covered == total {
            return "all".to_owned();
        }
        format!("{} %", u128::from(covered) * 100 / u128::from(total.max(1)))
    }

    fn brief(&self) -> String {
        format!(
            "{} with {}, {} of the calls, {} more addresses than were seen",
            count(self.rules(), "rule"),
            count(self.elements(), "element"),
            self.share(),
            thousands(self.unseen())
        )
    }

    /// What makes the rules; `None` when there are none.
    pub fn proposal(&self, name: &str) -> Option<Proposal> {
        let change = |profile: &ArmId, rule: &plan::PlannedRule| {
            let id = profile.child("accessRules", &rule.name).ok()?;
            Some(Change::CreateRule { id, content: rule.content.clone() })
        };
        let changes = self
            .all
            .iter()
            .flat_map(|(profile, plan)| plan.rules.iter().filter_map(move |r| change(profile, r)));
        let changes: Vec<Change> = changes.collect();
        let title = format!("Allow {name}: create {}", count(changes.len(), "access rule"));
        Proposal::new(title, changes, Pace::OneByOne)
    }
}

/// Title of the box.
pub fn title(shown: &PlanBox) -> String {
    format!("Rules that would let {} through", shown.name)
}

/// What the box says.
pub fn lines(model: &Model, shown: &PlanBox) -> Vec<Line> {
    let Some(study) = &model.panes.evidence.study else {
        return vec![Line::Text("Reading the perimeter\u{2026}".to_owned())];
    };
    let known = study.known();
    let plans = plans(known, &shown.groups, &shown.choice);
    let (covered, total) = plans.events();
    let mut out = vec![Line::Strong(match plans.rules() {
        0 => "No rule can be made for this traffic.".to_owned(),
        n => format!(
            "{} {} {} of {} calls through, and {} {} more addresses than were seen.",
            count(n, "rule"),
            if n == 1 { "lets" } else { "let" },
            thousands(u128::from(covered)),
            thousands(u128::from(total)),
            if n == 1 { "admits" } else { "admit" },
            thousands(plans.unseen())
        ),
    })];
    if shown.unplanned > 0 {
        out.push(Line::Strong(format!(
            "NOT PLANNED FOR: {} of which it cannot be told whether enforcing denies them; space in the report marks them.",
            count(shown.unplanned, "line")
        )));
    }
    out.push(Line::Gap);
    out.push(Line::Head("Addresses put together by (left, right)".to_owned()));
    for width in Width::ALL {
        let choice = Choice { width, ..shown.choice.clone() };
        let here = if width == shown.choice.width { "chosen: " } else { "" };
        let words = self::plans(known, &shown.groups, &choice).brief();
        out.push(field(width.label(), format!("{here}{words}")));
    }
    let by = if shown.choice.subscriptions {
        "s: a subscription instead of addresses where the caller has a managed identity (on)"
    } else {
        "s: a subscription instead of addresses where the caller has a managed identity (off)"
    };
    out.push(Line::Text(by.to_owned()));
    for (profile, plan) in &plans.all {
        out.push(Line::Gap);
        out.push(Line::Head(format!("Profile {}", profile.name())));
        out.extend(rule_lines(model, plan));
        out.extend(left_out(&plan.left_out));
    }
    if !plans.homeless.is_empty() {
        out.push(Line::Gap);
        out.push(Line::Strong(format!(
            "{} left out: the profile of the resource or its rules were not read.",
            count(plans.homeless.len(), "group")
        )));
    }
    out
}

/// Everything that a plan admits, spelled out.
fn rule_lines(model: &Model, plan: &Plan<'_>) -> Vec<Line> {
    let calls = |events: u64| format!("{} calls", thousands(u128::from(events)));
    let mut out = Vec::new();
    for rule in &plan.rules {
        let kind = rule.content.kind().map_or("mixed", |kind| kind.label());
        out.push(field(
            "rule",
            format!("{} ({kind}, {})", rule.name, count(rule.content.elements(), "element")),
        ));
    }
    for block in &plan.blocks {
        let seen = count(block.seen, "address");
        let seen = seen.replace("addresss", "addresses");
        let unseen = thousands(block.unseen);
        out.push(field(
            "allows",
            format!("{}: {seen} seen, {unseen} not seen, {}", block.net, calls(block.events)),
        ));
    }
    for (guid, events) in &plan.subscriptions {
        let name = model.data.subscription_name(guid);
        out.push(field(
            "allows",
            format!("subscription {name} ({guid}): EVERY managed identity in it; {}", calls(*events)),
        ));
    }
    for (name, events) in &plan.fqdns {
        out.push(field("allows", format!("{name}: {}", calls(*events))));
    }
    for (direction, budget) in [("inbound", plan.inbound), ("outbound", plan.outbound)] {
        if budget.added > 0 {
            let text = format!(
                "{} taken, {} added, {} of {RULE_ELEMENTS_PER_PROFILE} left",
                budget.taken,
                budget.added,
                budget.left()
            );
            out.push(field(direction, text));
        }
    }
    out
}

/// Who or what is at the other end, as the log tells it.
pub fn peer(peer: &Peer) -> String {
    let found = match peer {
        Peer::Caller(caller) => caller
            .address
            .map(|a| a.to_string())
            .or_else(|| caller.resource.as_ref().map(|r| r.name().to_owned()))
            .or_else(|| caller.app_id.clone()),
        Peer::Destination(to) => {
            to.fqdn.clone().or_else(|| to.resource.as_ref().map(|r| r.name().to_owned()))
        }
    };
    found.unwrap_or_else(|| "somebody whom the log does not name".to_owned())
}

fn left_out(all: &[LeftOut<'_>]) -> Vec<Line> {
    let mut by_reason: BTreeMap<Reason, Vec<String>> = BTreeMap::new();
    for left in all {
        by_reason.entry(left.reason).or_default().push(peer(&left.group.peer));
    }
    let mut out = Vec::new();
    for (reason, mut who) in by_reason {
        who.sort();
        who.dedup();
        let more = who.len().saturating_sub(LEFT_OUT);
        who.truncate(LEFT_OUT);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        out.push(field("LEFT OUT", format!("{}{more}: {reason}", who.join(", "))));
    }
    out
}
