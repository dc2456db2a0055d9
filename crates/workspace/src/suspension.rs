//! Stopping a study at once, and letting it go on (4-3-1.incidents): whoever sees the incident first can.

use jiff::Timestamp;
use renketsu_access::{Permit, act};
use renketsu_store::{Store, StoreError, Suspension};

use crate::accounts::{Acting, typed};

/// Why a study was neither stopped nor let go on.
#[derive(Debug, thiserror::Error)]
pub enum SuspensionError {
    /// The permit is of no study.
    #[error("no study")]
    NoStudy,
    /// It goes on already.
    #[error("the study isn't suspended")]
    NotSuspended,
    /// It is stopped already.
    #[error("the study is suspended")]
    Suspended,
    /// The reason is empty or too long.
    #[error("no reason")]
    Why,
    /// The state refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SuspensionError {
    /// Every code with the names of its details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("workspace.suspension.no_study", &[]),
        ("workspace.suspension.not_suspended", &[]),
        ("workspace.suspension.suspended", &[]),
        ("workspace.suspension.why", &[]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoStudy => "workspace.suspension.no_study",
            Self::NotSuspended => "workspace.suspension.not_suspended",
            Self::Suspended => "workspace.suspension.suspended",
            Self::Why => "workspace.suspension.why",
            Self::Store(error) => error.code(),
        }
    }
}

fn study(permit: &Permit<act::StudySuspend>) -> Result<&str, SuspensionError> {
    let study = permit.object().study().ok_or(SuspensionError::NoStudy)?;
    Ok(study.id.as_str())
}

/// Stops a study: from now on nobody touches its data, until somebody lets it go on. Work that has begun is the caller's to stop.
pub fn suspend_study(
    store: &mut Store,
    permit: &Permit<act::StudySuspend>,
    acting: &Acting,
    why: &str,
    now: Timestamp,
) -> Result<(), SuspensionError> {
    let why = typed(why).ok_or(SuspensionError::Why)?;
    let study = study(permit)?;
    if store.suspension(study)?.is_some() {
        return Err(SuspensionError::Suspended);
    }
    let begun = Suspension {
        study: study.to_owned(),
        begun_at: now,
        begun_by: permit.person().as_str().to_owned(),
        why: why.clone(),
    };
    let txn = store.begin()?;
    txn.suspend_study(&begun)?;
    let event = acting.event("study.suspended", study, now);
    Ok(txn.commit(&event.with("why", why))?)
}

/// Lets a study go on.
pub fn resume_study(
    store: &mut Store,
    permit: &Permit<act::StudySuspend>,
    acting: &Acting,
    why: &str,
    now: Timestamp,
) -> Result<(), SuspensionError> {
    let why = typed(why).ok_or(SuspensionError::Why)?;
    let study = study(permit)?;
    if store.suspension(study)?.is_none() {
        return Err(SuspensionError::NotSuspended);
    }
    let txn = store.begin()?;
    txn.end_suspension(study, permit.person().as_str(), &why, now)?;
    let event = acting.event("study.resumed", study, now);
    Ok(txn.commit(&event.with("why", why))?)
}
