//! The other end of a question as the user types it, or as a log row has it. Decides nothing about traffic.

use super::super::data::Data;
use super::super::overlays::suggest::Suggestion;
use super::{Asked, all, rules};
use crate::domain::check::is_guid;
use crate::domain::log::{LogColumn, RowView};
use crate::domain::whatif::{Caller, Destination, Peer};
use crate::domain::{ArmId, Direction, SourceKind, net};

/// What was made of a text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Typed {
    /// The other end; `None` when nothing of the text is understood.
    pub peer: Option<Peer>,
    /// How it is understood.
    pub words: Vec<String>,
    /// What is not understood, and what could be typed.
    pub mistakes: Vec<String>,
}

/// Prefix of an application id, which looks like a subscription's.
const APP: &str = "app:";
/// Prefix of a service tag.
const TAG: &str = "tag:";
/// What stands for a private endpoint.
const PRIVATE: &str = "private endpoint";

/// Reads what was typed: several things that are known of the other end, separated by commas.
pub fn read(data: &Data, asked: &Asked<'_>) -> Typed {
    let parts: Vec<&str> = asked.text.split(',').map(str::trim).filter(|p| !p.is_empty()).collect();
    if asked.outbound { destination(data, &parts) } else { caller(data, asked, &parts) }
}

fn caller(data: &Data, asked: &Asked<'_>, parts: &[&str]) -> Typed {
    let mut out = Typed::default();
    let mut caller = Caller { authentication: asked.authentication, ..Caller::default() };
    for part in parts {
        if let Err(mistake) = caller_part(data, asked.resource, part, &mut caller, &mut out.words) {
            out.mistakes.push(mistake);
        }
    }
    let blank = Caller { authentication: asked.authentication, ..Caller::default() };
    if caller != blank && out.mistakes.is_empty() {
        out.peer = Some(Peer::Caller(caller));
    }
    out
}

fn caller_part(
    data: &Data,
    resource: &ArmId,
    part: &str,
    caller: &mut Caller,
    words: &mut Vec<String>,
) -> Result<(), String> {
    if let Some(address) = net::address(part) {
        words.push(format!("address {address}"));
        caller.address = Some(address);
    } else if let Some(block) = net::block(part) {
        return Err(format!("{block} is a block, parts of which may differ: ask about one address"));
    } else if part.eq_ignore_ascii_case(PRIVATE) {
        words.push("through a private endpoint".to_owned());
        caller.private_endpoint = true;
    } else if let Some(app) = prefixed(part, APP) {
        if !is_guid(app) {
            return Err(format!("{app} is no application id: a guid is wanted"));
        }
        words.push(format!("application {app}"));
        caller.app_id = Some(app.to_ascii_lowercase());
    } else if let Some(tag) = tag(data, resource, part) {
        words.push(format!("an address of service tag {tag}"));
        caller.service_tag = Some(tag);
    } else if let Some(guid) = subscription(data, part) {
        words.push(format!("an identity in subscription {}", data.subscription_name(&guid)));
        caller.subscription = Some(guid);
    } else {
        let id = resource_id(data, part)?;
        words.push(format!("resource {} ({})", id.name(), id.resource_type().unwrap_or_default()));
        caller.resource = Some(id);
    }
    Ok(())
}

fn prefixed<'t>(part: &'t str, prefix: &str) -> Option<&'t str> {
    let head = part.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then(|| part.get(prefix.len()..).unwrap_or_default().trim())
}

/// A service tag: named as one, or named by a rule of the resource's profile.
fn tag(data: &Data, resource: &ArmId, part: &str) -> Option<String> {
    if let Some(tag) = prefixed(part, TAG) {
        return Some(tag.to_owned()).filter(|t| !t.is_empty());
    }
    let profile = super::association(data, resource)?.profile.as_ref()?;
    let known = rules(data, profile)?.rows().iter();
    let mut tags = known.flat_map(|r| r.content.values(SourceKind::ServiceTag));
    tags.find(|t| t.eq_ignore_ascii_case(part)).cloned()
}

fn subscription(data: &Data, part: &str) -> Option<String> {
    let bare = prefixed(part, "/subscriptions/").unwrap_or(part).trim_end_matches('/');
    if is_guid(bare) {
        return Some(bare.to_ascii_lowercase());
    }
    let named = data.subscriptions.rows().iter().find(|s| s.name.eq_ignore_ascii_case(part));
    named.map(|s| s.id.to_ascii_lowercase())
}

/// A resource by its id, or by name among the associated resources that were read.
fn resource_id(data: &Data, part: &str) -> Result<ArmId, String> {
    if part.starts_with('/') {
        let id = ArmId::parse(part).map_err(|e| e.to_string())?;
        return Some(id)
            .filter(|id| id.resource_type().is_some())
            .ok_or_else(|| format!("{part} is no resource"));
    }
    let named = resources(data).filter(|id| id.name().eq_ignore_ascii_case(part));
    let mut ids: Vec<&ArmId> = named.collect();
    ids.sort();
    ids.dedup();
    match ids.as_slice() {
        [one] => Ok((*one).clone()),
        [] => Err(format!(
            "{part}: no address, subscription or associated resource (its id works for any resource)"
        )),
        many => Err(format!("{} resources are named {part}: type the id", many.len())),
    }
}

/// The associated resources of every perimeter that was read.
fn resources(data: &Data) -> impl Iterator<Item = &ArmId> {
    all(data).flat_map(|(_, d)| d.associations.rows()).filter_map(|a| a.resource.as_ref())
}

fn destination(data: &Data, parts: &[&str]) -> Typed {
    let mut out = Typed::default();
    let mut to = Destination::default();
    for part in parts {
        let part = host_of(part);
        if net::address(part).is_some() || net::block(part).is_some() {
            out.mistakes
                .push(format!("{part}: outbound rules name hosts, and no address is ever admitted by one"));
        } else if part.starts_with('/') || !part.contains('.') {
            match resource_id(data, part) {
                Ok(id) => {
                    out.words.push(format!("resource {}", id.name()));
                    to.resource = Some(id);
                }
                Err(mistake) => out.mistakes.push(mistake),
            }
        } else {
            out.words.push(format!("host {}", net::host(part)));
            to.fqdn = Some(net::host(part));
        }
    }
    if to != Destination::default() && out.mistakes.is_empty() {
        out.peer = Some(Peer::Destination(to));
    }
    out
}

/// The host of an address that was pasted with its scheme, port and path.
fn host_of(part: &str) -> &str {
    match part.split_once("://") {
        Some((_, rest)) => rest.split(['/', ':', '?']).next().unwrap_or(rest),
        None => part,
    }
}

/// What could be typed: subscriptions by name, associated resources by name.
pub fn known_names(data: &Data, outbound: bool) -> Vec<Suggestion> {
    let mut out = Vec::new();
    if !outbound {
        for s in data.subscriptions.rows() {
            let note = format!("subscription {}", s.id);
            out.push(Suggestion { value: s.name.clone(), note });
        }
    }
    for id in resources(data) {
        let note = format!("resource, {}", id.resource_type().unwrap_or_default());
        out.push(Suggestion { value: id.name().to_owned(), note });
    }
    out
}

/// The other end of a log row in the form in which it can be typed; true when it is the one that is called.
pub fn of_row(row: &RowView<'_>) -> (bool, String) {
    let mut parts: Vec<String> = Vec::new();
    let text = |column| Some(row.text(column)).filter(|t| !t.is_empty());
    let outbound = match row.direction() {
        Direction::Outbound => true,
        Direction::Inbound | Direction::Unknown(_) => false,
    };
    if outbound {
        parts.extend(text(LogColumn::DestinationFqdn).map(str::to_owned));
        parts.extend(text(LogColumn::DestinationResourceId).map(str::to_owned));
    } else {
        parts.extend(text(LogColumn::SourceIpAddress).and_then(net::address).map(|a| a.to_string()));
        parts.extend(text(LogColumn::SourceResourceId).map(str::to_owned));
        parts.extend(text(LogColumn::SourceAppId).filter(|a| is_guid(a)).map(|a| format!("{APP}{a}")));
        if row.text(LogColumn::TrafficType).eq_ignore_ascii_case("Private") {
            parts.push(PRIVATE.to_owned());
        }
    }
    (outbound, parts.join(", "))
}
