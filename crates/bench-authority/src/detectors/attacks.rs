//! Attackers: what they hide among honest rows, and which finding is there for it.

use renketsu_authority::controls::Kind;

use super::Row;
use super::producers::Members;
use crate::people::{below, mix};

/// One attack at one strength.
#[derive(Clone, Copy)]
pub(super) enum Attack {
    /// So many numbers of one insurer and symbol, of which each is asked with this chance in percent.
    Enumeration { numbers: u64, percent: u64 },
    /// So many blocks of so many numbers of one insurer and symbol, with some left out between them.
    Blocks { blocks: u64, length: u64 },
    /// One number with so many birth dates.
    BirthDates { dates: u64 },
    /// One number with so many branches.
    Branches { branches: u64 },
    /// Guessed numbers, so many percent of the request.
    Guesses { percent: u64 },
    /// Guessed numbers among those an insurer gave one after the other.
    DenseGuesses { percent: u64 },
    /// Repeated rows in another spelling, so many percent of the request.
    Duplicates { percent: u64 },
}

impl Attack {
    pub(super) fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for percent in [100, 95, 90, 80, 50] {
            for numbers in [20, 50, 100, 200, 500] {
                all.push(Self::Enumeration { numbers, percent });
            }
        }
        for length in [9, 12, 19] {
            all.extend([20, 50, 100].map(|blocks| Self::Blocks { blocks, length }));
        }
        all.extend([10, 15, 16, 31, 366].map(|dates| Self::BirthDates { dates }));
        all.extend([10, 15, 16, 31].map(|branches| Self::Branches { branches }));
        all.extend([5, 10, 15, 20, 25, 30, 40, 50, 60].map(|percent| Self::Guesses { percent }));
        all.extend([10, 50].map(|percent| Self::DenseGuesses { percent }));
        all.extend([2, 4, 6, 10, 30].map(|percent| Self::Duplicates { percent }));
        all
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Enumeration { percent: 100, .. } => "numbers in a row",
            Self::Enumeration { .. } => "numbers in a row with gaps",
            Self::Blocks { .. } => "numbers in short blocks",
            Self::BirthDates { .. } => "one number, many birth dates",
            Self::Branches { .. } => "one number, many branches",
            Self::Guesses { .. } => "numbers at random",
            Self::DenseGuesses { .. } => "numbers at random where all are given",
            Self::Duplicates { .. } => "rows again in another spelling",
        }
    }

    pub(super) fn strength(self) -> String {
        match self {
            Self::Enumeration { numbers, percent } => {
                format!("{numbers} numbers, {percent} % asked")
            }
            Self::Blocks { blocks, length } => format!("{blocks} blocks of {length}"),
            Self::BirthDates { dates } => format!("{dates} dates"),
            Self::Branches { branches } => format!("{branches} branches"),
            Self::Guesses { percent }
            | Self::DenseGuesses { percent }
            | Self::Duplicates { percent } => format!("{percent} % of the rows"),
        }
    }

    /// The finding that is there for it.
    pub(super) fn by(self) -> Kind {
        match self {
            Self::Enumeration { .. } | Self::Blocks { .. } => Kind::Sequential,
            Self::BirthDates { .. } => Kind::Probed,
            Self::Branches { .. } => Kind::Branches,
            Self::Guesses { .. } | Self::DenseGuesses { .. } => Kind::Unknown,
            Self::Duplicates { .. } => Kind::Repeated,
        }
    }

    /// The honest rows with the attack among them.
    pub(super) fn request(self, mut among: Vec<Row>, members: &Members, time: u64) -> Vec<Row> {
        let draw = |at: u64| mix(time.wrapping_mul(7_919).wrapping_add(5), at);
        let number = |insurer: &str, number: u64| -> Row {
            [insurer, "12", &number.to_string(), "", "", "", "", ""].map(str::to_owned)
        };
        let hidden = |percent: u64| {
            let all = u64::try_from(among.len()).unwrap_or(0);
            all.saturating_mul(percent)
                .div_euclid(100_u64.saturating_sub(percent).max(1))
        };
        match self {
            Self::Enumeration { numbers, percent } => {
                let first = below(draw(0), 1_000_000);
                let asked =
                    (0..numbers).filter(|at| below(draw(at.wrapping_add(1)), 100) < percent);
                among.extend(asked.map(|at| number("06132013", first.wrapping_add(at))));
            }
            Self::Blocks { blocks, length } => {
                let mut next = below(draw(0), 1_000_000);
                for block in 1..=blocks {
                    among.extend((0..length).map(|at| number("06132013", next.wrapping_add(at))));
                    let left_out = below(draw(block), 20).wrapping_add(2);
                    next = next.wrapping_add(length).wrapping_add(left_out);
                }
            }
            Self::BirthDates { dates } => {
                among.extend((0..dates).map(|at| {
                    let mut row = number("06132013", 4_711);
                    let part = |by: u64, end: u64| below(at.div_euclid(by), end);
                    let (month, day) = (
                        part(28, 12).saturating_add(1),
                        part(1, 28).saturating_add(1),
                    );
                    if let Some(birth) = row.get_mut(5) {
                        *birth =
                            format!("{}{month:02}{day:02}", part(336, 50).saturating_add(1950));
                    }
                    row
                }));
            }
            Self::Branches { branches } => {
                among.extend((0..branches).map(|at| {
                    let mut row = number("06132013", 4_711);
                    if let Some(branch) = row.get_mut(3) {
                        *branch = format!("{:02}", at % 100);
                    }
                    row
                }));
            }
            Self::Guesses { percent } => {
                let guesses = hidden(percent);
                among.extend(
                    (0..guesses).map(|at| number("06132013", below(draw(at), 100_000_000))),
                );
            }
            Self::DenseGuesses { percent } => {
                among.extend((0..hidden(percent)).filter_map(|at| given(members, draw(at))));
            }
            Self::Duplicates { percent } => {
                let again = usize::try_from(hidden(percent)).unwrap_or(0);
                let mut rows: Vec<Row> = among.iter().take(again).cloned().collect();
                for row in &mut rows {
                    // In canonical form it is the same row: a space around a text is nothing.
                    for text in row {
                        text.push(' ');
                    }
                }
                among.extend(rows);
            }
        }
        among
    }
}

/// A number drawn from those the largest insurer of law 39 gave, which are all numbers from the first to the last.
fn given(members: &Members, draw: u64) -> Option<Row> {
    let elders = members
        .by_insurer
        .iter()
        .filter(|(code, _)| code.starts_with("39"));
    let (_, members) = elders.max_by_key(|(_, members)| members.len())?;
    let at = below(draw, u64::try_from(members.len()).ok()?);
    let mut row = members.get(usize::try_from(at).ok()?)?.row.clone();
    for text in row.iter_mut().skip(3) {
        text.clear();
    }
    Some(row)
}
