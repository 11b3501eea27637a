//! Runs `az` and `azd` so that they can neither hear the terminal nor outlive their purpose.
//!
//! `azure_identity` runs `/bin/sh -c "cd /bin && az account get-access-token …"`, so the shell finds
//! the tool on the `PATH` (relative entries start from `/bin`, not from the user's folder) and the
//! real work is done by grandchildren. Hence:
//!
//! * standard input is `/dev/null`;
//! * the shell leads a process group of its own. That is a *background* group of the terminal, and
//!   the kernel stops a background process that reads from `/dev/tty` (`SIGTTIN`) before it gets a
//!   single byte: no key that the user types for this program can reach a tool's hidden prompt. A
//!   session of its own would refuse `/dev/tty` outright, but takes code between fork and exec that
//!   only `unsafe` can add. A stopped tool simply runs into the time limit;
//! * time and output are bounded, and at the end of either the whole *group* is killed: killing the
//!   shell alone would leave the tool running.
//!
//! Must not interpret what a tool prints.

use std::ffi::OsStr;
use std::io;
use std::pin::pin;
use std::process::{Output, Stdio};
use std::time::Duration;

use azure_identity::Executor;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::environment::{Environment, OWN_TOKEN};

/// The most that a tool may print, per stream, in bytes; a token takes some thousands.
const MAX_OUTPUT: usize = 256 * 1024;

/// How long a pipe may stay open after the tool itself has gone.
const LINGER: Duration = Duration::from_millis(500);

/// Runs one command at a time limit, in a process group of its own, deaf to the terminal.
#[derive(Debug, Clone)]
pub(super) struct GroupExecutor {
    environment: Environment,
    limit: Duration,
}

impl GroupExecutor {
    pub(super) fn new(environment: Environment, limit: Duration) -> Self {
        Self { environment, limit }
    }
}

#[async_trait::async_trait]
impl Executor for GroupExecutor {
    async fn run(&self, program: &OsStr, args: &[&OsStr]) -> io::Result<Output> {
        let mut command = Command::new(program);
        command.args(args);
        if let Some(vars) = self.environment.replacement() {
            command.env_clear().envs(vars);
        }
        command
            .env_remove(OWN_TOKEN)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        let child = command.spawn()?;
        let group = Group::led_by(&child);
        timeout(self.limit, collect(child, group)).await.unwrap_or_else(|_| {
            let text = format!("no answer within {:?}", self.limit);
            Err(io::Error::new(io::ErrorKind::TimedOut, text))
        })
    }
}

/// Kills a process group when dropped, unless it is known to have ended by itself.
struct Group(Option<Pid>);

impl Group {
    fn led_by(child: &Child) -> Self {
        Self(child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw))
    }

    fn has_ended(mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(leader) = self.0 {
            // An error means that nobody is left in the group, which is what was wanted.
            let _ = kill_process_group(leader, Signal::KILL);
        }
    }
}

/// Waits for the end of the child and of its output. `group` stays armed on every early way out,
/// cancellation included.
async fn collect(mut child: Child, group: Group) -> io::Result<Output> {
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let status = {
        let mut drained = pin!(futures::future::try_join(drain(out, &mut stdout), drain(err, &mut stderr)));
        tokio::select! {
            status = child.wait() => {
                // A descendant that keeps the pipe open after the tool is done is not waited for.
                if let Ok(drained) = timeout(LINGER, drained).await {
                    drained?;
                    group.has_ended();
                }
                status?
            }
            done = &mut drained => {
                done?;
                let status = child.wait().await?;
                group.has_ended();
                status
            }
        }
    };
    Ok(Output { status, stdout, stderr })
}

async fn drain(pipe: Option<impl AsyncRead + Unpin>, into: &mut Vec<u8>) -> io::Result<()> {
    let Some(pipe) = pipe else { return Ok(()) };
    pipe.take(MAX_OUTPUT as u64 + 1).read_to_end(into).await?;
    if into.len() > MAX_OUTPUT {
        return Err(io::Error::other(format!("printed more than {MAX_OUTPUT} bytes")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn shell(script: &str, limit: Duration) -> io::Result<Output> {
        let environment = Environment::fixed([("PATH", "/usr/bin:/bin"), (OWN_TOKEN, "hush")]);
        let args = [OsStr::new("-c"), OsStr::new(script)];
        GroupExecutor::new(environment, limit).run(OsStr::new("/bin/sh"), &args).await
    }

    const AMPLE: Duration = Duration::from_secs(20);

    #[tokio::test]
    async fn both_streams_and_the_status_come_back() {
        let output = shell("echo out; echo err >&2; exit 3", AMPLE).await.unwrap();
        assert_eq!((output.stdout.as_slice(), output.stderr.as_slice()), (&b"out\n"[..], &b"err\n"[..]));
        assert_eq!(output.status.code(), Some(3));
    }

    #[tokio::test]
    async fn standard_input_is_empty_and_our_own_token_is_kept_back() {
        let output = shell("cat; echo \"[$NSP_TOKEN]\"", AMPLE).await.unwrap();
        assert_eq!(output.stdout, b"[]\n");
    }

    #[tokio::test]
    async fn a_flood_is_cut_off() {
        let error = shell("while :; do echo flood; done", AMPLE).await.unwrap_err();
        assert!(error.to_string().contains("printed more than"), "{error}");
    }

    #[tokio::test]
    async fn a_descendant_that_holds_the_pipe_is_neither_awaited_nor_left_behind() {
        let output = shell("sleep 600 & echo $!", AMPLE).await.unwrap();
        let pid: i32 = String::from_utf8(output.stdout).unwrap().trim().parse().unwrap();
        wait_until_gone(pid).await;
    }

    #[tokio::test]
    async fn the_time_limit_ends_grandchildren_too() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pid");
        let script = format!("sh -c 'echo $$ > {}; sleep 600' ; true", file.display());
        let error = shell(&script, Duration::from_secs(2)).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        let pid: i32 = std::fs::read_to_string(file).unwrap().trim().parse().unwrap();
        wait_until_gone(pid).await;
    }

    /// The kernel buries the dead in its own time; a zombie counts as gone.
    async fn wait_until_gone(pid: i32) {
        let alive = || {
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            stat.rsplit(')')
                .next()
                .is_some_and(|rest| !rest.is_empty() && !rest.trim_start().starts_with('Z'))
        };
        let gone = async {
            while alive() {
                tokio::task::yield_now().await;
            }
        };
        timeout(AMPLE, gone).await.expect("the process is still there");
    }
}
