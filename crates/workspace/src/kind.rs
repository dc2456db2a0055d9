//! What a table of a study is.

use std::str::FromStr;

use serde::{Serialize, Serializer};

/// A public database that can be linked (令8条).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Database {
    /// 匿名診療等関連情報.
    Dpc,
    /// 匿名介護保険等関連情報.
    Kaigo,
    /// 匿名医療保険等関連情報.
    Ndb,
}

/// What a table is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableKind {
    /// 連結可能匿名加工医療情報 from the producer.
    Anonymized,
    /// An extract of a public database.
    Public(Database),
    /// Information about no person (clause 2-1.allowed-non-personal).
    Reference,
    /// IDs of persons whom the producer removed: nobody's rows in any table from the next link on.
    Removed,
}

impl TableKind {
    /// The word for it on the command line and in the state.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Anonymized => "anonymized",
            Self::Public(Database::Dpc) => "dpc",
            Self::Public(Database::Kaigo) => "kaigo",
            Self::Public(Database::Ndb) => "ndb",
            Self::Reference => "reference",
            Self::Removed => "removed",
        }
    }
}

impl Serialize for TableKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl FromStr for TableKind {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        [
            Self::Anonymized,
            Self::Public(Database::Dpc),
            Self::Public(Database::Kaigo),
            Self::Public(Database::Ndb),
            Self::Reference,
            Self::Removed,
        ]
        .into_iter()
        .find(|kind| kind.as_str() == word)
        .ok_or(())
    }
}
