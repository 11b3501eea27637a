//! Values kept once and counted: a row holds small numbers instead of texts.
//!
//! Two levels. Texts are numbered first; the numbers of columns that vary together form tuples,
//! which are numbered again. A value leaves as soon as no row needs it, so that ever-new addresses
//! cannot grow a dictionary beyond what the kept rows hold.

use std::borrow::Borrow;
use std::hash::{BuildHasher, Hash, RandomState};

use hashbrown::HashTable;

use super::{LogColumn, LogTexts};

/// Numbers for values, with a count of their users.
#[derive(Debug, Clone)]
pub(super) struct Dictionary<K> {
    slots: Vec<Slot<K>>,
    free: Vec<u32>,
    table: HashTable<u32>,
    // Keyed at random: the texts are chosen by others.
    hasher: RandomState,
}

#[derive(Debug, Clone)]
struct Slot<K> {
    key: K,
    users: u32,
}

impl<K> Default for Dictionary<K> {
    fn default() -> Self {
        Self { slots: Vec::new(), free: Vec::new(), table: HashTable::new(), hasher: RandomState::new() }
    }
}

impl<K: Hash + Eq + Default> Dictionary<K> {
    /// The number of `key`, with one more user; true when it is new.
    fn acquire<Q>(&mut self, key: &Q, make: impl FnOnce() -> K) -> (u32, bool)
    where
        Q: Hash + Eq + ?Sized,
        K: Borrow<Q>,
    {
        let Self { slots, free, table, hasher } = self;
        let hash = hasher.hash_one(key);
        let same = |id: &u32| slots.get(*id as usize).is_some_and(|slot| slot.key.borrow() == key);
        if let Some(&id) = table.find(hash, same) {
            if let Some(slot) = slots.get_mut(id as usize) {
                slot.users += 1;
            }
            return (id, false);
        }
        let slot = Slot { key: make(), users: 1 };
        let id = free.pop().unwrap_or(slots.len() as u32);
        match slots.get_mut(id as usize) {
            Some(empty) => *empty = slot,
            None => slots.push(slot),
        }
        table.insert_unique(hash, id, |id| {
            slots.get(*id as usize).map_or(0, |slot| hasher.hash_one(&slot.key))
        });
        (id, true)
    }

    /// One user less; the value itself when that was the last.
    fn release(&mut self, id: u32) -> Option<K> {
        let slot = self.slots.get_mut(id as usize)?;
        slot.users = slot.users.saturating_sub(1);
        if slot.users > 0 {
            return None;
        }
        let key = std::mem::take(&mut slot.key);
        if let Ok(entry) = self.table.find_entry(self.hasher.hash_one(&key), |found| *found == id) {
            entry.remove();
            self.free.push(id);
        }
        Some(key)
    }

    pub(super) fn get(&self, id: u32) -> Option<&K> {
        self.slots.get(id as usize).map(|slot| &slot.key)
    }

    /// Values in use.
    pub(super) fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// Numbers given out so far are below this.
    pub(super) fn bound(&self) -> usize {
        self.slots.len()
    }
}

/// Columns of the resource and its configuration.
pub(super) const SITE: usize = LogColumn::AccessRuleVersion.index() + 1;
/// Columns of the judgement.
pub(super) const JUDGEMENT: usize = LogColumn::OperationVersion.index() + 1 - SITE;
/// Columns about the other end.
pub(super) const PEER: usize = LogColumn::DestinationPhoneNumber.index() + 1 - SITE - JUDGEMENT;
/// Free text columns.
pub(super) const DETAIL: usize = LogColumn::DestinationParameters.index() + 1 - SITE - JUDGEMENT - PEER;

/// The numbers that stand for the texts of one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ids {
    pub(super) site: u32,
    pub(super) judgement: u32,
    pub(super) peer: u32,
    pub(super) detail: u32,
    /// A text, not a tuple: nearly every row has another port.
    pub(super) port: u32,
}

/// All dictionaries of a store.
#[derive(Debug, Clone, Default)]
pub(super) struct Dictionaries {
    pub(super) texts: Dictionary<Box<str>>,
    pub(super) sites: Dictionary<[u32; SITE]>,
    pub(super) judgements: Dictionary<[u32; JUDGEMENT]>,
    pub(super) peers: Dictionary<[u32; PEER]>,
    pub(super) details: Dictionary<[u32; DETAIL]>,
}

impl Dictionaries {
    /// The numbers of a row's texts, each with one more user.
    pub(super) fn acquire(&mut self, row: &LogTexts) -> Ids {
        let mut columns = LogColumn::ALL.into_iter();
        let Self { texts, sites, judgements, peers, details } = self;
        let mut next = || columns.next().map_or(0, |column| acquire_text(texts, row.get(column)));
        let (site, judgement) = (std::array::from_fn(|_| next()), std::array::from_fn(|_| next()));
        let (peer, detail) = (std::array::from_fn(|_| next()), std::array::from_fn(|_| next()));
        let port = next();
        Ids {
            site: acquire_tuple(sites, texts, site),
            judgement: acquire_tuple(judgements, texts, judgement),
            peer: acquire_tuple(peers, texts, peer),
            detail: acquire_tuple(details, texts, detail),
            port,
        }
    }

    /// Gives up a row's numbers.
    pub(super) fn release(&mut self, ids: Ids) {
        release_texts(&mut self.texts, self.sites.release(ids.site).iter().flatten());
        release_texts(&mut self.texts, self.judgements.release(ids.judgement).iter().flatten());
        release_texts(&mut self.texts, self.peers.release(ids.peer).iter().flatten());
        release_texts(&mut self.texts, self.details.release(ids.detail).iter().flatten());
        self.texts.release(ids.port);
    }

    /// The number of the text of one column.
    pub(super) fn text_id(&self, ids: Ids, column: LogColumn) -> Option<u32> {
        let at = column.index();
        let id = if at < SITE {
            self.sites.get(ids.site).and_then(|site| site.get(at))
        } else if at < SITE + JUDGEMENT {
            self.judgements.get(ids.judgement).and_then(|judgement| judgement.get(at - SITE))
        } else if at < SITE + JUDGEMENT + PEER {
            self.peers.get(ids.peer).and_then(|peer| peer.get(at - SITE - JUDGEMENT))
        } else if at < SITE + JUDGEMENT + PEER + DETAIL {
            self.details.get(ids.detail).and_then(|detail| detail.get(at - SITE - JUDGEMENT - PEER))
        } else {
            Some(&ids.port)
        };
        id.copied()
    }

    /// The text of one column.
    pub(super) fn text(&self, ids: Ids, column: LogColumn) -> &str {
        self.text_id(ids, column).and_then(|id| self.texts.get(id)).map_or("", |text| text)
    }
}

fn acquire_text(texts: &mut Dictionary<Box<str>>, text: &str) -> u32 {
    texts.acquire(text, || text.into()).0
}

/// A tuple counts as one user of each of its texts, however many rows share it.
fn acquire_tuple<const N: usize>(
    tuples: &mut Dictionary<[u32; N]>,
    texts: &mut Dictionary<Box<str>>,
    tuple: [u32; N],
) -> u32
where
    [u32; N]: Default,
{
    let (id, new) = tuples.acquire(&tuple, || tuple);
    if !new {
        release_texts(texts, &tuple);
    }
    id
}

fn release_texts<'a>(texts: &mut Dictionary<Box<str>>, ids: impl IntoIterator<Item = &'a u32>) {
    for id in ids {
        texts.release(*id);
    }
}
