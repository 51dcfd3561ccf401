//! Finds and reads the config file.

use std::fs::{File, Metadata};
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use super::parse as walk;
use super::profile::Config;
use super::source_text::{self as origin, Origin};
use super::trust;
use crate::settings::files::{refuse_secret, shown};
use crate::settings::{CommandError, Env};

/// The largest config; no real one comes near it.
const MAX_FILE: u64 = 1024 * 1024;

/// A place where a config file may be.
#[derive(Debug)]
pub struct Place {
    /// The file.
    pub path: PathBuf,
    /// The flag or variable that names it, in which case it must be there.
    pub named_by: Option<&'static str>,
}

/// Where the config file is looked for; `None` where the user has no config directory.
pub fn place(flag: Option<&Path>, env: &Env) -> Option<Place> {
    if let Some(path) = flag {
        return Some(Place { path: path.to_owned(), named_by: Some("--config") });
    }
    if let Some(path) = env.path("HANGUP_CONFIG") {
        return Some(Place { path, named_by: Some("HANGUP_CONFIG") });
    }
    let path = env.config_dir()?.join("hangup").join("config.toml");
    Some(Place { path, named_by: None })
}

/// Reads and checks a config file; `None` if it does not exist and no flag or variable names it.
///
/// # Errors
/// If it cannot be read or trusted, and for everything that is wrong in it.
pub fn load(place: &Place, env: &Env, warnings: &mut Vec<String>) -> Result<Option<Config>, CommandError> {
    let (name, by) = (shown(&place.path), place.named_by.map(|by| format!("{by}: ")).unwrap_or_default());
    if let Err(why) = refuse_secret(&place.path.to_string_lossy()) {
        return Err(CommandError::usage(format!("{by}{why}")));
    }
    let (bytes, metadata) = match read(&place.path) {
        Ok(read) => read,
        Err(error) if place.named_by.is_none() && is_absent(&error) => return Ok(None),
        Err(error) if place.named_by.is_none() && is_out_of_reach(&place.path, &error) => {
            warnings.push(format!("cannot look for the config {name}: {error}"));
            return Ok(None);
        }
        Err(error) => return Err(CommandError::usage(format!("{by}cannot read the config {name}: {error}"))),
    };
    let untrusted = |why| CommandError::usage(format!("{by}the config cannot be trusted: {why}"));
    trust::check_owner(&name, &metadata).map_err(untrusted)?;
    let config = parse(&place.path, &bytes, env.home())?;
    if config.has_literal_secret() {
        warnings.extend(trust::check_secrets(&name, &metadata).map_err(untrusted)?);
    }
    Ok(Some(config))
}

/// Checks the contents of the config file at `path`, without looking at the file.
///
/// # Errors
/// For everything that is wrong in it.
pub fn parse(path: &Path, bytes: &[u8], home: Option<&Path>) -> Result<Config, CommandError> {
    let name = shown(path);
    let text = utf8(&name, bytes)?;
    let dir = path.parent().unwrap_or(Path::new(""));
    let (top, profiles) = walk::sections(&Origin { name: &name, text, dir, home })?;
    Ok(Config { path: path.to_owned(), top, profiles })
}

/// The metadata is that of the file which is read, not of one that has taken its name since.
fn read(path: &Path) -> std::io::Result<(Vec<u8>, Metadata)> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    let mut bytes = Vec::new();
    if file.take(MAX_FILE + 1).read_to_end(&mut bytes)? as u64 > MAX_FILE {
        return Err(std::io::Error::other("it is larger than 1 MiB"));
    }
    Ok((bytes, metadata))
}

/// Whether the directory may not be searched, so that nobody knows if the file exists.
fn is_out_of_reach(path: &Path, error: &std::io::Error) -> bool {
    error.kind() == ErrorKind::PermissionDenied && std::fs::metadata(path).is_err()
}

fn is_absent(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

fn utf8<'a>(name: &str, bytes: &'a [u8]) -> Result<&'a str, CommandError> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let line = origin::line_of(bytes, error.valid_up_to());
        CommandError::usage(format!("{name}:{line}: the line is not UTF-8"))
    })
}
