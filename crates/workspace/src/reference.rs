//! Approving reference tables (clause 2-1.allowed-non-personal): what one person declared, a second one confirms.

use jiff::Timestamp;
use renketsu_store::{Event, Store, StoreError};
use serde_json::Value;

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
    /// The state refused: there is no such reference table, or it is approved already.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ApproveError {
    /// Every code with the names of its details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("workspace.approve.no_name", &[]),
        ("workspace.approve.same_person", &["name"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoName => "workspace.approve.no_name",
            Self::SamePerson { .. } => "workspace.approve.same_person",
            Self::Store(error) => error.code(),
        }
    }

    /// Named values for the message catalogue.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::NoName => Vec::new(),
            Self::SamePerson { name } => vec![("name", name.clone())],
            Self::Store(error) => error.details(),
        }
    }

    /// The exit code of a command that ends with this error.
    pub fn exit(&self) -> u8 {
        match self {
            Self::NoName => 2,
            Self::SamePerson { .. } => 1,
            Self::Store(error) => error.exit(),
        }
    }
}

/// Records that a second person confirmed the latest version of a reference table, and returns that version. Until there
/// are accounts, names are taken at their word.
pub fn approve_reference(
    store: &mut Store,
    study: &str,
    table: &str,
    approved_by: &str,
    now: Timestamp,
) -> Result<u64, ApproveError> {
    if approved_by.trim().is_empty() {
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
    let tables = store.tables(study)?;
    let found = tables
        .iter()
        .find(|found| found.name == table && found.reference.is_some())
        .ok_or_else(|| missing("reference table", table))?;
    let declared_by = found.origin.get("declared_by");
    let declared_by = declared_by.and_then(Value::as_str).unwrap_or_default();
    if plain(declared_by) == plain(approved_by) {
        return Err(ApproveError::SamePerson {
            name: approved_by.to_owned(),
        });
    }
    let txn = store.begin()?;
    txn.approve_reference(study, table, found.version, approved_by)?;
    let event = Event::new("reference.approved", &format!("{study}/{table}"), now)
        .with("version", found.version)
        .with("declared_by", declared_by)
        .with("approved_by", approved_by);
    txn.commit(&event)?;
    Ok(found.version)
}

/// A name without what two spellings of it differ in.
fn plain(name: &str) -> String {
    name.chars()
        .filter(|c| !c.is_whitespace())
        .flat_map(char::to_lowercase)
        .collect()
}
