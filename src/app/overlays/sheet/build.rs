//! From what is typed in a form to the change that it proposes, and what there is to choose from.

use super::super::super::columns::short_type;
use super::super::super::data::Data;
use super::super::super::msg::Offer;
use super::{Purpose, Sheet, Source, Suggestion, create, logging, name, role};
use crate::domain::check::{self, Finding, Level, NAME_MAX};
use crate::domain::{ArmId, Association, Change, New, Perimeter};

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

/// The place by which the types that a perimeter's region takes are known.
pub fn types_of(perimeter: &Perimeter) -> String {
    format!("{}/{}", perimeter.id.subscription().unwrap_or_default(), perimeter.location)
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
        Source::Resources => {
            if let Purpose::Associate(perimeter) = &sheet.purpose {
                resources(perimeter, data)
            } else {
                Vec::new()
            }
        }
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
        | Purpose::Associate(p)
        | Purpose::Link(p)
        | Purpose::Setting(p, _)
        | Purpose::Configure(p, _) => Some(p.id.clone()),
        Purpose::Move(association) => association.id.parent(),
    }
}

fn perimeters(data: &Data) -> impl Iterator<Item = &Perimeter> {
    data.perimeters.values().flat_map(|r| r.rows().iter().map(AsRef::as_ref))
}

/// Ids of all resources that could join, as far as they have been read.
fn candidates(perimeter: &Perimeter, data: &Data) -> Vec<ArmId> {
    let types = data.offer(Offer::Types, &types_of(perimeter));
    let subscriptions = data.subscriptions.rows().iter();
    let ids = subscriptions.filter_map(|s| data.offer(Offer::Resources, &s.id)).flatten();
    ids.filter_map(|id| ArmId::parse(id).ok())
        .filter(|id| {
            let kind = id.resource_type().unwrap_or_default();
            types.is_none_or(|types| types.iter().any(|t| t.eq_ignore_ascii_case(&kind)))
        })
        .collect()
}

/// The association of a resource in any perimeter that was looked at.
fn member<'a>(resource: &ArmId, data: &'a Data) -> Option<&'a Association> {
    perimeters(data)
        .filter_map(|p| data.of(&p.id))
        .flat_map(|d| d.associations.rows().iter())
        .find(|a| a.resource.as_ref() == Some(resource))
        .map(AsRef::as_ref)
}

fn resources(perimeter: &Perimeter, data: &Data) -> Vec<Suggestion> {
    let ids = candidates(perimeter, data);
    let free = ids.iter().filter(|id| member(id, data).is_none());
    free.map(|id| {
        let twice = ids.iter().filter(|other| other.name().eq_ignore_ascii_case(id.name())).count() > 1;
        let group = id.resource_group().unwrap_or_default();
        let subscription = data.subscription_name(id.subscription().unwrap_or_default());
        Suggestion {
            value: if twice { id.as_str().to_owned() } else { id.name().to_owned() },
            note: format!("{}  {group}  {subscription}", short_type(id, "")),
        }
    })
    .collect()
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
        Purpose::Associate(perimeter) => associate(sheet, perimeter, data, &mut findings),
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

fn associate(
    sheet: &Sheet,
    perimeter: &Perimeter,
    data: &Data,
    findings: &mut Vec<Finding>,
) -> Option<Change> {
    let typed = sheet.text("Resource");
    let named = |id: &ArmId| id.name().eq_ignore_ascii_case(typed) || id.as_str().eq_ignore_ascii_case(typed);
    let found: Vec<ArmId> = candidates(perimeter, data).into_iter().filter(named).collect();
    let resource = match (found.as_slice(), ArmId::parse(typed)) {
        ([one], _) => Some(one.clone()),
        ([_, ..], _) => {
            error(findings, format!("several resources are named {typed}: type the id"));
            None
        }
        ([], Ok(id)) if id.resource_type().is_some() => {
            let text =
                "this id is not among the resources that were listed; Azure decides whether it can join";
            findings.push(Finding { level: Level::Warning, text: text.to_owned() });
            Some(id)
        }
        ([], _) => {
            let text = if typed.is_empty() {
                "the resource is missing".into()
            } else {
                format!("no resource {typed} that could join was found")
            };
            error(findings, text);
            None
        }
    };
    if let Some(there) = resource.as_ref().and_then(|r| member(r, data)) {
        let perimeter = there.id.parent().map_or_else(String::new, |p| p.name().to_owned());
        error(findings, format!("it is in perimeter {perimeter} already; a resource can be in one only"));
    }
    let profile = profile(sheet.text("Profile"), &perimeter.id, data, findings)?;
    let resource = resource?;
    create(new_association(perimeter, resource, profile))
}

/// An association under the name that the portal gives.
pub fn new_association(perimeter: &Perimeter, resource: ArmId, profile: ArmId) -> Option<New> {
    let name = association_name(&resource, &perimeter.guid);
    let id = perimeter.id.child("resourceAssociations", &name).ok()?;
    Some(New::Association { id, resource, profile })
}

/// The name that the portal gives, `{resource}-{perimeter guid}`, cut so that it keeps the limit of
/// 80 characters (API.md, section 2.1), and free of what cannot stand in a name.
fn association_name(resource: &ArmId, guid: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-') { c } else { '-' };
    let tail = if guid.is_empty() { String::new() } else { format!("-{guid}") };
    let room = NAME_MAX.saturating_sub(tail.len());
    let head: String = resource.name().chars().map(plain).take(room).collect();
    format!("{}{tail}", head.trim_start_matches(['-', '.', '_']))
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
    fn association_names_keep_the_limit() {
        let id = |name: &str| {
            ArmId::parse(&format!(
                "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/{name}"
            ))
            .unwrap()
        };
        let guid = "9c965184-cda3-4d09-a09b-23a30da67132";
        assert_eq!(association_name(&id("st1"), guid), format!("st1-{guid}"));
        let long = association_name(&id(&"x".repeat(60)), guid);
        assert_eq!(long.len(), NAME_MAX);
        assert!(check::name(&long).is_none() && long.ends_with(guid));
    }

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
