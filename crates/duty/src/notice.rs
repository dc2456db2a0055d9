//! The notice of a fee (手数料の額及び納付期限の通知, 規則29条1項), and whether it is paid.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::application::{Accepted, Application};
use crate::delegation::{Means, Payee};
use crate::fee::{Assessed, FeeError, FeeLine, FeeRule, amount, due};

/// What the authority notifies when it gives the information, and what a fee payment form (手数料納付書) is filled from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeeNotice {
    /// Its number, `PROVISION-F1`, counted within the provision.
    pub number: String,
    /// The day of the notice, in Japan.
    pub date: Date,
    /// The provision.
    pub provision: String,
    /// The number of the application that was accepted.
    pub application: String,
    /// The producer's name.
    pub producer: String,
    /// The number of its certification.
    pub certification: String,
    /// Who notifies.
    pub authority: String,
    /// Who is paid.
    pub payee: Payee,
    /// By which means.
    pub means: Means,
    /// Hours that earlier notices said. The time itself stays in the authority's record: to the nanosecond it would tell the
    /// producer of the work on its rows.
    pub units_before: u64,
    /// Hours of this notice.
    pub units: u64,
    /// They by tariff; empty if none.
    pub lines: Vec<FeeLine>,
    /// Yen; 0 if the time falls into an hour that was notified before.
    pub amount_yen: u64,
    /// The payment due date (納付期限); none if nothing is to be paid.
    pub due: Option<Date>,
    /// The reading of the Order that the fee was counted by.
    pub rule: FeeRule,
    /// The notice in whose place this one stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrects: Option<Correction>,
}

/// Why a notice stands in the place of another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Correction {
    /// The number of the other.
    pub notice: String,
    /// Why.
    pub reason: String,
}

/// The names in a notice.
#[derive(Clone, Copy, Debug)]
pub struct Between<'a> {
    /// Who notifies.
    pub authority: &'a str,
    /// The producer.
    pub producer: &'a str,
    /// The number of its certification.
    pub certification: &'a str,
}

impl FeeNotice {
    /// The notice of a fee; only what an accepted application asked for has one.
    pub fn new(
        number: String,
        application: &Application<Accepted>,
        between: Between<'_>,
        payee: Payee,
        assessed: Assessed,
        rule: FeeRule,
        date: Date,
    ) -> Result<Self, FeeError> {
        Ok(Self {
            number,
            date,
            provision: application.provision.clone(),
            application: application.number.clone(),
            producer: between.producer.to_owned(),
            certification: between.certification.to_owned(),
            authority: between.authority.to_owned(),
            means: payee.means(),
            payee,
            units_before: assessed.units_before,
            units: assessed.units,
            lines: assessed.lines,
            amount_yen: assessed.amount_yen,
            due: if assessed.amount_yen > 0 {
                Some(due(date, &rule)?)
            } else {
                None
            },
            rule,
            corrects: None,
        })
    }

    /// The notice that stands in the place of this one, between the same parties and under the same rule; the caller says why.
    pub fn counted_again(
        &self,
        number: String,
        payee: Payee,
        assessed: Assessed,
        date: Date,
    ) -> Result<Self, FeeError> {
        let application = Application {
            number: self.application.clone(),
            provision: self.provision.clone(),
            state: Accepted { on: self.date },
        };
        let between = Between {
            authority: &self.authority,
            producer: &self.producer,
            certification: &self.certification,
        };
        Self::new(
            number,
            &application,
            between,
            payee,
            assessed,
            self.rule,
            date,
        )
    }

    /// Whether its figures agree with each other.
    pub fn adds_up(&self) -> bool {
        let units = self
            .lines
            .iter()
            .try_fold(0_u64, |sum, line| sum.checked_add(line.units));
        units == Some(self.units)
            && amount(&self.lines) == Ok(self.amount_yen)
            && self.means == self.payee.means()
            && self.due.is_some() == (self.amount_yen > 0)
            && self.due.is_none_or(|due| due >= self.date)
    }

    /// Every text in it.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let delegate = match &self.payee {
            Payee::State => None,
            Payee::Delegate(delegate) => Some(delegate.name.as_str()),
        };
        let fixed = [
            &self.number,
            &self.provision,
            &self.application,
            &self.producer,
            &self.certification,
            &self.authority,
        ];
        fixed
            .into_iter()
            .map(String::as_str)
            .chain(delegate)
            .chain(self.lines.iter().map(|line| line.source.as_str()))
            .chain(
                self.corrects
                    .iter()
                    .flat_map(|corrects| [corrects.notice.as_str(), corrects.reason.as_str()]),
            )
    }

    /// Whether a fee payment form (手数料納付書) belongs to it: only where there is something to pay in revenue stamps.
    pub fn has_slip(&self) -> bool {
        self.means == Means::RevenueStamps && self.amount_yen > 0
    }
}

/// Where a notice stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum Standing {
    /// Another notice stands in its place.
    Corrected {
        /// The number of the other.
        by: String,
    },
    /// To be paid.
    Due {
        /// By this day.
        by: Date,
    },
    /// There is nothing to pay.
    NothingDue,
    /// The due date has passed.
    Overdue {
        /// The due date.
        since: Date,
    },
    /// All of it was paid.
    Paid {
        /// On this day.
        on: Date,
    },
}

/// Money that was paid on a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paid {
    /// Yen.
    pub yen: u64,
    /// The day.
    pub on: Date,
}

/// Where a notice stands on a day. `paid` is what was paid on it and on the notices in whose place it stands.
pub fn standing(
    notice: &FeeNotice,
    paid: &[Paid],
    corrected_by: Option<&str>,
    today: Date,
) -> Standing {
    if let Some(by) = corrected_by {
        return Standing::Corrected { by: by.to_owned() };
    }
    let Some(due) = notice.due else {
        return Standing::NothingDue;
    };
    if outstanding(notice, paid) == 0 {
        let on = paid.iter().map(|paid| paid.on).max().unwrap_or(due);
        Standing::Paid { on }
    } else if today > due {
        Standing::Overdue { since: due }
    } else {
        Standing::Due { by: due }
    }
}

/// Yen that are still to be paid.
pub fn outstanding(notice: &FeeNotice, paid: &[Paid]) -> u64 {
    let paid = paid
        .iter()
        .map(|paid| paid.yen)
        .fold(0, u64::saturating_add);
    notice.amount_yen.saturating_sub(paid)
}
