//! The path of a call below the base URL, safe by construction.

use std::fmt;

use clap::ValueEnum;
use clap::builder::PossibleValue;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use crate::model::call::CallRef;

/// Everything but RFC 3986's unreserved characters is escaped in a path segment.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The collection of calls that a request goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Route {
    /// `/app/calls/{id}`
    App,
    /// `/applications/{appId}/calls/{id}`
    Applications,
    /// `/communications/calls/{id}`
    Communications,
}

impl Route {
    /// The name that `--route` and the reports use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Applications => "applications",
            Self::Communications => "communications",
        }
    }

    /// Returns the API version that is used if none is given.
    pub const fn own_version(self) -> ApiVersion {
        match self {
            Self::App | Self::Applications => ApiVersion::Beta,
            Self::Communications => ApiVersion::V1,
        }
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The value of `--route`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RouteChoice {
    /// `/applications` with an app ID, else `/app`; falls back to `/communications`.
    #[default]
    Auto,
    /// This route, whatever the service answers.
    Pinned(Route),
}

impl ValueEnum for RouteChoice {
    fn value_variants<'a>() -> &'a [Self] {
        const {
            &[
                Self::Auto,
                Self::Pinned(Route::App),
                Self::Pinned(Route::Applications),
                Self::Pinned(Route::Communications),
            ]
        }
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            Self::Auto => ("auto", "applications with an app ID, else app; falls back to communications"),
            Self::Pinned(route @ Route::App) => (route.name(), "/app/calls/{id}"),
            Self::Pinned(route @ Route::Applications) => (route.name(), "/applications/{app-id}/calls/{id}"),
            Self::Pinned(route @ Route::Communications) => (route.name(), "/communications/calls/{id}"),
        };
        Some(PossibleValue::new(name).help(help))
    }
}

/// The first segment of every path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ApiVersion {
    /// the default of app and applications
    Beta,
    /// the default of communications
    #[value(name = "v1.0")]
    V1,
}

impl ApiVersion {
    /// The path segment.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Beta => "beta",
            Self::V1 => "v1.0",
        }
    }
}

/// Returns the path of a call below the base URL, with a leading `/` and percent-encoded IDs.
///
/// `None` if the route needs an app ID and the call has none.
pub fn path(route: Route, version: Option<ApiVersion>, call: &CallRef) -> Option<String> {
    let version = version.unwrap_or(route.own_version()).name();
    let id = utf8_percent_encode(call.id.as_str(), SEGMENT);
    Some(match route {
        Route::App => format!("/{version}/app/calls/{id}"),
        Route::Communications => format!("/{version}/communications/calls/{id}"),
        Route::Applications => {
            let app = utf8_percent_encode(call.app_id.as_ref()?.as_str(), SEGMENT);
            format!("/{version}/applications/{app}/calls/{id}")
        }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_route_has_its_path_and_version() {
        let call = CallRef::parse("/applications/a:1/calls/b@c").unwrap();
        let plain = CallRef::parse("b").unwrap();
        assert_eq!(path(Route::App, None, &call).unwrap(), "/beta/app/calls/b%40c");
        let applications = path(Route::Applications, None, &call).unwrap();
        assert_eq!(applications, "/beta/applications/a%3A1/calls/b%40c");
        let communications = path(Route::Communications, None, &call).unwrap();
        assert_eq!(communications, "/v1.0/communications/calls/b%40c");
        assert_eq!(path(Route::App, Some(ApiVersion::V1), &call).unwrap(), "/v1.0/app/calls/b%40c");
        assert_eq!(path(Route::Applications, None, &plain), None);
    }

    proptest! {
        #[test]
        fn no_text_reaches_another_resource(text in ".{0,80}") {
            if let Ok(call) = CallRef::parse(&text) {
                let path = path(Route::App, None, &call).unwrap();
                let id = path.strip_prefix("/beta/app/calls/").unwrap();
                prop_assert!(!id.is_empty() && id != "." && id != "..");
                let safe = |b: u8| b.is_ascii_alphanumeric() || b"-_.~%".contains(&b);
                prop_assert!(id.bytes().all(safe), "{}", id);
            }
        }
    }
}
