//! Why a request did not get to the authority, or its answer not back.

use std::io;
use std::path::PathBuf;

use renketsu_store::StoreError;

/// Why a request did not get to the authority, or its answer not back. Sending it again does no harm.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// Something has the name of the answer.
    #[error("`{file}` exists")]
    Exists {
        /// The file that is there.
        file: PathBuf,
    },
    /// Nobody answers there.
    #[error("`{host}:{port}` is not reached")]
    Unreachable {
        /// The host.
        host: String,
        /// The port.
        port: u16,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The server is not the one whose root was set.
    #[error("`{host}` shows a certificate that is not of the root that was set")]
    Server {
        /// The host.
        host: String,
    },
    /// The server is believed, and the address is not one of its names.
    #[error("the certificate of the server is not for the name `{host}`")]
    Host {
        /// The host.
        host: String,
    },
    /// The server does not accept our certificate.
    #[error("`{host}` does not accept the certificate of this producer")]
    Certificate {
        /// The host.
        host: String,
    },
    /// TLS cannot be set up with what is kept.
    #[error("TLS cannot be set up")]
    Tls(#[source] rustls::Error),
    /// The service refused an exchange.
    #[error("the service says {status}: `{problem}`, `{reason}`")]
    Refused {
        /// The status of HTTP.
        status: u16,
        /// The code of the problem.
        problem: String,
        /// The code behind it, or `-`.
        reason: String,
    },
    /// The authority refused the request.
    #[error("the request was refused: `{reason}`")]
    Rejected {
        /// The code of the refusal.
        reason: String,
    },
    /// The request is kept, and the authority has to do something before it is answered.
    #[error("the request is kept and waits for the authority: `{reason}`")]
    Held {
        /// The code of what it waits for.
        reason: String,
    },
    /// The service does not keep to its interface.
    #[error("the service answers in another way than its interface says")]
    Unexpected,
    /// What came is not what was announced.
    #[error("the answer is not the one that was announced")]
    Digest,
    /// A file could not be read or written.
    #[error("`{file}` cannot be read or written")]
    Io {
        /// The file.
        file: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The state could not be changed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SendError {
    /// Codes of this enum with the names of their details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("service.send.exists", &["file"]),
        ("service.send.unreachable", &["host", "port"]),
        ("service.send.server", &["host"]),
        ("service.send.host", &["host"]),
        ("service.send.certificate", &["host"]),
        ("service.send.tls", &[]),
        ("service.send.refused", &["status", "problem", "reason"]),
        ("service.send.rejected", &["reason"]),
        ("service.send.held", &["reason"]),
        ("service.send.unexpected", &[]),
        ("service.send.digest", &[]),
        ("service.send.io", &["file"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Exists { .. } => "service.send.exists",
            Self::Unreachable { .. } => "service.send.unreachable",
            Self::Server { .. } => "service.send.server",
            Self::Host { .. } => "service.send.host",
            Self::Certificate { .. } => "service.send.certificate",
            Self::Tls(_) => "service.send.tls",
            Self::Refused { .. } => "service.send.refused",
            Self::Rejected { .. } => "service.send.rejected",
            Self::Held { .. } => "service.send.held",
            Self::Unexpected => "service.send.unexpected",
            Self::Digest => "service.send.digest",
            Self::Io { .. } => "service.send.io",
            Self::Store(error) => error.code(),
        }
    }

    /// Named values for the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Exists { file } | Self::Io { file, .. } => {
                vec![("file", file.display().to_string())]
            }
            Self::Unreachable { host, port, .. } => {
                vec![("host", host.clone()), ("port", port.to_string())]
            }
            Self::Server { host } | Self::Host { host } | Self::Certificate { host } => {
                vec![("host", host.clone())]
            }
            Self::Refused {
                status,
                problem,
                reason,
            } => vec![
                ("status", status.to_string()),
                ("problem", problem.clone()),
                ("reason", reason.clone()),
            ],
            Self::Rejected { reason } | Self::Held { reason } => vec![("reason", reason.clone())],
            Self::Tls(_) | Self::Unexpected | Self::Digest => Vec::new(),
            Self::Store(error) => error.details(),
        }
    }

    /// The exit code of a command that ends with this error.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Exists { .. }
            | Self::Server { .. }
            | Self::Host { .. }
            | Self::Certificate { .. }
            | Self::Refused { .. }
            | Self::Rejected { .. }
            | Self::Digest => 1,
            Self::Unreachable { .. }
            | Self::Held { .. }
            | Self::Tls(_)
            | Self::Unexpected
            | Self::Io { .. } => 3,
            Self::Store(error) => error.exit(),
        }
    }
}
