//! The file that keeps columns and named filters of the log room from run to run. A file that cannot be read
//! costs these only.

use std::io::{self, Write as _};
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
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(KeptRoom::default()),
        Err(e) => return Err(e),
    };
    let file: File = toml::from_str(&text).map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e))?;
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
    private::make_folder_of(path)?;
    let columns = kept.columns.iter().map(|c| c.name().to_owned()).collect();
    let entry = |f: &crate::domain::log::SavedFilter| Entry { name: f.name.clone(), text: f.text.clone() };
    let file = File { columns, filter: kept.filters.iter().map(entry).collect() };
    let text = toml::to_string(&file).map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e))?;
    let fresh = path.with_extension("new");
    private::options().write(true).create(true).truncate(true).open(&fresh)?.write_all(text.as_bytes())?;
    std::fs::rename(&fresh, path)
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
