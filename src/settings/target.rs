//! Where requests go.

use std::path::{Path, PathBuf};

use secrecy::ExposeSecret;

use super::headers::{self, Header};
use super::token_source::check_readable;
use super::values::{app_id, cloud};
use super::{Cloud, CommandError, Env, Target, urls, words};
use crate::settings::cli::TargetArgs;
use crate::settings::config::{Located, Section};

/// Settles where requests go, and what should be said about it.
pub(super) fn target(
    cli: TargetArgs,
    env: &Env,
    config: &mut Section,
    warnings: &mut Vec<String>,
) -> Result<Target, CommandError> {
    let sandbox = cli.sandbox || env.read("HANGUP_SANDBOX", super::values::boolean)?.unwrap_or(false);
    let asked_cloud = cli.cloud;
    let cloud = match asked_cloud {
        Some(word) => {
            Some(Cloud::try_from(word).map_err(|why| CommandError::usage(format!("--cloud china: {why}")))?)
        }
        None => env.read("HANGUP_CLOUD", cloud)?.or(config.cloud),
    };
    let cloud = cloud.unwrap_or_default();
    let explicit = cli.base_url.is_some();
    let base_url = base_url(cli.base_url.as_deref(), sandbox, env, config)?;
    if let (Some(url), Some(_), false) = (&base_url, asked_cloud, explicit) {
        warnings.push(format!(
            "--cloud {} does not change where requests go: {url} is set in the environment or the config",
            cloud.name()
        ));
    }
    let route = or_env(cli.route, env, "HANGUP_ROUTE", words::word)?.or(config.route);
    Ok(Target {
        sandbox,
        base_url: base_url.unwrap_or_else(|| cloud.graph().to_owned()),
        cloud,
        route: route.map(Into::into).unwrap_or_default(),
        api_version: cli.api_version.or(config.api_version).map(Into::into),
        app_id: or_env(cli.app_id, env, "HANGUP_APP_ID", app_id)?.or(config.app_id.take()),
        headers: all_headers(&cli.header, std::mem::take(&mut config.headers))?,
        cacert: cacert(cli.cacert, config.cacert.take())?,
        network: env.network().clone(),
    })
}

/// A flag, or else a variable, which is not even looked at where the flag is given.
fn or_env<T>(
    flag: Option<T>,
    env: &Env,
    name: &str,
    parse: impl FnOnce(&str) -> Result<T, String>,
) -> Result<Option<T>, CommandError> {
    if flag.is_some() { Ok(flag) } else { env.read(name, parse) }
}

/// The base URL that somebody named. The sandbox wins over all but a flag, with which it makes no sense.
fn base_url(
    flag: Option<&str>,
    sandbox: bool,
    env: &Env,
    config: &mut Section,
) -> Result<Option<String>, CommandError> {
    match (flag, sandbox) {
        (Some(_), true) => Err(CommandError::usage(
            "--base-url: the sandbox (--sandbox, HANGUP_SANDBOX) is an end point of its own; leave one of them out",
        )),
        (None, true) => Ok(None),
        (Some(url), false) => {
            let url = urls::base_url(url).map_err(|why| CommandError::usage(format!("--base-url: {why}")))?;
            Ok(Some(url))
        }
        (None, false) => Ok(env.read("HANGUP_BASE_URL", urls::base_url)?.or(config.base_url.take())),
    }
}

/// The command line's headers take the place of the config's of the same name.
fn all_headers(given: &[secrecy::SecretString], config: Vec<Header>) -> Result<Vec<Header>, CommandError> {
    let mut all = Vec::new();
    for header in given {
        let read = match header.expose_secret().strip_prefix('@') {
            Some(file) => headers::read_file(Path::new(file)),
            None => headers::parse_line(header.expose_secret()).map(|header| vec![header]),
        };
        all.extend(read.map_err(|why| CommandError::usage(format!("--header: {why}")))?);
    }
    Ok(headers::over(all, config))
}

fn cacert(flag: Option<PathBuf>, config: Option<Located<PathBuf>>) -> Result<Option<PathBuf>, CommandError> {
    let (path, who) = match (flag, config) {
        (Some(path), _) => (path, "--cacert".to_owned()),
        (None, Some(located)) => (located.value, located.at),
        (None, None) => return Ok(None),
    };
    check_readable(&who, &path).map_err(|refusal| CommandError::usage(refusal.message))?;
    Ok(Some(path))
}
