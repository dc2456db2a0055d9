//! A study on a volume of its own: what is no such volume is refused, and the server mounts and unmounts it.
//!
//! File systems are mounted in a mount namespace of their own (`unshare -m`), with a table of file systems of its own.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Output, Stdio};

use crate::door::{ask, enrolled, entered, linked};
use crate::plain::KCV;
use crate::{Place, refused, text};

/// A script in a mount namespace of its own, as root.
fn inside(place: &Place, script: &str) -> Command {
    let mut command = Command::new("unshare");
    command
        .args(["-m", "--propagation", "private", "sh", "-ec", script])
        .current_dir(place.dir.path())
        .env("RENKETSU", env!("CARGO_BIN_EXE_renketsu"))
        .env("CREDENTIALS_DIRECTORY", place.path("credentials"))
        .env("LC_ALL", "en_US.UTF-8")
        .stdin(Stdio::null());
    command
}

fn run(place: &Place, script: &str) -> Output {
    inside(place, script).output().unwrap()
}

fn done(output: &Output) -> String {
    let (told, said) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{told}\n{said}");
    told
}

/// Whether nothing can be mounted here; the test command has to be able to.
#[expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "the test command must not skip what a developer's machine may"
)]
fn cannot(place: &Place, script: &str) -> bool {
    let tried = inside(place, script).output();
    let cannot = !tried.is_ok_and(|output| output.status.success());
    if cannot {
        assert_ne!(
            std::env::var("CI").as_deref(),
            Ok("true"),
            "not possible: {script}"
        );
        println!("SKIPPED: not possible here (needs root and unshare): {script}");
    }
    cannot
}

fn nothing_can_be_mounted(place: &Place) -> bool {
    std::fs::create_dir_all(place.path("probe")).unwrap();
    cannot(place, "mount -t tmpfs probe probe")
}

const VERIFY: &str = "$RENKETSU study verify --dir w --study";
const SET: &str = "$RENKETSU study volume --dir w --mounted-by operator --study";
/// File systems for the studies `S` and `T`; what lay in the directories before lies on them.
const MOUNTED: &str = "mkdir -p w/studies/S w/studies/T; cp -a w/studies/S s-before
    mount -t tmpfs s w/studies/S; mount -t tmpfs t w/studies/T; chmod 700 w/studies/S w/studies/T; cp -a s-before/. w/studies/S/";

/// Two studies, the first with a table.
fn studies() -> Place {
    let place = Place::new();
    place.vault("w");
    place.ok("study create --dir w --study S --provision P-2026-0001");
    place.ok("study create --dir w --study T --provision P-2026-0002");
    place.write("anon.csv", format!("id5,dx\n{},E11\n", "1".repeat(64)));
    place.ok(&format!(
        "study import --dir w --study S --table anon --kind anonymized anon.csv --provision P-2026-0001 --kcv {KCV} --number-id id5"
    ));
    place
}

#[test]
fn a_folder_is_no_volume_and_without_one_everything_is_as_it_was_and_says_so() {
    let place = studies();
    let told = place.ok("study volume --dir w --study S");
    assert!(told.contains("4-3-3-1.separation"), "{told}");
    assert_eq!(
        place.json("study volume --dir w --study S --json")["mounted_by"],
        serde_json::Value::Null
    );
    for by in ["operator", "server"] {
        place.fails(
            &format!("study volume --dir w --study S --mounted-by {by}"),
            1,
            "workspace.volume.absent",
        );
    }
    place.fails(
        "study volume --dir w --study U",
        2,
        "workspace.volume.no_study",
    );
    place.fails(
        "study volume --dir w --study U --none",
        2,
        "workspace.volume.no_study",
    );
    place.ok("study verify --dir w --study S");
}

#[test]
fn a_study_opens_on_its_own_volume_alone() {
    let place = studies();
    if nothing_can_be_mounted(&place) {
        return;
    }
    let whole = format!(
        "{MOUNTED}
        {SET} S; {SET} T
        {VERIFY} S
        $RENKETSU study volume --dir w --study S
        umount w/studies/S
        $RENKETSU study volume --dir w --study S"
    );
    let told = done(&run(&place, &whole));
    assert!(told.contains("lies on a volume of its own"), "{told}");
    assert!(told.contains("is not mounted"), "{told}");
    // Where nothing is mounted, what lay there before is not opened, though it is whole.
    for line in ["verify", "link"] {
        let output = place.run(&format!("study {line} --dir w --study S"));
        refused(&output, 1, "workspace.volume.absent", line);
        let said = text(&output.stderr);
        assert!(
            said.contains("4-3-3-1.separation") && said.contains("system operator"),
            "{said}"
        );
    }
    let record = place.ok("record --dir w --json");
    assert_eq!(record.matches("\"study.volume_set\"").count(), 2);

    // A folder of the workspace's own file system, or another study's, mounted there: two places, one file system.
    std::fs::create_dir(place.path("elsewhere")).unwrap();
    for shared in [
        "mount --bind elsewhere w/studies/S",
        "mount --bind w/studies/T w/studies/S",
        "mount -t tmpfs t w/studies/T; mkdir w/studies/T/s; mount --bind w/studies/T/s w/studies/S",
    ] {
        let output = run(&place, &format!("{shared}\n{VERIFY} S"));
        refused(&output, 1, "workspace.volume.shared", shared);
    }
    // No volume any more: it needs none to say so.
    place.ok("study volume --dir w --study S --none");
    place.ok("study verify --dir w --study S");
    place.fails("study volume --dir w --study S --none", 2, "store.missing");
}

#[test]
fn an_edited_row_of_a_volume_is_refused() {
    let place = studies();
    if nothing_can_be_mounted(&place) || crate::vault::editor_is_missing() {
        return;
    }
    done(&run(&place, &format!("{MOUNTED}\n{SET} S")));
    for sql in [
        "DELETE FROM study_volumes",
        "UPDATE study_volumes SET mounted_by = 'server'",
    ] {
        let kept = std::fs::read(place.path("w/state.sqlite")).unwrap();
        crate::vault::edit_state(&place, "w", sql);
        let output = run(&place, &format!("rm -r s-before\n{MOUNTED}\n{VERIFY} S"));
        refused(&output, 1, "seal.vault.catalogue", sql);
        std::fs::write(place.path("w/state.sqlite"), kept).unwrap();
    }
}

/// A server in a mount namespace of its own, whose table of file systems names the volumes of `S` and `T`.
struct Served(Child);

impl Served {
    fn new(place: &Place) -> Self {
        let mut child = inside(
            place,
            "mount --bind fstab /etc/fstab
            exec $RENKETSU serve --dir w --listen 127.0.0.1:0 --json",
        )
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let mut lines = out.lines().map(Result::unwrap);
        assert!(lines.any(|line| line == "}"), "it never told where");
        Self(child)
    }

    /// Whether it has the volume of a study mounted.
    fn mounts(&self, study: &str) -> bool {
        let path = format!("/proc/{}/mountinfo", self.0.id());
        let mounts = std::fs::read_to_string(path).unwrap();
        mounts.contains(&format!("/w/studies/{study} "))
    }

    fn stop(mut self) {
        let id = i32::try_from(self.0.id()).unwrap();
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(id), nix::sys::signal::SIGTERM).unwrap();
        assert!(self.0.wait().unwrap().success());
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _ended = self.0.wait();
    }
}

#[test]
fn the_server_mounts_a_study_when_it_is_opened_and_unmounts_it_when_nobody_has_it_open() {
    let place = linked();
    if nothing_can_be_mounted(&place) {
        return;
    }
    // A volume in a file, so that what lies on it is there at the next mount.
    let path = place.path("w/studies/S").canonicalize().unwrap();
    let image = place.path("s.img");
    let make = "truncate -s 16M s.img && mkfs.ext4 -q s.img && mkdir mnt && mount -o loop s.img mnt && cp -a w/studies/S/. mnt/ && chmod 700 mnt";
    if cannot(&place, make) {
        return;
    }
    let line = |image: &std::path::Path| {
        format!(
            "{} {} ext4 loop,noauto,nosuid,nodev,noexec 0 0\n",
            image.display(),
            path.display()
        )
    };
    place.write("fstab", line(&image));
    let (codes, _seed) = enrolled(&place, "w");
    done(&run(
        &place,
        "mount --bind fstab /etc/fstab; mount w/studies/S
        $RENKETSU study volume --dir w --study S --mounted-by server",
    ));
    std::fs::create_dir(place.path("mine")).unwrap();
    place.write("mine/renketsu-password", crate::door::PASSWORD);
    // What lay in the directory before is not what is asked.
    std::fs::remove_dir_all(&path).unwrap();
    std::fs::create_dir(&path).unwrap();

    let served = Served::new(&place);
    entered(&place, &codes[0], "s");
    assert!(!served.mounts("S"));
    let answered = ask(&place, "handler", "s", &[]);
    assert!(answered.status.success(), "{}", text(&answered.stderr));
    assert!(text(&answered.stdout).contains("E11"));
    // The command signed out: nobody has the study open.
    assert!(!served.mounts("S"));

    // The medium is gone: the study isn't opened, and the record says why.
    std::fs::rename(&image, place.path("away.img")).unwrap();
    let away = ask(&place, "handler", "s", &[]);
    refused(&away, 3, "workspace.volume.mount", "no medium");
    assert!(!served.mounts("S"));
    std::fs::rename(place.path("away.img"), &image).unwrap();
    assert!(ask(&place, "handler", "s", &[]).status.success());
    served.stop();
    let record = place.ok("record --dir w --json");
    for (event, count) in [
        ("study.volume_mounted", 2),
        ("study.volume_released", 2),
        ("study.volume_refused", 1),
    ] {
        assert_eq!(
            record.matches(&format!("\"{event}\"")).count(),
            count,
            "{event}"
        );
    }
}
