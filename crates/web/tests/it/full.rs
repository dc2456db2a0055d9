//! A disk that is really full, and a log whose files can't be written: in a mount namespace of its own, on a small file system
//! in memory. This test program starts itself again there.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use renketsu_web::{Lang, Words as _};

use crate::browser::Browser;
use crate::hostile::record_is_whole;
use crate::site::{People, Site};

/// Where the small file system is, for the process that runs on it.
const HERE: &str = "RENKETSU_SMALL_DISK";
/// Room for a workspace and some thousand entries.
const SIZE: &str = "32m";
/// Pages that are recorded before they are sent, with who may see them.
const PAGES: [(&str, &str, &str); 3] = [
    ("security-manager", "/log/1", "log.viewed"),
    ("operator", "/diagnostics", "diagnostics.viewed"),
    ("study-operator", "/packages", "packages.viewed"),
];
/// What was written but not yet moved into the state has room of its own, which fills first.
const TRIES: usize = 5_000;

/// Whether this process is the one on the small file system; otherwise runs this test there. Without the right to mount it says so,
/// and fails where it must run.
fn on_a_small_disk(test: &str) -> Result<PathBuf, &'static str> {
    if let Some(here) = std::env::var_os(HERE) {
        return Ok(here.into());
    }
    let dir = tempfile::TempDir::new().unwrap();
    let mount = format!(
        "mount -t tmpfs -o size={SIZE} renketsu-test \"$1\" && exec \"$2\" --exact \"$3\" --nocapture"
    );
    let rights = Command::new("unshare").args(["--mount", "true"]).status();
    if !rights.is_ok_and(|status| status.success()) {
        assert!(
            std::env::var_os("CI").is_none(),
            "no right to mount (unshare --mount)"
        );
        return Err("skipped: no right to mount (unshare --mount)");
    }
    let output = Command::new("unshare")
        .args(["--mount", "sh", "-c", &mount, "sh"])
        .arg(dir.path())
        .arg(std::env::current_exe().unwrap())
        .arg(test)
        .env(HERE, dir.path())
        .env("TMPDIR", dir.path())
        .output()
        .unwrap();
    let (said, failed) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{said}\n{failed}");
    assert!(said.contains("1 passed"), "it didn't run: {said}");
    Err("passed in a mount namespace of its own")
}

fn mount(options: &[&str], place: &Path) {
    let status = Command::new("mount").args(options).arg(place).status();
    assert!(status.unwrap().success(), "{options:?}");
}

/// Takes the last byte.
fn fill(ballast: &Path) -> File {
    let mut file = File::create_new(ballast).unwrap();
    let mut length = 1 << 20;
    while length > 0 {
        match file.write_all(&vec![0; length]) {
            Ok(()) => {}
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::StorageFull);
                length /= 2;
            }
        }
    }
    file
}

struct Seats {
    browsers: Vec<(&'static str, Browser)>,
    /// Pages that were shown, by person.
    shown: Vec<&'static str>,
}

impl Seats {
    fn new(site: &Site) -> Self {
        let seat = |(person, _, _)| (person, site.seated(person));
        Self {
            browsers: PAGES.map(seat).into(),
            shown: Vec::new(),
        }
    }

    /// Everybody asks for their page once; what each got.
    fn ask(&mut self, place: &str) -> Vec<u16> {
        let mut all = Vec::new();
        for ((person, browser), (_, path, _)) in self.browsers.iter_mut().zip(PAGES) {
            let page = browser.get(path);
            let text = page.text();
            match page.status {
                200 => self.shown.push(person),
                503 => {
                    assert!(!text.contains("<table"), "{path} shows data");
                    assert!(text.contains("<h1"), "{path} has no words");
                    assert!(!text.contains(place), "{path} tells where files lie");
                    assert_eq!(page.header("retry-after"), Some("5"), "{path}");
                }
                status => panic!("{path}: {status} {text}"),
            }
            all.push(page.status);
        }
        all
    }

    /// What was shown is in the record, and nothing else is said to have been.
    fn were_recorded(&self, site: &mut Site) {
        record_is_whole(site);
        let store = site.stop();
        let events = store.events().unwrap();
        for (person, _, action) in PAGES {
            let shown = self.shown.iter().filter(|who| **who == person).count();
            let told = events.iter().filter(|entry| {
                entry.event.action == action && entry.event.details["person"] == person
            });
            assert_eq!(told.count(), shown, "{person}");
        }
    }
}

#[test]
fn a_full_disk_shows_no_data_and_the_server_goes_on_when_there_is_room() {
    let test = "full::a_full_disk_shows_no_data_and_the_server_goes_on_when_there_is_room";
    let here = match on_a_small_disk(test) {
        Ok(here) => here,
        Err(said) => {
            eprintln!("{said}");
            return;
        }
    };
    let mut site = Site::new(People::Samples);
    let place = site.party.path().to_str().unwrap().to_owned();
    assert!(place.starts_with(here.to_str().unwrap()), "{place}");
    let mut seats = Seats::new(&site);
    assert_eq!(seats.ask(&place), [200; 3]);
    let ballast = here.join("ballast");
    let held = fill(&ballast);
    let refused = (0..TRIES).find(|_| seats.ask(&place) == [503; 3]);
    assert!(refused.is_some(), "no page was refused");
    let page = site.browser().post("/demo", &[("person", "handler")]);
    assert_eq!(page.status, 503, "{}", page.text());
    assert!(page.text().contains("store.full"), "{}", page.text());
    // Whoever is there can't leave a trace in vain either.
    let (_, browser) = &mut seats.browsers[0];
    assert_eq!(browser.get("/log/review").status, 503);
    drop(held);
    fs::remove_file(&ballast).unwrap();
    assert_eq!(seats.ask(&place), [200; 3]);
    assert_eq!(
        site.browser()
            .post("/demo", &[("person", "handler")])
            .status,
        303
    );
    seats.were_recorded(&mut site);
    // And once more from the beginning.
    site.start();
    assert_eq!(site.seated("handler").get("/").status, 200);
}

#[test]
fn a_log_that_cant_be_written_goes_unsigned_and_the_page_says_so() {
    let test = "full::a_log_that_cant_be_written_goes_unsigned_and_the_page_says_so";
    if let Err(said) = on_a_small_disk(test) {
        eprintln!("{said}");
        return;
    }
    let mut site = Site::new(People::Samples);
    let place = site.party.path().to_str().unwrap().to_owned();
    let mut seats = Seats::new(&site);
    assert_eq!(seats.ask(&place), [200; 3]);
    // The files of the log alone: entries are rows of the state, so pages go on, and the missing signature is said.
    // Its first signature makes them.
    let (_, browser) = &mut seats.browsers[0];
    assert_eq!(browser.submit("/log/sign", &[]).location(), "/log");
    let log = site.party.path().join("log");
    mount(&["--bind", log.to_str().unwrap()], &log);
    mount(&["-o", "remount,bind,ro"], &log);
    assert_eq!(seats.ask(&place), [200; 3]);
    let (_, browser) = &mut seats.browsers[0];
    assert_eq!(browser.submit("/log/sign", &[]).location(), "/log");
    let text = browser.get("/log").text();
    let failed = site
        .words
        .say(Lang::Ja, "web-log-sign-failed", &[("at", String::new())]);
    let (_, failed) = failed.split_once(' ').unwrap();
    assert!(
        text.contains(failed) && text.contains(" log/tile/entries/"),
        "{text}"
    );
    assert!(
        !text.contains(&place),
        "the log's page tells where files lie"
    );
    let found = browser.get("/log?action=log.unsigned").text();
    assert!(found.contains(">log.unsigned<"), "{found}");
    mount(&["-o", "remount,bind,rw"], &log);
    let (_, browser) = &mut seats.browsers[0];
    assert_eq!(browser.submit("/log/sign", &[]).location(), "/log");
    assert!(!browser.get("/log").text().contains(failed));
    let unmounted = Command::new("umount").arg(&log).status().unwrap();
    assert!(unmounted.success());
    seats.were_recorded(&mut site);
}
