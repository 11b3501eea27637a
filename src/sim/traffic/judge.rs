//! What becomes of a flow: the published matrix of access mode and public network access.
//!
//! Order inbound: private endpoint, same perimeter, linked perimeter, rules; then the mode decides
//! whether the resource's own firewall is asked. Each outcome has one log category.
//!
//! Where the documents leave a choice: `*.` in a FQDN rule counts, and a member needs a managed identity to call as
//! one, not to be called (common-types v5, `MissingIdentityConfiguration`).

use std::net::IpAddr;

use ipnet::IpNet;

use super::config::{Mode, PublicAccess, RuleView};
use super::flow::{Caller, Target};
use super::state::{Association, Profile, Resource, State, key};

/// `TrafficType` of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Through a private endpoint.
    Private,
    /// From or to the outside.
    Public,
    /// Within the perimeter.
    Intra,
    /// Over a link.
    Cross,
}

/// What becomes of a flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Traffic passes.
    pub allowed: bool,
    /// Log category; none when the resource is in no perimeter, which logs nothing.
    pub category: Option<&'static str>,
    /// Kind of traffic.
    pub kind: Kind,
    /// Name of the rule that let it pass.
    pub matched: Option<String>,
    /// The resource's own rules decided, not the perimeter's.
    pub by_resource: bool,
}

/// A perimeter member: all that its side of a judgement needs.
struct Member<'s> {
    association: &'s Association,
    profile: Option<&'s Profile>,
    enforced: bool,
}

/// Which mode counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assume {
    /// The association's.
    Present,
    /// This one, whatever the association says.
    Mode(Mode),
}

fn member<'s>(state: &'s State, resource: &str, assume: Assume) -> Option<Member<'s>> {
    let (association, _) = state.association(resource)?;
    let mode = match assume {
        Assume::Present => association.mode,
        Assume::Mode(mode) => mode,
    };
    let profile = state.profile(&association.profile);
    Some(Member { association, profile, enforced: mode == Mode::Enforced })
}

fn verdict(allowed: bool, category: &'static str, kind: Kind) -> Verdict {
    Verdict { allowed, category: Some(category), kind, matched: None, by_resource: false }
}

fn unlogged(allowed: bool, kind: Kind) -> Verdict {
    Verdict { allowed, category: None, kind, matched: None, by_resource: true }
}

/// Judges a call to a resource.
pub fn inbound(state: &State, caller: &Caller, resource: &Resource, assume: Assume) -> Verdict {
    let Some(member) = member(state, &key(&resource.id), assume) else {
        if caller.private_endpoint {
            return unlogged(true, Kind::Private);
        }
        let open = resource.public_access == PublicAccess::Enabled;
        return unlogged(open && firewall(caller, resource).is_some(), Kind::Public);
    };
    if caller.private_endpoint {
        return verdict(true, "NspPrivateInboundAllowed", Kind::Private);
    }
    if let Some(verdict) = from_member(state, caller, &member) {
        return verdict;
    }
    let rules = member.profile.map_or(&[][..], |p| &p.rules);
    if let Some(rule) = rules.iter().find(|r| r.inbound && admits(r, caller, state)) {
        return Verdict {
            matched: Some(rule.name.clone()),
            ..verdict(true, "NspPublicInboundPerimeterRulesAllowed", Kind::Public)
        };
    }
    if member.enforced {
        return verdict(false, "NspPublicInboundPerimeterRulesDenied", Kind::Public);
    }
    let own = match resource.public_access {
        PublicAccess::Enabled => firewall(caller, resource),
        PublicAccess::Disabled | PublicAccess::SecuredByPerimeter => None,
    };
    let category = match own {
        Some(_) => "NspPublicInboundResourceRulesAllowed",
        None => "NspPublicInboundResourceRulesDenied",
    };
    Verdict {
        matched: own.map(str::to_owned),
        by_resource: true,
        ..verdict(own.is_some(), category, Kind::Public)
    }
}

/// Access as a member of the same or of a linked perimeter, which takes a managed identity of the caller.
fn from_member(state: &State, caller: &Caller, member: &Member<'_>) -> Option<Verdict> {
    let source = key(caller.resource.as_deref()?);
    let (theirs, their_perimeter) = state.association(&source)?;
    if !state.resource(&source)?.has_identity {
        return None;
    }
    let (from, to) = (&theirs.perimeter, &member.association.perimeter);
    if from == to {
        return Some(verdict(true, "NspIntraPerimeterInboundAllowed", Kind::Intra));
    }
    let profile = member.profile?;
    let cross = verdict(true, "NspCrossPerimeterInboundAllowed", Kind::Cross);
    if state.link_admits(from, to, &profile.name) {
        return Some(cross);
    }
    let by_guid = |r: &&RuleView| r.inbound && r.perimeter_guids.contains(&their_perimeter.guid);
    let rule = profile.rules.iter().find(by_guid)?;
    Some(Verdict { matched: Some(rule.name.clone()), ..cross })
}

/// Judges a call by a resource.
pub fn outbound(state: &State, resource: &Resource, target: &Target, assume: Assume) -> Verdict {
    let destination = match target {
        Target::Resource(id) => state.resource(&key(id)),
        Target::Name(_) => None,
    };
    let name = match target {
        Target::Name(name) => name.as_str(),
        Target::Resource(_) => destination.map_or("", |d| d.fqdn.as_str()),
    };
    let own = match resource.public_access {
        PublicAccess::SecuredByPerimeter => false,
        PublicAccess::Enabled | PublicAccess::Disabled => {
            resource.firewall.outbound_only.as_ref().is_none_or(|list| list.iter().any(|p| covers(p, name)))
        }
    };
    let Some(member) = member(state, &key(&resource.id), assume) else { return unlogged(own, Kind::Public) };
    let rules = member.profile.map_or(&[][..], |p| &p.rules);
    if let Some(destination) = destination.filter(|_| resource.has_identity)
        && let Some((theirs, their_perimeter)) = state.association(&key(&destination.id))
    {
        let (from, to) = (&member.association.perimeter, &theirs.perimeter);
        if from == to {
            return verdict(true, "NspOutboundAttempt", Kind::Intra);
        }
        if state.linked(from, to) {
            return verdict(true, "NspCrossPerimeterOutboundAllowed", Kind::Cross);
        }
        let by_guid = |r: &&RuleView| !r.inbound && r.perimeter_guids.contains(&their_perimeter.guid);
        if let Some(rule) = rules.iter().find(by_guid) {
            return Verdict {
                matched: Some(rule.name.clone()),
                ..verdict(true, "NspCrossPerimeterOutboundAllowed", Kind::Cross)
            };
        }
    }
    let named = |r: &&RuleView| !r.inbound && r.fqdns.iter().any(|p| covers(p, name));
    if let Some(rule) = rules.iter().find(named) {
        return Verdict {
            matched: Some(rule.name.clone()),
            ..verdict(true, "NspPublicOutboundPerimeterRulesAllowed", Kind::Public)
        };
    }
    if member.enforced {
        return verdict(false, "NspPublicOutboundPerimeterRulesDenied", Kind::Public);
    }
    let category =
        if own { "NspPublicOutboundResourceRulesAllowed" } else { "NspPublicOutboundResourceRulesDenied" };
    Verdict { by_resource: true, ..verdict(own, category, Kind::Public) }
}

/// An access rule admits a caller. A subscription admits managed identities only, never users or keys.
fn admits(rule: &RuleView, caller: &Caller, state: &State) -> bool {
    let by_address = |ip: &IpAddr| rule.address_prefixes.iter().any(|p| contains(p, *ip));
    let identity = caller.subscription.is_some() || caller.has_identity(state);
    let by_subscription = identity
        && caller.home().is_some_and(|home| rule.subscriptions.iter().any(|s| s.eq_ignore_ascii_case(&home)));
    // The addresses of a region's tag are among those of the tag without a region, not the other way round.
    let by_tag = caller.tag.as_ref().is_some_and(|t| {
        let base = t.split('.').next().unwrap_or(t);
        rule.service_tags.iter().any(|s| s.eq_ignore_ascii_case(t) || s.eq_ignore_ascii_case(base))
    });
    by_subscription || by_tag || (!caller.ips.is_empty() && caller.ips.iter().all(by_address))
}

/// What of the resource's own firewall admits a caller, as the log names it.
fn firewall(caller: &Caller, resource: &Resource) -> Option<&'static str> {
    let rules = &resource.firewall.ip_rules;
    if !caller.ips.is_empty() && caller.ips.iter().all(|ip| rules.iter().any(|r| contains(r, *ip))) {
        return Some("IP firewall");
    }
    if caller.trusted && resource.firewall.bypass_azure_services {
        return Some("Trusted services");
    }
    resource.firewall.default_allow.then_some("Default action")
}

/// A prefix, or a single address, holds `ip`. IPv4 in IPv6 (`::ffff:0:0/96`) is IPv4.
fn contains(prefix: &str, ip: IpAddr) -> bool {
    let ip = ip.to_canonical();
    match prefix.parse::<IpNet>() {
        Ok(IpNet::V6(net)) if net.prefix_len() >= 96 && net.addr().to_ipv4_mapped().is_some() => {
            matches!(ip, IpAddr::V4(v4) if net.contains(&v4.to_ipv6_mapped()))
        }
        Ok(net) => net.contains(&ip),
        Err(_) => prefix.parse::<IpAddr>().is_ok_and(|single| single.to_canonical() == ip),
    }
}

/// A name in a rule covers a host: the same, or `*.suffix` of it. The root's dot at the end says nothing.
fn covers(pattern: &str, host: &str) -> bool {
    let (pattern, host) = (pattern.to_lowercase(), host.to_lowercase());
    let (pattern, host) = (pattern.trim_end_matches('.'), host.trim_end_matches('.'));
    match pattern.strip_prefix('*') {
        Some(suffix) => host.len() > suffix.len() && host.ends_with(suffix),
        None => pattern == host,
    }
}
