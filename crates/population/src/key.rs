//! Keys that look random and lead back to an index: the register's person keys and the hospitals' patient numbers.

use crate::dice::{Dice, Topic};

/// A bijection `x → (a·x + b) mod 10^9` with its inverse.
#[derive(Clone, Copy)]
pub(crate) struct Scatter {
    offset: u64,
}

const MODULUS: u64 = 1_000_000_000;
/// 3^18, coprime to the modulus.
const FACTOR: u64 = 387_420_489;
/// The inverse of [`FACTOR`]: its power `φ(10^9) - 1`.
const INVERSE: u64 = power(FACTOR, 400_000_000 - 1);

const fn power(base: u64, exponent: u64) -> u64 {
    let mut result = 1_u64;
    let mut square = base;
    let mut rest = exponent;
    while rest > 0 {
        if rest % 2 == 1 {
            result = result.wrapping_mul(square) % MODULUS;
        }
        square = square.wrapping_mul(square) % MODULUS;
        rest /= 2;
    }
    result
}

impl Scatter {
    pub(crate) fn new(seed: u64, topic: u64) -> Self {
        let offset = Dice::new(seed, Topic::Keys, topic).below(999_999_999);
        Self {
            offset: u64::from(offset),
        }
    }

    pub(crate) fn of(self, index: u32) -> u64 {
        u64::from(index)
            .wrapping_mul(FACTOR)
            .wrapping_add(self.offset)
            % MODULUS
    }

    /// The index of a scattered value, `None` if it is none's.
    pub(crate) fn index(self, value: u64) -> Option<u32> {
        if value >= MODULUS {
            return None;
        }
        let shifted = value.wrapping_add(MODULUS).wrapping_sub(self.offset) % MODULUS;
        u32::try_from(shifted.wrapping_mul(INVERSE) % MODULUS).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scattering_is_reversed_by_its_inverse() {
        let scatter = Scatter::new(9, 0);
        for index in [0, 1, 2, 999, 1_000_000, 999_999_999] {
            assert_eq!(scatter.index(scatter.of(index)), Some(index));
        }
        assert_eq!(scatter.index(MODULUS), None);
        assert_ne!(scatter.of(1), scatter.of(2));
    }
}
