//! Where the access log of a perimeter goes: diagnostic settings, their destinations, and the log
//! categories (API.md, sections 9.1 and 9.2). Must not know how they are read or written.

use super::{ArmId, FieldChange, RawBody};

/// Diagnostic settings that a resource can have.
pub const SETTINGS_PER_RESOURCE: usize = 5;

/// The category group that stands for every category, present and future.
pub const ALL_LOGS: &str = "allLogs";

/// What lies between a resource's id and the name of a diagnostic setting on it.
const BETWEEN: &str = "/providers/Microsoft.Insights/diagnosticSettings/";

/// The log categories of a perimeter, and what they hold.
pub const LOG_CATEGORIES: [(&str, &str); 13] = [
    ("NspPublicInboundPerimeterRulesAllowed", "inbound allowed by an access rule"),
    ("NspPublicInboundPerimeterRulesDenied", "inbound denied (Enforced)"),
    ("NspPublicOutboundPerimeterRulesAllowed", "outbound allowed by an access rule"),
    ("NspPublicOutboundPerimeterRulesDenied", "outbound denied (Enforced)"),
    ("NspOutboundAttempt", "outbound attempts within the perimeter"),
    ("NspIntraPerimeterInboundAllowed", "inbound within the perimeter"),
    ("NspPublicInboundResourceRulesAllowed", "would be denied once enforced: inbound"),
    ("NspPublicInboundResourceRulesDenied", "inbound denied by the resource itself (Learning)"),
    ("NspPublicOutboundResourceRulesAllowed", "would be denied once enforced: outbound"),
    ("NspPublicOutboundResourceRulesDenied", "outbound denied by the resource itself (Learning)"),
    ("NspPrivateInboundAllowed", "private endpoint traffic"),
    ("NspCrossPerimeterInboundAllowed", "inbound allowed by a link"),
    ("NspCrossPerimeterOutboundAllowed", "outbound allowed by a link"),
];

/// What a log category holds, in words; empty for one that no page describes.
pub fn category_meaning(category: &str) -> &'static str {
    LOG_CATEGORIES.iter().find(|(name, _)| name.eq_ignore_ascii_case(category)).map_or("", |(_, text)| text)
}

/// What a diagnostic setting sends, and where to: the part that this program writes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SettingContent {
    /// Log categories and category groups that are on, such as `allLogs`.
    pub categories: Vec<String>,
    /// The Log Analytics workspace.
    pub workspace: Option<ArmId>,
    /// The storage account.
    pub storage: Option<ArmId>,
    /// The authorization rule of an Event Hubs namespace.
    pub hub_rule: Option<ArmId>,
    /// The event hub; empty when Azure makes one of its own in the namespace.
    pub hub: String,
}

impl SettingContent {
    /// Whether rows of a category are sent.
    pub fn logs(&self, category: &str) -> bool {
        self.categories.iter().any(|c| c.eq_ignore_ascii_case(category) || c.eq_ignore_ascii_case(ALL_LOGS))
    }

    /// How many of the known categories are sent.
    pub fn count(&self) -> usize {
        LOG_CATEGORIES.iter().filter(|(name, _)| self.logs(name)).count()
    }

    /// Nothing is sent to anywhere.
    pub fn has_destination(&self) -> bool {
        self.workspace.is_some() || self.storage.is_some() || self.hub_rule.is_some()
    }

    /// Where it sends to: the kind of destination in the portal's words, and its id.
    pub fn destinations(&self) -> Vec<(&'static str, &ArmId)> {
        let all = [
            ("Log Analytics", self.workspace.as_ref()),
            ("Storage", self.storage.as_ref()),
            ("Event Hubs", self.hub_rule.as_ref()),
        ];
        all.into_iter().filter_map(|(kind, id)| Some((kind, id?))).collect()
    }
}

/// A diagnostic setting of a perimeter: what of its access log goes where (API.md, section 9.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiagnosticSetting {
    /// ARM id; the service answers with one in lower case.
    pub id: ArmId,
    /// Name of the setting.
    pub name: String,
    /// What it sends, and where to.
    pub content: SettingContent,
    /// As last read.
    pub raw: RawBody,
}

impl DiagnosticSetting {
    /// The perimeter (any resource) whose setting this is.
    pub fn owner(&self) -> Option<ArmId> {
        setting_owner(&self.id)
    }
}

/// The id of a diagnostic setting on a resource; `None` when the name cannot stand in an id.
pub fn setting_id(owner: &ArmId, name: &str) -> Option<ArmId> {
    if name.contains('/') {
        return None;
    }
    ArmId::parse(&format!("{}{BETWEEN}{name}", owner.as_str())).ok()
}

/// The resource that a diagnostic setting belongs to.
pub fn setting_owner(setting: &ArmId) -> Option<ArmId> {
    let lower = setting.as_str().to_ascii_lowercase();
    let at = lower.rfind(&BETWEEN.to_ascii_lowercase())?;
    ArmId::parse(setting.as_str().get(..at)?).ok()
}

/// The Event Hubs namespace of an authorization rule.
pub fn hub_namespace(rule: &ArmId) -> ArmId {
    rule.parent().unwrap_or_else(|| rule.clone())
}

/// Categories in one line.
pub fn categories_text(categories: &[String]) -> String {
    categories.join(", ")
}

/// The fields in which two settings differ; nothing stands for one that is not there.
pub fn setting_fields(before: Option<&SettingContent>, after: Option<&SettingContent>) -> Vec<FieldChange> {
    let id = |id: Option<&ArmId>| id.map_or(String::new(), |id| id.as_str().to_owned());
    let words = |content: Option<&SettingContent>| {
        content.map_or_else(Default::default, |c| {
            [
                categories_text(&c.categories),
                id(c.workspace.as_ref()),
                id(c.storage.as_ref()),
                id(c.hub_rule.as_ref()),
                c.hub.clone(),
            ]
        })
    };
    let names = ["log categories", "workspace", "storage account", "event hub rule", "event hub"];
    let both = words(before).into_iter().zip(words(after));
    names
        .into_iter()
        .zip(both)
        .filter(|(_, (was, will))| !same_words(was, will))
        .map(|(name, (was, will))| FieldChange::new(name, was, will))
        .collect()
}

/// Ids without case, categories without order.
fn same_words(a: &str, b: &str) -> bool {
    let canonical = |text: &str| {
        let mut words: Vec<String> = text.to_ascii_lowercase().split(", ").map(str::to_owned).collect();
        words.sort();
        words
    };
    canonical(a) == canonical(b)
}

/// A resource that logs could be sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// ARM id.
    pub id: ArmId,
    /// Region.
    pub location: String,
}

/// An authorization rule of an Event Hubs namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubRule {
    /// ARM id.
    pub id: ArmId,
    /// `Listen`, `Send`, `Manage`.
    pub rights: Vec<String>,
}

impl HubRule {
    /// The rights that are missing for diagnostic settings, which need all three.
    pub fn missing(&self) -> Vec<&'static str> {
        let has = |right: &str| self.rights.iter().any(|r| r.eq_ignore_ascii_case(right));
        ["Manage", "Send", "Listen"].into_iter().filter(|right| !has(right)).collect()
    }
}

/// Two spellings of a region are one: `West Europe`, `westeurope`.
pub fn same_region(a: &str, b: &str) -> bool {
    let plain = |text: &str| text.replace(' ', "").to_ascii_lowercase();
    plain(a) == plain(b)
}

/// Where the access log of a perimeter can be read.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LogSource {
    /// A workspace, by its `customerId`, which is not its resource id.
    Workspace {
        /// ARM id.
        id: ArmId,
        /// `properties.customerId`.
        customer: String,
    },
    /// The perimeter itself, in whatever workspaces it logs to: where reading a workspace is not
    /// permitted, reading the logs of one's own resources may be.
    Perimeter,
}

impl LogSource {
    /// Its name in a title.
    pub fn label(&self) -> &str {
        match self {
            Self::Workspace { id, .. } => id.name(),
            Self::Perimeter => "by resource",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NSP: &str =
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/networkSecurityPerimeters/n";

    #[test]
    fn a_setting_belongs_to_its_perimeter_in_any_case() {
        let nsp = ArmId::parse(NSP).unwrap();
        let id = setting_id(&nsp, "to law").unwrap();
        assert_eq!(id.name(), "to law");
        assert_eq!(setting_owner(&ArmId::parse(&id.as_str().to_lowercase()).unwrap()), Some(nsp.clone()));
        assert_eq!((setting_owner(&nsp), setting_id(&nsp, "a/b")), (None, None));
    }

    #[test]
    fn a_group_counts_as_all_and_order_is_no_difference() {
        let content = |words: &[&str]| SettingContent {
            categories: words.iter().map(|w| (*w).to_owned()).collect(),
            ..SettingContent::default()
        };
        assert_eq!(content(&["alllogs"]).count(), 13);
        assert_eq!(content(&["NspOutboundAttempt", "Other"]).count(), 1);
        assert!(setting_fields(Some(&content(&["a", "B"])), Some(&content(&["b", "a"]))).is_empty());
        assert_eq!(setting_fields(None, Some(&content(&["a"]))).len(), 1);
    }
}
