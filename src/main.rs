//! The `nsp` program.
fn main() {}
