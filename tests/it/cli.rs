//! The command line of the real binary: texts, refusals, exit codes.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output, Stdio};

/// The binary in a home of its own, without a terminal.
fn nsp(home: &tempfile::TempDir, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nsp"));
    command.args(args).env_clear().stdin(Stdio::null());
    command.env("HOME", home.path()).env("PATH", "/usr/bin:/bin");
    command
}

fn run(args: &[&str]) -> Output {
    run_with(args, &[])
}

fn run_with(args: &[&str], env: &[(&str, &str)]) -> Output {
    let home = tempfile::tempdir().unwrap();
    nsp(&home, args).envs(env.iter().copied()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn help_and_version_are_for_people() {
    let help = text(&run(&["--help"]).stdout);
    for word in ["--demo", "--subscription", "--credential", "NSP_TOKEN", "Exit codes:", "101", "simulate"] {
        assert!(help.contains(word), "{word} is missing:\n{help}");
    }
    let version = run(&["--version"]);
    assert_eq!(text(&version.stdout), concat!("nsp ", env!("CARGO_PKG_VERSION"), "\n"));
    assert_eq!(version.status.code(), Some(0));
}

#[test]
fn each_refusal_has_its_code_and_names_its_cause() {
    let broken = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(broken.path(), "refersh = \"1m\"\n[keys]\n").unwrap();
    let broken_path = broken.path().to_str().unwrap();
    let keys = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(keys.path(), "[keys]\nquit = \"hyper-q\"\nfly = \"f\"\n").unwrap();
    let keys_path = keys.path().to_str().unwrap();
    let token: &[(&str, &str)] = &[("NSP_TOKEN", "secret-token")];
    let none: &[(&str, &str)] = &[];
    for (args, env, code, words) in [
        (vec!["--frobnicate"], none, 2, vec!["--frobnicate"]),
        (vec!["--demo", "--tenant", "x"], none, 2, vec!["--tenant", "--demo"]),
        (vec!["--config", broken_path], none, 2, vec![broken_path, "refersh"]),
        (vec!["--config", "/nonexistent.toml"], none, 2, vec!["/nonexistent.toml"]),
        (vec!["--config", keys_path], none, 2, vec!["hyper-q", "fly"]),
        (vec![], token, 3, vec!["NSP_TOKEN", "--endpoint"]),
        (vec!["--endpoint", "https://example.org"], token, 3, vec!["NSP_TOKEN"]),
        (vec!["--endpoint", "http://example.org"], none, 3, vec!["https"]),
        (vec!["--demo", "--scenario", "/nonexistent.json"], none, 5, vec!["--scenario", "/nonexistent.json"]),
        (vec!["--demo", "--log-file", "/proc/nsp.log"], none, 5, vec!["--log-file", "/proc/nsp.log"]),
        (vec!["--demo"], none, 7, vec!["terminal"]),
    ] {
        let output = run_with(&args, env);
        let err = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {err}");
        for word in words {
            assert!(err.contains(word), "{args:?} does not name {word}: {err}");
        }
        assert!(!err.contains('\x1b'), "colours without a terminal: {err:?}");
        assert!(!err.contains("secret-token"), "{err}");
    }
}

#[test]
fn texts_are_made_from_the_program_itself() {
    let man = text(&run(&["generate", "man"]).stdout);
    assert!(man.contains(".TH nsp") && man.contains("EXIT") | man.contains("Exit codes"), "{man}");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let completions = text(&run(&["generate", "completions", shell]).stdout);
        assert!(completions.contains("simulate"), "{shell}");
    }
    let keys = text(&run(&["generate", "keys"]).stdout);
    assert!(keys.contains("| ") && keys.contains("ctrl-c"), "{keys}");
}

#[cfg(unix)]
#[test]
fn the_log_goes_to_its_file_and_nowhere_else() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = tempfile::tempdir().unwrap();
    let output = nsp(&home, &["--demo"]).output().unwrap();
    assert!(output.stdout.is_empty());
    let log = home.path().join(".local/state/nsp/nsp.log");
    assert!(std::fs::read_to_string(&log).unwrap().contains("terminal"));
    for (path, mode) in [(log.as_path(), 0o600), (log.parent().unwrap(), 0o700)] {
        assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, mode);
    }
}

#[cfg(unix)]
#[test]
fn the_simulator_serves_others_until_it_is_told_to_stop() {
    let home = tempfile::tempdir().unwrap();
    let mut child =
        nsp(&home, &["simulate", "--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().rsplit("http://").next().unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(b"GET /_sim/requests HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn an_address_in_use_is_said_so() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = run(&["simulate", "--listen", &address]);
    assert_eq!(output.status.code(), Some(6));
    assert!(text(&output.stderr).contains(&address));
}

#[test]
fn queries_are_printed_or_written_to_a_folder() {
    let printed = text(&run(&["queries"]).stdout);
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("new/queries");
    assert_eq!(run(&["queries", "--out", out.to_str().unwrap()]).status.code(), Some(0));
    let mut files = 0;
    for file in std::fs::read_dir(&out).unwrap() {
        let path = file.unwrap().path();
        assert_eq!(path.extension().unwrap(), "kql");
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("// nsp ") && printed.contains(text.trim_end()), "{}", path.display());
        files += 1;
    }
    assert_eq!(files, printed.lines().filter(|line| line.starts_with("// nsp ")).count());
    let refused = run(&["queries", "--out", "/proc/queries"]);
    assert_eq!(refused.status.code(), Some(5));
    assert!(text(&refused.stderr).contains("/proc/queries"));
}
