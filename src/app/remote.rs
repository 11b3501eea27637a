//! A value that lives elsewhere: the one place where late and stale replies die.

use jiff::Timestamp;

use super::msg::Ticket;
use crate::domain::Failure;

/// A value read from a service, with when it was read, what is awaited and what failed last.
///
/// While a reading is under way the old value stays. The pages of a first reading show at once;
/// those of a later one are kept apart until it ends, so that nothing jumps.
#[derive(Debug, Clone, PartialEq)]
pub struct Remote<T> {
    value: Option<T>,
    arriving: Option<T>,
    read_at: Option<Timestamp>,
    awaited: Option<Ticket>,
    failure: Option<Failure>,
    skipped: Vec<Failure>,
}

impl<T> Default for Remote<T> {
    fn default() -> Self {
        Self { value: None, arriving: None, read_at: None, awaited: None, failure: None, skipped: Vec::new() }
    }
}

impl<T> Remote<T> {
    /// The value, old or new; while a first reading is under way, what has arrived.
    pub fn value(&self) -> Option<&T> {
        self.value.as_ref().or(self.arriving.as_ref())
    }

    /// When the value was read; `None` while only a part has arrived.
    pub fn read_at(&self) -> Option<Timestamp> {
        self.read_at
    }

    /// The question that is under way.
    pub fn awaited(&self) -> Option<Ticket> {
        self.awaited
    }

    /// Why the last reading failed, until one succeeds.
    pub fn failure(&self) -> Option<&Failure> {
        self.failure.as_ref()
    }

    /// Items of the last reading that could not be understood.
    pub fn skipped(&self) -> &[Failure] {
        &self.skipped
    }

    /// Nothing was ever asked.
    pub fn is_untouched(&self) -> bool {
        self.value.is_none() && self.awaited.is_none() && self.failure.is_none()
    }

    /// A question goes out; the one before it, if any, is returned to be aborted.
    pub fn begin(&mut self, ticket: Ticket) -> Option<Ticket> {
        self.arriving = None;
        self.skipped = Vec::new();
        self.awaited.replace(ticket)
    }

    /// The question ended, well or not. False when it was not the one awaited.
    pub fn settle(&mut self, ticket: Ticket, result: Result<Option<T>, Failure>, now: Timestamp) -> bool {
        if self.awaited != Some(ticket) {
            return false;
        }
        self.awaited = None;
        match result {
            Ok(single) => {
                self.failure = None;
                self.read_at = Some(now);
                self.value = single.or(self.arriving.take()).or(self.value.take());
            }
            Err(failure) => {
                self.failure = Some(failure);
                // What arrived of a first reading is better than nothing; it is marked by the failure.
                let arrived = self.arriving.take();
                if self.value.is_none() {
                    self.value = arrived;
                }
            }
        }
        true
    }
}

impl<T> Remote<Vec<T>> {
    /// One more page. False when it does not belong to the question awaited.
    pub fn extend(&mut self, ticket: Ticket, page: Vec<T>, skipped: Vec<Failure>) -> bool {
        if self.awaited != Some(ticket) {
            return false;
        }
        self.arriving.get_or_insert_with(Vec::new).extend(page);
        self.skipped.extend(skipped);
        true
    }

    /// The list is read to its end when no page came: it is empty then.
    pub fn settle_list(&mut self, ticket: Ticket, result: Result<(), Failure>, now: Timestamp) -> bool {
        if self.awaited == Some(ticket) && result.is_ok() {
            self.arriving.get_or_insert_with(Vec::new);
        }
        self.settle(ticket, result.map(|()| None), now)
    }

    /// The rows, or none.
    pub fn rows(&self) -> &[T] {
        self.value().map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::FailureKind;

    fn failure() -> Failure {
        Failure::new(FailureKind::Network, "no", "no")
    }

    #[test]
    fn a_stale_reply_changes_nothing() {
        let mut r: Remote<Vec<u8>> = Remote::default();
        r.begin(Ticket(1));
        assert_eq!(r.begin(Ticket(2)), Some(Ticket(1)));
        assert!(!r.extend(Ticket(1), vec![9], vec![]));
        assert!(!r.settle_list(Ticket(1), Ok(()), Timestamp::UNIX_EPOCH));
        assert_eq!(r.rows(), &[] as &[u8]);
        assert!(r.extend(Ticket(2), vec![1], vec![]));
        assert_eq!(r.rows(), &[1]);
        assert!(r.settle_list(Ticket(2), Ok(()), Timestamp::UNIX_EPOCH));
        assert!(!r.settle_list(Ticket(2), Ok(()), Timestamp::UNIX_EPOCH));
    }

    #[test]
    fn a_later_reading_keeps_the_old_rows_until_it_ends() {
        let mut r: Remote<Vec<u8>> = Remote::default();
        r.begin(Ticket(1));
        r.extend(Ticket(1), vec![1, 2], vec![]);
        r.settle_list(Ticket(1), Ok(()), Timestamp::UNIX_EPOCH);
        r.begin(Ticket(2));
        r.extend(Ticket(2), vec![3], vec![]);
        assert_eq!(r.rows(), &[1, 2]);
        r.settle_list(Ticket(2), Err(failure()), Timestamp::UNIX_EPOCH);
        assert_eq!(r.rows(), &[1, 2]);
        assert!(r.failure().is_some());
        r.begin(Ticket(3));
        r.settle_list(Ticket(3), Ok(()), Timestamp::UNIX_EPOCH);
        assert_eq!(r.rows(), &[] as &[u8]);
        assert!(r.failure().is_none());
    }
}
