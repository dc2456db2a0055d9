//! A study as the policies see it.

use jiff::Timestamp;
use renketsu_access::{Object, Study, StudyId, StudyState};
use renketsu_store::{Store, StoreError};

use crate::fault::Fault;

/// The study of a session, or the office.
pub(crate) fn object(
    store: &Store,
    study: Option<&str>,
    _now: Timestamp,
) -> Result<Object, StoreError> {
    let Some(study) = study else {
        return Ok(Object::Office);
    };
    let state = if store.link(study)?.is_some() {
        StudyState::InUse
    } else {
        StudyState::Preparing
    };
    Ok(Object::Study(Study {
        id: StudyId::new(study),
        state,
    }))
}

/// A study by its name, for what the office does to it.
pub(crate) fn named(store: &Store, study: &str, now: Timestamp) -> Result<Study, Fault> {
    store.study(study)?.ok_or(Fault::NotFound)?;
    match object(store, Some(study), now)? {
        Object::Study(study) => Ok(study),
        Object::Office
        | Object::Person { .. }
        | Object::Proposal { .. }
        | Object::Question { .. }
        | Object::Terminal { .. } => Err(Fault::Broken),
    }
}
