//! Single answers, reports and plans with their words, as a user would read them.

use jiff::Timestamp;
use jiff::civil::date;
use nsp::domain::impact::{
    self, By, DayCount, Evidence, Fate, Lack, PeerTexts, Readiness, Sampling, Today, TrafficGroup, Wanted,
    Window, blind_spots,
};
use nsp::domain::log::Category;
use nsp::domain::net::Width;
use nsp::domain::plan::{self, Choice, Reason};
use nsp::domain::traffic::{Bin, EvidenceRow, VerdictCounts};
use nsp::domain::whatif::{
    Answer, Authentication, Caller, Condition, Configuration, Peer, Question, Unclear, Verdict, answer,
};
use nsp::domain::{
    AccessMode, ArmId, Association, Direction, Issues, ProvisioningState, PublicAccess,
    RULE_ELEMENTS_PER_PROFILE, RawBody, RuleContent, SourceKind,
};

use super::world::{ProfileOf, Rule, SUBSCRIPTIONS, Thing, World, id};

fn rule(name: &str, kind: SourceKind, values: &[&str]) -> Rule {
    let content = RuleContent::of(kind, values.iter().map(|v| (*v).to_owned()).collect());
    Rule { name: name.into(), content, modified: None }
}

fn thing(n: usize, access: PublicAccess, mode: Option<AccessMode>) -> Thing {
    Thing {
        id: format!(
            "/subscriptions/{}/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/storage{n}",
            SUBSCRIPTIONS[0]
        ),
        host: format!("storage{n}.blob.core.windows.net"),
        access,
        identity: n != 1,
        member: mode.map(|mode| (0, mode)),
    }
}

/// storage0 enforced, storage1 (no identity) and storage2 in transition, storage3 secured, storage4 outside.
fn world() -> World {
    let rules = vec![
        rule("office", SourceKind::AddressPrefix, &["198.51.100.0/24", "2001:db8::/32"]),
        rule("partner", SourceKind::Subscription, &[SUBSCRIPTIONS[1]]),
        rule("tag", SourceKind::ServiceTag, &["DataFactory"]),
        rule("out", SourceKind::Fqdn, &["api.contoso.com", "*.example"]),
    ];
    World {
        perimeters: 1,
        profiles: vec![ProfileOf { perimeter: 0, name: "prod".into(), version: 4, rules }],
        things: vec![
            thing(0, PublicAccess::Enabled, Some(AccessMode::Enforced)),
            thing(1, PublicAccess::Enabled, Some(AccessMode::Learning)),
            thing(2, PublicAccess::Disabled, Some(AccessMode::Learning)),
            thing(3, PublicAccess::SecuredByPerimeter, Some(AccessMode::Learning)),
            thing(4, PublicAccess::Enabled, None),
        ],
        links: Vec::new(),
        tags_known: true,
    }
}

fn resource(n: usize) -> ArmId {
    id(&thing(n, PublicAccess::Enabled, None).id)
}

fn ask(known: &Configuration, n: usize, address: &str) -> Answer {
    answer(known, &Question::from_address(resource(n), address).unwrap())
}

#[test]
fn answers_in_words() {
    let known = world().known();
    let sentence = |n, address| ask(&known, n, address).sentence();
    assert_eq!(sentence(0, "198.51.100.7:443"), "Allowed by rule office of profile prod.");
    assert_eq!(sentence(0, "::ffff:198.51.100.7"), "Allowed by rule office of profile prod.");
    assert_eq!(sentence(0, "203.0.113.7"), "Denied: no inbound rule matches.");
    assert_eq!(sentence(1, "203.0.113.7"), "Not by the perimeter: the resource's own firewall decides.");
    assert_eq!(sentence(2, "203.0.113.7"), "Denied: no inbound rule matches.");
    assert_eq!(sentence(4, "198.51.100.7"), "Not by the perimeter: the resource's own firewall decides.");
    let out = |n, host| answer(&known, &Question::to_host(resource(n), host)).sentence();
    assert_eq!(out(0, "API.contoso.com."), "Allowed by rule out of profile prod.");
    assert_eq!(out(1, "other.com"), "Not by the perimeter: outbound traffic is not restricted.");
    assert_eq!(
        out(0, "a.example"),
        "Cannot tell: *.example is no such name, and no document says whether wildcards count. If nothing admits it: it is denied."
    );
    let inside = answer(&known, &Question::from_resource(resource(0), resource(2)));
    assert_eq!(inside.sentence(), "Allowed by membership in the same perimeter, nsp0.");
    let without = answer(&known, &Question::from_resource(resource(0), resource(1)));
    assert_eq!(without.verdict, Verdict::Denied);
    assert_eq!(
        without.considered[0].to_string(),
        "membership in the same perimeter, nsp0: takes a managed identity, and the calling resource has none"
    );
    let nothing = World { things: vec![thing(0, PublicAccess::SecuredByPerimeter, None)], ..world() };
    assert_eq!(
        ask(&nothing.known(), 0, "198.51.100.7").sentence(),
        "Denied: the resource is in no perimeter, and publicNetworkAccess closes it."
    );
}

#[test]
fn conditions_go_with_the_ground() {
    let known = world().known();
    let by_subscription = answer(&known, &Question::from_subscription(resource(0), SUBSCRIPTIONS[1]));
    for wanted in
        [Condition::ManagedIdentityOnly, Condition::WholeSubscription, Condition::NotSas, Condition::NotKey]
    {
        assert!(by_subscription.conditions.contains(&wanted), "{by_subscription:?}");
    }
    let as_sas = |authentication| {
        let subscription = Some(SUBSCRIPTIONS[1].to_owned());
        let peer = Peer::Caller(Caller { subscription, authentication, ..Caller::default() });
        answer(&known, &Question { resource: resource(0), peer })
    };
    for how in [Authentication::Sas, Authentication::Key, Authentication::Principal] {
        let refused = as_sas(how);
        assert_eq!(refused.verdict, Verdict::Denied);
        assert!(refused.considered[1].to_string().ends_with(how.label()), "{}", refused.considered[1]);
    }
    assert!(matches!(as_sas(Authentication::ManagedIdentity).verdict, Verdict::Allowed(_)));
    let v6 = ask(&known, 0, "2001:db8::7");
    assert!(v6.conditions.contains(&Condition::Ipv6) && v6.conditions.contains(&Condition::ServiceEndpoint));
    let denied = ask(&known, 0, "203.0.113.7");
    assert!(denied.conditions.contains(&Condition::TrustedBypassEnds));
    assert!(ask(&known, 1, "203.0.113.7").conditions.contains(&Condition::TrustedBypassWorks));
    // Each rule that was looked at is there, with the reason.
    let reasons: Vec<String> = denied.considered.iter().map(ToString::to_string).collect();
    assert_eq!(
        reasons,
        [
            "rule office of profile prod: does not name it",
            "rule partner of profile prod: names subscriptions, and no identity is given",
            "rule tag of profile prod: does not name it",
            "rule out of profile prod: is for the other direction",
        ]
    );
}

#[test]
fn what_was_not_read_is_said() {
    let unknown_tags = World { tags_known: false, ..world() }.known();
    let answered = ask(&unknown_tags, 0, "203.0.113.7");
    assert_eq!(answered.unclear, [Unclear::ServiceTag("DataFactory".into())]);
    let mut half = Configuration::default();
    half.add_associations(&id(&super::world::perimeter_id(0)), &[]);
    assert_eq!(ask(&half, 0, "203.0.113.7").unclear, [Unclear::Matrix]);
    let audit =
        World { things: vec![thing(0, PublicAccess::Enabled, Some(AccessMode::Audit))], ..world() }.known();
    assert_eq!(ask(&audit, 0, "203.0.113.7").unclear, [Unclear::Matrix]);
    assert!(matches!(ask(&audit, 0, "198.51.100.7").verdict, Verdict::Allowed(_)));
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn group(n: usize, address: &str, count: u64, category: Category) -> TrafficGroup {
    let texts = PeerTexts { source_address: address, ..PeerTexts::default() };
    let verdict = category.verdict("Approved");
    TrafficGroup {
        resource: resource(n),
        peer: TrafficGroup::peer_of(&Direction::Inbound, &category, &texts),
        operations: vec!["GetBlob".into()],
        count,
        first: at("2026-11-10T00:00:00Z"),
        last: at("2026-11-18T12:00:00Z"),
        category,
        verdict,
        matched_rule: "IP firewall".into(),
        profile: "prod".into(),
        rules_version: Some(3),
        daily: vec![DayCount { day: date(2026, 11, 18), events: count }],
    }
}

fn evidence(days: i8) -> Evidence {
    Evidence {
        window: Window { from: at("2026-11-08T10:00:00Z"), to: at("2026-11-22T10:00:00Z") },
        days: (0..days).map(|n| DayCount { day: date(2026, 11, 22 - n), events: 10 }).collect(),
        newest: Some(at("2026-11-22T09:50:00Z")),
        categories: Some(vec![
            Category::PublicInboundResourceRulesAllowed,
            Category::PublicOutboundResourceRulesAllowed,
        ]),
        sampling: Sampling::Full,
        complete: true,
    }
}

#[test]
fn callers_are_put_together_as_asked() {
    let known = world().known();
    let allowed = Category::PublicInboundResourceRulesAllowed;
    let groups: Vec<TrafficGroup> =
        [("203.0.113.7:1", 5), ("203.0.113.9", 3), ("203.0.114.1", 2), ("198.51.100.4", 9)]
            .map(|(address, count)| group(1, address, count, allowed.clone()))
            .into();
    let report = impact::report(&known, &groups);
    let see = |by| -> Vec<String> {
        report.clusters(by).iter().map(|c| format!("{} {} {}", c.key, c.count, c.today().unwrap())).collect()
    };
    // The office has a rule by now.
    assert_eq!(
        see(By::Address(Width::Exact)),
        ["203.0.113.7 5 IP firewall", "203.0.113.9 3 IP firewall", "203.0.114.1 2 IP firewall"]
    );
    assert_eq!(
        see(By::Address(Width::Site)),
        ["203.0.113.0/24 8 IP firewall", "203.0.114.0/24 2 IP firewall"]
    );
    assert_eq!(see(By::Address(Width::Pool)), ["203.0.112.0/20 10 IP firewall"]);
}

#[test]
fn what_was_denied_under_another_mode_is_not_called_passing_or_refused_without_being_seen() {
    let known = world().known();
    let by_perimeter = |hour: &str| TrafficGroup {
        matched_rule: String::new(),
        last: at(hour),
        ..group(1, "203.0.113.7", 5, Category::PublicInboundPerimeterRulesDenied)
    };
    let by_resource = |category, hour: &str| TrafficGroup {
        first: at(hour),
        last: at(hour),
        ..group(1, "203.0.113.7", 2, category)
    };
    let (denied, allowed) =
        (Category::PublicInboundResourceRulesDenied, Category::PublicInboundResourceRulesAllowed);
    let fate = |groups: &[TrafficGroup]| impact::report(&known, groups).fates.first().unwrap().clone();
    let (noon, evening) = ("2026-11-18T12:00:00Z", "2026-11-18T18:00:00Z");
    let alone = [by_perimeter(noon)];
    assert_eq!(fate(&alone), Fate::Denied(Today::Unseen));
    let report = impact::report(&known, &alone);
    assert_eq!(report.clusters(By::Address(Width::Exact))[0].today(), None);
    // What the resource made of it since decides, as far as it was seen.
    assert_eq!(fate(&[by_perimeter(noon), by_resource(denied.clone(), evening)]), Fate::Refused);
    let both = [by_perimeter(noon), by_resource(denied.clone(), evening), by_resource(allowed, evening)];
    assert_eq!(fate(&both), Fate::Denied(Today::Passes));
    assert_eq!(fate(&[by_perimeter(evening), by_resource(denied, noon)]), Fate::Denied(Today::Unseen));
}

#[test]
fn a_doubt_about_what_was_denied_under_another_mode_is_not_green() {
    let mut world = world();
    world.tags_known = false;
    let known = world.known();
    let readiness = |groups: &[TrafficGroup]| {
        let report = impact::report(&known, groups);
        impact::readiness(&known, &report, &resource(1), &evidence(14), Wanted::default()).readiness
    };
    // Denied while it was enforced; the rule with the service tag may be younger.
    let before = group(1, "203.0.113.7", 5, Category::PublicInboundPerimeterRulesDenied);
    assert_eq!(readiness(std::slice::from_ref(&before)), Readiness::WouldDeny { peers: 0, doubtful: 1 });
    // The resource itself refuses it: nothing to lose.
    let refused = TrafficGroup {
        category: Category::PublicInboundResourceRulesDenied,
        verdict: Category::PublicInboundResourceRulesDenied.verdict("Denied"),
        ..before
    };
    assert_eq!(readiness(std::slice::from_ref(&refused)), Readiness::Ready);
    let fates = impact::report(&known, &[refused]).fates;
    assert_eq!(fates, [Fate::Spared(vec![Unclear::ServiceTag("DataFactory".into())])]);
}

#[test]
fn a_version_of_a_profile_that_was_made_anew_proves_nothing() {
    let mut world = world();
    let seen = TrafficGroup {
        matched_rule: "partner".into(),
        rules_version: Some(4),
        ..group(1, "203.0.113.7", 5, Category::PublicInboundPerimeterRulesAllowed)
    };
    let fate = |world: &World| {
        let known = world.known();
        impact::report(&known, std::slice::from_ref(&seen)).fates.first().unwrap().clone()
    };
    // The same rule in the same version let it pass; how the caller proves who it is need not be known.
    assert!(matches!(fate(&world), Fate::Allowed(_)));
    // A rule of that name, in a version of that number, written after the traffic was seen.
    world.profiles[0].rules.iter_mut().for_each(|rule| rule.modified = Some(at("2026-11-20T00:00:00Z")));
    world.profiles[0].rules.retain(|rule| rule.name != "tag");
    assert_eq!(fate(&world), Fate::Denied(Today::Unseen));
}

#[test]
fn a_member_whose_association_is_not_provisioned_is_none_for_sure() {
    let world = world();
    let mut known = world.known();
    let associations: Vec<Association> = (0..3)
        .map(|n| Association {
            id: id(&format!("{}/resourceAssociations/a{n}", super::world::perimeter_id(0))),
            resource: Some(resource(n)),
            profile: Some(id(&world.profile_id(0))),
            mode: AccessMode::Learning,
            state: (n == 0).then_some(ProvisioningState::Failed),
            issues: Issues::No,
            modified: None,
            raw: RawBody::new("{}"),
        })
        .collect();
    known.add_associations(&id(&super::world::perimeter_id(0)), &associations);
    let ask = |to: usize, from: usize| answer(&known, &Question::from_resource(resource(to), resource(from)));
    assert_eq!((ask(1, 0).verdict, ask(1, 0).unclear), (Verdict::CannotTell, vec![Unclear::Provisioning]));
    assert!(matches!(ask(1, 2).verdict, Verdict::Allowed(_)));
    // What it does not depend on is as clear as before.
    assert_eq!(ask(0, 1).verdict, Verdict::ResourceDecides);
}

#[test]
fn an_identity_that_the_log_does_not_know_of_is_a_doubt_until_it_is_seen() {
    let mut world = world();
    world.profiles[0].rules = vec![rule("own", SourceKind::Subscription, &[SUBSCRIPTIONS[0]])];
    world.things[4].member = None;
    let known = world.known();
    let call = |category: Category, first: &str, last: &str| {
        let caller = resource(4);
        let texts = PeerTexts { source_resource: caller.as_str(), ..PeerTexts::default() };
        TrafficGroup {
            peer: TrafficGroup::peer_of(&Direction::Inbound, &category, &texts),
            first: at(first),
            last: at(last),
            matched_rule: "own".into(),
            rules_version: Some(4),
            ..group(1, "", 3, category)
        }
    };
    let before =
        call(Category::PublicInboundResourceRulesAllowed, "2026-11-10T00:00:00Z", "2026-11-18T12:00:00Z");
    let since =
        call(Category::PublicInboundPerimeterRulesAllowed, "2026-11-18T12:00:00Z", "2026-11-20T12:00:00Z");
    let fate = |groups: &[TrafficGroup]| impact::report(&known, groups).fates.first().unwrap().clone();
    assert_eq!(fate(std::slice::from_ref(&before)), Fate::Doubtful(vec![Unclear::Authentication]));
    assert!(matches!(fate(&[before.clone(), since.clone()]), Fate::Allowed(_)));
    // Both ways at once: some of its calls are no member's.
    let mixed = TrafficGroup { first: at("2026-11-11T00:00:00Z"), ..since };
    assert_eq!(fate(&[before, mixed]), Fate::Doubtful(vec![Unclear::Authentication]));
    // Switched off since: what the log says of it is no longer so.
    world.things[4].identity = false;
    let known = world.known();
    let seen =
        call(Category::PublicInboundPerimeterRulesAllowed, "2026-11-18T12:00:00Z", "2026-11-20T12:00:00Z");
    assert_eq!(impact::report(&known, &[seen]).fates, [Fate::Denied(Today::Unseen)]);
}

#[test]
fn readiness_is_never_green_from_missing_data() {
    let known = world().known();
    let none: [TrafficGroup; 0] = [];
    let empty = impact::report(&known, &none);
    let see = |n: usize, evidence: &Evidence| {
        impact::readiness(&known, &empty, &resource(n), evidence, Wanted::default()).readiness
    };
    assert_eq!(see(0, &evidence(14)), Readiness::AlreadyEnforced);
    assert_eq!(see(3, &evidence(0)), Readiness::ChangesNothing);
    assert_eq!(see(1, &evidence(14)), Readiness::Ready);
    assert_eq!(see(4, &evidence(14)), Readiness::NoEvidence(Lack::Outside));
    assert_eq!(see(1, &evidence(0)), Readiness::NoEvidence(Lack::NothingLogged));
    assert_eq!(see(1, &evidence(3)), Readiness::NoEvidence(Lack::TooFewDays { seen: 3, wanted: 7 }));
    let cut = Evidence { complete: false, ..evidence(14) };
    assert_eq!(see(1, &cut), Readiness::NoEvidence(Lack::Incomplete));
    let unread = Evidence { categories: None, ..evidence(14) };
    assert_eq!(see(1, &unread), Readiness::NoEvidence(Lack::CategoriesUnread));
    let old = at("2026-11-19T00:00:00Z");
    assert_eq!(
        see(1, &Evidence { newest: Some(old), ..evidence(14) }),
        Readiness::NoEvidence(Lack::Stale(old))
    );
    // A disabled resource changes outbound only: the inbound category is not needed.
    let outbound = vec![Category::PublicOutboundResourceRulesAllowed];
    let half = Evidence { categories: Some(outbound), ..evidence(14) };
    assert_eq!(see(2, &half), Readiness::Ready);
    let off = vec![Category::PublicInboundResourceRulesAllowed];
    assert_eq!(see(1, &half), Readiness::NoEvidence(Lack::CategoriesOff(off)));
    assert_eq!((half.categories_on(), evidence(14).days_covered()), (Some(1), 14));
}

#[test]
fn evidence_is_what_the_service_counted_for_the_resource() {
    let own = resource(1);
    let start = |text: &str| at(text);
    let bin = |resource: ArmId, text: &str, events| Bin {
        resource: Some(resource),
        start: start(text),
        rows: 1,
        events: VerdictCounts { would_deny: events, ..VerdictCounts::default() },
    };
    let row = |resource: ArmId, newest: &str| EvidenceRow {
        resource,
        category: Category::PublicInboundResourceRulesAllowed,
        rows: 1,
        events: 1,
        days: 1,
        oldest: start("2026-11-09T00:00:00Z"),
        newest: start(newest),
        arrived: start(newest),
        lag: jiff::SignedDuration::ZERO,
    };
    let upper = id(&own.as_str().to_uppercase());
    let rows = [row(upper.clone(), "2026-11-21T00:00:00Z"), row(resource(2), "2026-11-22T00:00:00Z")];
    let bins = [bin(upper, "2026-11-20T00:00:00Z", 7), bin(resource(2), "2026-11-21T00:00:00Z", 9)];
    let made = Evidence::of(&own, evidence(0).window, (&rows, &bins), None, true);
    assert_eq!(made.newest, Some(start("2026-11-21T00:00:00Z")));
    assert_eq!(made.days, [DayCount { day: date(2026, 11, 20), events: 7 }]);
    assert_eq!(made.sampling, Sampling::Full);
}

#[test]
fn a_board_line_counts_clean_days() {
    let known = world().known();
    let groups = [group(1, "203.0.113.7", 5, Category::PublicInboundResourceRulesAllowed)];
    let report = impact::report(&known, &groups);
    let mut seen = evidence(14);
    seen.days.retain(|d| d.day != date(2026, 11, 20));
    let row = impact::readiness(&known, &report, &resource(1), &seen, Wanted::default());
    assert_eq!(row.readiness, Readiness::WouldDeny { peers: 1, doubtful: 0 });
    // The 19th, the 21st and the 22nd.
    assert_eq!((row.days_clean, row.denied_events, row.days.len()), (3, 5, 15));
    let day = row.days.iter().find(|d| d.day == date(2026, 11, 18)).unwrap();
    assert_eq!((day.denied, day.events), (5, 10));
    let gaps: Vec<_> = seen.gaps().iter().map(|g| (g.from, g.to)).collect();
    assert_eq!(gaps, [(date(2026, 11, 20), date(2026, 11, 20))]);
    assert!(blind_spots("microsoft.storage/STORAGEACCOUNTS").any(|s| s.contains("SFTP")));
    assert!(blind_spots("Microsoft.Unknown/things").count() >= 3);
    assert_eq!(Sampling::of("microsoft.operationalinsights/workspaces"), Sampling::HalfHourly);
}

#[test]
fn a_plan_keeps_to_the_budget_and_says_what_it_leaves_out() {
    let known = world().known();
    let many: Vec<TrafficGroup> = (0..=255_u32)
        .map(|n| {
            // Every other address, so that nothing can be merged.
            let address = std::net::Ipv4Addr::from(0x0808_0000 + n * 2).to_string();
            group(1, &address, u64::from(n) + 1, Category::PublicInboundResourceRulesAllowed)
        })
        .collect();
    let all: Vec<&TrafficGroup> = many.iter().collect();
    let profile = id(&world().profile_id(0));
    let plan = plan::plan(&known, &profile, &all, &Choice::default());
    assert_eq!((plan.inbound.taken, plan.inbound.left()), (4, 0));
    assert_eq!(plan.inbound.added, RULE_ELEMENTS_PER_PROFILE - 4);
    assert_eq!(plan.uncovered().groups, 256 - plan.inbound.added);
    assert!(plan.left_out.iter().all(|l| l.reason == Reason::Budget));
    // What was seen least is left out.
    assert_eq!(plan.left_out.iter().map(|l| l.group.count).max(), Some(60));
    assert!(plan.share() > 0.9 && plan.unseen_addresses() == 0);
    let choices = plan::compare(&known, &profile, &all, &Choice::default());
    let widths: Vec<_> = choices.iter().map(|(w, p)| (*w, p.blocks.len(), p.unseen_addresses())).collect();
    // 512 addresses in two /24, which are one /23; half of them were seen.
    assert_eq!(widths[1], (Width::Site, 1, 256));
    assert_eq!(widths[2], (Width::Pool, 1, 4096 - 256));
    let none = plan::plan(&known, &profile, &[], &Choice::default());
    assert!(none.rules.is_empty() && (none.share() - 1.0).abs() < f64::EPSILON);
}
