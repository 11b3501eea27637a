//! Resource providers and preview features of a subscription: how they stand, and registering them
//! (API.md, section 10). Must not wait for a registration: that may take hours.

use reqwest::Method;
use serde::Deserialize;
use url::Url;

use super::client::ArmClient;
use super::cloud::Audience;
use super::error::{ArmError, ErrorKind};
use super::exchange::{Answer, Request};
use super::wire::{Text, null_default};
use crate::domain::{ArmId, Registration, RegistrationState, Requirement};

/// api-version of resource providers.
const PROVIDERS: &str = "2021-04-01";
/// api-version of preview features.
const FEATURES: &str = "2021-07-01";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Provider {
    #[serde(default)]
    registration_state: Text,
    #[serde(default, deserialize_with = "null_default")]
    resource_types: Vec<ProviderType>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProviderType {
    #[serde(default)]
    resource_type: Text,
}

#[derive(Deserialize)]
struct Feature {
    #[serde(default, deserialize_with = "null_default")]
    properties: FeatureState,
}

#[derive(Deserialize, Default)]
struct FeatureState {
    #[serde(default)]
    state: Text,
}

fn decode(requirement: &Requirement, id: ArmId, answer: &Answer) -> Result<Registration, ArmError> {
    let (state, types) = match requirement {
        Requirement::Provider(_) => {
            let body: Provider = answer.json()?;
            let types = body.resource_types.into_iter().map(|t| t.resource_type.0).collect();
            (body.registration_state.0, types)
        }
        Requirement::Feature { .. } => (answer.json::<Feature>()?.properties.state.0, Vec::new()),
    };
    let state = Some(RegistrationState::from_wire(&state));
    Ok(Registration { id, requirement: requirement.clone(), state, types })
}

impl ArmClient {
    /// How a provider or a preview feature stands in a subscription (guid). A feature that Azure does
    /// not know is one that nothing needs any more, and no error.
    pub async fn registration(
        &self,
        subscription: &str,
        requirement: &Requirement,
    ) -> Result<Registration, ArmError> {
        let operation = format!("read the registration of {}", requirement.label());
        let id = id_of(&operation, subscription, requirement)?;
        // The list of registrations holds only features that somebody asked for; this one holds all.
        let path = match requirement {
            Requirement::Provider(_) => id.as_str().to_owned(),
            Requirement::Feature { namespace, name } => format!(
                "/subscriptions/{subscription}/providers/Microsoft.Features/providers/{namespace}/features/{name}"
            ),
        };
        let url = self.registration_url(requirement, &path)?;
        match self.transport().send(&Request::get(&operation, url)).await {
            Ok(answer) => decode(requirement, id, &answer),
            Err(error)
                if error.kind == ErrorKind::NotFound
                    && matches!(requirement, Requirement::Feature { .. }) =>
            {
                Ok(Registration { id, requirement: requirement.clone(), state: None, types: Vec::new() })
            }
            Err(error) => Err(error),
        }
    }

    /// Asks Azure to register a provider or a preview feature; it goes on by itself.
    pub async fn register(
        &self,
        subscription: &str,
        requirement: &Requirement,
    ) -> Result<Registration, ArmError> {
        let operation = format!("register {}", requirement.label());
        let id = id_of(&operation, subscription, requirement)?;
        let (method, path, body) = match requirement {
            Requirement::Provider(_) => (Method::POST, format!("{}/register", id.as_str()), None),
            Requirement::Feature { .. } => (Method::PUT, id.as_str().to_owned(), Some("{}".to_owned())),
        };
        let url = self.registration_url(requirement, &path)?;
        let answer = self.transport().send(&Request::write(&operation, method, url, body)).await?;
        decode(requirement, id, &answer)
    }

    fn registration_url(&self, requirement: &Requirement, path: &str) -> Result<Url, ArmError> {
        let version = match requirement {
            Requirement::Provider(_) => PROVIDERS,
            Requirement::Feature { .. } => FEATURES,
        };
        self.session().url(Audience::Management, path, &[("api-version", version)])
    }
}

fn id_of(operation: &str, subscription: &str, requirement: &Requirement) -> Result<ArmId, ArmError> {
    requirement.id(subscription).map_err(|e| ArmError::new(ErrorKind::Refused, operation, e.to_string()))
}
