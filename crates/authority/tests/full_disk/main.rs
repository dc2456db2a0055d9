//! A disk that is full in the middle of a load, of differences or of a compaction: an error with a code, nothing half done,
//! and the same command succeeds once there is room.
//!
//! The test starts itself as a process of its own. Once its files may not grow beyond a limit (`RLIMIT_FSIZE` with
//! `SIGXFSZ` ignored), so that each write that ends the work can be chosen; once it works on a small file system of its own
//! that a ballast fills (Linux: `unshare`, `mount`).

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that meets the unexpected fails, and says what it tried"
)]

mod work;

use std::path::Path;
use std::process::{Command, Stdio};

use work::{Limit, World};

/// Bytes of the small file system.
const DISK: &str = "16m";

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.get(1).map(String::as_str) {
        Some("limit") => World::new().play(Limit::FileSize),
        Some("disk") => World::new().play(Limit::Ballast),
        // Cargo passes options of its own; both tests always run.
        _ => {
            no_file_may_grow_beyond_a_limit();
            println!("test no_file_may_grow_beyond_a_limit ... ok");
            if a_small_file_system_is_full() {
                println!("test a_small_file_system_is_full ... ok");
            }
        }
    }
}

fn no_file_may_grow_beyond_a_limit() {
    let place = tempfile::tempdir().unwrap();
    // A shell is where a signal can be ignored without unsafe code; it stays ignored in what the shell becomes.
    let status = started("sh", &[], "trap '' XFSZ", "limit", place.path());
    assert!(status, "the process whose files may not grow");
}

/// Says so where no file system can be mounted: that takes rights which not every machine gives, and the other test needs
/// none.
fn a_small_file_system_is_full() -> bool {
    let place = tempfile::tempdir().unwrap();
    let mount = format!("mount -t tmpfs -o size={DISK},mode=0700 none \"$TMPDIR\"");
    let ways: [&[&str]; 2] = [
        &["--mount", "sh"],
        &["--user", "--map-root-user", "--mount", "sh"],
    ];
    let found = ways
        .into_iter()
        .find(|way| started("unshare", way, &mount, "nothing", place.path()));
    let Some(way) = found else {
        println!("test a_small_file_system_is_full ... skipped: a tmpfs can't be mounted");
        return false;
    };
    let status = started("unshare", way, &mount, "disk", place.path());
    assert!(status, "the process on the small file system");
    true
}

/// Starts this program again as `what` after `before`, with its temporary files in `place`; whether it succeeded.
fn started(program: &str, arguments: &[&str], before: &str, what: &str, place: &Path) -> bool {
    let script = match what {
        "nothing" => before.to_owned(),
        _ => format!("{before} && exec \"$0\" {what}"),
    };
    Command::new(program)
        .args(arguments)
        .args(["-c", &script])
        .arg(std::env::current_exe().unwrap())
        .env("TMPDIR", place)
        .stdin(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
