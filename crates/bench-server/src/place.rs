//! A workspace with a linked study and thirty people, and the server that serves it: the real binary, as a process of its own.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use jiff::{SignedDuration, Timestamp};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use renketsu_seal::sign_in::{OneTimeCode, PasswordCost, PasswordHash};
use renketsu_store::{Event, PersonRecord, PlaceRecord, Store, TerminalRecord};
use serde_json::{Value, json};

use crate::browser::{HOST, Site};
use crate::clock;

pub(crate) const STUDY: &str = "S";
/// Every person's: of people that a program makes.
pub(crate) const PASSWORD: &str = "made-of-numbers-0!";
/// Rows of each table.
const ROWS: u64 = 2_000;
const KCV: &str = "number=0011223344556677,kana=8899aabbccddeeff";

/// A person, what opens their terminal, and whether they work in the study.
pub(crate) struct Who {
    pub(crate) person: String,
    pub(crate) code: String,
    pub(crate) in_study: bool,
}

pub(crate) struct Place {
    program: PathBuf,
    dir: PathBuf,
}

impl Place {
    /// Makes the workspace with the commands of the binary, in a directory that is new.
    pub(crate) fn new(program: PathBuf, dir: PathBuf) -> Result<Self> {
        let credentials = dir.join("credentials");
        fs::create_dir_all(&credentials)?;
        for name in ["renketsu-passphrase", "renketsu-vault-passphrase"] {
            let words = format!("made of numbers, nobody's data: {name}\n");
            fs::write(credentials.join(name), words)?;
        }
        let (mut one, mut two) = (String::from("n,v\n"), String::from("n,v\n"));
        for person in 1..=ROWS {
            let number = person.wrapping_mul(7919);
            let value = person.wrapping_rem(10);
            writeln!(one, "{number:064x},{value}")?;
            writeln!(two, "{number:064x},1")?;
        }
        fs::write(dir.join("anon.csv"), one)?;
        fs::write(dir.join("ndb.csv"), two)?;
        let place = Self { program, dir };
        place.run("init --dir ws --role workspace --name University --host localhost")?;
        place.run("study create --dir ws --study S --provision P-1")?;
        for (table, kind, more) in [
            ("anon", "anonymized", ""),
            ("ndb", "ndb", " --approval A-1"),
        ] {
            place.run(&format!(
                "study import --dir ws --study S --table {table} --kind {kind} {table}.csv --provision P-1 --kcv {KCV} --number-id n{more}"
            ))?;
        }
        place.run("study link --dir ws --study S")?;
        Ok(place)
    }

    fn workspace(&self) -> PathBuf {
        self.dir.join("ws")
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(line.split_whitespace())
            .current_dir(&self.dir)
            .env("CREDENTIALS_DIRECTORY", self.dir.join("credentials"))
            .stdin(Stdio::null());
        command
    }

    fn run(&self, line: &str) -> Result<()> {
        let output = self.command(line).output().context("renketsu starts")?;
        if !output.status.success() {
            bail!("{line}: {}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(())
    }

    /// The root that browsers believe.
    pub(crate) fn root(&self) -> Result<Vec<u8>> {
        let pem = fs::read(renketsu_site::root(&self.workspace()).join("root.pem"))?;
        renketsu_site::one_certificate(&pem).context("one certificate")
    }

    /// Adds people with the real price of a password, each at a terminal of their own; every fifth works in the office. They
    /// have the recorded exception from the second factor, so that a sign-in is one request.
    pub(crate) fn add_people(
        &self,
        prefix: &str,
        count: usize,
        now: Timestamp,
    ) -> Result<Vec<Who>> {
        let mut store = Store::open(&self.workspace())?;
        let hash = PasswordHash::of(PASSWORD.as_bytes(), PasswordCost::Standard)?;
        let until = now.checked_add(SignedDuration::from_hours(72))?;
        let mut people = Vec::new();
        let txn = store.begin()?;
        let place = PlaceRecord {
            place: format!("{prefix}-place"),
            name: "Room".to_owned(),
            acceptance: None,
        };
        txn.add_place(&place, now, "bench")?;
        for number in 0..count {
            let person = format!("{prefix}{number}");
            let in_study = number % 5 != 0;
            let study = in_study.then_some(STUDY);
            let role = if in_study {
                "handler"
            } else {
                "security-manager"
            };
            txn.add_person(&account(&person, now))?;
            txn.set_password(&person, Some(hash.as_str()), true, now)?;
            txn.allow_single_factor(&person, Some(&json!({ "reason": "bench" })))?;
            txn.pledged(&person, now)?;
            txn.add_grant(&person, role, study, now, "bench")?;
            let code = OneTimeCode::random()?;
            txn.add_terminal(
                &TerminalRecord {
                    terminal: format!("at-{person}"),
                    place: place.place.clone(),
                    study: study.map(str::to_owned),
                    code: Some((code.digest(), until)),
                    enrolled_at: None,
                    revoked_at: None,
                    failures: 0,
                    failed_at: None,
                },
                now,
                "bench",
            )?;
            people.push(Who {
                person,
                code: code.reveal().to_string(),
                in_study,
            });
        }
        txn.commit(&Event::new("demo.people", prefix, now))?;
        Ok(people)
    }

    /// Starts the server; gives it and how long it took until it said where it is.
    pub(crate) fn serve(&self) -> Result<(Server, Duration)> {
        let begun = clock();
        let mut child = self
            .command("serve --dir ws --listen 127.0.0.1:0 --json")
            .stdout(Stdio::piped())
            .spawn()
            .context("renketsu starts")?;
        let out = child.stdout.take().context("its output")?;
        let mut server = Server {
            child,
            address: String::new(),
        };
        let mut said = String::new();
        for line in BufReader::new(out).lines() {
            let line = line?;
            said.push_str(&line);
            if line == "}" {
                break;
            }
        }
        let took = begun.elapsed();
        let told: Value = serde_json::from_str(&said).context("where it serves")?;
        let address = told.get("address").and_then(Value::as_str);
        address
            .context("an address")?
            .clone_into(&mut server.address);
        Ok((server, took))
    }
}

fn account(person: &str, now: Timestamp) -> PersonRecord {
    PersonRecord {
        person: person.to_owned(),
        name: person.to_owned(),
        affiliation: "University".to_owned(),
        language: "ja".to_owned(),
        added_at: now,
        added_by: "bench".to_owned(),
        suspended_at: None,
        password: None,
        password_at: None,
        password_long: false,
        pledged_at: None,
        single_factor: None,
        failures: 0,
        failed_at: None,
    }
}

/// The server; ended when it is dropped.
pub(crate) struct Server {
    child: Child,
    address: String,
}

impl Server {
    pub(crate) fn site(&self, place: &Place) -> Result<Site> {
        Site::new(self.address.parse()?, place.root()?)
    }

    /// Memory that it has now, in MiB.
    pub(crate) fn memory(&self) -> Result<f64> {
        let status = Path::new("/proc").join(self.child.id().to_string());
        let status = fs::read_to_string(status.join("status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.context("VmRSS")?.trim().trim_end_matches("kB").trim();
        Ok(kib.parse::<f64>()? / 1024.0)
    }

    /// SIGTERM, and a good end.
    pub(crate) fn stop(mut self) -> Result<()> {
        kill(Pid::from_raw(self.child.id().try_into()?), Signal::SIGTERM)?;
        if !self.child.wait()?.success() {
            bail!("{HOST} did not end well");
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended.
        let _gone = self.child.kill();
        let _ended = self.child.wait();
    }
}
