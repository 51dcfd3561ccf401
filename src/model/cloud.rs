//! The deployments of Graph.

/// A deployment of Graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Cloud {
    /// The public cloud, GCC too.
    #[default]
    Global,
    /// L4, GCC High.
    UsGov,
    /// L5, `DoD`.
    Dod,
}

impl Cloud {
    /// The name that `--cloud` takes.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::UsGov => "usgov",
            Self::Dod => "dod",
        }
    }

    /// Graph's root in this cloud.
    pub const fn graph(self) -> &'static str {
        match self {
            Self::Global => "https://graph.microsoft.com",
            Self::UsGov => "https://graph.microsoft.us",
            Self::Dod => "https://dod-graph.microsoft.us",
        }
    }

    /// Where tokens for it are issued.
    pub const fn authority(self) -> &'static str {
        match self {
            Self::Global => "https://login.microsoftonline.com",
            Self::UsGov | Self::Dod => "https://login.microsoftonline.us",
        }
    }

    /// Whether calls can be deleted under `beta` there.
    pub const fn has_beta(self) -> bool {
        matches!(self, Self::Global)
    }
}
