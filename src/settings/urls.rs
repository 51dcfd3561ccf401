//! The base URL and the sign-in authority: checked before anything is sent there.

use url::Url;

use super::Cloud;
use crate::model::loopback::is_loopback;

/// Reads a base URL: https, or http to a loopback address; a path prefix may follow. Without the trailing `/`.
///
/// # Errors
/// Says what is wrong with it; the URL is not shown, as a password may be in it.
pub fn base_url(given: &str) -> Result<String, String> {
    let url = parse(given)?;
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        "http" => return Err("http is for loopback addresses only; give an https URL".to_owned()),
        _ => return Err("give an https URL, such as https://graph.microsoft.com".to_owned()),
    }
    let root = url.as_str().trim_end_matches('/');
    refuse_version(root)?;
    Ok(root.to_owned())
}

/// Reads the sign-in authority, as `AZURE_AUTHORITY_HOST` gives it: a host, or an https URL of one.
///
/// # Errors
/// Where it is neither.
pub fn authority(given: &str) -> Result<String, String> {
    let given = given.trim();
    let whole = if given.contains("://") { given.to_owned() } else { format!("https://{given}") };
    let url = parse(&whole)?;
    if url.scheme() != "https" {
        return Err("give an https URL, such as https://login.microsoftonline.com".to_owned());
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// The `url` crate repairs a lot, as browsers must. A URL that needs repair is refused here.
fn parse(given: &str) -> Result<Url, String> {
    let given = given.trim();
    if given.chars().any(|c| c.is_whitespace() || c.is_control() || c == '\\') {
        return Err("there are spaces, control characters or backslashes in it".to_owned());
    }
    let (_, rest) = given.split_once("://").ok_or("give a whole URL, beginning with https://")?;
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if host.contains('@') {
        return Err("no user name or password may be in it".to_owned());
    }
    let url = Url::parse(given).map_err(|why| format!("that is no URL: {why}"))?;
    // A trailing dot, as in `localhost.`, would ask the name servers, so it is left to them to be https.
    if host.is_empty() || url.host().is_none() {
        return Err("there is no host in it".to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("no query (?) or fragment (#) may be in it".to_owned());
    }
    Ok(url)
}

/// A version at the end of Graph's own URL would stand there twice.
fn refuse_version(root: &str) -> Result<(), String> {
    let graph = [Cloud::Global, Cloud::UsGov, Cloud::Dod].iter().any(|cloud| root.starts_with(cloud.graph()));
    match root.rsplit('/').next() {
        Some(version @ ("beta" | "v1.0")) if graph => {
            Err(format!("leave `/{version}` off: the route names the version (see --api-version)"))
        }
        _ => Ok(()),
    }
}
