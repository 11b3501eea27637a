//! `nsp`: a terminal control room for Azure Network Security Perimeter.

pub mod app;
pub mod azure;
pub mod domain;
pub mod journal;
pub mod sim;
