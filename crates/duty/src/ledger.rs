//! Notices and payments side by side, as authority and producer both keep them.

use jiff::civil::Date;
use serde::Serialize;

use crate::notice::{FeeNotice, Paid, Standing, outstanding, standing};

/// A notice and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LedgerEntry {
    /// The notice.
    pub notice: FeeNotice,
    /// Where it stands.
    pub standing: Standing,
    /// Yen paid on it and on those in whose place it stands.
    pub paid_yen: u64,
    /// Yen still to be paid; none on a notice in whose place another stands.
    pub outstanding_yen: u64,
    /// Yen paid beyond the amount, after a correction.
    pub excess_yen: u64,
}

/// Every notice, in the order given. Money paid on a corrected notice counts for the one in its place.
pub fn ledger(notices: &[FeeNotice], payments: &[(String, Paid)], today: Date) -> Vec<LedgerEntry> {
    notices
        .iter()
        .map(|notice| {
            let chain = chain(notices, notice);
            let paid: Vec<Paid> = payments
                .iter()
                .filter(|(number, _)| chain.contains(&number.as_str()))
                .map(|(_, paid)| *paid)
                .collect();
            let corrected_by = corrected_by(notices, &notice.number);
            let paid_yen = paid
                .iter()
                .map(|paid| paid.yen)
                .fold(0, u64::saturating_add);
            let stands = corrected_by.is_none();
            LedgerEntry {
                standing: standing(notice, &paid, corrected_by, today),
                paid_yen,
                outstanding_yen: if stands {
                    outstanding(notice, &paid)
                } else {
                    0
                },
                excess_yen: if stands {
                    paid_yen.saturating_sub(notice.amount_yen)
                } else {
                    0
                },
                notice: notice.clone(),
            }
        })
        .collect()
}

/// The number of the notice that stands in the place of this one.
pub fn corrected_by<'a>(notices: &'a [FeeNotice], number: &str) -> Option<&'a str> {
    notices
        .iter()
        .find(|other| {
            other
                .corrects
                .as_ref()
                .is_some_and(|corrects| corrects.notice == number)
        })
        .map(|other| other.number.as_str())
}

/// The notice and those in whose place it stands, by number.
fn chain<'a>(notices: &'a [FeeNotice], notice: &'a FeeNotice) -> Vec<&'a str> {
    let mut numbers = vec![notice.number.as_str()];
    let mut at = notice;
    while let Some(earlier) = at.corrects.as_ref().and_then(|corrects| {
        notices
            .iter()
            .find(|notice| notice.number == corrects.notice)
    }) {
        if numbers.contains(&earlier.number.as_str()) {
            break;
        }
        numbers.push(&earlier.number);
        at = earlier;
    }
    numbers
}
