//! The cover of a delivery that goes through a delegate (法31条7項): the delegate can't open it, so the producer signs what
//! it is and for whom.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use renketsu_seal::Fingerprint;
use renketsu_seal::durable;
use renketsu_seal::package::{PackageId, PackageKind};
use renketsu_seal::statement::{DeliveryCover, PreparedStatement, StatementError, StatementKind};
use renketsu_store::{Event, StoreError};
use sha2::{Digest as _, Sha256};

use crate::Producer;

/// Why no cover was signed.
#[derive(Debug, thiserror::Error)]
pub enum CoverError {
    /// Our fault.
    #[error("broken invariant: {0}")]
    Broken(&'static str),
    /// The file can't be read.
    #[error("`{}` can't be read", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Not a delivery that this directory sealed, or it was changed.
    #[error("`{}` is no delivery of this producer", file.display())]
    NotOurs {
        /// The file.
        file: PathBuf,
    },
    /// The cover can't be signed.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// The state could not be read or changed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl CoverError {
    /// Codes of this enum with the names of their details.
    pub const CODES: &'static [(&'static str, &'static [&'static str])] = &[
        ("producer.cover.broken", &["invariant"]),
        ("producer.cover.io", &["file"]),
        ("producer.cover.not_ours", &["file"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Broken(_) => "producer.cover.broken",
            Self::Io { .. } => "producer.cover.io",
            Self::NotOurs { .. } => "producer.cover.not_ours",
            Self::Statement(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }

    /// The named values of the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Broken(invariant) => vec![("invariant", (*invariant).to_owned())],
            Self::Io { file, .. } | Self::NotOurs { file } => {
                vec![("file", file.display().to_string())]
            }
            Self::Statement(error) => error.details(),
            Self::Store(error) => error.details(),
        }
    }

    /// The exit code of a command that ends with this.
    pub fn exit(&self) -> u8 {
        match self {
            Self::NotOurs { .. } => 1,
            Self::Io { .. } => 3,
            Self::Broken(_) => 70,
            Self::Statement(error) => error.exit(),
            Self::Store(error) => error.exit(),
        }
    }
}

/// Signs the cover of a delivery that is on record, as often as it is asked for.
pub fn cover(
    producer: &mut Producer<'_>,
    delivery: &Path,
    out: &Path,
) -> Result<DeliveryCover, CoverError> {
    producer.store.not_halted()?;
    let (sha256, bytes) = digest(delivery).map_err(|source| CoverError::Io {
        file: delivery.to_owned(),
        source,
    })?;
    let not_ours = || CoverError::NotOurs {
        file: delivery.to_owned(),
    };
    let sent = producer
        .store
        .sent_as(&sha256)?
        .filter(|sent| sent.kind == PackageKind::Delivery.as_str())
        .ok_or_else(not_ours)?;
    let terms = producer
        .store
        .provision_terms(&sent.provision)?
        .ok_or(CoverError::Broken("a delivery belongs to agreed terms"))?;
    let cover = DeliveryCover {
        sha256,
        bytes,
        package: PackageId::parse(&sent.package_id)
            .ok_or(CoverError::Broken("a recorded package id is one"))?,
        provision: sent.provision.clone(),
        recipient: terms.recipient_name,
        fingerprint: Fingerprint::parse(&sent.recipient)
            .map_err(|_| CoverError::Broken("a recorded fingerprint is one"))?,
    };
    let prepared =
        PreparedStatement::new(out, StatementKind::DeliveryCover, &cover, producer.keys)?;
    let event = Event::new("delivery.covered", &sent.package_id, producer.now)
        .with("provision", sent.provision.as_str())
        .with("sha256", cover.sha256.as_str())
        .with("cover_sha256", prepared.sha256());
    producer.store.begin()?.commit(&event)?;
    prepared.publish()?;
    Ok(cover)
}

fn digest(path: &Path) -> io::Result<(String, u64)> {
    let mut file = durable::open_file(path)?;
    let (mut hash, mut bytes) = (Sha256::new(), 0_u64);
    let mut buffer = vec![0_u8; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            read => {
                hash.update(buffer.get(..read).unwrap_or_default());
                bytes = bytes.saturating_add(read as u64);
            }
        }
    }
    Ok((data_encoding::HEXLOWER.encode(&hash.finalize()), bytes))
}
