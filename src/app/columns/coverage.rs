//! The columns of resources that could be in a perimeter.

use std::borrow::Cow;
use std::sync::Arc;

use super::super::coverage;
use super::super::data::Data;
use super::super::list::{Column, Width};
use super::super::msg::Topic;
use super::{Row, column, short_type};
use crate::domain::{ArmId, Associable};

/// A resource among those to choose from, whether it is in a perimeter or not.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate(pub Arc<Associable>);

fn kind(it: &Associable) -> String {
    short_type(&it.id, &it.kind)
}

fn subscription<'a>(it: &'a Associable, d: &'a Data) -> &'a str {
    d.subscription_name(it.id.subscription().unwrap_or_default())
}

fn group(it: &Associable) -> &str {
    it.id.resource_group().unwrap_or_default()
}

fn identity(it: &Associable) -> &str {
    it.identity.as_deref().unwrap_or("\u{2013}")
}

impl Row for Associable {
    type Key = ArmId;
    fn key(&self) -> &ArmId {
        &self.id
    }
    fn columns() -> &'static [Column<Self, Data>] {
        static COLUMNS: [Column<Associable, Data>; 7] = [
            column("resource", Width::Fill(16), 0, |it, _| it.id.name().into()),
            column("type", Width::Fixed(13), 0, |it, _| kind(it).into()),
            column("subscription", Width::Fill(12), 1, |it, d| subscription(it, d).into()),
            column("region", Width::Fixed(13), 2, |it, _| it.location.as_str().into()),
            column("public", Width::Fixed(12), 0, |it, _| it.exposure.label().into()),
            column("group", Width::Fill(10), 3, |it, _| group(it).into()),
            column("identity", Width::Fixed(14), 4, |it, _| identity(it).into()),
        ];
        &COLUMNS
    }
}

/// The perimeter that a resource is in; nothing when it is in none, `?` when some perimeter did not tell.
pub fn perimeter_of<'a>(id: &ArmId, d: &'a Data) -> Cow<'a, str> {
    let members = &d.coverage.members;
    match coverage::perimeter_of(id, d) {
        Some(perimeter) => format!("in {perimeter}").into(),
        None if members.reading().read_at().is_none() && members.reading().failure().is_none() => {
            "\u{2026}".into()
        }
        // Some perimeter does not tell, and the resource itself was not heard.
        None if members.unknown().next().is_some() && !heard(id, d) => "?".into(),
        None => "".into(),
    }
}

fn heard(id: &ArmId, d: &Data) -> bool {
    d.facts(Topic::Configurations, id.as_str()).is_some_and(|remote| remote.value().is_some())
}

impl Row for Candidate {
    type Key = ArmId;
    fn key(&self) -> &ArmId {
        &self.0.id
    }
    fn columns() -> &'static [Column<Self, Data>] {
        static COLUMNS: [Column<Candidate, Data>; 7] = [
            column("resource", Width::Fill(16), 0, |it, _| it.0.id.name().into()),
            column("type", Width::Fixed(13), 0, |it, _| kind(&it.0).into()),
            column("subscription", Width::Fill(12), 1, |it, d| subscription(&it.0, d).into()),
            column("region", Width::Fixed(13), 2, |it, _| it.0.location.as_str().into()),
            column("public", Width::Fixed(12), 0, |it, _| it.0.exposure.label().into()),
            column("perimeter", Width::Fill(12), 0, |it, d| perimeter_of(&it.0.id, d)),
            column("group", Width::Fill(10), 3, |it, _| group(&it.0).into()),
        ];
        &COLUMNS
    }
}
