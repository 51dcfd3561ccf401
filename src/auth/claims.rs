//! What a token says of itself: read, never verified, and never a reason to refuse it.

use std::fmt;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use secrecy::zeroize::Zeroizing;
use serde_json::Value;

use crate::model::token::Token;
use crate::settings::Cloud;
use crate::text::{self, format_duration};

/// The longest token that is looked into, in bytes; Entra's are a few KiB.
const MAX_TOKEN: usize = 64 * 1024;
/// The most roles that are kept.
const MAX_ROLES: usize = 100;
/// The longest claim that is shown, in characters.
const MAX_CLAIM: usize = 200;
/// Graph's application id, which tokens may name as their audience in every cloud.
const GRAPH_APP: &str = "00000003-0000-0000-c000-000000000000";
/// The roles that go with calls.
const CALL_ROLES: [&str; 5] = [
    "Calls.Initiate.All",
    "Calls.InitiateGroupCall.All",
    "Calls.JoinGroupCall.All",
    "Calls.JoinGroupCallAsGuest.All",
    "Calls.AccessMedia.All",
];

/// What a token says of itself. Its texts are cleaned.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Claims {
    /// The application that it was issued to.
    pub app_id: Option<String>,
    /// The tenant.
    pub tenant: Option<String>,
    /// The application's roles.
    pub roles: Vec<String>,
    /// Usually one.
    pub audience: Vec<String>,
    /// When it ends.
    pub expires: Option<Timestamp>,
    /// Whether it acts for a signed-in user.
    pub delegated: bool,
}

/// What is likely to make Graph reject a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    /// It has ended.
    Expired {
        /// How long ago.
        ago: Duration,
    },
    /// It is for another service, or for Graph in another cloud.
    OtherAudience {
        /// The audience of the token.
        audience: String,
        /// The audience that Graph expects.
        graph: &'static str,
    },
    /// It acts for a user: calls take application tokens only.
    Delegated,
    /// None of the roles that go with calls.
    NoRole,
}

/// The claims as they stand in the token.
type Payload = serde_json::Map<String, Value>;

impl Claims {
    /// Reads a JWT's payload without verifying anything; `None` for a token that is not a JWT. Claims of an
    /// unexpected type count as absent.
    pub fn read(token: &Token) -> Option<Self> {
        let token = Some(token.expose()).filter(|t| t.len() <= MAX_TOKEN)?;
        let mut parts = token.split('.');
        let (_, payload, _) = (parts.next()?, parts.next()?, parts.next()?);
        let json = Zeroizing::new(URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?);
        serde_json::from_slice(&json).ok().map(|payload| Self::of(&payload))
    }

    fn of(payload: &Payload) -> Self {
        let claim = |name| payload.get(name).unwrap_or(&Value::Null);
        let kind = claim("idtyp").as_str().unwrap_or_default();
        Self {
            app_id: shown(claim("appid")).or_else(|| shown(claim("azp"))),
            tenant: shown(claim("tid")),
            roles: list(claim("roles")),
            audience: list(claim("aud")),
            expires: time(claim("exp")),
            delegated: kind == "user" || (claim("scp").is_string() && kind != "app"),
        }
    }

    /// How long it is still good for at `now`; zero where it has ended.
    pub fn lifetime(&self, now: Timestamp) -> Option<Duration> {
        Some(Duration::try_from(self.expires?.duration_since(now)).unwrap_or_default())
    }

    /// Whether it is for Graph in `cloud`. `true` where it does not say.
    fn is_for(&self, cloud: Cloud) -> bool {
        let graph = |aud: &String| {
            let aud = aud.trim_end_matches('/');
            aud.eq_ignore_ascii_case(cloud.graph()) || aud.eq_ignore_ascii_case(GRAPH_APP)
        };
        self.audience.is_empty() || self.audience.iter().any(graph)
    }
}

/// What is likely to make Graph in `cloud` reject a token with these claims at `now`.
pub fn warnings(claims: &Claims, cloud: Cloud, now: Timestamp) -> Vec<Warning> {
    let ended = claims.expires.filter(|end| *end <= now);
    let expired = ended.map(|end| Warning::Expired { ago: now.duration_since(end).unsigned_abs() });
    let other = (!claims.is_for(cloud))
        .then(|| Warning::OtherAudience { audience: claims.audience.join(", "), graph: cloud.graph() });
    let role = claims.roles.iter().any(|role| CALL_ROLES.contains(&role.as_str()));
    // A delegated token has no roles of its own to miss.
    let access = if claims.delegated { Some(Warning::Delegated) } else { (!role).then_some(Warning::NoRole) };
    expired.into_iter().chain(other).chain(access).collect()
}

impl Warning {
    /// Whether `--check` takes it for proof; a role that is missing is none: roles are checked when the call
    /// is made, not when it is ended.
    pub fn is_proof(&self) -> bool {
        *self != Self::NoRole
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expired { ago } => write!(f, "the token expired {} ago", format_duration(*ago)),
            Self::OtherAudience { audience, graph } => {
                write!(f, "the token is for {audience}, not for {graph}")
            }
            Self::Delegated => {
                f.write_str("this is a delegated (user) token; calls need an application token")
            }
            Self::NoRole => {
                write!(
                    f,
                    "the token has no role for calls, such as {} (not needed with resource-specific consent)",
                    CALL_ROLES[0]
                )
            }
        }
    }
}

fn shown(value: &Value) -> Option<String> {
    Some(text::clean(value.as_str()?, MAX_CLAIM)).filter(|t| !t.is_empty())
}

/// A list of texts, or a single one.
fn list(value: &Value) -> Vec<String> {
    let one = std::slice::from_ref(value);
    let all = value.as_array().map_or(one, Vec::as_slice);
    all.iter().take(MAX_ROLES).filter_map(shown).collect()
}

fn time(value: &Value) -> Option<Timestamp> {
    // A JWT's times are seconds, with a fraction if they like.
    #[allow(
        clippy::cast_possible_truncation,
        reason = "a float out of range saturates, and is not a timestamp"
    )]
    let seconds = value.as_i64().or_else(|| value.as_f64().map(|f| f as i64))?;
    Timestamp::from_second(seconds).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn now() -> Timestamp {
        Timestamp::from_second(NOW).unwrap()
    }

    fn token(payload: &[u8]) -> Token {
        Token::parse(&format!("e30.{}.sig", URL_SAFE_NO_PAD.encode(payload))).unwrap()
    }

    fn claims(payload: &Value) -> Claims {
        Claims::read(&token(payload.to_string().as_bytes())).unwrap()
    }

    fn warned(payload: &Value, cloud: Cloud) -> Vec<String> {
        warnings(&claims(payload), cloud, now()).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_application_token_is_read() {
        let read = claims(&json!({
            "appid": "app", "tid": "tenant", "roles": ["Calls.Initiate.All", 7, "Other"], "idtyp": "app",
            "aud": "https://graph.microsoft.com/", "exp": NOW + 60,
        }));
        assert_eq!(read.app_id.as_deref(), Some("app"));
        assert_eq!(read.tenant.as_deref(), Some("tenant"));
        assert_eq!(read.roles, ["Calls.Initiate.All", "Other"]);
        assert_eq!(read.audience, ["https://graph.microsoft.com/"]);
        assert_eq!(read.lifetime(now()), Some(Duration::from_secs(60)));
        assert_eq!(warnings(&read, Cloud::Global, now()), []);
        assert_eq!(claims(&json!({"azp": "v2"})).app_id.as_deref(), Some("v2"));
    }

    #[test]
    fn what_graph_would_reject_is_warned_of() {
        let roles = ["Calls.AccessMedia.All"];
        let graph = "https://graph.microsoft.com";
        let table = [
            (json!({"roles": roles, "exp": NOW - 3 * 3600}), vec!["the token expired 3h ago"]),
            (json!({"roles": roles, "exp": NOW}), vec!["the token expired 0 ms ago"]),
            (json!({"roles": roles, "exp": NOW + 1}), vec![]),
            (
                json!({"roles": roles, "aud": "https://graph.microsoft.us"}),
                vec!["the token is for https://graph.microsoft.us, not for https://graph.microsoft.com"],
            ),
            (json!({"roles": roles, "aud": GRAPH_APP}), vec![]),
            (json!({"roles": roles, "aud": ["x", graph]}), vec![]),
            (
                json!({"scp": "User.Read", "aud": graph}),
                vec!["this is a delegated (user) token; calls need an application token"],
            ),
            (
                json!({"aud": graph, "roles": ["User.Read.All"]}),
                vec![
                    "the token has no role for calls, such as Calls.Initiate.All (not needed with resource-specific consent)",
                ],
            ),
        ];
        for (payload, expected) in table {
            assert_eq!(warned(&payload, Cloud::Global), expected, "{payload}");
        }
        let usgov = json!({"roles": roles, "aud": "https://graph.microsoft.us"});
        assert!(warned(&usgov, Cloud::UsGov).is_empty());
        assert!(!warned(&usgov, Cloud::Dod).is_empty());
    }

    #[test]
    fn only_a_missing_role_is_no_proof() {
        let proof = |payload| warnings(&claims(&payload), Cloud::Global, now()).iter().any(Warning::is_proof);
        assert!(!proof(json!({})));
        assert!(proof(json!({"scp": "x"})));
        assert!(proof(json!({"aud": "x"})));
        assert!(proof(json!({"exp": 0})));
    }

    #[test]
    fn opaque_tokens_say_nothing() {
        for text in ["opaque", "a.b", "a.b.c", "..", "a.!.c"] {
            assert_eq!(Claims::read(&Token::parse(text).unwrap()), None, "{text}");
        }
        assert_eq!(Claims::read(&token(b"[]")), None);
        let deep = "[".repeat(20_000);
        assert_eq!(Claims::read(&token(format!(r#"{{"aud":{deep}"#).as_bytes())), None);
        assert_eq!(Claims::read(&token(&vec![b'a'; MAX_TOKEN])), None);
    }

    proptest! {
        #[test]
        fn no_payload_breaks_it(payload in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Some(claims) = Claims::read(&token(&payload)) {
                let _ = warnings(&claims, Cloud::Dod, now());
            }
        }

        #[test]
        fn no_claim_breaks_it(text in ".{0,300}", number in any::<f64>(), whole in any::<i64>()) {
            let hostile = [json!(text), json!(number), json!(whole), json!([text, number]), json!(null)];
            for value in &hostile {
                let read = claims(&json!({"appid": value, "tid": value, "roles": value, "aud": value,
                    "exp": value, "scp": value, "idtyp": value}));
                let shown = warnings(&read, Cloud::Global, now()).into_iter().map(|w| w.to_string());
                for text in shown.chain(read.app_id).chain(read.roles) {
                    prop_assert!(!text.contains(char::is_control) && text.chars().count() < 1000);
                }
                let _ = read.expires.map(|_| ()).and(Some(claims(&json!({"exp": value})).lifetime(now())));
            }
        }
    }
}
