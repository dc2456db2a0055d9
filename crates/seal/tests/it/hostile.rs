//! Packages no honest program writes: any archive, any manifest, signed and sealed properly.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use age::secrecy::SecretString;
use data_encoding::{BASE64, HEXLOWER};
use renketsu_seal::Card;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::fixture::{PASSPHRASE, Scene, read_all, refused, scene};

/// Private keys, read from the party's directory as the documentation says they lie there.
pub(crate) struct Private {
    pub(crate) identity: age::x25519::Identity,
    pub(crate) identity_line: String,
    pub(crate) signer_line: String,
}

pub(crate) fn private(dir: &Path) -> Private {
    let sealed = std::fs::read(dir.join("keys/private.age")).unwrap();
    let identity = age::scrypt::Identity::new(SecretString::from(PASSPHRASE.to_owned()));
    let text = String::from_utf8(age::decrypt(&identity, &sealed).unwrap()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 4);
    assert_eq!(lines[0], "renketsu.private/2");
    Private {
        identity: age::x25519::Identity::from_str(lines[2]).unwrap(),
        identity_line: lines[2].to_owned(),
        signer_line: lines[3].to_owned(),
    }
}

impl Private {
    pub(crate) fn sign(&self, data: &[u8], trusted_comment: &str) -> Vec<u8> {
        let key =
            minisign::SecretKey::from_bytes(&BASE64.decode(self.signer_line.as_bytes()).unwrap())
                .unwrap();
        minisign::sign(None, &key, data, Some(trusted_comment), Some("hostile"))
            .unwrap()
            .into_string()
            .into_bytes()
    }

    pub(crate) fn decrypt(&self, sealed: &[u8]) -> Vec<u8> {
        read_all(
            age::Decryptor::new(sealed)
                .unwrap()
                .decrypt(std::iter::once(&self.identity as _))
                .unwrap(),
        )
    }
}

/// What is inside a package.
#[derive(Clone)]
pub(crate) struct Parts {
    pub(crate) manifest: Vec<u8>,
    pub(crate) signature: Vec<u8>,
    pub(crate) tables: Vec<(String, Vec<u8>)>,
}

impl Parts {
    /// Takes an honest package apart with the recipient's key.
    pub(crate) fn of(sealed: &Path, recipient: &Private) -> Self {
        let plain = recipient.decrypt(&std::fs::read(sealed).unwrap());
        let mut files: Vec<(String, Vec<u8>)> = Vec::new();
        for entry in tar::Archive::new(plain.as_slice()).entries().unwrap() {
            let entry = entry.unwrap();
            let path = entry.path().unwrap().to_str().unwrap().to_owned();
            files.push((path, read_all(entry)));
        }
        let mut files = files.into_iter();
        let (first, manifest) = files.next().unwrap();
        let (second, signature) = files.next().unwrap();
        assert_eq!(
            (first.as_str(), second.as_str()),
            ("datapackage.json", "datapackage.json.minisig")
        );
        Self {
            manifest,
            signature,
            tables: files.collect(),
        }
    }

    /// Changes the manifest and signs it again.
    pub(crate) fn resigned(mut self, signer: &Private, change: impl FnOnce(&mut Value)) -> Self {
        let mut manifest: Value = serde_json::from_slice(&self.manifest).unwrap();
        change(&mut manifest);
        self.manifest = serde_json::to_vec(&manifest).unwrap();
        let id = manifest["renketsu"]["package_id"]
            .as_str()
            .unwrap_or("none")
            .to_owned();
        self.signature = signer.sign(&self.manifest, &format!("renketsu.package/1 {id}"));
        self
    }

    pub(crate) fn head(&self) -> Vec<u8> {
        [
            file("datapackage.json", &self.manifest),
            file("datapackage.json.minisig", &self.signature),
        ]
        .concat()
    }

    pub(crate) fn data(&self) -> Vec<Vec<u8>> {
        self.tables
            .iter()
            .map(|(path, content)| file(path, content))
            .collect()
    }

    /// The archive as an honest program would write it.
    pub(crate) fn archive(&self) -> Vec<u8> {
        [self.head(), self.data().concat(), end()].concat()
    }
}

pub(crate) fn file(name: &str, content: &[u8]) -> Vec<u8> {
    entry(name, tar::EntryType::Regular, "", content)
}

/// Any entry; the name is not checked as the tar crate would.
pub(crate) fn entry(name: &str, kind: tar::EntryType, link: &str, content: &[u8]) -> Vec<u8> {
    let mut header = tar::Header::new_ustar();
    header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
    header.as_mut_bytes()[157..157 + link.len()].copy_from_slice(link.as_bytes());
    header.set_entry_type(kind);
    header.set_size(content.len() as u64);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_cksum();
    let mut bytes = header.as_bytes().to_vec();
    bytes.extend_from_slice(content);
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

pub(crate) fn end() -> Vec<u8> {
    vec![0; 1024]
}

/// Seals any bytes for a card and writes them.
pub(crate) fn seal(plain: &[u8], recipient: &Card, out: &Path) {
    let recipient = age::x25519::Recipient::from_str(&recipient.recipient).unwrap();
    let mut sealed = Vec::new();
    let mut writer = age::Encryptor::with_recipients(std::iter::once(&recipient as _))
        .unwrap()
        .wrap_output(&mut sealed)
        .unwrap();
    writer.write_all(plain).unwrap();
    writer.finish().unwrap();
    std::fs::write(out, sealed).unwrap();
}

pub(crate) fn sha256(content: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(content))
}

/// Length of the age header and nonce of a sealed file: where its payload starts.
pub(crate) fn payload_start(sealed: &[u8]) -> usize {
    let mut start = 0;
    for line in sealed.split_inclusive(|byte| *byte == b'\n') {
        start += line.len();
        if line.starts_with(b"---") {
            return start + 16;
        }
    }
    panic!("no age header");
}

/// An honest delivery taken apart, with the keys to put it together differently.
pub(crate) struct Attack {
    pub(crate) scene: Scene,
    pub(crate) producer: Private,
    pub(crate) parts: Parts,
}

pub(crate) fn attack() -> Attack {
    let scene = scene();
    let receipt = scene.delivery("honest.rkp");
    let producer = private(scene.producer.dir.path());
    let parts = Parts::of(&receipt.path, &private(scene.workspace.dir.path()));
    Attack {
        scene,
        producer,
        parts,
    }
}

impl Attack {
    pub(crate) fn sealed(&self, plain: &[u8]) -> PathBuf {
        let path = self.scene.path("hostile.rkp");
        seal(plain, &self.scene.workspace.card, &path);
        path
    }

    #[track_caller]
    pub(crate) fn refused(&self, plain: &[u8], code: &str) {
        refused(self.scene.workspace.open(&self.sealed(plain)), code);
    }

    #[track_caller]
    pub(crate) fn refused_with_manifest(&self, change: impl FnOnce(&mut Value), code: &str) {
        self.refused(
            &self
                .parts
                .clone()
                .resigned(&self.producer, change)
                .archive(),
            code,
        );
    }

    /// The honest archive with other entries behind the signature.
    #[track_caller]
    pub(crate) fn refused_with_data(&self, data: &[Vec<u8>], code: &str) {
        self.refused(&[self.parts.head(), data.concat(), end()].concat(), code);
    }
}

#[test]
fn the_builder_of_hostile_packages_can_build_an_honest_one() {
    let scene = scene();
    let receipt = scene.delivery("a.rkp");
    let parts = Parts::of(&receipt.path, &private(scene.workspace.dir.path()));
    let parts = parts.resigned(&private(scene.producer.dir.path()), |_| {});
    seal(
        &parts.archive(),
        &scene.workspace.card,
        &scene.path("b.rkp"),
    );
    let opened = scene.workspace.open(&scene.path("b.rkp")).unwrap();
    let mut content = Vec::new();
    opened
        .table("claims")
        .unwrap()
        .read_to_end(&mut content)
        .unwrap();
    assert_eq!(content, crate::fixture::claims());
}
