//! Why the settings cannot be used.

use std::fmt;

use crate::model::exit::Exit;

/// An error that ends the command, with its exit code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandError {
    /// What is wrong, which flag, variable, file and line it is about, and what to do. No secret is in it.
    pub message: String,
    /// [`Exit::Usage`], or [`Exit::Denied`] where it is the token that is missing or unusable.
    pub exit: Exit,
}

impl CommandError {
    /// Wrong use or configuration: exit 2.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { message: message.into(), exit: Exit::Usage }
    }

    /// No token, or none that can be used: exit 3.
    pub fn denied(message: impl Into<String>) -> Self {
        Self { message: message.into(), exit: Exit::Denied }
    }
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for CommandError {}
