//! `authority init`: the two roots every ID comes from.

use renketsu_identity::Epoch;
use renketsu_store::{Event, Store, StoreError};
use serde::Serialize;

use crate::party::Authority;
use crate::secrets::SecretError;

/// The epoch a new authority begins with.
pub const FIRST_EPOCH: Epoch = Epoch(1);

const INITIALISED: &str = "authority.initialised";

/// Why the roots were not made.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// They exist; IDs may have been issued from them.
    #[error("the authority has its root secrets already")]
    Initialised,
    /// A secret could not be made.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The state could not be changed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl InitError {
    /// Codes of this enum with the names of their details.
    pub const CODES: &[(&str, &[&str])] = &[("authority.init.initialised", &[])];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Initialised => "authority.init.initialised",
            Self::Secret(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }

    /// Named values for the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Initialised => Vec::new(),
            Self::Secret(error) => error.details(),
            Self::Store(error) => error.details(),
        }
    }

    /// The exit code of a command that ends with this error.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Initialised => 1,
            Self::Secret(error) => error.exit(),
            Self::Store(error) => error.exit(),
        }
    }
}

/// What was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Initialised {
    /// The epoch of provisions to be opened.
    pub epoch: Epoch,
}

/// Makes `K_root` and `K_prov_root`, each in its own safe. Completes a start that was interrupted; roots that are
/// there are never replaced.
pub fn init(authority: &Authority<'_>, store: &mut Store) -> Result<Initialised, InitError> {
    let secrets = authority.secrets();
    if secrets.complete()
        && store
            .events()?
            .iter()
            .any(|entry| entry.event.action == INITIALISED)
    {
        return Err(InitError::Initialised);
    }
    secrets.make_roots()?;
    let event = Event::new(INITIALISED, &authority.keys().card().name, authority.now())
        .with("epoch", FIRST_EPOCH.0);
    store.begin()?.commit(&event)?;
    Ok(Initialised { epoch: FIRST_EPOCH })
}
