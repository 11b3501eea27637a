//! Putting resources into a perimeter: the list to choose from, or the few choices after it.

use super::super::canvas::{Canvas, wrap};
use super::super::chrome;
use super::super::coverage as words;
use super::super::table;
use super::super::theme::Role;
use super::lists;
use crate::app::Model;
use crate::app::coverage;
use crate::app::layout::Rect;
use crate::app::overlays::join::{Join, Stage};
use crate::app::panes::AnyList;

/// Draws what is being chosen; returns where a cursor stands.
pub fn draw(canvas: &mut Canvas<'_>, room: Rect, join: &Join, model: &Model) -> Option<(u16, u16)> {
    let name = join.perimeter.as_ref().map_or("", |p| p.id.name());
    if let Stage::Perimeter(picker) | Stage::Profile(picker) = &join.stage {
        return Some(lists::picker(canvas, room, picker));
    }
    canvas.frame(room, &format!("Associate with {name}"));
    let (_, inner) = room.inner(1).take_left(1);
    let list = &model.panes.candidates;
    table::draw(canvas, inner, list, &model.data);
    if let Some(input) = &join.typing {
        return Some(chrome::filter_line(canvas, inner, input));
    }
    let (line, rest) = inner.take_top(1);
    let (_, body) = rest.take_top(1);
    canvas.text((line.x, line.y), line.w, &head(model), Role::Title);
    if list.is_empty() {
        nothing(canvas, body, model);
    }
    if let Some(f) = &join.refused {
        let text = f.refusal();
        let lines = wrap(&text, usize::from(body.w.saturating_sub(1)));
        let (_, foot) = body.take_bottom((lines.len() as u16).min(body.h / 2));
        canvas.clear(foot);
        for (i, text) in lines.iter().take(usize::from(foot.h)).enumerate() {
            canvas.text((foot.x, foot.y + i as u16), foot.w, text, Role::Bad);
        }
    }
    None
}

fn head(model: &Model) -> String {
    let list = &model.panes.candidates;
    let mut parts = vec![if list.filter_text().is_empty() {
        format!("{} resources could be in a perimeter", list.total())
    } else {
        format!("{} of {} /{}", list.len(), list.total(), list.filter_text())
    }];
    if list.marked() > 0 {
        parts.push(format!("{} marked", list.marked()));
    }
    if !coverage::is_complete(&model.data) {
        parts.push(words::progress(model));
    } else if let Some((_, failure)) = coverage::gaps(&model.data).first() {
        parts.push(format!("incomplete: {}", failure.title));
    }
    parts.join(" \u{b7} ")
}

fn nothing(canvas: &mut Canvas<'_>, body: Rect, model: &Model) {
    let text = match (model.panes.candidates.total(), coverage::gaps(&model.data).first()) {
        (1.., _) => "no row matches the filter (Esc drops it)".to_owned(),
        (_, Some((what, f))) => format!("{what}: {}. {} {}", f.title, f.detail, f.hint),
        (_, None) if coverage::is_complete(&model.data) => "no resource in scope could join it".to_owned(),
        (_, None) => words::progress(model),
    };
    for (i, line) in wrap(&text, usize::from(body.w.saturating_sub(4))).iter().enumerate() {
        canvas.text((body.x + 2, body.y + i as u16), body.w.saturating_sub(2), line, Role::Warn);
    }
}
