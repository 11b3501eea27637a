//! The judgement: private endpoint, membership, links, rules, and then the matrix.

use super::answer::{Answer, By, Considered, Ground, Outcome, Unclear, Verdict, Why};
use super::matching::{Other, as_member, refuses};
use super::question::{Authentication, Caller, Peer, Question};
use super::{Configuration, Membership, ReadRule, RuleSet, words};
use crate::domain::matrix::{self, Decider};
use crate::domain::{AccessMode, ArmId, PublicAccess};

/// A ground while it is looked at.
#[derive(Debug, Clone, Copy)]
pub(in crate::domain) enum Candidate<'c> {
    Rule(&'c RuleSet, &'c ReadRule),
    SamePerimeter(&'c ArmId),
    Link(&'c ArmId),
}

impl Candidate<'_> {
    fn ground(&self) -> Ground {
        match self {
            Self::Rule(_, rule) => Ground::Rule(rule.id.clone()),
            Self::SamePerimeter(id) => Ground::SamePerimeter((*id).clone()),
            Self::Link(id) => Ground::Link((*id).clone()),
        }
    }
}

/// What the access log showed about a ground and this very traffic; `None` where it shows nothing.
pub(in crate::domain) type Observed<'o> = &'o dyn Fn(&Candidate<'_>) -> Option<bool>;

/// A judgement without its explanation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::domain) struct Decision {
    pub(in crate::domain) verdict: Verdict,
    pub(in crate::domain) decider: Decider,
    pub(in crate::domain) unclear: Vec<Unclear>,
}

/// What counts for the resource that is asked about.
struct Side<'c> {
    known: &'c Configuration,
    membership: Option<&'c Membership>,
    mode: Option<&'c AccessMode>,
    rules: Option<&'c RuleSet>,
    access: Option<&'c PublicAccess>,
}

impl<'c> Side<'c> {
    fn new(known: &'c Configuration, resource: &ArmId, assume: Option<&'c AccessMode>) -> Self {
        let membership = known.membership(resource);
        Self {
            known,
            membership,
            mode: membership.map(|m| assume.unwrap_or(&m.mode)),
            rules: membership.and_then(|m| known.rules(m.profile.as_ref()?)),
            access: known.public_access(resource),
        }
    }

    fn decider(&self, peer: &Peer) -> Decider {
        // An access that was not read is as good as one that is not known.
        let unread = PublicAccess::Unknown(String::new());
        let effect = matrix::effect(self.mode, self.access.unwrap_or(&unread));
        match peer {
            Peer::Caller(_) => effect.inbound,
            Peer::Destination(_) => effect.outbound,
        }
    }
}

/// Answers a question.
pub fn answer(known: &Configuration, question: &Question) -> Answer {
    answer_as(known, question, None)
}

/// Answers a question as if the resource's association had this mode. A resource in no perimeter stays outside.
pub fn answer_as(known: &Configuration, question: &Question, assume: Option<&AccessMode>) -> Answer {
    let side = Side::new(known, &question.resource, assume);
    let mut considered = Vec::new();
    let decision = judge(&side, question, &|_| None, &mut |ground, outcome| {
        considered.push(Considered { ground: ground.ground(), outcome });
        true
    });
    let mut answer = Answer {
        verdict: decision.verdict,
        direction: question.peer.direction(),
        profile: side.membership.and_then(|m| m.profile.clone()),
        mode: side.mode.cloned(),
        access: side.access.cloned(),
        decider: decision.decider,
        conditions: Vec::new(),
        unclear: decision.unclear,
        considered,
    };
    answer.conditions = words::conditions(&answer, question);
    answer
}

/// Judges without explaining; what the log showed comes before what the configuration says.
pub(in crate::domain) fn decide(
    known: &Configuration,
    question: &Question,
    assume: Option<&AccessMode>,
    observed: Observed<'_>,
) -> Decision {
    let side = Side::new(known, &question.resource, assume);
    // The first ground that admits is enough.
    judge(&side, question, observed, &mut |_, outcome| !matches!(outcome, Outcome::Admits(_)))
}

/// Who decides today where no ground admits the traffic.
pub(in crate::domain) fn decider_today(known: &Configuration, question: &Question) -> Decider {
    Side::new(known, &question.resource, None).decider(&question.peer)
}

/// Looks at one ground after the other as long as `note` wants more.
fn judge(side: &Side<'_>, question: &Question, observed: Observed<'_>, note: Note<'_>) -> Decision {
    let decider = side.decider(&question.peer);
    if let Peer::Caller(Caller { private_endpoint: true, .. }) = question.peer {
        return Decision { verdict: Verdict::PrivateEndpoint, decider, unclear: Vec::new() };
    }
    let mut unclear: Vec<Unclear> = Vec::new();
    let mut admitted = None;
    if let Some(membership) = side.membership {
        if side.rules.is_none() {
            unclear.push(Unclear::Rules);
        }
        grounds(side, membership, question, &mut |ground, outcome| {
            let outcome = match (observed(ground), outcome) {
                (Some(true), Outcome::Unclear(_)) => Outcome::Admits(By::Logged),
                // A rule that is what it was admits what it admitted. Links and identities may have changed since.
                (Some(true), Outcome::Not(why))
                    if matches!(ground, Candidate::Rule(..)) && why != Why::NoIdentity =>
                {
                    Outcome::Admits(By::Logged)
                }
                // It has a managed identity and was not taken for a member: it has it since, or calls with a key.
                (Some(false), Outcome::Admits(By::Membership | By::Subscription(_))) => {
                    Outcome::Unclear(Unclear::Authentication)
                }
                (Some(false), Outcome::Unclear(_) | Outcome::Admits(_)) => Outcome::Not(Why::LoggedOtherwise),
                (_, outcome) => outcome,
            };
            match &outcome {
                Outcome::Admits(_) if admitted.is_none() => admitted = Some(ground.ground()),
                Outcome::Unclear(what) if !unclear.contains(what) => unclear.push(what.clone()),
                Outcome::Admits(_) | Outcome::Unclear(_) | Outcome::Not(_) => {}
            }
            note(ground, outcome)
        });
    }
    if let Some(ground) = admitted {
        return Decision { verdict: Verdict::Allowed(ground), decider, unclear: Vec::new() };
    }
    let otherwise = match decider {
        Decider::Open | Decider::Firewall | Decider::RulesThenFirewall | Decider::RulesThenOpen => {
            Verdict::ResourceDecides
        }
        Decider::Rules | Decider::Closed => Verdict::Denied,
        Decider::Unknown => {
            unclear.push(Unclear::Matrix);
            Verdict::CannotTell
        }
    };
    let verdict = if unclear.is_empty() { otherwise } else { Verdict::CannotTell };
    Decision { verdict, decider, unclear }
}

type Note<'n> = &'n mut dyn FnMut(&Candidate<'_>, Outcome) -> bool;

/// Every ground that a member of a perimeter has, in order.
fn grounds(side: &Side<'_>, here: &Membership, question: &Question, note: Note<'_>) {
    let (peer_resource, identity, authentication) = match &question.peer {
        Peer::Caller(caller) => {
            let identity = match caller.authentication {
                Authentication::ManagedIdentity => Some(true),
                Authentication::Unknown
                | Authentication::Principal
                | Authentication::Key
                | Authentication::Sas => caller.resource.as_ref().and_then(|r| side.known.has_identity(r)),
            };
            (caller.resource.as_ref(), identity, caller.authentication)
        }
        // Outbound it is the resource itself that calls.
        Peer::Destination(to) => {
            (to.resource.as_ref(), side.known.has_identity(&question.resource), Authentication::Unknown)
        }
    };
    let theirs = peer_resource.and_then(|r| side.known.membership(r));
    let is_resource = peer_resource.is_some();
    let in_force = here.in_force && theirs.is_none_or(|m| m.in_force);
    let other = Other { perimeter: theirs.map(|m| &m.perimeter), in_force, is_resource, identity };
    let member = || match refuses(authentication) {
        Some(no) => Outcome::Not(no),
        None => as_member(identity, in_force),
    };
    let more = match (peer_resource, theirs) {
        (None, _) => true,
        (Some(_), None) => into_the_dark(side, here, note),
        (Some(_), Some(theirs)) => membership(side, here, theirs, (question, &member), note),
    };
    let Some(set) = side.rules.filter(|_| more) else { return };
    for rule in &set.rules {
        let outcome = match &question.peer {
            Peer::Caller(caller) => rule.inbound(caller, &other, side.known),
            Peer::Destination(to) => rule.outbound(to, &other, side.known),
        };
        if !note(&Candidate::Rule(set, rule), outcome) {
            return;
        }
    }
}

/// Same perimeter, or a link between the two.
fn membership(
    side: &Side<'_>,
    here: &Membership,
    theirs: &Membership,
    (question, member): (&Question, &dyn Fn() -> Outcome),
    note: Note<'_>,
) -> bool {
    if here.perimeter == theirs.perimeter {
        return note(&Candidate::SamePerimeter(&here.perimeter), member());
    }
    let Some(joined) = side.known.link_out(&here.perimeter, &theirs.perimeter) else { return true };
    let link = match &question.peer {
        Peer::Caller(_) => {
            let profile = here.profile.as_ref().map_or("", ArmId::name);
            side.known.link_into(&theirs.perimeter, &here.perimeter, profile)
        }
        Peer::Destination(_) => Some(joined),
    };
    match link {
        Some(link) => note(&Candidate::Link(link), member()),
        None => note(&Candidate::Link(joined), Outcome::Not(Why::OtherProfile)),
    }
}

/// The other end is in no perimeter that was read; it may be in one that was not, over a link.
fn into_the_dark(side: &Side<'_>, here: &Membership, note: Note<'_>) -> bool {
    let dark: Vec<&ArmId> = side.known.links_into_the_dark(&here.perimeter).map(|l| &l.id).collect();
    dark.into_iter().all(|link| note(&Candidate::Link(link), Outcome::Unclear(Unclear::LinkedMembers)))
}
