//! Listening: connections in, and an end that loses nothing.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use renketsu_access::session::Idle;
use renketsu_access::{LoadError, Policies};
use renketsu_seal::sign_in::{OneTimeCode, PasswordCost};
use renketsu_seal::vault::VaultKey;
use renketsu_seal::{PartyKeys, durable};
use renketsu_site::{self as site, SiteError, Stop};
use renketsu_store::{Event, ReadClock, Store, StoreError};
use renketsu_workspace::accounts::{self, AccountError};
use renketsu_workspace::intake;
use renketsu_workspace::scan::Scanner;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use webauthn_rs::WebauthnBuilder;
use webauthn_rs::prelude::Url;

use crate::address::is_isolated;
use crate::connections;
use crate::door::Door;
use crate::office::{Clock, Office, Parts};
use crate::port::Engine;
use crate::routes::router;
use crate::signing;
use crate::volumes;
use crate::words::Words;

/// HTTP/1.1 only: there is one way to read a request, and its time limits are plain.
const ALPN: &[u8] = b"http/1.1";
/// What is running may end.
const GRACE: Duration = Duration::from_secs(10);
/// How often the record says that the program runs.
const HEARTBEAT: Duration = Duration::from_mins(1);
/// How long the state is waited for, if another process holds it.
const PATIENCE: Duration = Duration::from_secs(2);

/// What the server is told.
#[derive(Debug)]
pub struct Settings {
    /// The workspace's directory.
    pub dir: PathBuf,
    /// Where browsers connect; an address of an isolated segment.
    pub listen: SocketAddr,
    /// The vault of the studies, if there is one.
    pub vault: Option<VaultKey>,
    /// The engine.
    pub engine: Arc<dyn Engine>,
    /// The words of the pages.
    pub words: Arc<dyn Words>,
    /// What is read of the clock for every event.
    pub read_clock: ReadClock,
    /// The price of guessing a password.
    pub cost: PasswordCost,
    /// What a session may leave undone before it locks itself: 1 to 15 minutes.
    pub idle: Idle,
    /// What looks for viruses, if anything does.
    pub scanner: Option<Scanner>,
    /// Whether everything here is synthetic: pages say so.
    pub demo: bool,
}

/// Where the server is.
#[derive(Debug)]
pub struct Listening {
    /// `https://HOST:PORT`.
    pub origin: String,
    /// The address that was really taken: a port of 0 is any that is free.
    pub address: SocketAddr,
    /// The code of the first account, while nobody has one.
    pub founding: Option<OneTimeCode>,
}

/// Why the server does not run.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address is reached from elsewhere than an isolated segment.
    #[error("`{address}` belongs to no isolated segment")]
    Open {
        /// The address.
        address: SocketAddr,
    },
    /// Another one serves this directory.
    #[error("`{dir}` is served by another process")]
    Twice {
        /// The directory.
        dir: PathBuf,
    },
    /// The site has no host name: passkeys need one, and an address is none.
    #[error("the site of `{dir}` has no host name")]
    Host {
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
    /// The socket for commands cannot be made.
    #[error("no socket can be made in `{dir}`")]
    Door {
        /// The directory.
        dir: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The directory cannot be used.
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
    /// The policies are not what was tested.
    #[error("the policies can't be loaded")]
    Policies(#[source] LoadError),
    /// The site has no root, or one that cannot be used.
    #[error(transparent)]
    Site(#[from] SiteError),
    /// Sessions that a crash left could not be ended.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// The state cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ServeError {
    /// Codes of this enum with the names of their details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("web.serve.open", &["address"]),
        ("web.serve.twice", &["dir"]),
        ("web.serve.host", &["dir"]),
        ("web.serve.listen", &["address"]),
        ("web.serve.door", &["dir"]),
        ("web.serve.io", &["dir"]),
        ("web.serve.tls", &[]),
        ("web.serve.policies", &[]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Open { .. } => "web.serve.open",
            Self::Twice { .. } => "web.serve.twice",
            Self::Host { .. } => "web.serve.host",
            Self::Listen { .. } => "web.serve.listen",
            Self::Door { .. } => "web.serve.door",
            Self::Io { .. } => "web.serve.io",
            Self::Tls(_) => "web.serve.tls",
            Self::Policies(_) => "web.serve.policies",
            Self::Site(error) => error.code(),
            Self::Account(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }

    /// Named values for the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Open { address } | Self::Listen { address, .. } => {
                vec![("address", address.to_string())]
            }
            Self::Twice { dir }
            | Self::Host { dir }
            | Self::Door { dir, .. }
            | Self::Io { dir, .. } => {
                vec![("dir", dir.display().to_string())]
            }
            Self::Tls(_) | Self::Policies(_) => Vec::new(),
            Self::Site(error) => error.details(),
            Self::Account(error) => error.details(),
            Self::Store(error) => error.details(),
        }
    }

    /// The exit code of a command that ends with this error.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Open { .. } | Self::Host { .. } => 2,
            Self::Twice { .. } => 1,
            Self::Listen { .. } | Self::Door { .. } | Self::Io { .. } | Self::Tls(_) => 3,
            Self::Policies(_) => 70,
            Self::Site(error) => error.exit(),
            Self::Account(error) => error.exit(),
            Self::Store(error) => error.exit(),
        }
    }
}

/// Serves until it is stopped. `ready` hears where, once connections are taken.
pub fn serve(
    settings: Settings,
    keys: &Arc<PartyKeys>,
    clock: &Clock,
    stop: Stop,
    ready: impl FnOnce(Listening),
) -> Result<(), ServeError> {
    let dir = settings.dir.clone();
    let io = |source| ServeError::Io {
        dir: dir.clone(),
        source,
    };
    if !is_isolated(settings.listen.ip()) {
        return Err(ServeError::Open {
            address: settings.listen,
        });
    }
    let (hosts, host) = hosts(&settings.dir)?;
    let Some(_lock) = durable::try_lock(&site::root(&settings.dir)).map_err(io)? else {
        return Err(ServeError::Twice { dir });
    };
    let mut store = proven(&settings.dir, keys, clock)?
        .with_clock(settings.read_clock)
        .with_patience(PATIENCE)?;
    let policies = Policies::shipped().map_err(ServeError::Policies)?;
    let leaf = site::leaf(&settings.dir, keys, clock.now())?;
    let tls = tls(&leaf).map_err(ServeError::Tls)?;
    accounts::closed_by_crash(&mut store, clock.now())?;
    intake::recovered(&mut store, &settings.dir, clock.now())?;
    let founding = founding(&store)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(io)?;
    let ended = runtime.block_on(async {
        let asked = stop.asked().map_err(io)?;
        let listener = bound(settings.listen).await?;
        let address = listener.local_addr().map_err(io)?;
        let origin = format!("https://{host}:{}", address.port());
        let no_host = || ServeError::Host { dir: dir.clone() };
        let url = Url::parse(&origin).map_err(|_| no_host())?;
        let webauthn = WebauthnBuilder::new(&host, &url)
            .and_then(|builder| builder.rp_name("Renketsu").build())
            .map_err(|_| no_host())?;
        let door = door(&dir, &origin)?;
        let told = founding.as_ref().map(OneTimeCode::reveal);
        let office = Arc::new(Office::new(Parts {
            hosts: hosts
                .iter()
                .map(|host| format!("{host}:{}", address.port()))
                .collect(),
            dir: settings.dir,
            store,
            keys: Arc::clone(keys),
            vault: settings.vault,
            engine: settings.engine,
            policies,
            words: settings.words,
            clock: clock.clone(),
            origin: origin.clone(),
            webauthn,
            cost: settings.cost,
            idle: settings.idle,
            scanner: settings.scanner,
            demo: settings.demo,
            founding,
            read_clock: settings.read_clock,
            address,
        }));
        note(&office, "server.started").await?;
        // What a crash left mounted. A state that can't be had now is told by the pages.
        let _told = volumes::release_idle(&office).await;
        ready(Listening {
            origin,
            address,
            founding: told.as_deref().and_then(|code| OneTimeCode::parse(code)),
        });
        let doors = (listener, TlsAcceptor::from(Arc::new(tls)), door);
        run(&office, doors, asked).await;
        let _told = volumes::release_all(&office).await;
        stopped(&office).await
    });
    runtime.shutdown_timeout(GRACE);
    ended
}

async fn bound(address: SocketAddr) -> Result<TcpListener, ServeError> {
    let bound = TcpListener::bind(address).await;
    bound.map_err(|source| ServeError::Listen { address, source })
}

fn door(dir: &Path, origin: &str) -> Result<Door, ServeError> {
    Door::open(dir, origin).map_err(|source| ServeError::Door {
        dir: dir.to_path_buf(),
        source,
    })
}

/// The names of the site, and the one that passkeys are bound to.
fn hosts(dir: &Path) -> Result<(Vec<String>, String), ServeError> {
    let (hosts, _) = site::names(dir)?;
    let host = hosts
        .iter()
        .find(|host| host.parse::<std::net::IpAddr>().is_err())
        .cloned()
        .ok_or_else(|| ServeError::Host {
            dir: dir.to_path_buf(),
        })?;
    Ok((hosts, host))
}

/// The code of the first account. Until that can sign in, nobody could let its person in again.
fn founding(store: &Store) -> Result<Option<OneTimeCode>, ServeError> {
    if store.has_people()? && accounts::unfinished_founder(store)?.is_none() {
        return Ok(None);
    }
    Ok(Some(OneTimeCode::random().map_err(AccountError::from)?))
}

/// The state, proven. That of a workspace has no proof until it is served for the first time, and is adopted then, once: with a
/// proof taken away it isn't adopted again.
fn proven(dir: &Path, keys: &PartyKeys, clock: &Clock) -> Result<Store, StoreError> {
    match Store::open_proven(dir, &keys.proof()) {
        Err(StoreError::Unproven { .. }) => {
            let event = Event::new("state.adopted", &keys.card().name, clock.now());
            Store::adopt(dir, &keys.proof(), &event)
        }
        opened => opened,
    }
}

/// The last entry, and a head over it.
async fn stopped(office: &Arc<Office>) -> Result<(), ServeError> {
    note(office, "server.stopped").await?;
    signing::sign(office).await;
    Ok(())
}

/// A start that can't be recorded is none.
async fn note(office: &Arc<Office>, action: &'static str) -> Result<(), ServeError> {
    let at = Arc::clone(office);
    let noted = tokio::task::spawn_blocking(move || {
        let event = Event::new(action, "server", at.now());
        at.store().begin()?.commit(&event)
    });
    match noted.await {
        Ok(noted) => Ok(noted?),
        Err(ended) => std::panic::resume_unwind(ended.into_panic()),
    }
}

fn tls(leaf: &site::Leaf) -> Result<ServerConfig, rustls::Error> {
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(leaf.key.to_vec()));
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_no_client_auth()
        .with_single_cert(vec![CertificateDer::from(leaf.certificate.clone())], key)?;
    config.alpn_protocols = vec![ALPN.to_vec()];
    Ok(config)
}

async fn run(
    office: &Arc<Office>,
    (listener, tls, door): (TcpListener, TlsAcceptor, Door),
    asked: impl Future<Output = ()>,
) {
    let (tell, told) = watch::channel(false);
    let mut tasks = JoinSet::new();
    tasks.spawn(connections::browsers(
        listener,
        tls,
        router(office),
        told.clone(),
    ));
    tasks.spawn(door.listen(router(office), told.clone()));
    tasks.spawn(signing::keep(Arc::clone(office), told.clone()));
    tasks.spawn(beat(Arc::clone(office), told));
    asked.await;
    office.desk.stop_all();
    let _all_gone = tell.send(true);
    let ended = async { while tasks.join_next().await.is_some() {} };
    let _late = tokio::time::timeout(GRACE, ended).await;
}

/// Says in the record that the program runs, and when sessions were last seen. What can't be written is seen by the pages,
/// which then show nothing.
async fn beat(office: Arc<Office>, mut stop: watch::Receiver<bool>) {
    let mut ticks = tokio::time::interval(HEARTBEAT);
    ticks.tick().await;
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = stop.wait_for(|stopped| *stopped) => return,
        }
        let _unended = office.end_lapsed().await;
        let _mounted = volumes::release_idle(&office).await;
        let (seen, now) = (office.all_seen(), office.now());
        office.desk.age(now);
        let known = seen.clone();
        let open = office
            .with(move |store| {
                accounts::heartbeat(store, &seen, now)?;
                Ok(store.open_sittings()?)
            })
            .await;
        // Whatever ended a session, its answers go with it.
        if let Ok(open) = open {
            for (sitting, _) in &known {
                if !open.iter().any(|open| open.sitting == *sitting) {
                    office.forget(sitting);
                }
            }
        }
    }
}
