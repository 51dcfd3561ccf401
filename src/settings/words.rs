//! The words that options, variables and config keys share: one list for all three.

use clap::ValueEnum;

use super::Cloud;
use crate::model::route::{ApiVersion, Route, RouteChoice};
use crate::text;

/// What `--route` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RouteWord {
    /// applications with an app id, else app; communications where those are retired
    Auto,
    /// /app/calls/{id}
    App,
    /// /applications/{app-id}/calls/{id}
    Applications,
    /// /communications/calls/{id}
    Communications,
}

/// What `--api-version` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum VersionWord {
    /// the default of app and applications
    Beta,
    /// the default of communications
    #[value(name = "v1.0")]
    V1,
}

/// What `--cloud` takes.
#[expect(clippy::doc_markdown, reason = "the comments are the help")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CloudWord {
    /// the public cloud, GCC too
    Global,
    /// L4, GCC High
    Usgov,
    /// L5, DoD
    Dod,
    /// known, so that the refusal can say why
    #[value(hide = true)]
    China,
}

/// What `--color` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColorWord {
    /// on a terminal
    Auto,
    /// through a pipe too
    Always,
    /// nowhere
    Never,
}

/// What `--dry-run` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DryRunWord {
    /// no network, no token: what would be sent
    Client,
    /// GET each call and show its state
    Server,
}

/// Reads one of the words of `T`, as it is spelled in the help.
///
/// # Errors
/// Says which words there are and which of them is nearest.
pub fn word<T: ValueEnum>(given: &str) -> Result<T, String> {
    T::from_str(given, false).map_err(|_| {
        let words: Vec<String> = T::value_variants()
            .iter()
            .filter_map(ValueEnum::to_possible_value)
            .filter(|word| !word.is_hide_set())
            .map(|word| word.get_name().to_owned())
            .collect();
        let hint = text::nearest(given, words.iter().map(String::as_str))
            .map(|near| format!("; did you mean `{near}`?"))
            .unwrap_or_default();
        format!("`{}` is none of {}{hint}", text::clean(given, 40), words.join(", "))
    })
}

impl From<RouteWord> for RouteChoice {
    fn from(word: RouteWord) -> Self {
        match word {
            RouteWord::Auto => Self::Auto,
            RouteWord::App => Self::Pinned(Route::App),
            RouteWord::Applications => Self::Pinned(Route::Applications),
            RouteWord::Communications => Self::Pinned(Route::Communications),
        }
    }
}

impl From<VersionWord> for ApiVersion {
    fn from(word: VersionWord) -> Self {
        match word {
            VersionWord::Beta => Self::Beta,
            VersionWord::V1 => Self::V1,
        }
    }
}

impl TryFrom<CloudWord> for Cloud {
    type Error = String;

    fn try_from(word: CloudWord) -> Result<Self, String> {
        match word {
            CloudWord::Global => Ok(Self::Global),
            CloudWord::Usgov => Ok(Self::UsGov),
            CloudWord::Dod => Ok(Self::Dod),
            CloudWord::China => Err("Graph offers no call deletion in the China cloud (21Vianet), so \
                                     there is nothing to send a request to"
                .to_owned()),
        }
    }
}
