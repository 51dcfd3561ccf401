//! Proxies from the environment.

use crate::support::proxy::Proxy;
use crate::support::tls::{Authority, Certificate};
use crate::support::{Graph, Hangup, hangup};

/// A Graph by the name `other.example`, which only a proxy can resolve.
fn graph(authority: &Authority) -> Graph {
    Graph::builder().tls(authority, Certificate::WrongHost).start()
}

const URL: &str = "https://other.example:8443";

fn command(authority: &Authority, variable: &str, value: &str) -> Hangup {
    let command = hangup().file("ca.pem", &authority.pem).env(variable, value);
    command.args(["--cacert", "ca.pem", "--base-url", URL, "a"])
}

#[test]
fn http_proxy_tunnels_tls() {
    let authority = Authority::new();
    let graph = graph(&authority);
    let proxy = Proxy::http(&graph);
    let value = format!("http://us%65r:p%40ss@{}", proxy.address);
    command(&authority, "HTTPS_PROXY", &value).run().exit(0);
    assert_eq!(graph.only().path, "/beta/app/calls/a");
    let head = &proxy.seen()[0];
    assert!(head.starts_with("CONNECT other.example:8443 HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("\r\nProxy-Authorization: Basic dXNlcjpwQHNz\r\n"), "{head}");
    assert!(!head.contains("Bearer"), "{head}");
}

#[test]
fn socks5h_proxy_resolves_the_name() {
    let authority = Authority::new();
    for (scheme, login) in [("socks5h", None), ("socks5h", Some(("user", "p@ss")))] {
        let graph = graph(&authority);
        let proxy = Proxy::socks(&graph, login);
        let user = if login.is_some() { "user:p%40ss@" } else { "" };
        command(&authority, "all_proxy", &format!("{scheme}://{user}{}", proxy.address)).run().exit(0);
        assert_eq!(graph.only().path, "/beta/app/calls/a");
        assert_eq!(proxy.seen(), ["name:other.example:8443"]);
    }
}

#[test]
fn socks5_resolves_the_name_here() {
    let authority = Authority::new();
    let graph = graph(&authority).may_stay_unasked();
    for scheme in ["socks5", "socks"] {
        let proxy = Proxy::socks(&graph, None);
        let done = command(&authority, "HTTPS_PROXY", &format!("{scheme}://{}", proxy.address));
        let done = done.args(["--retries", "0"]).run();
        done.exit(5).shows("cannot resolve other.example: ");
        assert!(proxy.seen().is_empty());
    }
    let proxy = Proxy::socks(&graph, None);
    let url = ["--base-url", "https://192.0.2.1", "--retries", "0", "a"];
    let done = hangup().env("HTTPS_PROXY", format!("socks5://{}", proxy.address)).args(url).run();
    done.exit(1).shows("the certificate of 192.0.2.1:443 (through proxy 127.0.0.1:");
    assert_eq!(proxy.seen(), ["ip:[192, 0, 2, 1]:443"]);
}

#[test]
fn refusing_proxy_stops_the_run() {
    let authority = Authority::new();
    for (status, advice) in [
        (407, "put user:password@ into HTTPS_PROXY"),
        (403, "it does not allow connections to other.example:8443"),
    ] {
        let proxy = Proxy::refusing(status);
        let command = command(&authority, "HTTPS_PROXY", &proxy.address);
        let done = command.args(["-j", "1", "--retries", "3", "b", "-o", "json"]).run();
        done.exit(1).shows(&format!("proxy {} answered {status}: {advice}", proxy.address));
        assert_eq!(proxy.seen().len(), 1);
        assert_eq!(done.results("not-attempted").len(), 1);
    }
}

#[test]
fn overloaded_proxy_is_retried() {
    let authority = Authority::new();
    let proxy = Proxy::refusing(503);
    let done = command(&authority, "HTTPS_PROXY", &proxy.address).args(["--retries", "1"]).run();
    done.exit(5).shows(&format!("proxy {} answered 503: it cannot reach other.example:8443", proxy.address));
    assert_eq!(proxy.seen().len(), 2);
}

#[test]
fn socks_login_that_fails_stops_the_run() {
    let authority = Authority::new();
    let graph = graph(&authority).may_stay_unasked();
    let proxy = Proxy::socks(&graph, Some(("user", "right")));
    for (user, text) in
        [("", "wants a login: put user:password@ into ALL_PROXY"), ("user:wrong@", "did not accept")]
    {
        let value = format!("socks5h://{user}{}", proxy.address);
        let done = command(&authority, "ALL_PROXY", &value).run();
        done.exit(1).shows(text);
        assert!(!format!("{done:?}").contains("wrong"), "{done:?}");
    }
}

#[test]
fn invalid_proxy_variable_is_a_usage_error() {
    for value in ["socks4://p:1", "http://", "http://p:99999"] {
        let command = hangup().env("https_proxy", value).args(["--base-url", URL, "a"]);
        command.run().refuses("https_proxy: ");
    }
    // A value that would not be used does no harm.
    let graph = Graph::start();
    hangup().to(&graph).env("https_proxy", "socks4://p:1").arg("a").run().exit(0);
    hangup().env("https_proxy", "socks4://p:1").args(["--sandbox", "a"]).run().exit(0);
}

#[test]
fn no_proxy_bypasses_the_proxy_and_warns_about_invalid_entries() {
    let authority = Authority::new();
    let proxy = Proxy::refusing(403);
    let command = command(&authority, "HTTPS_PROXY", &proxy.address).env("NO_PROXY", "10.*, .example:8443");
    let done = command.args(["--retries", "0"]).run();
    done.exit(5).says("NO_PROXY: ignored `10.*`").shows("cannot resolve other.example");
    assert!(proxy.seen().is_empty());
}
