//! Approving reference tables (clause 2-1.allowed-non-personal): what one person declared, a second one confirms.

use jiff::Timestamp;
use renketsu_access::{Permit, act};
use renketsu_seal::vault::VaultKey;
use renketsu_store::{Event, Store, StoreError, plain, same_person};
use serde_json::Value;

use crate::accounts::Acting;
use crate::vault::{StudyVaultError, commit, open_study};

/// Why a reference table was not approved.
#[derive(Debug, thiserror::Error)]
pub enum ApproveError {
    /// No name was given.
    #[error("an approval needs a name")]
    NoName,
    /// Who declared the table can't approve it.
    #[error("`{name}` declared the table and can't approve it")]
    SamePerson {
        /// The name.
        name: String,
    },
    /// The table has come anew since: what was looked at isn't what would be approved.
    #[error("version {latest} of `{table}` stands, not {version}")]
    Version {
        /// The table.
        table: String,
        /// The version that was looked at.
        version: u64,
        /// The version that stands.
        latest: u64,
    },
    /// The state refused: there is no such reference table, or it is approved already.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The study could not be opened.
    #[error(transparent)]
    Vault(#[from] StudyVaultError),
}

impl ApproveError {
    /// Every code with the names of its details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("workspace.approve.no_name", &[]),
        ("workspace.approve.same_person", &["name"]),
        ("workspace.approve.version", &["table", "version", "latest"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoName => "workspace.approve.no_name",
            Self::SamePerson { .. } => "workspace.approve.same_person",
            Self::Version { .. } => "workspace.approve.version",
            Self::Store(error) => error.code(),
            Self::Vault(error) => error.code(),
        }
    }

    /// Named values for the message catalogue.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::NoName => Vec::new(),
            Self::SamePerson { name } => vec![("name", name.clone())],
            Self::Version {
                table,
                version,
                latest,
            } => vec![
                ("table", table.clone()),
                ("version", version.to_string()),
                ("latest", latest.to_string()),
            ],
            Self::Store(error) => error.details(),
            Self::Vault(error) => error.details(),
        }
    }

    /// The exit code of a command that ends with this error.
    pub fn exit(&self) -> u8 {
        match self {
            Self::NoName => 2,
            Self::SamePerson { .. } | Self::Version { .. } => 1,
            Self::Store(error) => error.exit(),
            Self::Vault(error) => error.exit(),
        }
    }
}

/// A confirmation that a reference table holds no row about a person.
#[derive(Debug, Clone, Copy)]
pub struct Approval<'a> {
    /// The study.
    pub study: &'a str,
    /// The table.
    pub table: &'a str,
    /// The version that was looked at; it has to be the latest.
    pub version: u64,
    /// Who looked. Until there are accounts, names are taken at their word.
    pub approved_by: &'a str,
    /// The permit of whoever has an account, and from where they act.
    pub by: Option<(&'a Permit<act::ReferenceApprove>, &'a Acting)>,
}

/// Records that a second person confirmed a version of a reference table.
pub fn approve_reference(
    store: &mut Store,
    vault: &VaultKey,
    approval: Approval<'_>,
    now: Timestamp,
) -> Result<(), ApproveError> {
    let Approval {
        study,
        table,
        version,
        approved_by,
        by,
    } = approval;
    if plain(approved_by).is_empty() {
        return Err(ApproveError::NoName);
    }
    let missing = |what, name: &str| {
        ApproveError::Store(StoreError::Missing {
            what,
            name: name.to_owned(),
        })
    };
    if store.study(study)?.is_none() {
        return Err(missing("study", study));
    }
    let open = open_study(store, vault, study)?;
    let tables = store.tables(study)?;
    let found = tables
        .iter()
        .find(|found| found.name == table && found.reference.is_some())
        .ok_or_else(|| missing("reference table", table))?;
    if found.version != version {
        return Err(ApproveError::Version {
            table: table.to_owned(),
            version,
            latest: found.version,
        });
    }
    let declared_by = found.origin.get("declared_by");
    let declared_by = declared_by.and_then(Value::as_str).unwrap_or_default();
    if same_person(declared_by, approved_by) {
        return Err(ApproveError::SamePerson {
            name: approved_by.to_owned(),
        });
    }
    let txn = store.begin()?;
    txn.approve_reference(study, table, version, approved_by)?;
    let object = format!("{study}/{table}");
    let event = by.map_or_else(
        || Event::new("reference.approved", &object, now),
        |(_, acting)| acting.event("reference.approved", &object, now),
    );
    let event = event
        .with("version", version)
        .with("declared_by", declared_by)
        .with("approved_by", approved_by);
    Ok(commit(txn, &open, &[], event)?)
}
