//! Writes cells to a terminal in as few bytes as it can: it knows where the cursor is and which
//! attributes are on, and sends only what differs. It decides nothing about what is drawn.

use std::io::Write as _;

use ratatui::style::{Color, Modifier};

/// How a cell looks, apart from its character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Look {
    /// Colour of the character.
    pub fg: Color,
    /// Colour behind it.
    pub bg: Color,
    /// Colour of the line under it.
    pub line: Color,
    /// Bold, underlined and the like.
    pub modifier: Modifier,
}

impl Look {
    /// A terminal's own look, after `SGR 0`.
    pub(super) const PLAIN: Self =
        Self { fg: Color::Reset, bg: Color::Reset, line: Color::Reset, modifier: Modifier::empty() };

    /// Attributes that can be seen on a blank.
    const SEEN_ON_BLANK: Modifier = Modifier::UNDERLINED
        .union(Modifier::REVERSED)
        .union(Modifier::CROSSED_OUT)
        .union(Modifier::SLOW_BLINK);

    /// The same to the eye, when the cell is blank: a blank has no foreground.
    pub(super) fn on_blank(self) -> Self {
        if self.modifier.intersects(Self::SEEN_ON_BLANK) {
            return self;
        }
        Self { bg: self.bg, ..Self::PLAIN }
    }
}

/// The terminal's state as far as it follows from what was written.
#[derive(Debug)]
pub(super) struct Pen {
    out: Vec<u8>,
    /// Column and row; `None` when it is not certain.
    at: Option<(u16, u16)>,
    look: Look,
    width: u16,
}

impl Pen {
    /// A pen at an unknown place, with the terminal's own look.
    pub(super) fn new(width: u16) -> Self {
        Self { out: Vec::new(), at: None, look: Look::PLAIN, width }
    }

    /// A pen in the same state, with nothing written yet: for a trial.
    pub(super) fn fork(&self) -> Self {
        Self { out: Vec::with_capacity(4096), ..*self }
    }

    /// What was written.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.out
    }

    /// Gives away what was written and goes on in the same state.
    pub(super) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out)
    }

    /// Control bytes that move nothing and change no look.
    pub(super) fn control(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    /// Erases everything and goes home. Margins are lifted, too: some terminals keep them when
    /// their size changes.
    pub(super) fn clear(&mut self) {
        self.look = Look::PLAIN;
        self.out.extend_from_slice(b"\x1b[m\x1b[r\x1b[H\x1b[2J");
        self.at = Some((0, 0));
    }

    /// Writes one symbol of this width here. The place is then the cell after it.
    pub(super) fn put(&mut self, symbol: &str, width: u16, look: Look) {
        let mut look = look;
        if symbol == " " {
            look = look.on_blank();
            // What a blank does not show need not be changed for it.
            if look.modifier.is_empty() && !self.look.modifier.intersects(Look::SEEN_ON_BLANK) {
                look = Look { bg: look.bg, ..self.look };
            }
        }
        self.dress(look);
        self.out.extend_from_slice(symbol.as_bytes());
        let mut chars = symbol.chars();
        let certain = chars.next().is_some() && chars.next().is_none();
        self.at = match self.at {
            // At the right edge terminals differ; clusters are measured differently, too.
            Some((x, y)) if certain && x.saturating_add(width) < self.width => Some((x + width, y)),
            _ => None,
        };
    }

    /// Blanks the rest of the line, with the terminal's own background.
    pub(super) fn erase_line(&mut self) {
        self.undress();
        self.out.extend_from_slice(b"\x1b[K");
    }

    /// Blanks this many cells from here on; the cursor stays.
    pub(super) fn erase(&mut self, cells: u16) {
        self.undress();
        let _ = write!(self.out, "\x1b[{cells}X");
    }

    /// Moves rows `top..=bottom` up (down, when negative) by this many rows; blank rows come in.
    pub(super) fn scroll(&mut self, top: u16, bottom: u16, by: i32) {
        self.undress();
        let _ = write!(self.out, "\x1b[{};{}r", top + 1, bottom + 1);
        let (row, step): (u16, &[u8]) = if by > 0 { (bottom, b"\n") } else { (top, b"\x1bM") };
        if row > 0 {
            let _ = write!(self.out, "\x1b[{}H", row + 1);
        }
        for _ in 0..by.unsigned_abs() {
            self.out.extend_from_slice(step);
        }
        self.out.extend_from_slice(b"\x1b[r");
        self.at = Some((0, 0));
    }

    /// Goes to a cell by the shortest way.
    pub(super) fn go(&mut self, x: u16, y: u16) {
        if self.at == Some((x, y)) {
            return;
        }
        let mut best = absolute(x, y);
        if let Some(from) = self.at {
            for way in relative(from, (x, y)) {
                if way.len() < best.len() {
                    best = way;
                }
            }
        }
        self.out.extend_from_slice(&best);
        self.at = Some((x, y));
    }

    /// How many bytes [`Pen::go`] would take along the row where the pen is.
    pub(super) fn cost_along(&self, x: u16, y: u16) -> Option<u16> {
        let (from, row) = self.at?;
        (row == y && from < x).then(|| 3 + if x - from > 1 { decimal(x - from) } else { 0 })
    }

    /// The cell where the pen is.
    pub(super) fn at(&self) -> Option<(u16, u16)> {
        self.at
    }

    /// Whether a cell with this look can be written without any attribute being changed.
    pub(super) fn wears(&self, look: Look) -> bool {
        self.look == look
    }

    /// Makes erased and scrolled-in cells plain ones.
    fn undress(&mut self) {
        if self.look.bg != Color::Reset || self.look.modifier.intersects(Look::SEEN_ON_BLANK) {
            self.dress(Look::PLAIN);
        }
    }

    /// Turns the attributes into these.
    pub(super) fn dress(&mut self, look: Look) {
        if self.look == look {
            return;
        }
        let afresh = parameters(Look::PLAIN, look, "0");
        let change = parameters(self.look, look, "");
        let shorter = if look == Look::PLAIN { "" } else { shorter(&afresh, &change) };
        let _ = write!(self.out, "\x1b[{shorter}m");
        self.look = look;
    }
}

fn shorter<'a>(a: &'a str, b: &'a str) -> &'a str {
    if a.len() < b.len() { a } else { b }
}

fn decimal(n: u16) -> u16 {
    n.checked_ilog10().unwrap_or(0) as u16 + 1
}

fn absolute(x: u16, y: u16) -> Vec<u8> {
    match (x, y) {
        (0, 0) => b"\x1b[H".to_vec(),
        (0, _) => format!("\x1b[{}H", y + 1).into_bytes(),
        (_, 0) => format!("\x1b[;{}H", x + 1).into_bytes(),
        _ => format!("\x1b[{};{}H", y + 1, x + 1).into_bytes(),
    }
}

/// The ways from one cell to another by steps: rows first, then columns.
fn relative(from: (u16, u16), to: (u16, u16)) -> [Vec<u8>; 2] {
    let rows = if to.1 >= from.1 {
        // Raw mode: a line feed keeps the column.
        steps(to.1 - from.1, b"\n", 'B')
    } else {
        steps(from.1 - to.1, b"\x1bM", 'A')
    };
    let columns =
        if to.0 >= from.0 { steps(to.0 - from.0, b"", 'C') } else { steps(from.0 - to.0, b"\x08", 'D') };
    let straight = [rows.as_slice(), &columns].concat();
    let from_margin = [b"\r".as_slice(), &rows, &steps(to.0, b"", 'C')].concat();
    [straight, from_margin]
}

/// `n` steps: as single bytes where that is shorter than a sequence.
fn steps(n: u16, single: &[u8], letter: char) -> Vec<u8> {
    if n == 0 {
        return Vec::new();
    }
    let sequence = if n == 1 { format!("\x1b[{letter}") } else { format!("\x1b[{n}{letter}") }.into_bytes();
    if !single.is_empty() && single.len() * usize::from(n) <= sequence.len() {
        return single.repeat(usize::from(n));
    }
    sequence
}

/// SGR parameters that turn one look into another, after `start`.
fn parameters(from: Look, to: Look, start: &str) -> String {
    let mut out = Vec::new();
    if !start.is_empty() {
        out.push(start.to_owned());
    }
    let gone = from.modifier - to.modifier;
    let mut new = to.modifier - from.modifier;
    for (bits, code) in OFF {
        if gone.intersects(bits) {
            out.push(code.to_owned());
            // One code ends all of them, also the one that is to stay.
            new |= to.modifier & bits;
        }
    }
    for (bit, code) in ON {
        if new.contains(bit) {
            out.push(code.to_owned());
        }
    }
    if from.fg != to.fg {
        out.push(colour(to.fg, 30));
    }
    if from.bg != to.bg {
        out.push(colour(to.bg, 40));
    }
    if from.line != to.line {
        out.push(colour(to.line, 50));
    }
    out.join(";")
}

const OFF: [(Modifier, &str); 7] = [
    (Modifier::BOLD.union(Modifier::DIM), "22"),
    (Modifier::ITALIC, "23"),
    (Modifier::UNDERLINED, "24"),
    (Modifier::SLOW_BLINK.union(Modifier::RAPID_BLINK), "25"),
    (Modifier::REVERSED, "27"),
    (Modifier::HIDDEN, "28"),
    (Modifier::CROSSED_OUT, "29"),
];

const ON: [(Modifier, &str); 9] = [
    (Modifier::BOLD, "1"),
    (Modifier::DIM, "2"),
    (Modifier::ITALIC, "3"),
    (Modifier::UNDERLINED, "4"),
    (Modifier::SLOW_BLINK, "5"),
    (Modifier::RAPID_BLINK, "6"),
    (Modifier::REVERSED, "7"),
    (Modifier::HIDDEN, "8"),
    (Modifier::CROSSED_OUT, "9"),
];

/// The SGR parameter of a colour; `base` is 30 (foreground), 40 (background) or 50 (underline).
fn colour(colour: Color, base: u8) -> String {
    let named = |n: u8| {
        // Underlines have no short codes.
        if base == 50 {
            format!("58;5;{n}")
        } else if n < 8 {
            (base + n).to_string()
        } else {
            (base + 60 + n - 8).to_string()
        }
    };
    match colour {
        Color::Reset => (base + 9).to_string(),
        Color::Black => named(0),
        Color::Red => named(1),
        Color::Green => named(2),
        Color::Yellow => named(3),
        Color::Blue => named(4),
        Color::Magenta => named(5),
        Color::Cyan => named(6),
        Color::Gray => named(7),
        Color::DarkGray => named(8),
        Color::LightRed => named(9),
        Color::LightGreen => named(10),
        Color::LightYellow => named(11),
        Color::LightBlue => named(12),
        Color::LightMagenta => named(13),
        Color::LightCyan => named(14),
        Color::White => named(15),
        Color::Indexed(n) => format!("{};5;{n}", base + 8),
        Color::Rgb(r, g, b) => format!("{};2;{r};{g};{b}", base + 8),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(fg: Color, modifier: Modifier) -> Look {
        Look { fg, modifier, ..Look::PLAIN }
    }

    fn written(act: impl FnOnce(&mut Pen)) -> String {
        let mut pen = Pen::new(80);
        act(&mut pen);
        String::from_utf8(pen.take()).unwrap()
    }

    #[test]
    fn the_shortest_move_wins() {
        let from = |x, y, to: (u16, u16)| {
            let mut pen = Pen::new(80);
            pen.go(x, y);
            pen.take();
            pen.go(to.0, to.1);
            String::from_utf8(pen.take()).unwrap()
        };
        assert_eq!(from(5, 5, (5, 5)), "");
        assert_eq!(from(5, 5, (0, 6)), "\r\n");
        assert_eq!(from(5, 5, (4, 5)), "\x08");
        assert_eq!(from(5, 5, (6, 5)), "\x1b[C");
        assert_eq!(from(5, 5, (5, 4)), "\x1bM");
        assert_eq!(from(5, 5, (30, 5)), "\x1b[25C");
        assert_eq!(from(70, 40, (0, 0)), "\x1b[H");
        assert_eq!(from(0, 0, (29, 39)), "\x1b[40;30H");
    }

    #[test]
    fn only_changed_attributes_are_sent() {
        let text = written(|pen| {
            pen.go(0, 0);
            pen.put("a", 1, look(Color::Green, Modifier::BOLD));
            pen.put("b", 1, look(Color::Green, Modifier::BOLD));
            pen.put("c", 1, look(Color::Green, Modifier::empty()));
            pen.put(" ", 1, look(Color::Red, Modifier::empty()));
            pen.put("d", 1, Look::PLAIN);
        });
        assert_eq!(text, "\x1b[H\x1b[1;32mab\x1b[22mc \x1b[md");
    }

    #[test]
    fn the_right_edge_is_not_trusted() {
        let text = written(|pen| {
            pen.go(79, 3);
            pen.put("x", 1, Look::PLAIN);
            pen.go(0, 4);
        });
        assert_eq!(text, "\x1b[4;80Hx\x1b[5H");
    }
}
