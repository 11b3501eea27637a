//! Integration tests.

// `cfg(test)` is always on here; said aloud, it lets clippy treat helpers outside `#[test]` functions as test code.
#[cfg(test)]
mod conformance;
#[cfg(test)]
mod log_live;
#[cfg(test)]
mod log_query;
#[cfg(test)]
mod log_store;
#[cfg(test)]
mod log_tail;
#[cfg(test)]
mod proxied;
#[cfg(test)]
mod recordings;
#[cfg(test)]
mod sim_arm;
#[cfg(test)]
mod sim_faults;
#[cfg(test)]
mod sim_limits;
#[cfg(test)]
mod sim_logs;
#[cfg(test)]
mod support;
