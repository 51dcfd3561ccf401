//! What `--explain` prints about a code, and its parts.

use std::fmt;

use serde::Serialize;

/// What is known about one code, or about several that mean the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The code and its other spellings; the first one is shown in suggestions.
    pub codes: &'static [&'static str],
    pub kind: Kind,
    pub meaning: &'static str,
    pub retry: Retry,
    /// What to do; also the hint in a result.
    pub action: &'static str,
}

/// Where a code comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The `code` of Graph's error object.
    Service,
    /// An error code of the sign-in service.
    SignIn,
    Status,
    /// How a call ended: `code/subcode` of a notification's `resultInfo`.
    EndCode,
    /// An outcome of this tool.
    Outcome,
    /// An exit code of this tool.
    ExitCode,
}

/// Tells if the same request may succeed when it is sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Retry {
    /// The run retries it.
    Automatic,
    /// Not within the run, but the same command may work later.
    Later,
    AfterFix,
    Never,
    NotNeeded,
    /// The code alone does not say.
    Depends,
}

impl fmt::Display for Retry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Automatic => "yes, hangup retries automatically (--retries, --deadline)",
            Self::Later => "later: the same command may work then",
            Self::AfterFix => "not until the cause is fixed",
            Self::Never => "no: the same request gets the same response",
            Self::NotNeeded => "not needed",
            Self::Depends => "depends on what comes with it",
        })
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Service => "error code of the service",
            Self::SignIn => "error code of the sign-in service",
            Self::Status => "HTTP status",
            Self::EndCode => "end code of a call",
            Self::Outcome => "outcome",
            Self::ExitCode => "exit code",
        })
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} ({})", self.codes.join(", "), self.kind)?;
        writeln!(f, "  meaning: {}", self.meaning)?;
        writeln!(f, "  retry:   {}", self.retry)?;
        writeln!(f, "  action:  {}", self.action)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn explanation_is_printed_with_all_its_parts() {
        let explanation = Explanation {
            codes: &["7504", "x"],
            kind: Kind::Service,
            meaning: "Meaning.",
            retry: Retry::AfterFix,
            action: "Action.",
        };
        let expected = "7504, x (error code of the service)\n  meaning: Meaning.\n  retry:   not until the cause is \
                        fixed\n  action:  Action.\n";
        assert_eq!(explanation.to_string(), expected);
        let json = serde_json::to_value(explanation).unwrap();
        assert_eq!((&json["kind"], &json["retry"]), (&"service".into(), &"after-fix".into()));
    }
}
