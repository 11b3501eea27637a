//! The configuration in force, built from the stream of changes.
//!
//! Ids compare without case, so all keys are lower case; texts that the log shows keep their case.

use std::collections::{BTreeMap, HashMap};

use super::config::{ConfigChange, Firewall, Mode, PublicAccess, RuleView};

/// A perimeter in force.
#[derive(Debug, Clone, Default)]
pub struct Perimeter {
    /// ARM id.
    pub id: String,
    /// Its guid.
    pub guid: String,
    /// Region.
    pub location: String,
    /// Log categories that are written.
    pub categories: Vec<String>,
    /// Customer ids of the workspaces they go to.
    pub workspaces: Vec<String>,
}

/// A profile in force.
#[derive(Debug, Clone, Default)]
pub struct Profile {
    /// Name.
    pub name: String,
    /// `accessRulesVersion`.
    pub version: u64,
    /// Its access rules.
    pub rules: Vec<RuleView>,
}

/// An association in force.
#[derive(Debug, Clone)]
pub struct Association {
    /// Key of its perimeter.
    pub perimeter: String,
    /// Key of its profile.
    pub profile: String,
    /// Key of its resource.
    pub resource: String,
    /// Access mode.
    pub mode: Mode,
}

/// A link in force.
#[derive(Debug, Clone)]
pub struct Link {
    /// Key of the perimeter that owns it.
    pub local: String,
    /// Key of the other.
    pub remote: String,
    /// Profiles of `local` that admit `remote`.
    pub local_inbound: Vec<String>,
    /// Profiles of `remote` that admit `local`.
    pub remote_inbound: Vec<String>,
    /// Is approved.
    pub approved: bool,
}

/// A PaaS resource.
#[derive(Debug, Clone)]
pub struct Resource {
    /// ARM id.
    pub id: String,
    /// Host name.
    pub fqdn: String,
    /// Public network access.
    pub public_access: PublicAccess,
    /// Its own firewall.
    pub firewall: Firewall,
    /// Has a managed identity.
    pub has_identity: bool,
}

/// All that traffic is judged by.
#[derive(Debug, Default)]
pub struct State {
    /// Counts the changes, so that judgements can be kept until the next.
    pub epoch: u64,
    perimeters: HashMap<String, Perimeter>,
    profiles: HashMap<String, Profile>,
    associations: HashMap<String, Association>,
    by_resource: HashMap<String, String>,
    links: BTreeMap<String, Link>,
    resources: BTreeMap<String, Resource>,
}

/// The form in which ids are compared.
pub fn key(id: &str) -> String {
    id.trim_end_matches('/').to_lowercase()
}

impl State {
    /// Takes a change.
    pub fn apply(&mut self, change: ConfigChange) {
        self.epoch += 1;
        match change {
            ConfigChange::Perimeter { id, guid, location } => {
                let perimeter = self.perimeters.entry(key(&id)).or_default();
                (perimeter.id, perimeter.guid, perimeter.location) = (id, guid, location);
            }
            ConfigChange::PerimeterGone { id } => self.remove_perimeter(&key(&id)),
            ConfigChange::Profile { id, name, rules_version, rules } => {
                self.profiles.insert(key(&id), Profile { name, version: rules_version, rules });
            }
            ConfigChange::ProfileGone { id } => {
                self.profiles.remove(&key(&id));
            }
            ConfigChange::Association { id, perimeter_id, resource_id, profile_id, mode } => {
                let association = Association {
                    perimeter: key(&perimeter_id),
                    profile: key(&profile_id),
                    resource: key(&resource_id),
                    mode,
                };
                self.by_resource.insert(association.resource.clone(), key(&id));
                self.associations.insert(key(&id), association);
            }
            ConfigChange::AssociationGone { id } => self.remove_association(&key(&id)),
            ConfigChange::Link {
                id,
                local_perimeter_id,
                remote_perimeter_id,
                local_inbound_profiles,
                remote_inbound_profiles,
                approved,
            } => {
                let link = Link {
                    local: key(&local_perimeter_id),
                    remote: key(&remote_perimeter_id),
                    local_inbound: local_inbound_profiles,
                    remote_inbound: remote_inbound_profiles,
                    approved,
                };
                self.links.insert(key(&id), link);
            }
            ConfigChange::LinkGone { id } => {
                self.links.remove(&key(&id));
            }
            ConfigChange::Resource { id, fqdn, location: _, public_access, firewall, has_identity } => {
                let resource = Resource { id, fqdn, public_access, firewall, has_identity };
                self.resources.insert(key(&resource.id), resource);
            }
            ConfigChange::ResourceGone { id } => {
                self.resources.remove(&key(&id));
            }
            ConfigChange::Logging { perimeter_id, categories, workspaces } => {
                let perimeter = self.perimeters.entry(key(&perimeter_id)).or_default();
                (perimeter.categories, perimeter.workspaces) = (categories, workspaces);
            }
        }
    }

    fn remove_association(&mut self, id: &str) {
        let Some(gone) = self.associations.remove(id) else { return };
        // A later association of the same resource may have taken its place.
        if self.by_resource.get(&gone.resource).is_some_and(|now| now == id) {
            self.by_resource.remove(&gone.resource);
        }
    }

    fn remove_perimeter(&mut self, id: &str) {
        self.perimeters.remove(id);
        let below = format!("{id}/");
        self.profiles.retain(|k, _| !k.starts_with(&below));
        self.links.retain(|_, l| l.local != id && l.remote != id);
        let gone: Vec<String> =
            self.associations.iter().filter(|(_, a)| a.perimeter == id).map(|(k, _)| k.clone()).collect();
        for association in gone {
            self.remove_association(&association);
        }
    }

    /// A resource by key.
    pub fn resource(&self, key: &str) -> Option<&Resource> {
        self.resources.get(key)
    }

    /// All resources, by key.
    pub fn resources(&self) -> impl Iterator<Item = (&String, &Resource)> {
        self.resources.iter()
    }

    /// The association of a resource with its perimeter.
    pub fn association(&self, resource: &str) -> Option<(&Association, &Perimeter)> {
        let association = self.associations.get(self.by_resource.get(resource)?)?;
        Some((association, self.perimeters.get(&association.perimeter)?))
    }

    /// A profile by key.
    pub fn profile(&self, key: &str) -> Option<&Profile> {
        self.profiles.get(key)
    }

    /// Customer ids of all workspaces that a perimeter logs to.
    pub fn is_target(&self, workspace: &str) -> bool {
        self.perimeters.values().any(|p| p.workspaces.iter().any(|w| w == workspace))
    }

    /// An approved link lets `from` reach the profile of `to`.
    pub fn link_admits(&self, from: &str, to: &str, profile: &str) -> bool {
        let lists = |names: &[String]| names.iter().any(|n| n == "*" || n.eq_ignore_ascii_case(profile));
        self.links.values().filter(|l| l.approved).any(|l| {
            (l.local == to && l.remote == from && lists(&l.local_inbound))
                || (l.remote == to && l.local == from && lists(&l.remote_inbound))
        })
    }

    /// An approved link joins two perimeters.
    pub fn linked(&self, a: &str, b: &str) -> bool {
        let joins = |l: &&Link| (l.local == a && l.remote == b) || (l.local == b && l.remote == a);
        self.links.values().filter(joins).any(|l| l.approved)
    }
}
