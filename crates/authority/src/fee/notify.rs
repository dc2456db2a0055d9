//! The notice that goes out with an answer: counted, recorded and sealed in the answer's own transaction.

use std::time::Duration;

use renketsu_duty::day_in_japan;
use renketsu_duty::fee::assess;
use renketsu_duty::ledger::corrected_by;
use renketsu_duty::meter::Reading;
use renketsu_duty::notice::{Between, FeeNotice};
use renketsu_duty::tariff::Tariff;
use renketsu_store::{Event, NoticeRecord, Store, Txn};

use super::{FeeError, application, delegation, meter};
use crate::party::Authority;
use crate::provision::Provision;

/// Machine work that has begun.
#[derive(Debug)]
pub(crate) struct Begun(Reading);

/// A notice that is not recorded yet.
#[derive(Debug)]
pub(crate) struct Charge {
    pub(crate) notice: FeeNotice,
    session: u64,
    /// The time that was rounded: for the authority's own record, and for nobody else.
    metered: Duration,
}

/// The meter runs from here.
pub(crate) fn begin(authority: &Authority<'_>) -> Begun {
    Begun(authority.clock().read())
}

/// What would refuse an answer is said before the work is done.
pub(crate) fn may_begin(store: &Store, provision: &Provision) -> Result<(), FeeError> {
    let id = provision.code.as_str();
    application::accepted_so_far(store, id)?;
    meter::none_runs(&store.meter_sessions(id)?, id)
}

/// Ends the machine's session and counts the fee of everything since the last notice.
pub(crate) fn charge(
    authority: &Authority<'_>,
    transaction: &Txn<'_>,
    provision: &Provision,
    request: &str,
    begun: &Begun,
) -> Result<Charge, FeeError> {
    let id = provision.code.as_str();
    let accepted = application::accepted(transaction, id)?;
    meter::none_runs(&transaction.meter_sessions(id)?, id)?;
    let session = meter::machine(authority, transaction, id, request, &begun.0)?;
    let sessions = transaction.meter_sessions(id)?;
    let records = transaction.fee_notices(Some(id))?;
    let counted = records
        .iter()
        .map(|record| record.last_session)
        .max()
        .unwrap_or(0);
    let notices: Vec<FeeNotice> = records.into_iter().map(|record| record.notice).collect();
    let today = day_in_japan(authority.now());
    let rule = transaction.fee_rule()?;
    let assessed = assess(
        &Tariff::current()?,
        &rule,
        &meter::spans(&sessions, |session| session <= counted),
        &meter::spans(&sessions, |session| session > counted),
        notified(&notices),
        today,
    )?;
    let metered = assessed.metered;
    let notice = FeeNotice::new(
        number(id, notices.len()),
        &accepted,
        between(authority, provision),
        delegation::payee(transaction.delegations()?, id, today),
        assessed,
        rule,
        today,
    )?;
    Ok(Charge {
        notice,
        session,
        metered,
    })
}

/// Records the notice with the answer that carries it.
pub(crate) fn record(
    authority: &Authority<'_>,
    transaction: &Txn<'_>,
    charge: &Charge,
    answer: &str,
) -> Result<(), FeeError> {
    transaction.notify_fee(&NoticeRecord {
        notice: charge.notice.clone(),
        answer: Some(answer.to_owned()),
        last_session: charge.session,
        recorded_at: authority.now(),
    })?;
    let event = event("fee.notified", &charge.notice, authority)?
        .with("answer", answer)
        .with("session", charge.session)
        .with("metered_nanos", nanos(charge.metered)?);
    Ok(transaction.also(&event)?)
}

/// A time as the record keeps it.
pub(super) fn nanos(metered: Duration) -> Result<u64, FeeError> {
    u64::try_from(metered.as_nanos()).map_err(|_| renketsu_duty::fee::FeeError::Overflow.into())
}

/// An event that says all of a notice.
pub(super) fn event(
    action: &str,
    notice: &FeeNotice,
    authority: &Authority<'_>,
) -> Result<Event, FeeError> {
    let body = serde_json::to_value(notice).map_err(|_| FeeError::Broken("a notice is JSON"))?;
    Ok(Event::new(action, &notice.number, authority.now())
        .with("provision", notice.provision.as_str())
        .with("notice", body))
}

/// Hours that the notices which stand have said.
pub(super) fn notified(notices: &[FeeNotice]) -> u64 {
    notices
        .iter()
        .filter(|notice| corrected_by(notices, &notice.number).is_none())
        .map(|notice| notice.units)
        .fold(0, u64::saturating_add)
}

/// Notices are counted within their provision, corrections too.
pub(super) fn number(provision: &str, earlier: usize) -> String {
    format!("{provision}-F{}", earlier.saturating_add(1))
}

pub(super) fn between<'a>(authority: &'a Authority<'_>, provision: &'a Provision) -> Between<'a> {
    Between {
        authority: &authority.keys().card().name,
        producer: &provision.terms.producer.name,
        certification: &provision.terms.certification.number,
    }
}
