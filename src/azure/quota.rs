//! The remaining-quota headers of Azure Resource Manager (API.md, section 13), kept for display.
//! Must not slow anything down: throttling is handled where a 429 arrives.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use reqwest::header::HeaderMap;

/// After this long a figure says nothing any more: the buckets refill within seconds.
const STALE: Duration = Duration::from_secs(120);

/// The lowest figures that any subscription reported lately; `None` when none did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Quota {
    /// Reads that remain.
    pub reads: Option<u32>,
    /// Writes that remain.
    pub writes: Option<u32>,
    /// Deletes that remain.
    pub deletes: Option<u32>,
}

impl Quota {
    fn from_headers(headers: &HeaderMap) -> Self {
        let lowest = |kind: &str| {
            ["subscription", "tenant", "subscription-global", "tenant-global"]
                .iter()
                .filter_map(|scope| {
                    let name = format!("x-ms-ratelimit-remaining-{scope}-{kind}");
                    headers.get(name)?.to_str().ok()?.trim().parse().ok()
                })
                .min()
        };
        Self { reads: lowest("reads"), writes: lowest("writes"), deletes: lowest("deletes") }
    }

    fn lowest(self, other: Self) -> Self {
        let min = |a: Option<u32>, b: Option<u32>| a.into_iter().chain(b).min();
        Self {
            reads: min(self.reads, other.reads),
            writes: min(self.writes, other.writes),
            deletes: min(self.deletes, other.deletes),
        }
    }

    /// `self`, and what `older` knew where `self` is silent.
    fn or(self, older: Self) -> Self {
        Self {
            reads: self.reads.or(older.reads),
            writes: self.writes.or(older.writes),
            deletes: self.deletes.or(older.deletes),
        }
    }
}

/// The last figures of each subscription.
#[derive(Debug, Default)]
pub(super) struct QuotaBook(HashMap<String, (Instant, Quota)>);

impl QuotaBook {
    /// Notes what an answer to `path` said.
    pub(super) fn note(&mut self, path: &str, headers: &HeaderMap, now: Instant) {
        let said = Quota::from_headers(headers);
        if said == Quota::default() {
            return;
        }
        let subscription = path.split('/').skip_while(|s| !s.eq_ignore_ascii_case("subscriptions")).nth(1);
        let key = subscription.unwrap_or_default().to_ascii_lowercase();
        self.0.retain(|_, (at, _)| now.saturating_duration_since(*at) < STALE);
        let older = self.0.get(&key).map_or(Quota::default(), |(_, quota)| *quota);
        self.0.insert(key, (now, said.or(older)));
    }

    /// The lowest figures that are not stale.
    pub(super) fn lowest(&self, now: Instant) -> Quota {
        let fresh = self.0.values().filter(|(at, _)| now.saturating_duration_since(*at) < STALE);
        fresh.fold(Quota::default(), |low, (_, quota)| low.lowest(*quota))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(n, v)| (n.parse().unwrap(), v.parse().unwrap())).collect()
    }

    #[test]
    fn the_lowest_of_all_subscriptions_and_scopes() {
        let mut book = QuotaBook::default();
        let now = Instant::now();
        book.note(
            "/subscriptions/a/x",
            &headers(&[
                ("x-ms-ratelimit-remaining-subscription-reads", "1099"),
                ("x-ms-ratelimit-remaining-subscription-global-reads", "16499"),
            ]),
            now,
        );
        book.note(
            "/Subscriptions/b",
            &headers(&[("x-ms-ratelimit-remaining-subscription-writes", "7")]),
            now,
        );
        book.note(
            "/subscriptions/A",
            &headers(&[("x-ms-ratelimit-remaining-subscription-reads", "12")]),
            now,
        );
        assert_eq!(book.lowest(now), Quota { reads: Some(12), writes: Some(7), deletes: None });
        assert_eq!(book.lowest(now + STALE), Quota::default());
    }
}
