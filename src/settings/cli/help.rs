//! The sections of the help and the man page that are not options. Tables, so that both say the same.

use std::fmt::Write as _;

/// The last line of `-h`.
pub const SHORT: &str = "See --help for all the words, examples and exit codes.";

/// What people do with it, and how.
pub const EXAMPLES: &[(&str, &str)] = &[
    ("End one call", "hangup 57dab8b1-894c-409a-b240-bd8beae78896"),
    ("End the calls of a list, under one app", "hangup --app-id APP-ID -f calls.txt"),
    ("See first what would be sent", "hangup --dry-run -f calls.txt"),
    ("End what a pipe names, as it comes", "jq -r .callId events.jsonl | hangup -"),
    (
        "Clean up calls that nothing was heard of for two hours",
        "hangup --from-notifications bot.jsonl --older-than 2h",
    ),
    ("Continue where a run stopped", "hangup -f calls.txt --log done.jsonl --resume"),
    ("Be sure that it is gone", "hangup --wait=90s 57dab8b1-894c-409a-b240-bd8beae78896"),
    ("Look at token and end point, touch no call", "hangup --check"),
    ("Try it without an account", "hangup --sandbox any-id gone-1 denied-1"),
];

/// What the process ends with.
pub const EXIT_CODES: &[(&str, &str)] = &[
    ("0", "all well"),
    ("1", "some call could not be ended"),
    ("2", "wrong usage or configuration; nothing was sent"),
    ("3", "not authorised"),
    ("4", "some calls were not found, all others are well"),
    ("5", "temporary: the same command later may work"),
    ("130", "stopped by SIGINT"),
    ("143", "stopped by SIGTERM"),
];

/// How several exit codes merge.
pub const SEVERAL: &str = "Several at once: 130 or 143, then 3, 1, 5, 4.";

/// The variables that are looked at.
pub const ENVIRONMENT: &[(&str, &str)] = &[
    ("HANGUP_TOKEN, GRAPH_TOKEN", "The bearer token, where --token-file is not given; the first one set."),
    ("HANGUP_APP_ID", "As --app-id."),
    ("HANGUP_ROUTE", "As --route."),
    ("HANGUP_CLOUD", "As --cloud."),
    ("HANGUP_BASE_URL", "As --base-url."),
    ("HANGUP_OLDER_THAN", "As --older-than, but not 0."),
    ("HANGUP_CONFIG", "As --config."),
    ("HANGUP_PROFILE", "As --profile."),
    ("HANGUP_SANDBOX", "As --sandbox: 1, true, yes or on; 0, false, no and off are the same as unset."),
    (
        "AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE_PATH, \
         AZURE_FEDERATED_TOKEN_FILE",
        "Application credentials, looked at only where nothing else gives a token.",
    ),
    (
        "AZURE_AUTHORITY_HOST",
        "The sign-in authority for application credentials, instead of the cloud's own.",
    ),
    ("NO_COLOR, CLICOLOR_FORCE, TERM", "Whether to colour, where --color does not say; TERM=dumb: no."),
    ("HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY", "Proxies; never for a loopback address."),
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

/// The sections at the end of `--help`.
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
