//! Values by chance, the same in every run.

use std::sync::LazyLock;

/// Surnames, then given names of men and of women: the texts of a row, and how many rows before it would be drawn.
struct Names(Vec<(u64, Vec<&'static str>)>);

impl Names {
    fn read(table: &'static str, weight: usize) -> Self {
        let mut before = 0;
        let rows = table.lines().map(|line| {
            let row: Vec<&str> = line.split('\t').collect();
            before += row[weight].parse::<u64>().unwrap();
            (before, row)
        });
        Self(rows.collect())
    }

    fn draw(&self, chance: &mut Chance) -> &[&'static str] {
        let (all, _) = self.0.last().unwrap();
        let drawn = chance.from(0, all - 1);
        let row = self.0.partition_point(|(before, _)| *before <= drawn);
        &self.0[row].1
    }
}

static SURNAMES: LazyLock<Names> =
    LazyLock::new(|| Names::read(include_str!("../../../data/surnames.tsv"), 2));
static MEN: LazyLock<Names> =
    LazyLock::new(|| Names::read(include_str!("../../../data/given_male.tsv"), 1));
static WOMEN: LazyLock<Names> =
    LazyLock::new(|| Names::read(include_str!("../../../data/given_female.tsv"), 1));

/// Numbers without order.
pub(super) struct Chance(u64);

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0xD134_2543_DE82_EF95))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// From `first` to `last`, both of them too.
    pub(super) fn from(&mut self, first: u64, last: u64) -> u64 {
        let width = last.saturating_sub(first).saturating_add(1);
        first.saturating_add(self.next().checked_rem(width).unwrap_or(0))
    }

    pub(super) fn percent(&mut self, percent: u64) -> bool {
        self.from(1, 100) <= percent
    }

    /// One of some words.
    pub(super) fn of(&mut self, words: &'static str) -> &'static str {
        let words: Vec<&str> = words.split_whitespace().collect();
        let last = (words.len() as u64).saturating_sub(1);
        words[usize::try_from(self.from(0, last)).unwrap()]
    }

    pub(super) fn digits(&mut self, count: usize) -> String {
        (0..count).map(|_| self.from(0, 9).to_string()).collect()
    }

    /// Surname and given name in kanji and in kana, as often as they are.
    pub(super) fn name(&mut self) -> [String; 4] {
        let men = self.percent(50);
        let surname = SURNAMES.draw(self);
        let given = if men {
            MEN.draw(self)
        } else {
            WOMEN.draw(self)
        };
        let spellings: Vec<&str> = given[2].split(',').collect();
        let spelling = self.from(0, spellings.len() as u64 - 1);
        let spelling = spellings[usize::try_from(spelling).unwrap()];
        [surname[0], spelling, surname[1], given[0]].map(str::to_owned)
    }
}
