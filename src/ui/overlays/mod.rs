//! Overlays, drawn over the panes.

mod board;
mod confirm;
mod form;
mod hygiene;
mod impact;
mod join;
mod listed;
mod lists;
mod sheet;
mod text;
mod what_if;

use super::canvas::Canvas;
use crate::app::Model;
use crate::app::believed;
use crate::app::guards;
use crate::app::layout::Rect;
use crate::app::overlays::{Overlay, TextBox};
use crate::app::planning;
use crate::app::probe;

/// Draws the topmost overlay; returns where its cursor stands.
pub fn draw(canvas: &mut Canvas<'_>, screen: Rect, overlay: &Overlay, model: &Model) -> Option<(u16, u16)> {
    // The header and the footer stay in sight: scope and keys.
    let (_, rest) = screen.take_top(u16::from(screen.h > 6));
    let (room, _) = rest.take_bottom(u16::from(screen.h > 6));
    match overlay {
        Overlay::Text(text) => {
            text::draw(canvas, room, text);
            None
        }
        Overlay::Palette(palette) => Some(lists::palette(canvas, room, palette)),
        Overlay::Picker(picker) => Some(lists::picker(canvas, room, picker)),
        Overlay::Confirm(confirm) => confirm::draw(canvas, room, confirm),
        Overlay::Join(it) => join::draw(canvas, room, it, model),
        Overlay::Form(form) => form::draw(canvas, room, form, model),
        Overlay::Sheet(sheet) => sheet::draw(canvas, room, sheet),
        Overlay::Board(board) => {
            board::draw(canvas, room, board, model);
            None
        }
        Overlay::Hygiene(shown) => {
            hygiene::draw(canvas, room, shown, model);
            None
        }
        Overlay::Plan(shown) => {
            let mut text = TextBox::new(planning::title(shown), planning::lines(model, shown));
            text.scroll = shown.scroll;
            text::draw(canvas, room, &text);
            None
        }
        Overlay::Impact(shown) => {
            impact::draw(canvas, room, shown, model);
            None
        }
        Overlay::Believed(shown) => {
            let lines = model.panes.resources.find(&shown.association);
            let lines = lines.map_or_else(Vec::new, |a| believed::lines(model, a));
            let mut text = TextBox::new(format!("What {} believes of its perimeter", shown.name), lines);
            text.scroll = shown.scroll;
            text::draw(canvas, room, &text);
            None
        }
        Overlay::Guard(shown) => {
            let mut text = TextBox::new(guards::title(model, shown.at), guards::lines(model, shown.at));
            text.scroll = shown.scroll;
            text::draw(canvas, room, &text);
            None
        }
        Overlay::WhatIf(asked) => what_if::draw(canvas, room, asked),
        Overlay::Scope(shown) => Some(lists::scopes(canvas, room, shown, model)),
        Overlay::Probe(shown) => {
            let mut text = TextBox::new(
                format!("Connection to {} from this machine", shown.resource.name()),
                probe::lines(model, shown),
            );
            text.scroll = shown.scroll;
            text::draw(canvas, room, &text);
            None
        }
    }
}

/// A box in the middle of the room.
fn centred(room: Rect, width: u16, height: u16) -> Rect {
    let (w, h) = (width.min(room.w), height.min(room.h));
    Rect::new(room.x + (room.w - w) / 2, room.y + (room.h - h) / 2, w, h)
}
