//! Why a page isn't what was asked for, and how that is told.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use jiff::SignedDuration;
use renketsu_access::{Denial, Role};
use renketsu_workspace::accounts::AccountError;

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
        response.extensions_mut().insert(self);
        response
    }
}

impl From<AccountError> for Fault {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Wait { wait } => Self::Wait { wait },
            AccountError::NoTerminal => Self::NoTerminal,
            AccountError::Store(error) => error.into(),
            error @ (AccountError::Code
            | AccountError::Refused
            | AccountError::NoRole
            | AccountError::Unfinished { .. }
            | AccountError::OwnReset
            | AccountError::Id { .. }
            | AccountError::Text { .. }
            | AccountError::LastFactor
            | AccountError::Secret(_)
            | AccountError::Seal(_)) => Self::Refused {
                code: error.code(),
                details: error.details(),
            },
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
