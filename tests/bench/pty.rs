//! A program in a pseudo-terminal of 200x50, with the time at which its output came.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::io::{Read as _, Write};
use std::num::NonZeroU16;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};

const SIZE: PtySize = PtySize { rows: 50, cols: 200, pixel_width: 0, pixel_height: 0 };

/// Longer than anything that is measured.
const STUCK: Duration = Duration::from_secs(60);

/// What a process has used so far.
pub struct Usage {
    /// By thread: nanoseconds on a processor, and times that it went to sleep, hence was woken.
    threads: HashMap<OsString, (u64, u64)>,
    /// Memory now, bytes.
    pub resident: u64,
    /// Most memory so far, bytes.
    pub peak: u64,
}

impl Usage {
    /// Processor time and wake-ups since then. Threads that have ended meanwhile are left out.
    pub fn since(&self, before: &Self) -> (Duration, u64) {
        let (mut cpu, mut wakes) = (0, 0);
        for (thread, now) in &self.threads {
            let then = before.threads.get(thread).copied().unwrap_or_default();
            cpu += now.0 - then.0;
            wakes += now.1 - then.1;
        }
        (Duration::from_nanos(cpu), wakes)
    }
}

/// The program and its terminal.
pub struct Pty {
    /// When the program was started.
    pub started: Instant,
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    output: Receiver<(Instant, Vec<u8>)>,
    parser: vt100::Parser,
    _master: Box<dyn MasterPty + Send>,
    _home: tempfile::TempDir,
}

/// Milliseconds.
pub fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

impl Pty {
    /// Starts a program, with nothing of this user's in its environment.
    pub fn spawn(program: &str, args: &[&str]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let pair = native_pty_system().openpty(SIZE).unwrap();
        let mut command = CommandBuilder::new(program);
        command.args(args);
        command.env_clear();
        command.env("HOME", home.path());
        command.env("TERM", "xterm-256color");
        command.env("NSP_TOKEN", "bench");
        let mut reader = pair.master.try_clone_reader().unwrap();
        let keys = pair.master.take_writer().unwrap();
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 8192];
            while let Ok(n @ 1..) = reader.read(&mut bytes) {
                if sender.send((Instant::now(), bytes[..n].to_vec())).is_err() {
                    return;
                }
            }
        });
        let started = Instant::now();
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let cells = |n| NonZeroU16::new(n).unwrap();
        let parser = vt100::Parser::new(cells(SIZE.rows), cells(SIZE.cols), 0);
        Self { started, child, keys, output, parser, _master: pair.master, _home: home }
    }

    /// When the output came that made the screen as wanted.
    pub fn until(&mut self, wanted: impl Fn(&vt100::Screen) -> bool) -> Instant {
        let mut last = Instant::now();
        while !wanted(self.parser.screen()) {
            let (at, bytes) = self.output.recv_timeout(STUCK).unwrap();
            self.parser.process(&bytes);
            last = at;
        }
        last
    }

    /// Takes all output until none came for this long; bytes, and when the first and last came.
    fn take(&mut self, quiet: Duration, limit: Duration) -> (usize, Option<Instant>) {
        let (mut count, mut first, end) = (0, None, Instant::now() + limit);
        loop {
            let left = end.saturating_duration_since(Instant::now());
            match self.output.recv_timeout(quiet.min(left)) {
                Ok((at, bytes)) => {
                    first.get_or_insert(at);
                    count += bytes.len();
                    self.parser.process(&bytes);
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return (count, first),
            }
        }
    }

    /// Waits until nothing has come for a while, at most ten times as long.
    pub fn settle(&mut self, quiet: Duration) {
        self.take(quiet, quiet * 10);
    }

    /// The bytes of this time.
    pub fn collect(&mut self, time: Duration) -> usize {
        let end = Instant::now() + time;
        let mut count = 0;
        while Instant::now() < end {
            let left = end.saturating_duration_since(Instant::now());
            count += self.take(left, left).0;
        }
        count
    }

    /// Presses a key: time to the first byte, and bytes. `None`: nothing came.
    pub fn press(&mut self, key: &str, quiet: Duration) -> Option<(Duration, usize)> {
        let pressed = Instant::now();
        self.type_keys(key);
        let (count, first) = self.take(quiet, STUCK);
        Some((first? - pressed, count))
    }

    fn type_keys(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    fn pid(&self) -> i32 {
        self.child.process_id().and_then(|pid| i32::try_from(pid).ok()).unwrap()
    }

    /// Leaves by a key or a signal; how long it took.
    pub fn leave(&mut self, key: Option<&str>, signal: Option<i32>) -> Duration {
        let start = Instant::now();
        if let Some(key) = key {
            self.type_keys(key);
        }
        if let Some(signal) = signal.and_then(Signal::from_named_raw) {
            kill_process(Pid::from_raw(self.pid()).unwrap(), signal).unwrap();
        }
        self.child.wait().unwrap();
        let took = start.elapsed();
        self.settle(Duration::from_millis(50));
        took
    }

    /// The terminal is as a shell expects it.
    pub fn is_restored(&self) -> bool {
        let screen = self.parser.screen();
        !screen.alternate_screen()
            && !screen.hide_cursor()
            && !screen.bracketed_paste()
            && screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None
    }

    /// What the program has used so far.
    pub fn usage(&self) -> Usage {
        let process = format!("/proc/{}", self.pid());
        let status = fs::read_to_string(format!("{process}/status")).unwrap();
        let mut threads = HashMap::new();
        for task in fs::read_dir(format!("{process}/task")).unwrap().map(Result::unwrap) {
            let read = |name| fs::read_to_string(task.path().join(name)).unwrap_or_default();
            let nanos =
                read("schedstat").split(' ').next().and_then(|ns| ns.parse().ok()).unwrap_or_default();
            threads.insert(task.file_name(), (nanos, field(&read("status"), "voluntary_ctxt_switches:")));
        }
        let (resident, peak) = (field(&status, "VmRSS:") * 1024, field(&status, "VmHWM:") * 1024);
        Usage { threads, resident, peak }
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn field(status: &str, name: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}
