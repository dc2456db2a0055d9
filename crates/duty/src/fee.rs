//! The fee (手数料): time → hours begun → yen. Integers only, no discounts: the Order knows none.
//!
//! The Order says 提供に要する時間一時間までごとに一万二百円 and nothing of several sessions, several answers or a change of the tariff in
//! between. [`FeeRule`] is our reading of what it leaves open, and can be set otherwise.

use std::time::Duration;

use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};

use crate::day_in_japan;
use crate::meter::{MeterError, Metered, Span};
use crate::tariff::Tariff;

/// Seconds of an hour.
const HOUR: u64 = 3600;
/// More hours than a provision can take: over eleven years without a break.
const MAX_UNITS: u64 = 100_000;

/// How the Order is read where it is silent (an interpretation, not the law's words).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeeRule {
    /// What is added up before it is rounded.
    pub rounding: Rounding,
    /// Which day's tariff an hour has.
    pub tariff_day: TariffDay,
    /// Days from the notice to the payment due date (納付期限); the Act leaves the date to the notice.
    pub due_days: u16,
}

/// What is added up before a part of an hour becomes an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// All time of the provision: the total first, then rounded up once.
    Provision,
    /// The time since the last answer: each answer is rounded up by itself.
    Answer,
}

/// Which day's tariff an hour has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TariffDay {
    /// That on which the information is given, and the fee notified (規則29条1項).
    Provided,
    /// That on which the hour began.
    Begun,
}

impl Default for FeeRule {
    fn default() -> Self {
        Self {
            rounding: Rounding::Provision,
            tariff_day: TariffDay::Provided,
            due_days: 30,
        }
    }
}

/// Hours of one tariff.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeeLine {
    /// Hours, begun ones included.
    pub units: u64,
    /// Yen for each.
    pub yen_per_hour: u64,
    /// First day of this tariff.
    pub tariff_from: Date,
    /// Where it stands: `令9条1項`.
    pub source: String,
}

/// What a time costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assessed {
    /// The time that was rounded.
    pub metered: Duration,
    /// Hours of that time that were notified before.
    pub units_before: u64,
    /// Hours to notify now.
    pub units: u64,
    /// These hours by tariff; empty if there are none.
    pub lines: Vec<FeeLine>,
    /// Yen to notify now.
    pub amount_yen: u64,
}

/// Why there is no fee to say.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FeeError {
    /// More than can be counted.
    #[error("the fee is more than can be counted")]
    Overflow,
    /// No tariff is known for that day.
    #[error("no tariff is known for {day}")]
    NoRate {
        /// The day.
        day: Date,
    },
    /// The table of tariffs is not of its form.
    #[error("the table of tariffs is not of its form")]
    Tariff,
    /// The time can't be added up.
    #[error(transparent)]
    Meter(#[from] MeterError),
}

impl FeeError {
    /// Codes of this enum with the names of their details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("duty.fee.overflow", &[]),
        ("duty.fee.no_rate", &["day"]),
        ("duty.fee.tariff", &[]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Overflow => "duty.fee.overflow",
            Self::NoRate { .. } => "duty.fee.no_rate",
            Self::Tariff => "duty.fee.tariff",
            Self::Meter(error) => error.code(),
        }
    }

    /// Named values for the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::NoRate { day } => vec![("day", day.to_string())],
            Self::Overflow | Self::Tariff => Vec::new(),
            Self::Meter(error) => error.details(),
        }
    }

    /// The exit code of a command that ends with this error.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Overflow => 2,
            Self::NoRate { .. } => 1,
            Self::Tariff => 70,
            Self::Meter(error) => error.exit(),
        }
    }
}

/// Hours of a time, the last begun one included (一時間までごとに): no time, no hour.
pub fn units(time: Duration) -> u64 {
    let hours = time.as_secs() / HOUR;
    let begun = !time.as_secs().is_multiple_of(HOUR) || time.subsec_nanos() > 0;
    hours.saturating_add(u64::from(begun))
}

/// What giving the information on `provided` costs. `earlier` are the sessions that earlier notices of the provision
/// counted, `new` those since, `notified` the hours that those notices said.
pub fn assess(
    tariff: &Tariff,
    rule: &FeeRule,
    earlier: &[Span],
    new: &[Span],
    notified: u64,
    provided: Date,
) -> Result<Assessed, FeeError> {
    let (metered, before) = match rule.rounding {
        Rounding::Provision => (Metered::of(earlier.iter().chain(new))?, notified),
        Rounding::Answer => (Metered::of(new)?, 0),
    };
    let all = units(metered.total);
    if all > MAX_UNITS {
        return Err(FeeError::Overflow);
    }
    let mut lines: Vec<FeeLine> = Vec::new();
    for hour in before..all {
        let day = match rule.tariff_day {
            TariffDay::Provided => provided,
            TariffDay::Begun => metered
                .moment(Duration::from_secs(hour.saturating_mul(HOUR)))
                .map_or(provided, day_in_japan),
        };
        let rate = tariff.on(day)?;
        match lines.last_mut() {
            Some(line) if line.tariff_from == rate.from => {
                line.units = line.units.saturating_add(1);
            }
            _ => lines.push(FeeLine {
                units: 1,
                yen_per_hour: rate.yen_per_hour,
                tariff_from: rate.from,
                source: rate.source.clone(),
            }),
        }
    }
    Ok(Assessed {
        metered: metered.total,
        units_before: before,
        units: all.saturating_sub(before),
        amount_yen: amount(&lines)?,
        lines,
    })
}

/// The sum of hours times yen.
pub fn amount(lines: &[FeeLine]) -> Result<u64, FeeError> {
    lines
        .iter()
        .try_fold(0_u64, |sum, line| {
            sum.checked_add(line.units.checked_mul(line.yen_per_hour)?)
        })
        .ok_or(FeeError::Overflow)
}

/// The payment due date (納付期限) of a notice of this day.
pub fn due(notice: Date, rule: &FeeRule) -> Result<Date, FeeError> {
    let days = jiff::Span::new()
        .try_days(i64::from(rule.due_days))
        .map_err(|_| FeeError::Overflow)?;
    DateTime::from(notice)
        .checked_add(days)
        .map(DateTime::date)
        .map_err(|_| FeeError::Overflow)
}
