//! An extract of an authority of two custodians: the resolver's columns, and the issuer's IDs of the same rows.
//! Everything that both state is held against each other before a row is read.

use std::path::Path;

use jiff::Timestamp;
use renketsu_identity::{KanaMode, KanaPublicKey};
use renketsu_seal::durable;
use renketsu_seal::package::{Expected, Header, Opened, PackageKind, Sealed, TableReader};
use renketsu_seal::{PartyKeys, Trust};
use renketsu_store::{Store, StoreError};
use serde::Serialize;

use super::ImportError;

/// The table of the IDs.
pub(super) const TABLE: &str = "stamps";
/// In the verifiable mode, the table of the proofs beside it.
const PROOFS: &str = "proofs";

/// The package that the IDs came in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Joined {
    /// Its id.
    pub package: String,
    /// The issuer's name.
    pub sender: String,
    /// The issuer's fingerprint.
    pub fingerprint: String,
    /// The version of the registry in which the resolver looked the rows up.
    pub registry: Option<u64>,
}

impl Joined {
    pub(super) fn of(stamps: &Opened) -> Self {
        let sender = stamps.sender();
        let custody = stamps.header().custody.as_ref();
        Self {
            package: stamps.package_id().to_string(),
            sender: sender.name.clone(),
            fingerprint: sender.fingerprint().to_string(),
            registry: custody.map(|custody| custody.registry),
        }
    }
}

/// The first thing in which IDs and columns are not of one extract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unpaired {
    /// The IDs are of other columns.
    Columns,
    /// The two custodians are not those that both name.
    Custodians,
    /// Another approval number (承諾番号).
    Approval,
    /// Another public database.
    Database,
    /// Kana IDs of another mode, or of another public key.
    Mode,
    /// Another version of the registry.
    Registry,
    /// Another purpose, study, certification or ground.
    Terms,
    /// Another number of rows.
    Rows,
}

impl Unpaired {
    /// Every one of them.
    pub const ALL: [Self; 8] = [
        Self::Columns,
        Self::Custodians,
        Self::Approval,
        Self::Database,
        Self::Mode,
        Self::Registry,
        Self::Terms,
        Self::Rows,
    ];

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Columns => "workspace.import.pair_columns",
            Self::Custodians => "workspace.import.pair_custodians",
            Self::Approval => "workspace.import.pair_approval",
            Self::Database => "workspace.import.pair_database",
            Self::Mode => "workspace.import.pair_mode",
            Self::Registry => "workspace.import.pair_registry",
            Self::Terms => "workspace.import.pair_terms",
            Self::Rows => "workspace.import.pair_rows",
        }
    }
}

/// SHA-256 of a file, in hexadecimal.
pub(super) fn digest<E: std::error::Error + 'static>(
    path: &Path,
) -> Result<String, ImportError<E>> {
    durable::digest(path).map_err(|source| ImportError::Io {
        path: path.to_owned(),
        source,
    })
}

/// Opens the issuer's package of the IDs of these columns, whose sealed file has this digest.
pub(super) fn stamps<E: std::error::Error + 'static>(
    store: &Store,
    (keys, trust): (&PartyKeys, &Trust),
    path: &Path,
    (columns, sha256): (&Opened, &str),
    now: Timestamp,
) -> Result<Opened, ImportError<E>> {
    let stamps = Sealed::open(path)?
        .authenticate(keys, trust, now)?
        .verify()?;
    let stated = columns.header();
    let unpaired_by = |what| ImportError::Unpaired {
        package: stamps.package_id().to_string(),
        what,
    };
    // Before the key check values, which differ too and would tell less.
    if stated.kana_mode != stamps.header().kana_mode {
        return Err(unpaired_by(Unpaired::Mode));
    }
    stamps.expect(&Expected {
        kind: PackageKind::Stamps,
        provision: stated.provision.clone(),
        kcv: stated.kcv,
    })?;
    if let Some(what) = unpaired(columns, sha256, &stamps) {
        return Err(unpaired_by(what));
    }
    let package = stamps.package_id().to_string();
    if store.has_seen(&package, "")? {
        return Err(StoreError::Replayed {
            package,
            part: String::new(),
        }
        .into());
    }
    Ok(stamps)
}

/// The key that made the kana IDs and the table of its proofs, in the verifiable mode.
pub(super) fn proofs<E: std::error::Error + 'static>(
    stamps: &Opened,
) -> Result<Option<(KanaPublicKey, Box<TableReader>)>, ImportError<E>> {
    match stamps.header().kana_mode {
        KanaMode::Keyed => Ok(None),
        KanaMode::Verifiable(key) => Ok(Some((key, Box::new(stamps.table(PROOFS)?)))),
    }
}

fn unpaired(columns: &Opened, sha256: &str, stamps: &Opened) -> Option<Unpaired> {
    let (left, right) = (columns.header(), stamps.header());
    let (Some(resolver), Some(issuer)) = (&left.custody, &right.custody) else {
        return Some(Unpaired::Custodians);
    };
    let between = [
        columns.sender().fingerprint(),
        stamps.sender().fingerprint(),
    ];
    let terms = |header: &Header| {
        (
            header.purpose.clone(),
            header.study.clone(),
            header.producer.clone(),
            header.recipient_ground.clone(),
        )
    };
    let rows = |package: &Opened| match package.tables() {
        [table] => Some(table.rows),
        [table, proofs] if table.name == TABLE && proofs.name == PROOFS => Some(table.rows),
        _ => None,
    };
    let checks = [
        (
            Unpaired::Custodians,
            [resolver.resolver, resolver.issuer] == between
                && [issuer.resolver, issuer.issuer] == between,
        ),
        (Unpaired::Approval, left.approval == right.approval),
        (Unpaired::Database, left.databases == right.databases),
        (Unpaired::Registry, resolver.registry == issuer.registry),
        (Unpaired::Terms, terms(left) == terms(right)),
        (
            Unpaired::Rows,
            rows(columns).is_some() && rows(columns) == rows(stamps),
        ),
        // Last, so that what differs otherwise is told.
        (
            Unpaired::Columns,
            right.in_reply_to == Some(columns.package_id())
                && issuer.sha256.as_deref() == Some(sha256),
        ),
    ];
    let first = checks.into_iter().find(|(_, holds)| !holds)?;
    Some(first.0)
}
