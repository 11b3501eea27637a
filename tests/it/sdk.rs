//! The official Python SDK against the simulator. It needs a Python that has the SDK: where none is named the test says
//! that it did not run, and fails in CI.

use std::process::Stdio;
use std::time::Duration;

use nsp::sim::{Named, Options, Timing};
use tokio::process::Command;

use crate::support::harness::Harness;

/// Names the Python interpreter that has `tests/sdk/requirements.txt` installed.
const PYTHON: &str = "NSP_SDK_PYTHON";

#[tokio::test]
async fn the_official_sdk_finds_what_it_expects() {
    let Some(python) = std::env::var_os(PYTHON) else {
        let why = format!("{PYTHON} names no Python that has tests/sdk/requirements.txt");
        assert!(std::env::var_os("CI").is_none(), "the official SDK cannot run in CI: {why}");
        eprintln!("SKIPPED the official SDK: {why}");
        return;
    };
    // Long enough that its pollers have to poll.
    let timing = Timing { operation: Duration::from_millis(300), ..Timing::INSTANT };
    let options = Options { timing, ..Options::instant(Named::Empty) };
    let harness = Harness::start("the official SDK", options).await;
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/sdk/conformance.py");
    let child = Command::new(python)
        .args([script, harness.proxy.url().as_str()])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let limit = Duration::from_secs(60);
    let done =
        tokio::time::timeout(limit, child.wait_with_output()).await.expect("done in a minute").unwrap();
    let told = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    println!("{}", told(&done.stdout));
    assert!(done.status.success(), "{}\n{}", told(&done.stdout), told(&done.stderr));
    // What the simulator answers to a foreign client keeps to the documents as well.
    assert!(harness.proxy.judge().answers().is_empty(), "{}", harness.proxy.judge().answers().join("\n"));
}
