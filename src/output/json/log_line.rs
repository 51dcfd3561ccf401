//! A line of `--log`: a result, and the identity of the token that it was got with.

use schemars::JsonSchema;
use serde::Serialize;

use super::ResultView;
use crate::model::outcome::{CallResult, Origin};

/// A line of `--log`.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "log_line")]
pub struct LogLine<'a> {
    #[serde(flatten)]
    result: ResultView<'a>,
    token_app_id: Option<&'a str>,
    token_tenant_id: Option<&'a str>,
}

impl<'a> LogLine<'a> {
    pub fn new(result: &'a CallResult, origin: &'a Origin) -> Self {
        let token = result.token.as_deref();
        Self {
            result: ResultView::new(result, origin),
            token_app_id: token.map(|token| token.app_id.as_str()),
            token_tenant_id: token.map(|token| token.tenant_id.as_str()),
        }
    }
}
