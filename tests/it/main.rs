//! Integration tests.

// `cfg(test)` is always on here; said aloud, it lets clippy treat helpers outside `#[test]` functions as test code.
#[cfg(test)]
mod bench;
#[cfg(test)]
mod bindings;
#[cfg(test)]
mod catalogue;
#[cfg(test)]
mod cli;
#[cfg(test)]
mod client_apply;
#[cfg(test)]
mod client_graph;
#[cfg(test)]
mod client_operations;
#[cfg(test)]
mod client_pages;
#[cfg(test)]
mod client_probe;
#[cfg(test)]
mod client_sim;
#[cfg(test)]
mod client_transport;
#[cfg(test)]
mod conformance;
#[cfg(test)]
mod end_to_end;
#[cfg(test)]
mod engine;
#[cfg(test)]
mod flows;
#[cfg(test)]
mod guarded;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod headless;
#[cfg(test)]
mod journal;
#[cfg(test)]
mod log_live;
#[cfg(test)]
mod log_query;
#[cfg(test)]
mod log_reports;
#[cfg(test)]
mod log_store;
#[cfg(test)]
mod log_tail;
#[cfg(test)]
mod proxied;
#[cfg(test)]
mod random;
#[cfg(test)]
mod recordings;
#[cfg(test)]
mod registrations;
#[cfg(test)]
mod replayed;
#[cfg(test)]
mod screen;
#[cfg(test)]
mod scripted;
#[cfg(test)]
mod sdk;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod shell;
#[cfg(test)]
mod signin_authority;
#[cfg(test)]
mod signin_auto;
#[cfg(test)]
mod signin_device;
#[cfg(test)]
mod signin_managed;
#[cfg(test)]
mod signin_support;
#[cfg(test)]
mod signin_terminal;
#[cfg(test)]
mod signin_tools;
#[cfg(test)]
mod sim_arm;
#[cfg(test)]
mod sim_faults;
#[cfg(test)]
mod sim_governance;
#[cfg(test)]
mod sim_graph;
#[cfg(test)]
mod sim_limits;
#[cfg(test)]
mod sim_logs;
#[cfg(test)]
mod sim_paas;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tidy;
#[cfg(test)]
mod tty;
#[cfg(test)]
mod update;
#[cfg(test)]
mod update_writes;
#[cfg(test)]
mod views;
