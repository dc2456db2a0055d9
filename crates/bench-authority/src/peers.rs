//! What the peers get, and whether they answer as we do.
//!
//! They are spared everything but the look-up and the HMACs: values are canonical, and the messages that are hashed are
//! written out, person by person (`ids.md`, Derivation; written here a second time, so that a difference would show).

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use renketsu_table::BATCH_ROWS;
use renketsu_table::ids::{self, KANA_ID, NUMBER_ID, ROW_REF, ROW_REF_BYTES};
use renketsu_table::parquet::ParquetSource;
use serde_json::json;

use crate::files::{Writing, asked};
use crate::people::Person;
use crate::{EPOCH, PROVISION, PROVISION_ROOT, ROOT, SALT};

/// Writes `numbers.csv`, `persons.csv`, `asked.csv` and `keys.json`.
pub(crate) fn write(dir: &Path, persons: u64, rows: u64, seed: u64) -> Result<()> {
    fs::create_dir_all(dir)?;
    let file = |name: &str| -> Result<BufWriter<File>> {
        Ok(BufWriter::with_capacity(
            1 << 20,
            File::create(dir.join(name))?,
        ))
    };
    let (mut numbers, mut people) = (file("numbers.csv")?, file("persons.csv")?);
    for number in 0..persons {
        let person = Person::new(number, seed);
        let mut first = None;
        for row in person.rows() {
            let to = row
                .to
                .map_or_else(|| "99991231".to_owned(), |to| format!("{to}0331"));
            writeln!(
                numbers,
                "{},{},{},{},{}0401,{to},{number}",
                row.insurer, row.symbol, row.number, row.branch, row.from
            )?;
            first.get_or_insert_with(|| {
                message(
                    2,
                    &[
                        (0x10, &row.insurer),
                        (0x11, &row.symbol),
                        (0x12, &row.number),
                        (0x13, &row.branch),
                    ],
                )
            });
        }
        let (birth, sex) = (person.birth(), person.sex());
        let kana = of_kana(&person.kana(), &birth, sex);
        writeln!(people, "{birth},{sex},{},{kana}", first.unwrap_or_default())?;
    }
    numbers.flush()?;
    people.flush()?;
    let mut requests = file("asked.csv")?;
    for row in 0..rows {
        let [insurer, symbol, number, branch, kana, birth, sex, service] =
            asked(row, persons, seed, Writing::Canonical);
        let kana = if kana.is_empty() {
            kana
        } else {
            of_kana(&kana, &birth, &sex)
        };
        writeln!(
            requests,
            "{row},{insurer},{symbol},{number},{branch},{birth},{sex},{service}01,{service}31,{kana}"
        )?;
    }
    requests.flush()?;
    let keys = json!({
        "root": hex(&ROOT), "provision_root": hex(&PROVISION_ROOT), "salt": hex(&SALT),
        "code": PROVISION, "epoch": EPOCH,
    });
    Ok(fs::write(dir.join("keys.json"), keys.to_string())?)
}

fn of_kana(kana: &str, birth: &str, sex: &str) -> String {
    message(1, &[(0x20, kana), (0x21, birth), (0x22, sex)])
}

fn message(kind: u8, fields: &[(u8, &str)]) -> String {
    let mut bytes = b"RKS1".to_vec();
    bytes.push(kind);
    for (tag, value) in fields {
        bytes.push(*tag);
        bytes.extend(u16::try_from(value.len()).unwrap_or(u16::MAX).to_be_bytes());
        bytes.extend(value.as_bytes());
    }
    hex(&bytes)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _infallible = write!(text, "{byte:02x}");
        text
    })
}

/// Both IDs of a row in hexadecimal, empty where there is none.
type Ids = (String, String);

/// How many rows two answers have, and in how many they differ.
pub(crate) fn agree(answer: &Path, peer: &Path) -> Result<serde_json::Value> {
    let mut theirs: Vec<Option<Ids>> = Vec::new();
    for line in BufReader::with_capacity(1 << 20, File::open(peer)?).lines() {
        let line = line?;
        let mut fields = line.split(',');
        let (Some(row), Some(number), Some(kana), None) =
            (fields.next(), fields.next(), fields.next(), fields.next())
        else {
            bail!("a line of the peer has not three fields");
        };
        let row: usize = row.parse()?;
        if theirs.len() <= row {
            theirs.resize(row.saturating_add(1), None);
        }
        let place = theirs.get_mut(row).context("a row")?;
        if place
            .replace((number.to_owned(), kana.to_owned()))
            .is_some()
        {
            bail!("the peer answers row {row} twice");
        }
    }
    let (mut rows, mut differ) = (0_u64, 0_u64);
    for batch in ParquetSource::file(answer)?.batches(None, BATCH_ROWS)? {
        let batch = batch?;
        let references = ids::fixed(&batch, ROW_REF, ROW_REF_BYTES).context("row_ref")?;
        let numbers = ids::fixed(&batch, NUMBER_ID, ids::ID_BYTES).context("number_id")?;
        let kanas = ids::fixed(&batch, KANA_ID, ids::ID_BYTES).context("kana_id")?;
        for row in 0..batch.num_rows() {
            let reference: [u8; 16] = ids::value(references, row).context("row_ref")?;
            let place = reference
                .first_chunk()
                .map(|bytes| u64::from_be_bytes(*bytes));
            let place = usize::try_from(place.context("row_ref")?)?;
            let id = |column| {
                ids::value::<32>(column, row)
                    .map(|id| hex(&id))
                    .unwrap_or_default()
            };
            let ours = Some((id(numbers), id(kanas)));
            rows = rows.saturating_add(1);
            if theirs.get(place).unwrap_or(&None) != &ours {
                differ = differ.saturating_add(1);
            }
        }
    }
    if rows != u64::try_from(theirs.len())? {
        bail!("{rows} rows of ours and {} of the peer", theirs.len());
    }
    Ok(json!({ "rows": rows, "differ": differ }))
}
