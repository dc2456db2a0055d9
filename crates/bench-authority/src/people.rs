//! People of a number alone: nothing is held in memory, and the same number is the same person in every file.

use std::fmt::Write as _;

/// A person, made from her number.
pub(crate) struct Person {
    number: u64,
    seed: u64,
}

/// One row of hers in the register.
pub(crate) struct Held {
    pub(crate) insurer: String,
    pub(crate) symbol: String,
    pub(crate) number: String,
    pub(crate) branch: String,
    /// Years: the row holds from April of one to March of the other.
    pub(crate) from: u16,
    pub(crate) to: Option<u16>,
}

const SYLLABLES: [&str; 44] = [
    "ア", "イ", "ウ", "エ", "オ", "カ", "キ", "ク", "ケ", "コ", "サ", "シ", "ス", "セ", "ソ", "タ",
    "チ", "ツ", "テ", "ト", "ナ", "ニ", "ヌ", "ネ", "ノ", "ハ", "ヒ", "フ", "ヘ", "ホ", "マ", "ミ",
    "ム", "メ", "モ", "ヤ", "ユ", "ヨ", "ラ", "リ", "ル", "レ", "ロ", "ワ",
];
/// The year of the register.
const NOW: u16 = 2026;

/// `SplitMix64`: the `at`-th value of a seed.
pub(crate) fn mix(seed: u64, at: u64) -> u64 {
    let mut value = seed.wrapping_add(at.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

/// A number below `end`.
pub(crate) fn below(value: u64, end: u64) -> u64 {
    value.checked_rem(end).unwrap_or(0)
}

impl Person {
    pub(crate) fn new(number: u64, seed: u64) -> Self {
        Self { number, seed }
    }

    fn value(&self, at: u64) -> u64 {
        mix(self.seed ^ mix(self.number, 0), at)
    }

    /// Scattered, so that the file is not in the order of the keys.
    pub(crate) fn key(&self) -> String {
        let scattered = self.number.wrapping_mul(0x009E_3779_B97F_4A7D) & 0xFF_FFFF_FFFF;
        format!("{scattered:013}")
    }

    pub(crate) fn sex(&self) -> &'static str {
        if self.value(1) & 1 == 0 { "1" } else { "2" }
    }

    pub(crate) fn birth(&self) -> String {
        let (year, month, day) = (
            below(self.value(2), 90).saturating_add(1930),
            below(self.value(3), 12).saturating_add(1),
            below(self.value(4), 28).saturating_add(1),
        );
        format!("{year}{month:02}{day:02}")
    }

    /// Few names are frequent and many are rare, as names are.
    pub(crate) fn kana(&self) -> String {
        let mut text = String::new();
        for (at, names, syllables) in [(5, 3_000, 3), (7, 1_500, 3)] {
            let (one, other) = (
                below(self.value(at), names),
                below(self.value(at.saturating_add(1)), names),
            );
            let mut name = mix(one.min(other), at);
            for _ in 0..syllables {
                let place = usize::try_from(below(name, 44)).unwrap_or(0);
                text.push_str(SYLLABLES.get(place).copied().unwrap_or_default());
                name >>= 8;
            }
        }
        text
    }

    /// 2.4 rows on average, one after the other.
    pub(crate) fn rows(&self) -> impl Iterator<Item = Held> + '_ {
        let count = match below(self.value(9), 100) {
            0..25 => 1_u16,
            25..55 => 2,
            55..83 => 3,
            83..95 => 4,
            _ => 5,
        };
        (0..count).map(move |row| {
            let value = self.value(u64::from(row).saturating_add(10));
            let from = NOW.saturating_sub(count.saturating_sub(row).saturating_mul(3));
            let last = row.saturating_add(1) == count;
            let mut number = String::new();
            let unique = self.number.saturating_mul(8).saturating_add(row.into());
            let _infallible = write!(number, "{unique:08}");
            Held {
                insurer: insurer(below(value, 3_000)),
                symbol: symbol(value >> 16),
                number,
                branch: format!("{:02}", below(value >> 40, 5)),
                from,
                to: (!last).then(|| from.saturating_add(3)),
            }
        })
    }
}

/// Eight digits of which the last is the check digit.
fn insurer(number: u64) -> String {
    let digits = format!("06{number:05}");
    let sum: u32 = digits
        .bytes()
        .rev()
        .zip([2, 1].into_iter().cycle())
        .map(|(digit, weight)| u32::from(digit.saturating_sub(b'0')).saturating_mul(weight))
        .map(|product| {
            if product > 9 {
                product.saturating_sub(9)
            } else {
                product
            }
        })
        .sum();
    let check = 10_u32
        .saturating_sub(sum.checked_rem(10).unwrap_or(0))
        .checked_rem(10);
    format!("{digits}{}", check.unwrap_or(0))
}

fn symbol(value: u64) -> String {
    match below(value, 4) {
        0 => format!("{:03}", below(value >> 2, 1_000)),
        1 => format!(
            "{:02}-{:02}",
            below(value >> 2, 100),
            below(value >> 9, 100)
        ),
        2 => format!("あ{:02}", below(value >> 2, 100)),
        _ => format!("{:05}", below(value >> 2, 100_000)),
    }
}
