//! What is told to people when the program fails, and what goes to the log file: hooks for errors
//! and panics, the log, and nothing that a dashboard shows.

use std::fs::File;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use color_eyre::config::{HookBuilder, PanicHook, Theme};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::cli::{Exit, LogLevel};
use crate::private;
use crate::runtime;

/// A log file that is larger than this at the start is put aside, bytes.
const LOG_SIZE: u64 = 5 * 1024 * 1024;

/// Reports written by this process.
static REPORTS: AtomicU32 = AtomicU32::new(0);

/// Installs the hooks for errors and panics. `folder`: where reports of panics are put.
///
/// A panic in a task of the dashboard leaves a report and becomes a failure there; any other
/// restores the terminal, says where the report is, and ends the process.
pub fn install(folder: Option<PathBuf>) -> color_eyre::Result<()> {
    let mut builder = HookBuilder::default().display_env_section(false);
    if !io::stderr().is_terminal() || std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty()) {
        builder = builder.theme(Theme::new());
    }
    let (_, eyre) = builder.into_hooks();
    eyre.install()?;
    // The report goes to a file: without colours, whatever standard error is.
    let (panic, _) = HookBuilder::default().theme(Theme::new()).into_hooks();
    std::panic::set_hook(Box::new(move |info| on_panic(&panic, folder.as_deref(), info)));
    Ok(())
}

fn on_panic(hook: &PanicHook, folder: Option<&Path>, info: &std::panic::PanicHookInfo<'_>) {
    let contained = runtime::in_task();
    if !contained {
        runtime::restore_terminal();
    }
    let report = hook.panic_report(info).to_string();
    let kept = folder.and_then(|folder| keep(folder, &report).ok());
    tracing::error!(report = kept.as_ref().map(|p| p.display().to_string()), "panic: {info}");
    if contained {
        return;
    }
    let mut err = io::stderr().lock();
    let _ = match kept {
        Some(path) => writeln!(
            err,
            "nsp stopped because of a fault in itself; your terminal is restored.\nThe report is in {}",
            path.display()
        ),
        None => {
            writeln!(err, "nsp stopped because of a fault in itself; your terminal is restored.\n{report}")
        }
    };
    std::process::exit(i32::from(Exit::Fault.code()));
}

/// Writes a report to a file of its own.
fn keep(folder: &Path, report: &str) -> io::Result<PathBuf> {
    private::make_folder(folder)?;
    let stamp = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%S%3fZ");
    // Two tasks may fail in the same millisecond.
    let number = REPORTS.fetch_add(1, Ordering::Relaxed);
    let path = folder.join(format!("panic-{stamp}-{}-{number}.txt", std::process::id()));
    let mut file = private::options().create_new(true).write(true).open(&path)?;
    writeln!(file, "nsp {}\n\n{report}", env!("CARGO_PKG_VERSION"))?;
    Ok(path)
}

/// Begins to log to `path`. Other crates are heard when they warn; they may log headers, hence
/// tokens, below that.
pub fn log_to(path: &Path, level: LogLevel) -> io::Result<()> {
    let filter = match level {
        LogLevel::Off => return Ok(()),
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let file = open_log(path)?;
    let layer = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(Mutex::new(file));
    let targets = Targets::new().with_default(filter.min(LevelFilter::WARN)).with_target("nsp", filter);
    // A second call keeps the first log: there is one per process.
    let _ = tracing_subscriber::registry().with(targets).with(layer).try_init();
    Ok(())
}

fn open_log(path: &Path) -> io::Result<File> {
    private::make_folder_of(path)?;
    if std::fs::metadata(path).is_ok_and(|m| m.is_file() && m.len() > LOG_SIZE) {
        let mut old = path.as_os_str().to_owned();
        old.push(".old");
        std::fs::rename(path, old)?;
    }
    private::options().create(true).append(true).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_log_is_put_aside_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/nsp.log");
        open_log(&path).unwrap().set_len(LOG_SIZE + 1).unwrap();
        writeln!(open_log(&path).unwrap(), "new").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new\n");
        assert_eq!(std::fs::metadata(path.with_extension("log.old")).unwrap().len(), LOG_SIZE + 1);
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_read_what_is_kept() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let (reports, logs) = (folder.path().join("reports"), folder.path().join("logs"));
        let report = keep(&reports, "it broke").unwrap();
        assert!(std::fs::read_to_string(&report).unwrap().contains("it broke"));
        let log = logs.join("nsp.log");
        open_log(&log).unwrap();
        for (path, mode) in [(report, 0o600), (log, 0o600), (reports, 0o700), (logs, 0o700)] {
            assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, mode);
        }
    }
}
