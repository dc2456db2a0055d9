//! The way to the key token: it is opened, and its PIN asked for, when the first secret needs it.

use std::cell::OnceCell;
use std::fmt;

use renketsu_seal::Passphrase;
use renketsu_seal::key_token::{KeyToken, Place, Slot, Which};

use super::SecretError;

/// Who has the PIN of the key token, or the token opened.
pub enum Door<'a> {
    /// Somebody can be asked for the PIN; `None` is no answer.
    Asking(&'a dyn Fn() -> Option<Passphrase>, OnceCell<Box<KeyToken>>),
    /// It is open.
    Open(&'a KeyToken),
}

impl<'a> Door<'a> {
    /// Asks for the PIN when a secret is first needed, and keeps the token open as long as itself.
    pub fn asking(ask: &'a dyn Fn() -> Option<Passphrase>) -> Self {
        Self::Asking(ask, OnceCell::new())
    }

    /// The token with the key at this place. A token with another serial number or key is another one.
    pub(super) fn token(&self, place: &Place) -> Result<&KeyToken, SecretError> {
        let token: &KeyToken = match self {
            Self::Open(token) => token,
            Self::Asking(ask, opened) => {
                if let Some(token) = opened.get() {
                    token
                } else {
                    let token = open(place, ask)?;
                    opened.get_or_init(|| Box::new(token))
                }
            }
        };
        if token.place().serial == place.serial && token.place().key == place.key {
            Ok(token)
        } else {
            Err(SecretError::TokenInUse {
                token: place.token.clone(),
            })
        }
    }
}

/// Opens the key at a place. The PIN is asked for when the token is there.
pub(super) fn open(
    place: &Place,
    ask: &dyn Fn() -> Option<Passphrase>,
) -> Result<KeyToken, SecretError> {
    let slot = Slot::find(&place.module, &Which::Serial(place.serial.clone()))?;
    let pin = ask().ok_or_else(|| SecretError::Pin {
        token: place.token.clone(),
    })?;
    Ok(slot.log_in(&pin)?.key(&place.key)?)
}

impl fmt::Debug for Door<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Asking(_, opened) => f.debug_tuple("Asking").field(&opened.get()).finish(),
            Self::Open(token) => f.debug_tuple("Open").field(token).finish(),
        }
    }
}
