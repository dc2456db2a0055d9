//! The server as a process of its own: this test program, started again with the directory that it serves.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;

use renketsu_store::Store;
use renketsu_testkit::{now, passphrase};
use renketsu_web::{Clock, Stop, serve};
use tokio::sync::oneshot;

use crate::site::{People, Told, settings};
use crate::words::Catalogues;

/// This test, as the program of the tests is asked for it.
const TEST: &str = "kill::a_kill_at_any_time_loses_nothing_that_was_answered";
/// The directory that the process serves.
const SERVES: &str = "RENKETSU_SERVES";
/// What it says before its address.
const AT: &str = "served at ";
/// The directory that this process is to serve, if it was started for that.
pub(super) fn served() -> Option<PathBuf> {
    std::env::var_os(SERVES).map(PathBuf::from)
}

/// Serves until nobody holds the other end of the standard input.
pub(super) fn serve_here(dir: &Path) {
    let keys = Arc::new(renketsu_seal::party::open(dir, &passphrase()).unwrap());
    let words = Catalogues::load();
    let settings = settings(dir, &Told::default(), &words, People::Samples);
    let (stop, told) = oneshot::channel();
    std::thread::spawn(move || {
        let mut said = Vec::new();
        std::io::stdin().read_to_end(&mut said).unwrap();
        drop::<oneshot::Sender<()>>(stop);
    });
    serve(settings, &keys, &Clock::new(now), Stop::Told(told), |at| {
        let mut out = std::io::stdout().lock();
        writeln!(out, "{AT}{}", at.address).unwrap();
        out.flush().unwrap();
    })
    .unwrap();
}

/// The process that serves; killed when it is dropped.
pub(super) struct Server {
    child: Child,
    stdin: Option<ChildStdin>,
}

impl Server {
    pub(super) fn spawn(dir: &Path) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", TEST])
            .env(SERVES, dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdin = child.stdin.take();
        Self { child, stdin }
    }

    /// Where it serves, once it says so.
    pub(super) fn address(&mut self) -> SocketAddr {
        let out = BufReader::new(self.child.stdout.take().unwrap());
        let mut lines = out.lines().map(Result::unwrap);
        // The program of the tests may have begun the line.
        let at = lines.find_map(|line| line.split_once(AT).map(|(_, at)| at.parse().unwrap()));
        // What it says later goes nowhere, but it may say it.
        std::thread::spawn(move || lines.for_each(drop));
        at.expect("an address")
    }

    /// Waits until the record has gone on from where it was.
    pub(super) fn has_recorded(&mut self, store: &Store, before: u64) {
        while store.last_event().unwrap() == before {
            assert_eq!(self.child.try_wait().unwrap(), None, "it ended");
            std::thread::yield_now();
        }
    }

    pub(super) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Tells it to end, and sees that it ended well.
    pub(super) fn stop(mut self) {
        drop(self.stdin.take());
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
