//! The national clouds.

/// A national cloud.
#[expect(clippy::doc_markdown, reason = "the comments are the help")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Cloud {
    /// the public cloud, including GCC
    #[default]
    Global,
    /// L4, GCC High
    #[value(name = "usgov")]
    UsGov,
    /// L5, DoD
    Dod,
}

impl Cloud {
    /// Returns the name for `--cloud`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::UsGov => "usgov",
            Self::Dod => "dod",
        }
    }

    /// Returns Graph's root URL.
    pub const fn graph(self) -> &'static str {
        match self {
            Self::Global => "https://graph.microsoft.com",
            Self::UsGov => "https://graph.microsoft.us",
            Self::Dod => "https://dod-graph.microsoft.us",
        }
    }

    /// Returns the authority that issues tokens.
    pub const fn authority(self) -> &'static str {
        match self {
            Self::Global => "https://login.microsoftonline.com",
            Self::UsGov | Self::Dod => "https://login.microsoftonline.us",
        }
    }

    /// Whether calls can be deleted under `beta`.
    pub const fn has_beta(self) -> bool {
        matches!(self, Self::Global)
    }

    /// Whether a host is Graph's in another cloud than this one.
    pub fn is_other_graph_host(self, host: &str) -> bool {
        const HOSTS: [&str; 4] = [
            "graph.microsoft.com",
            "graph.microsoft.us",
            "dod-graph.microsoft.us",
            "microsoftgraph.chinacloudapi.cn",
        ];
        let own = self.graph().strip_prefix("https://").unwrap_or_default();
        host != own && HOSTS.contains(&host)
    }

    /// Returns the warning for a call that was named by a URL on Graph's host in another cloud.
    pub fn other_host_warning(self, host: &str) -> String {
        format!(
            "the URL is on {host}, Graph's host in another cloud; requests go to the configured one ({}); \
             see --cloud",
            self.name()
        )
    }
}
