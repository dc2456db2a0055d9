//! The verifiable mode of the kana ID: the same IDs in every way they are made, what each party gets, and what is refused.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::Schema;
use renketsu_authority::controls::Declared;
use renketsu_authority::provision::{self, KanaIds};
use renketsu_authority::registry::Acceptance;
use renketsu_authority::stamp::{Order, Persons};
use renketsu_identity::{KanaMode, KanaPublicKey, PROOF_ROWS};
use renketsu_seal::package::{Counts, Draft, Header, Opened};
use renketsu_table::delimited::Options;
use renketsu_table::ids::{
    self, KANA_BLINDED, KANA_EVALUATED, KANA_FACTOR, KANA_INPUT, KANA_PERSON, NUMBER_ID, ROW_REF,
    TOKEN,
};
use renketsu_table::parquet::{ParquetSink, ParquetSource, Sorting};
use renketsu_table::proven::{Finalizing, PROOFS, Parts, pair_of};
use renketsu_table::schema;
use renketsu_testkit::Party;

use crate::issue::{REGISTRY, ROWS};
use crate::parties::{
    AskedRow, COLUMNS, PROVISION, Parties, asked_batch, asked_schema, batches, few, opened,
};
use crate::two::Two;

type Bytes = Option<[u8; 32]>;
/// Number ID and kana ID by what names a row.
type Made<K> = BTreeMap<K, (Bytes, Bytes)>;

const EXTRACT: &str = "person,points\nR1,100\nR2,200\nR3,300\nR9,900\n";

fn key_of(package: &Opened) -> KanaPublicKey {
    let header = package.header();
    let key = *header.kana_mode.public_key().unwrap();
    assert_eq!(header.kcv.unwrap().kana, key.kcv());
    key
}

fn finalizing(by: &Opened, rows: u64) -> Finalizing {
    let reader = by.table(PROOFS).unwrap();
    let length = reader.len();
    let proofs = ParquetSource::open(PROOFS, reader, length).unwrap();
    Finalizing::open(key_of(by), &proofs, rows).unwrap()
}

fn parts(shown: &RecordBatch, points: &RecordBatch) -> Vec<Parts> {
    let shown = pair_of(shown, [KANA_INPUT, KANA_FACTOR]).unwrap();
    let points = pair_of(points, [KANA_BLINDED, KANA_EVALUATED]).unwrap();
    let rows = shown.iter().zip(&points);
    rows.map(|([input, factor], [blinded, evaluated])| Parts {
        input: *input,
        factor: *factor,
        blinded: *blinded,
        evaluated: *evaluated,
    })
    .collect()
}

/// The kana IDs of rows, checked by the proofs in `by`.
fn finalized(shown: &RecordBatch, points: &RecordBatch, by: &Opened) -> Vec<Bytes> {
    let rows = u64::try_from(shown.num_rows()).unwrap();
    finalizing(by, rows).ids(&parts(shown, points)).unwrap()
}

fn column<const N: usize>(batch: &RecordBatch, name: &str) -> Vec<Option<[u8; N]>> {
    let column = ids::fixed(batch, name, i32::try_from(N).unwrap()).unwrap();
    (0..batch.num_rows())
        .map(|row| ids::value(column, row))
        .collect()
}

fn one_batch(package: &Opened, table: &str) -> RecordBatch {
    batches(package, table).remove(0)
}

fn names(batch: &RecordBatch) -> Vec<String> {
    let schema = batch.schema();
    let fields = schema.fields().iter();
    fields.map(|field| field.name().clone()).collect()
}

fn by<K: Ord>(keys: Vec<K>, numbers: Vec<Bytes>, kana: Vec<Bytes>) -> Made<K> {
    let ids = numbers.into_iter().zip(kana);
    keys.into_iter().zip(ids).collect()
}

/// What an answer of one authority comes to, by reference.
fn answered(parties: &Parties, out: &str) -> Made<[u8; 16]> {
    let package = opened(&parties.path(out), &parties.producer);
    let batch = one_batch(&package, "answers");
    let kana = finalized(&batch, &batch, &package);
    let references = column::<16>(&batch, ROW_REF).into_iter().flatten();
    by(references.collect(), column(&batch, NUMBER_ID), kana)
}

/// What the two packages of two custodians come to, by reference.
fn paired(two: &Two, name: &str) -> Made<[u8; 16]> {
    let references = two.sealed(&format!("{name}.references.rkp"));
    let package = two.sealed(&format!("{name}.ids.rkp"));
    let shown = one_batch(&references, "references");
    let points = one_batch(&package, "ids");
    assert_eq!(column::<16>(&shown, TOKEN), column::<16>(&points, TOKEN));
    let kana = finalized(&shown, &points, &package);
    let references = column::<16>(&shown, ROW_REF).into_iter().flatten();
    by(references.collect(), column(&points, NUMBER_ID), kana)
}

fn points_of(batch: &RecordBatch) -> Vec<i64> {
    let column = batch.column_by_name("points").unwrap();
    let points: &Int64Array = column.as_any().downcast_ref().unwrap();
    points.values().to_vec()
}

fn order(parties: &Parties, out: &str) -> Order {
    let persons = Persons::Key {
        column: "person".to_owned(),
        service: None,
        options: Options::default(),
    };
    parties.stamp_order(&parties.file("ndb.csv", EXTRACT), persons, out)
}

/// Asked again, in another order and under other references.
fn again() -> Vec<AskedRow> {
    let last = u8::try_from(ROWS.len()).unwrap();
    ROWS.iter()
        .rev()
        .map(|(reference, texts)| (last + 1 - reference, *texts))
        .collect()
}

fn verifiable(registry: &str) -> Parties {
    let mut parties = Parties::new();
    parties.kana = KanaIds::Verifiable;
    parties.open_accepted();
    parties.register(registry, Acceptance::Refuse).unwrap();
    parties
}

#[test]
fn answer_supplement_and_stamp_have_the_same_ids_for_one_authority() {
    let mut parties = verifiable(REGISTRY);
    let request = parties.request("a.rkp", &ROWS);
    parties.issue(&request, "a.answer.rkp").unwrap();
    let first = answered(&parties, "a.answer.rkp");
    assert_eq!(first.len(), ROWS.len());
    assert!(
        first
            .values()
            .any(|(number, kana)| number.is_some() && kana.is_some())
    );
    assert!(
        first
            .values()
            .any(|(number, kana)| number.is_none() && kana.is_some())
    );

    let request = parties.request("b.rkp", &again());
    parties.issue(&request, "b.answer.rkp").unwrap();
    let last = u8::try_from(ROWS.len()).unwrap();
    for (reference, made) in answered(&parties, "b.answer.rkp") {
        let was = [last + 1 - reference[0]; 16];
        assert_eq!(first[&was], made);
    }
    // Nothing that names a person is the same in both packages: points and factors are fresh.
    let batch = |out: &str| {
        let package = opened(&parties.path(out), &parties.producer);
        one_batch(&package, "answers")
    };
    let (one, other) = (batch("a.answer.rkp"), batch("b.answer.rkp"));
    for name in [KANA_FACTOR, KANA_BLINDED, KANA_EVALUATED] {
        let others = column::<32>(&other, name);
        let fresh = column::<32>(&one, name);
        assert!(
            fresh
                .iter()
                .flatten()
                .all(|value| !others.contains(&Some(*value)))
        );
    }

    let order = order(&parties, "ndb.rkp");
    let stamped = parties.stamp(&order).unwrap();
    assert_eq!(
        (stamped.distinct_kana_ids, stamped.rows_with_kana_id),
        (3, 3)
    );
    let package = opened(&parties.path("ndb.rkp"), &parties.recipient);
    let batch = one_batch(&package, "ndb");
    let stamps = by(
        points_of(&batch),
        column(&batch, NUMBER_ID),
        column(&batch, ids::KANA_ID),
    );
    // R1 by her number, R3 by her name.
    assert_eq!(stamps[&100], first[&[1; 16]]);
    assert_eq!(stamps[&300], first[&[4; 16]]);
    assert_eq!(stamps[&900], (None, None));
}

#[test]
fn two_custodians_make_the_ids_of_one_authority_and_neither_has_them() {
    let mut two = Two::ready_as(REGISTRY, KanaIds::Verifiable);
    for (name, rows) in [("a", ROWS.to_vec()), ("b", again())] {
        let request = two.parties.request(&format!("{name}.rkp"), &rows);
        two.resolve(&request, name).unwrap();
        two.issue(name).unwrap();
    }
    let first = paired(&two, "a");
    let last = u8::try_from(ROWS.len()).unwrap();
    for (reference, made) in paired(&two, "b") {
        assert_eq!(first[&[last + 1 - reference[0]; 16]], made);
    }
    let mut one = two.as_one(REGISTRY);
    one.apply(PROVISION);
    let request = one.request("request.rkp", &ROWS);
    one.issue(&request, "answer.rkp").unwrap();
    assert_eq!(answered(&one, "answer.rkp"), first);

    // A stamp in halves.
    let extract = order(&two.parties, "unused.rkp");
    two.halve(&extract, "n").unwrap();
    let issued = two.stamps("n").unwrap();
    assert_eq!(issued.rows, 4);
    let columns = opened(&two.parties.path("n.columns.rkp"), &two.parties.recipient);
    let stamps = opened(&two.parties.path("n.stamps.rkp"), &two.parties.recipient);
    assert_eq!(stamps.tables()[0].distinct_kana_ids, Some(3));
    let (shown, points) = (one_batch(&columns, "ndb"), one_batch(&stamps, "stamps"));
    let kana = finalized(&shown, &points, &stamps);
    let stamped = by(points_of(&shown), column(&points, NUMBER_ID), kana);
    assert_eq!(stamped[&100], first[&[1; 16]]);
    assert_eq!(stamped[&300], first[&[4; 16]]);

    // Of one person, the issuer sees the same mark, another point in every row, and no subject of a name.
    let tokens =
        |name: &str, table: &str| one_batch(&opened(&two.parties.path(name), &two.issuer), table);
    let (asked, subjects) = (
        tokens("a.tokens.rkp", "tokens"),
        tokens("n.subjects.rkp", "subjects"),
    );
    for batch in [&asked, &subjects] {
        assert_eq!(
            names(batch),
            ["token", "number_subject", "kana_blinded", "kana_person"]
        );
    }
    let shared = |one: &str| {
        let others = column::<32>(&subjects, one);
        let here = column::<32>(&asked, one);
        here.iter()
            .flatten()
            .any(|value| others.contains(&Some(*value)))
    };
    assert!(shared(KANA_PERSON) && !shared(KANA_BLINDED));
    let made: Vec<[u8; 32]> = first.values().filter_map(|(_, kana)| *kana).collect();
    let inputs: Vec<[u8; 32]> = column(
        &one_batch(&two.sealed("a.references.rkp"), "references"),
        KANA_INPUT,
    )
    .into_iter()
    .flatten()
    .collect();
    for seen in [KANA_BLINDED, KANA_PERSON, "number_subject"] {
        for value in column::<32>(&asked, seen).into_iter().flatten() {
            assert!(!made.contains(&value) && !inputs.contains(&value));
        }
    }
}

#[test]
fn another_provision_has_other_inputs_and_other_marks() {
    let inputs = |two: &mut Two| {
        let request = two.parties.request("a.rkp", &ROWS);
        two.resolve(&request, "a").unwrap();
        let tokens = opened(&two.parties.path("a.tokens.rkp"), &two.issuer);
        let references = two.sealed("a.references.rkp");
        let mut values: Vec<[u8; 32]> = column(&one_batch(&tokens, "tokens"), KANA_PERSON)
            .into_iter()
            .chain(column(&one_batch(&references, "references"), KANA_INPUT))
            .flatten()
            .collect();
        values.sort_unstable();
        values.dedup();
        values
    };
    // The same rows under the same root: only the provision's code differs.
    let mut two = Two::ready_as(REGISTRY, KanaIds::Verifiable);
    let first = inputs(&mut two);
    two.open("P-2026-0002");
    two.parties.apply("P-2026-0002");
    let header = Header {
        provision: "P-2026-0002".to_owned(),
        ..Parties::request_header()
    };
    let request = two.parties.request_of(
        "c.rkp",
        &two.parties.producer,
        header,
        "identifiers",
        &asked_batch(&ROWS),
    );
    two.resolve(&request, "c").unwrap();
    let tokens = opened(&two.parties.path("c.tokens.rkp"), &two.issuer);
    let second: Vec<Bytes> = column(&one_batch(&tokens, "tokens"), KANA_PERSON);
    assert!(second.iter().flatten().count() > 0);
    assert!(second.iter().flatten().all(|value| !first.contains(value)));
}

#[test]
fn the_cohort_is_counted_as_in_the_other_mode() {
    let outcome = |kana, cohort| {
        let mut two = Two::new();
        two.parties.kana = kana;
        let mut opening = two.opening(PROVISION);
        opening.controls = Declared { cohort, ..few() };
        two.at_issuer(|issuer, store| provision::open(issuer, store, &opening))
            .unwrap();
        let terms = two.hand(PROVISION, "terms.rkp").unwrap();
        two.take(&terms).unwrap();
        two.parties.apply(PROVISION);
        two.parties.register(REGISTRY, Acceptance::Refuse).unwrap();
        // The same persons again are no more persons.
        let mut told = Vec::new();
        for (name, rows) in [("a", ROWS.to_vec()), ("b", again())] {
            let request = two.parties.request(&format!("{name}.rkp"), &rows);
            two.resolve(&request, name).unwrap();
            told.push(
                two.issue(name)
                    .map_err(|error| error.code())
                    .map(|issued| issued.rows),
            );
        }
        told
    };
    let mut seen = Vec::new();
    for cohort in 2..6 {
        let verifiable = outcome(KanaIds::Verifiable, cohort);
        assert_eq!(verifiable, outcome(KanaIds::Keyed, cohort), "{cohort}");
        seen.extend(verifiable);
    }
    assert!(seen.contains(&Err("authority.control.cohort")));
    assert!(seen.contains(&Ok(8)));
}

#[test]
fn files_of_the_two_modes_have_other_keys_and_default_packages_say_nothing() {
    let mut keyed = Two::ready(REGISTRY);
    // The same secrets, opened in both modes.
    let terms = |kana| {
        let one = keyed.as_one_of(REGISTRY, kana);
        one.store.provisions().unwrap().remove(0).body
    };
    let (plain, proven) = (terms(KanaIds::Keyed), terms(KanaIds::Verifiable));
    assert_eq!(plain["kcv"]["number"], proven["kcv"]["number"]);
    assert_ne!(plain["kcv"]["kana"], proven["kcv"]["kana"]);
    assert!(plain.get("kana_mode").is_none());
    assert!(proven["kana_mode"]["verifiable"].is_string());
    keyed.answer("a", &ROWS);
    assert_eq!(keyed.header("a.ids.rkp").kana_mode, KanaMode::Keyed);
    assert_eq!(keyed.sealed("a.ids.rkp").tables().len(), 1);
}

/// A package sealed anew by its sender with another header or another table.
fn resealed(
    two: &Two,
    (from, to): (&Party, &Party),
    (name, out): (&str, &str),
    table: &str,
    change: impl Fn(&mut Header, RecordBatch) -> RecordBatch,
) -> PathBuf {
    let package = opened(&two.parties.path(name), to);
    let mut header = package.header().clone();
    header.sequence += 10;
    let batch = change(&mut header, one_batch(&package, table));
    let mut draft = Draft::new(two.parties.files.path());
    let columns = batch.schema();
    let target = draft
        .table(table, schema::to_json(&columns).unwrap())
        .unwrap();
    let mut sink = ParquetSink::create(target, &columns, &Sorting::none()).unwrap();
    sink.write(&batch).unwrap();
    let written = sink.finish().unwrap();
    let counts = Counts {
        rows: written.rows,
        ..Counts::default()
    };
    written.target.finish(counts).unwrap();
    let path = two.parties.path(out);
    draft
        .sign(
            header,
            renketsu_testkit::given(&from.keys),
            &from.keys,
            &to.card,
        )
        .unwrap()
        .seal(&path)
        .unwrap();
    path
}

fn with(batch: &RecordBatch, name: &str, values: ArrayRef) -> RecordBatch {
    let place = batch.schema().index_of(name).unwrap();
    let mut columns = batch.columns().to_vec();
    columns[place] = values;
    RecordBatch::try_new(batch.schema(), columns).unwrap()
}

/// What is done to a package before it is sealed again.
type Change = Box<dyn Fn(&mut Header, RecordBatch) -> RecordBatch>;

#[test]
fn an_issuer_takes_only_points_of_the_group_and_tokens_of_its_mode() {
    let mut two = Two::ready_as(REGISTRY, KanaIds::Verifiable);
    let request = two.parties.request("a.rkp", &ROWS);
    two.resolve(&request, "a").unwrap();
    let point = |bad: [u8; 32]| {
        move |_: &mut Header, batch: RecordBatch| {
            let mut points = column::<32>(&batch, KANA_BLINDED);
            *points.iter_mut().find(|point| point.is_some()).unwrap() = Some(bad);
            with(&batch, KANA_BLINDED, ids::array(points))
        }
    };
    let uncounted = |_: &mut Header, batch: RecordBatch| {
        let rows = batch.num_rows();
        with(&batch, KANA_PERSON, ids::array::<32>(vec![None; rows]))
    };
    let keyed = |header: &mut Header, batch: RecordBatch| {
        header.kana_mode = KanaMode::Keyed;
        batch
    };
    let cases: [(Change, &str); 4] = [
        (Box::new(point([0; 32])), "identity.verifiable.point"),
        (Box::new(point([0xff; 32])), "identity.verifiable.point"),
        (Box::new(uncounted), "authority.custody.tables"),
        (Box::new(keyed), "authority.custody.differs"),
    ];
    for (number, (change, code)) in cases.into_iter().enumerate() {
        let name = format!("bad-{number}.rkp");
        let parties = (&two.parties.authority, &two.issuer);
        resealed(&two, parties, ("a.tokens.rkp", &name), "tokens", change);
        let error = two.issue_of(&name, "none.rkp").unwrap_err();
        assert_eq!(error.code(), code, "{number}");
        assert!(!two.parties.path("none.rkp").exists());
    }
    two.issue("a").unwrap();
}

#[test]
fn terms_whose_public_key_is_not_that_of_their_check_value_are_not_taken() {
    let mut two = Two::new();
    two.parties.kana = KanaIds::Verifiable;
    let opening = two.opening(PROVISION);
    let opened = two
        .at_issuer(|issuer, store| provision::open(issuer, store, &opening))
        .unwrap();
    let terms = two.hand(PROVISION, "terms.rkp").unwrap();
    let key = opened.terms.kana_mode.public_key().unwrap().to_string();
    // A point as good as any other: that of RFC 9497, appendix A.1.2.
    let another = "c803e2cc6b05fc15064549b5920659ca4a77b2cca6f04f6b357009335476ad4e";
    let change = |_: &mut Header, batch: RecordBatch| {
        let texts: &StringArray = batch.column(0).as_any().downcast_ref().unwrap();
        let text = texts.value(0).replace(&key, another);
        assert!(text.contains(another));
        with(&batch, "terms", Arc::new(StringArray::from(vec![text])))
    };
    let parties = (&two.issuer, &two.parties.authority);
    let swapped = resealed(&two, parties, ("terms.rkp", "swapped.rkp"), "terms", change);
    let error = two.take(&swapped).unwrap_err();
    assert_eq!(error.code(), "authority.custody.differs");
    assert_eq!(error.details()[1].1, "kana_mode");
    let taken = two.take(&terms).unwrap();
    assert_eq!(taken.terms, opened.terms);
}

/// More persons than one proof is for, each known by her name alone.
#[test]
fn every_piece_of_an_answer_has_a_proof_of_its_own() {
    let rows = PROOF_ROWS + 3;
    let names: Vec<String> = (0..rows)
        .map(|row| {
            let kana = ["ア", "イ", "ウ", "エ", "オ", "カ", "キ", "ク"];
            let digits = [
                row & 7,
                (row >> 3) & 7,
                (row >> 6) & 7,
                (row >> 9) & 7,
                row >> 12,
            ];
            digits.map(|digit| kana[digit]).concat()
        })
        .collect();
    let mut registry =
        "person,kana,birth_date,sex,insurer,symbol,number,branch,valid_from,valid_to\n".to_owned();
    for (row, name) in names.iter().enumerate() {
        writeln!(registry, "K{row},{name},19800102,1,,,,,,").unwrap();
    }
    let mut parties = Parties::new();
    parties.kana = KanaIds::Verifiable;
    let mut opening = parties.opening(PROVISION);
    opening.controls.cohort = 100_000;
    parties.open(&opening).unwrap();
    parties.apply(PROVISION);
    parties.register(&registry, Acceptance::Refuse).unwrap();
    let mut columns: Vec<ArrayRef> = vec![ids::array::<16>(
        (0..rows).map(|row| Some(u128::try_from(row).unwrap().to_be_bytes())),
    )];
    for name in COLUMNS {
        let texts = names.iter().map(|kana| match name {
            "kana" => kana.as_str(),
            "birth_date" => "19800102",
            "sex" => "1",
            _ => "",
        });
        columns.push(Arc::new(StringArray::from_iter_values(texts)));
    }
    let batch = RecordBatch::try_new(Arc::new(Schema::new(asked_schema())), columns).unwrap();
    let header = Parties::request_header();
    let request = parties.request_of("a.rkp", &parties.producer, header, "identifiers", &batch);
    let answered = parties.issue(&request, "answer.rkp").unwrap();
    assert_eq!(answered.by_status["kana"], u64::try_from(rows).unwrap());
    let package = opened(&parties.path("answer.rkp"), &parties.producer);
    assert_eq!(package.tables()[1].rows, 2);
    let reader = package.table("answers").unwrap();
    let length = reader.len();
    let source = ParquetSource::open("answers", reader, length).unwrap();
    let mut finalizing = finalizing(&package, source.rows());
    let mut made = BTreeSet::new();
    for batch in source.batches(None, PROOF_ROWS).unwrap() {
        let batch = batch.unwrap();
        let ids = finalizing.ids(&parts(&batch, &batch)).unwrap();
        made.extend(ids.into_iter().flatten());
    }
    assert_eq!(made.len(), rows);
}
