//! How much disk a piece of work has taken at its most in files without a name, which no listing shows.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// How often is looked.
const PAUSE: Duration = Duration::from_millis(50);

/// What `act` gives, and the most bytes that open files without a name had meanwhile.
pub(crate) fn most<T>(act: impl FnOnce() -> T) -> (T, u64) {
    let (done, ended) = mpsc::channel::<()>();
    thread::scope(|scope| {
        let watcher = scope.spawn(move || {
            let mut most = 0;
            loop {
                most = most.max(nameless());
                if ended.recv_timeout(PAUSE) != Err(RecvTimeoutError::Timeout) {
                    return most;
                }
            }
        });
        let outcome = act();
        drop(done);
        (outcome, watcher.join().unwrap_or(0))
    })
}

/// Of the process's open files that have no name, what they take on disk.
fn nameless() -> u64 {
    let Ok(files) = fs::read_dir("/proc/self/fd") else {
        return 0;
    };
    files
        .filter_map(|file| fs::metadata(file.ok()?.path()).ok())
        .filter(|about| about.is_file() && about.nlink() == 0)
        .map(|about| about.blocks().saturating_mul(512))
        .sum()
}
