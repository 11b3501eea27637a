//! From keys, pastes and mouse to changes of the model.

use super::Model;
use super::bindings::{self, Binding};
use super::command::Command;
use super::details;
use super::effect::Effect;
use super::focus::{Pane, Scope, Tab};
use super::guards;
use super::input::Field;
use super::keys::Key;
use super::msg::SignIn;
use super::overlays::board::BoardKind;
use super::overlays::help::Line;
use super::overlays::palette::Entry;
use super::overlays::{Answer, Choice, Overlay, Palette, Picker, Purpose, TextBox};
use super::panes::FilterInput;
use super::rows;
use super::toast::Tone;
use super::wants;
use super::writes;
use crate::domain::Proposal;

mod believed;
pub mod board;
mod change;
mod checks;
mod copy;
mod copy_rules;
mod hygiene;
pub mod impact;
pub mod join;
pub mod logging;
mod mouse;
mod open;
mod overlay;
mod plan;
mod probe;
pub mod resource;
pub mod room;
mod scope;
pub mod what_if;

pub use copy_rules::go_on as copy_when_read;
pub use mouse::mouse;
pub use overlay::{close_sign_in, renew_sign_in, show_sign_in};

/// The user has begun: from now on the cursor of this list goes nowhere by itself.
fn take_over(model: &mut Model) {
    let (pane, tab) = (model.focus.pane, model.focus.tab);
    if let Some(list) = model.panes.list_mut(pane, tab).filter(|list| list.total() > 0) {
        list.hold();
    }
}

/// A key was pressed.
pub fn key(model: &mut Model, key: Key) -> Vec<Effect> {
    take_over(model);
    let scope = model.scope();
    if let Some(binding) = model.keymap.resolve(scope, key) {
        return run(model, binding);
    }
    if !model.overlays.is_empty() {
        return overlay::typed(model, key);
    }
    if model.panes.filter_input.as_mut().is_some_and(|input| input.field.key(key)) {
        apply_filter(model);
    }
    Vec::new()
}

/// Text was pasted: it goes where typing would go, never to commands.
pub fn paste(model: &mut Model, text: &str) -> Vec<Effect> {
    if !model.overlays.is_empty() {
        return overlay::pasted(model, text);
    }
    if let Some(input) = &mut model.panes.filter_input {
        input.field.paste(text);
        apply_filter(model);
    }
    Vec::new()
}

/// Runs a row of the table, or says why it cannot.
fn run(model: &mut Model, binding: &'static Binding) -> Vec<Effect> {
    if let Some(reason) = binding.disabled(model) {
        let key = model.keymap.first_key(binding);
        model.toasts.push(Tone::Info, format!("{key} ({}): {reason}", binding.help));
        return Vec::new();
    }
    if model.overlays.is_empty() {
        command(model, binding.command)
    } else {
        overlay::command(model, binding.command)
    }
}

/// Runs a command from the palette: a command of another pane brings that pane along.
fn run_named(model: &mut Model, command: Command) -> Vec<Effect> {
    let Some(binding) = bindings::row_of(model.focus.scope(), command) else { return Vec::new() };
    if !model.focus.scope().chain().contains(&binding.scope)
        && let Some((pane, open_tab)) = bindings::place_of(binding.scope)
    {
        model.focus.tab = open_tab.unwrap_or(model.focus.tab);
        focus(model, pane);
    }
    run(model, binding)
}

/// A command outside overlays.
fn command(model: &mut Model, command: Command) -> Vec<Effect> {
    if let Some(open) = tab_of(command) {
        tab(model, open);
        return if open == Tab::Evidence { impact::look(model) } else { Vec::new() };
    }
    match command {
        Command::Up
        | Command::Down
        | Command::PageUp
        | Command::PageDown
        | Command::HalfUp
        | Command::HalfDown
        | Command::Top
        | Command::Bottom => movement(model, command),
        Command::NextPane => turn(model, true),
        Command::PrevPane => turn(model, false),
        Command::Impact => return impact::open(model),
        Command::WholeScope => return impact::whole_scope(model),
        Command::Export => impact::export(model),
        Command::Hygiene => return hygiene::open(model),
        Command::RuleFromRow => return plan::from_row(model),
        Command::Left | Command::Right => return sideways(model, command),
        room::of_room!() => return room::command(model, command),
        Command::GoPerimeters => focus(model, Pane::Perimeters),
        Command::GoLog => focus(model, Pane::Log),
        Command::Zoom => model.focus.zoomed = !model.focus.zoomed,
        Command::Open => return open::open(model),
        Command::Back => open::back(model),
        Command::Filter => start_filter(model),
        Command::Accept => keep_filter(model),
        Command::Sort => sort(model),
        Command::Mark => mark(model),
        Command::UnmarkAll => unmark(model),
        Command::Refresh if model.focus.scope() == Scope::Evidence && model.panes.evidence.survey.on => {
            return impact::survey_again(model);
        }
        Command::Refresh => return wants::refresh_focused(model),
        Command::Copy => copy::choose(model),
        Command::Portal => return copy::portal(model),
        Command::ToggleRaw => toggle_raw(model),
        Command::Follow => follow(model),
        Command::SwitchMode => change::switch_mode(model),
        Command::SetAccess => resource::choose_access(model),
        Command::Identity => return resource::identity(model),
        Command::CopyRules => copy_rules::choose(model),
        Command::NewRule | Command::EditRule | Command::DeleteRule => change::rule(model, command),
        Command::NewPerimeter
        | Command::EditTags
        | Command::NewProfile
        | Command::MoveToProfile
        | Command::NewLink => return change::open_sheet(model, command),
        Command::Associate | Command::AssociateChosen => return join::start(model, command),
        Command::DeletePerimeter => change::delete_perimeter(model),
        Command::DeleteProfile => change::delete_profile(model),
        Command::Dissociate => change::dissociate(model),
        Command::DeleteLink => change::delete_link(model),
        Command::TestConnection => return probe::test(model),
        Command::ShowBelieved => return believed::show(model),
        Command::Reconcile => believed::reconcile(model),
        Command::Scope => return scope::open(model),
        Command::NewSetting => return logging::new_setting(model),
        Command::EditLogging => return logging::edit(model),
        Command::DeleteLogging => logging::delete(model),
        Command::LogSource => logging::choose_source(model),
        Command::ShowFailure => overlay::show_failures(model),
        Command::Prerequisites => return board::open(model, BoardKind::Prerequisites),
        Command::Guide => return board::guide(model),
        Command::SignIn => return overlay::sign_in(model),
        Command::Acknowledge => return change::acknowledge(model),
        Command::Undo => writes::undo(model),
        Command::Unlock => change::unlock(model),
        Command::Palette => palette(model),
        Command::Help => overlay::show_help(model),
        Command::Redraw => return vec![Effect::Redraw],
        Command::Suspend => return vec![Effect::Suspend],
        Command::Quit => return quit(model),
        Command::QuitNow => return vec![Effect::Quit],
        // The others are of overlays, or were done above.
        _ => return watched_command(model, command),
    }
    Vec::new()
}

/// A command about what ends by itself: guarded switches and temporary rules.
fn watched_command(model: &mut Model, command: Command) -> Vec<Effect> {
    match command {
        Command::Guards => return guards::open(model),
        Command::TemporaryRules => return board::open(model, BoardKind::Temporary),
        Command::NewTemporaryRule => change::rule(model, command),
        _ => {}
    }
    Vec::new()
}

/// Left and right: another resource's checks, another window of the evidence, another bar of the histogram.
fn sideways(model: &mut Model, command: Command) -> Vec<Effect> {
    match (model.focus.pane, model.focus.tab) {
        (Pane::Room, _) => room::cursor(model, command == Command::Left),
        (_, Tab::Evidence) => return impact::turn_window(model, command == Command::Right),
        (Pane::Perimeters | Pane::Main | Pane::Detail | Pane::Log, _) => {
            checks::turn(model, command == Command::Right);
        }
    }
    Vec::new()
}

/// The tab that a command opens.
fn tab_of(command: Command) -> Option<Tab> {
    Some(match command {
        Command::TabResources => Tab::Resources,
        Command::TabProfiles => Tab::Profiles,
        Command::TabRules => Tab::Rules,
        Command::TabLinks => Tab::Links,
        Command::TabActivity => Tab::Activity,
        Command::TabChecks => Tab::Checks,
        Command::TabLogging => Tab::Logging,
        Command::TabCoverage => Tab::Coverage,
        Command::TabEvidence => Tab::Evidence,
        _ => return None,
    })
}

fn movement(model: &mut Model, command: Command) {
    let (pane, open_tab) = (model.focus.pane, model.focus.tab);
    let page = if pane == Pane::Detail { usize::from(model.areas().body(pane).h) } else { model.page(pane) };
    if pane == Pane::Detail {
        return scroll_detail(model, command, page);
    }
    if model.panes.list_mut(pane, open_tab).is_some_and(|list| list.go(command, page)) {
        rows::moved(model);
    }
    if matches!(command, Command::Down | Command::PageDown | Command::HalfDown | Command::Bottom) {
        super::room::reached_end(model);
    }
}

fn scroll_detail(model: &mut Model, command: Command, page: usize) {
    let lines = details::detail(model).1.len();
    let scroll = &mut model.panes.detail.scroll;
    *scroll = match command {
        Command::Bottom => lines.saturating_sub(page),
        _ => command.moves(*scroll, lines, page),
    };
}

/// Gives a pane the focus and lets the detail pane speak about it.
fn focus(model: &mut Model, pane: Pane) {
    model.focus.set(pane);
    model.panes.filter_input = None;
    rows::follow_cursor(model);
}

fn tab(model: &mut Model, tab: Tab) {
    model.focus.tab = tab;
    if tab == Tab::Checks {
        model.status.dirty.shown = true;
        rows::rebuild(model);
    }
    focus(model, Pane::Main);
}

/// The next pane that is on the screen.
fn turn(model: &mut Model, forward: bool) {
    const ORDER: [Pane; 4] = [Pane::Perimeters, Pane::Main, Pane::Detail, Pane::Log];
    let at = ORDER.iter().position(|p| *p == model.focus.pane).unwrap_or(0);
    let step = if forward { 1 } else { ORDER.len() - 1 };
    if let Some(pane) = ORDER.get((at + step) % ORDER.len()) {
        focus(model, *pane);
    }
}

fn start_filter(model: &mut Model) {
    let Some(list) = model.panes.list(model.focus.pane, model.focus.tab) else { return };
    let before = list.filter_text().to_owned();
    model.panes.filter_input = Some(FilterInput { field: Field::new(&before), before, error: None });
}

/// Ends typing. A mistake keeps it open: what stands there is not what the list shows.
fn keep_filter(model: &mut Model) {
    if model.panes.filter_input.as_ref().is_some_and(|input| input.error.is_none()) {
        model.panes.filter_input = None;
    }
}

/// Filters by what is typed so far.
fn apply_filter(model: &mut Model) {
    let Some(text) = model.panes.filter_input.as_ref().map(|i| i.field.text().to_owned()) else { return };
    let (pane, open_tab) = (model.focus.pane, model.focus.tab);
    let page = model.page(pane);
    let Some(list) = model.panes.list_mut(pane, open_tab) else { return };
    let result = list.set_filter(&text, &model.data);
    list.show_cursor(page);
    if let Some(input) = &mut model.panes.filter_input {
        input.error = result.err().map(|e| e.to_string());
    }
    rows::moved(model);
}

fn sort(model: &mut Model) {
    let Some(list) = model.panes.list(model.focus.pane, model.focus.tab) else { return };
    let now = list.sort();
    let mut choices = vec![Choice::new("as the service sent it", "")];
    choices.extend(list.sort_columns().into_iter().enumerate().map(|(i, title)| {
        let note = match now.filter(|s| s.column == i) {
            Some(s) if s.descending => "sorted so, largest first; again: as the service sent it",
            Some(_) => "sorted so; again: largest first",
            None => "",
        };
        Choice::new(title, note)
    }));
    model.overlays.push(Overlay::Picker(Picker::new("Sort by", Purpose::Sort, choices)));
}

fn mark(model: &mut Model) {
    let (pane, open_tab) = (model.focus.pane, model.focus.tab);
    let page = model.page(pane);
    if let Some(list) = model.panes.list_mut(pane, open_tab) {
        list.toggle_mark();
        list.move_by(1, page);
        rows::moved(model);
    }
}

fn unmark(model: &mut Model) {
    let (pane, open_tab) = (model.focus.pane, model.focus.tab);
    if let Some(list) = model.panes.list_mut(pane, open_tab) {
        list.unmark_all();
    }
}

fn toggle_raw(model: &mut Model) {
    model.panes.detail.raw = !model.panes.detail.raw;
    model.panes.detail.scroll = 0;
}

fn follow(model: &mut Model) {
    super::room::log_mut(model).toggle_follow();
    rows::moved(model);
}

fn palette(model: &mut Model) {
    let mut entries: Vec<Entry> = Vec::new();
    for command in Command::ALL {
        let Some(binding) = bindings::row_of(model.focus.scope(), *command) else { continue };
        let key = model.keymap.first_key(binding);
        let disabled = binding.disabled(model);
        entries.push(Entry { command: *command, key, help: binding.help.to_owned(), disabled });
    }
    model.overlays.push(Overlay::Palette(Palette::new(entries)));
}

fn quit(model: &mut Model) -> Vec<Effect> {
    let guards = model.status.guards.kept_here();
    if model.jobs.running() == 0 && guards == 0 {
        return vec![Effect::Quit];
    }
    let mut intro = Vec::new();
    if model.jobs.running() > 0 {
        intro.push(Line::Strong(format!(
            "{} write(s) in flight: the service goes on with them, their outcome will not be read.",
            model.jobs.running()
        )));
    }
    if guards > 0 {
        intro.push(Line::Strong(format!(
            "{guards} guarded switch(es): NOBODY KEEPS WATCH once this program has left. Run nsp guard, which \
             finishes them, or start nsp again."
        )));
    }
    let choices = vec![
        Choice::new("Stay", "wait for the outcome"),
        Choice::new("Leave", "the journal keeps them as pending"),
    ];
    let picker = Picker::new("Leave now?", Purpose::Leave, choices).intro(intro);
    model.overlays.push(Overlay::Picker(picker));
    Vec::new()
}

/// Shows text.
fn show(model: &mut Model, text: TextBox) {
    model.overlays.push(Overlay::Text(text));
}

/// Takes what an overlay answered.
fn answered(model: &mut Model, answer: Answer) -> Vec<Effect> {
    match answer {
        Answer::Stay => Vec::new(),
        Answer::Close => {
            overlay::closed(model);
            Vec::new()
        }
        Answer::Run(command) => {
            model.overlays.pop();
            run_named(model, command)
        }
        Answer::Confirmed(proposal) => confirmed(model, *proposal),
        Answer::Guarded(intent) => guarded(model, *intent),
        Answer::Propose(proposal) => {
            let form = model.overlays.pop().map(Box::new);
            writes::propose(model, *proposal, form);
            Vec::new()
        }
        Answer::Picked(purpose, choice) => {
            model.overlays.pop();
            overlay::picked(model, purpose, choice)
        }
    }
}

/// Sends what was confirmed; the question stays while that cannot be sent.
fn confirmed(model: &mut Model, proposal: Proposal) -> Vec<Effect> {
    if let Some(reason) = writes::refusal(model, &proposal) {
        model.toasts.push(Tone::Bad, reason);
        return Vec::new();
    }
    let form = match model.overlays.pop() {
        Some(Overlay::Confirm(confirm)) => confirm.form,
        _ => None,
    };
    writes::send(model, proposal, form)
}

/// Begins a guarded switch; the question stays while it cannot be begun.
fn guarded(model: &mut Model, intent: guards::Intent) -> Vec<Effect> {
    if let Some(Overlay::Confirm(confirm)) = model.overlays.last()
        && let Some(reason) = writes::refusal(model, &confirm.proposal)
    {
        model.toasts.push(Tone::Bad, reason);
        return Vec::new();
    }
    model.overlays.pop();
    guards::begin(model, intent)
}

/// Where signing in stands, in lines.
fn sign_in_lines(state: &SignIn) -> Vec<Line> {
    match state {
        SignIn::Trying(kind) => vec![Line::Text(format!("Trying {kind} \u{2026}"))],
        SignIn::DeviceCode { code, url, expires_at } => {
            let mut out = vec![
                Line::Text("Open this address in any browser and type the code:".into()),
                Line::Gap,
                Line::Field("address".into(), url.clone()),
                Line::Field("code".into(), code.clone()),
            ];
            if let Some(at) = expires_at {
                out.push(Line::Field("valid until".into(), super::columns::clock(*at)));
            }
            out
        }
        SignIn::Done { credential, identity, tenant } => vec![
            Line::Field("credential".into(), credential.clone()),
            Line::Field(
                "identity".into(),
                if identity.is_empty() { "not told by the token".into() } else { identity.clone() },
            ),
            Line::Field(
                "tenant".into(),
                if tenant.is_empty() { "not told by the token".into() } else { tenant.clone() },
            ),
        ],
        SignIn::Failed(failure) => details::failure_lines(failure),
    }
}
