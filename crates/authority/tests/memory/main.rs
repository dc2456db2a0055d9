//! What the memory, the directory and the record of each custodian hold after its work (Linux: `/proc/PID/mem`).
//!
//! The test starts itself twice as a process of its own, once as the resolver and once as the issuer. Each does its half of
//! an answer and then waits, with everything that it freed still in its memory, while the test looks into it for what it may
//! not know. Neither holds both a number and an ID: the resolver no ID and no provision key, the issuer no identifier and no
//! row reference. Of a stamp the resolver has the data columns and no ID, and the issuer the IDs and no data column. That the
//! search finds what is there is shown with what each does hold.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that meets the unexpected fails, and its processes talk over pipes"
)]

mod scene;

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use scene::{Scene, data, identifiers};

/// The word a process says when its work is done.
const DONE: &str = "done";

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some("resolver" | "issuer" | "stamp-resolver" | "stamp-issuer") =
        arguments.get(1).map(String::as_str)
    {
        work(&arguments);
        return;
    }
    // Cargo passes options of its own; there are two tests, and they always run.
    neither_custodian_holds_both();
    println!("test neither_custodian_holds_both ... ok");
    neither_custodian_holds_a_stamped_row();
    println!("test neither_custodian_holds_a_stamped_row ... ok");
}

/// As one of the two processes: its half, then a word, then waiting for the end of its input.
fn work(arguments: &[String]) {
    let [_, who, dir, files] = arguments else {
        panic!("who, its directory, and that of the packages");
    };
    match who.as_str() {
        "resolver" => scene::resolve(Path::new(dir), Path::new(files), None),
        "issuer" => scene::issue(Path::new(dir), Path::new(files), scene::IDS, None),
        "stamp-resolver" => scene::halve(Path::new(dir), Path::new(files)),
        _ => scene::issue(Path::new(dir), Path::new(files), scene::STAMPS, None),
    }
    println!("{DONE}");
    std::io::stdout().flush().unwrap();
    let mut end = Vec::new();
    std::io::stdin().read_to_end(&mut end).unwrap();
}

fn started(who: &str, dir: &Path, files: &Path) -> Child {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([who.as_ref(), dir.as_os_str(), files.as_os_str()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    assert_eq!(line.trim(), DONE, "the {who} did its work");
    child
}

/// Every readable byte of a process.
fn memory(child: &Child) -> Vec<u8> {
    let process = PathBuf::from(format!("/proc/{}", child.id()));
    let maps = std::fs::read_to_string(process.join("maps")).unwrap();
    let mut file = File::open(process.join("mem")).unwrap();
    let mut dump = Vec::new();
    for line in maps.lines() {
        let mut fields = line.split_whitespace();
        let (range, rights) = (fields.next().unwrap(), fields.next().unwrap());
        // The vectors of the kernel can't be read; files that are only read hold nothing of a run.
        if !rights.starts_with("rw") {
            continue;
        }
        let (from, to) = range.split_once('-').unwrap();
        let address = |text| u64::from_str_radix(text, 16).unwrap();
        let (from, to) = (address(from), address(to));
        file.seek(SeekFrom::Start(from)).unwrap();
        let length = usize::try_from(to.checked_sub(from).unwrap()).unwrap();
        let mut bytes = vec![0; length];
        file.read_exact(&mut bytes).unwrap();
        dump.extend(bytes);
    }
    dump
}

/// Every byte of every file below a directory: sealed files, state with the record, card, trust.
fn directory(dir: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            bytes.extend(directory(&path));
        } else {
            bytes.extend(std::fs::read(&path).unwrap());
        }
    }
    bytes
}

/// Whether the value stands there, as it is or in hexadecimal of either case.
fn holds(bytes: &[u8], value: &[u8]) -> bool {
    let lower = data_encoding::HEXLOWER.encode(value);
    let upper = data_encoding::HEXUPPER.encode(value);
    [value, lower.as_bytes(), upper.as_bytes()]
        .into_iter()
        .any(|needle| memchr::memmem::find(bytes, needle).is_some())
}

fn none(bytes: &[u8], values: &[Vec<u8>], what: &str) {
    for value in values {
        assert!(!holds(bytes, value), "{what}");
    }
}

fn any(bytes: &[u8], values: &[Vec<u8>], what: &str) {
    assert!(values.iter().any(|value| holds(bytes, value)), "{what}");
}

fn neither_custodian_holds_both() {
    let scene = Scene::new();
    let files = scene.files.path();
    let resolver = started("resolver", scene.resolver.path(), files);
    let mut of_resolver = memory(&resolver);
    let issuer = started("issuer", scene.issuer.path(), files);
    let mut of_issuer = memory(&issuer);
    for mut child in [resolver, issuer] {
        drop(child.stdin.take());
        assert!(child.wait().unwrap().success());
    }
    let (ids, references) = (scene.ids(), scene.references());
    assert!(ids.len() > 100 && references.len() > 100);
    let identifiers = identifiers();

    // What each may hold is found there: the search works.
    any(&of_resolver, &identifiers, "the resolver reads identifiers");
    any(&of_resolver, &references, "the resolver reads references");
    any(&of_issuer, &ids, "the issuer makes IDs");
    // What opened the work is gone from memory when the work is done: nothing caches a key.
    let (at_resolver, at_issuer) = (scene.resolver_secrets(), scene.issuer_secrets());
    none(&of_resolver, &at_resolver, "a root after its use");
    none(&of_issuer, &at_issuer, "a root or a salt after its use");
    none(
        &of_issuer,
        &scene.provision_keys(),
        "a provision key after its use",
    );

    of_resolver.extend(directory(scene.resolver.path()));
    of_issuer.extend(directory(scene.issuer.path()));
    none(&of_resolver, &ids, "an ID at the resolver");
    none(
        &of_resolver,
        &at_issuer,
        "a key of the issuer at the resolver",
    );
    none(&of_issuer, &identifiers, "an identifier at the issuer");
    none(&of_issuer, &references, "a row reference at the issuer");
    none(
        &of_issuer,
        &at_resolver,
        "a key of the resolver at the issuer",
    );
    // A value that is planted is found.
    of_issuer.extend(references.first().unwrap());
    any(&of_issuer, &references, "a planted reference");
    for keys in [at_issuer, scene.provision_keys()] {
        of_issuer.extend(keys.last().unwrap());
        any(&of_issuer, &keys, "a planted key");
    }
}

fn neither_custodian_holds_a_stamped_row() {
    let scene = Scene::new();
    let files = scene.files.path();
    let resolver = started("stamp-resolver", scene.resolver.path(), files);
    let mut of_resolver = memory(&resolver);
    let issuer = started("stamp-issuer", scene.issuer.path(), files);
    let mut of_issuer = memory(&issuer);
    for mut child in [resolver, issuer] {
        drop(child.stdin.take());
        assert!(child.wait().unwrap().success());
    }
    let (ids, data, identifiers) = (scene.stamps(), data(), identifiers());
    assert!(ids.len() > 100 && data.len() > 100);
    any(&of_resolver, &data, "the resolver reads data columns");
    any(&of_issuer, &ids, "the issuer makes IDs");
    let keys = [scene.issuer_secrets(), scene.provision_keys()].concat();
    none(&of_issuer, &keys, "a key after its use");
    let at_resolver = scene.resolver_secrets();
    none(&of_resolver, &at_resolver, "a root after its use");

    of_resolver.extend(directory(scene.resolver.path()));
    of_issuer.extend(directory(scene.issuer.path()));
    none(&of_resolver, &ids, "an ID at the resolver");
    none(
        &of_resolver,
        &scene.issuer_secrets(),
        "a key of the issuer at the resolver",
    );
    none(&of_issuer, &data, "a data column at the issuer");
    none(&of_issuer, &identifiers, "an identifier at the issuer");
    none(
        &of_issuer,
        &scene.resolver_secrets(),
        "a key of the resolver at the issuer",
    );
    // A value that is planted is found.
    of_issuer.extend(data.first().unwrap());
    any(&of_issuer, &data, "a planted value");
}
