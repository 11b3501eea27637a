//! The Azure clouds and their addresses: one table, nothing that changes at run time.
//!
//! Sources: the cloud table of azure-cli (`azure/cli/core/cloud.py`) for endpoints and portals, the
//! cloud configuration of the Azure SDKs for the Resource Manager scopes, the Log Analytics API
//! documentation for its two public hosts. Must not read the environment or the command line.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use azure_core::cloud::CloudConfiguration;
use url::Url;

use super::data_plane;
use crate::domain::probe::DataPlane;

/// An Azure cloud, named as `az cloud list` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Cloud {
    /// The public cloud.
    #[default]
    AzureCloud,
    /// Azure Government (United States).
    AzureUSGovernment,
    /// Azure in China, operated by 21Vianet.
    AzureChinaCloud,
}

/// The addresses of one cloud, as text; [`Cloud`] hands them out.
struct Row {
    name: &'static str,
    arm: &'static str,
    authority: &'static str,
    arm_scope: &'static str,
    logs: &'static [&'static str],
    logs_scope: &'static str,
    portal: &'static str,
}

const PUBLIC: Row = Row {
    name: "AzureCloud",
    arm: "https://management.azure.com",
    authority: "https://login.microsoftonline.com",
    arm_scope: "https://management.azure.com/.default",
    logs: &["https://api.loganalytics.io", "https://api.loganalytics.azure.com"],
    logs_scope: "https://api.loganalytics.io/.default",
    portal: "https://portal.azure.com",
};

const GOVERNMENT: Row = Row {
    name: "AzureUSGovernment",
    arm: "https://management.usgovcloudapi.net",
    authority: "https://login.microsoftonline.us",
    arm_scope: "https://management.core.usgovcloudapi.net/.default",
    logs: &["https://api.loganalytics.us"],
    logs_scope: "https://api.loganalytics.us/.default",
    portal: "https://portal.azure.us",
};

const CHINA: Row = Row {
    name: "AzureChinaCloud",
    arm: "https://management.chinacloudapi.cn",
    authority: "https://login.chinacloudapi.cn",
    arm_scope: "https://management.core.chinacloudapi.cn/.default",
    logs: &["https://api.loganalytics.azure.cn"],
    logs_scope: "https://api.loganalytics.azure.cn/.default",
    portal: "https://portal.azure.cn",
};

/// The kinds of access token that a session may need; they are fetched independently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Audience {
    /// Azure Resource Manager: perimeters, resources, subscriptions.
    Management,
    /// The Log Analytics query service: the access log.
    Logs,
    /// The data plane of a service, called when a connection is tested.
    Data(DataPlane),
}

impl Audience {
    /// Those that every session needs, in the order in which it does.
    pub const ALL: [Self; 2] = [Self::Management, Self::Logs];
}

impl fmt::Display for Audience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Management => f.write_str("management"),
            Self::Logs => f.write_str("logs"),
            Self::Data(plane) => f.write_str(plane.label()),
        }
    }
}

impl Cloud {
    /// All clouds, the default first.
    pub const ALL: [Self; 3] = [Self::AzureCloud, Self::AzureUSGovernment, Self::AzureChinaCloud];

    const fn row(self) -> &'static Row {
        match self {
            Self::AzureCloud => &PUBLIC,
            Self::AzureUSGovernment => &GOVERNMENT,
            Self::AzureChinaCloud => &CHINA,
        }
    }

    /// The name that `--cloud` and `az cloud set` take.
    pub const fn name(self) -> &'static str {
        self.row().name
    }

    /// Azure Resource Manager, without a trailing slash.
    pub const fn arm_endpoint(self) -> &'static str {
        self.row().arm
    }

    /// The Entra authority that issues tokens, without tenant and trailing slash.
    pub const fn authority(self) -> &'static str {
        self.row().authority
    }

    /// The Log Analytics query service, without a trailing slash.
    pub fn logs_endpoint(self) -> &'static str {
        self.row().logs.first().copied().unwrap_or_default()
    }

    /// Every host name of the Log Analytics query service; the first is the one to use, the others
    /// are known to be the same service.
    pub const fn logs_endpoints(self) -> &'static [&'static str] {
        self.row().logs
    }

    /// The portal, for links that a person opens.
    pub const fn portal(self) -> &'static str {
        self.row().portal
    }

    /// The OAuth 2.0 scope of an audience: `{resource}/.default`.
    pub fn scope(self, audience: Audience) -> &'static str {
        match audience {
            Audience::Management => self.row().arm_scope,
            Audience::Logs => self.row().logs_scope,
            // Nobody asks where there is none: the hosts of such a data plane are not known either.
            Audience::Data(plane) => data_plane::of(self, plane).and_then(|p| p.scope).unwrap_or_default(),
        }
    }

    /// What the Azure SDK calls this cloud; it holds the authority only.
    pub fn configuration(self) -> Arc<CloudConfiguration> {
        Arc::new(match self {
            Self::AzureCloud => CloudConfiguration::AzurePublic,
            Self::AzureUSGovernment => CloudConfiguration::AzureGovernment,
            Self::AzureChinaCloud => CloudConfiguration::AzureChina,
        })
    }

    /// Whether `url` is one of this cloud's own https hosts for `audience`, on the usual port.
    ///
    /// A caller that holds a real token sends it nowhere else.
    pub fn owns(self, audience: Audience, url: &Url) -> bool {
        let same_origin = |known: &str| Url::parse(known).is_ok_and(|known| known.origin() == url.origin());
        match audience {
            Audience::Management => same_origin(self.arm_endpoint()),
            Audience::Logs => self.logs_endpoints().iter().any(|known| same_origin(known)),
            Audience::Data(plane) => {
                let known = data_plane::of(self, plane);
                let usual = url.scheme() == "https" && url.port().is_none();
                usual && known.zip(url.host_str()).is_some_and(|(plane, host)| plane.owns(host))
            }
        }
    }
}

impl fmt::Display for Cloud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A cloud name that is not in the table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown cloud {0:?}: choose AzureCloud, AzureUSGovernment or AzureChinaCloud")]
pub struct UnknownCloud(pub String);

impl FromStr for Cloud {
    type Err = UnknownCloud;

    /// Compares without regard to case, as the CLI does.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|cloud| cloud.name().eq_ignore_ascii_case(text))
            .ok_or_else(|| UnknownCloud(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_in_any_case() {
        for cloud in Cloud::ALL {
            assert_eq!(cloud.to_string().to_lowercase().parse(), Ok(cloud));
        }
        let refused = "AzureGermanCloud".parse::<Cloud>();
        assert_eq!(refused, Err(UnknownCloud("AzureGermanCloud".to_owned())));
    }

    #[test]
    fn every_address_is_an_https_origin_of_one_cloud_only() {
        let mut seen = std::collections::HashSet::new();
        for cloud in Cloud::ALL {
            let row = cloud.row();
            let own = [row.arm, row.authority, row.portal];
            for text in own.iter().chain(row.logs) {
                let url = Url::parse(text).unwrap();
                assert_eq!((url.scheme(), url.path()), ("https", "/"), "{text}");
                assert!(!text.ends_with('/') && seen.insert(*text), "{text}");
            }
        }
    }

    #[test]
    fn scopes_hold_only_what_azure_identity_accepts() {
        for cloud in Cloud::ALL {
            for audience in Audience::ALL {
                let scope = cloud.scope(audience);
                assert!(scope.ends_with("/.default") && !scope.contains("//.default"));
                assert!(scope.chars().all(|c| c.is_ascii_alphanumeric() || ".-_:/".contains(c)));
            }
        }
    }

    #[test]
    fn only_the_clouds_own_https_hosts_are_its_own() {
        let url = |text: &str| Url::parse(text).unwrap();
        let public = Cloud::AzureCloud;
        assert!(public.owns(Audience::Management, &url("https://management.azure.com/subscriptions")));
        assert!(public.owns(Audience::Logs, &url("https://api.loganalytics.azure.com/v1")));
        for foreign in [
            "http://management.azure.com/",
            "https://management.azure.com:8443/",
            "https://management.azure.com.example.org/",
            "https://management.chinacloudapi.cn/",
            "https://api.loganalytics.io/",
        ] {
            assert!(!public.owns(Audience::Management, &url(foreign)), "{foreign}");
        }
    }
}
