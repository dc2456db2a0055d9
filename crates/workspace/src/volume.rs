//! A study's volume: a file system of its own, mounted at the study's directory.
//!
//! Accounts or folders on one machine don't separate two studies of one place (guideline Ⅲ 4-3-3-1). Where a study is said to
//! have a volume, nothing of it is opened unless a file system is mounted at its directory that is neither the workspace's
//! nor any other study's.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use renketsu_store::{Store, StoreError, VolumeRecord};
use rustix::fs::{AtFlags, CWD, StatxAttributes, StatxFlags};

mod mounting;
mod setting;

pub use mounting::{mount, unmount};
pub use setting::{SetVolumeError, set_volume};

/// The clause behind it all.
pub const CLAUSE: &str = "4-3-3-1.separation";

/// Who mounts a study's volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MountedBy {
    /// People, before they start a command or the server.
    Operator,
    /// The server, when the study is opened, and it unmounts it when nobody has the study open any more.
    Server,
}

impl MountedBy {
    /// The stable word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Server => "server",
        }
    }

    /// Who it is, as the state says it.
    pub fn of(record: &VolumeRecord) -> Self {
        // The schema knows these two.
        if record.mounted_by == Self::Server.as_str() {
            Self::Server
        } else {
            Self::Operator
        }
    }
}

/// Why a study's volume is not there, or is not its own.
#[derive(Debug, thiserror::Error)]
pub enum VolumeError {
    /// Nothing is mounted at the study's directory.
    #[error("no volume of study `{study}` is mounted at `{}`", path.display())]
    Absent {
        /// The study.
        study: String,
        /// Its directory.
        path: PathBuf,
    },
    /// What is mounted there is a file system that other data lie on, too.
    #[error("the volume of study `{study}` is that of {} as well", with.display())]
    Shared {
        /// The study.
        study: String,
        /// The directory that lies on the same file system.
        with: PathBuf,
    },
    /// The system's program did not mount or unmount it.
    #[error("`{program}` did not end well for `{}`: {reason}", path.display())]
    Mount {
        /// The program.
        program: &'static str,
        /// The study's directory.
        path: PathBuf,
        /// Its exit status, or why it has none.
        reason: String,
    },
    /// The directory can't be looked at.
    #[error("`{}` can't be looked at", path.display())]
    Io {
        /// The directory.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The state refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl VolumeError {
    /// Every code with the names of its details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("workspace.volume.absent", &["study", "path", "clause"]),
        ("workspace.volume.shared", &["study", "with", "clause"]),
        ("workspace.volume.mount", &["program", "path", "reason"]),
        ("workspace.volume.io", &["path", "reason"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Absent { .. } => "workspace.volume.absent",
            Self::Shared { .. } => "workspace.volume.shared",
            Self::Mount { .. } => "workspace.volume.mount",
            Self::Io { .. } => "workspace.volume.io",
            Self::Store(error) => error.code(),
        }
    }

    /// Named values for the message catalogue.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Absent { study, path } => vec![
                ("study", study.clone()),
                ("path", path.display().to_string()),
                ("clause", CLAUSE.to_owned()),
            ],
            Self::Shared { study, with } => vec![
                ("study", study.clone()),
                ("with", with.display().to_string()),
                ("clause", CLAUSE.to_owned()),
            ],
            Self::Mount {
                program,
                path,
                reason,
            } => vec![
                ("program", (*program).to_owned()),
                ("path", path.display().to_string()),
                ("reason", reason.clone()),
            ],
            Self::Io { path, source } => vec![
                ("path", path.display().to_string()),
                ("reason", source.kind().to_string()),
            ],
            Self::Store(error) => error.details(),
        }
    }

    /// The exit code of a command that ends with this error.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Absent { .. } | Self::Shared { .. } => 1,
            Self::Mount { .. } | Self::Io { .. } => 3,
            Self::Store(error) => error.exit(),
        }
    }
}

/// The directory of a study, where its volume is mounted.
pub fn directory(dir: &Path, study: &str) -> PathBuf {
    dir.join("studies").join(study)
}

/// What the kernel says of a directory: on which file system it lies, and whether one is mounted right there.
#[derive(PartialEq, Eq)]
struct Lies {
    device: (u32, u32),
    mounted: bool,
}

impl Lies {
    /// `None` where there is no such directory; a link is none.
    fn of(path: &Path) -> Result<Option<Self>, VolumeError> {
        let io = |source| VolumeError::Io {
            path: path.to_owned(),
            source,
        };
        match fs::symlink_metadata(path) {
            Ok(found) if found.is_dir() => {}
            Ok(_) => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(io(error)),
        }
        let flags = AtFlags::SYMLINK_NOFOLLOW;
        let found = rustix::fs::statx(CWD, path, flags, StatxFlags::BASIC_STATS)
            .map_err(|error| io(error.into()))?;
        // Linux before 5.8 doesn't say.
        if !found
            .stx_attributes_mask
            .contains(StatxAttributes::MOUNT_ROOT)
        {
            return Err(io(io::ErrorKind::Unsupported.into()));
        }
        Ok(Some(Self {
            device: (found.stx_dev_major, found.stx_dev_minor),
            mounted: found.stx_attributes.contains(StatxAttributes::MOUNT_ROOT),
        }))
    }
}

/// Whether a file system is mounted at the directory of a study.
pub fn is_mounted(dir: &Path, study: &str) -> Result<bool, VolumeError> {
    Ok(Lies::of(&directory(dir, study))?.is_some_and(|lies| lies.mounted))
}

/// Whether a study lies on a volume that is mounted for it alone; `others` are the other studies of the workspace.
fn hold<'a>(
    dir: &Path,
    study: &str,
    others: impl Iterator<Item = &'a str>,
) -> Result<(), VolumeError> {
    let path = directory(dir, study);
    let own = Lies::of(&path)?
        .filter(|lies| lies.mounted)
        .ok_or_else(|| VolumeError::Absent {
            study: study.to_owned(),
            path,
        })?;
    let others = others.map(|other| directory(dir, other));
    for with in [dir.to_owned(), dir.join("studies")]
        .into_iter()
        .chain(others)
    {
        if Lies::of(&with)?.is_some_and(|lies| lies.device == own.device) {
            return Err(VolumeError::Shared {
                study: study.to_owned(),
                with,
            });
        }
    }
    Ok(())
}

fn hold_beside_others(store: &Store, study: &str) -> Result<(), VolumeError> {
    let all = store.studies()?;
    let others = all.iter().map(|other| other.study.as_str());
    hold(store.dir(), study, others.filter(|other| *other != study))
}

/// Refuses a study that is said to have a volume and doesn't lie on it. One that has none is let through.
pub fn check(store: &Store, study: &str) -> Result<(), VolumeError> {
    match store.volume(study)? {
        Some(_) => hold_beside_others(store, study),
        None => Ok(()),
    }
}

/// Where a study lies, for whoever answers for the machine.
#[derive(Debug)]
pub enum Standing {
    /// It has no volume: a directory among the others, which separates nothing.
    None,
    /// On a volume of its own, which is mounted.
    Mounted(MountedBy),
    /// Its volume is not mounted.
    Absent(MountedBy),
    /// It is said to have a volume, and this is wrong with it.
    Wrong(VolumeError),
}

/// Where every study of the workspace lies.
pub fn standings(store: &Store) -> Result<Vec<(String, Standing)>, StoreError> {
    let stands = |study: &str| -> Result<Standing, StoreError> {
        let Some(record) = store.volume(study)? else {
            return Ok(Standing::None);
        };
        let by = MountedBy::of(&record);
        Ok(match hold_beside_others(store, study) {
            Ok(()) => Standing::Mounted(by),
            Err(VolumeError::Absent { .. }) => Standing::Absent(by),
            Err(VolumeError::Store(error)) => return Err(error),
            Err(wrong) => Standing::Wrong(wrong),
        })
    };
    let studies = store.studies()?.into_iter();
    studies
        .map(|study| Ok((stands(&study.study)?, study.study)))
        .map(|found| found.map(|(stands, study)| (study, stands)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_a_link_and_nothing_are_no_volume() {
        let dir = tempfile::tempdir().unwrap();
        let at = |study: &str| hold(dir.path(), study, std::iter::empty());
        let absent = |study: &str| {
            let error = at(study).unwrap_err();
            assert_eq!(error.code(), "workspace.volume.absent", "{study}");
        };
        absent("nothing");
        fs::create_dir_all(directory(dir.path(), "folder")).unwrap();
        absent("folder");
        // There is a file system of its own, and a link leads to it.
        std::os::unix::fs::symlink("/proc", directory(dir.path(), "link")).unwrap();
        absent("link");
        assert!(!is_mounted(dir.path(), "folder").unwrap());
    }

    #[test]
    fn what_is_mounted_and_whose_it_is_are_told_apart() {
        // /proc is mounted on every machine, and /proc/sys lies on it.
        let proc = Lies::of(Path::new("/proc")).unwrap().unwrap();
        let inside = Lies::of(Path::new("/proc/self")).unwrap();
        assert!(proc.mounted);
        assert!(inside.is_none());
        let tty = Lies::of(Path::new("/proc/tty")).unwrap().unwrap();
        assert!(!tty.mounted);
        assert_eq!(tty.device, proc.device);
    }
}
