//! `--check`: where requests would go and with which token. Touches no call.

use jiff::Timestamp;
use tokio::time::Instant;
use url::Url;

use super::check_probe::{self, Probe};
use super::check_report::CheckReport;
use super::endpoint::Endpoint;
use super::interrupt::cut_short;
use crate::auth::claims::{self, Claims, Warning};
use crate::auth::{SignIn, TokenError, TokenProvider};
use crate::http::graph::Graph;
use crate::http::proxy::ProxyChoice;
use crate::http::transport::Transport;
use crate::model::call::AppId;
use crate::model::exit::Exit;
use crate::model::token::Token;
use crate::settings::{CheckMode, CommandError, Settings};
use crate::text;

/// Checks the settings, and gets a token as a run would: by running a command or signing in if need be.
///
/// # Errors
/// A certificate file or proxy variable that cannot be used; a signal or the deadline, which end whatever is in progress.
pub async fn check(settings: Settings, mode: CheckMode, now: Timestamp) -> Result<CheckReport, CommandError> {
    let limit = settings.pace.deadline;
    let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
    tokio::select! {
        biased;
        error = cut_short(deadline, limit) => Err(error),
        checked = check_settings(settings, mode, now, deadline) => checked,
    }
}

async fn check_settings(
    mut settings: Settings,
    mode: CheckMode,
    now: Timestamp,
    deadline: Option<Instant>,
) -> Result<CheckReport, CommandError> {
    let (target, pace) = (&settings.target, settings.pace);
    let transport =
        Transport::new(target.cacert.as_deref(), pace.connect_timeout, pace.concurrency, &target.network)
            .map_err(|error| CommandError::usage(format!("{error:#}")))?;
    let proxy = if target.sandbox { ProxyChoice::Direct } else { proxy(&transport, &target.base_url)? };
    settings.warnings.extend(transport.warnings().iter().cloned());
    let sign_in = SignIn::new(&transport, target.cloud, pace, deadline);
    // With --sandbox this is the sandbox's token, not the one that a real run would have.
    let mut endpoint = Endpoint::prepare(&mut settings).await?;
    let provider = endpoint.token.take().map(|source| TokenProvider::new(source, sign_in));
    let token = token(provider.as_ref()).await;
    let headers = std::mem::take(&mut settings.target.headers);
    settings.target.base_url = endpoint.shown_url;
    let probe = match (&token, mode) {
        (Ok(token), CheckMode::Server) => {
            let service = Graph::new(&endpoint.base_url, headers, pace.timeout, transport)
                .map_err(|error| CommandError::usage(format!("{error:#}")))?;
            Some(check_probe::send(&service, &settings.target, token).await?)
        }
        _ => None,
    };
    Ok(report(settings, provider.as_ref(), &token, proxy, probe, now))
}

fn proxy(transport: &Transport, base_url: &str) -> Result<ProxyChoice, CommandError> {
    let url = Url::parse(base_url).map_err(|error| CommandError::usage(format!("--base-url: {error}")))?;
    transport.proxy_for(&url).map_err(CommandError::usage)
}

async fn token(provider: Option<&TokenProvider>) -> Result<Token, TokenError> {
    match provider {
        Some(provider) => provider.token().await,
        None => Err(TokenError::no_source()),
    }
}

/// Puts the report together. `now` is the time that expiry is measured against.
pub(super) fn report(
    settings: Settings,
    provider: Option<&TokenProvider>,
    token: &Result<Token, TokenError>,
    proxy: ProxyChoice,
    probe: Option<Probe>,
    now: Timestamp,
) -> CheckReport {
    let claims = token.as_ref().ok().and_then(Claims::read);
    let found = claims.as_ref().map(|c| claims::warnings(c, settings.target.cloud, now)).unwrap_or_default();
    let exit = match token {
        Err(error) => error.exit(),
        Ok(_) if found.iter().any(Warning::is_proof) => Exit::Denied,
        Ok(_) => Exit::Ok,
    };
    let mut warnings = settings.warnings;
    warnings.extend(found.iter().map(ToString::to_string));
    let app_id = settings.target.app_id.as_ref().map(AppId::as_str);
    warnings.extend(claims.as_ref().and_then(|claims| app_mismatch(app_id?, claims)));
    CheckReport {
        target: settings.target,
        format: settings.output.format,
        verbosity: settings.output.volume,
        config: settings.config,
        proxy,
        sign_in_host: provider.and_then(TokenProvider::sign_in_host),
        token_source: provider.map(|p| text::clean(p.origin(), text::MAX_SHOWN)),
        claims,
        error: token.as_ref().err().cloned(),
        warnings,
        now,
        exit: probe.as_ref().map_or(exit, |probe| exit.merge(probe.exit)),
        probe,
    }
}

/// Compares the app ID of the settings with the token's.
fn app_mismatch(app_id: &str, claims: &Claims) -> Option<String> {
    let of_token = claims.app_id.as_deref().filter(|id| !id.eq_ignore_ascii_case(app_id))?;
    Some(format!(
        "the app ID {app_id} (--app-id) is not the token's app {of_token}: an app can end only its own calls"
    ))
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
