//! Where a study's files lie, and the right to write there.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use renketsu_seal::durable;

/// Waits for the only right to write below a study's directory, which is made for its owner only. Held until the work
/// is recorded: two runs on one study would take each other's files for leftovers.
pub(crate) fn lock(dir: &Path, study: &str) -> io::Result<durable::DirectoryLock> {
    let directory = dir.join("studies").join(study);
    private(&directory)?;
    durable::lock(&directory)
}

/// What keeps the work out of `path`, which is to be below the party's directory: a link on the way there, which would
/// lead to what isn't ours to remove or to write. Asked right before `path` is touched.
pub(crate) fn reachable(dir: &Path, path: &Path) -> Result<(), (PathBuf, io::Error)> {
    match durable::detour(dir, path) {
        Ok(None) => Ok(()),
        Ok(Some(link)) => Err((link, io::ErrorKind::NotADirectory.into())),
        Err(error) => Err((path.to_owned(), error)),
    }
}

/// Makes the parent of `out`, for its owner only, and sees to it that `out` is not there. What lies there without a row
/// in the state is left over from work that was cut off.
pub(crate) fn make_room(out: &Path) -> io::Result<()> {
    clear(out)?;
    private(out.parent().unwrap_or(out))
}

/// Removes a file or a directory with all below it; none is fine.
pub(crate) fn clear(out: &Path) -> io::Result<()> {
    let removed = match fs::symlink_metadata(out) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(out),
        Ok(_) => fs::remove_file(out),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Makes the names of the directories from `out` up to `root` durable; the files in them are already. A state that names
/// files whose directory a power cut took away could not be repaired.
pub(crate) fn settle(root: &Path, out: &Path) -> io::Result<()> {
    out.ancestors()
        .take_while(|directory| directory.starts_with(root))
        .filter(|directory| directory.is_dir())
        .try_for_each(|directory| File::open(directory)?.sync_all())
}

fn private(directory: &Path) -> io::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)
}
