//! Extra request headers. No error shows a header's value: it may be a secret.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use http::{HeaderName, HeaderValue};

use crate::text;

/// The largest file of headers: no server takes as much.
const MAX_FILE: u64 = 1024 * 1024;

/// A checked header.
pub type Header = (HeaderName, HeaderValue);

/// The tool's own, and those that belong to the connection and not to the request.
const REFUSED: [&str; 14] = [
    "authorization",
    "host",
    "content-length",
    "client-request-id",
    "connection",
    "expect",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
];

/// What in a name says that the value is nobody's business.
const SECRET: [&str; 8] = ["auth", "token", "secret", "password", "cookie", "key", "signature", "credential"];

/// Reads `Name: value`.
///
/// # Errors
/// Where it has no colon, or name or value cannot be sent.
pub fn parse_line(line: &str) -> Result<Header, String> {
    // Without a colon there is no telling a name from a secret, so nothing of it is shown.
    let (name, value) = line.split_once(':').ok_or("give it as 'Name: value'")?;
    parse(name.trim(), value.trim())
}

/// Reads a file with one header per line; blank lines are ignored.
///
/// # Errors
/// If it cannot be read or a line is not a header; names file and line, and shows no value.
pub fn read_file(path: &Path) -> Result<Vec<Header>, String> {
    let name = text::clean(&path.to_string_lossy(), text::MAX_SHOWN);
    let mut lines = String::new();
    let read = File::open(path).and_then(|file| file.take(MAX_FILE + 1).read_to_string(&mut lines));
    match read {
        Err(error) => return Err(format!("cannot read {name}: {error}")),
        Ok(size) if size as u64 > MAX_FILE => return Err(format!("{name} is larger than 1 MiB")),
        Ok(_) => {}
    }
    let numbered = (1..).zip(lines.trim_start_matches('\u{feff}').lines());
    numbered
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(number, line)| parse_line(line).map_err(|why| format!("{name}:{number}: {why}")))
        .collect()
}

/// Reads a name and a value.
///
/// # Errors
/// Where one of them cannot be sent, or the header is the tool's own.
pub fn parse(name: &str, value: &str) -> Result<Header, String> {
    let name: HeaderName = name.parse().map_err(|_| "that is no header name (give it as 'Name: value')")?;
    if REFUSED.contains(&name.as_str()) {
        return Err(format!("`{name}` is the tool's own and cannot be set{}", instead(&name)));
    }
    let mut value = HeaderValue::from_str(value)
        .ok()
        .filter(|value| value.as_bytes().is_ascii())
        .ok_or_else(|| format!("the value of `{name}` has control or non-ASCII characters in it"))?;
    value.set_sensitive(SECRET.iter().any(|word| name.as_str().contains(word)));
    Ok((name, value))
}

/// `inner` headers, and those of `outer` whose names are not among them.
#[must_use]
pub fn over(inner: Vec<Header>, mut outer: Vec<Header>) -> Vec<Header> {
    outer.retain(|(name, _)| !inner.iter().any(|(own, _)| own == name));
    outer.extend(inner);
    outer
}

fn instead(name: &HeaderName) -> &'static str {
    match name.as_str() {
        "authorization" => "; the token comes from --token-file, HANGUP_TOKEN or the config",
        "host" => "; --base-url says where requests go",
        _ => "",
    }
}
