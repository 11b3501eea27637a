//! Random keys, pastes, sizes and replies in any order: whatever comes, nothing panics, every frame can
//! be drawn, and what must always hold holds.

use std::collections::HashSet;
use std::time::Duration;

use nsp::app::bindings::TABLE;
use nsp::app::effect::{Effect, Subscription};
use nsp::app::focus::{Pane, Tab};
use nsp::app::keys::{Code, Key};
use nsp::app::layout::Rect;
use nsp::app::msg::{
    MouseKind, Msg, NewSession, Payload, SignIn, Slot, TailEvent, TailSpec, Ticket, Timer, UnfinishedWrite,
};
use nsp::app::{Model, subscriptions};
use nsp::domain::log::TailStatus;
use nsp::domain::{Change, FailureKind, LogSource, Outcome, Written};
use nsp::ui::{Theme, view};
use proptest::prelude::*;
use ratatui::buffer::Buffer;

use crate::bench::{ALLOWED, Bench, failure, now, resource_id, row};

/// How an open question is answered.
#[derive(Debug, Clone, Copy)]
enum How {
    Whole,
    PageOnly,
    EndOnly,
    Failed(bool),
    OtherTicket,
}

#[derive(Debug, Clone)]
enum Act {
    Press(Key),
    /// A beginning that single keys seldom hit upon.
    Keys(&'static str),
    Paste(String),
    Size(u16, u16),
    Mouse(MouseKind, u16, u16),
    Answer(usize, How),
    AnswerAll,
    Shrink(usize),
    Rows(u8),
    TailFails,
    Due(Timer),
    Later(u32),
    Step(usize),
    End(usize, u8),
    SignIn(u8),
    Notice,
    Earlier,
}

const STORIES: [&str; 8] = [
    "1 g m a l p h a - k v enter",
    "1 g j m right enter",
    "3 g e end backspace backspace 2 5 enter right enter",
    "3 g d w e b - i n enter",
    "2 g n n e w tab tab 1 9 2 . 0 . 2 . 1 enter right enter",
    "2 j enter",
    "l / ! 1 9 8",
    "q down",
];

fn keys() -> impl Strategy<Value = Key> {
    let bound: Vec<Key> = TABLE
        .iter()
        .flat_map(|b| b.keys)
        .filter_map(|text| text.parse().ok())
        // Nothing more would happen after these.
        .filter(|key: &Key| !key.ctrl || key.code != Code::Char('c'))
        .collect();
    let editing = [Code::Backspace, Code::Delete, Code::Left, Code::Right, Code::Home, Code::End, Code::F(5)];
    prop_oneof![
        6 => prop::sample::select(bound),
        2 => prop::sample::select(editing.to_vec()).prop_map(Key::plain),
        3 => prop::sample::select("alphkv-store01./:!\" é東".chars().collect::<Vec<_>>()).prop_map(Key::char),
        3 => prop::sample::select(vec![Code::Enter, Code::Esc, Code::Down, Code::Tab]).prop_map(Key::plain),
    ]
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let how = prop::sample::select(vec![
        How::Whole,
        How::Whole,
        How::PageOnly,
        How::EndOnly,
        How::Failed(false),
        How::Failed(true),
        How::OtherTicket,
    ]);
    let mouse = prop::sample::select(vec![MouseKind::Click, MouseKind::WheelDown, MouseKind::WheelUp]);
    let timer =
        prop::sample::select(vec![Timer::Dwell, Timer::Toast, Timer::RefreshPerimeters, Timer::RefreshShown]);
    let pasted =
        prop_oneof!["\\PC{0,12}", Just("alpha-kv".to_owned()), Just("203.0.113.9\r\n10.0.0.1/8".into())];
    let act = prop_oneof![
        20 => keys().prop_map(Act::Press),
        4 => prop::sample::select(STORIES.to_vec()).prop_map(Act::Keys),
        2 => pasted.prop_map(Act::Paste),
        2 => (0..250_u16, 0..80_u16).prop_map(|(w, h)| Act::Size(w, h)),
        2 => (mouse, 0..250_u16, 0..80_u16).prop_map(|(kind, x, y)| Act::Mouse(kind, x, y)),
        6 => (any::<usize>(), how).prop_map(|(at, how)| Act::Answer(at, how)),
        3 => Just(Act::AnswerAll),
        1 => any::<usize>().prop_map(Act::Shrink),
        2 => any::<u8>().prop_map(Act::Rows),
        1 => Just(Act::TailFails),
        4 => timer.prop_map(Act::Due),
        1 => (0..10_000_u32).prop_map(Act::Later),
        1 => any::<usize>().prop_map(Act::Step),
        2 => (any::<usize>(), 0..5_u8).prop_map(|(at, outcome)| Act::End(at, outcome)),
        1 => (0..4_u8).prop_map(Act::SignIn),
        1 => Just(Act::Notice),
        1 => Just(Act::Earlier),
    ];
    prop::collection::vec(act, 1..120)
}

/// The machine under test with everything that is open.
struct Machine {
    bench: Bench,
    /// Questions, aborted ones too: their answers may be on their way.
    open: Vec<(Slot, Ticket)>,
    writes: Vec<(Ticket, Change)>,
    /// Writes that ended: each may have left one overlay.
    ended: usize,
    seconds: i64,
    theme: Theme,
}

impl Machine {
    fn take(&mut self, msg: Msg) {
        let effects = self.bench.send(msg);
        self.enter(effects);
    }

    fn enter(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Read { slot, ticket } => self.open.push((slot, ticket)),
                Effect::Write { ticket, change } => {
                    assert!(self.bench.model.status.writable, "a write in read-only mode");
                    let twice = self.writes.iter().any(|(_, other)| other.target() == change.target());
                    assert!(!twice, "two writes to {}", change.target());
                    self.writes.push((ticket, *change));
                }
                Effect::Switch(to) => {
                    // Answered at once; what was asked before may still be answered later.
                    let elsewhere = to.place != self.bench.model.status.scopes.now.place;
                    let session = elsewhere
                        .then(|| NewSession { label: to.label(), portal: "https://portal".to_owned() });
                    self.take(Msg::Switched(to, Ok(session)));
                }
                Effect::Abort(_)
                | Effect::KeepScopes(_)
                | Effect::KeepRoom(_)
                | Effect::Export(_)
                | Effect::Copy { .. }
                | Effect::Save { .. }
                | Effect::Acknowledge(_)
                | Effect::SignIn
                | Effect::Redraw
                | Effect::Suspend
                | Effect::Guard(_)
                | Effect::Quit => {}
            }
        }
    }

    fn answer(&mut self, at: usize, how: How) {
        if self.open.is_empty() {
            return;
        }
        let at = at % self.open.len();
        let (slot, ticket) = match how {
            How::PageOnly | How::OtherTicket => self.open[at].clone(),
            How::Whole | How::EndOnly | How::Failed(_) => self.open.swap_remove(at),
        };
        let told = match how {
            How::OtherTicket => self.bench.world.answer(&slot, Ticket(ticket.0 + 1_000_000)),
            How::Whole => self.bench.world.answer(&slot, ticket),
            How::PageOnly => self.bench.world.answer(&slot, ticket).into_iter().take(1).collect(),
            How::EndOnly => vec![Msg::Reply { slot, ticket, result: Ok(None) }],
            How::Failed(auth) => {
                let kind = if auth { FailureKind::Auth } else { FailureKind::Server };
                vec![Msg::Reply { slot, ticket, result: Err(failure(kind)) }]
            }
        };
        for msg in told {
            self.take(msg);
        }
    }

    /// The first row of the n-th list of the world is gone.
    fn shrink(&mut self, at: usize) {
        let lists = &mut self.bench.world.lists;
        let at = at % lists.len();
        match lists.values_mut().nth(at).unwrap() {
            Payload::Subscriptions(v) => drop(v.pop()),
            Payload::Perimeters(v) => drop(v.pop()),
            Payload::Associations(v) => drop(v.pop()),
            Payload::Profiles(v) => drop(v.pop()),
            Payload::Rules(v) => drop(v.pop()),
            Payload::Links(v) => drop(v.pop()),
            Payload::LinkReferences(v) => drop(v.pop()),
            Payload::Words(v) => drop(v.pop()),
            Payload::Inventory(v) => drop(v.pop()),
            Payload::Members(v) => drop(v.pop()),
            Payload::Resource(_) | Payload::Facts(_) => {}
        }
    }

    fn rows(&mut self, n: u8) {
        let Some(spec) = self.bench.model.panes.log.spec.clone() else { return };
        let resource = resource_id("alpha", "kv");
        let rows = (0..n).map(|i| {
            self.seconds += 1;
            let category = if i % 3 == 0 { ALLOWED } else { "NspPublicInboundPerimeterRulesDenied" };
            row(self.seconds, resource.as_str(), category, &format!("198.51.100.{}", i % 7))
        });
        let rows = rows.collect();
        // Once in a while from a tail that is no longer wanted.
        let spec = if n.is_multiple_of(5) { TailSpec { source: LogSource::Perimeter, ..spec } } else { spec };
        self.take(Msg::Tail(spec, TailEvent::Rows { rows, status: TailStatus::default() }));
    }

    fn end(&mut self, at: usize, outcome: u8) {
        if self.writes.is_empty() {
            return;
        }
        let (ticket, change) = self.writes.swap_remove(at % self.writes.len());
        let current = match change {
            Change::EditRule { before, .. } => Some(Written::Rule(before)),
            Change::SetMode { before, .. } | Change::MoveToProfile { before, .. } => {
                Some(Written::Association(before))
            }
            Change::SetTags { before, .. } => Some(Written::Perimeter(before)),
            Change::Delete { before, .. } => Some(*before),
            _ => None,
        };
        let outcome = match outcome {
            0 => Outcome::Done { after: None },
            1 => Outcome::Failed(failure(FailureKind::Rejected)),
            2 => Outcome::Unknown(failure(FailureKind::Unknown)),
            3 => Outcome::Changed { fields: vec![], now: None },
            _ => Outcome::Changed { fields: vec![], now: current },
        };
        self.ended += 1;
        self.take(Msg::Finished(ticket, outcome));
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Press(key) => self.take(Msg::Key(key)),
            Act::Keys(keys) => {
                keys.split(' ').for_each(|key| self.take(Msg::Key(key.parse().unwrap())));
            }
            Act::Paste(text) => self.take(Msg::Paste(text)),
            Act::Size(w, h) => self.take(Msg::Resize(w, h)),
            Act::Mouse(kind, x, y) => self.take(Msg::Mouse(kind, x, y)),
            Act::Answer(at, how) => self.answer(at, how),
            Act::AnswerAll => {
                for _ in 0..self.open.len() {
                    self.answer(0, How::Whole);
                }
            }
            Act::Shrink(at) => self.shrink(at),
            Act::Rows(n) => self.rows(n),
            Act::TailFails => {
                if let Some(spec) = self.bench.model.panes.log.spec.clone() {
                    self.take(Msg::Tail(spec, TailEvent::Failed(failure(FailureKind::Network))));
                }
            }
            Act::Due(timer) => self.take(Msg::Due(timer)),
            Act::Later(seconds) => {
                self.take(Msg::Tick(self.bench.model.now + Duration::from_secs(seconds.into())));
                let until = self.bench.model.now + Duration::from_secs(5);
                self.take(Msg::Retrying { reason: "throttled".into(), until });
                self.take(Msg::Quota(Some(seconds), None));
            }
            Act::Step(at) => {
                if let Some((ticket, _)) = self.writes.get(at % self.writes.len().max(1)) {
                    self.take(Msg::Progress(
                        *ticket,
                        nsp::domain::Step::Waiting { status: "Updating".into() },
                    ));
                }
            }
            Act::End(at, outcome) => self.end(at, outcome),
            Act::SignIn(n) => self.take(Msg::SignIn(match n {
                0 => SignIn::Trying("az".into()),
                1 => SignIn::DeviceCode { code: "AB".into(), url: "https://x".into(), expires_at: None },
                2 => SignIn::Failed(failure(FailureKind::Auth)),
                _ => SignIn::Done { credential: "az".into(), identity: "me".into(), tenant: "us".into() },
            })),
            Act::Notice => self.take(Msg::Notice(Err(failure(FailureKind::Refused)))),
            Act::Earlier => {
                let entry = UnfinishedWrite {
                    entry: "1".into(),
                    at: now(),
                    title: "Enforce kv".into(),
                    target: "/x".into(),
                };
                self.take(Msg::Unfinished(vec![entry]));
            }
        }
        self.take(Msg::Drained);
    }

    fn draw(&self) {
        let (w, h) = self.bench.model.size;
        let mut buffer = Buffer::empty(ratatui::layout::Rect::new(0, 0, w, h));
        view(&self.bench.model, &self.theme, &mut buffer);
    }
}

/// What must hold whenever a frame is drawn.
fn check(model: &Model, ended: usize) {
    lists_are_sound(model);
    rows_belong_to_the_perimeter_shown(model);
    areas_are_sound(model);
    timers_are_sound(model);
    // What the user opened (a question upon a choice at most), the sign-in, and what ended writes left.
    assert!(model.overlays.len() <= 3 + ended, "{} overlays", model.overlays.len());
    let running: Vec<_> = model.jobs.all().iter().filter(|j| j.is_running()).collect();
    let targets: HashSet<_> = running.iter().map(|j| j.change.target()).collect();
    assert_eq!(targets.len(), running.len(), "two writes to one target");
}

fn lists_are_sound(model: &Model) {
    for (pane, tab) in Tab::ALL
        .map(|tab| (Pane::Main, tab))
        .into_iter()
        .chain([(Pane::Perimeters, Tab::Rules), (Pane::Log, Tab::Rules)])
    {
        let list = model.panes.list(pane, tab).unwrap();
        assert!(list.len() <= list.total());
        assert!(list.is_empty() || list.cursor() < list.len(), "{pane:?} {tab:?}: the cursor is outside");
        let page = usize::from(model.areas().rows(pane).h);
        if tab == model.focus.tab && page > 0 && !list.is_empty() {
            let (top, cursor) = (list.top(), list.cursor());
            assert!((top..top + page).contains(&cursor), "{pane:?}: {cursor} is not in {top}+{page}");
            assert!(top == 0 || top + page <= list.len(), "{pane:?}: rows are missing at the end");
        }
    }
    let panes = &model.panes;
    assert_eq!(panes.perimeters.selected().is_none(), panes.perimeters.state().is_empty());
    assert_eq!(panes.resources.selected().is_none(), panes.resources.state().is_empty());
    assert_eq!(panes.profiles.selected().is_none(), panes.profiles.state().is_empty());
    assert_eq!(panes.rules.selected().is_none(), panes.rules.state().is_empty());
    assert_eq!(panes.links.selected().is_none(), panes.links.state().is_empty());
    assert_eq!(panes.activity.selected().is_none(), panes.activity.state().is_empty());
    assert_eq!(panes.log.selected().is_none(), nsp::app::panes::AnyList::is_empty(&panes.log));
}

fn rows_belong_to_the_perimeter_shown(model: &Model) {
    let panes = &model.panes;
    let rows = panes.resources.rows().iter().map(|a| &a.id);
    let rows = rows.chain(panes.profiles.rows().iter().map(|p| &p.id));
    let rows = rows.chain(panes.rules.rows().iter().map(|r| &r.id));
    for id in rows.chain(panes.links.rows().iter().map(|l| l.id())) {
        let shown = model.shown().expect("rows without a perimeter");
        assert!(id.is_within(shown), "{id} is shown under {shown}");
    }
    if let Some(spec) = &panes.log.spec {
        assert_eq!(Some(&spec.perimeter), model.shown());
    } else {
        assert_eq!(panes.log.store().len(), 0);
    }
}

fn areas_are_sound(model: &Model) {
    let areas = model.areas();
    let inside = |r: Rect| r.is_empty() || (r.x + r.w <= model.size.0 && r.y + r.h <= model.size.1);
    for pane in [Pane::Perimeters, Pane::Main, Pane::Detail, Pane::Log] {
        assert!(inside(areas.pane(pane)) && inside(areas.rows(pane)) && inside(areas.body(pane)));
    }
    let (w, h) = model.size;
    assert!(w == 0 || h == 0 || !areas.pane(model.focus.pane).is_empty(), "the focus is not on the screen");
}

fn timers_are_sound(model: &Model) {
    let all = subscriptions(model);
    let count = |wanted: fn(&Subscription) -> bool| all.iter().filter(|s| wanted(s)).count();
    let has = |wanted: Timer| {
        all.iter().any(|s| match s {
            Subscription::After { timer, .. } | Subscription::Every { timer, .. } => *timer == wanted,
            Subscription::Tail(_) => false,
        })
    };
    assert!(count(|s| matches!(s, Subscription::Tail(_))) <= 1);
    assert_eq!(has(Timer::Dwell), model.status.resting);
    assert_eq!(has(Timer::Toast), model.toasts.current().is_some());
    assert_eq!(has(Timer::RefreshShown), model.shown().is_some());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_comes_holds(acts in acts(), writable in any::<bool>(), read in any::<bool>()) {
        let bench = if read { Bench::ready(writable) } else { Bench::start(writable) };
        let mut machine = Machine {
            bench,
            open: Vec::new(),
            writes: Vec::new(),
            ended: 0,
            seconds: 0,
            theme: Theme::default(),
        };
        for act in acts {
            machine.act(act);
            check(&machine.bench.model, machine.ended);
            machine.draw();
        }
    }
}
