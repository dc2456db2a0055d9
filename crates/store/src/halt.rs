//! A party whose state was put back from a backup halts until a person confirmed it (`docs/decisions/0023-backup-and-restore.md`).
//!
//! What was answered, taken and withdrawn since the backup stands in no record here: a quota could be used twice, an answer go out
//! a second time, a removed person be asked about. Nothing in the directory can tell, so somebody has to compare it with what others hold.

use std::path::Path;

use jiff::Timestamp;
use unicode_normalization::UnicodeNormalization as _;

use crate::followed::Body;
use crate::{Event, Store, StoreError, Txn};

pub(crate) const RESTORED: &str = "party.restored";
const CONFIRMED: &str = "party.confirmed";

/// What may be recorded while a party halts; everything else is refused, what is written here later too. It is what the comparison
/// needs, and what takes something back that was taken back since the backup.
const WHILE_HALTED: &[&str] = &[
    RESTORED,
    CONFIRMED,
    "log.heartbeat",
    "log.witness_known",
    "log.witnessed",
    "party.backed_up",
    "party.distrusted",
    "persons.removed",
    "provision.closed",
    "provision.closing",
    "service.revoked",
    "study.rows_forbidden",
    "study.verified",
];
const LONGEST: usize = 500;

/// That a party halts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Halt {
    /// When its state was put back.
    pub since: Timestamp,
    /// The entry of the record that says so, counted from 1; what comes before it was in the backup.
    pub entry: u64,
}

/// Why a confirmation was not recorded.
#[derive(Debug, thiserror::Error)]
pub enum ConfirmError {
    /// No name was given, or none that can be written down.
    #[error("a confirmation needs a name")]
    Name,
    /// The party doesn't halt.
    #[error("there is nothing to confirm")]
    NotHalted,
    /// No reason was given, or none that can be written down.
    #[error("a confirmation needs a reason")]
    Reason,
    /// The name is the one the command runs in.
    #[error("`{name}` is whose state it is and can't confirm it")]
    SamePerson {
        /// The name.
        name: String,
    },
    /// The state refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ConfirmError {
    /// Every code with the names of its details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("store.confirm.name", &[]),
        ("store.confirm.not_halted", &[]),
        ("store.confirm.reason", &[]),
        ("store.confirm.same_person", &["name"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Name => "store.confirm.name",
            Self::NotHalted => "store.confirm.not_halted",
            Self::Reason => "store.confirm.reason",
            Self::SamePerson { .. } => "store.confirm.same_person",
            Self::Store(error) => error.code(),
        }
    }

    /// Named values for the message catalogue.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Name | Self::NotHalted | Self::Reason => Vec::new(),
            Self::SamePerson { name } => vec![("name", name.clone())],
            Self::Store(error) => error.details(),
        }
    }

    /// The exit code of a command that ends with this error.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Name | Self::Reason => 2,
            Self::NotHalted | Self::SamePerson { .. } => 1,
            Self::Store(error) => error.exit(),
        }
    }
}

/// That somebody compared the state with what others hold.
#[derive(Debug, Clone, Copy)]
pub struct Confirmation<'a> {
    /// The name of the party, in which its commands run.
    pub party: &'a str,
    /// What it was compared with.
    pub reason: &'a str,
    /// Who answers for it. Until there are accounts, names are taken at their word.
    pub approved_by: &'a str,
}

impl Store {
    /// Since when the party halts; `None` where it works. The record is held against its chain first.
    ///
    /// # Errors
    /// [`StoreError::Chain`] at the first entry that doesn't fit: it could be the one that halts.
    pub fn halt(&self) -> Result<Option<Halt>, StoreError> {
        let mut followed = self.followed.borrow_mut();
        followed.go_on(&self.connection, &self.path)?;
        Ok(followed.halt.clone())
    }

    /// Refuses work while the party halts.
    ///
    /// # Errors
    /// [`StoreError::Halted`]; [`StoreError::Chain`].
    pub fn not_halted(&self) -> Result<(), StoreError> {
        match self.halt()? {
            Some(halt) => Err(halt.refusal(&self.path)),
            None => Ok(()),
        }
    }

    /// Records that a second person confirmed the state that was put back. The party works again from then on.
    pub fn confirm(
        &mut self,
        confirmation: Confirmation<'_>,
        now: Timestamp,
    ) -> Result<Halt, ConfirmError> {
        let Confirmation {
            party,
            reason,
            approved_by,
        } = confirmation;
        if !writable(reason) {
            return Err(ConfirmError::Reason);
        }
        if !writable(approved_by) || plain(approved_by).is_empty() {
            return Err(ConfirmError::Name);
        }
        if same_person(party, approved_by) {
            return Err(ConfirmError::SamePerson {
                name: approved_by.to_owned(),
            });
        }
        let txn = self.begin_checked()?;
        let halt = txn.halt.clone().ok_or(ConfirmError::NotHalted)?;
        let event = Event::new(CONFIRMED, party, now)
            .with("restored_entry", halt.entry)
            .with("reason", reason.trim())
            .with("approved_by", approved_by.trim());
        txn.commit(&event)?;
        Ok(halt)
    }
}

impl Txn<'_> {
    /// Refuses what may not be recorded while the party halts.
    pub(crate) fn permits(&self, event: &Event) -> Result<(), StoreError> {
        match &self.halt {
            Some(halt) if !WHILE_HALTED.contains(&event.action.as_str()) => {
                Err(halt.refusal(&self.path))
            }
            _ => Ok(()),
        }
    }
}

impl Halt {
    fn refusal(&self, path: &Path) -> StoreError {
        StoreError::Halted {
            path: path.to_owned(),
            since: self.since,
        }
    }
}

/// Whether an entry may say that a party halts, or doesn't.
pub(crate) fn concerns(body: &str) -> bool {
    body.contains(RESTORED) || body.contains(CONFIRMED)
}

pub(crate) fn see(halt: &mut Option<Halt>, seq: u64, body: &Body) {
    match body.action.as_str() {
        RESTORED => {
            *halt = Some(Halt {
                since: body.at,
                entry: seq,
            });
        }
        CONFIRMED => *halt = None,
        _ => {}
    }
}

fn writable(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty() && text.chars().count() <= LONGEST && !text.chars().any(char::is_control)
}

/// Whether two names are one person's, as far as spelling tells.
pub fn same_person(one: &str, other: &str) -> bool {
    plain(one) == plain(other)
}

/// A name without what two spellings of it differ in: width, case, spaces, and characters that nobody sees. Empty where nothing is left.
pub fn plain(name: &str) -> String {
    name.nfkc()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}
