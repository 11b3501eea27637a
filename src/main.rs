//! The `nsp` program. All of it is in the library: what generics become there is compiled once, not a second time here.

use std::process::ExitCode;

fn main() -> ExitCode {
    nsp::program::main()
}
