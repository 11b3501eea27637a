//! Compares what a perimeter says with what a resource believes. Pure: what was not read stays unknown,
//! and is never counted as agreement.

use std::sync::Arc;

use ipnet::IpNet;

use super::{
    AccessRule, Association, Configuration, FieldChange, KnownRule, Profile, RuleContent, SourceKind,
};

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Aspect {
    /// The resource has a configuration of this association at all.
    Membership,
    /// `accessMode`.
    Mode,
    /// The profile.
    Profile,
    /// `accessRulesVersion`.
    RulesVersion,
    /// A rule that the resource does not know.
    MissingRule,
    /// A rule that only the resource knows.
    ExtraRule,
    /// A rule that says something else.
    DifferentRule,
    /// All rules.
    Rules,
    /// `diagnosticSettingsVersion`.
    DiagnosticsVersion,
    /// `enabledLogCategories`.
    Categories,
}

impl Aspect {
    /// In words.
    pub fn label(self) -> &'static str {
        match self {
            Self::Membership => "membership",
            Self::Mode => "access mode",
            Self::Profile => "profile",
            Self::RulesVersion => "rules version",
            Self::MissingRule => "rule missing",
            Self::ExtraRule => "rule too many",
            Self::DifferentRule => "rule differs",
            Self::Rules => "rules",
            Self::DiagnosticsVersion => "diagnostics version",
            Self::Categories => "log categories",
        }
    }
}

/// One thing that was compared, as both sides have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// What.
    pub aspect: Aspect,
    /// What the perimeter says; of a rule with its name in front.
    pub perimeter: String,
    /// What the resource believes.
    pub resource: String,
}

/// What a perimeter says of an association, as far as it was read.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// The association.
    pub association: &'a Association,
    /// Its profile.
    pub profile: Option<&'a Profile>,
    /// All rules of the profile.
    pub rules: Option<&'a [Arc<AccessRule>]>,
    /// Log categories that are enabled.
    pub categories: Option<&'a [String]>,
}

/// How far both sides agree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// On what they agree.
    pub agreements: Vec<Compared>,
    /// On what they do not.
    pub differences: Vec<Compared>,
    /// What could not be compared, and why.
    pub unknown: Vec<String>,
}

impl Comparison {
    /// Nothing that was compared differs.
    pub fn agrees(&self) -> bool {
        self.differences.is_empty()
    }

    /// The differences in one line.
    pub fn summary(&self) -> String {
        let one = |c: &Compared| match (c.perimeter.as_str(), c.resource.as_str()) {
            (perimeter, "") => format!("{}: {perimeter}", c.aspect.label()),
            ("", resource) => format!("{}: {resource}", c.aspect.label()),
            (perimeter, resource) => {
                format!("{}: perimeter {perimeter}, resource {resource}", c.aspect.label())
            }
        };
        self.differences.iter().map(one).collect::<Vec<_>>().join("; ")
    }

    fn note(&mut self, aspect: Aspect, perimeter: &str, resource: &str, same: bool) {
        let compared = Compared { aspect, perimeter: perimeter.to_owned(), resource: resource.to_owned() };
        if same { self.agreements.push(compared) } else { self.differences.push(compared) }
    }

    fn unknown(&mut self, aspect: Aspect, why: &str) {
        self.unknown.push(format!("{}: {why}", aspect.label()));
    }
}

/// Compares the perimeter's side with what the resource believes (`None`: it has no configuration of
/// this association).
pub fn compare(expected: &Expected<'_>, believed: Option<&Configuration>) -> Comparison {
    let mut out = Comparison::default();
    let association = expected.association;
    let Some(believed) = believed else {
        out.note(Aspect::Membership, "associated", "knows nothing of this association", false);
        return out;
    };
    let mode = association.mode.label();
    match &believed.mode {
        Some(known) => {
            let same = association.mode.wire().eq_ignore_ascii_case(known.wire());
            out.note(Aspect::Mode, mode, known.label(), same);
        }
        None => out.unknown(Aspect::Mode, "the resource does not tell it"),
    }
    let name = association.profile.as_ref().map_or("", |p| p.name());
    out.note(
        Aspect::Profile,
        name,
        &believed.profile.name,
        name.eq_ignore_ascii_case(&believed.profile.name),
    );
    versions(&mut out, expected, believed);
    rules(&mut out, expected.rules, &believed.profile.rules);
    match (expected.categories, &believed.profile.categories) {
        (Some(wanted), Some(known)) => {
            let same = canonical(wanted) == canonical(known);
            out.note(Aspect::Categories, &categories(wanted), &categories(known), same);
        }
        (None, _) => out.unknown(Aspect::Categories, "what the perimeter enables is not known"),
        (_, None) => out.unknown(Aspect::Categories, "this provider does not tell them"),
    }
    out
}

fn versions(out: &mut Comparison, expected: &Expected<'_>, believed: &Configuration) {
    let Some(profile) = expected.profile else {
        out.unknown(Aspect::RulesVersion, "the profile was not read");
        return;
    };
    let pairs = [
        (Aspect::RulesVersion, &profile.rules_version, Some(&believed.profile.rules_version)),
        (
            Aspect::DiagnosticsVersion,
            &profile.diagnostics_version,
            believed.profile.diagnostics_version.as_ref(),
        ),
    ];
    for (aspect, wanted, known) in pairs {
        match known.filter(|known| !known.is_empty()) {
            Some(_) if wanted.is_empty() => out.unknown(aspect, "the perimeter does not tell it"),
            Some(known) => out.note(aspect, wanted, known, same_version(wanted, known)),
            None => out.unknown(aspect, "this provider does not tell it"),
        }
    }
}

/// Versions are texts on one side and numbers on the other.
fn same_version(a: &str, b: &str) -> bool {
    match (a.trim().parse::<i64>(), b.trim().parse::<i64>()) {
        (Ok(a), Ok(b)) => a == b,
        _ => a.trim().eq_ignore_ascii_case(b.trim()),
    }
}

fn rules(out: &mut Comparison, expected: Option<&[Arc<AccessRule>]>, known: &[KnownRule]) {
    let Some(expected) = expected else {
        return out.unknown(Aspect::Rules, "the rules of the profile were not read");
    };
    let before = out.differences.len();
    for rule in expected {
        let name = rule.id.name();
        let Some(theirs) = known.iter().find(|k| k.name.eq_ignore_ascii_case(name)) else {
            out.note(Aspect::MissingRule, &format!("{name} ({})", rule.content.summary()), "", false);
            continue;
        };
        for field in rule_differences(&rule.content, &theirs.content) {
            let perimeter = format!("{name} {}: {}", field.field, field.before);
            out.note(Aspect::DifferentRule, &perimeter, &field.after, false);
        }
    }
    for extra in known.iter().filter(|k| !expected.iter().any(|r| r.id.name().eq_ignore_ascii_case(&k.name)))
    {
        out.note(Aspect::ExtraRule, "", &format!("{} ({})", extra.name, extra.content.summary()), false);
    }
    if out.differences.len() == before {
        let count = |n: usize| if n == 1 { "1 rule".to_owned() } else { format!("{n} rules") };
        out.note(Aspect::Rules, &count(expected.len()), &count(known.len()), true);
    }
}

/// Fields in which a resource knows a rule otherwise. Kinds that most providers do not tell are passed
/// over where the resource has none of them.
fn rule_differences(wanted: &RuleContent, known: &RuleContent) -> Vec<FieldChange> {
    let untold = |kind: SourceKind| match kind {
        SourceKind::ServiceTag | SourceKind::Email | SourceKind::Phone => known.values(kind).is_empty(),
        SourceKind::AddressPrefix | SourceKind::Subscription | SourceKind::Fqdn | SourceKind::Perimeter => {
            false
        }
    };
    let mut out = Vec::new();
    if wanted.direction != known.direction {
        out.push(FieldChange::new("direction", wanted.direction.wire(), known.direction.wire()));
    }
    for kind in SourceKind::ALL.into_iter().filter(|kind| !untold(*kind)) {
        let (wanted, known) = (wanted.values(kind), known.values(kind));
        if canonical(wanted) != canonical(known) {
            let shown =
                |values: &[String]| if values.is_empty() { "none".to_owned() } else { values.join(", ") };
            out.push(FieldChange::new(kind.label(), shown(wanted), shown(known)));
        }
    }
    out
}

fn categories(all: &[String]) -> String {
    match all {
        [] => "none".to_owned(),
        all if all.len() <= 3 => all.join(", "),
        all => format!("{} categories", all.len()),
    }
}

/// Values in a form in which every spelling of them is the same: order, case, host bits.
pub fn canonical(values: &[String]) -> Vec<String> {
    let one = |value: &String| {
        let net = value.parse::<IpNet>().or_else(|_| value.parse().map(|ip: std::net::IpAddr| ip.into()));
        net.map_or_else(|_| value.to_lowercase().replace(' ', ""), |net: IpNet| net.trunc().to_string())
    };
    let mut all: Vec<String> = values.iter().map(one).collect();
    all.sort();
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{AccessMode, ArmId, Issues, KnownProfile, RawBody};

    const NSP: &str =
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/networkSecurityPerimeters/n";

    fn id(rest: &str) -> ArmId {
        ArmId::parse(&format!("{NSP}/{rest}")).unwrap()
    }

    fn raw() -> RawBody {
        RawBody::new("{}")
    }

    fn content(kind: SourceKind, values: &[&str]) -> RuleContent {
        RuleContent::of(kind, values.iter().map(|v| (*v).to_owned()).collect())
    }

    fn rule(name: &str, content: RuleContent) -> Arc<AccessRule> {
        let id = id(&format!("profiles/p/accessRules/{name}"));
        Arc::new(AccessRule { id, content, state: None, modified: None, raw: raw() })
    }

    fn known(name: &str, content: RuleContent) -> KnownRule {
        KnownRule { name: name.to_owned(), content }
    }

    fn association(mode: AccessMode) -> Association {
        Association {
            id: id("resourceAssociations/a"),
            resource: None,
            profile: Some(id("profiles/p")),
            mode,
            state: None,
            issues: Issues::No,
            modified: None,
            raw: raw(),
        }
    }

    fn profile(version: &str) -> Profile {
        let (rules_version, diagnostics_version) = (version.to_owned(), "2".to_owned());
        Profile { id: id("profiles/p"), rules_version, diagnostics_version, modified: None, raw: raw() }
    }

    fn believes(mode: AccessMode, version: &str, rules: Vec<KnownRule>) -> Configuration {
        Configuration {
            name: "g.a".to_owned(),
            state: None,
            issues: Vec::new(),
            perimeter: ArmId::parse(NSP).ok(),
            perimeter_guid: "g".to_owned(),
            association: "A".to_owned(),
            mode: Some(mode),
            profile: KnownProfile {
                name: "P".to_owned(),
                rules_version: version.to_owned(),
                rules,
                diagnostics_version: Some("2".to_owned()),
                categories: Some(vec!["b".to_owned(), "A".to_owned()]),
            },
            raw: raw(),
        }
    }

    fn compared(rules: &[Arc<AccessRule>], believed: &Configuration) -> Comparison {
        let (association, profile) = (association(AccessMode::Enforced), profile("7"));
        let categories = ["a".to_owned(), "B".to_owned()];
        let expected = Expected {
            association: &association,
            profile: Some(&profile),
            rules: Some(rules),
            categories: Some(&categories),
        };
        assert!(believed.is_of(&association));
        compare(&expected, Some(believed))
    }

    #[test]
    fn spelling_order_and_number_or_text_are_no_difference() {
        let ours = [
            rule("In", content(SourceKind::AddressPrefix, &["10.0.0.0/8", "2001:DB8::/32"])),
            rule("tags", content(SourceKind::ServiceTag, &["LogicApps"])),
        ];
        let theirs = vec![
            known("tags", RuleContent { direction: super::super::Direction::Inbound, sources: Vec::new() }),
            known("in", content(SourceKind::AddressPrefix, &["2001:db8::/32", "10.0.0.0/8"])),
        ];
        let result = compared(&ours, &believes(AccessMode::Enforced, "07", theirs));
        assert!(result.agrees(), "{}", result.summary());
        assert_eq!(result.agreements.len(), 6);
        assert_eq!(result.unknown, [""; 0]);
    }

    #[test]
    fn every_difference_is_told_apart() {
        let ours = [
            rule("new", content(SourceKind::Fqdn, &["a.example"])),
            rule("changed", content(SourceKind::AddressPrefix, &["192.0.2.0/24"])),
        ];
        let theirs = vec![
            known("changed", content(SourceKind::AddressPrefix, &["192.0.2.0/25"])),
            known("old", content(SourceKind::Subscription, &["s"])),
        ];
        let mut believed = believes(AccessMode::Learning, "5", theirs);
        believed.profile.categories = Some(Vec::new());
        let result = compared(&ours, &believed);
        let aspects: Vec<Aspect> = result.differences.iter().map(|d| d.aspect).collect();
        assert_eq!(
            aspects,
            [
                Aspect::Mode,
                Aspect::RulesVersion,
                Aspect::MissingRule,
                Aspect::DifferentRule,
                Aspect::ExtraRule,
                Aspect::Categories
            ]
        );
        let summary = result.summary();
        for part in [
            "access mode: perimeter Enforced, resource Transition (Learning)",
            "rules version: perimeter 7, resource 5",
            "rule missing: new (a.example)",
            "rule differs: perimeter changed IP addresses: 192.0.2.0/24, resource 192.0.2.0/25",
            "rule too many: old (s)",
        ] {
            assert!(summary.contains(part), "{part} is not in {summary}");
        }
    }

    #[test]
    fn what_was_not_read_is_unknown_and_nothing_at_all_is_a_difference() {
        let association = association(AccessMode::Enforced);
        let expected = Expected { association: &association, profile: None, rules: None, categories: None };
        let mut believed = believes(AccessMode::Enforced, "7", Vec::new());
        believed.profile.diagnostics_version = None;
        let result = compare(&expected, Some(&believed));
        assert!(result.agrees());
        assert_eq!(result.unknown.len(), 3, "{:?}", result.unknown);
        let nothing = compare(&expected, None);
        assert!(!nothing.agrees());
        assert!(nothing.summary().contains("knows nothing"));
    }

    #[test]
    fn a_configuration_of_another_perimeter_is_not_ours() {
        let mut believed = believes(AccessMode::Enforced, "7", Vec::new());
        believed.perimeter = ArmId::parse(&NSP.replace("/n", "/other")).ok();
        assert!(!believed.is_of(&association(AccessMode::Enforced)));
    }
}
