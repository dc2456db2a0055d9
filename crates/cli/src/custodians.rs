//! What opens a vault, from whoever holds it: one custodian, or two, each with a part.

use renketsu_seal::Passphrase;
use renketsu_seal::vault::{Custodians, Words};

use crate::failure::Failure;
use crate::language::Messages;
use crate::passphrase::{Opens, Passphrases};

/// The words of a vault.
pub(crate) enum VaultWords {
    /// Of one custodian.
    One(Passphrase),
    /// Of two, in their order.
    Two([Passphrase; 2]),
}

impl VaultWords {
    /// Of a vault that exists. Two custodians are asked one after the other.
    pub(crate) fn existing(
        passphrases: &Passphrases,
        custodians: Custodians,
        messages: &Messages,
    ) -> Result<Self, Failure> {
        let ask = |opens| passphrases.existing(opens, messages);
        Ok(match custodians {
            Custodians::One => Self::One(ask(Opens::Vault)?),
            Custodians::Two => Self::Two([ask(Opens::FirstOfVault)?, ask(Opens::SecondOfVault)?]),
        })
    }

    /// For a vault that is made, or whose words are changed. Each custodian types theirs twice, and hears at once whether it is
    /// long enough.
    pub(crate) fn fresh(
        passphrases: &Passphrases,
        custodians: Custodians,
        messages: &Messages,
    ) -> Result<Self, Failure> {
        let ask = |opens| -> Result<Passphrase, Failure> {
            let part = passphrases.fresh(opens, messages)?;
            Words::One(&part).fit()?;
            Ok(part)
        };
        let words = match custodians {
            Custodians::One => Self::One(ask(Opens::Vault)?),
            Custodians::Two => Self::Two([ask(Opens::FirstOfVault)?, ask(Opens::SecondOfVault)?]),
        };
        words.as_words().fit()?;
        Ok(words)
    }

    /// As the vault takes them.
    pub(crate) fn as_words(&self) -> Words<'_> {
        match self {
            Self::One(passphrase) => Words::One(passphrase),
            Self::Two([first, second]) => Words::Two([first, second]),
        }
    }
}
