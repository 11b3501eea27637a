//! Integration tests.

mod log_store;
