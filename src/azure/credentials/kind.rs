//! The ways to sign in, their names on the command line and the order in which `auto` tries them.
//!
//! Must not know how any of them works.

use std::fmt;
use std::str::FromStr;

/// A way to sign in, as `--credential` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Kind {
    /// The first of [`Kind::AUTO`] that yields a token.
    #[default]
    Auto,
    /// The identity that `az login` left behind.
    AzureCli,
    /// The identity that `azd auth login` left behind.
    Azd,
    /// The identity of the virtual machine or App Service this runs on.
    ManagedIdentity,
    /// A Kubernetes service account federated with Entra.
    WorkloadIdentity,
    /// A service principal with a secret from the environment.
    ClientSecret,
    /// A service principal with a certificate; needs the cargo feature `client-certificate`.
    ClientCertificate,
    /// A person, a browser anywhere, and a short code to type there.
    DeviceCode,
}

impl Kind {
    /// Every kind, in the order of the documentation.
    pub const ALL: [Self; 8] = [
        Self::Auto,
        Self::AzureCli,
        Self::Azd,
        Self::ManagedIdentity,
        Self::WorkloadIdentity,
        Self::ClientSecret,
        Self::ClientCertificate,
        Self::DeviceCode,
    ];

    /// What `auto` tries, in the order that the Azure SDKs document for `DefaultAzureCredential`:
    /// environment (secret, then certificate), workload identity, managed identity, Azure CLI, azd.
    ///
    /// Device code is never among them: it would put a question to a person who did not ask for it.
    pub const AUTO: [Self; 6] = [
        Self::ClientSecret,
        Self::ClientCertificate,
        Self::WorkloadIdentity,
        Self::ManagedIdentity,
        Self::AzureCli,
        Self::Azd,
    ];

    /// The name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::AzureCli => "azure-cli",
            Self::Azd => "azd",
            Self::ManagedIdentity => "managed-identity",
            Self::WorkloadIdentity => "workload-identity",
            Self::ClientSecret => "client-secret",
            Self::ClientCertificate => "client-certificate",
            Self::DeviceCode => "device-code",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that is no way to sign in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown credential {0:?}: choose auto, azure-cli, azd, managed-identity, workload-identity, \
     client-secret, client-certificate or device-code"
)]
pub struct UnknownKind(pub String);

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|kind| kind.name() == text).ok_or_else(|| UnknownKind(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_back_and_named_in_the_refusal() {
        let refused = "browser".parse::<Kind>().unwrap_err().to_string();
        for kind in Kind::ALL {
            assert_eq!(kind.name().parse(), Ok(kind));
            assert!(refused.contains(kind.name()), "{refused}");
        }
    }

    #[test]
    fn auto_follows_the_documented_order_and_never_asks_a_person() {
        let names: Vec<_> = Kind::AUTO.iter().map(|kind| kind.name()).collect();
        let documented = [
            "client-secret",
            "client-certificate",
            "workload-identity",
            "managed-identity",
            "azure-cli",
            "azd",
        ];
        assert_eq!(names, documented);
    }
}
