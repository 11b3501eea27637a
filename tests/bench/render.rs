//! What one key or one batch costs from message to bytes: update, view, comparison, encoding. No
//! terminal and no network. Prints numbers and judges none.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_possible_wrap,
    dead_code,
    reason = "a benchmark prints, stops at the first surprise, and uses a part of the tests' bench"
)]

#[path = "../it/bench.rs"]
mod bench;

use std::sync::Arc;
use std::time::{Duration, Instant};

use bench::{ALLOWED, Bench, PROD, content, perimeter, profile_id, row, rule, rule_id};
use nsp::app::focus::{Pane, Tab};
use nsp::app::list::SortBy;
use nsp::app::msg::{Msg, Payload, Slot};
use nsp::app::panes::AnyList as _;
use nsp::domain::SourceKind;
use nsp::runtime::Screen;
use nsp::ui::theme::{Colours, Theme, UNICODE};
use nsp::ui::view;

const SIZE: (u16, u16) = (200, 50);
const THEME: Theme = Theme { colours: Colours::Sixteen, signs: UNICODE };

/// A model, the world that answers it, and the screen that it is drawn on.
struct Desk {
    bench: Bench,
    screen: Screen,
}

/// What happened several times: the median time and the median of the bytes written.
struct Cost(Duration, usize);

impl Desk {
    fn new(change: impl FnOnce(&mut bench::World)) -> Self {
        let mut bench = Bench::start(false);
        bench.send(Msg::Resize(SIZE.0, SIZE.1));
        change(&mut bench.world);
        bench.settle();
        let mut desk = Self { bench, screen: Screen::new(SIZE.0, SIZE.1) };
        desk.draw();
        desk
    }

    fn draw(&mut self) -> usize {
        let drawn = view(&self.bench.model, &THEME, self.screen.draft());
        self.screen.frame(drawn.cursor).len()
    }

    /// What the loop does for one message.
    fn turn(&mut self, msg: Msg) -> usize {
        self.bench.send(msg);
        self.bench.drain();
        self.draw()
    }

    fn key(&mut self, name: &str) -> usize {
        self.turn(Msg::Key(name.parse().unwrap()))
    }

    fn times(&mut self, n: usize, mut act: impl FnMut(&mut Self) -> usize) -> Cost {
        let mut costs: Vec<(Duration, usize)> = Vec::new();
        for _ in 0..n {
            let start = Instant::now();
            let bytes = act(self);
            costs.push((start.elapsed(), bytes));
        }
        costs.sort();
        let time = costs[n / 2].0;
        costs.sort_by_key(|(_, bytes)| *bytes);
        Cost(time, costs[n / 2].1)
    }
}

fn told(what: &str, Cost(time, bytes): Cost) {
    println!("  {what:<28} {:>9.1} us {bytes:>6} bytes", time.as_secs_f64() * 1e6);
}

/// Moving about in the list that has the focus, then a filter that is typed.
fn list(desk: &mut Desk, filter: &str) {
    told("draw again, nothing new", desk.times(101, Desk::draw));
    told("one row down", desk.times(25, |d| d.key("down")));
    desk.key("end");
    desk.key("home");
    told("page down", desk.times(101, |d| d.key("pgdn")));
    told("scroll by one row", desk.times(101, |d| d.key("down")));
    desk.key("/");
    for key in filter.chars() {
        told(&format!("filter, key {key:?}"), desk.times(1, |d| d.key(&key.to_string())));
    }
    desk.key("esc");
    desk.key("esc");
}

fn perimeters(rows: usize) {
    println!("\n{rows} perimeters");
    let mut desk = Desk::new(|world| {
        let names = (1..rows).map(|n| format!("nsp-{n:06}"));
        let all = std::iter::once("alpha".to_owned()).chain(names).map(|n| perimeter(&n)).collect();
        world.lists.insert(Slot::Perimeters(PROD.into()), Payload::Perimeters(all));
    });
    list(&mut desk, "99");
    for descending in [false, true] {
        let sort = |d: &mut Desk| {
            let model = &mut d.bench.model;
            model.panes.perimeters.set_sort(Some(SortBy { column: 0, descending }), &model.data);
            d.draw()
        };
        told(if descending { "sort, descending" } else { "sort" }, desk.times(5, sort));
    }
}

fn rules(rows: usize) {
    println!("\n{rows} access rules");
    let mut desk = Desk::new(|world| {
        let rule = |n: usize| {
            let prefix = format!("10.{}.{}.0/24", n >> 8 & 255, n & 255);
            let id = rule_id("alpha", "front", &format!("rule-{n:06}"));
            Arc::new(rule(id, content(SourceKind::AddressPrefix, &[&prefix])))
        };
        let slot = Slot::Rules(profile_id("alpha", "front"));
        world.lists.insert(slot, Payload::Rules((0..rows).map(rule).collect()));
    });
    desk.bench.model.focus.tab = Tab::Rules;
    desk.bench.model.focus.pane = Pane::Main;
    list(&mut desk, "99");
}

fn log(rows: usize) {
    println!("\n{rows} log rows");
    let mut desk = Desk::new(|_| {});
    desk.bench.model.panes.log.set_capacity(rows);
    let batch = |first: usize, len: usize| {
        let one = |n: usize| {
            let source = format!("10.{}.{}.{}", n % 3, n / 7 % 256, n % 251);
            row(n as i64 / 100, &format!("account-{}", n % 240), ALLOWED, &source)
        };
        (first..first + len).map(one).collect()
    };
    for first in (0..rows).step_by(500) {
        desk.bench.log(batch(first, 500.min(rows - first)));
    }
    desk.bench.model.focus.pane = Pane::Log;
    let mut next = rows;
    let arrive = |d: &mut Desk| {
        d.bench.log(batch(next, 100));
        next += 100;
        d.draw()
    };
    told("100 rows arrive", desk.times(21, arrive));
    list(&mut desk, "10.1");
}

fn main() {
    println!("frames at {}x{}", SIZE.0, SIZE.1);
    for rows in [1_000, 10_000, 100_000] {
        perimeters(rows);
    }
    for rows in [10_000, 100_000] {
        rules(rows);
    }
    for rows in [1_000, 100_000, 1_000_000] {
        log(rows);
    }
}
