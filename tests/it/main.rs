//! Integration tests.

// `cfg(test)` is always on here; said aloud, it lets clippy treat helpers outside `#[test]` functions as test code.
#[cfg(test)]
mod conformance;
#[cfg(test)]
mod log_store;
#[cfg(test)]
mod log_tail;
#[cfg(test)]
mod proxied;
#[cfg(test)]
mod recordings;
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
mod support;
