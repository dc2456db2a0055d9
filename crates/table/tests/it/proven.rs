//! Kana IDs that are checked as they are read: pieces and proofs belong together, whatever a file's row groups are.

use std::io::Cursor;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use renketsu_identity::{
    KanaInput, NotProven, PROOF_ROWS, ProvisionCode, ProvisionRoot, ProvisionSalt, VerifiableKey,
};
use renketsu_table::ids;
use renketsu_table::parquet::ParquetSource;
use renketsu_table::proven::{self, Finalizing, Parts, Proof, ProvenError, pair_of};

fn key() -> VerifiableKey {
    let root = ProvisionRoot::from_bytes(&mut [2; 32]).unwrap();
    let salt = ProvisionSalt::from_bytes(&mut [3; 32]).unwrap();
    VerifiableKey::derive(&root, &salt, &ProvisionCode::parse("P-1").unwrap()).unwrap()
}

fn source(batch: &RecordBatch, group: usize) -> ParquetSource {
    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(group))
        .build();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
    let length = u64::try_from(bytes.len()).unwrap();
    ParquetSource::open("t", Box::new(Cursor::new(bytes)), length).unwrap()
}

fn proofs(proofs: &[Proof]) -> ParquetSource {
    let column = proven::column(proofs);
    source(
        &RecordBatch::try_new(proven::schema(), vec![column]).unwrap(),
        1,
    )
}

/// Rows of which every seventh has no kana ID, and the proofs of their pieces; two inputs take turns, so that this is quick.
fn rows(rows: usize) -> (Vec<Parts>, Vec<Proof>) {
    let key = key();
    let two: Vec<Parts> = [(0_u8, 5_u8), (1, 6)]
        .into_iter()
        .map(|(which, factor)| {
            let blinded = KanaInput::from_bytes(&mut [which; 32])
                .blind(&mut [factor; 64])
                .unwrap();
            Parts {
                input: Some([which; 32]),
                factor: Some(*blinded.factor),
                blinded: Some(blinded.point),
                evaluated: None,
            }
        })
        .collect();
    let mut made: Vec<Parts> = (0..rows)
        .map(|row| {
            if row % 7 == 6 {
                Parts::default()
            } else {
                two[row % 2]
            }
        })
        .collect();
    let mut proven = Vec::new();
    for piece in made.chunks_mut(PROOF_ROWS) {
        let points: Vec<[u8; 32]> = piece.iter().filter_map(|row| row.blinded).collect();
        let evaluation = key.evaluate(&points, &mut [9; 64], 1).unwrap();
        let mut points = evaluation.points.into_iter();
        for row in piece.iter_mut() {
            row.evaluated = row.blinded.and_then(|_| points.next());
        }
        proven.push(Some(evaluation.proof));
    }
    (made, proven)
}

#[test]
fn a_file_is_read_in_pieces_of_one_proof_whatever_its_row_groups_are() {
    let count = PROOF_ROWS + 20;
    let (made, proven) = rows(count);
    let names = [
        ids::KANA_INPUT,
        ids::KANA_FACTOR,
        ids::KANA_BLINDED,
        ids::KANA_EVALUATED,
    ];
    let of = [
        |row: &Parts| row.input,
        |row: &Parts| row.factor,
        |row: &Parts| row.blinded,
        |row: &Parts| row.evaluated,
    ];
    let schema = Schema::new(names.map(ids::id_field).to_vec());
    let columns = of.map(|of| ids::array(made.iter().map(of)));
    let batch = RecordBatch::try_new(Arc::new(schema), columns.to_vec()).unwrap();
    let table = source(&batch, 1000);
    let mut finalizing = Finalizing::open(*key().public(), &proofs(&proven), table.rows()).unwrap();
    let mut read = Vec::new();
    for batch in table.batches(None, PROOF_ROWS).unwrap() {
        let batch = batch.unwrap();
        let [one, two, three, four] = names;
        let shown = pair_of(&batch, [one, two]).unwrap();
        let points = pair_of(&batch, [three, four]).unwrap();
        let parts: Vec<Parts> = shown
            .iter()
            .zip(&points)
            .map(|(shown, points)| Parts {
                input: shown[0],
                factor: shown[1],
                blinded: points[0],
                evaluated: points[1],
            })
            .collect();
        read.extend(finalizing.ids(&parts).unwrap());
    }
    let id = |which: u8| {
        let input = KanaInput::from_bytes(&mut [which; 32]);
        *key().id(&input).unwrap().as_bytes()
    };
    let two = [id(0), id(1)];
    assert_eq!(read.len(), count);
    for (row, id) in read.iter().enumerate() {
        let expected = (row % 7 != 6).then_some(two[row % 2]);
        assert_eq!(*id, expected, "{row}");
    }
}

#[test]
fn an_error_counts_all_rows_and_pieces_are_whole() {
    let (mut made, proven) = rows(20);
    let open = |proven: &[Proof], rows| Finalizing::open(*key().public(), &proofs(proven), rows);
    // Row 9 of the table, which is the eighth that has a kana ID.
    made[8].input = Some([7; 32]);
    let told = open(&proven, 20).unwrap().ids(&made).unwrap_err();
    assert_eq!(told, NotProven::Blinded { row: 9 });
    // Fewer rows than are left.
    let told = open(&proven, 20).unwrap().ids(&made[..19]).unwrap_err();
    assert_eq!(told, NotProven::Form);
    // Fewer or more proofs than pieces.
    for (proven, rows) in [
        (vec![], 20),
        (vec![proven[0]; 2], 20),
        (vec![proven[0]], 8193),
    ] {
        assert!(matches!(
            open(&proven, rows).unwrap_err(),
            ProvenError::NotProven(NotProven::Form)
        ));
    }
    // Nobody with a kana ID, nothing to prove.
    let nobody = vec![Parts::default(); 4];
    assert_eq!(open(&[None], 4).unwrap().ids(&nobody).unwrap(), [None; 4]);
    let told = open(&proven, 4).unwrap().ids(&nobody).unwrap_err();
    assert_eq!(told, NotProven::Form);
}
