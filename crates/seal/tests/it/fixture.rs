//! Parties, a package between them, and what a refusal must look like.

use std::cell::RefCell;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use renketsu_identity::{KanaMode, KeyCheckValues};
use renketsu_seal::log::GivenHead;
use renketsu_seal::package::{
    Certification, Counts, Draft, Expected, Header, OpenError, Opened, PROFILE, PackageKind,
    Receipt, RecipientGround, Sealed, WriteError,
};
use renketsu_seal::party::{self, Cost};
use renketsu_seal::safe::SafeError;
use renketsu_seal::trust::TrustError;
use renketsu_seal::{Card, PartyKeys, Passphrase, Role, Trust};
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) const PASSPHRASE: &str = "correct horse battery staple";

pub(crate) fn now() -> Timestamp {
    "2026-11-22T03:00:00Z".parse().unwrap()
}

pub(crate) fn passphrase() -> Passphrase {
    Passphrase::new(PASSPHRASE.to_owned()).unwrap()
}

pub(crate) struct Party {
    pub(crate) dir: TempDir,
    pub(crate) keys: PartyKeys,
    pub(crate) card: Card,
    trust: RefCell<Trust>,
}

pub(crate) fn party(role: Role, name: &str) -> Party {
    let dir = tempfile::tempdir().unwrap();
    let card =
        party::create_with_cost(dir.path(), name, role, &passphrase(), now(), Cost::Light).unwrap();
    let keys = party::open(dir.path(), &passphrase()).unwrap();
    Party {
        dir,
        keys,
        card,
        trust: RefCell::default(),
    }
}

impl Party {
    pub(crate) fn trust(&self) -> Trust {
        self.trust.borrow().clone()
    }

    pub(crate) fn trusts(&self, other: &Party) {
        self.trust
            .borrow_mut()
            .add(&other.card, &other.card.fingerprint())
            .unwrap();
    }

    pub(crate) fn trusts_nobody(&self) {
        self.trust.take();
    }

    pub(crate) fn open(&self, path: &Path) -> Result<Opened, OpenError> {
        Sealed::open(path)?
            .authenticate(&self.keys, &self.trust(), now())?
            .verify()
    }
}

/// A producer and a workspace that trust each other, with room for packages.
pub(crate) struct Scene {
    pub(crate) producer: Party,
    pub(crate) workspace: Party,
    pub(crate) dir: TempDir,
}

pub(crate) fn scene() -> Scene {
    let (producer, workspace) = (
        party(Role::Producer, "認定匿名加工医療情報作成事業者"),
        party(Role::Workspace, "連結大学"),
    );
    producer.trusts(&workspace);
    workspace.trusts(&producer);
    Scene {
        producer,
        workspace,
        dir: tempfile::tempdir().unwrap(),
    }
}

impl Scene {
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// An honest delivery of two small tables.
    pub(crate) fn delivery(&self, name: &str) -> Receipt {
        self.delivery_with(name, self.header())
    }

    pub(crate) fn delivery_with(&self, name: &str, header: Header) -> Receipt {
        let mut draft = Draft::new(self.dir.path());
        write_table(&mut draft, "claims", &claims()).unwrap();
        write_table(&mut draft, "lab_1", b"PAR1 second table PAR1").unwrap();
        draft
            .sign(
                header,
                given(&self.producer.keys),
                &self.producer.keys,
                &self.workspace.card,
            )
            .unwrap()
            .seal(&self.path(name))
            .unwrap()
    }

    pub(crate) fn header(&self) -> Header {
        Header {
            kind: PackageKind::Delivery,
            provision: "P-2026-0001".to_owned(),
            study: Some("糖尿病の研究".to_owned()),
            profile: PROFILE.to_owned(),
            kcv: Some(kcv()),
            kana_mode: KanaMode::Keyed,
            sequence: 3,
            in_reply_to: None,
            custody: None,
            created: now(),
            expires: now() + SignedDuration::from_hours(24 * 30),
            purpose: "研究".to_owned(),
            places: vec!["第一解析室".to_owned()],
            producer: Some(Certification {
                kind: "anonymized".to_owned(),
                number: "匿-1".to_owned(),
                ground: "19-1".to_owned(),
            }),
            recipient_ground: Some(RecipientGround {
                name: self.workspace.card.name.clone(),
                fingerprint: self.workspace.card.fingerprint(),
                item: "7-1-2".to_owned(),
            }),
            databases: vec!["ndb".to_owned()],
            approval: None,
            contract: Some("C-9".to_owned()),
            period_start: Some("2026-12-01".parse().unwrap()),
            period_end: Some("2028-03-31".parse().unwrap()),
            fee_notice: None,
        }
    }
}

pub(crate) fn claims() -> Vec<u8> {
    (0..1500_u32)
        .flat_map(|value| value.to_le_bytes().into_iter().take(1))
        .collect()
}

pub(crate) fn kcv() -> KeyCheckValues {
    serde_json::from_value(json!({"number": "0011223344556677", "kana": "8899aabbccddeeff"}))
        .unwrap()
}

/// A point of ristretto255: that of RFC 9497, appendix A.1.2.
pub(crate) const PUBLIC_KEY: &str =
    "c803e2cc6b05fc15064549b5920659ca4a77b2cca6f04f6b357009335476ad4e";

pub(crate) fn schema() -> Value {
    json!({"fields": [{"name": "number_id", "type": "string"}, {"name": "value", "type": "integer"}]})
}

pub(crate) fn write_table(draft: &mut Draft, name: &str, content: &[u8]) -> Result<(), WriteError> {
    let mut table = draft.table(name, schema())?;
    table.write_all(content).unwrap();
    table.finish(Counts {
        rows: 7,
        distinct_number_ids: Some(5),
        distinct_kana_ids: None,
    })
}

pub(crate) fn expected() -> Expected {
    Expected {
        kind: PackageKind::Delivery,
        provision: "P-2026-0001".to_owned(),
        kcv: Some(kcv()),
    }
}

pub(crate) fn read_all(mut from: impl Read) -> Vec<u8> {
    let mut content = Vec::new();
    from.read_to_end(&mut content).unwrap();
    content
}

/// An error with a code that the catalogue knows, with exactly the details it promises.
pub(crate) trait Coded: std::fmt::Display {
    fn code(&self) -> &'static str;
    fn details(&self) -> Vec<(&'static str, String)>;
    fn exit(&self) -> u8;
}

macro_rules! coded {
    ($($error:ty),*) => {$(
        impl Coded for $error {
            fn code(&self) -> &'static str { self.code() }
            fn details(&self) -> Vec<(&'static str, String)> { self.details() }
            fn exit(&self) -> u8 { self.exit() }
        }
    )*};
}
coded!(
    OpenError,
    WriteError,
    SafeError,
    TrustError,
    party::CreateError,
    party::OpenError,
    renketsu_seal::card::CardError,
    renketsu_seal::card::FingerprintError,
    renketsu_seal::passphrase::PassphraseError,
    renketsu_seal::vault::VaultError
);

#[track_caller]
pub(crate) fn refused<T, E: Coded>(result: Result<T, E>, code: &str) {
    let Err(error) = result else {
        panic!("accepted instead of `{code}`")
    };
    check_code(&error);
    assert_eq!(error.code(), code, "{error}");
}

#[track_caller]
pub(crate) fn check_code(error: &impl Coded) {
    let listed = renketsu_seal::codes().find(|(code, _)| *code == error.code());
    let (_, names) = listed.unwrap_or_else(|| panic!("`{}` is not listed", error.code()));
    let details: Vec<&str> = error.details().into_iter().map(|(name, _)| name).collect();
    assert_eq!(&details, names, "{}", error.code());
    assert!(matches!(error.exit(), 1..=3), "{}", error.code());
    let text = error.to_string();
    assert!(!text.contains('\n') && !text.ends_with('.'), "{text}");
}

/// What a package carries of the log of a party that has recorded nothing.
pub(crate) fn given(keys: &PartyKeys) -> GivenHead {
    GivenHead::of_nothing(keys).unwrap()
}
