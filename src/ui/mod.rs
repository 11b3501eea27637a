//! The frame: the model drawn into a buffer of cells. Reads, never writes; knows no terminal.

mod canvas;
mod chrome;
mod coverage;
mod detail;
mod evidence;
mod log;
mod overlays;
mod room;
mod status;
mod table;
pub mod theme;

use ratatui::buffer::Buffer;

use crate::app::Model;
use crate::app::focus::{Pane, Tab};
use crate::app::layout::{Areas, Class, Rect};
use crate::app::overlays::Overlay;
use canvas::Canvas;
use status::Status;
use theme::Role;
pub use theme::Theme;

/// What the runtime needs to know about a frame beyond its cells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drawn {
    /// Where the terminal's cursor stands; hidden without one.
    pub cursor: Option<(u16, u16)>,
    /// Rows (first, one past the last) that may have scrolled as a whole.
    pub scrolling: Vec<(u16, u16)>,
}

/// Draws the model. The buffer is expected to be empty and of the model's size.
pub fn view(model: &Model, theme: &Theme, buffer: &mut Buffer) -> Drawn {
    let mut canvas = Canvas::new(buffer, theme);
    let areas = model.areas();
    chrome::header(&mut canvas, areas.header, model);
    chrome::tabs(&mut canvas, &areas, model);
    let mut cursor = None;
    for pane in [Pane::Perimeters, Pane::Main, Pane::Detail, Pane::Log, Pane::Room] {
        let area = areas.pane(pane);
        if !area.is_empty() {
            cursor = cursor.or(draw_pane(&mut canvas, area, pane, model));
        }
    }
    separators(&mut canvas, &areas);
    chrome::footer(&mut canvas, areas.footer, model);
    // What is asked about a row of a board is asked over the board.
    if let [.., board @ Overlay::Board(_), _] = model.overlays.as_slice() {
        overlays::draw(&mut canvas, areas.screen, board, model);
    }
    if let Some(overlay) = model.overlays.last() {
        cursor = overlays::draw(&mut canvas, areas.screen, overlay, model);
    }
    let scrolling = [Pane::Perimeters, Pane::Main, Pane::Detail, Pane::Log, Pane::Room]
        .into_iter()
        .map(|pane| areas.rows(pane))
        .filter(|rows| rows.h > 2)
        .map(|rows| (rows.y, rows.y + rows.h))
        .collect();
    Drawn { cursor, scrolling }
}

fn separators(canvas: &mut Canvas<'_>, areas: &Areas) {
    if matches!(areas.class, Class::Medium | Class::Wide)
        && !areas.perimeters.is_empty()
        && !areas.main.is_empty()
    {
        let p = areas.perimeters;
        canvas.down(Rect::new(p.x + p.w, p.y, 1, p.h), Role::Dim);
        if areas.class == Class::Wide {
            let d = areas.detail;
            canvas.down(Rect::new(d.x.saturating_sub(1), d.y, 1, d.h), Role::Dim);
        }
    }
}

/// Draws one pane; returns the cursor of a filter being typed in it.
fn draw_pane(canvas: &mut Canvas<'_>, area: Rect, pane: Pane, model: &Model) -> Option<(u16, u16)> {
    match pane {
        Pane::Detail => {
            detail::draw(canvas, area, model);
            return None;
        }
        Pane::Log => log::draw(canvas, area, model),
        Pane::Room => room::draw(canvas, area, model),
        Pane::Perimeters => table::draw(canvas, area, &model.panes.perimeters, &model.data),
        Pane::Main => match model.focus.tab {
            Tab::Resources => table::draw(canvas, area, &model.panes.resources, &model.data),
            Tab::Profiles => table::draw(canvas, area, &model.panes.profiles, &model.data),
            Tab::Rules => table::draw(canvas, area, &model.panes.rules, &model.data),
            Tab::Links => table::draw(canvas, area, &model.panes.links, &model.data),
            Tab::Checks => table::draw(canvas, area, &model.panes.checks, &model.data),
            Tab::Coverage => table::draw(canvas, area, &model.panes.coverage, &model.data),
            Tab::Evidence => table::draw(canvas, area, &model.panes.evidence.board, &model.data),
            Tab::Activity => table::draw(canvas, area, &model.panes.activity, &model.data),
            Tab::Logging => table::draw(canvas, area, &model.panes.logging, &model.data),
        },
    }
    let status = Status::of(model, pane);
    status.empty(canvas, area);
    if let (Some(input), true) = (&model.panes.filter_input, model.focus.pane == pane) {
        return Some(chrome::filter_line(canvas, area, input));
    }
    chrome::title(canvas, area, pane, &status, model);
    None
}
