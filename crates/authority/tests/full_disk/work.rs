//! Commands on a registry while there is less and less room for them.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use jiff::civil::date;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use renketsu_authority::fee::Monotonic;
use renketsu_authority::init::init;
use renketsu_authority::lookup::{Identifiers, Status};
use renketsu_authority::party::Authority;
use renketsu_authority::registration::{self, RegistryError, current};
use renketsu_authority::registry::Acceptance;
use renketsu_authority::resolver::{Resolver, ResolverKeys};
use renketsu_duty::meter::Reading;
use renketsu_identity::{Epoch, RootKey};
use renketsu_seal::Role;
use renketsu_store::{Store, StoreError};
use renketsu_table::delimited::Options;
use renketsu_testkit::{Party, now};
use rustix::fs::{FallocateFlags, fallocate, statvfs};

const HEADER: &str = "person,kana,birth_date,sex,insurer,symbol,number,branch,valid_from,valid_to";
const DIFFERENCES: &str =
    "operation,person,kana,birth_date,sex,insurer,symbol,number,branch,valid_from,valid_to,into";
/// Enough for several blocks, and for several runs of the sort.
const PERSONS: u32 = 4000;
const SORT_BYTES: usize = 100 << 10;
/// Room at which nothing is missing any more.
const PLENTY: u64 = 4 << 20;

/// What the room is taken away by.
#[derive(Clone, Copy)]
pub(crate) enum Limit {
    /// No file may be longer than that.
    FileSize,
    /// The file system has no more room than that.
    Ballast,
}

/// An authority, and the files it is given.
pub(crate) struct World {
    party: Party,
    files: tempfile::TempDir,
}

/// One of the commands that write a registry.
#[derive(Clone, Copy, Debug)]
enum Step {
    Load,
    Update,
    Compact,
}

fn row(person: u32, number: u32) -> String {
    format!("R{person:05},ヤマダ,19850102,1,06132013,12-34,{number:07},00,20200401,")
}

fn stopped() -> Reading {
    Reading {
        boot: "boot-1".to_owned(),
        nanos: 0,
    }
}

impl World {
    pub(crate) fn new() -> Self {
        let world = Self {
            party: Party::new(Role::Authority, "厚生労働大臣"),
            files: tempfile::tempdir().unwrap(),
        };
        world.at_work(init).unwrap();
        let first = format!("{HEADER}\n{}\n", row(1, 1));
        fs::write(world.path("first.csv"), first).unwrap();
        let rows: Vec<String> = (1..=PERSONS).map(|person| row(person, person)).collect();
        fs::write(
            world.path("load.csv"),
            format!("{HEADER}\n{}\n", rows.join("\n")),
        )
        .unwrap();
        let changes: Vec<String> = (1..=PERSONS)
            .map(|person| {
                format!(
                    "add,{},",
                    row(person, person.wrapping_add(50_000)).replace("06132013", "33120015")
                )
            })
            .collect();
        fs::write(
            world.path("update.csv"),
            format!("{DIFFERENCES}\n{}\n", changes.join("\n")),
        )
        .unwrap();
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.files.path().join(name)
    }

    /// As a command does: the state is opened for it and closed after it.
    fn at_work<T, E: From<StoreError>>(
        &self,
        act: impl FnOnce(&Authority<'_>, &mut Store) -> Result<T, E>,
    ) -> Result<T, E> {
        let trust = self.party.trust();
        let mut store = Store::open(self.party.path())?;
        let clock = || stopped();
        let authority = Authority::new(
            self.party.path(),
            &self.party.keys,
            &trust,
            now(),
            Monotonic::new(&clock),
        )
        .unwrap();
        act(&authority, &mut store)
    }

    fn load(&self, name: &str) -> Result<u64, RegistryError> {
        self.at_work(|authority, store| {
            registration::register_within(
                authority,
                store,
                &self.path(name),
                Options::default(),
                Acceptance::Accept,
                SORT_BYTES,
            )
        })
        .map(|loaded| loaded.version)
    }

    fn step(&self, step: Step) -> Result<u64, RegistryError> {
        match step {
            Step::Load => self.load("load.csv"),
            Step::Update => self
                .at_work(|authority, store| {
                    registration::update(
                        authority,
                        store,
                        &self.path("update.csv"),
                        Options::default(),
                        Acceptance::Accept,
                    )
                })
                .map(|updated| updated.version),
            Step::Compact => self.at_work(registration::compact),
        }
    }

    /// Each command with more and more room, until it has enough.
    pub(crate) fn play(&self, limit: Limit) {
        assert_eq!(self.load("first.csv").unwrap(), 1);
        for (step, version) in [(Step::Load, 2), (Step::Update, 3), (Step::Compact, 3)] {
            let before = self.kept();
            let mut room = 0;
            let mut codes = BTreeSet::new();
            let mut failures = 0_u32;
            loop {
                let outcome = self.with(limit, room, || self.step(step));
                match outcome {
                    Err(error) => {
                        assert_eq!(error.exit(), 3, "{step:?} with {room} bytes: {error:?}");
                        codes.insert(error.code());
                        failures = failures.wrapping_add(1);
                        assert_eq!(self.kept(), before, "{step:?} with {room} bytes");
                    }
                    Ok(reached) => {
                        assert_eq!(reached, version, "{step:?}");
                        break;
                    }
                }
                assert!(room < PLENTY, "{step:?} never had enough");
                // Close together where files begin, then at places that are no multiple of a block.
                room = if room < 4096 {
                    room.wrapping_mul(5).wrapping_add(1)
                } else {
                    room.wrapping_add(room / 6)
                };
            }
            assert!(failures > 5, "{step:?} failed at {failures} places only");
            println!("{step:?}: {failures} places, last below {room} bytes, {codes:?}");
            assert_ne!(self.kept(), before, "{step:?}");
        }
    }

    /// Names of all files but the state's own, the versions that are recorded, and what a look-up answers.
    fn kept(&self) -> (BTreeSet<PathBuf>, Vec<(u64, String)>, Vec<Status>) {
        let mut names = BTreeSet::new();
        names_below(self.party.path(), &mut names);
        names.retain(|name| {
            let name = name.to_string_lossy();
            !name.ends_with("-wal") && !name.ends_with("-shm") && !name.ends_with("-journal")
        });
        self.at_work(|authority, store| {
            let listed = registration::list(store).unwrap();
            let versions = listed
                .into_iter()
                .map(|version| (version.version, version.content))
                .collect();
            let (_, registry) = current(authority, store).unwrap();
            let keys = ResolverKeys::derive(&RootKey::from_bytes(&mut [1; 32]).unwrap(), Epoch(1))
                .unwrap();
            let resolver = Resolver::new(&registry, &keys, date(2026, 11, 22));
            let answers = ["0000001", "0003999", "0050001"].map(|number| {
                let asked = Identifiers {
                    insurer: "06132013",
                    symbol: "12-34",
                    number,
                    ..Identifiers::default()
                };
                resolver.resolve(&asked).unwrap().0.status
            });
            Ok::<_, RegistryError>((names, versions, answers.to_vec()))
        })
        .unwrap()
    }

    /// Runs a command with so many bytes of room, and takes the limit away again.
    fn with<T>(&self, limit: Limit, room: u64, act: impl FnOnce() -> T) -> T {
        match limit {
            Limit::FileSize => {
                let (soft, hard) = getrlimit(Resource::RLIMIT_FSIZE).unwrap();
                setrlimit(Resource::RLIMIT_FSIZE, room, hard).unwrap();
                let outcome = act();
                setrlimit(Resource::RLIMIT_FSIZE, soft, hard).unwrap();
                outcome
            }
            Limit::Ballast => {
                let free = statvfs(self.files.path()).unwrap();
                let free = free.f_bavail.wrapping_mul(free.f_frsize);
                let path = self.path("ballast");
                let ballast = File::create(&path).unwrap();
                let length = free.saturating_sub(room);
                fallocate(&ballast, FallocateFlags::empty(), 0, length).unwrap();
                let outcome = act();
                drop(ballast);
                fs::remove_file(&path).unwrap();
                outcome
            }
        }
    }
}

fn names_below(dir: &Path, names: &mut BTreeSet<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            names_below(&path, names);
        }
        names.insert(path);
    }
}
