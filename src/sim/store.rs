//! Everything that exists, as the JSON text that goes on the wire, found by lower-cased ARM id.
//!
//! Text instead of trees keeps a hundred thousand rules small. Things live in collections
//! (`{parent}/profiles`), so a list never walks over what it does not show. Holds no rules of the
//! service: those are in the handlers.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use serde_json::Value;

type Collection = BTreeMap<Box<str>, Box<str>>;

/// Names and ids, in the order of lists.
type Names = BTreeSet<(Box<str>, Box<str>)>;

/// All resources of the simulated tenant.
#[derive(Debug, Default)]
pub struct Store {
    collections: BTreeMap<Box<str>, Collection>,
    /// Top-level resources per subscription and type (`sub/namespace/type`), by name and id.
    tops: BTreeMap<String, Names>,
    /// Association id by the id of the resource that it protects.
    protected: BTreeMap<String, String>,
    /// Perimeter id by perimeter guid.
    guids: BTreeMap<String, String>,
}

impl Store {
    /// The thing with this id, parsed.
    pub fn get(&self, id: &str) -> Option<Value> {
        serde_json::from_str(self.text(id)?).ok()
    }

    /// The thing with this id as JSON text.
    pub fn text(&self, id: &str) -> Option<&str> {
        let id = id.to_lowercase();
        let (collection, name) = id.rsplit_once('/')?;
        self.collections.get(collection)?.get(name).map(AsRef::as_ref)
    }

    /// Whether the thing exists.
    pub fn contains(&self, id: &str) -> bool {
        self.text(id).is_some()
    }

    /// Adds or replaces a thing.
    pub fn put(&mut self, id: &str, body: &Value) {
        let id = id.to_lowercase();
        let Some((collection, name)) = id.rsplit_once('/') else { return };
        if let Some(top) = top_key(&id) {
            self.tops.entry(top).or_default().insert((name.into(), id.as_str().into()));
        }
        let text = body.to_string().into();
        let old = self.collections.entry(collection.into()).or_default().insert(name.into(), text);
        if let Some(old) = old {
            self.forget(&id, &old);
        }
        self.index(&id, body);
    }

    /// Adds a thing of which no other thing needs to know (a rule), as JSON text.
    pub fn put_text(&mut self, collection: &str, name: &str, text: String) {
        let members = self.collections.entry(collection.to_lowercase().into()).or_default();
        members.insert(name.to_lowercase().into(), text.into());
    }

    /// Removes a thing and all below it. Says whether it was there.
    pub fn remove(&mut self, id: &str) -> bool {
        let id = id.to_lowercase();
        let Some((collection, name)) = id.rsplit_once('/') else { return false };
        let Some(gone) = self.collections.get_mut(collection).and_then(|c| c.remove(name)) else {
            return false;
        };
        if let Some(set) = top_key(&id).and_then(|top| self.tops.get_mut(&top)) {
            set.remove(&(name.into(), id.as_str().into()));
        }
        self.forget(&id, &gone);
        let below = format!("{id}/");
        let inner: Vec<Box<str>> = self
            .collections
            .range::<str, _>((Bound::Included(below.as_str()), Bound::Unbounded))
            .map(|(k, _)| k)
            .take_while(|k| k.starts_with(&below))
            .cloned()
            .collect();
        for key in inner {
            for (name, text) in self.collections.remove(&key).unwrap_or_default() {
                self.forget(&format!("{key}/{name}"), &text);
            }
        }
        true
    }

    /// Members of a collection such as `{perimeter}/profiles`, by name, as JSON text.
    pub fn list(&self, collection: &str) -> impl Iterator<Item = &str> {
        self.collections
            .get(collection.to_lowercase().as_str())
            .into_iter()
            .flat_map(|c| c.values().map(AsRef::as_ref))
    }

    /// Members of all collections whose path ends so (in lower case), wherever they are.
    pub fn ending<'a>(&'a self, path: &'a str) -> impl Iterator<Item = &'a str> {
        let found = self.collections.iter().filter(move |(key, _)| key.ends_with(path));
        found.flat_map(|(_, members)| members.values().map(AsRef::as_ref))
    }

    /// Members of a collection, parsed.
    pub fn values(&self, collection: &str) -> Vec<Value> {
        self.list(collection).filter_map(|text| serde_json::from_str(text).ok()).collect()
    }

    /// How many members a collection has.
    pub fn count(&self, collection: &str) -> usize {
        self.collections.get(collection.to_lowercase().as_str()).map_or(0, BTreeMap::len)
    }

    /// Top-level resources of one type (`microsoft.network/networksecurityperimeters`) in a subscription, by name.
    pub fn in_subscription(&self, subscription: &str, kind: &str) -> impl Iterator<Item = &str> {
        let key = format!("{subscription}/{kind}").to_lowercase();
        self.tops.get(&key).into_iter().flatten().filter_map(|(_, id)| self.text(id))
    }

    /// The association that protects a resource, if any.
    pub fn association_of(&self, resource: &str) -> Option<&str> {
        self.protected.get(&resource.to_lowercase()).map(String::as_str)
    }

    /// The perimeter with this guid.
    pub fn perimeter_by_guid(&self, guid: &str) -> Option<&str> {
        self.guids.get(&guid.to_lowercase()).map(String::as_str)
    }

    fn index(&mut self, id: &str, body: &Value) {
        if let Some(resource) = protected_resource(id, body) {
            self.protected.insert(resource, id.to_owned());
        }
        if let Some(guid) = body.pointer("/properties/perimeterGuid").and_then(Value::as_str) {
            self.guids.insert(guid.to_lowercase(), id.to_owned());
        }
    }

    fn forget(&mut self, id: &str, text: &str) {
        let Ok(body) = serde_json::from_str::<Value>(text) else { return };
        if let Some(resource) = protected_resource(id, &body) {
            self.protected.remove(&resource);
        }
        if let Some(guid) = body.pointer("/properties/perimeterGuid").and_then(Value::as_str) {
            self.guids.remove(&guid.to_lowercase());
        }
    }
}

fn protected_resource(id: &str, body: &Value) -> Option<String> {
    if !id.contains("/resourceassociations/") {
        return None;
    }
    body.pointer("/properties/privateLinkResource/id").and_then(Value::as_str).map(str::to_lowercase)
}

/// `sub/namespace/type` when the id is a top-level resource in a resource group.
fn top_key(id: &str) -> Option<String> {
    let parts: Vec<&str> = id.split('/').skip(1).collect();
    match parts.as_slice() {
        ["subscriptions", sub, "resourcegroups", _, "providers", namespace, kind, _] => {
            Some(format!("{sub}/{namespace}/{kind}"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NSP: &str =
        "/subscriptions/S/resourceGroups/g/providers/Microsoft.Network/networkSecurityPerimeters/One";

    #[test]
    fn a_removed_perimeter_takes_everything_below_with_it() {
        let mut store = Store::default();
        store.put(NSP, &json!({"name": "One", "properties": {"perimeterGuid": "AB"}}));
        store.put(&format!("{NSP}/profiles/p"), &json!({"name": "p"}));
        store.put(&format!("{NSP}/profiles/p/accessRules/r"), &json!({"name": "r"}));
        store.put(&format!("{NSP}2"), &json!({"name": "One2"}));
        let association = json!({"properties": {"privateLinkResource": {"id": "/R/x"}}});
        store.put(&format!("{NSP}/resourceAssociations/a"), &association);
        assert_eq!(store.count(&format!("{NSP}/profiles")), 1);
        assert!(store.association_of("/r/X").is_some());
        assert_eq!(store.perimeter_by_guid("ab"), Some(NSP.to_lowercase().as_str()));
        assert_eq!(store.in_subscription("s", "microsoft.network/networksecurityperimeters").count(), 2);

        assert!(store.remove(&NSP.to_uppercase()));
        assert!(!store.contains(&format!("{NSP}/profiles/p/accessRules/r")));
        assert!(store.contains(&format!("{NSP}2")));
        assert_eq!(store.association_of("/r/x"), None);
        assert_eq!(store.perimeter_by_guid("AB"), None);
        assert_eq!(store.in_subscription("s", "microsoft.network/networksecurityperimeters").count(), 1);
    }
}
