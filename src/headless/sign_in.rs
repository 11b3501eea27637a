//! Signing in without a screen: whoever looks at the terminal or the log of a service is told what to do. Goes to
//! standard error, so that what a command prints stays what it prints.

use std::io::Write;

use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::stamp;
use crate::azure::credentials::{SignInEvent, TokenProvider};
use crate::domain::text::clean;

/// Tells until nobody signs in any more. A code that nobody has typed in time is followed by another one when a token
/// is wanted again.
pub async fn tell(tokens: TokenProvider, events: Receiver<SignInEvent>, mut err: impl Write) {
    let mut events = events;
    let mut said = String::new();
    loop {
        let text = match events.recv().await {
            Ok(SignInEvent::DeviceCode(prompt)) => format!(
                "To sign in, open {} in any browser and type the code {} (until {}). Without a person: sign in with \
                 `az login` first, or give nsp another way with --credential.",
                clean(&prompt.verification_uri),
                clean(&prompt.user_code),
                stamp(prompt.expires_at)
            ),
            Ok(SignInEvent::Failed { failure, .. }) => {
                tokens.retry();
                format!("{}: {} {}", clean(&failure.title), clean(&failure.detail), clean(&failure.hint))
            }
            Ok(SignInEvent::Trying { .. } | SignInEvent::Won { .. }) | Err(RecvError::Lagged(_)) => continue,
            Err(RecvError::Closed) => return,
        };
        if said != text {
            // There may be nobody to tell.
            drop(writeln!(err, "{text}").and_then(|()| err.flush()));
            said = text;
        }
    }
}
