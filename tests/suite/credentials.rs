//! Unattended runs: a command's token, application credentials, renewal, and `--check`.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::oauth::{Answer, Entra};
use crate::support::{Graph, Hangup, Reply, Signal, hangup, verify_assertion};

const SECRET: &str = "zq8~s3cret";
const CERTIFICATE: &str = include_str!("../data/client.pem");

/// How a command is made that signs in.
type Made = fn(&Entra) -> Hangup;

/// A command that signs in there.
fn signing_in(entra: &Entra) -> Hangup {
    let command = hangup().no_token().file("ca.pem", &entra.pem).args(["--cacert", "ca.pem"]);
    command.env("AZURE_AUTHORITY_HOST", &entra.url)
}

/// The same, with these lines about the application in its config.
fn with(entra: &Entra, proof: &str) -> Hangup {
    signing_in(entra).config(&format!("tenant_id = \"contoso\"\nclient_id = \"app\"\n{proof}\n"))
}

fn with_secret(entra: &Entra) -> Hangup {
    with(entra, &format!("client_secret = \"{SECRET}\""))
}

/// A command whose token comes from a shell script.
fn with_script(script: &str) -> Hangup {
    hangup().no_token().config(&format!("token_command = [\"sh\", \"-c\", '''{script}''']\n"))
}

/// A Graph that takes only this token.
fn graph_for(token: &'static str) -> Graph {
    let expected = format!("Bearer {token}");
    let answer = move |asked: &crate::support::Asked| match asked.header("authorization") {
        Some(sent) if sent == expected => Reply::ended(),
        _ => Reply::error(401, "InvalidAuthenticationToken", "Access token has expired."),
    };
    Graph::builder().default(answer).start()
}

/// Tokens `t0`, `t1`, ... in turn, good for an hour.
fn numbered() -> Entra {
    Entra::start(|n, _| Answer::token(&format!("t{n}"), 3600))
}

#[test]
fn each_kind_of_application_credentials_brings_a_token() {
    let azure =
        |entra: &Entra| signing_in(entra).env("AZURE_TENANT_ID", "contoso").env("AZURE_CLIENT_ID", "app");
    let table: [(Made, &str, &str); 4] = [
        (with_secret, "client_secret", SECRET),
        (
            |e| with(e, "client_secret_file = \"s\"").file(".config/hangup/s", format!("{SECRET}\n")),
            "client_secret",
            SECRET,
        ),
        (
            |e| with(e, "federated_token_file = \"f\"").file(".config/hangup/f", "fed\n"),
            "client_assertion",
            "fed",
        ),
        (
            |e| with(e, "client_certificate = \"c.pem\"").file(".config/hangup/c.pem", CERTIFICATE),
            "client_assertion",
            "",
        ),
    ];
    for (made, field, value) in table {
        check_sign_in(made, field, value);
    }
    let table: [(&str, &str, &str, &str); 3] = [
        ("AZURE_CLIENT_SECRET", SECRET, "client_secret", SECRET),
        ("AZURE_FEDERATED_TOKEN_FILE", "f", "client_assertion", "fed"),
        ("AZURE_CLIENT_CERTIFICATE_PATH", "c.pem", "client_assertion", ""),
    ];
    for (variable, set, field, value) in table {
        let made = |e: &Entra| azure(e).env(variable, set).file("f", "fed").file("c.pem", CERTIFICATE);
        check_sign_in(made, field, value);
    }
}

/// One call ends, after one request for a token that had `value` (where that is known) in `field`.
fn check_sign_in(made: impl Fn(&Entra) -> Hangup, field: &str, value: &str) {
    let entra = numbered();
    let graph = graph_for("t0");
    made(&entra).to(&graph).arg("a").run().exit(0);
    let asked = entra.only();
    assert_eq!(asked.path, "/contoso/oauth2/v2.0/token");
    assert_eq!(asked.form["client_id"], "app");
    assert_eq!(asked.form["scope"], "https://graph.microsoft.com/.default");
    assert!(value.is_empty() || asked.form[field] == value, "{field}: {asked:?}");
}

#[test]
fn a_certificates_assertion_verifies_against_the_certificate() {
    let entra = numbered();
    let graph = graph_for("t0");
    let command = with(&entra, "client_certificate = \"c.pem\"").file(".config/hangup/c.pem", CERTIFICATE);
    command.to(&graph).arg("a").run().exit(0);
    let audience = format!("{}/contoso/oauth2/v2.0/token", entra.url);
    let assertion = &entra.only().form["client_assertion"];
    verify_assertion(assertion, CERTIFICATE, &audience);
}

#[test]
fn a_managed_identity_is_asked_without_a_proxy() {
    let answer = json!({"access_token": "abc", "expires_on": "4000000000", "token_type": "Bearer",
        "resource": "https://graph.microsoft.com"});
    let identity = Graph::saying(Reply::body(200, answer.to_string()));
    let graph = graph_for("abc");
    for (line, expected) in [("", None), ("client_id = \"mine\"", Some("client_id=mine"))] {
        let command = hangup().no_token().config(&format!("managed_identity = true\n{line}\n"));
        let command = command.env("IDENTITY_ENDPOINT", format!("{}/msi/token", identity.base_url));
        let command = ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"]
            .into_iter()
            .fold(command.env("IDENTITY_HEADER", "h"), |c, name| c.env(name, "http://127.0.0.1:9"));
        command.to(&graph).arg("a").run().exit(0);
        let asked = identity.asked().pop().unwrap();
        assert_eq!(asked.header("x-identity-header"), Some("h"));
        assert!(asked.path.contains("resource=https%3A%2F%2Fgraph.microsoft.com&") || expected.is_none());
        assert!(expected.is_none_or(|e| asked.path.contains(e)), "{asked:?}");
    }
}

#[test]
fn a_managed_identitys_header_is_not_shown_when_it_is_echoed() {
    let body =
        json!({"error": "invalid_request", "error_description": "bad header zq8 h3ader in the request"});
    let identity = Graph::saying(Reply::body(400, body.to_string()));
    let graph = Graph::start();
    let command = hangup().no_token().config("managed_identity = true\n").to(&graph).args(["-v", "a"]);
    let command = command.env("IDENTITY_ENDPOINT", format!("{}/msi/token", identity.base_url));
    let done = command.env("IDENTITY_HEADER", "zq8 h3ader").run();
    done.exit(3).says("bad header *** in the request").never_says("h3ader");
    assert!(!done.stdout.contains("h3ader"));
    graph.expect_untouched();
}

#[test]
fn the_scope_is_the_clouds_wherever_requests_go() {
    let entra = numbered();
    let graph = graph_for("t0");
    with_secret(&entra).to(&graph).args(["--cloud", "dod", "a"]).run().exit(0);
    assert_eq!(entra.only().form["scope"], "https://dod-graph.microsoft.us/.default");
}

#[test]
fn a_refusal_is_exit_3_with_entras_words_and_nothing_is_sent() {
    let entra = Entra::start(|_, asked| {
        Answer::refusal(7_000_215, &format!("Invalid client secret {}.", asked.form["client_secret"]))
    });
    let graph = Graph::start();
    let done = with_secret(&entra).to(&graph).args(["-v", "a", "b"]).run();
    done.exit(3).says("AADSTS7000215").says("Invalid client secret").never_says(SECRET);
    assert!(!done.stdout.contains(SECRET));
    assert_eq!(entra.asked().len(), 1);
    graph.expect_untouched();
}

#[test]
fn a_secret_is_not_shown_in_a_forms_spelling_either() {
    let entra = Entra::saying(Answer::refusal(7_000_215, "Sent: client_secret=zq8%7Es3cret&scope=x."));
    let done = with_secret(&entra).arg("a").run();
    done.exit(3).says("withheld: it contains a secret").never_says("s3cret");
    assert!(!done.stdout.contains("s3cret"));
}

#[test]
fn partial_credentials_matter_only_where_nothing_else_gives_a_token() {
    let graph = graph_for("abc");
    let lone = || hangup().no_token().env("AZURE_TENANT_ID", "contoso");
    lone().config("token = \"abc\"\n").to(&graph).arg("a").run().exit(0);
    let done = lone().to(&graph).arg("a").run();
    assert!(matches!(done.code, Some(2 | 3)), "{done:?}");
    done.no_report().says("AZURE_CLIENT_ID");
    assert_eq!(graph.asked().len(), 1);
}

#[test]
fn a_busy_sign_in_service_is_asked_again() {
    let entra = Entra::scripted([
        Answer::status(429).header("retry-after", "1"),
        Answer::status(503),
        Answer::token("t", 3600),
    ]);
    let graph = graph_for("t");
    let started = Instant::now();
    with_secret(&entra).to(&graph).arg("a").run().exit(0);
    assert!(started.elapsed() >= Duration::from_secs(1), "Retry-After is obeyed in full");
    assert_eq!(entra.asked().len(), 3);
}

#[test]
fn a_sign_in_service_that_stays_busy_is_exit_5() {
    let entra = Entra::saying(Answer::status(503).header("retry-after", "0"));
    let graph = Graph::start();
    with_secret(&entra).to(&graph).args(["--retries", "2", "a", "b", "c"]).run().exit(5);
    assert_eq!(entra.asked().len(), 3, "one layer of retries, once for all calls");
    graph.expect_untouched();
}

#[test]
fn a_pause_that_is_too_long_is_exit_5_and_says_when_to_come_back() {
    let entra = Entra::saying(Answer::status(429).header("retry-after", "7200"));
    let done = with_secret(&entra).arg("a").run();
    done.exit(5).says("a pause of 2h, which is too long").says("run the same command again in 2h");
    assert_eq!(entra.asked().len(), 1);
}

#[test]
fn a_sign_in_service_that_is_not_there_cannot_be_reached() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let command = with_secret(&numbered()).env("AZURE_AUTHORITY_HOST", format!("https://{closed}"));
    command
        .args(["--retries", "0", "a"])
        .run()
        .exit(5)
        .says("cannot sign in at 127.0.0.1: cannot connect to 127.0.0.1:");
}

#[test]
fn five_hundred_calls_need_one_token() {
    let entra = numbered();
    let graph = graph_for("t0");
    let ids: Vec<_> = (0..500).map(|n| format!("call-{n}")).collect();
    with_secret(&entra).to(&graph).args(["-f", "-"]).stdin(ids.join("\n")).run().exit(0);
    assert_eq!((entra.asked().len(), graph.asked().len()), (1, 500));
}

#[test]
fn an_empty_list_needs_no_token() {
    let entra = Entra::saying(Answer::status(500));
    with_secret(&entra).args(["-f", "-"]).run().exit(0);
    assert!(entra.asked().is_empty());
    let command = with_script("echo ran >> ran; echo abc").args(["-f", "-"]);
    command.run().exit(0);
    assert!(!command.path("ran").exists());
}

#[test]
fn a_burst_of_401s_asks_for_one_more_token() {
    let entra = numbered();
    let graph = graph_for("t1");
    let ids: Vec<_> = (0..64).map(|n| format!("call-{n}")).collect();
    let done = with_secret(&entra).to(&graph).args(["-o", "json"]).args(ids).run();
    assert_eq!(done.exit(0).summary()["counts"]["ended"], 64);
    assert_eq!(entra.asked().len(), 2);
}

#[test]
fn a_second_401_stops_the_run() {
    let entra = numbered();
    let graph = graph_for("never");
    with_secret(&entra).to(&graph).args(["-j", "1", "a", "b", "c"]).run().exit(3);
    assert_eq!(entra.asked().len(), 2);
    assert_eq!(graph.asked().len(), 2);
}

#[test]
fn a_token_that_ends_during_the_run_is_renewed_before_that() {
    let entra = Entra::start(|n, _| Answer::token(&format!("t{n}"), 2));
    let graph = Graph::builder().default(|_| Reply::ended().after(Duration::from_millis(400))).start();
    let ids: Vec<_> = (0..8).map(|n| format!("call-{n}")).collect();
    with_secret(&entra).to(&graph).args(["-j", "1"]).args(ids).run().exit(0);
    let first = graph.asked().iter().filter(|a| a.header("authorization") == Some("Bearer t0")).count();
    assert!((1..8).contains(&first), "{first} requests with the first token");
    assert!(entra.asked().len() <= 4, "{:?}", entra.asked());
}

#[test]
fn a_command_does_not_eat_the_ids_on_standard_input() {
    let graph = graph_for("abc");
    let done = with_script("cat > eaten; echo abc").to(&graph).args(["-f", "-"]).stdin("a\nb\n").run();
    done.exit(0);
    assert_eq!(graph.asked().len(), 2);
}

#[test]
fn a_failed_command_is_exit_3_with_its_exit_code_and_what_it_said() {
    let graph = Graph::start();
    let done = with_script("echo please log in >&2; exit 7").to(&graph).args(["a", "b"]).run();
    done.exit(3).says("token_command").says("exit code 7").says("please log in");
    graph.expect_untouched();
}

#[test]
fn a_command_is_run_again_once_after_a_401() {
    let script = "echo x >> runs; echo t$(($(wc -l < runs)))";
    let graph = graph_for("t2");
    let command = with_script(script).to(&graph).args(["a", "b", "c"]);
    command.run().exit(0);
    assert_eq!(command.read("runs").lines().count(), 2);

    let graph = graph_for("never");
    let command = with_script(script).to(&graph).args(["a", "b", "c"]);
    command.run().exit(3);
    assert_eq!(command.read("runs").lines().count(), 2);
}

/// A command that never ends, and leaves the id of a process that it started in `pid`.
const ENDLESS: &str = "sleep 1000 & echo $! > new; mv new pid; wait";

fn is_gone(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
    stat.rsplit(')').next().is_none_or(|rest| rest.is_empty() || rest.starts_with(" Z"))
}

fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let started = Instant::now();
    while !condition() {
        assert!(started.elapsed() < Duration::from_secs(20), "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_signal_or_the_deadline_ends_a_commands_whole_process_group() {
    let graph = Graph::start();
    let command = with_script(ENDLESS).to(&graph).arg("a");
    let running = command.spawn();
    wait_until("the command never ran", || command.path("pid").exists());
    running.signal(Signal::SIGTERM);
    running.finish().exit(143);
    wait_until("it lives on", || is_gone(&command.read("pid")));

    let command = with_script(ENDLESS).to(&graph).args(["--deadline", "1s", "a"]);
    command.run();
    wait_until("it lives on", || is_gone(&command.read("pid")));
    graph.expect_untouched();
}

#[test]
fn a_signal_or_the_deadline_ends_a_check_too() {
    let command = with_script(ENDLESS).arg("--check");
    for (signal, exit) in [(Signal::SIGINT, 130), (Signal::SIGTERM, 143)] {
        let running = command.spawn();
        wait_until("the command never ran", || command.path("pid").exists());
        let pid = command.read("pid");
        std::fs::remove_file(command.path("pid")).unwrap();
        running.signal(signal);
        running.finish().exit(exit).says("cut short");
        wait_until("it lives on", || is_gone(&pid));
    }
    let command = with_script(ENDLESS).args(["--check", "--deadline", "1s"]);
    command.run().exit(5).says("the deadline of 1 s");
    wait_until("it lives on", || is_gone(&command.read("pid")));
}

#[test]
fn check_signs_in_and_asks_graph_nothing() {
    use base64::Engine;
    let claims = json!({
        "appid": "app", "tid": "contoso", "aud": "https://graph.microsoft.com",
        "roles": ["Calls.Initiate.All"], "exp": 4_000_000_000_u64,
    });
    let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(claims.to_string());
    let token = format!("e30.{payload}.signature");
    let entra = Entra::saying(Answer::token(&token, 3600));
    let graph = Graph::start();
    let done = with_secret(&entra).to(&graph).args(["--check", "-o", "json"]).run();
    let document = done.exit(0).json();
    assert_eq!(document["token"]["app_id"], "app");
    assert_eq!(document["token"]["roles"], json!(["Calls.Initiate.All"]));
    let done = with_secret(&entra).to(&graph).arg("--check").run();
    done.exit(0).shows("Calls.Initiate.All").shows("contoso").shows(&graph.base_url);
    for output in [&done.stdout, &done.stderr] {
        assert!(!output.contains(&payload) && !output.contains(SECRET), "{output}");
    }
    graph.expect_untouched();
}

#[test]
fn check_without_a_token_or_with_a_refused_one_is_exit_3() {
    hangup().no_token().arg("--check").run().exit(3);
    let entra = Entra::saying(Answer::refusal(700_016, "Application not found."));
    let done = with_secret(&entra).arg("--check").run();
    done.exit(3);
    assert!(format!("{}{}", done.stdout, done.stderr).contains("AADSTS700016"), "{done:?}");
}
