//! Putting millions of values in order by a number that each of them has.

use zeroize::optimization_barrier;

/// Ranges that values are parted into first: as many as there are places at which a processor writes well in turn.
const RANGES: usize = 1 << 11;

/// Below this many a sort of all at once is as quick.
const FEW: usize = 1 << 14;

/// Ranges of a part.
const FINE: usize = 1 << 9;

/// A part of fewer values is sorted by comparing them.
const VERY_FEW: usize = 32;

/// Sorts by `key`: parted by its first bits, then each part inside a core's cache. What is sorted may be a secret: no copy of
/// it stays behind.
pub(crate) fn in_order<T: Copy + Default>(values: &mut [T], key: impl Fn(&T) -> u128) {
    if values.len() < FEW {
        values.sort_unstable_by_key(key);
        return;
    }
    let bounds = values.iter().map(&key).fold(None, |bounds, key| {
        let (low, high) = bounds.unwrap_or((key, key));
        Some((key.min(low), key.max(high)))
    });
    let Some((low, high)) = bounds else {
        return;
    };
    let width = u128::BITS.saturating_sub(high.wrapping_sub(low).leading_zeros());
    let shift = width.saturating_sub(RANGES.ilog2());
    let range = |value: &T| usize::try_from(key(value).wrapping_sub(low) >> shift).unwrap_or(0);
    let mut ends = [0_usize; RANGES];
    for value in &*values {
        if let Some(count) = ends.get_mut(range(value)) {
            *count = count.saturating_add(1);
        }
    }
    // Where the next value of each range goes.
    let mut next = 0_usize;
    for count in &mut ends {
        let start = next;
        next = next.saturating_add(*count);
        *count = start;
    }
    let mut parted = values.to_vec();
    for value in &*values {
        if let Some(end) = ends.get_mut(range(value)) {
            if let Some(place) = parted.get_mut(*end) {
                *place = *value;
            }
            *end = end.saturating_add(1);
        }
    }
    let (mut rest, mut places) = (parted.as_mut_slice(), &mut *values);
    let mut start = 0;
    for end in ends {
        let length = end.saturating_sub(start);
        let (part, later) = rest.split_at_mut(length);
        let (place, beyond) = places.split_at_mut(length);
        part_in_order(part, place, &key);
        (rest, places, start) = (later, beyond, end);
    }
    parted.fill(T::default());
    optimization_barrier(parted.as_slice());
}

/// Moves a part that a core's cache holds to its place in order: parted once more, so finely that a range has one or two.
fn part_in_order<T: Copy>(part: &mut [T], place: &mut [T], key: &impl Fn(&T) -> u128) {
    let bounds = part.iter().map(key).fold(None, |bounds, key| {
        let (low, high) = bounds.unwrap_or((key, key));
        Some((key.min(low), key.max(high)))
    });
    // Values that lie so unevenly that a part has many of them are sorted by comparing.
    let Some((low, high)) = bounds.filter(|_| (VERY_FEW..FEW).contains(&part.len())) else {
        part.sort_unstable_by_key(key);
        place.copy_from_slice(part);
        return;
    };
    let width = u128::BITS.saturating_sub(high.wrapping_sub(low).leading_zeros());
    let shift = width.saturating_sub(FINE.ilog2());
    let range = |value: &T| usize::try_from(key(value).wrapping_sub(low) >> shift).unwrap_or(0);
    let mut ends = [0_u16; FINE];
    for value in &*part {
        if let Some(count) = ends.get_mut(range(value)) {
            *count = count.saturating_add(1);
        }
    }
    let mut next = 0_u16;
    for count in &mut ends {
        let start = next;
        next = next.saturating_add(*count);
        *count = start;
    }
    for value in &*part {
        if let Some(end) = ends.get_mut(range(value)) {
            if let Some(place) = place.get_mut(usize::from(*end)) {
                *place = *value;
            }
            *end = end.saturating_add(1);
        }
    }
    let mut start = 0;
    for end in ends.map(usize::from) {
        if end.saturating_sub(start) > 1
            && let Some(few) = place.get_mut(start..end)
        {
            few.sort_unstable_by_key(key);
        }
        start = end;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn it_is_a_sort_however_the_keys_lie(
            few in prop::collection::vec(any::<u128>(), 0..40),
            shift in 0_u32..128,
            seed: u64,
        ) {
            // Many of a narrow range beside few from anywhere.
            let mut value = u128::from(seed);
            let many = (0..FEW).map(|_| {
                value = value.wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835).wrapping_add(1);
                value >> shift
            });
            let mut values: Vec<u128> = many.chain(few).collect();
            let mut expected = values.clone();
            expected.sort_unstable();
            in_order(&mut values, |value| *value);
            prop_assert_eq!(values, expected);
        }
    }

    #[test]
    fn values_of_one_key_and_of_the_whole_range_are_in_order() {
        for mut values in [vec![7; FEW], [0, u128::MAX].repeat(FEW), Vec::new()] {
            let mut expected = values.clone();
            expected.sort_unstable();
            in_order(&mut values, |value| *value);
            assert_eq!(values, expected);
        }
    }
}
