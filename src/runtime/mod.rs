//! The shell.
mod ansi;
mod screen;
pub use screen::Screen;
