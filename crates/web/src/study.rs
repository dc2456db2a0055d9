//! A study as the policies see it.

use jiff::Timestamp;
use renketsu_access::{Object, Study, StudyId, StudyState};
use renketsu_store::{Store, StoreError};

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
