use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

use super::{Dir, Json};

#[derive(Debug, Args)]
pub(crate) struct WebServe {
    #[command(flatten)]
    pub(crate) at: Dir,
    /// Where browsers connect: ADDRESS:PORT of an isolated segment; port 0 takes any that is free.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8443")]
    pub(crate) listen: SocketAddr,
    /// A name by which browsers call this machine, where `init` was given none; may be given several times.
    #[arg(long, value_name = "NAME")]
    pub(crate) host: Vec<String>,
    /// Minutes after which a session that nobody uses locks itself.
    #[arg(long, default_value_t = 10, value_name = "MINUTES", value_parser = clap::value_parser!(u8).range(1..=15))]
    pub(crate) idle: u8,
    /// Scan everything that comes with ClamAV: the Unix socket of its clamd.
    #[arg(long, value_name = "SOCKET")]
    pub(crate) scanner: Option<PathBuf>,
    /// Print the OpenAPI document of every address, and serve nothing.
    #[arg(long)]
    pub(crate) openapi: bool,
    #[command(flatten)]
    pub(crate) json: Json,
}
