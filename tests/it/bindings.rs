//! Laws of the table of keys: nothing clashes, everything is bound, there is always a way out.

use std::collections::BTreeMap;

use nsp::app::bindings::{self, HINT_MAX, Keymap, TABLE};
use nsp::app::command::Command;
use nsp::app::focus::Scope;
use nsp::app::keys::Key;

fn overrides(pairs: &[(&str, &[&str])]) -> BTreeMap<String, Vec<String>> {
    let keys = |keys: &[&str]| keys.iter().map(|k| (*k).to_owned()).collect();
    pairs.iter().map(|(name, list)| ((*name).to_owned(), keys(list))).collect()
}

fn key(text: &str) -> Key {
    text.parse().unwrap()
}

/// The command that a key runs in a scope.
fn runs(map: &Keymap, scope: Scope, text: &str) -> Option<Command> {
    map.resolve(scope, key(text)).map(|b| b.command)
}

#[test]
fn the_table_has_no_mistake() {
    assert_eq!(Keymap::with(&BTreeMap::new()).err(), None);
}

#[test]
fn every_row_can_be_reached_but_those_hidden_on_purpose() {
    let map = Keymap::default();
    let mut hidden = Vec::new();
    for scope in Scope::ALL {
        for binding in TABLE.iter().filter(|b| scope.chain().contains(&b.scope)) {
            let reached = binding
                .keys
                .iter()
                .any(|k| map.resolve(scope, key(k)).is_some_and(|found| std::ptr::eq(found, binding)));
            if !reached {
                hidden.push((scope, binding.command));
            }
        }
    }
    // Rows of the log cannot be marked: space pauses there.
    assert_eq!(hidden, [(Scope::Log, Command::Mark)]);
}

#[test]
fn every_command_is_bound() {
    for command in Command::ALL {
        assert!(TABLE.iter().any(|b| b.command == *command), "{} has no key", command.name());
    }
}

#[test]
fn hints_are_short_and_every_row_is_explained() {
    for binding in TABLE {
        assert!(binding.hint.chars().count() <= HINT_MAX, "{}: {}", binding.command.name(), binding.hint);
        assert!(!binding.help.is_empty(), "{} is not explained", binding.command.name());
        assert!(!binding.keys.is_empty(), "{} has no key", binding.command.name());
    }
}

#[test]
fn there_is_a_way_out_of_every_place() {
    let map = Keymap::default();
    for scope in Scope::ALL {
        assert_eq!(runs(&map, scope, "ctrl-c"), Some(Command::QuitNow), "{scope:?}");
        assert_eq!(runs(&map, scope, "esc"), Some(Command::Back), "{scope:?}");
    }
}

#[test]
fn a_character_is_typed_where_text_is_typed() {
    let changed = overrides(&[("down", &["v"]), ("back", &["X"]), ("accept", &["a", "ctrl-y"])]);
    for map in [Keymap::default(), Keymap::with(&changed).unwrap()] {
        for scope in Scope::ALL.into_iter().filter(|s| s.takes_text()) {
            for c in ('!'..='~').chain([' ', 'ü']) {
                assert!(map.resolve(scope, Key::char(c)).is_none(), "{c:?} cannot be typed in {scope:?}");
            }
            assert_eq!(runs(&map, scope, "esc"), Some(Command::Back), "{scope:?}");
        }
    }
    let map = Keymap::with(&changed).unwrap();
    assert_eq!(runs(&map, Scope::Perimeters, "v"), Some(Command::Down));
    assert_eq!(runs(&map, Scope::Form, "ctrl-y"), Some(Command::Accept));
}

#[test]
fn overrides_replace_keys_everywhere_and_may_take_them_away() {
    let map =
        Keymap::with(&overrides(&[("quit", &["ctrl-q"]), ("refresh", &["f5", "ctrl-r"]), ("zoom", &[])]))
            .unwrap();
    assert_eq!(runs(&map, Scope::Rules, "ctrl-q"), Some(Command::Quit));
    assert_eq!(runs(&map, Scope::Rules, "f5"), Some(Command::Refresh));
    assert_eq!(runs(&map, Scope::Rules, "ctrl-r"), Some(Command::Refresh));
    for gone in ["q", "r", "z"] {
        assert_eq!(runs(&map, Scope::Rules, gone), None, "{gone}");
    }
    let refresh = TABLE.iter().find(|b| b.command == Command::Refresh).unwrap();
    assert_eq!((map.keys(refresh).as_str(), map.first_key(refresh).as_str()), ("f5 ctrl-r", "f5"));
}

#[test]
fn overlays_keep_their_way_out_when_it_is_taken_away() {
    let map = Keymap::with(&overrides(&[("back", &[]), ("quit-now", &[])])).unwrap();
    for scope in Scope::ALL.into_iter().filter(|s| s.is_overlay()) {
        assert_eq!(runs(&map, scope, "esc"), Some(Command::Back), "{scope:?}");
        assert_eq!(runs(&map, scope, "ctrl-c"), Some(Command::QuitNow), "{scope:?}");
    }
}

#[test]
fn all_mistakes_are_told_at_once() {
    let mistakes = Keymap::with(&overrides(&[
        ("fly", &["f"]),
        ("quit", &["hyper-q"]),
        ("refresh", &["z"]),
        ("zoom", &["z"]),
    ]))
    .unwrap_err();
    let said = mistakes.join("\n");
    for part in ["no command `fly`", "keys.quit: no such key: \"hyper-q\"", "`z` stands for both"] {
        assert!(said.contains(part), "{part} is missing in:\n{said}");
    }
}

#[test]
fn names_and_keys_round_trip() {
    for command in Command::ALL {
        let found: Vec<_> = Command::ALL.iter().filter(|c| c.name() == command.name()).collect();
        assert_eq!(found, [command]);
    }
    for text in TABLE.iter().flat_map(|b| b.keys) {
        assert_eq!(key(text).to_string(), *text);
    }
}

#[test]
fn no_row_shows_a_key_that_does_something_else_there() {
    let map = Keymap::default();
    for scope in Scope::ALL {
        for binding in bindings::rows(&map, scope) {
            assert!(scope.chain().contains(&binding.scope));
        }
        let listed = bindings::rows(&map, scope).iter().any(|b| b.command == Command::QuitNow);
        assert!(listed, "the help of {scope:?} does not say how to quit");
    }
}

#[test]
fn the_readme_shows_this_table() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = std::fs::read_to_string(path).expect("README.md");
    let after = readme.split_once("<!-- keys -->").expect("README.md has the mark <!-- keys -->").1;
    let shown = after.split_once("<!-- /keys -->").expect("README.md has the mark <!-- /keys -->").0;
    assert!(
        shown.trim() == bindings::markdown().trim(),
        "the table of keys in README.md is not current; it should be:\n\n{}",
        bindings::markdown()
    );
}
