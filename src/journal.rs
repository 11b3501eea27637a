//! The local journal of writes: what was going to be written, that it was sent, how it ended. Lines of
//! JSON, only ever appended. Holds no token, and is no source of truth about Azure.

mod watches;

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::{Change, FieldChange, Outcome};
use crate::private;

/// At most this much of the end of the file is read.
const TAIL: u64 = 8 << 20;

/// An open journal. Several processes may have the same one open.
#[derive(Debug)]
pub struct Journal {
    file: File,
    path: PathBuf,
}

/// Names one write in the journal.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EntryId(String);

impl EntryId {
    /// As text, for those who only hand it on.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for EntryId {
    fn from(text: String) -> Self {
        Self(text)
    }
}

/// How far a write got, as far as the journal knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum State {
    /// Confirmed by the user, not sent.
    Intended,
    /// Sent; the program ended before the outcome was known, or another process is still at it.
    Sent,
    /// Done and read back.
    Done,
    /// Surely not done.
    Failed,
    /// Sent, and the outcome could not be found out.
    Unknown,
}

/// One write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its id.
    pub id: EntryId,
    /// When it was confirmed.
    pub at: Timestamp,
    /// Label of the session.
    pub session: String,
    /// ARM id of what is written to.
    pub target: String,
    /// The change in one line.
    pub title: String,
    /// The resource's JSON as the user saw it; empty when it was to be created.
    pub before: String,
    /// What was to be written: field, before, after.
    pub fields: Vec<FieldChange>,
    /// How far it got.
    pub state: State,
    /// Detail of the outcome, empty when it went well.
    pub detail: String,
    /// The service's id of the failed request.
    pub request_id: Option<String>,
    /// True when the user has been told about an outcome that is not known.
    pub seen: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "camelCase", rename_all_fields = "camelCase")]
enum Line {
    Intent {
        id: EntryId,
        ticket: u64,
        at: Timestamp,
        session: String,
        target: String,
        title: String,
        before: String,
        fields: Vec<[String; 3]>,
    },
    Sent {
        id: EntryId,
        at: Timestamp,
    },
    Outcome {
        id: EntryId,
        at: Timestamp,
        state: State,
        #[serde(default)]
        detail: String,
        #[serde(default)]
        request_id: Option<String>,
    },
    Seen {
        id: EntryId,
        at: Timestamp,
    },
    Watch(Box<watches::Begun>),
    Watched(watches::Happened),
}

impl Journal {
    /// Opens the journal at `path`, making it and its folder when they are missing; only the user may
    /// read it. A new one is on the disk by its name, too: what is entered later is found after a power failure.
    pub fn open(path: &Path) -> io::Result<Self> {
        private::make_folder_of(path)?;
        let file = open_private(path)?;
        if file.metadata()?.len() == 0 {
            // As far as the file system knows such a thing, and the folder above may be read.
            path.ancestors().skip(1).take(2).for_each(|folder| drop(sync_folder(folder)));
        }
        Ok(Self { file, path: path.to_owned() })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Enters a confirmed change before it is sent; it is on the disk when this returns.
    pub fn intent(&self, ticket: u64, at: Timestamp, session: &str, change: &Change) -> io::Result<EntryId> {
        let id = EntryId(Uuid::new_v4().to_string());
        let before = change.before().map_or_else(String::new, |raw| raw.json().to_owned());
        let fields = change.fields().into_iter().map(|f| [f.field, f.before, f.after]).collect();
        let line = Line::Intent {
            id: id.clone(),
            ticket,
            at,
            session: session.to_owned(),
            target: change.target().to_string(),
            title: change.title(),
            before,
            fields,
        };
        self.append(&line, true)?;
        Ok(id)
    }

    /// Enters that the write is about to leave; to be called before the first byte does.
    pub fn sent(&self, id: &EntryId, at: Timestamp) -> io::Result<()> {
        self.append(&Line::Sent { id: id.clone(), at }, true)
    }

    /// Enters how the write ended.
    pub fn outcome(&self, id: &EntryId, at: Timestamp, outcome: &Outcome) -> io::Result<()> {
        let (state, detail, request_id) = match outcome {
            Outcome::Done { .. } => (State::Done, String::new(), None),
            Outcome::Changed { .. } => (State::Failed, "not sent: it had changed meanwhile".to_owned(), None),
            Outcome::Failed(failure) => (State::Failed, failure.detail.clone(), failure.request_id.clone()),
            Outcome::Unknown(failure) => (State::Unknown, failure.detail.clone(), failure.request_id.clone()),
        };
        self.append(&Line::Outcome { id: id.clone(), at, state, detail, request_id }, false)
    }

    /// Enters that the user has been told about an outcome that is not known.
    pub fn seen(&self, id: &EntryId, at: Timestamp) -> io::Result<()> {
        self.append(&Line::Seen { id: id.clone(), at }, false)
    }

    /// Writes whose outcome is not known and that the user has not been told about, oldest first.
    pub fn unfinished(&self) -> io::Result<Vec<Entry>> {
        let mut entries = self.entries()?;
        entries.retain(|entry| match entry.state {
            State::Intended | State::Sent | State::Unknown => !entry.seen,
            State::Done | State::Failed => false,
        });
        Ok(entries)
    }

    /// The last `n` writes, newest first.
    pub fn recent(&self, n: usize) -> io::Result<Vec<Entry>> {
        let mut entries = self.entries()?;
        entries.reverse();
        entries.truncate(n);
        Ok(entries)
    }

    /// One write call for a whole line: with `O_APPEND` the lines of two processes do not mix.
    fn append(&self, line: &Line, to_disk: bool) -> io::Result<()> {
        let mut text = serde_json::to_string(line)?;
        text.push('\n');
        // What a death or a full disk has torn must not spoil this line. Where the file is gone, nobody would
        // find what is entered in it.
        if ends_in_the_middle(&mut File::open(&self.path)?)? {
            text.insert(0, '\n');
        }
        (&self.file).write_all(text.as_bytes())?;
        if to_disk { self.file.sync_data() } else { Ok(()) }
    }

    fn entries(&self) -> io::Result<Vec<Entry>> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut places = std::collections::HashMap::new();
        for line in self.lines()? {
            match line {
                Line::Intent { id, at, session, target, title, before, fields, ticket: _ } => {
                    places.insert(id.clone(), entries.len());
                    let fields =
                        fields.into_iter().map(|[field, before, after]| FieldChange { field, before, after });
                    entries.push(Entry {
                        id,
                        at,
                        session,
                        target,
                        title,
                        before,
                        fields: fields.collect(),
                        state: State::Intended,
                        detail: String::new(),
                        request_id: None,
                        seen: false,
                    });
                }
                Line::Sent { id, .. } => {
                    if let Some(entry) = place(&places, &id, &mut entries) {
                        entry.state = State::Sent;
                    }
                }
                Line::Outcome { id, state, detail, request_id, .. } => {
                    if let Some(entry) = place(&places, &id, &mut entries) {
                        (entry.state, entry.detail, entry.request_id) = (state, detail, request_id);
                    }
                }
                Line::Seen { id, .. } => {
                    if let Some(entry) = place(&places, &id, &mut entries) {
                        entry.seen = true;
                    }
                }
                Line::Watch(_) | Line::Watched(_) => {}
            }
        }
        Ok(entries)
    }

    /// The lines of the end of the file; one that cannot be read (torn, or of a newer version) is passed over.
    fn lines(&self) -> io::Result<Vec<Line>> {
        let mut file = File::open(&self.path)?;
        let start = file.metadata()?.len().saturating_sub(TAIL);
        file.seek(SeekFrom::Start(start))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let whole = bytes.split(|b| *b == b'\n').skip(usize::from(start > 0));
        Ok(whole.filter_map(|line| serde_json::from_slice(line).ok()).collect())
    }
}

fn place<'a>(
    places: &std::collections::HashMap<EntryId, usize>,
    id: &EntryId,
    entries: &'a mut [Entry],
) -> Option<&'a mut Entry> {
    entries.get_mut(*places.get(id)?)
}

fn ends_in_the_middle(file: &mut File) -> io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(false);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

/// What is in a folder by which name is on the disk when this returns.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    File::open(folder)?.sync_all()
}

/// Folders cannot be opened there; the file system writes its own journal.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

fn open_private(path: &Path) -> io::Result<File> {
    let file = private::options().read(true).append(true).create(true).open(path)?;
    // The mode counts for a new file only.
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    Ok(file)
}
