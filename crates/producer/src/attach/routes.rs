//! By which route each source key was answered: for comparing a link with a known truth.

use std::path::Path;

use super::answers::Answers;
use super::{AttachError, open};
use crate::Producer;
use crate::map;

/// The status of the answer to every reference of every source key, as the map has them. Nothing is attached or
/// destroyed. Only who has both the map and the answer can ask, which is the producer, and only before it attaches.
pub fn routes(
    producer: &Producer<'_>,
    answer: &Path,
) -> Result<Vec<(String, &'static str)>, AttachError> {
    let answered = open(producer, answer)?;
    let answers = Answers::read(&answered.opened)?;
    let file = map::path(producer.dir, &answered.request.package_id);
    let mut routes = Vec::new();
    map::read(&file, producer.keys, &mut |row| {
        if let Some(answer) = answers.get(&row.row_ref) {
            routes.push((row.key.to_owned(), answer.status));
        }
    })?;
    Ok(routes)
}
