//! Every byte of a sealed file counts.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;

use renketsu_seal::Trust;
use renketsu_seal::package::{Draft, Opened, Sealed};

use crate::fixture::{Scene, check_code, given, now, read_all, scene, write_table};
use crate::hostile::payload_start;

/// What a file with a changed or missing byte may be refused for: its header or its payload.
const ALTERED: &[&str] = &[
    "seal.open.corrupt",
    "seal.open.truncated",
    "seal.open.recipient",
    "seal.open.not_package",
];

struct Reader<'a> {
    scene: &'a Scene,
    trust: Trust,
}

impl Reader<'_> {
    fn open(&self, name: &str) -> Result<Opened, renketsu_seal::package::OpenError> {
        Sealed::open(&self.scene.path(name))?
            .authenticate(&self.scene.workspace.keys, &self.trust, now())?
            .verify()
    }

    #[track_caller]
    fn code(&self, name: &str, what: &str) -> &'static str {
        let Err(error) = self.open(name) else {
            panic!("accepted: {what}")
        };
        check_code(&error);
        error.code()
    }
}

fn reader(scene: &Scene) -> Reader<'_> {
    Reader {
        scene,
        trust: scene.workspace.trust(),
    }
}

fn long_delivery(scene: &Scene, name: &str, fill: u8) -> Vec<u8> {
    let mut draft = Draft::new(scene.dir.path());
    write_table(&mut draft, "long", &vec![fill; 200_000]).unwrap();
    draft
        .sign(
            scene.header(),
            given(&scene.producer.keys),
            &scene.producer.keys,
            &scene.workspace.card,
        )
        .unwrap()
        .seal(&scene.path(name))
        .unwrap();
    fs::read(scene.path(name)).unwrap()
}

#[test]
fn a_package_cut_short_at_any_byte_is_refused() {
    let scene = scene();
    let good = fs::read(scene.delivery("a.rkp").path).unwrap();
    let reader = reader(&scene);
    for length in 0..good.len() {
        fs::write(scene.path("b.rkp"), &good[..length]).unwrap();
        let code = reader.code("b.rkp", &format!("the first {length} bytes"));
        assert!(
            ["seal.open.corrupt", "seal.open.truncated"].contains(&code),
            "{length}: {code}"
        );
    }
}

#[test]
fn a_package_with_any_byte_changed_is_refused() {
    let scene = scene();
    let good = fs::read(scene.delivery("a.rkp").path).unwrap();
    let reader = reader(&scene);
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 1 << (at % 8);
        fs::write(scene.path("b.rkp"), &bad).unwrap();
        let code = reader.code("b.rkp", &format!("byte {at}"));
        assert!(ALTERED.contains(&code), "{at}: {code}");
    }
}

#[test]
fn a_package_with_any_bit_of_its_header_changed_is_refused() {
    let scene = scene();
    let good = fs::read(scene.delivery("a.rkp").path).unwrap();
    let reader = reader(&scene);
    for at in 0..payload_start(&good) {
        for bit in 0..8 {
            let mut bad = good.clone();
            bad[at] ^= 1 << bit;
            fs::write(scene.path("b.rkp"), &bad).unwrap();
            let code = reader.code("b.rkp", &format!("bit {bit} of byte {at}"));
            assert!(ALTERED.contains(&code), "{at}.{bit}: {code}");
        }
    }
}

#[test]
fn a_long_package_cut_between_or_inside_its_chunks_is_refused() {
    let scene = scene();
    let good = long_delivery(&scene, "a.rkp", 1);
    let reader = reader(&scene);
    let start = payload_start(&good);
    let chunks = (0..4)
        .map(|chunk| start + chunk * 65_552)
        .filter(|at| *at < good.len());
    let lengths = chunks
        .flat_map(|at| [at - 1, at, at + 1, at + 16, at + 17])
        .chain([good.len() - 17, good.len() - 16, good.len() - 1]);
    for length in lengths {
        fs::write(scene.path("b.rkp"), &good[..length]).unwrap();
        let code = reader.code("b.rkp", &format!("the first {length} bytes"));
        assert!(
            ["seal.open.corrupt", "seal.open.truncated"].contains(&code),
            "{length}: {code}"
        );
    }
}

#[test]
fn a_long_package_with_chunks_swapped_dropped_or_repeated_is_refused() {
    let scene = scene();
    let good = long_delivery(&scene, "a.rkp", 1);
    let reader = reader(&scene);
    let start = payload_start(&good);
    let chunk =
        |at: usize| good[start + at * 65_552..good.len().min(start + (at + 1) * 65_552)].to_vec();
    let head = good[..start].to_vec();
    let orders: [&[usize]; 5] = [
        &[1, 0, 2, 3],
        &[0, 2, 3],
        &[0, 1, 1, 2, 3],
        &[0, 1, 2],
        &[3],
    ];
    for order in orders {
        let bad = order
            .iter()
            .fold(head.clone(), |bytes, at| [bytes, chunk(*at)].concat());
        fs::write(scene.path("b.rkp"), bad).unwrap();
        let code = reader.code("b.rkp", &format!("{order:?}"));
        assert!(
            ["seal.open.corrupt", "seal.open.truncated"].contains(&code),
            "{order:?}: {code}"
        );
    }
}

#[test]
fn bytes_behind_the_sealed_payload_are_refused() {
    let scene = scene();
    let short = fs::read(scene.delivery("a.rkp").path).unwrap();
    let long = long_delivery(&scene, "c.rkp", 1);
    let reader = reader(&scene);
    for good in [short, long] {
        for more in [&b"\0"[..], b"x", &[0; 16], &vec![7; 65_552], &good.clone()] {
            fs::write(scene.path("b.rkp"), [good.as_slice(), more].concat()).unwrap();
            assert_eq!(reader.code("b.rkp", "trailing bytes"), "seal.open.corrupt");
        }
    }
}

#[test]
fn bytes_behind_a_payload_of_whole_chunks_are_refused() {
    let scene = scene();
    let reader = reader(&scene);
    // The plaintext's length must be a multiple of 64 KiB: headers and manifest take a few blocks, the table the rest.
    let sealed_length = |table: usize| {
        let mut draft = Draft::new(scene.dir.path());
        write_table(&mut draft, "t", &vec![5; table]).unwrap();
        let path = scene.path(&format!("{table}.rkp"));
        draft
            .sign(
                scene.header(),
                given(&scene.producer.keys),
                &scene.producer.keys,
                &scene.workspace.card,
            )
            .unwrap()
            .seal(&path)
            .unwrap();
        let sealed = fs::read(path).unwrap();
        (sealed.len() - payload_start(&sealed), sealed)
    };
    let (first, _) = sealed_length(100_352);
    let around_the_table = first - 2 * 16 - 100_352;
    let (length, sealed) = sealed_length(3 * 65_536 - around_the_table);
    assert_eq!(length, 3 * 65_552, "not whole chunks");
    fs::write(scene.path("whole.rkp"), &sealed).unwrap();
    assert!(reader.open("whole.rkp").is_ok());
    for more in [&b"\0"[..], &[0; 16], &vec![7; 65_552]] {
        fs::write(scene.path("b.rkp"), [sealed.as_slice(), more].concat()).unwrap();
        assert_eq!(reader.code("b.rkp", "trailing bytes"), "seal.open.corrupt");
    }
}

#[test]
fn bytes_changed_between_the_check_and_the_reading_are_refused() {
    let scene = scene();
    let good = long_delivery(&scene, "a.rkp", 1);
    let opened = reader(&scene).open("a.rkp").unwrap();
    let file = OpenOptions::new()
        .write(true)
        .open(scene.path("a.rkp"))
        .unwrap();
    let middle = good.len() - 70_000;
    file.write_all_at(&[good[middle] ^ 1], middle as u64)
        .unwrap();
    let mut all = Vec::new();
    assert_eq!(
        opened
            .table("long")
            .unwrap()
            .read_to_end(&mut all)
            .unwrap_err()
            .kind(),
        ErrorKind::InvalidData
    );
    assert!(all.iter().all(|byte| *byte == 1));
}

#[test]
fn another_package_written_over_the_checked_one_is_refused() {
    let scene = scene();
    long_delivery(&scene, "a.rkp", 1);
    let other = long_delivery(&scene, "b.rkp", 2);
    let opened = reader(&scene).open("a.rkp").unwrap();
    let mut file = OpenOptions::new()
        .write(true)
        .truncate(true)
        .open(scene.path("a.rkp"))
        .unwrap();
    file.write_all(&other).unwrap();
    let mut table = opened.table("long").unwrap();
    let mut byte = [0];
    table.seek(SeekFrom::Start(100_000)).unwrap();
    assert_eq!(
        table.read(&mut byte).unwrap_err().kind(),
        ErrorKind::InvalidData
    );
}

#[test]
fn a_checked_package_stays_readable_when_its_name_is_taken_away() {
    let scene = scene();
    long_delivery(&scene, "a.rkp", 1);
    let opened = reader(&scene).open("a.rkp").unwrap();
    fs::remove_file(scene.path("a.rkp")).unwrap();
    assert_eq!(read_all(opened.table("long").unwrap()), vec![1; 200_000]);
}
