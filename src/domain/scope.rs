//! What the dashboard shows: cloud, tenant and subscriptions, and what of it is worth remembering.

/// Something known by an id and a name for people; ids compare without case.
#[derive(Debug, Clone, Default)]
pub struct Named {
    /// Its id, such as a guid; a name where that is all the user gave.
    pub id: String,
    /// Its name; the id where none is known.
    pub name: String,
}

impl Named {
    /// Something by its id and name.
    pub fn new(id: &str, name: &str) -> Self {
        let name = if name.is_empty() { id } else { name };
        Self { id: id.to_owned(), name: name.to_owned() }
    }
}

impl PartialEq for Named {
    fn eq(&self, other: &Self) -> bool {
        self.id.eq_ignore_ascii_case(&other.id)
    }
}

impl Eq for Named {}

/// An Entra tenant that the signed-in identity is a member of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// Its guid.
    pub id: String,
    /// Display name, which only some identities are told.
    pub name: String,
    /// Its default domain.
    pub domain: String,
}

impl Tenant {
    /// The tenant by its id and the best name there is.
    pub fn named(&self) -> Named {
        Named::new(&self.id, if self.name.is_empty() { &self.domain } else { &self.name })
    }
}

/// Where a session is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// Name of the cloud.
    pub cloud: String,
    /// The tenant that is signed in to; `None` for the one that signing in leads to by itself.
    pub tenant: Option<Named>,
}

/// A place, and what of it is shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Where.
    pub place: Place,
    /// The subscriptions that are shown; all when empty.
    pub only: Vec<Named>,
}

impl Selection {
    /// All subscriptions of a place.
    pub fn all(place: Place) -> Self {
        Self { place, only: Vec::new() }
    }

    /// What is shown of the place, in a few words.
    pub fn subscriptions(&self) -> String {
        match self.only.as_slice() {
            [] => "all subscriptions".to_owned(),
            [one] => one.name.clone(),
            [one, two] => format!("{}, {}", one.name, two.name),
            [one, rest @ ..] => format!("{} and {} more", one.name, rest.len()),
        }
    }

    /// In a few words, with the place.
    pub fn label(&self) -> String {
        let tenant = self.place.tenant.as_ref().map_or_else(String::new, |t| format!(" / {}", t.name));
        format!("{}{tenant} / {}", self.place.cloud, self.subscriptions())
    }
}

/// Scopes that are kept from run to run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeptScopes {
    /// Single subscriptions that the user marked, in the order of marking.
    pub favourites: Vec<Selection>,
    /// What was shown lately, newest first.
    pub recent: Vec<Selection>,
}

/// How many scopes shown lately are kept.
const RECENT: usize = 6;

impl KeptScopes {
    /// Notes that this is shown now.
    pub fn shown(&mut self, selection: &Selection) {
        self.recent.retain(|known| known != selection);
        self.recent.insert(0, selection.clone());
        self.recent.truncate(RECENT);
    }

    /// Marks a scope, or takes the mark away.
    pub fn toggle(&mut self, selection: &Selection) {
        let before = self.favourites.len();
        self.favourites.retain(|known| known != selection);
        if self.favourites.len() == before {
            self.favourites.push(selection.clone());
        }
    }

    /// It is marked.
    pub fn is_favourite(&self, selection: &Selection) -> bool {
        self.favourites.contains(selection)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(tenant: &str, only: &[&str]) -> Selection {
        let tenant = (!tenant.is_empty()).then(|| Named::new(tenant, ""));
        let place = Place { cloud: "AzureCloud".to_owned(), tenant };
        Selection { place, only: only.iter().map(|id| Named::new(id, "")).collect() }
    }

    #[test]
    fn recent_scopes_are_few_and_each_is_there_once() {
        let mut kept = KeptScopes::default();
        for n in 0..10 {
            kept.shown(&of("", &[&format!("s{n}")]));
        }
        kept.shown(&of("", &["S7"]));
        assert_eq!(kept.recent.len(), RECENT);
        assert_eq!(kept.recent[0], of("", &["s7"]));
        assert_eq!(kept.recent.iter().filter(|s| **s == of("", &["s7"])).count(), 1);
    }

    #[test]
    fn a_mark_is_set_and_taken_away_and_belongs_to_one_tenant() {
        let mut kept = KeptScopes::default();
        kept.toggle(&of("t", &["s"]));
        assert!(kept.is_favourite(&of("T", &["S"])) && !kept.is_favourite(&of("u", &["s"])));
        kept.toggle(&of("t", &["S"]));
        assert_eq!(kept, KeptScopes::default());
    }

    #[test]
    fn labels_say_what_is_shown() {
        assert_eq!(of("", &[]).label(), "AzureCloud / all subscriptions");
        assert_eq!(of("t", &["a", "b", "c"]).label(), "AzureCloud / t / a and 2 more");
    }
}
