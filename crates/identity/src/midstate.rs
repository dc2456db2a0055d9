//! HMAC-SHA-256 (RFC 2104, FIPS 198-1) with a key that was compressed once, and HKDF (RFC 5869) on top of it.
//!
//! The key's two blocks are the same for every message. Kept as SHA-256 states they save half of the four compressions
//! that a short message costs; `hmac`'s own keyed state does that too, but is cloned and buffered for every message.

use std::ops::Deref;
use std::slice::from_ref;

use sha2::block_api::compress256;
use zeroize::{ZeroizeOnDrop, Zeroizing, optimization_barrier};

use crate::lanes::{LANES, codes};

pub(crate) const BLOCK: usize = 64;

/// Where the length field of the last block begins.
pub(crate) const LENGTH_AT: usize = 56;

/// Initial state of SHA-256 (FIPS 180-4, 5.3.3).
const INITIAL: State = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

/// SHA-256 state; as a result, the digest in big-endian words.
pub(crate) type State = [u32; 8];

/// Length of a key's two states.
pub(crate) const STATES: usize = 64;

/// A key as the states after its inner and outer block: words in the order of this machine. `B` is where they lie, locked
/// memory for a key that is kept.
pub(crate) struct Midstates<B>(pub(crate) B);

/// Writes the states of a key of at most 64 bytes.
pub(crate) fn write_states(key: &[u8], states: &mut [u8]) {
    for (pad, half) in [0x36, 0x5c].into_iter().zip(states.chunks_exact_mut(32)) {
        let state = Zeroizing::new(keyed(key, pad));
        for (four, word) in half.as_chunks_mut::<4>().0.iter_mut().zip(&*state) {
            *four = word.to_ne_bytes();
        }
    }
}

/// The inner (0) or outer (1) of two states.
#[inline]
fn state_of(states: &[u8], at: usize) -> State {
    let mut state = [0; 8];
    let fours = states.as_chunks::<4>().0.iter().skip(at.wrapping_mul(8));
    for (word, four) in state.iter_mut().zip(fours) {
        *word = u32::from_ne_bytes(*four);
    }
    state
}

impl<B: Deref<Target = [u8]>> Midstates<B> {
    /// Begins the code of one message.
    #[inline]
    pub(crate) fn begin(&self) -> Mac<'_> {
        Mac {
            states: &self.0,
            state: state_of(&self.0, 0),
            block: [0; BLOCK],
            filled: 0,
            // The inner key block comes before the message.
            hashed: BLOCK as u64,
        }
    }

    /// The code of `pieces` one after the other.
    pub(crate) fn mac(&self, pieces: &[&[u8]]) -> State {
        let mut mac = self.begin();
        for piece in pieces {
            mac.update(piece);
        }
        mac.finish()
    }
}

impl<B: Deref<Target = [u8]>> Midstates<B> {
    /// The codes of several messages of so many bytes each, in less time than one after the other takes.
    #[inline]
    pub(crate) fn macs<const L: usize>(&self, messages: &[[u8; L]; LANES]) -> [State; LANES] {
        const { assert!(L < LENGTH_AT, "a message of one block") };
        let mut blocks = [[0; BLOCK]; LANES];
        for (block, message) in blocks.iter_mut().zip(messages) {
            if let Some((head, [end, ..])) = block.split_first_chunk_mut::<L>() {
                *head = *message;
                *end = 0x80;
            }
            if let Some(length) = block.last_chunk_mut::<8>() {
                // The inner key block and the message.
                *length = const { 8 * (BLOCK as u64 + L as u64) }.to_be_bytes();
            }
        }
        let codes = self.codes(&blocks);
        blocks = [[0; BLOCK]; LANES];
        optimization_barrier(&blocks);
        codes
    }

    /// The codes of messages that were found to be [`Mac::whole`].
    #[inline]
    pub(crate) fn codes(&self, blocks: &[[u8; BLOCK]; LANES]) -> [State; LANES] {
        let mut states = [state_of(&self.0, 0), state_of(&self.0, 1)];
        let [inner, outer] = &states;
        let codes = codes(inner, outer, blocks);
        states = [[0; 8]; 2];
        optimization_barrier(&states);
        codes
    }
}

/// The code, from the states and the digest of the inner key block and the message.
#[inline]
fn outer(states: &[u8], digest: &State) -> State {
    let mut block = outer_block(digest);
    let mut state = state_of(states, 1);
    compress256(&mut state, from_ref(&block));
    block = [0; BLOCK];
    optimization_barrier(&block);
    state
}

/// What is compressed after the outer key block.
#[inline]
pub(crate) fn outer_block(digest: &State) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    if let Some((head, [end, ..])) = block.split_first_chunk_mut::<32>() {
        *head = bytes(digest);
        *end = 0x80;
    }
    if let Some(length) = block.last_chunk_mut::<8>() {
        // The outer key block and the digest.
        *length = const { 8 * (BLOCK as u64 + 32) }.to_be_bytes();
    }
    block
}

/// `HKDF-Extract(salt, ikm)`.
pub(crate) fn extract(salt: &[u8], ikm: &[u8]) -> Zeroizing<[u8; 32]> {
    keyed_once(salt, &[ikm])
}

/// `HKDF-Expand(prk, info, 32)`: with 32 bytes, one round.
pub(crate) fn expand(prk: &[u8], info: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    let mut pieces = info.to_vec();
    pieces.push(&[1]);
    keyed_once(prk, &pieces)
}

fn keyed_once(key: &[u8], pieces: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    let mut states = Zeroizing::new([0; STATES]);
    write_states(key, states.as_mut_slice());
    let state = Zeroizing::new(Midstates(states.as_slice()).mac(pieces));
    Zeroizing::new(bytes(&state))
}

/// The digest of a final state.
#[inline]
pub(crate) fn bytes(state: &State) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (chunk, word) in bytes.as_chunks_mut::<4>().0.iter_mut().zip(state) {
        *chunk = word.to_be_bytes();
    }
    bytes
}

/// The state after the block of `key`, zero-padded and masked with `pad`.
fn keyed(key: &[u8], pad: u8) -> State {
    let mut block = Zeroizing::new([pad; BLOCK]);
    for (masked, byte) in block.iter_mut().zip(key) {
        *masked ^= byte;
    }
    let mut state = INITIAL;
    compress256(&mut state, from_ref(&*block));
    state
}

/// The code of a message under way. Wiped when dropped: it has held a person's values and a keyed state.
pub(crate) struct Mac<'k> {
    /// The two of the key.
    states: &'k [u8],
    state: State,
    /// Zero from `filled` on.
    block: [u8; BLOCK],
    filled: usize,
    hashed: u64,
}

impl Mac<'_> {
    #[inline]
    pub(crate) fn update(&mut self, data: &[u8]) {
        let end = self.filled.wrapping_add(data.len());
        match self.block.get_mut(self.filled..end) {
            // What doesn't fill the block is only copied: all that a short message needs.
            Some(room) if end < BLOCK => {
                room.copy_from_slice(data);
                self.filled = end;
            }
            _ => self.fill(data),
        }
    }

    /// As `update` with `head` and `value` in turn.
    #[inline]
    pub(crate) fn update_field(&mut self, head: [u8; 3], value: &[u8]) {
        let end = self
            .filled
            .wrapping_add(head.len())
            .wrapping_add(value.len());
        let room = self
            .block
            .get_mut(self.filled..end)
            .and_then(<[u8]>::split_first_chunk_mut);
        match room {
            Some((to_head, to_value)) if end < BLOCK => {
                *to_head = head;
                to_value.copy_from_slice(value);
                self.filled = end;
            }
            _ => {
                self.fill(&head);
                self.fill(value);
            }
        }
    }

    /// As `update`, for data that fills the block.
    #[cold]
    fn fill(&mut self, mut data: &[u8]) {
        while !data.is_empty() {
            let room = self.block.get_mut(self.filled..).unwrap_or_default();
            let (now, later) = data.split_at(data.len().min(room.len()));
            for (to, from) in room.iter_mut().zip(now) {
                *to = *from;
            }
            data = later;
            self.filled = self.filled.wrapping_add(now.len());
            if self.filled == BLOCK {
                self.compress();
            }
        }
    }

    #[inline]
    pub(crate) fn finish(&mut self) -> State {
        self.pad();
        compress256(&mut self.state, from_ref(&self.block));
        outer(self.states, &self.state)
    }

    /// The message as its only block, if it has no other.
    #[inline]
    pub(crate) fn whole(&mut self) -> Option<&[u8; BLOCK]> {
        if self.filled >= LENGTH_AT || self.hashed != BLOCK as u64 {
            return None;
        }
        self.pad();
        Some(&self.block)
    }

    /// Makes the block the last one.
    #[inline]
    fn pad(&mut self) {
        let filled = u64::try_from(self.filled).unwrap_or_default();
        let bits = self.hashed.wrapping_add(filled).wrapping_mul(8);
        if let Some(end) = self.block.get_mut(self.filled) {
            *end = 0x80;
        }
        if self.filled >= LENGTH_AT {
            self.compress();
        }
        if let Some(length) = self.block.last_chunk_mut::<8>() {
            *length = bits.to_be_bytes();
        }
    }

    fn compress(&mut self) {
        compress256(&mut self.state, from_ref(&self.block));
        self.block = [0; BLOCK];
        self.filled = 0;
        self.hashed = self.hashed.wrapping_add(BLOCK as u64);
    }
}

impl Drop for Mac<'_> {
    #[inline]
    fn drop(&mut self) {
        self.block = [0; BLOCK];
        self.state = [0; 8];
        optimization_barrier(&self.block);
        optimization_barrier(&self.state);
    }
}

impl ZeroizeOnDrop for Mac<'_> {}

#[cfg(test)]
mod tests {
    use hmac::{Hmac, KeyInit, Mac as _};
    use proptest::prelude::*;
    use sha2::Sha256;

    use super::*;

    fn of_the_hmac_crate(key: &[u8; 32], message: &[u8]) -> [u8; 32] {
        let mut hmac = Hmac::<Sha256>::new_from_slice(key).unwrap();
        hmac.update(message);
        hmac.finalize().into_bytes().into()
    }

    fn states(key: &[u8]) -> [u8; STATES] {
        let mut states = [0; STATES];
        write_states(key, &mut states);
        states
    }

    #[test]
    fn the_code_is_that_of_the_hmac_crate_for_every_length_to_300() {
        let key: [u8; 32] = std::array::from_fn(|i| u8::try_from(i * 7 % 251).unwrap());
        let states = states(&key);
        let midstates = Midstates(states.as_slice());
        let message: Vec<u8> = (0..300_u32)
            .map(|i| u8::try_from(i * 31 % 253).unwrap())
            .collect();
        for length in 0..=message.len() {
            let message = &message[..length];
            let expected = of_the_hmac_crate(&key, message);
            assert_eq!(
                bytes(&midstates.mac(&[message])),
                expected,
                "{length} bytes"
            );
            for cut in [1, 7, 63, 64, 65] {
                let pieces: Vec<&[u8]> = message.chunks(cut).collect();
                assert_eq!(
                    bytes(&midstates.mac(&pieces)),
                    expected,
                    "{length} bytes by {cut}"
                );
                let mut mac = midstates.begin();
                for piece in pieces {
                    match piece.split_first_chunk() {
                        Some((head, value)) => mac.update_field(*head, value),
                        None => mac.update(piece),
                    }
                }
                assert_eq!(
                    bytes(&mac.finish()),
                    expected,
                    "{length} bytes in fields of {cut}"
                );
            }
        }
    }

    #[test]
    fn codes_made_together_are_those_made_one_by_one() {
        fn of<const L: usize>() {
            let states = states(&[5; 32]);
            let midstates = Midstates(states.as_slice());
            let messages: [[u8; L]; LANES] =
                std::array::from_fn(|lane| [u8::try_from(lane).unwrap(); L]);
            let alone = messages.map(|message| midstates.mac(&[&message]));
            assert_eq!(midstates.macs(&messages), alone);
            let blocks = messages.map(|message| {
                let mut mac = midstates.begin();
                mac.update(&message);
                *mac.whole().unwrap()
            });
            assert_eq!(midstates.codes(&blocks), alone);
        }
        of::<0>();
        of::<34>();
        of::<55>();
    }

    #[test]
    fn a_message_is_whole_only_in_one_block() {
        let states = states(&[5; 32]);
        let midstates = Midstates(states.as_slice());
        for length in 0..200 {
            let mut mac = midstates.begin();
            mac.update(&vec![3; length]);
            assert_eq!(mac.whole().is_some(), length < LENGTH_AT, "{length}");
        }
    }

    // RFC 5869, appendix A.1, gives the code of a 22-byte key; A.2 is the one whose salt we could use, but not its IKM.
    #[test]
    fn extract_and_expand_are_those_of_the_hkdf_crate() {
        let (salt, ikm) = ([3; 32], [5; 32]);
        let (expected, hkdf) = hkdf::Hkdf::<Sha256>::extract(Some(&salt), &ikm);
        let prk = extract(&salt, &ikm);
        assert_eq!(prk.as_slice(), expected.as_slice());
        for length in [0, 1, 40, 100] {
            let info = vec![9; length];
            let mut key = [0; 32];
            hkdf.expand(&info, &mut key).unwrap();
            assert_eq!(*expand(prk.as_slice(), &[&info]), key);
            assert_eq!(*expand(prk.as_slice(), &[&[], &info]), key);
        }
    }

    proptest! {
        #[test]
        fn how_a_message_is_cut_does_not_matter(
            key: [u8; 32],
            pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..90), 0..6),
        ) {
            let cut: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
            prop_assert_eq!(
                bytes(&Midstates(states(&key).as_slice()).mac(&cut)),
                of_the_hmac_crate(&key, &pieces.concat())
            );
        }
    }
}
