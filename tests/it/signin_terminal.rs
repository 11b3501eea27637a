//! What is typed in the terminal stays with this program: a tool that tries to read it gets nothing.
//!
//! The scenario runs in a pseudo-terminal, as the foreground process of its own session, the way
//! the product runs under a shell: this test binary again.

use std::io::{BufRead, Read, Write};
use std::time::Duration;

use nsp::azure::credentials::{Audience, Cause, Environment, Kind};
use portable_pty::{CommandBuilder, PtySize, native_pty_system};

use crate::signin_support::{Tools, again, gone, is_child, line_in, provider, settings};

/// Tries standard input, then the terminal itself, from a grandchild; notes what it got.
const NOSY: &str = r#"cat > "$HERE/stdin"
export HERE
sh -c 'echo $$ > "$HERE/pid"; read -r line < /dev/tty; echo "got:$line" > "$HERE/tty"'
sleep 600"#;

#[test]
fn a_tool_cannot_read_what_is_typed() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    if is_child() {
        runtime.block_on(scenario());
        return;
    }
    let tools = Tools::new().install("az", NOSY);
    let path = format!("{}:/usr/bin:/bin", tools.path("").display());
    let vars = [("PATH", path.as_str()), ("NSP_TOKEN", "not-for-tools")];
    let (program, arguments, vars) = again("signin_terminal::a_tool_cannot_read_what_is_typed", &vars);
    let mut command = CommandBuilder::new(program);
    command.args(arguments);
    command.env_clear();
    for (name, value) in vars {
        command.env(name, value);
    }
    let pair = native_pty_system().openpty(PtySize::default()).unwrap();
    let mut child = pair.slave.spawn_command(command).unwrap();
    drop(pair.slave);
    let mut reader = pair.master.try_clone_reader().unwrap();
    let mut writer = pair.master.take_writer().unwrap();
    let screen = std::thread::spawn(move || {
        let mut seen = String::new();
        // The end of a pseudo-terminal is an error on Linux.
        let _ = reader.read_to_string(&mut seen);
        seen
    });
    // The tool is about to read the terminal; whatever is typed now must reach the program instead.
    let pid = runtime.block_on(line_in(&tools.path("pid")));
    // A second line, so that the program has something to read even if the tool took the first.
    writer.write_all(b"typed-by-a-person\nsecond-line\n").unwrap();
    let status = child.wait().unwrap();
    drop((writer, pair.master));
    let seen = screen.join().unwrap();
    assert!(status.success() && seen.contains("1 passed"), "{seen}");
    assert!(seen.contains("the program read: typed-by-a-person"), "{seen}");
    assert_eq!(std::fs::read(tools.path("stdin")).unwrap(), b"");
    assert!(!tools.path("tty").exists(), "the tool read the terminal");
    runtime.block_on(gone(&pid));
}

/// In the pseudo-terminal: asks for a token, and reads the keyboard once the tool has been ended.
async fn scenario() {
    let mut with = settings(Kind::AzureCli, Environment::process()).await;
    with.limits.tool = Duration::from_secs(3);
    let failure = provider(with).token(Audience::Management).await.unwrap_err();
    assert_eq!(failure.cause(), Some(Cause::TimedOut));
    let line = std::io::stdin().lock().lines().next().unwrap().unwrap();
    println!("the program read: {line}");
}
