//! Worlds made up from a seed, told twice: as changes to the simulator's traffic model, and as the objects that the
//! client reads. Only this description is common to both.

use std::sync::Arc;

use fastrand::Rng;
use jiff::Timestamp;
use nsp::domain::whatif::Configuration;
use nsp::domain::{
    AccessMode, AccessRule, ArmId, Association, Direction, Issues, Link, LinkReference, LinkStatus, Modified,
    Perimeter, Profile, PublicAccess, RawBody, Resource, RuleContent, SourceKind,
};
use nsp::sim::traffic::config::{self, ConfigChange, Firewall, RuleView};

pub const SUBSCRIPTIONS: [&str; 4] = [
    "11111111-0000-4000-8000-000000000001",
    "11111111-0000-4000-8000-000000000002",
    "11111111-0000-4000-8000-000000000003",
    "aaaaaaaa-BBBB-4000-8000-00000000000C",
];

pub const BLOCKS: [&str; 22] = [
    "203.0.113.0/24",
    "203.0.113.0/28",
    "203.0.113.16/28",
    "203.0.113.7",
    "203.0.113.8/32",
    "198.51.100.9/24",
    "198.51.100.0/25",
    "192.0.2.128/25",
    "192.0.2.200",
    "10.0.0.0/8",
    "10.1.2.3",
    "2001:db8::/32",
    "2001:DB8:1::/48",
    "2001:db8:1:2::/64",
    "2001:db8:1:2::9",
    "::ffff:198.51.100.0/120",
    "::ffff:192.0.2.200",
    "0.0.0.0/0",
    "::/0",
    "not-a-block",
    "203.0.113.0/33",
    "172.16.0.0/12",
];

pub const ADDRESSES: [&str; 14] = [
    "203.0.113.7",
    "203.0.113.8",
    "203.0.113.20",
    "203.0.113.200",
    "198.51.100.3",
    "198.51.100.200",
    "192.0.2.10",
    "192.0.2.200",
    "10.1.2.3",
    "8.8.8.8",
    "2001:db8:1:2::9",
    "2001:db8:1:3::1",
    "2001:db8:9::1",
    "2620:1ec::1",
];

pub const HOSTS: [&str; 7] = [
    "api.contoso.com",
    "deep.api.contoso.com",
    "contoso.com",
    "login.microsoftonline.com",
    "api.github.com",
    "x.example",
    "storage0.blob.core.windows.net",
];

const NAMES: [&str; 9] = [
    "api.contoso.com",
    "API.Contoso.com",
    "contoso.com.",
    "api.github.com",
    "login.microsoftonline.com",
    "storage0.blob.core.windows.net",
    "storage1.blob.core.windows.net",
    "x.example",
    "y.example",
];

const WILDCARDS: [&str; 4] = ["*.contoso.com", "*.api.contoso.com", "*.blob.core.windows.net", "*.example"];

/// Service tags with the blocks that they have in these worlds; the part of a region first.
pub const TAGS: [(&str, &str); 3] = [
    ("DataFactory.WestEurope", "198.18.0.0/26"),
    ("DataFactory", "198.18.0.0/24"),
    ("AzureMonitor", "198.18.1.0/24"),
];

/// One rule.
#[derive(Debug, Clone)]
pub struct Rule {
    pub name: String,
    pub content: RuleContent,
    pub modified: Option<Timestamp>,
}

#[derive(Debug, Clone)]
pub struct ProfileOf {
    pub perimeter: usize,
    pub name: String,
    pub version: u64,
    pub rules: Vec<Rule>,
}

#[derive(Debug, Clone)]
pub struct Thing {
    pub id: String,
    pub host: String,
    pub access: PublicAccess,
    pub identity: bool,
    /// Profile and mode.
    pub member: Option<(usize, AccessMode)>,
}

#[derive(Debug, Clone)]
pub struct Joined {
    pub local: usize,
    pub remote: usize,
    pub local_inbound: Vec<String>,
    pub remote_inbound: Vec<String>,
    pub status: LinkStatus,
}

/// All of it.
#[derive(Debug, Clone)]
pub struct World {
    pub perimeters: usize,
    pub profiles: Vec<ProfileOf>,
    pub things: Vec<Thing>,
    pub links: Vec<Joined>,
    /// The client knows the blocks of service tags.
    pub tags_known: bool,
}

pub fn perimeter_id(n: usize) -> String {
    format!(
        "/subscriptions/{}/resourceGroups/rg-net/providers/Microsoft.Network/networkSecurityPerimeters/nsp{n}",
        SUBSCRIPTIONS[n % 2]
    )
}

pub fn guid(n: usize) -> String {
    format!("{n:08}-2222-4000-8000-000000000000")
}

pub fn id(text: &str) -> ArmId {
    ArmId::parse(text).unwrap()
}

fn some<T: Clone>(rng: &mut Rng, from: &[T], most: usize) -> Vec<T> {
    (0..rng.usize(1..=most)).map(|_| from[rng.usize(..from.len())].clone()).collect()
}

fn texts(list: Vec<&str>) -> Vec<String> {
    list.into_iter().map(str::to_owned).collect()
}

/// What a rule may say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kinds {
    /// Everything, mixed rules and rules that name nothing, too.
    All,
    /// What a rule says without doubt: no wildcards, no service tags.
    Plain,
}

pub fn content(rng: &mut Rng, kinds: Kinds) -> RuleContent {
    let direction = if rng.u8(..10) < 6 { Direction::Inbound } else { Direction::Outbound };
    let mut sources = Vec::new();
    let most = if kinds == Kinds::All { 2 } else { 1 };
    for _ in 0..rng.usize(usize::from(kinds == Kinds::Plain)..=most) {
        let (kind, values) = match (&direction, rng.u8(..10)) {
            (Direction::Outbound, 0..=4) => (SourceKind::Fqdn, texts(some(rng, &NAMES, 3))),
            (Direction::Outbound, 5..=7) if kinds == Kinds::All => {
                (SourceKind::Fqdn, texts(some(rng, &WILDCARDS, 2)))
            }
            (Direction::Outbound, _) if kinds == Kinds::All => {
                (SourceKind::Perimeter, vec![perimeter_id(rng.usize(..3))])
            }
            (Direction::Outbound, _) => (SourceKind::Fqdn, texts(some(rng, &NAMES, 1))),
            (_, 0..=3) => (SourceKind::AddressPrefix, texts(some(rng, &BLOCKS[..17], 4))),
            (_, 4) => (SourceKind::AddressPrefix, texts(some(rng, &BLOCKS, 4))),
            (_, 5..=6) => (SourceKind::Subscription, texts(some(rng, &SUBSCRIPTIONS, 2))),
            (_, 7) if kinds == Kinds::All => {
                (SourceKind::ServiceTag, vec![TAGS[rng.usize(..TAGS.len())].0.to_owned()])
            }
            (_, 8) if kinds == Kinds::All => (SourceKind::Perimeter, vec![perimeter_id(rng.usize(..3))]),
            (_, _) => (SourceKind::AddressPrefix, texts(some(rng, &BLOCKS[..17], 1))),
        };
        if sources.iter().all(|(k, _)| *k != kind) {
            sources.push((kind, values));
        }
    }
    RuleContent { direction, sources }
}

impl World {
    pub fn new(rng: &mut Rng, kinds: Kinds) -> Self {
        let mut profiles = Vec::new();
        for perimeter in 0..3 {
            for n in 0..rng.usize(1..=2) {
                let rules = (0..rng.usize(..6))
                    .map(|r| Rule { name: format!("rule-{r}"), content: content(rng, kinds), modified: None })
                    .collect();
                profiles.push(ProfileOf {
                    perimeter,
                    name: format!("profile{n}"),
                    version: rng.u64(..90),
                    rules,
                });
            }
        }
        let things = (0..7).map(|n| thing(rng, n, &profiles)).collect();
        let links = (0..rng.usize(..4)).filter_map(|_| joined(rng)).collect();
        Self { perimeters: 3, profiles, things, links, tags_known: rng.bool() }
    }

    pub fn profile_id(&self, n: usize) -> String {
        let profile = &self.profiles[n];
        format!("{}/profiles/{}", perimeter_id(profile.perimeter), profile.name)
    }

    fn association_id(&self, n: usize) -> Option<String> {
        let (profile, _) = self.things[n].member.as_ref()?;
        Some(format!("{}/resourceAssociations/a{n}", perimeter_id(self.profiles[*profile].perimeter)))
    }

    /// As the traffic model is told; every firewall is `firewall`.
    pub fn changes(&self, firewall: &Firewall) -> Vec<ConfigChange> {
        let mut out = Vec::new();
        for n in 0..self.perimeters {
            out.push(ConfigChange::Perimeter {
                id: perimeter_id(n),
                guid: guid(n),
                location: "westeurope".into(),
            });
        }
        out.extend((0..self.profiles.len()).map(|n| self.profile_change(n)));
        for thing in &self.things {
            out.push(ConfigChange::Resource {
                id: thing.id.clone(),
                fqdn: thing.host.clone(),
                location: "westeurope".into(),
                public_access: match &thing.access {
                    PublicAccess::Enabled => config::PublicAccess::Enabled,
                    PublicAccess::Disabled => config::PublicAccess::Disabled,
                    PublicAccess::SecuredByPerimeter => config::PublicAccess::SecuredByPerimeter,
                    PublicAccess::Unknown(_) => unreachable!(),
                },
                firewall: firewall.clone(),
                has_identity: thing.identity,
            });
        }
        out.extend((0..self.things.len()).filter_map(|n| self.association_change(n)));
        for (n, link) in self.links.iter().enumerate() {
            out.push(ConfigChange::Link {
                id: format!("{}/links/l{n}", perimeter_id(link.local)),
                local_perimeter_id: perimeter_id(link.local),
                remote_perimeter_id: perimeter_id(link.remote),
                local_inbound_profiles: link.local_inbound.clone(),
                remote_inbound_profiles: link.remote_inbound.clone(),
                approved: link.status == LinkStatus::Approved,
            });
        }
        out
    }

    pub fn profile_change(&self, n: usize) -> ConfigChange {
        let profile = &self.profiles[n];
        ConfigChange::Profile {
            id: self.profile_id(n),
            name: profile.name.clone(),
            rules_version: profile.version,
            rules: profile.rules.iter().map(rule_view).collect(),
        }
    }

    pub fn association_change(&self, n: usize) -> Option<ConfigChange> {
        let (profile, mode) = self.things[n].member.as_ref()?;
        Some(ConfigChange::Association {
            id: self.association_id(n)?,
            perimeter_id: perimeter_id(self.profiles[*profile].perimeter),
            resource_id: self.things[n].id.clone(),
            profile_id: self.profile_id(*profile),
            mode: match mode {
                AccessMode::Enforced => config::Mode::Enforced,
                AccessMode::Audit => config::Mode::Audit,
                AccessMode::Learning | AccessMode::Unknown(_) => config::Mode::Learning,
            },
        })
    }

    /// As the client has read it.
    pub fn known(&self) -> Configuration {
        let mut known = Configuration::default();
        (0..self.perimeters).for_each(|n| self.read(&mut known, n));
        known
    }

    /// Reads one perimeter with all that belongs to it, and every resource.
    pub fn read(&self, known: &mut Configuration, perimeter: usize) {
        known.add_perimeter(&Perimeter {
            id: id(&perimeter_id(perimeter).to_uppercase()),
            location: "westeurope".into(),
            guid: guid(perimeter),
            state: None,
            tags: Vec::new(),
            modified: None,
            raw: RawBody::new("{}"),
        });
        let members: Vec<Association> =
            (0..self.things.len()).filter_map(|t| self.association(t, perimeter)).collect();
        known.add_associations(&id(&perimeter_id(perimeter)), &members);
        for n in (0..self.profiles.len()).filter(|n| self.profiles[*n].perimeter == perimeter) {
            known.add_profile(&self.profile(n), self.rules(n).iter().map(AsRef::as_ref));
        }
        for thing in &self.things {
            known.add_resource(&Resource {
                id: id(&thing.id),
                kind: String::new(),
                location: "westeurope".into(),
                public_access: Some(thing.access.clone()),
                identity: thing.identity.then(|| "SystemAssigned".to_owned()),
                principal: None,
                settings: nsp::domain::Settings::default(),
                raw: RawBody::new("{}"),
            });
        }
        for (n, link) in self.links.iter().enumerate() {
            if perimeter == link.local {
                add_link(known, n, link);
            } else if perimeter == link.remote {
                add_reference(known, n, link);
            }
        }
        if self.tags_known {
            for (tag, block) in TAGS {
                known.add_service_tag(tag, [block]);
            }
        }
    }

    fn association(&self, n: usize, perimeter: usize) -> Option<Association> {
        let thing = &self.things[n];
        let (profile, mode) = thing.member.as_ref()?;
        if self.profiles[*profile].perimeter != perimeter {
            return None;
        }
        Some(Association {
            id: id(&self.association_id(n)?),
            resource: Some(id(&thing.id.to_uppercase())),
            profile: Some(id(&self.profile_id(*profile))),
            mode: mode.clone(),
            state: None,
            issues: Issues::No,
            modified: None,
            raw: RawBody::new("{}"),
        })
    }

    pub fn profile(&self, n: usize) -> Profile {
        Profile {
            id: id(&self.profile_id(n)),
            rules_version: self.profiles[n].version.to_string(),
            diagnostics_version: "0".into(),
            modified: None,
            raw: RawBody::new("{}"),
        }
    }

    pub fn rules(&self, n: usize) -> Vec<Arc<AccessRule>> {
        let one = |rule: &Rule| AccessRule {
            id: id(&format!("{}/accessRules/{}", self.profile_id(n), rule.name)),
            content: rule.content.clone(),
            state: None,
            modified: rule.modified.map(|at| Modified { by: "someone".into(), at: Some(at) }),
            raw: RawBody::new("{}"),
        };
        self.profiles[n].rules.iter().map(one).map(Arc::new).collect()
    }
}

fn thing(rng: &mut Rng, n: usize, profiles: &[ProfileOf]) -> Thing {
    let subscription = SUBSCRIPTIONS[rng.usize(..3)];
    let member = (rng.u8(..10) < 8).then(|| {
        let mode = match rng.u8(..10) {
            0..=4 => AccessMode::Learning,
            5..=8 => AccessMode::Enforced,
            _ => AccessMode::Audit,
        };
        (rng.usize(..profiles.len()), mode)
    });
    Thing {
        id: format!(
            "/subscriptions/{subscription}/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/storage{n}"
        ),
        host: format!("storage{n}.blob.core.windows.net"),
        access: [PublicAccess::Enabled, PublicAccess::Disabled, PublicAccess::SecuredByPerimeter]
            [rng.usize(..3)]
        .clone(),
        identity: rng.u8(..10) < 7,
        member,
    }
}

fn joined(rng: &mut Rng) -> Option<Joined> {
    let (local, remote) = (rng.usize(..3), rng.usize(..3));
    let profiles = |rng: &mut Rng| match rng.u8(..4) {
        0 => vec!["*".to_owned()],
        1 => vec!["PROFILE0".to_owned()],
        2 => vec!["profile1".to_owned()],
        _ => vec!["profile0".to_owned(), "profile1".to_owned()],
    };
    (local != remote).then(|| Joined {
        local,
        remote,
        local_inbound: profiles(rng),
        remote_inbound: profiles(rng),
        status: if rng.u8(..10) < 8 { LinkStatus::Approved } else { LinkStatus::Pending },
    })
}

fn add_link(known: &mut Configuration, n: usize, link: &Joined) {
    known.add_link(&Link {
        id: id(&format!("{}/links/l{n}", perimeter_id(link.local))),
        // The service does not always say it.
        remote: n.is_multiple_of(2).then(|| id(&perimeter_id(link.remote))),
        remote_guid: guid(link.remote),
        remote_location: "westeurope".into(),
        local_inbound: link.local_inbound.clone(),
        remote_inbound: link.remote_inbound.clone(),
        description: String::new(),
        status: Some(link.status.clone()),
        state: None,
        raw: RawBody::new("{}"),
    });
}

/// The same link as its other end sees it.
fn add_reference(known: &mut Configuration, n: usize, link: &Joined) {
    known.add_reference(&LinkReference {
        id: id(&format!("{}/linkReferences/Ref-from-l{n}", perimeter_id(link.remote))),
        remote: n.is_multiple_of(2).then(|| id(&perimeter_id(link.local))),
        remote_guid: guid(link.local),
        remote_location: "westeurope".into(),
        local_inbound: link.remote_inbound.clone(),
        remote_inbound: link.local_inbound.clone(),
        description: String::new(),
        status: Some(link.status.clone()),
        state: None,
        raw: RawBody::new("{}"),
    });
}

/// The rule as the traffic model is told.
pub fn rule_view(rule: &Rule) -> RuleView {
    let values = |kind| rule.content.values(kind).to_vec();
    let guids = rule.content.values(SourceKind::Perimeter).iter();
    RuleView {
        name: rule.name.clone(),
        inbound: rule.content.direction == Direction::Inbound,
        address_prefixes: values(SourceKind::AddressPrefix),
        subscriptions: values(SourceKind::Subscription).iter().map(|s| s.to_lowercase()).collect(),
        fqdns: values(SourceKind::Fqdn),
        perimeter_guids: guids.filter_map(|p| (0..3).find(|n| perimeter_id(*n) == *p).map(guid)).collect(),
        service_tags: values(SourceKind::ServiceTag),
    }
}
