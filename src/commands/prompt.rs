//! `-i`: shows what would be done and asks on the terminal itself, whatever the standard streams are.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};

use super::blocking;
use crate::input::QueuedCall;
use crate::model::call::AppId;
use crate::run::CallList;
use crate::run::shutdown::Shutdown;
use crate::settings::{Action, CommandError};
use crate::text::format_duration;
use crate::text::{counted, shown};

#[cfg(unix)]
const TERMINAL: &str = "/dev/tty";
#[cfg(not(unix))]
const TERMINAL: &str = "CON";

/// What the question is about.
pub(super) struct Question<'a> {
    pub list: &'a CallList,
    pub action: Action,
    pub base_url: &'a str,
    pub app_id: Option<&'a AppId>,
}

/// Asks whether to go on.
///
/// # Errors
/// Any answer but yes, no terminal to ask on, or a stop meanwhile: nothing is to be sent then.
pub(super) async fn ask(question: &Question<'_>, shutdown: &Shutdown) -> Result<(), CommandError> {
    let text = question.text();
    let asking = blocking::spawn("prompt", move || ask_terminal(&text)).map_err(|error| {
        CommandError::usage(format!("-i: cannot start a thread: {error}; nothing was sent"))
    })?;
    let answer = tokio::select! {
        answer = asking => answer,
        () = shutdown.draining() => {
            let message = "stopped at the question; nothing was sent".to_owned();
            return Err(CommandError { message, exit: shutdown.exit() });
        }
    };
    match answer {
        Ok(Ok(true)) => Ok(()),
        Ok(Ok(false)) => Err(CommandError::usage("not confirmed; nothing was sent")),
        Ok(Err(error)) => Err(CommandError::usage(format!(
            "-i: there is no terminal to ask on ({TERMINAL}: {error}); nothing was sent"
        ))),
        Err(_) => Err(CommandError::usage("-i: an internal error of hangup; nothing was sent")),
    }
}

impl Question<'_> {
    fn text(&self) -> String {
        let action = if self.action == Action::HangUp { "Hang up" } else { "Look at" };
        let app = self.app_id.map(|app| format!(" of app {app}")).unwrap_or_default();
        let count = counted(self.list.to_send, "call");
        let mut text = format!("{action} {count}{app} at {}:\n", self.base_url);
        for queued in &self.list.first {
            let _ = writeln!(text, "  {}", self.line(queued));
        }
        let more = self.list.to_send.saturating_sub(self.list.first.len() as u64);
        if more > 0 {
            let _ = writeln!(text, "  ... and {more} more");
        }
        text + "Continue? [y/N] "
    }

    /// Describes a call: its ID, its app where that differs, its state and age where they are known.
    fn line(&self, queued: &QueuedCall) -> String {
        let mut line = queued.call.id.to_string();
        if let Some(app) = queued.call.app_id.as_ref().filter(|app| Some(*app) != self.app_id) {
            let _ = write!(line, "  app {app}");
        }
        if let Some(seen) = &queued.seen {
            let _ = write!(line, "  {}", shown(&seen.state));
            let _ = match seen.age {
                Some(age) => write!(line, ", last update {} ago", format_duration(age)),
                None => write!(line, ", age unknown"),
            };
        }
        line
    }
}

fn ask_terminal(question: &str) -> std::io::Result<bool> {
    let mut terminal = File::options().read(true).write(true).open(TERMINAL)?;
    terminal.write_all(question.as_bytes())?;
    let mut answer = String::new();
    BufReader::new(terminal).read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::call::CallRef;
    use crate::model::outcome::LastSeen;

    fn queued(text: &str, seen: Option<LastSeen>) -> QueuedCall {
        QueuedCall { call: CallRef::parse(text).unwrap(), source: None, seen }
    }

    fn text(list: &CallList, app_id: Option<&AppId>) -> String {
        Question { list, action: Action::HangUp, base_url: "https://graph.microsoft.com", app_id }.text()
    }

    #[test]
    fn question_shows_the_number_and_the_first_calls() {
        let list =
            CallList { to_send: 7, first: vec![queued("id-1", None), queued("id-2", None)], settled: 0 };
        assert_eq!(
            text(&list, None),
            "Hang up 7 calls at https://graph.microsoft.com:\n  id-1\n  id-2\n  ... and 5 more\nContinue? [y/N] "
        );
    }

    #[test]
    fn question_shows_state_age_and_app() {
        let seen = |age| Some(LastSeen { state: "established".into(), time: None, age, tenant_id: None });
        let first = vec![
            queued("a", seen(Some(Duration::from_secs(2 * 3600)))),
            queued("/applications/other/calls/b", seen(None)),
            queued("/applications/bot/calls/c", None),
        ];
        let list = CallList { to_send: 3, first, settled: 0 };
        let app = AppId::parse("bot").unwrap();
        let text = text(&list, Some(&app));
        assert!(text.starts_with("Hang up 3 calls of app bot at "), "{text}");
        assert!(text.contains("\n  a  established, last update 2h ago\n"), "{text}");
        assert!(text.contains("\n  b  app other  established, age unknown\n  c\n"), "{text}");
    }
}
