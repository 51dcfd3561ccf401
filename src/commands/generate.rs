//! `--generate`: completions and the man page, from the same definition as the command line itself.

use std::io::{self, Write};

use clap::CommandFactory;
use clap_complete::{Shell, generate as complete};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use crate::output::json::schema;
use crate::settings::Artifact;
use crate::settings::cli::{Cli, help};

/// The program, as shells and manuals name it.
const NAME: &str = "hangup";

/// Writes completions or the man page; the same bytes every time.
///
/// # Errors
/// Those of `out`.
pub fn generate(artifact: Artifact, out: &mut impl Write) -> io::Result<()> {
    let shell = match artifact {
        Artifact::Bash => Shell::Bash,
        Artifact::Zsh => Shell::Zsh,
        Artifact::Fish => Shell::Fish,
        Artifact::Powershell => Shell::PowerShell,
        Artifact::Elvish => Shell::Elvish,
        Artifact::Man => return man(out),
        Artifact::Schema => return writeln!(out, "{:#}", schema()),
    };
    // `clap_complete` panics where it cannot write, so it writes to memory.
    let mut script = Vec::new();
    complete(shell, &mut Cli::command(), NAME, &mut script);
    out.write_all(&script)
}

fn man(out: &mut impl Write) -> io::Result<()> {
    let source = concat!("hangup ", env!("CARGO_PKG_VERSION"));
    let man = Man::new(Cli::command()).source(source).manual("User Commands");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    synopsis().to_writer(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    exit_status().to_writer(&mut page)?;
    terms("FILES", help::FILES).to_writer(&mut page)?;
    terms("ENVIRONMENT", &help::environment()).to_writer(&mut page)?;
    examples().to_writer(&mut page)?;
    out.write_all(&page)
}

/// As in the help: `clap_mangen` would name every option there, and take one call where there can be many.
fn synopsis() -> Roff {
    let mut section = Roff::new();
    section.control("SH", ["SYNOPSIS"]).text([bold(NAME), roman(" [OPTIONS] [CALL]...")]);
    section
}

fn exit_status() -> Roff {
    let mut section = terms("EXIT STATUS", help::EXIT_CODES);
    section.control("PP", []).text([roman(help::SEVERAL)]);
    section
}

/// A section of terms and what is to be said of each.
fn terms<S: AsRef<str>>(title: &str, table: &[(S, S)]) -> Roff {
    let mut section = Roff::new();
    section.control("SH", [title]);
    for (term, text) in table {
        section.control("TP", []).text([bold(term.as_ref())]).text([roman(text.as_ref())]);
    }
    section
}

fn examples() -> Roff {
    let mut section = Roff::new();
    section.control("SH", ["EXAMPLES"]);
    for (what, command) in help::EXAMPLES {
        section.control("PP", []).text([roman(format!("{what}:"))]);
        section.control("RS", ["4"]).control("nf", []).text([bold(*command)]);
        section.control("fi", []).control("RE", []);
    }
    section
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    const KEPT: [(Artifact, &str, &str); 7] = [
        (Artifact::Bash, "bash", "hangup.bash"),
        (Artifact::Zsh, "zsh", "_hangup"),
        (Artifact::Fish, "fish", "hangup.fish"),
        (Artifact::Powershell, "powershell", "_hangup.ps1"),
        (Artifact::Elvish, "elvish", "hangup.elv"),
        (Artifact::Man, "man", "hangup.1"),
        (Artifact::Schema, "schema", "hangup.schema.json"),
    ];

    fn text(artifact: Artifact) -> String {
        let mut out = Vec::new();
        generate(artifact, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// With `HANGUP_BLESS=1` it writes the files instead.
    #[test]
    fn the_kept_files_are_those_that_are_generated() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("completions");
        for (artifact, word, file) in KEPT {
            let path = folder.join(file);
            if std::env::var_os("HANGUP_BLESS").is_some() {
                std::fs::create_dir_all(&folder).unwrap();
                std::fs::write(&path, text(artifact)).unwrap();
            }
            let kept = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(
                kept == text(artifact),
                "completions/{file} is not up to date; update it with: \
                 cargo run -- --generate {word} > completions/{file} \
                 (or all at once: HANGUP_BLESS=1 cargo test --lib generate)"
            );
        }
    }

    #[test]
    fn the_man_page_is_whole() {
        let page = text(Artifact::Man);
        for section in ["NAME", "SYNOPSIS", "DESCRIPTION", "FILES", "ENVIRONMENT", "EXAMPLES"] {
            assert!(page.contains(&format!(".SH {section}")), "{section}");
        }
        assert!(page.contains(".SH \"EXIT STATUS\""));
        let escaped = |name: &str| format!("\\-\\-{}", name.replace('-', "\\-"));
        for option in Cli::command().get_arguments().filter(|arg| !arg.is_hide_set()) {
            if let Some(long) = option.get_long() {
                assert!(page.contains(&escaped(long)), "--{long}");
            }
        }
    }

    #[test]
    fn the_exit_codes_of_the_help_are_those_of_the_program() {
        use crate::model::exit::Exit;
        let all = [
            Exit::Ok,
            Exit::Failed,
            Exit::Usage,
            Exit::Denied,
            Exit::NotFound,
            Exit::Temporary,
            Exit::Hangup,
            Exit::Interrupted,
            Exit::Terminated,
        ];
        let codes: Vec<String> = all.iter().map(|exit| exit.code().to_string()).collect();
        let listed: Vec<&str> = help::EXIT_CODES.iter().map(|(code, _)| *code).collect();
        assert_eq!(listed, codes);
    }

    #[test]
    fn nothing_that_is_generated_offers_a_token_option() {
        for (artifact, ..) in KEPT {
            let text = text(artifact).replace("\\-", "-").replace("no --token:", "");
            let words = text.split(|c: char| !c.is_alphanumeric() && c != '-');
            assert_eq!(words.filter(|word| *word == "--token").count(), 0);
        }
    }

    #[test]
    fn a_full_disk_is_an_error_and_no_panic() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::StorageFull.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        for (artifact, ..) in KEPT {
            assert_eq!(generate(artifact, &mut Full).unwrap_err().kind(), io::ErrorKind::StorageFull);
        }
    }
}
