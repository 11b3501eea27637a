//! What must be registered in a subscription before perimeters work there: resource providers and
//! preview features. Says what a state means and what is needed; asks nobody.

use super::{ArmId, BadId};

super::words! {
    /// State of a provider's or feature's registration (API.md, section 10).
    RegistrationState {
        /// It can be used.
        Registered = "Registered",
        /// Azure is at it.
        Registering = "Registering",
        /// It never was registered.
        NotRegistered = "NotRegistered",
        /// It was registered once.
        Unregistered = "Unregistered",
        /// Azure is taking it away.
        Unregistering = "Unregistering",
        /// Microsoft has to approve it.
        Pending = "Pending",
        /// The service does not say.
        NotSpecified = "NotSpecified",
    }
}

/// Provider of perimeters.
const NETWORK: &str = "Microsoft.Network";

/// Something that is registered in a subscription.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Requirement {
    /// A resource provider, by its namespace.
    Provider(String),
    /// A preview feature of a provider.
    Feature {
        /// Namespace of the provider.
        namespace: String,
        /// Its name.
        name: String,
    },
}

impl Requirement {
    fn feature(namespace: &str, name: &str) -> Self {
        Self::Feature { namespace: namespace.to_owned(), name: name.to_owned() }
    }

    /// What a subscription needs that has perimeters, or resources in them: always the providers of
    /// perimeters, of their logs and of Azure OpenAI with their preview features; and the provider of
    /// every resource type given, which the *perimeter's* subscription needs too.
    pub fn all<'t>(types: impl IntoIterator<Item = &'t str>) -> Vec<Self> {
        let fixed =
            [NETWORK, "Microsoft.CognitiveServices", "Microsoft.Insights", "Microsoft.OperationalInsights"];
        let mut out: Vec<Self> = fixed.into_iter().map(|n| Self::Provider(n.to_owned())).collect();
        let mut more: Vec<&str> = types.into_iter().filter_map(|t| t.split('/').next()).collect();
        more.sort_by_key(|n| n.to_ascii_lowercase());
        for namespace in more {
            if !out.iter().any(|r| r.namespace().eq_ignore_ascii_case(namespace)) {
                out.push(Self::Provider(namespace.to_owned()));
            }
        }
        out.push(Self::feature("Microsoft.CognitiveServices", "OpenAI.NspPreview"));
        out.push(Self::feature(NETWORK, "AllowNSPInPublicPreview"));
        out
    }

    /// Namespace of the provider.
    pub fn namespace(&self) -> &str {
        match self {
            Self::Provider(namespace) | Self::Feature { namespace, .. } => namespace,
        }
    }

    /// Its name in one word: `Microsoft.Network`, `Microsoft.Network/AllowNSPInPublicPreview`.
    pub fn label(&self) -> String {
        match self {
            Self::Provider(namespace) => namespace.clone(),
            Self::Feature { namespace, name } => format!("{namespace}/{name}"),
        }
    }

    /// `provider` or `feature`.
    pub fn noun(&self) -> &'static str {
        match self {
            Self::Provider(_) => "provider",
            Self::Feature { .. } => "feature",
        }
    }

    /// What it is needed for.
    pub fn reason(&self) -> &'static str {
        let is = |known: &str| self.namespace().eq_ignore_ascii_case(known);
        match self {
            Self::Feature { .. } if is(NETWORK) => "perimeters, in their preview",
            Self::Feature { .. } => "Azure OpenAI accounts in a perimeter",
            Self::Provider(_) if is(NETWORK) => "perimeters",
            Self::Provider(_) if is("Microsoft.Insights") => "diagnostic settings of a perimeter",
            Self::Provider(_) if is("Microsoft.OperationalInsights") => "workspaces for the access log",
            Self::Provider(_) => "resources of this provider in a perimeter of this subscription",
        }
    }

    /// The id by which a subscription's registration of it is known, and written to.
    ///
    /// # Errors
    /// [`BadId`] when a name cannot stand in an id.
    pub fn id(&self, subscription: &str) -> Result<ArmId, BadId> {
        let scope = format!("/subscriptions/{subscription}/providers");
        ArmId::parse(&match self {
            Self::Provider(namespace) => format!("{scope}/{namespace}"),
            Self::Feature { namespace, name } => format!(
                "{scope}/Microsoft.Features/featureProviders/{namespace}/subscriptionFeatureRegistrations/{name}"
            ),
        })
    }

    /// The requirement that an id made by [`Self::id`] stands for.
    pub fn of(id: &ArmId) -> Option<Self> {
        let parts: Vec<&str> = id.as_str().split('/').skip(1).collect();
        match parts.as_slice() {
            [_, _, _, namespace] => Some(Self::Provider((*namespace).to_owned())),
            [_, _, _, _, _, namespace, _, name] => Some(Self::feature(namespace, name)),
            _ => None,
        }
    }
}

/// What a subscription's registration is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// It can be used.
    Ready,
    /// Azure no longer knows the feature: nothing needs it any more.
    NotNeeded,
    /// Azure is at it; features may take hours.
    Moving,
    /// Registered before the provider offered perimeters here: it must be registered once more.
    Again,
    /// It is to be registered.
    Missing,
}

/// A registration as last read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// Its id; see [`Requirement::id`].
    pub id: ArmId,
    /// What it is the registration of.
    pub requirement: Requirement,
    /// Its state; `None` when Azure does not know the feature.
    pub state: Option<RegistrationState>,
    /// Resource types that the provider shows to this subscription, in its spelling.
    pub types: Vec<String>,
}

impl Registration {
    /// What it is worth.
    ///
    /// After `AllowNSPInPublicPreview` is registered, `Microsoft.Network` must be registered again
    /// before perimeters can be made: until then its types lack them.
    pub fn standing(&self) -> Standing {
        use RegistrationState as S;
        match &self.state {
            None => Standing::NotNeeded,
            Some(S::Registered) if self.lacks_perimeters() => Standing::Again,
            Some(S::Registered) => Standing::Ready,
            Some(S::Registering | S::Unregistering | S::Pending) => Standing::Moving,
            Some(S::NotRegistered | S::Unregistered | S::NotSpecified | S::Unknown(_)) => Standing::Missing,
        }
    }

    fn lacks_perimeters(&self) -> bool {
        let network =
            matches!(&self.requirement, Requirement::Provider(n) if n.eq_ignore_ascii_case(NETWORK));
        let has = |t: &String| t.eq_ignore_ascii_case("networkSecurityPerimeters");
        network && !self.types.is_empty() && !self.types.iter().any(has)
    }

    /// The state in the service's word.
    pub fn word(&self) -> &str {
        self.state.as_ref().map_or("not known to Azure", RegistrationState::wire)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(state: &str, types: &[&str]) -> Registration {
        let requirement = Requirement::Provider("microsoft.network".to_owned());
        Registration {
            id: requirement.id("0a").unwrap(),
            requirement,
            state: Some(RegistrationState::from_wire(state)),
            types: types.iter().map(|t| (*t).to_owned()).collect(),
        }
    }

    #[test]
    fn a_provider_that_does_not_offer_perimeters_yet_is_registered_again() {
        let with = ["virtualNetworks", "NetworkSecurityPerimeters"];
        assert_eq!(network("registered", &with).standing(), Standing::Ready);
        assert_eq!(network("Registered", &["virtualNetworks"]).standing(), Standing::Again);
        assert_eq!(network("Registering", &["virtualNetworks"]).standing(), Standing::Moving);
        assert_eq!(network("Unregistered", &[]).standing(), Standing::Missing);
        assert_eq!(network("Odd", &[]).standing(), Standing::Missing);
    }

    #[test]
    fn what_is_needed_names_each_provider_once() {
        let types = [
            "Microsoft.Storage/storageAccounts",
            "microsoft.network/x",
            "Microsoft.Storage/y",
            "Microsoft.KeyVault/vaults",
        ];
        let labels: Vec<String> = Requirement::all(types).iter().map(Requirement::label).collect();
        assert_eq!(labels[4..6], ["Microsoft.KeyVault", "Microsoft.Storage"]);
        assert_eq!(labels.len(), 8);
        for requirement in Requirement::all(types) {
            assert_eq!(Requirement::of(&requirement.id("0a").unwrap()), Some(requirement));
        }
    }
}
