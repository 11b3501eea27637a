//! ARM resource ids: the identity of everything on the screen. Compared without case, kept as they came.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use super::text;

/// Longest id that is taken; ARM's own limit on a request URL is about 4 KB.
const MAX_LEN: usize = 2048;

/// A resource id such as `/subscriptions/{s}/resourceGroups/{g}/providers/Microsoft.Network/…`.
///
/// Azure compares ids without case and logs carry upper-cased ones (API.md, sections 9.3 and
/// DOMAIN.md 4.2), so equality, order and hash ignore ASCII case. The text is kept as it came,
/// because names in URLs may be case-sensitive.
#[derive(Clone)]
pub struct ArmId(Arc<str>);

/// Why a text is no id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a resource id ({reason}): {text}")]
pub struct BadId {
    reason: &'static str,
    text: String,
}

impl ArmId {
    /// Takes an id as Azure sent it.
    ///
    /// # Errors
    /// [`BadId`] when it does not begin with `/`, has an empty segment, `.` or `..` as a segment
    /// (which could point a request elsewhere), characters that cannot stand in an id, or is
    /// longer than a URL may be.
    pub fn parse(text: &str) -> Result<Self, BadId> {
        let bad = |reason| BadId { reason, text: text::clean(text).chars().take(200).collect() };
        let trimmed = text.strip_suffix('/').unwrap_or(text);
        let Some(rest) = trimmed.strip_prefix('/') else { return Err(bad("no leading slash")) };
        if trimmed.len() > MAX_LEN {
            return Err(bad("too long"));
        }
        if !trimmed.chars().all(|c| text::is_plain(c) && !matches!(c, '?' | '#' | '\\' | '%')) {
            return Err(bad("forbidden character"));
        }
        if rest.split('/').any(|s| s.is_empty() || s == "." || s == "..") {
            return Err(bad("empty or relative segment"));
        }
        Ok(Self(trimmed.into()))
    }

    /// The id of a subscription by its guid.
    ///
    /// # Errors
    /// [`BadId`] when `guid` cannot stand in an id.
    pub fn subscription_of(guid: &str) -> Result<Self, BadId> {
        Self::parse(&format!("/subscriptions/{guid}"))
    }

    /// The id as it came.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last segment: the resource's name.
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// The id of a child resource of this one.
    ///
    /// # Errors
    /// [`BadId`] when `name` cannot stand in an id.
    pub fn child(&self, kind: &str, name: &str) -> Result<Self, BadId> {
        Self::parse(&format!("{}/{kind}/{name}", self.0))
    }

    /// The enclosing resource, two segments up; `None` when that would leave the resource.
    pub fn parent(&self) -> Option<Self> {
        let (up, _name) = self.0.rsplit_once('/')?;
        let (up, _kind) = up.rsplit_once('/')?;
        if up.is_empty() || up.to_ascii_lowercase().ends_with("/providers") {
            return None;
        }
        // `…/providers/{namespace}` is no resource of its own.
        let namespace = up.rsplit('/').nth(1).is_some_and(|s| s.eq_ignore_ascii_case("providers"));
        (!namespace).then(|| Self(up.into()))
    }

    fn lower(&self) -> impl Iterator<Item = u8> + '_ {
        self.0.bytes().map(|b| b.to_ascii_lowercase())
    }

    fn after(&self, key: &str) -> Option<&str> {
        let mut segments = self.0.split('/').skip(1);
        while let Some(segment) = segments.next() {
            if segment.eq_ignore_ascii_case(key) {
                return segments.next();
            }
        }
        None
    }

    /// The subscription's guid.
    pub fn subscription(&self) -> Option<&str> {
        self.after("subscriptions")
    }

    /// The resource group's name.
    pub fn resource_group(&self) -> Option<&str> {
        self.after("resourceGroups")
    }

    /// The full type, such as `Microsoft.Network/networkSecurityPerimeters/profiles`, in the case
    /// of the id; of the innermost provider when several are nested.
    pub fn resource_type(&self) -> Option<String> {
        let segments: Vec<&str> = self.0.split('/').skip(1).collect();
        let at = segments.iter().rposition(|s| s.eq_ignore_ascii_case("providers"))?;
        let mut rest = segments.get(at + 1..)?.iter();
        let mut kind = (*rest.next()?).to_owned();
        for word in rest.step_by(2) {
            kind.push('/');
            kind.push_str(word);
        }
        kind.contains('/').then_some(kind)
    }

    /// True when `self` is `other` or lies below it.
    pub fn is_within(&self, other: &Self) -> bool {
        let (inner, outer) = (self.0.as_bytes(), other.0.as_bytes());
        match (inner.get(..outer.len()), inner.get(outer.len())) {
            (Some(head), None | Some(b'/')) => head.eq_ignore_ascii_case(outer),
            _ => false,
        }
    }
}

impl fmt::Display for ArmId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ArmId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl PartialEq for ArmId {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}
impl Eq for ArmId {}

impl PartialOrd for ArmId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for ArmId {
    fn cmp(&self, other: &Self) -> Ordering {
        self.lower().cmp(other.lower())
    }
}
impl Hash for ArmId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.lower().for_each(|b| state.write_u8(b));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: &str = "/subscriptions/0a/resourceGroups/rg/providers/Microsoft.Network/networkSecurityPerimeters/nsp/profiles/p/accessRules/r";

    fn id(text: &str) -> ArmId {
        ArmId::parse(text).unwrap()
    }

    #[test]
    fn parts() {
        let rule = id(RULE);
        assert_eq!(rule.name(), "r");
        assert_eq!(rule.subscription(), Some("0a"));
        assert_eq!(rule.resource_group(), Some("rg"));
        assert_eq!(
            rule.resource_type().as_deref(),
            Some("Microsoft.Network/networkSecurityPerimeters/profiles/accessRules")
        );
        assert_eq!(rule.parent().unwrap().name(), "p");
        let perimeter = rule.parent().unwrap().parent().unwrap();
        assert_eq!(perimeter.name(), "nsp");
        assert_eq!(perimeter.parent(), None);
        assert!(rule.is_within(&perimeter) && !perimeter.is_within(&rule));
        assert!(!id("/subscriptions/0ab").is_within(&id("/subscriptions/0a")));
    }

    #[test]
    fn case_does_not_matter_and_is_kept() {
        let upper = id(&RULE.to_ascii_uppercase());
        assert_eq!(upper, id(RULE));
        assert_eq!(upper.cmp(&id(RULE)), Ordering::Equal);
        assert_ne!(upper.as_str(), RULE);
    }

    #[test]
    fn what_could_point_elsewhere_is_refused() {
        for text in
            ["", "subscriptions/x", "/a//b", "/a/../b", "/a/b?x=1", "/a/b#c", "/a/%2e%2e/b", "/a/\u{202e}b"]
        {
            assert!(ArmId::parse(text).is_err(), "{text:?}");
        }
    }
}
