//! The config file: where it is, what it may hold, who wins, and how its errors read.

use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt;

use crate::support::{Graph, Hangup, hangup};

fn url(command: Hangup) -> String {
    let done = command.args(["--dry-run", "-o", "json", "x"]).run();
    done.exit(0).result()["url"].as_str().unwrap().to_owned()
}

#[test]
fn config_precedence() {
    let config = "app_id = \"top\"\n[profile.p]\napp_id = \"profile\"\n";
    let command = || hangup().config(config);
    let app = |command| url(command).split('/').nth_back(2).unwrap().to_owned();
    assert_eq!(app(command()), "top");
    assert_eq!(app(command().args(["--profile", "p"])), "profile");
    assert_eq!(app(command().env("HANGUP_PROFILE", "p")), "profile");
    assert_eq!(app(command().env("HANGUP_PROFILE", "p").env("HANGUP_APP_ID", "env")), "env");
    assert_eq!(app(command().env("HANGUP_PROFILE", "p").env("HANGUP_APP_ID", "")), "profile");
    assert_eq!(app(command().env("HANGUP_APP_ID", "env").args(["--app-id", "flag"])), "flag");
}

#[test]
fn config_file_is_found_by_flag_variable_and_default() {
    let command = || {
        let command = hangup().config("app_id = \"usual\"\n").file("one.toml", "app_id = \"one\"\n");
        command.file("two.toml", "app_id = \"two\"\n")
    };
    assert!(url(command()).contains("/usual/"));
    assert!(url(command().env("HANGUP_CONFIG", "two.toml")).contains("/two/"));
    assert!(url(command().env("HANGUP_CONFIG", "two.toml").args(["--config", "one.toml"])).contains("/one/"));
    assert!(url(command().env("HANGUP_CONFIG", "")).contains("/usual/"));
}

#[test]
fn config_named_file_or_profile_must_exist() {
    hangup().args(["--config", "nowhere.toml", "a"]).run().refuses("nowhere.toml");
    hangup().env("HANGUP_CONFIG", "nowhere.toml").arg("a").run().refuses("nowhere.toml");
    hangup().config("[profile.prod]\n").args(["--profile", "prd", "a"]).run().refuses("prd");
    hangup().args(["--profile", "p", "a"]).run().refuses("p");
}

#[test]
fn config_errors_name_file_line_and_key() {
    let table = [
        ("# first\nconcurency = 3\n", "concurency"),
        ("\nconcurrency = 0\n", "concurrency"),
        ("\nconcurrency = \"many\"\n", "concurrency"),
        ("\nroute = \"phone\"\n", "route"),
        ("\ntimeout = \"soon\"\n", "timeout"),
        ("\napp_id = \"a/b\"\n", "app_id"),
        ("\nsandbox = true\n", "sandbox"),
    ];
    for (config, key) in table {
        let graph = Graph::start();
        let done = hangup().config(config).to(&graph).arg("a").run();
        assert_eq!((done.code, done.stdout.as_str()), (Some(2), ""), "{config:?}: {done:?}");
        done.says("config.toml").says("2").says(key);
        graph.expect_untouched();
    }
}

#[test]
fn config_bad_base_url_is_named() {
    let done = hangup().config("\nbase_url = \"http://example.com\"\n").arg("a").run();
    done.refuses("base_url").says("config.toml").says("2");
}

#[test]
fn config_suggests_the_nearest_key() {
    hangup().config("concurency = 3\n").arg("a").run().refuses("`concurrency`");
    hangup().config("[profile.p]\nretires = 3\n").args(["--profile", "p", "a"]).run().refuses("`retries`");
}

#[test]
fn config_broken_toml_names_its_line() {
    hangup().config("route = \"app\"\nroute = \n").arg("a").run().refuses("config.toml");
}

#[test]
fn config_keys_take_effect() {
    let graph = Graph::start();
    let config = format!(
        "base_url = {:?}\nroute = \"communications\"\noutput = \"json\"\n[headers]\nScenario-Id = \"s\"\n",
        graph.base_url
    );
    let done = hangup().config(&config).arg("a").run();
    assert_eq!(done.exit(0).result()["route"], "communications");
    assert_eq!(graph.only().header("scenario-id"), Some("s"));
}

#[test]
fn config_with_secret_must_be_private() {
    let table = [(0o600, true), (0o400, true), (0o640, true), (0o644, false), (0o604, false)];
    for (mode, taken) in table {
        let graph = Graph::start().may_stay_unasked();
        let command = hangup().no_token().config("token = \"abc\"\n").to(&graph).arg("a");
        set_permissions(command.path(".config/hangup/config.toml"), Permissions::from_mode(mode)).unwrap();
        let done = command.run();
        if taken {
            done.exit(0);
            assert_eq!(done.times_said("warning") > 0, mode == 0o640, "{mode:o}: {done:?}");
        } else {
            done.exit(2).no_report().says("chmod 600").never_says("abc");
            assert_eq!(graph.asked().len(), 0);
        }
    }
}

#[test]
fn configs_that_others_may_write_are_refused_in_every_mode() {
    for args in [&["a"][..], &["--sandbox", "a"], &["--dry-run", "a"], &["--check"]] {
        let command = hangup().config("route = \"app\"\n").args(args.iter().copied());
        set_permissions(command.path(".config/hangup/config.toml"), Permissions::from_mode(0o602)).unwrap();
        command.run().exit(2).no_report().says("chmod o-w");
    }
}

#[test]
fn option_names_as_variables_are_refused_before_anything_is_sent() {
    let graph = Graph::start();
    hangup().env("HANGUP_DRY_RUN", "1").to(&graph).arg("a").run().refuses("HANGUP_DRY_RUN");
    graph.expect_untouched();
    hangup().env("HANGUP_DRY_RUN", "1").arg("--help").run().exit(0);
}

#[test]
fn config_keys_can_be_set_by_variables() {
    let done = hangup().env("HANGUP_OUTPUT", "json").args(["--dry-run", "x"]).run();
    assert_eq!(done.exit(0).result()["id"], "x");
}

#[test]
fn config_without_secret_may_be_readable() {
    let command = hangup().config("route = \"app\"\n").args(["--dry-run", "a"]);
    set_permissions(command.path(".config/hangup/config.toml"), Permissions::from_mode(0o644)).unwrap();
    command.run().exit(0);
}

#[test]
fn config_two_token_sources_are_an_error() {
    let done = hangup().no_token().config("token = \"abc\"\ntoken_file = \"x\"\n").arg("a").run();
    done.exit(2).no_report().says("token_file").never_says("abc");
}

#[test]
fn environment_booleans_and_empty_variables() {
    for (value, code) in [("1", 0), ("true", 0), ("yes", 0), ("on", 0), ("maybe", 2)] {
        let done = hangup().no_token().env("HANGUP_SANDBOX", value).arg("a").run();
        assert_eq!(done.code, Some(code), "{value}: {done:?}");
    }
    hangup().no_token().env("HANGUP_SANDBOX", "").arg("a").run().exit(3);
}
