//! The door for commands on this machine: a Unix socket in the site's private directory, with the routes of the browsers.
//!
//! A command is a terminal like a browser, and its person signs in there. Requests pass the guards of every request, so the
//! command says the site's host and origin; as a port may be any that is free, the server leaves its origin beside the socket.

mod caller;

use std::fs::{self, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use axum::Router;
use renketsu_seal::durable::NewFile;
use renketsu_site as site;
use tokio::net::UnixListener;
use tokio::sync::watch;

use crate::connections;

pub use caller::{Asked, CallError, Caller, Came, Column, Kept, Plain, Shown, Taking};

fn socket(dir: &Path) -> PathBuf {
    site::root(dir).join("door.sock")
}

fn origin(dir: &Path) -> PathBuf {
    site::root(dir).join("door.origin")
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// The socket while a server listens on it; gone with it.
#[derive(Debug)]
pub(crate) struct Door {
    listener: UnixListener,
    named: Named,
}

#[derive(Debug)]
struct Named([PathBuf; 2]);

impl Drop for Named {
    fn drop(&mut self) {
        for path in &self.0 {
            // What stays is taken away by the next start.
            let _stays = remove(path);
        }
    }
}

impl Door {
    /// Opens the door of a directory whose lock the caller holds: what a crash left there is nobody's.
    pub(crate) fn open(dir: &Path, told: &str) -> io::Result<Self> {
        let (socket, origin) = (socket(dir), origin(dir));
        remove(&socket)?;
        remove(&origin)?;
        let named = Named([socket.clone(), origin.clone()]);
        let mut file = NewFile::create(&origin)?;
        file.write_all(told.as_bytes())?;
        file.commit()?;
        // Nobody else enters the directory, so nobody comes between.
        let listener = UnixListener::bind(&socket)?;
        fs::set_permissions(&socket, Permissions::from_mode(0o600))?;
        Ok(Self { listener, named })
    }

    /// Answers until the server stops.
    pub(crate) async fn listen(self, router: Router, stop: watch::Receiver<bool>) {
        let Self { listener, named } = self;
        connections::commands(listener, router, stop).await;
        drop(named);
    }
}
