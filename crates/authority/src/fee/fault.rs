//! Why a step of the fee is refused.

use std::io;
use std::path::PathBuf;

use jiff::civil::Date;
use renketsu_duty::application::NoReason;
use renketsu_duty::meter::MeterError;
use renketsu_seal::safe::SafeError;
use renketsu_seal::statement::StatementError;
use renketsu_store::StoreError;

use crate::law::LawBroken;
use crate::provision::ProvisionError;
use crate::secrets::SecretError;

/// Why an application, a delegation, the meter, a notice or a payment was not recorded, or an answer not let out.
#[derive(Debug, thiserror::Error)]
pub enum FeeError {
    /// More than is outstanding, or nothing.
    #[error("of the notice `{notice}` {outstanding} yen are outstanding")]
    Amount {
        /// The number of the notice.
        notice: String,
        /// Yen that are.
        outstanding: u64,
    },
    /// The number is taken.
    #[error("the application `{application}` is on record")]
    ApplicationExists {
        /// Its number.
        application: String,
    },
    /// No such application.
    #[error("there is no application `{application}`")]
    ApplicationUnknown {
        /// Its number.
        application: String,
    },
    /// Other notices said more hours than the time now gives.
    #[error(
        "the other notices of the provision say more hours than the time now gives without `{notice}`"
    )]
    Below {
        /// The number of the notice.
        notice: String,
    },
    /// All of the work is with one body, or with none.
    #[error("of provision `{provision}` work is delegated to `{delegate}` at the same time")]
    Contradiction {
        /// The provision.
        provision: String,
        /// To whom.
        delegate: String,
    },
    /// It is accepted or refused already.
    #[error("the application `{application}` is decided")]
    Decided {
        /// Its number.
        application: String,
    },
    /// No such delegation.
    #[error("there is no delegation {entry}")]
    DelegationUnknown {
        /// Its number.
        entry: u64,
    },
    /// A day that has not come.
    #[error("{day} has not come")]
    Future {
        /// The day.
        day: Date,
    },
    /// The length was measured; a stated one has no place.
    #[error("session {session} was measured")]
    Measured {
        /// The number of the session.
        session: u64,
    },
    /// No method of applying.
    #[error("`{method}` is no method of applying ({known})")]
    Method {
        /// What was given.
        method: String,
        /// The list.
        known: String,
    },
    /// No application asks for it.
    #[error("no application asks for provision `{provision}`")]
    NoApplication {
        /// The provision.
        provision: String,
    },
    /// No such session.
    #[error("provision `{provision}` has no such session")]
    NoSession {
        /// The provision.
        provision: String,
    },
    /// Another stands in its place.
    #[error("another notice stands in the place of `{notice}`")]
    NoticeCorrected {
        /// The number of the notice.
        notice: String,
    },
    /// No such notice.
    #[error("there is no notice `{notice}`")]
    NoticeUnknown {
        /// The number of the notice.
        notice: String,
    },
    /// A session runs: its length would be missing.
    #[error("session {session} of provision `{provision}` runs")]
    OpenSession {
        /// The provision.
        provision: String,
        /// The number of the session.
        session: u64,
    },
    /// Not a period.
    #[error("the days are no period, or it has begun to count")]
    Period,
    /// Its application was refused.
    #[error("the application `{application}` for provision `{provision}` was refused")]
    Refused {
        /// The provision.
        provision: String,
        /// Its number.
        application: String,
    },
    /// Another stands in its place.
    #[error("another session stands in the place of {session}")]
    SessionCorrected {
        /// The number of the session.
        session: u64,
    },
    /// Which one?
    #[error("several sessions of provision `{provision}` run")]
    SeveralSessions {
        /// The provision.
        provision: String,
    },
    /// Not a text for the record.
    #[error("the text `{field}` is blank, longer than 200 characters, or not of its form")]
    Text {
        /// Which.
        field: &'static str,
    },
    /// No method of sending that is in force (規則27条).
    #[error("`{method}` is no method of sending in force")]
    Transport {
        /// What was given.
        method: String,
    },
    /// The correction would say the same.
    #[error("a correction of `{notice}` would say the same")]
    Unchanged {
        /// The number of the notice.
        notice: String,
    },
    /// Its application is not decided.
    #[error("the application `{application}` for provision `{provision}` is not decided")]
    Undecided {
        /// The provision.
        provision: String,
        /// Its number.
        application: String,
    },
    /// A document can't be read or kept.
    #[error("the document `{}` can't be read or kept", file.display())]
    Document {
        /// The document.
        file: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Our fault.
    #[error("broken invariant: {0}")]
    Broken(&'static str),
    /// Our fault.
    #[error(transparent)]
    Law(#[from] LawBroken),
    /// The fee can't be counted.
    #[error(transparent)]
    Fee(#[from] renketsu_duty::fee::FeeError),
    /// The time can't be said.
    #[error(transparent)]
    Meter(#[from] MeterError),
    /// A reason is missing.
    #[error(transparent)]
    NoReason(#[from] NoReason),
    /// The provision is unknown or closed.
    #[error(transparent)]
    Provision(#[from] ProvisionError),
    /// The copy of a document can't be sealed.
    #[error(transparent)]
    Safe(#[from] SafeError),
    /// The directory of the documents can't be made.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// A correction can't be signed.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// The state could not be read or changed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl FeeError {
    /// Codes of this enum with the names of their details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("authority.fee.amount", &["notice", "outstanding"]),
        ("authority.fee.application_exists", &["application"]),
        ("authority.fee.application_unknown", &["application"]),
        ("authority.fee.below", &["notice"]),
        ("authority.fee.contradiction", &["provision", "delegate"]),
        ("authority.fee.decided", &["application"]),
        ("authority.fee.delegation_unknown", &["entry"]),
        ("authority.fee.future", &["day"]),
        ("authority.fee.measured", &["session"]),
        ("authority.fee.method", &["method", "known"]),
        ("authority.fee.no_application", &["provision"]),
        ("authority.fee.no_session", &["provision"]),
        ("authority.fee.notice_corrected", &["notice"]),
        ("authority.fee.notice_unknown", &["notice"]),
        ("authority.fee.open_session", &["provision", "session"]),
        ("authority.fee.period", &[]),
        ("authority.fee.refused", &["provision", "application"]),
        ("authority.fee.session_corrected", &["session"]),
        ("authority.fee.several_sessions", &["provision"]),
        ("authority.fee.text", &["field"]),
        ("authority.fee.transport", &["method"]),
        ("authority.fee.unchanged", &["notice"]),
        ("authority.fee.undecided", &["provision", "application"]),
        ("authority.fee.document", &["file"]),
        ("authority.fee.broken", &["invariant"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Amount { .. } => "authority.fee.amount",
            Self::ApplicationExists { .. } => "authority.fee.application_exists",
            Self::ApplicationUnknown { .. } => "authority.fee.application_unknown",
            Self::Below { .. } => "authority.fee.below",
            Self::Contradiction { .. } => "authority.fee.contradiction",
            Self::Decided { .. } => "authority.fee.decided",
            Self::DelegationUnknown { .. } => "authority.fee.delegation_unknown",
            Self::Future { .. } => "authority.fee.future",
            Self::Measured { .. } => "authority.fee.measured",
            Self::Method { .. } => "authority.fee.method",
            Self::NoApplication { .. } => "authority.fee.no_application",
            Self::NoSession { .. } => "authority.fee.no_session",
            Self::NoticeCorrected { .. } => "authority.fee.notice_corrected",
            Self::NoticeUnknown { .. } => "authority.fee.notice_unknown",
            Self::OpenSession { .. } => "authority.fee.open_session",
            Self::Period => "authority.fee.period",
            Self::Refused { .. } => "authority.fee.refused",
            Self::SessionCorrected { .. } => "authority.fee.session_corrected",
            Self::SeveralSessions { .. } => "authority.fee.several_sessions",
            Self::Text { .. } => "authority.fee.text",
            Self::Transport { .. } => "authority.fee.transport",
            Self::Unchanged { .. } => "authority.fee.unchanged",
            Self::Undecided { .. } => "authority.fee.undecided",
            Self::Document { .. } => "authority.fee.document",
            Self::Broken(_) | Self::Law(_) => "authority.fee.broken",
            Self::Fee(error) => error.code(),
            Self::Meter(error) => error.code(),
            Self::NoReason(error) => error.code(),
            Self::Provision(error) => error.code(),
            Self::Safe(error) => error.code(),
            Self::Secret(error) => error.code(),
            Self::Statement(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }

    /// Named values for the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Amount {
                notice,
                outstanding,
            } => vec![
                ("notice", notice.clone()),
                ("outstanding", outstanding.to_string()),
            ],
            Self::ApplicationExists { application }
            | Self::ApplicationUnknown { application }
            | Self::Decided { application } => vec![("application", application.clone())],
            Self::Below { notice }
            | Self::NoticeCorrected { notice }
            | Self::NoticeUnknown { notice }
            | Self::Unchanged { notice } => vec![("notice", notice.clone())],
            Self::Contradiction {
                provision,
                delegate,
            } => vec![
                ("provision", provision.clone()),
                ("delegate", delegate.clone()),
            ],
            Self::DelegationUnknown { entry } => vec![("entry", entry.to_string())],
            Self::Future { day } => vec![("day", day.to_string())],
            Self::Measured { session } | Self::SessionCorrected { session } => {
                vec![("session", session.to_string())]
            }
            Self::Method { method, known } => {
                vec![("method", method.clone()), ("known", known.clone())]
            }
            Self::NoApplication { provision }
            | Self::NoSession { provision }
            | Self::SeveralSessions { provision } => vec![("provision", provision.clone())],
            Self::OpenSession { provision, session } => vec![
                ("provision", provision.clone()),
                ("session", session.to_string()),
            ],
            Self::Period => Vec::new(),
            Self::Refused {
                provision,
                application,
            }
            | Self::Undecided {
                provision,
                application,
            } => vec![
                ("provision", provision.clone()),
                ("application", application.clone()),
            ],
            Self::Text { field } => vec![("field", (*field).to_owned())],
            Self::Transport { method } => vec![("method", method.clone())],
            Self::Document { file, .. } => vec![("file", file.display().to_string())],
            Self::Broken(invariant) => vec![("invariant", (*invariant).to_owned())],
            Self::Law(error) => vec![("invariant", error.to_string())],
            Self::Fee(error) => error.details(),
            Self::Meter(error) => error.details(),
            Self::NoReason(error) => error.details(),
            Self::Provision(error) => error.details(),
            Self::Safe(error) => error.details(),
            Self::Secret(error) => error.details(),
            Self::Statement(error) => error.details(),
            Self::Store(error) => error.details(),
        }
    }

    /// The exit code of a command that ends with this error.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Amount { .. }
            | Self::ApplicationExists { .. }
            | Self::Below { .. }
            | Self::Contradiction { .. }
            | Self::Decided { .. }
            | Self::Measured { .. }
            | Self::NoApplication { .. }
            | Self::NoticeCorrected { .. }
            | Self::OpenSession { .. }
            | Self::Refused { .. }
            | Self::SessionCorrected { .. }
            | Self::Transport { .. }
            | Self::Undecided { .. } => 1,
            Self::ApplicationUnknown { .. }
            | Self::DelegationUnknown { .. }
            | Self::Future { .. }
            | Self::Method { .. }
            | Self::NoSession { .. }
            | Self::NoticeUnknown { .. }
            | Self::Period
            | Self::SeveralSessions { .. }
            | Self::Text { .. }
            | Self::Unchanged { .. } => 2,
            Self::Document { .. } => 3,
            Self::Broken(_) | Self::Law(_) => 70,
            Self::Fee(error) => error.exit(),
            Self::Meter(error) => error.exit(),
            Self::NoReason(error) => error.exit(),
            Self::Provision(error) => error.exit(),
            Self::Safe(error) => error.exit(),
            Self::Secret(error) => error.exit(),
            Self::Statement(error) => error.exit(),
            Self::Store(error) => error.exit(),
        }
    }
}
