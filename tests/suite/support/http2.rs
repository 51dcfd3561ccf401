//! HTTP/2, with the ways in which a server ends a connection or refuses a stream.

use std::sync::Arc;
use std::time::Instant;

use h2::server::SendResponse;
use h2::{Reason, RecvStream};
use http::{HeaderName, HeaderValue, Request, Response};
use hyper::body::Bytes;
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use super::Reply;
use super::record::{Asked, Shared, UnderWay};
use super::reply::Act;

/// Answers the requests of one connection, and ends it with a GOAWAY after so many.
pub async fn converse(
    wire: TlsStream<TcpStream>,
    shared: Arc<Shared>,
    number: usize,
    goaway_after: Option<usize>,
) {
    let Ok(mut connection) = h2::server::handshake(wire).await else { return };
    let mut served = 0;
    while let Some(Ok((request, respond))) = connection.accept().await {
        let (reply, under_way) = shared.begin(record(&request, number));
        tokio::spawn(answer(respond, reply, under_way));
        served += 1;
        if Some(served) == goaway_after {
            connection.graceful_shutdown();
        }
    }
}

fn record(request: &Request<RecvStream>, connection: usize) -> Asked {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let mut headers: Vec<_> = request.headers().iter().map(|(n, v)| (n.to_string(), text(v))).collect();
    headers.extend(request.uri().authority().map(|host| ("host".into(), host.to_string())));
    let path = request.uri().path_and_query().map_or_else(|| "/".into(), ToString::to_string);
    let body = usize::from(!request.body().is_end_stream());
    Asked { method: request.method().to_string(), path, headers, body, at: Instant::now(), connection }
}

async fn answer(mut respond: SendResponse<Bytes>, reply: Reply, under_way: UnderWay) {
    let gone = std::future::poll_fn(|context| respond.poll_reset(context));
    tokio::select! {
        () = tokio::time::sleep(reply.delay) => {}
        _ = gone => return,
    }
    if matches!(reply.act, Act::Stall) {
        let _ = std::future::poll_fn(|context| respond.poll_reset(context)).await;
        return;
    }
    drop(under_way);
    match reply.act {
        Act::Answer { status, headers, body } => whole(&mut respond, status, headers, body),
        Act::Refuse => respond.send_reset(Reason::REFUSED_STREAM),
        _ => respond.send_reset(Reason::INTERNAL_ERROR),
    }
}

fn whole(respond: &mut SendResponse<Bytes>, status: u16, headers: Vec<(String, String)>, body: Vec<u8>) {
    let mut response = Response::new(());
    *response.status_mut() = status.try_into().unwrap();
    for (name, value) in headers {
        let name: HeaderName = name.to_lowercase().parse().unwrap();
        response.headers_mut().append(name, value.parse().unwrap());
    }
    // The client may have gone meanwhile, which is for the test to judge.
    if let Ok(mut stream) = respond.send_response(response, body.is_empty())
        && !body.is_empty()
    {
        let _ = stream.send_data(body.into(), true);
    }
}
