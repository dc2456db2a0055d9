//! Connections from their beginning to their end: strangers until their certificate is known, then a producer's own.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderValue, Request, header};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use renketsu_site::Seats;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

use crate::places::{Stranger, Strangers};
use crate::problem::{Fault, Problem};
use crate::routes::{Certificate, Served, blocking};
use crate::tls;

/// Connections of operators, who are on the same machine.
pub(crate) const OPERATORS: usize = 8;

/// Who comes in, and how many of them.
#[derive(Clone)]
pub(crate) enum Door {
    /// With an enrolled certificate.
    Producers {
        tls: TlsAcceptor,
        strangers: Strangers,
        seats: Seats,
    },
    /// From this machine.
    Operators(Arc<Semaphore>),
}

/// What a connection holds from the moment it is taken.
enum Entered {
    Stranger(Stranger),
    Operator { _place: OwnedSemaphorePermit },
}

/// One address and what is served there.
#[derive(Clone)]
pub(crate) struct Listener {
    pub(crate) served: Served,
    pub(crate) router: Router,
    pub(crate) stop: watch::Receiver<bool>,
    pub(crate) door: Door,
}

impl Listener {
    pub(crate) async fn listen(mut self, listener: TcpListener) {
        let mut connections = JoinSet::new();
        loop {
            while connections.try_join_next().is_some() {}
            let stream = tokio::select! {
                accepted = listener.accept() => accepted,
                _ = self.stop.wait_for(|stopped| *stopped) => break,
            };
            let Ok((stream, _)) = stream else {
                // Out of descriptors, or a connection that went away before it was taken.
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                continue;
            };
            let entered = match &self.door {
                Door::Producers { strangers, .. } => Entered::Stranger(strangers.enter()),
                Door::Operators(places) => match Arc::clone(places).try_acquire_owned() {
                    Ok(place) => Entered::Operator { _place: place },
                    Err(_) => continue,
                },
            };
            let listener = self.clone();
            connections.spawn(listener.connection(stream, entered));
        }
        drop(listener);
        while connections.join_next().await.is_some() {}
    }

    async fn connection(self, stream: TcpStream, entered: Entered) {
        let desk = Arc::clone(&self.served.desk);
        let _open = desk.metrics.connection();
        // Only a matter of speed.
        stream.set_nodelay(true).ok();
        match (entered, &self.door) {
            (Entered::Stranger(stranger), Door::Producers { tls, seats, .. }) => {
                let (tls, seats) = (tls.clone(), seats.clone());
                self.stranger(stream, stranger, &tls, &seats).await;
            }
            (entered, _) => {
                self.exchange(stream, None).await;
                drop(entered);
            }
        }
    }

    /// A handshake, and what comes after it: whoever is known has a place among the producers.
    async fn stranger(
        self,
        stream: TcpStream,
        mut stranger: Stranger,
        tls: &TlsAcceptor,
        seats: &Seats,
    ) {
        let desk = Arc::clone(&self.served.desk);
        let shaking = tokio::time::timeout(desk.limits.head, tls.accept(stream));
        let shaken = tokio::select! {
            shaken = shaking => shaken,
            _ = &mut stranger.ended => {
                desk.metrics.handshake_crowded();
                return;
            }
        };
        let Ok(Ok(stream)) = shaken else {
            desk.metrics.handshake_refused();
            return;
        };
        let certificate = stream
            .get_ref()
            .1
            .peer_certificates()
            .and_then(<[_]>::first)
            .map(|shown| tls::certificate_sha256(shown));
        let Some(certificate) = certificate else {
            return;
        };
        let (asked, at) = (certificate.clone(), Arc::clone(&desk));
        let known = blocking(move || at.sender(&asked)).await;
        // A certificate that is not accepted any more has no share of anybody's; it is told so in its exchange.
        let share = known.map_or_else(|_| certificate.clone(), |sender| sender.hex());
        match seats.take(&share) {
            Some(_seat) => {
                drop(stranger);
                self.exchange(stream, Some(Certificate(certificate))).await;
            }
            None => self.turn_away(stream, stranger).await,
        }
    }

    /// One exchange, which says that there is no place; its connection still has that of a stranger.
    async fn turn_away<S>(self, stream: S, mut stranger: Stranger)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let served = self.served.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            let problem = Problem::from(Fault::Connections);
            let mut told = served.words.response(&problem, request.headers());
            let close = HeaderValue::from_static("close");
            told.headers_mut().insert(header::CONNECTION, close);
            served.desk.metrics.response(told.status().as_u16());
            async move { Ok::<_, Infallible>(told) }
        });
        let head = self.served.desk.limits.head;
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .keep_alive(false)
            .header_read_timeout(head)
            .serve_connection(TokioIo::new(stream), service);
        tokio::select! {
            _ = tokio::time::timeout(head, connection) => {}
            _ = &mut stranger.ended => {}
        }
    }

    async fn exchange<S>(mut self, stream: S, certificate: Option<Certificate>)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let router = self.router;
        let service = service_fn(move |mut request: Request<Incoming>| {
            if let Some(certificate) = certificate.clone() {
                request.extensions_mut().insert(certificate);
            }
            let router = router.clone();
            async move { router.oneshot(request.map(Body::new)).await }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.served.desk.limits.head)
            .serve_connection(TokioIo::new(stream), service);
        tokio::pin!(connection);
        // A connection that fails was the other side's; what it had asked for stands in the spool and the state.
        tokio::select! {
            _ = connection.as_mut() => return,
            _ = self.stop.wait_for(|stopped| *stopped) => {}
        }
        connection.as_mut().graceful_shutdown();
        let _ended = connection.await;
    }
}
