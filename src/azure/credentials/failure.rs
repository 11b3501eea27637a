//! Why signing in did not work, in words for a person: what, why, and what to do next.
//!
//! Must not hold tokens or secrets; texts from outside arrive here already redacted, but not yet
//! cleaned of control characters: that is the duty of whoever brings them to the screen.

use super::kind::Kind;

/// The nature of a failed attempt; decides the hint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cause {
    /// What this way to sign in needs is not there, so it was not tried.
    NotConfigured,
    /// A setting is there but cannot be used, such as an authority that is not https.
    Misconfigured,
    /// The tool is not on the PATH.
    NotInstalled,
    /// The tool is there, but nobody is signed in with it, or the sign-in has lapsed.
    NotSignedIn,
    /// Entra or the identity endpoint said no.
    Refused,
    /// Nothing answered at the address.
    Unreachable,
    /// No answer came in time.
    TimedOut,
    /// The token had expired before it was handed out.
    Expired,
    /// The answer was not a token.
    Unusable,
    /// The person said no, or did not enter the code in time.
    Abandoned,
    /// A real credential was to be used where only loopback is allowed.
    NotLoopback,
    /// The sign-in task ended before it had an outcome.
    Interrupted,
}

/// One way to sign in and why it did not work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The way that was tried.
    pub kind: Kind,
    /// What went wrong, as a category.
    pub cause: Cause,
    /// What went wrong, in one short line.
    pub reason: String,
    /// Everything that was reported, outermost first, for a details view and the log file; may be
    /// empty.
    pub chain: Vec<String>,
}

impl Attempt {
    /// An attempt whose reason says it all.
    pub fn new(kind: Kind, cause: Cause, reason: impl Into<String>) -> Self {
        Self { kind, cause, reason: reason.into(), chain: Vec::new() }
    }

    /// A way that was passed over because `what` is missing.
    pub(super) fn not_configured(kind: Kind, what: &str) -> Self {
        Self::new(kind, Cause::NotConfigured, format!("not configured: {what}"))
    }

    /// What a person can do about it.
    pub fn hint(&self) -> String {
        let text = match (self.cause, self.kind) {
            (Cause::NotSignedIn | Cause::Expired, Kind::AzureCli) => "run `az login`, then try again",
            (Cause::NotSignedIn | Cause::Expired, Kind::Azd) => "run `azd auth login`, then try again",
            (Cause::NotInstalled, Kind::AzureCli) => {
                "install the Azure CLI and run `az login`, or choose another --credential"
            }
            (Cause::NotInstalled, Kind::Azd) => {
                "install the Azure Developer CLI and run `azd auth login`, or choose another --credential"
            }
            (Cause::NotConfigured, Kind::ClientCertificate) if !cfg!(feature = "client-certificate") => {
                "build with `cargo build --release --features client-certificate` (it links OpenSSL), or \
                 choose another --credential"
            }
            (Cause::NotConfigured | Cause::Misconfigured, _) => {
                "set what is missing, or choose another --credential"
            }
            (Cause::Refused, Kind::ClientSecret) => {
                "check AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET"
            }
            (Cause::Refused, Kind::ClientCertificate) => {
                "check AZURE_TENANT_ID, AZURE_CLIENT_ID and the certificate registered for the application"
            }
            (Cause::Refused, Kind::WorkloadIdentity) => {
                "check the federated credential of the application and AZURE_CLIENT_ID"
            }
            (Cause::Refused, Kind::ManagedIdentity) => {
                "assign an identity to this machine; a user-assigned one is chosen with AZURE_CLIENT_ID"
            }
            (Cause::Unreachable | Cause::TimedOut, Kind::AzureCli) => {
                "check the network, and that `az account get-access-token` answers in a shell"
            }
            (Cause::Unreachable | Cause::TimedOut, Kind::Azd) => {
                "check the network, and that `azd auth token` answers in a shell"
            }
            (Cause::Unreachable | Cause::TimedOut, _) => {
                "check the network and proxy settings, then try again"
            }
            (Cause::Abandoned, _) => "try again for a new code",
            (Cause::NotLoopback, _) => "unset NSP_TOKEN and choose a --credential",
            (
                Cause::NotSignedIn
                | Cause::NotInstalled
                | Cause::Refused
                | Cause::Expired
                | Cause::Unusable
                | Cause::Interrupted,
                _,
            ) => "try again, or choose another --credential",
        };
        text.to_owned()
    }
}

/// What the user is told when no token could be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{title}: {detail}")]
pub struct SignInFailure {
    /// What did not work, in a few words.
    pub title: String,
    /// Why, on one line.
    pub detail: String,
    /// What to do next.
    pub hint: String,
    /// Every way that was tried, in order; never empty.
    pub attempts: Vec<Attempt>,
}

impl SignInFailure {
    /// The failure of one chosen way to sign in.
    pub(super) fn single(attempt: Attempt) -> Self {
        Self {
            title: format!("Sign-in with {} failed", attempt.kind),
            detail: attempt.reason.clone(),
            hint: attempt.hint(),
            attempts: vec![attempt],
        }
    }

    /// The failure of `auto`. The hint is for the attempt that came closest: one that was really
    /// tried and not merely absent, the first in the documented order; else `az login`.
    pub(super) fn all(attempts: Vec<Attempt>) -> Self {
        let absent = |cause| matches!(cause, Cause::NotConfigured | Cause::NotInstalled);
        let detail: Vec<String> =
            attempts.iter().map(|attempt| format!("{}: {}", attempt.kind, attempt.reason)).collect();
        let hint = attempts.iter().find(|attempt| !absent(attempt.cause)).map_or_else(
            || "install the Azure CLI and run `az login`, or use --credential device-code".to_owned(),
            |attempt| format!("for {}: {}", attempt.kind, attempt.hint()),
        );
        Self { title: "No way to sign in worked".to_owned(), detail: detail.join("; "), hint, attempts }
    }

    /// The attempt that stands for the whole: the last one made.
    pub fn cause(&self) -> Option<Cause> {
        self.attempts.last().map(|attempt| attempt.cause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_failure_says_what_to_do_next() {
        let failure = SignInFailure::single(Attempt::new(Kind::AzureCli, Cause::NotSignedIn, "no account"));
        assert_eq!(failure.to_string(), "Sign-in with azure-cli failed: no account");
        assert!(failure.hint.contains("az login"));
        assert_eq!(failure.cause(), Some(Cause::NotSignedIn));
    }

    #[test]
    fn the_hint_of_auto_is_for_the_way_that_came_closest() {
        let secret = Attempt::not_configured(Kind::ClientSecret, "AZURE_CLIENT_ID is not set");
        let cli = Attempt::new(Kind::AzureCli, Cause::NotSignedIn, "please log in");
        let azd = Attempt::new(Kind::Azd, Cause::NotInstalled, "azd not found on PATH");
        let failure = SignInFailure::all(vec![secret.clone(), cli, azd.clone()]);
        assert_eq!(failure.hint, "for azure-cli: run `az login`, then try again");
        assert_eq!(
            failure.detail,
            "client-secret: not configured: AZURE_CLIENT_ID is not set; azure-cli: please log in; \
             azd: azd not found on PATH"
        );
        assert!(SignInFailure::all(vec![secret, azd]).hint.contains("--credential device-code"));
    }
}
