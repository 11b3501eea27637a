//! Everything that knows HTTP, JSON and Azure; the rest of the program sees domain types only.
//!
//! Must not draw, hold user-interface state or decide what the user wants.

pub mod logs;
