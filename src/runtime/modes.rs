//! The modes of the terminal: turned on for the dashboard, and turned off on every way out.
//!
//! Nothing here panics, prints, or waits for the terminal to answer.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

/// Alternate screen, hidden cursor, bracketed paste.
const ENTER: &[u8] = b"\x1b[?1049h\x1b[?25l\x1b[?2004h";

/// Buttons and wheel with exact positions; not every movement, which a slow link would carry.
const MOUSE: &[u8] = b"\x1b[?1000h\x1b[?1006h";

/// Undoes all of it, and what an unfinished frame may have left behind.
const LEAVE: &[u8] = b"\x1b[?2026l\x1b[r\x1b[m\x1b[?1006l\x1b[?1000l\x1b[?2004l\x1b[?25h\x1b[?1049l";

/// True while the modes are on. There is one terminal per process.
static ON: AtomicBool = AtomicBool::new(false);

/// Turns the modes on.
pub(super) fn enter(mouse: bool) -> io::Result<()> {
    crossterm::terminal::enable_raw_mode()?;
    ON.store(true, Ordering::SeqCst);
    let mut bytes = ENTER.to_vec();
    if mouse {
        bytes.extend_from_slice(MOUSE);
    }
    write(&bytes)
}

/// Turns the modes off, if they are on. It says nothing when the terminal is gone, and it does not
/// wait for one that takes no more bytes.
pub fn restore_terminal() {
    if ON.swap(false, Ordering::SeqCst) {
        if takes_bytes() {
            let _ = write(LEAVE);
        }
        let _ = crossterm::terminal::disable_raw_mode();
    }
}

/// Writes to the terminal in as few system calls as it allows: one, as a rule.
#[cfg(unix)]
pub(super) fn write(mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match rustix::io::write(rustix::stdio::stdout(), bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(n) => bytes = bytes.get(n..).unwrap_or_default(),
            Err(rustix::io::Errno::INTR) => {}
            Err(rustix::io::Errno::AGAIN) => wait_until_writable()?,
            Err(e) => return Err(e.into()),
        }
    }
    Ok(())
}

#[cfg(not(unix))]
pub(super) fn write(bytes: &[u8]) -> io::Result<()> {
    use std::io::Write as _;
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}

/// Somebody else made the descriptor non-blocking.
#[cfg(unix)]
fn wait_until_writable() -> io::Result<()> {
    let stdout = rustix::stdio::stdout();
    let mut fds = [rustix::event::PollFd::new(&stdout, rustix::event::PollFlags::OUT)];
    rustix::event::poll(&mut fds, None)?;
    Ok(())
}

#[cfg(unix)]
fn takes_bytes() -> bool {
    let stdout = rustix::stdio::stdout();
    let mut fds = [rustix::event::PollFd::new(&stdout, rustix::event::PollFlags::OUT)];
    let now = rustix::event::Timespec::default();
    let gone = rustix::event::PollFlags::HUP | rustix::event::PollFlags::ERR;
    rustix::event::poll(&mut fds, Some(&now)).is_ok_and(|n| n > 0)
        && fds.iter().all(|fd| !fd.revents().intersects(gone))
}

#[cfg(not(unix))]
fn takes_bytes() -> bool {
    true
}

/// Columns and rows.
#[cfg(unix)]
pub(super) fn size() -> (u16, u16) {
    match rustix::termios::tcgetwinsize(rustix::stdio::stdout()) {
        Ok(size) if size.ws_col > 0 && size.ws_row > 0 => (size.ws_col, size.ws_row),
        _ => (80, 24),
    }
}

#[cfg(not(unix))]
pub(super) fn size() -> (u16, u16) {
    crossterm::terminal::size().unwrap_or((80, 24))
}

/// The terminal is gone, or will be: restores it if it still listens, then points the standard descriptors at nothing, so that no later word to it
/// can fail or block.
#[cfg(unix)]
pub(super) fn let_go() {
    restore_terminal();
    if let Ok(null) = std::fs::OpenOptions::new().read(true).write(true).open("/dev/null") {
        let _ = rustix::stdio::dup2_stdin(&null);
        let _ = rustix::stdio::dup2_stdout(&null);
        let _ = rustix::stdio::dup2_stderr(&null);
    }
}

#[cfg(not(unix))]
pub(super) fn let_go() {
    restore_terminal();
}
