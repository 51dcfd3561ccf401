use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::*;
use serde_json::{Value, json};

use crate::auth::SignIn;
use crate::model::route::{Route, RouteChoice};
use crate::model::token::Token;
use crate::settings::{
    Action, Cloud, ConfigInUse, Format, Inputs, Limits, Output, Settings, Target, TokenSource, Verbosity,
};

const NOW: i64 = 1_800_000_000;

fn settings(cloud: Cloud, app_id: Option<&str>, route: RouteChoice) -> Settings {
    let second = Duration::from_secs(1);
    Settings {
        inputs: Inputs::default(),
        target: Target {
            sandbox: false,
            base_url: cloud.graph().to_owned(),
            cloud,
            route,
            api_version: None,
            app_id: app_id.map(|id| AppId::parse(id).unwrap()),
            headers: Vec::new(),
            cacert: None,
            network: crate::model::network_env::NetworkEnv::default(),
        },
        token: None,
        pace: Limits { concurrency: 1, retries: 0, timeout: second, connect_timeout: second, deadline: None },
        action: Action::HangUp,
        wait: None,
        not_found: crate::model::outcome::NotFoundPolicy::default(),
        fail_fast: false,
        output: Output {
            format: Format::Text,
            volume: Verbosity::Normal,
            verbose: false,
            color: crate::settings::Streams::default(),
            terminals: crate::settings::Streams::default(),
            progress: false,
        },
        log: None,
        config: None,
        warnings: Vec::new(),
    }
}

fn provider(token: &str) -> TokenProvider {
    let source =
        TokenSource::Ready { token: Token::parse(token).unwrap(), origin: "HANGUP_TOKEN".to_owned() };
    TokenProvider::new(
        source,
        SignIn {
            cloud: Cloud::Global,
            client: Box::new(|_| anyhow::bail!("no request is meant to be sent")),
            retries: 0,
            timeout: Duration::from_secs(1),
            deadline: None,
        },
    )
}

fn jwt(payload: &Value) -> String {
    format!("e30.{}.c2VjcmV0", URL_SAFE_NO_PAD.encode(payload.to_string()))
}

async fn checked(settings: Settings, token: Option<&str>) -> CheckReport {
    let provider = token.map(provider);
    let token = super::token(provider.as_ref()).await;
    let now = Timestamp::from_second(NOW).unwrap();
    report(settings, provider.as_ref(), &token, ProxyChoice::Direct, None, now)
}

fn text_of(report: &CheckReport) -> String {
    let mut out = Vec::new();
    report.write(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[tokio::test]
async fn text_shows_settings_and_claims_but_not_the_token() {
    let mut settings = settings(Cloud::Global, Some("app-1"), RouteChoice::Auto);
    settings.config = Some(ConfigInUse { path: "/etc/h.toml".into(), profile: Some("prod".to_owned()) });
    settings.warnings.push("the group may read it".to_owned());
    let token = jwt(&json!({
        "appid": "App-1", "tid": "t", "roles": ["Calls.Initiate.All", "X"],
        "aud": "https://graph.microsoft.com", "exp": NOW + 2520,
    }));
    let report = checked(settings, Some(&token)).await;
    assert_eq!(report.exit(), Exit::Ok);
    let text = text_of(&report);
    assert_eq!(
        text,
        "endpoint     https://graph.microsoft.com\n\
         request      DELETE https://graph.microsoft.com/beta/applications/app-1/calls/CALL_ID\n\
         route        applications (auto)\n\
         API version  beta\n\
         cloud        global\n\
         proxy        none\n\
         config       /etc/h.toml, profile prod\n\
         sign-in host none\n\
         token source HANGUP_TOKEN\n\
         app ID       App-1\n\
         tenant       t\n\
         roles        Calls.Initiate.All, X\n\
         audience     https://graph.microsoft.com\n\
         expires      in 42m (2027-01-15T08:42:00Z)\n\
         warning: the group may read it\n"
    );
    assert!(!text.contains(&token) && !text.contains("c2VjcmV0"));
}

#[tokio::test]
async fn json_shows_settings_and_claims() {
    let mut settings = settings(Cloud::UsGov, None, RouteChoice::Auto);
    settings.output.format = Format::Jsonl;
    let token = jwt(&json!({"scp": "x", "aud": "https://graph.microsoft.com", "exp": NOW - 3 * 3600}));
    let report = checked(settings, Some(&token)).await;
    let mut out = Vec::new();
    report.write(&mut out).unwrap();
    let out = String::from_utf8(out).unwrap();
    assert_eq!(out.lines().count(), 1);
    let document: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(document["example_url"], "https://graph.microsoft.us/v1.0/communications/calls/CALL_ID");
    assert_eq!(document["token"]["expires_in"], -3 * 3600);
    assert_eq!(document["token"]["source"], "HANGUP_TOKEN");
    assert_eq!(document["token"]["delegated"], true);
    assert_eq!(document["warnings"].as_array().unwrap().len(), 3);
    assert_eq!((document["exit_code"].as_i64(), report.exit()), (Some(3), Exit::Denied));
}

#[tokio::test]
async fn exits_3_without_a_token_but_not_for_a_missing_role() {
    let settings = || settings(Cloud::Global, None, RouteChoice::Pinned(Route::Communications));
    let report = checked(settings(), None).await;
    assert_eq!(report.exit(), Exit::Denied);
    assert!(text_of(&report).contains("token source none\nerror: no token found\nhint: "));

    let report = checked(settings(), Some(&jwt(&json!({"aud": "https://graph.microsoft.com"})))).await;
    assert_eq!(report.exit(), Exit::Ok);
    assert!(text_of(&report).contains("roles        none\n"));
    assert!(text_of(&report).contains("(not needed with resource-specific consent)"));
}

#[tokio::test]
async fn warns_when_the_app_id_is_not_the_tokens_app() {
    let settings = settings(Cloud::Global, Some("app-1"), RouteChoice::Auto);
    let token = jwt(&json!({"appid": "other", "roles": ["Calls.Initiate.All"]}));
    let report = checked(settings, Some(&token)).await;
    let warning = "warning: the app ID app-1 (--app-id) is not the token's app other: ";
    assert!(text_of(&report).contains(warning), "{}", text_of(&report));
    assert_eq!(report.exit(), Exit::Ok);
}

#[tokio::test]
async fn quiet_shows_the_report_only_if_something_is_wrong() {
    for (verbosity, token, is_shown) in [
        (Verbosity::Quiet, Some("opaque"), false),
        (Verbosity::Quiet, None, true),
        (Verbosity::Silent, None, false),
    ] {
        let mut settings = settings(Cloud::Global, None, RouteChoice::Auto);
        settings.output.volume = verbosity;
        let report = checked(settings, token).await;
        assert_eq!(!text_of(&report).is_empty(), is_shown, "{verbosity:?} {token:?}");
    }
}

#[tokio::test]
async fn accepts_an_opaque_token() {
    let settings = settings(Cloud::Global, None, RouteChoice::Pinned(Route::Applications));
    let report = checked(settings, Some("opaque-secret")).await;
    assert_eq!(report.exit(), Exit::Ok);
    let text = text_of(&report);
    assert!(text.contains("opaque (not a JWT, nothing to check)") && !text.contains("opaque-secret"));
    assert!(text.contains("/beta/applications/APP_ID/calls/CALL_ID\nroute        applications\n"));
}
