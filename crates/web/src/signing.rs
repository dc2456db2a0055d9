//! Signing the log while the server runs: at the start, then every hour, when somebody asks for it, and at the end.
//!
//! A head is signed only after every row and every file was read again (`Store::sign_log`), which takes the longer the older the
//! log is; so it isn't done at every heartbeat, and with a handle of its own, so that pages go on meanwhile.

use std::sync::atomic::{AtomicU64, Ordering};
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
pub(crate) struct Signing {
    last: Mutex<Option<Outcome>>,
    turn: Turn,
}

impl Signing {
    pub(crate) fn last(&self) -> Option<Outcome> {
        self.last
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn keep(&self, outcome: Outcome) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
    }
}

/// One at a time: all of the log is read for it. Whoever asks while it is done waits for the next one, and shares that with all who
/// wait.
#[derive(Debug, Default)]
struct Turn {
    lock: tokio::sync::Mutex<()>,
    begun: AtomicU64,
}

impl Turn {
    async fn take(&self, work: impl Future<Output = ()>) {
        let asked = self.begun.load(Ordering::SeqCst);
        let _turn = self.lock.lock().await;
        // What was begun after somebody asked has what they asked for in it.
        if self.begun.load(Ordering::SeqCst) > asked {
            return;
        }
        self.begun.fetch_add(1, Ordering::SeqCst);
        work.await;
    }
}

/// Signs the log as it stands. What stops it is kept for the pages and recorded: a log that can't be signed may be one that
/// somebody rewrote.
pub(crate) async fn sign(office: &Arc<Office>) {
    office.signing.turn.take(sign_now(office)).await;
}

async fn sign_now(office: &Arc<Office>) {
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
    let result = result.map_err(|error| Refusal::of_log(&error, &office.dir));
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

#[cfg(test)]
mod tests {
    use futures::future::join_all;
    use tokio::sync::Notify;

    use super::*;

    #[test]
    fn who_asks_meanwhile_waits_for_one_more_and_shares_it() {
        let (turn, first) = (Turn::default(), Notify::new());
        let running = AtomicU64::new(0);
        let done = AtomicU64::new(0);
        let work = async |waits: bool| {
            assert_eq!(running.fetch_add(1, Ordering::SeqCst), 0, "two at a time");
            if waits {
                first.notified().await;
            }
            done.fetch_add(1, Ordering::SeqCst);
            running.fetch_sub(1, Ordering::SeqCst);
        };
        let asks = (0..5).map(|number| turn.take(work(number == 0)));
        let all = async { tokio::join!(join_all(asks), async { first.notify_one() }) };
        let runtime = tokio::runtime::Builder::new_current_thread();
        { runtime }.build().unwrap().block_on(all);
        assert_eq!(done.load(Ordering::SeqCst), 2);
        // Whoever asks later has one of their own.
        let runtime = tokio::runtime::Builder::new_current_thread();
        { runtime }
            .build()
            .unwrap()
            .block_on(turn.take(work(false)));
        assert_eq!(done.load(Ordering::SeqCst), 3);
    }
}
