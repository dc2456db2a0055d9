//! Numbers asked in blocks that all stop before a run of numbers is long enough to be counted ([`super::runs`]).
//!
//! Who asks for members as they come, a tenth of them or nearly all, has runs of every length: one that has gone on for ten
//! numbers is as likely to go on as one of five, and likelier where the request is denser in some places than in others. Blocks cut to a
//! length are the contrary: nearly all go on up to it, and nearly none beyond.

/// Lengths: where it is looked how likely a run ends, where it is looked whether it ends more often than that, and the first beyond.
const SCALES: [(u64, u64, u64); 2] = [(5, 10, 20), (3, 5, 10)];

/// Natural logarithm of a million: fewer than one in a million requests.
const RARE: f64 = 13.815_510_557_964_274;

/// How many of these numbers stand in blocks that chance doesn't make. They are different and sorted: series, then number.
pub(super) fn blocks(numbers: &[(u32, u64)]) -> u64 {
    let runs = runs(numbers);
    let found = SCALES.iter().filter(|scale| cut(&runs, **scale));
    // A block is counted at the scale that shows it; those of two scales have no length in common.
    found.fold(0, |sum: u64, (_, from, end)| {
        let of = runs
            .iter()
            .filter(|run| (*from..*end).contains(&run.length));
        of.fold(sum, |sum, run| sum.saturating_add(run.length))
    })
}

/// Consecutive numbers of one series.
struct Run {
    length: u64,
    /// Whether a number of the series comes after it: after the last one nobody knows whether there was another to ask for.
    ended: bool,
}

fn runs(numbers: &[(u32, u64)]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut before: Option<(u32, u64)> = None;
    for (series, number) in numbers {
        let same = before.filter(|(last, _)| last == series);
        let goes_on = same.is_some_and(|(_, previous)| number.saturating_sub(previous) <= 1);
        match runs.last_mut() {
            Some(run) if goes_on => run.length = run.length.saturating_add(1),
            last => {
                if let Some(run) = last {
                    run.ended = same.is_some();
                }
                runs.push(Run {
                    length: 1,
                    ended: false,
                });
            }
        }
        before = Some((*series, *number));
    }
    runs
}

/// How often runs could have ended at these lengths, and how often they did.
fn ends(runs: &[Run], from: u64, end: u64) -> (u64, u64) {
    runs.iter().fold((0, 0), |(could, did): (u64, u64), run| {
        let beyond = run.length.saturating_add(u64::from(run.ended));
        let here = run.ended && (from..end).contains(&run.length);
        (
            could.saturating_add(beyond.min(end).saturating_sub(from)),
            did.saturating_add(u64::from(here)),
        )
    })
}

/// Whether runs end more often from `from` on than before it. If they ended as often, the ends would fall to both sides as there was
/// occasion for them; how unlikely so many on the later side are is at most e^(−n·D), D the relative entropy of the shares.
fn cut(runs: &[Run], (start, from, end): (u64, u64, u64)) -> bool {
    let (early, ended_early) = ends(runs, start, from);
    let (late, ended_late) = ends(runs, from, end);
    let all = ended_early.saturating_add(ended_late);
    if all == 0 || early == 0 || late == 0 {
        return false;
    }
    let [early, late, ended_early, ended_late, all] =
        [early, late, ended_early, ended_late, all].map(real);
    let (chance, share) = (late / (early + late), ended_late / all);
    if share <= chance {
        return false;
    }
    let part = |count: f64, against: f64| {
        if count > 0.0 {
            count * (count / all / against).ln()
        } else {
            0.0
        }
    };
    part(ended_late, chance) + part(ended_early, 1.0 - chance) >= RARE
}

/// Counts of a request stay far below 2^53.
#[expect(
    clippy::cast_precision_loss,
    reason = "what is lost beyond 2^53 decides nothing"
)]
fn real(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "small numbers")]
mod tests {
    use super::*;

    struct Dice(u64);

    impl Dice {
        fn of(seed: u64) -> Self {
            Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
        }

        fn below(&mut self, end: u64) -> u64 {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            (self.0 >> 11) % end
        }
    }

    /// Blocks one after the other with so many numbers left out between them.
    fn asked(
        series: u32,
        count: u64,
        mut length: impl FnMut() -> u64,
        mut gap: impl FnMut() -> u64,
    ) -> Vec<(u32, u64)> {
        let mut next = 1_000;
        let mut numbers = Vec::new();
        for _ in 0..count {
            let length = length();
            numbers.extend((next..next + length).map(|number| (series, number)));
            next += length + gap();
        }
        numbers
    }

    /// Members of companies that number without gaps, from `least` to `most` of each, each asked with this chance.
    fn members(
        seed: u64,
        companies: u32,
        (least, most): (u64, u64),
        percent: u64,
    ) -> Vec<(u32, u64)> {
        let mut dice = Dice::of(seed);
        let mut numbers = Vec::new();
        for company in 0..companies {
            let size = least + dice.below(most - least + 1);
            numbers.extend(
                (1..=size)
                    .filter(|_| dice.below(100) < percent)
                    .map(|number| (company, number)),
            );
        }
        numbers
    }

    #[test]
    fn blocks_of_nineteen_are_found_alone_and_among_scattered_numbers() {
        for gap in [2, 6, 81, 1_000] {
            let alone = asked(1, 40, || 19, || gap);
            assert_eq!(blocks(&alone), 39 * 19 + 19, "{gap}");
            let mut among: Vec<_> = (0..5_000).map(|n| (0, n * 7)).collect();
            among.extend(alone);
            assert_eq!(blocks(&among), 760);
        }
    }

    #[test]
    fn blocks_of_changing_lengths_are_found() {
        for (least, most, count) in [
            (10, 19, 40),
            (15, 19, 40),
            (12, 12, 40),
            (5, 9, 60),
            (9, 9, 60),
        ] {
            for seed in 0..20 {
                let (mut dice, mut gaps) = (Dice::of(seed), Dice::of(seed + 100));
                let length = || least + dice.below(most - least + 1);
                let numbers = asked(1, count, length, || 2 + gaps.below(30));
                assert!(blocks(&numbers) > 0, "{least} to {most}, {seed}");
            }
        }
    }

    #[test]
    fn members_as_they_come_are_none_however_dense_and_whatever_the_companies() {
        for percent in [10, 30, 50, 65, 80, 90, 95, 99] {
            for sizes in [
                (3, 12),
                (5, 30),
                (15, 25),
                (40, 40),
                (1, 400),
                (5_000, 5_000),
            ] {
                let companies = u32::try_from(40_000 / sizes.1).unwrap();
                for seed in 0..3 {
                    let numbers = members(seed, companies, sizes, percent);
                    assert_eq!(blocks(&numbers), 0, "{percent} {sizes:?} {seed}");
                }
            }
        }
    }

    #[test]
    fn the_whole_of_small_companies_is_none_and_few_blocks_are_none() {
        assert_eq!(blocks(&members(1, 2_000, (3, 19), 100)), 0);
        assert_eq!(blocks(&asked(1, 10, || 19, || 6)), 0);
        assert_eq!(blocks(&[]), 0);
    }
}
