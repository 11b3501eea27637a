//! The files of the log room: what is kept from run to run, and exports. Decides nothing about either.

use super::execute::Executor;
use crate::app::msg::Msg;
use crate::domain::log::{KeptRoom, LogExport};
use crate::domain::{Failure, FailureKind};
use crate::export;
use crate::rooms;

/// Name of the file in the state folder.
const FILE: &str = "log-room.toml";
/// Folder of exports in the state folder.
const EXPORTS: &str = "exports";

fn refused(title: &str, detail: String) -> Msg {
    Msg::Notice(Err(Failure::new(FailureKind::Refused, title, detail)))
}

impl Executor {
    /// Looks for what was kept of earlier runs.
    pub(super) fn load_room(&mut self) {
        let Some(path) = self.tools.desktop.folder.as_ref().map(|folder| folder.join(FILE)) else { return };
        let out = self.out.clone();
        self.on_the_side(move || match rooms::load(&path) {
            Ok(kept) if kept == KeptRoom::default() => {}
            Ok(kept) => out.send(Msg::Room(Box::new(kept))),
            Err(e) => {
                out.send(refused(
                    "The log room's filters cannot be read",
                    format!("{}: {e}", path.display()),
                ));
            }
        });
    }

    /// Keeps columns and filters for the next run.
    pub(super) fn keep_room(&mut self, kept: KeptRoom) {
        let Some(path) = self.tools.desktop.folder.as_ref().map(|folder| folder.join(FILE)) else { return };
        let out = self.out.clone();
        self.on_the_side(move || {
            if let Err(e) = rooms::save(&path, &kept) {
                out.send(refused("The log room's filters are not kept", format!("{}: {e}", path.display())));
            }
        });
    }

    /// Writes an export.
    pub(super) fn export(&mut self, export: LogExport) {
        let out = self.out.clone();
        let Some(folder) = self.tools.desktop.folder.as_ref().map(|folder| folder.join(EXPORTS)) else {
            return out.send(refused("Nothing was exported", "there is no state folder".to_owned()));
        };
        self.on_the_side(move || {
            out.send(match export::write(&folder, &export) {
                Ok((path, lines)) => Msg::Notice(Ok(format!("{lines} rows are in {}", path.display()))),
                Err(e) => refused("Nothing was exported", format!("{}: {e}", folder.display())),
            });
        });
    }
}
