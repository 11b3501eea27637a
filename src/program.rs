//! The `nsp` program: reads the arguments, builds a session, runs the dashboard or a command. The only place whose
//! outcome ends the process.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use crate::app::bindings::{self, Keymap};
use crate::app::msg::Msg;
use crate::app::scopes::Scopes;
use crate::app::{Model, Periods, Start};
use crate::azure::credentials::Environment;
use crate::azure::query_texts;
use crate::cli::{Cli, Command, DemoArgs, Exit, Generate, HeadlessArgs, LogLevel, SessionArgs, SimulateArgs};
use crate::domain::scope::{Named, Selection};
use crate::domain::{Failure, FailureKind};
use crate::headless::{self, Ready};
use crate::journal::Journal;
use crate::report;
use crate::runtime::{self, Desktop, Executor, Left, Outbox, Runtime, Terminal, Tools};
use crate::sessions::{Sessions, Way};
use crate::settings::{self, Settings, ThemeChoice};
use crate::sim::{self, Sim};
use crate::ui::theme::{ASCII, Colours, Theme, UNICODE};
use clap::{CommandFactory as _, Parser as _};
use color_eyre::eyre::{self, WrapErr as _};
use futures::future::Either;
use jiff::Timestamp;

/// How long the dashboard may take to leave on a signal; a terminal that takes no more bytes holds it.
const GRACE: Duration = Duration::from_millis(40);

/// Runs the program with the arguments of the process; the code that it is to exit with.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    // Every HTTPS client of the process finds its cryptography here; nothing else may be chosen later.
    drop(rustls::crypto::ring::default_provider().install_default());
    let ended = report::install(settings::state_folder()).and_then(|()| run(cli));
    let exit = match ended {
        Ok(exit) => exit,
        Err(report) => {
            let exit = report.downcast_ref::<Stop>().map_or(Exit::Other, |stop| stop.0);
            tracing::error!("{report:#}");
            // There may be nobody to tell.
            let _ = writeln!(io::stderr(), "{report:?}");
            exit
        }
    };
    ExitCode::from(exit.code())
}

/// Marks a report with the exit code that it leads to.
#[derive(Debug, thiserror::Error)]
#[error("{1}")]
struct Stop(Exit, String);

fn stop(exit: Exit, why: impl Into<String>) -> eyre::Report {
    Stop(exit, why.into()).into()
}

fn run(cli: Cli) -> eyre::Result<Exit> {
    match cli.command {
        Some(Command::Generate(what)) => generate(&what),
        Some(Command::Simulate(args)) => simulate(&args),
        Some(Command::Queries(args)) => queries(args.out.as_deref()),
        Some(Command::Sweep(args)) => {
            Errand::open(&args.at)?.run(async |ready, out| headless::sweep::run(ready, &args, out).await)
        }
        Some(Command::Guard(args)) => Errand::open(&args.at)?
            .run(async |ready, out| headless::guard::run(ready, &args, out, signalled()).await),
        Some(Command::Impact(args)) => Errand::open(&args.at)?
            .run(async |ready, out| headless::evidence::impact(ready, &args, out).await),
        Some(Command::Readiness(args)) => Errand::open(&args.at)?
            .run(async |ready, out| headless::evidence::readiness(ready, &args, out).await),
        Some(Command::Rules(args)) => Errand::open(&args.evidence.at)?
            .run(async |ready, out| headless::evidence::rules(ready, &args, out).await),
        Some(Command::Whatif(args)) => {
            Errand::open(&args.at)?.run(async |ready, out| headless::whatif::run(ready, &args, out).await)
        }
        Some(Command::Coverage(args)) => {
            Errand::open(&args)?.run(async |ready, out| headless::coverage::run(ready, &args, out).await)
        }
        Some(Command::Tail(args)) => Errand::open(&args.at)?
            .run(async |ready, out| headless::tail::run(ready, &args, out, signalled()).await),
        None => dashboard(cli),
    }
}

fn generate(what: &Generate) -> eyre::Result<Exit> {
    let mut text = Vec::new();
    match what {
        Generate::Man => clap_mangen::Man::new(Cli::command()).render(&mut text)?,
        Generate::Completions { shell } => {
            clap_complete::generate(*shell, &mut Cli::command(), "nsp", &mut text);
        }
        Generate::Keys => text.extend_from_slice(bindings::markdown().as_bytes()),
    }
    printed(&text)
}

fn printed(text: &[u8]) -> eyre::Result<Exit> {
    match io::stdout().write_all(text) {
        // The reader has had enough.
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => Ok(Exit::Done),
        other => other.map(|()| Exit::Done).wrap_err("standard output cannot be written"),
    }
}

fn queries(out: Option<&Path>) -> eyre::Result<Exit> {
    let queries = query_texts();
    let Some(folder) = out else {
        let texts: Vec<&str> = queries.iter().map(|query| query.text.as_str()).collect();
        return printed(format!("{}\n", texts.join("\n\n")).as_bytes());
    };
    let failed = |e: io::Error, path: &Path| {
        stop(Exit::of(&e), format!("--out: {} cannot be written: {e}", path.display()))
    };
    fs::create_dir_all(folder).map_err(|e| failed(e, folder))?;
    for query in queries {
        let path = folder.join(format!("{}.kql", query.name));
        fs::write(&path, format!("{}\n", query.text)).map_err(|e| failed(e, &path))?;
    }
    Ok(Exit::Done)
}

fn simulate(args: &SimulateArgs) -> eyre::Result<Exit> {
    let timing = if args.realistic { sim::Timing::REALISTIC } else { sim::Timing::DEMO };
    let options = sim::Options {
        listen: args.listen,
        scenario: sim::Scenario::parse(&args.scenario),
        scale: args.scale,
        history: args.history,
        rate: args.rate,
        seed: args.seed,
        timing,
    };
    tokio_runtime()?.block_on(async {
        let sim = Sim::start(options)
            .await
            .map_err(|e| stop(Exit::of(&e), format!("the simulator cannot start on {}: {e}", args.listen)))?;
        // Whoever has read the line may tell it to stop at once.
        let told = left_by_signal()?;
        writeln!(io::stdout(), "simulating Azure on {}", sim.url())?;
        told.await;
        Ok(Exit::Done)
    })
}

/// What a command without a screen works with.
struct Errand {
    runtime: tokio::runtime::Runtime,
    /// Goes on for as long as the command runs.
    _world: Option<Sim>,
    ready: Ready,
}

/// A failure of a command without a screen, as the process tells it.
fn failed(exit: Exit, failure: &Failure) -> eyre::Report {
    stop(exit, format!("{}: {}. {}", failure.title, failure.detail, failure.hint))
}

impl Errand {
    fn open(at: &HeadlessArgs) -> eyre::Result<Self> {
        let state = settings::state_folder();
        if let Some(folder) = &state {
            // Without a log the command does its work all the same.
            drop(report::log_to(&folder.join("nsp.log"), LogLevel::Info));
        }
        let journal = journal(state.as_ref()).map_err(|f| failed(Exit::Denied, &f))?;
        let runtime = tokio_runtime()?;
        let (world, made) = runtime.block_on(async {
            let (world, sessions) = open((&at.session, &at.demo), Settings::default().tail).await?;
            // There is nobody to be told of retries.
            let (outbox, _) = runtime::channel();
            let made = sessions.to(&sessions.place(), &outbox).map_err(|f| stop(Exit::SignIn, f.detail))?;
            Ok::<_, eyre::Report>((world, made))
        })?;
        if let Some(tokens) = made.tokens {
            let events = tokens.events();
            runtime.spawn(headless::sign_in::tell(tokens, events, io::stderr()));
        }
        let (only, perimeter) = (at.session.subscriptions.clone(), at.session.perimeter.clone());
        let ready = Ready { client: made.client, journal, only, perimeter, tail: made.pace };
        Ok(Self { runtime, _world: world, ready })
    }

    fn run<F>(self, command: F) -> eyre::Result<Exit>
    where
        F: AsyncFnOnce(Ready, &mut (dyn io::Write + Send)) -> Result<Exit, Failure>,
    {
        let ended = self.runtime.block_on(command(self.ready, &mut io::stdout()));
        ended.map_err(|f| failed(Exit::Other, &f))
    }
}

/// Ends when the process is told to leave, from the time of this call on.
fn signalled() -> impl Future<Output = ()> + Send {
    match left_by_signal() {
        Ok(told) => Either::Left(told),
        // Without signals there is nothing to wait for.
        Err(_) => Either::Right(std::future::pending()),
    }
}

fn tokio_runtime() -> io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()
}

fn dashboard(cli: Cli) -> eyre::Result<Exit> {
    let settings =
        Settings::load(cli.files.config.as_deref()).map_err(|e| stop(Exit::Usage, e.to_string()))?;
    let keymap = Keymap::with(&settings.keys()).map_err(|mistakes| {
        stop(Exit::Usage, format!("[keys] of the settings file is wrong:\n{}", mistakes.join("\n")))
    })?;
    let state = settings::state_folder();
    let log_trouble = begin_log(&cli, state.as_ref())?;
    let mouse = settings.mouse && !cli.screen.no_mouse;
    let runtime = tokio_runtime()?;
    let kept = journal(state.as_ref()).ok();
    let (left, endpoint) = runtime.block_on(async {
        let (outbox, inbox) = runtime::channel();
        // Keeps the simulated world running as long as the dashboard.
        let (_world, sessions) = open((&cli.session, &cli.demo), settings.tail).await?;
        let place = sessions.place();
        let made = sessions.to(&place, &outbox).map_err(|failure| stop(Exit::SignIn, failure.detail))?;
        // Simulated subscriptions are nobody's favourites in Azure.
        let file = if cli.demo.demo { "scopes-simulated.toml" } else { "scopes.toml" };
        let kept = state.as_ref().map(|folder| folder.join(file));
        if let Some(trouble) = log_trouble {
            outbox.send(Msg::Notice(Err(trouble)));
        }
        let scopes = scopes(&cli, &sessions, kept.as_deref(), &outbox);
        let endpoint = crate::guard::endpoint(made.client.session());
        let model = Model::new(Start {
            label: made.client.session().label().to_owned(),
            simulated: cli.demo.demo,
            writable: cli.session.write || cli.demo.demo,
            portal: made.portal,
            perimeter: cli.session.perimeter,
            address_page: settings.public_address.clone(),
            scopes,
            keymap,
            periods: Periods { perimeters: settings.refresh, shown: settings.refresh },
            now: Timestamp::now(),
        });
        let tools = Tools {
            client: made.client,
            tokens: made.tokens,
            journal: journal(state.as_ref()),
            desktop: Desktop::from_environment(state),
            only: cli.session.subscriptions,
            pace: made.pace,
            place,
            connect: sessions.connect(),
            scopes: kept,
        };
        let theme = theme(settings.theme, cli.screen.ascii);
        let mut terminal = Terminal::open(mouse)
            .map_err(|e| stop(Exit::Terminal, format!("nsp needs a terminal to draw on: {e}")))?;
        let gone = terminal.gone();
        let executor = Executor::new(tools, outbox);
        let left = watched(Runtime::new(terminal, model, theme, executor, inbox), gone).await;
        Ok::<_, eyre::Report>((left, endpoint))
    })?;
    runtime::restore_terminal();
    // What still hangs in a request or a look-up of a name does not hold anybody up.
    runtime.shutdown_background();
    tracing::info!(?left, "left");
    if let Some(text) = kept.and_then(|journal| crate::guard::abandoned(&journal, &endpoint)) {
        tracing::warn!("{text}");
        // The terminal may be gone.
        drop(writeln!(io::stderr(), "{text}"));
    }
    Ok(Exit::Done)
}

/// What is shown at first, and what was kept of earlier runs.
fn scopes(cli: &Cli, sessions: &Sessions, kept: Option<&Path>, out: &Outbox) -> Scopes {
    let only = cli.session.subscriptions.iter().map(|name| Named::new(name, "")).collect();
    let mut scopes = Scopes {
        now: Selection { place: sessions.place(), only },
        clouds: sessions.clouds(),
        ..Scopes::default()
    };
    if let Some(path) = kept {
        match crate::scopes::load(path) {
            Ok(kept) => scopes.kept = kept,
            Err(e) => {
                let detail = format!("{}: {e}", path.display());
                let failure = Failure::new(FailureKind::Refused, "Favourite scopes cannot be read", detail);
                out.send(Msg::Notice(Err(failure)));
            }
        }
    }
    scopes
}

/// Runs the dashboard, but not longer than [`GRACE`] after a signal to leave or the loss of the terminal.
async fn watched(mut dashboard: Runtime<Terminal>, gone: impl Future<Output = ()>) -> Left {
    let told = signalled();
    let dashboard = tokio::spawn(async move { dashboard.run().await });
    let stuck = async {
        tokio::select! {
            () = told => {}
            () = gone => {}
        }
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        left = dashboard => left.unwrap_or(Left::Lost),
        () = stuck => Left::Signal,
    }
}

#[cfg(unix)]
fn left_by_signal() -> io::Result<impl Future<Output = ()> + Send> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut term = signal(SignalKind::terminate())?;
    let mut int = signal(SignalKind::interrupt())?;
    let mut hup = signal(SignalKind::hangup())?;
    Ok(async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
            _ = hup.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn left_by_signal() -> io::Result<impl Future<Output = ()> + Send> {
    let mut told = tokio::signal::windows::ctrl_c()?;
    Ok(async move { drop(told.recv().await) })
}

/// Begins the log. Trouble with the usual file is told in the dashboard; with a named one, at once.
fn begin_log(cli: &Cli, state: Option<&PathBuf>) -> eyre::Result<Option<Failure>> {
    let level = cli.files.log_level;
    if let Some(path) = &cli.files.log_file {
        report::log_to(path, level).map_err(|e| {
            stop(Exit::of(&e), format!("--log-file {} cannot be written: {e}", path.display()))
        })?;
        return Ok(None);
    }
    let Some(path) = state.map(|folder| folder.join("nsp.log")) else { return Ok(None) };
    let trouble = report::log_to(&path, level).err();
    Ok(trouble.map(|e| {
        let detail = format!("{}: {e}", path.display());
        Failure::new(FailureKind::Refused, "There is no log", detail)
            .hint("Name another file with --log-file.")
    }))
}

fn journal(state: Option<&PathBuf>) -> Result<Arc<Journal>, Failure> {
    let trouble = |detail: String| {
        Failure::new(FailureKind::Refused, "The journal of writes cannot be used", detail)
            .hint("Nothing is written to Azure without it; reading works.")
    };
    let path = state.ok_or_else(|| trouble("there is no state folder".to_owned()))?.join("journal.jsonl");
    let journal = Journal::open(&path).map_err(|e| trouble(format!("{}: {e}", path.display())))?;
    Ok(Arc::new(journal))
}

fn theme(choice: ThemeChoice, ascii: bool) -> Theme {
    let colours = match choice {
        ThemeChoice::Auto if without_colours() => Colours::None,
        ThemeChoice::Auto | ThemeChoice::Sixteen => Colours::Sixteen,
        ThemeChoice::None => Colours::None,
    };
    Theme { colours, signs: if ascii { ASCII } else { UNICODE } }
}

/// As <https://no-color.org> has it, and terminals that say they can do nothing.
fn without_colours() -> bool {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    set("NO_COLOR").is_some() || set("TERM").is_some_and(|term| term == "dumb")
}

/// Starts the simulated world if there is to be one, and says how sessions are made. Nothing is sent yet.
async fn open(
    (session, demo): (&SessionArgs, &DemoArgs),
    tail: Duration,
) -> eyre::Result<(Option<Sim>, Sessions)> {
    let sessions = |way| Sessions::new(way, session.clone(), tail);
    if demo.demo {
        let options = sim::Options {
            listen: ([127, 0, 0, 1], 0).into(),
            scenario: sim::Scenario::parse(&demo.scenario),
            scale: demo.scale,
            history: demo.history,
            rate: demo.rate,
            seed: demo.seed,
            timing: sim::Timing::DEMO,
        };
        let sim = Sim::start(options).await.map_err(|e| {
            stop(Exit::of(&e), format!("--scenario {} cannot be simulated: {e}", demo.scenario))
        })?;
        let sessions = sessions(Way::Simulated(sim.url().to_owned()));
        return Ok((Some(sim), sessions));
    }
    let way = Environment::process().get("NSP_TOKEN").map_or(Way::SignedIn, Way::Token);
    Ok((None, sessions(way)))
}
