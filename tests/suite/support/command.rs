//! Runs the real binary, and lets nothing of the machine's own environment reach it.

use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tempfile::TempDir;

use super::{Done, Graph, Running};

/// The token that every command has unless it says otherwise. It must appear in no output: each run checks it.
pub const MARKER: &str = "marker-4f1c9d-never-to-be-shown";

/// A command line to be run, once or several times, in a home directory of its own.
pub struct Hangup {
    home: TempDir,
    args: Vec<OsString>,
    env: Vec<(OsString, OsString)>,
    stdin: Vec<u8>,
    redirection: Option<&'static str>,
    setup: &'static str,
    detached: bool,
}

/// A command with a token in `HANGUP_TOKEN` and nothing else. What would leave the machine runs into a dead
/// proxy; loopback is never proxied.
pub fn hangup() -> Hangup {
    let home = TempDir::new().unwrap();
    let command = Hangup {
        home,
        args: vec![],
        env: vec![],
        stdin: vec![],
        redirection: None,
        setup: ":",
        detached: false,
    };
    command.env("HANGUP_TOKEN", MARKER).env("ALL_PROXY", "http://127.0.0.1:1")
}

/// Returns the ID of the `n`th call of a list.
pub fn call_id(n: usize) -> String {
    format!("57dab8b1-894c-409a-b240-{n:012}")
}

/// Returns a list of `count` calls, from `call_id(0)` on.
pub fn calls(count: usize) -> String {
    let ids: Vec<String> = (0..count).map(|n| call_id(n) + "\n").collect();
    ids.concat()
}

/// A token of an app in the tenant `tenant`.
pub fn app_token(app_id: &str) -> String {
    let claims = serde_json::json!({
        "aud": "https://graph.microsoft.com", "appid": app_id, "tid": "tenant", "exp": 4_000_000_000_u64,
        "idtyp": "app", "roles": ["Calls.Initiate.All"]
    });
    format!("eyJhbGciOiJub25lIn0.{}.c2ln", URL_SAFE_NO_PAD.encode(claims.to_string()))
}

impl Hangup {
    /// More arguments.
    pub fn args<A: Into<OsString>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Other arguments than before, in the same home.
    pub fn instead<A: Into<OsString>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.args.clear();
        self.args(args)
    }

    /// One more argument.
    pub fn arg(self, arg: impl Into<OsString>) -> Self {
        self.args([arg])
    }

    /// Sends its requests to a double.
    pub fn to(self, graph: &Graph) -> Self {
        self.args(["--base-url", &graph.base_url])
    }

    /// An environment variable.
    pub fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.env.retain(|(known, _)| known != name);
        self.env.push((name.into(), value.into()));
        self
    }

    /// Without `HANGUP_TOKEN`.
    pub fn no_token(mut self) -> Self {
        self.env.retain(|(known, _)| known != "HANGUP_TOKEN");
        self
    }

    /// What standard input holds; it is closed after that.
    pub fn stdin(mut self, text: impl Into<Vec<u8>>) -> Self {
        self.stdin = text.into();
        self
    }

    /// Runs behind a shell's redirection, such as `>&-`.
    pub fn redirect(mut self, redirection: &'static str) -> Self {
        self.redirection = Some(redirection);
        self
    }

    /// Runs in a shell after this, such as `ulimit -n 16`.
    pub fn after(mut self, setup: &'static str) -> Self {
        self.setup = setup;
        self.redirection.get_or_insert("");
        self
    }

    /// Runs in a session of its own, which has no terminal.
    pub fn detached(mut self) -> Self {
        self.detached = true;
        self
    }

    /// The config file at its usual place, which nobody else may read.
    pub fn config(self, text: &str) -> Self {
        self.file(".config/hangup/config.toml", text)
    }

    /// A file in the home directory, which is also the working directory.
    pub fn file(self, name: &str, text: impl AsRef<[u8]>) -> Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        self
    }

    /// Where a file of the home directory is.
    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// What a file of the home directory holds.
    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Runs it to its end.
    pub fn run(&self) -> Done {
        let mut running = self.spawn();
        running.write(&self.stdin);
        running.finish()
    }

    /// Starts it with standard input open.
    pub fn spawn(&self) -> Running {
        let mut command = self.command();
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Running::new(command.spawn().unwrap())
    }

    /// The command itself, with nothing said about its standard streams.
    pub fn command(&self) -> Command {
        let mut command = self.program();
        command.args(&self.args).env_clear().current_dir(self.home.path());
        command.env("HOME", self.home.path()).env("XDG_CONFIG_HOME", self.path(".config"));
        for kept in ["PATH", "LLVM_PROFILE_FILE"] {
            command.envs(std::env::var_os(kept).map(|value| (kept, value)));
        }
        command.envs(self.env.iter().cloned());
        command
    }

    fn program(&self) -> Command {
        let binary = env!("CARGO_BIN_EXE_hangup");
        if self.detached {
            let mut setsid = Command::new("setsid");
            setsid.arg("--wait").arg(binary);
            return setsid;
        }
        let Some(redirection) = self.redirection else { return Command::new(binary) };
        let mut shell = Command::new("/bin/sh");
        shell.arg("-c").arg(format!("{}; exec \"$0\" \"$@\" {redirection}", self.setup)).arg(binary);
        shell
    }
}
