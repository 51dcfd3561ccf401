//! Builds responses with the headers and bodies of Graph's own.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use hyper::{Response, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::fault::Fault;

pub(super) type FullResponse = Response<Full<Bytes>>;

const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("client-request-id");
const SCENARIO_ID: HeaderName = HeaderName::from_static("scenario-id");
const DIAGNOSTIC: HeaderName = HeaderName::from_static("x-ms-ags-diagnostic");
const ODATA_VERSION: HeaderName = HeaderName::from_static("odata-version");

/// The headers that say which server of Graph answered. No such server exists.
const SERVER_INFO: HeaderValue = HeaderValue::from_static(
    r#"{"ServerInfo":{"DataCenter":"Sandbox","Slice":"E","Ring":"0","ScaleUnit":"000","RoleInstance":"SANDBOX"}}"#,
);

/// The IDs of one request, which every response to it repeats.
#[derive(Debug)]
pub(super) struct RequestIds {
    request: HeaderValue,
    /// Those that the client sent.
    echoed: Vec<(HeaderName, HeaderValue)>,
}

impl RequestIds {
    pub fn new(headers: &HeaderMap) -> Self {
        let request = HeaderValue::try_from(Uuid::new_v4().to_string());
        let echoed = [CLIENT_REQUEST_ID, SCENARIO_ID];
        Self {
            request: request.unwrap_or(HeaderValue::from_static("0")),
            echoed: echoed
                .into_iter()
                .filter_map(|name| headers.get(&name).cloned().map(|value| (name, value)))
                .collect(),
        }
    }

    /// 204: the call was ended.
    pub fn no_content(&self) -> FullResponse {
        self.response(StatusCode::NO_CONTENT, None)
    }

    /// 200 with the call.
    pub fn call(&self, id: &str, state: &str) -> FullResponse {
        let body = json!({
            "@odata.type": "#microsoft.graph.call",
            "id": id,
            "state": state,
            "direction": "outgoing",
        });
        self.response(StatusCode::OK, Some(&body))
    }

    pub fn fault(&self, fault: Fault) -> FullResponse {
        let client = self.echoed.iter().find(|(name, _)| *name == CLIENT_REQUEST_ID);
        let body = json!({ "error": {
            "code": fault.code,
            "message": fault.message,
            "innerError": {
                "request-id": text(&self.request),
                "client-request-id": client.map(|(_, value)| text(value)),
                "date": Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S").to_string(),
            },
        }});
        let mut response = self.response(fault.status, Some(&body));
        if let Some(seconds) = fault.retry_after {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response
    }

    /// Builds a response; the server adds `Date` and `Content-Length`.
    fn response(&self, status: StatusCode, body: Option<&Value>) -> FullResponse {
        let mut response = Response::new(Full::default());
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(REQUEST_ID, self.request.clone());
        headers.extend(self.echoed.iter().cloned());
        headers.insert(DIAGNOSTIC, SERVER_INFO);
        headers.insert(ODATA_VERSION, HeaderValue::from_static("4.0"));
        if let Some(body) = body {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            *response.body_mut() = Full::from(body.to_string());
        }
        response
    }
}

fn text(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}
