//! Who can cure what keeps a request from its answer. Whoever keeps requests refuses for good only what their senders must mend.

use renketsu_seal::package::{OpenError, Refusal};
use renketsu_store::StoreError;

use super::IssueError;
use crate::controls::ControlError;
use crate::fee::FeeError;
use crate::provision::ProvisionError;

/// Who can cure it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cure {
    /// The sender, by another request: this one gets no answer.
    Sender,
    /// The authority: the request is good, and waits.
    Authority,
    /// The machine, perhaps by itself: the same may do a little later.
    Machine,
}

/// The exit code of the environment.
const ENVIRONMENT: u8 = 3;

impl IssueError {
    /// Who can cure it. What isn't named here waits for the authority: a request is refused only for what its sender did.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "what nobody thought of must not refuse a request for good"
    )]
    pub fn cure(&self) -> Cure {
        match self {
            Self::Kind { .. }
            | Self::Producer { .. }
            | Self::CertificationMissing { .. }
            | Self::Certification { .. }
            | Self::Study { .. }
            | Self::Replayed { .. }
            | Self::Tables
            | Self::Column { .. }
            | Self::Columns
            | Self::Rows
            | Self::Null { .. }
            | Self::ReferenceTwice { .. }
            | Self::ReferenceOrder { .. }
            | Self::Fee(FeeError::Refused { .. }) => Cure::Sender,
            Self::Changed { .. } => Cure::Machine,
            Self::Parquet(_) | Self::Schema(_) if self.exit() != ENVIRONMENT => Cure::Sender,
            Self::Open(error) => opened(error),
            Self::Control(error) => controlled(error),
            Self::Fee(FeeError::Provision(error)) | Self::Provision(error) => provided(error),
            Self::Fee(FeeError::Store(error)) | Self::Store(error) => stored(error),
            _ if self.exit() == ENVIRONMENT => Cure::Machine,
            _ => Cure::Authority,
        }
    }
}

/// Whom the authority trusts, and what its clock shows, no sender can mend.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "a package that is not of its form is its sender's, whatever is wrong with it"
)]
fn opened(error: &OpenError) -> Cure {
    match &error.refusal {
        Refusal::Io(_) => Cure::Machine,
        Refusal::UnknownSender { .. } | Refusal::Future { .. } => Cure::Authority,
        _ => Cure::Sender,
    }
}

/// What was agreed on stands: the sender asks for less, or for another agreement.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the others are the authority's"
)]
fn controlled(error: &ControlError) -> Cure {
    match error {
        ControlError::Few { .. }
        | ControlError::Many { .. }
        | ControlError::Quota { .. }
        | ControlError::Cohort { .. }
        | ControlError::Renewed { .. }
        | ControlError::Stopped { .. } => Cure::Sender,
        ControlError::Store(error) => stored(error),
        _ => Cure::Authority,
    }
}

/// A provision that isn't open yet, or not taken over from its issuer, can be; a closed one stays closed.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the others are the authority's"
)]
fn provided(error: &ProvisionError) -> Cure {
    match error {
        ProvisionError::Closed { .. } => Cure::Sender,
        ProvisionError::Changed { .. } => Cure::Machine,
        ProvisionError::Control(error) => controlled(error),
        ProvisionError::Store(error) => stored(error),
        _ if error.exit() == ENVIRONMENT => Cure::Machine,
        _ => Cure::Authority,
    }
}

/// A change that came between is met by doing the work again.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the others are the authority's"
)]
fn stored(error: &StoreError) -> Cure {
    match error {
        StoreError::Replayed { .. } => Cure::Sender,
        StoreError::Pinned { .. } => Cure::Machine,
        other if other.exit() == ENVIRONMENT => Cure::Machine,
        _ => Cure::Authority,
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::registration::RegistryError;
    use crate::secrets::SecretError;

    fn provision() -> String {
        "P-2026-0001".to_owned()
    }

    fn path() -> PathBuf {
        PathBuf::from("state.sqlite")
    }

    fn opened(refusal: Refusal) -> IssueError {
        IssueError::Open(OpenError {
            file: path(),
            refusal,
        })
    }

    #[test]
    fn what_its_sender_did_refuses_a_request() {
        let application = "A-1".to_owned();
        for error in [
            IssueError::Kind { kind: "answer" },
            IssueError::Rows,
            ControlError::Few {
                rows: 3,
                least: 100,
            }
            .into(),
            FeeError::Refused {
                provision: provision(),
                application,
            }
            .into(),
            ProvisionError::Closed {
                provision: provision(),
            }
            .into(),
            opened(Refusal::Corrupt),
        ] {
            assert_eq!(error.cure(), Cure::Sender, "{error}");
        }
    }

    #[test]
    fn nothing_else_refuses_it() {
        let key = "0".to_owned();
        for error in [
            FeeError::NoApplication {
                provision: provision(),
            }
            .into(),
            FeeError::OpenSession {
                provision: provision(),
                session: 1,
            }
            .into(),
            ProvisionError::Unknown {
                provision: provision(),
            }
            .into(),
            RegistryError::NotLoaded.into(),
            SecretError::Elsewhere {
                custodian: "issuer",
            }
            .into(),
            IssueError::Broken("a bug"),
            opened(Refusal::UnknownSender { key }),
        ] {
            assert_eq!(error.cure(), Cure::Authority, "{error}");
        }
        for error in [
            IssueError::from(StoreError::Busy { path: path() }),
            FeeError::Store(StoreError::Full { path: path() }).into(),
            RegistryError::Full { file: path() }.into(),
        ] {
            assert_eq!(error.cure(), Cure::Machine, "{error}");
        }
    }
}
