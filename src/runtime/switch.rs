//! Another scope: what was asked for the old one is dropped, and a session is made where the place is
//! another. Writes are never touched: a session with a write in flight is not left.

use std::path::Path;
use std::sync::Arc;

use super::execute::Executor;
use super::read::Reader;
use crate::app::msg::{Msg, NewSession};
use crate::domain::scope::{KeptScopes, Selection};
use crate::domain::{Failure, FailureKind};
use crate::scopes;

impl Executor {
    /// Shows another scope from here on. The old one stays when that cannot be.
    pub(super) fn switch(&mut self, to: &Selection) -> Result<Option<NewSession>, Failure> {
        let only: Arc<[String]> = to.only.iter().map(|s| s.id.clone()).collect();
        if to.place == self.tools.place {
            self.drop_reads();
            self.reader = Reader { only, ..self.reader.clone() };
            return Ok(None);
        }
        if self.is_writing() {
            let detail = "a write is in flight, and belongs to this session";
            return Err(Failure::new(FailureKind::Refused, "The session was not left", detail));
        }
        let out = self.out.fork();
        let made = self.tools.connect.to(&to.place, &out)?;
        self.drop_reads();
        self.out.supersede(&out);
        self.out = out.clone();
        self.tools.place = to.place.clone();
        self.tools.client = made.client.clone();
        self.tools.tokens = made.tokens;
        self.tools.pace = made.pace;
        self.reader = Reader { client: made.client.clone(), out, only };
        self.sign_in();
        let label = made.client.session().label().to_owned();
        tracing::info!(label, "another session");
        Ok(Some(NewSession { label, portal: made.portal }))
    }

    /// Keeps favourite and recent scopes for the next run.
    pub(super) fn keep_scopes(&mut self, kept: KeptScopes) {
        let Some(path) = self.tools.scopes.clone() else { return };
        let out = self.out.clone();
        self.on_the_side(move || {
            if let Err(failure) = save(&path, &kept) {
                out.send(Msg::Notice(Err(failure)));
            }
        });
    }
}

fn save(path: &Path, kept: &KeptScopes) -> Result<(), Failure> {
    scopes::save(path, kept).map_err(|e| {
        let detail = format!("{}: {e}", path.display());
        Failure::new(FailureKind::Refused, "Favourite scopes are not kept", detail)
    })
}
