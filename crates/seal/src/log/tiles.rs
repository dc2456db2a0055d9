//! The files of a log below its directory (C2SP tlog-tiles).

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use super::fault::LogFault;
use super::tree::{Frontier, Hash, leaf, root};
use crate::durable::{self, NewFile};

/// How many hashes a full tile has, and how many entries a full bundle.
pub(super) const WIDTH: u64 = 256;

/// One file of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Its path below the directory of the log.
    pub path: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// The path of the `index`-th tile of a level, or of the bundles of entries; `width` under 256 for one that isn't full.
pub(super) fn path(level: Option<usize>, index: u64, width: u64) -> String {
    let mut name = format!("{:03}", index % 1000);
    let mut rest = index / 1000;
    while rest > 0 {
        name = format!("x{:03}/{name}", rest % 1000);
        rest /= 1000;
    }
    if width < WIDTH {
        name = format!("{name}.p/{width}");
    }
    match level {
        Some(level) => format!("tile/{level}/{name}"),
        None => format!("tile/entries/{name}"),
    }
}

/// Cuts a growing log into its files. What it gives is a function of the entries alone.
#[derive(Debug, Default)]
pub struct Tiler {
    tree: Frontier,
    bundle: Vec<u8>,
    /// The tile of each level that isn't full yet, with its index.
    levels: Vec<(u64, Vec<Hash>)>,
}

impl Tiler {
    /// How many entries it has, and the root over them.
    pub fn tree(&self) -> &Frontier {
        &self.tree
    }

    /// Adds an entry, and gives the files that became full with it.
    pub fn push<E>(
        &mut self,
        entry: &str,
        give: &mut impl FnMut(Piece) -> Result<(), E>,
    ) -> Result<(), E> {
        // No entry is longer: `Entry::to_line`. One that were would not be read back.
        let length = u16::try_from(entry.len()).unwrap_or(u16::MAX);
        self.bundle.extend(length.to_be_bytes());
        self.bundle.extend(entry.as_bytes());
        let hash = leaf(entry.as_bytes());
        self.tree.push(hash);
        if self.tree.size().is_multiple_of(WIDTH) {
            let index = (self.tree.size() / WIDTH).saturating_sub(1);
            give(Piece {
                path: path(None, index, WIDTH),
                bytes: std::mem::take(&mut self.bundle),
            })?;
        }
        let mut carried = Some(hash);
        let mut level = 0_usize;
        while let Some(hash) = carried.take() {
            if self.levels.len() == level {
                self.levels.push((0, Vec::new()));
            }
            let Some((index, hashes)) = self.levels.get_mut(level) else {
                break;
            };
            hashes.push(hash);
            if hashes.len() as u64 == WIDTH {
                carried = Some(root(hashes));
                give(tile(level, *index, hashes))?;
                *index = index.saturating_add(1);
                hashes.clear();
            }
            level = level.saturating_add(1);
        }
        Ok(())
    }

    /// Gives the files that are not full.
    pub fn finish<E>(self, give: &mut impl FnMut(Piece) -> Result<(), E>) -> Result<Frontier, E> {
        let width = self.tree.size() % WIDTH;
        if width > 0 {
            give(Piece {
                path: path(None, self.tree.size() / WIDTH, width),
                bytes: self.bundle,
            })?;
        }
        for (level, (index, hashes)) in self.levels.iter().enumerate() {
            if !hashes.is_empty() {
                give(tile(level, *index, hashes))?;
            }
        }
        Ok(self.tree)
    }
}

fn tile(level: usize, index: u64, hashes: &[Hash]) -> Piece {
    Piece {
        path: path(Some(level), index, hashes.len() as u64),
        bytes: hashes.iter().flat_map(|hash| hash.0).collect(),
    }
}

/// The entries of a bundle of `count`; `None` if it isn't made of so many.
pub(super) fn unbundle(mut bytes: &[u8], count: u64) -> Option<Vec<&str>> {
    let mut entries = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk::<2>() {
        let (entry, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        entries.push(std::str::from_utf8(entry).ok()?);
        bytes = rest;
    }
    (bytes.is_empty() && entries.len() as u64 == count).then_some(entries)
}

/// Writes a file of a log durably. One that is there stays, if it is the same.
///
/// # Errors
/// [`LogFault::Tile`] if another one is there: whoever changed it, the entries give this one.
pub fn write_piece(dir: &Path, piece: &Piece) -> Result<(), LogFault> {
    let file = dir.join(&piece.path);
    let io = |source| LogFault::io(&file, source);
    match durable::read_file(&file) {
        Ok(found) if found == piece.bytes => return Ok(()),
        Ok(_) => return Err(LogFault::Tile { file }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(io(error)),
    }
    if let Some(parent) = file.parent() {
        durable::private_directory(parent).map_err(io)?;
    }
    let mut new = NewFile::create(&file).map_err(io)?;
    new.write_all(&piece.bytes).map_err(io)?;
    new.commit().map_err(io)
}

/// Whether a kill left this file unfinished.
pub(super) fn is_unfinished(path: &str) -> bool {
    durable::is_unfinished(path.rsplit('/').next().unwrap_or(path))
}

/// Removes the files below `dir` that were not full at an earlier head and that a log of `size` entries doesn't need, and what
/// a kill left unfinished. Only for whoever holds the lock of `dir`: nobody else writes there meanwhile.
pub fn clear_partial(dir: &Path, size: u64) -> Result<(), LogFault> {
    for file in files(dir, "")? {
        if is_unfinished(&file) {
            let path = dir.join(&file);
            fs::remove_file(&path).map_err(|source| LogFault::io(&path, source))?;
        }
    }
    let needed = partial(size);
    for file in files(dir, "tile")? {
        if file.contains(".p/") && !needed.contains(&file) {
            let path = dir.join(&file);
            fs::remove_file(&path).map_err(|source| LogFault::io(&path, source))?;
            if let Some(parent) = path.parent() {
                // The directory of one that is needed, of another width, is not empty.
                let _kept = fs::remove_dir(parent);
            }
        }
    }
    Ok(())
}

/// The files of a log of `size` entries that are not full.
fn partial(size: u64) -> Vec<String> {
    let mut paths = Vec::new();
    let (mut left, mut level) = (size, 0_usize);
    if !size.is_multiple_of(WIDTH) {
        paths.push(path(None, size / WIDTH, size % WIDTH));
    }
    while left > 0 {
        if !left.is_multiple_of(WIDTH) {
            paths.push(path(Some(level), left / WIDTH, left % WIDTH));
        }
        left /= WIDTH;
        level = level.saturating_add(1);
    }
    paths
}

/// Every file below `dir`, from `below` on, by its path from `dir`.
pub(super) fn files(dir: &Path, below: &str) -> Result<Vec<String>, LogFault> {
    let mut found = Vec::new();
    let mut waiting = vec![below.to_owned()];
    while let Some(at) = waiting.pop() {
        let place = dir.join(&at);
        let listed = match fs::read_dir(&place) {
            Ok(listed) => listed,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(LogFault::io(&place, error)),
        };
        for item in listed {
            let item = item.map_err(|source| LogFault::io(&place, source))?;
            let name = item.file_name().to_string_lossy().into_owned();
            let path = if at.is_empty() {
                name
            } else {
                format!("{at}/{name}")
            };
            let kind = item
                .file_type()
                .map_err(|source| LogFault::io(&place, source))?;
            if kind.is_dir() {
                waiting.push(path);
            } else {
                found.push(path);
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::convert::Infallible;

    use super::*;

    fn pieces(size: u64) -> BTreeMap<String, Vec<u8>> {
        let mut all = BTreeMap::new();
        let mut give = |piece: Piece| -> Result<(), Infallible> {
            assert_eq!(all.insert(piece.path, piece.bytes), None);
            Ok(())
        };
        let mut tiler = Tiler::default();
        for index in 0..size {
            let Ok(()) = tiler.push(&index.to_string(), &mut give);
        }
        let Ok(_tree) = tiler.finish(&mut give);
        all
    }

    #[test]
    fn the_example_of_the_specification_has_its_files() {
        let all = pieces(70_000);
        let count = |start: &str| all.keys().filter(|path| path.starts_with(start)).count();
        assert_eq!(
            (
                count("tile/0/"),
                count("tile/1/"),
                count("tile/2/"),
                count("tile/entries/")
            ),
            (274, 2, 1, 274)
        );
        for (path, hashes) in [
            ("tile/0/273.p/112", 112),
            ("tile/1/000", 256),
            ("tile/1/001.p/17", 17),
            ("tile/2/000.p/1", 1),
        ] {
            assert_eq!(all[path].len(), hashes * 32, "{path}");
        }
        let partial_now: Vec<_> = all
            .keys()
            .filter(|path| path.contains(".p/"))
            .cloned()
            .collect();
        let mut told = partial(70_000);
        told.sort();
        assert_eq!(partial_now, told);
        assert_eq!(
            pieces(256).into_keys().collect::<Vec<_>>(),
            ["tile/0/000", "tile/1/000.p/1", "tile/entries/000"]
        );
        assert_eq!(path(Some(0), 1_234_067, 256), "tile/0/x001/x234/067");
    }

    #[test]
    fn a_bundle_is_read_as_it_was_written_or_not_at_all() {
        let all = pieces(3);
        let bytes = &all["tile/entries/000.p/3"];
        assert_eq!(unbundle(bytes, 3).unwrap(), ["0", "1", "2"]);
        assert_eq!(unbundle(bytes, 2), None);
        for length in 0..bytes.len() {
            assert_eq!(unbundle(&bytes[..length], 3), None);
        }
    }
}
