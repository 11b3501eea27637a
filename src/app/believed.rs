//! What a resource believes of its perimeter beside what the perimeter says: the comparison of what was
//! read of both, and how it is told. Asks for nothing itself; says which slots it needs.

use std::sync::Arc;

use super::Model;
use super::columns::clock;
use super::data::Data;
use super::details::failure_lines;
use super::logging;
use super::msg::{Facts, Slot, Topic};
use super::overlays::Overlay;
use super::overlays::help::Line;
use super::panes::detail::Subject;
use super::remote::Remote;
use crate::domain::agreement::{Compared, Comparison, Expected, compare};
use crate::domain::logging::LOG_CATEGORIES;
use crate::domain::{
    ArmId, Association, Configuration, Failure, Issues, KnownRule, LoggingConfiguration, ProvisioningIssue,
};

/// What is known of a resource's side of an association.
#[derive(Debug, Clone, PartialEq)]
pub enum Standing<'a> {
    /// It cannot be asked; why.
    Silent(String),
    /// It was not asked yet, or has not answered.
    Unread,
    /// The last reading failed, and there was none before.
    Failed(&'a Failure),
    /// It was read.
    Known {
        /// What it believes; `None` when it knows nothing of this association.
        believed: Option<&'a Configuration>,
        /// In what that agrees with the perimeter.
        comparison: Comparison,
    },
}

/// Something that a resource suggests to add to its perimeter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Suggested {
    /// An access rule for the profile.
    Rule(KnownRule),
    /// A resource to associate with the same profile.
    Resource(ArmId),
}

fn field(name: &str, value: impl Into<String>) -> Line {
    Line::Field(name.to_owned(), value.into())
}

/// Where what a resource believes is kept; `None` when it cannot be asked.
pub fn slot(association: &Association) -> Option<Slot> {
    let resource = association.resource.as_ref()?;
    Configuration::silence(resource).is_none().then(|| about(resource))
}

fn about(resource: &ArmId) -> Slot {
    Slot::About(Topic::Configurations, Arc::from(resource.as_str()))
}

fn reading<'a>(data: &'a Data, resource: &ArmId) -> Option<&'a Remote<Arc<Facts>>> {
    data.facts(Topic::Configurations, resource.as_str())
}

/// The slots that the view needs: of the association that the detail pane or a box speaks about.
pub fn slots(model: &Model) -> Vec<Slot> {
    let subject = match &model.panes.detail.subject {
        Some(Subject::Association(id)) => Some(id),
        _ => None,
    };
    let shown = model.overlays.iter().filter_map(|overlay| match overlay {
        Overlay::Believed(shown) => Some(&shown.association),
        _ => None,
    });
    let found = subject.into_iter().chain(shown).filter_map(|id| model.panes.resources.find(id));
    found.filter_map(|a| slot(a)).collect()
}

/// What was read of the resources of a perimeter, and is not to be compared with what comes next.
pub fn stale(perimeter: &ArmId, data: &Data) -> Vec<Slot> {
    let all = data.of(perimeter).map_or(&[][..], |d| d.associations.rows());
    let read = all.iter().filter_map(|a| a.resource.as_ref()).filter(|r| reading(data, r).is_some());
    read.map(about).collect()
}

/// Why what the selected resource believes could not be read.
pub fn failure(model: &Model) -> Option<(String, &Failure)> {
    let Some(Subject::Association(id)) = &model.panes.detail.subject else { return None };
    let resource = model.panes.resources.find(id)?.resource.as_ref()?;
    let failure = reading(&model.data, resource)?.failure()?;
    Some((format!("What {} believes", resource.name()), failure))
}

/// Both sides of an association, as far as they were read.
pub fn standing<'a>(data: &'a Data, association: &Association) -> Standing<'a> {
    let Some(resource) = &association.resource else {
        return Standing::Silent("the association names no resource".to_owned());
    };
    if let Some(why) = Configuration::silence(resource) {
        return Standing::Silent(why);
    }
    let Some(remote) = reading(data, resource) else { return Standing::Unread };
    let Some(Facts::Configurations(all)) = remote.value().map(AsRef::as_ref) else {
        return remote.failure().map_or(Standing::Unread, Standing::Failed);
    };
    let believed = all.iter().find(|c| c.is_of(association));
    Standing::Known { believed, comparison: comparison(data, association, believed) }
}

fn comparison(data: &Data, association: &Association, believed: Option<&Configuration>) -> Comparison {
    let contents = association.id.parent().and_then(|id| data.of(&id));
    let profile = association.profile.as_ref();
    let read = contents.and_then(|c| c.profiles.rows().iter().find(|p| Some(&p.id) == profile));
    let rules = contents.zip(profile).and_then(|(c, id)| c.rules.get(id)).filter(|r| r.read_at().is_some());
    let categories = association.id.parent().and_then(|id| enabled(data, &id));
    let expected = Expected {
        association,
        profile: read.map(AsRef::as_ref),
        rules: rules.map(Remote::rows),
        categories: categories.as_deref(),
    };
    compare(&expected, believed)
}

/// Log categories that a perimeter enables: what its diagnostic settings send, narrowed by its logging
/// configuration where there is one. `None` when that was not read.
fn enabled(data: &Data, perimeter: &ArmId) -> Option<Vec<String>> {
    if !logging::is_known(data, perimeter) {
        return None;
    }
    let Facts::Logging(configurations) = data.facts(Topic::Logging, perimeter.as_str())?.value()?.as_ref()
    else {
        return None;
    };
    let narrowed = |category: &str| {
        configurations
            .iter()
            .all(|c: &LoggingConfiguration| c.categories.iter().any(|w| w.eq_ignore_ascii_case(category)))
    };
    let settings = logging::settings(data, perimeter);
    let sent = |category: &str| settings.iter().any(|s| s.content.logs(category));
    let all = LOG_CATEGORIES.iter().map(|(name, _)| *name);
    Some(all.filter(|c| sent(c) && narrowed(c)).map(str::to_owned).collect())
}

/// What the resource suggests.
pub fn suggested(standing: &Standing<'_>) -> Vec<Suggested> {
    let Standing::Known { believed: Some(believed), .. } = standing else { return Vec::new() };
    let of = |issue: &ProvisioningIssue| {
        let rules = issue.rules.iter().cloned().map(Suggested::Rule);
        let resources =
            issue.resources.iter().filter_map(|id| ArmId::parse(id).ok()).map(Suggested::Resource);
        rules.chain(resources).collect::<Vec<_>>()
    };
    believed.issues.iter().flat_map(of).collect()
}

/// One line for the detail pane, and whether it is one that must not be overlooked.
pub fn short(data: &Data, association: &Association) -> Option<(Line, bool)> {
    let (words, urgent) = match standing(data, association) {
        Standing::Unread => return None,
        Standing::Silent(why) => (why, false),
        Standing::Failed(failure) => (format!("not read: {} (c tells more)", failure.title), false),
        Standing::Known { believed, comparison } => {
            let issues = believed.map_or(0, |b| b.issues.len());
            let mut words = if comparison.agrees() {
                "the same".to_owned()
            } else {
                format!("OTHERWISE: {}", comparison.summary())
            };
            if issues > 0 {
                let s = if issues == 1 { "" } else { "s" };
                words = format!("{words}; reports {issues} issue{s}");
            }
            (format!("{words} (c compares)"), !comparison.agrees() || issues > 0)
        }
    };
    Some((field("resource believes", words), urgent))
}

/// Everything that is known of both sides.
pub fn lines(model: &Model, association: &Association) -> Vec<Line> {
    let data = &model.data;
    let remote = association.resource.as_ref().and_then(|id| reading(data, id));
    let mut out = Vec::new();
    if remote.is_some_and(|r| r.awaited().is_some()) {
        out.push(Line::Strong("reading \u{2026}".to_owned()));
    }
    match standing(data, association) {
        Standing::Silent(why) => {
            out.push(Line::Strong("This resource does not tell what it believes.".to_owned()));
            out.push(Line::Text(format!("{why}.")));
            out.push(Line::Text(
                "R reconciles the perimeter's side; the access log shows what came of it.".into(),
            ));
        }
        Standing::Unread => {}
        Standing::Failed(failure) => out.extend(failure_lines(failure)),
        Standing::Known { believed, comparison } => {
            out.extend(compared(&comparison, believed));
            out.extend(issue_lines(association, believed));
            if let Some(believed) = believed {
                out.push(Line::Gap);
                out.push(field("provisioning", believed.state.as_ref().map_or("not sent", |s| s.wire())));
                out.push(field("configuration", believed.name.as_str()));
            }
        }
    }
    if let Some(failure) = remote.filter(|r| r.value().is_some()).and_then(Remote::failure) {
        out.push(Line::Gap);
        out.push(Line::Strong("The last reading failed; this is from before.".to_owned()));
        out.extend(failure_lines(failure));
    }
    if let Some(at) = remote.and_then(Remote::read_at) {
        out.push(field("read", clock(at)));
    }
    out
}

/// Differences first, then what agrees, then what is not known.
fn compared(comparison: &Comparison, believed: Option<&Configuration>) -> Vec<Line> {
    let mut out = Vec::new();
    let known = comparison.agreements.len();
    out.push(Line::Strong(match (comparison.differences.len(), believed) {
        (_, None) => "The resource knows nothing of this association.".to_owned(),
        (0, _) => format!("Perimeter and resource agree in all {known} points that could be compared."),
        (1, _) => "Perimeter and resource differ in one point. R reconciles them.".to_owned(),
        (n, _) => format!("Perimeter and resource differ in {n} points. R reconciles them."),
    }));
    if believed.is_none() {
        out.push(Line::Text(
            "A new association takes up to some minutes to arrive. If it stays unknown, reconcile (R)."
                .to_owned(),
        ));
        return out;
    }
    if !comparison.agrees() {
        out.push(Line::Text(
            "A change needs 30 seconds to some minutes to arrive at the resource.".to_owned(),
        ));
        out.push(Line::Gap);
        out.push(Line::Head("Differs".to_owned()));
        out.extend(comparison.differences.iter().flat_map(difference));
    }
    if known > 0 {
        out.push(Line::Gap);
        out.push(Line::Head("Agrees".to_owned()));
        out.extend(comparison.agreements.iter().map(|c| field(c.aspect.label(), c.perimeter.as_str())));
    }
    if !comparison.unknown.is_empty() {
        out.push(Line::Gap);
        out.push(Line::Head("Not compared".to_owned()));
        out.extend(comparison.unknown.iter().cloned().map(Line::Text));
    }
    out
}

fn difference(one: &Compared) -> [Line; 2] {
    let or = |text: &str, none: &str| if text.is_empty() { none.to_owned() } else { text.to_owned() };
    [
        field(one.aspect.label(), format!("perimeter: {}", or(&one.perimeter, "not there"))),
        field("", format!("resource:  {}", or(&one.resource, "does not know it"))),
    ]
}

/// What the resource complains about, why that matters, and what it suggests.
fn issue_lines(association: &Association, believed: Option<&Configuration>) -> Vec<Line> {
    let issues = believed.map_or(&[][..], |b| b.issues.as_slice());
    let mut out = vec![Line::Gap];
    if issues.is_empty() {
        out.push(match association.issues {
            Issues::No => field("issues", "none"),
            Issues::Yes | Issues::Unknown(_) => Line::Strong(
                "The association says that there are issues; the resource reports none.".to_owned(),
            ),
        });
        return out;
    }
    out.push(Line::Head("Issues that the resource reports".to_owned()));
    for issue in issues {
        out.push(Line::Strong(format!("{}: {}", issue.severity.wire(), issue.kind.wire())));
        out.extend(
            [issue.description.as_str(), issue.kind.meaning()]
                .into_iter()
                .filter(|t| !t.is_empty())
                .map(|text| Line::Text(text.to_owned())),
        );
        for rule in &issue.rules {
            let values = rule.content.summary();
            let text = if values.is_empty() {
                rule.name.clone()
            } else {
                format!("{} ({} {values})", rule.name, rule.content.direction.wire().to_ascii_lowercase())
            };
            out.push(field("suggests rule", text));
        }
        out.extend(issue.resources.iter().map(|id| field("suggests resource", id.as_str())));
    }
    if issues.iter().any(|i| !i.rules.is_empty() || !i.resources.is_empty()) {
        out.push(Line::Text("n adds what is suggested.".to_owned()));
    }
    out
}

/// The lines as plain text, for the clipboard.
pub fn plain(model: &Model, association: &Association) -> String {
    let text = |line: Line| match line {
        Line::Head(text) | Line::Text(text) | Line::Strong(text) => text,
        Line::Field(name, value) => format!("{name}\t{value}"),
        Line::Key { keys, text, .. } => format!("{keys}\t{text}"),
        Line::Gap => String::new(),
    };
    lines(model, association).into_iter().map(|line| text(line) + "\n").collect()
}
