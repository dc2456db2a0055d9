//! Why somebody did not come in, or an account was not changed.

use jiff::SignedDuration;
use renketsu_access::GrantError;
use renketsu_access::slot::{Clash, SlotError};
use renketsu_seal::ProvingFailed;
use renketsu_seal::sign_in::SecretFailed;
use renketsu_store::StoreError;

use super::Away;

/// Why somebody did not come in, or an account was not changed. What a stranger hears says nothing about who exists.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The code is none, was used, or is too old.
    #[error("this code enrols nobody")]
    Code,
    /// Name, password or second factor don't fit.
    #[error("sign-in refused")]
    Refused,
    /// After wrong tries, the next one waits.
    #[error("the next try waits {} s", .wait.as_secs())]
    Wait {
        /// How long.
        wait: SignedDuration,
    },
    /// The browser is no enrolled terminal.
    #[error("no enrolled terminal")]
    NoTerminal,
    /// The person has no part in the study of this terminal, or in the office.
    #[error("no role at this terminal")]
    NoRole,
    /// A part of enrolment is missing.
    #[error("enrolment lacks `{part}`")]
    Unfinished {
        /// `password`, `factor` or `pledges`.
        part: &'static str,
    },
    /// A person decides what they proposed themselves.
    #[error("who proposed a reset doesn't decide it")]
    OwnReset,
    /// An id that none of ours is.
    #[error("`{id}` is no id")]
    Id {
        /// What was given.
        id: String,
    },
    /// A text that has to say something is empty or too long.
    #[error("`{field}` is empty or too long")]
    Text {
        /// The field.
        field: &'static str,
    },
    /// The last factor of a person isn't taken away.
    #[error("the last factor stays")]
    LastFactor,
    /// A date or a time of day that is none.
    #[error("`{field}` is no date or time")]
    When {
        /// The field.
        field: &'static str,
    },
    /// The person has the role already.
    #[error("the person has the role `{role}`")]
    Granted {
        /// Which.
        role: String,
    },
    /// The role is not given there.
    #[error(transparent)]
    Grant(#[from] GrantError),
    /// Somebody was the first security manager already.
    #[error("there was a first security manager")]
    NotFirst,
    /// A person shuts themselves out.
    #[error("nobody suspends themselves")]
    OwnSuspension,
    /// A reset of the person waits to be decided.
    #[error("a reset of this person is open")]
    ResetOpen,
    /// A role is given to somebody who didn't finish enrolling.
    #[error("who has a role has enrolled")]
    NotEnrolled,
    /// Whoever made an account gives it a role.
    #[error("who made an account doesn't give it roles")]
    OwnMaking,
    /// The last security manager of the office keeps the role.
    #[error("the last security manager of the office stays")]
    LastManager,
    /// A time slot that is none.
    #[error(transparent)]
    Slot(#[from] SlotError),
    /// Another study has the place at that time.
    #[error(transparent)]
    Clash(#[from] Clash),
    /// The study doesn't have the place now.
    #[error(transparent)]
    Away(#[from] Away),
    /// An acceptance names the producers of no two studies.
    #[error("an acceptance names two studies or more")]
    Alone,
    /// The system gave no randomness or no memory.
    #[error(transparent)]
    Secret(#[from] SecretFailed),
    /// The same, for what the state keeps sealed.
    #[error(transparent)]
    Seal(#[from] ProvingFailed),
    /// The state refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AccountError {
    /// Every code with the names of its details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("workspace.account.code", &[]),
        ("workspace.account.refused", &[]),
        ("workspace.account.wait", &["seconds"]),
        ("workspace.account.no_terminal", &[]),
        ("workspace.account.no_role", &[]),
        ("workspace.account.unfinished", &["part"]),
        ("workspace.account.own_reset", &[]),
        ("workspace.account.id", &["id"]),
        ("workspace.account.text", &["field"]),
        ("workspace.account.last_factor", &[]),
        ("workspace.account.when", &["field"]),
        ("workspace.account.granted", &["role"]),
        ("workspace.account.not_first", &[]),
        ("workspace.account.own_suspension", &[]),
        ("workspace.account.reset_open", &[]),
        ("workspace.account.last_manager", &[]),
        ("workspace.account.not_enrolled", &[]),
        ("workspace.account.own_making", &[]),
        ("workspace.account.out_of_slot", &[]),
        ("workspace.account.place_taken", &[]),
        ("workspace.account.alone", &[]),
        ("workspace.account.system", &[]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Code => "workspace.account.code",
            Self::Refused => "workspace.account.refused",
            Self::Wait { .. } => "workspace.account.wait",
            Self::NoTerminal => "workspace.account.no_terminal",
            Self::NoRole => "workspace.account.no_role",
            Self::Unfinished { .. } => "workspace.account.unfinished",
            Self::OwnReset => "workspace.account.own_reset",
            Self::Id { .. } => "workspace.account.id",
            Self::Text { .. } => "workspace.account.text",
            Self::LastFactor => "workspace.account.last_factor",
            Self::When { .. } => "workspace.account.when",
            Self::Granted { .. } => "workspace.account.granted",
            Self::Grant(error) => error.code(),
            Self::NotFirst => "workspace.account.not_first",
            Self::OwnSuspension => "workspace.account.own_suspension",
            Self::ResetOpen => "workspace.account.reset_open",
            Self::LastManager => "workspace.account.last_manager",
            Self::NotEnrolled => "workspace.account.not_enrolled",
            Self::OwnMaking => "workspace.account.own_making",
            Self::Slot(error) => error.code(),
            Self::Clash(error) => error.code(),
            Self::Away(away) => away.code(),
            Self::Alone => "workspace.account.alone",
            Self::Secret(_) | Self::Seal(_) => "workspace.account.system",
            Self::Store(error) => error.code(),
        }
    }

    /// Named values for the message catalogue.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Wait { wait } => vec![("seconds", wait.as_secs().to_string())],
            Self::Unfinished { part } => vec![("part", (*part).to_owned())],
            Self::Id { id } => vec![("id", id.clone())],
            Self::Text { field } | Self::When { field } => vec![("field", (*field).to_owned())],
            Self::Granted { role } => vec![("role", role.clone())],
            Self::Grant(GrantError::OfficeOnly { role } | GrantError::StudyOnly { role }) => {
                vec![("role", role.to_string())]
            }
            Self::Clash(clash) => vec![("on", clash.on.to_string())],
            Self::NotFirst
            | Self::OwnSuspension
            | Self::ResetOpen
            | Self::LastManager
            | Self::NotEnrolled
            | Self::OwnMaking
            | Self::Slot(_)
            | Self::Away(_)
            | Self::Alone
            | Self::Code
            | Self::Refused
            | Self::NoTerminal
            | Self::NoRole
            | Self::OwnReset
            | Self::LastFactor
            | Self::Secret(_)
            | Self::Seal(_) => Vec::new(),
            Self::Store(error) => error.details(),
        }
    }

    /// The exit code of a command that ends with this error.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Code
            | Self::Refused
            | Self::Wait { .. }
            | Self::NoTerminal
            | Self::NoRole
            | Self::OwnReset
            | Self::LastFactor
            | Self::Granted { .. }
            | Self::NotFirst
            | Self::OwnSuspension
            | Self::ResetOpen
            | Self::LastManager
            | Self::NotEnrolled
            | Self::OwnMaking
            | Self::Clash(_)
            | Self::Away(_)
            | Self::Unfinished { .. } => 1,
            Self::Id { .. }
            | Self::Text { .. }
            | Self::When { .. }
            | Self::Grant(_)
            | Self::Slot(_)
            | Self::Alone => 2,
            Self::Secret(_) | Self::Seal(_) => 3,
            Self::Store(error) => error.exit(),
        }
    }
}

/// What people, places and terminals are called by the program: 1 to 32 small letters, digits and hyphens, a letter or digit first.
pub(super) fn id(text: &str) -> Result<(), AccountError> {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let fits = (1..=32).contains(&text.len())
        && text.chars().all(inner)
        && !text.starts_with('-')
        && !text.ends_with('-');
    if fits {
        return Ok(());
    }
    Err(AccountError::Id {
        id: text.chars().take(40).collect(),
    })
}

/// A line that a person typed: something, no line breaks or other control characters, no marks that turn the direction of writing.
pub(crate) fn typed(text: &str) -> Option<String> {
    let text = text.trim();
    let obeyed = |c: char| {
        c.is_control()
            || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let fits = !text.is_empty() && text.chars().count() <= 200 && !text.chars().any(obeyed);
    fits.then(|| text.to_owned())
}

/// The same for a field of a form.
pub(super) fn line(field: &'static str, text: &str) -> Result<String, AccountError> {
    typed(text).ok_or(AccountError::Text { field })
}
