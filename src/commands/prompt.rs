//! `-i`: shows what would be done and asks on the terminal itself, whatever the standard streams are.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};

use crate::model::call::CallRef;
use crate::run::shutdown::Shutdown;
use crate::settings::{Action, CommandError};
use crate::text::counted;

/// So many ids are shown; more would scroll the question away.
const SHOWN: usize = 5;

#[cfg(unix)]
const TERMINAL: &str = "/dev/tty";
#[cfg(not(unix))]
const TERMINAL: &str = "CON";

/// Asks whether to go on.
///
/// # Errors
/// A "no", no terminal to ask on, or a stop meanwhile: nothing is to be sent then.
pub async fn ask(
    calls: &[CallRef],
    action: Action,
    base_url: &str,
    shutdown: &Shutdown,
) -> Result<(), CommandError> {
    let question = question(calls, action, base_url);
    // Reading a terminal cannot be interrupted, so a thread waits for it that nobody waits for.
    let asking = tokio::task::spawn_blocking(move || ask_terminal(&question));
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

fn question(calls: &[CallRef], action: Action, base_url: &str) -> String {
    let what = if action == Action::HangUp { "Hang up" } else { "Go through" };
    let shown = calls.iter().take(SHOWN).map(|call| format!("  {}\n", call.id));
    let rest = calls.len().saturating_sub(SHOWN);
    let more = (rest > 0).then(|| format!("  ... and {rest} more\n"));
    let list: String = shown.chain(more).collect();
    format!("{what} {} at {base_url}?\n{list}[y/N] ", counted(calls.len() as u64, "call"))
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
    use super::*;

    #[test]
    fn the_question_shows_the_size_and_the_first_ids() {
        let calls: Vec<_> = (1..=7).map(|n| CallRef::parse(&format!("id-{n}")).unwrap()).collect();
        let text = question(&calls, Action::HangUp, "https://graph.microsoft.com");
        assert_eq!(
            text,
            "Hang up 7 calls at https://graph.microsoft.com?\n  id-1\n  id-2\n  id-3\n  id-4\n  id-5\n  \
             ... and 2 more\n[y/N] "
        );
        let text = question(&calls[..1], Action::HangUp, "x");
        assert_eq!(text, "Hang up 1 call at x?\n  id-1\n[y/N] ");
    }
}
