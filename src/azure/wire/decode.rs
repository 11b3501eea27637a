//! From bodies to domain types. A field that is missing is empty; only a missing id makes a body useless.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::lenient::{Text, Words, id, null_default, pairs};
use super::{BadBody, Wire, shape};
use crate::domain::{
    AccessMode, AccessRule, ArmId, AssociableType, Association, Direction, Issues, Link, LinkReference,
    LinkStatus, LoggingConfiguration, Modified, Perimeter, Profile, ProvisioningState, PublicAccess, RawBody,
    Resource, RuleContent, SourceKind, Subscription,
};

/// What every resource has around its properties.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "P: Deserialize<'de> + Default"))]
struct Envelope<P> {
    #[serde(deserialize_with = "id")]
    id: ArmId,
    #[serde(default)]
    location: Text,
    #[serde(default)]
    kind: Text,
    #[serde(default, deserialize_with = "null_default")]
    tags: Map<String, Value>,
    #[serde(default, deserialize_with = "null_default")]
    identity: Identity,
    #[serde(default, deserialize_with = "null_default")]
    properties: P,
    #[serde(default)]
    system_data: Option<SystemData>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Identity {
    #[serde(default, rename = "type")]
    kind: Text,
    #[serde(default)]
    principal_id: Text,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SystemData {
    #[serde(default)]
    last_modified_by: Text,
    #[serde(default)]
    last_modified_at: Text,
}

/// `{"id": …}`, or the bare id: the document of SQL servers has subscriptions so.
#[derive(Deserialize, Default)]
#[serde(from = "ReferenceForm")]
struct Reference {
    id: Text,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum ReferenceForm {
    Object {
        #[serde(default)]
        id: Text,
    },
    Bare(Text),
}

impl From<ReferenceForm> for Reference {
    fn from(form: ReferenceForm) -> Self {
        match form {
            ReferenceForm::Object { id } | ReferenceForm::Bare(id) => Self { id },
        }
    }
}

fn modified(data: Option<SystemData>) -> Option<Modified> {
    data.map(|d| Modified { at: d.last_modified_at.instant(), by: d.last_modified_by.0 })
}

fn state(text: Text) -> Option<ProvisioningState> {
    text.some().map(|word| ProvisioningState::from_wire(&word))
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct PerimeterProperties {
    provisioning_state: Text,
    perimeter_guid: Text,
}

impl Wire for Perimeter {
    const NOUN: &'static str = "perimeter";

    fn decode(json: &str) -> Result<Self, BadBody> {
        let e: Envelope<PerimeterProperties> = shape(json)?;
        Ok(Self {
            id: e.id,
            location: e.location.0,
            guid: e.properties.perimeter_guid.0,
            state: state(e.properties.provisioning_state),
            tags: pairs(e.tags),
            modified: modified(e.system_data),
            raw: RawBody::new(json),
        })
    }
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct ProfileProperties {
    access_rules_version: Text,
    diagnostic_settings_version: Text,
}

impl Wire for Profile {
    const NOUN: &'static str = "profile";

    fn decode(json: &str) -> Result<Self, BadBody> {
        let e: Envelope<ProfileProperties> = shape(json)?;
        Ok(Self {
            id: e.id,
            rules_version: e.properties.access_rules_version.0,
            diagnostics_version: e.properties.diagnostic_settings_version.0,
            modified: modified(e.system_data),
            raw: RawBody::new(json),
        })
    }
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct RuleProperties {
    provisioning_state: Text,
    direction: Text,
    address_prefixes: Words,
    #[serde(deserialize_with = "null_default")]
    subscriptions: Vec<Reference>,
    service_tags: Words,
    fully_qualified_domain_names: Words,
    #[serde(deserialize_with = "null_default")]
    network_security_perimeters: Vec<Reference>,
    email_addresses: Words,
    phone_numbers: Words,
}

impl RuleProperties {
    pub(super) fn content(self) -> RuleContent {
        let guid = |r: Reference| {
            let id = r.id.id();
            id.and_then(|id| id.subscription().map(str::to_owned)).unwrap_or(r.id.0)
        };
        let mut sources = vec![
            (SourceKind::AddressPrefix, self.address_prefixes.0),
            (SourceKind::Subscription, self.subscriptions.into_iter().map(guid).collect()),
            (SourceKind::ServiceTag, self.service_tags.0),
            (SourceKind::Fqdn, self.fully_qualified_domain_names.0),
            (SourceKind::Perimeter, self.network_security_perimeters.into_iter().map(|r| r.id.0).collect()),
            (SourceKind::Email, self.email_addresses.0),
            (SourceKind::Phone, self.phone_numbers.0),
        ];
        sources.retain(|(_, values)| !values.is_empty());
        // A rule without a direction is an inbound one (API.md, section 5).
        let direction = self.direction.some().map_or(Direction::Inbound, |word| Direction::from_wire(&word));
        RuleContent { direction, sources }
    }
}

impl Wire for AccessRule {
    const NOUN: &'static str = "access rule";

    fn decode(json: &str) -> Result<Self, BadBody> {
        let mut e: Envelope<RuleProperties> = shape(json)?;
        Ok(Self {
            id: e.id,
            state: state(std::mem::take(&mut e.properties.provisioning_state)),
            content: e.properties.content(),
            modified: modified(e.system_data),
            raw: RawBody::new(json),
        })
    }
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct AssociationProperties {
    provisioning_state: Text,
    #[serde(deserialize_with = "null_default")]
    private_link_resource: Reference,
    #[serde(deserialize_with = "null_default")]
    profile: Reference,
    access_mode: Text,
    has_provisioning_issues: Text,
}

impl Wire for Association {
    const NOUN: &'static str = "association";

    fn decode(json: &str) -> Result<Self, BadBody> {
        let Envelope { id, properties: p, system_data, .. } = shape::<Envelope<AssociationProperties>>(json)?;
        // "yes" and "no" are recorded; a truth value is what the name promises.
        let issues = match p.has_provisioning_issues.0.as_str() {
            "" | "false" => Issues::No,
            "true" => Issues::Yes,
            word => Issues::from_wire(word),
        };
        Ok(Self {
            id,
            resource: p.private_link_resource.id.id(),
            profile: p.profile.id.id(),
            mode: AccessMode::from_wire(&p.access_mode.0),
            state: state(p.provisioning_state),
            issues,
            modified: modified(system_data),
            raw: RawBody::new(json),
        })
    }
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct LinkProperties {
    provisioning_state: Text,
    auto_approved_remote_perimeter_resource_id: Text,
    remote_perimeter_resource_id: Text,
    remote_perimeter_guid: Text,
    remote_perimeter_location: Text,
    local_inbound_profiles: Words,
    remote_inbound_profiles: Words,
    description: Text,
    status: Text,
}

impl Wire for Link {
    const NOUN: &'static str = "link";

    fn decode(json: &str) -> Result<Self, BadBody> {
        let Envelope { id, properties: p, .. } = shape::<Envelope<LinkProperties>>(json)?;
        Ok(Self {
            id,
            remote: p.auto_approved_remote_perimeter_resource_id.id(),
            remote_guid: p.remote_perimeter_guid.0,
            remote_location: p.remote_perimeter_location.0,
            local_inbound: p.local_inbound_profiles.0,
            remote_inbound: p.remote_inbound_profiles.0,
            description: p.description.0,
            status: p.status.some().map(|word| LinkStatus::from_wire(&word)),
            state: state(p.provisioning_state),
            raw: RawBody::new(json),
        })
    }
}

impl Wire for LinkReference {
    const NOUN: &'static str = "link reference";

    fn decode(json: &str) -> Result<Self, BadBody> {
        let Envelope { id, properties: p, .. } = shape::<Envelope<LinkProperties>>(json)?;
        Ok(Self {
            id,
            remote: p.remote_perimeter_resource_id.id(),
            remote_guid: p.remote_perimeter_guid.0,
            remote_location: p.remote_perimeter_location.0,
            local_inbound: p.local_inbound_profiles.0,
            remote_inbound: p.remote_inbound_profiles.0,
            description: p.description.0,
            status: p.status.some().map(|word| LinkStatus::from_wire(&word)),
            state: state(p.provisioning_state),
            raw: RawBody::new(json),
        })
    }
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct LoggingProperties {
    enabled_log_categories: Words,
    version: Text,
}

impl Wire for LoggingConfiguration {
    const NOUN: &'static str = "logging configuration";

    fn decode(json: &str) -> Result<Self, BadBody> {
        let Envelope { id, properties: p, .. } = shape::<Envelope<LoggingProperties>>(json)?;
        let (categories, version) = (p.enabled_log_categories.0, p.version.0);
        Ok(Self { id, categories, version, raw: RawBody::new(json) })
    }
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct ResourceProperties {
    public_network_access: Text,
    public_network_access_for_ingestion: Text,
    public_network_access_for_query: Text,
    #[serde(deserialize_with = "null_default")]
    network_acls: Acls,
}

/// Data collection endpoints keep it here.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Acls {
    public_network_access: Text,
}

impl Wire for Resource {
    const NOUN: &'static str = "resource";

    fn decode(json: &str) -> Result<Self, BadBody> {
        let Envelope { id, kind, location, identity, properties: p, .. } =
            shape::<Envelope<ResourceProperties>>(json)?;
        // A workspace says it twice; where the two differ, the more open one is what matters.
        let (ingestion, query) =
            (p.public_network_access_for_ingestion.0, p.public_network_access_for_query.0);
        let workspace = if query.eq_ignore_ascii_case("Enabled") { query } else { ingestion };
        let access = [p.public_network_access.0, p.network_acls.public_network_access.0, workspace]
            .into_iter()
            .find(|word| !word.is_empty());
        Ok(Self {
            id,
            kind: kind.0,
            location: location.0,
            public_access: access.map(|word| PublicAccess::from_wire(&word)),
            principal: identity.principal_id.some(),
            identity: identity.kind.some().filter(|word| !word.eq_ignore_ascii_case("None")),
            raw: RawBody::new(json),
        })
    }
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct SubscriptionBody {
    subscription_id: Text,
    display_name: Text,
    state: Text,
    tenant_id: Text,
    id: Text,
}

impl Wire for Subscription {
    const NOUN: &'static str = "subscription";

    fn decode(json: &str) -> Result<Self, BadBody> {
        let body: SubscriptionBody = shape(json)?;
        let from_id = body.id.id().and_then(|id| id.subscription().map(str::to_owned));
        let Some(id) = body.subscription_id.some().or(from_id) else {
            return Err(BadBody { path: "subscriptionId".to_owned(), reason: "missing".to_owned() });
        };
        let name = body.display_name.some().unwrap_or_else(|| id.clone());
        Ok(Self { id, name, state: body.state.0, tenant: body.tenant_id.0 })
    }
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct TypeBody {
    name: Text,
    #[serde(deserialize_with = "null_default")]
    properties: TypeProperties,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct TypeProperties {
    display_name: Text,
    resource_type: Text,
    provider_namespace: Text,
    public_dns_zones: Words,
}

impl Wire for AssociableType {
    const NOUN: &'static str = "associable resource type";

    fn decode(json: &str) -> Result<Self, BadBody> {
        let TypeBody { name, properties: p } = shape(json)?;
        // Documents and traffic differ on where the full type stands; once it has a dot for the slash.
        let composed = match (p.provider_namespace.0.as_str(), p.resource_type.0.as_str()) {
            ("", kind) => kind.to_owned(),
            (namespace, kind) => format!("{namespace}/{kind}"),
        };
        let dotted = |t: &str| match t.split('/').next().map(|n| n.matches('.').count()) {
            Some(2..) => t.rsplit_once('.').map(|(space, kind)| format!("{space}/{kind}")),
            Some(_) | None => None,
        };
        let whole = [composed, p.display_name.0, name.0]
            .into_iter()
            .find_map(|t| if t.contains('/') { Some(t) } else { dotted(&t) });
        let Some(resource_type) = whole else {
            return Err(BadBody { path: "properties.resourceType".to_owned(), reason: "missing".to_owned() });
        };
        Ok(Self { resource_type, dns_zones: p.public_dns_zones.0 })
    }
}
