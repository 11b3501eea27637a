//! Which resources could be in a perimeter and which are in none: what was read of it, what is still
//! to be asked, and the sums. Read only where somebody looks: it may take a request per perimeter.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::data::Data;
use super::msg::{Facts, Offer, Slot, Ticket, Topic};
use super::remote::Remote;
use crate::domain::{
    ArmId, Associable, Association, Configuration, Exposure, Failure, Membership, New, Perimeter, Roll,
    Sought, Subscription, association_names,
};

/// What was read is asked for again when the picker opens and it is older than this, in seconds.
const FRESH: i64 = 60;

/// Resources that could be in a perimeter, and which of them are.
#[derive(Debug, Default)]
pub struct Coverage {
    sought: Option<Arc<Sought>>,
    inventory: Remote<Vec<Arc<Associable>>>,
    /// Who is in which perimeter.
    pub members: Members,
    /// Something of it has changed since the lists were rebuilt.
    pub changed: bool,
}

/// Who is in which perimeter, as the perimeters tell.
#[derive(Debug, Default)]
pub struct Members {
    rolls: HashMap<ArmId, Result<Vec<Membership>, Failure>>,
    /// The association of each resource.
    index: HashMap<ArmId, ArmId>,
    reading: Remote<Vec<()>>,
}

impl Coverage {
    /// The inventory, if this is what was asked for last.
    pub(super) fn inventory_of(&self, sought: &Arc<Sought>) -> Option<&Remote<Vec<Arc<Associable>>>> {
        (self.sought.as_ref() == Some(sought)).then_some(&self.inventory)
    }

    /// The inventory for this question; rows of another one are dropped.
    pub(super) fn seek(&mut self, sought: &Arc<Sought>) -> &mut Remote<Vec<Arc<Associable>>> {
        if self.sought.as_ref() != Some(sought) {
            self.inventory = Remote::default();
            self.sought = Some(Arc::clone(sought));
        }
        &mut self.inventory
    }

    pub(super) fn extend(
        &mut self,
        ticket: Ticket,
        rows: Vec<Arc<Associable>>,
        failures: Vec<Failure>,
    ) -> bool {
        self.inventory.extend(ticket, rows, failures)
    }

    /// A reading ends: perimeters that were asked and told nothing are not asked again by themselves.
    pub(super) fn settling(&mut self, slot: &Slot, result: &Result<(), Failure>) {
        if let (Slot::Members(of), Err(failure)) = (slot, result) {
            for perimeter in of.iter() {
                self.members.rolls.entry(perimeter.clone()).or_insert_with(|| Err(failure.clone()));
            }
        }
    }

    /// The inventory as it was read last.
    pub fn inventory(&self) -> &Remote<Vec<Arc<Associable>>> {
        &self.inventory
    }
}

impl Members {
    /// The reading that covers these perimeters; `None` when one of them was never asked.
    pub(super) fn reading_of(&self, perimeters: &[ArmId]) -> Option<&Remote<Vec<()>>> {
        let under_way = self.reading.awaited().is_some();
        (under_way || perimeters.iter().all(|p| self.rolls.contains_key(p))).then_some(&self.reading)
    }

    pub(super) fn reading_mut(&mut self) -> &mut Remote<Vec<()>> {
        &mut self.reading
    }

    /// When perimeters were asked last, and whether an answer is under way.
    pub fn reading(&self) -> &Remote<Vec<()>> {
        &self.reading
    }

    /// Perimeters told their members, or could not.
    pub(super) fn enter(&mut self, rolls: Vec<Roll>) {
        for Roll { perimeter, members } in rolls {
            match members {
                Ok(members) => self.replace(&perimeter, members),
                Err(failure) => {
                    self.forget(&perimeter);
                    self.rolls.insert(perimeter, Err(failure));
                }
            }
        }
    }

    /// The list of a perimeter's associations was read for another reason.
    pub(super) fn learn(&mut self, perimeter: &ArmId, associations: &[Arc<Association>]) {
        let member = |a: &Arc<Association>| {
            let association = a.id.clone();
            a.resource.clone().map(|resource| Membership { resource, association })
        };
        self.replace(perimeter, associations.iter().filter_map(member).collect());
    }

    fn replace(&mut self, perimeter: &ArmId, members: Vec<Membership>) {
        self.forget(perimeter);
        self.index.extend(members.iter().map(|m| (m.resource.clone(), m.association.clone())));
        self.rolls.insert(perimeter.clone(), Ok(members));
    }

    fn forget(&mut self, perimeter: &ArmId) {
        let Some(Ok(members)) = self.rolls.remove(perimeter) else { return };
        for old in members {
            if self.index.get(&old.resource) == Some(&old.association) {
                self.index.remove(&old.resource);
            }
        }
    }

    /// Perimeters that are gone have no members.
    fn retain(&mut self, there: &HashSet<&ArmId>) {
        let gone: Vec<ArmId> = self.rolls.keys().filter(|p| !there.contains(p)).cloned().collect();
        for perimeter in &gone {
            self.forget(perimeter);
        }
    }

    /// The association of a resource, as far as is known.
    pub fn of(&self, resource: &ArmId) -> Option<&ArmId> {
        self.index.get(resource)
    }

    /// Names of the associations of a perimeter.
    pub fn names(&self, perimeter: &ArmId) -> impl Iterator<Item = &str> {
        let members = self.rolls.get(perimeter).and_then(|roll| roll.as_ref().ok());
        members.into_iter().flatten().map(|m| m.association.name())
    }

    /// Perimeters whose members are not known, and why.
    pub fn unknown(&self) -> impl Iterator<Item = (&ArmId, &Failure)> {
        self.rolls.iter().filter_map(|(perimeter, roll)| roll.as_ref().err().map(|f| (perimeter, f)))
    }

    /// How many of these perimeters have answered.
    pub fn answered(&self, perimeters: &[ArmId]) -> usize {
        perimeters.iter().filter(|p| self.rolls.contains_key(p)).count()
    }
}

/// Perimeters in scope.
pub fn perimeters(data: &Data) -> impl Iterator<Item = &Arc<Perimeter>> {
    data.perimeters.values().flat_map(Remote::rows)
}

/// Every list of perimeters was read, or could not be.
fn perimeters_settled(data: &Data) -> bool {
    let settled = |s: &Subscription| {
        data.perimeters.get(s.id.as_str()).is_some_and(|r| r.awaited().is_none() && !r.is_untouched())
    };
    data.subscriptions.read_at().is_some() && data.subscriptions.rows().iter().all(settled)
}

/// The place by which the types that a perimeter's region takes are known.
pub fn types_of(perimeter: &Perimeter) -> String {
    format!("{}/{}", perimeter.id.subscription().unwrap_or_default(), perimeter.location)
}

/// One place for each region that has a perimeter; without one, any region will do.
fn type_places(data: &Data) -> Vec<Arc<str>> {
    let mut regions: HashMap<&str, &Arc<Perimeter>> = HashMap::new();
    for perimeter in perimeters(data) {
        let first = regions.entry(perimeter.location.as_str()).or_insert(perimeter);
        if perimeter.id < first.id {
            *first = perimeter;
        }
    }
    let mut places: Vec<Arc<str>> = regions.values().map(|p| Arc::from(types_of(p))).collect();
    if let (true, Some(first)) = (places.is_empty(), data.subscriptions.rows().first()) {
        let region = data.offer(Offer::Regions, &first.id).and_then(<[String]>::first);
        places.extend(region.map(|region| Arc::from(format!("{}/{region}", first.id))));
    }
    places.sort();
    places
}

/// The question for all resources that could be in a perimeter in scope; `None` while what it is
/// made of is still being read.
fn sought(data: &Data) -> Option<Arc<Sought>> {
    let places = type_places(data);
    let slots = places.iter().map(|place| Slot::Offer(Offer::Types, Arc::clone(place)));
    let open = slots.into_iter().any(|slot| data.is_untouched(&slot) || data.awaited(&slot).is_some());
    if places.is_empty() || open {
        return None;
    }
    let all = places.iter().filter_map(|place| data.offer(Offer::Types, place)).flatten();
    // Services write one type in several ways.
    let types: BTreeMap<String, &String> = all.map(|word| (word.to_ascii_lowercase(), word)).collect();
    let mut subscriptions: Vec<Arc<str>> =
        data.subscriptions.rows().iter().map(|s| Arc::from(s.id.as_str())).collect();
    subscriptions.sort();
    Some(Arc::new(Sought {
        subscriptions,
        types: types.into_values().map(|t| Arc::from(t.as_str())).collect(),
    }))
}

/// What must be read to know who is in no perimeter; `anew` also what was read before.
pub fn slots(data: &Data, anew: bool) -> Vec<Slot> {
    if !perimeters_settled(data) {
        return Vec::new();
    }
    let mut out: Vec<Slot> =
        type_places(data).into_iter().map(|place| Slot::Offer(Offer::Types, place)).collect();
    if let (true, Some(first)) = (perimeters(data).next().is_none(), data.subscriptions.rows().first()) {
        out.push(Slot::Offer(Offer::Regions, Arc::from(first.id.as_str())));
    }
    if let Some(sought) = sought(data) {
        out.push(Slot::Inventory(sought));
    }
    let rolls = &data.coverage.members.rolls;
    let asked = perimeters(data).filter(|p| anew || !rolls.contains_key(&p.id));
    let asked: Vec<ArmId> = asked.map(|p| p.id.clone()).collect();
    if !asked.is_empty() {
        out.push(Slot::Members(asked.into()));
    }
    out
}

/// What was read is too old to choose from.
pub fn is_stale(data: &Data, now: Timestamp) -> bool {
    let old = |at: Option<Timestamp>| at.is_none_or(|at| now.duration_since(at).as_secs() > FRESH);
    let coverage = &data.coverage;
    let idle = coverage.inventory.awaited().is_none() && coverage.members.reading.awaited().is_none();
    idle && (old(coverage.inventory.read_at()) || old(coverage.members.reading.read_at()))
}

/// Forgets the members of perimeters that are gone.
pub fn forget_gone(data: &mut Data) {
    if !perimeters_settled(data) {
        return;
    }
    let Data { perimeters, coverage, .. } = data;
    let there: HashSet<&ArmId> = perimeters.values().flat_map(Remote::rows).map(|p| &p.id).collect();
    coverage.members.retain(&there);
}

/// All perimeters have answered, well or not, and the inventory was read.
pub fn is_complete(data: &Data) -> bool {
    let coverage = &data.coverage;
    perimeters_settled(data)
        && !coverage.inventory.is_untouched()
        && coverage.inventory.value().is_some()
        && perimeters(data).all(|p| coverage.members.rolls.contains_key(&p.id))
}

/// The name of the perimeter that a resource is in: as the perimeters tell, else, where one does not,
/// as the resource itself was heard to say.
pub fn perimeter_of<'a>(id: &ArmId, data: &'a Data) -> Option<Cow<'a, str>> {
    if let Some(association) = data.coverage.members.of(id) {
        return association.parent().map(|perimeter| perimeter.name().to_owned().into());
    }
    // Where all perimeters tell, what a resource was heard to say earlier is the older news.
    data.coverage.members.unknown().next()?;
    let heard = data.facts(Topic::Configurations, id.as_str())?.value()?;
    let Facts::Configurations(all) = heard.as_ref() else { return None };
    let one = all.first()?;
    Some(one.perimeter.as_ref().map_or(one.perimeter_guid.as_str(), ArmId::name).into())
}

/// What resources themselves must be asked, of those on the screen: where some perimeter does not tell
/// its members, a resource may be one of them.
pub fn doubts<'a>(ids: impl Iterator<Item = &'a ArmId>, data: &Data) -> Vec<Slot> {
    if data.coverage.members.unknown().next().is_none() || !is_complete(data) {
        return Vec::new();
    }
    let open =
        ids.filter(|id| data.coverage.members.of(id).is_none() && Configuration::silence(id).is_none());
    open.map(|id| Slot::About(Topic::Configurations, Arc::from(id.as_str()))).collect()
}

/// The resources that are in no perimeter, by subscription, type and name; none before that is known.
pub fn uncovered(data: &Data) -> Vec<Arc<Associable>> {
    if !is_complete(data) {
        return Vec::new();
    }
    let mut rows: Vec<Arc<Associable>> = data.coverage.inventory.rows().to_vec();
    rows.retain(|it| perimeter_of(&it.id, data).is_none());
    rows.sort_by_cached_key(|it| place_of(it, data));
    rows
}

/// What lists of resources are in order of: subscription, type, id.
pub fn place_of(it: &Associable, data: &Data) -> (String, String, ArmId) {
    let subscription = data.subscription_name(it.id.subscription().unwrap_or_default()).to_owned();
    (subscription, it.id.resource_type().unwrap_or_default().to_ascii_lowercase(), it.id.clone())
}

/// Associations of these resources with a perimeter, under names that nothing there has.
pub fn associations<'a>(
    perimeter: &Perimeter,
    resources: impl IntoIterator<Item = &'a ArmId> + Clone,
    profile: &ArmId,
    data: &Data,
) -> Vec<New> {
    let told = data.of(&perimeter.id).map_or(&[][..], |d| d.associations.rows());
    let taken = told.iter().map(|a| a.id.name()).chain(data.coverage.members.names(&perimeter.id));
    let names = association_names(resources.clone(), &perimeter.guid, taken);
    let new = |(resource, name): (&ArmId, String)| {
        let id = perimeter.id.child("resourceAssociations", &name).ok()?;
        Some(New::Association { id, resource: resource.clone(), profile: profile.clone() })
    };
    resources.into_iter().zip(names).filter_map(new).collect()
}

/// How many there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sums {
    /// Resources that could be in a perimeter.
    pub associable: usize,
    /// Those that are in none.
    pub uncovered: usize,
    /// Those in none that are open to all networks.
    pub open: usize,
    /// Those in none of which it is not known how open they are.
    pub untold: usize,
}

/// The sums over the rows that [`uncovered`] gives.
pub fn sums(data: &Data, uncovered: &[Arc<Associable>]) -> Sums {
    let count = |wanted: &[Exposure]| uncovered.iter().filter(|it| wanted.contains(&it.exposure)).count();
    Sums {
        associable: data.coverage.inventory.rows().len(),
        uncovered: uncovered.len(),
        open: count(&[Exposure::Open]),
        untold: count(&[Exposure::Untold, Exposure::Public]),
    }
}

impl Sums {
    /// In a sentence: the whole of it, and shorter where there is less room.
    pub fn words(&self) -> [String; 3] {
        let Self { associable, uncovered, open, untold } = *self;
        let is = if uncovered == 1 { "is" } else { "are" };
        let how_open = if uncovered > 0 && untold < uncovered { Some(open) } else { None };
        let middle = match how_open {
            Some(open) => format!(
                "{uncovered} of {associable} associable resources {is} in no perimeter; {open} of them open to all networks"
            ),
            None => format!("{uncovered} of {associable} associable resources {is} in no perimeter"),
        };
        let whole = match untold {
            0 => middle.clone(),
            n => format!("{middle}; of {n} it is not known how open"),
        };
        let brief = match how_open {
            Some(open) => format!("{uncovered} of {associable} in no perimeter, {open} open"),
            None => format!("{uncovered} of {associable} in no perimeter"),
        };
        [whole, middle, brief]
    }
}

/// What is missing from the picture, and why.
pub fn gaps(data: &Data) -> Vec<(String, Failure)> {
    let coverage = &data.coverage;
    let mut out = Vec::new();
    if coverage.sought.is_none() && coverage.members.rolls.is_empty() {
        return out;
    }
    let places = type_places(data).into_iter().map(|place| Slot::Offer(Offer::Types, place));
    let types = places.filter_map(|slot| data.failure(&slot).cloned());
    out.extend(types.map(|f| ("Types that can be associated".to_owned(), f)));
    let failed = coverage.inventory.failure().into_iter().chain(coverage.inventory.skipped());
    out.extend(failed.map(|f| ("Resources that could be associated".to_owned(), f.clone())));
    let mut unknown: Vec<(&ArmId, &Failure)> = coverage.members.unknown().collect();
    unknown.sort_by_key(|(perimeter, _)| *perimeter);
    out.extend(unknown.into_iter().map(|(p, f)| (format!("Members of {}", p.name()), f.clone())));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::FailureKind;

    fn id(text: &str) -> ArmId {
        ArmId::parse(&format!("/subscriptions/s/resourceGroups/g/providers/{text}")).unwrap()
    }

    fn roll(perimeter: &str, members: &[&str]) -> Roll {
        let place = format!("Microsoft.Network/networkSecurityPerimeters/{perimeter}");
        let member = |name: &&str| Membership {
            resource: id(&format!("Microsoft.KeyVault/vaults/{name}")),
            association: id(&format!("{place}/resourceAssociations/{name}")),
        };
        Roll { perimeter: id(&place), members: Ok(members.iter().map(member).collect()) }
    }

    #[test]
    fn members_follow_the_newest_word_of_each_perimeter() {
        let mut members = Members::default();
        let of = |members: &Members, name: &str| {
            let found = members.of(&id(&format!("Microsoft.KeyVault/vaults/{name}")));
            found.and_then(ArmId::parent).map(|p| p.name().to_owned())
        };
        members.enter(vec![roll("one", &["a", "b"]), roll("two", &["c"])]);
        assert_eq!(of(&members, "A").as_deref(), Some("one"), "ids are compared without case");
        // It moves: the perimeter that it left answers after the one that it joined.
        members.enter(vec![roll("two", &["c", "b"]), roll("one", &["a"])]);
        assert_eq!(of(&members, "b").as_deref(), Some("two"));
        let Roll { perimeter, .. } = roll("two", &[]);
        let failure = Failure::new(FailureKind::Denied, "no", "no");
        members.enter(vec![Roll { perimeter: perimeter.clone(), members: Err(failure) }]);
        assert_eq!(of(&members, "c"), None, "what a perimeter does not tell is not known");
        assert_eq!(members.unknown().count(), 1);
        let Roll { perimeter: one, .. } = roll("one", &[]);
        members.retain(&HashSet::from([&one]));
        assert_eq!((members.unknown().count(), members.answered(&[one, perimeter])), (0, 1));
    }

    #[test]
    fn sums_say_what_is_known() {
        let words = |uncovered, open, untold| {
            let sums = Sums { associable: 112, uncovered, open, untold };
            sums.words()
        };
        let [whole, _, brief] = words(37, 12, 0);
        assert_eq!(
            whole,
            "37 of 112 associable resources are in no perimeter; 12 of them open to all networks"
        );
        assert_eq!(brief, "37 of 112 in no perimeter, 12 open");
        assert!(words(37, 12, 3)[0].ends_with("; of 3 it is not known how open"));
        assert_eq!(words(1, 0, 1)[1], "1 of 112 associable resources is in no perimeter");
    }
}
