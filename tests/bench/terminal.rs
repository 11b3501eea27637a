//! The release binary in a terminal of 200x50: when something is on the screen, what keys cost,
//! what idling costs, memory, and leaving. Prints numbers and judges none; Linux only, for it reads
//! `/proc`. On a busy machine only numbers of one run can be compared.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark prints, and stops at the first surprise"
)]

#[cfg(target_os = "linux")]
mod estate;
#[cfg(target_os = "linux")]
mod pty;

#[cfg(target_os = "linux")]
fn main() {
    linux::main();
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("this benchmark reads /proc, which is Linux's");
}

#[cfg(target_os = "linux")]
mod linux {
    use std::io::{BufRead as _, BufReader};
    use std::process::{Child, Command, Stdio};
    use std::time::{Duration, Instant};

    use super::estate::{Estate, Plan};
    use super::pty::{Pty, millis};

    const NSP: &str = env!("CARGO_BIN_EXE_nsp");

    /// How long nothing must come after a key.
    const QUIET: Duration = Duration::from_millis(60);

    /// `nsp simulate` in a process of its own.
    struct Simulator {
        child: Child,
        url: String,
    }

    impl Simulator {
        fn start(scale: &str) -> Self {
            let mut command = Command::new(NSP);
            command.args(["simulate", "--listen", "127.0.0.1:0", "--scale", scale]);
            let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
            let mut line = String::new();
            BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
            let url = line.trim().rsplit(' ').next().unwrap().to_owned();
            Self { child, url }
        }
    }

    impl Drop for Simulator {
        fn drop(&mut self) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }

    fn dashboard(url: &str) -> Pty {
        Pty::spawn(NSP, &["--endpoint", url, "--logs-endpoint", url])
    }

    fn listed(n: usize) -> impl Fn(&vt100::Screen) -> bool {
        let title = format!("Perimeters · {n} ");
        move |screen| screen.contents().contains(&title)
    }

    fn median(mut values: Vec<f64>) -> f64 {
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    }

    /// Several starts: to the first frame and to the whole list.
    fn starts(what: &str, url: &str, items: usize) {
        let (mut first, mut all) = (Vec::new(), Vec::new());
        for _ in 0..7 {
            let mut pty = dashboard(url);
            let drawn = pty.until(|screen| !screen.contents().trim().is_empty());
            first.push(millis(drawn - pty.started));
            let ready = pty.until(listed(items));
            all.push(millis(ready - pty.started));
        }
        println!("  {what}: first frame {:.1} ms, all items {:.1} ms", median(first), median(all));
    }

    /// Presses a key several times; time to the first byte and bytes, as median and 95th percentile.
    fn keys(pty: &mut Pty, what: &str, key: &str, times: usize) {
        let (mut waits, mut bytes) = (Vec::new(), Vec::new());
        for _ in 0..times {
            if let Some((wait, count)) = pty.press(key, QUIET) {
                waits.push(millis(wait));
                bytes.push(count as f64);
            }
        }
        waits.sort_by(f64::total_cmp);
        let Some(slow) = waits.get(waits.len() * 95 / 100).copied() else {
            return println!("  {what}: no output");
        };
        println!("  {what}: {:.2} ms, p95 {slow:.2} ms, {:.0} bytes", median(waits), median(bytes));
    }

    fn idle(pty: &mut Pty, what: &str) {
        pty.settle(Duration::from_millis(500));
        let (before, start) = (pty.usage(), Instant::now());
        let bytes = pty.collect(Duration::from_secs(10));
        let (after, seconds) = (pty.usage(), start.elapsed().as_secs_f64());
        let (cpu, wakes) = after.since(&before);
        println!(
            "  idle, {what}: cpu {:.3} %, {:.1} bytes/s, {:.2} wake-ups/s",
            cpu.as_secs_f64() / seconds * 100.0,
            bytes as f64 / seconds,
            wakes as f64 / seconds,
        );
    }

    fn memory(pty: &Pty, what: &str) {
        let usage = pty.usage();
        println!(
            "  memory, {what}: {:.1} MB, peak {:.1} MB",
            usage.resident as f64 / 1e6,
            usage.peak as f64 / 1e6
        );
    }

    fn leaves(url: &str, items: usize, what: &str) {
        let ways = [
            ("q", Some("q"), None),
            ("TERM", None, Some(15)),
            ("INT", None, Some(2)),
            ("HUP", None, Some(1)),
        ];
        for (name, key, signal) in ways {
            let mut pty = dashboard(url);
            pty.until(|screen| items == 0 || listed(items)(screen));
            pty.until(|screen| !screen.contents().trim().is_empty());
            let took = pty.leave(key, signal);
            println!("  {what}, {name}: left in {:.1} ms, restored: {}", millis(took), pty.is_restored());
        }
    }

    fn simulated() {
        for scale in ["1", "1000"] {
            println!("\nnsp simulate --scale {scale}");
            let simulator = Simulator::start(scale);
            if scale == "1000" {
                starts("1,000 perimeters", &simulator.url, 1000);
            }
            let mut pty = dashboard(&simulator.url);
            pty.until(|screen| screen.contents().contains("Access log · following"));
            pty.settle(Duration::from_millis(500));
            memory(&pty, &format!("scale {scale}"));
            idle(&mut pty, "following a log");
        }
    }

    fn served(perimeters: usize, page: usize, subscriptions: usize) {
        println!("\n{perimeters} perimeters in {subscriptions} subscriptions, pages of {page}");
        let estate = Estate::serve(Plan { perimeters, page, subscriptions });
        starts("start", &estate.url, perimeters);
        let mut pty = dashboard(&estate.url);
        pty.until(listed(perimeters));
        pty.settle(Duration::from_millis(500));
        memory(&pty, "list read");
        keys(&mut pty, "one row down", "j", 20);
        pty.press("G", QUIET);
        pty.press("g", QUIET);
        keys(&mut pty, "page down", "\x1b[6~", 40);
        keys(&mut pty, "scroll by one row", "j", 40);
        idle(&mut pty, "no log");
        estate.hang();
        pty.press("r", QUIET);
        keys(&mut pty, "one row up while requests hang", "k", 40);
        let took = pty.leave(Some("q"), None);
        println!("  left in {:.1} ms while requests hang", millis(took));
        leaves(&estate.url, 0, "hanging from the start");
    }

    pub(super) fn main() {
        served(10, 20, 1);
        served(1_000, 20, 3);
        served(10_000, 1_000, 10);
        served(10_000, 10, 10);
        simulated();
    }
}
