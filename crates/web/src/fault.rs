//! Why a page isn't what was asked for, and how that is told.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use jiff::SignedDuration;
use renketsu_access::{Denial, Role};
use renketsu_store::StoreError;
use renketsu_workspace::accounts::AccountError;
use renketsu_workspace::desk::DeskError;
use renketsu_workspace::intake::IntakeError;
use renketsu_workspace::report::ReportError;
use renketsu_workspace::review::ReviewError;
use renketsu_workspace::volume::VolumeError;
use renketsu_workspace::{ApproveError, AskError, CatalogueError, StudyError, SuspensionError};

use crate::office::placeless;

/// Seconds after which a state that couldn't be written may be asked again.
const RETRY: u16 = 5;

/// Codes of refusals for what was typed; other rules refuse what is right in itself.
const WRONG: &[&str] = &[
    "workspace.ask.no_study",
    "workspace.ask.not_linked",
    "workspace.ask.since",
    "workspace.desk.empty",
    "workspace.desk.long",
    "workspace.desk.name",
];

/// A refusal as a program reads it.
pub(crate) fn problem(
    code: &str,
    details: &[(&'static str, String)],
    exit: u8,
) -> serde_json::Value {
    let details: serde_json::Map<String, serde_json::Value> = details
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.as_str().into()))
        .collect();
    serde_json::json!({ "code": code, "details": details, "exit": exit })
}

/// Why a page isn't what was asked for.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Fault {
    /// Nobody is signed in.
    #[error("nobody is signed in")]
    SignIn,
    /// The session is locked.
    #[error("the session is locked")]
    Locked,
    /// The browser is no enrolled terminal.
    #[error("no enrolled terminal")]
    NoTerminal,
    /// There is nothing of this name, or nothing that this session may know of.
    #[error("not found")]
    NotFound,
    /// The policies don't let this person do this.
    #[error("`{action}` is not permitted")]
    Denied {
        /// What was to be done.
        action: &'static str,
        /// Why: the code of `access`.
        code: &'static str,
        /// The clause that asks for it.
        clause: String,
        /// Who may, and so can be asked.
        ask: Vec<Role>,
    },
    /// A rule refuses, with its code.
    #[error("refused: {code}")]
    Refused {
        /// The code.
        code: &'static str,
        /// Its named values.
        details: Vec<(&'static str, String)>,
    },
    /// The next try waits.
    #[error("the next try waits")]
    Wait {
        /// How long.
        wait: SignedDuration,
    },
    /// A form that is none of ours, or of another session.
    #[error("a form of somebody else")]
    Form,
    /// A request that another site sent.
    #[error("a request of another site")]
    Origin,
    /// A body that is no form, or too long.
    #[error("no form")]
    Malformed,
    /// The state can't be read or written: nothing is shown that can't be recorded.
    #[error("the state refuses: {code}")]
    State {
        /// The code.
        code: &'static str,
        /// Its named values.
        details: Vec<(&'static str, String)>,
    },
    /// Something ended that never ends: a bug.
    #[error("a bug")]
    Broken,
}

impl Fault {
    /// Every code of this enum with the names of its details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("web.sign_in", &[]),
        ("web.locked", &[]),
        ("web.no_terminal", &[]),
        ("web.not_found", &[]),
        ("web.wait", &["seconds"]),
        ("web.form", &[]),
        ("web.origin", &[]),
        ("web.malformed", &[]),
        ("web.broken", &[]),
        ("web.busy", &[]),
        ("web.working", &[]),
        ("web.no_vault", &[]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::SignIn => "web.sign_in",
            Self::Locked => "web.locked",
            Self::NoTerminal => "web.no_terminal",
            Self::NotFound => "web.not_found",
            Self::Wait { .. } => "web.wait",
            Self::Form => "web.form",
            Self::Origin => "web.origin",
            Self::Malformed => "web.malformed",
            Self::Denied { code, .. } | Self::Refused { code, .. } | Self::State { code, .. } => {
                code
            }
            Self::Broken => "web.broken",
        }
    }

    /// Named values for the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Denied { clause, .. } => vec![("clause", clause.clone())],
            Self::Wait { wait } => vec![("seconds", wait.as_secs().to_string())],
            Self::Refused { details, .. } | Self::State { details, .. } => details.clone(),
            Self::SignIn
            | Self::Locked
            | Self::NoTerminal
            | Self::NotFound
            | Self::Form
            | Self::Origin
            | Self::Malformed
            | Self::Broken => Vec::new(),
        }
    }

    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::SignIn | Self::Locked => StatusCode::SEE_OTHER,
            Self::NoTerminal | Self::Denied { .. } | Self::Origin | Self::Form => {
                StatusCode::FORBIDDEN
            }
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Refused { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Wait { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::State { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The exit code of a command that ends with it: that of the same refusal without a server.
    pub(crate) fn exit(&self) -> u8 {
        match self {
            Self::Refused { code, .. } if WRONG.contains(code) => 2,
            Self::SignIn
            | Self::Locked
            | Self::NoTerminal
            | Self::Denied { .. }
            | Self::Refused { .. }
            | Self::Wait { .. }
            | Self::Form
            | Self::Origin => 1,
            Self::NotFound | Self::Malformed => 2,
            Self::State { .. } => 3,
            Self::Broken => 70,
        }
    }

    /// As a program reads it.
    pub(crate) fn problem(&self) -> serde_json::Value {
        problem(self.code(), &self.details(), self.exit())
    }

    /// Where the browser goes instead.
    pub(crate) fn location(&self) -> Option<&'static str> {
        match self {
            Self::SignIn => Some("/sign-in"),
            Self::Locked => Some("/lock"),
            Self::NoTerminal
            | Self::NotFound
            | Self::Denied { .. }
            | Self::Refused { .. }
            | Self::Wait { .. }
            | Self::Form
            | Self::Origin
            | Self::Malformed
            | Self::State { .. }
            | Self::Broken => None,
        }
    }
}

/// The words come from the one place that knows the language: the fault travels with an empty answer until there.
impl IntoResponse for Fault {
    fn into_response(self) -> Response<Body> {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.status();
        if let Some(location) = self.location() {
            response
                .headers_mut()
                .insert(header::LOCATION, HeaderValue::from_static(location));
        }
        if let Self::Wait { wait } = &self {
            let seconds = HeaderValue::from(wait.as_secs().max(1));
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        if let Self::State { .. } = &self {
            let soon = HeaderValue::from(RETRY);
            response.headers_mut().insert(header::RETRY_AFTER, soon);
        }
        response.extensions_mut().insert(self);
        response
    }
}

impl From<AccountError> for Fault {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Wait { wait } => Self::Wait { wait },
            AccountError::NoTerminal => Self::NoTerminal,
            AccountError::Store(StoreError::Missing { .. }) => Self::NotFound,
            AccountError::Store(error @ StoreError::Exists { .. }) => Self::Refused {
                code: error.code(),
                details: error.details(),
            },
            AccountError::Store(error) => error.into(),
            // Who keeps the slots of a place is whom to ask.
            error @ AccountError::Away(_) => Self::Denied {
                action: "session.open",
                code: error.code(),
                clause: "4-3-3-1.separation".to_owned(),
                ask: vec![Role::PlaceManager],
            },
            error @ (AccountError::Code
            | AccountError::Refused
            | AccountError::NoRole
            | AccountError::Unfinished { .. }
            | AccountError::OwnReset
            | AccountError::Id { .. }
            | AccountError::Text { .. }
            | AccountError::LastFactor
            | AccountError::When { .. }
            | AccountError::Granted { .. }
            | AccountError::Grant(_)
            | AccountError::NotFirst
            | AccountError::OwnSuspension
            | AccountError::ResetOpen
            | AccountError::LastManager
            | AccountError::NotEnrolled
            | AccountError::OwnMaking
            | AccountError::Slot(_)
            | AccountError::Clash(_)
            | AccountError::Alone
            | AccountError::Secret(_)
            | AccountError::Seal(_)) => Self::Refused {
                code: error.code(),
                details: error.details(),
            },
        }
    }
}

impl From<DeskError> for Fault {
    fn from(error: DeskError) -> Self {
        let (code, details) = (error.code(), placeless(error.details()));
        match error {
            DeskError::Nothing => Self::NotFound,
            DeskError::Empty
            | DeskError::Long { .. }
            | DeskError::Name { .. }
            | DeskError::Ask(
                AskError::NoStudy { .. }
                | AskError::NotLinked { .. }
                | AskError::NotApproved { .. }
                | AskError::Since { .. }
                | AskError::RemovalPending { .. }
                | AskError::Stale { .. },
            ) => Self::Refused { code, details },
            DeskError::Changed
            | DeskError::Ask(AskError::Store(_) | AskError::Vault(_))
            | DeskError::Store(_)
            | DeskError::Study(_)
            | DeskError::Vault(_) => Self::State { code, details },
        }
    }
}

/// Neither the person nor the form is wrong: what the operators look after isn't as it has to be.
impl From<VolumeError> for Fault {
    fn from(error: VolumeError) -> Self {
        match error {
            VolumeError::Store(error) => error.into(),
            error @ (VolumeError::Absent { .. }
            | VolumeError::Shared { .. }
            | VolumeError::Mount { .. }
            | VolumeError::Io { .. }) => Self::State {
                code: error.code(),
                details: placeless(error.details()),
            },
        }
    }
}

impl From<CatalogueError> for Fault {
    fn from(error: CatalogueError) -> Self {
        Self::State {
            code: error.code(),
            details: placeless(error.details()),
        }
    }
}

impl From<&Denial> for Fault {
    fn from(denial: &Denial) -> Self {
        Self::Denied {
            action: denial.action.as_str(),
            code: denial.code(),
            clause: denial.clause.clone(),
            ask: denial.ask.clone(),
        }
    }
}

impl From<IntakeError> for Fault {
    fn from(error: IntakeError) -> Self {
        let (code, details) = (error.code(), error.details());
        match error {
            IntakeError::Store(error) => error.into(),
            IntakeError::Full
            | IntakeError::Io { .. }
            | IntakeError::Random(_)
            | IntakeError::Scan(_) => Self::State { code, details },
            IntakeError::Again { .. }
            | IntakeError::Kind { .. }
            | IntakeError::NotSealed
            | IntakeError::OtherKind { .. }
            | IntakeError::Package(_)
            | IntakeError::Provision
            | IntakeError::State { .. }
            | IntakeError::TooLong => Self::Refused { code, details },
        }
    }
}

impl From<StudyError> for Fault {
    fn from(error: StudyError) -> Self {
        let (code, details) = (error.code(), error.details());
        match error {
            StudyError::Store(error) => error.into(),
            StudyError::Vault(_) => Self::State { code, details },
            StudyError::Name(_) | StudyError::Provision { .. } => Self::Refused { code, details },
        }
    }
}

impl From<ApproveError> for Fault {
    fn from(error: ApproveError) -> Self {
        let (code, details) = (error.code(), error.details());
        match error {
            ApproveError::Store(StoreError::Missing { .. }) => Self::NotFound,
            ApproveError::Store(error) => error.into(),
            ApproveError::Vault(_) => Self::State { code, details },
            ApproveError::NoName
            | ApproveError::SamePerson { .. }
            | ApproveError::Version { .. } => Self::Refused { code, details },
        }
    }
}

impl From<SuspensionError> for Fault {
    fn from(error: SuspensionError) -> Self {
        let code = error.code();
        match error {
            SuspensionError::NoStudy => Self::NotFound,
            SuspensionError::Store(error) => error.into(),
            SuspensionError::NotSuspended | SuspensionError::Suspended | SuspensionError::Why => {
                Self::Refused {
                    code,
                    details: Vec::new(),
                }
            }
        }
    }
}

impl From<ReportError> for Fault {
    fn from(error: ReportError) -> Self {
        let (code, details) = (error.code(), error.details());
        match error {
            ReportError::Nothing => Self::NotFound,
            ReportError::Store(error) => error.into(),
            ReportError::Study(_) | ReportError::Vault(_) => Self::State { code, details },
            ReportError::Text { .. }
            | ReportError::Copies { .. }
            | ReportError::Day
            | ReportError::Gone
            | ReportError::Rows { .. }
            | ReportError::Line => Self::Refused { code, details },
        }
    }
}

impl From<ReviewError> for Fault {
    fn from(error: ReviewError) -> Self {
        match error {
            ReviewError::Store(error) => error.into(),
            error @ (ReviewError::Finding | ReviewError::Moved { .. }) => Self::Refused {
                code: error.code(),
                details: error.details(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_ends_a_command_as_it_does_without_a_server() {
        let study = || "S".to_owned();
        for error in [
            AskError::NoStudy { study: study() },
            AskError::NotLinked { study: study() },
            AskError::RemovalPending { study: study() },
        ] {
            let exit = error.exit();
            assert_eq!(Fault::from(DeskError::Ask(error)).exit(), exit);
        }
        assert_eq!(Fault::from(DeskError::Empty).exit(), 2);
    }
}
