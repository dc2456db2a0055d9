//! Answers whose kana IDs are verifiable: one row of another key refuses all of them, and what was wrong is told.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, BooleanArray, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use renketsu_identity::{
    KanaInput, KanaMode, KeyCheckValues, ProvisionCode, ProvisionRoot, ProvisionSalt, VerifiableKey,
};
use renketsu_producer::request::RequestReport;
use renketsu_seal::Role;
use renketsu_seal::package::{Counts, Custody, Draft, Header, PackageKind};
use renketsu_table::parquet::{ParquetSink, Sorting};
use renketsu_table::{ids, proven, schema};
use renketsu_testkit::{Party, introduce};

use crate::attach::{requested, say, table};
use crate::world::{KCV, PROVISION, World};

type Bytes = Option<[u8; 32]>;

/// One row as the two custodians have it.
#[derive(Clone)]
struct Row {
    reference: [u8; 16],
    status: &'static str,
    number: Bytes,
    unique: Option<bool>,
    input: Bytes,
    factor: Bytes,
    blinded: Bytes,
    evaluated: Bytes,
}

/// An answer that a test may change before it is sealed.
#[derive(Clone)]
struct Answer {
    mode: KanaMode,
    rows: Vec<Row>,
    proofs: Vec<proven::Proof>,
}

fn key(salt: u8) -> VerifiableKey {
    let root = ProvisionRoot::from_bytes(&mut [2; 32]).unwrap();
    let salt = ProvisionSalt::from_bytes(&mut [salt; 32]).unwrap();
    VerifiableKey::derive(&root, &salt, &ProvisionCode::parse(PROVISION).unwrap()).unwrap()
}

impl Answer {
    /// What an honest authority says: the kana ID of each person is made from an input of her own.
    fn honest(world: &World, request: &RequestReport, key: &VerifiableKey) -> Self {
        let mut rows: Vec<Row> = world
            .asked(&request.file)
            .into_iter()
            .zip(1_u8..)
            .map(|((row_ref, texts), place)| {
                let said = say(&texts);
                let veiled = said.kana.map(|kana| {
                    let blinded = KanaInput::from_bytes(&mut [kana; 32])
                        .blind(&mut [place; 64])
                        .unwrap();
                    ([kana; 32], *blinded.factor, blinded.point)
                });
                Row {
                    reference: row_ref,
                    status: match (said.number, said.kana) {
                        (Some(_), _) => "number",
                        (None, Some(_)) => "kana",
                        (None, None) => "not_found",
                    },
                    number: said.number.map(|id| [id; 32]),
                    unique: said.unique,
                    input: veiled.map(|(input, ..)| input),
                    factor: veiled.map(|(_, factor, _)| factor),
                    blinded: veiled.map(|(.., point)| point),
                    evaluated: None,
                }
            })
            .collect();
        let points: Vec<[u8; 32]> = rows.iter().filter_map(|row| row.blinded).collect();
        let evaluation = key.evaluate(&points, &mut [77; 64], 1).unwrap();
        let mut made = evaluation.points.into_iter();
        for row in &mut rows {
            row.evaluated = row.blinded.and_then(|_| made.next());
        }
        Self {
            mode: KanaMode::Verifiable(*key.public()),
            rows,
            proofs: vec![Some(evaluation.proof)],
        }
    }

    /// The first row with a kana ID.
    fn first(&mut self) -> &mut Row {
        let mut rows = self.rows.iter_mut();
        rows.find(|row| row.input.is_some()).unwrap()
    }

    fn header(&self, world: &World, request: &RequestReport) -> Header {
        let kana = self.mode.public_key().unwrap().kcv();
        Header {
            kcv: Some(KeyCheckValues { kana, ..KCV }),
            kana_mode: self.mode,
            ..world.answer_header(request)
        }
    }

    fn seal(&self, world: &World, request: &RequestReport, out: &str) -> PathBuf {
        let columns = Arc::new(Schema::new(vec![
            ids::field_of(ids::ROW_REF, 16),
            Field::new("status", DataType::Utf8, false),
            Field::new("reason", DataType::Utf8, true),
            ids::id_field(ids::NUMBER_ID),
            Field::new(ids::KANA_UNIQUE, DataType::Boolean, true),
            ids::id_field(ids::KANA_INPUT),
            ids::id_field(ids::KANA_FACTOR),
            ids::id_field(ids::KANA_BLINDED),
            ids::id_field(ids::KANA_EVALUATED),
        ]));
        let references: ArrayRef =
            ids::array::<16>(self.rows.iter().map(|row| Some(row.reference)));
        let arrays = vec![
            references,
            self.statuses(),
            self.reasons(),
            self.column(|row| row.number),
            self.uniques(),
            self.column(|row| row.input),
            self.column(|row| row.factor),
            self.column(|row| row.blinded),
            self.column(|row| row.evaluated),
        ];
        let batch = RecordBatch::try_new(columns, arrays).unwrap();
        let header = self.header(world, request);
        sealed(
            world,
            &world.authority,
            out,
            header,
            "answers",
            &[batch, self.proofs()],
        )
    }

    fn column(&self, of: impl Fn(&Row) -> Bytes) -> ArrayRef {
        ids::array(self.rows.iter().map(of))
    }

    fn statuses(&self) -> ArrayRef {
        let statuses = self.rows.iter().map(|row| Some(row.status));
        Arc::new(statuses.collect::<StringArray>())
    }

    fn reasons(&self) -> ArrayRef {
        let reasons = self.rows.iter();
        let reasons = reasons.map(|row| row.number.is_none().then_some("number:absent"));
        Arc::new(reasons.collect::<StringArray>())
    }

    fn uniques(&self) -> ArrayRef {
        let uniques = self.rows.iter().map(|row| row.unique);
        Arc::new(uniques.collect::<BooleanArray>())
    }

    fn proofs(&self) -> RecordBatch {
        let column = proven::column(&self.proofs);
        RecordBatch::try_new(proven::schema(), vec![column]).unwrap()
    }
}

/// A package with these tables, the second one of proofs.
fn sealed(
    world: &World,
    from: &Party,
    out: &str,
    header: Header,
    name: &str,
    batches: &[RecordBatch],
) -> PathBuf {
    let mut draft = Draft::new(world.files.path());
    for (table, batch) in [name, proven::PROOFS].into_iter().zip(batches) {
        let columns = batch.schema();
        let target = draft
            .table(table, schema::to_json(&columns).unwrap())
            .unwrap();
        let mut sink = ParquetSink::create(target, &columns, &Sorting::none()).unwrap();
        sink.write(batch).unwrap();
        let written = sink.finish().unwrap();
        let counts = Counts {
            rows: written.rows,
            ..Counts::default()
        };
        written.target.finish(counts).unwrap();
    }
    let out = world.path(out);
    draft
        .sign(
            header,
            renketsu_testkit::given(&from.keys),
            &from.keys,
            &world.producer.card,
        )
        .unwrap()
        .seal(&out)
        .unwrap();
    out
}

fn refused(world: &mut World, answer: &Path) -> (&'static str, String) {
    let table = table(world);
    let error = world.attach(answer, &[("labs", &table)]).unwrap_err();
    assert_eq!(error.exit(), 1);
    let row = error.details().into_iter().find(|(name, _)| *name == "row");
    (error.code(), row.map_or(String::new(), |(_, row)| row))
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "one answer, changed in one place after another"
)]
fn one_row_of_another_key_one_proof_or_one_point_refuses_the_whole_answer() {
    let mut world = World::new();
    let request = requested(&mut world);
    let (right, other) = (key(3), key(4));
    let honest = Answer::honest(&world, &request, &right);
    assert!(honest.rows.iter().filter(|row| row.input.is_some()).count() > 2);
    let place = honest.rows.iter().position(|row| row.input.is_some());
    let first = (place.unwrap() + 1).to_string();
    // An issuer that marks one person: her point is evaluated with another key. The proof is of the key of the terms, and then of
    // the other one.
    let mut marked = honest.clone();
    let point = marked.first().blinded.unwrap();
    let mark = other.evaluate(&[point], &mut [78; 64], 1).unwrap();
    marked.first().evaluated = Some(mark.points[0]);
    let mut proven_by_other = marked.clone();
    proven_by_other.proofs = vec![Some(mark.proof)];
    // The whole answer with another key, under the public key of the terms.
    let mut another = Answer::honest(&world, &request, &other);
    another.mode = honest.mode;
    let proof = ("identity.verifiable.proof", "1".to_owned());
    for (name, answer) in [("m", marked), ("p", proven_by_other), ("k", another)] {
        let sealed = answer.seal(&world, &request, &format!("{name}.rkp"));
        assert_eq!(refused(&mut world, &sealed), proof, "{name}");
    }
    let mut case = 0;
    let mut changed = |world: &mut World, change: &dyn Fn(&mut Answer)| {
        let mut answer = honest.clone();
        change(&mut answer);
        case += 1;
        let sealed = answer.seal(world, &request, &format!("case-{case}.rkp"));
        refused(world, &sealed)
    };
    let told = |code: &'static str| (code, first.clone());
    assert_eq!(
        changed(&mut world, &|answer| {
            let proof = answer.proofs[0].as_mut().unwrap();
            proof[0] ^= 1;
        }),
        proof
    );
    assert_eq!(
        changed(&mut world, &|answer| answer.first().input = Some([9; 32])),
        told("identity.verifiable.blinded")
    );
    assert_eq!(
        changed(&mut world, &|answer| {
            let point = answer.first().evaluated;
            answer.first().blinded = point;
        }),
        told("identity.verifiable.blinded")
    );
    assert_eq!(
        changed(&mut world, &|answer| answer.first().factor = Some([0; 32])),
        told("identity.verifiable.factor")
    );
    for no_point in [[0; 32], [0xff; 32]] {
        assert_eq!(
            changed(&mut world, &|answer| answer.first().evaluated =
                Some(no_point)),
            told("identity.verifiable.point")
        );
    }
    // A row that is taken out of the proof, no proof at all, one too many.
    for change in [
        (&|answer: &mut Answer| answer.first().evaluated = None) as &dyn Fn(&mut Answer),
        &|answer| answer.proofs.clear(),
        &|answer| answer.proofs.push(None),
    ] {
        let (code, _) = changed(&mut world, change);
        assert_eq!(code, "identity.verifiable.form");
    }
    assert_eq!(
        changed(&mut world, &|answer| answer.proofs = vec![None]),
        proof
    );
    // The map is whole: the honest answer attaches, and no ID is an input.
    let answer = honest.seal(&world, &request, "honest.rkp");
    let labs = table(&world);
    let report = world.attach(&answer, &[("labs", &labs)]).unwrap();
    assert!(report.destroyed_bytes > 0);
    assert_eq!(report.kana_mode, honest.mode);
    let batch = world.attached("labs");
    let kana = ids::fixed(&batch, ids::KANA_ID, 32).unwrap();
    let made: Vec<[u8; 32]> = honest
        .rows
        .iter()
        .filter_map(|row| {
            let mut input = row.input?;
            let id = right.id(&KanaInput::from_bytes(&mut input)).unwrap();
            Some(*id.as_bytes())
        })
        .collect();
    let mut with = 0;
    for row in 0..kana.len() {
        if let Some(id) = ids::value::<32>(kana, row) {
            assert!(made.contains(&id));
            with += 1;
        }
    }
    assert!(with > 0);
}

#[test]
fn a_later_answer_has_the_mode_and_the_public_key_of_the_first() {
    let mut world = World::new();
    let request = requested(&mut world);
    let (right, other) = (key(3), key(4));
    let answer = Answer::honest(&world, &request, &right).seal(&world, &request, "first.rkp");
    let labs = table(&world);
    world.attach(&answer, &[("labs", &labs)]).unwrap();

    std::fs::remove_file(&request.file).unwrap();
    let second = requested(&mut world);
    let refused = |world: &mut World, answer: &Path| {
        let labs = table(world);
        let error = world.attach(answer, &[("more", &labs)]).unwrap_err();
        (error.code(), error.exit())
    };
    // All of it proven by another key.
    let rekeyed = Answer::honest(&world, &second, &other).seal(&world, &second, "rekeyed.rkp");
    assert_eq!(
        refused(&mut world, &rekeyed),
        ("producer.attach.public_key", 1)
    );
    let keyed = world.answer(&second, "keyed.rkp", say);
    assert_eq!(refused(&mut world, &keyed), ("producer.attach.mode", 1));
    let same = Answer::honest(&world, &second, &right).seal(&world, &second, "same.rkp");
    world.attach(&same, &[("more", &labs)]).unwrap();
    // One person has one ID in both.
    let ids_of = |table: &str| {
        let batch = world.attached(table);
        let kana = ids::fixed(&batch, ids::KANA_ID, 32).unwrap();
        let mut ids: Vec<Bytes> = (0..kana.len()).map(|row| ids::value(kana, row)).collect();
        ids.sort();
        ids
    };
    assert_eq!(ids_of("labs"), ids_of("more"));
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "one answer, changed in one place after another"
)]
fn an_answer_of_two_custodians_is_checked_against_both() {
    let mut world = World::new();
    let issuer = Party::new(Role::Issuer, "発行側");
    introduce(&world.producer, &issuer);
    world.trust = world.producer.trust();
    let request = requested(&mut world);
    let right = key(3);
    let honest = Answer::honest(&world, &request, &right);
    let header = |answer: &Answer, kind| Header {
        kind,
        custody: Some(Custody {
            resolver: world.authority.card.fingerprint(),
            issuer: issuer.card.fingerprint(),
            registry: 1,
            sha256: Some(renketsu_seal::durable::digest(&request.file).unwrap()),
        }),
        ..answer.header(&world, &request)
    };
    // The rows stand in the order of references, so that these may serve as tokens.
    let tokens = |answer: &Answer| -> ArrayRef {
        ids::array::<16>(answer.rows.iter().map(|row| Some(row.reference)))
    };
    let to_producer = |answer: &Answer, out: &str| {
        let columns = Schema::new(vec![
            ids::field_of(ids::TOKEN, 16),
            ids::field_of(ids::ROW_REF, 16),
            Field::new("status", DataType::Utf8, false),
            Field::new("reason", DataType::Utf8, true),
            Field::new(ids::KANA_UNIQUE, DataType::Boolean, true),
            ids::id_field(ids::KANA_INPUT),
            ids::id_field(ids::KANA_FACTOR),
        ]);
        let arrays = vec![
            tokens(answer),
            tokens(answer),
            answer.statuses(),
            answer.reasons(),
            answer.uniques(),
            answer.column(|row| row.input),
            answer.column(|row| row.factor),
        ];
        let batch = RecordBatch::try_new(Arc::new(columns), arrays).unwrap();
        let header = header(answer, PackageKind::References);
        sealed(
            &world,
            &world.authority,
            out,
            header,
            "references",
            &[batch],
        )
    };
    let by_issuer = |answer: &Answer, out: &str| {
        let columns = Schema::new(vec![
            ids::field_of(ids::TOKEN, 16),
            ids::id_field(ids::NUMBER_ID),
            ids::id_field(ids::KANA_BLINDED),
            ids::id_field(ids::KANA_EVALUATED),
        ]);
        let arrays = vec![
            tokens(answer),
            answer.column(|row| row.number),
            answer.column(|row| row.blinded),
            answer.column(|row| row.evaluated),
        ];
        let batch = RecordBatch::try_new(Arc::new(columns), arrays).unwrap();
        let header = header(answer, PackageKind::Ids);
        sealed(
            &world,
            &issuer,
            out,
            header,
            "ids",
            &[batch, answer.proofs()],
        )
    };
    let mut marked = honest.clone();
    let point = marked.first().blinded.unwrap();
    let mark = key(4).evaluate(&[point], &mut [78; 64], 1).unwrap();
    marked.first().evaluated = Some(mark.points[0]);
    // The resolver shows the producer another person than it sent to the issuer.
    let mut swapped = honest.clone();
    swapped.first().input = Some([9; 32]);
    let mut other_mode = honest.clone();
    other_mode.mode = KanaMode::Verifiable(*key(4).public());
    let good = (to_producer(&honest, "r.rkp"), by_issuer(&honest, "i.rkp"));
    let cases = [
        (
            good.0.clone(),
            by_issuer(&marked, "1.rkp"),
            "identity.verifiable.proof",
        ),
        (
            to_producer(&swapped, "2.rkp"),
            good.1.clone(),
            "identity.verifiable.blinded",
        ),
        (
            good.0.clone(),
            by_issuer(&other_mode, "3.rkp"),
            "producer.attach.mode",
        ),
        (
            to_producer(&other_mode, "4.rkp"),
            good.1.clone(),
            "producer.attach.mode",
        ),
    ];
    for (references, ids, code) in cases {
        world.references = Some(references);
        assert_eq!(refused(&mut world, &ids).0, code);
    }
    world.references = Some(good.0);
    let labs = table(&world);
    let report = world.attach(&good.1, &[("labs", &labs)]).unwrap();
    assert!(report.destroyed_bytes > 0 && report.keys.keys > 0);
}
