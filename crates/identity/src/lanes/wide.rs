//! The sixteen lanes.

use std::array;

use fearless_simd::{Simd, SimdInto as _, u32x16};
use zeroize::optimization_barrier;

use super::LANES;
use crate::midstate::{BLOCK, State};

/// What the outer key block and a digest are long, in bits.
const OUTER_BITS: u32 = 8 * (64 + 32);

/// Round constants (FIPS 180-4, 4.2.2).
const ROUNDS: [u32; 64] = [
    0x428a_2f98,
    0x7137_4491,
    0xb5c0_fbcf,
    0xe9b5_dba5,
    0x3956_c25b,
    0x59f1_11f1,
    0x923f_82a4,
    0xab1c_5ed5,
    0xd807_aa98,
    0x1283_5b01,
    0x2431_85be,
    0x550c_7dc3,
    0x72be_5d74,
    0x80de_b1fe,
    0x9bdc_06a7,
    0xc19b_f174,
    0xe49b_69c1,
    0xefbe_4786,
    0x0fc1_9dc6,
    0x240c_a1cc,
    0x2de9_2c6f,
    0x4a74_84aa,
    0x5cb0_a9dc,
    0x76f9_88da,
    0x983e_5152,
    0xa831_c66d,
    0xb003_27c8,
    0xbf59_7fc7,
    0xc6e0_0bf3,
    0xd5a7_9147,
    0x06ca_6351,
    0x1429_2967,
    0x27b7_0a85,
    0x2e1b_2138,
    0x4d2c_6dfc,
    0x5338_0d13,
    0x650a_7354,
    0x766a_0abb,
    0x81c2_c92e,
    0x9272_2c85,
    0xa2bf_e8a1,
    0xa81a_664b,
    0xc24b_8b70,
    0xc76c_51a3,
    0xd192_e819,
    0xd699_0624,
    0xf40e_3585,
    0x106a_a070,
    0x19a4_c116,
    0x1e37_6c08,
    0x2748_774c,
    0x34b0_bcb5,
    0x391c_0cb3,
    0x4ed8_aa4a,
    0x5b9c_ca4f,
    0x682e_6ff3,
    0x748f_82ee,
    0x78a5_636f,
    0x84c8_7814,
    0x8cc7_0208,
    0x90be_fffa,
    0xa450_6ceb,
    0xbef9_a3f7,
    0xc671_78f2,
];

/// [`codes`](super::codes) in registers of `simd`.
pub(super) fn side_by_side<S: Simd>(
    simd: S,
    inner: &State,
    outer: &State,
    blocks: &[[u8; BLOCK]; LANES],
) -> [State; LANES] {
    simd.vectorize(
        #[inline(always)]
        || {
            let words = |four: &[u8; 4]| u32::from_be_bytes(*four);
            // Words of one place beside each other, not those of one message.
            let mut lanes = [[0_u32; LANES]; 16];
            for (lane, block) in blocks.iter().enumerate() {
                for (to, four) in lanes.iter_mut().zip(block.as_chunks::<4>().0) {
                    if let Some(to) = to.get_mut(lane) {
                        *to = words(four);
                    }
                }
            }
            let splat = |word: u32| simd.splat_u32x16(word);
            let mut digest = inner.map(splat);
            compress(simd, &mut digest, lanes.map(|lanes| lanes.simd_into(simd)));
            // What is compressed after the outer key block: the digest, its end, and the length of both.
            let mut message = [splat(0); 16];
            message[8] = splat(0x8000_0000);
            message[15] = splat(OUTER_BITS);
            for (word, of_digest) in message.iter_mut().zip(digest) {
                *word = of_digest;
            }
            let mut code = outer.map(splat);
            compress(simd, &mut code, message);
            let code: [[u32; LANES]; 8] = code.map(Into::into);
            let states = array::from_fn(|lane| {
                code.each_ref()
                    .map(|lanes| lanes.get(lane).copied().unwrap_or_default())
            });
            lanes = [[0; LANES]; 16];
            optimization_barrier(&lanes);
            states
        },
    )
}

/// Compresses a block of each lane into its state (FIPS 180-4, 6.2.2).
#[inline(always)]
#[expect(
    clippy::inline_always,
    reason = "only what is inlined is compiled for the wide registers"
)]
#[expect(clippy::many_single_char_names, reason = "those of FIPS 180-4")]
fn compress<S: Simd>(simd: S, state: &mut [u32x16<S>; 8], mut w: [u32x16<S>; 16]) {
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *state;
    for (sixteen, keys) in ROUNDS.as_chunks::<16>().0.iter().enumerate() {
        // A word that was used makes place for the one sixteen rounds later.
        macro_rules! round {
            ($a:ident $b:ident $c:ident $d:ident $e:ident $f:ident $g:ident $h:ident, $i:literal) => {
                if sixteen > 0 {
                    let early = spread(simd, w[($i + 1) % 16], 7, 18, Third::Shift(3));
                    let late = spread(simd, w[($i + 14) % 16], 17, 19, Third::Shift(10));
                    let sum = simd.add_u32x16(w[$i], w[($i + 9) % 16]);
                    w[$i] = simd.add_u32x16(sum, simd.add_u32x16(early, late));
                }
                let keyed = simd.add_u32x16(w[$i], simd.splat_u32x16(keys[$i]));
                let choice = simd.xor_u32x16($g, simd.and_u32x16($e, simd.xor_u32x16($f, $g)));
                let majority = simd.or_u32x16(
                    simd.and_u32x16($a, $b),
                    simd.and_u32x16($c, simd.or_u32x16($a, $b)),
                );
                let one = simd.add_u32x16(
                    simd.add_u32x16($h, keyed),
                    simd.add_u32x16(spread(simd, $e, 6, 11, Third::Rotate(25)), choice),
                );
                let two = simd.add_u32x16(spread(simd, $a, 2, 13, Third::Rotate(22)), majority);
                $d = simd.add_u32x16($d, one);
                $h = simd.add_u32x16(one, two);
            };
        }
        round!(a b c d e f g h, 0);
        round!(h a b c d e f g, 1);
        round!(g h a b c d e f, 2);
        round!(f g h a b c d e, 3);
        round!(e f g h a b c d, 4);
        round!(d e f g h a b c, 5);
        round!(c d e f g h a b, 6);
        round!(b c d e f g h a, 7);
        round!(a b c d e f g h, 8);
        round!(h a b c d e f g, 9);
        round!(g h a b c d e f, 10);
        round!(f g h a b c d e, 11);
        round!(e f g h a b c d, 12);
        round!(d e f g h a b c, 13);
        round!(c d e f g h a b, 14);
        round!(b c d e f g h a, 15);
    }
    for (word, new) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
        *word = simd.add_u32x16(*word, new);
    }
}

/// The third part of the functions that spread a word.
#[derive(Clone, Copy)]
enum Third {
    Rotate(u32),
    Shift(u32),
}

/// Σ and σ of FIPS 180-4, 4.1.2.
#[inline(always)]
#[expect(
    clippy::inline_always,
    reason = "only what is inlined is compiled for the wide registers"
)]
fn spread<S: Simd>(simd: S, word: u32x16<S>, one: u32, two: u32, third: Third) -> u32x16<S> {
    let rotate = |by: u32| {
        let left = simd.shl_u32x16(word, u32::BITS.wrapping_sub(by));
        simd.or_u32x16(simd.shr_u32x16(word, by), left)
    };
    let third = match third {
        Third::Rotate(by) => rotate(by),
        Third::Shift(by) => simd.shr_u32x16(word, by),
    };
    simd.xor_u32x16(simd.xor_u32x16(rotate(one), rotate(two)), third)
}
