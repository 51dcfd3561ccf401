//! The least that a client on reqwest costs: one DELETE and one line per call, and nothing else.
//!
//! `BENCH_TOKEN=... floor BASE_URL CONCURRENCY FILE`

use std::error::Error;
use std::io::{BufWriter, Write};

use futures_util::stream::{StreamExt, iter};
use reqwest::Client;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [base_url, concurrency, file] = args.as_slice() else {
        return Err("usage: floor BASE_URL CONCURRENCY FILE".into());
    };
    let calls = std::fs::read_to_string(file)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(end(base_url, concurrency.parse()?, calls.lines()))
}

async fn end(base_url: &str, concurrency: usize, calls: impl Iterator<Item = &str>) -> Result<()> {
    let (client, token) = (client()?, std::env::var("BENCH_TOKEN")?);
    let requests = calls.map(|call| {
        let request = client.delete(format!("{base_url}/beta/app/calls/{call}")).bearer_auth(&token);
        async move { (call, request.send().await) }
    });
    let mut responses = iter(requests).buffer_unordered(concurrency);
    let mut out = BufWriter::new(std::io::stdout().lock());
    while let Some((call, response)) = responses.next().await {
        writeln!(out, "{} {call}", response?.error_for_status()?.status().as_u16())?;
    }
    Ok(out.flush()?)
}

fn client() -> Result<Client> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = rustls::crypto::ring::default_provider();
    let mut tls = rustls::ClientConfig::builder_with_provider(provider.into())
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    tls.alpn_protocols = vec![b"h2".to_vec()];
    // Or else the first requests open a connection each.
    Ok(Client::builder().tls_backend_preconfigured(tls).http2_prior_knowledge().build()?)
}
