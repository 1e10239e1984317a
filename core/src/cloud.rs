//! Druva's clouds and their hosts.

use std::fmt;

/// One of Druva's separate clouds. Credentials and tokens of one are refused by the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Cloud {
    /// Druva's public cloud: `apis.druva.com`.
    #[default]
    Public,
    /// inSync GovCloud: `govcloudapis.druva.com`.
    InsyncGov,
    /// Druva GovCloud (Enterprise Workloads, Cyber Resilience, job management): `govapis.druva.com`.
    Gov,
    /// CloudRanger: AWS native workloads with an API key, `api.cloudranger.com`.
    Cloudranger,
}

impl Cloud {
    /// Every cloud.
    pub const ALL: [Cloud; 4] = [Cloud::Public, Cloud::InsyncGov, Cloud::Gov, Cloud::Cloudranger];

    /// `public`, `insync-gov`, `gov` or `cloudranger`.
    pub fn name(self) -> &'static str {
        match self {
            Cloud::Public => "public",
            Cloud::InsyncGov => "insync-gov",
            Cloud::Gov => "gov",
            Cloud::Cloudranger => "cloudranger",
        }
    }

    /// The cloud of this name.
    pub fn from_name(name: &str) -> Option<Cloud> {
        Cloud::ALL.into_iter().find(|cloud| cloud.name() == name)
    }

    /// Scheme and host of its API and of its token endpoint, which Druva's documents get wrong for the gov clouds.
    pub(crate) fn base_url(self) -> &'static str {
        match self {
            Cloud::Public => "https://apis.druva.com",
            Cloud::InsyncGov => "https://govcloudapis.druva.com",
            Cloud::Gov => "https://govapis.druva.com",
            Cloud::Cloudranger => "https://api.cloudranger.com",
        }
    }
}

impl fmt::Display for Cloud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
