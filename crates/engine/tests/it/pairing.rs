//! An extract in two packages: joined by token, its kana IDs checked where they are verifiable.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema};
use renketsu_engine::import::{IdColumns, Pair, Proofs, Source};
use renketsu_identity::{KanaInput, ProvisionCode, ProvisionRoot, ProvisionSalt, VerifiableKey};
use renketsu_table::ids;
use renketsu_table::parquet::{ParquetSink, ParquetSource, Sorting};
use renketsu_table::proven;

use crate::study::Place;

type Bytes = [u8; 32];

fn key(salt: u8) -> VerifiableKey {
    let root = ProvisionRoot::from_bytes(&mut [2; 32]).unwrap();
    let salt = ProvisionSalt::from_bytes(&mut [salt; 32]).unwrap();
    VerifiableKey::derive(&root, &salt, &ProvisionCode::parse("P-1").unwrap()).unwrap()
}

fn source(columns: Vec<(Field, ArrayRef)>) -> ParquetSource {
    let (fields, arrays): (Vec<Field>, Vec<ArrayRef>) = columns.into_iter().unzip();
    let schema = Arc::new(Schema::new(fields));
    let batch = RecordBatch::try_new(Arc::clone(&schema), arrays).unwrap();
    let mut sink = ParquetSink::create(Vec::new(), &schema, &Sorting::none()).unwrap();
    sink.write(&batch).unwrap();
    let bytes = sink.finish().unwrap().target;
    let length = u64::try_from(bytes.len()).unwrap();
    ParquetSource::open("ndb", Box::new(Cursor::new(bytes)), length).unwrap()
}

/// Three rows of two persons, and one of nobody.
struct Rows {
    tokens: [u8; 4],
    inputs: [Option<Bytes>; 4],
    factors: [Option<Bytes>; 4],
    blinded: [Option<Bytes>; 4],
    evaluated: [Option<Bytes>; 4],
    proof: proven::Proof,
}

impl Rows {
    fn honest() -> Self {
        let persons = [Some(1), Some(2), None, Some(1)];
        let mut chance = 10;
        let veiled = persons.map(|person| {
            let person: u8 = person?;
            chance += 1;
            let input = KanaInput::from_bytes(&mut [person; 32]);
            Some((person, input.blind(&mut [chance; 64]).unwrap()))
        });
        let blinded = veiled.each_ref().map(|row| Some(row.as_ref()?.1.point));
        let points: Vec<Bytes> = blinded.iter().flatten().copied().collect();
        let evaluation = key(3).evaluate(&points, &mut [9; 64], 1).unwrap();
        let mut made = evaluation.points.into_iter();
        Self {
            tokens: [1, 2, 3, 4],
            inputs: veiled.each_ref().map(|row| Some([row.as_ref()?.0; 32])),
            factors: veiled.each_ref().map(|row| Some(*row.as_ref()?.1.factor)),
            blinded,
            evaluated: blinded.map(|point| point.and_then(|_| made.next())),
            proof: Some(evaluation.proof),
        }
    }

    fn pair(&self) -> Source {
        let token = || ids::field_of(ids::TOKEN, 16);
        let ids_of = |name: &str, values: &[Option<Bytes>]| {
            (ids::id_field(name), ids::array(values.iter().copied()))
        };
        let tokens = |tokens: [u8; 4]| ids::array(tokens.map(|token| Some([token; 16])));
        let unique: BooleanArray = self.inputs.iter().map(|id| id.map(|_| true)).collect();
        let columns = source(vec![
            (token(), tokens([1, 2, 3, 4])),
            (
                Field::new(ids::KANA_UNIQUE, DataType::Boolean, true),
                Arc::new(unique),
            ),
            ids_of(ids::KANA_INPUT, &self.inputs),
            ids_of(ids::KANA_FACTOR, &self.factors),
            (
                Field::new("points", DataType::Int64, true),
                Arc::new(Int64Array::from(vec![10, 20, 30, 40])),
            ),
        ]);
        let stamps = source(vec![
            (token(), tokens(self.tokens)),
            ids_of(ids::NUMBER_ID, &[None; 4]),
            ids_of(ids::KANA_BLINDED, &self.blinded),
            ids_of(ids::KANA_EVALUATED, &self.evaluated),
        ]);
        let proofs = source(vec![(
            proven::schema().field(0).clone(),
            proven::column(&[self.proof]),
        )]);
        Source::Pair(Pair {
            columns,
            ids: stamps,
            proofs: Some(Proofs {
                key: *key(3).public(),
                table: proofs,
            }),
            labels: BTreeMap::new(),
        })
    }
}

#[test]
fn kana_ids_are_made_of_both_packages_and_what_made_them_is_dropped() {
    let place = Place::new();
    let imported = place
        .import(
            &Rows::honest().pair(),
            "ndb",
            Some(&IdColumns::default()),
            &[],
        )
        .unwrap();
    let report = &imported.report;
    assert_eq!((report.rows, report.kana_only, report.neither), (4, 3, 1));
    assert_eq!(report.distinct_kana_ids, 2);
    let names: Vec<&str> = report
        .columns
        .iter()
        .map(|column| column.name.as_str())
        .collect();
    assert_eq!(names, ["points"]);
    let id = |person: u8| {
        let id = key(3)
            .id(&KanaInput::from_bytes(&mut [person; 32]))
            .unwrap();
        id.to_hex()
    };
    let by_points: BTreeMap<String, String> = place
        .imported("ndb", &imported)
        .into_iter()
        .map(|row| (row[3].clone(), row[1].clone()))
        .collect();
    let expected = [
        ("10", id(1)),
        ("20", id(2)),
        ("30", "-".to_owned()),
        ("40", id(1)),
    ];
    for (points, id) in expected {
        assert_eq!(by_points[points], id);
    }
}

#[test]
fn one_row_that_is_wrong_leaves_nothing() {
    let refused = |change: &dyn Fn(&mut Rows)| {
        let mut rows = Rows::honest();
        change(&mut rows);
        let place = Place::new();
        let ids = IdColumns::default();
        let error = place
            .import(&rows.pair(), "ndb", Some(&ids), &[])
            .unwrap_err();
        assert!(!place.at("ndb").exists(), "something is left");
        assert_eq!(error.exit(), 1);
        let row = error.details().into_iter().find(|(name, _)| *name == "row");
        (error.code(), row.map_or(String::new(), |(_, row)| row))
    };
    // A stamp under another key for one person.
    let marked = refused(&|rows| {
        let point = rows.blinded[1].unwrap();
        let mark = key(4).evaluate(&[point], &mut [8; 64], 1).unwrap();
        rows.evaluated[1] = Some(mark.points[0]);
    });
    assert_eq!(marked, ("identity.verifiable.proof", "1".to_owned()));
    let swapped = refused(&|rows| rows.inputs[3] = Some([2; 32]));
    assert_eq!(swapped, ("identity.verifiable.blinded", "4".to_owned()));
    let apart = refused(&|rows| rows.tokens[3] = 5);
    assert_eq!(apart.0, "engine.import.tokens");
}
