//! What a resource's body says, property by property: for checks that look at one of many properties
//! that no other part of the program needs. Reads nothing and decides nothing.

use std::sync::Arc;

/// Scalar properties of a body by their path, such as `properties.encryption.keySource`; items of a list
/// have their number in the path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings(Arc<[(String, String)]>);

impl Settings {
    /// These paths and values; both are to be cleaned.
    pub fn new(leaves: Vec<(String, String)>) -> Self {
        Self(leaves.into())
    }

    /// A value by its path, ignoring case.
    pub fn get(&self, path: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known.eq_ignore_ascii_case(path)).map(|(_, value)| value.as_str())
    }

    /// The first value that one of these paths has.
    pub fn first(&self, paths: &[&str]) -> Option<&str> {
        paths.iter().find_map(|path| self.get(path)).filter(|value| !value.is_empty())
    }

    /// A property is `true`.
    pub fn is_on(&self, path: &str) -> bool {
        self.get(path).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// Values at or below a path: the items of a list, the members of an object.
    pub fn below<'a>(&'a self, path: &'a str) -> impl Iterator<Item = &'a str> {
        let inside = move |known: &str| {
            let head = known.get(..path.len()).is_some_and(|head| head.eq_ignore_ascii_case(path));
            head && matches!(known.as_bytes().get(path.len()), None | Some(b'.'))
        };
        self.0.iter().filter(move |(known, _)| inside(known)).map(|(_, value)| value.as_str())
    }

    /// Nothing is known of the body.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_by_path_and_below_it() {
        let leaf = |path: &str, value: &str| (path.to_owned(), value.to_owned());
        let settings = Settings::new(vec![
            leaf("properties.networkAcls.bypass", "AzureServices"),
            leaf("properties.networkAcls.ipRules.0.value", "203.0.113.1"),
            leaf("properties.networkAclsOld", "x"),
            leaf("properties.isSftpEnabled", "true"),
        ]);
        assert_eq!(settings.get("PROPERTIES.networkacls.bypass"), Some("AzureServices"));
        assert!(settings.is_on("properties.isSftpEnabled") && !settings.is_on("properties.isNfsV3Enabled"));
        assert_eq!(settings.below("properties.networkAcls").count(), 2);
        assert_eq!(settings.below("properties.networkAcls.ipRules").next(), Some("203.0.113.1"));
    }
}
