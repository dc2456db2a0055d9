//! One row of a register, from text to canonical values.

use std::fmt;

use jiff::civil::Date;
use renketsu_identity::{BirthDate, Branch, Insurer, Kana, Number, Reject, Sex, Symbol, is_blank};

use super::day::Day;
use super::person::{Insured, NONE};
use crate::field::Field;

/// The longest key of a person, in characters.
const PERSON_KEY_MAX: usize = 64;

/// One row as it stands in a file. A row whose insurer, symbol, number and branch are all blank registers a person
/// without a number (生活保護).
#[derive(Clone, Copy)]
pub struct RawRow<'a> {
    /// The register's own key of the person.
    pub person: &'a str,
    /// カナ氏名.
    pub kana: &'a str,
    /// 生年月日, in any form the profile accepts.
    pub birth_date: &'a str,
    /// 性別.
    pub sex: &'a str,
    /// 保険者番号.
    pub insurer: &'a str,
    /// 記号.
    pub symbol: &'a str,
    /// 番号.
    pub number: &'a str,
    /// 枝番.
    pub branch: &'a str,
    /// First day of validity. Blank only in a row without a number, where it means always.
    pub valid_from: &'a str,
    /// Last day of validity, itself included; blank: still valid.
    pub valid_to: &'a str,
}

impl fmt::Debug for RawRow<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RawRow(..)")
    }
}

impl<'a> RawRow<'a> {
    /// The values in the order of [`COLUMNS`](super::COLUMNS).
    pub fn of(values: [&'a str; 10]) -> Self {
        let [
            person,
            kana,
            birth_date,
            sex,
            insurer,
            symbol,
            number,
            branch,
            valid_from,
            valid_to,
        ] = values;
        Self {
            person,
            kana,
            birth_date,
            sex,
            insurer,
            symbol,
            number,
            branch,
            valid_from,
            valid_to,
        }
    }
}

/// The canonical values of a row.
pub(super) struct Parsed<'a> {
    pub(super) person: &'a str,
    pub(super) birth: Day,
    pub(super) sex: Sex,
    /// Insurer, symbol, number and branch, as a [`RowView`](super::RowView) has them.
    pub(super) number: Insured<'a>,
    /// One byte each.
    pub(super) kana: &'a [u8],
    pub(super) from: Day,
    pub(super) to: Day,
}

/// Memory of rows that are parsed one after the other.
#[derive(Default)]
pub(super) struct Texts {
    symbol: Vec<u8>,
    number: Vec<u8>,
    kana: Vec<u8>,
}

impl<'a> Parsed<'a> {
    /// Every rejected field of the row, not only the first: an operator mends a file once.
    pub(super) fn of(
        raw: &RawRow<'a>,
        today: Date,
        texts: &'a mut Texts,
    ) -> Result<Self, Vec<(Field, Reject)>> {
        let Texts {
            symbol: symbol_text,
            number: number_text,
            kana: kana_text,
        } = texts;
        for text in [&mut *symbol_text, &mut *number_text, &mut *kana_text] {
            text.clear();
        }
        let mut rejects = Vec::new();
        let person = keep(&mut rejects, Field::Person, person_key(raw.person));
        keep(&mut rejects, Field::Kana, Kana::append(raw.kana, kana_text));
        let birth = keep(
            &mut rejects,
            Field::BirthDate,
            BirthDate::parse(raw.birth_date, today),
        );
        let sex = keep(&mut rejects, Field::Sex, Sex::parse(raw.sex));
        let numberless = [raw.insurer, raw.symbol, raw.number, raw.branch]
            .into_iter()
            .all(is_blank);
        let (mut insurer, mut branch) = (NONE, 0);
        if !numberless {
            if let Some(value) = keep(&mut rejects, Field::Insurer, Insurer::value(raw.insurer)) {
                insurer = value;
            }
            keep(
                &mut rejects,
                Field::Symbol,
                Symbol::append(raw.symbol, symbol_text),
            );
            keep(
                &mut rejects,
                Field::Number,
                Number::append(raw.number, number_text),
            );
            let value = keep(&mut rejects, Field::Branch, Branch::value(raw.branch));
            branch = value.flatten().map_or(0, |value| value.saturating_add(1));
        }
        let from = if numberless && is_blank(raw.valid_from) {
            Some(Day::OPEN_START)
        } else {
            keep(&mut rejects, Field::ValidFrom, day(raw.valid_from))
        };
        let to = if is_blank(raw.valid_to) {
            Some(Day::OPEN_END)
        } else {
            keep(&mut rejects, Field::ValidTo, day(raw.valid_to))
        };
        match (person, birth, sex, from, to) {
            (Some(person), Some(birth), Some(sex), Some(from), Some(to)) if rejects.is_empty() => {
                Ok(Self {
                    person,
                    birth: Day::of(birth.date()),
                    sex,
                    number: (insurer, symbol_text, number_text, branch),
                    kana: kana_text,
                    from,
                    to,
                })
            }
            _ => Err(rejects),
        }
    }
}

fn keep<T>(
    rejects: &mut Vec<(Field, Reject)>,
    field: Field,
    parsed: Result<T, Reject>,
) -> Option<T> {
    match parsed {
        Ok(value) => Some(value),
        Err(reject) => {
            rejects.push((field, reject));
            None
        }
    }
}

/// Validity may begin or end in the future, so no day is too late.
fn day(text: &str) -> Result<Day, Reject> {
    BirthDate::parse(text, Date::MAX).map(|parsed| Day::of(parsed.date()))
}

/// Spaces around a key are an accident of export; inside it every character counts. Control characters would
/// break the lines of the kept file.
pub(super) fn person_key(text: &str) -> Result<&str, Reject> {
    let key = text.trim();
    if key.chars().any(char::is_control) {
        Err(Reject::Character)
    } else if key.is_empty() {
        Err(Reject::Empty)
    } else if key.chars().count() > PERSON_KEY_MAX {
        Err(Reject::Length)
    } else {
        Ok(key)
    }
}
