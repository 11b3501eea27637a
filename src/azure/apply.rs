//! The one way in which a change is written: compare, send, wait, read back. What the user did not
//! see is never overwritten, and what is not known is never called done or failed.

use ipnet::IpNet;

use super::client::{ArmClient, Body};
use super::error::{ArmError, ErrorKind};
use super::operation::Goal;
use super::wire::{self, Wire, same};
use crate::domain::{
    AccessMode, AccessRule, ArmId, Association, Change, Failure, FailureKind, FieldChange, Outcome, RawBody,
    RuleContent, SourceKind, Step, Written, rule_fields,
};

/// Most times that a resource is read back; the service may lag behind its own answer.
const READS: u32 = 6;
/// After this many readings a resource that is not moving and does not say what was sent is believed.
const ENOUGH: u32 = 3;

type OnStep<'a> = &'a mut (dyn FnMut(Step) + Send);

/// A resource that changes are written to.
trait Guarded: Wire {
    /// Properties that `fields` speaks about.
    const MODELLED: &'static [&'static str];

    fn raw(&self) -> &RawBody;
    fn written(self) -> Written;
    fn is_moving(&self) -> bool;
    /// Before and after in words.
    fn fields(before: Option<&Self>, after: Option<&Self>) -> Vec<FieldChange>;
}

impl Guarded for AccessRule {
    const MODELLED: &'static [&'static str] = &[
        "direction",
        "addressPrefixes",
        "subscriptions",
        "serviceTags",
        "fullyQualifiedDomainNames",
        "networkSecurityPerimeters",
        "emailAddresses",
        "phoneNumbers",
    ];

    fn raw(&self) -> &RawBody {
        &self.raw
    }

    fn written(self) -> Written {
        Written::Rule(self)
    }

    fn is_moving(&self) -> bool {
        self.state.as_ref().is_some_and(crate::domain::ProvisioningState::is_moving)
    }

    fn fields(before: Option<&Self>, after: Option<&Self>) -> Vec<FieldChange> {
        rule_fields(before.map(|rule| &rule.content), after.map(|rule| &rule.content))
    }
}

impl Guarded for Association {
    const MODELLED: &'static [&'static str] = &["accessMode", "profile", "privateLinkResource"];

    fn raw(&self) -> &RawBody {
        &self.raw
    }

    fn written(self) -> Written {
        Written::Association(self)
    }

    fn is_moving(&self) -> bool {
        self.state.as_ref().is_some_and(crate::domain::ProvisioningState::is_moving)
    }

    fn fields(before: Option<&Self>, after: Option<&Self>) -> Vec<FieldChange> {
        let id = |id: &Option<ArmId>| id.as_ref().map_or(String::new(), ToString::to_string);
        let words = |a: &Self| [a.mode.label().to_owned(), id(&a.profile), id(&a.resource)];
        let (was, is) = (before.map(words).unwrap_or_default(), after.map(words).unwrap_or_default());
        let names = ["access mode", "profile", "resource"];
        let all = names.iter().zip(was.into_iter().zip(is));
        all.filter(|(_, (was, is))| !was.eq_ignore_ascii_case(is))
            .map(|(name, (was, is))| FieldChange::new(name, was, is))
            .collect()
    }
}

/// A write that has been checked and may be sent.
struct Write<'a> {
    id: &'a ArmId,
    operation: String,
    kind: Kind<'a>,
}

enum Kind<'a> {
    Rule { body: Body, content: &'a RuleContent },
    Mode { body: Body, mode: &'a AccessMode },
    DeleteRule,
}

impl ArmClient {
    /// Makes a change, telling each step, and says how it ended.
    ///
    /// The service's copy is read first and compared with the one that the user saw; after the write it
    /// is read back. A write is sent once: only an answer that says that nothing was done lets it be
    /// repeated.
    pub async fn apply(&self, change: &Change, mut step: impl FnMut(Step) + Send) -> Outcome {
        let step: OnStep<'_> = &mut step;
        step(Step::Checking);
        let operation = lower_first(&change.title());
        let checked = match change {
            Change::CreateRule { id, content } => {
                let body = || wire::rule(&wire::fresh(), content);
                self.check_new(id).await.map(|()| Kind::Rule { body: body(), content })
            }
            Change::EditRule { before, content } => self
                .check(&before.id, before)
                .await
                .map(|now| Kind::Rule { body: wire::rule(&now.raw, content), content }),
            Change::DeleteRule { before } => self.check(&before.id, before).await.map(|_| Kind::DeleteRule),
            Change::SetMode { before, mode } => self
                .check(&before.id, before)
                .await
                .map(|now| Kind::Mode { body: wire::mode(&now.raw, mode), mode }),
        };
        match checked {
            Ok(kind) => self.write(Write { id: change.target(), operation, kind }, step).await,
            Err(Refusal::Changed(outcome)) => *outcome,
            Err(Refusal::Error(error)) => Outcome::Failed(error.during(&operation).into()),
        }
    }

    /// The resource must still be what the user saw.
    async fn check<T: Guarded>(&self, id: &ArmId, before: &T) -> Result<T, Refusal> {
        let now = match self.get::<T>(id).await {
            Ok(now) => now,
            Err(error) if error.kind == ErrorKind::NotFound => {
                return Err(Refusal::changed(None, T::fields(Some(before), None)));
            }
            Err(error) => return Err(Refusal::Error(error)),
        };
        let (modelled, mut fields): (Vec<_>, Vec<_>) = same::differences(before.raw(), now.raw())
            .into_iter()
            .partition(|change| T::MODELLED.iter().any(|name| change.field.split('.').next() == Some(name)));
        if !modelled.is_empty() {
            // Words where there are words, the bare property where a difference has none.
            let words = T::fields(Some(before), Some(&now));
            fields.splice(0..0, if words.is_empty() { modelled } else { words });
        }
        if fields.is_empty() { Ok(now) } else { Err(Refusal::changed(Some(now.written()), fields)) }
    }

    /// The rule must not exist yet.
    async fn check_new(&self, id: &ArmId) -> Result<(), Refusal> {
        match self.get::<AccessRule>(id).await {
            Ok(now) => {
                let fields = AccessRule::fields(None, Some(&now));
                Err(Refusal::changed(Some(now.written()), fields))
            }
            Err(error) if error.kind == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(Refusal::Error(error)),
        }
    }

    async fn write(&self, write: Write<'_>, step: OnStep<'_>) -> Outcome {
        step(Step::Sending);
        let Write { id, operation, kind } = write;
        let (sent, wanted) = match kind {
            Kind::Rule { body, content } => {
                (self.put_and_wait::<AccessRule>(id, body, &mut *step).await, Wanted::Rule(content))
            }
            Kind::Mode { body, mode } => {
                (self.put_and_wait::<Association>(id, body, &mut *step).await, Wanted::Mode(mode))
            }
            Kind::DeleteRule => {
                let waiting = |polling: super::Polling| step(Step::Waiting { status: polling.status });
                (self.delete::<AccessRule>(id, &[], waiting).await, Wanted::Gone)
            }
        };
        let sent = sent.map_err(|error| error.during(&operation));
        if let Err(error) = &sent
            && error.surely_not_done()
        {
            return Outcome::Failed(error.clone().into());
        }
        step(Step::ReadingBack);
        let read = match wanted {
            Wanted::Rule(content) => {
                self.read_back(id, |rule: &AccessRule| rule_mismatch(content, &rule.content)).await
            }
            Wanted::Mode(mode) => {
                self.read_back(id, |now: &Association| mode_mismatch(mode, &now.mode)).await
            }
            Wanted::Gone => self.read_gone(id).await,
        };
        verdict(&operation, sent.err(), read)
    }

    async fn put_and_wait<T: Wire>(&self, id: &ArmId, body: Body, step: OnStep<'_>) -> Result<(), ArmError> {
        let answer = self.put::<T>(id, body).await?;
        let waiting = |polling: super::Polling| step(Step::Waiting { status: polling.status });
        self.finish(&answer, id, Goal::Present, waiting).await
    }

    /// Reads until the resource says what was sent, or stands still and says something else.
    async fn read_back<T: Guarded>(
        &self,
        id: &ArmId,
        mismatch: impl Fn(&T) -> Vec<FieldChange>,
    ) -> Result<ReadBack, ArmError> {
        let mut reads = 0;
        loop {
            reads += 1;
            let now: T = match self.get(id).await {
                Ok(now) => now,
                Err(error) if error.kind == ErrorKind::NotFound && reads < ENOUGH => {
                    self.pause(reads).await;
                    continue;
                }
                Err(error) => return Err(error),
            };
            let (fields, moving) = (mismatch(&now), now.is_moving());
            if fields.is_empty() && !moving {
                return Ok(ReadBack::Same(Some(now.written())));
            }
            if reads >= READS || (reads >= ENOUGH && !moving) {
                return Ok(if fields.is_empty() {
                    ReadBack::Moving(now.written())
                } else {
                    ReadBack::Other(fields)
                });
            }
            self.pause(reads).await;
        }
    }

    async fn read_gone(&self, id: &ArmId) -> Result<ReadBack, ArmError> {
        for read in 1..=ENOUGH {
            match self.get::<AccessRule>(id).await {
                Err(error) if error.kind == ErrorKind::NotFound => return Ok(ReadBack::Same(None)),
                Err(error) => return Err(error),
                Ok(_) if read < ENOUGH => self.pause(read).await,
                Ok(_) => {}
            }
        }
        Ok(ReadBack::Other(vec![FieldChange::new("access rule", "deleted", "still there")]))
    }

    async fn pause(&self, reads: u32) {
        let timing = self.transport().timing();
        self.transport().clock().sleep((timing.poll * reads).min(timing.poll_max)).await;
    }
}

/// What the resource is to say after the write.
enum Wanted<'a> {
    Rule(&'a RuleContent),
    Mode(&'a AccessMode),
    Gone,
}

/// What it does say.
enum ReadBack {
    /// What was sent.
    Same(Option<Written>),
    /// What was sent, but the service still works on it.
    Moving(Written),
    /// Something else: sent and read, field by field.
    Other(Vec<FieldChange>),
}

/// Why a change was not sent.
enum Refusal {
    Changed(Box<Outcome>),
    Error(ArmError),
}

impl Refusal {
    fn changed(now: Option<Written>, fields: Vec<FieldChange>) -> Self {
        Self::Changed(Box::new(Outcome::Changed { now, fields }))
    }
}

/// Puts together how the write ended and what was read back.
fn verdict(operation: &str, error: Option<ArmError>, read: Result<ReadBack, ArmError>) -> Outcome {
    match (error, read) {
        // The resource says what was sent: whatever happened to the answer, it is done.
        (_, Ok(ReadBack::Same(after))) => Outcome::Done { after },
        (None, Ok(ReadBack::Moving(after))) => Outcome::Done { after: Some(after) },
        (None, Err(mut error)) => {
            let why = "the service accepted it, but it could not be read back";
            error.said.detail = format!("{why}: {}", error.said.detail);
            unknown(operation, error)
        }
        (None, Ok(ReadBack::Other(fields))) => {
            let why = format!("the service accepted it, but reads differently: {}", sentence(&fields));
            unknown(operation, ArmError::new(ErrorKind::Unfinished, operation, why))
        }
        (Some(mut error), Ok(ReadBack::Other(fields))) => {
            error.said.detail = format!("{}; it now reads: {}", error.said.detail, sentence(&fields));
            unknown(operation, error)
        }
        (Some(error), Ok(ReadBack::Moving(_)) | Err(_)) => unknown(operation, error),
    }
}

fn unknown(operation: &str, error: ArmError) -> Outcome {
    let failure = Failure {
        kind: FailureKind::Unknown,
        title: format!("Outcome not known: {operation}"),
        ..Failure::from(error)
    };
    Outcome::Unknown(failure.hint("Look at it again before you repeat the change."))
}

fn sentence(fields: &[FieldChange]) -> String {
    let one = |f: &FieldChange| format!("{}: sent {:?}, is {:?}", f.field, f.before, f.after);
    fields.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// Fields in which a rule does not say what was sent.
fn rule_mismatch(sent: &RuleContent, read: &RuleContent) -> Vec<FieldChange> {
    let mut out = Vec::new();
    if sent.direction != read.direction {
        out.push(FieldChange::new("direction", sent.direction.wire(), read.direction.wire()));
    }
    for kind in SourceKind::ALL {
        let (was, is) = (sent.values(kind), read.values(kind));
        if canonical(was) != canonical(is) {
            out.push(FieldChange::new(kind.label(), was.join(", "), is.join(", ")));
        }
    }
    out
}

fn mode_mismatch(sent: &AccessMode, read: &AccessMode) -> Vec<FieldChange> {
    let same = sent.wire().eq_ignore_ascii_case(read.wire());
    if same { Vec::new() } else { vec![FieldChange::new("access mode", sent.label(), read.label())] }
}

/// Values in a form in which the service's own spelling of them is the same.
fn canonical(values: &[String]) -> Vec<String> {
    let one = |value: &String| {
        let net = value.parse::<IpNet>().or_else(|_| value.parse().map(|ip: std::net::IpAddr| ip.into()));
        net.map_or_else(|_| value.to_lowercase().replace(' ', ""), |net: IpNet| net.trunc().to_string())
    };
    let mut all: Vec<String> = values.iter().map(one).collect();
    all.sort();
    all.dedup();
    all
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| first.to_lowercase().chain(chars).collect())
}
