//! An authority of two custodians, with its producer and recipient.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use arrow::array::{Array as _, RecordBatch, StringArray};
use renketsu_authority::custody::halves::{self, Halved};
use renketsu_authority::custody::{Custodian, CustodyError, ids, resolve, terms};
use renketsu_authority::fee::Monotonic;
use renketsu_authority::init::{init, init_as};
use renketsu_authority::issue;
use renketsu_authority::methods::Transport;
use renketsu_authority::party::Authority;
use renketsu_authority::provision::{self, KanaIds, Opening};
use renketsu_authority::registration::register;
use renketsu_authority::registry::Acceptance;
use renketsu_authority::stamp::Order;
use renketsu_duty::meter::Reading;
use renketsu_seal::package::{Header, Opened};
use renketsu_seal::{Role, safe};
use renketsu_store::{Event, Store};
use renketsu_table::delimited::Options;
use renketsu_table::ids as columns;
use renketsu_testkit::{Party, introduce, now};

use crate::parties::{AnswerRow, AskedRow, PROVISION, Parties, batches, opened};

/// `parties.authority` is the resolver; `parties.store` its state.
pub(crate) struct Two {
    pub(crate) parties: Parties,
    pub(crate) issuer: Party,
    pub(crate) issuer_store: Store,
}

impl Two {
    /// Both have their key stores and know each other.
    pub(crate) fn new() -> Self {
        let mut parties = Parties::without_keys();
        let issuer = Party::new(Role::Issuer, "支払基金");
        introduce(&issuer, &parties.authority);
        introduce(&issuer, &parties.producer);
        introduce(&issuer, &parties.recipient);
        parties
            .at_work(|authority, store| init_as(authority, store, &[Custodian::Resolver]))
            .unwrap();
        let issuer_store = Store::open_proven(issuer.path(), &issuer.proof()).unwrap();
        let mut two = Self {
            parties,
            issuer,
            issuer_store,
        };
        two.at_issuer(init).unwrap();
        two
    }

    /// With a provision on both sides and a registry of this CSV.
    pub(crate) fn ready(registry: &str) -> Self {
        Self::ready_as(registry, KanaIds::Keyed)
    }

    /// With kana IDs of this mode.
    pub(crate) fn ready_as(registry: &str, kana: KanaIds) -> Self {
        let mut two = Self::new();
        two.parties.kana = kana;
        two.open(PROVISION);
        two.parties.apply(PROVISION);
        two.parties.register(registry, Acceptance::Refuse).unwrap();
        two
    }

    pub(crate) fn at_issuer<T>(&mut self, act: impl FnOnce(&Authority<'_>, &mut Store) -> T) -> T {
        let trust = self.issuer.trust();
        let stopped = || Reading {
            boot: "boot-1".to_owned(),
            nanos: 0,
        };
        let clock = Monotonic::new(&stopped);
        let issuer =
            Authority::issuer(self.issuer.path(), &self.issuer.keys, &trust, now(), clock).unwrap();
        let done = act(&issuer, &mut self.issuer_store);
        self.issuer_store.check().unwrap();
        done
    }

    /// Opens a provision at the issuer and hands it to the resolver.
    pub(crate) fn open(&mut self, provision: &str) {
        let opening = self.parties.opening(provision);
        self.at_issuer(|issuer, store| provision::open(issuer, store, &opening))
            .unwrap();
        let file = self
            .hand(provision, &format!("{provision}.terms.rkp"))
            .unwrap();
        self.take(&file).unwrap();
    }

    pub(crate) fn hand(&mut self, provision: &str, out: &str) -> Result<PathBuf, CustodyError> {
        let order = terms::Order {
            provision: provision.to_owned(),
            resolver: self.parties.authority.card.fingerprint(),
            out: self.parties.path(out),
            expires: now() + issue::VALID_FOR,
        };
        self.at_issuer(|issuer, store| terms::hand(issuer, store, &order))
            .map(|sealed| sealed.path)
    }

    pub(crate) fn take(&mut self, file: &Path) -> Result<provision::Provision, CustodyError> {
        self.parties
            .at_work(|authority, store| terms::take(authority, store, file))
    }

    pub(crate) fn resolve(
        &mut self,
        request: &Path,
        name: &str,
    ) -> Result<resolve::Resolution, CustodyError> {
        let order = resolve::Order {
            request: request.to_owned(),
            to_issuer: self.parties.path(&format!("{name}.tokens.rkp")),
            to_producer: self.parties.path(&format!("{name}.references.rkp")),
            expires: now() + issue::VALID_FOR,
            transport: Transport::Medium,
            accept: Vec::new(),
        };
        self.parties
            .at_work(|authority, store| resolve::resolve(authority, store, &order, &mut |_| ()))
    }

    pub(crate) fn issue(&mut self, name: &str) -> Result<ids::IdsIssued, CustodyError> {
        self.issue_of(&format!("{name}.tokens.rkp"), &format!("{name}.ids.rkp"))
    }

    pub(crate) fn issue_of(
        &mut self,
        tokens: &str,
        out: &str,
    ) -> Result<ids::IdsIssued, CustodyError> {
        let order = ids::Order {
            tokens: self.parties.path(tokens),
            out: self.parties.path(out),
            expires: now() + issue::VALID_FOR,
        };
        self.at_issuer(|issuer, store| ids::issue_ids(issuer, store, &order, &mut |_| ()))
    }

    /// The resolver's part of a stamp: NAME.columns.rkp and NAME.subjects.rkp.
    pub(crate) fn halve(&mut self, extract: &Order, name: &str) -> Result<Halved, CustodyError> {
        let order = halves::Order {
            extract: Order {
                out: self.parties.path(&format!("{name}.columns.rkp")),
                ..extract.clone()
            },
            to_issuer: self.parties.path(&format!("{name}.subjects.rkp")),
        };
        self.parties
            .at_work(|authority, store| halves::stamp(authority, store, &order, &mut |_| ()))
    }

    /// The issuer's part: NAME.stamps.rkp.
    pub(crate) fn stamps(&mut self, name: &str) -> Result<ids::IdsIssued, CustodyError> {
        let (from, to) = (format!("{name}.subjects.rkp"), format!("{name}.stamps.rkp"));
        self.issue_of(&from, &to)
    }

    /// Both halves of the answer to these rows, joined as the producer joins them, in the order of references.
    pub(crate) fn answer(&mut self, name: &str, rows: &[AskedRow]) -> Vec<AnswerRow> {
        let request = self.parties.request(&format!("{name}.rkp"), rows);
        self.resolve(&request, name).unwrap();
        self.issue(name).unwrap();
        let references = self.sealed(&format!("{name}.references.rkp"));
        let ids = self.sealed(&format!("{name}.ids.rkp"));
        let mut joined = Vec::new();
        for (left, right) in batches(&references, "references")
            .iter()
            .zip(batches(&ids, "ids"))
        {
            joined.extend(joined_rows(left, &right));
        }
        joined.sort_by_key(|row| row.reference);
        joined
    }

    /// A package as the producer opens it.
    pub(crate) fn sealed(&self, name: &str) -> Opened {
        opened(&self.parties.path(name), &self.parties.producer)
    }

    pub(crate) fn header(&self, name: &str) -> Header {
        self.sealed(name).header().clone()
    }

    /// The 32 bytes of a secret of one of the two.
    pub(crate) fn secret(&self, custodian: Custodian, name: &str) -> [u8; 32] {
        let party = match custodian {
            Custodian::Resolver => &self.parties.authority,
            Custodian::Issuer => &self.issuer,
        };
        let path = secret_path(party, custodian, name);
        let mut bytes = [0; 32];
        let mut reader = safe::open(&path, &party.keys).unwrap();
        reader.read_exact(&mut bytes).unwrap();
        bytes
    }

    /// An authority that holds the keys of both in one directory.
    pub(crate) fn as_one(&self, registry: &str) -> Parties {
        self.as_one_of(registry, self.parties.kana)
    }

    /// With kana IDs of this mode.
    pub(crate) fn as_one_of(&self, registry: &str, kana: KanaIds) -> Parties {
        let mut one = Parties::without_keys();
        one.kana = kana;
        for (custodian, name) in [
            (Custodian::Resolver, "root-1".to_owned()),
            (Custodian::Issuer, "root-1".to_owned()),
            (Custodian::Issuer, format!("salt-{PROVISION}")),
        ] {
            let path = secret_path(&one.authority, custodian, &name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            let mut writer = safe::create(&path, &one.authority.keys).unwrap();
            writer.write_all(&self.secret(custodian, &name)).unwrap();
            writer.commit().unwrap();
        }
        // As after a start that was interrupted: what is there is used.
        one.at_work(init).unwrap();
        let begun = Event::new("provision.opening", PROVISION, now());
        one.store.begin().unwrap().commit(&begun).unwrap();
        one.open(&one.opening(PROVISION)).unwrap();
        one.register(registry, Acceptance::Refuse).unwrap();
        one
    }

    pub(crate) fn opening(&self, provision: &str) -> Opening {
        self.parties.opening(provision)
    }

    pub(crate) fn register_at_issuer(&mut self, csv: &Path) -> &'static str {
        let outcome = self.at_issuer(|issuer, store| {
            register(issuer, store, csv, Options::default(), Acceptance::Refuse)
        });
        outcome.unwrap_err().code()
    }
}

pub(crate) fn secret_path(party: &Party, custodian: Custodian, name: &str) -> PathBuf {
    let store = party.path().join("secrets").join(custodian.as_str());
    store.join(name)
}

fn joined_rows(references: &RecordBatch, ids: &RecordBatch) -> Vec<AnswerRow> {
    let text = |name: &str| {
        references
            .column_by_name(name)
            .unwrap()
            .as_any()
            .downcast_ref::<StringArray>()
            .unwrap()
            .clone()
    };
    let (status, reason) = (text("status"), text("reason"));
    let token = |batch: &RecordBatch, row| -> [u8; 16] {
        columns::value(columns::fixed(batch, "token", 16).unwrap(), row).unwrap()
    };
    let reference = columns::fixed(references, columns::ROW_REF, 16).unwrap();
    let unique = columns::boolean(references, columns::KANA_UNIQUE).unwrap();
    let number = columns::fixed(ids, columns::NUMBER_ID, 32).unwrap();
    let kana = columns::fixed(ids, columns::KANA_ID, 32).unwrap();
    (0..references.num_rows())
        .map(|row| {
            assert_eq!(token(references, row), token(ids, row));
            AnswerRow {
                reference: columns::value(reference, row).unwrap(),
                status: status.value(row).to_owned(),
                reason: reason.is_valid(row).then(|| reason.value(row).to_owned()),
                number_id: columns::value(number, row),
                kana_id: columns::value(kana, row),
                kana_unique: unique.is_valid(row).then(|| unique.value(row)),
            }
        })
        .collect()
}
