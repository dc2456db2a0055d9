//! Large packages in little memory.

use std::io::{Read, Write};
use std::process::Command;

use renketsu_seal::package::{Counts, Draft};

use crate::fixture::{given, scene, schema};

const SIZE: u64 = 1 << 30;
const LIMIT_KIB: u64 = 64 * 1024;
const JOB: &str = "RENKETSU_SEAL_STREAMING_JOB";

/// Runs itself as a child process, whose peak of resident memory is that of the job and nothing else.
#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "how the child knows that it is the child"
)]
fn a_gibibyte_goes_both_ways_in_less_than_64_mib_of_memory() {
    if std::env::var(JOB).is_ok() {
        write_and_read();
        println!("peak_kib={}", peak_kib());
        return;
    }
    let myself = std::env::current_exe().unwrap();
    let name = "streaming::a_gibibyte_goes_both_ways_in_less_than_64_mib_of_memory";
    let output = Command::new(myself)
        .args([name, "--exact", "--nocapture"])
        .env(JOB, "1")
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let peak = said
        .split_once("peak_kib=")
        .unwrap()
        .1
        .lines()
        .next()
        .unwrap();
    let peak: u64 = peak.trim().parse().unwrap();
    println!("peak {} MiB", peak / 1024);
    assert!(peak < LIMIT_KIB, "{peak} KiB");
}

fn write_and_read() {
    let scene = scene();
    let path = scene.path("large.rkp");
    let mut draft = Draft::new(scene.dir.path());
    let mut table = draft.table("large", schema()).unwrap();
    let mut block = noise();
    for number in 0..SIZE / block.len() as u64 {
        block[..8].copy_from_slice(&number.to_le_bytes());
        table.write_all(&block).unwrap();
    }
    table
        .finish(Counts {
            rows: 1,
            ..Counts::default()
        })
        .unwrap();
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

    let opened = scene.workspace.open(&path).unwrap();
    let mut table = opened.table("large").unwrap();
    assert_eq!(table.len(), SIZE);
    let mut read = vec![0; block.len()];
    for number in 0..SIZE / block.len() as u64 {
        block[..8].copy_from_slice(&number.to_le_bytes());
        table.read_exact(&mut read).unwrap();
        assert!(read == block, "block {number}");
    }
    assert_eq!(table.read(&mut read).unwrap(), 0);
}

/// 1 MiB that no compression would shorten (xorshift64).
fn noise() -> Vec<u8> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let words = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    });
    words.take(1 << 17).flatten().collect()
}

fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap();
    line.trim()
        .strip_suffix(" kB")
        .unwrap()
        .trim()
        .parse()
        .unwrap()
}
