//! Names that the state gives; equal or not, and nothing else.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// As the state spells it.
            pub fn new(name: impl Into<String>) -> Self {
                Self(name.into())
            }

            /// As the state spells it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    )*};
}

names! {
    /// A person with an account.
    PersonId;
    /// A session; not its token.
    SessionId;
    /// A study.
    StudyId;
    /// An enrolled terminal.
    TerminalId;
}
