//! A study as the policies see it.

use jiff::Timestamp;
use renketsu_access::{Object, Study, StudyId, StudyState};
use renketsu_store::{Store, StoreError};

/// The study of a session, or the office. A terminal may be bound to a study before that is there.
pub(crate) fn object(
    store: &Store,
    study: Option<&str>,
    _now: Timestamp,
) -> Result<Object, StoreError> {
    let Some(study) = study else {
        return Ok(Object::Office);
    };
    // A study that is recorded takes packages, is linked and asked. That it is stopped or has ended isn't recorded yet.
    let state = if store.study(study)?.is_some() {
        StudyState::InUse
    } else {
        StudyState::Preparing
    };
    Ok(Object::Study(Study {
        id: StudyId::new(study),
        state,
    }))
}
