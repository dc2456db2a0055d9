//! Notices and payments: what stands, what was paid, what is corrected. Nothing is rewritten; a correction is a new notice.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::civil::Date;
use renketsu_duty::application::NoReason;
use renketsu_duty::fee::{FeeRule, Rounding, assess};
use renketsu_duty::ledger::{LedgerEntry, corrected_by, ledger};
use renketsu_duty::notice::{Correction, FeeNotice, Paid};
use renketsu_duty::tariff::Tariff;
use renketsu_seal::statement::{PreparedStatement, StatementKind};
use renketsu_store::{Event, NoticeRecord, PaymentRecord, Store, Txn};

use super::{FeeError, delegation, document, meter, notify, past, text};
use crate::party::Authority;

/// What was paid on a notice.
#[derive(Clone, Debug)]
pub struct Payment {
    /// The number of the notice.
    pub notice: String,
    /// Yen; all that is outstanding if none is said.
    pub yen: Option<u64>,
    /// The day.
    pub on: Date,
    /// The fee payment form with its stamps, or the proof of a transfer.
    pub proof: PathBuf,
}

/// Every notice with what became of it.
pub fn list(store: &Store, today: Date) -> Result<Vec<LedgerEntry>, FeeError> {
    Ok(entries(
        store.fee_notices(None)?,
        store.fee_payments()?,
        today,
    ))
}

fn entries(
    notices: Vec<NoticeRecord>,
    payments: Vec<PaymentRecord>,
    today: Date,
) -> Vec<LedgerEntry> {
    let notices: Vec<FeeNotice> = notices.into_iter().map(|record| record.notice).collect();
    let payments: Vec<(String, Paid)> = payments
        .into_iter()
        .map(|record| (record.notice, record.paid))
        .collect();
    ledger(&notices, &payments, today)
}

fn entry(transaction: &Txn<'_>, number: &str, today: Date) -> Result<LedgerEntry, FeeError> {
    entries(
        transaction.fee_notices(None)?,
        transaction.fee_payments()?,
        today,
    )
    .into_iter()
    .find(|entry| entry.notice.number == number)
    .ok_or_else(|| FeeError::NoticeUnknown {
        notice: number.to_owned(),
    })
}

/// Records a payment and keeps its proof sealed.
pub fn paid(
    authority: &Authority<'_>,
    store: &mut Store,
    payment: &Payment,
) -> Result<LedgerEntry, FeeError> {
    let today = authority.today();
    let on = past(payment.on, today)?;
    let kept = document::keep(authority, &payment.proof)?;
    let transaction = store.begin()?;
    let found = entry(&transaction, &payment.notice, today)?;
    let outstanding = found.outstanding_yen;
    let yen = payment.yen.unwrap_or(outstanding);
    if yen == 0 || yen > outstanding {
        return Err(FeeError::Amount {
            notice: payment.notice.clone(),
            outstanding,
        });
    }
    transaction.pay_fee(&PaymentRecord {
        notice: payment.notice.clone(),
        paid: Paid { yen, on },
        sha256: kept.sha256.clone(),
        file: kept.file,
        recorded_at: authority.now(),
    })?;
    let event = Event::new("fee.paid", &payment.notice, authority.now())
        .with("yen", yen)
        .with("on", on.to_string())
        .with("sha256", kept.sha256.as_str());
    let after = entry(&transaction, &payment.notice, today)?;
    transaction.commit(&event)?;
    Ok(after)
}

/// Sets the reading of the Order for what is notified from now on.
pub fn set_rule(
    authority: &Authority<'_>,
    store: &mut Store,
    rule: &FeeRule,
) -> Result<(), FeeError> {
    let body = serde_json::to_value(rule).map_err(|_| FeeError::Broken("a rule is JSON"))?;
    let transaction = store.begin()?;
    transaction.set_fee_rule(rule, authority.now())?;
    let event = Event::new(
        "fee.rule_set",
        &authority.keys().card().name,
        authority.now(),
    )
    .with("rule", body);
    Ok(transaction.commit(&event)?)
}

/// Puts a new notice in the place of one, counted from the meter as it stands now, and signs it for the producer.
pub fn correct(
    authority: &Authority<'_>,
    store: &mut Store,
    number: &str,
    reason: &str,
    out: &Path,
) -> Result<LedgerEntry, FeeError> {
    if reason.trim().is_empty() {
        return Err(NoReason.into());
    }
    let reason = text("reason", reason)?.to_owned();
    let transaction = store.begin()?;
    let records = transaction.fee_notices(None)?;
    let record = records
        .iter()
        .find(|record| record.notice.number == number)
        .ok_or_else(|| FeeError::NoticeUnknown {
            notice: number.to_owned(),
        })?
        .clone();
    let provision = record.notice.provision.clone();
    let of_provision: Vec<&NoticeRecord> = records
        .iter()
        .filter(|other| other.notice.provision == provision)
        .collect();
    let (notice, metered) = corrected(authority, &transaction, &record, &of_provision, reason)?;
    let prepared =
        PreparedStatement::new(out, StatementKind::FeeCorrection, &notice, authority.keys())?;
    transaction.notify_fee(&NoticeRecord {
        notice: notice.clone(),
        answer: None,
        last_session: record.last_session,
        recorded_at: authority.now(),
    })?;
    let event = notify::event("fee.corrected", &notice, authority)?
        .with("corrects", number)
        .with("metered_nanos", notify::nanos(metered)?)
        .with("sha256", prepared.sha256());
    let after = entry(&transaction, &notice.number, authority.today())?;
    transaction.commit(&event)?;
    prepared.publish()?;
    Ok(after)
}

/// The new notice, and the time it was counted from. Under the rule and with the tariff of the one it corrects: the information was given then.
fn corrected(
    authority: &Authority<'_>,
    transaction: &Txn<'_>,
    record: &NoticeRecord,
    of_provision: &[&NoticeRecord],
    reason: String,
) -> Result<(FeeNotice, Duration), FeeError> {
    let old = &record.notice;
    let notices: Vec<FeeNotice> = of_provision
        .iter()
        .map(|record| record.notice.clone())
        .collect();
    if corrected_by(&notices, &old.number).is_some() {
        return Err(FeeError::NoticeCorrected {
            notice: old.number.clone(),
        });
    }
    let sessions = transaction.meter_sessions(&old.provision)?;
    let others = notify::notified(&notices).saturating_sub(old.units);
    let last = of_provision.iter().map(|other| other.last_session);
    let counted = match old.rule.rounding {
        Rounding::Provision => {
            let last = last.max().unwrap_or(0);
            meter::spans(&sessions, |session| session <= last)
        }
        Rounding::Answer => {
            let before = last
                .filter(|last| *last < record.last_session)
                .max()
                .unwrap_or(0);
            let of_answer = |session| before < session && session <= record.last_session;
            meter::spans(&sessions, of_answer)
        }
    };
    let given = first_date(&notices, old);
    let assessed = assess(&Tariff::current()?, &old.rule, &[], &counted, others, given)?;
    if old.rule.rounding == Rounding::Provision
        && renketsu_duty::fee::units(assessed.metered) < others
    {
        return Err(FeeError::Below {
            notice: old.number.clone(),
        });
    }
    let metered = assessed.metered;
    let mut notice = old.counted_again(
        notify::number(&old.provision, notices.len()),
        delegation::payee(transaction.delegations()?, &old.provision, given),
        assessed,
        authority.today(),
    )?;
    if (notice.units, &notice.lines, &notice.payee) == (old.units, &old.lines, &old.payee) {
        return Err(FeeError::Unchanged {
            notice: old.number.clone(),
        });
    }
    notice.corrects = Some(Correction {
        notice: old.number.clone(),
        reason,
    });
    Ok((notice, metered))
}

/// The day on which the information was given: that of the notice at the beginning of a chain of corrections.
fn first_date(notices: &[FeeNotice], notice: &FeeNotice) -> Date {
    let mut first = notice;
    while let Some(earlier) = first.corrects.as_ref().and_then(|corrects| {
        notices
            .iter()
            .find(|notice| notice.number == corrects.notice)
    }) {
        first = earlier;
    }
    first.date
}
