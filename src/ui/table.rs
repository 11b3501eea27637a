//! A list as a table: the columns that fit, the rows in the window, the marker.

use super::canvas::Canvas;
use super::theme::Role;
use crate::app::columns::Row;
use crate::app::data::Data;
use crate::app::layout::{LIST_HEAD, Rect};
use crate::app::list::{Column, Width};
use crate::app::panes::{AnyList, ListPane};

/// Cells before the first column: the marker and the mark.
const LEAD: u16 = 2;

/// Which columns fit, and how wide each is drawn.
fn columns_that_fit<R>(columns: &[Column<R, Data>], width: u16) -> Vec<(usize, u16)> {
    let least = |c: &Column<R, Data>| match c.width {
        Width::Fixed(w) | Width::Fill(w) => w,
    };
    let mut rank = columns.iter().map(|c| c.rank).max().unwrap_or(0);
    loop {
        let kept: Vec<usize> =
            (0..columns.len()).filter(|i| columns.get(*i).is_some_and(|c| c.rank <= rank)).collect();
        let gaps = kept.len().saturating_sub(1) as u16;
        let needed: u16 = kept.iter().filter_map(|i| columns.get(*i)).map(least).sum::<u16>() + gaps;
        if needed <= width || rank == 0 {
            return share(columns, &kept, width.saturating_sub(gaps));
        }
        rank -= 1;
    }
}

/// Gives what is left over to the columns that can use it; takes from the last where it is not enough.
fn share<R>(columns: &[Column<R, Data>], kept: &[usize], width: u16) -> Vec<(usize, u16)> {
    let mut out: Vec<(usize, u16)> = Vec::new();
    let mut left = width;
    for i in kept {
        let Some(column) = columns.get(*i) else { continue };
        let (Width::Fixed(w) | Width::Fill(w)) = column.width;
        out.push((*i, w.min(left)));
        left = left.saturating_sub(w);
    }
    let fills: Vec<usize> = (0..out.len())
        .filter(|at| {
            out.get(*at).and_then(|(i, _)| columns.get(*i)).is_some_and(|c| matches!(c.width, Width::Fill(_)))
        })
        .collect();
    let count = fills.len().max(1) as u16;
    for (nth, at) in fills.into_iter().enumerate() {
        if let Some((_, w)) = out.get_mut(at) {
            *w += left / count + u16::from((nth as u16) < left % count);
        }
    }
    out
}

/// How a cell looks, by its column and its words.
fn role(title: &str, text: &str) -> Role {
    match (title, text) {
        ("state" | "status", "ok" | "Approved") => Role::Dim,
        ("state", text) if text.starts_with("done") => Role::Good,
        ("state", "failed" | "Failed" | "OUTCOME UNKNOWN") | ("status", "Rejected" | "Disconnected") => {
            Role::Bad
        }
        ("state", text) if text.starts_with("issues") || text == "BAD" => Role::Bad,
        ("state", "reading" | "not needed") => Role::Dim,
        ("state" | "status", _) | ("mode", "Audit") => Role::Warn,
        ("mode", "Enforced") => Role::Strong,
        ("public", "all networks") => Role::Warn,
        ("if enforced", "ready") => Role::Good,
        ("if enforced", "changes nothing" | "already enforced") => Role::Dim,
        ("if enforced", "no evidence") => Role::Strong,
        ("if enforced" | "last 14 days", _) => Role::Warn,
        ("perimeter", _) => Role::Dim,
        (_, "\u{2026}" | "?") => Role::Dim,
        _ => Role::Plain,
    }
}

/// Draws column heads and rows below the title line of a pane.
pub fn draw<R: Row>(canvas: &mut Canvas<'_>, area: Rect, pane: &ListPane<R>, data: &Data) {
    let (_, body) = area.take_top(LIST_HEAD - 1);
    let (head, rows) = body.take_top(1);
    let fitted = columns_that_fit(R::columns(), area.w.saturating_sub(LEAD));
    let sort = pane.sort();
    let mut x = area.x + LEAD;
    for (i, width) in &fitted {
        if let Some(column) = R::columns().get(*i) {
            let arrow = match sort.filter(|s| s.column == *i) {
                Some(s) if s.descending => "-",
                Some(_) => "+",
                None => "",
            };
            let title = format!("{}{arrow}", column.title);
            canvas.text((x, head.y), *width, &title, Role::Dim);
        }
        x += width + 1;
    }
    for (offset, (row, selected)) in pane.window(usize::from(rows.h)).enumerate() {
        let y = rows.y + offset as u16;
        let signs = canvas.theme().signs;
        if selected {
            canvas.text((area.x, y), 1, signs.marker, Role::Marker);
        }
        if pane.state().marks().contains(row.key()) {
            canvas.text((area.x + 1, y), 1, signs.mark, Role::Marker);
        }
        let mut x = area.x + LEAD;
        for (nth, (i, width)) in fitted.iter().enumerate() {
            if let Some(column) = R::columns().get(*i) {
                let text = (column.cell)(row, data);
                let role = if nth == 0 && selected { Role::Selected } else { role(column.title, &text) };
                canvas.text((x, y), *width, &text, role);
            }
            x += width + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Association;

    #[test]
    fn columns_fill_the_width_and_the_least_important_go_first() {
        for width in 0..200 {
            let fitted = columns_that_fit(Association::columns(), width);
            let used: u16 =
                fitted.iter().map(|(_, w)| w).sum::<u16>() + fitted.len().saturating_sub(1) as u16;
            assert!(used <= width.max(fitted.len() as u16), "{width}: {fitted:?}");
        }
        let titles = |width| -> Vec<&str> {
            columns_that_fit(Association::columns(), width)
                .iter()
                .map(|(i, _)| Association::columns()[*i].title)
                .collect()
        };
        assert_eq!(titles(60), ["resource", "mode", "effect", "state"]);
        assert!(titles(120).contains(&"public"));
    }
}
