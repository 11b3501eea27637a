//! Costs of the engine: a what-if question over 200 profiles of 200 elements, and an impact report over many groups.
//! Prints numbers and judges none; the budget is 1 ms a question.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and stops at the first surprise"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use nsp::domain::impact::{self, TrafficGroup};
use nsp::domain::log::{Category, Verdict};
use nsp::domain::plan::{self, Choice};
use nsp::domain::whatif::{Caller, Configuration, Peer, Question, answer};
use nsp::domain::{
    AccessMode, AccessRule, ArmId, Association, Issues, PublicAccess, RawBody, Resource, RuleContent,
    SourceKind,
};

const PROFILES: u32 = 200;
const QUESTIONS: u32 = 2_000;
const GROUPS: u32 = 20_000;
const NSP: &str = "/subscriptions/11111111-0000-4000-8000-000000000001/resourceGroups/rg/providers/Microsoft.Network/networkSecurityPerimeters/nsp";

fn id(text: &str) -> ArmId {
    ArmId::parse(text).unwrap()
}

fn profile(n: u32) -> ArmId {
    id(&format!("{NSP}/profiles/profile{n}"))
}

fn resource(n: u32) -> ArmId {
    id(&format!(
        "/subscriptions/11111111-0000-4000-8000-000000000001/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/account{n}"
    ))
}

fn rule(n: u32, name: &str, kind: SourceKind, values: Vec<String>) -> AccessRule {
    AccessRule {
        id: profile(n).child("accessRules", name).unwrap(),
        content: RuleContent::of(kind, values),
        state: None,
        modified: None,
        raw: RawBody::new("{}"),
    }
}

/// 200 elements inbound, in rules of 10, and 200 outbound.
fn rules(n: u32) -> Vec<AccessRule> {
    let address = |i: u32| format!("{}.{}.{}.0/24", 20 + n % 100, n, i);
    let host = |i: u32| format!("host{i}.profile{n}.example.com");
    let mut out = Vec::new();
    for part in 0..20 {
        let ten = part * 10..part * 10 + 10;
        out.push(rule(
            n,
            &format!("in{part}"),
            SourceKind::AddressPrefix,
            ten.clone().map(address).collect(),
        ));
        out.push(rule(n, &format!("out{part}"), SourceKind::Fqdn, ten.map(host).collect()));
    }
    out
}

fn build(all: &[Vec<AccessRule>]) -> Configuration {
    let mut known = Configuration::default();
    let association = |n: u32| Association {
        id: id(&format!("{NSP}/resourceAssociations/a{n}")),
        resource: Some(resource(n)),
        profile: Some(profile(n)),
        mode: AccessMode::Learning,
        state: None,
        issues: Issues::No,
        modified: None,
        raw: RawBody::new("{}"),
    };
    let members: Vec<Association> = (0..PROFILES).map(association).collect();
    known.add_associations(&id(NSP), &members);
    for (n, rules) in all.iter().enumerate() {
        known.add_rules(profile(n as u32), Some(7), rules);
        known.add_resource(&Resource {
            id: resource(n as u32),
            kind: String::new(),
            location: String::new(),
            public_access: Some(PublicAccess::Enabled),
            identity: None,
            principal: None,
            settings: nsp::domain::Settings::default(),
            raw: RawBody::new("{}"),
        });
    }
    known
}

fn group(n: u32) -> TrafficGroup {
    let time = |second: i64| jiff::Timestamp::from_second(1_790_000_000 + second).unwrap();
    let ip = std::net::Ipv4Addr::from(0x1401_0000_u32.wrapping_add(n.wrapping_mul(2_654_435_761) >> 8));
    let caller = Caller { address: Some(ip.into()), ..Caller::default() };
    TrafficGroup {
        resource: resource(n % PROFILES),
        peer: Peer::Caller(caller),
        operations: vec!["GetBlob".into()],
        count: u64::from(n % 1000 + 1),
        first: time(0),
        last: time(i64::from(n)),
        category: Category::PublicInboundResourceRulesAllowed,
        verdict: Verdict::WouldDeny,
        matched_rule: "Default action".into(),
        profile: format!("profile{}", n % PROFILES),
        rules_version: Some(6),
        daily: Vec::new(),
    }
}

fn show(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |share: usize| times.get((times.len() - 1) * share / 100).copied().unwrap_or_default();
    println!("{what:<52} median {:>9.1?}  p99 {:>9.1?}  worst {:>9.1?}", at(50), at(99), at(100));
}

fn timed<T>(run: impl FnOnce() -> T) -> (Duration, T) {
    let begun = Instant::now();
    let out = black_box(run());
    (begun.elapsed(), out)
}

fn main() {
    let all: Vec<Vec<AccessRule>> = (0..PROFILES).map(rules).collect();
    let (took, known) = timed(|| build(&all));
    println!("{:<52} {took:.1?}", "configuration of 200 profiles x (200 + 200) elements");
    let mut inbound = Vec::new();
    let mut outbound = Vec::new();
    let mut everywhere = Vec::new();
    for n in 0..QUESTIONS {
        let question = Question::from_address(resource(n % PROFILES), "20.0.199.7").unwrap();
        inbound.push(timed(|| answer(&known, &question)).0);
        let question = Question::to_host(resource(n % PROFILES), "host199.profile7.example.com");
        outbound.push(timed(|| answer(&known, &question)).0);
        if n % 20 == 0 {
            // One caller and every resource: all 40,000 elements are looked at.
            everywhere.push(
                timed(|| {
                    (0..PROFILES)
                        .map(|n| answer(&known, &Question::from_address(resource(n), "20.0.199.7").unwrap()))
                        .filter(|a| a.considered.len() > 1)
                        .count()
                })
                .0,
            );
        }
    }
    show("one question inbound, explained", inbound);
    show("one question outbound, explained", outbound);
    show("200 questions over all 200 x 200, explained", everywhere);
    let groups: Vec<TrafficGroup> = (0..GROUPS).map(group).collect();
    let (took, report) = timed(|| impact::report(&known, &groups));
    println!("{:<52} {took:.1?}", "impact report over 20,000 groups");
    let (took, clusters) = timed(|| report.clusters(impact::By::ALL[1]));
    println!("{:<52} {took:.1?} ({} clusters)", "put together by /24", clusters.len());
    let denied: Vec<&TrafficGroup> = report.denied().filter(|g| g.resource == resource(1)).collect();
    let (took, plan) = timed(|| plan::compare(&known, &profile(1), &denied, &Choice::default()));
    println!("{:<52} {took:.1?} ({} groups, {} choices)", "plans for one profile", denied.len(), plan.len());
}
