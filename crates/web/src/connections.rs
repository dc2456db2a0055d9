//! Connections in: of browsers over TLS, and of commands at the door.

use std::convert::Infallible;
use std::io;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use bytes::Bytes;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use renketsu_site::Seats;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

/// Browsers' connections at one time: thirty people with a few each; and those of one address, behind which several may sit.
const BROWSERS: (usize, usize) = (512, 256);
/// Commands at one time: each is a process of a person on this machine.
const COMMANDS: usize = 64;
/// A handshake, and the head of a request.
const HEAD: Duration = Duration::from_secs(10);
/// A body that is read before the request is answered, so that it is read at all: with what isn't, the connection goes, and the answer
/// with it.
const SMALL: u64 = 64 * 1024;
/// Until one that couldn't be taken is looked for again.
const PAUSE: Duration = Duration::from_millis(50);

/// Where connections come in.
trait Entrance {
    type Stream;

    /// The next one, and whose place it takes.
    fn next(&self) -> impl Future<Output = io::Result<(Self::Stream, String)>> + Send;
}

impl Entrance for TcpListener {
    type Stream = TcpStream;

    async fn next(&self) -> io::Result<(TcpStream, String)> {
        let (stream, from) = self.accept().await?;
        Ok((stream, from.ip().to_string()))
    }
}

impl Entrance for UnixListener {
    type Stream = UnixStream;

    async fn next(&self) -> io::Result<(UnixStream, String)> {
        let (stream, _) = self.accept().await?;
        Ok((stream, String::new()))
    }
}

/// Answers browsers until the server stops.
pub(crate) async fn browsers(
    listener: TcpListener,
    tls: TlsAcceptor,
    router: Router,
    stop: watch::Receiver<bool>,
) {
    let (most, each) = BROWSERS;
    let told = stop.clone();
    let answer = move |stream| shaken(stream, tls.clone(), router.clone(), told.clone());
    take(listener, Seats::new(most, each), answer, stop).await;
}

/// Answers commands until the server stops.
pub(crate) async fn commands(listener: UnixListener, router: Router, stop: watch::Receiver<bool>) {
    let told = stop.clone();
    let answer = move |stream| converse(stream, router.clone(), told.clone());
    take(listener, Seats::new(COMMANDS, COMMANDS), answer, stop).await;
}

/// Takes what comes, hangs up on what has no place, and lets what was begun end.
async fn take<E: Entrance, C: Future<Output = ()> + Send + 'static>(
    entrance: E,
    seats: Seats,
    answer: impl Fn(E::Stream) -> C,
    mut stop: watch::Receiver<bool>,
) {
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let next = tokio::select! {
            next = entrance.next() => next,
            _ = stop.wait_for(|stopped| *stopped) => break,
        };
        let Ok((stream, whose)) = next else {
            // Out of descriptors, or a connection that went away before it was taken.
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        if let Some(seat) = seats.take(&whose) {
            let connection = answer(stream);
            connections.spawn(async move {
                connection.await;
                drop(seat);
            });
        }
    }
    drop(entrance);
    while connections.join_next().await.is_some() {}
}

async fn shaken(stream: TcpStream, tls: TlsAcceptor, router: Router, stop: watch::Receiver<bool>) {
    // Only a matter of speed.
    stream.set_nodelay(true).ok();
    let Ok(Ok(stream)) = tokio::time::timeout(HEAD, tls.accept(stream)).await else {
        return;
    };
    converse(stream, router, stop).await;
}

/// Answers what comes on a connection, until it ends or the server does.
async fn converse(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    router: Router,
    mut stop: watch::Receiver<bool>,
) {
    let service = service_fn(move |request: Request<Incoming>| {
        let router = router.clone();
        async move { Ok::<_, Infallible>(answer(router, request).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = stop.wait_for(|stopped| *stopped) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ended = connection.await;
}

async fn answer(router: Router, request: Request<Incoming>) -> axum::http::Response<Body> {
    match router.oneshot(whole(request.map(Body::new)).await).await {
        Ok(answer) => answer,
        Err(never) => match never {},
    }
}

/// A request whose body has come, if it is small and says so. One that doesn't come fails for whoever reads it.
async fn whole(request: Request<Body>) -> Request<Body> {
    let (parts, body) = request.into_parts();
    let length = parts.headers.get(header::CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if length.is_none_or(|length| length > SMALL) {
        return Request::from_parts(parts, body);
    }
    let body = match tokio::time::timeout(HEAD, to_bytes(body, usize::MAX)).await {
        Ok(Ok(bytes)) => Body::from(bytes),
        Ok(Err(_)) | Err(_) => Body::from_stream(futures::stream::iter([Err::<Bytes, _>(
            io::Error::from(io::ErrorKind::UnexpectedEof),
        )])),
    };
    Request::from_parts(parts, body)
}
