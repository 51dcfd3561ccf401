//! Where the token comes from: the first source of the contract's list. Nothing is fetched here.

use std::path::{Path, PathBuf};

use secrecy::ExposeSecret;

use super::credentials::{self, Parts, Search};
use super::files::{check_readable, exposure_warning};
use super::{CommandError, Env, Proof, TokenSource};
use crate::model::token::Token;
use crate::settings::config::{Chosen, Located, Source};

/// The places where a token can be named.
pub(super) struct Places<'a> {
    /// `--token-file`
    pub flag: Option<&'a Path>,
    /// The environment.
    pub env: &'a Env,
    /// The config file, where there is one.
    pub config: Option<&'a mut Chosen>,
    /// Where the config was looked for.
    pub config_name: String,
}

/// The first source there is.
///
/// # Errors
/// Where there is none (exit 3), or the first one cannot be used.
pub(super) fn find(mut places: Places<'_>, warnings: &mut Vec<String>) -> Result<TokenSource, CommandError> {
    if let Some(config) = places.config.as_deref() {
        // An error in a config is one even if its token is not the one that is used.
        if let Some(error) = &config.token_error {
            return Err(CommandError::usage(error.clone()));
        }
    }
    if let Some(path) = places.flag {
        if path == Path::new("-") {
            return Err(CommandError::usage("--token-file: standard input is for calls; name a file"));
        }
        return from_file(path.to_owned(), "--token-file".to_owned(), warnings);
    }
    for name in ["HANGUP_TOKEN", "GRAPH_TOKEN"] {
        if let Some(source) = from_variable(places.env, name)? {
            return Ok(source);
        }
    }
    if let Some(path) = places.env.path("HANGUP_TOKEN_FILE") {
        return from_file(path, "HANGUP_TOKEN_FILE".to_owned(), warnings);
    }
    let config = match places.config.take() {
        Some(config) => from_config(config, places.env, warnings)?,
        None => Search::Nothing,
    };
    let partial = match config {
        Search::Found(source) => return Ok(source),
        Search::Partial(missing) => Some(missing),
        Search::Nothing => None,
    };
    match (credentials::from_azure(places.env)?, partial) {
        (Search::Found(source), partial) => {
            warnings
                .extend(partial.map(|missing| format!("{missing}; the AZURE_* variables are used instead")));
            Ok(source)
        }
        (_, Some(missing)) | (Search::Partial(missing), None) => Err(CommandError::denied(missing)),
        (Search::Nothing, None) => Err(no_token(&places.config_name)),
    }
}

fn from_file(path: PathBuf, origin: String, warnings: &mut Vec<String>) -> Result<TokenSource, CommandError> {
    check_readable(&origin, &path)?;
    warnings.extend(exposure_warning(&origin, &path));
    Ok(TokenSource::File { path, origin })
}

fn from_variable(env: &Env, name: &str) -> Result<Option<TokenSource>, CommandError> {
    let Some(text) = env.get(name).map_err(|refusal| CommandError::denied(refusal.message))? else {
        return Ok(None);
    };
    let token = Token::parse(&text).map_err(|why| CommandError::denied(format!("{name}: {why}")))?;
    Ok(Some(TokenSource::Ready { token, origin: name.to_owned() }))
}

/// The innermost section that names a source; `tenant_id` and `client_id` may come from any.
fn from_config(config: &mut Chosen, env: &Env, warnings: &mut Vec<String>) -> Result<Search, CommandError> {
    let source = config.tokens.iter_mut().find_map(|section| section.sources.pop());
    let mut tokens = config.tokens.iter_mut();
    let tenant_id = tokens.by_ref().find_map(|section| section.tenant_id.take());
    let client_id = config.tokens.iter_mut().find_map(|section| section.client_id.take());
    let (proof, at) = match source {
        Some(Located { value: Source::Proof(proof), at }) => {
            if let Proof::SecretFile(path) | Proof::Certificate(path) = &proof {
                warnings.extend(exposure_warning(&at, path));
            }
            (Some(proof), at)
        }
        Some(Located { value, at }) => return direct(value, at, warnings).map(Search::Found),
        None => match tenant_id.as_ref().or(client_id.as_ref()) {
            Some(half) => (None, half.at.clone()),
            None => return Ok(Search::Nothing),
        },
    };
    let parts = Parts { tenant_id: tenant_id.map(pair), client_id: client_id.map(pair), proof };
    credentials::whole(parts, &credentials::CONFIG, at, env)
}

fn pair(located: Located<String>) -> (String, String) {
    (located.value, located.at)
}

/// A source that is not an application credential.
fn direct(source: Source, origin: String, warnings: &mut Vec<String>) -> Result<TokenSource, CommandError> {
    Ok(match source {
        Source::Token(text) => {
            let token = Token::parse(text.expose_secret())
                .map_err(|why| CommandError::denied(format!("{origin}: {why}")))?;
            TokenSource::Ready { token, origin }
        }
        Source::TokenFile(path) => from_file(path, origin, warnings)?,
        Source::TokenCommand(argv) => TokenSource::Command { argv, origin },
        Source::Proof(_) => return Err(CommandError::denied(format!("{origin}: that alone is no token"))),
    })
}

fn no_token(config: &str) -> CommandError {
    CommandError::denied(format!(
        "no token found. Tried:
  \
         --token-file (not given)
  \
         HANGUP_TOKEN, GRAPH_TOKEN, HANGUP_TOKEN_FILE (not set)
  \
         {config}
  \
         AZURE_TENANT_ID and AZURE_CLIENT_ID with AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE_PATH or \
         AZURE_FEDERATED_TOKEN_FILE (not set)
\
         To try the tool without a token, use --sandbox"
    ))
}
