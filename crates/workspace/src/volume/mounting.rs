//! The system's `mount` and `umount`, for a directory that stands in its table of file systems (fstab).

use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use super::{Lies, VolumeError, directory};

const MOUNT: &str = "/usr/bin/mount";
const UMOUNT: &str = "/usr/bin/umount";
/// A medium that doesn't answer keeps the server no longer.
const LIMIT: Duration = Duration::from_secs(20);

/// Mounts what the system's table says for the directory of a study. What and with which options is the operator's word there.
///
/// # Errors
/// [`VolumeError::Absent`] where there is no directory to mount it at: a link would be followed to a place that is none of ours.
pub fn mount(dir: &Path, study: &str) -> Result<(), VolumeError> {
    let path = directory(dir, study);
    if Lies::of(&path)?.is_none() {
        return Err(VolumeError::Absent {
            study: study.to_owned(),
            path,
        });
    }
    run(MOUNT, &path, LIMIT)
}

/// Unmounts it.
pub fn unmount(dir: &Path, study: &str) -> Result<(), VolumeError> {
    run(UMOUNT, &directory(dir, study), LIMIT)
}

/// Runs a program with a path, nothing of our environment, and no shell between.
fn run(program: &'static str, path: &Path, limit: Duration) -> Result<(), VolumeError> {
    let failed = |reason: String| VolumeError::Mount {
        program,
        path: path.to_owned(),
        reason,
    };
    let path = std::path::absolute(path).map_err(|error| failed(error.kind().to_string()))?;
    let mut child = Command::new(program)
        .arg("--")
        .arg(&path)
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| failed(error.kind().to_string()))?;
    if !ends(&mut child, limit) {
        // Where the kernel waits for a medium, even this comes late; nobody waits for it here.
        let _gone = child.kill();
        std::thread::spawn(move || child.wait());
        return Err(failed("timeout".to_owned()));
    }
    match child.wait() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(failed(status.to_string())),
        Err(error) => Err(failed(error.kind().to_string())),
    }
}

/// Whether the program ends in time: then nobody holds the other end of its standard error any more.
fn ends(child: &mut Child, limit: Duration) -> bool {
    let Some(mut said) = child.stderr.take() else {
        return false;
    };
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        let mut words = Vec::new();
        // What it says may quote anything: its exit status tells enough.
        let _read = said.read_to_end(&mut words);
        let _late = tell.send(());
    });
    told.recv_timeout(limit).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(program: &'static str, path: &str, limit: Duration) -> String {
        match run(program, Path::new(path), limit) {
            Err(VolumeError::Mount { reason, .. }) => reason,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn nothing_is_mounted_through_a_link() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("studies")).unwrap();
        assert_eq!(
            mount(dir.path(), "S").unwrap_err().code(),
            "workspace.volume.absent"
        );
        std::os::unix::fs::symlink("/mnt", directory(dir.path(), "S")).unwrap();
        assert_eq!(
            mount(dir.path(), "S").unwrap_err().code(),
            "workspace.volume.absent"
        );
    }

    #[test]
    fn a_program_that_fails_is_missing_or_does_not_end_is_told_apart() {
        let second = Duration::from_secs(10);
        assert!(run("/usr/bin/test", Path::new("/"), second).is_err());
        assert_eq!(reason("/usr/bin/cat", "/nowhere", second), "exit status: 1");
        assert_eq!(reason("/nowhere/mount", "/", second), "entity not found");
        // Nobody writes to this pipe: whoever reads it doesn't end.
        let dir = tempfile::tempdir().unwrap();
        let pipe = dir.path().join("pipe");
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        let pipe = pipe.to_str().unwrap();
        let limit = Duration::from_millis(20);
        assert_eq!(reason("/usr/bin/cat", pipe, limit), "timeout");
        run("/usr/bin/cat", Path::new("/dev/null"), second).unwrap();
    }
}
