//! What there is to choose from in the form of an access rule: the service tags of the perimeter's
//! region, the subscriptions in scope.

use std::sync::Arc;

use super::super::super::columns::local;
use super::super::super::data::Data;
use super::super::super::msg::{Offer, Slot};
use super::super::super::remote::Remote;
use super::super::suggest::Suggestion;
use super::Form;
use crate::domain::check::{Finding, Level};
use crate::domain::temporary::{Temporary, is_unreadable};
use crate::domain::{ArmId, SourceKind};

/// The place whose service tags a profile's rules may name: `{guid}/{region}` of its perimeter.
fn place(profile: &ArmId, data: &Data) -> Option<Arc<str>> {
    let id = profile.parent()?;
    let mut all = data.perimeters.values().flat_map(Remote::rows);
    let perimeter = all.find(|p| p.id == id)?;
    Some(Arc::from(format!("{}/{}", id.subscription()?, perimeter.location)))
}

/// What must be read for the suggestions.
pub(super) fn slots(form: &Form, data: &Data) -> Vec<Slot> {
    match form.kind {
        SourceKind::ServiceTag => place(&form.profile, data)
            .map(|place| Slot::Offer(Offer::ServiceTags, place))
            .into_iter()
            .collect(),
        SourceKind::AddressPrefix
        | SourceKind::Subscription
        | SourceKind::Fqdn
        | SourceKind::Perimeter
        | SourceKind::Email
        | SourceKind::Phone => Vec::new(),
    }
}

/// Everything that could be typed for this kind.
pub(super) fn all(form: &Form, data: &Data) -> Vec<Suggestion> {
    match form.kind {
        SourceKind::ServiceTag => {
            let place = place(&form.profile, data);
            let tags = place.and_then(|place| data.offer(Offer::ServiceTags, &place)).unwrap_or_default();
            tags.iter().map(|tag| Suggestion { value: tag.clone(), note: String::new() }).collect()
        }
        SourceKind::Subscription => data
            .subscriptions
            .rows()
            .iter()
            .map(|s| {
                // A name that others have too, or that would be read as several, says less than the guid.
                let twice = data.subscriptions.rows().iter().filter(|o| o.name == s.name).count() > 1;
                let plain = !s.name.is_empty() && !twice && !s.name.contains([' ', ',', ';']);
                let (value, note) = if plain { (&s.name, &s.id) } else { (&s.id, &s.name) };
                Suggestion { value: value.clone(), note: note.clone() }
            })
            .collect(),
        SourceKind::AddressPrefix
        | SourceKind::Fqdn
        | SourceKind::Perimeter
        | SourceKind::Email
        | SourceKind::Phone => Vec::new(),
    }
}

/// What is to be said about the tags typed, `known` being all that the region has.
pub(super) fn findings(form: &Form, known: &[Suggestion], data: &Data) -> Vec<Finding> {
    if form.kind != SourceKind::ServiceTag {
        return Vec::new();
    }
    let warning = |text: String| Finding { level: Level::Warning, text };
    let failed = slots(form, data).into_iter().find_map(|slot| data.failure(&slot).cloned());
    if let Some(failure) = failed {
        let text = format!("the service tags of the region could not be read: {}", failure.title);
        return vec![warning(text)];
    }
    if known.is_empty() {
        return Vec::new();
    }
    let typed = form.content.values(SourceKind::ServiceTag).iter();
    typed
        .filter(|tag| !known.iter().any(|k| k.value.eq_ignore_ascii_case(tag)))
        .map(|tag| warning(format!("{tag} is none of the {} service tags of this region", known.len())))
        .collect()
}

/// What the name says about the end of the rule.
pub(super) fn temporary(form: &Form) -> Option<Finding> {
    let name = form.before.as_ref().map_or(form.name.text(), |before| before.id.name());
    if is_unreadable(name) {
        let text =
            "the name begins like that of a temporary rule, and says no expiry: tmp-label-yyyymmddThhmmZ";
        return Some(Finding { level: Level::Warning, text: text.to_owned() });
    }
    let until = local(Temporary::parse(name)?.expires).strftime("%Y-%m-%d %H:%M").to_string();
    let text =
        format!("temporary until {until}, as its name says: then O or nsp sweep removes it, Azure does not");
    Some(Finding { level: Level::Note, text })
}
