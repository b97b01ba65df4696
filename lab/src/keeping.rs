//! Where a scheme's page keeps what it was given.

use serde::Serialize;

/// Where a credential lies in the browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// The server sets it; the browser sends it along by itself.
    Cookie,
    /// Under its name in localStorage; the page sends it.
    LocalStorage,
    /// A variable of the page, gone with a reload; the page sends it.
    Memory,
    /// There is none.
    Nowhere,
}

/// What a page of the scheme does with what it is given.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Keeping {
    /// Where what every request needs is kept.
    pub access: Place,
    /// Where what a refresh needs is kept.
    pub refresh: Place,
    /// Where the CSRF token is kept.
    pub csrf: Place,
}

impl Keeping {
    /// For the page's script, which reads them from the body.
    pub(crate) fn as_attributes(self) -> String {
        let name = |place| match place {
            Place::Cookie => "cookie",
            Place::LocalStorage => "local-storage",
            Place::Memory => "memory",
            Place::Nowhere => "nowhere",
        };
        let (access, refresh, csrf) = (name(self.access), name(self.refresh), name(self.csrf));
        format!("data-access={access} data-refresh={refresh} data-csrf={csrf}")
    }
}
