//! The remaining-quota headers: buckets that count down and fill up again.
//!
//! The numbers are those seen in recorded traffic. An empty bucket stays at zero and refuses nothing:
//! a test that wants a 429 asks for it as a fault.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::http::Method;

/// Buckets per subscription and kind of request.
#[derive(Debug, Default)]
pub struct Throttle {
    buckets: BTreeMap<(String, &'static str), Bucket>,
}

#[derive(Debug)]
struct Bucket {
    left: f64,
    at: Timestamp,
}

impl Throttle {
    /// Takes one request from the quota and gives the headers of its answer.
    pub fn take(&mut self, subscription: &str, method: Method, now: Timestamp) -> Vec<(String, String)> {
        let (kind, size, refill) = match method {
            Method::Get | Method::Other => ("reads", 1_100.0, 25.0),
            Method::Delete => ("deletes", 800.0, 10.0),
            Method::Put | Method::Patch | Method::Post => ("writes", 800.0, 10.0),
        };
        let key = (subscription.to_owned(), kind);
        let bucket = self.buckets.entry(key).or_insert(Bucket { left: size, at: now });
        let passed = now.duration_since(bucket.at).as_secs_f64().max(0.0);
        bucket.left = (bucket.left + passed * refill).min(size);
        bucket.left = (bucket.left - 1.0).max(0.0);
        bucket.at = now;
        let used = size - bucket.left;
        let scope = if subscription.is_empty() { "tenant" } else { "subscription" };
        vec![
            (format!("x-ms-ratelimit-remaining-{scope}-{kind}"), format!("{:.0}", bucket.left.floor())),
            (
                format!("x-ms-ratelimit-remaining-{scope}-global-{kind}"),
                format!("{:.0}", (size * 15.0 - used).floor()),
            ),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quota_counts_down_and_fills_up_again() {
        let mut throttle = Throttle::default();
        let now: Timestamp = "2025-10-08T05:44:56Z".parse().unwrap();
        let first = throttle.take("s", Method::Get, now);
        assert_eq!(first[0], ("x-ms-ratelimit-remaining-subscription-reads".into(), "1099".into()));
        assert_eq!(first[1], ("x-ms-ratelimit-remaining-subscription-global-reads".into(), "16499".into()));
        assert_eq!(throttle.take("s", Method::Get, now)[0].1, "1098");
        let later = now + jiff::SignedDuration::from_secs(60);
        assert_eq!(throttle.take("s", Method::Get, later)[0].1, "1099");
    }
}
