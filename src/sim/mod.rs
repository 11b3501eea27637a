//! The built-in simulator: a loopback HTTP server that speaks ARM's and Log Analytics' wire formats.
//!
//! It shares no type with the client: both are written against the published documents and the
//! recorded traffic, so that a misspelt property fails a test instead of agreeing with itself.

pub mod kql;
pub mod traffic;
