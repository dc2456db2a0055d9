//! HMAC-SHA-256 of sixteen messages side by side, a lane of a wide register each.
//!
//! SHA-256 waits for itself: a processor with instructions for it compresses a block in some 40 ns and could do others
//! meanwhile. Sixteen at once take a third of that for each, on processors that have registers of 512 bits; all others
//! compress one after the other.

#[cfg(any(target_arch = "x86_64", test))]
mod wide;

use std::slice::from_ref;

use sha2::block_api::compress256;
use zeroize::optimization_barrier;

use crate::midstate::{BLOCK, State, outer_block};

/// Messages that are hashed together.
pub(crate) const LANES: usize = 16;

/// The codes of messages that end in these blocks, from the states after the inner and the outer block of their key.
pub(crate) fn codes(inner: &State, outer: &State, blocks: &[[u8; BLOCK]; LANES]) -> [State; LANES] {
    #[cfg(target_arch = "x86_64")]
    if let Some(simd) = fearless_simd::Level::new().as_avx512() {
        return wide::side_by_side(simd, inner, outer, blocks);
    }
    one_by_one(inner, outer, blocks)
}

fn one_by_one(inner: &State, outer: &State, blocks: &[[u8; BLOCK]; LANES]) -> [State; LANES] {
    let mut states = [*inner; LANES];
    for (state, block) in states.iter_mut().zip(blocks) {
        compress256(state, from_ref(block));
        let mut block = outer_block(state);
        *state = *outer;
        compress256(state, from_ref(&block));
        block = [0; BLOCK];
        optimization_barrier(&block);
    }
    states
}

#[cfg(test)]
mod tests {
    use fearless_simd::{Level, dispatch};
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn codes_side_by_side_are_those_one_by_one(
            inner: State,
            outer: State,
            bytes in prop::collection::vec(any::<u8>(), BLOCK * LANES),
        ) {
            let mut blocks = [[0; BLOCK]; LANES];
            for (to, byte) in blocks.iter_mut().flatten().zip(bytes) {
                *to = byte;
            }
            let expected = one_by_one(&inner, &outer, &blocks);
            prop_assert_eq!(codes(&inner, &outer, &blocks), expected);
            // The same program in narrow registers, which every processor has.
            let narrow = dispatch!(Level::baseline(), simd => wide::side_by_side(simd, &inner, &outer, &blocks));
            prop_assert_eq!(narrow, expected);
        }
    }
}
