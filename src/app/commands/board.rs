//! Keys of a board: the cursor, what Enter does about a row, and reading again.

use super::super::command::Command;
use super::super::effect::Effect;
use super::super::focus::Tab;
use super::super::overlays::board::{Board, BoardKind, Mend};
use super::super::overlays::{Choice, Overlay, Picker, Purpose, sheet};
use super::super::panes::AnyList;
use super::super::path::{self, Path};
use super::super::toast::Tone;
use super::super::{Model, coverage, prerequisites, temporaries, wants, writes};
use crate::domain::{ArmId, Perimeter, Proposal};

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
            if let Some(Overlay::Board(board @ Board { kind: BoardKind::Path(_), .. })) =
                model.overlays.last_mut()
            {
                // Once it is dealt with the cursor goes on to what comes next.
                board.let_go();
            }
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
        Mend::Run(command, _) => return over(model, command),
        Mend::Join(it, perimeter) => super::join::into(model, it, perimeter),
        Mend::Perimeter(_) => return perimeter(model),
    }
    Vec::new()
}

/// Runs a command of the dashboard over the board, which stays beneath what opens.
fn over(model: &mut Model, command: Command) -> Vec<Effect> {
    path::align(model);
    if let Some(reason) = path::astray(model).or_else(|| path::refusal(model, command)) {
        model.toasts.push(Tone::Info, reason);
        return Vec::new();
    }
    if command == Command::TabChecks {
        // What it opens is a tab: the board would hide it.
        model.overlays.pop();
        return super::command(model, command);
    }
    if command == Command::NewRule {
        super::checks::narrow(model);
    }
    // Marks are of a choice that was made elsewhere.
    model.panes.resources.unmark_all();
    let mut effects = super::command(model, command);
    let texts = path::given(model);
    if let Some(Overlay::Sheet(sheet)) = model.overlays.last_mut() {
        let texts: Vec<(&str, &str)> = texts.iter().map(|(label, text)| (*label, text.as_str())).collect();
        sheet.fill(&texts, &model.data);
        if matches!(sheet.purpose, sheet::Purpose::Setting(_, None)) {
            // What is in the fields before it is a good beginning.
            sheet.stand_on("Workspace", &model.data);
        }
        effects.extend(wants::missing(model));
    }
    effects
}

/// Asks which perimeter is to be joined; where there is none, makes one.
fn perimeter(model: &mut Model) -> Vec<Effect> {
    let all: Vec<_> = coverage::perimeters(&model.data).cloned().collect();
    if all.is_empty() {
        return over(model, Command::NewPerimeter);
    }
    let note = |p: &Perimeter| {
        let subscription = model.data.subscription_name(p.id.subscription().unwrap_or_default());
        format!("{}  {subscription}", p.location)
    };
    let mut choices = vec![Choice::new("a new one", "opens its form")];
    choices.extend(all.iter().map(|p| Choice::new(p.id.name(), note(p))));
    let purpose = Purpose::PathPerimeter(all.iter().map(|p| p.id.clone()).collect());
    model.overlays.push(Overlay::Picker(Picker::new("Which perimeter is it to join?", purpose, choices)));
    Vec::new()
}

/// A perimeter was picked, or a new one (before all others).
pub fn perimeter_picked(model: &mut Model, all: &[ArmId], choice: usize) -> Vec<Effect> {
    match choice.checked_sub(1).and_then(|at| all.get(at)) {
        Some(id) => {
            path::choose(model, id);
            Vec::new()
        }
        None => over(model, Command::NewPerimeter),
    }
}

/// Opens the guided path of the resource that is meant here; where none is, the list to choose it from.
pub fn guide(model: &mut Model) -> Vec<Effect> {
    let Some(resource) = path::here(model) else {
        model.toasts.push(Tone::Info, "choose a resource here (/ filters), then W leads it in");
        super::tab(model, Tab::Coverage);
        return Vec::new();
    };
    let perimeters: Vec<&ArmId> = coverage::perimeters(&model.data).map(|p| &p.id).collect();
    // Where there is but one there is nothing to choose.
    let into = if let [one] = perimeters.as_slice() { Some((*one).clone()) } else { None };
    let member = model.data.coverage.members.of(&resource).and_then(ArmId::parent);
    let into = member.or(into);
    model.focus.zoomed = false;
    if model.focus.tab != Tab::Resources {
        super::tab(model, Tab::Resources);
    }
    let effects = open(model, BoardKind::Path(Path { resource, into }));
    path::align(model);
    effects
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
        Some(BoardKind::Path(_)) | None => Some("this board registers nothing".to_owned()),
    }
}
