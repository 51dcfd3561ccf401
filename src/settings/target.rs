//! Where requests go.

use std::path::{Path, PathBuf};

use secrecy::ExposeSecret;

use super::files::{check_readable, refuse_secret, shown};
use super::headers::{self, Header};
use super::{CommandError, Target, urls};
use crate::model::network_env::NetworkEnv;
use crate::settings::cli::TargetArgs;
use crate::settings::config::{Located, Section};

/// The largest file of root certificates: those of all operating systems are far smaller.
const MAX_CACERT: u64 = 4 * 1024 * 1024;

/// Settles where requests go, and what should be said about it.
pub(super) fn target(
    cli: TargetArgs,
    sandbox: bool,
    url_from_env: bool,
    network: NetworkEnv,
    config: &mut Section,
    warnings: &mut Vec<String>,
) -> Result<Target, CommandError> {
    let cloud = cli.cloud.or(config.cloud).unwrap_or_default();
    let explicit = cli.base_url.is_some();
    let base_url = base_url(cli.base_url.as_deref(), sandbox, config)?;
    if let (Some(url), Some(_), false) = (&base_url, cli.cloud, explicit) {
        warnings.push(format!(
            "--cloud {} does not change where requests go: {url} is set in the environment or the config",
            cloud.name()
        ));
    }
    if let Some(url) = base_url.as_ref().filter(|url| !explicit && url_from_env && *url != cloud.graph()) {
        warnings.push(format!("requests go to {url}: HANGUP_BASE_URL is set"));
    }
    Ok(Target {
        sandbox,
        base_url: base_url.unwrap_or_else(|| cloud.graph().to_owned()),
        cloud,
        route: cli.route.or(config.route).unwrap_or_default(),
        api_version: cli.api_version.or(config.api_version),
        app_id: cli.app_id.or(config.app_id.take()),
        headers: all_headers(&cli.header, std::mem::take(&mut config.headers))?,
        cacert: cacert(cli.cacert, config.cacert.take())?,
        network,
    })
}

/// The base URL that was set. The sandbox overrides all but the flag, with which it makes no sense.
fn base_url(flag: Option<&str>, sandbox: bool, config: &mut Section) -> Result<Option<String>, CommandError> {
    match (flag, sandbox) {
        (Some(_), true) => Err(CommandError::usage(
            "--base-url: the sandbox (--sandbox, HANGUP_SANDBOX) is an endpoint of its own; leave one of them out",
        )),
        (None, true) => Ok(None),
        (Some(url), false) => {
            let url = urls::base_url(url).map_err(|why| CommandError::usage(format!("--base-url: {why}")))?;
            Ok(Some(url))
        }
        (None, false) => Ok(config.base_url.take()),
    }
}

/// The command line's headers take the place of the config's of the same name.
fn all_headers(given: &[secrecy::SecretString], config: Vec<Header>) -> Result<Vec<Header>, CommandError> {
    let mut all = Vec::new();
    for header in given {
        let read = match header.expose_secret().strip_prefix('@') {
            Some(file) => refuse_secret(file).and_then(|()| headers::read_file(Path::new(file))),
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
    if std::fs::metadata(&path).is_ok_and(|metadata| metadata.len() > MAX_CACERT) {
        return Err(CommandError::usage(format!("{who}: {} is larger than 4 MiB", shown(&path))));
    }
    Ok(Some(path))
}
