//! What ends a server.

use std::io;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

/// What ends a server.
#[derive(Debug)]
pub enum Stop {
    /// SIGTERM or SIGINT.
    Signals,
    /// A word from, or the end of, the other side of the channel.
    Told(oneshot::Receiver<()>),
}

impl Stop {
    /// Listens for it, in a runtime. Called before the address is told, so that a signal that comes at once is not lost.
    pub fn asked(self) -> io::Result<impl Future<Output = ()>> {
        let mut signals = match self {
            Self::Signals => Ok((
                signal(SignalKind::terminate())?,
                signal(SignalKind::interrupt())?,
            )),
            Self::Told(told) => Err(told),
        };
        Ok(async move {
            match &mut signals {
                Ok((terminate, interrupt)) => {
                    tokio::select! {
                        _ = terminate.recv() => {}
                        _ = interrupt.recv() => {}
                    }
                }
                Err(told) => drop(told.await),
            }
        })
    }
}
