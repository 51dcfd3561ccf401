//! HTTP/2, with the ways in which a server ends a connection or refuses a stream.

use std::sync::Arc;
use std::time::{Duration, Instant};

use h2::server::SendResponse;
use h2::{Reason, RecvStream, SendStream};
use http::{HeaderName, HeaderValue, Request, Response};
use hyper::body::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use super::record::{Asked, Shared, UnderWay};
use super::reply::Act;
use super::{MARKER, Reply};

/// How connections end that the client would have kept.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ends {
    /// With a GOAWAY after so many requests.
    pub goaway_after: Option<usize>,
    /// Every second one without a word after so many requests, with everything in flight on it.
    pub dies_after: Option<usize>,
    /// The first with a GOAWAY that says that nothing was processed, for whatever reason; the first request's
    /// headers are in its debug data.
    pub goaway_first: bool,
}

/// Answers the requests of one connection.
pub async fn converse(mut wire: TlsStream<TcpStream>, shared: Arc<Shared>, number: usize, ends: Ends) {
    if ends.goaway_first && number == 1 {
        drop(reject(&mut wire).await);
        return;
    }
    let Ok(mut connection) = h2::server::handshake(wire).await else { return };
    let mut served = 0;
    while let Some(Ok((request, respond))) = connection.accept().await {
        let (reply, under_way) = shared.begin(record(&request, number));
        tokio::spawn(answer(respond, reply, under_way, Arc::clone(&shared)));
        served += 1;
        if Some(served) == ends.goaway_after {
            connection.graceful_shutdown();
        }
        if Some(served) == ends.dies_after && number.is_multiple_of(2) {
            return;
        }
    }
}

/// Speaks HTTP/2 frame by frame (RFC 9113, 6): no server of a library puts the token into a GOAWAY.
async fn reject(wire: &mut TlsStream<TcpStream>) -> std::io::Result<()> {
    const EMPTY_SETTINGS: [u8; 9] = [0, 0, 0, 4, 0, 0, 0, 0, 0];
    const HEADERS: u8 = 1;
    const ENHANCE_YOUR_CALM: u8 = 11;
    wire.write_all(&EMPTY_SETTINGS).await?;
    wire.read_exact(&mut [0; 24]).await?;
    loop {
        let mut head = [0; 9];
        wire.read_exact(&mut head).await?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        wire.read_exact(&mut vec![0; usize::try_from(length).unwrap()]).await?;
        if head[3] == HEADERS {
            break;
        }
    }
    let debug = format!("rejected: Bearer {MARKER}");
    let length = u8::try_from(8 + debug.len()).unwrap();
    wire.write_all(&[0, 0, length, 7, 0, 0, 0, 0, 0]).await?;
    wire.write_all(&[0, 0, 0, 0, 0, 0, 0, ENHANCE_YOUR_CALM]).await?;
    wire.write_all(debug.as_bytes()).await?;
    wire.shutdown().await
}

fn record(request: &Request<RecvStream>, connection: usize) -> Asked {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let mut headers: Vec<_> = request.headers().iter().map(|(n, v)| (n.to_string(), text(v))).collect();
    headers.extend(request.uri().authority().map(|host| ("host".into(), host.to_string())));
    let path = request.uri().path_and_query().map_or_else(|| "/".into(), ToString::to_string);
    let body = usize::from(!request.body().is_end_stream());
    Asked { method: request.method().to_string(), path, headers, body, at: Instant::now(), connection }
}

async fn answer(mut respond: SendResponse<Bytes>, reply: Reply, under_way: UnderWay, shared: Arc<Shared>) {
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
        Act::LastAnswer { status } => whole(&mut respond, status, vec![], vec![]),
        Act::Drip { every } => drop(drip(&mut respond, every).await),
        Act::Flood { status, bytes } => drop(flood(&mut respond, status, bytes, &shared).await),
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

fn head(respond: &mut SendResponse<Bytes>, status: u16) -> Option<SendStream<Bytes>> {
    let mut response = Response::new(());
    *response.status_mut() = status.try_into().unwrap();
    respond.send_response(response, false).ok()
}

/// A byte of an error's body at a time, until the client has had enough of it.
async fn drip(respond: &mut SendResponse<Bytes>, every: Duration) -> Option<()> {
    let mut stream = head(respond, 503)?;
    loop {
        stream.send_data(Bytes::from_static(b" "), false).ok()?;
        tokio::select! {
            () = tokio::time::sleep(every) => {}
            _ = std::future::poll_fn(|context| stream.poll_reset(context)) => return None,
        }
    }
}

/// As much of a body as the client's window lets through.
async fn flood(respond: &mut SendResponse<Bytes>, status: u16, bytes: u64, shared: &Shared) -> Option<()> {
    let mut stream = head(respond, status)?;
    let mut left = usize::try_from(bytes).unwrap();
    while left > 0 {
        stream.reserve_capacity(left.min(16 * 1024));
        let room = std::future::poll_fn(|context| stream.poll_capacity(context)).await?.ok()?;
        stream.send_data(vec![b'x'; room].into(), false).ok()?;
        shared.flood(room);
        left -= room;
    }
    None
}
