//! Names that become directories and SQL identifiers.

/// A name that cannot be one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Not a name for a cohort.
    #[error("`{name}` is no name for a cohort")]
    Cohort {
        /// What was given.
        name: String,
    },
    /// Not a name for a study.
    #[error("`{name}` is no name for a study")]
    Study {
        /// What was given.
        name: String,
    },
    /// Not a name for a table.
    #[error("`{name}` is no name for a table")]
    Table {
        /// What was given.
        name: String,
    },
}

impl NameError {
    /// Every code with the names of its details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("workspace.name.cohort", &["name"]),
        ("workspace.name.study", &["name"]),
        ("workspace.name.table", &["name"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Cohort { .. } => "workspace.name.cohort",
            Self::Study { .. } => "workspace.name.study",
            Self::Table { .. } => "workspace.name.table",
        }
    }

    /// Named values for the message catalogue.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Cohort { name } | Self::Study { name } | Self::Table { name } => {
                vec![("name", name.clone())]
            }
        }
    }

    /// The exit code of a command that ends with this error.
    pub fn exit(&self) -> u8 {
        2
    }
}

const LONGEST: usize = 63;

/// A study is named by letters, digits, `-` and `_`, beginning with a letter or digit.
pub(crate) fn study(name: &str) -> Result<(), NameError> {
    let fits = name.len() <= LONGEST
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if fits {
        Ok(())
    } else {
        Err(NameError::Study {
            name: name.to_owned(),
        })
    }
}

/// Names with a meaning of their own: the key in every table, and the files of a link beside the tables'.
const RESERVED: [&str; 4] = ["aliases", "attached", "person", "persons"];

/// Reserved words of SQL that the parser doesn't take for a name, or that a reader wouldn't.
const WORDS: [&str; 51] = [
    "all",
    "and",
    "any",
    "as",
    "between",
    "by",
    "case",
    "cast",
    "cross",
    "distinct",
    "else",
    "end",
    "except",
    "exists",
    "false",
    "fetch",
    "for",
    "from",
    "full",
    "group",
    "having",
    "in",
    "inner",
    "intersect",
    "into",
    "is",
    "join",
    "lateral",
    "left",
    "like",
    "limit",
    "natural",
    "not",
    "null",
    "offset",
    "on",
    "or",
    "order",
    "outer",
    "right",
    "select",
    "set",
    "table",
    "then",
    "true",
    "union",
    "unnest",
    "using",
    "values",
    "when",
    "where",
];

/// A table is named as an unquoted SQL identifier in lower case.
pub(crate) fn table(name: &str) -> Result<(), NameError> {
    if fits_sql(name) {
        Ok(())
    } else {
        Err(NameError::Table {
            name: name.to_owned(),
        })
    }
}

/// A cohort is named as a table.
pub(crate) fn cohort(name: &str) -> Result<(), NameError> {
    if fits_sql(name) {
        Ok(())
    } else {
        Err(NameError::Cohort {
            name: name.to_owned(),
        })
    }
}

fn fits_sql(name: &str) -> bool {
    name.len() <= LONGEST
        && !RESERVED.contains(&name)
        && !WORDS.contains(&name)
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::{cohort, study, table};

    #[test]
    fn names_that_could_leave_their_directory_are_refused() {
        for name in [
            "",
            "..",
            "a/b",
            "/a",
            "-rf",
            "_",
            "a b",
            "研究",
            "a.b",
            &"a".repeat(64),
        ] {
            assert!(study(name).is_err(), "{name}");
            assert!(table(name).is_err(), "{name}");
        }
        for name in ["S", "study-1", "2026_a"] {
            assert!(study(name).is_ok(), "{name}");
        }
        for name in [
            "person", "persons", "aliases", "Claims", "1a", "a-b", "select", "values",
        ] {
            assert!(table(name).is_err(), "{name}");
            assert!(cohort(name).is_err(), "{name}");
        }
        assert!(table("ndb_claims2").is_ok());
    }
}
