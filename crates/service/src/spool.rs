//! Bytes on their way in: uploads that can be resumed, and requests that wait for their answer.
//!
//! `service/uploads/ID.part` holds what came, `ID.json` what was declared; `service/inbox` the accepted requests and
//! `service/outbox` the answers, both by the digest of the request. All of it is sealed by its sender.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use data_encoding::HEXLOWER;
use jiff::{SignedDuration, Timestamp};
use renketsu_seal::durable::NewFile;
use renketsu_site::{private_directory, root};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::limits::Limits;
use crate::problem::{Fault, Problem};

/// A digest as it stands in addresses and file names: 64 lower-case hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Sha256Hex(String);

impl Sha256Hex {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        hex(text, 64).then(|| Self(text.to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

fn hex(text: &str, digits: usize) -> bool {
    text.len() == digits
        && text
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// What a sender declared of an upload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Declared {
    sender: String,
    sha256: String,
    length: u64,
    begun: Timestamp,
}

/// An upload. Whoever holds its `turn` may write or finish it.
#[derive(Debug)]
pub(crate) struct Upload {
    pub(crate) id: String,
    declared: Declared,
    part: PathBuf,
    offset: AtomicU64,
    /// When its last byte came, or it began: seconds.
    touched: AtomicI64,
    pub(crate) turn: Arc<tokio::sync::Mutex<()>>,
}

impl Upload {
    pub(crate) fn length(&self) -> u64 {
        self.declared.length
    }

    pub(crate) fn sha256(&self) -> &str {
        &self.declared.sha256
    }

    pub(crate) fn sender(&self) -> &str {
        &self.declared.sender
    }

    /// The sealed bytes.
    pub(crate) fn part(&self) -> &Path {
        &self.part
    }

    /// How many bytes are kept.
    pub(crate) fn offset(&self) -> u64 {
        self.offset.load(Ordering::Acquire)
    }

    fn quiet_for(&self, now: Timestamp) -> SignedDuration {
        let touched = self.touched.load(Ordering::Acquire);
        SignedDuration::from_secs(now.as_second().saturating_sub(touched))
    }

    /// Whether nobody goes on with it any more.
    fn is_stale(&self, limits: &Limits, now: Timestamp) -> bool {
        let quiet = self.quiet_for(now);
        quiet > SignedDuration::from_hours(limits.upload_hours)
            || (self.offset() == 0 && quiet > SignedDuration::from_mins(limits.idle_minutes))
    }

    /// Keeps bytes that belong at `offset`: all of them or none.
    pub(crate) fn write(&self, offset: u64, bytes: &[u8], now: Timestamp) -> Result<u64, Problem> {
        let end = offset.saturating_add(bytes.len() as u64);
        if offset != self.offset() {
            return Err(Problem::at(self.offset()));
        }
        if end > self.length() {
            return Err(Fault::Beyond.into());
        }
        let file = OpenOptions::new().write(true).open(&self.part)?;
        if let Err(error) = file.write_all_at(bytes, offset) {
            // What came of it doesn't count; if it can't be cut off either, it is overwritten by the next piece.
            file.set_len(offset).ok();
            return Err(error.into());
        }
        self.offset.store(end, Ordering::Release);
        self.touched.store(now.as_second(), Ordering::Release);
        Ok(end)
    }

    /// Makes the bytes durable and holds them against the declared digest.
    pub(crate) fn check(&self) -> Result<(), Problem> {
        if self.offset() != self.length() {
            return Err(Fault::Incomplete.into());
        }
        let file = File::open(&self.part)?;
        file.sync_all()?;
        if file.metadata()?.len() == self.length() && digest_of(file)? == self.sha256() {
            Ok(())
        } else {
            Err(Fault::Digest.into())
        }
    }
}

fn digest_of(mut file: File) -> io::Result<String> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0_u8; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(HEXLOWER.encode(&hash.finalize())),
            read => hash.update(buffer.get(..read).unwrap_or_default()),
        }
    }
}

/// SHA-256 of a file; `None` if there is none.
pub(crate) fn digest(path: &Path) -> io::Result<Option<String>> {
    match File::open(path) {
        Ok(file) => digest_of(file).map(Some),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The directory `service` of an authority.
#[derive(Debug)]
pub(crate) struct Spool {
    root: PathBuf,
    uploads: Mutex<BTreeMap<String, Arc<Upload>>>,
}

/// Removes a file that may be gone already.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

impl Spool {
    /// Opens the directory, making it if it is missing, and takes up the uploads that a stop left.
    pub(crate) fn open(dir: &Path, now: Timestamp) -> io::Result<Self> {
        let root = root(dir);
        for name in ["uploads", "inbox", "outbox"] {
            private_directory(&root.join(name))?;
        }
        let mut uploads = BTreeMap::new();
        for entry in fs::read_dir(root.join("uploads"))? {
            let path = entry?.path();
            let id = path.file_stem().and_then(|stem| stem.to_str());
            let Some(id) = id.filter(|id| hex(id, 32)) else {
                continue;
            };
            match path.extension().and_then(|ending| ending.to_str()) {
                Some("json") => match resume(&path, id, now) {
                    Some(upload) => {
                        uploads.insert(id.to_owned(), Arc::new(upload));
                    }
                    None => remove(&path)?,
                },
                Some("part") if !path.with_extension("json").exists() => remove(&path)?,
                Some(_) | None => {}
            }
        }
        Ok(Self {
            root,
            uploads: Mutex::new(uploads),
        })
    }

    pub(crate) fn inbox(&self, sha256: &str) -> PathBuf {
        self.root.join("inbox").join(format!("{sha256}.rkp"))
    }

    pub(crate) fn outbox(&self, sha256: &str) -> PathBuf {
        self.root.join("outbox").join(format!("{sha256}.rkp"))
    }

    /// Files of the inbox by the digest in their name.
    pub(crate) fn in_inbox(&self) -> io::Result<Vec<String>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(self.root.join("inbox"))? {
            let path = entry?.path();
            let stem = path.file_stem().and_then(|stem| stem.to_str());
            found.extend(stem.filter(|stem| hex(stem, 64)).map(str::to_owned));
        }
        Ok(found)
    }

    fn uploads(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Upload>>> {
        // The map is whole between any two of its operations.
        self.uploads.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many uploads are open.
    pub(crate) fn open_uploads(&self) -> usize {
        self.uploads().len()
    }

    /// An upload of this sender.
    pub(crate) fn find(&self, id: &str, sender: &str) -> Result<Arc<Upload>, Problem> {
        self.uploads()
            .get(id)
            .filter(|upload| upload.sender() == sender)
            .cloned()
            .ok_or_else(|| Fault::Upload.into())
    }

    /// Bytes of a sender's uploads that came.
    pub(crate) fn received(&self, sender: &str) -> u64 {
        self.uploads()
            .values()
            .filter(|upload| upload.sender() == sender)
            .map(|upload| upload.offset())
            .fold(0, u64::saturating_add)
    }

    /// Starts an upload, or takes up the one of the same bytes. `waiting` are the bytes of the sender's requests that
    /// have no end yet. Says whether it is new. A declared length takes no space; the bytes do when they come.
    pub(crate) fn begin(
        &self,
        sender: &str,
        sha256: &Sha256Hex,
        length: u64,
        waiting: u64,
        limits: &Limits,
        now: Timestamp,
    ) -> Result<(Arc<Upload>, bool), Problem> {
        if length == 0 || length > limits.package {
            return Err(Fault::Large.into());
        }
        let mut uploads = self.uploads();
        let mut under_way = waiting;
        let [mut open, mut idle] = [0_usize; 2];
        for upload in uploads.values().filter(|upload| upload.sender() == sender) {
            if upload.sha256() == sha256.as_str() && upload.length() == length {
                return Ok((Arc::clone(upload), false));
            }
            under_way = under_way.saturating_add(upload.offset());
            open = open.saturating_add(1);
            idle = idle.saturating_add(usize::from(upload.offset() == 0));
        }
        if open >= limits.uploads_per_producer
            || idle >= limits.idle_per_producer
            || under_way.saturating_add(length) > limits.spool_per_producer
        {
            return Err(Fault::Quota.into());
        }
        let declared = Declared {
            sender: sender.to_owned(),
            sha256: sha256.as_str().to_owned(),
            length,
            begun: now,
        };
        let upload = Arc::new(self.create(declared)?);
        uploads.insert(upload.id.clone(), Arc::clone(&upload));
        Ok((upload, true))
    }

    fn create(&self, declared: Declared) -> Result<Upload, Problem> {
        let mut random = [0_u8; 16];
        getrandom::fill(&mut random).map_err(io::Error::other)?;
        let id = HEXLOWER.encode(&random);
        let part = self.root.join("uploads").join(format!("{id}.part"));
        let touched = AtomicI64::new(declared.begun.as_second());
        let made = empty(&part).and_then(|()| {
            let mut json = NewFile::create(&part.with_extension("json"))?;
            json.write_all(&serde_json::to_vec(&declared).map_err(io::Error::other)?)?;
            json.commit()
        });
        if let Err(error) = made {
            remove(&part).ok();
            return Err(error.into());
        }
        Ok(Upload {
            id,
            declared,
            part,
            offset: AtomicU64::new(0),
            touched,
            turn: Arc::default(),
        })
    }

    /// Forgets an upload and its bytes.
    pub(crate) fn drop_upload(&self, upload: &Upload) -> io::Result<()> {
        self.uploads().remove(&upload.id);
        remove(&upload.part)?;
        remove(&upload.part.with_extension("json"))
    }

    /// Forgets uploads that nobody completed in time. One that is being written stays.
    pub(crate) fn drop_stale(&self, limits: &Limits, now: Timestamp) -> io::Result<()> {
        let stale: Vec<_> = self
            .uploads()
            .values()
            .filter(|upload| upload.is_stale(limits, now))
            .cloned()
            .collect();
        for upload in stale {
            if let Ok(_turn) = upload.turn.try_lock() {
                self.drop_upload(&upload)?;
            }
        }
        Ok(())
    }
}

/// What a stop left of an upload; `None` if it is not one of ours.
fn resume(json: &Path, id: &str, now: Timestamp) -> Option<Upload> {
    let declared: Declared = serde_json::from_slice(&fs::read(json).ok()?).ok()?;
    let part = json.with_extension("part");
    let offset = part.symlink_metadata().ok().filter(fs::Metadata::is_file)?;
    let offset = offset.len();
    (offset <= declared.length).then(|| Upload {
        id: id.to_owned(),
        declared,
        part,
        offset: AtomicU64::new(offset),
        touched: AtomicI64::new(now.as_second()),
        turn: Arc::default(),
    })
}

fn empty(part: &Path) -> io::Result<()> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(part)
        .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        package: 1000,
        spool_per_producer: 1500,
        uploads_per_producer: 3,
        idle_per_producer: 2,
        requests_per_producer: 2,
        handshakes: 1,
        connections: 1,
        connections_per_producer: 1,
        head: std::time::Duration::from_secs(1),
        body: std::time::Duration::from_secs(1),
        wait: std::time::Duration::from_secs(1),
        grace: std::time::Duration::from_secs(1),
        look: std::time::Duration::from_secs(1),
        upload_hours: 24,
        idle_minutes: 30,
    };

    const START: Timestamp = Timestamp::UNIX_EPOCH;

    fn sha256(bytes: &[u8]) -> Sha256Hex {
        Sha256Hex(HEXLOWER.encode(&Sha256::digest(bytes)))
    }

    fn begin(spool: &Spool, bytes: &[u8], waiting: u64) -> Result<Arc<Upload>, Problem> {
        spool
            .begin(
                "p",
                &sha256(bytes),
                bytes.len() as u64,
                waiting,
                &LIMITS,
                START,
            )
            .map(|(upload, _)| upload)
    }

    fn fault<T: std::fmt::Debug>(outcome: Result<T, Problem>) -> Fault {
        outcome.unwrap_err().fault
    }

    #[test]
    fn names_that_lead_elsewhere_are_no_digests() {
        for text in [
            "",
            "..",
            "../../etc/passwd",
            &"A".repeat(64),
            &"a".repeat(63),
        ] {
            assert_eq!(Sha256Hex::parse(text), None, "{text}");
        }
        assert!(Sha256Hex::parse(&"a0".repeat(32)).is_some());
    }

    #[test]
    fn bytes_come_in_pieces_across_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let spool = Spool::open(dir.path(), START).unwrap();
        let upload = begin(&spool, b"all of it", 0).unwrap();
        assert_eq!(upload.write(0, b"all ", START).unwrap(), 4);
        assert_eq!(fault(upload.write(0, b"all ", START)), Fault::Offset);
        assert_eq!(
            fault(upload.write(4, b"of it and more", START)),
            Fault::Beyond
        );
        assert_eq!(fault(upload.check()), Fault::Incomplete);
        let spool = Spool::open(dir.path(), START).unwrap();
        assert_eq!(fault(spool.find(&upload.id, "q")), Fault::Upload);
        let upload = spool.find(&upload.id, "p").unwrap();
        assert_eq!(upload.offset(), 4);
        assert_eq!(begin(&spool, b"all of it", 0).unwrap().id, upload.id);
        upload.write(4, b"of it", START).unwrap();
        upload.check().unwrap();
        spool.drop_upload(&upload).unwrap();
        let uploads = root(dir.path()).join("uploads");
        assert_eq!(fs::read_dir(uploads).unwrap().count(), 0);
    }

    #[test]
    fn other_bytes_than_declared_are_seen() {
        let dir = tempfile::tempdir().unwrap();
        let spool = Spool::open(dir.path(), START).unwrap();
        let upload = begin(&spool, b"all of it", 0).unwrap();
        upload.write(0, b"other its", START).unwrap();
        assert_eq!(fault(upload.check()), Fault::Digest);
    }

    #[test]
    fn space_is_taken_by_what_came_and_not_by_what_was_declared() {
        let dir = tempfile::tempdir().unwrap();
        let spool = Spool::open(dir.path(), START).unwrap();
        assert_eq!(fault(begin(&spool, &[0; 1001], 0)), Fault::Large);
        assert_eq!(fault(begin(&spool, &[0; 1000], 501)), Fault::Quota);
        let one = begin(&spool, &[0; 1000], 400).unwrap();
        begin(&spool, &[1; 1000], 400).unwrap();
        assert_eq!(spool.received("p"), 0);
        // Two without a byte are as many as there may be.
        assert_eq!(fault(begin(&spool, &[2; 1], 0)), Fault::Quota);
        one.write(0, &[0; 600], START).unwrap();
        assert_eq!((spool.received("p"), spool.received("q")), (600, 0));
        assert_eq!(fault(begin(&spool, &[2; 901], 0)), Fault::Quota);
        begin(&spool, &[2; 900], 0).unwrap();
        assert_eq!(fault(begin(&spool, &[3; 1], 0)), Fault::Quota);
    }

    #[test]
    fn what_never_had_a_byte_goes_first() {
        let dir = tempfile::tempdir().unwrap();
        let spool = Spool::open(dir.path(), START).unwrap();
        let one = begin(&spool, &[0; 1000], 0).unwrap();
        begin(&spool, &[1; 1000], 0).unwrap();
        let hours = |hours| START + SignedDuration::from_hours(hours);
        one.write(0, &[0; 600], START).unwrap();
        spool.drop_stale(&LIMITS, hours(1)).unwrap();
        assert_eq!(spool.open_uploads(), 1);
        // From its last byte on, not from its beginning.
        one.write(600, &[0; 1], hours(20)).unwrap();
        spool.drop_stale(&LIMITS, hours(44)).unwrap();
        assert_eq!(spool.open_uploads(), 1);
        spool.drop_stale(&LIMITS, hours(45)).unwrap();
        assert_eq!(spool.open_uploads(), 0);
    }
}
