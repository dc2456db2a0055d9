//! `K_noise`: makes counts of a dry run too coarse to tell about one person, the same way every time for the same people.

use zeroize::ZeroizeOnDrop;

use crate::derivation::{Kept, midstates};
use crate::locked::NotLocked;
use crate::midstate::{Midstates, bytes, expand};
use crate::provision::ProvisionCode;
use crate::secret::RootKey;

/// `K_noise` of one provision; stays at the authority's resolver. No ID is derived from it.
#[expect(missing_debug_implementations, reason = "a secret can't be printed")]
pub struct NoiseKey(Midstates<Kept>);

impl NoiseKey {
    /// `HKDF-Expand(K_root, "renketsu/v1/dry-run" || 00 || len(pid) || pid, 32)`
    ///
    /// # Errors
    /// [`NotLocked`].
    pub fn derive(root: &RootKey, code: &ProvisionCode) -> Result<Self, NotLocked> {
        let code = code.as_str().as_bytes();
        // A provision code has at most 64 bytes.
        let length = u16::try_from(code.len()).unwrap_or(u16::MAX).to_be_bytes();
        let key = expand(
            root.expose(),
            &[b"renketsu/v1/dry-run", &[0], &length, code],
        );
        Ok(Self(midstates(&key)?))
    }

    /// 64 bits that nobody without the key can foretell, always the same for the same message.
    pub fn coin(&self, message: &[&[u8]]) -> u64 {
        let code = bytes(&self.0.mac(message));
        code.first_chunk()
            .map_or(0, |first| u64::from_be_bytes(*first))
    }
}

// Locked memory wipes itself.
impl ZeroizeOnDrop for NoiseKey {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coin_is_of_its_provision_and_message() {
        let root = RootKey::from_bytes(&mut [7; 32]).unwrap();
        let key =
            |code: &str| NoiseKey::derive(&root, &ProvisionCode::parse(code).unwrap()).unwrap();
        let one = key("P-2026-0001");
        assert_eq!(one.coin(&[b"a", b"b"]), one.coin(&[b"ab"]));
        assert_ne!(one.coin(&[b"a"]), one.coin(&[b"b"]));
        assert_ne!(one.coin(&[b"a"]), key("P-2026-0002").coin(&[b"a"]));
    }
}
