use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;

use proptest::prelude::*;
use renketsu_seal::scratch::{Scratch, ScratchReader};

use crate::fixture::read_all;

const BLOCK: usize = 64 * 1024;
const SEALED: u64 = 64 * 1024 + 16;

fn content(length: usize) -> Vec<u8> {
    (0..length)
        .map(|at| u8::try_from(at % 251).unwrap())
        .collect()
}

fn scratch(dir: &Path, content: &[u8]) -> ScratchReader {
    let mut scratch = Scratch::create(dir).unwrap();
    scratch.write_all(content).unwrap();
    scratch.finish().unwrap()
}

/// The nameless files of a directory that this process holds open, as another process could reach them.
fn held(dir: &Path) -> Vec<File> {
    // All are looked at before any is opened: an opened one is a descriptor too, and may take a number that was listed.
    let ours: Vec<_> = std::fs::read_dir("/proc/self/fd")
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|link| {
            std::fs::read_link(link).is_ok_and(|target| {
                target.starts_with(dir) && target.to_string_lossy().ends_with("(deleted)")
            })
        })
        .collect();
    let open = |link| OpenOptions::new().read(true).write(true).open(link);
    ours.into_iter().map(|link| open(link).unwrap()).collect()
}

fn only(dir: &Path) -> File {
    let mut held = held(dir);
    assert_eq!(held.len(), 1);
    held.remove(0)
}

fn names(dir: &Path) -> usize {
    std::fs::read_dir(dir).unwrap().count()
}

#[test]
fn a_scratch_file_reads_back_at_any_place_and_never_has_a_name() {
    let dir = tempfile::tempdir().unwrap();
    for length in [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, 200_000] {
        let content = content(length);
        let mut scratch = Scratch::create(dir.path()).unwrap();
        scratch.write_all(&content).unwrap();
        assert_eq!(scratch.len(), length as u64);
        assert_eq!(names(dir.path()), 0);
        let mut reader = scratch.finish().unwrap();
        assert_eq!(reader.len(), length as u64);
        assert_eq!(read_all(&mut reader), content);
        for at in [
            0,
            length / 3,
            length.saturating_sub(1),
            length,
            length + 70_000,
        ] {
            reader.seek(SeekFrom::Start(at as u64)).unwrap();
            assert_eq!(
                read_all(&mut reader),
                content.get(at..).unwrap_or_default(),
                "{length} from {at}"
            );
        }
        if length > 2 {
            reader.seek(SeekFrom::End(-2)).unwrap();
            let mut last = [0; 2];
            reader.read_exact(&mut last).unwrap();
            assert_eq!(last, content[length - 2..]);
        }
        assert!(reader.seek(SeekFrom::Current(-(1 << 40))).is_err());
        let mut other = reader.reopen().unwrap();
        assert_eq!(read_all(&mut other), content);
    }
    assert_eq!(names(dir.path()), 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_scratch_file_is_its_content_however_it_is_written_and_read(
        pieces in prop::collection::vec(0_usize..90_000, 0..5),
        seeks in prop::collection::vec((0_u64..400_000, 0_usize..140_000), 0..8),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let content = content(pieces.iter().sum());
        let mut scratch = Scratch::create(dir.path()).unwrap();
        let mut rest = content.as_slice();
        for piece in pieces {
            let (now, later) = rest.split_at(piece);
            scratch.write_all(now).unwrap();
            scratch.flush().unwrap();
            rest = later;
        }
        let mut reader = scratch.finish().unwrap();
        for (at, length) in seeks {
            reader.seek(SeekFrom::Start(at)).unwrap();
            let mut read = Vec::new();
            (&mut reader).take(length as u64).read_to_end(&mut read).unwrap();
            let from = usize::try_from(at).unwrap().min(content.len());
            let to = (from + length).min(content.len());
            prop_assert_eq!(&read, &content[from..to]);
        }
    }
}

#[test]
fn a_scratch_file_holds_no_plaintext() {
    let dir = tempfile::tempdir().unwrap();
    let marker = b"\xe3\x83\xa4\xe3\x83\x9e\xe3\x83\x80 11.22.33";
    let reader = scratch(dir.path(), &marker.repeat(20_000));
    let mut raw = Vec::new();
    only(dir.path()).read_to_end(&mut raw).unwrap();
    assert!(raw.len() as u64 > reader.len());
    assert!(!raw.windows(marker.len()).any(|window| window == marker));
}

#[test]
fn two_scratch_files_with_the_same_content_have_nothing_in_common() {
    let dir = tempfile::tempdir().unwrap();
    let content = content(100);
    let _one = scratch(dir.path(), &content);
    let _other = scratch(dir.path(), &content);
    let raw: Vec<Vec<u8>> = held(dir.path()).into_iter().map(read_all).collect();
    let [one, other] = &raw[..] else {
        panic!("{} files", raw.len())
    };
    let equal = one.iter().zip(other).filter(|(a, b)| a == b).count();
    assert!(one.len() == 116 && equal < 20, "{equal} bytes are equal");
}

#[test]
fn a_flipped_bit_is_noticed_in_its_block_and_only_there() {
    let dir = tempfile::tempdir().unwrap();
    let content = content(2 * BLOCK + 10);
    let mut reader = scratch(dir.path(), &content);
    let raw = only(dir.path());
    for at in [
        0,
        SEALED - 1,
        SEALED,
        2 * SEALED - 17,
        2 * SEALED,
        2 * SEALED + 25,
    ] {
        let mut byte = [0];
        raw.read_exact_at(&mut byte, at).unwrap();
        raw.write_all_at(&[byte[0] ^ 1], at).unwrap();
        let block = at / SEALED;
        for number in 0..3 {
            // By way of another block, so that none is at hand.
            let mut fresh = reader.reopen().unwrap();
            fresh
                .seek(SeekFrom::Start(number * BLOCK as u64 + 3))
                .unwrap();
            let read = fresh.read(&mut [0; 5]);
            if number == block {
                assert_eq!(read.unwrap_err().kind(), ErrorKind::InvalidData, "{at}");
            } else {
                assert_eq!(read.unwrap(), 5, "{at}");
            }
        }
        raw.write_all_at(&byte, at).unwrap();
    }
    assert_eq!(read_all(&mut reader), content);
}

#[test]
fn exchanged_repeated_and_missing_blocks_are_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let reader = scratch(dir.path(), &content(3 * BLOCK));
    let raw = only(dir.path());
    let mut blocks = [0_u64, 1, 2].map(|number| {
        let mut block = vec![0; usize::try_from(SEALED).unwrap()];
        raw.read_exact_at(&mut block, number * SEALED).unwrap();
        block
    });
    let refused = |at: u64| {
        let mut fresh = reader.reopen().unwrap();
        fresh.seek(SeekFrom::Start(at * BLOCK as u64)).unwrap();
        fresh
            .read(&mut [0; 5])
            .is_err_and(|error| error.kind() == ErrorKind::InvalidData)
    };
    blocks.swap(0, 1);
    for (number, block) in (0_u64..).zip(&blocks) {
        raw.write_all_at(block, number * SEALED).unwrap();
    }
    assert!(refused(0) && refused(1) && !refused(2));
    raw.write_all_at(&blocks[2], 0).unwrap();
    assert!(refused(0));
    raw.set_len(2 * SEALED).unwrap();
    assert!(refused(2));
    raw.set_len(0).unwrap();
    assert!(refused(0));
}

#[test]
fn a_scratch_file_of_whole_blocks_has_no_block_more() {
    let dir = tempfile::tempdir().unwrap();
    let _reader = scratch(dir.path(), &content(2 * BLOCK));
    assert_eq!(only(dir.path()).metadata().unwrap().len(), 2 * SEALED);
}

#[test]
fn a_scratch_file_moves_between_threads() {
    fn sent<T: Send>() {}
    sent::<Scratch>();
    sent::<ScratchReader>();
    let dir = tempfile::tempdir().unwrap();
    let mut reader = scratch(dir.path(), &content(BLOCK + 5));
    let mut other = reader.reopen().unwrap();
    let there = std::thread::spawn(move || read_all(&mut other));
    assert_eq!(read_all(&mut reader), there.join().unwrap());
}

#[test]
fn a_scratch_file_needs_its_directory() {
    let dir = tempfile::tempdir().unwrap();
    let error = Scratch::create(&dir.path().join("no")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}
