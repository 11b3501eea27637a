//! Rules that could be cleaned up, one of each kind.

use std::sync::Arc;

use jiff::Timestamp;
use nsp::domain::hygiene::{Flaw, Thresholds, Usage, findings};
use nsp::domain::impact::Window;
use nsp::domain::log::{Category, Verdict};
use nsp::domain::traffic::RuleMatches;
use nsp::domain::{AccessRule, Direction, Modified, RawBody, RuleContent, SourceKind, temporary};

use super::world::{id, perimeter_id};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn rule(name: &str, kind: SourceKind, values: &[&str]) -> Arc<AccessRule> {
    Arc::new(AccessRule {
        id: id(&format!("{}/profiles/p/accessRules/{name}", perimeter_id(0))),
        content: RuleContent::of(kind, values.iter().map(|v| (*v).to_owned()).collect()),
        state: None,
        modified: Some(Modified { by: String::new(), at: Some(at("2026-01-01T00:00:00Z")) }),
        raw: RawBody::new("{}"),
    })
}

fn see(rules: &[Arc<AccessRule>], usage: Option<&Usage>) -> Vec<String> {
    let now = at("2026-11-22T12:00:00Z");
    let found = findings(rules, usage, Thresholds::default(), now);
    found.iter().map(|f| format!("{}: {}", f.rule.name(), f.flaw)).collect()
}

#[test]
fn elements_that_say_what_another_says() {
    let rules = [
        rule("office", SourceKind::AddressPrefix, &["203.0.113.0/24", "198.51.100.7"]),
        rule("desk", SourceKind::AddressPrefix, &["203.0.113.8/32", "198.51.100.7/32", "192.0.2.1"]),
        rule("api", SourceKind::Fqdn, &["api.contoso.com"]),
        rule("api-too", SourceKind::Fqdn, &["API.contoso.com."]),
    ];
    assert_eq!(
        see(&rules, None),
        [
            "desk: 203.0.113.8/32 lies within 203.0.113.0/24 of rule office",
            "desk: 198.51.100.7/32 is also named in rule office",
            "api-too: api.contoso.com is also named in rule api",
        ]
    );
}

#[test]
fn wide_expired_and_nameless_rules() {
    let rules = [
        rule("world", SourceKind::AddressPrefix, &["0.0.0.0/0"]),
        rule("provider", SourceKind::AddressPrefix, &["2001:db8::/32", "10.1.0.0/16"]),
        rule("tmp-alex-20261122T1100Z", SourceKind::AddressPrefix, &["192.0.2.1"]),
        rule("tmp-alex-20261122T1300Z", SourceKind::AddressPrefix, &["192.0.2.2"]),
        rule("tmp-forever", SourceKind::AddressPrefix, &["192.0.2.3"]),
        rule("rule-1", SourceKind::Fqdn, &["a.example.com"]),
        rule("nothing", SourceKind::Fqdn, &[]),
    ];
    let wide: Vec<String> = see(&rules, None).into_iter().filter(|t| !t.contains("lies within")).collect();
    assert_eq!(
        wide,
        [
            "world: 0.0.0.0/0 admits 4294967296 addresses",
            "tmp-alex-20261122T1100Z: expired at 2026-11-22T11:00:00Z",
            "tmp-forever: its name begins with tmp- and no expiry can be read from it",
            "rule-1: its name says nothing about what it is for",
            "nothing: names nothing",
        ]
    );
    let open = temporary::open(rules.iter().map(AsRef::as_ref));
    assert_eq!(open.iter().map(|(r, _)| r.id.name()).collect::<Vec<_>>().len(), 2);
    assert!(
        open[0].1.is_expired(at("2026-11-22T12:00:00Z")) && !open[1].1.is_expired(at("2026-11-22T12:00:00Z"))
    );
}

#[test]
fn unused_is_said_only_with_the_time_that_was_watched() {
    let window = Window { from: at("2026-10-23T00:00:00Z"), to: at("2026-11-22T00:00:00Z") };
    let new = |at_text: &str, name: &str| {
        let mut rule = (*rule(name, SourceKind::AddressPrefix, &["192.0.2.9"])).clone();
        rule.modified = Some(Modified { by: String::new(), at: Some(at(at_text)) });
        Arc::new(rule)
    };
    let inbound = vec![Category::PublicInboundPerimeterRulesAllowed];
    let mut usage = Usage::new(window, 28, inbound.clone());
    let matches = |profile: &str, rule: &str, verdict| RuleMatches {
        perimeter: Some(id(&perimeter_id(0).to_uppercase())),
        profile: profile.into(),
        rule: rule.into(),
        direction: Direction::Inbound,
        verdict,
        events: 12,
        resources: 1,
        first: at("2026-11-20T00:00:00Z"),
        last: at("2026-11-20T00:00:00Z"),
    };
    // Another profile's rule, and a resource's own of the same name, are no use of this profile's.
    let counted = [
        matches("P", "OFFICE", Verdict::Allowed),
        matches("other", "old-vendor", Verdict::Allowed),
        matches("p", "old-vendor", Verdict::WouldDeny),
    ];
    usage.add_matches(&id(&format!("{}/profiles/p", perimeter_id(0))), &counted);
    let rules = [
        rule("office", SourceKind::AddressPrefix, &["203.0.113.0/24"]),
        rule("old-vendor", SourceKind::AddressPrefix, &["192.0.2.1"]),
        rule("api", SourceKind::Fqdn, &["api.contoso.com"]),
        new("2026-11-21T00:00:00Z", "fresh"),
    ];
    assert_eq!(
        see(&rules, Some(&usage)),
        [
            "old-vendor: matched nothing from 2026-10-23T00:00:00Z to 2026-11-22T00:00:00Z (28 days with rows)",
            "api: whether it is used cannot be told: log category NspPublicOutboundPerimeterRulesAllowed is off",
            "fresh: whether it is used cannot be told: it was changed at 2026-11-21T00:00:00Z",
        ]
    );
    assert_eq!(usage.of("office").map(|u| u.events), Some(12));
    let silent = Usage::new(window, 0, inbound);
    let found = findings(&rules[..1], Some(&silent), Thresholds::default(), at("2026-11-22T00:00:00Z"));
    assert!(matches!(found[0].flaw, Flaw::UsageUnknown(_)), "{found:?}");
}
