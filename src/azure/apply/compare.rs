//! Whether a resource says what was sent: field by field, in words.

use crate::domain::agreement::canonical;
use crate::domain::{
    AccessMode, ArmId, Association, FieldChange, Link, New, Perimeter, RuleContent, SourceKind, tags_text,
};

/// Fields in which a rule does not say what was sent.
pub(super) fn rule(sent: &RuleContent, read: &RuleContent) -> Vec<FieldChange> {
    let mut out = Vec::new();
    if sent.direction != read.direction {
        out.push(FieldChange::new("direction", sent.direction.wire(), read.direction.wire()));
    }
    for kind in SourceKind::ALL {
        let (was, is) = (sent.values(kind), read.values(kind));
        if canonical(was) != canonical(is) {
            out.push(FieldChange::new(kind.label(), was.join(", "), is.join(", ")));
        }
    }
    out
}

pub(super) fn mode(sent: &AccessMode, read: &AccessMode) -> Vec<FieldChange> {
    let same = sent.wire().eq_ignore_ascii_case(read.wire());
    if same { Vec::new() } else { vec![FieldChange::new("access mode", sent.label(), read.label())] }
}

/// Fields in which an association does not name the profile that was sent.
pub(super) fn profile(sent: &ArmId, read: &Association) -> Vec<FieldChange> {
    one(
        "profile",
        sent.name(),
        read.profile.as_ref().map_or("", |p| p.name()),
        read.profile.as_ref() == Some(sent),
    )
}

/// Fields in which a perimeter does not have the tags that were sent.
pub(super) fn tags(sent: &[(String, String)], read: &Perimeter) -> Vec<FieldChange> {
    let sorted = |tags: &[(String, String)]| {
        let mut tags = tags.to_vec();
        tags.sort();
        tags
    };
    one("tags", &tags_text(sent), &tags_text(&read.tags), sorted(sent) == sorted(&read.tags))
}

/// Fields in which a new perimeter is not what was sent.
pub(super) fn perimeter(sent: &New, read: &Perimeter) -> Vec<FieldChange> {
    let New::Perimeter { location, tags: wanted, .. } = sent else { return Vec::new() };
    let plain = |text: &str| text.replace(' ', "").to_ascii_lowercase();
    let mut out = one("region", location, &read.location, plain(location) == plain(&read.location));
    out.extend(tags(wanted, read));
    out
}

/// Fields in which a new association is not what was sent.
pub(super) fn association(sent: &New, read: &Association) -> Vec<FieldChange> {
    let New::Association { resource, profile: wanted, .. } = sent else { return Vec::new() };
    let is = read.resource.as_ref().map_or("", |r| r.as_str());
    let mut out = one("resource", resource.as_str(), is, read.resource.as_ref() == Some(resource));
    out.extend(profile(wanted, read));
    out.extend(mode(&AccessMode::Learning, &read.mode));
    out
}

/// Fields in which a new link is not what was sent.
pub(super) fn link(sent: &New, read: &Link) -> Vec<FieldChange> {
    let New::Link { local_inbound, remote_inbound, .. } = sent else { return Vec::new() };
    let lists = [
        ("local profiles that admit the other side", local_inbound, &read.local_inbound),
        ("remote profiles that admit this side", remote_inbound, &read.remote_inbound),
    ];
    lists
        .into_iter()
        .flat_map(|(field, sent, read)| {
            one(field, &sent.join(", "), &read.join(", "), canonical(sent) == canonical(read))
        })
        .collect()
}

fn one(field: &str, sent: &str, read: &str, same: bool) -> Vec<FieldChange> {
    if same { Vec::new() } else { vec![FieldChange::new(field, sent, read)] }
}
