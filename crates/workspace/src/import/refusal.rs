//! Why a table is not taken into a study.

use std::io;
use std::path::PathBuf;

use jiff::civil::Date;
use renketsu_seal::package::OpenError;
use renketsu_store::StoreError;

use super::Unpaired;
use crate::name::NameError;
use crate::vault::StudyVaultError;

/// Why a table was not taken.
#[derive(Debug, thiserror::Error)]
pub enum ImportError<E: std::error::Error + 'static> {
    /// The table's name does not fit.
    #[error(transparent)]
    Name(#[from] NameError),
    /// There is no such study.
    #[error("there is no study `{study}`")]
    NoStudy {
        /// Its name.
        study: String,
    },
    /// A table of that name stands in the study.
    #[error("the study has a table `{table}` already")]
    Taken {
        /// Its name.
        table: String,
    },
    /// A cohort of the study has the name.
    #[error("the study has a cohort `{table}`")]
    Cohort {
        /// The name.
        table: String,
    },
    /// No table of that name stands in the study.
    #[error("the study has no table `{table}` to replace")]
    NothingToReplace {
        /// The name.
        table: String,
    },
    /// The table that stands is of another kind.
    #[error("the table `{table}` is of kind `{kind}`")]
    OtherKind {
        /// The table.
        table: String,
        /// What it is.
        kind: String,
    },
    /// Something a reference table needs was not given.
    #[error("a reference table needs `{option}`")]
    ReferenceNeeds {
        /// The option.
        option: &'static str,
    },
    /// The file could not be read, or the study's directory not be written.
    #[error("`{path}` cannot be used")]
    Io {
        /// The path.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A directory where a file is needed.
    #[error("`{path}` is a directory")]
    Directory {
        /// The path.
        path: PathBuf,
    },
    /// A removal comes sealed by the producer, and in no other way.
    #[error("`{path}` is no sealed package")]
    RemovalPlain {
        /// The path.
        path: PathBuf,
    },
    /// An empty file.
    #[error("`{path}` is empty")]
    Empty {
        /// The path.
        path: PathBuf,
    },
    /// A sealed package, and no keys to open it.
    #[error("`{path}` is a sealed package, and the keys of this party are not open")]
    KeysNeeded {
        /// The path.
        path: PathBuf,
    },
    /// Columns of an extract without their IDs.
    #[error("`{path}` has the columns of an extract and no ID")]
    IdsNeeded {
        /// The columns.
        path: PathBuf,
    },
    /// IDs were given for what are no columns of a public database's extract.
    #[error("`{path}` is not the columns of an extract")]
    IdsUnfit {
        /// The file.
        path: PathBuf,
    },
    /// IDs and columns are not of one extract.
    #[error("the IDs of package `{package}` are not of these columns")]
    Unpaired {
        /// The IDs.
        package: String,
        /// The first thing that differs.
        what: Unpaired,
    },
    /// The package was refused.
    #[error(transparent)]
    Package(#[from] OpenError),
    /// A reference table cannot come sealed as person-level data does.
    #[error("a package holds person-level tables, not a reference table")]
    ReferencePackage,
    /// The package holds no table that could be meant.
    #[error("the package has no table `{table}`")]
    NoTable {
        /// The name asked for.
        table: String,
        /// What it has.
        tables: Vec<String>,
    },
    /// The extract is of another public database.
    #[error("the package is not an extract of `{database}`")]
    OtherDatabase {
        /// The database asked for.
        database: &'static str,
    },
    /// The package does not say under which item of 令7条 its recipient may have it (clause 3.recipient), or it says so
    /// of somebody else.
    #[error("the package names no ground on which this party may have it")]
    NoGround,
    /// The sender works under no certification that allows linkable data (clause 3.producer).
    #[error("the package is not from a certified producer of anonymized medical data")]
    Certification,
    /// A delivery does not state something that must be agreed (clause 3.direct).
    #[error("the delivery does not state its {term}")]
    NoTerm {
        /// `contract`, `places`, `period_start` or `period_end`.
        term: &'static str,
    },
    /// The agreed end of use has passed.
    #[error("the agreed end of use, {until}, has passed")]
    Past {
        /// The last day of use.
        until: Date,
    },
    /// Something a plain extract needs was not given.
    #[error("a plain extract needs `{option}`")]
    PlainNeeds {
        /// The option.
        option: &'static str,
    },
    /// The extract belongs to another provision.
    #[error("the extract is of provision `{given}`, the study of `{study}`")]
    OtherProvision {
        /// As typed.
        given: String,
        /// The study's.
        study: String,
    },
    /// The key check values are not the study's.
    #[error("the key check values are not those of the study")]
    OtherKcv {
        /// The study's, in hexadecimal: `number/kana`.
        study: String,
        /// As given.
        given: String,
    },
    /// The engine refused or failed.
    #[error("the engine did not take the table")]
    Engine(#[source] E),
    /// The state refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The study could not be opened.
    #[error(transparent)]
    Vault(#[from] StudyVaultError),
}

impl<E: std::error::Error + 'static> ImportError<E> {
    /// Every code with the names of its details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("workspace.import.no_study", &["study"]),
        ("workspace.import.taken", &["table"]),
        ("workspace.import.cohort", &["table"]),
        ("workspace.import.nothing_to_replace", &["table"]),
        ("workspace.import.other_kind", &["table", "kind"]),
        ("workspace.import.reference_needs", &["option"]),
        ("workspace.import.io", &["path"]),
        ("workspace.import.directory", &["path"]),
        ("workspace.import.empty", &["path"]),
        ("workspace.import.removal_plain", &["path"]),
        ("workspace.import.keys_needed", &["path"]),
        ("workspace.import.ids_needed", &["path"]),
        ("workspace.import.ids_unfit", &["path"]),
        ("workspace.import.pair_approval", &["package"]),
        ("workspace.import.pair_columns", &["package"]),
        ("workspace.import.pair_custodians", &["package"]),
        ("workspace.import.pair_database", &["package"]),
        ("workspace.import.pair_mode", &["package"]),
        ("workspace.import.pair_registry", &["package"]),
        ("workspace.import.pair_rows", &["package"]),
        ("workspace.import.pair_terms", &["package"]),
        ("workspace.import.reference_package", &[]),
        ("workspace.import.no_table", &["table", "tables"]),
        ("workspace.import.other_database", &["database"]),
        ("workspace.import.no_ground", &[]),
        ("workspace.import.certification", &[]),
        ("workspace.import.no_term", &["term"]),
        ("workspace.import.past", &["until"]),
        ("workspace.import.plain_needs", &["option"]),
        ("workspace.import.other_provision", &["given", "study"]),
        ("workspace.import.other_kcv", &["given", "study"]),
    ];

    /// The stable code; `Err` holds the engine's error, which has its own.
    pub fn code(&self) -> Result<&'static str, &E> {
        Ok(match self {
            Self::Name(error) => error.code(),
            Self::NoStudy { .. } => "workspace.import.no_study",
            Self::Taken { .. } => "workspace.import.taken",
            Self::Cohort { .. } => "workspace.import.cohort",
            Self::NothingToReplace { .. } => "workspace.import.nothing_to_replace",
            Self::OtherKind { .. } => "workspace.import.other_kind",
            Self::ReferenceNeeds { .. } => "workspace.import.reference_needs",
            Self::Io { .. } => "workspace.import.io",
            Self::Directory { .. } => "workspace.import.directory",
            Self::Empty { .. } => "workspace.import.empty",
            Self::RemovalPlain { .. } => "workspace.import.removal_plain",
            Self::KeysNeeded { .. } => "workspace.import.keys_needed",
            Self::IdsNeeded { .. } => "workspace.import.ids_needed",
            Self::IdsUnfit { .. } => "workspace.import.ids_unfit",
            Self::Unpaired { what, .. } => what.code(),
            Self::Package(error) => error.code(),
            Self::ReferencePackage => "workspace.import.reference_package",
            Self::NoTable { .. } => "workspace.import.no_table",
            Self::OtherDatabase { .. } => "workspace.import.other_database",
            Self::NoGround => "workspace.import.no_ground",
            Self::Certification => "workspace.import.certification",
            Self::NoTerm { .. } => "workspace.import.no_term",
            Self::Past { .. } => "workspace.import.past",
            Self::PlainNeeds { .. } => "workspace.import.plain_needs",
            Self::OtherProvision { .. } => "workspace.import.other_provision",
            Self::OtherKcv { .. } => "workspace.import.other_kcv",
            Self::Engine(error) => return Err(error),
            Self::Store(error) => error.code(),
            Self::Vault(error) => error.code(),
        })
    }

    /// Named values for the message catalogue; none for the engine's own errors.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Name(error) => error.details(),
            Self::NoStudy { study } => vec![("study", study.clone())],
            Self::Taken { table } | Self::Cohort { table } | Self::NothingToReplace { table } => {
                vec![("table", table.clone())]
            }
            Self::OtherKind { table, kind } => {
                vec![("table", table.clone()), ("kind", kind.clone())]
            }
            Self::Io { path, .. }
            | Self::Directory { path }
            | Self::Empty { path }
            | Self::RemovalPlain { path }
            | Self::IdsNeeded { path }
            | Self::IdsUnfit { path }
            | Self::KeysNeeded { path } => vec![("path", path.display().to_string())],
            Self::Unpaired { package, .. } => vec![("package", package.clone())],
            Self::Package(error) => error.details(),
            Self::NoTable { table, tables } => {
                vec![("table", table.clone()), ("tables", tables.join(", "))]
            }
            Self::OtherDatabase { database } => vec![("database", (*database).to_owned())],
            Self::NoTerm { term } => vec![("term", (*term).to_owned())],
            Self::Past { until } => vec![("until", until.to_string())],
            Self::PlainNeeds { option } | Self::ReferenceNeeds { option } => {
                vec![("option", (*option).to_owned())]
            }
            Self::OtherProvision { given, study } | Self::OtherKcv { given, study } => {
                vec![("given", given.clone()), ("study", study.clone())]
            }
            Self::ReferencePackage | Self::NoGround | Self::Certification | Self::Engine(_) => {
                Vec::new()
            }
            Self::Store(error) => error.details(),
            Self::Vault(error) => error.details(),
        }
    }

    /// The exit code of a command that ends with this error; `Err` holds the engine's error, which has its own.
    pub fn exit(&self) -> Result<u8, &E> {
        Ok(match self {
            Self::Name(error) => error.exit(),
            Self::NoStudy { .. }
            | Self::Directory { .. }
            | Self::Empty { .. }
            | Self::RemovalPlain { .. }
            | Self::KeysNeeded { .. }
            | Self::IdsNeeded { .. }
            | Self::IdsUnfit { .. }
            | Self::NoTable { .. }
            | Self::NothingToReplace { .. }
            | Self::PlainNeeds { .. }
            | Self::ReferenceNeeds { .. } => 2,
            Self::Taken { .. }
            | Self::Cohort { .. }
            | Self::OtherKind { .. }
            | Self::ReferencePackage
            | Self::Unpaired { .. }
            | Self::OtherDatabase { .. }
            | Self::NoGround
            | Self::NoTerm { .. }
            | Self::Past { .. }
            | Self::Certification
            | Self::OtherProvision { .. }
            | Self::OtherKcv { .. } => 1,
            Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound => 2,
            Self::Io { .. } => 3,
            Self::Package(error) => error.exit(),
            Self::Engine(error) => return Err(error),
            Self::Store(error) => error.exit(),
            Self::Vault(error) => error.exit(),
        })
    }
}
