//! `authority registry load`: a register becomes the registry in use, whole or not at all.

use std::io::{self, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use renketsu_identity::ProvisionCode;
use renketsu_seal::safe::{self, SafeError};
use renketsu_store::{Event, RegistryVersion, Store, StoreError, Txn};
use renketsu_table::delimited::Options;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::custody::Custodian;
use crate::party::Authority;
use crate::registry::{
    Acceptance, Findings, KeepError, LoadError, Loaded, Registry, Severity, canonical_digest, load,
    open_kept, write_canonical,
};
use crate::secrets::{SecretError, private_directory};

/// Why no registry was loaded or opened.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// No registry was loaded yet.
    #[error("no registry is loaded")]
    NotLoaded,
    /// The kept registry could not be written.
    #[error("the registry cannot be kept as `{file}`")]
    Io {
        /// The file.
        file: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The file was refused.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The kept registry could not be read back.
    #[error(transparent)]
    Keep(#[from] KeepError),
    /// The safe failed.
    #[error(transparent)]
    Safe(#[from] SafeError),
    /// The directory of the registry could not be made.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The state could not be read or changed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl RegistryError {
    /// Codes of this enum with the names of their details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("authority.registry.not_loaded", &[]),
        ("authority.registry.io", &["file"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotLoaded => "authority.registry.not_loaded",
            Self::Io { .. } => "authority.registry.io",
            Self::Load(error) => error.code(),
            Self::Keep(error) => error.code(),
            Self::Safe(error) => error.code(),
            Self::Secret(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }

    /// Named values for the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::NotLoaded => Vec::new(),
            Self::Io { file, .. } => vec![("file", file.display().to_string())],
            Self::Load(error) => error.details(),
            Self::Keep(error) => error.details(),
            Self::Safe(error) => error.details(),
            Self::Secret(error) => error.details(),
            Self::Store(error) => error.details(),
        }
    }

    /// The exit code of a command that ends with this error.
    pub fn exit(&self) -> u8 {
        match self {
            Self::NotLoaded => 2,
            Self::Io { .. } => 3,
            Self::Load(error) => error.exit(),
            Self::Keep(error) => error.exit(),
            Self::Safe(error) => error.exit(),
            Self::Secret(error) => error.exit(),
            Self::Store(error) => error.exit(),
        }
    }

    /// Every finding, where the rows of the file were the reason.
    pub fn findings(&self) -> Option<&Findings> {
        match self {
            Self::Load(error) => error.findings(),
            Self::NotLoaded
            | Self::Io { .. }
            | Self::Keep(_)
            | Self::Safe(_)
            | Self::Secret(_)
            | Self::Store(_) => None,
        }
    }
}

/// The registry now in use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Registered {
    /// Counted from 1.
    pub version: u64,
    /// Rows, those that stood twice counted once.
    pub rows: u64,
    /// Persons.
    pub persons: u64,
    /// Persons without an eligible first number: they have no `number_id`.
    pub persons_without_first_number: u64,
    /// SHA-256 of the file as it was read.
    pub sha256: String,
    /// What was noticed, and what was accepted.
    pub findings: Findings,
    /// Whether questions were accepted.
    pub acceptance: Acceptance,
}

/// Loads a registry file. Until it is recorded the registry in use is the one before; a refused file changes nothing.
pub fn register(
    authority: &Authority<'_>,
    store: &mut Store,
    path: &Path,
    options: Options,
    acceptance: Acceptance,
) -> Result<Registered, RegistryError> {
    authority.may(Custodian::Resolver)?;
    let Loaded {
        registry,
        findings,
        sha256,
    } = load(path, options, acceptance, authority.today())?;
    let directory = authority.dir().join("registry");
    private_directory(&directory)?;
    let transaction = store.begin()?;
    let version = transaction.next_registry_version()?;
    let file = keep(authority, &directory, version, &registry)?;
    let registered = Registered {
        version,
        rows: registry.rows(),
        persons: registry.persons(),
        persons_without_first_number: registry.persons_without_first_number(),
        sha256,
        findings,
        acceptance,
    };
    // Until the record is durable the file is nobody's; a failure takes it away again.
    record(authority, transaction, &registered, &file).inspect_err(|_| {
        let _unrecorded = safe::destroy(&authority.dir().join(&file));
    })?;
    Ok(registered)
}

fn record(
    authority: &Authority<'_>,
    transaction: Txn<'_>,
    registered: &Registered,
    file: &str,
) -> Result<(), StoreError> {
    let accepted = accepted(registered);
    let event = Event::new(
        "registry.loaded",
        &registered.version.to_string(),
        authority.now(),
    )
    .with("rows", registered.rows)
    .with("persons", registered.persons)
    .with("sha256", registered.sha256.as_str())
    .with("findings", accepted.clone());
    transaction.load_registry(&RegistryVersion {
        version: registered.version,
        file: file.to_owned(),
        rows: registered.rows,
        persons: registered.persons,
        parent: None,
        digest: registered.sha256.clone(),
        content: String::new(),
        accepted,
        loaded_at: authority.now(),
        pruned_at: None,
    })?;
    transaction.commit(&event)
}

/// Counts of every kind that occurred, and whether questions among them were accepted.
fn accepted(registered: &Registered) -> Value {
    let findings = &registered.findings;
    let counts: Map<String, Value> = findings
        .counts()
        .map(|(kind, count)| (kind.name().to_owned(), json!(count)))
        .collect();
    let questions =
        registered.acceptance == Acceptance::Accept && findings.total(Severity::Question) > 0;
    json!({ "counts": counts, "questions_accepted": questions })
}

/// Writes the canonical rows into a safe named after version and digest, and returns that name below the party's
/// directory. A file left by a load that was interrupted before it was recorded makes way.
fn keep(
    authority: &Authority<'_>,
    directory: &Path,
    version: u64,
    registry: &Registry,
) -> Result<String, RegistryError> {
    let io = |file: &Path| {
        let file = file.to_owned();
        move |source| RegistryError::Io { file, source }
    };
    let digest = canonical_digest(registry).map_err(io(directory))?;
    let name = format!("{version}-{digest}.tsv");
    let path = directory.join(&name);
    match safe::destroy(&path) {
        Ok(_) | Err(SafeError::Missing { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    let mut writer = BufWriter::new(safe::create(&path, authority.keys())?);
    write_canonical(registry, &mut writer).map_err(io(&path))?;
    writer.flush().map_err(io(&path))?;
    writer
        .into_inner()
        .map_err(|error| io(&path)(error.into_error()))?
        .commit()?;
    Ok(format!("registry/{name}"))
}

/// The latest registry, with its version.
pub fn current(authority: &Authority<'_>, store: &Store) -> Result<(u64, Registry), RegistryError> {
    let latest = store.registry_version()?.ok_or(RegistryError::NotLoaded)?;
    opened(authority, &latest)
}

/// The registry a provision is answered from, with its version: the one it is held to, else the latest, to which its
/// first answer or stamp then holds it ([`Txn::pin_registry`]).
pub fn of_provision(
    authority: &Authority<'_>,
    store: &Store,
    provision: &ProvisionCode,
) -> Result<(u64, Registry), RegistryError> {
    let Some(pinned) = store.provision_registry(provision.as_str())? else {
        return current(authority, store);
    };
    let versions = store.registry_versions()?;
    let version = versions
        .iter()
        .find(|version| version.version == pinned)
        .ok_or(RegistryError::NotLoaded)?;
    opened(authority, version)
}

fn opened(
    authority: &Authority<'_>,
    version: &RegistryVersion,
) -> Result<(u64, Registry), RegistryError> {
    let path = authority.dir().join(&version.file);
    let reader = safe::open(&path, authority.keys())?;
    let digest = path
        .file_stem()
        .and_then(|stem| stem.to_str())
        .and_then(|stem| stem.split_once('-'))
        .map_or("", |(_, digest)| digest);
    Ok((
        version.version,
        open_kept(BufReader::with_capacity(1 << 16, reader), digest)?,
    ))
}
