//! `--check`: where requests would go and with which token. Touches no call, never asks Graph.

use std::io::{self, Write};

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::auth::claims::{self, Claims, Warning, rough};
use crate::auth::{TokenError, TokenProvider};
use crate::model::call::{AppId, CallRef};
use crate::model::exit::Exit;
use crate::model::route::{self, ApiVersion, Route, RouteChoice};
use crate::settings::{ConfigInUse, Format, Settings, Target};
use crate::text;

/// What `--check` found out.
#[derive(Debug)]
pub struct CheckReport {
    base_url: String,
    sandbox: bool,
    example: Option<String>,
    route: Route,
    chosen: bool,
    version: ApiVersion,
    cloud: &'static str,
    config: Option<ConfigInUse>,
    origin: Option<String>,
    claims: Option<Claims>,
    error: Option<TokenError>,
    warnings: Vec<String>,
    now: Timestamp,
    exit: Exit,
}

/// Looks at the settings, and gets a token as a run would: from a command or by signing in too.
///
/// `provider` is `None` where no source is set; `now` is the time that expiry is measured against.
pub async fn check(settings: &Settings, provider: Option<&TokenProvider>, now: Timestamp) -> CheckReport {
    let target = &settings.target;
    let token = match provider {
        Some(provider) => provider.token().await,
        None => Err(TokenError::no_source()),
    };
    let claims = token.as_ref().ok().and_then(Claims::read);
    let found = claims.as_ref().map(|c| claims::warnings(c, target.cloud, now)).unwrap_or_default();
    let exit = match &token {
        Err(error) => error.exit(),
        Ok(_) if found.iter().any(Warning::is_proof) => Exit::Denied,
        Ok(_) => Exit::Ok,
    };
    let warnings = settings.warnings.iter().cloned().chain(found.iter().map(ToString::to_string)).collect();
    let route = first_route(target);
    CheckReport {
        base_url: target.base_url.clone(),
        sandbox: target.sandbox,
        example: example(target, route),
        route,
        chosen: target.route == RouteChoice::Auto,
        version: target.api_version.unwrap_or(route.own_version()),
        cloud: target.cloud.name(),
        config: settings.config.clone(),
        origin: provider.map(|p| text::clean(p.origin(), text::MAX_SHOWN)),
        claims,
        error: token.err(),
        warnings,
        now,
        exit,
    }
}

/// The route that a run begins with.
fn first_route(target: &Target) -> Route {
    match target.route {
        RouteChoice::Pinned(route) => route,
        RouteChoice::Auto if !target.cloud.has_beta() => Route::Communications,
        RouteChoice::Auto if target.app_id.is_some() => Route::Applications,
        RouteChoice::Auto => Route::App,
    }
}

/// What would be asked to end a call, with capitals where the ids go.
fn example(target: &Target, route: Route) -> Option<String> {
    let app_id = target.app_id.clone().or_else(|| AppId::parse("APP_ID").ok());
    let call = CallRef { app_id, ..CallRef::parse("CALL_ID").ok()? };
    route::path(route, target.api_version, &call).map(|path| format!("{}{path}", target.base_url))
}

impl CheckReport {
    /// The exit code: 0; 3 where there is no token or Graph is bound to reject it.
    pub fn exit(&self) -> Exit {
        self.exit
    }

    /// Writes the report: a document for [`Format::Json`] and on one line for [`Format::Jsonl`], else text.
    ///
    /// # Errors
    /// What writing to `out` ends with.
    pub fn write(&self, format: Format, out: &mut impl Write) -> io::Result<()> {
        match format {
            Format::Text => self.write_text(out),
            Format::Json => writeln!(out, "{:#}", self.document()),
            Format::Jsonl => writeln!(out, "{}", self.document()),
        }
    }

    fn write_text(&self, out: &mut impl Write) -> io::Result<()> {
        for (name, value) in self.place().into_iter().chain(self.token()) {
            writeln!(out, "{name:<12} {value}")?;
        }
        for warning in &self.warnings {
            writeln!(out, "warning: {}", text::clean(warning, text::MAX_SHOWN))?;
        }
        let Some(error) = &self.error else { return Ok(()) };
        writeln!(out, "error: {error}")?;
        error.hint.iter().try_for_each(|hint| writeln!(out, "hint: {hint}"))
    }

    /// Where requests would go.
    fn place(&self) -> Vec<(&'static str, String)> {
        let own = if self.sandbox { " (the sandbox: simulated, no call is touched)" } else { "" };
        let chosen = if self.chosen { " (auto)" } else { "" };
        let mut rows = vec![("base URL", format!("{}{own}", self.base_url))];
        rows.extend(self.example.as_ref().map(|url| ("a hang-up", format!("DELETE {url}"))));
        rows.push(("route", format!("{}{chosen}", self.route)));
        rows.push(("API version", self.version.name().to_owned()));
        rows.push(("cloud", self.cloud.to_owned()));
        rows.push(("config", self.config.as_ref().map_or("none".to_owned(), describe_config)));
        rows
    }

    /// What is known of the token, and never the token.
    fn token(&self) -> Vec<(&'static str, String)> {
        let mut rows = vec![("token from", self.origin.clone().unwrap_or_else(|| "nowhere".to_owned()))];
        let Some(claims) = &self.claims else {
            if self.error.is_none() {
                rows.push(("token", "opaque: it says nothing of itself".to_owned()));
            }
            return rows;
        };
        let unsaid = || "not said".to_owned();
        let all = |list: &[String]| if list.is_empty() { "none".to_owned() } else { list.join(", ") };
        rows.push(("app id", claims.app_id.clone().unwrap_or_else(unsaid)));
        rows.push(("tenant", claims.tenant.clone().unwrap_or_else(unsaid)));
        rows.push(("roles", all(&claims.roles)));
        let audience = Some(claims.audience.join(", ")).filter(|a| !a.is_empty());
        rows.push(("audience", audience.unwrap_or_else(unsaid)));
        rows.push(("expires", claims.expires.map_or_else(unsaid, |at| self.relative(at))));
        rows
    }

    /// `in 42 min`, `3 h ago`.
    fn relative(&self, at: Timestamp) -> String {
        let length = rough(at.duration_since(self.now).unsigned_abs());
        if at > self.now { format!("in {length} ({at})") } else { format!("{length} ago ({at})") }
    }

    fn document(&self) -> Value {
        json!({
            "base_url": self.base_url,
            "sandbox": self.sandbox,
            "example_url": self.example,
            "route": self.route,
            "api_version": self.version.name(),
            "cloud": self.cloud,
            "config": self.config.as_ref().map(|c| json!({
                "path": c.path.display().to_string(),
                "profile": c.profile,
            })),
            "token": self.token_document(),
            "warnings": self.warnings,
            "error": self.error.as_ref().map(|e| json!({
                "code": e.code, "message": e.message, "hint": e.hint,
            })),
            "exit_code": self.exit.code(),
        })
    }

    fn token_document(&self) -> Value {
        let claims = self.claims.clone().unwrap_or_default();
        json!({
            "source": self.origin,
            "app_id": claims.app_id,
            "tenant_id": claims.tenant,
            "roles": claims.roles,
            "audience": Some(claims.audience.join(" ")).filter(|a| !a.is_empty()),
            "delegated": self.claims.as_ref().map(|c| c.delegated),
            "expires": claims.expires.map(|at| at.to_string()),
            "expires_in": claims.expires.map(|at| at.duration_since(self.now).as_secs()),
        })
    }
}

fn describe_config(config: &ConfigInUse) -> String {
    let path = text::clean(&config.path.display().to_string(), text::MAX_SHOWN);
    match &config.profile {
        Some(profile) => format!("{path}, profile {}", text::clean(profile, text::MAX_SHOWN)),
        None => path,
    }
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
