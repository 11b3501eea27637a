//! Thousands of questions about thousands of worlds, put to both. Every disagreement fails.
//!
//! The simulator knows a resource's firewall and the engine does not. So each question is put to the simulator twice,
//! with a firewall that lets all pass and with one that lets nothing pass: "the resource decides" must mean that this
//! makes the difference, every other answer that it does not.

use std::collections::BTreeMap;

use fastrand::Rng;
use nsp::domain::matrix::Decider;
use nsp::domain::whatif::{
    Answer, Caller, Destination, Ground, Outcome, Peer, Question, Unclear, Verdict, answer,
};
use nsp::domain::{AccessMode, net};
use nsp::sim::traffic::config::Firewall;
use nsp::sim::traffic::flow::{self, Target};
use nsp::sim::traffic::judge::{self, Assume, Kind};
use nsp::sim::traffic::state::{State, key};

use super::seed;
use super::world::{ADDRESSES, HOSTS, Kinds, SUBSCRIPTIONS, TAGS, World, id};

const WORLDS: u64 = 2_000;
const QUESTIONS: usize = 30;

/// The simulator's two states of a world.
struct Sides {
    open: State,
    shut: State,
}

fn state(world: &World, firewall: &Firewall) -> State {
    let mut state = State::default();
    world.changes(firewall).into_iter().for_each(|change| state.apply(change));
    state
}

impl Sides {
    fn new(world: &World) -> Self {
        let open = Firewall { default_allow: true, ..Firewall::default() };
        let shut = Firewall { outbound_only: Some(Vec::new()), ..Firewall::default() };
        Self { open: state(world, &open), shut: state(world, &shut) }
    }

    fn judge(&self, resource: &str, asked: &Asked) -> [judge::Verdict; 2] {
        [&self.open, &self.shut].map(|state| {
            let resource = state.resource(&key(resource)).unwrap();
            match asked {
                Asked::In(caller) => judge::inbound(state, caller, resource, Assume::Present),
                Asked::Out(target) => judge::outbound(state, resource, target, Assume::Present),
            }
        })
    }
}

/// The question in the simulator's terms.
#[derive(Debug)]
enum Asked {
    In(flow::Caller),
    Out(Target),
}

fn pick<'t>(rng: &mut Rng, from: &[&'t str]) -> &'t str {
    from[rng.usize(..from.len())]
}

/// The same caller in both terms.
fn caller(rng: &mut Rng, world: &World) -> (flow::Caller, Caller) {
    let mut theirs = flow::Caller::default();
    let mut ours = Caller::default();
    if rng.u8(..10) < 8 {
        let text = if rng.u8(..10) < 2 {
            pick(rng, &["198.18.0.9", "198.18.0.99", "198.18.1.1"])
        } else {
            pick(rng, &ADDRESSES)
        };
        let ip: std::net::IpAddr = text.parse().unwrap();
        let mapped = match ip {
            std::net::IpAddr::V4(v4) if rng.bool() => v4.to_ipv6_mapped().into(),
            other => other,
        };
        theirs.ips = vec![if rng.bool() { ip } else { mapped }];
        let written = match rng.u8(..3) {
            0 => text.to_owned(),
            1 => mapped.to_string(),
            _ => std::net::SocketAddr::new(mapped, 4321).to_string(),
        };
        ours.address = net::address(&written);
        assert_eq!(ours.address, Some(ip), "{written}");
        let tag =
            TAGS.iter().find(|(_, block)| net::block(block).unwrap().contains(&ip)).map(|(tag, _)| *tag);
        theirs.tag = tag.map(str::to_owned);
        if world.tags_known && rng.bool() {
            ours.service_tag.clone_from(&theirs.tag);
        }
    }
    if rng.u8(..10) < 3 {
        let subscription = pick(rng, &SUBSCRIPTIONS).to_owned();
        theirs.subscription = Some(subscription.to_lowercase());
        theirs.app_id = Some("app".into());
        ours.app_id = Some("app".into());
        if rng.u8(..10) < 8 {
            ours.subscription = Some(subscription);
        }
    }
    // Where only the application is known, it is no resource's: that would tell the subscription.
    let untold = ours.app_id.is_some() && ours.subscription.is_none();
    if !untold && rng.u8(..10) < 4 {
        let thing = &world.things[rng.usize(..world.things.len())];
        theirs.resource = Some(thing.id.clone());
        ours.resource = Some(id(&thing.id.to_uppercase()));
    }
    if rng.u8(..20) == 0 {
        theirs.private_endpoint = true;
        ours.private_endpoint = true;
    }
    (theirs, ours)
}

fn destination(rng: &mut Rng, world: &World) -> (Target, Destination) {
    if rng.bool() {
        let name = pick(rng, &HOSTS);
        let written = if rng.bool() { format!("{}.", name.to_uppercase()) } else { name.to_owned() };
        return (
            Target::Name(name.to_owned()),
            Destination { fqdn: Some(net::host(&written)), resource: None },
        );
    }
    let thing = &world.things[rng.usize(..world.things.len())];
    let host = Some(thing.host.clone());
    (Target::Resource(thing.id.clone()), Destination { fqdn: host, resource: Some(id(&thing.id)) })
}

/// What of the simulator's verdict counts: passes, and by what.
fn by_perimeter(verdict: &judge::Verdict) -> bool {
    verdict.allowed && !verdict.by_resource
}

/// `None` when both agree.
fn disagreement(ours: &Answer, [open, shut]: &[judge::Verdict; 2]) -> Option<&'static str> {
    match &ours.verdict {
        Verdict::Allowed(ground) => {
            if !(by_perimeter(open) && by_perimeter(shut)) {
                return Some("the simulator's perimeter does not allow it");
            }
            same_ground(ours, ground, open)
        }
        Verdict::PrivateEndpoint => {
            (!(open.kind == Kind::Private && shut.allowed)).then_some("not private there")
        }
        Verdict::ResourceDecides => (!(open.allowed && open.by_resource && !shut.allowed))
            .then_some("the firewall makes no difference there"),
        Verdict::Denied => (open.allowed || shut.allowed).then_some("something allows it there"),
        Verdict::CannotTell => doubt(ours, &[open.clone(), shut.clone()]),
    }
}

fn same_ground(ours: &Answer, ground: &Ground, theirs: &judge::Verdict) -> Option<&'static str> {
    let kind = match ground {
        Ground::SamePerimeter(_) => Kind::Intra,
        Ground::Link(_) => Kind::Cross,
        Ground::Rule(rule) => {
            // What the engine cannot tell about an earlier rule the simulator may.
            let matched = theirs.matched.as_deref().unwrap_or_default();
            let unclear = ours.considered.iter().any(|c| {
                c.ground.name().eq_ignore_ascii_case(matched) && matches!(c.outcome, Outcome::Unclear(_))
            });
            // The simulator looks at the perimeters that rules name before it looks at addresses.
            let cross = theirs.kind == Kind::Cross;
            return (!unclear && !cross && !matched.eq_ignore_ascii_case(rule.name()))
                .then_some("another rule there");
        }
    };
    (theirs.kind != kind).then_some("another ground there")
}

/// A doubt is right if it is about what the simulator decided by; else what comes after it must agree.
fn doubt(ours: &Answer, [open, shut]: &[judge::Verdict; 2]) -> Option<&'static str> {
    let of_reading = |u: &Unclear| {
        matches!(
            u,
            Unclear::Rules
                | Unclear::Identity
                | Unclear::Host
                | Unclear::LinkedMembers
                | Unclear::Provisioning
        )
    };
    if ours.unclear.iter().any(of_reading) {
        return Some("a doubt about what was read");
    }
    if ours.unclear.contains(&Unclear::Matrix) != (ours.mode == Some(AccessMode::Audit)) {
        return Some("a doubt about the matrix");
    }
    if by_perimeter(open) {
        let Some(matched) = &open.matched else { return Some("no rule, and allowed there") };
        let about = ours.considered.iter().any(|c| {
            c.ground.name().eq_ignore_ascii_case(matched) && matches!(c.outcome, Outcome::Unclear(_))
        });
        return (!about).then_some("a rule about which there is no doubt here");
    }
    let agree = match ours.decider {
        Decider::Firewall | Decider::RulesThenFirewall | Decider::Open | Decider::RulesThenOpen => {
            open.allowed && !shut.allowed
        }
        Decider::Rules | Decider::Closed => !open.allowed && !shut.allowed,
        // The simulator makes of Audit what it makes of Learning; no document says so.
        Decider::Unknown => true,
    };
    (!agree).then_some("another decider there")
}

fn label(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Allowed(Ground::Rule(_)) => "allowed by a rule",
        Verdict::Allowed(Ground::SamePerimeter(_)) => "allowed, same perimeter",
        Verdict::Allowed(Ground::Link(_)) => "allowed by a link",
        Verdict::PrivateEndpoint => "private endpoint",
        Verdict::ResourceDecides => "resource decides",
        Verdict::Denied => "denied",
        Verdict::CannotTell => "cannot tell",
    }
}

#[test]
fn engine_and_simulator_agree() {
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    let mut wrong = Vec::new();
    let (first, worlds) = seed::range(WORLDS);
    for seed in first..first + worlds {
        let mut rng = Rng::with_seed(seed);
        let world = World::new(&mut rng, Kinds::All);
        let (known, sides) = (world.known(), Sides::new(&world));
        for _ in 0..QUESTIONS {
            let resource = &world.things[rng.usize(..world.things.len())].id;
            let (asked, peer) = if rng.u8(..10) < 6 {
                let (theirs, ours) = caller(&mut rng, &world);
                (Asked::In(theirs), Peer::Caller(ours))
            } else {
                let (theirs, ours) = destination(&mut rng, &world);
                (Asked::Out(theirs), Peer::Destination(ours))
            };
            let question = Question { resource: id(resource), peer };
            let ours = answer(&known, &question);
            let theirs = sides.judge(resource, &asked);
            *counts.entry(label(&ours.verdict)).or_default() += 1;
            if let Some(why) = disagreement(&ours, &theirs) {
                wrong.push(format!("seed {seed}: {why}\n{asked:?}\nours {ours:#?}\ntheirs {theirs:?}"));
            }
        }
    }
    let asked: u32 = counts.values().sum();
    println!(
        "{asked} questions about {worlds} worlds from seed {first}, {} disagreements: {counts:?}",
        wrong.len()
    );
    assert!(wrong.is_empty(), "{}", wrong.iter().take(3).cloned().collect::<Vec<_>>().join("\n\n"));
    // Every kind of answer was argued about.
    assert!(worlds < WORLDS || counts.len() == 7 && counts.values().all(|n| *n > 500), "{counts:?}");
}

#[test]
fn perimeters_that_were_not_read_are_not_taken_for_empty() {
    let mut rng = Rng::with_seed(1);
    let mut dark = 0;
    for seed in 0..300 {
        rng.seed(seed);
        let kinds = if seed % 2 == 0 { Kinds::Plain } else { Kinds::All };
        let world = World::new(&mut rng, kinds);
        let mut half = nsp::domain::whatif::Configuration::default();
        world.read(&mut half, 0);
        for thing in &world.things {
            let Some((profile, _)) = &thing.member else { continue };
            if world.profiles[*profile].perimeter != 0 {
                continue;
            }
            for other in &world.things {
                let question = Question::from_resource(id(&thing.id), id(&other.id));
                let (half, full) = (answer(&half, &question), answer(&world.known(), &question));
                // Whatever the half knows for sure must be so.
                match half.verdict {
                    Verdict::CannotTell => dark += 1,
                    Verdict::Allowed(_) => {
                        assert!(matches!(full.verdict, Verdict::Allowed(_)), "{question:?}");
                    }
                    Verdict::PrivateEndpoint => panic!("nobody asked about private endpoints"),
                    Verdict::ResourceDecides | Verdict::Denied => {
                        assert!(!matches!(full.verdict, Verdict::Allowed(_)), "{question:?}");
                    }
                }
            }
        }
    }
    assert!(dark > 100, "{dark}");
}
