//! A vault for tests that write and read the files of a study.

use std::path::Path;

use renketsu_seal::vault::{
    Catalogue, Entry, FileKey, FileName, OpenStudy, Said, Vault, VaultCost, VaultKey, Wrapped,
};
use tempfile::TempDir;

/// The study of [`vault`].
const STUDY: &str = "study";

/// An opened vault with one study, in a directory that goes away with it. No state: the catalogue is here.
#[derive(Debug)]
pub struct TestVault {
    /// Its directory.
    pub dir: TempDir,
    /// Its opened key.
    pub vault: VaultKey,
    /// The wrapped key of its study.
    pub wrapped: Wrapped,
    /// Its study, `study`, with the files added so far.
    pub study: OpenStudy,
}

/// Makes a vault within milliseconds: its passphrase, [`PASSPHRASE`](crate::PASSPHRASE), costs almost nothing
/// to guess.
///
/// # Panics
/// If the temporary directory or the vault can't be made.
#[expect(clippy::expect_used, reason = "a test without its fixture must stop")]
pub fn vault() -> TestVault {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let vault = Vault::create(dir.path(), &crate::passphrase(), VaultCost::Light).expect("a vault");
    let (key, wrapped) = vault.new_study(STUDY).expect("the key of a study");
    let empty = Catalogue::empty(STUDY, Said::default());
    let mac = key.mac(&empty);
    let study = vault
        .open_catalogue(STUDY, &wrapped, empty, &mac)
        .expect("an opened study");
    TestVault {
        dir,
        vault,
        wrapped,
        study,
    }
}

impl TestVault {
    /// The party's directory.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// A file of its study.
    pub fn name(&self, table: &str, file: &str, version: u64) -> FileName {
        FileName {
            study: self.study.study_key().study().to_owned(),
            table: table.to_owned(),
            file: file.to_owned(),
            version,
        }
    }

    /// The key of a new file, opened and wrapped.
    ///
    /// # Panics
    /// If the system gives no randomness.
    #[expect(clippy::expect_used, reason = "a test without its fixture must stop")]
    pub fn new_file(&self, table: &str, file: &str, version: u64) -> (FileKey, Wrapped) {
        let name = self.name(table, file, version);
        let study = self.study.study_key();
        study.new_file(&name).expect("the key of a file")
    }

    /// Adds files to the catalogue; one of the same name is replaced.
    ///
    /// # Panics
    /// If the key of a file is not its own.
    #[expect(clippy::expect_used, reason = "a test without its fixture must stop")]
    pub fn add(&mut self, entries: &[Entry]) {
        let (next, mac) = self
            .study
            .next(entries, &[], Said::default())
            .expect("keys of their files");
        self.study.advance(next, &mac).expect("the next catalogue");
    }
}

/// The key of a file in the clear, for another program to read what we wrote. For that test only.
pub fn file_key_hex(key: &FileKey) -> String {
    data_encoding::HEXLOWER.encode(key.secret())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_vault_opens_what_was_added_to_it() {
        let mut vault = vault();
        let (key, wrapped) = vault.new_file("claims", "rows", 1);
        let name = vault.name("claims", "rows", 1);
        vault.add(&[Entry {
            name: name.clone(),
            path: "studies/study/tables/claims/1/rows.parquet".to_owned(),
            bytes: 0,
            sha256: String::new(),
            key: wrapped,
        }]);
        let opened = vault.study.key(&name).unwrap();
        assert_eq!(file_key_hex(&opened), file_key_hex(&key));
        assert_eq!(file_key_hex(&key).len(), 64);
        assert!(Vault::exists(vault.path()));
    }
}
