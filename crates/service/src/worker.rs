//! Accepted requests are answered one after another, by what answers them offline too.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use renketsu_authority::fee::Monotonic;
use renketsu_authority::issue::{self, Order};
use renketsu_authority::methods::Transport;
use renketsu_authority::party::Authority;
use renketsu_authority::secrets::Door;
use renketsu_seal::Trust;
use renketsu_seal::key_token::KeyToken;
use renketsu_store::{Event, HeldAnswer, RequestEnd, ServiceRequest, Store, StoreError};
use tokio::sync::watch;

use crate::desk::{Desk, TRANSPORT};
use crate::spool;

/// How long a request waits that the machine kept from its end.
const AGAIN: Duration = Duration::from_secs(20);

/// The worker has its own handle of the state: an answer that takes minutes holds up no other exchange.
pub(crate) struct Worker {
    desk: Arc<Desk>,
    store: Store,
    valid_for: SignedDuration,
    token: Option<KeyToken>,
}

/// Why a request stays accepted: the machine, not the request.
struct Held;

impl<E: std::error::Error> From<E> for Held {
    fn from(_: E) -> Self {
        Self
    }
}

impl Worker {
    pub(crate) fn new(
        desk: Arc<Desk>,
        valid_for: SignedDuration,
        token: Option<KeyToken>,
    ) -> Result<Self, StoreError> {
        let store = desk.store().another()?;
        Ok(Self {
            desk,
            store,
            valid_for,
            token,
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
                let held = self.work_off(&stopped).is_err();
                (self, held)
            })
            .await;
            let held;
            // A panic in an answer ends the worker; `/healthz` says so.
            let Ok(back) = outcome else { return };
            (self, held) = back;
            if held {
                desk.metrics.held();
            }
            let pause = tokio::time::sleep(AGAIN);
            tokio::select! {
                _ = stop.wait_for(|stopped| *stopped) => return,
                _ = bell.changed(), if !held => {}
                () = pause => {}
            }
        }
    }

    fn work_off(&mut self, stop: &watch::Receiver<bool>) -> Result<(), Held> {
        self.sweep()?;
        while !*stop.borrow() {
            let Some(request) = self.store.waiting_requests()?.into_iter().next() else {
                break;
            };
            let end = self.conclude(&request)?;
            self.record(&request, &end)?;
            // Whether the file goes now or at the next start, the request has its end.
            spool::remove(&self.desk.spool.inbox(&request.sha256)).ok();
            self.desk.metrics.ended(&end);
            self.desk.ring();
        }
        Ok(())
    }

    /// The end of a request: what stands on record of it, or the answer that is made now.
    fn conclude(&mut self, request: &ServiceRequest) -> Result<RequestEnd, Held> {
        let out = self.desk.spool.outbox(&request.sha256);
        let now = self.desk.clock.now();
        let expires = now
            .checked_add(self.valid_for)
            .unwrap_or(jiff::Timestamp::MAX);
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
            Err(error) if error.exit() == 3 => Err(Held),
            Err(error) => Ok(RequestEnd::Refused(error.code().to_owned())),
        }
    }

    fn record(&mut self, request: &ServiceRequest, end: &RequestEnd) -> Result<(), Held> {
        let now = self.desk.clock.now();
        let event = |action| {
            Event::new(action, &request.provision, now)
                .with("request", request.package.as_str())
                .with("request_sha256", request.sha256.as_str())
                .with("sender", request.sender.as_str())
                .with("transport", TRANSPORT)
        };
        let event = match end {
            RequestEnd::Answered(answer) => event("service.answered")
                .with("answer", answer.package.as_str())
                .with("answer_sha256", answer.sha256.as_str()),
            RequestEnd::Refused(code) => event("service.refused").with("code", code.as_str()),
        };
        let transaction = self.store.begin()?;
        transaction.end_request(&request.sha256, end, now)?;
        Ok(transaction.commit(&event)?)
    }

    /// Removes answers that have expired, and files that belong to nothing any more.
    fn sweep(&mut self) -> Result<(), Held> {
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

fn answered(
    out: &Path,
    package: String,
    sha256: String,
    expires_at: jiff::Timestamp,
) -> Result<RequestEnd, Held> {
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
