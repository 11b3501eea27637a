//! What is known of perimeters, in the form in which questions are answered fast. It is built from what was read
//! and never guesses: what was not added is not known, and answers that would need it say so.

use std::collections::HashMap;

use ipnet::IpNet;
use jiff::Timestamp;

use super::RuleSet;
use crate::domain::{
    AccessMode, AccessRule, ArmId, Association, Link, LinkReference, LinkStatus, Perimeter, Profile,
    ProvisioningState, PublicAccess, Resource, net,
};

/// The membership of a resource in a perimeter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The association.
    pub association: ArmId,
    /// The perimeter.
    pub perimeter: ArmId,
    /// The profile; `None` when the service did not say.
    pub profile: Option<ArmId>,
    /// Access mode.
    pub mode: AccessMode,
    /// It is provisioned. One whose making failed or goes on may not count yet.
    pub in_force: bool,
    /// When the association was last changed; `None` when not sent.
    pub since: Option<Timestamp>,
}

/// What is known of a resource.
#[derive(Debug, Clone, Default)]
struct Facts {
    access: Option<PublicAccess>,
    identity: Option<bool>,
}

/// What is known of a perimeter.
#[derive(Debug, Clone, Default)]
struct Known {
    guid: String,
    members_read: bool,
}

/// A link, seen from one of its ends.
#[derive(Debug, Clone)]
pub(super) struct Joint {
    pub(super) id: ArmId,
    pub(super) here: ArmId,
    there: Option<ArmId>,
    there_guid: String,
    here_inbound: Vec<String>,
    there_inbound: Vec<String>,
}

/// Everything that answers depend on, as far as it was read.
#[derive(Debug, Clone, Default)]
pub struct Configuration {
    perimeters: HashMap<ArmId, Known>,
    profiles: HashMap<ArmId, RuleSet>,
    members: HashMap<ArmId, Membership>,
    links: Vec<Joint>,
    resources: HashMap<ArmId, Facts>,
    /// Blocks by service tag in lower case.
    tags: HashMap<String, Vec<IpNet>>,
}

fn names(list: &[String], profile: &str) -> bool {
    list.iter().any(|n| n == "*" || n.eq_ignore_ascii_case(profile))
}

/// While an association is updated the former one stays in force.
fn counts(state: &ProvisioningState) -> bool {
    match state {
        ProvisioningState::Succeeded | ProvisioningState::Updating => true,
        ProvisioningState::Creating
        | ProvisioningState::Deleting
        | ProvisioningState::Accepted
        | ProvisioningState::Failed
        | ProvisioningState::WaitForRemoteCompletion
        | ProvisioningState::Unknown(_) => false,
    }
}

impl Configuration {
    /// Takes a perimeter.
    pub fn add_perimeter(&mut self, perimeter: &Perimeter) {
        self.perimeters.entry(perimeter.id.clone()).or_default().guid = perimeter.guid.to_ascii_lowercase();
    }

    /// Takes a profile with *all* its rules.
    pub fn add_profile<'r>(&mut self, profile: &Profile, rules: impl IntoIterator<Item = &'r AccessRule>) {
        let version = profile.rules_version.parse().ok();
        self.add_rules(profile.id.clone(), version, rules);
    }

    /// Takes all rules of a profile whose `accessRulesVersion` may not be known.
    pub fn add_rules<'r>(
        &mut self,
        profile: ArmId,
        version: Option<u64>,
        rules: impl IntoIterator<Item = &'r AccessRule>,
    ) {
        self.profiles.insert(profile.clone(), RuleSet::new(profile, version, rules));
    }

    /// Takes *all* associations of a perimeter.
    pub fn add_associations<'a>(
        &mut self,
        perimeter: &ArmId,
        associations: impl IntoIterator<Item = &'a Association>,
    ) {
        self.perimeters.entry(perimeter.clone()).or_default().members_read = true;
        for association in associations {
            let Some(resource) = &association.resource else { continue };
            let membership = Membership {
                association: association.id.clone(),
                perimeter: perimeter.clone(),
                profile: association.profile.clone(),
                mode: association.mode.clone(),
                in_force: association.state.as_ref().is_none_or(counts),
                since: association.modified.as_ref().and_then(|m| m.at),
            };
            self.members.insert(resource.clone(), membership);
        }
    }

    /// Takes a link. One that is not approved admits nothing and is left out.
    pub fn add_link(&mut self, link: &Link) {
        let Some(here) = link.id.parent().filter(|_| link.status == Some(LinkStatus::Approved)) else {
            return;
        };
        self.links.push(Joint {
            id: link.id.clone(),
            here,
            there: link.remote.clone(),
            there_guid: link.remote_guid.to_ascii_lowercase(),
            here_inbound: link.local_inbound.clone(),
            there_inbound: link.remote_inbound.clone(),
        });
    }

    /// Takes the other side's view of a link. One that is not approved is left out.
    pub fn add_reference(&mut self, reference: &LinkReference) {
        let approved = reference.status == Some(LinkStatus::Approved);
        let Some(here) = reference.id.parent().filter(|_| approved) else { return };
        self.links.push(Joint {
            id: reference.id.clone(),
            here,
            there: reference.remote.clone(),
            there_guid: reference.remote_guid.to_ascii_lowercase(),
            here_inbound: reference.local_inbound.clone(),
            there_inbound: reference.remote_inbound.clone(),
        });
    }

    /// Takes a resource: its `publicNetworkAccess` and whether it has a managed identity.
    pub fn add_resource(&mut self, resource: &Resource) {
        let identity = resource.identity.as_deref().is_some_and(|kind| !kind.eq_ignore_ascii_case("None"));
        let facts = Facts { access: resource.public_access.clone(), identity: Some(identity) };
        self.resources.insert(resource.id.clone(), facts);
    }

    /// Takes the blocks of a service tag.
    pub fn add_service_tag<'b>(&mut self, name: &str, blocks: impl IntoIterator<Item = &'b str>) {
        let blocks = blocks.into_iter().filter_map(net::block).collect();
        self.tags.insert(name.to_ascii_lowercase(), blocks);
    }

    /// The membership of a resource in one of the perimeters that were read.
    pub fn membership(&self, resource: &ArmId) -> Option<&Membership> {
        self.members.get(resource)
    }

    /// Every member of every perimeter that was read, in no order.
    pub fn members(&self) -> impl Iterator<Item = (&ArmId, &Membership)> {
        self.members.iter()
    }

    /// `publicNetworkAccess` of a resource; `None` when it was not read or the provider does not say.
    pub fn public_access(&self, resource: &ArmId) -> Option<&PublicAccess> {
        self.resources.get(resource)?.access.as_ref()
    }

    /// A resource has a managed identity; `None` when it was not read.
    pub fn has_identity(&self, resource: &ArmId) -> Option<bool> {
        self.resources.get(resource)?.identity
    }

    /// The rules of a profile; `None` when they were not read.
    pub fn rules(&self, profile: &ArmId) -> Option<&RuleSet> {
        self.profiles.get(profile)
    }

    pub(super) fn tag(&self, name: &str) -> Option<&[IpNet]> {
        self.tags.get(&name.to_ascii_lowercase()).map(Vec::as_slice)
    }

    pub(super) fn guid(&self, perimeter: &ArmId) -> Option<&str> {
        self.perimeters.get(perimeter).map(|k| k.guid.as_str()).filter(|guid| !guid.is_empty())
    }

    /// The members of a perimeter, named by id or guid, were read.
    pub(super) fn members_read(&self, perimeter: &str) -> bool {
        self.perimeters.iter().any(|(id, known)| {
            known.members_read && (id.as_str().eq_ignore_ascii_case(perimeter) || known.guid == perimeter)
        })
    }

    /// The other end of a link is this perimeter.
    fn leads_to(&self, joint: &Joint, perimeter: &ArmId) -> bool {
        match &joint.there {
            Some(there) => there == perimeter,
            None => self.guid(perimeter) == Some(joint.there_guid.as_str()),
        }
    }

    /// The link that lets members of `from` into the profile of `to`.
    pub(super) fn link_into(&self, from: &ArmId, to: &ArmId, profile: &str) -> Option<&ArmId> {
        let admits = |l: &&Joint| {
            (l.here == *to && self.leads_to(l, from) && names(&l.here_inbound, profile))
                || (l.here == *from && self.leads_to(l, to) && names(&l.there_inbound, profile))
        };
        self.links.iter().find(admits).map(|l| &l.id)
    }

    /// The link that lets members of `from` out to `to`. Its outbound profiles are always `*` (API.md, section 5).
    pub(super) fn link_out(&self, from: &ArmId, to: &ArmId) -> Option<&ArmId> {
        let joins = |l: &&Joint| {
            (l.here == *to && self.leads_to(l, from)) || (l.here == *from && self.leads_to(l, to))
        };
        self.links.iter().find(joins).map(|l| &l.id)
    }

    /// The links of a perimeter to perimeters whose members were not read.
    pub(super) fn links_into_the_dark<'c>(&'c self, perimeter: &'c ArmId) -> impl Iterator<Item = &'c Joint> {
        self.links.iter().filter(move |l| {
            let read = if l.here == *perimeter {
                self.perimeters.iter().any(|(id, known)| known.members_read && self.leads_to(l, id))
            } else if self.leads_to(l, perimeter) {
                self.perimeters.get(&l.here).is_some_and(|known| known.members_read)
            } else {
                true
            };
            !read
        })
    }
}
