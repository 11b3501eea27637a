//! `nsp`: a terminal control room for Azure Network Security Perimeter.

pub mod app;
pub mod azure;
pub mod cli;
pub mod domain;
pub mod journal;
pub mod private;
pub mod report;
pub mod runtime;
pub mod settings;
pub mod sim;
pub mod ui;
