//! An access token that cannot be printed by accident, and what it says about its bearer.
//!
//! Must not verify tokens: what is read here is for display only, the services judge.

use std::fmt;

use azure_core::credentials::Secret;
use jiff::Timestamp;
use reqwest::header::HeaderValue;
use serde::Deserialize;

/// The largest token that is taken: Entra's stay below 10 kB, headers of services below 64 kB.
const MAX_LENGTH: usize = 60_000;

/// A bearer token and the instant at which it expires.
///
/// `Debug` shows the expiry only; there is no `Display` and no serialization.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessToken {
    secret: Secret,
    expires_at: Timestamp,
}

impl AccessToken {
    /// Takes a token over; `None` if it could not be sent in a header (empty, too long, or with
    /// anything but visible ASCII in it).
    pub fn new(secret: Secret, expires_at: Timestamp) -> Option<Self> {
        let text = secret.secret();
        let sendable =
            !text.is_empty() && text.len() <= MAX_LENGTH && text.bytes().all(|b| b.is_ascii_graphic());
        sendable.then_some(Self { secret, expires_at })
    }

    /// When the token expires.
    pub fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// The value of the `Authorization` header, marked sensitive so that no client logs it.
    ///
    /// `None` cannot happen for a token that [`AccessToken::new`] took.
    pub fn authorization(&self) -> Option<HeaderValue> {
        let mut value = HeaderValue::try_from(format!("Bearer {}", self.secret.secret())).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    /// Who the token was issued to, as far as it says.
    pub fn identity(&self) -> Option<Identity> {
        Identity::from_jwt(self.secret.secret())
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// Who is signed in, read from a token for display; never proof of anything.
///
/// The strings are raw: a directory's administrators chose them, so they must pass the text
/// cleaning of the domain before they reach a screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// A user's sign-in name, else a display name, else `app <client id>`, else the object id.
    pub display: String,
    /// The directory (tenant) id.
    pub tenant: Option<String>,
}

/// The claims that Entra's version 1 and version 2 access tokens carry.
#[derive(Deserialize)]
struct Claims {
    upn: Option<String>,
    unique_name: Option<String>,
    preferred_username: Option<String>,
    name: Option<String>,
    app_displayname: Option<String>,
    appid: Option<String>,
    azp: Option<String>,
    oid: Option<String>,
    tid: Option<String>,
}

impl Identity {
    fn from_jwt(token: &str) -> Option<Self> {
        let mut parts = token.split('.');
        let (_header, payload, _signature) = (parts.next()?, parts.next()?, parts.next()?);
        let bytes = azure_core::base64::decode_url_safe(payload).ok()?;
        let claims: Claims = serde_json::from_slice(&bytes).ok()?;
        let app = claims.appid.or(claims.azp).map(|id| format!("app {id}"));
        let display = claims
            .upn
            .or(claims.unique_name)
            .or(claims.preferred_username)
            .or(claims.name)
            .or(claims.app_displayname)
            .or(app)
            .or(claims.oid)?;
        Some(Self { display, tenant: claims.tid })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(text: &str) -> AccessToken {
        AccessToken::new(Secret::new(text.to_owned()), Timestamp::UNIX_EPOCH).unwrap()
    }

    fn jwt(claims: &str) -> AccessToken {
        token(&format!("eyJhbGciOiJub25lIn0.{}.c2ln", azure_core::base64::encode_url_safe(claims)))
    }

    #[test]
    fn nothing_prints_the_secret() {
        let token = token("very-secret");
        let header = token.authorization().unwrap();
        assert!(!format!("{token:?} {header:?}").contains("very-secret"));
        assert_eq!(header.to_str().unwrap(), "Bearer very-secret");
    }

    #[test]
    fn what_cannot_travel_in_a_header_is_no_token() {
        for bad in ["", "two words", "line\nbreak", "t\u{f6}ken", &"x".repeat(MAX_LENGTH + 1)] {
            assert!(AccessToken::new(Secret::new(bad.to_owned()), Timestamp::UNIX_EPOCH).is_none());
        }
    }

    #[test]
    fn a_user_is_named_by_sign_in_name_and_an_application_by_its_id() {
        let user =
            jwt(r#"{"name":"Ada","upn":"ada@contoso.com","appid":"cli","tid":"t-1"}"#).identity().unwrap();
        assert_eq!((user.display.as_str(), user.tenant.as_deref()), ("ada@contoso.com", Some("t-1")));
        let app = jwt(r#"{"appid":"1234","oid":"o"}"#).identity().unwrap();
        assert_eq!((app.display.as_str(), app.tenant), ("app 1234", None));
    }

    #[test]
    fn opaque_and_broken_tokens_have_no_identity() {
        for opaque in ["opaque", "a.b.c", "a.!!!.c", "..."] {
            assert_eq!(token(opaque).identity(), None, "{opaque}");
        }
        assert_eq!(jwt("[1, 2]").identity(), None);
        assert_eq!(jwt(r#"{"upn": 7}"#).identity(), None);
    }
}
