//! Integration tests.

// `cfg(test)` is always on here; said aloud, it lets clippy treat helpers outside `#[test]` functions as test code.
#[cfg(test)]
mod client_apply;
#[cfg(test)]
mod client_operations;
#[cfg(test)]
mod client_pages;
#[cfg(test)]
mod client_sim;
#[cfg(test)]
mod client_transport;
#[cfg(test)]
mod conformance;
#[cfg(test)]
mod end_to_end;
#[cfg(test)]
mod journal;
#[cfg(test)]
mod log_store;
#[cfg(test)]
mod log_tail;
#[cfg(test)]
mod proxied;
#[cfg(test)]
mod recordings;
#[cfg(test)]
mod replayed;
#[cfg(test)]
mod scripted;
#[cfg(test)]
mod sdk;
#[cfg(test)]
mod sim_arm;
#[cfg(test)]
mod sim_faults;
#[cfg(test)]
mod sim_limits;
#[cfg(test)]
mod support;
