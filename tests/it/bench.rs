//! A bench for the state machine: a model, keys in, effects out, and a small world that answers reads.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use nsp::app::bindings::Keymap;
use nsp::app::effect::Effect;
use nsp::app::keys::Key;
use nsp::app::msg::{Facts, Msg, Payload, Slot, TailEvent, TailSpec, Ticket, Timer, Topic};
use nsp::app::{Model, Periods, Start, update};
use nsp::domain::log::{AccessLogEntry, LogColumn, LogTexts, LogTimes, TailStatus};
use nsp::domain::logging::setting_id;
use nsp::domain::{
    AccessMode, AccessRule, ArmId, Association, DiagnosticSetting, Failure, FailureKind, Issues, Link,
    LinkReference, LinkStatus, Perimeter, Profile, ProvisioningState, PublicAccess, RawBody, Resource,
    RuleContent, SettingContent, SourceKind, Subscription, Workspace,
};

pub const PROD: &str = "6f0b1c2d-0000-4000-8000-000000000001";
pub const DEV: &str = "6f0b1c2d-0000-4000-8000-000000000002";

pub fn now() -> Timestamp {
    Timestamp::new(1_790_000_000, 0).unwrap()
}

pub fn id(text: &str) -> ArmId {
    ArmId::parse(text).unwrap()
}

/// The id of a perimeter of `PROD`, or of `DEV` when its name begins with `dev`.
pub fn perimeter_id(name: &str) -> ArmId {
    let subscription = if name.starts_with("dev") { DEV } else { PROD };
    id(&format!(
        "/subscriptions/{subscription}/resourceGroups/rg/providers/Microsoft.Network/networkSecurityPerimeters/{name}"
    ))
}

pub fn profile_id(perimeter: &str, name: &str) -> ArmId {
    perimeter_id(perimeter).child("profiles", name).unwrap()
}

pub fn rule_id(perimeter: &str, profile: &str, name: &str) -> ArmId {
    profile_id(perimeter, profile).child("accessRules", name).unwrap()
}

pub fn association_id(perimeter: &str, name: &str) -> ArmId {
    perimeter_id(perimeter).child("resourceAssociations", name).unwrap()
}

pub fn resource_id(perimeter: &str, name: &str) -> ArmId {
    id(&format!(
        "/subscriptions/{PROD}/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/{perimeter}-{name}"
    ))
}

fn raw() -> RawBody {
    RawBody::new(r#"{"properties":{}}"#)
}

pub fn perimeter(name: &str) -> Arc<Perimeter> {
    Arc::new(Perimeter {
        id: perimeter_id(name),
        location: "westeurope".into(),
        guid: format!("guid-{name}"),
        state: Some(ProvisioningState::Succeeded),
        tags: vec![],
        modified: None,
        raw: raw(),
    })
}

pub fn profile(perimeter: &str, name: &str) -> Arc<Profile> {
    Arc::new(Profile {
        id: profile_id(perimeter, name),
        rules_version: "7".into(),
        diagnostics_version: "1".into(),
        modified: None,
        raw: raw(),
    })
}

pub fn content(kind: SourceKind, values: &[&str]) -> RuleContent {
    RuleContent::of(kind, values.iter().map(|v| (*v).to_owned()).collect())
}

pub fn rule(id: ArmId, content: RuleContent) -> AccessRule {
    AccessRule { id, content, state: Some(ProvisioningState::Succeeded), modified: None, raw: raw() }
}

pub fn association(perimeter: &str, name: &str, mode: AccessMode) -> Association {
    Association {
        id: association_id(perimeter, name),
        resource: Some(resource_id(perimeter, name)),
        profile: Some(profile_id(perimeter, "front")),
        mode,
        state: Some(ProvisioningState::Succeeded),
        issues: Issues::No,
        modified: None,
        raw: raw(),
    }
}

pub fn failure(kind: FailureKind) -> Failure {
    Failure::new(kind, "It did not work", "the service said no")
}

fn subscription(id: &str, name: &str) -> Subscription {
    Subscription { id: id.into(), name: name.into(), state: "Enabled".into(), tenant: String::new() }
}

/// A row of the access log of a perimeter, `second` seconds after the start.
pub fn row(second: i64, resource: &str, category: &str, source: &str) -> AccessLogEntry {
    let start = now() + SignedDuration::from_secs(second);
    AccessLogEntry {
        times: LogTimes { start, end: None, ingested: start + SignedDuration::from_secs(120) },
        count: 1,
        texts: LogTexts::gather(|column| match column {
            LogColumn::Category => category.into(),
            LogColumn::ResultDirection => "Inbound".into(),
            LogColumn::ResultAction => "Approved".into(),
            LogColumn::ServiceResourceId => resource.into(),
            LogColumn::SourceIpAddress => source.into(),
            _ => "".into(),
        }),
    }
}

pub const ALLOWED: &str = "NspPublicInboundPerimeterRulesAllowed";

/// What the world holds; changed by tests before a refresh.
pub struct World {
    pub lists: BTreeMap<Slot, Payload>,
}

impl World {
    /// Perimeters `alpha`, `beta` of `PROD` and `dev-gamma` of `DEV`, each with profiles `front` and
    /// `back`, rules `web-in`, `api-out` and `from-link`, associations `kv` and `store`.
    pub fn new() -> Self {
        let mut lists = BTreeMap::new();
        let subscriptions = vec![subscription(PROD, "Prod"), subscription(DEV, "Dev")];
        lists.insert(Slot::Subscriptions, Payload::Subscriptions(subscriptions));
        let of = |names: &[&str]| Payload::Perimeters(names.iter().map(|n| perimeter(n)).collect());
        lists.insert(Slot::Perimeters(PROD.into()), of(&["alpha", "beta"]));
        lists.insert(Slot::Perimeters(DEV.into()), of(&["dev-gamma"]));
        let mut world = Self { lists };
        for name in ["alpha", "beta", "dev-gamma"] {
            world.fill(name);
        }
        world
    }

    fn fill(&mut self, name: &str) {
        let p = perimeter_id(name);
        let associations = [("kv", AccessMode::Learning), ("store", AccessMode::Enforced)];
        let associations = associations.map(|(n, mode)| Arc::new(association(name, n, mode)));
        for a in &associations {
            let resource = a.resource.clone().unwrap();
            let access = Some(PublicAccess::Enabled);
            let read = Resource {
                id: resource.clone(),
                kind: String::new(),
                location: "westeurope".into(),
                public_access: access,
                identity: None,
                principal: None,
                raw: raw(),
            };
            self.lists.insert(Slot::Resource(resource), Payload::Resource(Arc::new(read)));
        }
        let rules = [
            ("web-in", content(SourceKind::AddressPrefix, &["203.0.113.0/24"])),
            ("api-out", content(SourceKind::Fqdn, &["api.contoso.com"])),
            ("from-link", content(SourceKind::Perimeter, &["guid-other"])),
        ];
        let rules = rules.map(|(n, content)| Arc::new(rule(rule_id(name, "front", n), content)));
        let link = Link {
            id: p.child("links", "to-other").unwrap(),
            remote: Some(perimeter_id("other")),
            remote_guid: "guid-other".into(),
            remote_location: "westeurope".into(),
            local_inbound: vec!["*".into()],
            remote_inbound: vec!["*".into()],
            description: String::new(),
            status: Some(LinkStatus::Approved),
            state: Some(ProvisioningState::Succeeded),
            raw: raw(),
        };
        let reference = LinkReference {
            id: p.child("linkReferences", "from-third").unwrap(),
            remote: None,
            remote_guid: "guid-third".into(),
            remote_location: "westeurope".into(),
            local_inbound: vec![],
            remote_inbound: vec![],
            description: String::new(),
            status: Some(LinkStatus::Disconnected),
            state: None,
            raw: raw(),
        };
        let workspace = Workspace {
            id: perimeter_id(&format!("ws-{name}")),
            customer_id: format!("workspace-of-{name}"),
        };
        let content = SettingContent {
            categories: vec!["allLogs".into()],
            workspace: Some(workspace.id.clone()),
            ..SettingContent::default()
        };
        let id = setting_id(&p, "to-ws").unwrap();
        let setting = Arc::new(DiagnosticSetting { id, name: "to-ws".into(), content, raw: raw() });
        let mut put = |slot, payload| self.lists.insert(slot, payload);
        put(Slot::Associations(p.clone()), Payload::Associations(associations.to_vec()));
        let profiles = vec![profile(name, "front"), profile(name, "back")];
        put(Slot::Profiles(p.clone()), Payload::Profiles(profiles));
        put(Slot::Rules(profile_id(name, "front")), Payload::Rules(rules.to_vec()));
        put(Slot::Rules(profile_id(name, "back")), Payload::Rules(vec![]));
        put(Slot::Links(p.clone()), Payload::Links(vec![Arc::new(link)]));
        put(Slot::LinkReferences(p.clone()), Payload::LinkReferences(vec![Arc::new(reference)]));
        let mut about = |topic, of: &str, facts| {
            put(Slot::About(topic, Arc::from(of)), Payload::Facts(Arc::new(facts)));
        };
        about(Topic::Workspace, workspace.id.as_str(), Facts::Workspace(workspace.clone()));
        about(Topic::Settings, p.as_str(), Facts::Settings(vec![setting]));
        about(Topic::Logging, p.as_str(), Facts::Logging(vec![]));
    }

    /// What a read of this slot brings, message by message.
    pub fn answer(&self, slot: &Slot, ticket: Ticket) -> Vec<Msg> {
        let reply = |result| Msg::Reply { slot: slot.clone(), ticket, result };
        match self.lists.get(slot) {
            Some(Payload::Resource(r)) => vec![reply(Ok(Some(Payload::Resource(r.clone()))))],
            Some(Payload::Facts(facts)) => vec![reply(Ok(Some(Payload::Facts(facts.clone()))))],
            Some(list) => {
                let page = Msg::Page { slot: slot.clone(), ticket, payload: list.clone(), failures: vec![] };
                vec![page, reply(Ok(None))]
            }
            None => vec![reply(Err(failure(FailureKind::NotFound)))],
        }
    }
}

/// A model and the world around it.
pub struct Bench {
    pub model: Model,
    pub world: World,
}

impl Bench {
    /// Just started: nothing was asked yet.
    pub fn start(writable: bool) -> Self {
        Self::with(writable, None)
    }

    /// Started with the name of a perimeter to go to.
    pub fn with(writable: bool, perimeter: Option<&str>) -> Self {
        let model = Model::new(Start {
            label: "AzureCloud".into(),
            simulated: false,
            writable,
            portal: "https://portal.azure.com".into(),
            perimeter: perimeter.map(str::to_owned),
            address_page: None,
            scopes: nsp::app::scopes::Scopes::default(),
            keymap: Keymap::default(),
            periods: Periods { perimeters: Duration::from_secs(60), shown: Duration::from_secs(30) },
            now: now(),
        });
        let mut bench = Self { model, world: World::new() };
        bench.send(Msg::Resize(120, 40));
        bench
    }

    /// Everything was read; the cursor stands on `alpha`.
    pub fn ready(writable: bool) -> Self {
        let mut bench = Self::start(writable);
        bench.settle();
        bench
    }

    /// One message; what it asks for.
    pub fn send(&mut self, msg: Msg) -> Vec<Effect> {
        update(&mut self.model, msg)
    }

    /// The queue is empty, a frame is due.
    pub fn drain(&mut self) -> Vec<Effect> {
        self.send(Msg::Drained)
    }

    /// Answers every read until nothing more is asked; returns what else was asked for.
    pub fn settle(&mut self) -> Vec<Effect> {
        let effects = self.drain();
        self.serve(effects)
    }

    /// Answers these reads, and those that follow from them; returns everything else.
    pub fn serve(&mut self, effects: Vec<Effect>) -> Vec<Effect> {
        let (mut open, mut rest) = (effects, Vec::new());
        for _ in 0..50 {
            let mut next = Vec::new();
            for effect in open {
                match effect {
                    Effect::Read { slot, ticket } => {
                        for msg in self.world.answer(&slot, ticket) {
                            next.extend(self.send(msg));
                        }
                    }
                    other => rest.push(other),
                }
            }
            next.extend(self.drain());
            if next.is_empty() {
                return rest;
            }
            open = next;
        }
        panic!("the model never stops asking: {open:?}");
    }

    /// Keys by name, separated by spaces; a frame after each. Reads are answered.
    pub fn press(&mut self, keys: &str) -> Vec<Effect> {
        let mut rest = Vec::new();
        for name in keys.split(' ') {
            rest.extend(self.key(name.parse().unwrap()));
        }
        rest
    }

    fn key(&mut self, key: Key) -> Vec<Effect> {
        let effects = self.send(Msg::Key(key));
        self.serve(effects)
    }

    /// Text, character by character.
    pub fn type_text(&mut self, text: &str) -> Vec<Effect> {
        text.chars().flat_map(|c| self.key(Key::char(c))).collect()
    }

    /// The cursor rests.
    pub fn rest(&mut self) -> Vec<Effect> {
        let effects = self.send(Msg::Due(Timer::Dwell));
        self.serve(effects)
    }

    /// Rows of the access log of the perimeter shown.
    pub fn log(&mut self, rows: Vec<AccessLogEntry>) {
        let spec: TailSpec = self.model.panes.log.spec.clone().expect("a log is followed");
        self.send(Msg::Tail(spec, TailEvent::Rows { rows, status: TailStatus::default() }));
        self.drain();
    }

    /// The notice on the screen.
    pub fn toast(&self) -> String {
        self.model.toasts.current().map(|t| t.text.clone()).unwrap_or_default()
    }

    /// Name of the perimeter shown.
    pub fn shown(&self) -> &str {
        self.model.shown().map_or("", ArmId::name)
    }
}

/// The slots that are read.
pub fn reads(effects: &[Effect]) -> Vec<Slot> {
    let slot = |effect: &Effect| match effect {
        Effect::Read { slot, .. } => Some(slot.clone()),
        _ => None,
    };
    effects.iter().filter_map(slot).collect()
}

/// The read of this slot, as it was asked.
pub fn ticket_of(effects: &[Effect], wanted: &Slot) -> Ticket {
    let find = |effect: &Effect| match effect {
        Effect::Read { slot, ticket } if slot == wanted => Some(*ticket),
        _ => None,
    };
    effects.iter().find_map(find).unwrap_or_else(|| panic!("{wanted:?} was not asked in {effects:?}"))
}
