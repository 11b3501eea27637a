//! The matrix cell by cell, and the model over time.

use super::super::kql::{Column, Rows, Table, Value as Cell};
use super::config::{Firewall, PublicAccess, RuleView};
use super::flow::Caller;
use super::judge::{inbound, outbound};
use super::*;

const SUB: &str = "11111111-0000-0000-0000-000000000001";
const OTHER: &str = "11111111-0000-0000-0000-000000000002";

fn id(kind: &str, name: &str) -> String {
    format!("/subscriptions/{SUB}/resourceGroups/rg/providers/{kind}/{name}")
}

fn account(name: &str) -> String {
    id("Microsoft.Storage/storageAccounts", name)
}

fn nsp(name: &str) -> String {
    id("Microsoft.Network/networkSecurityPerimeters", name)
}

fn resource(name: &str, public_access: PublicAccess, has_identity: bool) -> ConfigChange {
    ConfigChange::Resource {
        id: account(name),
        fqdn: format!("{name}.blob.core.windows.net"),
        location: "westeurope".into(),
        public_access,
        firewall: Firewall {
            default_allow: false,
            ip_rules: vec!["192.0.2.9".into()],
            bypass_azure_services: true,
            outbound_only: None,
        },
        has_identity,
    }
}

fn perimeter(name: &str) -> Vec<ConfigChange> {
    let rule = |name: &str| RuleView { name: name.into(), inbound: true, ..RuleView::default() };
    let rules = vec![
        RuleView { address_prefixes: vec!["198.51.100.0/24".into(), "2001:db8::/32".into()], ..rule("net") },
        RuleView { subscriptions: vec![OTHER.into()], ..rule("sub") },
        RuleView { service_tags: vec!["DataFactory".into()], ..rule("tag") },
        RuleView { inbound: false, fqdns: vec!["*.contoso.com".into()], ..rule("out") },
    ];
    let categories = [
        "NspPublicInboundPerimeterRulesAllowed",
        "NspPublicInboundPerimeterRulesDenied",
        "NspPublicInboundResourceRulesAllowed",
        "NspPublicInboundResourceRulesDenied",
    ];
    vec![
        ConfigChange::Perimeter {
            id: nsp(name),
            guid: format!("guid-{name}"),
            location: "westeurope".into(),
        },
        ConfigChange::Profile {
            id: format!("{}/profiles/default", nsp(name)),
            name: "default".into(),
            rules_version: 4,
            rules,
        },
        ConfigChange::Logging {
            perimeter_id: nsp(name),
            categories: categories.map(str::to_owned).to_vec(),
            workspaces: vec!["ws".into()],
        },
    ]
}

fn association(perimeter: &str, name: &str, mode: Mode) -> ConfigChange {
    ConfigChange::Association {
        id: format!("{}/resourceAssociations/{name}", nsp(perimeter)),
        perimeter_id: nsp(perimeter).to_uppercase(),
        resource_id: account(name).to_uppercase(),
        profile_id: format!("{}/profiles/DEFAULT", nsp(perimeter)),
        mode,
    }
}

/// Accounts a, b and noid in perimeter p, account c in perimeter q, account out in none.
fn state(access: PublicAccess, mode: Mode) -> State {
    let mut state = State::default();
    let members = [("p", "a"), ("p", "b"), ("p", "noid"), ("q", "c")];
    let resources = ["a", "b", "c", "out", "noid"].map(|n| resource(n, access, n != "noid"));
    let mut all = perimeter("p");
    all.extend(perimeter("q"));
    all.extend(resources);
    all.extend(members.map(|(p, n)| association(p, n, mode)));
    for change in all {
        state.apply(change);
    }
    state
}

fn ip(text: &str) -> Caller {
    Caller { ips: vec![text.parse().unwrap()], ..Caller::default() }
}

fn from(name: &str) -> Caller {
    Caller { resource: Some(account(name)), ..Caller::default() }
}

fn category(verdict: &Verdict) -> String {
    let short = verdict.category.unwrap_or("-").trim_start_matches("Nsp").trim_start_matches("Public");
    format!("{short} {}", if verdict.allowed { "yes" } else { "no" })
}

#[test]
fn public_inbound_by_mode_and_public_access() {
    use PublicAccess::{Disabled, Enabled, SecuredByPerimeter};
    let known = [Enabled, Disabled, SecuredByPerimeter];
    for access in known {
        for mode in [Mode::Learning, Mode::Enforced, Mode::Audit] {
            let state = state(access, mode);
            let a = state.resource(&state::key(&account("a"))).unwrap();
            let see = |caller: &Caller| category(&inbound(&state, caller, a, Assume::Present));
            // A perimeter rule is enough everywhere.
            for caller in [ip("198.51.100.7"), ip("2001:db8::9")] {
                assert_eq!(see(&caller), "InboundPerimeterRulesAllowed yes", "{access:?} {mode:?}");
            }
            let denied = if mode == Mode::Enforced {
                "InboundPerimeterRulesDenied no"
            } else {
                "InboundResourceRulesDenied no"
            };
            assert_eq!(see(&ip("203.0.113.1")), denied, "{access:?} {mode:?}");
            // Only the resource's firewall knows this one, and the trusted service.
            let by_firewall = match (access, mode) {
                (Enabled, Mode::Learning | Mode::Audit) => "InboundResourceRulesAllowed yes",
                _ => denied,
            };
            assert_eq!(see(&ip("192.0.2.9")), by_firewall, "{access:?} {mode:?}");
            let trusted = Caller { trusted: true, ..ip("203.0.113.1") };
            assert_eq!(see(&trusted), by_firewall, "{access:?} {mode:?}");
            let private = Caller { private_endpoint: true, ..ip("10.0.0.4") };
            assert_eq!(see(&private), "PrivateInboundAllowed yes", "{access:?} {mode:?}");
        }
    }
}

#[test]
fn outbound_by_mode_and_public_access() {
    use PublicAccess::{Disabled, Enabled, SecuredByPerimeter};
    for access in [Enabled, Disabled, SecuredByPerimeter] {
        for mode in [Mode::Learning, Mode::Enforced] {
            let state = state(access, mode);
            let a = state.resource(&state::key(&account("a"))).unwrap();
            let see = |target: Target| category(&outbound(&state, a, &target, Assume::Present));
            assert_eq!(see(Target::Name("api.contoso.com".into())), "OutboundPerimeterRulesAllowed yes");
            assert_eq!(see(Target::Resource(account("b"))), "OutboundAttempt yes");
            let other = match (access, mode) {
                (_, Mode::Enforced) => "OutboundPerimeterRulesDenied no",
                (SecuredByPerimeter, _) => "OutboundResourceRulesDenied no",
                _ => "OutboundResourceRulesAllowed yes",
            };
            assert_eq!(see(Target::Name("contoso.com".into())), other, "{access:?} {mode:?}");
            assert_eq!(see(Target::Resource(account("c"))), other, "{access:?} {mode:?}");
        }
    }
}

#[test]
fn without_a_perimeter_nothing_is_logged() {
    let cases = [
        (PublicAccess::Enabled, "192.0.2.9", true, true),
        (PublicAccess::Enabled, "203.0.113.1", false, true),
        (PublicAccess::Disabled, "192.0.2.9", false, true),
        (PublicAccess::SecuredByPerimeter, "192.0.2.9", false, false),
    ];
    for (access, address, inward, outward) in cases {
        let state = state(access, Mode::Learning);
        let out = state.resource(&state::key(&account("out"))).unwrap();
        let seen = inbound(&state, &ip(address), out, Assume::Present);
        assert_eq!((seen.category, seen.allowed), (None, inward), "{access:?} {address}");
        let seen = outbound(&state, out, &Target::Name("x.example".into()), Assume::Present);
        assert_eq!((seen.category, seen.allowed), (None, outward), "{access:?}");
    }
}

#[test]
fn identities_subscriptions_tags_and_members() {
    let state = state(PublicAccess::Disabled, Mode::Enforced);
    let at = |name: &str| state.resource(&state::key(&account(name))).unwrap();
    let see = |caller: &Caller, name: &str| category(&inbound(&state, caller, at(name), Assume::Present));
    let identity = Caller { subscription: Some(OTHER.into()), ..ip("203.0.113.1") };
    assert_eq!(see(&identity, "a"), "InboundPerimeterRulesAllowed yes");
    let tagged = Caller { tag: Some("DataFactory".into()), ..ip("203.0.113.1") };
    assert_eq!(see(&tagged, "a"), "InboundPerimeterRulesAllowed yes");
    assert_eq!(see(&from("b"), "a"), "IntraPerimeterInboundAllowed yes");
    assert_eq!(see(&from("noid"), "a"), "InboundPerimeterRulesDenied no");
    assert_eq!(see(&from("b"), "noid"), "IntraPerimeterInboundAllowed yes");
    assert_eq!(see(&from("c"), "a"), "InboundPerimeterRulesDenied no");
}

#[test]
fn links_admit_the_profiles_they_name() {
    for (approved, profiles, admitted) in [
        (true, vec!["default"], true),
        (true, vec!["*"], true),
        (true, vec!["x"], false),
        (false, vec!["*"], false),
    ] {
        let mut state = state(PublicAccess::Enabled, Mode::Enforced);
        state.apply(ConfigChange::Link {
            id: format!("{}/links/l", nsp("q")),
            local_perimeter_id: nsp("q"),
            remote_perimeter_id: nsp("p"),
            local_inbound_profiles: vec![],
            remote_inbound_profiles: profiles.into_iter().map(str::to_owned).collect(),
            approved,
        });
        let a = state.resource(&state::key(&account("a"))).unwrap();
        let c = state.resource(&state::key(&account("c"))).unwrap();
        let seen = inbound(&state, &from("c"), a, Assume::Present);
        assert_eq!(seen.category == Some("NspCrossPerimeterInboundAllowed"), admitted);
        let seen = outbound(&state, c, &Target::Resource(account("a")), Assume::Present);
        assert_eq!(seen.category == Some("NspCrossPerimeterOutboundAllowed"), approved);
        // Nothing was said about the other direction.
        assert_ne!(inbound(&state, &from("a"), c, Assume::Present).kind, judge::Kind::Cross);
    }
}

const T0: i64 = 20_000 * 86_400 * SECOND;

fn model(latency: i64, propagation: i64) -> Traffic {
    model_at(None, latency, propagation)
}

fn model_at(rate: Option<u32>, latency: i64, propagation: i64) -> Traffic {
    let scenario = json!({
        "historyDays": 0,
        "flows": [{"caller": {"ips": ["192.0.2.9"]}, "to": "a", "perMinute": 60}],
    });
    let scenario = serde_json::from_value(scenario).unwrap();
    let setup = Setup {
        seed: 7,
        scenario: &scenario,
        rows_per_second: None,
        history_rows: None,
        rate,
        propagation,
        latency,
        started: T0,
    };
    let mut initial = perimeter("p");
    initial.push(resource("a", PublicAccess::Enabled, true));
    initial.push(association("p", "a", Mode::Learning));
    Traffic::new(setup, initial)
}

fn column(table: &LogTable, name: &str) -> Vec<Cell> {
    let index = table.schema().iter().position(|(n, _)| n.as_ref() == name).unwrap();
    let column: Column<'_> = table.read(index, &Rows::Range(0..table.len()));
    (0..table.len()).map(|row| column.value(row)).collect()
}

fn all_text(table: &LogTable) -> Vec<Vec<Cell>> {
    table.schema().iter().map(|(n, _)| column(table, n)).collect()
}

#[test]
fn the_same_seed_makes_the_same_log_however_often_it_is_asked() {
    let mut once = model(3 * SECOND, 0);
    once.advance(T0 + 600 * SECOND);
    let mut often = model(3 * SECOND, 0);
    for step in 1..=600 {
        often.advance(T0 + step * SECOND);
    }
    let (once, often) = (once.table("ws").unwrap(), often.table("ws").unwrap());
    assert!(once.len() > 30);
    assert_eq!(all_text(once), all_text(often));
}

#[test]
fn as_many_rows_come_each_second_as_are_wanted() {
    let mut model = model_at(Some(50), 0, 0);
    // By then the flow has begun.
    model.advance(T0 + 60 * SECOND);
    let before = model.table("ws").unwrap().len();
    for second in 1..=10 {
        model.advance(T0 + (60 + second) * SECOND);
        assert_eq!(model.table("ws").unwrap().len(), before + 50 * second as usize);
    }
}

#[test]
fn rows_arrive_in_order_and_never_before_they_happened() {
    let mut model = model(10 * SECOND, 0);
    model.advance(T0 + 900 * SECOND);
    let table = model.table("ws").unwrap();
    let ingested = table.ingested(&Rows::Range(0..table.len()));
    assert!(ingested.is_sorted());
    for (start, arrived) in column(table, "TimeGenerated").iter().zip(ingested) {
        let start = start.whole().unwrap();
        assert!(start + 20 * SECOND <= arrived && arrived <= T0 + 900 * SECOND);
    }
}

#[test]
fn a_change_shows_in_the_log_once_it_has_spread() {
    let mut model = model(0, 60 * SECOND);
    model.advance(T0 + 300 * SECOND);
    model.change(T0 + 300 * SECOND, association("p", "a", Mode::Enforced));
    model.advance(T0 + 900 * SECOND);
    let table = model.table("ws").unwrap();
    let starts = column(table, "TimeGenerated");
    for (start, category) in starts.iter().zip(column(table, "Category")) {
        let expected = if start.whole().unwrap() < T0 + 360 * SECOND {
            "NspPublicInboundResourceRulesAllowed"
        } else {
            "NspPublicInboundPerimeterRulesDenied"
        };
        assert_eq!(category.text().as_ref(), expected);
    }
    assert!(starts.first().unwrap().whole().unwrap() < T0 + 300 * SECOND);
}

#[test]
fn only_enabled_categories_reach_the_workspace() {
    let mut model = model(0, 0);
    let off =
        ConfigChange::Logging { perimeter_id: nsp("p"), categories: vec![], workspaces: vec!["ws".into()] };
    model.change(T0, off);
    model.advance(T0 + 900 * SECOND);
    assert!(model.table("ws").is_none() && model.is_target("ws") && !model.is_target("other"));
}

#[test]
fn truth_tells_what_enforcement_would_break() {
    let mut model = model(0, 0);
    model.advance(T0);
    let flow = &model.truth()["flows"][0];
    assert_eq!(flow["now"]["category"], "NspPublicInboundResourceRulesAllowed");
    assert_eq!(flow["now"]["matched"], "IP firewall");
    assert_eq!(flow["enforced"]["category"], "NspPublicInboundPerimeterRulesDenied");
    assert_eq!(flow["enforced"]["allowed"], false);
    assert_eq!(flow["perMinute"], 60.0);
}
