//! The simulated Graph over a socket.

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, advance};

use super::*;

/// A response as it came over the wire.
struct RawResponse {
    status: u16,
    head: String,
    body: String,
}

impl RawResponse {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    fn error_code(&self) -> String {
        self.json()["error"]["code"].as_str().unwrap().to_owned()
    }
}

async fn ask_as(token: &str, sandbox: &Sandbox, method: &str, path: &str) -> RawResponse {
    let mut stream = TcpStream::connect(sandbox.base_url.strip_prefix("http://").unwrap()).await.unwrap();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\
         client-request-id: mine\r\nscenario-id: s-1\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut heard = String::new();
    stream.read_to_string(&mut heard).await.unwrap();
    let (top, body) = heard.split_once("\r\n\r\n").unwrap();
    let status = top.split(' ').nth(1).unwrap().parse().unwrap();
    RawResponse { status, head: top.to_lowercase(), body: body.to_owned() }
}

async fn ask(sandbox: &Sandbox, method: &str, path: &str) -> RawResponse {
    ask_as(sandbox.token.expose(), sandbox, method, path).await
}

async fn delete(sandbox: &Sandbox, id: &str) -> RawResponse {
    ask(sandbox, "DELETE", &format!("/beta/app/calls/{id}")).await
}

async fn state(sandbox: &Sandbox, id: &str) -> Result<String, u16> {
    let heard = ask(sandbox, "GET", &format!("/beta/app/calls/{id}")).await;
    if heard.status == 200 {
        Ok(heard.json()["state"].as_str().unwrap().to_owned())
    } else {
        Err(heard.status)
    }
}

#[tokio::test]
async fn each_route_ends_a_call_once() {
    let sandbox = start().await.unwrap();
    for path in [
        "/beta/app/calls/a",
        "/beta/applications/b/calls/a",
        "/beta/communications/calls/c",
        "/v1.0/communications/calls/d",
    ] {
        assert_eq!(ask(&sandbox, "GET", path).await.json()["state"], "established", "{path}");
        let first = ask(&sandbox, "DELETE", path).await;
        assert_eq!((first.status, first.body.as_str()), (204, ""), "{path}");
        assert!(first.head.contains("\r\nrequest-id: ") && first.head.contains("\r\ndate: "));
        assert_eq!(ask(&sandbox, "GET", path).await.status, 404, "{path}");
        let second = ask(&sandbox, "DELETE", path).await;
        assert_eq!((second.status, second.error_code().as_str()), (404, "8522"), "{path}");
    }
}

#[tokio::test]
async fn other_paths_and_methods_are_refused() {
    let sandbox = start().await.unwrap();
    let table = [
        ("DELETE", "/v1.0/app/calls/a", 400, "BadRequest"),
        ("DELETE", "/v1.0/applications/b/calls/a", 400, "BadRequest"),
        ("DELETE", "/beta/app/calls/", 404, "ResourceNotFound"),
        ("DELETE", "/beta/app/calls/%ff", 404, "ResourceNotFound"),
        ("DELETE", "/beta/app/calls/a/participants", 404, "ResourceNotFound"),
        ("DELETE", "/", 404, "ResourceNotFound"),
        ("POST", "/beta/app/calls/a", 405, "Request_BadRequest"),
    ];
    for (method, path, status, code) in table {
        let heard = ask(&sandbox, method, path).await;
        assert_eq!((heard.status, heard.error_code().as_str()), (status, code), "{method} {path}");
    }
    let retired = ask(&sandbox, "DELETE", "/v1.0/app/calls/a").await;
    assert_eq!(retired.json()["error"]["message"], "Resource not found for the segment 'app'.");
}

#[tokio::test]
async fn responses_have_the_headers_and_shape_of_graphs() {
    let sandbox = start().await.unwrap();
    let heard = delete(&sandbox, "gone-1").await;
    let inner = heard.json()["error"]["innerError"].clone();
    let request_id = inner["request-id"].as_str().unwrap();
    assert!(heard.head.contains(&format!("\r\nrequest-id: {request_id}")));
    for header in [
        "client-request-id: mine",
        "scenario-id: s-1",
        "odata-version: 4.0",
        "x-ms-ags-diagnostic: {",
        "date: ",
    ] {
        assert!(heard.head.contains(&format!("\r\n{header}")), "{header}: {}", heard.head);
    }
    assert_eq!(inner["client-request-id"], "mine");
    assert_eq!(inner["date"].as_str().unwrap().len(), "2018-05-05T09:12:35".len());
}

#[tokio::test]
async fn only_its_own_token_is_accepted() {
    let (sandbox, other) = (start().await.unwrap(), start().await.unwrap());
    for token in ["", "x", other.token.expose()] {
        let heard = ask_as(token, &sandbox, "DELETE", "/beta/app/calls/a").await;
        assert_eq!((heard.status, heard.error_code().as_str()), (401, "InvalidAuthenticationToken"));
    }
    assert_eq!(delete(&sandbox, "a").await.status, 204, "a rejected request ends nothing");
}

#[tokio::test]
async fn id_prefix_decides_the_responses() {
    let sandbox = start().await.unwrap();
    let table: [(&str, &[u16]); 8] = [
        ("gone-1", &[404, 404]),
        ("denied-1", &[403, 403]),
        ("tenant-1", &[403, 403]),
        ("expired-1", &[401, 401]),
        ("broken-1", &[500, 500, 500]),
        ("busy-1", &[429, 204, 404]),
        ("flaky-1", &[503, 204, 404]),
        ("goner", &[204, 404]),
    ];
    for (id, statuses) in table {
        for status in statuses {
            let heard = delete(&sandbox, id).await;
            assert_eq!(heard.status, *status, "{id}");
            assert_eq!(heard.head.contains("\r\nretry-after: 1"), *status == 429, "{id}");
        }
    }
    assert_eq!(delete(&sandbox, "denied-2").await.error_code(), "7504");
    let wrapped = delete(&sandbox, "tenant-2").await;
    assert_eq!(wrapped.error_code(), "UnknownError");
    assert!(wrapped.json()["error"]["message"].as_str().unwrap().contains("\"errorCode\":\"7505\""));
}

#[tokio::test(start_paused = true)]
async fn slow_call_ends_after_two_seconds() {
    let sandbox = start().await.unwrap();
    let start = Instant::now();
    assert_eq!(delete(&sandbox, "slow-1").await.status, 204);
    assert!((Duration::from_secs(2)..Duration::from_secs(3)).contains(&start.elapsed()));
}

#[tokio::test(start_paused = true)]
async fn deleted_call_lingers_or_is_stuck() {
    let sandbox = start().await.unwrap();
    for id in ["lingering-1", "stuck-1"] {
        assert_eq!(state(&sandbox, id).await, Ok("established".into()), "{id}");
        assert_eq!(delete(&sandbox, id).await.status, 204, "{id}");
    }
    advance(Duration::from_millis(1900)).await;
    assert_eq!(state(&sandbox, "lingering-1").await, Ok("terminating".into()));
    assert_eq!(delete(&sandbox, "lingering-1").await.status, 204, "a second DELETE changes nothing");
    advance(Duration::from_millis(100)).await;
    assert_eq!(state(&sandbox, "lingering-1").await, Err(404));
    advance(Duration::from_secs(86_400)).await;
    assert_eq!(state(&sandbox, "stuck-1").await, Ok("terminating".into()));
}

#[tokio::test]
async fn ids_are_percent_decoded() {
    let sandbox = start().await.unwrap();
    let heard = ask(&sandbox, "GET", "/beta/app/calls/a%3A%40b").await;
    assert_eq!(heard.json()["id"], "a:@b");
    assert_eq!(delete(&sandbox, "a%3a@b").await.status, 204);
    assert_eq!(delete(&sandbox, "a:%40b").await.status, 404, "the same call in another spelling");
}

#[tokio::test]
async fn dropping_the_sandbox_closes_its_connections() {
    let sandbox = start().await.unwrap();
    let address = sandbox.base_url.strip_prefix("http://").unwrap().to_owned();
    let mut open = TcpStream::connect(&address).await.unwrap();
    assert_eq!(delete(&sandbox, "a").await.status, 204);
    drop(sandbox);
    let ended = open.read(&mut [0; 1]).await;
    assert!(matches!(ended, Ok(0) | Err(_)));
    assert!(TcpStream::connect(&address).await.is_err());
}
