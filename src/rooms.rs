//! The file that keeps columns and named filters of the log room from run to run. A file that cannot be read
//! costs these only.

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::domain::log::{KeptRoom, RoomColumn};
use crate::domain::text;
use crate::private;

/// The file.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct File {
    columns: Vec<String>,
    filter: Vec<Entry>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Entry {
    name: String,
    text: String,
}

/// Reads the file; none is no mistake.
pub fn load(path: &Path) -> io::Result<KeptRoom> {
    let file: File = private::read_kept(path)?;
    let mut kept = KeptRoom::default();
    // Names of another version are left out.
    let mut columns: Vec<RoomColumn> = file.columns.iter().filter_map(|n| RoomColumn::named(n)).collect();
    columns.sort_unstable();
    columns.dedup();
    if !columns.is_empty() {
        kept.columns = columns;
    }
    for entry in &file.filter {
        kept.save(&text::clean(&entry.name), &text::clean(&entry.text));
    }
    Ok(kept)
}

/// Writes the file, whole or not at all.
pub fn save(path: &Path, kept: &KeptRoom) -> io::Result<()> {
    let columns = kept.columns.iter().map(|c| c.name().to_owned()).collect();
    let entry = |f: &crate::domain::log::SavedFilter| Entry { name: f.name.clone(), text: f.text.clone() };
    let file = File { columns, filter: kept.filters.iter().map(entry).collect() };
    private::write_kept(path, &file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::log::LogColumn;

    #[test]
    fn what_is_kept_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/log-room.toml");
        assert_eq!(load(&path).unwrap(), KeptRoom::default());
        let mut kept = KeptRoom::default();
        kept.toggle(RoomColumn::Text(LogColumn::SourceAppId));
        kept.toggle(RoomColumn::Count);
        kept.save("denied \"now\"", "verdict:denied !203.0.113.7");
        kept.save("a", "x");
        save(&path, &kept).unwrap();
        assert_eq!(load(&path).unwrap(), kept);
        assert_eq!(kept.filters[0].name, "a");
        std::fs::write(&path, "columns = 7").unwrap();
        assert!(load(&path).is_err());
    }
}
