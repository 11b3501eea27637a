//! The command line: options, subcommands and exit codes. It decides nothing and starts nothing.

use std::fmt::Write as _;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use url::Url;

use crate::azure::cloud::Cloud;
use crate::azure::credentials::Kind;

mod reports;

pub use reports::{Auth, EvidenceArgs, RulesArgs, TailArgs, WhatIfArgs};

/// Terminal control room for Azure Network Security Perimeter.
///
/// Shows perimeters, associated resources, profiles, access rules and the live access log, and
/// changes access modes and rules. Without options it signs in with what `az login` or the
/// environment provides, read-only until it is unlocked.
#[derive(Debug, Parser)]
#[command(name = "nsp", version, args_conflicts_with_subcommands = true, after_long_help = exit_help())]
pub struct Cli {
    /// What to do instead of opening the dashboard.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Whose perimeters.
    #[command(flatten)]
    pub session: SessionArgs,
    /// The simulated world.
    #[command(flatten)]
    pub demo: DemoArgs,
    /// How to show them.
    #[command(flatten)]
    pub screen: ScreenArgs,
    /// Files of the program itself.
    #[command(flatten)]
    pub files: FileArgs,
}

/// Whose perimeters are shown, and how to get at them.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Session")]
pub struct SessionArgs {
    /// Azure cloud: AzureCloud, AzureUSGovernment or AzureChinaCloud.
    #[arg(long, value_name = "NAME", default_value = "AzureCloud")]
    pub cloud: Cloud,
    /// Directory (tenant) to sign in to, as guid or domain.
    #[arg(long, value_name = "TENANT", conflicts_with = "demo")]
    pub tenant: Option<String>,
    /// Show only this subscription, by name or id. May be given several times.
    #[arg(long = "subscription", value_name = "NAME|ID")]
    pub subscriptions: Vec<String>,
    /// How to sign in: auto, azure-cli, azd, managed-identity, workload-identity, client-secret,
    /// client-certificate or device-code.
    #[arg(long, value_name = "WAY", default_value = "auto", conflicts_with = "demo")]
    pub credential: Kind,
    /// Resource Manager endpoint, in place of the cloud's. A token in NSP_TOKEN is used for
    /// loopback endpoints only.
    #[arg(long, value_name = "URL", value_parser = endpoint, conflicts_with = "demo")]
    pub endpoint: Option<Url>,
    /// Log Analytics endpoint, in place of the cloud's.
    #[arg(long, value_name = "URL", value_parser = endpoint, conflicts_with = "demo")]
    pub logs_endpoint: Option<Url>,
    /// Address on this machine below which the data planes of resources are called, by host name (a test
    /// server); in place of the cloud's hosts.
    #[arg(long, value_name = "URL", value_parser = endpoint, conflicts_with = "demo")]
    pub data_endpoint: Option<Url>,
    /// Version of the Microsoft.Network API to speak.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub api_version: Option<String>,
    /// Allow changes from the start. Without it a real session begins read-only; `!` unlocks it.
    #[arg(long)]
    pub write: bool,
    /// Perimeter to select at the start, by name.
    #[arg(long, value_name = "NAME")]
    pub perimeter: Option<String>,
}

/// The simulated world of `--demo`.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Demo")]
pub struct DemoArgs {
    /// Show a simulated tenant; nothing leaves this machine.
    #[arg(long)]
    pub demo: bool,
    /// World to simulate: estate, incident, empty, or a scenario file.
    #[arg(long, value_name = "NAME|FILE", default_value = "estate", requires = "demo")]
    pub scenario: String,
    /// Simulate this many perimeters, each with 20 resources and 100 rules.
    #[arg(long, value_name = "N", requires = "demo")]
    pub scale: Option<u32>,
    /// Begin with about this many rows of access log, spread over two weeks.
    #[arg(long, value_name = "ROWS", requires = "demo")]
    pub history: Option<u32>,
    /// About this many rows of access log come in each second.
    #[arg(long, value_name = "ROWS", requires = "demo")]
    pub rate: Option<u32>,
    /// Same seed, same world.
    #[arg(long, value_name = "N", default_value_t = 1, requires = "demo")]
    pub seed: u64,
}

/// How the dashboard is drawn and used.
#[derive(Debug, Args)]
#[command(next_help_heading = "Screen")]
pub struct ScreenArgs {
    /// Leave the mouse to the terminal.
    #[arg(long)]
    pub no_mouse: bool,
    /// Draw with ASCII characters only.
    #[arg(long)]
    pub ascii: bool,
}

/// Files of the program itself.
#[derive(Debug, Args)]
#[command(next_help_heading = "Files")]
pub struct FileArgs {
    /// Settings file, in place of the one in the configuration folder.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Log file, in place of the one in the state folder.
    #[arg(long, value_name = "FILE")]
    pub log_file: Option<PathBuf>,
    /// How much to log.
    #[arg(long, value_name = "LEVEL", env = "NSP_LOG", default_value = "info")]
    pub log_level: LogLevel,
}

/// How much to log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogLevel {
    /// Nothing.
    Off,
    /// What failed.
    Error,
    /// And what is doubtful.
    Warn,
    /// And what was done.
    Info,
    /// And every request.
    Debug,
    /// And every detail.
    Trace,
}

/// What to do instead of opening the dashboard.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the simulator alone, for other clients such as curl or an SDK.
    Simulate(SimulateArgs),
    /// Print every query that is ever sent to Log Analytics or Resource Graph, with example
    /// values; to be pasted into the portal.
    Queries(QueriesArgs),
    /// Take over guarded switches whose terminal has died: finish them and say what was done.
    ///
    /// For a second terminal, tmux or a service manager. What somebody else keeps is waited for.
    Guard(Box<GuardArgs>),
    /// Tell what would be denied if resources were enforced now. Ends with 20 when something would be,
    /// with 21 when too little was logged to tell.
    Impact(Box<EvidenceArgs>),
    /// Tell which resources can be enforced, and since when nothing speaks against it. Ends as `impact` does.
    Readiness(Box<EvidenceArgs>),
    /// Plan the rules that would let through what enforcing would deny; with --hygiene, list rules that
    /// could be cleaned up. Writes nothing. Ends as `impact` does.
    Rules(Box<RulesArgs>),
    /// Tell whether a caller may reach a resource, or the resource a destination. Ends with 0 when it may,
    /// with 20 when the perimeter denies it, with 21 when something else decides or it cannot be told.
    Whatif(Box<WhatIfArgs>),
    /// List resources that could be in a perimeter and are in none. Ends with 22 when there are some.
    Coverage(Box<HeadlessArgs>),
    /// Follow the access log of one perimeter on standard output.
    Tail(Box<TailArgs>),
    /// Remove temporary access rules that have expired: those whose name says so
    /// (tmp-label-yyyymmddThhmmZ), read again first, in all perimeters in scope.
    Sweep(Box<SweepArgs>),
    /// Write a text that belongs to this version to standard output.
    #[command(subcommand)]
    Generate(Generate),
}

/// Options of `nsp sweep`.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Sweep")]
pub struct SweepArgs {
    /// Only say what is open and what would be removed; ends with 12 when there is something.
    #[arg(long)]
    pub dry_run: bool,
    /// Whose perimeters.
    #[command(flatten)]
    pub at: HeadlessArgs,
}

/// Options of every command without a screen: whose perimeters.
#[derive(Debug, Clone, Args)]
pub struct HeadlessArgs {
    /// Whose perimeters.
    #[command(flatten)]
    pub session: SessionArgs,
    /// The simulated world.
    #[command(flatten)]
    pub demo: DemoArgs,
    /// Print one JSON object for each line.
    #[arg(long)]
    pub json: bool,
}

/// Options of `nsp guard`.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Guard")]
pub struct GuardArgs {
    /// Show what is pending and touch nothing; ends with 12 when there is something.
    #[arg(long, conflicts_with_all = ["keep", "back", "stay", "forget"])]
    pub list: bool,
    /// With --list: also what is over.
    #[arg(long, requires = "list")]
    pub all: bool,
    /// Confirm a switch: the new mode stays. The beginning of its id is enough.
    #[arg(long, value_name = "ID", conflicts_with = "back")]
    pub keep: Option<String>,
    /// Put the old mode of a switch back now.
    #[arg(long, value_name = "ID")]
    pub back: Option<String>,
    /// End a switch that nobody keeps WITHOUT putting anything back: its access mode is read once more and said, and
    /// it is pending no longer.
    #[arg(long, value_name = "ID", conflicts_with_all = ["keep", "back", "stay"])]
    pub forget: Option<String>,
    /// Stay when nothing is pending, for a service manager.
    #[arg(long)]
    pub stay: bool,
    /// Whose perimeters.
    #[command(flatten)]
    pub at: HeadlessArgs,
}

/// Options of `nsp queries`.
#[derive(Debug, Args)]
pub struct QueriesArgs {
    /// Write one `.kql` file each into this folder, which is made if need be.
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
}

/// Options of `nsp simulate`.
#[derive(Debug, Args)]
pub struct SimulateArgs {
    /// Address to listen on; port 0 takes a free one, which is printed.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// World to simulate: estate, incident, empty, or a scenario file.
    #[arg(long, value_name = "NAME|FILE", default_value = "estate")]
    pub scenario: String,
    /// Simulate this many perimeters, each with 20 resources and 100 rules.
    #[arg(long, value_name = "N")]
    pub scale: Option<u32>,
    /// Begin with about this many rows of access log, spread over two weeks.
    #[arg(long, value_name = "ROWS")]
    pub history: Option<u32>,
    /// About this many rows of access log come in each second.
    #[arg(long, value_name = "ROWS")]
    pub rate: Option<u32>,
    /// Same seed, same world.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Take as long as Azure does: seconds for a change, minutes for a log row.
    #[arg(long)]
    pub realistic: bool,
}

/// Texts that are made from the program itself.
#[derive(Debug, Subcommand)]
pub enum Generate {
    /// The manual page.
    Man,
    /// Completions for a shell.
    Completions {
        /// Which shell.
        shell: Shell,
    },
    /// The table of keys, as Markdown.
    Keys,
}

fn endpoint(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|e| format!("{e}; give a whole address such as https://host"))?;
    match url.scheme() {
        "https" | "http" if url.has_host() => Ok(url),
        other => Err(format!("an endpoint is an https address, not {other}:")),
    }
}

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// As asked.
    Done = 0,
    /// Any other failure.
    Other = 1,
    /// Wrong options or settings.
    Usage = 2,
    /// Signing in cannot work as asked.
    SignIn = 3,
    /// The system does not allow it.
    Denied = 4,
    /// A file that was named is not there.
    NotFound = 5,
    /// An address could not be listened on or reached.
    Network = 6,
    /// No usable terminal.
    Terminal = 7,
    /// A guarded switch ended with the old mode.
    OldMode = 10,
    /// A guarded switch was left as somebody else has changed it.
    LeftAlone = 11,
    /// Something is still pending.
    Pending = 12,
    /// An old mode could not be put back.
    Stuck = 13,
    /// Enforcing would deny something.
    WouldDeny = 20,
    /// Too little is known to say so.
    NoEvidence = 21,
    /// Resources are in no perimeter.
    Uncovered = 22,
    /// A fault in the program itself.
    Fault = 101,
}

impl Exit {
    /// Every way to end, with its meaning.
    pub const TABLE: [(Self, &'static str); 16] = [
        (Self::Done, "left as asked, also by SIGTERM, SIGINT or SIGHUP"),
        (Self::Other, "any other failure"),
        (Self::Usage, "wrong options or settings"),
        (Self::SignIn, "signing in cannot work as asked"),
        (Self::Denied, "the system does not allow a file or an address"),
        (Self::NotFound, "a named file is not there"),
        (Self::Network, "an address cannot be listened on or reached"),
        (Self::Terminal, "no usable terminal"),
        (Self::OldMode, "guard: a guarded switch ended with the old mode"),
        (Self::LeftAlone, "guard: left as it is, somebody else has changed it meanwhile"),
        (Self::Pending, "guard, sweep: something is still to be done"),
        (Self::Stuck, "guard: an old mode could not be put back, a person has to do it"),
        (
            Self::WouldDeny,
            "impact, readiness, rules: enforcing would deny something; whatif: the perimeter denies it",
        ),
        (
            Self::NoEvidence,
            "impact, readiness, rules: too little is known; whatif: something else decides, or it cannot be told",
        ),
        (Self::Uncovered, "coverage: resources are in no perimeter"),
        (Self::Fault, "a fault in nsp itself; the report says where"),
    ];

    /// The number for the shell.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The kind of a failed system call.
    pub fn of(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::PermissionDenied => Self::Denied,
            io::ErrorKind::NotFound => Self::NotFound,
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => Self::Usage,
            io::ErrorKind::AddrInUse | io::ErrorKind::AddrNotAvailable | io::ErrorKind::TimedOut => {
                Self::Network
            }
            _ => Self::Other,
        }
    }
}

fn exit_help() -> String {
    let mut text = String::from("Exit codes:\n");
    for (exit, meaning) in Exit::TABLE {
        let _ = writeln!(text, "  {:>3}  {meaning}", exit.code());
    }
    text.push_str("\nEnvironment:\n  NSP_TOKEN  static token, for loopback endpoints only\n");
    text.push_str("  NSP_LOG    as --log-level\n  NO_COLOR   no colours");
    text
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn refused(args: &[&str]) -> String {
        let args = std::iter::once("nsp").chain(args.iter().copied());
        Cli::try_parse_from(args).unwrap_err().to_string()
    }

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn refusals_name_the_flag() {
        for (args, word) in [
            (vec!["--demo", "--tenant", "x"], "--tenant"),
            (vec!["--scale", "5"], "--demo"),
            (vec!["--cloud", "Mars"], "--cloud"),
            (vec!["--credential", "browser"], "--credential"),
            (vec!["--endpoint", "ftp://x"], "--endpoint"),
            (vec!["--endpoint", "host"], "--endpoint"),
            (vec!["--log-level", "loud"], "--log-level"),
            (vec!["simulate", "--listen", "8080"], "--listen"),
        ] {
            let text = refused(&args);
            assert!(text.contains(word), "{args:?}: {text}");
        }
    }

    #[test]
    fn a_plain_start_needs_nothing() {
        let cli = Cli::try_parse_from(["nsp"]).unwrap();
        assert_eq!(cli.session.cloud, Cloud::AzureCloud);
        assert!(!cli.demo.demo && !cli.session.write && cli.command.is_none());
    }
}
