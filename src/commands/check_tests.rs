use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::*;
use crate::auth::SignIn;
use crate::model::route::RouteChoice;
use crate::model::token::Token;
use crate::settings::{Action, Cloud, Inputs, Limits, Output, Settings, Target, TokenSource, Verbosity};

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

async fn checked(settings: &Settings, token: Option<&str>) -> CheckReport {
    let provider = token.map(provider);
    check(settings, provider.as_ref(), Timestamp::from_second(NOW).unwrap()).await
}

fn text_of(report: &CheckReport) -> String {
    let mut out = Vec::new();
    report.write(Format::Text, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[tokio::test]
async fn all_that_matters_is_shown_and_the_token_is_not() {
    let mut settings = settings(Cloud::Global, Some("app-1"), RouteChoice::Auto);
    settings.config = Some(ConfigInUse { path: "/etc/h.toml".into(), profile: Some("prod".to_owned()) });
    settings.warnings.push("the group may read it".to_owned());
    let token = jwt(&json!({
        "appid": "a", "tid": "t", "roles": ["Calls.Initiate.All", "X"],
        "aud": "https://graph.microsoft.com", "exp": NOW + 2520,
    }));
    let report = checked(&settings, Some(&token)).await;
    assert_eq!(report.exit(), Exit::Ok);
    let text = text_of(&report);
    assert_eq!(
        text,
        "base URL     https://graph.microsoft.com\n\
         a hang-up    DELETE https://graph.microsoft.com/beta/applications/app-1/calls/CALL_ID\n\
         route        applications (auto)\n\
         API version  beta\n\
         cloud        global\n\
         config       /etc/h.toml, profile prod\n\
         token from   HANGUP_TOKEN\n\
         app id       a\n\
         tenant       t\n\
         roles        Calls.Initiate.All, X\n\
         audience     https://graph.microsoft.com\n\
         expires      in 42 min (2027-01-15T08:42:00Z)\n\
         warning: the group may read it\n"
    );
    assert!(!text.contains(&token) && !text.contains("c2VjcmV0"));
}

#[tokio::test]
async fn the_document_says_the_same() {
    let settings = settings(Cloud::UsGov, None, RouteChoice::Auto);
    let token = jwt(&json!({"scp": "x", "aud": "https://graph.microsoft.com", "exp": NOW - 3 * 3600}));
    let report = checked(&settings, Some(&token)).await;
    let mut out = Vec::new();
    report.write(Format::Jsonl, &mut out).unwrap();
    let out = String::from_utf8(out).unwrap();
    assert_eq!(out.lines().count(), 1);
    let document: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(document["example_url"], "https://graph.microsoft.us/v1.0/communications/calls/CALL_ID");
    assert_eq!(document["token"]["expires_in"], -3 * 3600);
    assert_eq!(document["token"]["source"], "HANGUP_TOKEN");
    assert_eq!(document["token"]["delegated"], true);
    assert_eq!(document["warnings"].as_array().unwrap().len(), 3);
    assert_eq!((document["exit_code"].as_i64(), report.exit()), (Some(3), Exit::Denied));
    assert!(text_of(&report).contains("expires      3 h ago ("));
}

#[tokio::test]
async fn no_token_is_exit_3_and_a_missing_role_is_not() {
    let settings = settings(Cloud::Global, None, RouteChoice::Pinned(Route::Communications));
    let report = checked(&settings, None).await;
    assert_eq!(report.exit(), Exit::Denied);
    assert!(text_of(&report).contains("token from   nowhere\nerror: there is no token\nhint: "));

    let report = checked(&settings, Some(&jwt(&json!({"aud": "https://graph.microsoft.com"})))).await;
    assert_eq!(report.exit(), Exit::Ok);
    assert!(text_of(&report).contains("roles        none\n"));
    assert!(text_of(&report).contains("warning: the token has none of the roles"));
}

#[tokio::test]
async fn an_opaque_token_is_taken_as_it_is() {
    let settings = settings(Cloud::Global, None, RouteChoice::Pinned(Route::Applications));
    let report = checked(&settings, Some("opaque-secret")).await;
    assert_eq!(report.exit(), Exit::Ok);
    let text = text_of(&report);
    assert!(text.contains("opaque: it says nothing of itself") && !text.contains("opaque-secret"));
    assert!(text.contains("/beta/applications/APP_ID/calls/CALL_ID\nroute        applications\n"));
}
