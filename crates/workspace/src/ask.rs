//! Finding what a study can be asked.

use std::sync::Arc;

use renketsu_seal::vault::{OpenStudy, VaultKey};
use renketsu_store::{CohortRecord, Store, StoreError, TableRecord};

use crate::kind::TableKind;
use crate::rows::RowLevel;
use crate::vault::{StudyVaultError, open_study};

/// A table that can be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkedTable {
    /// Its name in SQL.
    pub name: String,
    /// What it is; the rows of all but reference tables carry `person`.
    pub kind: TableKind,
    /// The version that the link took.
    pub version: u64,
}

/// The linked tables of a study.
#[derive(Debug)]
pub struct Linked {
    /// The study.
    pub study: Arc<OpenStudy>,
    /// The version of the link; results name it.
    pub version: u64,
    /// Its tables.
    pub tables: Vec<LinkedTable>,
    /// The latest version of each cohort, as it can be used with this link.
    pub cohorts: Vec<CohortRecord>,
    /// Rows of single persons, where somebody allowed them.
    pub row_level: Option<RowLevel>,
    /// Names that stand in the study and can't be asked, and why.
    out_of_reach: Vec<(String, Reason)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reason {
    NotApproved,
    Since,
    Stale,
}

impl Linked {
    /// Why a name that SQL doesn't know can't be asked, if it stands in the study.
    pub fn refusal(&self, name: &str) -> Option<AskError> {
        let (_, reason) = self.out_of_reach.iter().find(|(found, _)| found == name)?;
        let name = name.to_owned();
        Some(match reason {
            Reason::NotApproved => AskError::NotApproved { table: name },
            Reason::Since => AskError::Since { table: name },
            Reason::Stale => AskError::Stale { cohort: name },
        })
    }
}

/// Why a study cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// There is no such study.
    #[error("there is no study `{study}`")]
    NoStudy {
        /// Its name.
        study: String,
    },
    /// It was never linked.
    #[error("study `{study}` is not linked yet")]
    NotLinked {
        /// Its name.
        study: String,
    },
    /// A reference table that nobody has approved.
    #[error("reference table `{table}` is not approved")]
    NotApproved {
        /// Its name.
        table: String,
    },
    /// A table that came, or came anew, after the link.
    #[error("table `{table}` came after the link")]
    Since {
        /// Its name.
        table: String,
    },
    /// Persons were removed after the link.
    #[error("persons were removed from study `{study}` after the link")]
    RemovalPending {
        /// The study.
        study: String,
    },
    /// A cohort of persons of whom some were found to be one since.
    #[error("persons of cohort `{cohort}` became one since")]
    Stale {
        /// Its name.
        cohort: String,
    },
    /// The state refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The study could not be opened.
    #[error(transparent)]
    Vault(#[from] StudyVaultError),
}

impl AskError {
    /// Every code with the names of its details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("workspace.ask.no_study", &["study"]),
        ("workspace.ask.not_linked", &["study"]),
        ("workspace.ask.not_approved", &["table"]),
        ("workspace.ask.since", &["table"]),
        ("workspace.ask.stale", &["cohort"]),
        ("workspace.ask.removal_pending", &["study"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoStudy { .. } => "workspace.ask.no_study",
            Self::NotLinked { .. } => "workspace.ask.not_linked",
            Self::NotApproved { .. } => "workspace.ask.not_approved",
            Self::Since { .. } => "workspace.ask.since",
            Self::Stale { .. } => "workspace.ask.stale",
            Self::RemovalPending { .. } => "workspace.ask.removal_pending",
            Self::Store(error) => error.code(),
            Self::Vault(error) => error.code(),
        }
    }

    /// Named values for the message catalogue.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::NoStudy { study }
            | Self::NotLinked { study }
            | Self::RemovalPending { study } => {
                vec![("study", study.clone())]
            }
            Self::NotApproved { table } | Self::Since { table } => vec![("table", table.clone())],
            Self::Stale { cohort } => vec![("cohort", cohort.clone())],
            Self::Store(error) => error.details(),
            Self::Vault(error) => error.details(),
        }
    }

    /// The exit code of a command that ends with this error.
    pub fn exit(&self) -> u8 {
        match self {
            Self::NoStudy { .. } | Self::NotLinked { .. } | Self::Since { .. } => 2,
            Self::NotApproved { .. } | Self::Stale { .. } | Self::RemovalPending { .. } => 1,
            Self::Store(error) => error.exit(),
            Self::Vault(error) => error.exit(),
        }
    }
}

/// The tables of the latest link of a study. Tables imported since are not among them until it is linked again; reference
/// tables only once a second person approved the version that was linked. None while a state that was put back is not confirmed: persons
/// may have left since.
pub fn linked(store: &Store, vault: &VaultKey, study: &str) -> Result<Linked, AskError> {
    store.not_halted()?;
    let missing = || AskError::NoStudy {
        study: study.to_owned(),
    };
    store.study(study)?.ok_or_else(missing)?;
    // Whatever is read from here on is proven.
    let open = open_study(store, vault, study)?;
    let record = store.study(study)?.ok_or_else(missing)?;
    let link = store.link(study)?.ok_or_else(|| AskError::NotLinked {
        study: study.to_owned(),
    })?;
    let in_link = |table: &TableRecord| {
        link.tables.as_array().is_some_and(|named| {
            named.iter().any(|entry| {
                entry["name"] == table.name.as_str() && entry["version"] == table.version
            })
        })
    };
    let (mut tables, mut out_of_reach) = (Vec::new(), Vec::new());
    for table in store.table_versions(study)?.into_iter().filter(in_link) {
        let approved = table
            .reference
            .as_ref()
            .is_some_and(|reference| reference.approved_by.is_some());
        match table.kind.parse() {
            Ok(kind) if approved || kind != TableKind::Reference => tables.push(LinkedTable {
                name: table.name,
                kind,
                version: table.version,
            }),
            _ => out_of_reach.push((table.name, Reason::NotApproved)),
        }
    }
    for table in store.tables(study)? {
        let known = tables.iter().any(|found| found.name == table.name)
            || out_of_reach.iter().any(|(found, _)| *found == table.name);
        if !known && table.kind == TableKind::Removed.as_str() {
            return Err(AskError::RemovalPending {
                study: study.to_owned(),
            });
        }
        if !known {
            out_of_reach.push((table.name, Reason::Since));
        }
    }
    let mut cohorts = Vec::new();
    for cohort in crate::cohort::latest(store, study)? {
        if merged_since(store, &cohort)? {
            out_of_reach.push((cohort.name, Reason::Stale));
        } else {
            cohorts.push(cohort);
        }
    }
    Ok(Linked {
        study: Arc::new(open),
        version: link.version,
        tables,
        cohorts,
        row_level: record.row_level.as_ref().and_then(RowLevel::of),
        out_of_reach,
    })
}

/// Whether a link after the cohort's found that two persons are one. Their numbers in the cohort would count for nobody,
/// or for somebody else's rows too.
fn merged_since(store: &Store, cohort: &CohortRecord) -> Result<bool, StoreError> {
    Ok(store
        .links(&cohort.study)?
        .iter()
        .filter(|link| link.version > cohort.link)
        .any(|link| {
            let merged = link.report.pointer("/changes/merged");
            merged.and_then(serde_json::Value::as_u64).unwrap_or(0) > 0
        }))
}
