//! `authority forward`: passes a producer's delivery on, sealed and unread, where the delegation for it is recorded
//! (法31条7項). What the delivery is, and for whom, its cover says: the producer signed it.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use renketsu_duty::delegation::{Delegate, forwarder};
use renketsu_seal::durable::{self, NewFile};
use renketsu_seal::package::{Refusal, Sealed};
use renketsu_seal::statement::{self, DeliveryCover, StatementError, StatementKind};
use renketsu_store::{Event, ForwardRecord, Store, StoreError};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::fee::delegation;
use crate::party::Authority;
use crate::provision::{self, ProvisionError};

/// What `forward` is told.
#[derive(Clone, Debug)]
pub struct Order {
    /// The sealed delivery.
    pub delivery: PathBuf,
    /// Its cover.
    pub cover: PathBuf,
    /// Where the same bytes go; nothing may be there.
    pub out: PathBuf,
}

/// What was passed on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Forwarded {
    /// What the producer signed.
    pub cover: DeliveryCover,
    /// Who passed it on.
    pub delegate: Delegate,
}

/// Why a delivery was not passed on. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum ForwardError {
    /// The delivery was passed on before.
    #[error("the delivery of the package `{package}` was passed on before")]
    Again {
        /// Its package id.
        package: String,
    },
    /// Our fault.
    #[error("broken invariant: {0}")]
    Broken(&'static str),
    /// Something has the name of the copy.
    #[error("`{}` exists", file.display())]
    Exists {
        /// The name.
        file: PathBuf,
    },
    /// A file can't be read or written.
    #[error("`{}` can't be read or written", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The cover names another recipient than the provision.
    #[error("the cover names another recipient than the provision `{provision}`")]
    Recipient {
        /// The provision.
        provision: String,
    },
    /// Passing deliveries on is delegated to nobody.
    #[error("passing deliveries of the provision `{provision}` on is delegated to nobody")]
    NotDelegated {
        /// The provision.
        provision: String,
    },
    /// The file is not the one that the cover names.
    #[error("`{}` is not the delivery that the cover names", file.display())]
    Other {
        /// The file.
        file: PathBuf,
    },
    /// Not sealed for somebody else.
    #[error("`{}` is not sealed for somebody else", file.display())]
    Readable {
        /// The file.
        file: PathBuf,
    },
    /// The cover is signed by another producer than that of the provision.
    #[error("`{name}` is not the producer of the provision `{provision}`")]
    Producer {
        /// Who signed.
        name: String,
        /// The provision.
        provision: String,
    },
    /// The provision is unknown.
    #[error(transparent)]
    Provision(#[from] ProvisionError),
    /// The cover is not believed.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// The state could not be read or changed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ForwardError {
    /// Codes of this enum with the names of their details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("authority.forward.again", &["package"]),
        ("authority.forward.broken", &["invariant"]),
        ("authority.forward.exists", &["file"]),
        ("authority.forward.io", &["file"]),
        ("authority.forward.not_delegated", &["provision"]),
        ("authority.forward.other", &["file"]),
        ("authority.forward.producer", &["name", "provision"]),
        ("authority.forward.readable", &["file"]),
        ("authority.forward.recipient", &["provision"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Again { .. } => "authority.forward.again",
            Self::Broken(_) => "authority.forward.broken",
            Self::Exists { .. } => "authority.forward.exists",
            Self::Io { .. } => "authority.forward.io",
            Self::NotDelegated { .. } => "authority.forward.not_delegated",
            Self::Other { .. } => "authority.forward.other",
            Self::Producer { .. } => "authority.forward.producer",
            Self::Readable { .. } => "authority.forward.readable",
            Self::Recipient { .. } => "authority.forward.recipient",
            Self::Provision(error) => error.code(),
            Self::Statement(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }

    /// Named values for the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Again { package } => vec![("package", package.clone())],
            Self::Broken(invariant) => vec![("invariant", (*invariant).to_owned())],
            Self::Exists { file }
            | Self::Io { file, .. }
            | Self::Other { file }
            | Self::Readable { file } => vec![("file", file.display().to_string())],
            Self::NotDelegated { provision } | Self::Recipient { provision } => {
                vec![("provision", provision.clone())]
            }
            Self::Producer { name, provision } => {
                vec![("name", name.clone()), ("provision", provision.clone())]
            }
            Self::Provision(error) => error.details(),
            Self::Statement(error) => error.details(),
            Self::Store(error) => error.details(),
        }
    }

    /// The exit code of a command that ends with this error.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Again { .. }
            | Self::Exists { .. }
            | Self::NotDelegated { .. }
            | Self::Other { .. }
            | Self::Producer { .. }
            | Self::Readable { .. }
            | Self::Recipient { .. } => 1,
            Self::Io { .. } => 3,
            Self::Broken(_) => 70,
            Self::Provision(error) => error.exit(),
            Self::Statement(error) => error.exit(),
            Self::Store(error) => error.exit(),
        }
    }
}

/// Passes a delivery on: the same bytes, once, recorded before they have their new name.
pub fn forward(
    authority: &Authority<'_>,
    store: &mut Store,
    order: &Order,
) -> Result<Forwarded, ForwardError> {
    store.not_halted()?;
    let (cover, producer) = statement::read::<DeliveryCover>(
        &order.cover,
        StatementKind::DeliveryCover,
        authority.trust(),
    )?;
    let found = provision::find(store, &cover.provision)?;
    let provision = || cover.provision.clone();
    if producer.fingerprint() != found.terms.producer.fingerprint {
        return Err(ForwardError::Producer {
            name: producer.name,
            provision: provision(),
        });
    }
    if cover.fingerprint != found.terms.recipient.fingerprint {
        return Err(ForwardError::Recipient {
            provision: provision(),
        });
    }
    sealed_for_another(authority, &order.delivery)?;
    let copy = copy(order, &cover)?;
    let transaction = store.begin()?;
    let delegations = delegation::of(transaction.delegations()?, &cover.provision);
    let delegate = forwarder(&delegations, authority.today())
        .cloned()
        .ok_or_else(|| ForwardError::NotDelegated {
            provision: provision(),
        })?;
    let record = ForwardRecord {
        sha256: cover.sha256.clone(),
        provision: provision(),
        cover: serde_json::to_value(&cover).map_err(|_| ForwardError::Broken("a cover is JSON"))?,
        delegate: delegate.name.clone(),
        bytes: cover.bytes,
        forwarded_at: authority.now(),
    };
    match transaction.forward(&record) {
        Err(StoreError::Exists { .. }) => {
            return Err(ForwardError::Again {
                package: cover.package.to_string(),
            });
        }
        other => other?,
    }
    let event = Event::new(
        "delivery.forwarded",
        &cover.package.to_string(),
        authority.now(),
    )
    .with("provision", cover.provision.as_str())
    .with("recipient", cover.fingerprint.to_hex())
    .with("delegate", delegate.name.as_str())
    .with("sha256", cover.sha256.as_str());
    transaction.commit(&event)?;
    copy.commit().map_err(|source| failed(&order.out, source))?;
    Ok(Forwarded { cover, delegate })
}

/// An envelope that we can't open: whoever passes a delivery on must not be able to read it.
fn sealed_for_another(authority: &Authority<'_>, file: &Path) -> Result<(), ForwardError> {
    let readable = || ForwardError::Readable {
        file: file.to_owned(),
    };
    let opened = Sealed::open(file).and_then(|sealed| {
        sealed.authenticate(authority.keys(), authority.trust(), authority.now())
    });
    match opened {
        Err(error) if matches!(error.refusal, Refusal::Recipient) => Ok(()),
        Ok(_) | Err(_) => Err(readable()),
    }
}

/// The bytes that the cover names, written without a name yet.
fn copy(order: &Order, cover: &DeliveryCover) -> Result<NewFile, ForwardError> {
    let read = |source| ForwardError::Io {
        file: order.delivery.clone(),
        source,
    };
    let mut from = durable::open_file(&order.delivery).map_err(read)?;
    let mut to = NewFile::create(&order.out).map_err(|source| failed(&order.out, source))?;
    let (mut hash, mut bytes) = (Sha256::new(), 0_u64);
    let mut buffer = vec![0_u8; 1 << 16];
    loop {
        let taken = match from.read(&mut buffer).map_err(read)? {
            0 => break,
            taken => buffer.get(..taken).unwrap_or_default(),
        };
        hash.update(taken);
        bytes = bytes.saturating_add(taken.len() as u64);
        to.write_all(taken)
            .map_err(|source| failed(&order.out, source))?;
    }
    let sha256 = data_encoding::HEXLOWER.encode(&hash.finalize());
    if sha256 != cover.sha256 || bytes != cover.bytes {
        return Err(ForwardError::Other {
            file: order.delivery.clone(),
        });
    }
    to.sync().map_err(|source| failed(&order.out, source))?;
    Ok(to)
}

fn failed(file: &Path, source: io::Error) -> ForwardError {
    let file = file.to_owned();
    if source.kind() == io::ErrorKind::AlreadyExists {
        ForwardError::Exists { file }
    } else {
        ForwardError::Io { file, source }
    }
}
