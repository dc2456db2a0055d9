//! A study as the policies see it.

use std::sync::Arc;

use jiff::Timestamp;
use renketsu_access::{Object, Study, StudyId, StudyState};
use renketsu_store::{Store, StoreError};

use crate::fault::Fault;
use crate::office::Office;
use crate::visit::Visit;

/// The study of a session, or the office. A terminal may be bound to a study before that is there.
pub(crate) fn object(
    store: &Store,
    study: Option<&str>,
    _now: Timestamp,
) -> Result<Object, StoreError> {
    let Some(study) = study else {
        return Ok(Object::Office);
    };
    // A study that is recorded takes packages, is linked and asked. That it has ended isn't recorded yet.
    let state = if store.study(study)?.is_none() {
        StudyState::Preparing
    } else if store.suspension(study)?.is_some() {
        StudyState::Suspended
    } else {
        StudyState::InUse
    };
    Ok(Object::Study(Study {
        id: StudyId::new(study),
        state,
    }))
}

/// The longest name of a study, and of anything that could be one.
const NAME: usize = 64;

/// The study of an address. In the session of another study it is judged as that other study, whether it exists or not, so that
/// asking tells nothing; the refusal is in the record.
pub(crate) async fn of_address(
    office: &Arc<Office>,
    visit: &Visit,
    study: &str,
) -> Result<Object, Fault> {
    let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if study.len() > NAME || !study.chars().all(inner) {
        return Err(Fault::NotFound);
    }
    let own = visit.sitting.study.as_deref();
    if own == Some(study) {
        return Ok(visit.on.clone());
    }
    if own.is_some() {
        return Ok(Object::Study(Study {
            id: StudyId::new(study),
            state: StudyState::Preparing,
        }));
    }
    let (study, now) = (study.to_owned(), office.now());
    office
        .with(move |store| {
            store.study(&study)?.ok_or(Fault::NotFound)?;
            Ok(object(store, Some(&study), now)?)
        })
        .await
}

/// What somebody asked themselves in a study, as the policies see it.
pub(crate) fn own_questions(visit: &Visit, on: &Object) -> Option<Object> {
    Some(Object::Question {
        study: on.study()?.clone(),
        owner: visit.principal.person.clone(),
    })
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
