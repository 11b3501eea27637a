//! What the guard of a write needs to know of each kind of resource.

use crate::azure::wire::Wire;
use crate::domain::{
    AccessRule, ArmId, Association, FieldChange, Link, LinkReference, Perimeter, Profile, ProvisioningState,
    RawBody, Written, rule_fields,
};

/// A resource that changes are written to.
pub(super) trait Guarded: Wire {
    /// Properties that `fields` speaks about.
    const MODELLED: &'static [&'static str];

    fn raw(&self) -> &RawBody;
    fn written(self) -> Written;
    fn is_moving(&self) -> bool;
    /// Before and after in words.
    fn fields(before: Option<&Self>, after: Option<&Self>) -> Vec<FieldChange>;
}

impl Guarded for AccessRule {
    const MODELLED: &'static [&'static str] = &[
        "direction",
        "addressPrefixes",
        "subscriptions",
        "serviceTags",
        "fullyQualifiedDomainNames",
        "networkSecurityPerimeters",
        "emailAddresses",
        "phoneNumbers",
    ];

    fn raw(&self) -> &RawBody {
        &self.raw
    }

    fn written(self) -> Written {
        Written::Rule(self)
    }

    fn is_moving(&self) -> bool {
        self.state.as_ref().is_some_and(ProvisioningState::is_moving)
    }

    fn fields(before: Option<&Self>, after: Option<&Self>) -> Vec<FieldChange> {
        rule_fields(before.map(|rule| &rule.content), after.map(|rule| &rule.content))
    }
}

impl Guarded for Association {
    const MODELLED: &'static [&'static str] = &["accessMode", "profile", "privateLinkResource"];

    fn raw(&self) -> &RawBody {
        &self.raw
    }

    fn written(self) -> Written {
        Written::Association(self)
    }

    fn is_moving(&self) -> bool {
        self.state.as_ref().is_some_and(ProvisioningState::is_moving)
    }

    fn fields(before: Option<&Self>, after: Option<&Self>) -> Vec<FieldChange> {
        let id = |id: &Option<ArmId>| id.as_ref().map_or(String::new(), ToString::to_string);
        let words = |a: &Self| [a.mode.label().to_owned(), id(&a.profile), id(&a.resource)];
        let (was, is) = (before.map(words).unwrap_or_default(), after.map(words).unwrap_or_default());
        let names = ["access mode", "profile", "resource"];
        let all = names.iter().zip(was.into_iter().zip(is));
        all.filter(|(_, (was, is))| !was.eq_ignore_ascii_case(is))
            .map(|(name, (was, is))| FieldChange::new(name, was, is))
            .collect()
    }
}

/// Kinds whose differences are told property by property, as the service names them.
macro_rules! plainly_guarded {
    ($($kind:ident => $moving:expr),+ $(,)?) => {$(
        impl Guarded for $kind {
            const MODELLED: &'static [&'static str] = &[];

            fn raw(&self) -> &RawBody {
                &self.raw
            }

            fn written(self) -> Written {
                Written::$kind(self)
            }

            fn is_moving(&self) -> bool {
                let moving: fn(&Self) -> bool = $moving;
                moving(self)
            }

            fn fields(before: Option<&Self>, after: Option<&Self>) -> Vec<FieldChange> {
                let name = |it: Option<&Self>| it.map_or(String::new(), |it| it.id.name().to_owned());
                let (was, is) = (name(before), name(after));
                if was == is { Vec::new() } else { vec![FieldChange::new(Self::NOUN, was, is)] }
            }
        }
    )+};
}

plainly_guarded! {
    Perimeter => |it| it.state.as_ref().is_some_and(ProvisioningState::is_moving),
    Profile => |_| false,
    // A link may say `Accepted` for long after it is made (API.md, section 3).
    Link => |_| false,
    LinkReference => |_| false,
}
