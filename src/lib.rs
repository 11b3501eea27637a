//! `nsp`: a terminal control room for Azure Network Security Perimeter.

pub mod domain;
pub mod sim;
