use std::path::{Path, PathBuf};
use std::time::Duration;

use proptest::prelude::*;
use secrecy::ExposeSecret;

use super::*;
use crate::model::route::{ApiVersion, Route, RouteChoice};
use crate::settings::config::file::Place;
use crate::settings::config::keys;
use crate::settings::config::source_text::Origin;
use crate::settings::config::*;
use crate::settings::{Cloud, ColorChoice, Env, Format, Proof};

fn sections(text: &str) -> Result<crate::settings::config::parse::Sections, CommandError> {
    let (dir, home) = (Path::new("/etc/bot"), Path::new("/home/ada"));
    crate::settings::config::parse::sections(&Origin { name: "c.toml", text, dir, home: Some(home) })
}

fn top(text: &str) -> Section {
    sections(text).unwrap().0
}

fn errors(text: &str) -> Option<String> {
    match sections(text) {
        Ok((top, profiles)) => top.token.error().or_else(|| profiles.values().find_map(|p| p.token.error())),
        Err(refusal) => Some(refusal.message),
    }
}

fn refused(text: &str) -> String {
    errors(text).unwrap()
}

#[test]
fn every_key_is_read() {
    let section = top(r#"
        app_id = "app-1"
        route = "applications"
        api_version = "v1.0"
        cloud = "usgov"
        base_url = "https://proxy.example/graph/"
        cacert = "ca.pem"
        concurrency = 0x10
        retries = 0
        timeout = "1m30s"
        connect_timeout = 2.5
        deadline = 0xe10
        max_calls = 1000
        ignore_not_found = true
        older_than = "2h"
        wait = "2m"
        output = "jsonl"
        color = "never"
        log = "~/done.jsonl"
        headers = { If-Match = "W/\"1\"", Scenario-Id = "x" }
    "#);
    assert_eq!(section.app_id.unwrap().as_str(), "app-1");
    assert_eq!(section.route, Some(RouteChoice::Pinned(Route::Applications)));
    assert_eq!(section.api_version, Some(ApiVersion::V1));
    assert_eq!(section.cloud, Some(Cloud::UsGov));
    assert_eq!(section.base_url.as_deref(), Some("https://proxy.example/graph"));
    let cacert = section.cacert.unwrap();
    assert_eq!((cacert.value, cacert.at.as_str()), (PathBuf::from("/etc/bot/ca.pem"), "c.toml:7: cacert"));
    assert_eq!((section.concurrency, section.retries), (Some(16), Some(0)));
    assert_eq!(section.timeout, Some(Duration::from_secs(90)));
    assert_eq!(section.connect_timeout, Some(Duration::from_millis(2500)));
    assert_eq!(section.deadline, Some(Duration::from_secs(3600)));
    assert_eq!((section.max_calls, section.ignore_not_found), (Some(1000), Some(true)));
    assert_eq!(section.older_than, Some(Duration::from_secs(7200)));
    assert_eq!(section.wait, Some(Wait::For(Duration::from_secs(120))));
    assert_eq!((section.output, section.color), (Some(Format::Jsonl), Some(ColorChoice::Never)));
    assert_eq!(section.log, Some(PathBuf::from("/home/ada/done.jsonl")));
    assert_eq!(section.headers.len(), 2);
}

#[test]
fn every_source_of_a_token_is_read() {
    let source = |text: &str| top(text).token.sources.pop().unwrap();
    let path = |text: &str| match source(text).value {
        Source::TokenFile(path)
        | Source::Proof(
            Proof::SecretFile(path) | Proof::Certificate(path) | Proof::FederatedTokenFile(path),
        ) => path,
        other => panic!("{other:?}"),
    };
    assert!(matches!(source("token = 'abc'").value, Source::Token(text) if text.expose_secret() == "abc"));
    assert!(matches!(source("client_secret = 'abc'").value, Source::Proof(Proof::Secret(_))));
    for key in ["token_file", "client_secret_file", "client_certificate", "federated_token_file"] {
        assert_eq!(path(&format!("{key} = 'a/b'")), Path::new("/etc/bot/a/b"));
        assert_eq!(path(&format!("{key} = '/a/b'")), Path::new("/a/b"));
        assert_eq!(path(&format!("{key} = '~/b'")), Path::new("/home/ada/b"));
    }
    assert!(matches!(source("managed_identity = true").value, Source::Proof(Proof::ManagedIdentity)));
    assert!(top("managed_identity = false").token.sources.is_empty());
    assert_eq!(source("\ntoken = 'abc'").at, "c.toml:2: token");
}

#[test]
fn a_command_given_by_a_path_is_found_as_files_are() {
    let program = |text: &str| match top(text).token.sources.pop().unwrap().value {
        Source::TokenCommand(argv) => argv.join(" "),
        other => panic!("{other:?}"),
    };
    assert_eq!(program("token_command = ['az', 'account', './x']"), "az account ./x");
    assert_eq!(program("token_command = ['./get', '-x']"), "/etc/bot/./get -x");
    assert_eq!(program("token_command = ['~/bin/get']"), "/home/ada/bin/get");
}

#[test]
fn every_error_names_file_line_and_key() {
    let table = [
        ("\nconcurency = 3", "c.toml:2: concurency: there is no such key; did you mean `concurrency`?"),
        ("zzz = 3", "c.toml:1: zzz: there is no such key"),
        ("sandbox = true", "c.toml:1: sandbox: there is no such key"),
        ("app-id = 'x'", "c.toml:1: app-id: there is no such key; did you mean `app_id`?"),
        ("app_id = 3", "c.toml:1: app_id: must be a string, not an integer"),
        ("app_id = 'a b'", "c.toml:1: app_id: invalid app ID `a b`"),
        ("route = 'ap'", "c.toml:1: route: invalid value `ap`: use auto, app,"),
        ("cloud = 'china'", "c.toml:1: cloud: Graph has no call deletion"),
        ("base_url = 'http://example.com'", "c.toml:1: base_url: http is for loopback"),
        ("concurrency = 0", "c.toml:1: concurrency: must be a whole number, 1 to 256"),
        ("concurrency = 257", "c.toml:1: concurrency: must be a whole number, 1 to 256"),
        ("concurrency = '3'", "c.toml:1: concurrency: must be a whole number, not a string"),
        ("retries = -1", "c.toml:1: retries: must be a whole number, 0 to 4294967295"),
        ("retries = 1.5", "c.toml:1: retries: must be a whole number, not a float"),
        ("max_calls = -1", "c.toml:1: max_calls: must be a whole number, 0 or more"),
        ("timeout = 0", "c.toml:1: timeout: must be longer than 0"),
        ("timeout = -1", "c.toml:1: timeout: invalid duration `-1`"),
        ("timeout = inf", "c.toml:1: timeout: invalid duration `inf`"),
        ("deadline = true", "c.toml:1: deadline: must be a duration"),
        ("wait = 'soon'", "c.toml:1: wait: invalid duration `soon`"),
        ("ignore_not_found = 'yes'", "c.toml:1: ignore_not_found: must be true or false, not a string"),
        ("headers = 3", "c.toml:1: headers: must be a table, not an integer"),
        ("[headers]\n\nHost = 'x'", "c.toml:3: headers.Host: `host` is the tool's own"),
        ("[headers]\nX = 3", "c.toml:2: headers.X: must be a string"),
        ("token_command = 'az'", "c.toml:1: token_command: must be a list"),
        ("token_command = []", "c.toml:1: token_command: must begin with the program"),
        ("token_command = [3]", "c.toml:1: token_command: must be a string"),
        ("token_file = ''", "c.toml:1: token_file: is empty"),
        ("managed_identity = 1", "c.toml:1: managed_identity: must be true or false"),
        ("profile = 'x'", "c.toml:1: profile: must be a section [profile.NAME]"),
        ("profile.prod = 3", "c.toml:1: profile.prod: must be a table"),
        ("[profiles.x]", "c.toml:1: profiles: there is no such key; did you mean `profile`?"),
        (
            "[profile.prod]\n\ntimout = 3",
            "c.toml:3: profile.prod.timout: there is no such key; did you mean `timeout`?",
        ),
        ("[profile.prod.profile.x]", "c.toml:1: profile.prod.profile: there is no such key"),
        ("\ntimeout = = 3", "c.toml:2: timeout: "),
        ("a = 1\na = 2", "c.toml:2: duplicate key"),
        ("\n[unclosed", "c.toml:2: "),
        ("timeout = '3", "c.toml:1: timeout: "),
    ];
    for (text, wanted) in table {
        let message = refused(text);
        assert!(message.starts_with(wanted), "{text}\n  wanted {wanted}\n  but    {message}");
    }
}

#[test]
fn all_errors_are_told_at_once_in_the_order_of_the_file() {
    let message = refused("retries = true\nconcurrency = 0\n[profile.a]\nzzz = 1\n[headers]\nHost = 'x'");
    let lines: Vec<&str> = message.lines().map(|line| &line[..8]).collect();
    assert_eq!(lines, ["c.toml:1", "c.toml:2", "c.toml:4", "c.toml:6"]);
}

#[test]
fn every_key_is_known() {
    for key in keys::all() {
        let message = refused(&format!("{key} = 1979-05-27"));
        assert!(!message.contains("no such key"), "{message}");
    }
}

#[test]
fn no_error_shows_a_secret() {
    let table = [
        "token = \"s3cret",
        "token = s3cret",
        "client_secret = 's3cret' x",
        "client_secret 's3cret'",
        "token = ['s3cret']",
        "token = { a = 's3cret' }",
        "client_secret = \"\"\"\ns3cret=\n",
        "token = 's3cret'\ntoken = 's3cret'",
        "token_command = 's3cret'",
        "[headers]\nAuthorization = 's3cret'",
        "[headers]\nX-Key = \"s3cret\\u0001x\"",
        "base_url = 'https://me:s3cret@example.com'",
        "managed_identity = 's3cret'",
    ];
    for text in table {
        let message = refused(text);
        assert!(!message.contains("s3cret"), "{text}: {message}");
    }
    let section = top("token = 's3cret'\n[headers]\nX-Api-Key = 's3cret'");
    assert!(!format!("{section:?}").contains("s3cret"));
}

proptest! {
    #[test]
    fn a_broken_line_is_never_quoted(before in "[\"' =\\[\\]{}]{0,3}", after in "[\"' =\\[\\]{}x]{0,3}") {
        for key in ["token", "client_secret"] {
            let text = format!("{key} = {before}S3CRET_VALUE{after}");
            if let Some(message) = errors(&text) {
                prop_assert!(!message.contains("S3CRET"), "{}", message);
                prop_assert!(message.starts_with("c.toml:1: "), "{}", message);
            }
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in "(?s).{0,200}") {
        let _ = sections(&text);
    }
}

fn written(text: impl AsRef<[u8]>) -> (tempfile::TempDir, Place) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("c.toml");
    std::fs::write(&path, text).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    (dir, Place { path, named_by: Some("--config") })
}

fn chosen(text: &str, profile: Option<&str>) -> Result<Chosen, CommandError> {
    let (_dir, place) = written(text);
    load(&place, &Env::default(), &mut Vec::new())?.unwrap().choose(profile.map(str::to_owned))
}

const LAYERS: &str = "retries = 1\ntimeout = 1\ntoken = 'outer'\ntenant_id = 't'\nheaders = { A = '1', B = '1' }\n\
                      [profile.prod]\nretries = 2\ntoken_file = 'inner'\nheaders = { a = '2' }\nwait = false\n\
                      [profile.prod-eu]\n";

#[test]
fn a_profile_overrides_the_top_level_key_by_key() {
    let plain = chosen(LAYERS, None).unwrap();
    assert_eq!((plain.values.retries, plain.tokens.len()), (Some(1), 1));
    let prod = chosen(LAYERS, Some("prod")).unwrap();
    assert_eq!(prod.in_use.profile.as_deref(), Some("prod"));
    assert_eq!((prod.values.retries, prod.values.timeout), (Some(2), Some(Duration::from_secs(1))));
    let mut headers: Vec<_> =
        prod.values.headers.iter().map(|(n, v)| (n.as_str(), v.to_str().unwrap())).collect();
    headers.sort_unstable();
    assert_eq!(headers, [("a", "2"), ("b", "1")]);
    assert!(matches!(prod.tokens[0].sources[0].value, Source::TokenFile(_)));
    assert!(matches!(prod.tokens[1].sources[0].value, Source::Token(_)));
}

#[test]
fn an_unknown_profile_lists_those_there_are() {
    let message = chosen(LAYERS, Some("prd")).unwrap_err().message;
    for word in ["c.toml", "`prd`", "prod, prod-eu", "did you mean `prod`?"] {
        assert!(message.contains(word), "{message}");
    }
    assert!(chosen("", Some("x")).unwrap_err().message.contains("it has none"));
}

#[test]
fn two_sources_in_one_section_are_found_in_any_section() {
    let two = |text: &str| chosen(text, None).unwrap().token_error;
    assert_eq!(two(LAYERS), None);
    let message = two("[profile.a]\ntoken = 'x'\ntoken_file = 'y'").unwrap();
    assert!(
        message.contains("c.toml:3: profile.a.token_file") && message.contains("`profile.a.token`"),
        "{message}"
    );
}

#[cfg(unix)]
#[test]
fn configs_that_others_may_write_are_refused() {
    use std::os::unix::fs::PermissionsExt;
    let (_dir, place) = written("retries = 3");
    std::fs::set_permissions(&place.path, std::fs::Permissions::from_mode(0o646)).unwrap();
    let message = load(&place, &Env::default(), &mut Vec::new()).unwrap_err().message;
    assert!(message.starts_with("--config: ") && message.contains("chmod o-w"), "{message}");
}

#[test]
fn large_configs_are_refused() {
    let (_dir, place) = written(" ".repeat(1024 * 1024 + 1));
    let message = load(&place, &Env::default(), &mut Vec::new()).unwrap_err().message;
    assert!(message.contains("larger than 1 MiB"), "{message}");
}

#[test]
fn secrets_in_place_of_paths_are_refused_and_cut() {
    let secret = "abc8Q~abcdefghijklmnopqrstuvwxyz0123456";
    for key in ["token_file", "client_secret_file", "cacert", "log"] {
        let message = refused(&format!("{key} = '{secret}'"));
        assert!(
            message.contains("looks like a token or a secret") && message.contains("abc8Q~…"),
            "{message}"
        );
        assert!(!message.contains("abcdef"), "{message}");
    }
}

#[test]
fn literal_secrets_are_found_in_tokens_headers_and_commands() {
    let has = |text: &str| parse(Path::new("c.toml"), text.as_bytes(), None).unwrap().has_literal_secret();
    for text in [
        "token = 'x'",
        "[profile.p]\nclient_secret = 'x'",
        "headers = { X-Api-Key = 'x' }",
        "headers = { Cookie = 'x' }",
        "token_command = ['curl', '-d', 'a=b&client_secret=x']",
        "token_command = ['get', '--password', 'x']",
        "token_command = ['curl', '-H', 'Authorization: Basic x']",
    ] {
        assert!(has(text), "{text}");
    }
    for text in [
        "token_file = 'x'",
        "headers = { If-Match = 'x' }",
        "token_command = ['az', 'account', 'get-access-token', '--query', 'accessToken', '-o', 'tsv']",
        "token_command = ['get', '--token-file', 'x', '--secret', '/run/secret']",
        "token_command = ['curl', '-d', 'client_secret=@/run/secret']",
    ] {
        assert!(!has(text), "{text}");
    }
}

#[test]
fn only_a_file_that_nobody_named_may_be_absent() {
    let absent = |named_by| {
        load(&Place { path: "/nowhere/c.toml".into(), named_by }, &Env::default(), &mut Vec::new())
    };
    assert!(absent(None).unwrap().is_none());
    for name in ["--config", "HANGUP_CONFIG"] {
        let message = absent(Some(name)).unwrap_err().message;
        assert!(message.starts_with(name) && message.contains("/nowhere/c.toml"), "{message}");
    }
}

#[test]
fn a_byte_order_mark_is_fine_and_other_encodings_are_not() {
    let (_dir, place) = written("\u{feff}retries = 3\r\n");
    assert_eq!(load(&place, &Env::default(), &mut Vec::new()).unwrap().unwrap().top.retries, Some(3));
    let (_dir, place) = written(b"retries = 3\n\napp_id = '\xff'");
    let message = load(&place, &Env::default(), &mut Vec::new()).unwrap_err().message;
    assert!(message.ends_with("c.toml:3: the line is not UTF-8"), "{message}");
}

#[test]
fn the_config_is_looked_for_where_it_is_named_first() {
    let env = Env::of([("HANGUP_CONFIG", "/var.toml")]).with_home(Path::new("/home/ada"));
    let at = |flag: Option<&str>, env: &Env| place(flag.map(Path::new), env).map(|place| place.path);
    assert_eq!(at(Some("/flag.toml"), &env), Some("/flag.toml".into()));
    assert_eq!(at(None, &env), Some("/var.toml".into()));
    let env = Env::of([("HANGUP_CONFIG", "")]).with_home(Path::new("/home/ada"));
    assert_eq!(at(None, &env), Some("/home/ada/.config/hangup/config.toml".into()));
    assert_eq!(at(None, &Env::default()), None);
}
