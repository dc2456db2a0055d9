//! The languages of the pages. The catalogues are the binary's.

use std::fmt::Debug;

/// A language of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lang {
    /// 日本語.
    Ja,
    /// English.
    En,
}

impl Lang {
    /// As `lang` attributes and the state have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ja => "ja",
            Self::En => "en",
        }
    }

    /// Reads it; Japanese unless it says English.
    pub fn of(text: &str) -> Self {
        if text == "en" { Self::En } else { Self::Ja }
    }
}

/// What the catalogues say.
pub trait Words: Debug + Send + Sync {
    /// A message with its values. A missing one shows its id, so that a gap is seen.
    fn say(&self, lang: Lang, id: &str, values: &[(&str, String)]) -> String;
}
