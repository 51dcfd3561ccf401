//! Where the token comes from: the first source of the contract's list. Nothing is fetched here.

use std::path::Path;

use secrecy::ExposeSecret;

use super::credentials::{self, Parts};
use super::values::looks_like_token;
use super::{CommandError, Env, TokenSource};
use crate::model::token::Token;
use crate::settings::config::{Chosen, Located, Privacy, Source, shown};

/// What one place says.
pub(super) enum Search {
    /// Here it is.
    Found(TokenSource),
    /// Application credentials that are not whole: what is missing.
    Partial(String),
    /// Nothing.
    Nothing,
}

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
        check_config(config, warnings)?;
    }
    if let Some(path) = places.flag {
        return from_flag(path);
    }
    for name in ["HANGUP_TOKEN", "GRAPH_TOKEN"] {
        if let Some(source) = from_variable(places.env, name)? {
            return Ok(source);
        }
    }
    let config = match places.config.take() {
        Some(config) => from_config(config, places.env)?,
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

/// What is wrong with a config is wrong whether or not its token is the one that is used.
fn check_config(config: &Chosen, warnings: &mut Vec<String>) -> Result<(), CommandError> {
    if let Some(error) = &config.token_error {
        return Err(CommandError::usage(error.clone()));
    }
    let file = shown(&config.in_use.path);
    let mend = format!("chmod 600 {}", quoted(&file));
    match config.privacy {
        Privacy::Private => {}
        Privacy::GroupReads => {
            warnings
                .push(format!("{file} has a secret in it, and its group can read it; mend it with: {mend}"));
        }
        Privacy::Exposed => {
            return Err(CommandError::usage(format!(
                "{file} has a secret in it, and others than its owner can read or write it; mend it with: {mend}"
            )));
        }
    }
    Ok(())
}

fn from_flag(path: &Path) -> Result<TokenSource, CommandError> {
    let origin = "--token-file".to_owned();
    if path == Path::new("-") {
        return Err(CommandError::usage("--token-file: standard input is for calls; name a file"));
    }
    if looks_like_token(&path.to_string_lossy()) {
        return Err(CommandError::usage(
            "--token-file: that looks like a token; put it into a file and name the file",
        ));
    }
    check_readable(&origin, path)?;
    Ok(TokenSource::File { path: path.to_owned(), origin })
}

fn from_variable(env: &Env, name: &str) -> Result<Option<TokenSource>, CommandError> {
    let Some(text) = env.get(name).map_err(|refusal| CommandError::denied(refusal.message))? else {
        return Ok(None);
    };
    let token = Token::parse(&text).map_err(|why| CommandError::denied(format!("{name}: {why}")))?;
    Ok(Some(TokenSource::Ready { token, origin: name.to_owned() }))
}

/// The innermost section that names a source; `tenant_id` and `client_id` may come from any.
fn from_config(config: &mut Chosen, env: &Env) -> Result<Search, CommandError> {
    let source = config.tokens.iter_mut().find_map(|section| section.sources.pop());
    let mut tokens = config.tokens.iter_mut();
    let tenant_id = tokens.by_ref().find_map(|section| section.tenant_id.take());
    let client_id = config.tokens.iter_mut().find_map(|section| section.client_id.take());
    let (proof, at) = match source {
        Some(Located { value: Source::Proof(proof), at }) => (Some(proof), at),
        Some(Located { value, at }) => return direct(value, at).map(Search::Found),
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

/// A source that is no application credential.
fn direct(source: Source, origin: String) -> Result<TokenSource, CommandError> {
    Ok(match source {
        Source::Token(text) => {
            let token = Token::parse(text.expose_secret())
                .map_err(|why| CommandError::denied(format!("{origin}: {why}")))?;
            TokenSource::Ready { token, origin }
        }
        Source::TokenFile(path) => {
            check_readable(&origin, &path)?;
            TokenSource::File { path, origin }
        }
        Source::TokenCommand(argv) => TokenSource::Command { argv, origin },
        Source::Proof(_) => return Err(CommandError::denied(format!("{origin}: that alone is no token"))),
    })
}

/// Whether a file can be read, at the start and not at the first call. It is read later, and again; so a pipe,
/// which could be read but once, is not opened here.
pub(super) fn check_readable(who: &str, path: &Path) -> Result<(), CommandError> {
    let tried = std::fs::metadata(path).and_then(|metadata| match metadata {
        found if found.is_dir() => Err(std::io::ErrorKind::IsADirectory.into()),
        found if found.is_file() => std::fs::File::open(path).map(drop),
        _ => Ok(()),
    });
    tried.map_err(|error| CommandError::denied(format!("{who}: cannot read {}: {error}", shown(path))))
}

fn no_token(config: &str) -> CommandError {
    CommandError::denied(format!(
        "there is no token. Looked at: --token-file (not given); HANGUP_TOKEN and GRAPH_TOKEN (not set); \
         {config}; AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE_PATH or \
         AZURE_FEDERATED_TOKEN_FILE (not set). To try without one: --sandbox"
    ))
}

/// For a shell, where the path needs it.
fn quoted(path: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"/._-+".contains(&b);
    if path.bytes().all(plain) { path.to_owned() } else { format!("'{}'", path.replace('\'', r"'\''")) }
}
