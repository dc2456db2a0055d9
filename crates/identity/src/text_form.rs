//! Text forms of codes and byte values that aren't a person's.

use data_encoding::HEXLOWER_PERMISSIVE;
use zeroize::Zeroize;

/// A text that doesn't have the form of what it should name. Holds nothing of the text: it may be a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// Not 16 hex digits.
    #[error("a key check value is 16 hex digits")]
    KeyCheckValue,
    /// Not 1 to 64 of `A-Z`, `0-9`, `-`.
    #[error("a provision code is 1 to 64 of the characters A-Z, 0-9 and -")]
    ProvisionCode,
    /// Not 64 hex digits.
    #[error("a provision ID is 64 hex digits")]
    ProvisionId,
    /// Not 64 hex digits, or no point of the group that a key may be.
    #[error("a public key is 64 hex digits of a point of ristretto255")]
    PublicKey,
    /// Not 64 hex digits.
    #[error("a secret key is 64 hex digits")]
    Secret,
}

impl FormError {
    /// Codes that [`FormError::code`] returns, with the names of their details.
    pub const CODES: &'static [(&'static str, &'static [&'static str])] = &[
        ("identity.form.key_check_value", &[]),
        ("identity.form.provision_code", &[]),
        ("identity.form.provision_id", &[]),
        ("identity.form.public_key", &[]),
        ("identity.form.secret", &[]),
    ];

    /// Stable code for the message catalogue.
    pub const fn code(self) -> &'static str {
        match self {
            Self::KeyCheckValue => "identity.form.key_check_value",
            Self::ProvisionCode => "identity.form.provision_code",
            Self::ProvisionId => "identity.form.provision_id",
            Self::PublicKey => "identity.form.public_key",
            Self::Secret => "identity.form.secret",
        }
    }

    /// None: the text isn't repeated.
    pub const fn details(self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// Exit code: bad input.
    pub const fn exit(self) -> u8 {
        2
    }
}

/// `N` bytes from hex digits of either case.
pub(crate) fn hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    if HEXLOWER_PERMISSIVE.decode_len(text.len()) != Ok(N) {
        return None;
    }
    let mut bytes = [0; N];
    if HEXLOWER_PERMISSIVE
        .decode_mut(text.as_bytes(), &mut bytes)
        .is_err()
    {
        // What was decoded before the fault may be part of a key.
        bytes.zeroize();
        return None;
    }
    Some(bytes)
}
