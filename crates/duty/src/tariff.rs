//! What an hour costs, by the day: a table, because Orders change.

use jiff::civil::Date;
use serde::Deserialize;

use crate::fee::FeeError;

const TABLE: &str = include_str!("../data/tariff.toml");

/// The tariff (手数料) of the Order (令9条1項).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tariff {
    version: u32,
    rate: Vec<Rate>,
}

/// What an hour costs from one day to another.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// First day.
    pub from: Date,
    /// Last day; none while it is in force.
    #[serde(default)]
    pub until: Option<Date>,
    /// Yen for each hour or part of an hour (一時間までごとに).
    pub yen_per_hour: u64,
    /// Where it stands.
    pub source: String,
}

impl Tariff {
    /// The table this program was built with.
    pub fn current() -> Result<Self, FeeError> {
        Self::parse(TABLE)
    }

    /// Reads a table: days in order, without overlaps.
    pub fn parse(text: &str) -> Result<Self, FeeError> {
        let tariff: Self = toml::from_str(text).map_err(|_| FeeError::Tariff)?;
        let ordered = tariff.rate.is_sorted_by(|one, next| {
            one.until
                .is_some_and(|until| one.from <= until && until < next.from)
        });
        let ends = tariff
            .rate
            .iter()
            .all(|rate| rate.until.is_none_or(|until| rate.from <= until));
        if tariff.rate.is_empty() || !ordered || !ends {
            return Err(FeeError::Tariff);
        }
        Ok(tariff)
    }

    /// Counts changes of the table.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// What an hour costs on a day.
    pub fn on(&self, day: Date) -> Result<&Rate, FeeError> {
        self.rate
            .iter()
            .find(|rate| rate.from <= day && rate.until.is_none_or(|until| day <= until))
            .ok_or(FeeError::NoRate { day })
    }
}
