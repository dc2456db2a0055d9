//! What can be typed: the authority's service, and the producer's way to it.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Dir, Json};

#[derive(Debug, Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    pub(crate) at: Dir,
    /// Where producers connect: ADDRESS:PORT; port 0 takes any that is free.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: SocketAddr,
    /// Where operators ask for /healthz and /metrics: a loopback address.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9464")]
    pub(crate) operator: SocketAddr,
    /// Days until an answer expires and is not kept any more.
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..=3650))]
    pub(crate) valid_days: u16,
    /// The largest sealed request that is taken, in MiB.
    #[arg(long, default_value_t = 16384, value_name = "MIB", value_parser = clap::value_parser!(u32).range(1..=1_048_576))]
    pub(crate) package_limit: u32,
    /// What one producer may have in uploads and waiting requests, in MiB.
    #[arg(long, default_value_t = 65536, value_name = "MIB", value_parser = clap::value_parser!(u32).range(1..=4_194_304))]
    pub(crate) producer_limit: u32,
    #[command(flatten)]
    pub(crate) json: Json,
}

/// Requests that came over HTTPS.
#[derive(Debug, Subcommand)]
pub(crate) enum Requests {
    /// List the requests that wait for their end, and what for.
    List(RequestsList),
    /// Have requests that wait for the authority tried again now.
    Retry(RequestsRetry),
}

#[derive(Debug, Args)]
pub(crate) struct RequestsList {
    #[command(flatten)]
    pub(crate) at: Dir,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct RequestsRetry {
    /// SHA-256 of the sealed request, as the list shows it (default: all of them).
    #[arg(value_name = "SHA256")]
    pub(crate) request: Option<String>,
    #[command(flatten)]
    pub(crate) at: Dir,
}

/// Certificates of the service.
#[derive(Debug, Subcommand)]
pub(crate) enum AuthorityTls {
    /// Make the root by which producers believe this authority's server.
    Init(TlsInit),
    /// Enrol the certificate that a trusted producer's card vouches for.
    Enrol(TlsEnrol),
    /// List the enrolled certificates.
    List(TlsList),
    /// Accept a certificate no longer.
    Revoke(TlsRevoke),
}

#[derive(Debug, Args)]
pub(crate) struct TlsInit {
    #[command(flatten)]
    pub(crate) at: Dir,
    /// A name or address by which producers reach the server; may be given several times.
    #[arg(long, required = true, value_name = "NAME")]
    pub(crate) host: Vec<String>,
    /// Write the root, for the producers, to this new file (PEM).
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct TlsEnrol {
    /// The file that `producer tls new` wrote.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) at: Dir,
}

#[derive(Debug, Args)]
pub(crate) struct TlsList {
    #[command(flatten)]
    pub(crate) at: Dir,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct TlsRevoke {
    /// SHA-256 of the certificate, as the list shows it.
    #[arg(value_name = "SHA256")]
    pub(crate) certificate: String,
    #[command(flatten)]
    pub(crate) at: Dir,
}

/// The certificate this producer shows to the authority's service.
#[derive(Debug, Subcommand)]
pub(crate) enum ProducerTls {
    /// Make a key and a certificate; the key stays in the directory.
    New(TlsNew),
}

#[derive(Debug, Args)]
pub(crate) struct TlsNew {
    #[command(flatten)]
    pub(crate) at: Dir,
    /// Days until the certificate expires.
    #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(u16).range(1..=825))]
    pub(crate) certificate_days: u16,
    /// Put them in place of those before, which are destroyed.
    #[arg(long)]
    pub(crate) replace: bool,
    /// Write what the authority needs to enrol it to this new file.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

/// Where the authority's service is.
#[derive(Debug, Subcommand)]
pub(crate) enum ProducerAuthority {
    /// Set the address, and the root by which the server is believed.
    Set(AuthoritySet),
}

#[derive(Debug, Args)]
pub(crate) struct AuthoritySet {
    /// The address: `https://HOST[:PORT]`.
    #[arg(value_name = "URL")]
    pub(crate) url: String,
    #[command(flatten)]
    pub(crate) at: Dir,
    /// The root that the authority's `tls init` wrote (PEM).
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Send {
    /// The sealed request.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) at: Dir,
    /// Wait for the answer and write it to this new file.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) json: Json,
}
