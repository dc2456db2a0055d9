//! Listening: connections in, and an end that loses nothing.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::routing::get;
use jiff::SignedDuration;
use renketsu_authority::fee::Monotonic;
use renketsu_authority::party::{Authority, RoleError};
use renketsu_seal::key_token::KeyToken;
use renketsu_seal::trust::TrustError;
use renketsu_seal::{PartyKeys, Trust, durable};
use renketsu_site::{self as site, Seats, SiteError, Stop};
use renketsu_store::{Event, ReadClock, Store, StoreError};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::connections::{Door, Listener, OPERATORS};
use crate::desk::{Clock, Desk};
use crate::limits::Limits;
use crate::places::Strangers;
use crate::problem::Words;
use crate::routes::{Served, blocking, router};
use crate::spool::Spool;
use crate::tls;
use crate::worker::{Worker, clear_inbox};

/// What the service is told.
#[derive(Debug)]
pub struct Settings {
    /// The authority's directory.
    pub dir: PathBuf,
    /// Where producers connect.
    pub listen: SocketAddr,
    /// Where operators ask; a loopback address.
    pub operator: SocketAddr,
    /// Bounds.
    pub limits: Limits,
    /// How long answers may be opened, and are kept.
    pub valid_for: SignedDuration,
    /// Titles of problems.
    pub words: Words,
    /// The key token of the authority's secrets, if one is in use.
    pub token: Option<KeyToken>,
    /// What is read of the clock for every event.
    pub read_clock: ReadClock,
}

/// The addresses that were really taken: a port of 0 is any that is free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listening {
    /// Where producers connect.
    pub service: SocketAddr,
    /// Where operators ask.
    pub operator: SocketAddr,
}

/// Why the service does not run.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The operators' address is open to a network.
    #[error("`{address}` is no loopback address")]
    Operator {
        /// The address.
        address: SocketAddr,
    },
    /// Another one serves this directory.
    #[error("`{dir}` is served by another process")]
    Twice {
        /// The directory.
        dir: PathBuf,
    },
    /// The directory is a resolver's alone.
    #[error("`{dir}` has the keys of the resolver alone")]
    Custodian {
        /// The directory.
        dir: PathBuf,
    },
    /// An address cannot be listened on.
    #[error("`{address}` cannot be listened on")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The directory of the service cannot be used.
    #[error("`{dir}` cannot be used")]
    Io {
        /// The directory.
        dir: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// TLS cannot be set up with the site's certificate.
    #[error("TLS cannot be set up")]
    Tls(#[source] rustls::Error),
    /// The keys are no authority's.
    #[error(transparent)]
    Role(#[from] RoleError),
    /// The site has no root, or one that cannot be used.
    #[error(transparent)]
    Site(#[from] SiteError),
    /// The trusted cards cannot be read.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The state cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ServeError {
    /// Codes of this enum with the names of their details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("service.serve.operator", &["address"]),
        ("service.serve.twice", &["dir"]),
        ("service.serve.custodian", &["dir"]),
        ("service.serve.listen", &["address"]),
        ("service.serve.io", &["dir"]),
        ("service.serve.tls", &[]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Operator { .. } => "service.serve.operator",
            Self::Twice { .. } => "service.serve.twice",
            Self::Custodian { .. } => "service.serve.custodian",
            Self::Listen { .. } => "service.serve.listen",
            Self::Io { .. } => "service.serve.io",
            Self::Tls(_) => "service.serve.tls",
            Self::Role(error) => error.code(),
            Self::Site(error) => error.code(),
            Self::Trust(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }

    /// Named values for the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Operator { address } | Self::Listen { address, .. } => {
                vec![("address", address.to_string())]
            }
            Self::Twice { dir } | Self::Custodian { dir } | Self::Io { dir, .. } => {
                vec![("dir", dir.display().to_string())]
            }
            Self::Tls(_) => Vec::new(),
            Self::Role(error) => error.details(),
            Self::Site(error) => error.details(),
            Self::Trust(error) => error.details(),
            Self::Store(error) => error.details(),
        }
    }

    /// The exit code of a command that ends with this error.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Operator { .. } => 2,
            Self::Twice { .. } | Self::Custodian { .. } => 1,
            Self::Listen { .. } | Self::Io { .. } | Self::Tls(_) => 3,
            Self::Role(error) => error.exit(),
            Self::Site(error) => error.exit(),
            Self::Trust(error) => error.exit(),
            Self::Store(error) => error.exit(),
        }
    }
}

/// Serves until it is stopped. `ready` hears the addresses once connections are taken.
pub fn serve(
    settings: Settings,
    keys: PartyKeys,
    clock: &Clock,
    stop: Stop,
    ready: impl FnOnce(Listening),
) -> Result<(), ServeError> {
    let io = |source| ServeError::Io {
        dir: settings.dir.clone(),
        source,
    };
    if !settings.operator.ip().is_loopback() {
        return Err(ServeError::Operator {
            address: settings.operator,
        });
    }
    // Refuses another party's directory, and a state that somebody else changed, before anything is made in it.
    let store = Store::open_proven(&settings.dir, &keys.proof())?.with_clock(settings.read_clock);
    store.not_halted()?;
    let read = || clock.reading();
    let trust = Trust::open(store.trusted()?.as_deref(), &keys)?;
    let meter = Monotonic::new(&read);
    let authority = Authority::new(&settings.dir, &keys, &trust, clock.now(), meter)?;
    if authority.resolves_only() {
        return Err(ServeError::Custodian { dir: settings.dir });
    }
    let leaf = site::leaf(&settings.dir, &keys, clock.now())?;
    let Some(_lock) = durable::try_lock(&site::root(&settings.dir)).map_err(io)? else {
        return Err(ServeError::Twice { dir: settings.dir });
    };
    let spool = Spool::open(&settings.dir, clock.now()).map_err(io)?;
    let tls = tls::server(store.another()?, &leaf, clock).map_err(ServeError::Tls)?;
    let name = keys.card().name.clone();
    let desk = Arc::new(Desk::new(
        settings.dir.clone(),
        Arc::new(keys),
        store,
        spool,
        settings.limits,
        clock.clone(),
    ));
    clear_inbox(&desk).map_err(io)?;
    let worker = Worker::new(Arc::clone(&desk), settings.valid_for, settings.token)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(io)?;
    let served = Served {
        desk,
        words: Arc::new(settings.words),
    };
    let note = |action| -> Result<(), StoreError> {
        let mut store = served.desk.store();
        store
            .begin()?
            .commit(&Event::new(action, &name, clock.now()))
    };
    let grace = settings.limits.grace;
    let ended = runtime.block_on(async {
        let service = bind(settings.listen).await?;
        let operator = bind(settings.operator).await?;
        note("service.started")?;
        ready(Listening {
            service: service.local_addr().map_err(io)?,
            operator: operator.local_addr().map_err(io)?,
        });
        let acceptor = TlsAcceptor::from(Arc::new(tls));
        run(&served, worker, acceptor, [service, operator], stop)
            .await
            .map_err(io)
    });
    // An answer that takes longer than the grace is left as it is: its request stays accepted.
    runtime.shutdown_timeout(grace);
    ended?;
    Ok(note("service.stopped")?)
}

async fn bind(address: SocketAddr) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address)
        .await
        .map_err(|source| ServeError::Listen { address, source })
}

async fn run(
    served: &Served,
    worker: Worker,
    acceptor: TlsAcceptor,
    [service, operator]: [TcpListener; 2],
    stop: Stop,
) -> io::Result<()> {
    let (tell, told) = watch::channel(false);
    let asked = stop.asked()?;
    let mut tasks = JoinSet::new();
    tasks.spawn(worker.run(told.clone()));
    let limits = &served.desk.limits;
    let producers = Listener {
        served: served.clone(),
        router: router(served.clone()),
        stop: told.clone(),
        door: Door::Producers {
            tls: acceptor,
            strangers: Strangers::new(limits.handshakes),
            seats: Seats::new(limits.connections, limits.connections_per_producer),
        },
    };
    let operators = Listener {
        router: operators(Arc::clone(&served.desk)),
        door: Door::Operators(Arc::new(Semaphore::new(OPERATORS))),
        served: served.clone(),
        stop: told,
    };
    tasks.spawn(producers.listen(service));
    tasks.spawn(operators.listen(operator));
    asked.await;
    let _all_gone = tell.send(true);
    let ended = async { while tasks.join_next().await.is_some() {} };
    let _late = tokio::time::timeout(served.desk.limits.grace, ended).await;
    Ok(())
}

/// Health and counts.
fn operators(desk: Arc<Desk>) -> Router {
    Router::new()
        .route("/healthz", get(health))
        .route("/metrics", get(metrics))
        .with_state(desk)
}

fn text(status: StatusCode, body: String) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8"),
    );
    response
}

/// How many requests wait for their end, and how many of them for the authority.
async fn waiting(desk: &Arc<Desk>) -> Option<(usize, usize)> {
    let desk = Arc::clone(desk);
    let counted = move || {
        let waiting = desk.store().waiting_requests()?;
        let held = waiting.iter().filter(|request| request.hold.is_some());
        Ok((waiting.len(), held.count()))
    };
    blocking(counted).await.ok()
}

async fn health(State(desk): State<Arc<Desk>>) -> Result<Response<Body>, Infallible> {
    let well = desk.metrics.is_working() && waiting(&desk).await.is_some();
    Ok(if well {
        text(StatusCode::OK, "ok\n".to_owned())
    } else {
        text(StatusCode::SERVICE_UNAVAILABLE, "not well\n".to_owned())
    })
}

async fn metrics(State(desk): State<Arc<Desk>>) -> Result<Response<Body>, Infallible> {
    let (waiting, held) = waiting(&desk).await.unwrap_or_default();
    let body = desk.metrics.text(desk.spool.open_uploads(), waiting, held);
    Ok(text(StatusCode::OK, body))
}
