//! The exit codes, and how several of them merge into one.

use std::process::ExitCode;

/// The exit code of the process.
///
/// The variants are in order of precedence: if several apply, the last one wins (see [`Exit::merge`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Exit {
    /// 0: success.
    #[default]
    Ok,
    /// 4: some calls were not found; the rest succeeded.
    NotFound,
    /// 5: temporary; the same command later may work.
    Temporary,
    /// 1: at least one call could not be ended.
    Failed,
    /// 3: not authorised.
    Denied,
    /// 2: usage or configuration error; nothing was sent.
    Usage,
    /// 129: stopped by SIGHUP.
    Hangup,
    /// 130: stopped by SIGINT.
    Interrupted,
    /// 143: stopped by SIGTERM.
    Terminated,
}

impl Exit {
    /// Returns the number that the process exits with.
    pub const fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Denied => 3,
            Self::NotFound => 4,
            Self::Temporary => 5,
            Self::Hangup => 129,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }

    /// Merges the codes of two things that both happened: the one with precedence wins.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        self.max(other)
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::Exit;

    #[test]
    fn several_codes_merge_in_the_order_of_the_contract() {
        // "Several at once: the signal, then 3, 1, 5, 4."
        let by_weight = [
            Exit::Terminated,
            Exit::Interrupted,
            Exit::Hangup,
            Exit::Denied,
            Exit::Failed,
            Exit::Temporary,
            Exit::NotFound,
            Exit::Ok,
        ];
        for (i, heavy) in by_weight.iter().enumerate() {
            for light in &by_weight[i..] {
                assert_eq!(heavy.merge(*light), *heavy);
                assert_eq!(light.merge(*heavy), *heavy);
            }
        }
    }

    #[test]
    fn codes_are_those_of_the_contract() {
        let codes = [
            (Exit::Ok, 0),
            (Exit::Failed, 1),
            (Exit::Usage, 2),
            (Exit::Denied, 3),
            (Exit::NotFound, 4),
            (Exit::Temporary, 5),
            (Exit::Hangup, 129),
            (Exit::Interrupted, 130),
            (Exit::Terminated, 143),
        ];
        for (exit, code) in codes {
            assert_eq!(exit.code(), code);
        }
    }
}
