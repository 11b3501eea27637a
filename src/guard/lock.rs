//! Who keeps watch: one lock file for each guarded switch, held by the system for as long as the process
//! lives. What stands in the file is for people only.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use crate::private;

/// Held until it is dropped, at the latest when the process ends however it ends.
#[derive(Debug)]
pub struct Lock {
    _file: File,
    path: PathBuf,
}

fn path(folder: &Path, id: &str) -> PathBuf {
    // An id out of the journal must not name another place.
    let id: String = id.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    folder.join(format!("guard-{id}.lock"))
}

impl Lock {
    /// Takes the lock; `None` when somebody else holds it.
    pub fn take(folder: &Path, id: &str, who: &str) -> io::Result<Option<Self>> {
        private::make_folder(folder)?;
        let path = path(folder, id);
        let mut file = private::options().read(true).write(true).create(true).truncate(false).open(&path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(e)) => return Err(e),
        }
        // Held it is all the same where the disk has no room for words.
        drop(file.set_len(0).and_then(|()| writeln!(file, "{who}, process {}", std::process::id())));
        Ok(Some(Self { _file: file, path }))
    }

    /// Gives the lock back for good: nothing is left to be done.
    pub fn finish(self) {
        // Whoever opened the file before gets a lock of nothing, and finds in the journal that it is over.
        let _ = fs::remove_file(&self.path);
    }
}

/// Who holds a lock, as far as it can be told; `None` when nobody does.
pub fn holder(folder: &Path, id: &str) -> Option<String> {
    let mut file = File::open(path(folder, id)).ok()?;
    match file.try_lock_shared() {
        Ok(()) => None,
        Err(TryLockError::WouldBlock | TryLockError::Error(_)) => {
            let mut text = String::new();
            let _ = file.read_to_string(&mut text);
            let text = text.trim();
            Some(if text.is_empty() { "another process".to_owned() } else { text.to_owned() })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_holds_it_and_it_goes_with_its_holder() {
        let folder = tempfile::tempdir().unwrap();
        let id = "../../0f-a";
        assert_eq!(holder(folder.path(), id), None);
        let held = Lock::take(folder.path(), id, "the dashboard").unwrap().unwrap();
        assert!(folder.path().join("guard-0f-a.lock").exists());
        assert!(Lock::take(folder.path(), id, "nsp guard").unwrap().is_none());
        assert!(holder(folder.path(), id).unwrap().starts_with("the dashboard, process "));
        drop(held);
        assert_eq!(holder(folder.path(), id), None);
        Lock::take(folder.path(), id, "nsp guard").unwrap().unwrap().finish();
        assert!(!folder.path().join("guard-0f-a.lock").exists());
    }
}
