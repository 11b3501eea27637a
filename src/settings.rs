//! The user's settings file: what it may say, and what holds where it says nothing.
//! It reads one file and nothing else.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use etcetera::BaseStrategy as _;
use serde::Deserialize;

/// The shortest period at which Azure is asked again by itself.
const SHORTEST: Duration = Duration::from_secs(5);

/// What the user has chosen.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Colours.
    pub theme: ThemeChoice,
    /// Whether the program uses the mouse.
    pub mouse: bool,
    /// How often lists are read again.
    #[serde(deserialize_with = "period")]
    pub refresh: Duration,
    /// How often the access log is asked for new rows.
    #[serde(deserialize_with = "period")]
    pub tail: Duration,
    /// A page (https) that tells this machine's public address, asked when a connection is tested; nobody
    /// is asked where it is not set.
    pub public_address: Option<String>,
    /// Command name → keys that replace its own.
    pub keys: BTreeMap<String, Keys>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: ThemeChoice::Auto,
            mouse: true,
            refresh: Duration::from_secs(60),
            tail: Duration::from_secs(30),
            public_address: None,
            keys: BTreeMap::new(),
        }
    }
}

/// Which colours to use. All of them are the terminal's own, so they suit its background.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ThemeChoice {
    /// Sixteen, unless `NO_COLOR` is set or the terminal is a dumb one.
    #[default]
    Auto,
    /// The sixteen colours of the terminal's own palette, whatever the environment says.
    #[serde(rename = "16")]
    Sixteen,
    /// None: bold, dim, underlined and reversed only.
    None,
}

/// One key or several.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Keys {
    /// One key.
    One(String),
    /// Several keys; none takes the keys away.
    Several(Vec<String>),
}

impl Keys {
    /// All of them.
    pub fn as_slice(&self) -> &[String] {
        match self {
            Self::One(key) => std::slice::from_ref(key),
            Self::Several(keys) => keys,
        }
    }
}

/// Settings that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadSettings {
    /// The file cannot be read.
    #[error("settings file {path} cannot be read: {source}")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file says something that is not understood.
    #[error("settings file {path} is wrong: {reason}")]
    Wrong {
        /// Which file.
        path: PathBuf,
        /// What, and where in the file.
        reason: String,
    },
}

impl Settings {
    /// Reads the settings: `given` must exist, the usual file need not.
    pub fn load(given: Option<&Path>) -> Result<Self, BadSettings> {
        let usual = config_folder().map(|folder| folder.join("config.toml"));
        let Some(path) = given.or(usual.as_deref()) else { return Ok(Self::default()) };
        match std::fs::read_to_string(path) {
            Ok(text) => {
                Self::parse(&text).map_err(|reason| BadSettings::Wrong { path: path.to_owned(), reason })
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound && given.is_none() => Ok(Self::default()),
            Err(source) => Err(BadSettings::Unreadable { path: path.to_owned(), source }),
        }
    }

    /// The keys that replace a command's own, by its name.
    pub fn keys(&self) -> BTreeMap<String, Vec<String>> {
        self.keys.iter().map(|(command, keys)| (command.clone(), keys.as_slice().to_vec())).collect()
    }

    fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|e| e.to_string().trim_end().to_owned())
    }
}

/// Reads "30s", "5 minutes" or "PT30S".
fn period<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    let span: jiff::SignedDuration = text
        .parse()
        .map_err(|_| serde::de::Error::custom(format!("{text:?} is no period; write 30s or 5m")))?;
    let period = span.unsigned_abs();
    if span.is_negative() || period < SHORTEST {
        return Err(serde::de::Error::custom(format!("{text:?} is too short; at least 5s")));
    }
    Ok(period)
}

/// Where settings are kept: `nsp` in the platform's configuration folder.
pub fn config_folder() -> Option<PathBuf> {
    Some(etcetera::choose_base_strategy().ok()?.config_dir().join("nsp"))
}

/// Where the journal, the log and reports are kept: `nsp` in the platform's state folder.
pub fn state_folder() -> Option<PathBuf> {
    let base = etcetera::choose_base_strategy().ok()?;
    Some(base.state_dir().unwrap_or_else(|| base.data_dir()).join("nsp"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_said_means_the_defaults() {
        assert_eq!(Settings::parse("").unwrap(), Settings::default());
    }

    #[test]
    fn everything_can_be_said() {
        let text = "theme = \"16\"\nmouse = false\nrefresh = \"5m\"\ntail = \"PT10S\"\n\
                    public_address = \"https://example.org/ip\"\n\
                    [keys]\nquit = \"x\"\ndown = [\"j\", \"ctrl-n\"]\n";
        let settings = Settings::parse(text).unwrap();
        assert_eq!(settings.theme, ThemeChoice::Sixteen);
        assert_eq!(settings.refresh, Duration::from_secs(300));
        assert_eq!(settings.tail, Duration::from_secs(10));
        assert_eq!(settings.public_address.as_deref(), Some("https://example.org/ip"));
        assert_eq!(settings.keys["quit"].as_slice(), ["x"]);
        assert_eq!(settings.keys["down"].as_slice(), ["j", "ctrl-n"]);
    }

    #[test]
    fn mistakes_are_named_with_their_place() {
        for (text, words) in [
            ("refersh = \"5m\"", ["refersh", "line 1"]),
            ("mouse = true\ntheme = \"pink\"", ["pink", "line 2"]),
            ("tail = \"1s\"", ["too short", "line 1"]),
            ("tail = \"soon\"", ["soon", "30s"]),
        ] {
            let reason = Settings::parse(text).unwrap_err();
            assert!(words.iter().all(|word| reason.contains(word)), "{reason}");
        }
    }

    #[test]
    fn a_file_that_was_named_must_be_there() {
        let missing = Path::new("/nonexistent/nsp.toml");
        assert!(matches!(Settings::load(Some(missing)), Err(BadSettings::Unreadable { .. })));
    }
}
