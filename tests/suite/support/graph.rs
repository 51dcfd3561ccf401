//! The scripted Graph: a double on a real socket, on a thread of its own.

use std::collections::HashMap;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;

use super::Reply;
use super::http2::Ends;
use super::record::{Asked, Fallback, Script, Shared};
use super::serve::{Later, Server, run};
use super::tls::{Authority, Certificate};

/// A double. Dropping it fails the test where it was never asked, unless it was told that it may stay so.
pub struct Graph {
    /// Where it listens.
    pub base_url: String,
    shared: Arc<Shared>,
    must_be_asked: bool,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// A double to be started.
pub struct Builder {
    scripts: HashMap<(String, String), Script>,
    default: Fallback,
    tls: Option<TlsAcceptor>,
    later: Option<Later>,
    ends: Ends,
}

/// 204 to every DELETE, an established call to every GET.
fn usual(asked: &Asked) -> Reply {
    if asked.method == "GET" { Reply::call("established") } else { Reply::ended() }
}

impl Builder {
    /// The answers to the DELETEs of one call, in turn; after them the default.
    pub fn script(self, id: &str, replies: impl IntoIterator<Item = Reply>) -> Self {
        self.on("DELETE", id, replies, false)
    }

    /// The answers to the DELETEs of one call, the last one for ever.
    pub fn always(self, id: &str, replies: impl IntoIterator<Item = Reply>) -> Self {
        self.on("DELETE", id, replies, true)
    }

    /// The answers to the GETs of one call, the last one for ever.
    pub fn states(self, id: &str, replies: impl IntoIterator<Item = Reply>) -> Self {
        self.on("GET", id, replies, true)
    }

    fn on(
        mut self,
        method: &str,
        id: &str,
        replies: impl IntoIterator<Item = Reply>,
        last_stays: bool,
    ) -> Self {
        let script = Script { replies: replies.into_iter().collect(), last_stays };
        self.scripts.insert((method.into(), id.into()), script);
        self
    }

    /// What it answers where nothing is scripted.
    pub fn default(mut self, default: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        self.default = Box::new(default);
        self
    }

    /// Speaks TLS, HTTP/1.1 only.
    pub fn tls(mut self, authority: &Authority, certificate: Certificate) -> Self {
        self.tls = Some(authority.acceptor(certificate, &[b"http/1.1"]));
        self
    }

    /// Speaks TLS, and HTTP/2 where the client does.
    pub fn http2(mut self, authority: &Authority) -> Self {
        self.tls = Some(authority.acceptor(Certificate::Good, &[b"h2", b"http/1.1"]));
        self
    }

    /// Ends the first HTTP/2 connection with a GOAWAY before any request is processed.
    pub fn goaway_first(mut self) -> Self {
        self.ends.goaway_first = true;
        self
    }

    /// Ends each HTTP/2 connection with a GOAWAY after this many requests.
    pub fn goaway_after(mut self, requests: usize) -> Self {
        self.ends.goaway_after = Some(requests);
        self
    }

    /// Drops every second HTTP/2 connection after this many requests, with everything in flight on it.
    pub fn dies_after(mut self, requests: usize) -> Self {
        self.ends.dies_after = Some(requests);
        self
    }

    /// Shows another certificate from this connection on, counted from 1.
    pub fn later(mut self, from: usize, authority: &Authority, certificate: Certificate) -> Self {
        self.later = Some(Later { from, tls: authority.acceptor(certificate, &[b"http/1.1"]) });
        self
    }

    /// Starts it.
    pub fn start(self) -> Graph {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        let base_url = format!("{scheme}://{}", listener.local_addr().unwrap());
        let shared = Shared::new(self.scripts, self.default);
        let server =
            Server { shared: Arc::clone(&shared), tls: self.tls, later: self.later, ends: self.ends };
        let (stop, stopped) = oneshot::channel();
        let thread = thread::spawn(move || run(server.serve(listener), stopped));
        Graph { base_url, shared, must_be_asked: true, stop: Some(stop), thread: Some(thread) }
    }
}

impl Graph {
    /// A double with answers of its own.
    pub fn builder() -> Builder {
        Builder {
            scripts: HashMap::new(),
            default: Box::new(usual),
            tls: None,
            later: None,
            ends: Ends::default(),
        }
    }

    /// A double that ends every call.
    pub fn start() -> Self {
        Self::builder().start()
    }

    /// A double that answers every request alike.
    pub fn saying(reply: Reply) -> Self {
        Self::builder().default(move |_| reply.clone()).start()
    }

    /// The requests so far, in the order in which they came.
    pub fn asked(&self) -> Vec<Asked> {
        self.shared.record().asked.clone()
    }

    /// `METHOD path` of the requests so far.
    pub fn lines(&self) -> Vec<String> {
        self.asked().iter().map(|asked| format!("{} {}", asked.method, asked.path)).collect()
    }

    /// The one request that came.
    #[track_caller]
    pub fn only(&self) -> Asked {
        let mut asked = self.asked();
        assert_eq!(asked.len(), 1, "{asked:#?}");
        asked.remove(0)
    }

    /// How many requests were made about a call.
    pub fn count(&self, id: &str) -> usize {
        self.shared.record().asked.iter().filter(|asked| asked.id() == id).count()
    }

    /// The most requests that were in flight at once.
    pub fn max_under_way(&self) -> usize {
        self.shared.record().max_under_way
    }

    /// How many connections were opened.
    pub fn connections(&self) -> usize {
        self.shared.record().connections
    }

    /// How many bytes of floods were taken, the buffers of both sides included.
    pub fn flooded(&self) -> u64 {
        self.shared.flooded()
    }

    /// Waits until it was asked so often.
    pub fn wait_for(&self, requests: usize) {
        self.shared.wait_until("requests", |record| record.asked.len() >= requests);
    }

    /// Waits until so many requests are in flight at once.
    pub fn wait_for_under_way(&self, requests: usize) {
        self.shared.wait_until("requests under way", |record| record.under_way >= requests);
    }

    /// Allows that it was never asked.
    pub fn may_stay_unasked(mut self) -> Self {
        self.must_be_asked = false;
        self
    }

    /// Fails where it was so much as connected to.
    #[track_caller]
    pub fn expect_untouched(self) {
        let asked = self.asked();
        assert!(asked.is_empty() && self.connections() == 0, "it was asked: {asked:#?}");
        drop(self.may_stay_unasked());
    }
}

impl Drop for Graph {
    fn drop(&mut self) {
        drop(self.stop.take());
        let ended = self.thread.take().map(JoinHandle::join);
        if !thread::panicking() {
            assert!(!matches!(ended, Some(Err(_))), "the double itself has failed");
            assert!(!self.must_be_asked || !self.asked().is_empty(), "the double was never asked");
        }
    }
}
