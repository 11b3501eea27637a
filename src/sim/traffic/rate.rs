//! How many events a flow has in a window, and how long windows are. Pure functions of seed and time,
//! so that the log does not depend on when it is asked for.

use super::super::kql::SECOND;
use super::flow::Pattern;

/// Mixes two numbers into one that looks random.
pub fn mix(a: u64, b: u64) -> u64 {
    super::super::random::Random::new(a ^ b.wrapping_mul(0x9E37_79B9_7F4A_7C15)).draw()
}

/// Between 0 and 1.
fn fraction(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

/// How busy a pattern is at a time, between 0 and 1, over a window of `length`.
fn busy(pattern: Pattern, salt: u64, start: i64, length: i64) -> f64 {
    let hour = start.div_euclid(3600 * SECOND).rem_euclid(24) as f64;
    match pattern {
        Pattern::Steady => 1.0,
        Pattern::Day => {
            let from_noon = (hour - 12.0) / 12.0;
            (1.0 - from_noon * from_noon).max(0.0).mul_add(0.9, 0.1)
        }
        Pattern::Batch if length >= 3600 * SECOND => 0.25,
        Pattern::Batch => {
            let minute = start.div_euclid(60 * SECOND).rem_euclid(60);
            if minute % 20 < 5 { 1.0 } else { 0.0 }
        }
        Pattern::Bursts => {
            let slot = start.div_euclid(length.max(600 * SECOND)) as u64;
            if mix(salt, slot).is_multiple_of(3) { 1.0 } else { 0.0 }
        }
    }
}

/// Events in a window.
pub fn events(per_minute: f64, pattern: Pattern, salt: u64, window: (i64, i64)) -> u32 {
    let (start, length) = (window.0, window.1 - window.0);
    let bits = mix(salt, start as u64);
    let mean = per_minute * (length as f64 / (60.0 * SECOND as f64)) * busy(pattern, salt, start, length);
    let noisy = mean * (0.75 + fraction(bits) / 2.0);
    (noisy + fraction(mix(bits, 1))).floor() as u32
}
