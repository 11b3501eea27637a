//! Which worlds a test makes up. `NSP_SEED` begins elsewhere and `NSP_WORLDS` takes more of them, to look for faults
//! in worlds that nobody has seen.

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} must be a number")))
}

/// The first seed, and how many follow it.
pub fn range(worlds: u64) -> (u64, u64) {
    (number("NSP_SEED").unwrap_or(0), number("NSP_WORLDS").unwrap_or(worlds))
}
