//! How many different IDs were issued, without saying which: `HyperLogLog` with 2^14 registers, estimated as in Ertl, "New
//! cardinality estimation algorithms for `HyperLogLog` sketches" (2017), algorithm 6. Standard error 0.81 %.

const BITS: u32 = 14;
const REGISTERS: usize = 1 << BITS;
/// The highest value of a register: leading zeros of the other 50 bits, and one.
const HIGHEST: u8 = 51;

/// A sketch of a set of uniformly distributed values.
#[derive(Clone)]
pub(crate) struct Sketch(Vec<u8>);

impl Sketch {
    pub(crate) fn new() -> Self {
        Self(vec![0; REGISTERS])
    }

    /// One that was kept; `None` if it is none.
    pub(crate) fn of(kept: Vec<u8>) -> Option<Self> {
        let whole = kept.len() == REGISTERS && kept.iter().all(|value| *value <= HIGHEST);
        whole.then_some(Self(kept))
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Adds a value of 64 uniformly distributed bits.
    pub(crate) fn add(&mut self, value: u64) {
        let register = usize::try_from(value >> 50).unwrap_or(0);
        let rest = value << BITS;
        // A bit set behind the 50 ends the count where there is no other.
        let zeros = (rest | (1 << 13)).leading_zeros();
        let rank = u8::try_from(zeros).unwrap_or(0).saturating_add(1);
        if let Some(held) = self.0.get_mut(register) {
            *held = (*held).max(rank);
        }
    }

    /// The sketch of both sets.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (held, value) in self.0.iter_mut().zip(&other.0) {
            *held = (*held).max(*value);
        }
    }

    /// About how many different values were added.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an estimate of a count: positive, and far below 2^53"
    )]
    pub(crate) fn estimate(&self) -> u64 {
        let mut counts = [0_u32; HIGHEST as usize + 1];
        for value in &self.0 {
            if let Some(count) = counts.get_mut(usize::from(*value)) {
                *count = count.saturating_add(1);
            }
        }
        let registers = f64::from(1_u32 << BITS);
        let share = |rank: usize| f64::from(counts.get(rank).copied().unwrap_or(0)) / registers;
        let mut sum = registers * tau(1.0 - share(usize::from(HIGHEST)));
        for rank in (1..usize::from(HIGHEST)).rev() {
            sum = 0.5 * (sum + registers * share(rank));
        }
        sum += registers * sigma(share(0));
        (registers * registers / (2.0 * std::f64::consts::LN_2 * sum)).round() as u64
    }
}

/// Three standard errors of an estimate: more than that above a limit is above it.
pub(crate) fn margin(limit: u64) -> u64 {
    limit.saturating_mul(25).div_ceil(1000)
}

fn sigma(share: f64) -> f64 {
    if share >= 1.0 {
        return f64::INFINITY;
    }
    let (mut power, mut factor, mut sum) = (share, 1.0, share);
    loop {
        power *= power;
        let before = sum;
        sum += power * factor;
        factor += factor;
        if sum <= before {
            return sum;
        }
    }
}

fn tau(share: f64) -> f64 {
    if share <= 0.0 || share >= 1.0 {
        return 0.0;
    }
    let (mut root, mut factor, mut sum) = (share, 1.0, 1.0 - share);
    loop {
        root = root.sqrt();
        let before = sum;
        factor *= 0.5;
        sum -= (1.0 - root).powi(2) * factor;
        if sum >= before {
            return sum / 3.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};

    use super::*;

    fn value(n: u64) -> u64 {
        let digest: [u8; 32] = Sha256::digest(n.to_be_bytes()).into();
        u64::from_be_bytes(digest[..8].try_into().unwrap())
    }

    fn sketch(values: std::ops::Range<u64>) -> Sketch {
        let mut sketch = Sketch::new();
        for n in values {
            sketch.add(value(n));
        }
        sketch
    }

    #[test]
    fn estimates_stay_within_three_standard_errors() {
        assert_eq!(Sketch::new().estimate(), 0);
        for count in [1, 10, 100, 1_000, 10_000, 40_000, 100_000, 300_000] {
            let estimate = sketch(0..count).estimate();
            assert!(
                estimate.abs_diff(count) <= margin(count),
                "{count}: {estimate}"
            );
        }
    }

    #[test]
    fn merging_counts_what_both_have_once() {
        let mut both = sketch(0..20_000);
        both.merge(&sketch(10_000..30_000));
        assert_eq!(both.as_bytes(), sketch(0..30_000).as_bytes());
        let kept = Sketch::of(both.as_bytes().to_vec()).unwrap();
        assert_eq!(kept.estimate(), both.estimate());
    }

    #[test]
    fn what_is_no_sketch_is_refused() {
        assert!(Sketch::of(vec![0; 3]).is_none());
        assert!(Sketch::of(vec![52; REGISTERS]).is_none());
        let mut highest = Sketch::new();
        highest.add(0);
        assert!(Sketch::of(highest.as_bytes().to_vec()).is_some());
    }
}
