//! The secrets that everything is derived from. None can be printed, copied, serialised or compared but in constant time.

use secrecy::{ExposeSecret, SecretBox};
use subtle::{Choice, ConstantTimeEq};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::text_form::{FormError, hex};

macro_rules! secret {
    ($(#[$documentation:meta])* $name:ident) => {
        $(#[$documentation])*
        ///
        /// It can't be printed, cloned or compared by `==`:
        ///
        /// ```compile_fail
        #[doc = concat!("fn print(secret: &renketsu_identity::", stringify!($name), ") { println!(\"{secret:?}\"); }")]
        /// ```
        /// ```compile_fail
        #[doc = concat!("fn copy(secret: &renketsu_identity::", stringify!($name), ") -> renketsu_identity::", stringify!($name), " { secret.clone() }")]
        /// ```
        /// ```compile_fail
        #[doc = concat!("fn equal(a: &renketsu_identity::", stringify!($name), ", b: &renketsu_identity::", stringify!($name), ") -> bool { a == b }")]
        /// ```
        #[expect(missing_debug_implementations, reason = "a secret can't be printed")]
        pub struct $name(SecretBox<[u8; 32]>);

        impl $name {
            /// Takes the bytes over and wipes where they came from.
            pub fn from_bytes(bytes: &mut [u8; 32]) -> Self {
                let secret = SecretBox::init_with_mut(|kept: &mut [u8; 32]| kept.copy_from_slice(bytes));
                bytes.zeroize();
                Self(secret)
            }

            /// From 64 hex digits; the caller wipes the text.
            ///
            /// # Errors
            /// [`FormError::Secret`].
            pub fn from_hex(text: &str) -> Result<Self, FormError> {
                let mut bytes = hex(text).ok_or(FormError::Secret)?;
                Ok(Self::from_bytes(&mut bytes))
            }

            /// The bytes, for sealing and deriving only.
            pub fn expose(&self) -> &[u8; 32] {
                self.0.expose_secret()
            }
        }

        impl ConstantTimeEq for $name {
            fn ct_eq(&self, other: &Self) -> Choice {
                self.expose().ct_eq(other.expose())
            }
        }

        // The box wipes itself.
        impl ZeroizeOnDrop for $name {}
    };
}

secret! {
    /// `K_root`, 32 random bytes at the authority's resolver: the subject keys come from it.
    RootKey
}

secret! {
    /// `K_prov_root`, 32 random bytes at the authority's issuer: with a provision's salt, its keys come from it.
    ProvisionRoot
}

secret! {
    /// `salt_p`, 32 random bytes of one provision. Once it is destroyed, the provision's IDs can't be computed again.
    ProvisionSalt
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_source_of_a_secret_is_wiped() {
        let mut bytes = [0xA5; 32];
        let secret = RootKey::from_bytes(&mut bytes);
        assert_eq!(bytes, [0; 32]);
        assert_eq!(secret.expose(), &[0xA5; 32]);
    }

    #[test]
    fn secrets_compare_in_constant_time() {
        let of = |byte| ProvisionSalt::from_bytes(&mut [byte; 32]);
        assert!(bool::from(of(1).ct_eq(&of(1))));
        assert!(!bool::from(of(1).ct_eq(&of(2))));
    }

    #[test]
    fn only_64_hex_digits_are_a_secret() {
        assert_eq!(
            RootKey::from_hex(&"aB".repeat(32))
                .ok()
                .map(|key| *key.expose()),
            Some([0xAB; 32])
        );
        for text in [
            "",
            "ab",
            &"ab".repeat(33),
            &"a".repeat(63),
            &format!("{}zz", "ab".repeat(31)),
        ] {
            assert!(matches!(RootKey::from_hex(text), Err(FormError::Secret)));
        }
    }
}
