//! From what is typed in a form to the change that it proposes, and what there is to choose from.

use super::super::super::data::Data;
use super::super::super::msg::Offer;
use super::{Purpose, Sheet, Source, Suggestion, create, logging, name, role};
use crate::domain::check::{self, Finding, Level};
use crate::domain::{ArmId, Change, New, Perimeter};

fn error(findings: &mut Vec<Finding>, text: impl Into<String>) {
    findings.push(Finding { level: Level::Error, text: text.into() });
}

/// The guid of a subscription in scope by its name or guid.
pub fn subscription(text: &str, data: &Data) -> Option<String> {
    let mut same = data
        .subscriptions
        .rows()
        .iter()
        .filter(|s| s.name.eq_ignore_ascii_case(text) || s.id.eq_ignore_ascii_case(text));
    let found = same.next()?;
    same.next().is_none().then(|| found.id.clone())
}

/// What could be typed into a field, and what could not, with the reason.
pub fn suggestions(sheet: &Sheet, source: Source, data: &Data) -> (Vec<Suggestion>, Vec<Suggestion>) {
    if let Purpose::Setting(perimeter, _) | Purpose::Configure(perimeter, _) = &sheet.purpose
        && source != Source::None
    {
        return logging::suggestions(sheet, source, perimeter, data);
    }
    (open(sheet, source, data), Vec::new())
}

fn open(sheet: &Sheet, source: Source, data: &Data) -> Vec<Suggestion> {
    let words = |what, of: &str| -> Vec<Suggestion> {
        let all = data.offer(what, of).unwrap_or_default();
        all.iter().map(|w| Suggestion { value: w.clone(), note: String::new() }).collect()
    };
    let typed = || subscription(sheet.text("Subscription"), data).unwrap_or_default();
    match source {
        Source::None
        | Source::Categories
        | Source::Workspaces
        | Source::Storage
        | Source::Hubs
        | Source::HubRules => Vec::new(),
        Source::Subscriptions => {
            let all = data.subscriptions.rows().iter();
            all.map(|s| Suggestion { value: s.name.clone(), note: s.id.clone() }).collect()
        }
        Source::Groups => words(Offer::Groups, &typed()),
        Source::Regions => words(Offer::Regions, &typed()),
        Source::Accounts => {
            if let Purpose::Role(of) = &sheet.purpose {
                role::suggestions(of, data)
            } else {
                Vec::new()
            }
        }
        Source::Profiles => {
            let perimeter = perimeter_of(&sheet.purpose);
            let all = perimeter.and_then(|id| data.of(&id)).map_or(&[][..], |d| d.profiles.rows());
            all.iter().map(|p| Suggestion { value: p.id.name().to_owned(), note: String::new() }).collect()
        }
        Source::Perimeters => {
            let own = perimeter_of(&sheet.purpose);
            let others = perimeters(data).filter(|p| Some(&p.id) != own.as_ref());
            others
                .map(|p| Suggestion {
                    value: p.id.name().to_owned(),
                    note: format!(
                        "{} {}",
                        p.location,
                        data.subscription_name(p.id.subscription().unwrap_or_default())
                    ),
                })
                .collect()
        }
    }
}

fn perimeter_of(purpose: &Purpose) -> Option<ArmId> {
    match purpose {
        Purpose::Perimeter | Purpose::Role(_) => None,
        Purpose::Tags(p)
        | Purpose::Profile(p)
        | Purpose::Link(p)
        | Purpose::Setting(p, _)
        | Purpose::Configure(p, _) => Some(p.id.clone()),
        Purpose::Move(association) => association.id.parent(),
    }
}

fn perimeters(data: &Data) -> impl Iterator<Item = &Perimeter> {
    data.perimeters.values().flat_map(|r| r.rows().iter().map(AsRef::as_ref))
}

/// The change that the form proposes, and what is to be said about what is typed.
pub fn build(sheet: &Sheet, data: &Data) -> (Option<Change>, Vec<Finding>) {
    let mut findings = Vec::new();
    let change = match &sheet.purpose {
        Purpose::Perimeter => perimeter(sheet, data, &mut findings),
        Purpose::Tags(before) => tags(sheet.text("Tags"), &mut findings).map(|tags| {
            if tags == before.tags {
                error(&mut findings, "nothing is changed yet");
            }
            Change::SetTags { before: (**before).clone(), tags }
        }),
        Purpose::Profile(perimeter) => {
            let id = child(&perimeter.id, "profiles", sheet.text("Name"), &mut findings);
            let known = data.of(&perimeter.id).map_or(&[][..], |d| d.profiles.rows());
            taken(id.as_ref(), known.iter().map(|p| &p.id), &mut findings);
            create(id.map(|id| New::Profile { id }))
        }
        Purpose::Move(before) => {
            let perimeter = before.id.parent();
            let profile = perimeter.and_then(|p| profile(sheet.text("Profile"), &p, data, &mut findings));
            if profile.is_some() && profile == before.profile {
                error(&mut findings, "it is in this profile already");
            }
            profile.map(|profile| Change::MoveToProfile { before: (**before).clone(), profile })
        }
        Purpose::Link(perimeter) => link(sheet, perimeter, data, &mut findings),
        Purpose::Role(of) => role::build(sheet, of, data, &mut findings),
        Purpose::Setting(perimeter, before) => {
            logging::setting(sheet, (perimeter, before.as_deref()), data, &mut findings)
        }
        Purpose::Configure(perimeter, before) => {
            logging::configure(sheet, (perimeter, before.as_deref()), data, &mut findings)
        }
    };
    (change, findings)
}

fn child(perimeter: &ArmId, kind: &str, typed: &str, findings: &mut Vec<Finding>) -> Option<ArmId> {
    let name = name(typed, findings)?;
    perimeter.child(kind, &name).map_err(|e| error(findings, e.to_string())).ok()
}

fn taken<'a>(id: Option<&ArmId>, mut known: impl Iterator<Item = &'a ArmId>, findings: &mut Vec<Finding>) {
    if let Some(id) = id.filter(|id| known.any(|k| k == *id)) {
        error(findings, format!("{} exists already", id.name()));
    }
}

fn perimeter(sheet: &Sheet, data: &Data, findings: &mut Vec<Finding>) -> Option<Change> {
    let name = name(sheet.text("Name"), findings);
    let guid = subscription(sheet.text("Subscription"), data);
    if guid.is_none() {
        error(findings, "the subscription is none (or not only one) of those in scope");
    }
    let group = sheet.text("Resource group");
    let region = sheet.text("Region").to_owned();
    for (what, typed, offer) in
        [("resource group", group, Offer::Groups), ("region", &region, Offer::Regions)]
    {
        let known = guid.as_ref().and_then(|guid| data.offer(offer, guid));
        if typed.is_empty() {
            error(findings, format!("the {what} is missing"));
        } else if known.is_some_and(|all| !all.iter().any(|w| w.eq_ignore_ascii_case(typed))) {
            error(findings, format!("this subscription has no {what} {typed}"));
        }
    }
    let tags = tags(sheet.text("Tags"), findings);
    if group.is_empty() {
        return None;
    }
    let place = format!(
        "/subscriptions/{}/resourceGroups/{group}/providers/Microsoft.Network/networkSecurityPerimeters/{}",
        guid?, name?
    );
    let id = ArmId::parse(&place).map_err(|e| error(findings, e.to_string())).ok()?;
    taken(Some(&id), perimeters(data).map(|p| &p.id), findings);
    create(Some(New::Perimeter { id, location: region, tags: tags? }))
}

/// Tags from `name=value, name=value`.
fn tags(text: &str, findings: &mut Vec<Finding>) -> Option<Vec<(String, String)>> {
    let mut out: Vec<(String, String)> = Vec::new();
    for part in text.split(',').map(str::trim).filter(|p| !p.is_empty()) {
        match part.split_once('=').map(|(n, v)| (n.trim(), v.trim())) {
            Some((name, value)) if !name.is_empty() => {
                if out.iter().any(|(n, _)| n.eq_ignore_ascii_case(name)) {
                    error(findings, format!("tag {name} is named twice"));
                }
                out.push((name.to_owned(), value.to_owned()));
            }
            _ => {
                error(findings, format!("{part}: a tag is name=value"));
                return None;
            }
        }
    }
    Some(out)
}

fn profile(typed: &str, perimeter: &ArmId, data: &Data, findings: &mut Vec<Finding>) -> Option<ArmId> {
    let all = data.of(perimeter).map_or(&[][..], |d| d.profiles.rows());
    let found = all.iter().find(|p| p.id.name().eq_ignore_ascii_case(typed)).map(|p| p.id.clone());
    if found.is_none() {
        error(
            findings,
            if typed.is_empty() {
                "the profile is missing".into()
            } else {
                format!("there is no profile {typed}")
            },
        );
    }
    found
}

fn link(sheet: &Sheet, own: &Perimeter, data: &Data, findings: &mut Vec<Finding>) -> Option<Change> {
    let id = child(&own.id, "links", sheet.text("Name"), findings);
    let known = data.of(&own.id).map_or(&[][..], |d| d.links.rows());
    taken(id.as_ref(), known.iter().map(|l| &l.id), findings);
    let typed = sheet.text("Other");
    let named = |id: &ArmId| id.name().eq_ignore_ascii_case(typed) || id.as_str().eq_ignore_ascii_case(typed);
    let found: Vec<&ArmId> =
        perimeters(data).map(|p| &p.id).filter(|id| named(id) && **id != own.id).collect();
    let remote = match (found.as_slice(), ArmId::parse(typed)) {
        ([one], _) => Some((*one).clone()),
        ([_, ..], _) => {
            error(findings, format!("several perimeters are named {typed}: type the id"));
            None
        }
        ([], Ok(id)) => Some(id),
        ([], Err(_)) => {
            error(
                findings,
                if typed.is_empty() {
                    "the other perimeter is missing".into()
                } else {
                    format!("there is no other perimeter {typed}")
                },
            );
            None
        }
    };
    let mut profiles = |label: &str| {
        let all: Vec<String> = check::split_list(sheet.text(label)).into_iter().map(str::to_owned).collect();
        if all.is_empty() {
            error(findings, format!("{}: name profiles, or * for all", label.to_lowercase()));
        }
        all
    };
    let (local_inbound, remote_inbound) = (profiles("Admits here"), profiles("Admits there"));
    create(Some(New::Link { id: id?, remote: remote?, local_inbound, remote_inbound }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_pairs() {
        let mut findings = Vec::new();
        assert_eq!(
            tags("env=prod, owner = net=ops,", &mut findings).unwrap(),
            [("env".to_owned(), "prod".to_owned()), ("owner".to_owned(), "net=ops".to_owned())]
        );
        assert!(findings.is_empty());
        assert!(tags("env", &mut findings).is_none());
        assert!(tags("a=1,A=2", &mut findings).is_some());
        assert_eq!(findings.len(), 2);
    }
}
