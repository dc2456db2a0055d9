//! What opens a vault: one passphrase, or the two parts of one that two custodians hold.

use zeroize::Zeroizing;

use super::error::VaultError;
use crate::passphrase::Passphrase;

const PARTS: &[u8] = b"renketsu/vault-custodians/1";

/// How many people have to come together to open a vault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Custodians {
    /// One passphrase opens it.
    One,
    /// Two people hold a part each; the vault file says so.
    Two,
}

impl Custodians {
    /// How many.
    pub fn count(self) -> u8 {
        match self {
            Self::One => 1,
            Self::Two => 2,
        }
    }
}

/// What opens a vault. A passphrase alone is that of a vault with one custodian.
#[derive(Debug, Clone, Copy)]
pub enum Words<'a> {
    /// The passphrase of one custodian.
    One(&'a Passphrase),
    /// The parts of two, in their order.
    Two([&'a Passphrase; 2]),
}

impl<'a> From<&'a Passphrase> for Words<'a> {
    fn from(passphrase: &'a Passphrase) -> Self {
        Self::One(passphrase)
    }
}

impl Words<'_> {
    /// Whose they are.
    pub fn custodians(&self) -> Custodians {
        match self {
            Self::One(_) => Custodians::One,
            Self::Two(_) => Custodians::Two,
        }
    }

    /// Whether a vault can be made with them, before anything is: each part is long enough by itself, so that whoever
    /// holds one still has all of the other to guess, and no part stands twice.
    ///
    /// # Errors
    /// [`VaultError::PassphraseShort`]; [`VaultError::PartsEqual`].
    pub fn fit(&self) -> Result<(), VaultError> {
        let parts: &[&Passphrase] = match self {
            Self::One(passphrase) => &[passphrase],
            Self::Two(parts) => parts,
        };
        for part in parts {
            let characters = part.characters();
            if characters < Passphrase::MINIMUM {
                return Err(VaultError::PassphraseShort {
                    characters,
                    minimum: Passphrase::MINIMUM,
                });
            }
        }
        match self {
            Self::Two([first, second]) if first.bytes() == second.bytes() => {
                Err(VaultError::PartsEqual)
            }
            Self::One(_) | Self::Two(_) => Ok(()),
        }
    }

    /// What the key is derived from. Two parts go into one derivation, each with its length before it: there is nothing to
    /// try a part by itself against, and no part can be moved into the other.
    pub(super) fn secret(&self) -> Zeroizing<Vec<u8>> {
        let parts = match self {
            Self::One(passphrase) => return Zeroizing::new(passphrase.bytes().to_vec()),
            Self::Two(parts) => parts,
        };
        let long = parts.iter().fold(PARTS.len(), |sum, part| {
            sum.saturating_add(8).saturating_add(part.bytes().len())
        });
        // Never grown: no copy stays behind in freed memory.
        let mut joined = Zeroizing::new(Vec::with_capacity(long));
        joined.extend_from_slice(PARTS);
        for part in parts {
            joined.extend_from_slice(&(part.bytes().len() as u64).to_be_bytes());
            joined.extend_from_slice(part.bytes());
        }
        joined
    }
}
