//! Named styles and signs. No colour and no drawing character is written anywhere else.
//!
//! Only the terminal's own 16 colours are used, so that light and dark backgrounds and the user's
//! palette all work; state is always a word as well.

use std::borrow::Cow;

use ratatui::style::{Color, Modifier, Style};

/// What a piece of text is; the theme decides how that looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Role {
    /// Ordinary text.
    #[default]
    Plain,
    /// Less important, or stale.
    Dim,
    /// Important.
    Strong,
    /// A heading.
    Head,
    /// Title of a pane without focus.
    Title,
    /// Title of the pane with the focus.
    Focused,
    /// The mark of the selected row.
    Marker,
    /// The one emphasised cell of the selected row.
    Selected,
    /// Allowed; went well.
    Good,
    /// Would be denied; to be looked at.
    Warn,
    /// Denied; failed.
    Bad,
    /// A key.
    Key,
    /// A text field.
    Input,
    /// The badge of the simulator.
    Simulated,
    /// The badge of allowed writes.
    Unlocked,
    /// The badge of read-only mode.
    ReadOnly,
}

/// How much colour there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colours {
    /// The terminal's 16 colours.
    Sixteen,
    /// None: bold, dim, underlined and reversed only.
    None,
}

/// Styles and signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theme {
    /// How much colour there is.
    pub colours: Colours,
    /// The signs.
    pub signs: Signs,
}

/// Characters that are drawn, not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signs {
    /// Marks the selected row.
    pub marker: &'static str,
    /// Marks a marked row.
    pub mark: &'static str,
    /// Stands where text was cut.
    pub cut: &'static str,
    /// Line across.
    pub across: &'static str,
    /// Line down.
    pub down: &'static str,
    /// Corners: top left, top right, bottom left, bottom right.
    pub corners: [&'static str; 4],
    /// Parts words on a title line.
    pub dot: &'static str,
    /// From one thing to another.
    pub arrow: &'static str,
    /// So many times.
    pub times: &'static str,
    /// The cursor of a field where the terminal's own is not shown.
    pub caret: &'static str,
    /// The parts of a bar, from an eighth to all of a cell.
    pub bars: [&'static str; 8],
}

/// Signs of Unicode's box drawing and punctuation.
pub const UNICODE: Signs = Signs {
    marker: "\u{258c}",
    mark: "\u{2022}",
    cut: "\u{2026}",
    across: "\u{2500}",
    down: "\u{2502}",
    corners: ["\u{250c}", "\u{2510}", "\u{2514}", "\u{2518}"],
    dot: "\u{b7}",
    arrow: "\u{2192}",
    times: "\u{d7}",
    caret: "\u{258f}",
    bars: ["\u{2581}", "\u{2582}", "\u{2583}", "\u{2584}", "\u{2585}", "\u{2586}", "\u{2587}", "\u{2588}"],
};

/// Signs of ASCII only, for screen readers and odd fonts.
pub const ASCII: Signs = Signs {
    marker: ">",
    mark: "*",
    cut: "~",
    across: "-",
    down: "|",
    corners: ["+", "+", "+", "+"],
    dot: "-",
    arrow: "->",
    times: "x",
    caret: "_",
    bars: [".", ".", ":", ":", "|", "|", "#", "#"],
};

impl Default for Theme {
    fn default() -> Self {
        Self { colours: Colours::Sixteen, signs: UNICODE }
    }
}

impl Theme {
    /// Text in the signs of the theme: ASCII has plain words for our own punctuation, and shows what
    /// `domain::text` has made of hostile characters.
    pub fn words<'t>(&self, text: Cow<'t, str>) -> Cow<'t, str> {
        if self.signs != ASCII || text.is_ascii() {
            return text;
        }
        let mut out = String::with_capacity(text.len());
        for c in text.chars() {
            match c {
                '\u{2192}' => out.push_str("->"),
                '\u{2026}' => out.push('~'),
                '\u{2013}' | '\u{b7}' => out.push('-'),
                '\u{d7}' => out.push('x'),
                // A chart keeps its shape.
                '\u{2581}'..='\u{2588}' => out.push(char::from(b'1' + (u32::from(c) - 0x2581) as u8)),
                '\u{27e8}' => out.push('<'),
                '\u{27e9}' => out.push('>'),
                '\u{2400}'..='\u{241f}' => {
                    out.push('^');
                    out.extend(char::from_u32(u32::from(c) - 0x2400 + 0x40));
                }
                c => out.push(c),
            }
        }
        out.into()
    }

    /// How a piece of text looks.
    pub fn style(&self, role: Role) -> Style {
        // What is drawn over must not shine through: styles are laid over those below.
        let plain = Style::reset();
        let bold = plain.add_modifier(Modifier::BOLD);
        let dim = plain.add_modifier(Modifier::DIM);
        let reversed = bold.add_modifier(Modifier::REVERSED);
        let coloured = self.colours == Colours::Sixteen;
        let colour = |style: Style, colour| if coloured { style.fg(colour) } else { style };
        match role {
            Role::Plain => plain,
            Role::Dim => dim,
            Role::Strong | Role::Selected => bold,
            Role::Head => bold.add_modifier(Modifier::UNDERLINED),
            Role::Title => dim,
            Role::Focused | Role::Marker | Role::Key => colour(bold, Color::Cyan),
            Role::Good => colour(plain, Color::Green),
            Role::Warn => colour(bold, Color::Yellow),
            Role::Bad => colour(bold, Color::Red),
            Role::Input => plain.add_modifier(Modifier::UNDERLINED),
            Role::Simulated => colour(reversed, Color::Magenta),
            Role::Unlocked => colour(reversed, Color::Red),
            Role::ReadOnly => bold,
        }
    }
}
