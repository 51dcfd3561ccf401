//! Finding and reading the config file, and who else may read it.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use super::parse as walk;
use super::profile::Config;
use super::source_text::{self as origin, Origin};
use crate::settings::{CommandError, Env};
use crate::text;

/// Who but its owner gets at the file, as far as that matters for the secrets in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Privacy {
    /// Nobody.
    #[default]
    Private,
    /// The group can read it.
    GroupReads,
    /// Everybody can read it, or others than the owner can write it.
    Exposed,
}

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

/// Reads and checks a config file; `None` where it is not there and need not be.
///
/// # Errors
/// Where it cannot be read, and for all that is wrong in it.
pub fn load(place: &Place, env: &Env) -> Result<Option<Config>, CommandError> {
    let (bytes, privacy) = match read(&place.path) {
        Ok(read) => read,
        Err(error) if place.named_by.is_none() && is_absent(&error) => return Ok(None),
        Err(error) => {
            let by = place.named_by.map(|by| format!("{by}: ")).unwrap_or_default();
            let name = shown(&place.path);
            return Err(CommandError::usage(format!("{by}cannot read the config {name}: {error}")));
        }
    };
    parse(&place.path, &bytes, privacy, env.home()).map(Some)
}

/// Checks what the config file at `path` holds, without looking at the file.
///
/// # Errors
/// For all that is wrong in it.
pub fn parse(
    path: &Path,
    bytes: &[u8],
    privacy: Privacy,
    home: Option<&Path>,
) -> Result<Config, CommandError> {
    let name = shown(path);
    let text = utf8(&name, bytes)?;
    let dir = path.parent().unwrap_or(Path::new(""));
    let (top, profiles) = walk::sections(&Origin { name: &name, text, dir, home })?;
    Ok(Config { path: path.to_owned(), top, profiles, privacy })
}

/// A path as errors show it.
pub fn shown(path: &Path) -> String {
    text::clean(&path.to_string_lossy(), text::MAX_SHOWN)
}

/// The mode is that of the file which is read, not of one that has taken its name since.
fn read(path: &Path) -> std::io::Result<(Vec<u8>, Privacy)> {
    let mut file = File::open(path)?;
    let privacy = privacy(&file.metadata()?);
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok((bytes, privacy))
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

#[cfg(unix)]
fn privacy(metadata: &std::fs::Metadata) -> Privacy {
    use std::os::unix::fs::PermissionsExt;
    privacy_of(metadata.permissions().mode())
}

#[cfg(not(unix))]
fn privacy(_: &std::fs::Metadata) -> Privacy {
    Privacy::Private
}

/// What a Unix mode says.
#[cfg_attr(not(unix), allow(dead_code))]
pub(super) const fn privacy_of(mode: u32) -> Privacy {
    match (mode & 0o026, mode & 0o040) {
        (0, 0) => Privacy::Private,
        (0, _) => Privacy::GroupReads,
        _ => Privacy::Exposed,
    }
}
