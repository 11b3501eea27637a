//! Rules about the sources that neither compiler nor clippy checks: which module may know which,
//! how long a file may be, where time, keys and colours may stand.
//!
//! Everything is judged by text, so a rule only speaks about what text shows without doubt.

use std::fs;
use std::path::{Path, PathBuf};

/// Modules of the library that each module may import.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("sim", &[]),
    ("azure", &["domain"]),
    ("app", &["domain"]),
    ("private", &[]),
    ("journal", &["domain", "private"]),
    ("guard", &["azure", "domain", "journal", "private"]),
    ("headless", &["app", "azure", "cli", "domain", "guard", "journal", "runtime"]),
    ("scopes", &["domain", "private"]),
    ("rooms", &["domain", "private"]),
    ("export", &["domain", "private"]),
    ("ui", &["app", "domain"]),
    ("sessions", &["azure", "cli", "domain", "runtime"]),
    ("settings", &["app", "azure", "domain", "ui"]),
    ("report", &["cli", "domain", "private", "runtime"]),
    ("cli", &["app", "azure", "domain", "settings", "ui"]),
    (
        "runtime",
        &[
            "ui", "app", "azure", "domain", "export", "guard", "journal", "private", "rooms", "scopes",
            "settings",
        ],
    ),
];

/// Crates that may be named in these places of `src/` only.
const CRATES: &[(&str, &[&str])] = &[
    ("reqwest", &["azure/"]),
    ("serde_json", &["azure/", "export.rs", "headless/", "journal.rs", "journal/", "sim/"]),
    ("axum", &["sim/"]),
    ("crossterm", &["runtime/"]),
    ("ratatui", &["ui/", "runtime/"]),
    ("azure_identity", &["azure/credentials/"]),
    ("color_eyre", &["program.rs", "report.rs"]),
];

/// Where the clock may be read, tasks be started and time be waited for.
const MAY_USE_TIME: &[&str] = &[
    "guard/",
    "headless/",
    "runtime/",
    "sim/",
    "azure/credentials/",
    "azure/transport.rs",
    "azure/operation.rs",
    "azure/quota.rs",
    "program.rs",
    "report.rs",
    "journal.rs",
];

/// `azure/apply.rs` waits between two readings, by the transport's clock.
const WAITS_BY_THE_TRANSPORTS_CLOCK: &str = "azure/apply.rs";

/// Where a key may be written out.
const MAY_NAME_KEYS: &[&str] =
    &["app/keys.rs", "app/bindings/table.rs", "app/input.rs", "runtime/translate.rs"];

/// What may lie beside `Cargo.toml`.
const TOP_LEVEL: &[&str] = &[
    "Cargo.toml",
    "Cargo.lock",
    "README.md",
    "LICENSE",
    "src",
    "assets",
    "tests",
    "target",
    "rustfmt.toml",
    "clippy.toml",
    "deny.toml",
    "typos.toml",
    "rust-toolchain.toml",
];

const LONGEST_SOURCE: usize = 500;
const LONGEST_TEST: usize = 800;

struct Source {
    /// Below the repository, with `/`.
    path: String,
    text: String,
}

impl Source {
    /// Below `src/`; `None` for tests.
    fn in_src(&self) -> Option<&str> {
        self.path.strip_prefix("src/")
    }

    fn is_in(&self, places: &[&str]) -> bool {
        self.in_src().is_some_and(|path| {
            places.iter().any(|place| path == *place || (place.ends_with('/') && path.starts_with(place)))
        })
    }

    /// The module of the library that the file belongs to.
    fn module(&self) -> Option<&str> {
        let path = self.in_src()?;
        Some(path.split('/').next().unwrap_or(path).trim_end_matches(".rs"))
    }

    /// Lines of code with their numbers: without comments, without unit tests.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate().map(|(i, line)| (i + 1, line));
        lines
            .take_while(|(_, line)| *line != "#[cfg(test)]" && !self.path.ends_with("_tests.rs"))
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn collect(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
}

fn sources() -> Vec<Source> {
    let mut paths = Vec::new();
    collect(&root().join("src"), &mut paths);
    collect(&root().join("tests"), &mut paths);
    paths.sort();
    assert!(paths.len() > 50, "the sources were not found");
    let read = |path: &PathBuf| Source {
        path: path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/"),
        text: fs::read_to_string(path).unwrap(),
    };
    paths.iter().map(read).collect()
}

/// Fails with one line for each offence.
#[track_caller]
fn none(rule: &str, offences: &[String]) {
    assert!(offences.is_empty(), "{rule}:\n{}", offences.join("\n"));
}

/// True when `word` stands in `line` as the first part of a path or a whole word, outside of texts.
fn names(line: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    let code: String = line.split('"').step_by(2).collect::<Vec<_>>().join("\"\"");
    code.match_indices(word).any(|(at, _)| {
        let (before, rest) = code.split_at(at);
        let after = rest.strip_prefix(word).unwrap_or_default();
        !before.ends_with(part) && !before.ends_with("::") && !after.starts_with(part)
    })
}

#[test]
fn a_name_is_told_from_a_part_of_one_and_from_text() {
    assert!(names("use reqwest::Client;", "reqwest") && names("fn f(e: &reqwest::Error)", "reqwest"));
    for line in ["let reqwests = 1;", "my_reqwest()", "say(\"reqwest\")", "nsp::reqwest"] {
        assert!(!names(line, "reqwest"), "{line}");
    }
}

#[test]
fn imports_go_one_way() {
    let mut offences = Vec::new();
    let modules: Vec<&str> = MAY_IMPORT.iter().map(|(name, _)| *name).collect();
    for source in sources() {
        let Some(module) = source.module() else { continue };
        if matches!(module, "main" | "lib" | "program") {
            continue;
        }
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(name, _)| *name == module) else {
            offences.push(format!("{}: no rule says what module {module} may import", source.path));
            continue;
        };
        for (number, line) in source.code() {
            for other in modules.iter().filter(|other| **other != module && !allowed.contains(other)) {
                if line.contains(&format!("crate::{other}::")) || line.contains(&format!("crate::{other};")) {
                    offences.push(format!("{}:{number}: {module} must not know {other}", source.path));
                }
            }
            if line.contains("use crate::{") {
                offences.push(format!("{}:{number}: one `use` per module of ours", source.path));
            }
        }
    }
    none("imports go one way", &offences);
}

#[test]
fn crates_stay_where_they_belong() {
    let mut offences = Vec::new();
    for source in sources() {
        for (name, places) in CRATES {
            if source.in_src().is_none() || source.is_in(places) {
                continue;
            }
            for (number, _) in source.code().filter(|(_, line)| names(line, name)) {
                offences.push(format!("{}:{number}: {name} belongs in {places:?}", source.path));
            }
        }
    }
    none("a crate is used in its place only", &offences);
}

#[test]
fn files_are_short_and_introduced() {
    let mut offences = Vec::new();
    for source in sources() {
        let lines = source.text.lines().count();
        let most = if source.in_src().is_some() { LONGEST_SOURCE } else { LONGEST_TEST };
        if lines > most {
            offences.push(format!("{}:{lines}: longer than {most} lines", source.path));
        }
        if !source.text.starts_with("//! ") {
            offences.push(format!("{}:1: begins without `//!`: what is it for?", source.path));
        }
    }
    none("files are short and say what they are for", &offences);
}

#[test]
fn time_comes_in_as_data() {
    const SIGNS: &[&str] = &[
        "Instant::now",
        "SystemTime::now",
        "Timestamp::now",
        "Zoned::now",
        "tokio::spawn",
        "thread::spawn",
        "sleep(",
    ];
    let mut offences = Vec::new();
    for source in sources() {
        if source.in_src().is_none() || source.is_in(MAY_USE_TIME) {
            continue;
        }
        for (number, line) in source.code() {
            let by_the_clock =
                source.in_src() == Some(WAITS_BY_THE_TRANSPORTS_CLOCK) && line.contains(".clock().sleep(");
            for sign in SIGNS.iter().filter(|sign| line.contains(**sign) && !by_the_clock) {
                offences.push(format!("{}:{number}: `{sign}` outside {MAY_USE_TIME:?}", source.path));
            }
        }
    }
    none("time, tasks and waiting stay in the shell", &offences);
}

#[test]
fn keys_are_named_in_the_table_only() {
    let mut offences = Vec::new();
    for source in sources() {
        if !(source.is_in(&["app/", "ui/", "runtime/"])) || source.is_in(MAY_NAME_KEYS) {
            continue;
        }
        for (number, line) in source.code() {
            let literal = ["Code::", "KeyCode::", "Key::char(", "Key::plain("];
            if literal.iter().any(|sign| line.contains(sign) && !line.contains("ErrorCode::")) {
                offences.push(format!("{}:{number}: a key outside {MAY_NAME_KEYS:?}", source.path));
            }
        }
    }
    none("keys are written in the table of bindings", &offences);
}

#[test]
fn colours_are_named_in_the_theme_only() {
    let mut offences = Vec::new();
    // `runtime/ansi.rs` writes the theme's colours as the terminal's sequences.
    let places = ["ui/theme.rs", "runtime/ansi.rs"];
    for source in sources().iter().filter(|s| s.in_src().is_some() && !s.is_in(&places)) {
        let lines = source.code().filter(|(_, line)| line.contains("Color::"));
        offences.extend(lines.map(|(number, _)| format!("{}:{number}: a colour", source.path)));
    }
    none("colours are named in ui/theme.rs", &offences);
}

#[test]
fn the_state_machine_is_read_by_drawing_and_never_changed() {
    let mut offences = Vec::new();
    for source in sources().iter().filter(|s| s.is_in(&["ui/"])) {
        let lines = source.code().filter(|(_, line)| line.contains("&mut Model"));
        offences.extend(lines.map(|(number, _)| format!("{}:{number}: `&mut Model`", source.path)));
    }
    none("drawing reads", &offences);
}

#[test]
fn nothing_is_left_for_later() {
    // In parts, so that this file does not name what it looks for.
    let signs = [
        ["#[", "ignore"],
        ["todo", "!("],
        ["unimplemented", "!("],
        ["TO", "DO"],
        ["FIX", "ME"],
        ["XX", "X"],
        ["dbg", "!("],
    ];
    let mut offences = Vec::new();
    for source in sources() {
        for (number, line) in source.text.lines().enumerate() {
            for sign in signs.iter().map(|parts| parts.concat()).filter(|sign| line.contains(sign)) {
                offences.push(format!("{}:{}: `{sign}`", source.path, number + 1));
            }
        }
    }
    none("nothing is left for later", &offences);
}

#[test]
fn the_top_level_is_small() {
    let mut offences = Vec::new();
    for entry in fs::read_dir(root()).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') && !TOP_LEVEL.contains(&name.as_str()) {
            offences.push(format!("{name}: not among {TOP_LEVEL:?}"));
        }
    }
    none("the top level holds only what has no better place", &offences);
}

#[test]
fn no_snapshot_lies_among_the_sources() {
    fn snapshots(folder: &Path, out: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                snapshots(&path, out);
            } else if path.extension().is_some_and(|e| e == "snap" || e == "new") {
                out.push(path.display().to_string());
            }
        }
    }
    let mut found = Vec::new();
    snapshots(&root().join("src"), &mut found);
    none("snapshots lie in tests/it/snapshots", &found);
}
