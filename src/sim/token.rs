//! What a bearer token says here: whose tenant, and what it is for. Any token is taken; one that says
//! something (`tid=…;aud=…`) is taken at its word, as Azure takes the claims of a real one.

use super::http::{Answer, Request, decode};

/// What a token says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bearer {
    /// Entra tenant; the home tenant where it says nothing.
    pub tenant: Option<String>,
    /// The service that it was issued for, such as `https://storage.azure.com`; any where it says nothing.
    pub audience: Option<String>,
}

impl Bearer {
    /// The token of a request; `None` without one. Cosmos DB has its own form of the header.
    pub fn of(request: &Request) -> Option<Self> {
        let header = request.header("authorization")?;
        let decoded = decode(header);
        let token = decoded.strip_prefix("type=aad&ver=1.0&sig=").unwrap_or(&decoded);
        let words = token.split([' ', ';']);
        let mut bearer = Self::default();
        for (key, value) in words.filter_map(|word| word.split_once('=')) {
            match key {
                "tid" => bearer.tenant = Some(value.to_owned()),
                "aud" => bearer.audience = Some(value.to_owned()),
                _ => {}
            }
        }
        Some(bearer)
    }

    /// It was issued for this service, or says nothing.
    pub fn is_for(&self, audience: &str) -> bool {
        let bare = |text: &str| text.trim_end_matches('/').to_lowercase();
        self.audience.as_deref().is_none_or(|own| bare(own) == bare(audience))
    }
}

/// What ARM says to a token of another tenant than the subscription's.
pub fn wrong_tenant(token: &str, subscription: &str) -> Answer {
    let message = format!(
        "The access token is from the wrong issuer 'https://sts.windows.net/{token}/'. It must match the tenant 'https://sts.windows.net/{subscription}/' associated with this subscription. Please use the authority (URL) 'https://login.windows.net/{subscription}' to get the token."
    );
    Answer::error(401, "InvalidAuthenticationTokenTenant", message)
}

#[cfg(test)]
mod tests {
    use super::super::http::Method;
    use super::*;

    fn of(header: &str) -> Option<Bearer> {
        let headers = vec![("authorization".to_owned(), header.to_owned())];
        Bearer::of(&Request::new(Method::Get, "/", headers, Vec::new()))
    }

    #[test]
    fn a_token_is_taken_at_its_word() {
        let said = of("Bearer tid=t-1;aud=https://storage.azure.com").unwrap();
        assert_eq!(said.tenant.as_deref(), Some("t-1"));
        assert!(said.is_for("https://storage.azure.com/") && !said.is_for("https://vault.azure.net"));
        let silent = of("Bearer whatever").unwrap();
        assert_eq!(silent, Bearer::default());
        assert!(silent.is_for("https://vault.azure.net"));
        let cosmos =
            of("type%3Daad%26ver%3D1.0%26sig%3Dtid%3Dt%3Baud%3Dhttps%3A%2F%2Fcosmos.azure.com").unwrap();
        assert!(cosmos.is_for("https://cosmos.azure.com"));
        assert_eq!(Bearer::of(&Request::new(Method::Get, "/", vec![], vec![])), None);
    }
}
