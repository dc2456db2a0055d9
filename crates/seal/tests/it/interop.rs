//! The programs `age`, `minisign` and `tar` of the distribution read what we write, and we what they write.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::fixture::{claims, read_all, scene};
use crate::hostile::{Parts, private};

/// Whether the programs are here. On a developer's machine their absence is said and passes; in CI it fails.
#[expect(
    clippy::disallowed_methods,
    reason = "CI must not skip what a developer's machine may"
)]
fn programs() -> bool {
    let missing: Vec<&str> = ["age", "minisign", "tar"]
        .into_iter()
        .filter(|name| !is_there(name))
        .collect();
    if missing.is_empty() {
        return true;
    }
    assert_ne!(
        std::env::var("CI").as_deref(),
        Ok("true"),
        "not installed: {}",
        missing.join(", ")
    );
    println!("SKIPPED: not installed: {}", missing.join(", "));
    false
}

fn is_there(name: &str) -> bool {
    Command::new(name)
        .arg("--version")
        .stdin(Stdio::null())
        .output()
        .is_ok()
}

#[track_caller]
fn run(command: &mut Command) -> Output {
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

/// An age identity file of a test party; the directory goes away with the test.
fn identity_file(party: &Path, dir: &Path) -> std::path::PathBuf {
    let path = dir.join("identity.txt");
    fs::write(&path, private(party).identity_line + "\n").unwrap();
    path
}

#[test]
fn age_opens_tar_unpacks_and_minisign_verifies_our_package() {
    if !programs() {
        return;
    }
    let scene = scene();
    let receipt = scene.delivery("a.rkp");
    let out = tempfile::tempdir().unwrap();
    let identity = identity_file(scene.workspace.dir.path(), out.path());
    let plain = out.path().join("a.tar");
    run(Command::new("age")
        .args(["-d", "-i"])
        .arg(&identity)
        .arg("-o")
        .arg(&plain)
        .arg(&receipt.path));
    run(Command::new("tar")
        .arg("-xf")
        .arg(&plain)
        .arg("-C")
        .arg(out.path()));
    assert_eq!(
        fs::read(out.path().join("data/claims.parquet")).unwrap(),
        claims()
    );
    let verifier = &scene.producer.card.verifier;
    let manifest = out.path().join("datapackage.json");
    let verified = run(Command::new("minisign")
        .args(["-V", "-H", "-P", verifier, "-m"])
        .arg(&manifest));
    let said = String::from_utf8(verified.stdout).unwrap();
    assert!(
        said.contains(&format!(
            "Trusted comment: renketsu.package/1 {}",
            receipt.package_id
        )),
        "{said}"
    );

    let mut changed = fs::read(&manifest).unwrap();
    changed[10] ^= 1;
    fs::write(&manifest, changed).unwrap();
    let refused = Command::new("minisign")
        .args(["-V", "-P", verifier, "-m"])
        .arg(&manifest)
        .output()
        .unwrap();
    assert!(!refused.status.success());
}

#[test]
fn age_refuses_our_package_with_another_identity() {
    if !programs() {
        return;
    }
    let scene = scene();
    let receipt = scene.delivery("a.rkp");
    let out = tempfile::tempdir().unwrap();
    let identity = identity_file(scene.producer.dir.path(), out.path());
    let refused = Command::new("age")
        .args(["-d", "-i"])
        .arg(&identity)
        .arg(&receipt.path)
        .output()
        .unwrap();
    assert!(!refused.status.success());
}

#[test]
fn we_open_what_minisign_signed_tar_packed_and_age_sealed() {
    if !programs() {
        return;
    }
    let scene = scene();
    let receipt = scene.delivery("a.rkp");
    let parts = Parts::of(&receipt.path, &private(scene.workspace.dir.path()));
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    fs::create_dir(at("data")).unwrap();
    fs::write(at("datapackage.json"), &parts.manifest).unwrap();
    for (path, content) in &parts.tables {
        fs::write(at(path), content).unwrap();
    }
    let secret = format!(
        "untrusted comment: test key\n{}\n",
        private(scene.producer.dir.path()).signer_line
    );
    fs::write(at("minisign.key"), secret).unwrap();
    let comment = format!("renketsu.package/1 {}", receipt.package_id);
    run(Command::new("minisign")
        .args(["-S", "-H", "-W", "-s"])
        .arg(at("minisign.key"))
        .args(["-t", &comment, "-m"])
        .arg(at("datapackage.json")));
    let tar = [
        "--format=ustar",
        "-cf",
        "p.tar",
        "datapackage.json",
        "datapackage.json.minisig",
        "data/lab_1.parquet",
        "data/claims.parquet",
    ];
    run(Command::new("tar").current_dir(dir.path()).args(tar));
    run(Command::new("age")
        .args(["-r", &scene.workspace.card.recipient, "-o"])
        .arg(at("p.rkp"))
        .arg(at("p.tar")));
    let opened = scene.workspace.open(&at("p.rkp")).unwrap();
    assert_eq!(read_all(opened.table("claims").unwrap()), claims());
    assert_eq!(opened.package_id(), receipt.package_id);

    run(Command::new("tar")
        .current_dir(dir.path())
        .args(["--format=gnu", "-cf", "p.tar"])
        .args(&tar[3..]));
    run(Command::new("age")
        .args(["-r", &scene.workspace.card.recipient, "-o"])
        .arg(at("q.rkp"))
        .arg(at("p.tar")));
    assert_eq!(
        scene.workspace.open(&at("q.rkp")).unwrap().package_id(),
        receipt.package_id
    );
}
