//! Numbers one after the other: more in a row than chance gives at the density of the request.

/// Runs shorter than this are never counted, and tell the density.
pub(super) const SHORTEST: u64 = 20;
/// Runs this long are always counted.
pub(super) const LONGEST: u64 = 200;
/// The same of runs in which single numbers may be missing.
const SHORTEST_WITH_GAPS: u64 = 40;
const LONGEST_WITH_GAPS: u64 = 800;

const ONE: u128 = 1_000_000_000_000_000_000;
/// Fewer than one in a million requests.
const RARE: u128 = ONE / 1_000_000;

/// How many of these numbers stand in runs of consecutive ones that chance does not make, and how many there are.
///
/// `numbers` are different and sorted: series (insurer and symbol), then number.
pub(super) fn sequential(numbers: &[(u32, u64)]) -> (u64, u64) {
    let (found, all) = without_gaps(numbers);
    (found.max(with_gaps(numbers)), all)
}

/// Runs in which single numbers are missing. How dense the request is, all of it tells: a hidden enumeration is the smaller part,
/// and who asks for most members of an insurer has a dense request.
fn with_gaps(numbers: &[(u32, u64)]) -> u64 {
    let runs = runs(numbers, 2);
    let sum = |of: &dyn Fn(u64) -> u64| {
        runs.iter()
            .fold(0_u64, |sum, run| sum.saturating_add(of(*run)))
    };
    let (all, followed) = (sum(&|run| run), sum(&|run| run.saturating_sub(1)));
    let needed = needed(all, (followed, all), LONGEST_WITH_GAPS).max(SHORTEST_WITH_GAPS);
    sum(&|run| if run >= needed { run } else { 0 })
}

fn without_gaps(numbers: &[(u32, u64)]) -> (u64, u64) {
    let runs = runs(numbers, 1);
    let all = runs.iter().fold(0_u64, |sum, run| sum.saturating_add(*run));
    let short = || runs.iter().filter(|run| **run < SHORTEST);
    let outside = short().fold(0_u64, |sum, run| sum.saturating_add(*run));
    let followed = short().fold(0_u64, |sum, run| sum.saturating_add(run.saturating_sub(1)));
    let needed = needed(all, (followed, outside), LONGEST).max(SHORTEST);
    let found = runs.iter().filter(|run| **run >= needed);
    (found.fold(0_u64, |sum, run| sum.saturating_add(*run)), all)
}

/// Lengths of the maximal runs of numbers each of which is at most `step` after the one before.
fn runs(numbers: &[(u32, u64)], step: u64) -> Vec<u64> {
    let mut runs = Vec::new();
    let mut before: Option<(u32, u64)> = None;
    for (series, number) in numbers {
        let goes_on = before.is_some_and(|(last, previous)| {
            last == *series && number.saturating_sub(previous) <= step
        });
        match runs.last_mut() {
            Some(length) if goes_on => *length = u64::saturating_add(*length, 1),
            Some(_) | None => runs.push(1),
        }
        before = Some((*series, *number));
    }
    runs
}

/// The length of a run that among `all` numbers is rarer than [`RARE`], if each is followed with the chance
/// `followed / outside`: the expected number of runs of length L is at most all × chance^(L−1). `longest` is enough in any case.
fn needed(all: u64, (followed, outside): (u64, u64), longest: u64) -> u64 {
    let mut expected = u128::from(all).saturating_mul(ONE);
    let mut length = 1_u64;
    while expected >= RARE && length < longest {
        length = length.saturating_add(1);
        // At most 2^64 × 10^18 times 2^64 does not fit; beyond that the product is of no interest but for its size.
        expected = expected.checked_mul(u128::from(followed)).map_or_else(
            || {
                expected
                    .checked_div(u128::from(outside.max(1)))
                    .unwrap_or(0)
                    .saturating_mul(u128::from(followed))
            },
            |product| product.checked_div(u128::from(outside.max(1))).unwrap_or(0),
        );
    }
    length
}

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "small numbers")]
mod tests {
    use super::*;

    fn every(series: u32, step: u64, count: u64) -> Vec<(u32, u64)> {
        (0..count).map(|n| (series, 1_000 + n * step)).collect()
    }

    #[test]
    fn a_run_is_found_among_scattered_numbers_and_a_grid_is_none() {
        let mut numbers = every(1, 7, 5_000);
        assert_eq!(sequential(&numbers), (0, 5_000));
        numbers.extend(every(2, 1, 30));
        assert_eq!(sequential(&numbers), (30, 5_030));
    }

    #[test]
    fn a_run_shorter_than_twenty_is_none_and_a_run_alone_is_one() {
        assert_eq!(sequential(&every(1, 1, 19)), (0, 19));
        assert_eq!(sequential(&every(1, 1, 20)), (20, 20));
        assert_eq!(sequential(&[]), (0, 0));
    }

    #[test]
    fn the_denser_a_request_is_the_longer_a_run_must_be() {
        // Companies of forty, of whom four of five are asked.
        let mut numbers = Vec::new();
        for company in 0..2_000_u32 {
            let mut state = u64::from(company).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
            for number in 1..=40_u64 {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                if (state >> 33) % 5 > 0 {
                    numbers.push((company, number));
                }
            }
        }
        let all = u64::try_from(numbers.len()).unwrap();
        assert_eq!(sequential(&numbers), (0, all));
        numbers.extend(every(9_000, 1, 150));
        assert_eq!(sequential(&numbers), (150, all + 150));
    }

    /// Each number with a chance of so many in a hundred.
    fn drawn(series: u32, numbers: u64, percent: u64) -> Vec<(u32, u64)> {
        let mut state = 0x2545_F491_4F6C_DD1D_u64;
        let mut chance = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state % 100
        };
        let all = every(series, 1, numbers).into_iter();
        all.filter(|_| chance() < percent).collect()
    }

    #[test]
    fn a_run_with_gaps_is_found_among_scattered_numbers_and_dense_members_are_none() {
        let mut numbers = every(1, 7, 5_000);
        numbers.extend(drawn(2, 400, 90));
        let (found, _) = sequential(&numbers);
        assert!((100..400).contains(&found), "{found}");
        // Most members of one insurer that numbers them without gaps.
        for percent in [50, 80] {
            assert_eq!(sequential(&drawn(1, 20_000, percent)).0, 0, "{percent}");
        }
    }

    #[test]
    fn two_hundred_in_a_row_are_always_a_run() {
        assert_eq!(needed(u64::MAX, (1, 1), LONGEST), LONGEST);
        assert_eq!(needed(1, (0, 0), LONGEST), 2);
        let most = (u64::MAX, u64::MAX);
        assert_eq!(needed(u64::MAX, most, LONGEST), LONGEST);
    }
}
