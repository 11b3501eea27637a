//! The one way in which a change is written: compare, send, wait, read back. What the user did not
//! see is never overwritten, and what is not known is never called done or failed.

mod access;
mod compare;
mod guarded;
mod logging;
mod other_side;
mod reconcile;
mod register;
mod role;

use super::associations::AssociationContent;
use super::client::{ArmClient, Body};
use super::error::{ArmError, ErrorKind};
use super::links::LinkContent;
use super::operation::Goal;
use super::wire::{self, Wire, same};
use crate::domain::{
    AccessMode, AccessRule, ArmId, Association, Change, DiagnosticSetting, Failure, FailureKind, FieldChange,
    Link, LinkReference, LoggingChange, LoggingConfiguration, New, Outcome, Perimeter, Profile, Step,
    Written,
};
use guarded::Guarded;

/// Most times that a resource is read back; the service may lag behind its own answer.
const READS: u32 = 6;
/// After this many readings a resource that is not moving and does not say what was sent is believed.
const ENOUGH: u32 = 3;

type OnStep<'a> = &'a mut (dyn FnMut(Step) + Send);

/// A change that has been checked: what is left to do is to send it.
enum Ready<'a> {
    /// A PUT of an access rule.
    Rule(Body),
    /// A PUT of an association.
    Association(Body),
    /// Something new.
    New(&'a New),
    /// A PATCH of a perimeter's tags.
    Tags(&'a [(String, String)]),
    /// Where a log goes.
    Logging(&'a LoggingChange, logging::Ready),
    /// A DELETE, with or without what is in it.
    Delete(&'a Written, bool),
}

impl ArmClient {
    /// Makes a change, telling each step, and says how it ended.
    ///
    /// The service's copy is read first and compared with the one that the user saw; after the write it
    /// is read back. A write is sent once: only an answer that says that nothing was done lets it be
    /// repeated.
    pub async fn apply(&self, change: &Change, step: impl FnMut(Step) + Send) -> Outcome {
        self.apply_gated(change, || Ok(()), step).await
    }

    /// The same with a last word: `gate` is asked after everything was found as the user saw it, right before
    /// the write leaves. What it refuses is surely not done. Kinds of writes with a way of their own have none.
    pub async fn apply_gated(
        &self,
        change: &Change,
        gate: impl FnOnce() -> Result<(), Failure> + Send,
        mut step: impl FnMut(Step) + Send,
    ) -> Outcome {
        let step: OnStep<'_> = &mut step;
        if let Change::Register(register) = change {
            return self.apply_registration(register, step).await;
        }
        if let Change::Reconcile(change) = change {
            return self.apply_reconcile(change, step).await;
        }
        step(Step::Checking);
        if let Change::Resource(change) = change {
            return self.apply_resource(change, step).await;
        }
        let operation = lower_first(&change.title());
        let ready = match self.checked(change).await {
            Ok(ready) => ready,
            Err(Refusal::Changed(outcome)) => return *outcome,
            Err(Refusal::Error(error)) => return Outcome::Failed(error.during(&operation).into()),
        };
        if let Err(failure) = gate() {
            return Outcome::Failed(failure);
        }
        step(Step::Sending);
        let sent =
            self.send(change.target(), ready, &mut *step).await.map_err(|error| error.during(&operation));
        if let Err(error) = &sent
            && error.surely_not_done()
        {
            return Outcome::Failed(error.clone().into());
        }
        step(Step::ReadingBack);
        let outcome = verdict(&operation, sent.err(), self.read_after(change).await);
        if let Some((association, there)) = other_side::of(change, &outcome) {
            step(Step::Heard(self.other_side(&association, there).await));
        }
        outcome
    }

    /// The target must be as the user saw it, or must not exist yet.
    async fn checked<'a>(&self, change: &'a Change) -> Result<Ready<'a>, Refusal> {
        match change {
            Change::CreateRule { id, content } => {
                self.check_new::<AccessRule>(id).await?;
                Ok(Ready::Rule(wire::rule(&wire::fresh(), content)))
            }
            Change::EditRule { before, content } => {
                self.check(&before.id, before).await.map(|now| Ready::Rule(wire::rule(&now.raw, content)))
            }
            Change::SetMode { before, mode } => {
                self.check(&before.id, before).await.map(|now| Ready::Association(wire::mode(&now.raw, mode)))
            }
            Change::MoveToProfile { before, profile } => self
                .check(&before.id, before)
                .await
                .map(|now| Ready::Association(wire::profile(&now.raw, profile))),
            Change::SetTags { before, tags } => {
                self.check(&before.id, before).await.map(|_| Ready::Tags(tags))
            }
            Change::Create(new) => self.check_create(new).await.map(|()| Ready::New(new)),
            Change::Register(_) => Err(Refusal::Error(elsewhere(&change.title()))),
            Change::Logging(change) => self.check_logging(change).await.map(|r| Ready::Logging(change, r)),
            Change::Delete { before, force } => {
                self.check_written(before).await.map(|()| Ready::Delete(before, *force))
            }
            Change::Resource(_) | Change::Reconcile(_) => Err(Refusal::Error(elsewhere(&change.title()))),
        }
    }

    async fn check_create(&self, new: &New) -> Result<(), Refusal> {
        let id = new.id();
        match new {
            New::Perimeter { .. } => self.check_new::<Perimeter>(id).await,
            New::Profile { .. } => self.check_new::<Profile>(id).await,
            New::Association { .. } => self.check_new::<Association>(id).await,
            New::Link { .. } => self.check_new::<Link>(id).await,
        }
    }

    async fn check_written(&self, before: &Written) -> Result<(), Refusal> {
        let id = before.id();
        match before {
            Written::Rule(it) => self.check(id, it).await.map(drop),
            Written::Association(it) => self.check(id, it).await.map(drop),
            Written::Perimeter(it) => self.check(id, it).await.map(drop),
            // Its versions count up with every rule: a profile is what its name says.
            Written::Profile(_) => match self.get::<Profile>(id).await {
                Ok(_) => Ok(()),
                Err(error) if error.kind == ErrorKind::NotFound => {
                    Err(Refusal::changed(None, vec![FieldChange::new("profile", id.name(), "")]))
                }
                Err(error) => Err(Refusal::Error(error)),
            },
            Written::Link(it) => self.check(id, it).await.map(drop),
            Written::LinkReference(it) => self.check(id, it).await.map(drop),
            Written::Resource(_) | Written::Role(_) => Err(Refusal::Error(elsewhere("delete a resource"))),
            Written::Setting(it) => self.check(id, it).await.map(drop),
            Written::Logging(it) => self.check(id, it).await.map(drop),
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

    /// It must not exist yet.
    async fn check_new<T: Guarded>(&self, id: &ArmId) -> Result<(), Refusal> {
        match self.get::<T>(id).await {
            Ok(now) => {
                let fields = T::fields(None, Some(&now));
                Err(Refusal::changed(Some(now.written()), fields))
            }
            Err(error) if error.kind == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(Refusal::Error(error)),
        }
    }

    /// Sends the change and waits until the service has done with it.
    async fn send(&self, id: &ArmId, ready: Ready<'_>, step: OnStep<'_>) -> Result<(), ArmError> {
        match ready {
            Ready::Rule(body) => self.put_and_wait::<AccessRule>(id, body, step).await,
            Ready::Association(body) => self.put_and_wait::<Association>(id, body, step).await,
            Ready::Tags(tags) => self.patch_perimeter_tags(id, tags).await.map(drop),
            Ready::New(new) => self.send_new(new, step).await,
            Ready::Logging(change, ready) => self.send_logging(change, ready, step).await,
            Ready::Delete(before, force) => self.send_delete(before, force, step).await,
        }
    }

    async fn send_new(&self, new: &New, step: OnStep<'_>) -> Result<(), ArmError> {
        let fresh = wire::fresh();
        let id = new.id();
        match new {
            New::Perimeter { location, tags, .. } => {
                self.put_and_wait::<Perimeter>(id, wire::perimeter(&fresh, location, tags), step).await
            }
            New::Profile { .. } => self.put_and_wait::<Profile>(id, wire::settable(&fresh), step).await,
            New::Association { resource, profile, .. } => {
                let (resource, profile) = (resource.clone(), profile.clone());
                let content = AssociationContent { resource, profile, mode: AccessMode::Learning };
                self.put_and_wait::<Association>(id, wire::association(&fresh, &content), step).await
            }
            New::Link { remote, local_inbound, remote_inbound, .. } => {
                let content = LinkContent {
                    remote: remote.clone(),
                    local_inbound: local_inbound.clone(),
                    remote_inbound: remote_inbound.clone(),
                    description: String::new(),
                };
                self.put_and_wait::<Link>(id, wire::link(&fresh, &content), step).await
            }
        }
    }

    async fn send_delete(&self, before: &Written, force: bool, step: OnStep<'_>) -> Result<(), ArmError> {
        let id = before.id();
        let waiting = |polling: super::Polling| step(Step::Waiting { status: polling.status });
        match before {
            Written::Rule(_) => self.delete::<AccessRule>(id, &[], waiting).await,
            Written::Association(_) => self.delete::<Association>(id, &[], waiting).await,
            Written::Perimeter(_) => self.delete_perimeter(id, force, waiting).await,
            Written::Profile(_) => self.delete::<Profile>(id, &[], waiting).await,
            Written::Link(_) => self.delete::<Link>(id, &[], waiting).await,
            Written::LinkReference(_) => self.delete::<LinkReference>(id, &[], waiting).await,
            Written::Resource(_) | Written::Role(_) => Err(elsewhere("delete a resource")),
            Written::Setting(_) => self.delete::<DiagnosticSetting>(id, &[], waiting).await,
            Written::Logging(_) => self.delete::<LoggingConfiguration>(id, &[], waiting).await,
        }
    }

    async fn put_and_wait<T: Wire>(&self, id: &ArmId, body: Body, step: OnStep<'_>) -> Result<(), ArmError> {
        let answer = self.put::<T>(id, body).await?;
        let waiting = |polling: super::Polling| step(Step::Waiting { status: polling.status });
        self.finish(&answer, id, Goal::Present, waiting).await
    }

    /// Reads the target back and compares it with what was sent.
    async fn read_after(&self, change: &Change) -> Result<ReadBack, ArmError> {
        let id = change.target();
        match change {
            Change::CreateRule { content, .. } | Change::EditRule { content, .. } => {
                self.read_back(id, |now: &AccessRule| compare::rule(content, &now.content)).await
            }
            Change::SetMode { mode, .. } => {
                self.read_back(id, |now: &Association| compare::mode(mode, &now.mode)).await
            }
            Change::MoveToProfile { profile, .. } => {
                self.read_back(id, |now| compare::profile(profile, now)).await
            }
            Change::SetTags { tags, .. } => self.read_back(id, |now| compare::tags(tags, now)).await,
            Change::Create(new) => match new {
                New::Perimeter { .. } => self.read_back(id, |now| compare::perimeter(new, now)).await,
                New::Profile { .. } => self.read_back(id, |_: &Profile| Vec::new()).await,
                New::Association { .. } => self.read_back(id, |now| compare::association(new, now)).await,
                New::Link { .. } => self.read_back(id, |now| compare::link(new, now)).await,
            },
            Change::Logging(change) => self.read_after_logging(change).await,
            Change::Delete { before, .. } => match before.as_ref() {
                Written::Rule(_) => self.read_gone::<AccessRule>(id).await,
                Written::Association(_) => self.read_gone::<Association>(id).await,
                Written::Perimeter(_) => self.read_gone::<Perimeter>(id).await,
                Written::Profile(_) => self.read_gone::<Profile>(id).await,
                Written::Link(_) => self.read_gone::<Link>(id).await,
                Written::LinkReference(_) => self.read_gone::<LinkReference>(id).await,
                Written::Resource(_) | Written::Role(_) => Err(elsewhere("delete a resource")),
                Written::Setting(_) => self.read_gone::<DiagnosticSetting>(id).await,
                Written::Logging(_) => self.read_gone::<LoggingConfiguration>(id).await,
            },
            Change::Register(change) => Err(elsewhere(&change.title())),
            Change::Resource(_) | Change::Reconcile(_) => Err(elsewhere(&change.title())),
        }
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

    async fn read_gone<T: Guarded>(&self, id: &ArmId) -> Result<ReadBack, ArmError> {
        for read in 1..=ENOUGH {
            match self.get::<T>(id).await {
                Err(error) if error.kind == ErrorKind::NotFound => return Ok(ReadBack::Same(None)),
                Err(error) => return Err(error),
                Ok(_) if read < ENOUGH => self.pause(read).await,
                Ok(_) => {}
            }
        }
        Ok(ReadBack::Other(vec![FieldChange::new(T::NOUN, "deleted", "still there")]))
    }

    async fn pause(&self, reads: u32) {
        let timing = self.transport().timing();
        self.transport().clock().sleep((timing.poll * reads).min(timing.poll_max)).await;
    }
}

/// The way in which perimeters are written takes no PaaS resource: those have one of their own.
fn elsewhere(what: &str) -> ArmError {
    ArmError::new(ErrorKind::Refused, what, "this way of writing is for perimeters and what is in them")
}

/// What the resource says after the write.
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

/// A kind of write that has a way of its own; see the head of [`ArmClient::apply`].
fn sentence(fields: &[FieldChange]) -> String {
    let one = |f: &FieldChange| format!("{}: sent {:?}, is {:?}", f.field, f.before, f.after);
    fields.iter().map(one).collect::<Vec<_>>().join("; ")
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| first.to_lowercase().chain(chars).collect())
}
