//! Versions of the registry: `authority registry load`, whole or not at all, and which version answers.

mod adopt;
mod layers;
mod versions;

use std::io;
use std::path::{Path, PathBuf};

use renketsu_identity::ProvisionCode;
use renketsu_seal::durable::{self, DirectoryLock};
use renketsu_seal::safe::SafeError;
use renketsu_store::{Event, RegistryVersion, Store, StoreError, Txn};
use renketsu_table::delimited::Options;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::custody::Custodian;
use crate::party::Authority;
use crate::registry::{
    Acceptance, Builder, Findings, LoadError, Loaded, ReadError, Registry, SORT_BYTES, Severity,
    is_full, load,
};
use crate::secrets::SecretError;
pub use adopt::{Compared, Taking, adopt, compare};
use layers::LayerFiles;
pub use versions::{Listed, compact, list, prune, update};

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
    /// No room for the registry.
    #[error("no room left for `{file}`")]
    Full {
        /// The file.
        file: PathBuf,
    },
    /// Another command loaded a version at the same time.
    #[error("another version of the registry was loaded meanwhile")]
    Meanwhile,
    /// The provision has no answer or stamp yet, so it is held to no version.
    #[error("provision `{provision}` is not held to a version of the registry")]
    NotHeld {
        /// The provision.
        provision: String,
    },
    /// The version would change IDs inside the provision, and that was not accepted.
    #[error("the version changes IDs of {persons} persons in provision `{provision}`")]
    Changes {
        /// The provision.
        provision: String,
        /// How many persons.
        persons: u64,
    },
    /// The layers of a version together are not what was recorded.
    #[error("the content of version {version} of the registry is not the one recorded")]
    Content {
        /// The version.
        version: u64,
    },
    /// The files of this version were destroyed.
    #[error("version {version} of the registry was pruned")]
    Pruned {
        /// The version.
        version: u64,
    },
    /// There is no such version.
    #[error("the registry has no version {version}")]
    Version {
        /// The version.
        version: u64,
    },
    /// The kept registry could not be read back.
    #[error(transparent)]
    Read(#[from] ReadError),
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
        ("authority.registry.no_room", &["file"]),
        ("authority.registry.meanwhile", &[]),
        ("authority.registry.not_held", &["provision"]),
        ("authority.registry.changes", &["provision", "persons"]),
        ("authority.registry.content", &["version"]),
        ("authority.registry.pruned", &["version"]),
        ("authority.registry.version", &["version"]),
    ];

    fn io(file: &Path, source: io::Error) -> Self {
        let file = file.to_owned();
        if is_full(&source) {
            Self::Full { file }
        } else {
            Self::Io { file, source }
        }
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotLoaded => "authority.registry.not_loaded",
            Self::Io { .. } => "authority.registry.io",
            Self::Load(error) => error.code(),
            Self::Full { .. } => "authority.registry.no_room",
            Self::Meanwhile => "authority.registry.meanwhile",
            Self::NotHeld { .. } => "authority.registry.not_held",
            Self::Changes { .. } => "authority.registry.changes",
            Self::Content { .. } => "authority.registry.content",
            Self::Pruned { .. } => "authority.registry.pruned",
            Self::Version { .. } => "authority.registry.version",
            Self::Read(error) => error.code(),
            Self::Safe(error) => error.code(),
            Self::Secret(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }

    /// Named values for the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::NotLoaded | Self::Meanwhile => Vec::new(),
            Self::Io { file, .. } | Self::Full { file } => {
                vec![("file", file.display().to_string())]
            }
            Self::NotHeld { provision } => vec![("provision", provision.clone())],
            Self::Changes { provision, persons } => vec![
                ("provision", provision.clone()),
                ("persons", persons.to_string()),
            ],
            Self::Pruned { version } | Self::Version { version } | Self::Content { version } => {
                vec![("version", version.to_string())]
            }
            Self::Load(error) => error.details(),
            Self::Read(error) => error.details(),
            Self::Safe(error) => error.details(),
            Self::Secret(error) => error.details(),
            Self::Store(error) => error.details(),
        }
    }

    /// The exit code of a command that ends with this error.
    pub fn exit(&self) -> u8 {
        match self {
            Self::NotLoaded | Self::NotHeld { .. } | Self::Version { .. } => 2,
            Self::Pruned { .. } | Self::Changes { .. } | Self::Content { .. } | Self::Meanwhile => {
                1
            }
            Self::Io { .. } | Self::Full { .. } => 3,
            Self::Load(error) => error.exit(),
            Self::Read(error) => error.exit(),
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
            | Self::Meanwhile
            | Self::Io { .. }
            | Self::Full { .. }
            | Self::NotHeld { .. }
            | Self::Changes { .. }
            | Self::Content { .. }
            | Self::Pruned { .. }
            | Self::Version { .. }
            | Self::Read(_)
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
    /// SHA-256 of the canonical content: the same however it was reached.
    pub content: String,
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
    register_within(authority, store, path, options, acceptance, SORT_BYTES)
}

/// [`register`] that sorts `bytes` of rows in memory at a time.
pub fn register_within(
    authority: &Authority<'_>,
    store: &mut Store,
    path: &Path,
    options: Options,
    acceptance: Acceptance,
    bytes: usize,
) -> Result<Registered, RegistryError> {
    authority.may(Custodian::Resolver)?;
    let _alone = alone(authority, store)?;
    let version = store
        .registry_version()?
        .map_or(0, |latest| latest.version)
        .saturating_add(1);
    let files = LayerFiles::fresh(authority, &version.to_string())?;
    let mut place = files.place()?;
    place.at_once = bytes;
    let builder = Builder::at(authority.today(), Some(place));
    let Loaded { built, sha256 } = load(path, options, builder, acceptance)?;
    // Until the record is durable the files are nobody's; a failure takes them away again.
    let recorded = files.seal(&built.layer, built.key.as_ref()).and_then(|()| {
        let content = data_encoding::HEXLOWER.encode(&built.content);
        let registry = built.into_registry()?;
        let registered = Registered {
            version,
            rows: registry.0.rows(),
            persons: registry.0.persons(),
            persons_without_first_number: registry.0.persons_without_first_number(),
            sha256,
            content,
            findings: registry.1,
            acceptance,
        };
        let transaction = store.begin()?;
        if transaction.next_registry_version()? != version {
            return Err(RegistryError::Meanwhile);
        }
        let about = Recorded {
            action: "registry.loaded",
            file: &files.name,
            parent: None,
            touched: None,
        };
        record(authority, transaction, &registered, &about)?;
        Ok(registered)
    });
    recorded.inspect_err(|_| {
        let _unrecorded = files.destroy();
    })
}

/// Keeps other commands that make or destroy layers waiting: a load may be longer than the state can be held.
fn alone(authority: &Authority<'_>, store: &Store) -> Result<DirectoryLock, RegistryError> {
    store.not_halted()?;
    let scratch = authority.scratch()?;
    durable::lock(&scratch).map_err(|source| RegistryError::io(&scratch, source))
}

/// How a version came to be.
struct Recorded<'r> {
    action: &'static str,
    file: &'r str,
    parent: Option<u64>,
    /// Persons that differences touched.
    touched: Option<u64>,
}

fn record(
    authority: &Authority<'_>,
    transaction: Txn<'_>,
    registered: &Registered,
    about: &Recorded<'_>,
) -> Result<(), StoreError> {
    let accepted = accepted(registered);
    let mut event = Event::new(
        about.action,
        &registered.version.to_string(),
        authority.now(),
    )
    .with("rows", registered.rows)
    .with("persons", registered.persons)
    .with("sha256", registered.sha256.as_str())
    .with("content", registered.content.as_str())
    .with("findings", accepted.clone());
    if let Some(touched) = about.touched {
        event = event.with("touched", touched).with("parent", about.parent);
    }
    transaction.load_registry(&RegistryVersion {
        version: registered.version,
        file: about.file.to_owned(),
        rows: registered.rows,
        persons: registered.persons,
        parent: about.parent,
        digest: registered.sha256.clone(),
        content: registered.content.clone(),
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

/// The latest registry, with its version.
pub fn current(authority: &Authority<'_>, store: &Store) -> Result<(u64, Registry), RegistryError> {
    let latest = store.registry_version()?.ok_or(RegistryError::NotLoaded)?;
    Ok((latest.version, version(authority, store, latest.version)?))
}

/// The registry a provision is answered from, with its version: the one it is held to, else the latest, to which its
/// first answer or stamp then holds it ([`Txn::pin_registry`]).
pub fn of_provision(
    authority: &Authority<'_>,
    store: &Store,
    provision: &ProvisionCode,
) -> Result<(u64, Registry), RegistryError> {
    match store.provision_registry(provision.as_str())? {
        Some(pinned) => Ok((pinned, version(authority, store, pinned)?)),
        None => current(authority, store),
    }
}

/// The registry of this version.
pub fn version(
    authority: &Authority<'_>,
    store: &Store,
    version: u64,
) -> Result<Registry, RegistryError> {
    let versions = store.registry_versions()?;
    let mut layers = Vec::new();
    let mut next = Some(version);
    while let Some(number) = next {
        let found = versions
            .iter()
            .find(|version| version.version == number)
            .ok_or(RegistryError::Version { version: number })?;
        if number == version && found.pruned_at.is_some() {
            return Err(RegistryError::Pruned { version });
        }
        layers.push(LayerFiles::of(authority, &found.file).open()?);
        next = found.parent.filter(|parent| *parent < number);
    }
    layers.reverse();
    Ok(Registry::of(layers).map_err(ReadError::from)?)
}
