//! Judges [`Screen`] by a terminal emulator: after each frame it must show the buffer, in few bytes.

use std::num::NonZeroU16;

use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};

use nsp::runtime::Screen;

struct Judge {
    screen: Screen,
    /// What was drawn last.
    wanted: Buffer,
    terminal: vt100::Parser,
}

impl Judge {
    fn new(width: u16, height: u16) -> Self {
        let size = |n| NonZeroU16::new(n).unwrap();
        let mut terminal = vt100::Parser::new(size(height), size(width), 0);
        terminal.process(b"\x1b[?25l");
        let wanted = Buffer::empty(Rect::new(0, 0, width, height));
        Self { screen: Screen::new(width, height), wanted, terminal }
    }

    /// Draws one frame and returns how many bytes it took.
    fn draw(&mut self, draw: impl FnOnce(&mut Buffer)) -> usize {
        self.wanted.reset();
        draw(&mut self.wanted);
        self.show(None).len()
    }

    /// Shows what is wanted and returns the bytes.
    fn show(&mut self, cursor: Option<(u16, u16)>) -> Vec<u8> {
        self.screen.draft().clone_from(&self.wanted);
        let bytes = self.screen.frame(cursor).to_vec();
        self.terminal.process(&bytes);
        self.compare();
        bytes
    }

    fn compare(&self) {
        let buffer = &self.wanted;
        for y in 0..buffer.area.height {
            let mut x = 0;
            while x < buffer.area.width {
                x += self.compare_cell(x, y);
            }
        }
    }

    fn compare_cell(&self, x: u16, y: u16) -> u16 {
        let want = &self.wanted[(x, y)];
        let got = self.terminal.screen().cell(y, x).unwrap();
        let width = unicode_width::UnicodeWidthStr::width(want.symbol()) as u16;
        let symbol = if x + width > self.wanted.area.width { " " } else { want.symbol() };
        let shown = if got.has_contents() { got.contents() } else { " " };
        assert_eq!(shown, symbol, "symbol at {x},{y}");
        assert_eq!(got.bgcolor(), colour(want.bg), "background at {x},{y}");
        assert_eq!(got.inverse(), want.modifier.contains(Modifier::REVERSED), "inverse at {x},{y}");
        assert_eq!(got.underline(), want.modifier.contains(Modifier::UNDERLINED), "underline at {x},{y}");
        if symbol != " " {
            assert_eq!(got.fgcolor(), colour(want.fg), "foreground at {x},{y}");
            let (bold, dim) = (want.modifier.contains(Modifier::BOLD), want.modifier.contains(Modifier::DIM));
            // The emulator knows bold or dim, not both.
            if !(bold && dim) {
                assert_eq!((got.bold(), got.dim()), (bold, dim), "weight at {x},{y}");
            }
        }
        width.max(1)
    }
}

fn colour(colour: Color) -> vt100::Color {
    match colour {
        Color::Reset => vt100::Color::Default,
        Color::Red => vt100::Color::Idx(1),
        Color::LightBlue => vt100::Color::Idx(12),
        Color::Indexed(n) => vt100::Color::Idx(n),
        other => panic!("{other:?} is not used here"),
    }
}

/// A piece of text somewhere, or rows moved by some lines.
#[derive(Debug, Clone)]
enum Act {
    Text(u16, u16, String, Style),
    Shift(i8),
    Wipe,
    Cursor(u16, u16),
    Forget,
}

fn style() -> impl Strategy<Value = Style> {
    let fg =
        prop_oneof![Just(Color::Reset), Just(Color::Red), Just(Color::LightBlue), Just(Color::Indexed(200))];
    let bg = prop_oneof![3 => Just(Color::Reset), 1 => Just(Color::Red), 1 => Just(Color::Indexed(17))];
    let modifier = prop_oneof![
        3 => Just(Modifier::empty()),
        1 => Just(Modifier::BOLD),
        1 => Just(Modifier::BOLD | Modifier::ITALIC),
        1 => Just(Modifier::DIM),
        1 => Just(Modifier::REVERSED),
        1 => Just(Modifier::UNDERLINED),
    ];
    (fg, bg, modifier).prop_map(|(fg, bg, modifier)| Style::new().fg(fg).bg(bg).add_modifier(modifier))
}

fn act() -> impl Strategy<Value = Act> {
    let word = prop_oneof!["[a-c ]{1,30}", "[日本a ]{1,8}", Just("e\u{301}x".to_owned()), " {1,40}"];
    prop_oneof![
        6 => (0_u16..40, 0_u16..12, word, style()).prop_map(|(x, y, text, style)| Act::Text(x, y, text, style)),
        2 => (-3_i8..=3).prop_map(Act::Shift),
        1 => Just(Act::Wipe),
        1 => (0_u16..40, 0_u16..12).prop_map(|(x, y)| Act::Cursor(x, y)),
        1 => Just(Act::Forget),
    ]
}

fn shift(buffer: &mut Buffer, by: i8) {
    let old = buffer.clone();
    for y in 2..10_u16 {
        let from = y.saturating_add_signed(i16::from(by));
        for x in 0..40 {
            buffer[(x, y)] = if (2..10).contains(&from) {
                old[(x, from)].clone()
            } else {
                ratatui::buffer::Cell::default()
            };
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_terminal_shows_the_buffer(frames in prop::collection::vec(prop::collection::vec(act(), 1..6), 1..12)) {
        let mut judge = Judge::new(40, 12);
        for acts in frames {
            let mut cursor = None;
            for act in acts {
                match act {
                    Act::Text(x, y, text, style) => { judge.wanted.set_string(x, y, text, style); }
                    Act::Shift(by) => shift(&mut judge.wanted, by),
                    Act::Wipe => judge.wanted.reset(),
                    Act::Cursor(x, y) => cursor = Some((x, y)),
                    Act::Forget => judge.screen.forget(),
                }
            }
            judge.show(cursor);
            let shown = judge.terminal.screen();
            prop_assert_eq!(shown.hide_cursor(), cursor.is_none());
            if let Some((x, y)) = cursor {
                prop_assert_eq!(shown.cursor_position(), (y, x));
            }
            prop_assert!(judge.screen.frame(cursor).is_empty());
        }
    }
}

#[test]
fn every_size_is_survived() {
    for (width, height) in [(0, 0), (0, 5), (5, 0), (1, 1), (2, 1), (1, 50)] {
        let mut screen = Screen::new(width, height);
        screen.draft();
        screen.frame(Some((0, 0)));
        screen.resize(height, width);
        screen.draft();
        screen.frame(Some((7, 7)));
    }
}

/// A list like the program's own: a marker and one emphasised cell on the chosen row.
fn list(buffer: &mut Buffer, first: usize, chosen: usize, left: u16, columns: u16) {
    for line in 0..32_u16 {
        let row = first + usize::from(line);
        let y = line + 3;
        let emphasis = if row == chosen { Style::new().add_modifier(Modifier::BOLD) } else { Style::new() };
        buffer.set_string(left, y, if row == chosen { "▌" } else { " " }, Style::new());
        buffer.set_string(left + 1, y, format!("rule-{row:05}"), emphasis);
        for column in 1..columns {
            let text =
                ["Inbound", "Enforced", "10.0.0.0/8", "batch", "frontdoor"][(row + usize::from(column)) % 5];
            buffer.set_string(left + 1 + column * 20, y, text, Style::new().fg(Color::Red));
        }
    }
}

/// The list with other things above and below it, at 200x50.
fn scene(buffer: &mut Buffer, first: usize, chosen: usize, left: u16, columns: u16) {
    buffer.set_string(0, 0, "nsp  AzureCloud / contoso / 3 subscriptions", Style::new());
    list(buffer, first, chosen, left, columns);
    for y in 36..49 {
        buffer.set_string(
            0,
            y,
            format!("12:04:{y}  denied  in  203.0.113.{y} -> aoai-prod-weu"),
            Style::new(),
        );
    }
}

#[test]
fn bytes_stay_within_the_budgets() {
    let mut judge = Judge::new(200, 50);
    let first = judge.draw(|b| scene(b, 0, 0, 0, 10));
    let still = judge.draw(|b| scene(b, 0, 0, 0, 10));
    let down = judge.draw(|b| scene(b, 0, 1, 0, 10));
    judge.draw(|b| scene(b, 0, 31, 0, 10));
    let scroll = judge.draw(|b| scene(b, 1, 32, 0, 10));
    let wheel = judge.draw(|b| scene(b, 4, 32, 0, 10));
    let back = judge.draw(|b| scene(b, 3, 3, 0, 10));
    let page = judge.draw(|b| scene(b, 34, 34, 0, 3));
    let page_again = judge.draw(|b| scene(b, 66, 66, 0, 3));
    println!(
        "200x50: first {first}, still {still}, down {down}, scroll {scroll}, wheel {wheel}, back {back}, page {page} {page_again}"
    );
    assert_eq!(still, 0);
    assert!(down <= 60, "{down}");
    assert!(scroll <= 400 && wheel <= 900 && back <= 400, "{scroll} {wheel} {back}");
    assert!(page_again <= 2_000, "{page_again}");
}

#[test]
fn a_list_beside_others_scrolls_within_the_budget() {
    let mut judge = Judge::new(200, 50);
    let beside = |b: &mut Buffer, first: usize, chosen: usize| {
        for y in 3..35 {
            b.set_string(
                60,
                y,
                format!("{y} aoai-prod-weu  OpenAI  frontdoor  Transition  Enabled"),
                Style::new(),
            );
        }
        scene(b, first, chosen, 0, 1);
    };
    judge.draw(|b| beside(b, 0, 31));
    let scroll = judge.draw(|b| beside(b, 1, 32));
    let page = judge.draw(|b| beside(b, 33, 64));
    println!("list beside others: scroll {scroll}, page {page}");
    assert!(scroll <= 400, "{scroll}");
    assert!(page <= 2_000, "{page}");
}

#[test]
fn a_large_frame_is_one_update() {
    let mut judge = Judge::new(200, 50);
    judge.draw(|_| ());
    judge.wanted.set_string(0, 0, "x", Style::new());
    assert!(!judge.show(None).starts_with(b"\x1b[?2026h"));
    for y in 0..50 {
        judge.wanted.set_string(0, y, "0123456789".repeat(20), Style::new());
    }
    let bytes = judge.show(None);
    assert!(bytes.starts_with(b"\x1b[?2026h") && bytes.ends_with(b"\x1b[?2026l"));
}

#[test]
fn control_characters_never_reach_the_terminal() {
    let mut screen = Screen::new(10, 2);
    let draft = screen.draft();
    draft[(3, 0)].set_symbol("\x1b]0;evil\x07");
    draft[(4, 0)].set_symbol("\u{9b}");
    let bytes = screen.frame(None);
    assert!(!bytes.windows(2).any(|w| w == b"\x1b]"), "{bytes:?}");
    assert!(!bytes.contains(&0x9b));
}
