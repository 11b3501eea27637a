//! Questions to the log as slots: which log, of which perimeter, over how many days. What is drawn
//! from the answers is nobody's business here.

use std::sync::Arc;

use super::msg::{Slot, TailSpec, Topic};
use crate::domain::ArmId;
use crate::domain::LogSource;

/// Where a question to the log goes, and what it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogQuestion {
    /// The perimeter whose rows are meant.
    pub perimeter: ArmId,
    /// `customerId` of the workspace that is asked; all that the perimeter logs to when `None`.
    pub customer: Option<String>,
    /// How many days back.
    pub days: u32,
}

impl LogQuestion {
    /// Over the log that a tail would follow.
    pub fn over(log: &TailSpec, days: u32) -> Self {
        let customer = match &log.source {
            LogSource::Workspace { customer, .. } => Some(customer.clone()),
            LogSource::Perimeter => None,
        };
        Self { perimeter: log.perimeter.clone(), customer, days }
    }

    /// The slot of [`Topic::Traffic`], [`Topic::Evidence`] or [`Topic::RuleUse`].
    pub fn slot(&self, topic: Topic) -> Slot {
        Slot::About(topic, self.key())
    }

    /// The key of the slot.
    pub fn key(&self) -> Arc<str> {
        let customer = self.customer.as_deref().unwrap_or_default();
        format!("{}|{customer}|{}", self.days, self.perimeter).into()
    }

    /// Reads a key back; `None` when it is none.
    pub fn parse(key: &str) -> Option<Self> {
        let (days, rest) = key.split_once('|')?;
        let (customer, perimeter) = rest.split_once('|')?;
        Some(Self {
            perimeter: ArmId::parse(perimeter).ok()?,
            customer: Some(customer.to_owned()).filter(|id| !id.is_empty()),
            days: days.parse().ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_reads_back() {
        let perimeter = ArmId::parse("/subscriptions/s/resourceGroups/g/providers/N/p/x").unwrap();
        for customer in [None, Some("062c153f".to_owned())] {
            let question = LogQuestion { perimeter: perimeter.clone(), customer, days: 14 };
            assert_eq!(LogQuestion::parse(&question.key()), Some(question));
        }
        for bad in ["", "14", "14||x", "x||/a/b", "14|/a/b"] {
            assert_eq!(LogQuestion::parse(bad), None, "{bad}");
        }
    }
}
