//! Keys of a board: the cursor, what Enter does about a row, and reading again.

use super::super::command::Command;
use super::super::effect::Effect;
use super::super::overlays::Overlay;
use super::super::overlays::board::{Board, BoardKind, Mend};
use super::super::toast::Tone;
use super::super::{Model, prerequisites, temporaries, wants, writes};
use crate::domain::Proposal;

/// Opens a board; what it needs is asked for at once, read before or not.
pub fn open(model: &mut Model, kind: BoardKind) -> Vec<Effect> {
    model.overlays.push(Overlay::Board(Board::new(kind)));
    wants::refresh_board(model)
}

/// Runs a command of the board scope.
pub fn command(model: &mut Model, command: Command) -> Vec<Effect> {
    let Some(Overlay::Board(board)) = model.overlays.last() else { return Vec::new() };
    let rows = board.rows(model);
    let place = board.place(&rows);
    match command {
        Command::Back => {
            model.overlays.pop();
        }
        Command::Refresh => return wants::refresh_board(model),
        Command::Unlock => super::change::unlock(model),
        Command::ShowFailure => super::overlay::show_failures(model),
        Command::Accept => {
            let mend = rows.into_iter().nth(place).map(|row| row.mend);
            return mend.map_or_else(Vec::new, |mend| run(model, mend));
        }
        Command::RegisterAll if board.kind == BoardKind::Temporary => match temporaries::sweep(model) {
            Some(proposal) => propose(model, proposal),
            None => model.toasts.push(Tone::Info, "nothing has expired"),
        },
        Command::RegisterAll => {
            let group = rows.into_iter().nth(place).map(|row| row.group).unwrap_or_default();
            match prerequisites::register_all(model, &group) {
                Some(proposal) => propose(model, proposal),
                None => model.toasts.push(Tone::Info, format!("nothing is missing in {group}")),
            }
        }
        _ => {
            let page = usize::from(model.size.1 / 2).max(1);
            if let Some(Overlay::Board(board)) = model.overlays.last_mut() {
                board.go(command, &rows, page);
            }
        }
    }
    Vec::new()
}

/// Mends what a row is about.
fn run(model: &mut Model, mend: Mend) -> Vec<Effect> {
    match mend {
        Mend::Nothing(why) => model.toasts.push(Tone::Info, why),
        Mend::Propose(proposal) => propose(model, *proposal),
        Mend::Read => return wants::refresh_board(model),
    }
    Vec::new()
}

fn propose(model: &mut Model, proposal: Proposal) {
    if !model.status.writable {
        return model.toasts.push(Tone::Info, "read-only: press ! to unlock");
    }
    if let Some(busy) = writes::refusal(model, &proposal) {
        return model.toasts.push(Tone::Info, busy);
    }
    writes::propose(model, proposal, None);
}

/// Why this board registers nothing.
pub fn register_reason(model: &Model) -> Option<String> {
    match model.overlays.last().and_then(Overlay::board).map(|board| &board.kind) {
        Some(BoardKind::Prerequisites) => None,
        Some(BoardKind::Temporary) => {
            temporaries::sweep(model).is_none().then(|| "nothing has expired".to_owned())
        }
        None => Some("this board registers nothing".to_owned()),
    }
}
