//! Looking after a switch: the association, the resource itself, the access log. Only reads, and says what
//! was read; what could not be read is told as such.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::azure::logs::LogScope;
use crate::azure::{ArmClient, ArmError, association_of};
use crate::domain::guard::{Heard, Item, Logged, Regressions, Stands, Watch, regressions};
use crate::domain::impact::TrafficGroup;
use crate::domain::matrix::{self, WayBack};
use crate::domain::traffic::{LogAnswer, LogSelection, LogWindow, VersionSeen};
use crate::domain::{ArmId, Configuration, Failure};

/// Traffic of so long before the switch tells who was allowed.
const BEFORE: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Rows are aggregates: one may have begun so long before a denial in it.
const AGGREGATE: SignedDuration = SignedDuration::from_hours(2);
/// Traffic before the switch is asked again after so long: rows are late.
const RENEW: SignedDuration = SignedDuration::from_mins(5);

/// How often each thing is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// The association.
    pub association: Duration,
    /// What the resource itself says, until it agrees.
    pub resource: Duration,
    /// The access log.
    pub log: Duration,
    /// What the user wants.
    pub wish: Duration,
    /// The first wait after something failed; it doubles.
    pub retry: Duration,
    /// So long an association must be missing before that is believed.
    pub missing: Duration,
}

impl Pace {
    /// For Azure: logs are minutes late, and a user may ask 200 queries in 30 s (API.md, section 9.4).
    pub const AZURE: Self = Self {
        association: Duration::from_secs(15),
        resource: Duration::from_secs(10),
        log: Duration::from_secs(30),
        wish: Duration::from_millis(500),
        retry: Duration::from_secs(2),
        missing: Duration::from_secs(60),
    };
    /// For a service on this machine.
    pub const LOCAL: Self = Self {
        association: Duration::from_secs(1),
        resource: Duration::from_millis(500),
        log: Duration::from_secs(1),
        wish: Duration::from_millis(100),
        retry: Duration::from_millis(100),
        missing: Duration::from_secs(2),
    };
}

/// When each thing is due, and what is remembered between two looks.
#[derive(Debug, Default)]
pub(super) struct Follow {
    association: Due,
    resource: Due,
    log: Due,
    access: Due,
    /// Traffic before the switch (`None`: not to be had as a whole), and when it was read.
    before: Option<(Timestamp, Option<Vec<TrafficGroup>>)>,
}

/// What one look has brought.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) stands: Option<Result<Option<Stands>, Failure>>,
    pub(super) way_back: Option<WayBack>,
    pub(super) heard: Option<Heard>,
    pub(super) log: Option<(Logged, Option<Regressions>)>,
}

/// When something is due next, and how long that was away when it was set.
#[derive(Debug, Clone, Copy, Default)]
struct Due(Option<(Timestamp, Duration)>);

impl Due {
    /// When, at this time. A clock that was set back meanwhile does not put it off.
    fn at(self, now: Timestamp) -> Timestamp {
        let Some((at, period)) = self.0 else { return now };
        if now.checked_add(period).is_ok_and(|latest| at > latest) { now } else { at }
    }

    /// It is due; then the next time is so long away.
    fn take(&mut self, now: Timestamp, period: Duration) -> bool {
        let is = self.at(now) <= now;
        if is {
            self.0 = now.checked_add(period).ok().map(|at| (at, period));
        }
        is
    }
}

impl Follow {
    /// When something is due. Before the first look that is now.
    pub(super) fn next(&self, agreed: bool, now: Timestamp) -> Option<Timestamp> {
        let resource = (!agreed).then_some(self.resource);
        let all = [self.association, self.log, self.access].into_iter().chain(resource);
        all.map(|due| due.at(now)).min()
    }

    /// Looks at what is due.
    pub(super) async fn look(
        &mut self,
        (client, pace): (&ArmClient, &Pace),
        (watch, item): (&Watch, &Item),
        agreed: bool,
        now: Timestamp,
    ) -> Seen {
        let association = self.association.take(now, pace.association);
        let resource = !agreed && self.resource.take(now, pace.resource);
        let log = self.log.take(now, pace.log);
        let access = self.access.take(now, pace.association.saturating_mul(4));
        let set = item.set.as_ref().map(|(body, _)| body);
        let stands = async {
            if !association {
                return None;
            }
            Some(client.stands(&item.before, &watch.to, set).await.map_err(Failure::from))
        };
        let heard = async { if resource { Some(heard(client, watch, item).await) } else { None } };
        let logged = async {
            if !log {
                return None;
            }
            Some(self::logged(client, watch, item, (now, &mut self.before)).await)
        };
        let access = async {
            let resource = item.before.resource.as_ref().filter(|_| access)?;
            let resource = client.resource(resource).await.ok()?;
            resource.public_access.as_ref().map(matrix::way_back)
        };
        let (stands, heard, log, way_back) = futures::join!(stands, heard, logged, access);
        Seen { stands, way_back, heard, log }
    }
}

/// What the resource itself says.
async fn heard(client: &ArmClient, watch: &Watch, item: &Item) -> Heard {
    let Some(resource) = &item.before.resource else {
        return Heard::Silent("the association names no resource".to_owned());
    };
    if let Some(why) = Configuration::silence(resource) {
        return Heard::Silent(why);
    }
    let Some(association) = association_of(&item.before.body) else {
        return Heard::Silent("the association cannot be read".to_owned());
    };
    match client.configurations(resource).await {
        Err(error) => Heard::Failed(Failure::from(error).title),
        Ok(all) => match all.iter().find(|one| one.is_of(&association)) {
            None => Heard::NotYet("it knows nothing of this association".to_owned()),
            Some(one) => match &one.mode {
                Some(mode) if *mode == watch.to => Heard::Agrees,
                Some(mode) => Heard::NotYet(format!("it goes by {}", mode.label())),
                None => Heard::Silent("it does not tell its access mode".to_owned()),
            },
        },
    }
}

type Known<'k> = &'k mut Option<(Timestamp, Option<Vec<TrafficGroup>>)>;

/// What the access log says since the switch.
async fn logged(
    client: &ArmClient,
    watch: &Watch,
    item: &Item,
    (now, known): (Timestamp, Known<'_>),
) -> (Logged, Option<Regressions>) {
    let missing = |why: String| (Logged::Missing(why), None);
    let (Some(perimeter), Some(resource)) = (item.before.id.parent(), item.before.resource.clone()) else {
        return missing("the association names no resource".to_owned());
    };
    let Some((_, since)) = &item.set else { return (Logged::Unread, None) };
    let scope = match &watch.customer {
        Some(customer) => LogScope::Workspace(customer.clone()),
        None => LogScope::Resource(perimeter.clone()),
    };
    let of = |window| LogSelection {
        resources: vec![resource.clone()],
        ..LogSelection::of_perimeter(perimeter.clone(), window)
    };
    match read(client, &scope, &of, *since, now).await {
        Err(error) => missing(format!("the access log could not be read: {}", Failure::from(error).title)),
        Ok((LogAnswer::NoTable, _) | (_, LogAnswer::NoTable)) => {
            missing("there is no access log table: nothing was ever logged".to_owned())
        }
        Ok((LogAnswer::Read(versions), LogAnswer::Read(denied))) => {
            let newest = versions.items.iter().max_by_key(|seen| seen.last);
            let logged = Logged::Read {
                newest: newest.map(|seen: &VersionSeen| seen.last),
                version: newest.and_then(|seen| seen.version),
                complete: versions.is_complete() && denied.is_complete(),
            };
            let fresh = known
                .as_ref()
                .is_some_and(|(at, before)| before.is_some() && now.duration_since(*at) < RENEW);
            if !denied.items.is_empty() && !fresh {
                let from = since.saturating_sub(BEFORE).unwrap_or(Timestamp::MIN);
                *known = Some((now, before(client, &scope, &of(LogWindow::Between(from, *since))).await));
            }
            let before = known.as_ref().and_then(|(_, groups)| groups.as_deref());
            // Nobody is denied: what was before is of no interest.
            let before = if denied.items.is_empty() { Some(&[][..]) } else { before };
            (logged, Some(regressions(&denied.items, before)))
        }
    }
}

type Answers = (LogAnswer<VersionSeen>, LogAnswer<TrafficGroup>);

async fn read(
    client: &ArmClient,
    scope: &LogScope,
    of: &(impl Fn(LogWindow) -> LogSelection + Sync),
    since: Timestamp,
    now: Timestamp,
) -> Result<Answers, ArmError> {
    // Far enough for any difference between our clock and the service's.
    let until = since.saturating_add(SignedDuration::from_hours(365 * 24)).unwrap_or(Timestamp::MAX);
    let after = of(LogWindow::Between(since, until));
    let span = now.duration_since(since).max(SignedDuration::ZERO) + AGGREGATE;
    let around = of(LogWindow::Last(span));
    futures::try_join!(client.versions_seen(scope, &after), client.denials(scope, &around, since))
}

/// The traffic before the switch, if it can be had as a whole.
async fn before(client: &ArmClient, scope: &LogScope, of: &LogSelection) -> Option<Vec<TrafficGroup>> {
    match client.traffic(scope, of).await {
        Ok(LogAnswer::Read(page)) if page.is_complete() && !page.items.is_empty() => Some(page.items),
        Ok(LogAnswer::Read(_) | LogAnswer::NoTable) | Err(_) => None,
    }
}

/// The perimeter of a watch; all its associations are in one.
pub fn perimeter_of(watch: &Watch) -> Option<ArmId> {
    watch.items.first()?.id.parent()
}
