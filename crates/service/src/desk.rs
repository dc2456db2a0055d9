//! What a sender may ask: begin an upload, have it accepted, look at a request, take its answer. No HTTP here.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use renketsu_duty::meter::Reading;
use renketsu_seal::package::{PackageKind, Sealed};
use renketsu_seal::{Fingerprint, PartyKeys, Role, Trust};
use renketsu_store::{Event, HeldAnswer, RequestEnd, ServiceRequest, Store};
use tokio::sync::watch;

use crate::limits::Limits;
use crate::metrics::Metrics;
use crate::problem::{Fault, Problem};
use crate::spool::{Sha256Hex, Spool, Upload};

/// The transport that events name (規則27条: the method of sending), with the version of its interface.
pub(crate) const TRANSPORT: &str = "https/v1";

/// The clocks of the binary.
#[derive(Clone)]
pub struct Clock {
    wall: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    meter: Arc<dyn Fn() -> Reading + Send + Sync>,
}

impl Clock {
    /// What the clock on the wall shows, and that of the meter, which nobody can set.
    pub fn new(
        wall: impl Fn() -> Timestamp + Send + Sync + 'static,
        meter: impl Fn() -> Reading + Send + Sync + 'static,
    ) -> Self {
        Self {
            wall: Arc::new(wall),
            meter: Arc::new(meter),
        }
    }

    /// The time of day.
    pub fn now(&self) -> Timestamp {
        (self.wall)()
    }

    pub(crate) fn reading(&self) -> Reading {
        (self.meter)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Clock")
    }
}

/// A producer whose certificate was shown on this connection and whose card is trusted at this moment.
#[derive(Clone, Debug)]
pub(crate) struct Sender {
    pub(crate) fingerprint: Fingerprint,
}

impl Sender {
    pub(crate) fn hex(&self) -> String {
        self.fingerprint.to_hex()
    }
}

/// The authority's side of every exchange.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) dir: PathBuf,
    pub(crate) keys: Arc<PartyKeys>,
    pub(crate) spool: Spool,
    pub(crate) limits: Limits,
    pub(crate) clock: Clock,
    pub(crate) metrics: Metrics,
    store: Mutex<Store>,
    /// Counts what has changed about requests: the worker wakes by it, and whoever waits for an end.
    pub(crate) bell: watch::Sender<u64>,
}

impl Desk {
    pub(crate) fn new(
        dir: PathBuf,
        keys: Arc<PartyKeys>,
        store: Store,
        spool: Spool,
        limits: Limits,
        clock: Clock,
    ) -> Self {
        Self {
            dir,
            keys,
            spool,
            limits,
            clock,
            metrics: Metrics::default(),
            store: Mutex::new(store),
            bell: watch::Sender::new(0),
        }
    }

    pub(crate) fn store(&self) -> MutexGuard<'_, Store> {
        // A transaction that a panic cut off was rolled back when it was dropped.
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn ring(&self) {
        self.bell
            .send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Whom the authority trusts at this moment.
    fn trust(&self, store: &Store) -> Result<Trust, Problem> {
        store.check_table("trusted")?;
        Trust::open(store.trusted()?.as_deref(), &self.keys)
            .map_err(|_| Problem::from(Fault::Storage))
    }

    /// Who shows the certificate with this digest: only an enrolled one of a producer that is still trusted.
    pub(crate) fn sender(&self, certificate: &str) -> Result<Sender, Problem> {
        let (enrolled, trust) = {
            let store = self.store();
            store.check_table("service_certificates")?;
            (store.certificate(certificate)?, self.trust(&store)?)
        };
        let producer = enrolled
            .filter(|enrolled| enrolled.revoked_at.is_none())
            .and_then(|enrolled| Fingerprint::parse(&enrolled.producer).ok())
            .ok_or(Fault::Sender)?;
        trust
            .by_fingerprint(&producer)
            .filter(|card| card.role == Role::Producer)
            .map(|_| Sender {
                fingerprint: producer,
            })
            .ok_or_else(|| Fault::Sender.into())
    }

    /// A request of this sender, if its bytes were accepted before; else the upload for them, and whether it is new. What other
    /// senders have is not looked at.
    pub(crate) fn begin(
        &self,
        sender: &Sender,
        sha256: &Sha256Hex,
        length: u64,
    ) -> Result<Begun, Problem> {
        let hex = sender.hex();
        let waiting = {
            let store = self.store();
            if let Some(known) = store.service_request_of(&hex, sha256.as_str())? {
                return Ok(Begun::Known(Box::new(known)));
            }
            let (requests, bytes) = store.waiting_of(&hex)?;
            if requests >= self.limits.requests_per_producer {
                return Err(Fault::Quota.into());
            }
            bytes
        };
        let now = self.clock.now();
        self.spool.drop_stale(&self.limits, now)?;
        let (upload, new) = self
            .spool
            .begin(&hex, sha256, length, waiting, &self.limits, now)?;
        Ok(Begun::Upload { upload, new })
    }

    pub(crate) fn upload(&self, sender: &Sender, id: &str) -> Result<Arc<Upload>, Problem> {
        self.spool.find(id, &sender.hex())
    }

    /// Keeps bytes of an upload, if its sender may have as many more.
    pub(crate) fn write(&self, upload: &Upload, offset: u64, bytes: &[u8]) -> Result<u64, Problem> {
        let (_, waiting) = self.store().waiting_of(upload.sender())?;
        let there = self.spool.received(upload.sender()).saturating_add(waiting);
        if there.saturating_add(bytes.len() as u64) > self.limits.spool_per_producer {
            return Err(Fault::Quota.into());
        }
        upload.write(offset, bytes, self.clock.now())
    }

    /// Accepts a completed upload. When this returns a request, no kill and no loss of power loses it.
    pub(crate) fn accept(
        &self,
        sender: &Sender,
        upload: &Upload,
    ) -> Result<ServiceRequest, Problem> {
        let hex = sender.hex();
        let outcome = self.accept_checked(&hex, sender, upload);
        let hopeless = match &outcome {
            Ok(_) => true,
            Err(problem) => matches!(
                problem.fault,
                Fault::Digest | Fault::Package | Fault::Kind | Fault::OtherSender
            ),
        };
        if hopeless {
            // Left behind, it is dropped when it is stale.
            self.spool.drop_upload(upload).ok();
        }
        outcome
    }

    fn accept_checked(
        &self,
        hex: &str,
        sender: &Sender,
        upload: &Upload,
    ) -> Result<ServiceRequest, Problem> {
        if let Some(known) = self.store().service_request_of(hex, upload.sha256())? {
            return Ok(known);
        }
        upload.check()?;
        let now = self.clock.now();
        let trust = self.trust(&self.store())?;
        let refused = |error: renketsu_seal::package::OpenError| match error.exit() {
            3 => Problem::from(Fault::Storage),
            _ => Problem::because(Fault::Package, error.code()),
        };
        let authentic = Sealed::open(upload.part())
            .and_then(|sealed| sealed.authenticate(&self.keys, &trust, now))
            .map_err(refused)?;
        if authentic.header().kind != PackageKind::Request {
            return Err(Fault::Kind.into());
        }
        if authentic.sender().fingerprint() != sender.fingerprint {
            return Err(Fault::OtherSender.into());
        }
        let request = ServiceRequest {
            sha256: upload.sha256().to_owned(),
            sender: hex.to_owned(),
            package: authentic.package_id().to_string(),
            provision: authentic.header().provision.clone(),
            bytes: upload.length(),
            accepted_at: now,
            end: None,
            hold: None,
            ended_at: None,
            fetched_at: None,
        };
        self.keep(upload, &request)?;
        self.metrics.accepted(request.bytes);
        self.ring();
        Ok(request)
    }

    /// File, name, record: in this order.
    fn keep(&self, upload: &Upload, request: &ServiceRequest) -> Result<(), Problem> {
        let event = Event::new("service.accepted", &request.provision, request.accepted_at)
            .with("request", request.package.as_str())
            .with("request_sha256", request.sha256.as_str())
            .with("sender", request.sender.as_str())
            .with("transport", TRANSPORT);
        let inbox = self.spool.inbox(&request.sha256);
        let mut store = self.store();
        let transaction = store.begin()?;
        transaction.accept_request(request)?;
        // Under the write lock nobody else gives the file this name; one that is there was left by a kill.
        crate::spool::remove(&inbox)?;
        let named = std::fs::hard_link(upload.part(), &inbox)
            .and_then(|()| sync_parent(&inbox))
            .map_err(Problem::from)
            .and_then(|()| Ok(transaction.commit(&event)?));
        if named.is_err() {
            crate::spool::remove(&inbox).ok();
        }
        named
    }

    /// A request of this sender.
    pub(crate) fn request(&self, sender: &Sender, sha256: &str) -> Result<ServiceRequest, Problem> {
        let sha256 = Sha256Hex::parse(sha256).ok_or(Fault::Request)?;
        self.store()
            .service_request_of(&sender.hex(), sha256.as_str())?
            .ok_or_else(|| Fault::Request.into())
    }

    /// The file of the answer to a request of this sender, noted as fetched.
    pub(crate) fn answer(
        &self,
        sender: &Sender,
        sha256: &str,
    ) -> Result<(PathBuf, HeldAnswer), Problem> {
        let request = self.request(sender, sha256)?;
        let answer = match request.end {
            None => {
                return Err(match &request.hold {
                    Some(hold) => Problem::because(Fault::Waiting, &hold.code),
                    None => Fault::Waiting.into(),
                });
            }
            Some(RequestEnd::Refused(code)) => {
                return Err(Problem::because(Fault::Refused, &code));
            }
            Some(RequestEnd::Answered(answer)) => answer,
        };
        let now = self.clock.now();
        if answer.expires_at <= now {
            return Err(Fault::Gone.into());
        }
        if request.fetched_at.is_none() {
            let mut store = self.store();
            let transaction = store.begin()?;
            if transaction.fetch_answer(&request.sha256, now)? {
                let event = Event::new("service.fetched", &request.provision, now)
                    .with("request", request.package.as_str())
                    .with("answer", answer.package.as_str())
                    .with("answer_sha256", answer.sha256.as_str())
                    .with("transport", TRANSPORT);
                transaction.commit(&event)?;
            }
        }
        Ok((self.spool.outbox(&request.sha256), answer))
    }
}

/// What the beginning of an upload came to.
#[derive(Debug)]
pub(crate) enum Begun {
    /// The bytes are those of a request that was accepted before.
    Known(Box<ServiceRequest>),
    /// Bytes are to come.
    Upload { upload: Arc<Upload>, new: bool },
}

fn sync_parent(path: &std::path::Path) -> std::io::Result<()> {
    match path.parent() {
        Some(parent) => std::fs::File::open(parent)?.sync_all(),
        None => Ok(()),
    }
}
