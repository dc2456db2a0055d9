//! Files that appear whole or not at all, and files that are gone.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek, SeekFrom, Write};
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Component, Path, PathBuf};

use data_encoding::HEXLOWER;
use rustix::fs::{AtFlags, CWD, FlockOperation, Mode, OFlags, RenameFlags};
use rustix::io::Errno;
use sha2::{Digest as _, Sha256};

/// A file nobody sees until [`commit`](NewFile::commit): dropped before that, nothing is left.
///
/// It has no name at all while it is written (`O_TMPFILE`), so that a crash leaves nothing either.
/// A file system that can't do that gets a hidden `.NAME.XXXXXXXXXXXXXXXX.tmp` beside the final name.
/// Mode 0600.
#[derive(Debug)]
pub struct NewFile {
    file: File,
    dir: File,
    path: PathBuf,
    name: OsString,
    /// The name it has until it is committed, where the file system wants one.
    hidden: Option<OsString>,
}

/// Whether a file without a name is tried first.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Nameless {
    Tried,
    #[cfg(test)]
    Skipped,
}

impl NewFile {
    /// Starts the file that will be `path`, whose directory must exist.
    ///
    /// # Errors
    /// [`io::ErrorKind::AlreadyExists`] if anything, a dangling symlink too, has that name;
    /// [`io::ErrorKind::InvalidInput`] if the path ends in no name.
    pub fn create(path: &Path) -> io::Result<Self> {
        Self::start(path, Nameless::Tried)
    }

    fn start(path: &Path, nameless: Nameless) -> io::Result<Self> {
        let (dir, name) = place(path)?;
        refuse_existing(path)?;
        let started = if nameless == Nameless::Tried {
            nameless_file(&dir, OFlags::empty())?
        } else {
            None
        };
        let (file, hidden) = if let Some(file) = started {
            (file, None)
        } else {
            let (file, hidden) = hidden_file(&dir, &name)?;
            (file, Some(hidden))
        };
        Ok(Self {
            file,
            dir: File::open(&dir)?,
            path: path.to_owned(),
            name,
            hidden,
        })
    }

    /// The final name.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes the content durable, still without its name.
    pub fn sync(&self) -> io::Result<()> {
        self.file.sync_all()
    }

    /// Makes the content durable, then gives the file its name, then makes the name durable.
    ///
    /// # Errors
    /// [`io::ErrorKind::AlreadyExists`] if somebody else took the name meanwhile: theirs stays, ours is gone.
    pub fn commit(mut self) -> io::Result<()> {
        self.file.sync_all()?;
        match self.hidden.clone() {
            None => rustix::fs::linkat(
                CWD,
                proc_path(&self.file),
                &self.dir,
                &self.name,
                AtFlags::SYMLINK_FOLLOW,
            )?,
            Some(hidden) => {
                rename_hidden(&self.dir, &hidden, &self.name)?;
                self.hidden = None;
            }
        }
        self.dir.sync_all()
    }
}

impl Write for NewFile {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.file.write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for NewFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if let Some(hidden) = self.hidden.take() {
            // Nothing more can be done in a destructor; the name starts with a dot and ends in `.tmp`.
            rustix::fs::unlinkat(&self.dir, &hidden, AtFlags::empty()).ok();
        }
    }
}

/// Opens a file for reading, and refuses what is neither a file nor a directory: a pipe, a device or a socket in the
/// place of a file would keep whoever reads it waiting for ever.
///
/// # Errors
/// [`io::ErrorKind::NotSeekable`] for these.
pub fn open_file(path: &Path) -> io::Result<File> {
    // Without O_NONBLOCK, opening a pipe waits for its writer; a file or a directory takes no notice of it.
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(OFlags::NONBLOCK.bits().cast_signed())
        .open(path)?;
    let kind = file.metadata()?.file_type();
    if kind.is_file() || kind.is_dir() {
        Ok(file)
    } else {
        Err(io::ErrorKind::NotSeekable.into())
    }
}

/// SHA-256 of a file, in hexadecimal.
pub fn digest(path: &Path) -> io::Result<String> {
    let mut file = open_file(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0_u8; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(HEXLOWER.encode(&hash.finalize())),
            read => hash.update(buffer.get(..read).unwrap_or_default()),
        }
    }
}

/// All of a file that [`open_file`] opens.
pub fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open_file(path)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The first of the directories from below `root` to the one `path` is in that is there and is none: a link would lead
/// whoever writes, or removes, out of what belongs to `root`. A path that isn't below `root` is one as a whole.
pub fn detour(root: &Path, path: &Path) -> io::Result<Option<PathBuf>> {
    let Ok(below) = path.strip_prefix(root) else {
        return Ok(Some(path.to_owned()));
    };
    let mut at = root.to_owned();
    for part in below.parent().into_iter().flat_map(Path::components) {
        let Component::Normal(name) = part else {
            return Ok(Some(path.to_owned()));
        };
        at.push(name);
        match fs::symlink_metadata(&at) {
            Ok(found) if found.is_dir() => {}
            Ok(_) => return Ok(Some(at)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// Overwrites the file with zeros, makes that durable, removes the name, makes that durable, and looks
/// whether the name is gone. Returns how many bytes were overwritten.
///
/// On flash media and copy-on-write file systems the old blocks may survive below the file system
/// (NIST SP 800-88r2): what must be unreadable has to have been encrypted, and its key erased as well.
///
/// # Errors
/// [`io::ErrorKind::NotFound`] if there is no such file; [`io::ErrorKind::InvalidInput`] if it is no
/// regular file (a symlink is never followed).
pub fn erase(path: &Path) -> io::Result<u64> {
    let (dir, _) = place(path)?;
    if !fs::symlink_metadata(path)?.is_file() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "not a regular file",
        ));
    }
    let no_follow = OFlags::NOFOLLOW.bits().cast_signed();
    let mut file = OpenOptions::new()
        .write(true)
        .custom_flags(no_follow)
        .open(path)?;
    let length = file.metadata()?.len();
    let zeros = [0_u8; 16 * 1024];
    let mut left = length;
    while left > 0 {
        let step = usize::try_from(left).unwrap_or(usize::MAX).min(zeros.len());
        file.write_all(zeros.get(..step).unwrap_or(&zeros))?;
        left = left.saturating_sub(step as u64);
    }
    file.sync_all()?;
    fs::remove_file(path)?;
    File::open(&dir)?.sync_all()?;
    match fs::symlink_metadata(path) {
        Err(gone) if gone.kind() == io::ErrorKind::NotFound => Ok(length),
        Err(other) => Err(other),
        Ok(_) => Err(io::Error::other("the name is back after erasing")),
    }
}

/// Whether this is the name of a file that was being written when its process was killed: `.NAME.XXXXXXXXXXXXXXXX.tmp`, which
/// [`replace`] and a file system without nameless files leave. It holds nothing that anybody was told of.
pub fn is_unfinished(name: &str) -> bool {
    let inner = name
        .strip_prefix('.')
        .and_then(|name| name.strip_suffix(".tmp"));
    let random = inner.and_then(|name| name.rsplit_once('.'));
    random.is_some_and(|(name, random)| {
        !name.is_empty()
            && random.len() == 16
            && random.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

/// Puts `bytes` durably in the place of the file at `path`, if there is one: whoever reads sees the one or the other.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    Replacement::write(path, bytes)?.put()
}

/// What is to stand in the place of a file: on disk already, under a hidden name until [`put`](Self::put). Dropped, it is gone.
#[derive(Debug)]
#[must_use = "what isn't put is dropped"]
pub struct Replacement {
    dir: PathBuf,
    hidden: Option<PathBuf>,
    path: PathBuf,
}

impl Replacement {
    /// Writes `bytes` durably beside the file at `path`.
    pub fn write(path: &Path, bytes: &[u8]) -> io::Result<Self> {
        let (dir, name) = place(path)?;
        let (mut file, hidden) = hidden_file(&dir, &name)?;
        let written = Self {
            hidden: Some(dir.join(hidden)),
            dir,
            path: path.to_owned(),
        };
        file.write_all(bytes)?;
        file.sync_all()?;
        Ok(written)
    }

    /// Gives it the name.
    pub fn put(mut self) -> io::Result<()> {
        if let Some(hidden) = &self.hidden {
            fs::rename(hidden, &self.path)?;
            self.hidden = None;
        }
        File::open(&self.dir)?.sync_all()
    }
}

impl Drop for Replacement {
    fn drop(&mut self) {
        if let Some(hidden) = self.hidden.take() {
            // Leaves a hidden file at worst.
            fs::remove_file(&hidden).ok();
        }
    }
}

/// A directory only its owner can look into; one that exists is left as it is.
pub fn private_directory(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(path)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o700))
}

/// A file that never has a name: gone with the last descriptor, or with the machine.
pub(crate) fn unnamed(dir: &Path) -> io::Result<File> {
    // With O_EXCL the kernel refuses to give it a name later.
    if let Some(file) = nameless_file(dir, OFlags::EXCL)? {
        return Ok(file);
    }
    let (file, hidden) = hidden_file(dir, &OsString::from("scratch"))?;
    fs::remove_file(dir.join(hidden))?;
    Ok(file)
}

/// Holds off other processes that lock the same directory, until dropped.
#[derive(Debug)]
#[must_use = "a lock that is dropped holds nobody off"]
pub struct DirectoryLock {
    _held: File,
}

/// Waits for the lock of a directory, which must exist.
pub fn lock(dir: &Path) -> io::Result<DirectoryLock> {
    let held = File::open(dir)?;
    rustix::fs::flock(&held, FlockOperation::LockExclusive)?;
    Ok(DirectoryLock { _held: held })
}

/// The lock of a directory, which must exist; `None` while another process holds it.
pub fn try_lock(dir: &Path) -> io::Result<Option<DirectoryLock>> {
    let held = File::open(dir)?;
    match rustix::fs::flock(&held, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Some(DirectoryLock { _held: held })),
        Err(Errno::WOULDBLOCK) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Holds off other processes that take the same lock on the directory of `path`, until dropped.
pub(crate) fn lock_directory(path: &Path) -> io::Result<DirectoryLock> {
    lock(&place(path)?.0)
}

fn place(path: &Path) -> io::Result<(PathBuf, OsString)> {
    let name = path
        .file_name()
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the path ends in no name"))?;
    let dir = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    Ok((dir, name.to_owned()))
}

fn refuse_existing(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(_) => Err(io::Error::new(
            io::ErrorKind::AlreadyExists,
            "the name is taken",
        )),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// `None` where the file system, or the absence of `/proc`, makes a nameless file useless.
fn nameless_file(dir: &Path, more: OFlags) -> io::Result<Option<File>> {
    let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC | more;
    match rustix::fs::open(dir, flags, Mode::RUSR | Mode::WUSR) {
        Ok(fd) => {
            let file = File::from(fd);
            Ok(fs::symlink_metadata(proc_path(&file))
                .is_ok()
                .then_some(file))
        }
        // open(2): EOPNOTSUPP from the file system; EISDIR and ENOENT from kernels and network file systems without it.
        Err(Errno::OPNOTSUPP | Errno::ISDIR) => Ok(None),
        Err(Errno::NOENT) if dir.is_dir() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn hidden_file(dir: &Path, name: &OsString) -> io::Result<(File, OsString)> {
    let mut random = [0_u8; 8];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    let mut hidden = OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".{}.tmp", HEXLOWER.encode(&random)));
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(dir.join(&hidden))?;
    Ok((file, hidden))
}

fn rename_hidden(dir: &File, hidden: &OsString, name: &OsString) -> io::Result<()> {
    match rustix::fs::renameat_with(dir, hidden, dir, name, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(()),
        // renameat2(2): the file system doesn't know the flag. A hard link refuses an existing name as well.
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
            rustix::fs::linkat(dir, hidden, dir, name, AtFlags::empty())?;
            Ok(rustix::fs::unlinkat(dir, hidden, AtFlags::empty())?)
        }
        Err(error) => Err(error.into()),
    }
}

fn proc_path(file: &File) -> String {
    format!("/proc/self/fd/{}", file.as_fd().as_raw_fd())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_kill_leaves_is_known_by_its_name_and_nothing_else_is() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["700", "a.b", "checkpoint"] {
            let (_file, hidden) = hidden_file(dir.path(), &OsString::from(name)).unwrap();
            assert!(is_unfinished(hidden.to_str().unwrap()), "{hidden:?}");
        }
        for name in [
            "700",
            ".700.tmp",
            "..0123456789abcdef.tmp",
            ".700.0123456789abcde.tmp",
            ".700.0123456789abcdeg.tmp",
            "700.0123456789abcdef.tmp",
            ".700.0123456789abcdef",
        ] {
            assert!(!is_unfinished(name), "{name}");
        }
    }

    #[test]
    fn without_nameless_files_the_hidden_name_becomes_the_final_one() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.rkp");
        let mut new = NewFile::start(&path, Nameless::Skipped).unwrap();
        new.write_all(b"whole").unwrap();
        assert!(!path.exists());
        new.commit().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"whole");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn without_nameless_files_a_name_taken_meanwhile_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.rkp");
        let mut new = NewFile::start(&path, Nameless::Skipped).unwrap();
        new.write_all(b"ours").unwrap();
        fs::write(&path, b"theirs").unwrap();
        assert_eq!(
            new.commit().unwrap_err().kind(),
            io::ErrorKind::AlreadyExists
        );
        assert_eq!(fs::read(&path).unwrap(), b"theirs");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn without_nameless_files_a_dropped_file_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let mut new = NewFile::start(&dir.path().join("x.rkp"), Nameless::Skipped).unwrap();
        new.write_all(b"half").unwrap();
        drop(new);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}
