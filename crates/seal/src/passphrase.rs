//! The words that open a party's keys.

use std::fmt;

use age::secrecy::{ExposeSecret, SecretString};

/// A passphrase. Its memory is cleared when it is dropped; it can't be printed or copied.
pub struct Passphrase(SecretString);

impl Passphrase {
    /// The fewest characters with which keys can be created. Opening keys doesn't ask, so that a party
    /// whose passphrase was allowed once is never locked out.
    pub const MINIMUM: usize = 12;

    /// # Errors
    /// [`PassphraseError`] for an empty text and for one with control characters, a line break included:
    /// whoever read it took more than the line.
    pub fn new(text: String) -> Result<Self, PassphraseError> {
        let secret = SecretString::from(text);
        if secret.expose_secret().is_empty() {
            return Err(PassphraseError::Empty);
        }
        if secret.expose_secret().chars().any(char::is_control) {
            return Err(PassphraseError::Control);
        }
        Ok(Self(secret))
    }

    pub(crate) fn characters(&self) -> usize {
        self.0.expose_secret().chars().count()
    }

    pub(crate) fn secret(&self) -> SecretString {
        self.0.clone()
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.expose_secret().as_bytes()
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Passphrase").finish_non_exhaustive()
    }
}

/// Why a text is no passphrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PassphraseError {
    /// It holds a control character.
    #[error("the passphrase holds a control character")]
    Control,
    /// It is empty.
    #[error("the passphrase is empty")]
    Empty,
}

impl PassphraseError {
    /// Every code with the names of its details.
    pub const CODES: &'static [(&'static str, &'static [&'static str])] = &[
        ("seal.passphrase.control", &[]),
        ("seal.passphrase.empty", &[]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Control => "seal.passphrase.control",
            Self::Empty => "seal.passphrase.empty",
        }
    }

    /// Named values for the message catalogue.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// The exit code of the program.
    pub fn exit(&self) -> u8 {
        2
    }
}
