//! HTTP/1.1 by hand, because no well-behaved server can break off in the middle of a header.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use super::Reply;
use super::record::{Asked, Shared};
use super::reply::Act;

/// A connection, plain or over TLS.
pub trait Wire: AsyncRead + AsyncWrite + Unpin + Send {
    /// The socket below.
    fn socket(&self) -> &TcpStream;
}

impl Wire for TcpStream {
    fn socket(&self) -> &TcpStream {
        self
    }
}

impl Wire for TlsStream<TcpStream> {
    fn socket(&self) -> &TcpStream {
        self.get_ref().0
    }
}

/// Answers the requests of one connection.
pub async fn converse(wire: impl Wire, shared: Arc<Shared>, number: usize) {
    let mut connection = Connection { wire, shared, number, buffer: vec![] };
    while let Some(asked) = connection.request().await {
        let (reply, under_way) = connection.shared.begin(asked);
        if !connection.hesitate(&reply).await {
            return;
        }
        // Before the answer: the client may begin its next request as soon as the first byte is there.
        drop(under_way);
        if connection.answer(reply).await.is_none() {
            return;
        }
    }
}

struct Connection<W> {
    wire: W,
    shared: Arc<Shared>,
    number: usize,
    buffer: Vec<u8>,
}

impl<W: Wire> Connection<W> {
    /// Reads more; `None` where the client has hung up.
    async fn fill(&mut self) -> Option<()> {
        match self.wire.read_buf(&mut self.buffer).await {
            Ok(0) | Err(_) => None,
            Ok(_) => Some(()),
        }
    }

    /// Reads a request to its end; `None` where the client has hung up.
    async fn request(&mut self) -> Option<Asked> {
        let head_ends = loop {
            match self.buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                Some(at) => break at + 4,
                None => self.fill().await?,
            }
        };
        let at = Instant::now();
        let head: Vec<u8> = self.buffer.drain(..head_ends).collect();
        let mut asked = parse(&String::from_utf8_lossy(&head), at, self.number);
        asked.body = asked.header("content-length").map_or(0, |n| n.parse().unwrap());
        while self.buffer.len() < asked.body {
            self.fill().await?;
        }
        self.buffer.drain(..asked.body);
        Some(asked)
    }

    /// Takes the reply's time; says whether the client is still there after it.
    async fn hesitate(&mut self, reply: &Reply) -> bool {
        let stalls = matches!(reply.act, Act::Stall);
        if reply.delay.is_zero() && !stalls {
            return true;
        }
        let over = tokio::time::sleep(reply.delay);
        tokio::pin!(over);
        loop {
            tokio::select! {
                () = &mut over, if !stalls => return true,
                more = self.fill() => if more.is_none() { return false },
            }
        }
    }

    /// Answers; `None` where the connection is done with.
    async fn answer(&mut self, reply: Reply) -> Option<()> {
        match reply.act {
            Act::Answer { status, headers, body } => self.whole(status, &headers, &body).await,
            Act::Reset => self.wire.socket().set_zero_linger().ok().and(None),
            Act::CutHead => self.cut("HTTP/1.1 204 No Content\r\nrequest-").await,
            Act::CutBody { status } => {
                self.cut(&format!("HTTP/1.1 {status} X\r\ncontent-length: 500\r\n\r\n{{\"error\":{{")).await
            }
            Act::LastAnswer { status } => self.last(status).await,
            Act::Drip { every } => self.drip(every).await,
            Act::Flood { status, bytes } => self.flood(status, bytes).await,
            Act::Close | Act::Stall | Act::Refuse => None,
        }
    }

    async fn whole(&mut self, status: u16, headers: &[(String, String)], body: &[u8]) -> Option<()> {
        let mut head = format!("HTTP/1.1 {status} X\r\n");
        for (name, value) in headers {
            head.extend([name, ": ", value, "\r\n"]);
        }
        if status == 204 {
            return self.send(format!("{head}\r\n").as_bytes()).await;
        }
        let head = format!("{head}content-length: {}\r\n\r\n", body.len());
        self.send(&[head.as_bytes(), body].concat()).await
    }

    async fn send(&mut self, bytes: &[u8]) -> Option<()> {
        self.wire.write_all(bytes).await.ok()?;
        self.wire.flush().await.ok()
    }

    async fn cut(&mut self, part: &str) -> Option<()> {
        self.send(part.as_bytes()).await?;
        None
    }

    /// The moment is long enough for the client to put the next request on the connection.
    async fn last(&mut self, status: u16) -> Option<()> {
        self.whole(status, &[], b"").await?;
        tokio::time::sleep(Duration::from_millis(2)).await;
        None
    }

    async fn drip(&mut self, every: Duration) -> Option<()> {
        for byte in b"HTTP/1.1 204 No Content\r\n\r\n" {
            tokio::time::sleep(every).await;
            self.send(&[*byte]).await?;
        }
        Some(())
    }

    async fn flood(&mut self, status: u16, bytes: u64) -> Option<()> {
        let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {bytes}\r\n\r\n");
        self.send(head.as_bytes()).await?;
        let chunk = vec![b'x'; 16 * 1024];
        let mut left = bytes;
        while left > 0 {
            let part = chunk.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            let sent = self.wire.write(&chunk[..part]).await.ok()?;
            self.shared.flood(sent);
            left -= sent as u64;
        }
        self.wire.flush().await.ok()
    }
}

fn parse(head: &str, at: Instant, connection: usize) -> Asked {
    let mut lines = head.lines();
    let mut first = lines.next().unwrap().split(' ');
    let (method, path) = (first.next().unwrap().to_owned(), first.next().unwrap().to_owned());
    let headers = lines.filter_map(|line| line.split_once(':'));
    let headers = headers.map(|(name, value)| (name.to_lowercase(), value.trim().to_owned())).collect();
    Asked { method, path, headers, body: 0, at, connection }
}
