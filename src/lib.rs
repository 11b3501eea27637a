//! `nsp`: a terminal control room for Azure Network Security Perimeter.

pub mod azure;
pub mod cli;
pub mod domain;
pub mod runtime;
pub mod settings;
pub mod sim;
