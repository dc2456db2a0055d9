use std::fs;
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{PermissionsExt, symlink};

use renketsu_seal::durable::{NewFile, erase, open_file, read_file};

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
fn a_pipe_in_the_place_of_a_file_is_refused_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a");
    let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
    rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, mode, 0).unwrap();
    symlink(&path, dir.path().join("b")).unwrap();
    for name in ["a", "b"] {
        let refused = open_file(&dir.path().join(name)).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::NotSeekable);
        let refused = read_file(&dir.path().join(name)).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::NotSeekable);
    }
    fs::write(dir.path().join("c"), "whole").unwrap();
    assert_eq!(read_file(&dir.path().join("c")).unwrap(), b"whole");
    assert!(open_file(dir.path()).unwrap().metadata().unwrap().is_dir());
}
