//! Reading and moving about, message by message: what is asked for, what is ignored, what stays where.

use nsp::app::effect::{Effect, Subscription};
use nsp::app::focus::{Pane, Scope, Tab};
use nsp::app::list::SortBy;
use nsp::app::msg::{MouseKind, Msg, NewSession, Payload, SignIn, Slot, TailEvent, TailSpec, Ticket, Timer};
use nsp::app::overlays::Overlay;
use nsp::app::panes::AnyList;
use nsp::app::panes::detail::Subject;
use nsp::app::subscriptions;
use nsp::domain::log::{RowKey, TailStatus};
use nsp::domain::scope::{Place, Selection};
use nsp::domain::{FailureKind, LogSource};

use crate::bench::{
    ALLOWED, Bench, DEV, PROD, association_id, failure, perimeter, perimeter_id, profile_id, reads,
    resource_id, row, ticket_of,
};

fn refresh_shown(bench: &mut Bench) -> Vec<Effect> {
    bench.send(Msg::Due(Timer::RefreshShown))
}

#[test]
fn the_start_asks_for_subscriptions_once_a_frame_is_due() {
    let mut bench = Bench::start(false);
    assert!(subscriptions(&bench.model).is_empty());
    assert_eq!(reads(&bench.drain()), [Slot::Subscriptions]);
    assert_eq!(bench.drain(), [], "asked once");
}

#[test]
fn perimeters_of_all_subscriptions_are_asked_side_by_side() {
    let mut bench = Bench::start(false);
    let asked = bench.drain();
    let ticket = ticket_of(&asked, &Slot::Subscriptions);
    for msg in bench.world.answer(&Slot::Subscriptions, ticket) {
        bench.send(msg);
    }
    assert_eq!(reads(&bench.drain()), [Slot::Perimeters(PROD.into()), Slot::Perimeters(DEV.into())]);
}

#[test]
fn the_first_page_shows_before_the_list_ends() {
    let mut bench = Bench::start(false);
    let ticket = ticket_of(&bench.drain(), &Slot::Subscriptions);
    let [page, _] = bench.world.answer(&Slot::Subscriptions, ticket).try_into().unwrap();
    bench.send(page);
    let ticket = ticket_of(&bench.drain(), &Slot::Perimeters(PROD.into()));
    let slot = Slot::Perimeters(PROD.into());
    let payload = Payload::Perimeters(vec![perimeter("alpha")]);
    bench.send(Msg::Page { slot: slot.clone(), ticket, payload, failures: vec![] });
    let asked = bench.drain();
    assert_eq!(bench.model.panes.perimeters.rows().len(), 1);
    assert_eq!(bench.shown(), "alpha");
    assert!(reads(&asked).contains(&Slot::Associations(perimeter_id("alpha"))));
    let payload = Payload::Perimeters(vec![perimeter("beta")]);
    bench.send(Msg::Page { slot, ticket, payload, failures: vec![] });
    bench.drain();
    assert_eq!(bench.model.panes.perimeters.rows().len(), 2);
}

#[test]
fn everything_of_the_shown_perimeter_is_read() {
    let bench = Bench::ready(false);
    assert_eq!(bench.shown(), "alpha");
    assert_eq!(bench.model.panes.perimeters.rows().len(), 3);
    let lengths = [Tab::Resources, Tab::Profiles, Tab::Rules, Tab::Links]
        .map(|t| bench.model.panes.list(Pane::Main, t).unwrap().len());
    assert_eq!(lengths, [2, 2, 3, 2]);
    let resource = bench.model.data.resource(&resource_id("alpha", "kv")).unwrap();
    assert!(resource.value().is_some());
    assert!(bench.model.failures().is_empty());
    let source = LogSource::Workspace { id: perimeter_id("ws-alpha"), customer: "workspace-of-alpha".into() };
    let spec = TailSpec { perimeter: perimeter_id("alpha"), source };
    assert!(subscriptions(&bench.model).contains(&Subscription::Tail(spec)));
}

#[test]
fn an_answer_nobody_waits_for_changes_nothing() {
    let mut bench = Bench::ready(false);
    for slot in [
        Slot::Perimeters(PROD.into()),
        Slot::Associations(perimeter_id("beta")),
        Slot::Rules(profile_id("beta", "front")),
        Slot::Resource(resource_id("beta", "kv")),
    ] {
        for msg in bench.world.answer(&slot, Ticket(999)) {
            assert_eq!(bench.send(msg), []);
        }
        assert_eq!(bench.drain(), []);
    }
    assert!(bench.model.data.of(&perimeter_id("beta")).is_none(), "a late answer made a slot");
    assert!(bench.model.data.resource(&resource_id("beta", "kv")).is_none());
}

#[test]
fn a_page_of_something_else_is_not_taken() {
    let mut bench = Bench::ready(false);
    let slot = Slot::Associations(perimeter_id("alpha"));
    let ticket = ticket_of(&refresh_shown(&mut bench), &slot);
    bench.send(Msg::Page { slot: slot.clone(), ticket, payload: Payload::Rules(vec![]), failures: vec![] });
    bench.send(Msg::Reply { slot, ticket, result: Err(failure(FailureKind::Decode)) });
    bench.drain();
    assert_eq!(bench.model.panes.resources.rows().len(), 2);
}

#[test]
fn a_timer_does_not_ask_what_is_awaited_and_a_user_asks_again() {
    let mut bench = Bench::ready(false);
    let first = refresh_shown(&mut bench);
    assert!(reads(&first).contains(&Slot::Profiles(perimeter_id("alpha"))));
    assert_eq!(refresh_shown(&mut bench), [], "all of it is awaited");
    bench.send(Msg::Key("1".parse().unwrap()));
    let again = bench.send(Msg::Key("r".parse().unwrap()));
    let old = ticket_of(&first, &Slot::Profiles(perimeter_id("alpha")));
    assert!(again.contains(&Effect::Abort(old)), "{again:?}");
    let new = ticket_of(&again, &Slot::Profiles(perimeter_id("alpha")));
    assert_ne!(old, new);
}

#[test]
fn a_failed_reading_keeps_the_rows_and_says_why() {
    let mut bench = Bench::ready(false);
    let slot = Slot::Associations(perimeter_id("alpha"));
    let ticket = ticket_of(&refresh_shown(&mut bench), &slot);
    bench.send(Msg::Reply { slot, ticket, result: Err(failure(FailureKind::Server)) });
    bench.drain();
    assert_eq!(bench.model.panes.resources.rows().len(), 2);
    assert_eq!(bench.model.failures()[0].0, "Resource associations");
    bench.press("w");
    assert!(matches!(bench.model.overlays.last(), Some(Overlay::Text(t)) if t.title == "What failed"));
}

#[test]
fn subscriptions_that_failed_are_asked_again_by_the_timer() {
    let mut bench = Bench::start(false);
    let ticket = ticket_of(&bench.drain(), &Slot::Subscriptions);
    let result = Err(failure(FailureKind::Network));
    bench.send(Msg::Reply { slot: Slot::Subscriptions, ticket, result });
    assert_eq!(bench.drain(), []);
    let wanted = |s: &Subscription| matches!(s, Subscription::Every { timer: Timer::RefreshPerimeters, .. });
    assert!(subscriptions(&bench.model).iter().any(wanted));
    assert_eq!(reads(&bench.send(Msg::Due(Timer::RefreshPerimeters))), [Slot::Subscriptions]);
}

#[test]
fn perimeters_of_a_subscription_that_is_gone_go_with_it() {
    let mut bench = Bench::ready(false);
    if let Some(Payload::Subscriptions(all)) = bench.world.lists.get_mut(&Slot::Subscriptions) {
        all.retain(|s| s.id == PROD);
    }
    bench.press("r");
    assert_eq!(bench.model.panes.perimeters.rows().len(), 2);
}

#[test]
fn moving_asks_nothing_until_the_cursor_rests() {
    let mut bench = Bench::ready(false);
    assert_eq!(bench.send(Msg::Key("j".parse().unwrap())), []);
    assert_eq!(bench.drain(), []);
    assert_eq!(bench.shown(), "alpha", "the tabs have not followed yet");
    let dwell = |bench: &Bench| {
        subscriptions(&bench.model).into_iter().find_map(|s| match s {
            Subscription::After { timer: Timer::Dwell, round, .. } => Some(round),
            _ => None,
        })
    };
    let first = dwell(&bench).expect("a timer runs");
    bench.send(Msg::Key("k".parse().unwrap()));
    bench.send(Msg::Key("j".parse().unwrap()));
    assert!(dwell(&bench).unwrap() > first, "each move starts the wait anew");
    bench.send(Msg::Due(Timer::Dwell));
    assert_eq!(bench.shown(), "beta");
    assert_eq!(dwell(&bench), None);
    assert!(reads(&bench.drain()).contains(&Slot::Associations(perimeter_id("beta"))));
}

#[test]
fn another_perimeter_shows_nothing_of_the_old_one() {
    let mut bench = Bench::ready(false);
    bench.log(vec![row(1, "kv", ALLOWED, "198.51.100.1")]);
    bench.press("3 / w e b enter l / 1 9 8 enter p j");
    assert_eq!(bench.model.panes.rules.state().filter_text(), "web");
    assert_eq!(bench.model.panes.log.filter_text(), "198");
    bench.send(Msg::Due(Timer::Dwell));
    let panes = &bench.model.panes;
    assert_eq!((panes.log.store().len(), panes.log.spec.as_ref()), (0, None));
    assert_eq!((panes.log.filter_text(), panes.rules.state().filter_text()), ("", ""));
    for tab in [Tab::Resources, Tab::Profiles, Tab::Rules, Tab::Links] {
        assert_eq!(panes.list(Pane::Main, tab).unwrap().total(), 0, "{tab:?}");
    }
    bench.settle();
    assert!(bench.model.panes.rules.rows().iter().all(|r| r.id.is_within(&perimeter_id("beta"))));
    bench.press("k");
    bench.send(Msg::Due(Timer::Dwell));
    assert_eq!(reads(&bench.drain()), [], "what was read of alpha is kept");
    assert_eq!(bench.model.panes.rules.rows().len(), 3);
}

#[test]
fn rows_of_another_log_are_not_taken() {
    let mut bench = Bench::ready(false);
    let old = bench.model.panes.log.spec.clone().unwrap();
    bench.press("j");
    bench.rest();
    let rows = vec![row(1, "kv", ALLOWED, "198.51.100.1")];
    bench.send(Msg::Tail(old, TailEvent::Rows { rows, status: TailStatus::default() }));
    assert_eq!(bench.model.panes.log.store().len(), 0);
}

#[test]
fn the_cursor_stays_on_its_resource() {
    let mut bench = Bench::ready(false);
    bench.press("1 j");
    let selected = |bench: &Bench| bench.model.panes.resources.selected().unwrap().id.name().to_owned();
    assert_eq!(selected(&bench), "store");
    let slot = Slot::Associations(perimeter_id("alpha"));
    if let Some(Payload::Associations(all)) = bench.world.lists.get_mut(&slot) {
        all.reverse();
    }
    bench.press("r");
    assert_eq!(bench.model.panes.resources.state().cursor(), 0);
    assert_eq!(selected(&bench), "store", "after a refresh in another order");
    bench.press("s down enter");
    assert_eq!(bench.model.panes.resources.state().sort(), Some(SortBy { column: 0, descending: false }));
    assert_eq!(selected(&bench), "store", "after sorting");
    bench.press("/ s t o enter");
    assert_eq!((selected(&bench).as_str(), bench.model.panes.resources.state().len()), ("store", 1));
    bench.press("esc");
    assert_eq!((selected(&bench).as_str(), bench.model.panes.resources.state().len()), ("store", 2));
    if let Some(Payload::Associations(all)) = bench.world.lists.get_mut(&slot) {
        all.retain(|a| a.id.name() != "store");
    }
    bench.press("r");
    assert_eq!(selected(&bench), "kv", "the cursor stays at its place when its row is gone");
    assert_eq!(bench.model.panes.detail.subject, Some(Subject::Association(association_id("alpha", "kv"))));
}

#[test]
fn sorting_turns_and_ends() {
    let mut bench = Bench::ready(false);
    bench.press("1");
    let sort = |bench: &mut Bench, keys: &str| {
        bench.press(keys);
        bench.model.panes.resources.state().sort()
    };
    let by = |descending| Some(SortBy { column: 0, descending });
    assert_eq!(sort(&mut bench, "s down enter"), by(false));
    assert_eq!(sort(&mut bench, "s down enter"), by(true));
    assert_eq!(sort(&mut bench, "s down enter"), None);
    assert_eq!(sort(&mut bench, "s down enter"), by(false));
    assert_eq!(sort(&mut bench, "s enter"), None, "as the service sent it");
}

#[test]
fn numbers_are_sorted_as_numbers() {
    let mut bench = Bench::ready(false);
    let slot = Slot::Profiles(perimeter_id("alpha"));
    if let Some(Payload::Profiles(all)) = bench.world.lists.get_mut(&slot) {
        *all = ["10", "9", "100"]
            .into_iter()
            .map(|v| {
                let mut profile = (*crate::bench::profile("alpha", &format!("p{v}"))).clone();
                profile.rules_version = v.into();
                std::sync::Arc::new(profile)
            })
            .collect();
    }
    bench.press("2 r s");
    bench.type_text("version");
    bench.press("enter");
    let shown: Vec<_> = bench.model.panes.profiles.window(9).map(|(p, _)| p.rules_version.clone()).collect();
    assert_eq!(shown, ["9", "10", "100"]);
}

#[test]
fn a_filter_with_a_mistake_says_so_and_is_not_kept() {
    let mut bench = Bench::ready(false);
    bench.press("1 /");
    bench.type_text("store");
    assert_eq!(bench.model.panes.resources.state().len(), 1);
    bench.press("home");
    bench.send(Msg::Paste("nope:".into()));
    let input = bench.model.panes.filter_input.as_ref().unwrap();
    assert!(input.error.as_ref().unwrap().contains("no column \"nope\""));
    assert_eq!(bench.model.panes.resources.state().len(), 1, "the last good filter stays");
    bench.press("enter");
    assert_eq!(bench.model.scope(), Scope::FilterInput, "a mistake is not accepted");
    bench.press("esc");
    assert_eq!(bench.model.scope(), Scope::Resources);
    assert_eq!(bench.model.panes.resources.state().filter_text(), "", "given up: as before");
}

#[test]
fn pasting_into_a_filter_types_and_runs_nothing() {
    let mut bench = Bench::ready(true);
    bench.press("1");
    assert_eq!(bench.send(Msg::Paste("q\nq!m".into())), [], "nowhere to paste to");
    assert!(bench.model.overlays.is_empty() && bench.model.status.writable);
    bench.press("/");
    assert_eq!(bench.send(Msg::Paste("q\nq".into())), []);
    assert_eq!(bench.model.panes.filter_input.as_ref().unwrap().field.text(), "q, q");
}

#[test]
fn a_filter_that_hides_every_perimeter_leaves_the_shown_one() {
    let mut bench = Bench::ready(false);
    bench.press("/");
    bench.type_text("nothing-is-called-so");
    bench.rest();
    assert_eq!(bench.model.panes.perimeters.state().len(), 0);
    assert_eq!(bench.shown(), "alpha");
    bench.press("esc");
    bench.rest();
    assert_eq!(bench.shown(), "alpha");
}

#[test]
fn the_log_follows_until_another_row_is_read() {
    let mut bench = Bench::ready(false);
    bench.press("l");
    bench.log((0..50).map(|i| row(i, "kv", ALLOWED, &format!("198.51.100.{i}"))).collect());
    let selected = |bench: &Bench| bench.model.panes.log.selected().map(|r| r.key());
    assert_eq!(selected(&bench), Some(RowKey(49)));
    assert!(bench.model.panes.log.is_following());
    bench.press("j j");
    assert!(!bench.model.panes.log.is_following(), "leaving the newest row pauses");
    assert_eq!(selected(&bench), Some(RowKey(47)));
    let page = bench.model.page(Pane::Log);
    let screen = |bench: &Bench| {
        bench.model.panes.log.window(page).map(|(r, cursor)| (r.key(), cursor)).collect::<Vec<_>>()
    };
    let before = screen(&bench);
    bench.log((50..60).map(|i| row(i, "kv", ALLOWED, "192.0.2.1")).collect());
    assert_eq!(screen(&bench), before, "not a single row moves");
    assert_eq!(bench.model.panes.log.since_pause(), 10);
    bench.press("/");
    bench.type_text("198.51");
    assert_eq!(selected(&bench), Some(RowKey(47)), "a filter keeps the row being read");
    assert_eq!(bench.model.panes.log.since_pause(), 0, "none of the new rows passes");
    bench.press("esc f");
    assert!(bench.model.panes.log.is_following());
    assert_eq!((selected(&bench), bench.model.panes.log.since_pause()), (Some(RowKey(59)), 0));
}

#[test]
fn a_pause_outlives_the_row_that_was_read() {
    let mut bench = Bench::ready(false);
    bench.model.panes.log.set_capacity(20);
    bench.press("l");
    bench.log((0..20).map(|i| row(i, "kv", ALLOWED, "198.51.100.1")).collect());
    bench.press("G");
    assert_eq!(bench.model.panes.log.selected().map(|r| r.key()), Some(RowKey(0)));
    bench.log((20..25).map(|i| row(i, "kv", ALLOWED, "198.51.100.1")).collect());
    assert!(!bench.model.panes.log.is_following());
    assert_eq!(bench.model.panes.log.selected().map(|r| r.key()), Some(RowKey(5)), "the oldest that is left");
    assert_eq!(bench.model.panes.log.since_pause(), 5);
    bench.press("/");
    bench.type_text("no-such-row");
    assert!(bench.model.panes.log.selected().is_none() && !bench.model.panes.log.is_following());
    bench.press("esc");
    assert!(bench.model.panes.log.selected().is_some());
}

#[test]
fn what_is_shown_stays_full_after_zoom_and_resize() {
    let mut bench = Bench::ready(false);
    bench.press("l");
    bench.log((0..200).map(|i| row(i, "kv", ALLOWED, "198.51.100.1")).collect());
    bench.press("z pgdn pgdn z");
    for size in [(120, 40), (80, 24), (60, 14), (200, 60), (20, 6)] {
        bench.send(Msg::Resize(size.0, size.1));
        bench.drain();
        let page = bench.model.page(Pane::Log);
        let rows: Vec<_> = bench.model.panes.log.window(page).collect();
        assert_eq!(rows.len(), page, "{size:?}");
        assert_eq!(rows.iter().filter(|(_, cursor)| *cursor).count(), 1, "{size:?}");
    }
}

#[test]
fn a_click_selects_the_row_under_it() {
    let mut bench = Bench::ready(false);
    let area = bench.model.areas().rows(Pane::Perimeters);
    bench.send(Msg::Mouse(MouseKind::Click, area.x + 1, area.y + 1));
    assert_eq!(bench.model.panes.perimeters.selected().unwrap().id.name(), "beta");
    let area = bench.model.areas().rows(Pane::Main);
    bench.send(Msg::Mouse(MouseKind::Click, area.x + 1, area.y));
    assert_eq!((bench.model.focus.pane, bench.shown()), (Pane::Main, "beta"));
}

#[test]
fn the_perimeter_named_at_the_start_is_gone_to() {
    let mut bench = Bench::with(false, Some("DEV-gamma"));
    bench.settle();
    assert_eq!(bench.shown(), "dev-gamma");
    let mut bench = Bench::with(false, Some("nowhere"));
    bench.settle();
    assert!(bench.toast().contains("no perimeter named nowhere"));
    assert_eq!(bench.shown(), "alpha");
}

#[test]
fn opening_a_profile_narrows_the_rules_and_back_widens_them() {
    let mut bench = Bench::ready(false);
    bench.press("2 j enter");
    assert_eq!((bench.model.focus.tab, bench.model.panes.rules.rows().len()), (Tab::Rules, 0));
    bench.press("esc");
    assert_eq!((bench.model.focus.tab, bench.model.panes.rules.rows().len()), (Tab::Profiles, 3));
    bench.press("esc");
    assert_eq!(bench.model.focus.pane, Pane::Perimeters);
    assert_eq!(bench.press("esc"), [], "back never quits");
}

#[test]
fn a_device_code_is_shown_beneath_what_is_being_typed() {
    let mut bench = Bench::ready(false);
    let code = SignIn::DeviceCode {
        code: "ABCD-1234".into(),
        url: "https://microsoft.com/devicelogin".into(),
        expires_at: None,
    };
    bench.press(":");
    bench.send(Msg::SignIn(code.clone()));
    assert_eq!(bench.model.scope(), Scope::Palette, "nothing opens over what is being typed");
    bench.press("esc");
    assert_eq!(bench.model.scope(), Scope::Text);
    let copied = bench.press("y");
    assert_eq!(copied, [Effect::Copy { text: "ABCD-1234".into(), label: "device code".into() }]);
    let done =
        SignIn::Done { credential: "device code".into(), identity: "a@b".into(), tenant: String::new() };
    bench.send(Msg::SignIn(done));
    assert!(bench.model.overlays.is_empty(), "the box closes by itself");
}

#[test]
fn what_failed_for_want_of_a_sign_in_is_asked_again_after_it() {
    let mut bench = Bench::start(false);
    let ticket = ticket_of(&bench.drain(), &Slot::Subscriptions);
    let auth = failure(FailureKind::Auth);
    bench.send(Msg::Reply { slot: Slot::Subscriptions, ticket, result: Err(auth.clone()) });
    bench.send(Msg::SignIn(SignIn::Failed(auth)));
    assert_eq!(bench.drain(), []);
    assert_eq!(bench.send(Msg::Due(Timer::RefreshPerimeters)), [], "no sign-in behind the user's back");
    assert_eq!(bench.press("i"), [Effect::SignIn]);
    bench.send(Msg::SignIn(SignIn::Trying("az".into())));
    let done = SignIn::Done { credential: "az".into(), identity: String::new(), tenant: String::new() };
    assert_eq!(reads(&bench.send(Msg::SignIn(done))), [Slot::Subscriptions]);
}

#[test]
fn another_scope_drops_what_was_read_and_what_was_asked() {
    let mut bench = Bench::ready(true);
    bench.press("1");
    bench.send(Msg::Key("r".parse().unwrap()));
    let late = bench.model.data.awaited(&Slot::Associations(perimeter_id("alpha"))).expect("asked");
    let place = Place { cloud: "other".into(), tenant: None };
    let to = Selection::all(place);
    bench.press("S");
    assert!(matches!(bench.model.overlays.last(), Some(Overlay::Scope(_))));
    // The service refuses: everything stays as it is.
    let no = Err(failure(FailureKind::Refused));
    assert_eq!(bench.send(Msg::Switched(Box::new(to.clone()), no)), []);
    assert!(!bench.model.panes.perimeters.rows().is_empty() && !bench.model.overlays.is_empty());

    let session = NewSession { label: "other / t".into(), portal: "https://p".into() };
    let effects = bench.send(Msg::Switched(Box::new(to.clone()), Ok(Some(session))));
    assert!(matches!(&effects[..], [Effect::KeepScopes(kept)] if kept.recent.first() == Some(&to)));
    let model = &bench.model;
    assert!(model.panes.perimeters.rows().is_empty() && model.overlays.is_empty() && model.shown().is_none());
    assert!(!model.status.writable, "another session begins read-only");
    assert_eq!((model.session.label.as_str(), model.status.sign_in.as_ref()), ("other / t", None));
    assert!(!subscriptions(model).iter().any(|s| matches!(s, Subscription::Tail(_))), "the tail stops");
    let slot = Slot::Associations(perimeter_id("alpha"));
    bench.send(Msg::Reply { slot: slot.clone(), ticket: late, result: Ok(None) });
    assert!(bench.model.data.is_untouched(&slot), "a late answer makes no place for itself");
    assert_eq!(reads(&bench.drain()), [Slot::Subscriptions]);
}

#[test]
fn names_ids_and_rows_are_copied() {
    let mut bench = Bench::ready(false);
    bench.press("1");
    let kv = resource_id("alpha", "kv");
    assert_eq!(bench.press("y enter"), [Effect::Copy { text: kv.name().into(), label: "name".into() }]);
    bench.press("space space y down down");
    let Some(Overlay::Picker(picker)) = bench.model.overlays.last() else { panic!("a choice is open") };
    assert_eq!(picker.shown().nth(picker.cursor).unwrap().label, "2 marked rows");
    let [Effect::Copy { text, .. }] = &bench.press("enter")[..] else { panic!("copied") };
    assert_eq!(text.lines().count(), 2);
    let [Effect::Copy { text, .. }] = &bench.press("o")[..] else { panic!("copied") };
    assert!(text.starts_with("https://portal.azure.com/#resource/subscriptions/"));
}
