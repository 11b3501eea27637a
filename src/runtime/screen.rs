//! What the terminal shows, and the fewest bytes that make it show something else.
//!
//! A [`Screen`] keeps the last frame. [`Screen::frame`] compares the next one with it and gives
//! the bytes for one `write`: nothing at all when nothing changed. It does no I/O itself.

use std::hash::{DefaultHasher, Hash, Hasher};

use ratatui::buffer::{Buffer, CellWidth};
use ratatui::layout::Rect;

use super::ansi::{Look, Pen};

/// Frames above this many bytes are sent as a synchronized update (DECSET 2026); smaller ones
/// arrive whole anyway, and the two sequences cost 16 bytes.
const SYNCHRONIZED: usize = 4096;

/// Below this many bytes no scrolling is tried.
const SCROLL_FROM: usize = 96;

/// Blanks that are worth an erase sequence and a move.
const ERASE_FROM: u16 = 10;

/// What one cell shows.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Spot {
    symbol: Symbol,
    /// Columns; 0 for the second half of a wide symbol.
    width: u16,
    look: Look,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Symbol {
    One(char),
    /// Several characters that share a cell.
    Cluster(Box<str>),
}

const BLANK: Spot = Spot { symbol: Symbol::One(' '), width: 1, look: Look::PLAIN };

/// Rows of spots, all of one width.
#[derive(Debug, Default)]
struct Grid {
    width: u16,
    spots: Vec<Spot>,
}

/// The double buffer.
#[derive(Debug)]
pub struct Screen {
    draft: Buffer,
    shown: Grid,
    next: Grid,
    pen: Pen,
    known: bool,
    cursor_shown: bool,
    out: Vec<u8>,
}

impl Screen {
    /// A screen of this size of which nothing is known, with the cursor hidden.
    pub fn new(width: u16, height: u16) -> Self {
        Self {
            draft: Buffer::empty(Rect::new(0, 0, width, height)),
            shown: Grid::default(),
            next: Grid::default(),
            pen: Pen::new(width),
            known: false,
            cursor_shown: false,
            out: Vec::new(),
        }
    }

    /// The terminal has another size: what it shows is no longer known.
    pub fn resize(&mut self, width: u16, height: u16) {
        let cursor_shown = self.cursor_shown;
        *self = Self { cursor_shown, ..Self::new(width, height) };
    }

    /// The next frame draws every cell.
    pub fn forget(&mut self) {
        self.known = false;
    }

    /// An empty buffer to draw the next frame into.
    pub fn draft(&mut self) -> &mut Buffer {
        self.draft.reset();
        &mut self.draft
    }

    /// The bytes that turn what the terminal shows into the draft. Empty: it shows that already.
    pub fn frame(&mut self, cursor: Option<(u16, u16)>) -> &[u8] {
        self.next.read(&self.draft);
        if self.cursor_shown && cursor.is_none() {
            self.pen.control(b"\x1b[?25l");
            self.cursor_shown = false;
        }
        if self.known {
            self.change();
        } else {
            self.pen.clear();
            self.shown.blank_like(&self.next);
            paint(&mut self.pen, &self.shown, None, &self.next);
            self.known = true;
        }
        if let Some((x, y)) = cursor.filter(|(x, y)| *x < self.next.width && *y < self.next.height()) {
            self.pen.go(x, y);
            if !self.cursor_shown {
                self.pen.control(b"\x1b[?25h");
                self.cursor_shown = true;
            }
        }
        std::mem::swap(&mut self.shown, &mut self.next);
        self.out = self.pen.take();
        if self.out.len() > SYNCHRONIZED {
            self.out.splice(..0, *b"\x1b[?2026h");
            self.out.extend_from_slice(b"\x1b[?2026l");
        }
        &self.out
    }

    /// Paints the differences, scrolling first where that is shorter.
    fn change(&mut self) {
        let mut plain = self.pen.fork();
        paint(&mut plain, &self.shown, None, &self.next);
        if plain.bytes().len() >= SCROLL_FROM
            && let Some(scroll) = Scroll::find(&self.shown, &self.next)
        {
            let mut scrolled = self.pen.fork();
            scrolled.scroll(scroll.top, scroll.bottom, scroll.by);
            paint(&mut scrolled, &self.shown, Some(scroll), &self.next);
            if scrolled.bytes().len() < plain.bytes().len() {
                plain = scrolled;
            }
        }
        let control = self.pen.take();
        self.pen = plain;
        if !control.is_empty() {
            let painted = self.pen.take();
            self.pen.control(&control);
            self.pen.control(&painted);
        }
    }
}

impl Grid {
    fn height(&self) -> u16 {
        self.spots.len().checked_div(usize::from(self.width)).unwrap_or(0) as u16
    }

    /// One number per row, to find rows that moved.
    fn marks(&self) -> Vec<u64> {
        let mark = |y| {
            let mut hasher = DefaultHasher::new();
            self.row(y).hash(&mut hasher);
            hasher.finish()
        };
        (0..self.height()).map(mark).collect()
    }

    fn row(&self, y: u16) -> &[Spot] {
        let (width, y) = (usize::from(self.width), usize::from(y));
        self.spots.get(y * width..(y + 1) * width).unwrap_or_default()
    }

    fn blank_like(&mut self, other: &Self) {
        self.width = other.width;
        self.spots.clear();
        self.spots.resize(other.spots.len(), BLANK);
    }

    /// Takes over a buffer, as the terminal will show it.
    fn read(&mut self, buffer: &Buffer) {
        self.width = buffer.area.width;
        self.spots.clear();
        if self.width == 0 {
            return;
        }
        for row in buffer.content().chunks_exact(usize::from(self.width)) {
            let start = self.spots.len();
            for (x, cell) in (0_u16..).zip(row) {
                let filled = (self.spots.len() - start) as u16;
                if filled > x {
                    continue;
                }
                let look =
                    Look { fg: cell.fg, bg: cell.bg, line: cell.underline_color, modifier: cell.modifier };
                self.push(cell.symbol(), look, self.width - x);
            }
        }
    }

    /// Appends a symbol with its second half, if it has one and there is room.
    fn push(&mut self, text: &str, look: Look, room: u16) {
        let mut chars = text.chars();
        let symbol = match (chars.next(), chars.next()) {
            (Some(c), None) if !c.is_control() => Symbol::One(c),
            (Some(_), Some(_)) if !text.contains(char::is_control) => Symbol::Cluster(text.into()),
            _ => Symbol::One(' '),
        };
        let width = if text.len() == 1 || symbol == Symbol::One(' ') { 1 } else { text.cell_width() };
        if width == 0 || width > room || symbol == Symbol::One(' ') {
            self.spots.push(Spot { look: look.on_blank(), ..BLANK });
            return;
        }
        self.spots.push(Spot { symbol, width, look });
        for _ in 1..width {
            self.spots.push(Spot { symbol: Symbol::One(' '), width: 0, look });
        }
    }
}

/// A block of full rows that moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Scroll {
    top: u16,
    bottom: u16,
    /// Rows, upwards when positive.
    by: i32,
}

impl Scroll {
    /// The move that brings most of the changed rows to where they belong.
    fn find(shown: &Grid, next: &Grid) -> Option<Self> {
        let height = i32::from(next.height());
        let (shown, next) = (shown.marks(), next.marks());
        let mark = |marks: &[u64], y: i32| usize::try_from(y).ok().and_then(|y| marks.get(y).copied());
        let mut best: Option<(usize, Self)> = None;
        for by in (1..=height / 2).flat_map(|by| [by, -by]) {
            let moved = |y: &i32| {
                let new = mark(&next, *y);
                new != mark(&shown, *y) && mark(&shown, *y + by).is_some_and(|old| Some(old) == new)
            };
            let found: Vec<i32> = (0..height).filter(moved).collect();
            let (Some(first), Some(last)) = (found.first(), found.last()) else { continue };
            if found.len() < 2 || best.is_some_and(|(count, _)| count >= found.len()) {
                continue;
            }
            let (top, bottom) = if by > 0 { (*first, last + by) } else { (first + by, *last) };
            best = Some((found.len(), Self { top: top as u16, bottom: bottom as u16, by }));
        }
        best.map(|(_, scroll)| scroll)
    }

    /// The row that stands at `y` after the scrolling; `None` for a blank one that came in.
    fn source(self, y: u16) -> Option<u16> {
        if y < self.top || y > self.bottom {
            return Some(y);
        }
        let source = i32::from(y) + self.by;
        u16::try_from(source).ok().filter(|s| (self.top..=self.bottom).contains(s))
    }
}

/// Writes every cell in which the two differ, row by row from the left.
fn paint(pen: &mut Pen, shown: &Grid, scroll: Option<Scroll>, next: &Grid) {
    let blank = vec![BLANK; usize::from(next.width)];
    for y in 0..next.height() {
        let source = scroll.map_or(Some(y), |s| s.source(y));
        let old = source.map_or(blank.as_slice(), |y| shown.row(y));
        let new = next.row(y);
        if old != new {
            paint_row(pen, y, old, new);
        }
    }
}

fn paint_row(pen: &mut Pen, y: u16, old: &[Spot], new: &[Spot]) {
    let differs = |x: usize| old.get(x) != new.get(x);
    let tail = new.iter().rposition(|spot| *spot != BLANK).map_or(0, |last| last + 1);
    let in_tail = (tail..new.len()).filter(|x| differs(*x)).count();
    let (limit, erase_tail) = if in_tail > 3 { (tail, true) } else { (new.len(), false) };
    let mut x = 0;
    while x < limit {
        if !differs(x) {
            x += 1;
            continue;
        }
        let blanks = blanks_to_change(old, new, x, limit);
        if blanks >= usize::from(ERASE_FROM) {
            reach(pen, x as u16, y, new);
            pen.erase(blanks as u16);
            x += blanks;
            continue;
        }
        let Some(spot) = new.get(x) else { break };
        reach(pen, x as u16, y, new);
        put(pen, spot);
        x += usize::from(spot.width.max(1));
    }
    if erase_tail && let Some(from) = (tail..new.len()).find(|x| differs(*x)) {
        reach(pen, from as u16, y, new);
        pen.erase_line();
    }
}

/// Length of the run of plain blanks at `x` up to the last one that differs.
fn blanks_to_change(old: &[Spot], new: &[Spot], x: usize, limit: usize) -> usize {
    let run = new.iter().take(limit).skip(x).take_while(|spot| **spot == BLANK).count();
    let olds = old.get(x..x + run).unwrap_or_default();
    olds.iter().rposition(|spot| *spot != BLANK).map_or(0, |last| last + 1)
}

/// Brings the pen to a cell: by writing what stands between again, where that is no longer than a move.
fn reach(pen: &mut Pen, x: u16, y: u16, row: &[Spot]) {
    if let (Some((from, _)), Some(cost)) = (pen.at(), pen.cost_along(x, y))
        && x - from <= cost
    {
        let between = row.get(usize::from(from)..usize::from(x)).unwrap_or_default();
        if between.iter().all(|spot| rewritable(pen, spot)) {
            for spot in between {
                put(pen, spot);
            }
        }
    }
    pen.go(x, y);
}

fn rewritable(pen: &Pen, spot: &Spot) -> bool {
    match spot.symbol {
        Symbol::One(c) => c.is_ascii() && spot.width == 1 && pen.wears(spot.look),
        Symbol::Cluster(_) => false,
    }
}

fn put(pen: &mut Pen, spot: &Spot) {
    match &spot.symbol {
        Symbol::One(c) => pen.put(c.encode_utf8(&mut [0; 4]), spot.width, spot.look),
        Symbol::Cluster(text) => pen.put(text, spot.width, spot.look),
    }
}
