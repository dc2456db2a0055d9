use std::fs;
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{PermissionsExt, symlink};

use renketsu_seal::durable::{NewFile, erase};
use renketsu_seal::scratch::Scratch;

fn names(dir: &std::path::Path) -> Vec<String> {
    fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[test]
fn a_new_file_is_invisible_until_it_is_committed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a");
    let mut new = NewFile::create(&path).unwrap();
    new.write_all(b"hello").unwrap();
    new.seek(SeekFrom::Start(0)).unwrap();
    new.write_all(b"J").unwrap();
    assert!(names(dir.path()).is_empty());
    new.commit().unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"Jello");
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert_eq!(names(dir.path()), ["a"]);
}

#[test]
fn a_new_file_that_is_dropped_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut new = NewFile::create(&dir.path().join("a")).unwrap();
    new.write_all(b"hello").unwrap();
    drop(new);
    assert!(names(dir.path()).is_empty());
}

#[test]
fn a_new_file_refuses_a_name_that_is_taken() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a");
    fs::write(&path, b"theirs").unwrap();
    assert_eq!(
        NewFile::create(&path).unwrap_err().kind(),
        ErrorKind::AlreadyExists
    );
    let dangling = dir.path().join("b");
    symlink("/nowhere/at/all", &dangling).unwrap();
    assert_eq!(
        NewFile::create(&dangling).unwrap_err().kind(),
        ErrorKind::AlreadyExists
    );
    assert_eq!(fs::read(&path).unwrap(), b"theirs");
}

#[test]
fn a_name_taken_while_the_file_was_written_stays_with_who_took_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a");
    let mut new = NewFile::create(&path).unwrap();
    new.write_all(b"ours").unwrap();
    fs::write(&path, b"theirs").unwrap();
    assert_eq!(new.commit().unwrap_err().kind(), ErrorKind::AlreadyExists);
    assert_eq!(fs::read(&path).unwrap(), b"theirs");
    assert_eq!(names(dir.path()), ["a"]);
}

#[test]
fn a_new_file_needs_its_directory_and_a_name() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(
        NewFile::create(&dir.path().join("no/a"))
            .unwrap_err()
            .kind(),
        ErrorKind::NotFound
    );
    assert_eq!(
        NewFile::create(std::path::Path::new("/"))
            .unwrap_err()
            .kind(),
        ErrorKind::InvalidInput
    );
}

#[test]
fn an_erased_file_is_gone_and_its_blocks_are_zero() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a");
    let content = vec![7_u8; 150_000];
    fs::write(&path, &content).unwrap();
    let mut kept_open = fs::File::open(&path).unwrap();
    assert_eq!(erase(&path).unwrap(), 150_000);
    assert!(names(dir.path()).is_empty());
    let mut left = Vec::new();
    kept_open.read_to_end(&mut left).unwrap();
    assert_eq!(left, vec![0; 150_000]);
}

#[test]
fn erasing_refuses_what_is_no_file_and_what_is_not_there() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(
        erase(&dir.path().join("a")).unwrap_err().kind(),
        ErrorKind::NotFound
    );
    assert_eq!(
        erase(dir.path()).unwrap_err().kind(),
        ErrorKind::InvalidInput
    );
    let target = dir.path().join("target");
    fs::write(&target, b"stays").unwrap();
    let link = dir.path().join("link");
    symlink(&target, &link).unwrap();
    assert_eq!(erase(&link).unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(fs::read(&target).unwrap(), b"stays");
}

#[test]
fn a_scratch_file_reads_back_at_any_place_and_never_has_a_name() {
    let dir = tempfile::tempdir().unwrap();
    for length in [0_usize, 1, 65_535, 65_536, 65_537, 200_000] {
        let content: Vec<u8> = (0..length)
            .map(|at| u8::try_from(at % 251).unwrap())
            .collect();
        let mut scratch = Scratch::create(dir.path()).unwrap();
        scratch.write_all(&content).unwrap();
        assert!(names(dir.path()).is_empty());
        let mut reader = scratch.finish().unwrap();
        assert_eq!(reader.len(), length as u64);
        assert_eq!(crate::fixture::read_all(&mut reader), content);
        for at in [
            0,
            length / 3,
            length.saturating_sub(1),
            length,
            length + 70_000,
        ] {
            reader.seek(SeekFrom::Start(at as u64)).unwrap();
            assert_eq!(
                crate::fixture::read_all(&mut reader),
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
        assert_eq!(crate::fixture::read_all(&mut other), content);
    }
    assert!(names(dir.path()).is_empty());
}

#[test]
fn a_scratch_file_holds_no_plaintext() {
    let dir = tempfile::tempdir().unwrap();
    let marker = b"\xe3\x83\xa4\xe3\x83\x9e\xe3\x83\x80 11.22.33";
    let mut scratch = Scratch::create(dir.path()).unwrap();
    for _ in 0..20_000 {
        scratch.write_all(marker).unwrap();
    }
    let reader = scratch.finish().unwrap();
    let mut seen = 0_u64;
    for entry in fs::read_dir("/proc/self/fd").unwrap() {
        let link = entry.unwrap().path();
        let Ok(target) = fs::read_link(&link) else {
            continue;
        };
        if target.starts_with(dir.path()) && target.to_string_lossy().ends_with("(deleted)") {
            let raw = fs::read(&link).unwrap();
            seen += raw.len() as u64;
            assert!(!raw.windows(marker.len()).any(|window| window == marker));
        }
    }
    assert!(seen >= reader.len());
}
