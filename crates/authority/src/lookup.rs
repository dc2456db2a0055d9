//! The look-up (`ids.md`, "The look-up, exactly"): from what a producer asks to a person of the registry, or not.
//!
//! No key is at work here. What it finds holds identifiers and never leaves the resolver; [`crate::resolver`] turns
//! it into subjects.

mod asked;
mod batch;

use std::fmt;

use renketsu_identity::{Reject, ServicePeriod};

use crate::field::Field;
use crate::registry::Day;
pub(crate) use asked::Batch;
pub(crate) use batch::{Answer, Found, Make, Making, Told, by_key, look_up};

/// How a row was answered. The names are those of `ids.md` and of the answer's column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Exact canonical number, one person.
    Number,
    /// By the loose form or without a branch, one person.
    NumberLoose,
    /// Several persons remain.
    NumberAmbiguous,
    /// By the kana triple, one registered person.
    Kana,
    /// By the kana triple, several registered persons.
    KanaAmbiguous,
    /// Number and birth date, sex or kana person disagree.
    Conflict,
    /// Neither is registered.
    NotFound,
    /// Rejected input.
    Invalid,
}

impl Status {
    /// All of them, in the order of reports.
    pub const ALL: [Self; 8] = [
        Self::Number,
        Self::NumberLoose,
        Self::NumberAmbiguous,
        Self::Kana,
        Self::KanaAmbiguous,
        Self::Conflict,
        Self::NotFound,
        Self::Invalid,
    ];

    /// The name in answers and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::NumberLoose => "number_loose",
            Self::NumberAmbiguous => "number_ambiguous",
            Self::Kana => "kana",
            Self::KanaAmbiguous => "kana_ambiguous",
            Self::Conflict => "conflict",
            Self::NotFound => "not_found",
            Self::Invalid => "invalid",
        }
    }
}

/// Why the number did not help, where another status than a number's came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Insurer, symbol and number are blank: `number:absent`.
    NumberAbsent,
    /// The number is of canonical form and no registered row answers for it: `number:not_found`.
    NumberNotFound,
    /// A field is rejected: its name and that of the reject, as in `birth_date:era`.
    Rejected(Field, Reject),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NumberAbsent => f.write_str("number:absent"),
            Self::NumberNotFound => f.write_str("number:not_found"),
            Self::Rejected(field, reject) => write!(f, "{field}:{}", reject.name()),
        }
    }
}

/// The fields of one asked-for row as they came. Blank means not given.
#[derive(Clone, Copy, Default)]
pub struct Identifiers<'a> {
    /// 保険者番号.
    pub insurer: &'a str,
    /// 記号.
    pub symbol: &'a str,
    /// 番号.
    pub number: &'a str,
    /// 枝番.
    pub branch: &'a str,
    /// カナ氏名.
    pub kana: &'a str,
    /// 生年月日.
    pub birth_date: &'a str,
    /// 性別.
    pub sex: &'a str,
    /// 診療日 or 診療年月.
    pub service: &'a str,
}

impl<'a> Identifiers<'a> {
    /// Takes the fields in the order of a request's columns, which is the order they are declared in.
    pub fn from_fields(fields: [&'a str; 8]) -> Self {
        let [
            insurer,
            symbol,
            number,
            branch,
            kana,
            birth_date,
            sex,
            service,
        ] = fields;
        Self {
            insurer,
            symbol,
            number,
            branch,
            kana,
            birth_date,
            sex,
            service,
        }
    }
}

impl fmt::Debug for Identifiers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identifiers(..)")
    }
}

/// First and last day of a service period.
pub(crate) fn days(period: &ServicePeriod) -> (Day, Day) {
    (Day::of(period.first()), Day::of(period.last()))
}
