//! The sections of the help and the man page that are not options: tables, so that both say the same.

use std::fmt::Write as _;

use crate::settings::config::keys::{self, variable};

/// The last line of `-h`.
pub const SHORT: &str = "See --help for details, examples and exit codes.";

/// Common tasks, and the command for each.
pub const EXAMPLES: &[(&str, &str)] = &[
    ("End one call", "hangup 57dab8b1-894c-409a-b240-bd8beae78896"),
    ("End the calls in a file, under one app", "hangup --app-id APP-ID -f calls.txt"),
    ("See first what would be sent", "hangup --dry-run -f calls.txt"),
    ("End calls from a pipe as they arrive", "jq -r '.callId // empty' events.jsonl | hangup -"),
    (
        "Clean up calls without a sign of life for two hours",
        "hangup --from-notifications bot.jsonl --older-than 2h",
    ),
    ("Continue where a run stopped", "hangup -f calls.txt --log done.jsonl --resume"),
    ("Make sure that the call is gone", "hangup --wait=90s 57dab8b1-894c-409a-b240-bd8beae78896"),
    ("Check token and endpoint without touching a call", "hangup --check"),
    ("Try it without an account", "hangup --sandbox any-id gone-1 denied-1"),
];

pub const EXIT_CODES: &[(&str, &str)] = &[
    ("0", "success"),
    ("1", "at least one call could not be ended"),
    ("2", "usage or configuration error; nothing was sent"),
    ("3", "not authorized"),
    ("4", "some calls were not found; the rest succeeded"),
    ("5", "temporary failure: the same command may work later"),
    ("129", "stopped by SIGHUP"),
    ("130", "stopped by SIGINT"),
    ("143", "stopped by SIGTERM"),
];

/// How several exit codes merge.
pub const SEVERAL: &str = "If several apply: the signal's, then 3, 1, 5, 4.";

/// The variables that are read, and what each is for.
pub fn environment() -> Vec<(String, String)> {
    let keys: Vec<String> = keys::OPTIONS.iter().map(|(key, _)| variable(key)).collect();
    let options = "The option and config key of the same name. Flags override them, and they override the \
                   config. Booleans are 1, true, yes, on and 0, false, no, off. HANGUP_OLDER_THAN cannot be 0.";
    let mut all = vec![
        (
            "HANGUP_TOKEN, GRAPH_TOKEN, HANGUP_TOKEN_FILE".to_owned(),
            "The bearer token, or a file that contains it; the first one set, unless --token-file is given."
                .to_owned(),
        ),
        (keys.join(", "), options.to_owned()),
    ];
    all.extend(OTHER_VARIABLES.iter().map(|(names, text)| ((*names).to_owned(), (*text).to_owned())));
    all
}

const OTHER_VARIABLES: &[(&str, &str)] = &[
    ("HANGUP_CONFIG, HANGUP_PROFILE", "As --config and --profile."),
    ("HANGUP_SANDBOX", "As --sandbox."),
    (
        "AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE_PATH, \
         AZURE_FEDERATED_TOKEN_FILE",
        "Application credentials, used only if nothing else gives a token.",
    ),
    (
        "AZURE_AUTHORITY_HOST",
        "The sign-in authority for application credentials, instead of the cloud's own.",
    ),
    ("NO_COLOR, CLICOLOR_FORCE, TERM", "Whether to use color if --color does not say; TERM=dumb: no."),
    ("HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY", "Proxies; never used for a loopback address."),
];

/// The files that are read without being named.
pub const FILES: &[(&str, &str)] = &[(
    "hangup/config.toml",
    "In the user's config directory (on Linux $XDG_CONFIG_HOME or ~/.config): the settings, in TOML. The \
     keys are the long options with underscores, and those of the token's source: token, token_file, \
     token_command, or tenant_id, client_id and one of client_secret, client_secret_file, \
     client_certificate, federated_token_file, managed_identity. Sections [profile.NAME] override the top \
     level. Relative paths in it are relative to its own directory; ~/ is the home directory. A file with a \
     literal secret in it must not be readable by others.",
)];

/// Returns the sections at the end of `--help`.
pub fn long() -> String {
    let mut text = "EXAMPLES\n".to_owned();
    for (what, command) in EXAMPLES {
        let _ = writeln!(text, "  {what}:\n      {command}");
    }
    text.push_str("\nEXIT CODES\n");
    for (code, meaning) in EXIT_CODES {
        let _ = writeln!(text, "  {code:<4} {meaning}");
    }
    let _ = write!(text, "  {SEVERAL}");
    text
}
