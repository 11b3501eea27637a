//! One question to Azure: which call a slot stands for, and its pages as messages.

use std::sync::Arc;

use super::outbox::Outbox;
use super::read_log;
use crate::app::msg::{Facts, Msg, Offer, Payload, Slot, Ticket, Topic};
use crate::azure::{ArmClient, ArmError, Page, Scope};
use crate::domain::{ArmId, Failure, FailureKind, Requirement, Subscription};

/// What a read needs.
#[derive(Debug, Clone)]
pub(super) struct Reader {
    pub client: ArmClient,
    pub out: Outbox,
    /// Names or ids of the subscriptions to show; all when empty.
    pub only: Arc<[String]>,
}

/// What comes at the end of a read: nothing for a list, whose rows came as pages.
type Answer = Result<Option<Payload>, Failure>;

impl Reader {
    /// Reads what the slot says. Pages are sent as they come; the end is returned.
    pub(super) async fn read(&self, slot: &Slot, ticket: Ticket) -> Answer {
        let client = &self.client;
        match slot {
            Slot::Subscriptions => self.subscriptions(slot, ticket).await,
            Slot::Perimeters(guid) => {
                let each = self.pages(slot, ticket, Payload::Perimeters);
                ended(client.list_perimeters(&Scope::Subscription(guid.to_string()), each).await)
            }
            Slot::Associations(id) => {
                ended(client.list_associations(id, self.pages(slot, ticket, Payload::Associations)).await)
            }
            Slot::Profiles(id) => {
                ended(client.list_profiles(id, self.pages(slot, ticket, Payload::Profiles)).await)
            }
            Slot::Rules(id) => ended(client.list_rules(id, self.pages(slot, ticket, Payload::Rules)).await),
            Slot::Links(id) => ended(client.list_links(id, self.pages(slot, ticket, Payload::Links)).await),
            Slot::LinkReferences(id) => {
                let each = self.pages(slot, ticket, Payload::LinkReferences);
                ended(client.list_link_references(id, each).await)
            }
            Slot::Resource(id) => Ok(Some(Payload::Resource(Arc::new(client.resource(id).await?)))),
            Slot::Offer(what, of) => Ok(Some(Payload::Words(self.offer(*what, of).await?))),
            Slot::Inventory(sought) => self.inventory(slot, ticket, sought).await.map(|()| None),
            Slot::Members(of) => self.members(slot, ticket, of).await.map(|()| None),
            Slot::About(topic, of) => Ok(Some(Payload::Facts(Arc::new(self.facts(*topic, of).await?)))),
        }
    }

    /// Sends each page as it comes.
    fn pages<T>(
        &self,
        slot: &Slot,
        ticket: Ticket,
        payload: fn(Vec<Arc<T>>) -> Payload,
    ) -> impl FnMut(Page<T>) + Send + use<T> {
        let (out, slot) = (self.out.clone(), slot.clone());
        move |page: Page<T>| {
            let payload = payload(page.items.into_iter().map(Arc::new).collect());
            out.send(Msg::Page { slot: slot.clone(), ticket, payload, failures: page.skipped });
        }
    }

    async fn subscriptions(&self, slot: &Slot, ticket: Ticket) -> Answer {
        let mut missing: Vec<&str> = self.only.iter().map(String::as_str).collect();
        let each = |page: Page<Subscription>| {
            missing.retain(|wanted| !page.items.iter().any(|s| names(s, wanted)));
            let wanted = |s: &Subscription| self.only.is_empty() || self.only.iter().any(|w| names(s, w));
            let payload = Payload::Subscriptions(page.items.into_iter().filter(wanted).collect());
            self.out.send(Msg::Page { slot: slot.clone(), ticket, payload, failures: page.skipped });
        };
        self.client.list_subscriptions(each).await?;
        if missing.is_empty() {
            return Ok(None);
        }
        let detail = format!("this identity sees no subscription {}", missing.join(", "));
        let hint = "Check --subscription (name or id) and --tenant, or sign in with another account.";
        Err(Failure::new(FailureKind::NotFound, "A subscription was not found", detail).hint(hint))
    }

    /// Reads one thing about a place. The key of a place is made by the model, from what was read.
    async fn facts(&self, topic: Topic, of: &str) -> Result<Facts, Failure> {
        match topic {
            Topic::Logging => {
                let mut all = Vec::new();
                self.client.list_logging(&place(of)?, |page| all.extend(page.items)).await?;
                Ok(Facts::Logging(all))
            }
            Topic::Settings => {
                let all = self.client.diagnostic_settings(&place(of)?).await?;
                Ok(Facts::Settings(all.into_iter().map(Arc::new).collect()))
            }
            Topic::Workspace => Ok(Facts::Workspace(self.client.workspace(&place(of)?).await?)),
            Topic::Destinations => Ok(Facts::Destinations(self.client.log_destinations(of).await?)),
            Topic::HubRules => Ok(Facts::HubRules(self.client.hub_rules(&place(of)?).await?)),
            Topic::LogCategories => Ok(Facts::LogCategories(self.client.log_categories(&place(of)?).await?)),
            Topic::Registration => {
                let id = place(of)?;
                let requirement = Requirement::of(&id).ok_or_else(|| unreadable("it is no registration"))?;
                let subscription = id.subscription().unwrap_or_default();
                Ok(Facts::Registration(self.client.registration(subscription, &requirement).await?))
            }
            Topic::Subscriptions => {
                let mut all = Vec::new();
                self.client.list_subscriptions(|page| all.extend(page.items)).await?;
                Ok(Facts::Subscriptions(all))
            }
            Topic::Tenants => Ok(Facts::Tenants(self.client.tenants().await?)),
            Topic::Probe => Ok(Facts::Probe(self.client.probe(&place(of)?).await?)),
            Topic::PublicAddress => Ok(Facts::Address(self.client.public_address(of).await?)),
            Topic::Configurations => {
                Ok(Facts::Configurations(self.client.configurations(&place(of)?).await?))
            }
            Topic::RoleAssignments => {
                let (scope, principal) = of.split_once('|').unwrap_or((of, ""));
                Ok(Facts::Roles(self.client.role_assignments(&place(scope)?, principal).await?))
            }
            Topic::Traffic => read_log::traffic(&self.client, of).await,
            Topic::Evidence => read_log::evidence(&self.client, of).await,
            Topic::RuleUse => read_log::rule_use(&self.client, of).await,
            Topic::LogRows => read_log::rows(&self.client, of).await,
            Topic::LogBins => read_log::bins(&self.client, of).await,
        }
    }

    async fn offer(&self, what: Offer, of: &str) -> Result<Vec<String>, ArmError> {
        match what {
            Offer::Regions => self.client.locations(of).await,
            Offer::Groups => self.client.resource_groups(of).await,
            Offer::Resources => {
                Ok(self.client.resource_ids(of).await?.into_iter().map(|id| id.as_str().to_owned()).collect())
            }
            Offer::ServiceTags => {
                let (subscription, region) = of.split_once('/').unwrap_or((of, ""));
                self.client.service_tags(subscription, region).await
            }
            Offer::Types => {
                let (subscription, region) = of.split_once('/').unwrap_or((of, ""));
                let types = self.client.associable_types(subscription, region).await?;
                Ok(types.into_iter().map(|t| t.resource_type).collect())
            }
        }
    }
}

fn names(subscription: &Subscription, wanted: &str) -> bool {
    subscription.id.eq_ignore_ascii_case(wanted) || subscription.name.eq_ignore_ascii_case(wanted)
}

/// The ARM id that a place's key is.
fn place(of: &str) -> Result<ArmId, Failure> {
    ArmId::parse(of).map_err(|e| unreadable(&e.to_string()))
}

fn unreadable(why: &str) -> Failure {
    Failure::new(FailureKind::Refused, "This cannot be read", why)
}

fn ended(result: Result<(), ArmError>) -> Answer {
    Ok(result.map(|()| None)?)
}
