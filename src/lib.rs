//! `nsp`: a terminal control room for Azure Network Security Perimeter.
//!
//! # The map
//!
//! A pure state machine inside, an async shell outside.
//!
//! | module | what it is | what it must not know |
//! |---|---|---|
//! | [`domain`] | perimeters, rules, associations, log rows: plain data, its checks and its arithmetic | I/O, async, JSON, drawing |
//! | [`azure`] | the only place that knows HTTP, JSON and Azure; sign-in, the client, the tail's cursor | the dashboard |
//! | [`app`] | the program as a state machine: `update(&mut Model, Msg) -> Vec<Effect>`, `subscriptions(&Model)` | tokio, HTTP, terminals, clocks |
//! | [`ui`] | `view(&Model) -> cells` | how cells reach a terminal; it changes nothing |
//! | [`runtime`] | performs effects, keeps subscriptions running, owns the terminal and every task | what anything means |
//! | [`guard`] | carries out guarded switches by what [`domain::guard`] decides; locks, journal, waiting | who shows it |
//! | [`headless`] | commands without a screen: a session in, lines and an exit code out | the dashboard |
//! | [`journal`] | the append-only record of writes | how writes are made |
//! | [`sessions`] | endpoints, credential and pace of a place, together | what is shown |
//! | [`cli`], [`settings`], [`scopes`], [`rooms`], [`report`] | arguments, the user's file, favourite scopes, what is kept of the log room, log and crash reports | perimeters |
//! | [`program`] | `main`: arguments in, a session, dashboard or command, exit code out | what these do |
//! | [`export`] | log rows as files | where rows come from |
//! | [`sim`] | Azure on loopback: its own store, its own traffic, no type of ours | everything else here |
//!
//! Imports go one way: `runtime` → `ui`, `app`, `azure`, `domain`, `journal`, `export`; `ui` → `app`, `domain`;
//! `app`, `azure`, `journal` → `domain`; `domain` and `sim` import nothing of ours.
//!
//! # What always holds
//!
//! - **No reply without a question.** A read is a slot and a ticket; [`app::remote::Remote`] drops
//!   every reply but the one awaited. A timer never supersedes a read in flight, a user's refresh does.
//! - **Identity is an ARM id.** The cursor is on a resource, not on a row number; it stays there
//!   through readings, sorting and filtering.
//! - **The panes follow the cursor when it rests** ([`app::DWELL`]): moving costs a few bytes and no
//!   request, and every pane names what it shows. After a switch no row of the old perimeter stays.
//! - **One way to write.** A [`domain::Change`] owns what the user saw; it is confirmed, entered in
//!   the journal, compared with the service's copy, sent once, read back, and its outcome entered.
//!   What was not read back is called unknown, never done.
//! - **A PUT keeps what is not modelled**: it patches the body that was just read.
//! - **A token goes to the session's own endpoints only**; links that the service sends are followed
//!   nowhere else.
//! - **Text from outside is cleaned** ([`domain::text`]) before it enters the model, and once more
//!   where it is drawn.
//! - **Live data is bounded**: the log store, its channels, the perimeters whose contents are kept.
//! - **One table of keys** ([`app::bindings`]) feeds dispatcher, footer, help, palette and README;
//!   one table of columns per list feeds drawing, sorting, filtering and copying.
//!
//! # Where the design was chosen against the usual
//!
//! - A read's slot is also its question: a second enum that says the same would have to agree with it.
//! - `ui` draws into a buffer of cells, and the runtime's own screen sends the difference: ratatui's
//!   `Terminal` hides the previous frame, without which neither scrolled rows nor silent frames are
//!   possible, and writes bytes even when nothing changed.
//! - Lists are rebuilt when the queue is empty ([`app::msg::Msg::Drained`]), not per message: a
//!   thousand pages of ten cost a few rebuilds.
//! - The simulator is always built in: it is the demo, and what other clients can be tried against.

pub mod app;
pub mod azure;
pub mod cli;
pub mod domain;
pub mod export;
pub mod guard;
pub mod headless;
pub mod journal;
pub mod private;
pub mod program;
pub mod report;
pub mod rooms;
pub mod runtime;
pub mod scopes;
pub mod sessions;
pub mod settings;
pub mod sim;
pub mod ui;
