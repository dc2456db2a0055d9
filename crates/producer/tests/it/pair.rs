//! Answers of an authority of two custodians: the issuer's IDs and the resolver's references, joined on tokens.

use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use renketsu_producer::request::RequestReport;
use renketsu_seal::Role;
use renketsu_seal::package::{Counts, Custody, Draft, Header, PackageId, PackageKind};
use renketsu_table::parquet::{ParquetSink, Sorting};
use renketsu_table::{ids, schema};
use renketsu_testkit::{Party, introduce};

use crate::attach::{requested, say, table};
use crate::world::{Said, World};

type Row = ([u8; 16], [u8; 16], Said);

/// A producer that trusts an issuer as well, and what the two custodians say to its request.
struct Pair {
    world: World,
    issuer: Party,
    /// Who seals the next package in the place of whoever should.
    other: Option<Party>,
    request: RequestReport,
    /// Token, reference, answer; in the order of tokens.
    rows: Vec<Row>,
}

impl Pair {
    fn new() -> Self {
        let mut world = World::new();
        let issuer = Party::new(Role::Issuer, "発行側");
        introduce(&world.producer, &issuer);
        world.trust = world.producer.trust();
        let request = requested(&mut world);
        let mut rows: Vec<Row> = world
            .asked(&request.file)
            .into_iter()
            .map(|(row_ref, texts)| {
                // Tokens in another order than references.
                let token = row_ref.map(|byte| !byte);
                (token, row_ref, say(&texts))
            })
            .collect();
        rows.sort_by_key(|(token, ..)| *token);
        Self {
            world,
            issuer,
            other: None,
            request,
            rows,
        }
    }

    fn seal(&self, out: &str, kind: PackageKind, batch: &RecordBatch, header: Header) -> PathBuf {
        let from = match (&self.other, kind) {
            (Some(other), _) => other,
            (None, PackageKind::Ids) => &self.issuer,
            (None, _) => &self.world.authority,
        };
        let mut draft = Draft::new(self.world.files.path());
        let columns = batch.schema();
        let table = draft
            .table(kind.as_str(), schema::to_json(&columns).unwrap())
            .unwrap();
        let mut sink = ParquetSink::create(table, &columns, &Sorting::none()).unwrap();
        sink.write(batch).unwrap();
        let written = sink.finish().unwrap();
        let counts = Counts {
            rows: written.rows,
            ..Counts::default()
        };
        written.target.finish(counts).unwrap();
        let out = self.world.path(out);
        draft
            .sign(
                header,
                renketsu_testkit::given(&from.keys),
                &from.keys,
                &self.world.producer.card,
            )
            .unwrap()
            .seal(&out)
            .unwrap();
        out
    }

    fn header(&self, kind: PackageKind) -> Header {
        Header {
            kind,
            custody: Some(Custody {
                resolver: self.world.authority.card.fingerprint(),
                issuer: self.issuer.card.fingerprint(),
                registry: 1,
                sha256: Some(renketsu_seal::durable::digest(&self.request.file).unwrap()),
            }),
            ..self.world.answer_header(&self.request)
        }
    }

    fn ids(&self, out: &str, rows: &[Row], change: impl Fn(&mut Header)) -> PathBuf {
        let columns = Schema::new(vec![
            ids::field_of(ids::TOKEN, 16),
            ids::id_field(ids::NUMBER_ID),
            ids::id_field(ids::KANA_ID),
        ]);
        let batch = RecordBatch::try_new(
            Arc::new(columns),
            vec![
                ids::array(rows.iter().map(|(token, ..)| Some(*token))),
                ids::array(rows.iter().map(|(.., said)| said.number.map(|id| [id; 32]))),
                ids::array(rows.iter().map(|(.., said)| said.kana.map(|id| [id; 32]))),
            ],
        )
        .unwrap();
        let mut header = self.header(PackageKind::Ids);
        change(&mut header);
        self.seal(out, PackageKind::Ids, &batch, header)
    }

    fn references(&self, out: &str, rows: &[Row], change: impl Fn(&mut Header)) -> PathBuf {
        let columns = Schema::new(vec![
            ids::field_of(ids::TOKEN, 16),
            ids::field_of(ids::ROW_REF, 16),
            Field::new("status", DataType::Utf8, false),
            Field::new("reason", DataType::Utf8, true),
            Field::new(ids::KANA_UNIQUE, DataType::Boolean, true),
        ]);
        let status = |said: &Said| match (said.number, said.kana) {
            (Some(_), _) => "number",
            (None, Some(_)) => "kana",
            (None, None) => "not_found",
        };
        let arrays: Vec<ArrayRef> = vec![
            ids::array(rows.iter().map(|(token, ..)| Some(*token))),
            ids::array(rows.iter().map(|(_, row_ref, _)| Some(*row_ref))),
            Arc::new(
                rows.iter()
                    .map(|(.., said)| Some(status(said)))
                    .collect::<StringArray>(),
            ),
            Arc::new(
                rows.iter()
                    .map(|(.., said)| said.number.is_none().then_some("number:absent"))
                    .collect::<StringArray>(),
            ),
            Arc::new(
                rows.iter()
                    .map(|(.., said)| said.unique)
                    .collect::<BooleanArray>(),
            ),
        ];
        let batch = RecordBatch::try_new(Arc::new(columns), arrays).unwrap();
        let mut header = self.header(PackageKind::References);
        change(&mut header);
        self.seal(out, PackageKind::References, &batch, header)
    }

    fn refused(&mut self, ids: &std::path::Path, references: PathBuf) -> &'static str {
        let table = table(&self.world);
        self.world.references = Some(references);
        let error = self.world.attach(ids, &[("labs", &table)]).unwrap_err();
        error.code()
    }
}

#[test]
fn two_packages_attach_as_one_does() {
    let mut pair = Pair::new();
    let ids = pair.ids("i.rkp", &pair.rows, |_| {});
    let references = pair.references("r.rkp", &pair.rows, |_| {});
    pair.world.references = Some(references);
    let labs = table(&pair.world);
    let split = pair.world.attach(&ids, &[("labs", &labs)]).unwrap();

    let mut one = World::new();
    let request = requested(&mut one);
    let (answer, labs) = (one.answer(&request, "a.rkp", say), table(&one));
    let combined = one.attach(&answer, &[("labs", &labs)]).unwrap();
    assert_eq!(split.keys, combined.keys);
    assert_eq!(split.statuses, combined.statuses);
    assert_eq!(split.reasons, combined.reasons);
    assert!(split.destroyed_bytes > 0);
    let rows = |world: &World| {
        let batch = world.attached("labs");
        let mut rows: Vec<String> = (0..batch.num_rows())
            .map(|row| format!("{:?}", batch.slice(row, 1).columns()))
            .collect();
        rows.sort();
        rows
    };
    assert_eq!(rows(&pair.world), rows(&one));
}

#[test]
fn packages_that_do_not_belong_together_attach_nothing() {
    let mut pair = Pair::new();
    let all = pair.rows.clone();
    let mut other = all.clone();
    other[0].0[15] ^= 1;
    other.sort_by_key(|(token, ..)| *token);
    let few = &all[1..];
    let good = pair.ids("good-i.rkp", &all, |_| {});
    let good_references = pair.references("good-r.rkp", &all, |_| {});
    let another_request = |header: &mut Header| {
        header.in_reply_to = PackageId::parse(&"ab".repeat(16));
    };
    let cases = [
        (good.clone(), pair.references("1.rkp", &other, |_| {})),
        (good.clone(), pair.references("2.rkp", few, |_| {})),
        (pair.ids("3.rkp", few, |_| {}), good_references.clone()),
        (
            good.clone(),
            pair.references("4.rkp", &all, another_request),
        ),
        (
            good.clone(),
            pair.references("5.rkp", &all, |header| {
                header.study = Some("S-2".to_owned());
            }),
        ),
        (
            good.clone(),
            pair.references("8.rkp", &all, |header| {
                header.custody.as_mut().unwrap().registry = 2;
            }),
        ),
        (
            good.clone(),
            pair.references("9.rkp", &all, |header| {
                header.custody.as_mut().unwrap().sha256 = Some("ab".repeat(32));
            }),
        ),
    ];
    for (number, (ids, references)) in cases.into_iter().enumerate() {
        assert_eq!(
            pair.refused(&ids, references),
            "producer.attach.apart",
            "{number}"
        );
    }
    let mut backwards = all.clone();
    backwards.reverse();
    let ids = pair.ids("6-i.rkp", &backwards, |_| {});
    let references = pair.references("6.rkp", &backwards, |_| {});
    assert_eq!(pair.refused(&ids, references), "producer.attach.answers");
    // One reference for two rows.
    let mut twice = all.clone();
    twice[1].1 = twice[0].1;
    let references = pair.references("7.rkp", &twice, |_| {});
    assert_eq!(pair.refused(&good, references), "producer.attach.answers");
    // The wrong way round, and one alone.
    assert_eq!(
        pair.refused(&good_references, good.clone()),
        "seal.open.kind"
    );
    let labs = table(&pair.world);
    pair.world.references = None;
    let alone = pair.world.attach(&good, &[("labs", &labs)]).unwrap_err();
    assert_eq!(alone.code(), "seal.open.kind");
    // The map is whole: the right two still attach.
    pair.world.references = Some(good_references);
    pair.world.attach(&good, &[("labs", &labs)]).unwrap();
}

/// Another party of that part, as trusted as the one that was asked.
fn another(pair: &mut Pair, role: Role, name: &str) -> Party {
    let other = Party::new(role, name);
    introduce(&pair.world.producer, &other);
    pair.world.trust = pair.world.producer.trust();
    other
}

#[test]
fn only_who_was_asked_answers_however_trusted_another_is() {
    let mut pair = Pair::new();
    let all = pair.rows.clone();
    let good = pair.ids("good-i.rkp", &all, |_| {});
    let good_references = pair.references("good-r.rkp", &all, |_| {});
    // References of another resolver, under the first one's name and under its own.
    let other = another(&mut pair, Role::Authority, "他の大臣");
    let own = other.card.fingerprint();
    pair.other = Some(other);
    let same = pair.references("1.rkp", &all, |_| {});
    assert_eq!(pair.refused(&good, same), "producer.attach.not_asked");
    let openly = pair.references("2.rkp", &all, |header| {
        header.custody.as_mut().unwrap().resolver = own;
    });
    assert_eq!(pair.refused(&good, openly.clone()), "producer.attach.apart");
    // With IDs that go along with it.
    pair.other = None;
    let along = pair.ids("2-i.rkp", &all, |header| {
        header.custody.as_mut().unwrap().resolver = own;
    });
    assert_eq!(pair.refused(&along, openly), "producer.attach.not_asked");
    // IDs of another issuer.
    pair.other = Some(another(&mut pair, Role::Issuer, "他の発行側"));
    let foreign = pair.ids("3-i.rkp", &all, |_| {});
    assert_eq!(
        pair.refused(&foreign, good_references.clone()),
        "producer.attach.not_asked"
    );
    // Another file under the id of our request.
    pair.other = None;
    let another_file = |header: &mut Header| {
        header.custody.as_mut().unwrap().sha256 = Some("ab".repeat(32));
    };
    let ids = pair.ids("4-i.rkp", &all, another_file);
    let references = pair.references("4.rkp", &all, another_file);
    assert_eq!(pair.refused(&ids, references), "producer.attach.other_file");
    // A single answer of somebody else.
    let other = another(&mut pair, Role::Authority, "第三の大臣");
    let request = pair.request.clone();
    let first = std::mem::replace(&mut pair.world.authority, other);
    let rows: Vec<_> = all
        .iter()
        .map(|(_, row_ref, said)| (*row_ref, *said))
        .collect();
    let answer = pair.world.answer_rows(&request, "5.rkp", &rows, |_| {});
    pair.world.authority = first;
    pair.world.references = None;
    let labs = table(&pair.world);
    let error = pair.world.attach(&answer, &[("labs", &labs)]).unwrap_err();
    assert_eq!(
        (error.code(), error.exit()),
        ("producer.attach.not_asked", 1)
    );
    // The map is whole: the right two still attach.
    pair.world.references = Some(good_references);
    pair.world.attach(&good, &[("labs", &labs)]).unwrap();
}
