//! Signing the log while the server runs: at the start, then every hour, when somebody asks for it, and at the end.
//!
//! A head is signed only after every row and every file was read again (`Store::sign_log`), which takes the longer the older the
//! log is; so it isn't done at every heartbeat, and with a handle of its own, so that pages go on meanwhile.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use renketsu_store::{Event, LogError, Store};
use tokio::sync::watch;

use crate::office::Office;
use crate::port::Refusal;

/// How often a head is signed: what is younger than the last one has no proof of its place yet.
const EVERY: Duration = Duration::from_hours(1);

/// How signing went the last time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) at: Timestamp,
    /// How many entries the head covers, or what stopped it.
    pub(crate) result: Result<u64, Refusal>,
}

/// How signing went; empty before the first time.
#[derive(Debug, Default)]
pub(crate) struct Signing(Mutex<Option<Outcome>>);

impl Signing {
    pub(crate) fn last(&self) -> Option<Outcome> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn keep(&self, outcome: Outcome) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
    }
}

/// Signs the log as it stands. What stops it is kept for the pages and recorded: a log that can't be signed may be one that
/// somebody rewrote.
pub(crate) async fn sign(office: &Arc<Office>) {
    let at = Arc::clone(office);
    let Ok(result) = tokio::task::spawn_blocking(move || signed(&at)).await else {
        // The runtime is ending.
        return;
    };
    let at = office.now();
    if let Err(error) = &result {
        let event = Event::new("log.unsigned", "log", at).with("code", error.code());
        // A state that can't be written is seen by the pages, which then show nothing.
        let _unwritten = office
            .with(move |store| Ok(store.begin()?.commit(&event)?))
            .await;
    }
    let result = result.map_err(|error| Refusal::of_log(&error));
    office.signing.keep(Outcome { at, result });
}

fn signed(office: &Office) -> Result<u64, LogError> {
    // Opened anew, so that every row is held against the proof again.
    let store = Store::open_proven(&office.dir, &office.proof)?;
    Ok(store.sign_log(&office.dir, &office.keys)?.head.head.size)
}

/// Signs now and from time to time, until the server ends.
pub(crate) async fn keep(office: Arc<Office>, mut stop: watch::Receiver<bool>) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = stop.wait_for(|stopped| *stopped) => return,
        }
        sign(&office).await;
    }
}
