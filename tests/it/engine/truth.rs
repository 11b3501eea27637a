//! Impact reports against the truth: no caller that is denied later is missing when the log covers it, none is listed
//! that stays allowed. Rules change between the log and the report.

use std::collections::HashMap;

use fastrand::Rng;
use nsp::domain::impact::{self, Fate, Today, TrafficGroup};
use nsp::domain::whatif::Unclear;

use super::seed;
use super::stage::{BEGUN, Ends, Stage, time};
use super::world::{self, Kinds, Rule, World};

const WORLDS: u64 = 80;

/// Counts of flows.
#[derive(Debug, Default)]
struct Score {
    listed_rightly: u32,
    listed_wrongly: u32,
    missing: u32,
    left_rightly: u32,
    doubtful: u32,
    not_logged: u32,
}

/// Changes some rules of some profiles: added, removed, said otherwise. The age of rules is known in some worlds only.
fn change_rules(rng: &mut Rng, stage: &mut Stage, kinds: Kinds) {
    let now = time(stage.now);
    for n in 0..stage.world.profiles.len() {
        if rng.u8(..3) == 0 {
            continue;
        }
        let profile = &mut stage.world.profiles[n];
        profile.version += 1;
        if !profile.rules.is_empty() && rng.bool() {
            profile.rules.remove(rng.usize(..profile.rules.len()));
        }
        if let Some(rule) = profile.rules.first_mut().filter(|_| rng.bool()) {
            rule.content = world::content(rng, kinds);
            rule.modified = rule.modified.map(|_| now);
        }
        let dated = profile.rules.iter().any(|r| r.modified.is_some());
        let content = world::content(rng, kinds);
        profile.rules.push(Rule { name: "added".into(), content, modified: dated.then_some(now) });
        let change = stage.world.profile_change(n);
        stage.tell(vec![change]);
    }
}

fn dated(rng: &mut Rng, mut world: World) -> World {
    if rng.bool() {
        let long_ago = time(BEGUN - 90 * 86_400 * nsp::sim::kql::SECOND);
        for rule in world.profiles.iter_mut().flat_map(|p| &mut p.rules) {
            rule.modified = Some(long_ago);
        }
    }
    world
}

fn later_denied(fate: &Fate) -> bool {
    matches!(fate, Fate::Denied(_) | Fate::Refused)
}

fn judge(seed: u64, kinds: Kinds, score: &mut Score, wrong: &mut Vec<String>) {
    let mut rng = Rng::with_seed(seed);
    let world = World::new(&mut rng, kinds);
    let world = dated(&mut rng, world);
    let mut stage = Stage::new(&mut rng, world);
    change_rules(&mut rng, &mut stage, kinds);
    if rng.bool() {
        stage.wait(nsp::sim::kql::SECOND * 600);
    }
    let (known, groups, truth) = (stage.world.known(), stage.groups(0), stage.truth());
    let report = impact::report(&known, &groups);
    let mut by_ends: HashMap<Ends, Vec<(&TrafficGroup, &Fate)>> = HashMap::new();
    for (group, fate) in report.iter() {
        by_ends.entry(Ends::of(group)).or_default().push((group, fate));
    }
    for (ends, flow) in truth.iter().filter(|(_, flow)| flow.reached) {
        let Some(seen) = by_ends.get(ends) else {
            score.not_logged += 1;
            continue;
        };
        for (group, fate) in seen {
            let tell = |why: &str| format!("seed {seed} {kinds:?}: {why}\n{flow:?}\n{fate:?}\n{group:#?}");
            if let Fate::Doubtful(what) | Fate::Spared(what) = fate {
                score.doubtful += 1;
                let right = |u: &Unclear| match u {
                    Unclear::ServiceTag(_) => !stage.world.tags_known,
                    Unclear::Wildcard(_) | Unclear::HomeOfApplication => true,
                    Unclear::Identity
                    | Unclear::Authentication
                    | Unclear::Provisioning
                    | Unclear::Host
                    | Unclear::LinkedMembers
                    | Unclear::Rules
                    | Unclear::Matrix => false,
                };
                if !what.iter().all(right) {
                    wrong.push(tell("a doubt without reason"));
                }
                continue;
            }
            match (flow.enforced, later_denied(fate)) {
                (false, true) => score.listed_rightly += 1,
                (true, false) => score.left_rightly += 1,
                (true, true) => {
                    score.listed_wrongly += 1;
                    wrong.push(tell("listed, and stays allowed"));
                }
                (false, false) => {
                    score.missing += 1;
                    wrong.push(tell("missing, and is denied later"));
                }
            }
            let today = match fate {
                Fate::Denied(Today::Passes) => Some(true),
                Fate::Refused => Some(false),
                Fate::Denied(Today::Unseen)
                | Fate::Allowed(_)
                | Fate::Private
                | Fate::Doubtful(_)
                | Fate::Spared(_)
                | Fate::Outside => None,
            };
            if today.is_some_and(|passes| passes != flow.now) {
                wrong.push(tell("it is otherwise today"));
            }
        }
    }
}

#[test]
fn reports_agree_with_the_truth() {
    for (kinds, most_doubtful) in [(Kinds::Plain, 0.05), (Kinds::All, 0.15)] {
        let (mut score, mut wrong) = (Score::default(), Vec::new());
        let (first, worlds) = seed::range(WORLDS);
        (first..first + worlds).for_each(|seed| judge(seed, kinds, &mut score, &mut wrong));
        let share = |part: u32, rest: u32| f64::from(part) / f64::from((part + rest).max(1));
        let judged = score.listed_rightly + score.listed_wrongly + score.missing + score.left_rightly;
        println!(
            "{kinds:?}, {worlds} worlds from seed {first}: precision {:.4}, recall {:.4}, doubtful {:.4} of {} groups; {score:?}",
            share(score.listed_rightly, score.listed_wrongly),
            share(score.listed_rightly, score.missing),
            share(score.doubtful, judged),
            judged + score.doubtful,
        );
        assert!(
            wrong.is_empty(),
            "{}: {}",
            wrong.len(),
            wrong.iter().take(2).cloned().collect::<Vec<_>>().join("\n\n")
        );
        assert!(worlds < WORLDS || score.listed_rightly > 500 && score.left_rightly > 500, "{score:?}");
        assert!(share(score.doubtful, judged) < most_doubtful, "{score:?}");
    }
}
