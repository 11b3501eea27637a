//! `nsp sweep`: removes temporary access rules that have expired. Only names that say an expiry are looked at; each
//! rule is read again before it is deleted, and left where it is not what was listed any more.

use std::io::Write;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{Printer, Ready, refused, stamp, unreadable};
use crate::azure::Scope;
use crate::cli::{Exit, SweepArgs};
use crate::domain::temporary::{self, Temporary, lasts};
use crate::domain::{AccessRule, ArmId, Change, Failure, Outcome, Step, Subscription, Written};

/// So far two clocks may differ without anything being said.
const DOUBT: SignedDuration = SignedDuration::from_secs(60);

/// What was found and done.
#[derive(Default)]
struct Tally {
    removed: usize,
    expired: usize,
    open: usize,
    failed: usize,
}

/// Runs the command.
pub async fn run(ready: Ready, args: &SweepArgs, out: &mut (dyn Write + Send)) -> Result<Exit, Failure> {
    let mut printer = Printer::new(out, args.at.json);
    let mut tally = Tally::default();
    let profiles = profiles(&ready, &mut printer, &mut tally).await?;
    let now = service_time(&ready, &mut printer)?;
    for profile in profiles {
        let mut rules: Vec<AccessRule> = Vec::new();
        let listed = ready.client.list_rules(&profile, |page| rules.extend(page.items)).await;
        if let Err(error) = listed {
            trouble(&profile, &error.into(), &mut printer, &mut tally)?;
            continue;
        }
        for rule in rules.iter().filter(|rule| temporary::is_unreadable(rule.id.name())) {
            let text = format!("{}: looks temporary, and its expiry cannot be read; left", path(&rule.id));
            printer.line(&text, &fields(&rule.id, "unreadable", None))?;
        }
        let open: Vec<(AccessRule, Temporary)> =
            temporary::open(&rules).into_iter().map(|(rule, temporary)| (rule.clone(), temporary)).collect();
        for (rule, temporary) in open {
            one(&ready, args.dry_run, (rule, &temporary, now), (&mut printer, &mut tally)).await?;
        }
    }
    let Tally { removed, expired, open, failed } = tally;
    let verb = if args.dry_run { format!("{expired} to be removed") } else { format!("{removed} removed") };
    let text = format!("{verb}, {open} not expired, {failed} failed");
    printer.line(&text, &[("removed", json!(removed)), ("open", json!(open)), ("failed", json!(failed))])?;
    let left = failed > 0 || (args.dry_run && expired > 0);
    Ok(if left { Exit::Pending } else { Exit::Done })
}

/// What time it is. A machine whose clock is wrong must not remove what has not expired: the service's counts then.
fn service_time(ready: &Ready, printer: &mut Printer<'_>) -> Result<Timestamp, Failure> {
    let now = Timestamp::now();
    let Some(ahead) = ready.client.ahead().filter(|ahead| ahead.abs() >= DOUBT) else { return Ok(now) };
    let by = now.saturating_add(ahead).unwrap_or(now);
    let how = if ahead.is_negative() { "ahead of" } else { "behind" };
    let seconds = ahead.abs().as_secs();
    let text = format!(
        "this machine's clock is {seconds} s {how} the service's: expiry is judged by the service's, {}",
        stamp(by)
    );
    printer.line(&text, &[("state", json!("clock")), ("seconds", json!(ahead.as_secs()))])?;
    Ok(by)
}

/// Removes a rule if it has expired.
async fn one(
    ready: &Ready,
    dry_run: bool,
    (rule, temporary, now): (AccessRule, &Temporary, Timestamp),
    (printer, tally): (&mut Printer<'_>, &mut Tally),
) -> Result<(), Failure> {
    let (id, at) = (rule.id.clone(), Some(temporary.expires));
    let (name, until) = (path(&id), stamp(temporary.expires));
    if !temporary.is_expired(now) {
        tally.open += 1;
        let text = format!("{name}: open until {until} ({})", lasts(temporary.left(now)));
        return printer.line(&text, &fields(&id, "open", at));
    }
    tally.expired += 1;
    if dry_run {
        return printer
            .line(&format!("{name}: expired {until}, would be removed"), &fields(&id, "expired", at));
    }
    match remove(ready, rule).await? {
        Outcome::Done { .. } => {
            tally.removed += 1;
            printer.line(&format!("{name}: expired {until}, removed"), &fields(&id, "removed", at))
        }
        Outcome::Changed { fields: changed, now: still } => {
            let what: Vec<String> = changed.iter().map(|f| f.field.clone()).collect();
            if still.is_none() {
                return printer.line(&format!("{name}: gone already"), &fields(&id, "gone", at));
            }
            tally.failed += 1;
            let text = format!("{name}: LEFT, it was changed meanwhile ({})", what.join(", "));
            printer.line(&text, &fields(&id, "changed", at))
        }
        Outcome::Failed(failure) | Outcome::Unknown(failure) => trouble(&id, &failure, printer, tally),
    }
}

/// Deletes a rule in the way of every write: entered in the journal, compared, sent once, read back.
async fn remove(ready: &Ready, rule: AccessRule) -> Result<Outcome, Failure> {
    let journal = &ready.journal;
    let change = Change::Delete { before: Box::new(Written::Rule(rule)), force: false };
    let label = ready.client.session().label().to_owned();
    let entry = journal.intent(0, Timestamp::now(), &label, &change).map_err(|e| unreadable(journal, &e))?;
    let gate = || journal.sent(&entry, Timestamp::now()).map_err(|e| unreadable(journal, &e));
    let outcome = ready.client.apply_gated(&change, gate, |_: Step| ()).await;
    journal.outcome(&entry, Timestamp::now(), &outcome).map_err(|e| unreadable(journal, &e))?;
    Ok(outcome)
}

/// The profiles of all perimeters in scope. What cannot be listed is told, and the rest goes on.
async fn profiles(
    ready: &Ready,
    printer: &mut Printer<'_>,
    tally: &mut Tally,
) -> Result<Vec<ArmId>, Failure> {
    let mut subscriptions: Vec<Subscription> = Vec::new();
    ready.client.list_subscriptions(|page| subscriptions.extend(page.items)).await?;
    let named = |s: &Subscription, word: &String| {
        s.id.eq_ignore_ascii_case(word) || s.name.eq_ignore_ascii_case(word)
    };
    if let Some(missing) = ready.only.iter().find(|word| !subscriptions.iter().any(|s| named(s, word))) {
        return Err(refused("There is no such subscription", format!("--subscription {missing}")));
    }
    subscriptions.retain(|s| ready.only.is_empty() || ready.only.iter().any(|word| named(s, word)));
    let mut perimeters = Vec::new();
    for subscription in &subscriptions {
        let scope = Scope::Subscription(subscription.id.clone());
        let listed = ready.client.list_perimeters(&scope, |page| perimeters.extend(page.items)).await;
        if let Err(error) = listed {
            let id = ArmId::subscription_of(&subscription.id).map_err(|e| refused("No id", e.to_string()))?;
            trouble(&id, &error.into(), printer, tally)?;
        }
    }
    if let Some(name) = &ready.perimeter {
        perimeters.retain(|perimeter| perimeter.id.name().eq_ignore_ascii_case(name));
        if perimeters.is_empty() {
            return Err(refused("There is no such perimeter", format!("--perimeter {name}")));
        }
    }
    let mut profiles = Vec::new();
    for perimeter in &perimeters {
        let listed = ready.client.list_profiles(&perimeter.id, |page| {
            profiles.extend(page.items.into_iter().map(|profile| profile.id));
        });
        if let Err(error) = listed.await {
            trouble(&perimeter.id, &error.into(), printer, tally)?;
        }
    }
    Ok(profiles)
}

fn trouble(
    id: &ArmId,
    failure: &Failure,
    printer: &mut Printer<'_>,
    tally: &mut Tally,
) -> Result<(), Failure> {
    tally.failed += 1;
    let text = format!("{}: FAILED, {}: {}", path(id), failure.title, failure.detail);
    printer.line(&text, &fields(id, "failed", None))
}

fn fields(id: &ArmId, state: &str, expires: Option<Timestamp>) -> Vec<(&'static str, Value)> {
    vec![("id", json!(id.as_str())), ("state", json!(state)), ("expires", json!(expires.map(stamp)))]
}

/// `perimeter/profile/rule`, as far as an id has these.
fn path(id: &ArmId) -> String {
    let mut names = vec![id.name().to_owned()];
    let mut at = id.parent();
    while let Some(parent) = at {
        names.insert(0, parent.name().to_owned());
        at = parent.parent();
    }
    names.join("/")
}
