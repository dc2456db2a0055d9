//! The tar inside a package: regular files with nothing but a name and a length.
//!
//! Read here rather than with the `tar` crate, which is made to accept what is out there; this accepts what
//! [`header`] and `tar --format=ustar` write and nothing else.

use std::io;

pub(crate) mod reader;

/// Name of the manifest, the first entry.
pub(crate) const MANIFEST: &str = "datapackage.json";
/// Name of its signature, the second entry.
pub(crate) const SIGNATURE: &str = "datapackage.json.minisig";
pub(crate) const BLOCK: usize = 512;
/// `tar` fills its last record of 20 blocks with zeros; two of these are the end mark.
pub(crate) const MAX_TRAILER: u64 = 10_240;

/// The header of a file: mode 0600, no owner, time 0.
pub(crate) fn header(name: &str, size: u64) -> io::Result<[u8; BLOCK]> {
    let mut header = tar::Header::new_ustar();
    header.set_path(name)?;
    header.set_size(size);
    header.set_mode(0o600);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_entry_type(tar::EntryType::Regular);
    header.set_cksum();
    Ok(*header.as_bytes())
}

/// Zeros between a file of this size and the next header.
pub(crate) fn padding(size: u64) -> usize {
    let over = usize::try_from(size.rem_euclid(BLOCK as u64)).unwrap_or(0);
    if over == 0 {
        0
    } else {
        BLOCK.saturating_sub(over)
    }
}

/// One block where a header must stand.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// Half of the end mark.
    End,
    /// A regular file.
    File { name: String, size: u64 },
}

/// Why a block is no header we accept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EntryFault {
    /// Checksum, magic or a number is wrong.
    Form,
    /// A link, directory, device or extension, named in the words of POSIX.
    NotAFile(&'static str),
}

pub(crate) fn parse(block: &[u8; BLOCK]) -> Result<Entry, EntryFault> {
    if block.iter().all(|byte| *byte == 0) {
        return Ok(Entry::End);
    }
    let field = |start: usize, length: usize| {
        block
            .get(start..start.saturating_add(length))
            .unwrap_or_default()
    };
    let magic = field(257, 8);
    if magic != b"ustar\x0000" && magic != b"ustar  \0" {
        return Err(EntryFault::Form);
    }
    // The checksum counts its own field as spaces.
    let sum: u64 = block
        .iter()
        .enumerate()
        .map(|(at, byte)| {
            u64::from(if (148..156).contains(&at) {
                b' '
            } else {
                *byte
            })
        })
        .sum();
    if number(field(148, 8)) != Some(sum) {
        return Err(EntryFault::Form);
    }
    match field(156, 1).first() {
        Some(b'0' | 0) => {}
        Some(b'1') => return Err(EntryFault::NotAFile("hard link")),
        Some(b'2') => return Err(EntryFault::NotAFile("symbolic link")),
        Some(b'3') => return Err(EntryFault::NotAFile("character device")),
        Some(b'4') => return Err(EntryFault::NotAFile("block device")),
        Some(b'5') => return Err(EntryFault::NotAFile("directory")),
        Some(b'6') => return Err(EntryFault::NotAFile("FIFO")),
        _ => return Err(EntryFault::NotAFile("extension")),
    }
    let link = field(157, 100);
    let prefix = field(345, 155);
    if link.iter().chain(prefix).any(|byte| *byte != 0) {
        return Err(EntryFault::Form);
    }
    let name = field(0, 100);
    let (name, rest) = name.split_at(
        name.iter()
            .position(|byte| *byte == 0)
            .unwrap_or(name.len()),
    );
    if name.is_empty() || rest.iter().any(|byte| *byte != 0) {
        return Err(EntryFault::Form);
    }
    let name = std::str::from_utf8(name)
        .map_err(|_| EntryFault::Form)?
        .to_owned();
    let size = number(field(124, 12)).ok_or(EntryFault::Form)?;
    Ok(Entry::File { name, size })
}

/// Octal digits ended by NUL or space, or, from 8 GiB on, big-endian after a byte 0x80.
fn number(field: &[u8]) -> Option<u64> {
    if let Some((0x80, rest)) = field.split_first() {
        let (high, low) = rest.split_at_checked(rest.len().checked_sub(8)?)?;
        let low: [u8; 8] = low.try_into().ok()?;
        return high
            .iter()
            .all(|byte| *byte == 0)
            .then_some(u64::from_be_bytes(low));
    }
    let text = std::str::from_utf8(field).ok()?.trim_matches(['\0', ' ']);
    if text.is_empty() || !text.bytes().all(|digit| matches!(digit, b'0'..=b'7')) {
        return None;
    }
    u64::from_str_radix(text, 8).ok()
}

/// The table name in `data/NAME.parquet`, if the path has exactly this form.
pub(crate) fn table_name(path: &str) -> Option<&str> {
    let name = path.strip_prefix("data/")?.strip_suffix(".parquet")?;
    is_table_name(name).then_some(name)
}

pub(crate) fn is_table_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_reads_back_at_every_size() {
        for size in [0, 1, 511, 512, 513, 8_589_934_591, 8_589_934_592, 1 << 45] {
            let parsed = parse(&header("data/claims.parquet", size).unwrap());
            assert_eq!(
                parsed,
                Ok(Entry::File {
                    name: "data/claims.parquet".to_owned(),
                    size
                })
            );
        }
    }

    #[test]
    fn a_header_holds_nothing_but_name_size_and_constants() {
        let mut block = header("data/claims.parquet", 0o1234).unwrap();
        block[..100].fill(0);
        block[124..136].fill(0);
        block[148..156].fill(0);
        let left: Vec<u8> = block.into_iter().filter(|byte| *byte != 0).collect();
        assert_eq!(
            String::from_utf8(left).unwrap(),
            "000060000000000000000000000000000ustar00"
        );
    }

    #[test]
    fn a_header_with_any_byte_changed_is_no_header_or_another_name_or_size() {
        let good = header("data/a.parquet", 5).unwrap();
        for at in 0..BLOCK {
            let mut bad = good;
            bad[at] ^= 1;
            assert!(parse(&bad).is_err(), "byte {at}");
        }
    }

    #[test]
    fn only_table_paths_are_table_paths() {
        assert_eq!(table_name("data/ab_9.parquet"), Some("ab_9"));
        for path in [
            "data/.parquet",
            "data/A.parquet",
            "data/../a.parquet",
            "/data/a.parquet",
            "data/a/b.parquet",
            "a.parquet",
            "data/a.csv",
        ] {
            assert_eq!(table_name(path), None, "{path}");
        }
        assert_eq!(
            table_name(&format!("data/{}.parquet", "a".repeat(65))),
            None
        );
    }
}
