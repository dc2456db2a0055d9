//! The secrets that everything is derived from. None can be printed, copied, serialised or compared but in constant time, and
//! none exists outside locked memory.

use subtle::{Choice, ConstantTimeEq};
use zeroize::{Zeroize as _, ZeroizeOnDrop};

use crate::locked::{Locked, NotLocked};

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
        pub struct $name(Locked);

        impl $name {
            /// Takes the bytes over and wipes where they came from.
            ///
            /// # Errors
            /// [`NotLocked`].
            pub fn from_bytes(bytes: &mut [u8; 32]) -> Result<Self, NotLocked> {
                let taken = Self::filled(|kept| {
                    kept.copy_from_slice(bytes);
                    Ok(())
                });
                bytes.zeroize();
                taken
            }

            /// The 32 bytes that `fill` writes straight into locked memory.
            ///
            /// # Errors
            /// [`NotLocked`], and what `fill` says.
            pub fn filled<E: From<NotLocked>>(
                fill: impl FnOnce(&mut [u8]) -> Result<(), E>,
            ) -> Result<Self, E> {
                Locked::filled(32, fill).map(Self)
            }

            /// The 32 bytes, for sealing and deriving only.
            pub fn expose(&self) -> &[u8] {
                self.0.expose()
            }
        }

        impl ConstantTimeEq for $name {
            fn ct_eq(&self, other: &Self) -> Choice {
                self.expose().ct_eq(other.expose())
            }
        }

        // Locked memory wipes itself.
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
        let secret = RootKey::from_bytes(&mut bytes).unwrap();
        assert_eq!(bytes, [0; 32]);
        assert_eq!(secret.expose(), &[0xA5; 32]);
    }

    #[test]
    fn secrets_compare_in_constant_time() {
        let of = |byte| ProvisionSalt::from_bytes(&mut [byte; 32]).unwrap();
        assert!(bool::from(of(1).ct_eq(&of(1))));
        assert!(!bool::from(of(1).ct_eq(&of(2))));
    }

    #[test]
    fn a_secret_that_could_not_be_filled_is_none() {
        let broken = RootKey::filled(|_| Err(Unfilled::Broken));
        assert!(matches!(broken, Err(Unfilled::Broken)));
    }

    enum Unfilled {
        Broken,
        NotLocked,
    }

    impl From<NotLocked> for Unfilled {
        fn from(_: NotLocked) -> Self {
            Self::NotLocked
        }
    }
}
