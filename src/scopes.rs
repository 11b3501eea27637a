//! The file that keeps favourite and recent scopes from run to run. It holds names and ids, nothing secret,
//! and a file that cannot be read costs the favourites only.

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::domain::scope::{KeptScopes, Named, Place, Selection};
use crate::domain::text;
use crate::private;

/// The file.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct File {
    favourite: Vec<Entry>,
    recent: Vec<Entry>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Entry {
    cloud: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<Name>,
    subscriptions: Vec<Name>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Name {
    id: String,
    name: String,
}

impl Name {
    fn of(named: &Named) -> Self {
        Self { id: named.id.clone(), name: named.name.clone() }
    }

    fn named(&self) -> Named {
        Named::new(&text::clean(&self.id), &text::clean(&self.name))
    }
}

impl Entry {
    fn of(selection: &Selection) -> Self {
        Self {
            cloud: selection.place.cloud.clone(),
            tenant: selection.place.tenant.as_ref().map(Name::of),
            subscriptions: selection.only.iter().map(Name::of).collect(),
        }
    }

    fn selection(&self) -> Selection {
        let place = Place {
            cloud: text::clean(&self.cloud).into_owned(),
            tenant: self.tenant.as_ref().map(Name::named),
        };
        Selection { place, only: self.subscriptions.iter().map(Name::named).collect() }
    }
}

/// Reads the file; none is no mistake.
pub fn load(path: &Path) -> io::Result<KeptScopes> {
    let file: File = private::read_kept(path)?;
    let all = |entries: &[Entry]| entries.iter().map(Entry::selection).collect();
    Ok(KeptScopes { favourites: all(&file.favourite), recent: all(&file.recent) })
}

/// Writes the file, whole or not at all.
pub fn save(path: &Path, kept: &KeptScopes) -> io::Result<()> {
    let all = |selections: &[Selection]| selections.iter().map(Entry::of).collect();
    let file = File { favourite: all(&kept.favourites), recent: all(&kept.recent) };
    private::write_kept(path, &file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/scopes.toml");
        assert_eq!(load(&path).unwrap(), KeptScopes::default());
        let place = Place { cloud: "AzureCloud".into(), tenant: Some(Named::new("t-1", "Fabrikam")) };
        let mut kept = KeptScopes::default();
        kept.toggle(&Selection { place: place.clone(), only: vec![Named::new("s-1", "ai \"prod\"")] });
        kept.shown(&Selection::all(place));
        kept.shown(&Selection::default());
        save(&path, &kept).unwrap();
        let back = load(&path).unwrap();
        assert_eq!(back, kept);
        assert_eq!(back.favourites[0].only[0].name, "ai \"prod\"");
        std::fs::write(&path, "favourite = 7").unwrap();
        assert!(load(&path).is_err());
    }
}
