//! What an operator does about requests that wait.

use jiff::Timestamp;
use renketsu_store::{Event, Store, StoreError};

/// Has requests that wait for the authority tried again: one by its SHA-256, or all. Says how many; one that doesn't wait is
/// [`StoreError::Missing`]. A running service does it at its next look, another one at its start.
pub fn try_again(
    store: &mut Store,
    request: Option<&str>,
    now: Timestamp,
) -> Result<usize, StoreError> {
    let held = store
        .waiting_requests()?
        .into_iter()
        .filter(|waiting| waiting.hold.is_some());
    let asked: Vec<_> = held
        .filter(|held| request.is_none_or(|sha256| held.sha256 == sha256))
        .collect();
    if let (true, Some(sha256)) = (asked.is_empty(), request) {
        return Err(StoreError::Missing {
            what: "request",
            name: sha256.to_owned(),
        });
    }
    for held in &asked {
        let event = Event::new("service.retried", &held.provision, now)
            .with("request", held.package.as_str())
            .with("request_sha256", held.sha256.as_str());
        let transaction = store.begin()?;
        transaction.ask_again(&held.sha256)?;
        transaction.commit(&event)?;
    }
    Ok(asked.len())
}
