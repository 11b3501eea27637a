//! Where everything is on the screen: a pure function of size and focus, used by drawing, paging
//! and mouse alike.

use super::focus::{Focus, Pane};

/// A rectangle of cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rect {
    /// Left column.
    pub x: u16,
    /// Top row.
    pub y: u16,
    /// Columns.
    pub w: u16,
    /// Rows.
    pub h: u16,
}

impl Rect {
    /// A rectangle.
    pub const fn new(x: u16, y: u16, w: u16, h: u16) -> Self {
        Self { x, y, w, h }
    }

    /// Holds no cell.
    pub const fn is_empty(self) -> bool {
        self.w == 0 || self.h == 0
    }

    /// Holds this cell.
    pub const fn holds(self, x: u16, y: u16) -> bool {
        x >= self.x && y >= self.y && x < self.x.saturating_add(self.w) && y < self.y.saturating_add(self.h)
    }

    /// The first `rows` rows, and the rest.
    pub fn take_top(self, rows: u16) -> (Self, Self) {
        let rows = rows.min(self.h);
        (Self { h: rows, ..self }, Self { y: self.y + rows, h: self.h - rows, ..self })
    }

    /// All but the last `rows` rows, and these.
    pub fn take_bottom(self, rows: u16) -> (Self, Self) {
        let rows = rows.min(self.h);
        (Self { h: self.h - rows, ..self }, Self { y: self.y + self.h - rows, h: rows, ..self })
    }

    /// The first `cols` columns, and the rest.
    pub fn take_left(self, cols: u16) -> (Self, Self) {
        let cols = cols.min(self.w);
        (Self { w: cols, ..self }, Self { x: self.x + cols, w: self.w - cols, ..self })
    }

    /// Without a border of `n` cells; empty when there is no room.
    #[must_use]
    pub fn inner(self, n: u16) -> Self {
        if self.w <= 2 * n || self.h <= 2 * n {
            return Self { w: 0, h: 0, ..self };
        }
        Self { x: self.x + n, y: self.y + n, w: self.w - 2 * n, h: self.h - 2 * n }
    }
}

/// How much room there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Too small for more than the focused pane.
    Tiny,
    /// One column: the perimeter list gives way to a line.
    Narrow,
    /// Perimeters on the left, detail below.
    Medium,
    /// Detail beside the list.
    Wide,
}

/// The rectangles of a frame. A pane that is not shown is empty.
///
/// A pane's rectangle begins with its title line; [`Areas::body`] is the part below.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Areas {
    /// How much room there is.
    pub class: Class,
    /// The whole screen.
    pub screen: Rect,
    /// Session and scope.
    pub header: Rect,
    /// The perimeter list.
    pub perimeters: Rect,
    /// Perimeter name (and, narrow, the way to the list) with the tabs.
    pub tabs: Rect,
    /// The open tab.
    pub main: Rect,
    /// The detail pane.
    pub detail: Rect,
    /// The access log.
    pub log: Rect,
    /// Histogram of the log room.
    pub chart: Rect,
    /// Rows or groups of the log room.
    pub room: Rect,
    /// Where the reading of older rows stands.
    pub room_foot: Rect,
    /// Key hints.
    pub footer: Rect,
}

/// Lines of a pane that hold no rows: its title and the column heads.
pub const LIST_HEAD: u16 = 2;

/// Computes the rectangles.
pub fn layout(width: u16, height: u16, focus: &Focus) -> Areas {
    let screen = Rect::new(0, 0, width, height);
    let none = Rect::default();
    let mut areas = Areas {
        class: class(width, height),
        screen,
        header: none,
        perimeters: none,
        tabs: none,
        main: none,
        detail: none,
        log: none,
        chart: none,
        room: none,
        room_foot: none,
        footer: none,
    };
    let mut rest = screen;
    if height >= 5 {
        (areas.header, rest) = rest.take_top(1);
        (rest, areas.footer) = rest.take_bottom(1);
    }
    match areas.class {
        _ if focus.pane == Pane::Room => room(&mut areas, focus, rest),
        Class::Tiny => single(&mut areas, focus.pane, rest),
        _ if focus.zoomed => zoomed(&mut areas, focus.pane, rest),
        Class::Narrow => narrow(&mut areas, focus, rest),
        Class::Medium | Class::Wide => split(&mut areas, rest),
    }
    areas
}

fn class(width: u16, height: u16) -> Class {
    if width < 60 || height < 14 {
        Class::Tiny
    } else if width < 100 || height < 20 {
        Class::Narrow
    } else if width < 160 {
        Class::Medium
    } else {
        Class::Wide
    }
}

/// Lines of the histogram: what it shows, bars, and what the cursor stands on.
pub const CHART: u16 = 6;
/// Lines that rows keep, whatever stands above them.
const ROOM_LEAST: u16 = 10;

/// The log room: histogram, rows, and a line about older ones.
fn room(areas: &mut Areas, focus: &Focus, mut rest: Rect) {
    if rest.h > 4 {
        (rest, areas.room_foot) = rest.take_bottom(1);
    }
    if focus.chart && rest.h >= CHART + ROOM_LEAST {
        (areas.chart, rest) = rest.take_top(CHART);
    }
    areas.room = rest;
}

/// One pane alone.
fn single(areas: &mut Areas, pane: Pane, rest: Rect) {
    match pane {
        Pane::Perimeters => areas.perimeters = rest,
        Pane::Main => areas.main = rest,
        Pane::Detail => areas.detail = rest,
        Pane::Log => areas.log = rest,
        Pane::Room => areas.room = rest,
    }
}

fn zoomed(areas: &mut Areas, pane: Pane, rest: Rect) {
    let rest = if pane == Pane::Perimeters {
        rest
    } else {
        let (tabs, rest) = rest.take_top(1);
        areas.tabs = tabs;
        rest
    };
    single(areas, pane, rest);
}

/// One column: the perimeter list or the tab or the detail, and always the log.
fn narrow(areas: &mut Areas, focus: &Focus, rest: Rect) {
    let log_rows = (rest.h * 2 / 5).clamp(6, 14);
    let (upper, log) = rest.take_bottom(log_rows);
    areas.log = log;
    let (tabs, body) = upper.take_top(1);
    areas.tabs = tabs;
    match focus.pane {
        Pane::Detail => areas.detail = body,
        Pane::Perimeters => areas.perimeters = body,
        Pane::Main => areas.main = body,
        Pane::Log => match focus.subject {
            Pane::Perimeters => areas.perimeters = body,
            Pane::Main | Pane::Detail | Pane::Log | Pane::Room => areas.main = body,
        },
        Pane::Room => areas.room = body,
    }
}

/// Perimeters on the left, the tab with its detail on the right, the log below.
fn split(areas: &mut Areas, rest: Rect) {
    let log_rows = (rest.h / 3).clamp(6, 18);
    let (upper, log) = rest.take_bottom(log_rows);
    areas.log = log;
    let left = (rest.w / 4).clamp(26, 40);
    let (perimeters, right) = upper.take_left(left);
    areas.perimeters = perimeters;
    let (_gap, right) = right.take_left(1);
    let (tabs, body) = right.take_top(1);
    areas.tabs = tabs;
    if areas.class == Class::Wide {
        let (main, detail) = body.take_left(body.w * 3 / 5);
        let (_gap, detail) = detail.take_left(1);
        (areas.main, areas.detail) = (main, detail);
    } else {
        (areas.main, areas.detail) = body.take_bottom(body.h / 2);
    }
}

impl Areas {
    /// The rectangle of a pane.
    pub fn pane(&self, pane: Pane) -> Rect {
        match pane {
            Pane::Perimeters => self.perimeters,
            Pane::Main => self.main,
            Pane::Detail => self.detail,
            Pane::Log => self.log,
            Pane::Room => self.room,
        }
    }

    /// The rows of a list pane, below title and column heads.
    pub fn rows(&self, pane: Pane) -> Rect {
        self.pane(pane).take_top(LIST_HEAD).1
    }

    /// The part of a pane below its title.
    pub fn body(&self, pane: Pane) -> Rect {
        self.pane(pane).take_top(1).1
    }

    /// The pane at a cell.
    pub fn hit(&self, x: u16, y: u16) -> Option<Pane> {
        [Pane::Perimeters, Pane::Main, Pane::Detail, Pane::Log, Pane::Room]
            .into_iter()
            .find(|pane| self.pane(*pane).holds(x, y))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inside(outer: Rect, inner: Rect) -> bool {
        inner.is_empty()
            || (inner.x >= outer.x
                && inner.y >= outer.y
                && inner.x + inner.w <= outer.x + outer.w
                && inner.y + inner.h <= outer.y + outer.h)
    }

    fn overlap(a: Rect, b: Rect) -> bool {
        !a.is_empty()
            && !b.is_empty()
            && a.x < b.x + b.w
            && b.x < a.x + a.w
            && a.y < b.y + b.h
            && b.y < a.y + a.h
    }

    #[test]
    fn no_size_breaks_it() {
        let panes = [Pane::Perimeters, Pane::Main, Pane::Detail, Pane::Log, Pane::Room];
        let sizes = (0..230).step_by(3).flat_map(|w| (0..70).map(move |h| (w, h)));
        for (w, h) in sizes {
            for (pane, zoomed) in panes.into_iter().flat_map(|pane| [(pane, false), (pane, true)]) {
                let mut focus = Focus { zoomed, ..Focus::default() };
                focus.set(pane);
                let a = layout(w, h, &focus);
                let upper = [a.header, a.perimeters, a.tabs, a.main, a.detail];
                let lower = [a.log, a.chart, a.room, a.room_foot, a.footer];
                let all = [upper, lower].concat();
                for (i, r) in all.iter().enumerate() {
                    assert!(inside(a.screen, *r), "{w}x{h} {r:?}");
                    assert!(!all.iter().skip(i + 1).any(|o| overlap(*r, *o)), "{w}x{h} {all:?}");
                }
                assert!(w == 0 || h == 0 || !a.pane(pane).is_empty(), "{w}x{h}: focus is not shown");
            }
        }
    }

    #[test]
    fn the_log_keeps_five_rows_at_80x24() {
        let a = layout(80, 24, &Focus::default());
        assert!(a.rows(Pane::Log).h >= 5, "{a:?}");
    }
}
