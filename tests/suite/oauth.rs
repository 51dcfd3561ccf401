//! A double of Entra's token endpoint: over TLS, scripted, recording every request.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;

use crate::support::tls::{Authority, Certificate};

/// A request for a token.
#[derive(Debug, Clone)]
pub struct Asked {
    /// `/TENANT/oauth2/v2.0/token`
    pub path: String,
    /// The form's fields.
    pub form: HashMap<String, String>,
}

/// What the double answers.
#[derive(Debug, Clone)]
pub struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
    delay: Duration,
}

impl Answer {
    /// A token, good for so many seconds.
    pub fn token(token: &str, expires_in: u64) -> Self {
        let body = json!({"token_type": "Bearer", "expires_in": expires_in, "access_token": token});
        Self::of(200, body.to_string())
    }

    /// What Entra says when it refuses, with the line breaks that it has in there.
    pub fn refusal(code: u32, text: &str) -> Self {
        let text = format!("AADSTS{code}: {text}\r\nTrace ID: 1\r\nTimestamp: 2026-01-01 00:00:00Z");
        let body = json!({"error": "invalid_client", "error_description": text, "error_codes": [code]});
        Self::of(401, body.to_string())
    }

    /// A status with a body that is no JSON.
    pub fn status(status: u16) -> Self {
        Self::of(status, "<html>not now</html>".to_owned())
    }

    /// Any status and body.
    pub fn of(status: u16, body: String) -> Self {
        Self { status, headers: Vec::new(), body, delay: Duration::ZERO }
    }

    /// One more header.
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Takes its time.
    pub fn after(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }
}

type Script = Box<dyn Fn(usize, &Asked) -> Answer + Send + Sync>;

struct Shared {
    asked: Mutex<Vec<Asked>>,
    script: Script,
}

/// The double. Dropping it stops it.
pub struct Entra {
    /// For `AZURE_AUTHORITY_HOST`.
    pub url: String,
    /// The root certificate, for `--cacert`.
    pub pem: String,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Entra {
    /// Answers the nth request, counted from 0, with what `script` says.
    pub fn start(script: impl Fn(usize, &Asked) -> Answer + Send + Sync + 'static) -> Self {
        let authority = Authority::new();
        let acceptor = authority.acceptor(Certificate::Good, &[b"http/1.1"]);
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared { asked: Mutex::default(), script: Box::new(script) });
        let (stop, stopped) = oneshot::channel();
        let serving = Arc::clone(&shared);
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                tokio::select! {
                    () = serve(listener, acceptor, serving) => {}
                    _ = stopped => {}
                }
            });
        });
        Self { url, pem: authority.pem, shared, stop: Some(stop), thread: Some(thread) }
    }

    /// Always the same answer.
    pub fn saying(answer: Answer) -> Self {
        Self::start(move |_, _| answer.clone())
    }

    /// These answers in turn, the last one for ever.
    pub fn scripted(answers: impl Into<Vec<Answer>>) -> Self {
        let answers = answers.into();
        Self::start(move |n, _| answers[n.min(answers.len() - 1)].clone())
    }

    /// The requests so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.shared.record().clone()
    }

    /// The one request that came.
    #[track_caller]
    pub fn only(&self) -> Asked {
        let mut asked = self.asked();
        assert_eq!(asked.len(), 1, "{asked:#?}");
        asked.remove(0)
    }
}

impl Drop for Entra {
    fn drop(&mut self) {
        drop(self.stop.take());
        let ended = self.thread.take().map(JoinHandle::join);
        if !thread::panicking() {
            assert!(!matches!(ended, Some(Err(_))), "the double itself has failed");
        }
    }
}

impl Shared {
    fn record(&self) -> MutexGuard<'_, Vec<Asked>> {
        self.asked.lock().unwrap()
    }

    async fn answer(&self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
        let path = request.uri().path().to_owned();
        let body = request.into_body().collect().await.unwrap().to_bytes();
        let asked = Asked { path, form: form(&body) };
        let answer = {
            let mut record = self.record();
            record.push(asked.clone());
            (self.script)(record.len() - 1, &asked)
        };
        tokio::time::sleep(answer.delay).await;
        let mut response = Response::builder().status(answer.status);
        for (name, value) in answer.headers {
            response = response.header(name, value);
        }
        Ok(response.body(Full::from(answer.body)).unwrap())
    }
}

async fn serve(listener: std::net::TcpListener, acceptor: TlsAcceptor, shared: Arc<Shared>) {
    let listener = TcpListener::from_std(listener).unwrap();
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(converse(stream, acceptor.clone(), Arc::clone(&shared)));
    }
}

async fn converse(stream: TcpStream, acceptor: TlsAcceptor, shared: Arc<Shared>) {
    let Ok(stream) = acceptor.accept(stream).await else { return };
    let service = service_fn(|request| shared.answer(request));
    // A client that goes away is its own affair.
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

fn form(body: &[u8]) -> HashMap<String, String> {
    let pairs = reqwest::Url::parse(&format!("x:?{}", String::from_utf8_lossy(body))).unwrap();
    pairs.query_pairs().into_owned().collect()
}
