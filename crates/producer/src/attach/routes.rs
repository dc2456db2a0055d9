//! By which route each source key was answered: for comparing a link with a known truth.

use std::path::Path;

use super::answers::Answers;
use super::{AttachError, open};
use crate::Producer;
use crate::map::{self, RowRef};

/// The status of the answer to every reference of every source key, in the order of the references. Nothing is attached
/// or destroyed, and all of it is held in memory. Only who has both the map and the answer can ask, which is the
/// producer, and only before it attaches.
pub fn routes(
    producer: &Producer<'_>,
    answer: &Path,
) -> Result<Vec<(String, &'static str)>, AttachError> {
    let answered = open(producer, answer, None)?;
    let file = map::path(producer.dir, &answered.request.package_id);
    let mut references: Vec<(RowRef, String)> = Vec::new();
    map::read::<AttachError>(&file, producer.keys, &mut |row| {
        references.push((row.row_ref, row.key.to_owned()));
        Ok(())
    })?;
    references.sort_unstable();
    let mut references = references.into_iter().peekable();
    let mut answers = Answers::open(&answered.opened)?;
    let mut routes = Vec::new();
    while let Some((row_ref, answer)) = answers.next()? {
        while references.next_if(|(found, _)| *found < row_ref).is_some() {}
        while let Some((_, key)) = references.next_if(|(found, _)| *found == row_ref) {
            routes.push((key, answer.status));
        }
    }
    Ok(routes)
}
