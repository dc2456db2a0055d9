//! Accepted requests are answered one after another, by what answers them offline too.

use std::path::Path;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use renketsu_authority::fee::Monotonic;
use renketsu_authority::issue::{self, Cure, Order};
use renketsu_authority::methods::Transport;
use renketsu_authority::party::{Authority, RoleError};
use renketsu_authority::secrets::Door;
use renketsu_seal::Trust;
use renketsu_seal::key_token::KeyToken;
use renketsu_seal::trust::TrustError;
use renketsu_store::{Event, HeldAnswer, RequestEnd, ServiceRequest, Store, StoreError};
use tokio::sync::watch;

use crate::desk::{Desk, TRANSPORT};
use crate::problem::{Fault, Problem};
use crate::spool;
use crate::turns::Turns;

/// After as many tries in a row that the machine spoiled, the operator is told.
const MACHINE: u32 = 8;

/// The worker has its own handle of the state: an answer that takes minutes holds up no other exchange.
pub(crate) struct Worker {
    desk: Arc<Desk>,
    store: Store,
    valid_for: SignedDuration,
    token: Option<KeyToken>,
    turns: Turns,
    /// The last event that was looked at.
    seen: u64,
}

/// Why a request stays accepted.
struct Kept {
    /// Whether the authority has to do something; else it may do by itself.
    authority: bool,
    code: &'static str,
}

impl Kept {
    fn machine(code: &'static str) -> Self {
        Self {
            authority: false,
            code,
        }
    }
}

impl From<std::io::Error> for Kept {
    fn from(error: std::io::Error) -> Self {
        Self::machine(Problem::from(error).fault.code())
    }
}

impl From<StoreError> for Kept {
    fn from(error: StoreError) -> Self {
        Self::machine(error.code())
    }
}

impl From<TrustError> for Kept {
    fn from(error: TrustError) -> Self {
        Self::machine(error.code())
    }
}

impl From<RoleError> for Kept {
    fn from(error: RoleError) -> Self {
        Self {
            authority: true,
            code: error.code(),
        }
    }
}

/// What the worker itself, and whoever sends and fetches, put on record: it cures nothing.
fn is_routine(action: &str) -> bool {
    action.starts_with("service.")
        || matches!(
            action,
            "fee.notified" | "key.used" | "provision.issued" | "provision.stopped"
        )
}

impl Worker {
    pub(crate) fn new(
        desk: Arc<Desk>,
        valid_for: SignedDuration,
        token: Option<KeyToken>,
    ) -> Result<Self, StoreError> {
        let store = desk.store().another()?;
        Ok(Self {
            seen: store.last_event()?,
            desk,
            store,
            valid_for,
            token,
            turns: Turns::default(),
        })
    }

    /// Works until `stop` says so; the answer that is being made is finished.
    pub(crate) async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let desk = Arc::clone(&self.desk);
        let _alive = desk.metrics.worker();
        let mut bell = desk.bell.subscribe();
        loop {
            let stopped = stop.clone();
            let outcome = tokio::task::spawn_blocking(move || {
                // Where the state can't be read, the next look is the next try.
                let idle = self.work_off(&stopped).is_ok();
                (self, idle)
            })
            .await;
            let idle;
            // A panic in an answer ends the worker; `/healthz` says so.
            let Ok(back) = outcome else { return };
            (self, idle) = back;
            let pause = tokio::time::sleep(desk.limits.look);
            tokio::select! {
                _ = stop.wait_for(|stopped| *stopped) => return,
                _ = bell.changed(), if idle => {}
                () = pause => {}
            }
        }
    }

    /// Does whatever is due. What keeps one request from its end is no reason to leave another.
    fn work_off(&mut self, stop: &watch::Receiver<bool>) -> Result<(), StoreError> {
        // What can't be removed now can be at the next look.
        if self.sweep().is_err() {
            self.desk.metrics.held();
        }
        self.look_around()?;
        while !*stop.borrow() {
            let now = self.desk.clock.now();
            let waiting = self.store.waiting_requests()?;
            let Some(request) = self.turns.next(&waiting, now) else {
                break;
            };
            let ended = self
                .conclude(request)
                .and_then(|end| self.record(request, &end).map(|()| end));
            match ended {
                Ok(end) => {
                    self.turns.ended(&request.sha256);
                    // Whether the file goes now or at the next start, the request has its end.
                    spool::remove(&self.desk.spool.inbox(&request.sha256)).ok();
                    self.desk.metrics.ended(&end);
                }
                Err(kept) => self.keep(request, &kept),
            }
            self.desk.ring();
        }
        Ok(())
    }

    /// Whether the authority did something since the last look that could cure what keeps requests.
    fn look_around(&mut self) -> Result<(), StoreError> {
        let done = self.store.actions_after(self.seen)?;
        if let Some((last, _)) = done.last() {
            self.seen = *last;
        }
        if done.iter().any(|(_, action)| !is_routine(action)) {
            let waiting = self.store.waiting_requests()?;
            self.turns.stir(&waiting, self.desk.clock.now());
        }
        Ok(())
    }

    /// Gives a request another turn later, and says what it waits for.
    fn keep(&mut self, request: &ServiceRequest, kept: &Kept) {
        let now = self.desk.clock.now();
        let tries = self.turns.failed(request, now);
        self.desk.metrics.held();
        let said = request.hold.as_ref().map(|hold| hold.code.as_str());
        let tell = kept.authority || tries >= MACHINE;
        if !tell || said == Some(kept.code) {
            return;
        }
        // Where this can't be recorded either, the next try says it.
        let mut held = || -> Result<(), StoreError> {
            let event = event("service.held", request, now).with("code", kept.code);
            let transaction = self.store.begin()?;
            transaction.hold_request(&request.sha256, kept.code, now)?;
            transaction.commit(&event)
        };
        let _later = held();
    }

    /// The end of a request: what stands on record of it, or the answer that is made now.
    fn conclude(&mut self, request: &ServiceRequest) -> Result<RequestEnd, Kept> {
        let out = self.desk.spool.outbox(&request.sha256);
        let now = self.desk.clock.now();
        let expires = now.checked_add(self.valid_for).unwrap_or(Timestamp::MAX);
        if let Some(issued) = self.store.issue_of(&request.sha256)? {
            // Recorded, and the row not yet ended: by us before a kill, or from a file by the operator.
            let ours = spool::digest(&out)?.as_deref() == Some(issued.answer_sha256.as_str());
            if !ours {
                return Ok(RequestEnd::Refused("authority.issue.replayed".to_owned()));
            }
            return answered(&out, issued.answer, issued.answer_sha256, expires);
        }
        // An answer that no record names was cut off: nobody ever had it.
        spool::remove(&out)?;
        // What it will be answered from is what the authority put there, or nothing is answered.
        self.store.check()?;
        let trust = Trust::open(self.store.trusted()?.as_deref(), &self.desk.keys)?;
        let read = || self.desk.clock.reading();
        let meter = Monotonic::new(&read);
        let door = self.token.as_ref().map(Door::Open);
        let mut authority = Authority::new(&self.desk.dir, &self.desk.keys, &trust, now, meter)?;
        if let Some(door) = &door {
            authority = authority.with_door(door);
        }
        let order = Order {
            request: self.desk.spool.inbox(&request.sha256),
            out: out.clone(),
            expires,
            transport: Transport::Https,
            accept: Vec::new(),
        };
        match issue::issue_into_outbox(&authority, &mut self.store, &order, &mut |_| ()) {
            Ok(made) => answered(&out, made.answer.package, made.answer.sha256, expires),
            Err(error) => match error.cure() {
                Cure::Machine => Err(Kept::machine(error.code())),
                Cure::Authority => Err(Kept {
                    authority: true,
                    code: error.code(),
                }),
                Cure::Sender => {
                    // Of bytes that are not the sender's any more, the sender is not to blame.
                    let kept = spool::digest(&order.request)?;
                    if kept.as_deref() == Some(request.sha256.as_str()) {
                        Ok(RequestEnd::Refused(error.code().to_owned()))
                    } else {
                        Err(Kept::machine(Fault::Storage.code()))
                    }
                }
            },
        }
    }

    fn record(&mut self, request: &ServiceRequest, end: &RequestEnd) -> Result<(), Kept> {
        let now = self.desk.clock.now();
        let event = match end {
            RequestEnd::Answered(answer) => event("service.answered", request, now)
                .with("answer", answer.package.as_str())
                .with("answer_sha256", answer.sha256.as_str()),
            RequestEnd::Refused(code) => {
                event("service.refused", request, now).with("code", code.as_str())
            }
        };
        let transaction = self.store.begin()?;
        transaction.end_request(&request.sha256, end, now)?;
        Ok(transaction.commit(&event)?)
    }

    /// Removes answers that have expired, and files that belong to nothing any more.
    fn sweep(&mut self) -> Result<(), Kept> {
        let now = self.desk.clock.now();
        self.desk.spool.drop_stale(&self.desk.limits, now)?;
        for request in self.store.answered_requests()? {
            let path = self.desk.spool.outbox(&request.sha256);
            let expired = matches!(
                &request.end,
                Some(RequestEnd::Answered(answer)) if answer.expires_at <= now
            );
            if expired && path.exists() {
                spool::remove(&path)?;
                let event = Event::new("service.expired", &request.provision, now)
                    .with("request", request.package.as_str());
                self.store.begin()?.commit(&event)?;
            }
        }
        Ok(())
    }
}

fn event(action: &str, request: &ServiceRequest, now: Timestamp) -> Event {
    Event::new(action, &request.provision, now)
        .with("request", request.package.as_str())
        .with("request_sha256", request.sha256.as_str())
        .with("sender", request.sender.as_str())
        .with("transport", TRANSPORT)
}

fn answered(
    out: &Path,
    package: String,
    sha256: String,
    expires_at: Timestamp,
) -> Result<RequestEnd, Kept> {
    Ok(RequestEnd::Answered(HeldAnswer {
        package,
        sha256,
        bytes: out.metadata()?.len(),
        expires_at,
    }))
}

/// Files of the inbox that no request names: a kill came before their acceptance, or after their end.
pub(crate) fn clear_inbox(desk: &Desk) -> std::io::Result<()> {
    let waiting = desk
        .store()
        .waiting_requests()
        .map_err(std::io::Error::other)?;
    for name in desk.spool.in_inbox()? {
        if !waiting.iter().any(|request| request.sha256 == name) {
            spool::remove(&desk.spool.inbox(&name))?;
        }
    }
    Ok(())
}
