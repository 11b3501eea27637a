//! The mouse: where it points to and what a click or the wheel does there.

use super::super::Model;
use super::super::command::Command;
use super::super::effect::Effect;
use super::super::focus::Pane;
use super::super::layout::Rect;
use super::super::msg::MouseKind;
use super::super::rows;
use super::overlay;

/// The mouse: a click focuses and selects, the wheel scrolls.
pub fn mouse(model: &mut Model, kind: MouseKind, x: u16, y: u16) -> Vec<Effect> {
    super::take_over(model);
    let down = match kind {
        MouseKind::WheelDown => Some(true),
        MouseKind::WheelUp => Some(false),
        MouseKind::Click => None,
    };
    if !model.overlays.is_empty() {
        return match down {
            Some(true) => overlay::command(model, Command::Down),
            Some(false) => overlay::command(model, Command::Up),
            None => Vec::new(),
        };
    }
    let areas = model.areas();
    let Some(pane) = areas.hit(x, y) else { return Vec::new() };
    match down {
        Some(down) => wheel(model, pane, down),
        None => click(model, pane, areas.rows(pane), y),
    }
    Vec::new()
}

fn wheel(model: &mut Model, pane: Pane, down: bool) {
    let page = model.page(pane);
    if pane == Pane::Detail {
        let command = if down { Command::Down } else { Command::Up };
        return super::scroll_detail(model, command, page);
    }
    let open_tab = model.focus.tab;
    let delta = if down { 3 } else { -3 };
    if model.panes.list_mut(pane, open_tab).is_some_and(|list| list.move_by(delta, page)) {
        rows::moved(model);
    }
    if down {
        super::super::room::reached_end(model);
    }
}

fn click(model: &mut Model, pane: Pane, rows_area: Rect, y: u16) {
    super::focus(model, pane);
    let page = model.page(pane);
    let open_tab = model.focus.tab;
    if let (Some(list), true) = (model.panes.list_mut(pane, open_tab), y >= rows_area.y && rows_area.h > 0) {
        let place = list.top() + usize::from(y - rows_area.y);
        if place < list.len() {
            list.move_to(place, page);
            rows::moved(model);
        }
    }
}
