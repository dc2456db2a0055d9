//! One pass over the identifiers of a request, before any of them is looked up. Nothing of it outlives the request.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher as _};

use jiff::civil::Date;
use renketsu_identity::{
    BirthDate, Branch, InsuredNumber, Insurer, Kana, Loose, Number, ServicePeriod, Sex, Symbol,
};

use super::finding::{Found, Kind};
use super::{blocks, runs};
use crate::lookup::Identifiers;

/// More branches, names, or birth dates and sexes, than this is no household.
const HOUSEHOLD: u64 = 15;
/// Rows equal to another one, in percent.
const REPEATED: u64 = 5;
/// The part of a law number whose personal numbers end in a check digit.
const ELDER: &str = "39";

/// What a request shows before anybody is looked up.
#[derive(Debug)]
pub struct Seen {
    /// What honest data don't show.
    pub findings: Vec<Found>,
    /// How many different persons the request can be about, at most: numbers with branch, birth date and sex, and where
    /// there is no number, names with birth date and sex. Rows with neither are about nobody.
    pub persons: u64,
}

/// What was seen of a request so far.
#[derive(Debug)]
pub struct Watch {
    today: Date,
    rows: u64,
    different: Distinct<u64>,
    askable: Distinct<u64>,
    series: BTreeMap<(Insurer, Symbol), u32>,
    numbers: Distinct<(u32, u64)>,
    branches: Distinct<(u64, u64)>,
    persons: Distinct<(u64, u64)>,
    names: Distinct<(u64, u64)>,
}

impl Watch {
    /// `today` decides which dates lie in the future.
    pub fn new(today: Date) -> Self {
        Self {
            today,
            rows: 0,
            different: Distinct::default(),
            askable: Distinct::default(),
            series: BTreeMap::new(),
            numbers: Distinct::default(),
            branches: Distinct::default(),
            persons: Distinct::default(),
            names: Distinct::default(),
        }
    }

    /// Sees one row.
    pub fn see(&mut self, row: &Identifiers<'_>) {
        self.rows = self.rows.saturating_add(1);
        let number = number(row);
        let birth = BirthDate::parse(row.birth_date, self.today);
        let sex = Sex::parse(row.sex);
        let kana = Kana::parse(row.kana);
        // A rejected field counts as it came.
        let whole = (
            number
                .as_ref()
                .map_err(|()| [row.insurer, row.symbol, row.number, row.branch]),
            kana.as_ref().map_err(|_| row.kana),
            birth.as_ref().map_err(|_| row.birth_date),
            sex.as_ref().map_err(|_| row.sex),
            ServicePeriod::parse(row.service, self.today)
                .map(|period| period.map(|period| (period.first(), period.last())))
                .map_err(|_| row.service),
        );
        self.different.push(short(&whole));
        let (birth, sex) = (birth.ok(), sex.ok());
        let Ok(number) = number else {
            if let (Ok(kana), Some(birth), Some(sex)) = (kana, birth, sex) {
                self.askable.push(short(&(kana, birth, sex)));
            }
            return;
        };
        // As loosely as it is looked up: another spelling is no other number.
        let loose = Loose::of(&number.symbol, &number.number);
        let of = short(&(&number.insurer, loose.as_str()));
        self.askable
            .push(short(&(of, &number.branch, &birth, &sex)));
        self.branches.push((of, short(&number.branch)));
        self.persons.push((of, short(&(birth, sex))));
        if let Ok(kana) = kana {
            self.names.push((of, short(&kana)));
        }
        if let Some(value) = value(&number) {
            let next = u32::try_from(self.series.len()).unwrap_or(u32::MAX);
            let series = *self
                .series
                .entry((number.insurer, number.symbol))
                .or_insert(next);
            self.numbers.push((series, value));
        }
    }

    /// What all rows together show.
    pub fn seen(self) -> Seen {
        let persons = count(&self.askable.sorted());
        let different = count(&self.different.sorted());
        let given = self.numbers.sorted();
        let (in_a_row, numbers) = runs::sequential(&given);
        let sequential = in_a_row.max(blocks::blocks(&given));
        let (branches, asked) = crowded(&self.branches.sorted());
        let (probed, with_dates) = crowded(&self.persons.sorted());
        let (named, _) = crowded(&self.names.sorted());
        let repeated = self.rows.saturating_sub(different);
        let findings = [
            Found::by_share(Kind::Repeated, repeated, self.rows, REPEATED),
            Found::any(Kind::Sequential, sequential, numbers),
            Found::any(Kind::Branches, branches, asked),
            Found::any(Kind::Probed, probed.max(named), with_dates),
        ]
        .into_iter()
        .flatten()
        .collect();
        Seen { findings, persons }
    }
}

fn number(row: &Identifiers<'_>) -> Result<InsuredNumber, ()> {
    let parsed = || {
        Some(InsuredNumber {
            insurer: Insurer::parse(row.insurer).ok()?,
            symbol: Symbol::parse(row.symbol).ok()?,
            number: Number::parse(row.number).ok()?,
            branch: Branch::parse(row.branch).ok()?,
        })
    };
    parsed().ok_or(())
}

/// The number as a count of its series, without dashes and, where the law has one, without its check digit.
fn value(number: &InsuredNumber) -> Option<u64> {
    let digits = number.number.as_str().replace('-', "");
    let all_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
    let value: u64 = digits.parse().ok().filter(|_| all_digits)?;
    Some(if number.insurer.law() == ELDER {
        value / 10
    } else {
        value
    })
}

/// Numbers with more than a household's worth of others beside them, and all numbers.
fn crowded(sorted: &[(u64, u64)]) -> (u64, u64) {
    sorted.chunk_by(|one, other| one.0 == other.0).fold(
        (0, 0),
        |(crowded, all): (u64, u64), beside| {
            let more = count(beside) > HOUSEHOLD;
            (
                crowded.saturating_add(u64::from(more)),
                all.saturating_add(1),
            )
        },
    )
}

fn count<T>(values: &[T]) -> u64 {
    u64::try_from(values.len()).unwrap_or(u64::MAX)
}

/// 64 bits of a value. Equal ones differ only in the report's last digit: nothing is decided by a single one.
fn short(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// Different values, each about once: what is pushed again is dropped whenever the list has doubled.
#[derive(Debug)]
struct Distinct<T> {
    values: Vec<T>,
    settled: usize,
}

impl<T> Default for Distinct<T> {
    fn default() -> Self {
        Self {
            values: Vec::new(),
            settled: 1 << 16,
        }
    }
}

impl<T: Ord> Distinct<T> {
    fn push(&mut self, value: T) {
        self.values.push(value);
        if self.values.len() >= self.settled.saturating_mul(2) {
            self.settle();
            self.settled = self.settled.max(self.values.len());
        }
    }

    fn settle(&mut self) {
        self.values.sort_unstable();
        self.values.dedup();
    }

    fn sorted(mut self) -> Vec<T> {
        self.settle();
        self.values
    }
}
