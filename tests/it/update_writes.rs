//! Writes, message by message: asked, confirmed, sent once, told apart by how they end.

use nsp::app::effect::Effect;
use nsp::app::focus::{Scope, Tab};
use nsp::app::jobs::JobState;
use nsp::app::msg::{Msg, Slot, Ticket, UnfinishedWrite};
use nsp::app::overlays::{Confirm, Form, Overlay, Picker};
use nsp::domain::check::Level;
use nsp::domain::{AccessMode, Change, FailureKind, FieldChange, Outcome, SourceKind, Step, Written};

use crate::bench::{
    Bench, association, content, failure, now, perimeter_id, profile_id, reads, resource_id, rule, rule_id,
    ticket_of,
};

fn confirm(bench: &Bench) -> &Confirm {
    let Some(Overlay::Confirm(confirm)) = bench.model.overlays.last() else {
        panic!("no question but {:?}", bench.model.overlays.last())
    };
    confirm
}

fn form(bench: &Bench) -> &Form {
    let Some(Overlay::Form(form)) = bench.model.overlays.last() else {
        panic!("no form but {:?}", bench.model.overlays.last())
    };
    form
}

fn picker(bench: &Bench) -> &Picker {
    let Some(Overlay::Picker(picker)) = bench.model.overlays.last() else {
        panic!("no choice but {:?}", bench.model.overlays.last())
    };
    picker
}

/// The only write among the effects.
fn write(effects: &[Effect]) -> (Ticket, Change) {
    let [Effect::Write { ticket, change }] = effects else { panic!("one write, not {effects:?}") };
    (*ticket, (**change).clone())
}

/// The access mode of `kv` is to be Enforced: confirmed and on its way.
fn enforcing(bench: &mut Bench) -> (Ticket, Change) {
    bench.press("1 g m");
    bench.type_text(resource_id("alpha", "kv").name());
    write(&bench.press("enter"))
}

/// The rule `web-in` is edited: confirmed and on its way.
fn editing(bench: &mut Bench) -> (Ticket, Change) {
    bench.press("3 g e end");
    bench.type_text(", 198.51.100.0/24");
    bench.press("enter tab");
    write(&bench.press("enter"))
}

#[test]
fn read_only_says_why_and_sends_nothing() {
    let mut bench = Bench::ready(false);
    for keys in ["1 m", "2 n", "3 n", "3 e", "3 d"] {
        assert_eq!(bench.press(keys), []);
        assert!(bench.model.overlays.is_empty(), "{keys}");
        assert!(bench.toast().contains("read-only"), "{keys}: {}", bench.toast());
    }
    bench.press("!");
    assert!(bench.model.status.writable);
    bench.press("1 m");
    assert_eq!(bench.model.scope(), Scope::Confirm);
}

#[test]
fn enforcing_asks_for_the_name_and_sends_what_was_shown() {
    let mut bench = Bench::ready(true);
    bench.press("1 g m");
    let asked = confirm(&bench).proposal.first().clone();
    let before = association("alpha", "kv", AccessMode::Learning);
    assert_eq!(asked, Change::SetMode { before, mode: AccessMode::Enforced });
    assert!(confirm(&bench).effect.iter().any(|line| line.contains("To get back")));
    assert_eq!(bench.press("enter tab right enter"), [], "without the name nothing is sent");
    bench.type_text("alpha-k");
    assert_eq!(bench.press("enter"), [], "half a name is no name");
    bench.type_text("v");
    let (_, sent) = write(&bench.press("enter"));
    assert_eq!(sent, asked);
    assert!(bench.model.overlays.is_empty());
    assert_eq!(bench.model.jobs.running(), 1);
}

#[test]
fn no_is_the_default_answer() {
    let mut bench = Bench::ready(true);
    bench.press("1 g j m");
    assert_eq!(confirm(&bench).proposal.title(), "Set alpha-store to Transition (Learning)");
    assert_eq!(bench.press("enter"), [], "enter alone is no");
    assert!(bench.model.overlays.is_empty());
    bench.press("m tab tab");
    assert_eq!(bench.press("enter"), []);
    bench.press("m right");
    write(&bench.press("enter"));
}

#[test]
fn what_was_confirmed_is_sent_wherever_the_cursor_went() {
    let mut bench = Bench::ready(true);
    bench.press("1 g m");
    let slot = Slot::Associations(perimeter_id("alpha"));
    if let Some(nsp::app::msg::Payload::Associations(all)) = bench.world.lists.get_mut(&slot) {
        all.reverse();
    }
    let asked = bench.send(Msg::Due(nsp::app::msg::Timer::RefreshShown));
    bench.serve(asked);
    bench.type_text("alpha-kv");
    let (_, sent) = write(&bench.press("enter"));
    assert_eq!(sent.confirm_name(), "alpha-kv");
}

#[test]
fn a_question_about_something_gone_closes() {
    let mut bench = Bench::ready(true);
    bench.press("3 g d");
    assert_eq!(bench.model.scope(), Scope::Confirm);
    let slot = Slot::Rules(profile_id("alpha", "front"));
    bench.world.lists.insert(slot, nsp::app::msg::Payload::Rules(vec![]));
    let asked = bench.send(Msg::Due(nsp::app::msg::Timer::RefreshShown));
    bench.serve(asked);
    assert!(bench.model.overlays.is_empty());
    assert!(bench.toast().contains("web-in is gone"));
}

#[test]
fn a_second_write_to_the_same_target_is_refused() {
    let mut bench = Bench::ready(true);
    let (ticket, _) = enforcing(&mut bench);
    assert_eq!(bench.press("m"), []);
    assert!(bench.model.overlays.is_empty());
    assert!(bench.toast().contains("another write to this resource is in flight"));
    bench.send(Msg::Progress(ticket, Step::Waiting { status: "Updating".into() }));
    assert_eq!(bench.model.jobs.running(), 1);
    bench.press("j m right");
    write(&bench.press("enter"));
    assert_eq!(bench.model.jobs.running(), 2, "another target may be written to");
}

#[test]
fn a_question_that_cannot_be_sent_stays() {
    let mut bench = Bench::ready(true);
    bench.press("1 g j m right");
    bench.model.status.writable = false;
    assert_eq!(bench.press("enter"), []);
    assert_eq!(bench.model.scope(), Scope::Confirm, "nothing typed is lost");
    assert!(bench.toast().contains("read-only"));
}

#[test]
fn a_write_that_is_done_has_its_slots_read_again() {
    let mut bench = Bench::ready(true);
    let (ticket, _) = enforcing(&mut bench);
    let asked = bench.send(Msg::Finished(ticket, Outcome::Done { after: None }));
    assert!(reads(&asked).contains(&Slot::Associations(perimeter_id("alpha"))));
    assert!(bench.toast().contains("done and read back"));
    assert_eq!(bench.send(Msg::Finished(ticket, Outcome::Done { after: None })), [], "it ends once");
    bench.serve(asked);
    let (ticket, _) = editing(&mut bench);
    let asked = bench.send(Msg::Finished(ticket, Outcome::Done { after: None }));
    let profiles = Slot::Profiles(perimeter_id("alpha"));
    let asked = reads(&asked);
    assert!(asked.contains(&Slot::Rules(profile_id("alpha", "front"))) && asked.contains(&profiles));
}

#[test]
fn a_reading_from_before_the_write_is_superseded() {
    let mut bench = Bench::ready(true);
    let (ticket, _) = enforcing(&mut bench);
    let slot = Slot::Associations(perimeter_id("alpha"));
    let early = ticket_of(&bench.send(Msg::Due(nsp::app::msg::Timer::RefreshShown)), &slot);
    let asked = bench.send(Msg::Finished(ticket, Outcome::Done { after: None }));
    assert!(asked.contains(&Effect::Abort(early)));
}

#[test]
fn an_unknown_outcome_is_said_to_be_unknown() {
    let mut bench = Bench::ready(true);
    let (ticket, _) = enforcing(&mut bench);
    let asked = bench.send(Msg::Finished(ticket, Outcome::Unknown(failure(FailureKind::Unknown))));
    assert!(bench.toast().contains("OUTCOME UNKNOWN"));
    assert!(reads(&asked).contains(&Slot::Associations(perimeter_id("alpha"))), "look what is there");
    let JobState::Ended { outcome: Outcome::Unknown(_), .. } = &bench.model.jobs.all()[0].state else {
        panic!("the activity keeps it")
    };
    bench.serve(asked);
    bench.press("5");
    assert_eq!(bench.model.focus.tab, Tab::Activity);
    assert_eq!(bench.model.panes.activity.rows().len(), 1);
    assert_eq!(bench.model.failures()[0].1.kind, FailureKind::Unknown);
}

#[test]
fn a_refused_form_comes_back_with_what_was_typed() {
    let mut bench = Bench::ready(true);
    let (ticket, _) = editing(&mut bench);
    bench.press(":");
    bench.send(Msg::Finished(ticket, Outcome::Failed(failure(FailureKind::Rejected))));
    assert_eq!(bench.model.scope(), Scope::Palette, "nothing opens over what is being typed");
    bench.press("esc");
    assert_eq!(form(&bench).values.text(), "203.0.113.0/24, 198.51.100.0/24");
    assert_eq!(form(&bench).refused.as_ref().map(|f| f.kind), Some(FailureKind::Rejected));
}

#[test]
fn a_changed_target_is_shown_and_the_change_can_be_put_upon_it() {
    let mut bench = Bench::ready(true);
    let (ticket, change) = editing(&mut bench);
    let Change::EditRule { content: wanted, .. } = change else { panic!("an edit") };
    let theirs = content(SourceKind::AddressPrefix, &["192.0.2.0/24"]);
    let now_there = rule(rule_id("alpha", "front", "web-in"), theirs);
    let fields = vec![FieldChange::new("IP addresses", "203.0.113.0/24", "192.0.2.0/24")];
    let outcome = Outcome::Changed { fields, now: Some(Written::Rule(now_there.clone())) };
    bench.send(Msg::Finished(ticket, outcome.clone()));
    assert_eq!(picker(&bench).title, "It has changed");
    bench.press("down enter");
    let rebased = Change::EditRule { before: now_there, content: wanted };
    assert_eq!(*confirm(&bench).proposal.first(), rebased, "asked again, against what is there now");
    bench.press("right");
    let (ticket, sent) = write(&bench.press("enter"));
    assert_eq!(sent, rebased);
    bench.send(Msg::Finished(ticket, outcome));
    assert_eq!(bench.press("enter"), [], "leaving it as it is sends nothing");
    assert!(bench.model.overlays.is_empty());
}

#[test]
fn a_rule_that_is_gone_can_be_made_again() {
    let mut bench = Bench::ready(true);
    let (ticket, _) = editing(&mut bench);
    bench.send(Msg::Finished(ticket, Outcome::Changed { fields: vec![], now: None }));
    bench.press("down enter");
    assert!(matches!(*confirm(&bench).proposal.first(), Change::CreateRule { .. }));
}

#[test]
fn a_deleted_rule_that_is_gone_already_leaves_nothing_to_do() {
    let mut bench = Bench::ready(true);
    bench.press("3 g d");
    bench.type_text("web-in");
    let (ticket, _) = write(&bench.press("enter"));
    bench.send(Msg::Finished(ticket, Outcome::Changed { fields: vec![], now: None }));
    assert_eq!(picker(&bench).len(), 1);
}

#[test]
fn a_rule_from_a_link_says_why_it_cannot_be_changed() {
    let mut bench = Bench::ready(true);
    bench.press("3 G");
    assert_eq!(bench.model.panes.rules.selected().unwrap().id.name(), "from-link");
    for key in ["e", "d"] {
        bench.press(key);
        assert!(bench.model.overlays.is_empty());
        assert!(bench.toast().contains("comes from a link"), "{key}: {}", bench.toast());
    }
}

#[test]
fn a_new_rule_is_checked_while_typing_and_proposed_when_sound() {
    let mut bench = Bench::ready(true);
    bench.press("3 n");
    assert_eq!(picker(&bench).len(), 2, "two profiles: which one?");
    bench.press("enter");
    bench.type_text("web-in");
    bench.press("tab tab");
    bench.send(Msg::Paste("203.0.113.7/33".into()));
    let said = |bench: &Bench, text: &str| {
        form(bench).findings.iter().any(|f| f.level == Level::Error && f.text.contains(text))
    };
    assert!(said(&bench, "web-in exists already"));
    assert!(said(&bench, "prefix length is 0\u{2013}32"));
    assert_eq!(bench.press("enter"), []);
    assert_eq!(bench.model.scope(), Scope::Form, "nothing is proposed while it is wrong");
    bench.press("backspace");
    bench.type_text("2");
    bench.press("tab");
    bench.type_text("-2");
    assert!(!said(&bench, ""), "{:?}", form(&bench).findings);
    bench.press("enter");
    let wanted = Change::CreateRule {
        id: rule_id("alpha", "front", "web-in-2"),
        content: content(SourceKind::AddressPrefix, &["203.0.113.7/32"]),
    };
    assert_eq!(*confirm(&bench).proposal.first(), wanted);
    bench.press("esc");
    assert_eq!(form(&bench).name.text(), "web-in-2", "no goes back to the form");
    bench.press("enter right");
    let (_, sent) = write(&bench.press("enter"));
    assert_eq!(sent, wanted);
}

#[test]
fn the_kind_is_turned_with_arrows_in_its_field_and_with_keys_anywhere() {
    let mut bench = Bench::ready(true);
    bench.press("2 g n ctrl-n");
    assert_eq!(form(&bench).kind, SourceKind::Subscription);
    bench.press("tab right");
    assert_eq!(form(&bench).kind, SourceKind::ServiceTag);
    bench.press("left left");
    assert_eq!(form(&bench).kind, SourceKind::AddressPrefix);
    bench.press("ctrl-p");
    assert_eq!(form(&bench).kind, SourceKind::Fqdn);
}

#[test]
fn pasting_into_a_form_types_and_runs_nothing() {
    let mut bench = Bench::ready(true);
    bench.press("2 g n tab tab");
    assert_eq!(bench.send(Msg::Paste("203.0.113.1\r\n203.0.113.2\n\u{1b}[2Jq\n".into())), []);
    assert_eq!(bench.model.scope(), Scope::Form);
    assert_eq!(form(&bench).values.text(), "203.0.113.1, 203.0.113.2, \u{241b}[2Jq");
    bench.press("esc 1 g m");
    assert_eq!(bench.send(Msg::Paste("alpha-kv\n".into())), [], "a pasted line end confirms nothing");
    assert_eq!(bench.model.scope(), Scope::Confirm);
}

#[test]
fn quitting_with_a_write_in_flight_asks() {
    let mut bench = Bench::ready(true);
    let (ticket, _) = enforcing(&mut bench);
    assert_eq!(bench.press("q"), []);
    assert_eq!(picker(&bench).title, "Leave now?");
    assert_eq!(bench.press("enter"), [], "staying is the default");
    bench.press("q down");
    assert_eq!(bench.press("enter"), [Effect::Quit]);
    let asked = bench.send(Msg::Finished(ticket, Outcome::Done { after: None }));
    bench.serve(asked);
    assert_eq!(bench.press("q"), [Effect::Quit]);
    assert_eq!(bench.press("3 n ctrl-c"), [Effect::Quit], "at once, from anywhere");
}

#[test]
fn writes_of_an_earlier_run_are_told_and_forgotten_once_checked() {
    let mut bench = Bench::ready(false);
    bench.press("5 a");
    assert!(bench.toast().contains("no write of an earlier run"));
    let entry = |n: &str| UnfinishedWrite {
        entry: n.into(),
        at: now(),
        title: format!("Enforce {n}"),
        target: "/x".into(),
    };
    bench.send(Msg::Unfinished(vec![entry("one"), entry("two")]));
    assert!(bench.toast().contains("outcome unknown from an earlier run: Enforce one and 1 more"));
    let forgotten = bench.press("a");
    assert_eq!(forgotten, ["one", "two"].map(|n| Effect::Acknowledge(n.into())));
    assert!(bench.model.status.unfinished.is_empty());
}

#[test]
fn a_command_of_another_pane_brings_that_pane_along() {
    let mut bench = Bench::ready(true);
    bench.press("p :");
    bench.type_text("delete-rule");
    bench.press("enter");
    assert_eq!(bench.model.focus.tab, Tab::Rules);
    assert_eq!(confirm(&bench).proposal.title(), "Delete access rule web-in");
}
