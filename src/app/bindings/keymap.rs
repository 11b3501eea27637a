//! Which keys run which row: the table with the user's overrides.

use std::collections::BTreeMap;

use super::super::command::Command;
use super::super::focus::Scope;
use super::super::keys::Key;
use super::{Binding, TABLE};

/// Which keys run which row: the table with the user's overrides.
#[derive(Debug, Clone)]
pub struct Keymap {
    by_key: BTreeMap<(Scope, Key), usize>,
    pub(super) keys_of: Vec<Vec<Key>>,
}

impl Default for Keymap {
    fn default() -> Self {
        Self::with(&BTreeMap::new()).unwrap_or(Self { by_key: BTreeMap::new(), keys_of: Vec::new() })
    }
}

impl Keymap {
    /// The table with overrides: command name → keys that replace its own, in every scope. Where
    /// text is typed a character stays a character, and every way out stays open.
    ///
    /// # Errors
    /// All mistakes at once: unknown commands, unknown keys, two commands on one key.
    pub fn with(overrides: &BTreeMap<String, Vec<String>>) -> Result<Self, Vec<String>> {
        let mut mistakes = Vec::new();
        for name in overrides.keys() {
            if !Command::ALL.iter().any(|c| c.name() == name) {
                mistakes.push(format!("keys: there is no command `{name}`"));
            }
        }
        let mut map = Self { by_key: BTreeMap::new(), keys_of: Vec::new() };
        for (index, binding) in TABLE.iter().enumerate() {
            let mut parse = |text: &str| {
                let key = text.parse::<Key>();
                key.map_err(|e| mistakes.push(format!("keys.{}: {e}", binding.command.name()))).ok()
            };
            let own = overrides.get(binding.command.name()).into_iter().flatten();
            let mut keys: Vec<Key> = own.filter_map(|text| parse(text)).collect();
            if binding.scope.takes_text() {
                keys.retain(|key| key.typed().is_none());
            }
            let unbound = overrides.contains_key(binding.command.name()) && !binding.scope.is_overlay();
            if keys.is_empty() && !unbound {
                keys = binding.keys.iter().filter_map(|text| parse(text)).collect();
            }
            for key in &keys {
                if let Some(other) = map.by_key.insert((binding.scope, *key), index) {
                    let other = TABLE.get(other).map_or("", |b| b.command.name());
                    mistakes.push(format!(
                        "keys: `{key}` stands for both `{other}` and `{}` in {}",
                        binding.command.name(),
                        binding.scope.label()
                    ));
                }
            }
            map.keys_of.push(keys);
        }
        mistakes.sort();
        mistakes.dedup();
        if mistakes.is_empty() { Ok(map) } else { Err(mistakes) }
    }

    /// The row that a key runs in this scope, asking the inner scope before the outer.
    pub fn resolve(&self, scope: Scope, key: Key) -> Option<&'static Binding> {
        let index = scope.chain().iter().find_map(|s| self.by_key.get(&(*s, key)))?;
        TABLE.get(*index)
    }

    /// The keys of a row, as shown.
    pub fn keys(&self, binding: &Binding) -> String {
        let index = TABLE.iter().position(|b| std::ptr::eq(b, binding));
        let keys = index.and_then(|i| self.keys_of.get(i));
        keys.map_or_else(String::new, |k| k.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
    }

    /// The first key of a row, as shown.
    pub fn first_key(&self, binding: &Binding) -> String {
        let index = TABLE.iter().position(|b| std::ptr::eq(b, binding));
        index
            .and_then(|i| self.keys_of.get(i))
            .and_then(|k| k.first())
            .map(ToString::to_string)
            .unwrap_or_default()
    }
}
