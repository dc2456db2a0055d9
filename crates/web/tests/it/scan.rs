//! Viruses in what comes, with ClamAV's `clamd` as judge (Debian's `clamav-daemon`) on signatures of these tests.

use std::io::{BufRead as _, BufReader, Read};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use renketsu_testkit::Party;
use renketsu_workspace::scan::{ScanError, Scanner};
use tempfile::TempDir;

use crate::packages::{package_of, producer, settled, upload};
use crate::site::{People, STUDY, Site};

/// What the signature of these tests finds.
const MARKER: &[u8] = b"RENKETSUVIRUSTEST";

/// A daemon of its own, which ends with it.
struct Clamd {
    dir: TempDir,
    child: Child,
}

impl Clamd {
    /// `None` where the program isn't there, which CI doesn't pass over.
    #[expect(
        clippy::disallowed_methods,
        clippy::print_stdout,
        reason = "CI must not skip what a developer's machine may"
    )]
    fn start() -> Option<Self> {
        let found = Command::new("clamd").arg("--version").output();
        if found.is_err() {
            assert_ne!(
                std::env::var("CI").as_deref(),
                Ok("true"),
                "clamd is missing (Debian package clamav-daemon)"
            );
            println!("clamd is missing (Debian package clamav-daemon): no test of the scanner ran");
            return None;
        }
        let dir = TempDir::new().unwrap();
        let path = |name: &str| dir.path().join(name).display().to_string();
        for place in ["signatures", "temporary"] {
            std::fs::create_dir(path(place)).unwrap();
        }
        let hex: String = data_encoding::HEXLOWER.encode(MARKER);
        std::fs::write(
            path("signatures/test.ndb"),
            format!("Test.Marker:0:*:{hex}\n"),
        )
        .unwrap();
        let config = format!(
            "LocalSocket {}\nDatabaseDirectory {}\nTemporaryDirectory {}\nForeground yes\n{}",
            path("socket"),
            path("signatures"),
            path("temporary"),
            // It leaves root for a user of its own, who could read nothing here.
            if dir.path().metadata().unwrap().uid() == 0 {
                "User root\n"
            } else {
                ""
            }
        );
        std::fs::write(path("config"), config).unwrap();
        let child = Self::run(dir.path());
        Some(Self { dir, child })
    }

    fn run(dir: &Path) -> Child {
        let config = dir.join("config").display().to_string();
        let mut child = Command::new("clamd")
            .arg(format!("--config-file={config}"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // It says this last, when it listens.
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let listens = |line: &String| line.contains("Self checking");
        assert!(lines.any(|line| listens(&line.unwrap())), "clamd ended");
        std::thread::spawn(move || lines.for_each(drop));
        child
    }

    fn socket(&self) -> PathBuf {
        self.dir.path().join("socket")
    }

    fn stop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn again(&mut self) {
        self.child = Self::run(self.dir.path());
    }

    /// Nothing that was scanned was written to a disk.
    fn wrote_nothing(&self) {
        let left = std::fs::read_dir(self.dir.path().join("temporary")).unwrap();
        assert_eq!(left.count(), 0);
    }
}

impl Drop for Clamd {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _ended = self.child.wait();
    }
}

/// A served workspace with this scanner, and a producer that it trusts.
fn scanned(clamd: &Clamd) -> (Site, Party) {
    let mut site = Site::new(People::Samples);
    site.scanner = Some(Scanner::new(&clamd.socket()));
    // Trusting somebody starts the server anew.
    let producer = producer(&mut site);
    (site, producer)
}

fn states(site: &mut Site) -> Vec<String> {
    let store = site.stop();
    let found = store.quarantined(STUDY).unwrap();
    found.into_iter().map(|record| record.state).collect()
}

#[test]
fn what_is_infected_is_refused_and_what_is_clean_says_what_looked() {
    let Some(clamd) = Clamd::start() else { return };
    let (mut site, producer) = scanned(&clamd);
    let sealed = |name: &str, content: &[u8]| {
        std::fs::read(package_of(&site, &producer, name, content)).unwrap()
    };
    let (clean, infected) = (
        sealed("clean.sealed", b"rows"),
        sealed("bad.sealed", &[b"rows ", MARKER, b" rows"].concat()),
    );
    let mut browser = site.seated("study-operator");
    let address = upload(&mut browser, &clean).location().to_owned();
    let page = settled(&mut browser, &address).text();
    assert!(page.contains("ClamAV"), "{page}");
    let address = upload(&mut browser, &infected).location().to_owned();
    let page = settled(&mut browser, &address).text();
    assert!(page.contains("Test.Marker"), "{page}");
    assert!(!page.contains("/import"), "{page}");

    // A file without a seal, too, before anything of it is read.
    let incoming = site.party.path().join("incoming").join(STUDY);
    std::fs::create_dir_all(&incoming).unwrap();
    for (name, content, verdict) in [
        ("bad.csv", [b"code\n", MARKER].concat(), "notice bad"),
        ("good.csv", b"code\n1\n".to_vec(), "notice good"),
    ] {
        std::fs::write(incoming.join(name), content).unwrap();
        let fields = [
            ("name", name),
            ("table", "codes"),
            ("kind", "reference"),
            ("source", "x"),
        ];
        browser.submit("/packages/plain", &fields);
        let page = settled(&mut browser, "/packages/plain").text();
        assert!(page.contains(verdict), "{page}");
    }
    let diagnostics = site.seated("operator").get("/diagnostics").text();
    assert!(diagnostics.contains("ClamAV"), "{diagnostics}");
    site.has_words();
    clamd.wrote_nothing();
    let mut found = states(&mut site);
    found.sort_unstable();
    assert_eq!(found, ["refused", "verified"]);
    let store = site.stop();
    let events = store.events().unwrap();
    let scans: Vec<_> = events
        .iter()
        .filter(|entry| entry.event.action == "package.verified")
        .map(|entry| entry.event.details["said"]["scan"]["bytes"].as_u64())
        .collect();
    assert_eq!(scans, [Some(4)]);
}

#[test]
fn without_its_scanner_nothing_is_verified_and_nothing_is_refused() {
    let Some(mut clamd) = Clamd::start() else {
        return;
    };
    let (mut site, producer) = scanned(&clamd);
    let path = package_of(&site, &producer, "one.sealed", b"rows");
    let file = std::fs::read(path).unwrap();
    clamd.stop();
    let mut browser = site.seated("study-operator");
    let address = upload(&mut browser, &file).location().to_owned();
    let page = settled(&mut browser, &address).text();
    assert!(page.contains("notice bad"), "{page}");
    let diagnostics = site.seated("operator").get("/diagnostics");
    assert_eq!(diagnostics.status, 200);
    clamd.again();
    let mut browser = site.seated("study-operator");
    let page = browser.submit(&format!("{address}/verify"), &[]);
    assert_eq!(page.location(), address);
    let page = settled(&mut browser, &address).text();
    assert!(page.contains("ClamAV"), "{page}");
    site.has_words();
    assert_eq!(states(&mut site), ["verified"]);
}

#[test]
fn a_long_table_is_scanned_across_its_windows() {
    let Some(clamd) = Clamd::start() else { return };
    let scanner = Scanner::new(&clamd.socket());
    let window = 64_u64 << 20;
    for before in [window - 5, window, 0] {
        let whole = std::io::repeat(b'x')
            .take(before)
            .chain(MARKER)
            .chain(std::io::repeat(b'x').take(1000));
        let found = scanner.scan(whole);
        assert!(
            matches!(&found, Err(ScanError::Found { name }) if name.starts_with("Test.Marker")),
            "{before}: {found:?}"
        );
    }
    for length in [0, 1, window, window + 1] {
        let bytes = scanner.scan(std::io::repeat(b'x').take(length)).unwrap();
        assert_eq!(bytes, length);
    }
    clamd.wrote_nothing();
}
