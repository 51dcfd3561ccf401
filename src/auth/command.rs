//! `token_command`: a program that prints a token.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use secrecy::zeroize::Zeroizing;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};

use super::error::TokenError;
use crate::model::token::Token;
use crate::text;

/// How long the command may take.
const TIMEOUT: Duration = Duration::from_secs(30);
/// The time that the command's output may take once the command has exited.
const PIPE_GRACE: Duration = Duration::from_secs(1);
/// More than any token, or any JSON document around one.
const MAX_OUTPUT: usize = 64 * 1024;
/// How much of what a failed command said is passed on, in characters.
const MAX_SAID: usize = 1000;

/// Runs the command and takes the token that it prints. Dropping the future ends its whole process group.
pub(super) async fn run(argv: &[String], origin: &str) -> Result<Token, TokenError> {
    let name = describe(argv, origin);
    let (mut child, mut group) = spawn(argv).map_err(|e| {
        TokenError::denied(format!("{name} cannot be run: {e}"))
            .hint("it is run as a list of arguments, without a shell; is the program installed and on PATH?")
    })?;
    let mut said = Vec::new();
    let finished = tokio::time::timeout(TIMEOUT, finish(&mut child, &mut said)).await;
    match finished {
        Err(_) => Err(failed(&format!("{name} did not end within 30 s and was stopped"), &said)),
        Ok(Err(e)) => Err(TokenError::denied(format!("{name} cannot be followed: {e}"))),
        Ok(Ok((status, output))) => {
            group.ended();
            let token = token_in(&output, &name);
            // Parsed before the error is made, so that a token in the output is known as a secret.
            if status.success() {
                return token;
            }
            Err(failed(&format!("{name} failed with {}", end_of(status)), &said))
        }
    }
}

/// The command as a message calls it: where it stands and its program, never its arguments.
fn describe(argv: &[String], origin: &str) -> String {
    let program = argv.first().map_or("", String::as_str);
    format!("{} (`{}`)", text::clean(origin, text::MAX_SHOWN), text::clean(program, 80))
}

/// What a failed command said on standard error goes along.
fn failed(what: &str, said: &[u8]) -> TokenError {
    let said = text::clean(&String::from_utf8_lossy(said), MAX_SAID);
    TokenError::denied(if said.is_empty() { what.to_owned() } else { format!("{what}: {said}") })
}

fn end_of(status: ExitStatus) -> String {
    // A process that a signal ended has no exit code; its own text names the signal.
    status.code().map_or_else(|| status.to_string(), |code| format!("exit code {code}"))
}

fn spawn(argv: &[String]) -> std::io::Result<(Child, Group)> {
    let (program, arguments) =
        argv.split_first().ok_or_else(|| std::io::Error::other("the list of arguments is empty"))?;
    let mut command = Command::new(program);
    // No standard input: it may be the list of calls.
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.kill_on_drop(true);
    #[cfg(unix)]
    command.process_group(0);
    let child = command.spawn()?;
    let group = Group::of(&child);
    Ok((child, group))
}

/// Waits for the command, and collects its standard error in `said` even if the future is dropped before the end.
async fn finish(child: &mut Child, said: &mut Vec<u8>) -> std::io::Result<(ExitStatus, Zeroizing<Vec<u8>>)> {
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    // Full size at once: a buffer that grows leaves copies of the token behind.
    let mut output = Zeroizing::new(Vec::with_capacity(MAX_OUTPUT + 1));
    let status = {
        let reading =
            async { tokio::join!(read(stdout, &mut output, MAX_OUTPUT + 1), read(stderr, said, MAX_OUTPUT)) };
        tokio::pin!(reading);
        tokio::select! {
            (output, error) = &mut reading => {
                output?;
                error?;
                child.wait().await?
            }
            status = child.wait() => {
                // A background child may hold the pipes open; whatever the command printed is in them by now.
                if let Ok((output, error)) = tokio::time::timeout(PIPE_GRACE, reading).await {
                    output?;
                    error?;
                }
                status?
            }
        }
    };
    Ok((status, output))
}

/// Reads up to `limit` bytes and drains the rest, so that a full pipe does not block the command.
async fn read(from: Option<impl AsyncRead + Unpin>, into: &mut Vec<u8>, limit: usize) -> std::io::Result<()> {
    let Some(mut from) = from else { return Ok(()) };
    (&mut from).take(limit as u64).read_to_end(into).await?;
    tokio::io::copy(&mut from, &mut tokio::io::sink()).await.map(|_| ())
}

fn token_in(output: &[u8], name: &str) -> Result<Token, TokenError> {
    let bad = |why: &str| TokenError::denied(format!("{name} printed no token: {why}"));
    if output.len() > MAX_OUTPUT {
        return Err(bad("it printed more than 64 KiB"));
    }
    let text = std::str::from_utf8(output).map_err(|_| bad("its output is not UTF-8"))?;
    match in_json(text) {
        Some(token) => Token::parse(&token),
        None => Token::parse(text),
    }
    .map_err(|e| bad(&e.to_string()))
}

/// The Azure CLI prints a JSON document unless asked otherwise, and so do most token endpoints: the
/// token in `accessToken` or `access_token`, or a quoted one, is taken from it.
fn in_json(text: &str) -> Option<Zeroizing<String>> {
    #[derive(serde::Deserialize)]
    #[serde(untagged)]
    enum Printed {
        Quoted(String),
        Document {
            #[serde(alias = "accessToken")]
            access_token: String,
        },
    }
    let (Printed::Quoted(token) | Printed::Document { access_token: token }) =
        serde_json::from_str(text.trim()).ok()?;
    Some(Zeroizing::new(token))
}

/// The command's process group, ended when this is dropped before the command was.
struct Group {
    #[cfg(unix)]
    leader: Option<rustix::process::Pid>,
}

#[cfg(unix)]
impl Group {
    fn of(child: &Child) -> Self {
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        Self { leader: id.and_then(rustix::process::Pid::from_raw) }
    }

    /// The command has ended by itself: its number may be another's by now.
    fn ended(&mut self) {
        self.leader = None;
    }
}

#[cfg(unix)]
impl Drop for Group {
    fn drop(&mut self) {
        if let Some(leader) = self.leader {
            // It fails only where nobody is left in the group, and then there is nothing to do.
            let _ = rustix::process::kill_process_group(leader, rustix::process::Signal::KILL);
        }
    }
}

#[cfg(not(unix))]
impl Group {
    /// There are no process groups here: `kill_on_drop` ends the command itself.
    fn of(_: &Child) -> Self {
        Self {}
    }

    fn ended(&mut self) {}
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn background_child_that_holds_the_pipe_costs_one_second() {
        let start = std::time::Instant::now();
        let token = sh("sleep 20 & echo abc").await.unwrap();
        assert_eq!(token.expose(), "abc");
        assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    }

    #[tokio::test]
    async fn failed_command_does_not_show_the_token_it_printed() {
        let error = sh("echo secret-token-12345; echo secret-token-12345 >&2; exit 1").await.unwrap_err();
        assert!(!error.message.contains("secret-token"), "{error}");
    }

    async fn sh(script: &str) -> Result<Token, TokenError> {
        run(&["sh".to_owned(), "-c".to_owned(), script.to_owned()], "config.toml: token_command").await
    }

    async fn message(script: &str) -> String {
        sh(script).await.unwrap_err().message
    }

    #[tokio::test]
    async fn a_token_is_taken_as_text_or_out_of_json() {
        for script in [
            "echo abc.def",
            "printf 'Bearer abc.def\r\n'",
            "echo '\"abc.def\"'",
            r#"echo '{"accessToken": "abc.def", "expiresOn": "2030-01-01"}'"#,
            r#"echo '{"access_token": "abc.def", "expires_in": 3599}'"#,
            "echo noise >&2; echo abc.def",
            "cat; echo abc.def",
        ] {
            assert_eq!(sh(script).await.unwrap().expose(), "abc.def", "{script}");
        }
    }

    #[tokio::test]
    async fn a_failed_command_gives_its_exit_code_and_what_it_said() {
        let said = message("echo 'run az login\x1b[0m' >&2; echo again >&2; exit 3").await;
        assert_eq!(said, "config.toml: token_command (`sh`) failed with exit code 3: run az login[0m again");
        assert!(message("kill -9 $$").await.contains("signal: 9"));
    }

    #[tokio::test]
    async fn what_is_no_token_is_not_shown() {
        for script in ["true", "echo secret secret", "echo '{\"secret\": 1}'", "yes secret | head -c 100000"]
        {
            let said = message(script).await;
            assert!(said.contains("printed no token") && !said.contains("secret"), "{said}");
        }
    }

    #[tokio::test]
    async fn a_command_that_is_not_there_is_explained() {
        let error = run(&["/no/such/program".to_owned()], "c").await.unwrap_err();
        assert!(error.message.starts_with("c (`/no/such/program`) cannot be run"), "{error}");
        assert!(error.hint.is_some());
        assert!(run(&[], "c").await.is_err());
    }

    #[tokio::test]
    async fn dropping_the_future_ends_the_whole_process_group() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("pid");
        let script = format!("sleep 100 & echo $! > {f}.new; mv {f}.new {f}; wait", f = file.display());
        let mut running = Box::pin(sh(&script));
        let grandchild = loop {
            let pause = std::time::Duration::from_millis(10);
            assert!(tokio::time::timeout(pause, &mut running).await.is_err());
            if let Ok(pid) = std::fs::read_to_string(&file) {
                break pid.trim().to_owned();
            }
        };
        drop(running);
        wait_until_gone(&grandchild).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_command_that_does_not_end_is_stopped() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("pid");
        let said = message(&format!("echo busy >&2; sleep 100 & echo $! > {}; wait", file.display())).await;
        assert!(said.contains("did not end within 30 s"), "{said}");
    }

    /// Waits until the process has ended; as a zombie it has ended too.
    async fn wait_until_gone(pid: &str) {
        for _ in 0..500 {
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            if stat.rsplit(')').next().is_none_or(|s| s.is_empty() || s.starts_with(" Z")) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("process {pid} lives on");
    }
}
