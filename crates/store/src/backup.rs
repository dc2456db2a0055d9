//! A backup of a party's directory, and putting one back (`docs/decisions/0023-backup-and-restore.md`).
//!
//! What opens anything by a passphrase, and what the record says is destroyed once it was used, is in no backup: an old one
//! must bring back neither a salt nor a map.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use renketsu_seal::PartyKeys;
use renketsu_seal::backup::{About, BackupError, BackupWriter, Manifest, VerifiedBackup};
use renketsu_seal::durable;

use crate::halt::RESTORED;
use crate::{Event, FILE, Store, StoreError, classify};

/// What becomes of the files whose path begins so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// In the backup, as it lies there while nothing else is done.
    Kept,
    /// In the backup; large and never changed once it has its name, so that work may go on meanwhile.
    Large,
    /// In no backup: those who keep it put it back.
    Custodians,
    /// In no backup, and not put back: used up, destroyed with a record, or made anew.
    Left,
}

/// The first that fits decides; what none fits is left out. A path ends in `/` or is whole.
const FATES: &[(&str, Fate)] = &[
    ("keys/card.json", Fate::Kept),
    ("keys/", Fate::Custodians),
    ("secrets/", Fate::Custodians),
    ("vault/", Fate::Custodians),
    ("service/root-private", Fate::Custodians),
    ("service/root-private.key", Fate::Custodians),
    ("service/uploads/", Fate::Left),
    ("service/door.sock", Fate::Left),
    ("service/door.origin", Fate::Left),
    ("service/", Fate::Kept),
    ("documents/", Fate::Kept),
    // Made again from the state by `log checkpoint`; the heads that were signed are not.
    ("log/tile/", Fate::Left),
    ("log/", Fate::Kept),
    // The key of a producer's certificate: `producer tls new` makes another.
    ("link/private", Fate::Left),
    ("link/private.key", Fate::Left),
    ("link/", Fate::Kept),
    ("registry/", Fate::Large),
    ("studies/", Fate::Large),
    // Beside their sources they tell which patient has which ID: destroyed, with a record, once they were used.
    ("maps/", Fate::Left),
    ("attached/", Fate::Left),
    // Sealed packages that aren't imported yet: whoever sent one has it.
    ("quarantine/", Fate::Left),
    // Where a state lies until its record says that it was put back.
    ("restoring/", Fate::Left),
    ("tmp/", Fate::Left),
];

fn fate(path: &str) -> Fate {
    FATES
        .iter()
        .find(|(begins, _)| {
            if begins.ends_with('/') {
                path.starts_with(begins)
            } else {
                path == *begins
            }
        })
        .map_or(Fate::Left, |(_, fate)| *fate)
}

/// Why a directory is not backed up, or not put back.
#[derive(Debug, thiserror::Error)]
pub enum BackupFault {
    /// The backup itself.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// A directory can't be read.
    #[error("`{}` can't be read", path.display())]
    Io {
        /// The directory or file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A path that is no text, or is neither file nor directory.
    #[error("`{}` is no file of ours", path.display())]
    Foreign {
        /// The path.
        path: PathBuf,
    },
    /// There is something where the backup would be put back.
    #[error("`{}` is not empty", dir.display())]
    NotEmpty {
        /// The directory.
        dir: PathBuf,
    },
    /// The state.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl BackupFault {
    /// Codes of this enum with the names of their details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("backup.io", &["path", "reason"]),
        ("backup.foreign", &["path"]),
        ("backup.not_empty", &["path"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Backup(error) => error.code(),
            Self::Io { .. } => "backup.io",
            Self::Foreign { .. } => "backup.foreign",
            Self::NotEmpty { .. } => "backup.not_empty",
            Self::Store(error) => error.code(),
        }
    }

    /// Named values for the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Backup(error) => error.details(),
            Self::Io { path, source } => vec![
                ("path", path.display().to_string()),
                ("reason", source.kind().to_string()),
            ],
            Self::Foreign { path } => vec![("path", path.display().to_string())],
            Self::NotEmpty { dir } => vec![("path", dir.display().to_string())],
            Self::Store(error) => error.details(),
        }
    }

    /// The exit code of a command that ends with this error.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Backup(error) => error.exit(),
            Self::Io { .. } => 3,
            Self::Foreign { .. } | Self::NotEmpty { .. } => 1,
            Self::Store(error) => error.exit(),
        }
    }
}

/// Every file below a directory, by its path there, in order.
fn walk(root: &Path) -> Result<BTreeMap<String, PathBuf>, BackupFault> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![(String::new(), root.to_owned())];
    while let Some((prefix, dir)) = waiting.pop() {
        let io = |source| BackupFault::Io {
            path: dir.clone(),
            source,
        };
        for entry in fs::read_dir(&dir).map_err(io)? {
            let entry = entry.map_err(io)?;
            let path = entry.path();
            let kind = entry.file_type().map_err(io)?;
            let name = entry.file_name();
            let Some(name) = name.to_str() else {
                return Err(BackupFault::Foreign { path });
            };
            if kind.is_dir() {
                waiting.push((format!("{prefix}{name}/"), path));
            } else {
                found.insert(format!("{prefix}{name}"), path);
            }
        }
    }
    Ok(found)
}

/// What was made, or read.
#[derive(Debug)]
pub struct BackedUp {
    /// What it says of itself.
    pub manifest: Manifest,
    /// SHA-256 of that.
    pub sha256: String,
}

/// Backs up the party's directory into `out`, a new file, with a line in the record, which the backup itself ends before.
///
/// While the state and the small files are read, other commands wait; what is large has its name only when it is whole.
pub fn backup(
    dir: &Path,
    store: &mut Store,
    keys: &PartyKeys,
    out: &Path,
    now: Timestamp,
) -> Result<BackedUp, BackupFault> {
    let mut writer = BackupWriter::create(out, keys)?;
    let mut about = About::default();
    let mut other = store.another()?;
    let held = store.begin()?;
    let events = other.events()?;
    about.entries = events.len() as u64;
    about.head = events.into_iter().next_back().map(|entry| entry.hash);
    let snapshot = other.snapshot()?;
    let mut large = Vec::new();
    let mut card = None;
    for (name, path) in walk(dir)? {
        // The state with what SQLite keeps beside it: the snapshot stands for all of it.
        if name.starts_with(FILE) {
            continue;
        }
        match fate(&name) {
            Fate::Kept if name == "keys/card.json" => card = Some((name, path)),
            Fate::Kept => writer.add_file(&name, opened(&path)?)?,
            Fate::Large => large.push((name, path)),
            Fate::Custodians => about.custodians.push(name),
            Fate::Left => about.left_out.push(name),
        }
    }
    drop(held);
    for (name, path) in large {
        writer.add_file(&name, opened(&path)?)?;
    }
    // Put back in this order, a directory is a party, and has a state, only when all else is there.
    if let Some((name, path)) = card {
        writer.add_file(&name, opened(&path)?)?;
    }
    writer.add(FILE, &mut snapshot.as_slice(), snapshot.len() as u64)?;
    let prepared = writer.finish(keys, about, now)?;
    let sha256 = prepared.sha256().to_owned();
    let event = Event::new("party.backed_up", &keys.card().name, now)
        .with("manifest_sha256", sha256.as_str())
        .with("files", prepared.manifest().files.len() as u64);
    store.begin()?.commit(&event)?;
    let manifest = prepared.publish()?;
    Ok(BackedUp { manifest, sha256 })
}

fn opened(path: &Path) -> Result<File, BackupFault> {
    durable::open_file(path).map_err(|source| BackupFault::Io {
        path: path.to_owned(),
        source,
    })
}

/// Reads a backup whole and holds every byte of it against the party's signature. Writes nothing.
pub fn verify(file: &Path, keys: &PartyKeys) -> Result<VerifiedBackup, BackupFault> {
    Ok(VerifiedBackup::read(file, keys)?)
}

/// Puts a verified backup back into `dir`, which is made or is empty, and notes it in the record that was put back, which halts the party.
///
/// The state has its place only once its record says so: cut off at any moment, no directory is left that would work on.
pub fn restore(
    backup: &VerifiedBackup,
    keys: &PartyKeys,
    dir: &Path,
    open: impl Fn(&Path) -> Result<Store, StoreError>,
    now: Timestamp,
) -> Result<Store, BackupFault> {
    let io = |source| BackupFault::Io {
        path: dir.to_owned(),
        source,
    };
    match fs::read_dir(dir) {
        Ok(mut entries) => {
            if entries.next().is_some() {
                return Err(BackupFault::NotEmpty {
                    dir: dir.to_owned(),
                });
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(io(error)),
    }
    durable::private_directory(dir).map_err(io)?;
    let staged = dir.join("restoring");
    backup.restore(keys, |name| {
        if name == FILE {
            staged.join(name)
        } else {
            dir.join(name)
        }
    })?;
    let mut store = open(&staged)?;
    let manifest = backup.manifest();
    let event = Event::new(RESTORED, &keys.card().name, now)
        .with("backed_up", manifest.created.to_string())
        .with("entries", manifest.entries)
        .with("files", manifest.files.len() as u64);
    store.begin()?.commit(&event)?;
    store.fold()?;
    fs::rename(staged.join(FILE), dir.join(FILE)).map_err(io)?;
    fs::remove_dir(&staged).map_err(io)?;
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(io)?;
    Ok(open(dir)?)
}

impl Store {
    /// Ends with everything in the one file, so that it can be moved.
    fn fold(self) -> Result<(), StoreError> {
        let busy = self
            .connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| {
                row.get::<_, bool>(0)
            });
        let path = self.path;
        if busy.map_err(|error| classify(error, &path))? {
            return Err(StoreError::Busy { path });
        }
        self.connection
            .close()
            .map_err(|(_, error)| classify(error, &path))
    }

    /// The whole state as it is committed, as the bytes of its file.
    fn snapshot(&mut self) -> Result<Vec<u8>, StoreError> {
        let read = self.connection.serialize("main").map(|data| data.to_vec());
        read.map_err(|error| self.classify(error))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::WORK;

    #[test]
    fn of_every_directory_of_a_party_it_is_decided_what_becomes_of_it() {
        let decided: BTreeSet<&str> = FATES
            .iter()
            .filter_map(|(begins, _)| begins.split('/').next())
            .collect();
        for work in WORK {
            assert!(decided.contains(work), "{work}");
        }
    }

    #[test]
    fn keys_salts_roots_and_what_is_destroyed_once_used_are_in_no_backup() {
        for path in [
            "keys/private.age",
            "secrets/issuer/salt-P-2026-0001",
            "secrets/issuer/salt-P-2026-0001.key",
            "secrets/resolver/root-1",
            "vault/vault.json",
            "service/root-private",
            "service/root-private.key",
        ] {
            assert_eq!(fate(path), Fate::Custodians, "{path}");
        }
        for path in [
            "link/private",
            "link/private.key",
            "maps/x.parquet",
            "maps/x.parquet.key",
            "attached/P/t",
            "tmp/x",
            "service/uploads/x",
            "service/door.sock",
            "trust/x.json",
            "somebody's file",
        ] {
            assert_eq!(fate(path), Fate::Left, "{path}");
        }
        assert_eq!(fate("keys/card.json"), Fate::Kept);
        assert_eq!(fate("service/site.json"), Fate::Kept);
    }
}
