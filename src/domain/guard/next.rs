//! The one decision: what is to be done next with an association of a watch. A pure function of what the
//! journal says, what was read and what time it is.

use jiff::{SignedDuration, Timestamp};

use super::{AtEnd, Back, End, Event, Item, Keep, Record, Sight, Stage, Stands, Wish};

/// A write whose sender has died may arrive so late: Resource Manager gives up on a request after a
/// minute. Only after this a mode that still is the old one is believed.
pub const SETTLE: SignedDuration = SignedDuration::from_secs(120);

/// So long an old mode that the service refuses (a lock, a policy, a role that was lost) is sent again, at growing
/// intervals. Then a person has to do it.
pub const REFUSED: SignedDuration = SignedDuration::from_mins(30);

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Enter [`Event::Sending`], then send the new mode.
    Switch,
    /// Enter [`Event::PuttingBack`], then send the old mode.
    PutBack,
    /// Read the association: what stands is not known.
    Look,
    /// Enter this.
    Enter(Event),
    /// Nothing for now: look again later, at this time at the latest.
    Wait(Timestamp),
    /// Nothing any more.
    Over,
}

/// What is to be done next. `own` is true for whoever began the watch: only that process sends the new
/// mode, so that nothing is switched while nobody looks.
pub fn next(record: &Record, own: bool, sight: &Sight, now: Timestamp) -> Step {
    let Some(place) = record.at() else { return Step::Over };
    let Some(item) = record.items.get(place) else { return Step::Over };
    match &item.stage {
        Stage::Ended(_) => Step::Over,
        Stage::Planned if !own || record.is_stopped_before(place) => Step::Enter(Event::Ended(End::NotBegun)),
        Stage::Planned if item.wish == Some(Wish::Back) => Step::Enter(Event::Ended(End::NotBegun)),
        Stage::Planned => sight.refused.as_ref().map_or(Step::Switch, |why| not_sent(why, sight)),
        Stage::Sending => sending(item, sight, now),
        Stage::Watching => watching(record, item, sight, now),
        Stage::Keeping(_) => keeping(sight),
        Stage::GoingBack { .. } => going_back(item, sight, now),
        Stage::Stuck(_) => stuck(item, sight),
    }
}

/// The write surely was not done.
fn not_sent(why: &str, sight: &Sight) -> Step {
    match &sight.stands {
        None => Step::Look,
        Some(Stands::Old) => Step::Enter(Event::Ended(End::NotSwitched(why.to_owned()))),
        Some(Stands::New { .. }) => overtaken(&format!("{why}; the new mode stands, not by this switch")),
        Some(Stands::Other(what)) => overtaken(&format!("{why}; {what}")),
    }
}

/// Whether the new mode was taken is not known.
fn sending(item: &Item, sight: &Sight, now: Timestamp) -> Step {
    if let Some(why) = &sight.refused {
        return not_sent(why, sight);
    }
    match &sight.stands {
        None => Step::Look,
        Some(Stands::New { body, since, .. }) => {
            let since = since.or(item.sent).unwrap_or(now);
            Step::Enter(Event::Set { body: body.clone(), since })
        }
        Some(Stands::Old) => {
            let settled = item.sent.unwrap_or(now).saturating_add(SETTLE).unwrap_or(now);
            if now >= settled {
                let why = "the write did not arrive".to_owned();
                return Step::Enter(Event::Ended(End::NotSwitched(why)));
            }
            Step::Wait(settled)
        }
        Some(Stands::Other(what)) => Step::Enter(Event::Ended(End::Overtaken(what.clone()))),
    }
}

/// The new mode stands and is watched.
fn watching(record: &Record, item: &Item, sight: &Sight, now: Timestamp) -> Step {
    match &sight.stands {
        // Before anything is decided it is read at least once by whoever decides.
        None => return Step::Look,
        Some(Stands::New { changed, .. }) if changed.is_empty() => {}
        Some(Stands::New { changed, .. }) => return overtaken(changed),
        Some(Stands::Other(what)) => return overtaken(what),
        Some(Stands::Old) => return overtaken("the old mode was put back by somebody else"),
    }
    match item.wish {
        Some(Wish::Back) => return Step::Enter(Event::GoingBack(Back::Asked)),
        Some(Wish::Keep) => return Step::Enter(Event::Keeping(Keep::Confirmed)),
        None => {}
    }
    let denied = sight.denials.events;
    if denied >= record.watch.terms.threshold.max(1) {
        return Step::Enter(Event::GoingBack(Back::Denials(denied)));
    }
    let end = record.deadline_of(item).unwrap_or(now);
    if now < end {
        return Step::Wait(end);
    }
    let since = item.set.as_ref().map_or(now, |(_, since)| *since);
    Step::Enter(match (record.watch.terms.at_end, sight.lack(since)) {
        (AtEnd::PutBack, _) => Event::GoingBack(Back::NotConfirmed),
        (AtEnd::KeepIfClean, Some(lack)) => Event::GoingBack(Back::NoEvidence(lack)),
        (AtEnd::KeepIfClean, None) => Event::Keeping(Keep::Clean),
    })
}

/// The new mode is to stay: that it stands is read before it is said.
fn keeping(sight: &Sight) -> Step {
    match &sight.stands {
        None => Step::Look,
        Some(Stands::New { .. }) => Step::Enter(Event::Ended(End::Kept)),
        Some(Stands::Other(what)) => overtaken(what),
        Some(Stands::Old) => overtaken("the old mode was put back by somebody else"),
    }
}

/// The old mode is to come back, unless somebody else has changed the association meanwhile.
fn going_back(item: &Item, sight: &Sight, now: Timestamp) -> Step {
    if item.refused.is_some() && item.wish == Some(Wish::Keep) {
        return Step::Enter(Event::Keeping(Keep::Confirmed));
    }
    let given_up = |since: Timestamp| now.duration_since(since) >= REFUSED;
    match &sight.stands {
        None => Step::Look,
        Some(Stands::Old) => Step::Enter(Event::Ended(End::PutBack)),
        Some(Stands::New { changed, .. }) if changed.is_empty() => match &item.refused {
            Some((since, why)) if given_up(*since) => Step::Enter(Event::Stuck(why.clone())),
            Some(_) | None => Step::PutBack,
        },
        Some(Stands::New { changed, .. }) => overtaken(changed),
        Some(Stands::Other(what)) => overtaken(what),
    }
}

/// Nobody tries any more, unless the user says so; what was done by hand meanwhile is seen.
fn stuck(item: &Item, sight: &Sight) -> Step {
    match (item.wish, &sight.stands) {
        (Some(Wish::Keep), _) => Step::Enter(Event::Keeping(Keep::Confirmed)),
        (Some(Wish::Back), _) => Step::Enter(Event::GoingBack(Back::Asked)),
        (None, None) => Step::Look,
        (None, Some(Stands::Old)) => Step::Enter(Event::Ended(End::PutBack)),
        (None, Some(Stands::New { .. })) => Step::Over,
        (None, Some(Stands::Other(what))) => overtaken(what),
    }
}

fn overtaken(what: &str) -> Step {
    Step::Enter(Event::Ended(End::Overtaken(what.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::super::{Before, Heard, Logged, Regressions, Terms, Watch};
    use super::*;
    use crate::domain::matrix::WayBack;
    use crate::domain::{AccessMode, ArmId, RawBody};

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    fn record(at_end: AtEnd) -> Record {
        let id = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/networkSecurityPerimeters/n/resourceAssociations/a";
        let before = Before {
            id: ArmId::parse(id).unwrap(),
            resource: None,
            profile: None,
            mode: AccessMode::Learning,
            body: RawBody::new("{}"),
            way_back: WayBack::Full,
        };
        Record::new(Watch {
            id: "w".to_owned(),
            at: at(0),
            session: "s".to_owned(),
            endpoint: "e".to_owned(),
            to: AccessMode::Enforced,
            terms: Terms { at_end, ..Terms::default() },
            customer: None,
            items: vec![before.clone(), before],
        })
    }

    fn new(changed: &str) -> Stands {
        Stands::New { body: RawBody::new("{}"), since: None, changed: changed.to_owned() }
    }

    fn seen(stands: Option<Stands>) -> Sight {
        Sight { stands, ..Sight::default() }
    }

    fn watched(at_end: AtEnd) -> Record {
        let mut record = record(at_end);
        record.enter(0, at(0), Event::Sending);
        record.enter(0, at(5), Event::Set { body: RawBody::new("{}"), since: at(4) });
        record
    }

    #[test]
    fn only_whoever_began_sends_the_new_mode() {
        let record = record(AtEnd::PutBack);
        assert_eq!(next(&record, true, &Sight::default(), at(0)), Step::Switch);
        assert_eq!(
            next(&record, false, &Sight::default(), at(0)),
            Step::Enter(Event::Ended(End::NotBegun)),
            "a wave does not go on by itself"
        );
    }

    #[test]
    fn a_write_that_may_still_arrive_is_waited_for() {
        let mut record = record(AtEnd::PutBack);
        record.enter(0, at(0), Event::Sending);
        assert_eq!(next(&record, false, &seen(None), at(1)), Step::Look);
        let old = seen(Some(Stands::Old));
        assert_eq!(next(&record, false, &old, at(1)), Step::Wait(at(120)));
        let ended = next(&record, false, &old, at(120));
        assert!(matches!(ended, Step::Enter(Event::Ended(End::NotSwitched(_)))), "{ended:?}");
        let refused = Sight { refused: Some("no".to_owned()), ..old };
        assert_eq!(
            next(&record, true, &refused, at(1)),
            Step::Enter(Event::Ended(End::NotSwitched("no".to_owned())))
        );
        let set = next(&record, false, &seen(Some(new(""))), at(1));
        assert!(matches!(set, Step::Enter(Event::Set { .. })), "{set:?}");
    }

    #[test]
    fn time_wishes_and_denials_decide() {
        let mut record = watched(AtEnd::PutBack);
        let calm = seen(Some(new("")));
        assert_eq!(next(&record, true, &calm, at(899)), Step::Wait(at(900)));
        assert_eq!(
            next(&record, true, &calm, at(900)),
            Step::Enter(Event::GoingBack(Back::NotConfirmed)),
            "from the first write on"
        );
        let denials = Regressions { events: 1, ..Regressions::default() };
        let sight = Sight { denials, ..calm.clone() };
        assert_eq!(next(&record, true, &sight, at(10)), Step::Enter(Event::GoingBack(Back::Denials(1))));
        record.wish(0, Wish::Keep);
        assert_eq!(next(&record, true, &sight, at(10)), Step::Enter(Event::Keeping(Keep::Confirmed)));
        record.wish(0, Wish::Back);
        assert_eq!(next(&record, true, &calm, at(10)), Step::Enter(Event::GoingBack(Back::Asked)));
    }

    #[test]
    fn missing_evidence_is_never_clean() {
        let record = watched(AtEnd::KeepIfClean);
        let read = Logged::Read { newest: Some(at(5)), version: None, complete: true };
        let clean = Sight { heard: Heard::Agrees, logged: read, ..seen(Some(new(""))) };
        assert_eq!(next(&record, true, &clean, at(900)), Step::Enter(Event::Keeping(Keep::Clean)));
        let stale = Logged::Read { newest: Some(at(4)), version: None, complete: true };
        let cut = Logged::Read { newest: Some(at(5)), version: None, complete: false };
        for sight in [
            Sight { heard: Heard::NotYet(String::new()), ..clean.clone() },
            Sight { heard: Heard::Unread, ..clean.clone() },
            Sight { logged: Logged::Unread, ..clean.clone() },
            Sight { logged: Logged::Missing("no table".to_owned()), ..clean.clone() },
            Sight { logged: stale, ..clean.clone() },
            Sight { logged: cut, ..clean.clone() },
        ] {
            let step = next(&record, true, &sight, at(900));
            assert!(matches!(step, Step::Enter(Event::GoingBack(Back::NoEvidence(_)))), "{step:?}");
        }
    }

    #[test]
    fn what_somebody_else_changed_is_left_alone() {
        let over = |step: Step| matches!(step, Step::Enter(Event::Ended(End::Overtaken(_))));
        let mut record = watched(AtEnd::PutBack);
        for stands in [Some(new("profile")), Some(Stands::Other("gone".to_owned())), Some(Stands::Old)] {
            assert!(over(next(&record, true, &seen(stands), at(2000))));
        }
        record.enter(0, at(10), Event::GoingBack(Back::Asked));
        for stands in [Some(new("profile")), Some(Stands::Other("gone".to_owned()))] {
            assert!(over(next(&record, false, &seen(stands), at(10))));
        }
        assert_eq!(next(&record, false, &seen(Some(new(""))), at(10)), Step::PutBack);
        record.enter(0, at(11), Event::PuttingBack);
        assert_eq!(next(&record, false, &seen(Some(Stands::Old)), at(12)), {
            Step::Enter(Event::Ended(End::PutBack))
        });
    }

    #[test]
    fn what_is_refused_for_long_is_left_to_a_person() {
        let mut record = watched(AtEnd::PutBack);
        let stands = seen(Some(new("")));
        record.enter(0, at(10), Event::GoingBack(Back::Asked));
        record.enter(0, at(11), Event::Refused("locked".to_owned()));
        record.enter(0, at(900), Event::Refused("still locked".to_owned()));
        assert_eq!(next(&record, false, &stands, at(11 + 1799)), Step::PutBack);
        let given_up = next(&record, false, &stands, at(11 + 1800));
        assert_eq!(given_up, Step::Enter(Event::Stuck("still locked".to_owned())));
        record.enter(0, at(1811), Event::Stuck("still locked".to_owned()));
        assert!(record.is_open() && record.is_stuck());
        assert_eq!(next(&record, false, &seen(None), at(1812)), Step::Look);
        assert_eq!(next(&record, false, &stands, at(1812)), Step::Over);
        let by_hand = next(&record, false, &seen(Some(Stands::Old)), at(1812));
        assert_eq!(by_hand, Step::Enter(Event::Ended(End::PutBack)));
        let mut again = record.clone();
        again.wish(0, Wish::Back);
        assert_eq!(next(&again, false, &stands, at(1812)), Step::Enter(Event::GoingBack(Back::Asked)));
        again.enter(0, at(1812), Event::GoingBack(Back::Asked));
        assert_eq!(next(&again, false, &stands, at(1813)), Step::PutBack, "the time begins anew");
        record.wish(0, Wish::Keep);
        let kept = next(&record, false, &stands, at(1812));
        assert_eq!(kept, Step::Enter(Event::Keeping(Keep::Confirmed)));
    }

    #[test]
    fn what_was_not_sent_cannot_be_confirmed() {
        let mut record = record(AtEnd::PutBack);
        record.wish(0, Wish::Keep);
        record.enter(0, at(0), Event::Sending);
        record.enter(0, at(5), Event::Set { body: RawBody::new("{}"), since: at(4) });
        assert_eq!(next(&record, true, &seen(Some(new(""))), at(6)), Step::Wait(at(900)));
    }

    #[test]
    fn a_wave_stops_at_the_first_that_does_not_stay() {
        let mut record = watched(AtEnd::PutBack);
        record.enter(0, at(10), Event::Ended(End::Kept));
        assert_eq!(next(&record, true, &Sight::default(), at(11)), Step::Switch);
        let mut record = watched(AtEnd::PutBack);
        record.enter(0, at(10), Event::Ended(End::PutBack));
        assert_eq!(next(&record, true, &Sight::default(), at(11)), {
            Step::Enter(Event::Ended(End::NotBegun))
        });
        record.enter(1, at(11), Event::Ended(End::NotBegun));
        assert_eq!(next(&record, true, &Sight::default(), at(12)), Step::Over);
    }
}
