//! The messages of the OAuth 2.0 device grant (RFC 8628) as Entra sends them, and its errors.
//!
//! Must not send anything.

use std::time::Duration;

use azure_core::credentials::Secret;
use serde::{Deserialize, Deserializer, de};

use super::failure::Cause;

/// The answer to the request for a code.
#[derive(Deserialize)]
pub(super) struct DeviceAuthorization {
    pub(super) device_code: Secret,
    pub(super) user_code: String,
    #[serde(alias = "verification_url")]
    pub(super) verification_uri: String,
    #[serde(default)]
    pub(super) message: String,
    #[serde(deserialize_with = "seconds")]
    pub(super) expires_in: Duration,
    /// RFC 8628 section 3.2: five seconds where the server does not say.
    #[serde(default = "five_seconds", deserialize_with = "seconds")]
    pub(super) interval: Duration,
}

/// The answer that ends the wait, and every later renewal.
#[derive(Deserialize)]
pub(super) struct TokenAnswer {
    pub(super) access_token: Secret,
    #[serde(deserialize_with = "seconds")]
    pub(super) expires_in: Duration,
    pub(super) refresh_token: Option<Secret>,
}

/// What Entra answers instead of a token.
#[derive(Deserialize)]
pub(super) struct Refusal {
    pub(super) error: String,
    #[serde(default)]
    pub(super) error_description: String,
}

const fn five_seconds() -> Duration {
    Duration::from_secs(5)
}

/// Seconds as a number, or as text, which Entra's version 1 endpoints send.
fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Seconds {
        Number(u64),
        Text(String),
    }
    match Seconds::deserialize(deserializer)? {
        Seconds::Number(number) => Ok(Duration::from_secs(number)),
        Seconds::Text(text) => text.parse().map(Duration::from_secs).map_err(de::Error::custom),
    }
}

/// Why the device grant yielded no token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum DeviceCodeError {
    #[error("the sign-in was declined in the browser")]
    Declined,
    #[error("the code was not entered before it expired")]
    Expired,
    #[error("the authority no longer knows the code")]
    UnknownCode,
    #[error("{code}: {description}")]
    Refused { code: String, description: String },
    #[error("no answer from the authority in time")]
    TimedOut,
    #[error("cannot reach the authority: {0}")]
    Unreachable(String),
    #[error("the authority answered something that is not {0}")]
    Garbage(&'static str),
}

impl DeviceCodeError {
    pub(super) fn cause(&self) -> Cause {
        match self {
            Self::Declined | Self::Expired | Self::UnknownCode => Cause::Abandoned,
            Self::Refused { .. } => Cause::Refused,
            Self::TimedOut => Cause::TimedOut,
            Self::Unreachable(_) => Cause::Unreachable,
            Self::Garbage(_) => Cause::Unusable,
        }
    }

    /// Whether a renewal failed because the sign-in itself is over, as opposed to a passing trouble.
    pub(super) fn ends_sign_in(&self) -> bool {
        match self {
            Self::Refused { code, .. } => matches!(code.as_str(), "invalid_grant" | "interaction_required"),
            Self::Declined
            | Self::Expired
            | Self::UnknownCode
            | Self::TimedOut
            | Self::Unreachable(_)
            | Self::Garbage(_) => false,
        }
    }

    pub(super) fn from_transport(error: &reqwest::Error) -> Self {
        if error.is_timeout() {
            return Self::TimedOut;
        }
        let first: &dyn std::error::Error = error;
        let innermost = std::iter::successors(Some(first), |error| error.source()).last();
        Self::Unreachable(innermost.map(ToString::to_string).unwrap_or_default())
    }
}

/// What to do after the authority refused to hand out a token yet (RFC 8628 section 3.5).
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Ask again after the same pause.
    Wait,
    /// Ask again after a longer pause.
    SlowDown,
    /// Give up.
    Stop(DeviceCodeError),
}

impl From<Refusal> for Next {
    fn from(refusal: Refusal) -> Self {
        match refusal.error.as_str() {
            "authorization_pending" => Self::Wait,
            "slow_down" => Self::SlowDown,
            "authorization_declined" | "access_denied" => Self::Stop(DeviceCodeError::Declined),
            "expired_token" | "code_expired" => Self::Stop(DeviceCodeError::Expired),
            "bad_verification_code" => Self::Stop(DeviceCodeError::UnknownCode),
            _ => Self::Stop(refusal.into()),
        }
    }
}

impl From<Refusal> for DeviceCodeError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused { code: refusal.error, description: refusal.error_description }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(error: &str) -> Next {
        Refusal { error: error.to_owned(), error_description: String::new() }.into()
    }

    #[test]
    fn every_answer_while_waiting_has_its_consequence() {
        assert_eq!(next("authorization_pending"), Next::Wait);
        assert_eq!(next("slow_down"), Next::SlowDown);
        assert_eq!(next("authorization_declined"), Next::Stop(DeviceCodeError::Declined));
        assert_eq!(next("expired_token"), Next::Stop(DeviceCodeError::Expired));
        assert_eq!(next("bad_verification_code"), Next::Stop(DeviceCodeError::UnknownCode));
        assert!(matches!(next("invalid_client"), Next::Stop(DeviceCodeError::Refused { .. })));
    }

    #[test]
    fn seconds_are_read_as_numbers_and_as_text_and_the_interval_may_be_absent() {
        let json = r#"{"device_code":"d","user_code":"u","verification_url":"https://x","expires_in":"900"}"#;
        let code: DeviceAuthorization = serde_json::from_str(json).unwrap();
        assert_eq!((code.expires_in.as_secs(), code.interval.as_secs()), (900, 5));
        let json = json.replace("\"900\"", "900,\"interval\":2");
        let code: DeviceAuthorization = serde_json::from_str(&json).unwrap();
        assert_eq!((code.expires_in.as_secs(), code.interval.as_secs()), (900, 2));
    }
}
