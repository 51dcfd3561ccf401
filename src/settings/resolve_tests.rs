//! The rules of precedence and the refusals, through the front door: arguments and an environment in, settings
//! or a refusal out. What is about one value alone stands in `tests_values`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::*;
use crate::model::exit::Exit;
use crate::model::outcome::NotFoundPolicy;
use crate::model::route::{ApiVersion, Route, RouteChoice};
use crate::settings::cli::parse_args;
use crate::settings::*;

type Vars<'a> = &'a [(&'a str, &'a str)];

/// A call and a token, where a test is about neither.
const ID: &str = "57dab8b1-894c-409a-b240-bd8beae78896";
const TOKEN: (&str, &str) = ("HANGUP_TOKEN", "env-token");

fn command(args: &[&str], env: &Env) -> Result<Command, CommandError> {
    let cli = parse_args(["hangup"].iter().chain(args)).unwrap_or_else(|error| panic!("{error}"));
    resolve(cli, env, Terminals::default())
}

fn settings(args: &[&str], env: &Env) -> Settings {
    match command(args, env).unwrap_or_else(|refusal| panic!("{args:?}: {refusal}")) {
        Command::Run(settings) | Command::Check(settings, _) => *settings,
        other => panic!("{other:?}"),
    }
}

/// With a call and a token.
fn with(args: &[&str], vars: Vars<'_>) -> Settings {
    settings(&[&[ID], args].concat(), &Env::of([&[TOKEN], vars].concat()))
}

fn refused(args: &[&str], vars: Vars<'_>) -> CommandError {
    command(&[&[ID], args].concat(), &Env::of([&[TOKEN], vars].concat())).map(drop).unwrap_err()
}

#[track_caller]
fn says(refusal: &CommandError, exit: Exit, words: &[&str]) {
    assert_eq!(refusal.exit, exit, "{refusal}");
    for word in words {
        assert!(refusal.message.contains(word), "`{word}` is not in: {refusal}");
    }
}

/// A config file, private, in a directory of its own, with the files `a`, `b` and `c` beside it.
struct Kept {
    dir: tempfile::TempDir,
}

impl Kept {
    fn new(config: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in [("c.toml", config), ("a", "token-a"), ("b", "token-b"), ("c", "token-c")] {
            std::fs::write(dir.path().join(name), text).unwrap();
        }
        let kept = Self { dir };
        kept.mode(0o600);
        kept
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    #[cfg(unix)]
    fn mode(&self, mode: u32) {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(self.path("c.toml"), std::fs::Permissions::from_mode(mode)).unwrap();
    }

    #[cfg(not(unix))]
    fn mode(&self, _: u32) {}

    fn env(&self, vars: Vars<'_>) -> Env {
        let config = self.path("c.toml").display().to_string();
        Env::of([&[("HANGUP_CONFIG", config.as_str())], vars].concat())
    }

    fn settings(&self, args: &[&str], vars: Vars<'_>) -> Settings {
        settings(&[&[ID], args].concat(), &self.env(vars))
    }

    fn refused(&self, args: &[&str], vars: Vars<'_>) -> CommandError {
        command(&[&[ID], args].concat(), &self.env(vars)).map(drop).unwrap_err()
    }
}

/// Who named the token.
fn origin(settings: &Settings) -> &str {
    match settings.token.as_ref().unwrap() {
        TokenSource::Ready { origin, .. }
        | TokenSource::File { origin, .. }
        | TokenSource::Command { origin, .. }
        | TokenSource::Credentials { origin, .. } => origin.rsplit(": ").next().unwrap(),
    }
}

fn credentials(settings: Settings) -> Credentials {
    match settings.token {
        Some(TokenSource::Credentials { credentials, .. }) => credentials,
        other => panic!("{other:?}"),
    }
}

mod commands {
    use super::*;

    #[test]
    fn defaults_are_those_of_the_contract() {
        let s = with(&[], &[]);
        assert_eq!(s.target.base_url, "https://graph.microsoft.com");
        assert_eq!((s.target.route, s.target.api_version), (RouteChoice::Auto, None));
        assert_eq!((s.pace.concurrency, s.pace.retries), (32, 4));
        assert_eq!(s.pace.timeout, Duration::from_secs(30));
        assert_eq!(s.pace.connect_timeout, Duration::from_secs(10));
        assert_eq!((s.pace.deadline, s.wait, s.inputs.max_calls), (None, None, None));
        assert_eq!((s.action, s.not_found), (Action::HangUp, NotFoundPolicy::Reported));
        assert_eq!((s.output.format, s.output.volume), (Format::Text, Verbosity::Normal));
        assert!(s.log.is_none() && s.config.is_none() && s.warnings.is_empty());
        assert!(!s.target.sandbox && !s.fail_fast && !s.inputs.interactive);
    }

    #[test]
    fn generate_and_explain_look_at_nothing_else() {
        let broken = Env::of([("HANGUP_CONFIG", "/nowhere"), ("HANGUP_SANDBOX", "perhaps")]);
        assert!(matches!(command(&["--generate", "man"], &broken), Ok(Command::Generate(_))));
        let explained = command(&["--explain", "408/8537"], &broken);
        assert!(matches!(explained, Ok(Command::Explain(code, _)) if code == "408/8537"));
    }

    #[test]
    fn check_can_ask_the_server() {
        let check = command(&["--check=server"], &Env::of([TOKEN])).unwrap();
        assert!(matches!(check, Command::Check(_, CheckMode::Server)), "{check:?}");
    }

    #[test]
    fn check_needs_no_call_and_says_all_the_rest_without_a_token() {
        let check = command(&["--check"], &Env::default()).unwrap();
        let Command::Check(settings, CheckMode::Local) = check else { panic!("{check:?}") };
        assert!(settings.token.is_none());
        assert!(settings.warnings[0].starts_with("no token found"));
        assert!(settings_of_check(&[TOKEN]).token.is_some());
        assert!(settings_of_check(&[("HANGUP_TOKEN", "a b")]).warnings[0].contains("HANGUP_TOKEN"));
    }

    fn settings_of_check(vars: Vars<'_>) -> Settings {
        settings(&["--check"], &Env::of(vars.iter().copied()))
    }

    #[test]
    fn an_empty_variable_is_unset() {
        let keys: Vec<String> =
            config::keys::OPTIONS.iter().map(|(key, _)| config::keys::variable(key)).collect();
        let names = env::NAMES.into_iter().chain(keys.iter().map(String::as_str));
        let mut vars: Vec<_> =
            names.chain(["HANGUP_SANDBOX", "HANGUP_DRY_RUN"]).map(|name| (name, "")).collect();
        vars.push(TOKEN);
        let s = settings(&[ID], &Env::of(vars));
        assert_eq!((s.target.sandbox, s.target.app_id), (false, None));
    }

    #[cfg(unix)]
    #[test]
    fn a_variable_that_is_not_utf8_is_named() {
        use std::os::unix::ffi::OsStringExt;
        let bad = std::ffi::OsString::from_vec(vec![b'x', 0xff]);
        let env = |name: &str| Env::of([(name.to_owned(), bad.clone()), (TOKEN.0.into(), TOKEN.1.into())]);
        for name in ["HANGUP_APP_ID", "HANGUP_ROUTE", "HANGUP_CLOUD", "HANGUP_BASE_URL", "HANGUP_PROFILE"] {
            says(&command(&[ID], &env(name)).unwrap_err(), Exit::Usage, &[name, "not UTF-8"]);
        }
        let only = |name: &str| Env::of([(name, bad.clone())]);
        for name in ["HANGUP_TOKEN", "GRAPH_TOKEN", "AZURE_CLIENT_SECRET"] {
            says(&command(&[ID], &only(name)).unwrap_err(), Exit::Denied, &[name, "not UTF-8"]);
        }
    }

    #[test]
    fn the_environment_shows_no_values() {
        let shown = format!("{:?}", Env::of([("HANGUP_TOKEN", "s3cret")]));
        assert!(shown.contains("HANGUP_TOKEN") && !shown.contains("s3cret"));
    }
}

mod which_calls {
    use super::*;

    fn bad(args: &[&str]) -> CommandError {
        command(args, &Env::of([TOKEN])).map(drop).unwrap_err()
    }

    #[test]
    fn all_bad_calls_are_told_of_at_once() {
        let refusal = bad(&["good", "a/b", "", "..", "also good"]);
        says(&refusal, Exit::Usage, &["`a/b`", "/calls/{id}", "``", "`..`", "`also good`"]);
        assert_eq!(refusal.message.lines().count(), 4);
    }

    #[test]
    fn a_token_in_the_place_of_a_call_is_not_shown() {
        let jwt = format!("eyJ{}", "s3cret.".repeat(60));
        for token in [jwt.as_str(), "Bearer s3cret"] {
            let refusal = bad(&[token]);
            says(&refusal, Exit::Usage, &["token", "--token-file"]);
            assert!(!refusal.message.contains("s3cret"));
        }
    }

    #[test]
    fn the_app_id_goes_to_every_call() {
        let s = with(&["--app-id", "one", "/applications/two/calls/x"], &[("HANGUP_APP_ID", "three")]);
        assert!(s.inputs.calls.iter().all(|call| call.app_id.as_ref().unwrap().as_str() == "one"));
        let s = with(&[], &[("HANGUP_APP_ID", "three")]);
        assert_eq!(s.inputs.calls[0].app_id.as_ref().unwrap().as_str(), "three");
    }

    #[test]
    fn no_call_at_all_is_refused_and_an_input_is_enough() {
        says(&bad(&[]), Exit::Usage, &["no calls", "-f FILE", "standard input"]);
        for args in
            [&["-"][..], &["-f", "x"], &["-f", "-"], &["--from-notifications", "x", "--dry-run=server"]]
        {
            settings(args, &Env::of([TOKEN]));
        }
    }

    #[test]
    fn standard_input_is_one_thing_and_read_once() {
        let files = settings(&["-", "-f", "a"], &Env::of([TOKEN])).inputs.files;
        assert_eq!(files, [InputFile::Path("a".into()), InputFile::Stdin]);
        for twice in [
            &["-", "-"][..],
            &["-", "-f", "-"],
            &["-f", "-", "-f", "-"],
            &["-", "--from-notifications", "-", "--older-than", "1h"],
            &["--from-notifications", "-", "--from-notifications", "-", "--dry-run"],
        ] {
            says(&bad(twice), Exit::Usage, &["standard input", "only once"]);
        }
    }

    #[test]
    fn notifications_need_an_age_or_a_dry_run() {
        let named = ["--from-notifications", "x"];
        says(&bad(&named), Exit::Usage, &["--from-notifications", "--older-than", "--dry-run"]);
        for more in [&["--older-than", "0s"][..], &["--dry-run"], &["--dry-run=server"]] {
            settings(&[&named, more].concat(), &Env::of([TOKEN]));
        }
    }

    #[test]
    fn older_than_comes_from_flag_environment_and_config() {
        let kept = Kept::new("older_than = '3h'");
        let record = ["--from-notifications", "x"];
        let hours = |args: &[&str], vars: Vars<'_>| {
            let env = kept.env(&[&[TOKEN], vars].concat());
            settings(args, &env).inputs.older_than.map(|age| age.as_secs() / 3600)
        };
        let variable = ("HANGUP_OLDER_THAN", "2h");
        assert_eq!(hours(&[&record[..], &["--older-than=1h"]].concat(), &[variable]), Some(1));
        assert_eq!(hours(&[&record[..], &["--older-than=0"]].concat(), &[variable]), Some(0));
        assert_eq!(hours(&record, &[variable]), Some(2));
        assert_eq!(hours(&record, &[]), Some(3));
        assert_eq!(hours(&[ID], &[variable]), None);
        let zero = Env::of([TOKEN, ("HANGUP_OLDER_THAN", "0")]);
        says(&command(&record, &zero).unwrap_err(), Exit::Usage, &["HANGUP_OLDER_THAN"]);
        says(&Kept::new("older_than = 0").refused(&[], &[TOKEN]), Exit::Usage, &["older_than"]);
    }

    #[test]
    fn tenant_needs_notifications() {
        let args = ["--from-notifications", "x", "--dry-run", "--tenant"];
        let tenant = |id| settings(&[&args[..], &[id]].concat(), &Env::of([TOKEN])).inputs.tenant;
        let guid = "2432b57b-0abd-43db-aa7b-16eadd115d34";
        assert_eq!(tenant(guid).as_deref(), Some(guid));
        assert!(parse_args(["hangup", "--tenant", "t", ID]).is_err());
        assert!(parse_args(["hangup", "--from-notifications", "x", "--tenant", "contoso.com"]).is_err());
    }

    #[test]
    fn a_word_after_a_bare_option_is_not_a_call() {
        for word in ["90s", "2m", "1h30m", "90", "0s"] {
            says(&bad(&[ID, "--wait", word]), Exit::Usage, &[&format!("did you mean `--wait={word}`?")]);
            with(&["--wait=5s", word], &[]);
            with(&[word], &[]);
        }
        for word in ["client", "server"] {
            says(
                &bad(&[ID, "--dry-run", word]),
                Exit::Usage,
                &[&format!("did you mean `--dry-run={word}`?")],
            );
            with(&["--wait", word], &[]);
        }
        // A GUID without dashes and without letters is a call all the same.
        with(&["--wait", "12345678901234567890123456789012"], &[]);
        with(&["--wait", "/calls/90s"], &[]);
    }

    #[test]
    fn the_applications_route_needs_an_app_id() {
        let route = ["--route", "applications"];
        says(&refused(&route, &[]), Exit::Usage, &["--route applications", "--app-id", ID]);
        with(&["--route", "applications", "--app-id", "a"], &[]);
        settings(&["--route", "applications", "/applications/a/calls/b"], &Env::of([TOKEN]));
        settings(&["--route", "applications", "-f", "x"], &Env::of([TOKEN]));
    }
}

mod where_to {
    use super::*;

    #[test]
    fn flags_over_environment_over_profile_over_top_level_over_defaults() {
        let kept = Kept::new(
            "route = 'app'\napp_id = 'top'\ncloud = 'dod'\nbase_url = 'https://top.example'\n[profile.p]\n\
             route = 'communications'\napp_id = 'p'\ncloud = 'usgov'\nbase_url = 'https://p.example'",
        );
        let all = [
            TOKEN,
            ("HANGUP_ROUTE", "applications"),
            ("HANGUP_APP_ID", "env"),
            ("HANGUP_CLOUD", "global"),
            ("HANGUP_BASE_URL", "https://env.example/"),
        ];
        let flags = [
            "--profile=p",
            "--route=auto",
            "--app-id=flag",
            "--cloud=dod",
            "--base-url=https://flag.example",
        ];
        let seen = |args: &[&str], vars: Vars<'_>| {
            let t = kept.settings(args, vars).target;
            (t.route, t.app_id.unwrap().to_string(), t.cloud.name(), t.base_url)
        };
        let pinned = RouteChoice::Pinned;
        let wanted = (RouteChoice::Auto, "flag".into(), "dod", "https://flag.example".into());
        assert_eq!(seen(&flags, &all), wanted);
        let wanted = (pinned(Route::Applications), "env".into(), "global", "https://env.example".into());
        assert_eq!(seen(&["--profile=p"], &all), wanted);
        let wanted = (pinned(Route::Communications), "p".into(), "usgov", "https://p.example".into());
        assert_eq!(seen(&["--profile=p"], &[TOKEN]), wanted);
        assert_eq!(seen(&[], &[TOKEN, ("HANGUP_PROFILE", "p")]), wanted);
        let wanted = (pinned(Route::App), "top".into(), "dod", "https://top.example".into());
        assert_eq!(seen(&[], &[TOKEN]), wanted);
    }

    #[test]
    fn a_bad_variable_is_named_unless_a_flag_makes_it_moot() {
        let table = [
            ("HANGUP_APP_ID", "a b", "--app-id=x"),
            ("HANGUP_ROUTE", "ap", "--route=app"),
            ("HANGUP_CLOUD", "mars", "--cloud=global"),
            ("HANGUP_BASE_URL", "http://example.com", "--base-url=https://x.example"),
            ("HANGUP_SANDBOX", "perhaps", "--sandbox"),
        ];
        for (name, value, flag) in table {
            says(&refused(&[], &[(name, value)]), Exit::Usage, &[name]);
            with(&[flag], &[(name, value)]);
        }
    }

    #[test]
    fn each_cloud_has_its_root_and_china_none() {
        for (name, root) in [
            ("global", "https://graph.microsoft.com"),
            ("usgov", "https://graph.microsoft.us"),
            ("dod", "https://dod-graph.microsoft.us"),
        ] {
            assert_eq!(with(&["--cloud", name], &[]).target.base_url, root);
        }
        let refused_flag = parse_args(["hangup", "--cloud", "china", ID]).unwrap_err().to_string();
        assert!(refused_flag.contains("--cloud") && refused_flag.contains("no call deletion"));
        says(&refused(&[], &[("HANGUP_CLOUD", "china")]), Exit::Usage, &["HANGUP_CLOUD", "no call deletion"]);
        assert_eq!(with(&["--api-version=v1.0"], &[]).target.api_version, Some(ApiVersion::V1));
    }

    #[test]
    fn a_cloud_that_changes_nothing_is_warned_of() {
        let url = ("HANGUP_BASE_URL", "https://proxy.example");
        assert!(with(&["--cloud=usgov"], &[url]).warnings[0].contains("https://proxy.example"));
        assert!(with(&["--cloud=usgov", "--base-url=https://x.example"], &[]).warnings.is_empty());
    }

    #[test]
    fn the_sandbox_wins_over_all_but_a_flag() {
        let kept = Kept::new("base_url = 'https://top.example'\ntoken_file = 'missing'");
        for (args, vars) in [
            (&["--sandbox"][..], &[("HANGUP_BASE_URL", "nonsense")][..]),
            (&[], &[("HANGUP_SANDBOX", "on")]),
            (&["--sandbox", "--check"], &[]),
        ] {
            let s = kept.settings(args, vars);
            assert!(s.target.sandbox && s.token.is_none());
            assert_eq!(s.target.base_url, "https://graph.microsoft.com");
        }
        for (args, vars) in [(&["--sandbox"][..], &[][..]), (&[], &[("HANGUP_SANDBOX", "1")])] {
            let url = [args, &["--base-url=https://x.example"]].concat();
            says(&refused(&url, vars), Exit::Usage, &["--base-url", "sandbox"]);
        }
        assert!(!with(&[], &[("HANGUP_SANDBOX", "0")]).target.sandbox);
    }

    #[test]
    fn headers_come_from_both_and_the_flag_wins() {
        let kept = Kept::new("[headers]\nScenario-Id = 'config'\nIf-Match = 'config'");
        let s = kept.settings(&["-H", "if-match: flag", "-H", "X: 1", "-H", "X: 2"], &[TOKEN]);
        let shown: Vec<String> =
            s.target.headers.iter().map(|(n, v)| format!("{n}={}", v.to_str().unwrap())).collect();
        assert_eq!(shown, ["scenario-id=config", "if-match=flag", "x=1", "x=2"]);
        std::fs::write(kept.path("h"), "\u{feff}If-Match: file\r\n\nX-Api-Key: s3cret\n").unwrap();
        let file = format!("@{}", kept.path("h").display());
        let s = kept.settings(&["-H", &file, "-H", "Y: 1"], &[TOKEN]);
        let names: Vec<&str> = s.target.headers.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["scenario-id", "if-match", "x-api-key", "y"]);
        std::fs::write(kept.path("h"), "A: 1\ns3cret\n").unwrap();
        let bad = kept.refused(&["-H", &file], &[TOKEN]);
        says(&bad, Exit::Usage, &["--header", "h:2: "]);
        assert!(!bad.message.contains("s3cret"));
        says(&refused(&["-H", "@/nowhere"], &[]), Exit::Usage, &["--header", "/nowhere"]);
        says(
            &refused(&["-H", "Authorization: Bearer s3cret"], &[]),
            Exit::Usage,
            &["--header", "--token-file"],
        );
    }

    #[test]
    fn a_root_certificate_that_cannot_be_read_is_refused() {
        let kept = Kept::new("\ncacert = 'missing.pem'");
        says(&kept.refused(&[], &[TOKEN]), Exit::Usage, &["c.toml:2: cacert", "missing.pem"]);
        let path = kept.path("a").display().to_string();
        assert_eq!(kept.settings(&["--cacert", &path], &[TOKEN]).target.cacert, Some(kept.path("a")));
        says(&refused(&["--cacert", "/nowhere"], &[]), Exit::Usage, &["--cacert", "/nowhere"]);
    }

    #[test]
    fn a_profile_needs_a_config() {
        says(&refused(&["--profile", "x"], &[]), Exit::Usage, &["--profile", "`x`"]);
        says(&refused(&[], &[("HANGUP_PROFILE", "x")]), Exit::Usage, &["HANGUP_PROFILE", "`x`"]);
        let kept = Kept::new("[profile.prod]");
        says(
            &kept.refused(&["--profile", "prd"], &[TOKEN]),
            Exit::Usage,
            &["c.toml", "did you mean `prod`?"],
        );
        let used = kept.settings(&["--profile", "prod"], &[TOKEN]).config.unwrap();
        assert_eq!((used.path, used.profile.as_deref()), (kept.path("c.toml"), Some("prod")));
    }
}

mod environment {
    use super::*;

    #[test]
    fn every_option_can_come_from_its_variable() {
        let kept = Kept::new("concurrency = 3\nwait = '5s'\noutput = 'text'\ncolor = 'never'");
        let vars = [
            TOKEN,
            ("HANGUP_CONCURRENCY", "7"),
            ("HANGUP_WAIT", "1"),
            ("HANGUP_OUTPUT", "json"),
            ("HANGUP_COLOR", "always"),
            ("HANGUP_API_VERSION", "v1.0"),
            ("HANGUP_MAX_CALLS", "9"),
            ("NO_COLOR", "1"),
        ];
        let s = kept.settings(&[], &vars);
        assert_eq!((s.pace.concurrency, s.wait), (7, Some(Duration::from_secs(60))));
        assert_eq!((s.output.format, s.output.color.stdout), (Format::Json, true));
        assert_eq!((s.target.api_version, s.inputs.max_calls), (Some(ApiVersion::V1), Some(9)));
        let s = kept.settings(&["-j9", "--no-wait", "--color=never"], &vars);
        assert_eq!((s.pace.concurrency, s.wait, s.output.color.stdout), (9, None, false));
    }

    #[test]
    fn unknown_variables_are_refused_or_warned_about() {
        says(&refused(&[], &[("HANGUP_DRY_RUN", "1")]), Exit::Usage, &["HANGUP_DRY_RUN", "--dry-run"]);
        assert!(with(&[], &[("HANGUP_SOMETHING", "1")]).warnings[0].contains("HANGUP_SOMETHING"));
        let misspelled = Env::of([("HANGUP_ROUTES", "app")]);
        assert!(command(&["--generate", "man"], &misspelled).is_ok());
        assert!(command(&["--explain", "8522"], &misspelled).is_ok());
    }

    #[test]
    fn hosts_from_the_environment_are_warned_about() {
        let url = ("HANGUP_BASE_URL", "https://x.example");
        assert!(with(&[], &[url]).warnings[0].contains("https://x.example"));
        assert!(with(&["--base-url=https://y.example"], &[url]).warnings.is_empty());
        assert!(with(&[], &[("HANGUP_BASE_URL", "https://graph.microsoft.com/")]).warnings.is_empty());
        let vars = [
            ("AZURE_TENANT_ID", "t"),
            ("AZURE_CLIENT_ID", "c"),
            ("AZURE_CLIENT_SECRET", "s"),
            ("AZURE_AUTHORITY_HOST", "login.example"),
        ];
        let warnings = settings(&[ID], &Env::of(vars)).warnings;
        assert!(warnings[0].contains("login.example"), "{warnings:?}");
        assert!(with(&[], &[vars[3]]).warnings.is_empty());
    }

    #[test]
    fn secrets_in_place_of_paths_are_refused_and_cut() {
        let token = "eyJhbGciOiJub25lIn0.s3cret.s3cret";
        for option in ["-f", "--from-notifications", "--cacert", "--token-file", "--log", "--config"] {
            let refusal = refused(&[option, token], &[]);
            says(&refusal, Exit::Usage, &["looks like a token", "eyJhbG…"]);
            assert!(!refusal.message.contains("s3cret"));
        }
        for name in ["HANGUP_CONFIG", "HANGUP_CACERT", "HANGUP_LOG"] {
            says(&refused(&[], &[(name, token)]), Exit::Usage, &[name, "eyJhbG…"]);
        }
        let header = format!("@{token}");
        says(&refused(&["-H", &header], &[]), Exit::Usage, &["--header", "eyJhbG…"]);
    }
}

mod how {
    use super::*;

    #[test]
    fn flags_over_config() {
        let kept = Kept::new(
            "concurrency = 3\nretries = 0\ntimeout = 1\nconnect_timeout = 2\ndeadline = '1h'\nmax_calls = 7\n\
             ignore_not_found = true\nwait = true\noutput = 'json'\nlog = 'done.jsonl'",
        );
        let s = kept.settings(&[], &[TOKEN]);
        assert_eq!((s.pace.concurrency, s.pace.retries, s.inputs.max_calls), (3, 0, Some(7)));
        assert_eq!(
            (s.pace.timeout, s.pace.connect_timeout),
            (Duration::from_secs(1), Duration::from_secs(2))
        );
        assert_eq!(s.pace.deadline, Some(Duration::from_secs(3600)));
        assert_eq!((s.not_found, s.wait), (NotFoundPolicy::Fine, Some(Duration::from_secs(60))));
        assert_eq!((s.output.format, s.log.unwrap().path), (Format::Json, kept.path("done.jsonl")));
        let flags = [
            "-j9",
            "--retries=8",
            "--timeout=7",
            "--connect-timeout=6",
            "--deadline=5",
            "--max-calls=4",
            "--no-ignore-not-found",
            "--no-wait",
            "-ojsonl",
            "--no-log",
        ];
        let s = kept.settings(&flags, &[TOKEN]);
        assert_eq!((s.pace.concurrency, s.pace.retries, s.inputs.max_calls), (9, 8, Some(4)));
        assert_eq!(
            (s.pace.timeout, s.pace.connect_timeout),
            (Duration::from_secs(7), Duration::from_secs(6))
        );
        assert_eq!(s.pace.deadline, Some(Duration::from_secs(5)));
        assert_eq!((s.not_found, s.wait, s.output.format), (NotFoundPolicy::Reported, None, Format::Jsonl));
        assert!(s.log.is_none());
    }

    #[test]
    fn waiting_is_bare_or_for_so_long() {
        let kept = Kept::new("wait = '5s'\n[profile.no]\nwait = false");
        let wait = |args: &[&str]| kept.settings(args, &[TOKEN]).wait.map(|time| time.as_secs());
        assert_eq!(wait(&[]), Some(5));
        assert_eq!(wait(&["--wait"]), Some(60));
        assert_eq!(wait(&["--wait=2m"]), Some(120));
        assert_eq!(wait(&["--profile=no"]), None);
        assert_eq!(wait(&["--no-wait"]), None);
    }

    #[test]
    fn a_dry_run_here_needs_no_token_and_one_with_the_server_does() {
        let nothing = Env::default();
        for args in [[ID, "--dry-run"], [ID, "--dry-run=client"]] {
            let s = settings(&args, &nothing);
            assert_eq!((s.action, s.token.is_none()), (Action::DryRunLocal, true));
        }
        let refusal = command(&[ID, "--dry-run=server"], &nothing).unwrap_err();
        says(&refusal, Exit::Denied, &["no token found"]);
        assert_eq!(with(&["--dry-run=server"], &[]).action, Action::DryRunServer);
    }

    #[test]
    fn resuming_needs_a_log() {
        says(&refused(&["--resume"], &[]), Exit::Usage, &["--resume", "--log"]);
        assert!(with(&["--resume", "--log=x"], &[]).log.unwrap().resume);
        let kept = Kept::new("log = 'x'");
        assert!(kept.settings(&["--resume"], &[TOKEN]).log.unwrap().resume);
        assert!(!kept.settings(&[], &[TOKEN]).log.unwrap().resume);
        says(&refused(&["--log=-"], &[]), Exit::Usage, &["--log", "jsonl"]);
    }

    #[test]
    fn volume_follows_the_count_of_q() {
        for (args, volume) in [
            (&[][..], Verbosity::Normal),
            (&["-q"], Verbosity::Quiet),
            (&["-qq"], Verbosity::Silent),
            (&["-qqq"], Verbosity::Silent),
        ] {
            assert_eq!(with(args, &[]).output.volume, volume);
        }
        assert!(with(&["-v"], &[]).output.verbose);
    }
}

mod colours {
    use super::*;

    fn output(args: &[&str], vars: Vars<'_>, terminals: Terminals) -> Output {
        let cli = parse_args(["hangup", ID, "--sandbox"].iter().chain(args)).unwrap();
        match resolve(cli, &Env::of(vars.iter().copied()), terminals).unwrap() {
            Command::Run(settings) => settings.output,
            other => panic!("{other:?}"),
        }
    }

    const NONE: Streams = Streams { stdout: false, stderr: false };
    const BOTH: Streams = Streams { stdout: true, stderr: true };
    const STDERR: Streams = Streams { stdout: false, stderr: true };

    #[test]
    fn the_flag_then_the_environment_then_the_terminal_each_stream_by_itself() {
        let (no, force, dumb) = (("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1"), ("TERM", "dumb"));
        let table: [(&[&str], Vars<'_>, Streams, Streams); 14] = [
            (&[], &[], BOTH, BOTH),
            (&[], &[], STDERR, STDERR),
            (&[], &[], NONE, NONE),
            (&[], &[no], BOTH, NONE),
            (&[], &[("NO_COLOR", "")], BOTH, BOTH),
            (&[], &[force], NONE, BOTH),
            (&[], &[("CLICOLOR_FORCE", "0")], NONE, NONE),
            (&[], &[no, force], BOTH, NONE),
            (&[], &[dumb], BOTH, NONE),
            (&[], &[dumb, force], NONE, BOTH),
            (&["--color=always"], &[no], NONE, BOTH),
            (&["--color=never"], &[force], BOTH, NONE),
            (&["--color=auto"], &[no], BOTH, NONE),
            (&["--color=auto"], &[], STDERR, STDERR),
        ];
        for (args, vars, terminals, wanted) in table {
            assert_eq!(output(args, vars, terminals).color, wanted, "{args:?} {vars:?} {terminals:?}");
        }
    }

    #[test]
    fn the_config_comes_after_the_environment() {
        let kept = Kept::new("color = 'always'");
        let color = |args: &[&str], vars: Vars<'_>| {
            kept.settings(args, &[&[("HANGUP_SANDBOX", "1")], vars].concat()).output.color
        };
        assert_eq!(color(&[], &[]), BOTH);
        assert_eq!(color(&[], &[("NO_COLOR", "1")]), NONE);
        assert_eq!(color(&["--color=auto"], &[]), NONE);
    }

    #[test]
    fn a_bar_is_drawn_where_it_disturbs_nothing() {
        assert!(output(&[], &[], STDERR).progress);
        assert!(output(&[], &[], BOTH).progress);
        assert!(!output(&[], &[], NONE).progress);
        for quiet in ["-q", "-qq", "-v"] {
            assert!(!output(&[quiet], &[], STDERR).progress);
        }
        assert!(!output(&[], &[("TERM", "dumb")], STDERR).progress);
    }
}

mod tokens {
    use super::*;

    const AZURE: [(&str, &str); 3] =
        [("AZURE_TENANT_ID", "t"), ("AZURE_CLIENT_ID", "c"), ("AZURE_CLIENT_SECRET", "s3cret")];

    #[test]
    fn the_first_source_of_the_list_is_taken() {
        let kept = Kept::new("token = 'from-config'");
        let file = kept.path("a").display().to_string();
        let flag = ["--token-file", file.as_str()];
        let both = [TOKEN, ("GRAPH_TOKEN", "graph")];
        assert_eq!(origin(&kept.settings(&flag, &both)), "--token-file");
        assert_eq!(origin(&kept.settings(&[], &both)), "HANGUP_TOKEN");
        assert_eq!(origin(&kept.settings(&[], &both[1..])), "GRAPH_TOKEN");
        assert_eq!(origin(&kept.settings(&[], &AZURE)), "token");
        assert_eq!(origin(&settings(&[ID], &Env::of(AZURE))), "AZURE_CLIENT_SECRET");
    }

    #[test]
    fn a_token_file_is_looked_at_from_the_start() {
        let kept = Kept::new("");
        let dir = kept.dir.path().display().to_string();
        says(&refused(&["--token-file", "-"], &[]), Exit::Usage, &["--token-file", "standard input"]);
        says(&refused(&["--token-file", "/nowhere"], &[]), Exit::Denied, &["--token-file", "/nowhere"]);
        says(&refused(&["--token-file", &dir], &[]), Exit::Denied, &["--token-file", "directory"]);
        let refusal = refused(&["--token-file", "eyJhbGciOiJub25lIn0.s3cret.x"], &[]);
        says(&refusal, Exit::Usage, &["looks like a token"]);
        assert!(!refusal.message.contains("s3cret"));
    }

    #[test]
    fn a_variable_that_is_no_token_is_named_and_not_shown() {
        for (name, value) in
            [("HANGUP_TOKEN", "s3cret x"), ("HANGUP_TOKEN", " "), ("GRAPH_TOKEN", "s3\u{7}cret")]
        {
            let refusal = command(&[ID], &Env::of([(name, value)])).unwrap_err();
            says(&refusal, Exit::Denied, &[name]);
            assert!(!refusal.message.contains("s3"));
        }
    }

    #[test]
    fn without_any_token_each_place_is_named() {
        let env = Env::default().with_home(Path::new("/nowhere"));
        let places = [
            "--token-file",
            "HANGUP_TOKEN",
            "GRAPH_TOKEN",
            "config.toml (does not exist)",
            "AZURE_CLIENT_SECRET",
        ];
        says(&command(&[ID], &env).unwrap_err(), Exit::Denied, &places);
        let kept = Kept::new("retries = 1");
        says(&kept.refused(&[], &[]), Exit::Denied, &["c.toml (has no token source)"]);
        says(
            &kept.refused(&[], &[("AZURE_AUTHORITY_HOST", "https://x.example")]),
            Exit::Denied,
            &["no token found"],
        );
    }

    #[test]
    fn the_innermost_section_that_names_a_source_is_taken_with_inherited_ids() {
        let kept = Kept::new(
            "tenant_id = 't'\nclient_id = 'c'\ntoken = 'outer'\n[profile.file]\ntoken_file = 'a'\n[profile.secret]\n\
             client_id = 'c2'\nclient_secret_file = 'b'\n[profile.none]\nretries = 1\n[profile.machine]\n\
             managed_identity = true\n[profile.not]\nmanaged_identity = false\n[profile.cmd]\ntoken_command = ['x']",
        );
        let named = |profile: &str| kept.settings(&["--profile", profile], &[]);
        assert_eq!(origin(&kept.settings(&[], &[])), "token");
        assert_eq!(origin(&named("file")), "profile.file.token_file");
        assert_eq!(origin(&named("cmd")), "profile.cmd.token_command");
        assert_eq!(origin(&named("none")), "token");
        assert_eq!(origin(&named("not")), "token");
        let secret = credentials(named("secret"));
        assert_eq!((secret.tenant_id.as_str(), secret.client_id.as_str()), ("t", "c2"));
        assert!(matches!(secret.proof, Proof::SecretFile(path) if path == kept.path("b")));
        let machine = credentials(named("machine"));
        assert!(matches!(machine.proof, Proof::ManagedIdentity));
        assert_eq!(machine.client_id, "c");
    }

    #[test]
    fn two_sources_in_one_section_are_refused() {
        let kept = Kept::new("token_file = 'a'\nclient_certificate = 'b'");
        says(&kept.refused(&[], &[]), Exit::Usage, &["c.toml:", "token_file", "client_certificate"]);
        says(&kept.refused(&[], &[TOKEN]), Exit::Usage, &["two sources"]);
        kept.settings(&["--sandbox"], &[]);
        kept.settings(&["--dry-run"], &[]);
    }

    #[test]
    fn a_broken_token_key_stops_only_what_needs_a_token() {
        for broken in ["token = 3", "token_command = []", "[profile.p]\nmanaged_identity = 'yes'"] {
            let kept = Kept::new(broken);
            says(&kept.refused(&[], &[TOKEN]), Exit::Usage, &["c.toml:", "must"]);
            kept.settings(&["--sandbox"], &[]);
            kept.settings(&["--dry-run"], &[]);
        }
    }

    #[test]
    fn partial_credentials_are_an_error_only_where_nothing_else_gives_a_token() {
        let all = [
            ("AZURE_TENANT_ID", "AZURE_CLIENT_ID and one of AZURE_CLIENT_SECRET"),
            ("AZURE_CLIENT_ID", "AZURE_TENANT_ID and one of"),
            ("AZURE_CLIENT_SECRET", "missing AZURE_TENANT_ID and AZURE_CLIENT_ID"),
        ];
        for (name, missing) in all {
            let alone = command(&[ID], &Env::of([(name, "s3cret")])).unwrap_err();
            says(&alone, Exit::Denied, &[name, missing]);
            assert!(!alone.message.contains("s3cret"));
            assert_eq!(origin(&with(&[], &[(name, "s3cret")])), "HANGUP_TOKEN");
        }
        let kept = Kept::new("client_id = 'c'\nclient_secret_file = 'a'");
        let missing = kept.refused(&[], &[("AZURE_TENANT_ID", "t")]);
        says(&missing, Exit::Denied, &["c.toml:2: client_secret_file", "missing tenant_id"]);
        assert_eq!(origin(&kept.settings(&[], &[TOKEN])), "HANGUP_TOKEN");
        let s = kept.settings(&[], &AZURE);
        assert_eq!(origin(&s), "AZURE_CLIENT_SECRET");
        let warned = |w: &String| w.contains("missing tenant_id") && w.contains("AZURE_*");
        assert!(s.warnings.iter().any(warned), "{:?}", s.warnings);
        let half = Kept::new("tenant_id = 't'");
        says(&half.refused(&[], &[]), Exit::Denied, &["c.toml:1: tenant_id", "missing client_id and one of"]);
        assert_eq!(origin(&half.settings(&[], &AZURE)), "AZURE_CLIENT_SECRET");
    }

    #[test]
    fn the_proofs_of_the_environment_have_an_order() {
        let kept = Kept::new("");
        let (cert, federated) = (kept.path("a").display().to_string(), kept.path("b").display().to_string());
        let mut vars = AZURE.to_vec();
        vars.push(("AZURE_CLIENT_CERTIFICATE_PATH", &cert));
        vars.push(("AZURE_FEDERATED_TOKEN_FILE", &federated));
        let proof =
            |vars: &[(&str, &str)]| credentials(settings(&[ID], &Env::of(vars.iter().copied()))).proof;
        assert!(matches!(proof(&vars), Proof::Secret(_)));
        vars.remove(2);
        assert!(matches!(proof(&vars), Proof::Certificate(_)));
        vars.remove(2);
        assert!(matches!(proof(&vars), Proof::FederatedTokenFile(_)));
        vars[2].1 = "/nowhere";
        let refusal = command(&[ID], &Env::of(vars)).unwrap_err();
        says(&refusal, Exit::Denied, &["AZURE_FEDERATED_TOKEN_FILE", "/nowhere"]);
    }

    #[test]
    fn the_authority_host_is_the_one_variable_that_goes_with_the_config() {
        let kept = Kept::new("tenant_id = 't'\nclient_id = 'c'\nclient_secret = 's3cret'");
        let authority = |value| credentials(kept.settings(&[], &[("AZURE_AUTHORITY_HOST", value)])).authority;
        assert_eq!(authority("https://login.example/").as_deref(), Some("https://login.example"));
        assert_eq!(authority("login.example").as_deref(), Some("https://login.example"));
        let refusal = kept.refused(&[], &[("AZURE_AUTHORITY_HOST", "http://login.example")]);
        says(&refusal, Exit::Usage, &["AZURE_AUTHORITY_HOST", "https"]);
        let other = credentials(kept.settings(&[], &AZURE[..1]));
        assert_eq!(other.tenant_id, "t");
        assert!(!format!("{other:?}").contains("s3cret"));
    }

    #[test]
    fn ids_that_go_into_a_url_are_checked() {
        for id in ["a/b", "a b", "ä", "..%2f"] {
            let kept = Kept::new(&format!("tenant_id = '{id}'\nclient_id = 'c'\nclient_secret = 'x'"));
            says(&kept.refused(&[], &[]), Exit::Denied, &["c.toml:1: tenant_id"]);
        }
    }

    #[test]
    fn a_named_file_that_is_missing_is_told_with_its_line() {
        for key in ["token_file", "client_secret_file", "client_certificate", "federated_token_file"] {
            let kept = Kept::new(&format!("tenant_id = 't'\nclient_id = 'c'\n{key} = 'missing'"));
            says(&kept.refused(&[], &[]), Exit::Denied, &[&format!("c.toml:3: {key}"), "missing"]);
            kept.settings(&["--sandbox"], &[]);
        }
        let kept = Kept::new("token = ' '");
        says(&kept.refused(&[], &[]), Exit::Denied, &["c.toml:1: token", "empty"]);
        kept.settings(&["--dry-run=client"], &[]);
    }

    #[cfg(unix)]
    #[test]
    fn configs_with_secrets_must_be_private() {
        for secret in ["token = 'x'", "[profile.p]\nclient_secret = 'x'", "headers = { X-Api-Key = 'x' }"] {
            let kept = Kept::new(secret);
            for mode in [0o644, 0o604] {
                kept.mode(mode);
                let fix = format!("chmod 600 {}", kept.path("c.toml").display());
                says(&kept.refused(&[], &[TOKEN]), Exit::Usage, &[&fix]);
            }
            kept.mode(0o640);
            assert!(kept.settings(&[], &[TOKEN]).warnings[0].contains("chmod 600"));
            kept.mode(0o400);
            assert!(kept.settings(&[], &[TOKEN]).warnings.is_empty());
        }
        let kept = Kept::new("retries = 1");
        kept.mode(0o644);
        assert!(kept.settings(&[], &[TOKEN]).warnings.is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn secret_files_that_others_may_read_are_warned_about() {
        use std::os::unix::fs::PermissionsExt;
        let kept = Kept::new("token_file = 'a'");
        let warnings = |mode| {
            std::fs::set_permissions(kept.path("a"), std::fs::Permissions::from_mode(mode)).unwrap();
            kept.settings(&[], &[]).warnings
        };
        assert!(warnings(0o600).is_empty() && warnings(0o640).is_empty());
        assert!(warnings(0o644)[0].contains("token_file: other users may read"));
        assert!(warnings(0o666)[0].contains("chmod 600"));
    }

    #[test]
    fn token_file_variable_comes_after_the_token_variables() {
        let kept = Kept::new("token = 'from-config'");
        let file = kept.path("a").display().to_string();
        let variable = ("HANGUP_TOKEN_FILE", file.as_str());
        assert_eq!(origin(&kept.settings(&[], &[variable])), "HANGUP_TOKEN_FILE");
        assert_eq!(origin(&kept.settings(&[], &[variable, ("GRAPH_TOKEN", "x")])), "GRAPH_TOKEN");
        says(
            &refused_without_token(&[("HANGUP_TOKEN_FILE", "/nowhere")]),
            Exit::Denied,
            &["HANGUP_TOKEN_FILE"],
        );
    }

    fn refused_without_token(vars: Vars<'_>) -> CommandError {
        command(&[ID], &Env::of(vars.iter().copied())).map(drop).unwrap_err()
    }

    #[test]
    fn no_settings_show_a_secret() {
        let kept = Kept::new("token = 's3cret'\n[headers]\nX-Api-Key = 's3cret'");
        assert!(!format!("{:?}", kept.settings(&[], &[])).contains("s3cret"));
        assert!(!format!("{:?}", settings(&[ID], &Env::of(AZURE))).contains("s3cret"));
    }
}
