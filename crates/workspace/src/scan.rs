//! Looking for viruses with ClamAV's `clamd` (4-3-4-2iii.antivirus), over its Unix socket.
//!
//! What is scanned is in clear, so it is handed over as a file in memory (`memfd`, clamd's `FILDES`) and never lies on a disk;
//! `INSTREAM` would have clamd write it into its temporary directory. A long table goes in windows that overlap, each below what
//! clamd looks at by default.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, IoSlice, Read, Seek as _, SeekFrom, Write as _};
use std::os::fd::{AsFd as _, AsRawFd as _, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;
use nix::sys::socket::{ControlMessage, MsgFlags, sendmsg};
use rustix::fs::{MemfdFlags, memfd_create};
use serde::{Deserialize, Serialize};

/// A window; clamd passes over files of 100 MB and more unless it is told otherwise.
const WINDOW: usize = 64 << 20;
/// What the next window has of the one before it: no signature that matters is longer.
const OVERLAP: usize = 64 << 10;
/// An answer of clamd is a line.
const LONGEST: u64 = 4096;
/// A window takes seconds; a daemon that loads new signatures, a minute.
const WAIT: Duration = Duration::from_mins(5);

/// Why something was not found clean.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// It is infected.
    #[error("infected: {name}")]
    Found {
        /// The signature, as the program names it.
        name: String,
    },
    /// The program refuses, or says what can't be read.
    #[error("the antivirus program gave no verdict")]
    NoVerdict,
    /// The program can't be reached, or ended.
    #[error("the antivirus program can't be reached")]
    Unreachable(#[source] io::Error),
    /// What is to be scanned can't be read.
    #[error("what is to be scanned can't be read")]
    Read(#[source] io::Error),
}

impl ScanError {
    /// Every code with the names of its details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("workspace.scan.found", &["name"]),
        ("workspace.scan.no_verdict", &[]),
        ("workspace.scan.read", &[]),
        ("workspace.scan.unreachable", &[]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Found { .. } => "workspace.scan.found",
            Self::NoVerdict => "workspace.scan.no_verdict",
            Self::Read(_) => "workspace.scan.read",
            Self::Unreachable(_) => "workspace.scan.unreachable",
        }
    }

    /// Named values for the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Found { name } => vec![("name", name.clone())],
            Self::NoVerdict | Self::Read(_) | Self::Unreachable(_) => Vec::new(),
        }
    }
}

/// The program that scans.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Engine {
    /// Its name and version.
    pub name: String,
    /// When its signatures were made; `None` where it doesn't say.
    pub signatures_at: Option<Timestamp>,
}

/// A scan that found nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scanned {
    /// The program.
    pub engine: String,
    /// When its signatures were made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signatures_at: Option<Timestamp>,
    /// Bytes that it looked at.
    pub bytes: u64,
}

/// Where the program listens.
#[derive(Debug, Clone)]
pub struct Scanner {
    socket: PathBuf,
}

impl Scanner {
    /// A scanner whose program listens on this Unix socket.
    pub fn new(socket: &Path) -> Self {
        Self {
            socket: socket.to_owned(),
        }
    }

    fn connect(&self) -> io::Result<UnixStream> {
        let stream = UnixStream::connect(&self.socket)?;
        stream.set_read_timeout(Some(WAIT))?;
        stream.set_write_timeout(Some(WAIT))?;
        Ok(stream)
    }

    /// Asks whether the program runs, and with what.
    pub fn engine(&self) -> Result<Engine, ScanError> {
        let asked = || {
            let mut stream = self.connect()?;
            stream.write_all(b"zVERSION\0")?;
            answer(&stream)
        };
        let told = asked().map_err(ScanError::Unreachable)?;
        engine(&told).ok_or(ScanError::NoVerdict)
    }

    /// Scans all that comes from a reader; gives how many bytes that was.
    pub fn scan(&self, mut from: impl Read) -> Result<u64, ScanError> {
        let mut carried = Vec::new();
        let mut all = 0_u64;
        loop {
            let mut window = memory().map_err(ScanError::Unreachable)?;
            window.write_all(&carried).map_err(ScanError::Unreachable)?;
            let room = WINDOW.saturating_sub(carried.len()) as u64;
            let more = copied(&mut from, &mut window, room)?;
            all = all.saturating_add(more);
            if more == 0 && !carried.is_empty() {
                return Ok(all);
            }
            self.window(&mut window)?;
            if more < room {
                return Ok(all);
            }
            carried = tail(&mut window).map_err(ScanError::Unreachable)?;
        }
    }

    fn window(&self, window: &mut File) -> Result<(), ScanError> {
        let mut asked = || {
            window.seek(SeekFrom::Start(0))?;
            let stream = self.connect()?;
            (&stream).write_all(b"zFILDES\0")?;
            let files = [window.as_raw_fd()];
            let control = [ControlMessage::ScmRights(&files)];
            let byte = [IoSlice::new(b"\0")];
            sendmsg::<()>(
                stream.as_fd().as_raw_fd(),
                &byte,
                &control,
                MsgFlags::empty(),
                None,
            )?;
            answer(&stream)
        };
        verdict(&asked().map_err(ScanError::Unreachable)?)
    }
}

/// Copies at most so many bytes; what can't be read is told from what can't be kept.
fn copied(from: &mut impl Read, to: &mut File, most: u64) -> Result<u64, ScanError> {
    let mut piece = vec![0; 1 << 18];
    let mut all = 0_u64;
    while all < most {
        let left = usize::try_from(most.saturating_sub(all)).unwrap_or(usize::MAX);
        let room = left.min(piece.len());
        let read = match from.read(piece.get_mut(..room).unwrap_or_default()) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read.map_err(ScanError::Read)?,
        };
        if read == 0 {
            break;
        }
        let came = piece.get(..read).unwrap_or_default();
        to.write_all(came).map_err(ScanError::Unreachable)?;
        all = all.saturating_add(read as u64);
    }
    Ok(all)
}

/// A file that lies in memory alone.
fn memory() -> io::Result<File> {
    let file: OwnedFd = memfd_create("renketsu", MemfdFlags::CLOEXEC)?;
    Ok(file.into())
}

/// The end of a window, for the next one.
fn tail(window: &mut File) -> io::Result<Vec<u8>> {
    let length = window.seek(SeekFrom::End(0))?;
    window.seek(SeekFrom::Start(length.saturating_sub(OVERLAP as u64)))?;
    let mut end = Vec::with_capacity(OVERLAP);
    window.read_to_end(&mut end)?;
    Ok(end)
}

/// What clamd answers, without the zero byte that ends it.
fn answer(stream: &UnixStream) -> io::Result<String> {
    let mut told = Vec::new();
    BufReader::new(stream.take(LONGEST)).read_until(0, &mut told)?;
    if told.pop() != Some(0) {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    String::from_utf8(told).map_err(|_| io::ErrorKind::InvalidData.into())
}

fn verdict(told: &str) -> Result<(), ScanError> {
    let (_, said) = told.split_once(": ").ok_or(ScanError::NoVerdict)?;
    if said == "OK" {
        return Ok(());
    }
    let name = said.strip_suffix(" FOUND").ok_or(ScanError::NoVerdict)?;
    // The words of another program: only what names of signatures are made of.
    let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/' | ':');
    Err(ScanError::Found {
        name: name.chars().filter(plain).take(100).collect(),
    })
}

/// `ClamAV 1.4.3/27200/Mon Nov 30 08:33:17 2026`; without signatures of the project, its name and version alone.
fn engine(told: &str) -> Option<Engine> {
    let mut parts = told.split('/');
    let name = parts.next().filter(|name| name.starts_with("ClamAV "))?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ' ');
    if name.len() > 40 || !name.chars().all(plain) {
        return None;
    }
    let made = parts.nth(1).and_then(|made| {
        let made = DateTime::strptime("%a %b %d %H:%M:%S %Y", made).ok()?;
        Offset::UTC.to_timestamp(made).ok()
    });
    Some(Engine {
        name: name.to_owned(),
        signatures_at: made,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_clamd_says_is_read_and_nothing_else_is_clean() {
        assert!(verdict("fd[10]: OK").is_ok());
        let found = verdict("fd[10]: Win.Test.EICAR_HDB-1\u{1b}[2J FOUND");
        assert!(
            matches!(found, Err(ScanError::Found { name }) if name == "Win.Test.EICAR_HDB-12J")
        );
        for told in [
            "",
            "OK",
            "fd[10]: ok",
            "fd[10]: Can't open file ERROR",
            "fd[10]: INSTREAM size limit exceeded. ERROR",
        ] {
            assert!(matches!(verdict(told), Err(ScanError::NoVerdict)), "{told}");
        }
        let told = engine("ClamAV 1.4.3/27200/Mon Nov 30 08:33:17 2026").unwrap();
        assert_eq!(told.name, "ClamAV 1.4.3");
        let made = told.signatures_at.unwrap();
        assert_eq!(made.to_string(), "2026-11-30T08:33:17Z");
        assert_eq!(engine("ClamAV 1.4.3").unwrap().signatures_at, None);
        assert_eq!(engine("\u{1b}]0;x"), None);
    }
}
