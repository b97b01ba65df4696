//! What the lab says, in both of its languages.

use std::borrow::Cow;

use serde::Serialize;

/// The same sentence in English and in Korean.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Text {
    /// English.
    pub en: Cow<'static, str>,
    /// Korean.
    pub ko: Cow<'static, str>,
}

/// A sentence that is known beforehand.
pub const fn say(en: &'static str, ko: &'static str) -> Text {
    Text { en: Cow::Borrowed(en), ko: Cow::Borrowed(ko) }
}

/// A sentence with something observed in it.
pub fn told(en: String, ko: String) -> Text {
    Text { en: Cow::Owned(en), ko: Cow::Owned(ko) }
}
