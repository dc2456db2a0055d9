//! Random choices that are the same on every platform and independent of the order of work.
//!
//! Only integer draws from `ChaCha8` and IEEE comparisons are used: no `usize`-dependent sampling, no libm.

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// What a stream of random numbers is for. Streams of different topics never share numbers.
#[derive(Clone, Copy)]
pub(crate) enum Topic {
    Insurers = 1,
    Household = 2,
    Charts = 3,
    Claim = 4,
    Health = 5,
    Anonymized = 6,
    Ndb = 7,
    Dpc = 8,
    Keys = 9,
}

/// One independent stream of random numbers, found by seed, topic and index alone.
pub(crate) struct Dice {
    rng: ChaCha8Rng,
}

impl Dice {
    pub(crate) fn new(seed: u64, topic: Topic, index: u64) -> Self {
        let mut key = *b"--------renketsu-population/1--#";
        for (to, from) in key.iter_mut().zip(seed.to_le_bytes()) {
            *to = from;
        }
        if let Some(last) = key.last_mut() {
            *last = topic as u8;
        }
        let mut rng = ChaCha8Rng::from_seed(key);
        rng.set_stream(index);
        Self { rng }
    }

    /// Uniform in `0..bound`; 0 for a bound of 0. The bias of the multiply-shift is below 2^-32.
    pub(crate) fn below(&mut self, bound: u32) -> u32 {
        let wide = u128::from(self.rng.next_u64()).wrapping_mul(u128::from(bound));
        u32::try_from(wide >> 64).unwrap_or(0)
    }

    /// Uniform in `low..=high`.
    pub(crate) fn between(&mut self, low: u32, high: u32) -> u32 {
        let width = high.saturating_sub(low).saturating_add(1);
        low.saturating_add(self.below(width))
    }

    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        let high = u32::try_from(self.rng.next_u64() >> 32).unwrap_or(0);
        f64::from(high) < probability * 4_294_967_296.0
    }

    /// One of the choices, `None` only for an empty slice.
    pub(crate) fn pick<T: Copy>(&mut self, choices: &[T]) -> Option<T> {
        let bound = u32::try_from(choices.len()).unwrap_or(u32::MAX);
        choices.get(self.index(bound)).copied()
    }

    /// The first choice whose cumulative weight is above a uniform draw.
    pub(crate) fn weighted(&mut self, cumulative: &[u32]) -> usize {
        let total = cumulative.last().copied().unwrap_or(0);
        let draw = self.below(total);
        cumulative.partition_point(|&sum| sum <= draw)
    }

    fn index(&mut self, bound: u32) -> usize {
        usize::try_from(self.below(bound)).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_depends_on_seed_topic_and_index_only() {
        let draw = |seed, topic, index| Dice::new(seed, topic, index).below(u32::MAX);
        assert_eq!(draw(1, Topic::Claim, 7), draw(1, Topic::Claim, 7));
        assert_ne!(draw(1, Topic::Claim, 7), draw(2, Topic::Claim, 7));
        assert_ne!(draw(1, Topic::Claim, 7), draw(1, Topic::Health, 7));
        assert_ne!(draw(1, Topic::Claim, 7), draw(1, Topic::Claim, 8));
    }

    #[test]
    fn the_first_number_of_a_stream_never_changes() {
        assert_eq!(
            Dice::new(42, Topic::Household, 0).below(1_000_000_000),
            501_026_502
        );
    }

    #[test]
    fn draws_stay_below_their_bound_and_reach_its_ends() {
        let mut dice = Dice::new(3, Topic::Health, 0);
        let draws: Vec<u32> = (0..1000).map(|_| dice.between(5, 9)).collect();
        assert_eq!(draws.iter().min(), Some(&5));
        assert_eq!(draws.iter().max(), Some(&9));
        assert_eq!(dice.below(0), 0);
    }

    #[test]
    fn a_weight_of_nothing_is_never_drawn() {
        let mut dice = Dice::new(3, Topic::Health, 1);
        assert!((0..500).all(|_| dice.weighted(&[0, 4, 4, 9]) % 2 == 1));
    }
}
