//! `--check` as JSON.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Serialize, Serializer};
use uuid::Uuid;

use super::fields::{self, AsText, millis};
use crate::model::outcome::Outcome;
use crate::model::route::Route;

/// The document of `--check -o json`.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "check")]
pub struct CheckView<'a> {
    pub base_url: &'a str,
    pub sandbox: bool,
    pub example_url: Option<String>,
    #[schemars(schema_with = "fields::route_or_null")]
    pub route: Route,
    pub api_version: &'a str,
    pub cloud: &'a str,
    /// Null for a direct connection.
    pub proxy: Option<ProxyView<'a>>,
    /// Null if getting the token takes no sign-in.
    pub sign_in_host: Option<&'a str>,
    pub config: Option<ConfigView<'a>>,
    pub token: TokenView<'a>,
    /// The request of `--check=server`; null without it, or if there is no token.
    pub probe: Option<ProbeView<'a>>,
    pub warnings: Vec<String>,
    /// Why there is no token.
    pub error: Option<MessageView<'a>>,
    pub exit_code: u8,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "check_proxy")]
pub struct ProxyView<'a> {
    pub address: String,
    pub variable: &'a str,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "check_config")]
pub struct ConfigView<'a> {
    pub path: String,
    pub profile: Option<&'a str>,
}

/// All but `source` is null or empty for an opaque token.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "check_token")]
pub struct TokenView<'a> {
    pub source: Option<&'a str>,
    pub app_id: Option<&'a str>,
    pub tenant_id: Option<&'a str>,
    pub roles: &'a [String],
    pub audience: Option<String>,
    pub delegated: Option<bool>,
    pub expires: Option<String>,
    /// In seconds; negative once the token has expired.
    pub expires_in: Option<i64>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "check_probe")]
pub struct ProbeView<'a> {
    pub url: &'a str,
    #[schemars(schema_with = "fields::route_or_null")]
    pub route: Route,
    #[schemars(schema_with = "fields::status_or_null")]
    pub status: Option<u16>,
    #[serde(serialize_with = "outcome_name")]
    #[schemars(schema_with = "fields::outcome")]
    pub outcome: Outcome,
    pub attempts: u32,
    #[serde(rename = "duration_ms", serialize_with = "duration_ms")]
    #[schemars(with = "u64")]
    pub duration: Duration,
    #[schemars(schema_with = "fields::uuid_or_null")]
    pub client_request_id: AsText<Uuid>,
    pub request_id: Option<&'a str>,
    /// Null if Graph answered as expected.
    pub error: Option<MessageView<'a>>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "check_error")]
pub struct MessageView<'a> {
    pub code: Option<&'a str>,
    pub message: &'a str,
    pub hint: Option<&'a str>,
}

fn outcome_name<S: Serializer>(outcome: &Outcome, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(outcome.name())
}

fn duration_ms<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(millis(*duration))
}
