//! The report of `--check`, as text and as JSON. Never contains the token.

use std::io::{self, Write};

use jiff::Timestamp;

use super::check_probe::Probe;
use crate::auth::TokenError;
use crate::auth::claims::Claims;
use crate::http::proxy::ProxyChoice;
use crate::model::call::{AppId, CallRef};
use crate::model::exit::Exit;
use crate::model::route::{self, ApiVersion, Route, RouteChoice};
use crate::output::json::check::{CheckView, ConfigView, MessageView, ProbeView, ProxyView, TokenView};
use crate::output::json::fields::AsText;
use crate::settings::{ConfigInUse, Format, Target, Verbosity};
use crate::text::{self, format_duration};

#[derive(Debug)]
pub struct CheckReport {
    pub(super) target: Target,
    pub(super) format: Format,
    pub(super) verbosity: Verbosity,
    pub(super) config: Option<ConfigInUse>,
    pub(super) proxy: ProxyChoice,
    pub(super) sign_in_host: Option<String>,
    pub(super) token_source: Option<String>,
    pub(super) claims: Option<Claims>,
    pub(super) error: Option<TokenError>,
    pub(super) probe: Option<Probe>,
    pub(super) warnings: Vec<String>,
    /// The time that expiry is measured against.
    pub(super) now: Timestamp,
    pub(super) exit: Exit,
}

impl CheckReport {
    /// Returns 0 if a run could work, 3 if Graph is bound to reject the token, or what the probe ended with.
    pub fn exit(&self) -> Exit {
        self.exit
    }

    /// Writes the report: indented JSON for [`Format::Json`], one line for [`Format::Jsonl`], else text.
    /// With `-q` only if something is wrong, with `-qq` never.
    ///
    /// # Errors
    /// An error while writing to `out`.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let is_hidden = match self.verbosity {
            Verbosity::Normal => false,
            Verbosity::Quiet => self.exit == Exit::Ok,
            Verbosity::Silent => true,
        };
        match self.format {
            _ if is_hidden => Ok(()),
            Format::Text => self.write_text(out),
            Format::Json => {
                serde_json::to_writer_pretty(&mut *out, &self.view())?;
                writeln!(out)
            }
            Format::Jsonl => {
                serde_json::to_writer(&mut *out, &self.view())?;
                writeln!(out)
            }
        }
    }

    fn write_text(&self, out: &mut impl Write) -> io::Result<()> {
        let probe = self.probe.as_ref().map(|probe| ("probe", probe_text(probe)));
        for (name, value) in self.target_rows().into_iter().chain(self.token_rows()).chain(probe) {
            writeln!(out, "{name:<12} {value}")?;
        }
        for warning in &self.warnings {
            writeln!(out, "warning: {}", text::clean(warning, text::MAX_SHOWN))?;
        }
        if let Some(error) = &self.error {
            writeln!(out, "error: {error}")?;
            write_hint(out, error.hint.as_deref())?;
        }
        match &self.probe {
            Some(Probe { error: Some(error), .. }) => {
                let code = error.code.as_ref().map(|code| format!("{code}: ")).unwrap_or_default();
                writeln!(out, "error: the request to Graph failed: {code}{}", error.message)?;
                write_hint(out, error.hint.as_deref())
            }
            Some(_) => writeln!(out, "Graph answered: name resolution, proxy, TLS and token work"),
            None => Ok(()),
        }
    }

    fn target_rows(&self) -> Vec<(&'static str, String)> {
        let target = &self.target;
        let sandbox = if target.sandbox { " (sandbox: simulated, no real call is affected)" } else { "" };
        let auto = if target.route == RouteChoice::Auto { " (auto)" } else { "" };
        let mut rows = vec![("endpoint", format!("{}{sandbox}", target.base_url))];
        rows.extend(self.example_url().map(|url| ("request", format!("DELETE {url}"))));
        rows.push(("route", format!("{}{auto}", self.route())));
        rows.push(("API version", self.api_version().name().to_owned()));
        rows.push(("cloud", target.cloud.name().to_owned()));
        rows.push(("proxy", self.proxy.to_string()));
        rows.push(("config", self.config.as_ref().map_or("none".to_owned(), config_text)));
        rows.push(("sign-in host", self.sign_in_host.clone().unwrap_or_else(|| "none".to_owned())));
        rows
    }

    fn token_rows(&self) -> Vec<(&'static str, String)> {
        let mut rows = vec![("token source", self.token_source.clone().unwrap_or_else(|| "none".to_owned()))];
        let Some(claims) = &self.claims else {
            if self.error.is_none() {
                rows.push(("token", "opaque (not a JWT, nothing to check)".to_owned()));
            }
            return rows;
        };
        let unknown = || "unknown (not in the token)".to_owned();
        let list = |list: &[String]| Some(list.join(", ")).filter(|text| !text.is_empty());
        rows.push(("app ID", claims.app_id.clone().unwrap_or_else(unknown)));
        rows.push(("tenant", claims.tenant.clone().unwrap_or_else(unknown)));
        rows.push(("roles", list(&claims.roles).unwrap_or_else(|| "none".to_owned())));
        rows.push(("audience", list(&claims.audience).unwrap_or_else(unknown)));
        rows.push(("expires", claims.expires.map_or_else(unknown, |at| self.relative(at))));
        rows
    }

    /// Formats a time as `in 42m (2027-01-15T08:42:00Z)` or `3h ago (…)`.
    fn relative(&self, at: Timestamp) -> String {
        let length = format_duration(at.duration_since(self.now).unsigned_abs());
        if at > self.now { format!("in {length} ({at})") } else { format!("{length} ago ({at})") }
    }

    /// Returns the route that a run starts with.
    fn route(&self) -> Route {
        match self.target.route {
            RouteChoice::Pinned(route) => route,
            RouteChoice::Auto if !self.target.cloud.has_beta() => Route::Communications,
            RouteChoice::Auto if self.target.app_id.is_some() => Route::Applications,
            RouteChoice::Auto => Route::App,
        }
    }

    fn api_version(&self) -> ApiVersion {
        self.target.api_version.unwrap_or(self.route().own_version())
    }

    /// Returns the URL of a hang-up, with capitals in place of the IDs.
    fn example_url(&self) -> Option<String> {
        let app_id = self.target.app_id.clone().or_else(|| AppId::parse("APP_ID").ok());
        let call = CallRef { app_id, ..CallRef::parse("CALL_ID").ok()? };
        let path = route::path(self.route(), self.target.api_version, &call)?;
        Some(format!("{}{path}", self.target.base_url))
    }

    fn view(&self) -> CheckView<'_> {
        CheckView {
            base_url: &self.target.base_url,
            sandbox: self.target.sandbox,
            example_url: self.example_url(),
            route: self.route(),
            api_version: self.api_version().name(),
            cloud: self.target.cloud.name(),
            proxy: match &self.proxy {
                ProxyChoice::Direct => None,
                ProxyChoice::Proxy(proxy) => {
                    Some(ProxyView { address: proxy.address(), variable: proxy.variable })
                }
            },
            sign_in_host: self.sign_in_host.as_deref(),
            config: self.config.as_ref().map(|config| ConfigView {
                path: text::clean(&config.path.display().to_string(), text::MAX_SHOWN),
                profile: config.profile.as_deref(),
            }),
            token: self.token_view(),
            probe: self.probe.as_ref().map(ProbeView::from),
            warnings: self.warnings.iter().map(|text| text::clean(text, text::MAX_SHOWN)).collect(),
            error: self.error.as_ref().map(|error| MessageView {
                code: error.code.as_deref(),
                message: &error.message,
                hint: error.hint.as_deref(),
            }),
            exit_code: self.exit.code(),
        }
    }

    fn token_view(&self) -> TokenView<'_> {
        let claims = self.claims.as_ref();
        let expires = claims.and_then(|claims| claims.expires);
        TokenView {
            source: self.token_source.as_deref(),
            app_id: claims.and_then(|claims| claims.app_id.as_deref()),
            tenant_id: claims.and_then(|claims| claims.tenant.as_deref()),
            roles: claims.map(|claims| claims.roles.as_slice()).unwrap_or_default(),
            audience: claims.map(|claims| claims.audience.join(" ")).filter(|text| !text.is_empty()),
            delegated: claims.map(|claims| claims.delegated),
            expires: expires.map(|at| at.to_string()),
            expires_in: expires.map(|at| at.duration_since(self.now).as_secs()),
        }
    }
}

impl<'a> From<&'a Probe> for ProbeView<'a> {
    fn from(probe: &'a Probe) -> Self {
        Self {
            url: &probe.url,
            route: probe.route,
            status: probe.status,
            outcome: probe.outcome,
            attempts: probe.attempts,
            duration: probe.duration,
            client_request_id: AsText(probe.client_request_id),
            request_id: probe.request_id.as_deref(),
            error: probe.error.as_ref().map(|error| MessageView {
                code: error.code.as_deref(),
                message: &error.message,
                hint: error.hint.as_deref(),
            }),
        }
    }
}

fn write_hint(out: &mut impl Write, hint: Option<&str>) -> io::Result<()> {
    hint.map_or(Ok(()), |hint| writeln!(out, "hint: {hint}"))
}

fn probe_text(probe: &Probe) -> String {
    let status = probe.status.map_or_else(|| "no response".to_owned(), |status| format!("status {status}"));
    let id = match &probe.request_id {
        Some(id) => format!("request-id {id}"),
        None => format!("client-request-id {}", probe.client_request_id),
    };
    format!("GET {}: {status} in {}, {id}", probe.url, format_duration(probe.duration))
}

fn config_text(config: &ConfigInUse) -> String {
    let path = text::clean(&config.path.display().to_string(), text::MAX_SHOWN);
    match &config.profile {
        Some(profile) => format!("{path}, profile {}", text::clean(profile, text::MAX_SHOWN)),
        None => path,
    }
}
