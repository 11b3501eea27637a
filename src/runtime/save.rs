//! Puts text into a file that the user asked for. Decides nothing about what it says.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::Executor;
use crate::app::msg::Msg;
use crate::domain::{Failure, FailureKind};
use crate::private;

/// Folder of such files in the state folder.
const EXPORTS: &str = "exports";

impl Executor {
    /// Writes the file and says where it is.
    pub(super) fn save(&mut self, name: String, text: String) {
        let (folder, out) = (self.tools.desktop.folder.clone(), self.out.clone());
        self.on_the_side(move || {
            let refused = |why: String| Failure::new(FailureKind::Refused, "Nothing was exported", why);
            let result = match folder {
                Some(folder) => write(&folder.join(EXPORTS), &name, &text)
                    .map(|path| format!("exported to {}", path.display()))
                    .map_err(|e| refused(format!("{name} cannot be written: {e}"))),
                None => Err(refused("there is no state folder".to_owned())),
            };
            out.send(Msg::Notice(result));
        });
    }
}

fn write(folder: &Path, name: &str, text: &str) -> std::io::Result<PathBuf> {
    private::make_folder(folder)?;
    let path = folder.join(name);
    let mut file = private::options().create(true).truncate(true).write(true).open(&path)?;
    file.write_all(text.as_bytes())?;
    Ok(path)
}
