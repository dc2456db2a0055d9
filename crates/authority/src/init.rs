//! `authority init`: the key stores of the custodians a directory holds, with the roots every ID comes from.

use renketsu_identity::Epoch;
use renketsu_store::{Event, Store, StoreError};
use serde::Serialize;

use crate::custody::Custodian;
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
    /// The part of this party doesn't hold these keys.
    #[error("the part of this party is not that of the {custodian}")]
    Part {
        /// Whose keys were asked for.
        custodian: &'static str,
    },
    /// A secret could not be made.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The state could not be changed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl InitError {
    /// Codes of this enum with the names of their details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("authority.init.initialised", &[]),
        ("authority.init.part", &["custodian"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Initialised => "authority.init.initialised",
            Self::Part { .. } => "authority.init.part",
            Self::Secret(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }

    /// Named values for the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Initialised => Vec::new(),
            Self::Part { custodian } => vec![("custodian", (*custodian).to_owned())],
            Self::Secret(error) => error.details(),
            Self::Store(error) => error.details(),
        }
    }

    /// The exit code of a command that ends with this error.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Initialised | Self::Part { .. } => 1,
            Self::Secret(error) => error.exit(),
            Self::Store(error) => error.exit(),
        }
    }
}

/// What was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Initialised {
    /// The epoch of provisions to be opened.
    pub epoch: Epoch,
    /// Whose key stores this directory has now.
    pub custodians: Vec<Custodian>,
}

/// Makes the key stores of all custodians that the part of this party may have: both, or the issuer's alone.
pub fn init(authority: &Authority<'_>, store: &mut Store) -> Result<Initialised, InitError> {
    init_as(authority, store, authority.may_hold())
}

/// Makes the key stores of these custodians, each root in its own safe. Completes a start that was interrupted; roots
/// that are there are never replaced.
pub fn init_as(
    authority: &Authority<'_>,
    store: &mut Store,
    custodians: &[Custodian],
) -> Result<Initialised, InitError> {
    if let Some(refused) = custodians
        .iter()
        .find(|custodian| !authority.may_hold().contains(custodian))
    {
        return Err(InitError::Part {
            custodian: refused.as_str(),
        });
    }
    let secrets = authority.secrets();
    let begun = store.epoch()?.map(Epoch);
    if let Some(epoch) = begun {
        let made = || Custodian::ALL.into_iter().filter(|held| secrets.has(*held));
        // What was begun is completed; another custodian is not added to it.
        if made().all(|held| secrets.has_root(held, epoch))
            || custodians.iter().any(|asked| !secrets.has(*asked))
        {
            return Err(InitError::Initialised);
        }
    }
    let epoch = begun.unwrap_or(FIRST_EPOCH);
    for custodian in custodians {
        secrets.make_root(*custodian, epoch)?;
    }
    let names: Vec<&str> = custodians.iter().map(|held| held.as_str()).collect();
    let event = Event::new(INITIALISED, &authority.keys().card().name, authority.now())
        .with("epoch", epoch.0)
        .with("custodians", names);
    let transaction = store.begin()?;
    if begun.is_none() {
        transaction.begin_epoch(epoch.0, authority.now())?;
    }
    transaction.commit(&event)?;
    Ok(Initialised {
        epoch,
        custodians: custodians.to_vec(),
    })
}
