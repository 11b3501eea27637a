//! The real binary in a pseudo-terminal: start, every way out, and what it leaves behind.

use std::fs::File;
use std::io::{Read as _, Write};
use std::num::NonZeroU16;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use nsp::runtime::Terminal;
use nsp::sim::{Named, Options, Sim};
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};
use rustix::termios::{LocalModes, tcgetattr};
use vt100::{MouseProtocolEncoding, MouseProtocolMode};

const STUCK: Duration = Duration::from_secs(15);

/// What the emulator has shown, and a bell for news.
type Shown = Arc<(Mutex<vt100::Parser>, Condvar)>;

/// A program in a terminal.
struct Tty {
    master: Option<Box<dyn MasterPty + Send>>,
    /// Kept open: dropping it types an end of file.
    keys: Option<Box<dyn Write + Send>>,
    /// Kept open, so that the terminal outlives the program.
    slave: Option<File>,
    child: Box<dyn Child + Send + Sync>,
    shown: Shown,
    /// Reads what is written; ends after the next bytes once it is told to.
    reader: Option<(Arc<AtomicBool>, JoinHandle<()>)>,
    home: tempfile::TempDir,
}

fn size(cols: u16, rows: u16) -> PtySize {
    PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }
}

fn cells(n: u16) -> NonZeroU16 {
    NonZeroU16::new(n).unwrap()
}

impl Tty {
    fn nsp(args: &[&str]) -> Self {
        Self::spawn(env!("CARGO_BIN_EXE_nsp"), args, &[])
    }

    fn spawn(program: &str, args: &[&str], env: &[(&str, &str)]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let pair = native_pty_system().openpty(size(100, 30)).unwrap();
        let mut command = CommandBuilder::new(program);
        command.args(args);
        command.env_clear();
        command.cwd(home.path());
        for (name, value) in [("HOME", home.path().to_str().unwrap()), ("TERM", "xterm-256color")] {
            command.env(name, value);
        }
        command.env("PATH", "/usr/bin:/bin");
        env.iter().for_each(|(name, value)| command.env(name, value));
        let child = pair.slave.spawn_command(command).unwrap();
        let slave = File::options().read(true).write(true).open(pair.master.tty_name().unwrap()).unwrap();
        drop(pair.slave);
        let shown: Shown =
            Arc::new((Mutex::new(vt100::Parser::new(cells(30), cells(100), 0)), Condvar::new()));
        let mut output = pair.master.try_clone_reader().unwrap();
        let sink = Arc::clone(&shown);
        let enough = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&enough);
        let thread = std::thread::spawn(move || {
            let mut bytes = [0; 8192];
            while let (false, Ok(n @ 1..)) = (stop.load(Ordering::SeqCst), output.read(&mut bytes)) {
                sink.0.lock().unwrap().process(&bytes[..n]);
                sink.1.notify_all();
            }
        });
        let keys = Some(pair.master.take_writer().unwrap());
        let reader = Some((enough, thread));
        Self { master: Some(pair.master), keys, slave: Some(slave), child, shown, reader, home }
    }

    fn type_keys(&mut self, keys: &str) {
        let writer = self.keys.as_mut().unwrap();
        writer.write_all(keys.as_bytes()).unwrap();
        writer.flush().unwrap();
    }

    /// Waits until the screen is as wanted.
    fn until(&self, what: &str, wanted: impl Fn(&vt100::Screen) -> bool) {
        let guard = self.shown.0.lock().unwrap();
        let (guard, late) =
            self.shown.1.wait_timeout_while(guard, STUCK, |parser| !wanted(parser.screen())).unwrap();
        assert!(!late.timed_out(), "waited for: {what}\n{}", guard.screen().contents());
    }

    fn until_drawn(&self) {
        self.until("the dashboard", |screen| {
            screen.alternate_screen() && screen.contents().contains("Perimeters · 13")
        });
    }

    /// Closes the terminal, as a dropped connection does: every descriptor of this end.
    fn hang_up(&mut self) {
        let (enough, thread) = self.reader.take().unwrap();
        enough.store(true, Ordering::SeqCst);
        // The answer to a key ends the reader.
        self.type_keys("j");
        thread.join().unwrap();
        (self.slave, self.keys, self.master) = (None, None, None);
    }

    fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.child.process_id().unwrap()).unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// Waits for the end; gives the exit code and how long it took.
    fn end(&mut self) -> (u32, Duration) {
        let begun = Instant::now();
        let pid = Pid::from_raw(i32::try_from(self.child.process_id().unwrap()).unwrap()).unwrap();
        let (done, over) = std::sync::mpsc::channel::<()>();
        let guard = std::thread::spawn(move || {
            if over.recv_timeout(STUCK).is_err() {
                let _ = kill_process(pid, Signal::KILL);
            }
        });
        let status = self.child.wait().unwrap();
        let took = begun.elapsed();
        let _ = done.send(());
        guard.join().unwrap();
        (status.exit_code(), took)
    }

    fn is_cooked(&self) -> bool {
        let modes = tcgetattr(self.slave.as_ref().unwrap()).unwrap().local_modes;
        modes.contains(LocalModes::ICANON)
            && modes.contains(LocalModes::ECHO)
            && modes.contains(LocalModes::ISIG)
    }

    /// Every mode is as it was found.
    fn assert_restored(&self) {
        self.until("the modes of a shell", |screen| {
            !screen.alternate_screen()
                && !screen.hide_cursor()
                && !screen.bracketed_paste()
                && screen.mouse_protocol_mode() == MouseProtocolMode::None
                && screen.mouse_protocol_encoding() == MouseProtocolEncoding::Default
        });
        assert!(self.is_cooked(), "raw mode is left behind");
    }

    fn assert_left(mut self) {
        let (code, took) = self.end();
        assert_eq!(code, 0);
        assert!(took < Duration::from_secs(2), "took {took:?}");
        self.assert_restored();
    }
}

#[test]
fn it_starts_and_q_leaves_the_terminal_as_it_was() {
    let mut tty = Tty::nsp(&["--demo"]);
    tty.until_drawn();
    assert!(!tty.is_cooked());
    tty.until("the modes of the dashboard", |screen| {
        screen.hide_cursor()
            && screen.bracketed_paste()
            && screen.mouse_protocol_mode() == MouseProtocolMode::PressRelease
            && screen.mouse_protocol_encoding() == MouseProtocolEncoding::Sgr
    });
    tty.type_keys("q");
    tty.assert_left();
}

#[test]
fn ctrl_c_leaves() {
    let mut tty = Tty::nsp(&["--demo", "--no-mouse"]);
    tty.until_drawn();
    tty.until("no mouse", |screen| screen.mouse_protocol_mode() == MouseProtocolMode::None);
    tty.type_keys("\x03");
    tty.assert_left();
}

#[test]
fn signals_leave_cleanly() {
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
        let tty = Tty::nsp(&["--demo"]);
        tty.until_drawn();
        tty.signal(signal);
        tty.assert_left();
    }
}

#[test]
fn a_hanging_request_holds_nobody() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let sim = runtime.block_on(Sim::start(Options::instant(Named::Estate))).unwrap();
    let gate = serde_json::json!({ "path": "/subscriptions", "action": { "gate": true } });
    sim.handle().fault_json(gate).unwrap();
    for (keys, signal) in [(Some("q"), None), (None, Some(Signal::TERM))] {
        let env = [("NSP_TOKEN", "t")];
        let mut tty = Tty::spawn(env!("CARGO_BIN_EXE_nsp"), &["--endpoint", sim.url()], &env);
        tty.until("the first frame", |screen| {
            screen.alternate_screen() && !screen.contents().trim().is_empty()
        });
        if let Some(keys) = keys {
            tty.type_keys(keys);
        }
        if let Some(signal) = signal {
            tty.signal(signal);
        }
        tty.assert_left();
    }
}

#[test]
fn a_closed_terminal_ends_it() {
    let mut tty = Tty::nsp(&["--demo"]);
    tty.until_drawn();
    tty.hang_up();
    let (code, took) = tty.end();
    assert_eq!(code, 0);
    assert!(took < Duration::from_secs(2), "took {took:?}");
}

#[test]
fn a_closed_terminal_ends_it_also_without_a_signal() {
    let script = format!("trap '' HUP; setsid '{}' --demo; echo $? > code", env!("CARGO_BIN_EXE_nsp"));
    let mut tty = Tty::spawn("sh", &["-c", &script], &[]);
    tty.until_drawn();
    tty.hang_up();
    assert!(tty.end().1 < Duration::from_secs(2));
    assert_eq!(std::fs::read_to_string(tty.home.path().join("code")).unwrap(), "0\n");
}

#[test]
fn it_stops_and_goes_on_under_a_shell() {
    let mut tty = Tty::spawn("bash", &["--norc", "--noprofile", "-i"], &[("PS1", "ready> ")]);
    tty.until("the prompt", |screen| screen.contents().contains("ready> "));
    tty.type_keys(&format!("'{}' --demo\n", env!("CARGO_BIN_EXE_nsp")));
    tty.until_drawn();
    tty.type_keys("\x1a");
    tty.until("the shell", |screen| {
        !screen.alternate_screen() && !screen.hide_cursor() && screen.contents().contains("Stopped")
    });
    tty.type_keys("fg\n");
    tty.until_drawn();
    tty.until("the modes again", |screen| screen.hide_cursor() && screen.bracketed_paste());
    tty.type_keys("q");
    tty.until("the shell again", |screen| !screen.alternate_screen() && !screen.hide_cursor());
    tty.type_keys("echo code=$?\n");
    tty.until("the exit code", |screen| screen.contents().contains("code=0"));
    tty.type_keys("exit\n");
    assert_eq!(tty.end().0, 0);
}

#[test]
fn a_tiny_terminal_is_survived() {
    let mut tty = Tty::nsp(&["--demo"]);
    tty.until_drawn();
    for (cols, rows) in [(20, 5), (4, 2), (1, 1), (100, 30)] {
        tty.shown.0.lock().unwrap().screen_mut().set_size(cells(rows), cells(cols));
        tty.master.as_ref().unwrap().resize(size(cols, rows)).unwrap();
        tty.type_keys("jk");
    }
    tty.until_drawn();
    tty.type_keys("q");
    tty.assert_left();
}

/// Not a test by itself: the program that `a_panic_restores_the_terminal` runs.
#[test]
fn child_that_panics() {
    let Some(folder) = std::env::var_os("NSP_TEST_REPORTS") else { return };
    nsp::report::install(Some(folder.into())).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let task = tokio::spawn(async { panic!("contained") });
        assert!(task.await.unwrap_err().is_panic());
        let _terminal = Terminal::open(true).unwrap();
        panic!("told to");
    });
}

#[test]
fn a_panic_restores_the_terminal_and_says_where_the_report_is() {
    let reports = tempfile::tempdir().unwrap();
    let this = std::env::current_exe().unwrap();
    let args = ["tty::child_that_panics", "--exact", "--nocapture"];
    let env = [("NSP_TEST_REPORTS", reports.path().to_str().unwrap())];
    let mut tty = Tty::spawn(this.to_str().unwrap(), &args, &env);
    assert_eq!(tty.end().0, 101);
    tty.until("the message", |screen| screen.contents().contains("The report is in"));
    tty.assert_restored();
    let files: Vec<_> = std::fs::read_dir(reports.path()).unwrap().map(|f| f.unwrap().path()).collect();
    let texts: Vec<_> = files.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
    assert_eq!(texts.iter().filter(|t| t.contains("told to")).count(), 1, "{texts:?}");
    assert_eq!(texts.iter().filter(|t| t.contains("contained")).count(), 1, "{texts:?}");
}
