//! THE table of keys. Nothing else says what a key does.

use super::super::command::Command as C;
use super::super::commands::{board, impact, logging, resource, room, what_if};
use super::super::focus::Scope as S;
use super::super::guards::{forget_reason, take_reason, wish_reason};
use super::group::Group::{Change, Program, View};
use super::reasons;
use super::reasons::{
    acknowledge_reason, believed_reason, copy_text_reason, delete_reason, edit_reason, failure_reason,
    kind_reason, link_reason, mark_reason, mode_reason, named_reason, new_rule_reason, open_reason,
    perimeter_reason, probe_reason, profile_reason, rule_reason, shown_reason, sort_reason, uncovered_reason,
    undo_reason,
};
use super::{Binding, row};

/// Every binding.
pub static TABLE: &[Binding] = &[
    row(&["up", "k"], S::List, C::Up, "one row up"),
    row(&["down", "j"], S::List, C::Down, "one row down"),
    row(&["pgup", "ctrl-b"], S::List, C::PageUp, "one page up"),
    row(&["pgdn", "ctrl-f"], S::List, C::PageDown, "one page down"),
    row(&["ctrl-u"], S::List, C::HalfUp, "half a page up"),
    row(&["ctrl-d"], S::List, C::HalfDown, "half a page down"),
    row(&["g", "home"], S::List, C::Top, "first row"),
    row(&["G", "end"], S::List, C::Bottom, "last row"),
    row(&["up", "k"], S::Detail, C::Up, "one line up"),
    row(&["down", "j"], S::Detail, C::Down, "one line down"),
    row(&["pgup", "ctrl-b", "ctrl-u"], S::Detail, C::PageUp, "one page up"),
    row(&["pgdn", "ctrl-f", "ctrl-d"], S::Detail, C::PageDown, "one page down"),
    row(&["g", "home"], S::Detail, C::Top, "first line"),
    row(&["G", "end"], S::Detail, C::Bottom, "last line"),
    row(&["tab"], S::Global, C::NextPane, "next pane").hint("pane"),
    row(&["shift-tab"], S::Global, C::PrevPane, "previous pane"),
    row(&["p"], S::Global, C::GoPerimeters, "list of perimeters"),
    row(&["l"], S::Global, C::GoLog, "access log").hint("log"),
    row(&["L"], S::Global, C::LogRoom, "log room: the access log on the whole screen, with its history")
        .when(room::reason),
    row(&["1"], S::Global, C::TabResources, "associated resources"),
    row(&["2"], S::Global, C::TabProfiles, "profiles"),
    row(&["3"], S::Global, C::TabRules, "access rules"),
    row(&["4"], S::Global, C::TabLinks, "links and link references"),
    row(&["5"], S::Global, C::TabActivity, "writes in flight and done"),
    row(&["7"], S::Global, C::TabLogging, "where the access log goes"),
    row(&["6"], S::Global, C::TabChecks, "what applies to the selected resource, and how it stands"),
    row(&["left", "["], S::Checks, C::Left, "checks of the resource before"),
    row(&["right", "]"], S::Checks, C::Right, "checks of the next resource").hint("next"),
    row(&["8"], S::Global, C::TabCoverage, "resources that are in no perimeter"),
    row(&["9"], S::Global, C::TabEvidence, "whether resources can be enforced, and what that rests on"),
    row(&["enter"], S::List, C::Open, "open what is selected").hint("open").when(open_reason),
    row(&["esc"], S::Global, C::Back, "back: close, drop the filter, go up (never quits)"),
    row(&["m"], S::Resources, C::SwitchMode, "change the access mode, of all marked ones too")
        .hint("mode")
        .writes()
        .when(mode_reason),
    row(&["a"], S::Resources, C::SetAccess, "change publicNetworkAccess of the resource")
        .hint("access")
        .writes()
        .when(resource::access_reason),
    row(&["I"], S::Resources, C::Identity, "managed identity: switch it on, then give it a role")
        .hint("identity")
        .writes()
        .when(resource::identity_reason),
    row(&["E"], S::Resources, C::Impact, "what enforcing it, or all marked ones, would deny")
        .hint("impact")
        .group(View)
        .when(impact::reason),
    row(&["E"], S::Profiles, C::Impact, "what enforcing the resources of the profile would deny")
        .hint("impact")
        .group(View)
        .when(impact::reason),
    row(&["E"], S::Perimeters, C::Impact, "what enforcing all resources of the perimeter would deny")
        .hint("impact")
        .group(View)
        .when(impact::reason),
    row(&["E"], S::Evidence, C::Impact, "what enforcing it, or all marked ones, would deny")
        .hint("impact")
        .group(View)
        .when(impact::reason),
    row(&["h"], S::Rules, C::Hygiene, "rules that could be cleaned up: unused, duplicate, too wide, expired")
        .hint("hygiene")
        .group(View)
        .when(new_rule_reason),
    row(&["e"], S::Evidence, C::Export, "export the lines shown to a file").hint("export").group(View),
    row(&["R"], S::Log, C::RuleFromRow, "an access rule for the traffic of the row")
        .hint("rule")
        .writes()
        .when(reasons::row_reason),
    row(&["A"], S::Evidence, C::WholeScope, "all perimeters in scope, or the one shown")
        .hint("all")
        .group(View),
    row(&["left", "["], S::Evidence, C::Left, "look at fewer days").group(View),
    row(&["right", "]"], S::Evidence, C::Right, "look at more days").hint("days").group(View),
    row(&["n"], S::Perimeters, C::NewPerimeter, "new perimeter").hint("new").writes(),
    row(&["e"], S::Perimeters, C::EditTags, "change the tags of the perimeter")
        .writes()
        .when(perimeter_reason),
    row(&["d"], S::Perimeters, C::DeletePerimeter, "delete the perimeter").writes().when(perimeter_reason),
    row(&["n"], S::Resources, C::Associate, "associate resources with the perimeter")
        .hint("associate")
        .writes()
        .when(shown_reason),
    row(&["n"], S::Coverage, C::AssociateChosen, "associate the marked resources, or this one")
        .hint("associate")
        .writes()
        .when(uncovered_reason),
    row(&["e"], S::Resources, C::MoveToProfile, "move the resource to another profile")
        .writes()
        .when(mode_reason),
    row(&["d"], S::Resources, C::Dissociate, "take the resource, or all marked ones, out of the perimeter")
        .hint("dissociate")
        .writes()
        .when(mode_reason),
    row(&["c"], S::Resources, C::ShowBelieved, "compare with what the resource itself believes")
        .hint("compare")
        .group(View)
        .when(believed_reason),
    row(&["R"], S::Resources, C::Reconcile, "reconcile the resource with its perimeter, on both sides")
        .writes()
        .when(mode_reason),
    row(&["t"], S::Resources, C::TestConnection, "test the connection from this machine")
        .hint("test")
        .group(View)
        .when(probe_reason),
    row(&["N"], S::Profiles, C::NewProfile, "new profile").writes().when(shown_reason),
    row(&["d"], S::Profiles, C::DeleteProfile, "delete the profile").writes().when(profile_reason),
    row(&["n"], S::Links, C::NewLink, "new link to another perimeter")
        .hint("new")
        .writes()
        .when(shown_reason),
    row(&["d"], S::Links, C::DeleteLink, "delete the link or link reference")
        .hint("delete")
        .writes()
        .when(link_reason),
    row(&["n"], S::Rules, C::NewRule, "new access rule").hint("new").writes().when(new_rule_reason),
    row(&["T"], S::Rules, C::NewTemporaryRule, "new access rule for some hours; its name says until when")
        .hint("temporary")
        .writes()
        .when(new_rule_reason),
    row(&["O"], S::Rules, C::TemporaryRules, "temporary rules: open and expired")
        .group(View)
        .when(shown_reason),
    row(&["n"], S::Profiles, C::NewRule, "new access rule in this profile")
        .hint("new rule")
        .writes()
        .when(new_rule_reason),
    row(&["c"], S::Profiles, C::CopyRules, "copy the access rules of another profile into this one")
        .hint("copy")
        .writes()
        .when(profile_reason),
    row(&["e"], S::Rules, C::EditRule, "edit the access rule").hint("edit").writes().when(edit_reason),
    row(&["R"], S::Rules, C::Reconcile, "reconcile: publish the access rule once more")
        .writes()
        .when(rule_reason),
    row(&["d"], S::Rules, C::DeleteRule, "delete the access rule")
        .hint("delete")
        .writes()
        .when(delete_reason),
    row(&["a"], S::Activity, C::Acknowledge, "an unknown outcome was checked: forget it")
        .hint("checked")
        .group(Change)
        .when(acknowledge_reason),
    row(&["n"], S::Logging, C::NewSetting, "new setting").hint("new").writes().when(logging::no_new),
    row(&["e"], S::Logging, C::EditLogging, "edit it").hint("edit").writes().when(logging::no_edit),
    row(&["d"], S::Logging, C::DeleteLogging, "delete it").hint("delete").writes().when(logging::no_delete),
    row(&["n"], S::Log, C::NewSetting, "new diagnostic setting for the log").writes().when(logging::no_new),
    row(&["v"], S::Log, C::LogSource, "choose its workspace").group(View).when(logging::no_choice),
    row(&["u"], S::Global, C::Undo, "take back the write selected here, or the newest")
        .writes()
        .when(undo_reason),
    row(&["f", "space"], S::Log, C::Follow, "follow the newest row, or pause").hint("follow").group(View),
    row(&["/"], S::List, C::Filter, "filter: text, !not, column:value, /regex/").hint("filter").group(View),
    row(&["s"], S::List, C::Sort, "sort by a column").hint("sort").group(View).when(sort_reason),
    row(&["space"], S::List, C::Mark, "mark the row, to copy or change several")
        .group(View)
        .when(mark_reason),
    row(&["U"], S::List, C::UnmarkAll, "unmark all rows").group(View).when(mark_reason),
    row(&["z"], S::Global, C::Zoom, "this pane on the whole screen, and back").group(View),
    row(&["J"], S::Global, C::ToggleRaw, "detail as fields or as JSON").group(View),
    row(&["y"], S::Global, C::Copy, "copy name, id, row or JSON").hint("copy").group(View),
    row(&["o"], S::Global, C::Portal, "copy the link to the portal").group(View),
    row(&["r"], S::Global, C::Refresh, "read again").hint("refresh").group(View),
    row(&["w"], S::Global, C::ShowFailure, "why the last read or write failed")
        .group(View)
        .when(failure_reason),
    row(&["W"], S::Global, C::Guide, "guided path: put a resource behind a perimeter").group(View),
    row(&["x"], S::Global, C::WhatIf, "what if: may this caller pass, or this destination be reached")
        .group(View)
        .when(what_if::reason),
    row(&["P"], S::Global, C::Prerequisites, "what must be registered in the subscriptions").group(View),
    row(&["S"], S::Global, C::Scope, "scope: subscriptions, favourites, tenant, cloud").group(Program),
    row(&["i"], S::Global, C::SignIn, "sign-in: who, how, device code").group(Program),
    row(&["V"], S::Global, C::Guards, "guarded switches: running or left behind").group(View),
    row(&["!"], S::Global, C::Unlock, "allow writes, or forbid them again").group(Program),
    row(&[":"], S::Global, C::Palette, "command by name").hint("command").group(Program),
    row(&["?", "f1"], S::Global, C::Help, "all keys of this place").hint("help").group(Program),
    row(&["ctrl-l"], S::Global, C::Redraw, "draw the screen anew").group(Program),
    row(&["ctrl-z"], S::Global, C::Suspend, "suspend to the shell (fg comes back)").group(Program),
    row(&["q"], S::Global, C::Quit, "quit").hint("quit").group(Program),
    row(&["ctrl-c"], S::Global, C::QuitNow, "quit at once").group(Program),
    row(&["enter"], S::FilterInput, C::Accept, "keep the filter").hint("keep"),
    row(&["esc", "ctrl-g"], S::FilterInput, C::Back, "give the filter up").hint("give up"),
    row(&["up"], S::FilterInput, C::Up, "one row up"),
    row(&["down"], S::FilterInput, C::Down, "one row down"),
    row(&["ctrl-c"], S::FilterInput, C::QuitNow, "quit at once").group(Program),
    row(&["enter"], S::Palette, C::Accept, "run it").hint("run"),
    row(&["esc", "ctrl-g"], S::Palette, C::Back, "close").hint("close"),
    row(&["up", "ctrl-p"], S::Palette, C::Up, "one row up"),
    row(&["down", "ctrl-n"], S::Palette, C::Down, "one row down"),
    row(&["pgup"], S::Palette, C::PageUp, "one page up"),
    row(&["pgdn"], S::Palette, C::PageDown, "one page down"),
    row(&["ctrl-c"], S::Palette, C::QuitNow, "quit at once").group(Program),
    row(&["enter"], S::Picker, C::Accept, "choose").hint("choose"),
    row(&["esc", "ctrl-g"], S::Picker, C::Back, "close").hint("close"),
    row(&["up", "ctrl-p"], S::Picker, C::Up, "one row up"),
    row(&["down", "ctrl-n"], S::Picker, C::Down, "one row down"),
    row(&["pgup"], S::Picker, C::PageUp, "one page up"),
    row(&["pgdn"], S::Picker, C::PageDown, "one page down"),
    row(&["ctrl-c"], S::Picker, C::QuitNow, "quit at once").group(Program),
    row(&["enter"], S::Several, C::Accept, "go on with the marked ones, or with this one").hint("go on"),
    row(&["esc"], S::Several, C::Back, "drop the filter, or close").hint("back"),
    row(&["space"], S::Several, C::Mark, "mark the row, or unmark it").hint("mark").group(View),
    row(&["U"], S::Several, C::UnmarkAll, "unmark all rows").group(View),
    row(&["/"], S::Several, C::Filter, "filter: text, !not, column:value, /regex/")
        .hint("filter")
        .group(View),
    row(&["r"], S::Several, C::Refresh, "read again").hint("refresh").group(View),
    row(&["up", "k"], S::Several, C::Up, "one row up"),
    row(&["down", "j"], S::Several, C::Down, "one row down"),
    row(&["pgup", "ctrl-b"], S::Several, C::PageUp, "one page up"),
    row(&["pgdn", "ctrl-f"], S::Several, C::PageDown, "one page down"),
    row(&["ctrl-u"], S::Several, C::HalfUp, "half a page up"),
    row(&["ctrl-d"], S::Several, C::HalfDown, "half a page down"),
    row(&["g", "home"], S::Several, C::Top, "first row"),
    row(&["G", "end"], S::Several, C::Bottom, "last row"),
    row(&["ctrl-c"], S::Several, C::QuitNow, "quit at once").group(Program),
    row(&["enter"], S::Confirm, C::Accept, "answer (no is the default)").hint("answer"),
    row(&["esc", "ctrl-g"], S::Confirm, C::Back, "no").hint("no"),
    row(&["tab", "right"], S::Confirm, C::NextField, "between no and yes; to plain or guarded")
        .hint("choose")
        .when(named_reason),
    row(&["shift-tab", "left"], S::Confirm, C::PrevField, "between no and yes").when(named_reason),
    row(&["up", "ctrl-p"], S::Confirm, C::Up, "one line up"),
    row(&["down", "ctrl-n"], S::Confirm, C::Down, "one line down"),
    row(&["pgup"], S::Confirm, C::PageUp, "one page up"),
    row(&["pgdn"], S::Confirm, C::PageDown, "one page down"),
    row(&["ctrl-r"], S::Confirm, C::Impact, "the whole report of what enforcing would deny")
        .hint("report")
        .group(View)
        .when(impact::reason),
    row(&["ctrl-c"], S::Confirm, C::QuitNow, "quit at once").group(Program),
    row(&["enter"], S::Form, C::Accept, "show what would change").hint("continue"),
    row(&["esc", "ctrl-g"], S::Form, C::Back, "give it up").hint("give up"),
    row(&["tab"], S::Form, C::NextField, "next field; takes the suggestion chosen").hint("field"),
    row(&["shift-tab"], S::Form, C::PrevField, "previous field"),
    row(&["down"], S::Form, C::Down, "next suggestion, or next field"),
    row(&["up"], S::Form, C::Up, "previous suggestion, or previous field"),
    row(&["ctrl-n"], S::Form, C::Right, "next kind (arrows too, in its field)")
        .hint("kind")
        .when(kind_reason),
    row(&["ctrl-p"], S::Form, C::Left, "previous kind").when(kind_reason),
    row(&["ctrl-c"], S::Form, C::QuitNow, "quit at once").group(Program),
    row(&["esc", "q", "enter"], S::Text, C::Back, "close").hint("close"),
    row(&["up", "k"], S::Text, C::Up, "one line up"),
    row(&["down", "j"], S::Text, C::Down, "one line down"),
    row(&["pgup", "ctrl-u"], S::Text, C::PageUp, "one page up"),
    row(&["pgdn", "ctrl-d", "space"], S::Text, C::PageDown, "one page down").hint("page"),
    row(&["g", "home"], S::Text, C::Top, "first line"),
    row(&["G", "end"], S::Text, C::Bottom, "last line"),
    row(&["y"], S::Text, C::Copy, "copy").hint("copy").when(copy_text_reason),
    row(&["ctrl-c"], S::Text, C::QuitNow, "quit at once").group(Program),
    row(&["enter"], S::Board, C::Accept, "do what the foot of the board says").hint("do it"),
    row(&["esc", "q"], S::Board, C::Back, "close").hint("close"),
    row(&["up", "k"], S::Board, C::Up, "one row up"),
    row(&["down", "j"], S::Board, C::Down, "one row down"),
    row(&["pgup", "ctrl-b", "ctrl-u"], S::Board, C::PageUp, "one page up"),
    row(&["pgdn", "ctrl-f", "ctrl-d"], S::Board, C::PageDown, "one page down"),
    row(&["g", "home"], S::Board, C::Top, "first row"),
    row(&["G", "end"], S::Board, C::Bottom, "last row"),
    row(
        &["A"],
        S::Board,
        C::RegisterAll,
        "register all that is missing in this subscription; remove all that has expired",
    )
    .hint("all")
    .writes()
    .when(board::register_reason),
    row(&["r"], S::Board, C::Refresh, "read again").hint("refresh").group(View),
    row(&["w"], S::Board, C::ShowFailure, "why the last read or write failed")
        .group(View)
        .when(failure_reason),
    row(&["!"], S::Board, C::Unlock, "allow writes, or forbid them again").hint("writes").group(Program),
    row(&["ctrl-c"], S::Board, C::QuitNow, "quit at once").group(Program),
    row(&["esc", "q"], S::Impact, C::Back, "close").hint("close"),
    row(&["b"], S::Impact, C::GroupBy, "put together by address, subscription, resource or application")
        .hint("by")
        .group(View),
    row(&["n"], S::Impact, C::NewRule, "an access rule for the line, or the marked ones")
        .hint("rule")
        .writes()
        .when(reasons::line_reason),
    row(&["p"], S::Impact, C::Plan, "the fewest rules for the marked lines, or for all that would be denied")
        .hint("plan")
        .group(View)
        .when(reasons::line_reason),
    row(&["e"], S::Impact, C::Export, "export the report to a file").hint("export").group(View),
    row(&["left", "["], S::Impact, C::Left, "look at fewer days").group(View),
    row(&["right", "]"], S::Impact, C::Right, "look at more days").hint("days").group(View),
    row(&["space"], S::Impact, C::Mark, "mark the line, or unmark it").hint("mark").group(View),
    row(&["U"], S::Impact, C::UnmarkAll, "unmark all lines").group(View),
    row(&["up", "k"], S::Impact, C::Up, "one line up"),
    row(&["down", "j"], S::Impact, C::Down, "one line down"),
    row(&["pgup", "ctrl-b", "ctrl-u"], S::Impact, C::PageUp, "one page up"),
    row(&["pgdn", "ctrl-f", "ctrl-d"], S::Impact, C::PageDown, "one page down"),
    row(&["g", "home"], S::Impact, C::Top, "first line"),
    row(&["G", "end"], S::Impact, C::Bottom, "last line"),
    row(&["y"], S::Impact, C::Copy, "copy the report").hint("copy").group(View),
    row(&["r"], S::Impact, C::Refresh, "read again").hint("refresh").group(View),
    row(&["w"], S::Impact, C::ShowFailure, "why the last read or write failed")
        .group(View)
        .when(failure_reason),
    row(&["ctrl-c"], S::Impact, C::QuitNow, "quit at once").group(Program),
    row(&["enter"], S::Hygiene, C::Open, "go to the rule").hint("go to"),
    row(&["esc", "q"], S::Hygiene, C::Back, "close").hint("close"),
    row(&["space"], S::Hygiene, C::Mark, "mark the finding, or unmark it").hint("mark").group(View),
    row(&["U"], S::Hygiene, C::UnmarkAll, "unmark all findings").group(View),
    row(&["d"], S::Hygiene, C::DeleteRule, "delete the rule, or those of all marked findings")
        .hint("delete")
        .writes()
        .when(reasons::finding_reason),
    row(&["e"], S::Hygiene, C::EditRule, "edit the rule").hint("edit").writes().when(reasons::finding_reason),
    row(&["left", "["], S::Hygiene, C::Left, "look at fewer days").group(View),
    row(&["right", "]"], S::Hygiene, C::Right, "look at more days").hint("days").group(View),
    row(&["E"], S::Hygiene, C::Export, "export the findings to a file").hint("export").group(View),
    row(&["r"], S::Hygiene, C::Refresh, "read again").hint("refresh").group(View),
    row(&["w"], S::Hygiene, C::ShowFailure, "why the last read or write failed")
        .group(View)
        .when(failure_reason),
    row(&["up", "k"], S::Hygiene, C::Up, "one finding up"),
    row(&["down", "j"], S::Hygiene, C::Down, "one finding down"),
    row(&["pgup", "ctrl-b", "ctrl-u"], S::Hygiene, C::PageUp, "one page up"),
    row(&["pgdn", "ctrl-f", "ctrl-d"], S::Hygiene, C::PageDown, "one page down"),
    row(&["g", "home"], S::Hygiene, C::Top, "first finding"),
    row(&["G", "end"], S::Hygiene, C::Bottom, "last finding"),
    row(&["ctrl-c"], S::Hygiene, C::QuitNow, "quit at once").group(Program),
    row(&["enter"], S::Plan, C::Accept, "ask whether these rules are to be made").hint("make them").writes(),
    row(&["esc", "q"], S::Plan, C::Back, "close").hint("close"),
    row(&["left", "["], S::Plan, C::Left, "narrower blocks"),
    row(&["right", "]"], S::Plan, C::Right, "wider blocks").hint("width"),
    row(&["s"], S::Plan, C::BySubscription, "subscriptions instead of addresses where that works, or not")
        .hint("subscr."),
    row(&["up", "k"], S::Plan, C::Up, "one line up"),
    row(&["down", "j"], S::Plan, C::Down, "one line down"),
    row(&["pgup", "ctrl-b", "ctrl-u"], S::Plan, C::PageUp, "one page up"),
    row(&["pgdn", "ctrl-f", "ctrl-d", "space"], S::Plan, C::PageDown, "one page down"),
    row(&["g", "home"], S::Plan, C::Top, "first line"),
    row(&["G", "end"], S::Plan, C::Bottom, "last line"),
    row(&["ctrl-c"], S::Plan, C::QuitNow, "quit at once").group(Program),
    row(&["n"], S::Probe, C::AllowMachine, "make an inbound rule for this machine's address")
        .hint("allow")
        .writes(),
    row(&["tab"], S::ScopeBox, C::Mark, "mark the subscription, to show several").hint("mark"),
    row(&["ctrl-f"], S::ScopeBox, C::Favourite, "keep the subscription as a favourite, or not")
        .hint("favourite"),
    row(&["r"], S::Probe, C::Refresh, "call again").hint("again"),
    row(&["K"], S::Guard, C::KeepMode, "the new mode stays").hint("KEEP").writes().when(wish_reason),
    row(&["B"], S::Guard, C::PutModeBack, "old mode back now").hint("BACK").writes().when(wish_reason),
    row(&["t"], S::Guard, C::TakeOver, "keep watch here").hint("take over").writes().when(take_reason),
    row(&["F"], S::Guard, C::ForgetSwitch, "forget: nothing is put back").hint("forget").when(forget_reason),
    row(&["left", "["], S::Guard, C::Left, "the switch before"),
    row(&["right", "]"], S::Guard, C::Right, "the next switch").hint("next"),
    row(&["r"], S::Guard, C::Refresh, "look again which ones are pending").group(View),
    row(&["!"], S::Guard, C::Unlock, "allow writes, or forbid them again").group(Program),
    row(&["esc", "q", "enter"], S::Believed, C::Back, "close").hint("close"),
    row(&["R"], S::Believed, C::Reconcile, "reconcile both sides").hint("reconcile").writes(),
    row(&["n"], S::Believed, C::TakeSuggestion, "add what the resource suggests").hint("suggested").writes(),
    row(&["r"], S::Believed, C::Refresh, "read both sides again").hint("again"),
    row(&["y"], S::Believed, C::Copy, "copy the comparison").hint("copy"),
    row(&["up", "k"], S::Believed, C::Up, "one line up"),
    row(&["down", "j"], S::Believed, C::Down, "one line down"),
    row(&["pgup", "ctrl-u"], S::Believed, C::PageUp, "one page up"),
    row(&["pgdn", "ctrl-d", "space"], S::Believed, C::PageDown, "one page down"),
    row(&["ctrl-c"], S::Believed, C::QuitNow, "quit at once").group(Program),
    row(&["b"], S::Room, C::GroupRows, "group rows by a column: counts, first, last")
        .hint("group")
        .group(View),
    row(&["c"], S::Room, C::LogColumns, "choose the columns").hint("columns").group(View),
    row(&["F"], S::Room, C::SavedFilters, "saved filters: apply, save, forget").hint("filters").group(View),
    row(&["left"], S::Room, C::Left, "histogram: cursor to earlier").hint("time"),
    row(&["right"], S::Room, C::Right, "histogram: cursor to later"),
    row(&["+"], S::Room, C::ZoomIn, "histogram: this stretch alone, or a shorter span")
        .hint("zoom")
        .group(View),
    row(&["-"], S::Room, C::ZoomOut, "histogram: all again, or a longer span").group(View),
    row(&["d"], S::Room, C::ChartVerdict, "histogram: all events, denied, would deny, allowed").group(View),
    row(&["h"], S::Room, C::ToggleChart, "histogram, or more rows").group(View),
    row(&["e"], S::Room, C::ExportLog, "export what is shown: CSV, JSON lines").hint("export").group(View),
    row(&["="], S::Room, C::SameCaller, "the caller's other rows")
        .hint("caller")
        .group(View)
        .when(room::row_reason),
    row(&["R"], S::Room, C::RuleFromRow, "an access rule for the traffic of the row")
        .writes()
        .when(room::row_reason),
    row(&["m"], S::Room, C::GoRule, "to the rule that matched the row").group(View).when(room::row_reason),
    row(&["a"], S::Room, C::GoAssociation, "to the association of the row's resource")
        .hint("resource")
        .group(View)
        .when(room::row_reason),
    row(&["f"], S::Room, C::Follow, "follow the newest row, or pause").hint("follow").group(View),
    row(&["v"], S::Room, C::LogSource, "choose the workspace of the log")
        .group(View)
        .when(logging::no_choice),
    row(&["esc", "ctrl-g"], S::WhatIf, C::Back, "close").hint("close"),
    row(&["tab"], S::WhatIf, C::NextField, "next field (space and arrows turn a choice)").hint("field"),
    row(&["shift-tab"], S::WhatIf, C::PrevField, "previous field"),
    row(&["enter"], S::WhatIf, C::Accept, "take what is suggested").hint("take"),
    row(&["up"], S::WhatIf, C::Up, "what was considered: one line up"),
    row(&["down"], S::WhatIf, C::Down, "what was considered: one line down").hint("considered"),
    row(&["pgup"], S::WhatIf, C::PageUp, "one page up"),
    row(&["pgdn"], S::WhatIf, C::PageDown, "one page down"),
    row(&["ctrl-r"], S::WhatIf, C::Refresh, "read again what the answer rests on").hint("read again"),
    row(&["ctrl-o"], S::WhatIf, C::Copy, "copy question and answers").hint("copy"),
    row(&["ctrl-c"], S::WhatIf, C::QuitNow, "quit at once").group(Program),
];
