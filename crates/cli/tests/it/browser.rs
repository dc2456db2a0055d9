//! The pages in a real browser: Debian's Chromium, driven by Playwright, looked at by axe.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use crate::{Place, text};

/// A browser, what drives it, and what looks at its pages.
struct Driver {
    modules: PathBuf,
}

impl Driver {
    /// `None` where one of them is not installed.
    #[expect(
        clippy::disallowed_methods,
        clippy::print_stderr,
        reason = "where the judges are is said by the environment, and that they are missing is said"
    )]
    fn new() -> Option<Self> {
        let modules = std::env::var("RENKETSU_BROWSER_MODULES").map(PathBuf::from);
        let installed = modules.ok().filter(|modules| {
            let both = ["playwright-core", "axe-core"];
            both.iter().all(|module| modules.join(module).is_dir())
        });
        let programs = ["node", "chromium"].iter().all(|program| {
            Command::new(program)
                .arg("--version")
                .output()
                .is_ok_and(|output| output.status.success())
        });
        let found = installed.filter(|_| programs);
        assert!(
            found.is_some() || std::env::var("CI").is_err(),
            "missing: chromium (Debian), node, playwright-core and axe-core (npm, in RENKETSU_BROWSER_MODULES)"
        );
        if found.is_none() {
            eprintln!("skipped: chromium, node, playwright-core or axe-core is not installed");
        }
        Some(Self { modules: found? })
    }

    /// Walks, one browser at a time; what went wrong fails the test with every line of it.
    fn walk(&self, script: &str, words: &[&str]) {
        static ONE: Mutex<()> = Mutex::new(());
        let _turn = ONE.lock().unwrap_or_else(PoisonError::into_inner);
        let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser");
        let pictures = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pages");
        let output = Command::new("node")
            .arg(scripts.join(script))
            .args(words)
            .arg(&pictures)
            .env("RENKETSU_BROWSER_MODULES", &self.modules)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
    }
}

/// A server that ends with the test.
struct Served {
    child: Child,
    said: String,
}

impl Served {
    /// Starts a command and waits for the line that ends what it tells of where it serves.
    fn new(place: &Place, words: &str, tells: &str) -> Self {
        let words: Vec<_> = words.split_whitespace().collect();
        let mut served = Self {
            child: place
                .command(&words)
                .stdout(Stdio::piped())
                .spawn()
                .unwrap(),
            said: String::new(),
        };
        let out = BufReader::new(served.child.stdout.take().unwrap());
        for line in out.lines().map(Result::unwrap) {
            served.said.push_str(&line);
            served.said.push('\n');
            if line.contains(tells) {
                return served;
            }
        }
        panic!("it never told where: {}", served.said);
    }

    /// `https://localhost:PORT`.
    fn origin(&self) -> &str {
        let at = self.said.find("https://localhost:").unwrap();
        let rest = &self.said[at..];
        let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, ':' | '/');
        // Of an address with a path, what stands before it.
        let whole = rest.split(|c| !inner(c)).next().unwrap();
        whole.strip_suffix("/demo").unwrap_or(whole)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _ended = self.child.wait();
    }
}

fn demonstrated(place: &Place) -> Served {
    let words = "demo --persons 400 --plain --keep here --serve --listen 127.0.0.1:0";
    Served::new(place, words, "https://localhost:")
}

#[test]
fn every_page_is_well_for_every_role_in_both_languages() {
    let Some(driver) = Driver::new() else { return };
    let place = Place::new();
    let served = demonstrated(&place);
    // A page that offers files has one to offer.
    let incoming = place.path("here/workspace/incoming/demo");
    std::fs::create_dir_all(&incoming).unwrap();
    std::fs::write(incoming.join("codes.csv"), "dx,label\nE11,diabetes\n").unwrap();
    driver.walk("walk.mjs", &[served.origin()]);
}

#[test]
fn the_pages_work_by_keyboard_without_scripts_and_lock_themselves() {
    let Some(driver) = Driver::new() else { return };
    let place = Place::new();
    let served = demonstrated(&place);
    driver.walk("ways.mjs", &[served.origin()]);
}

#[test]
fn a_passkey_is_taken_from_its_own_place_and_person_alone() {
    let Some(driver) = Driver::new() else { return };
    let place = Place::new();
    place.ok("init --dir ws --role workspace --name University --host localhost");
    let served = Served::new(
        &place,
        "serve --dir ws --listen 127.0.0.1:0 --json",
        "\"enrol\"",
    );
    let code = served.said.rsplit("\"enrol\": \"").next().unwrap();
    let code = code.split('"').next().unwrap();
    driver.walk("passkey.mjs", &[served.origin(), code]);
}
