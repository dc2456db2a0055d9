//! 取り込み: one table into one Parquet file sorted by its IDs.
//!
//! A row's IDs come as 32 bytes or as 64 hexadecimal digits. What real extracts write where there is no ID (null, an
//! empty text, `9`) is no ID: it becomes null and is counted. Any other text refuses the whole import: an ID that is
//! damaged would otherwise be a person who is silently missing.

mod fault;
mod ids;
mod screen;

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{Field, Schema, SchemaRef};
use renketsu_table::batches::{self, Batches};
use renketsu_table::delimited::Options;
use renketsu_table::ids::{KANA_ID, KANA_UNIQUE, NUMBER_ID, front};
use renketsu_table::parquet::{ParquetSource, Sorting};
use serde::Serialize;

use crate::columnar::{BATCH_ROWS, FileError, PERSON, Stored, TableFile, interleaved};

pub use fault::ImportError;
pub use ids::Sentinels;
use ids::{Keys, Kinds};
use screen::Screen;

/// Form of [`ImportReport`] in JSON.
pub const IMPORT_SCHEMA: &str = "renketsu.import/1";

/// Name of the file that an import makes in its directory.
pub const FILE: &str = "import.parquet";

/// Something that can be read and sought.
pub trait ReadSeek: Read + Seek {}
impl<T: Read + Seek + ?Sized> ReadSeek for T {}

/// Where a table comes from.
#[derive(Debug)]
pub enum Source {
    /// A delimited file; read twice, the first time for the types of its columns.
    Delimited {
        /// The file.
        path: PathBuf,
        /// How to read it.
        options: Options,
    },
    /// A Parquet file, or a table of a sealed package.
    Parquet(ParquetSource),
}

impl Source {
    /// `length` bytes of Parquet; `name` is what errors call it.
    pub fn parquet(
        name: &str,
        input: Box<dyn ReadSeek + Send>,
        length: u64,
    ) -> Result<Self, ImportError> {
        Ok(Self::Parquet(ParquetSource::open(name, input, length)?))
    }

    /// A file of either form, told by its first bytes.
    pub fn file(path: &Path, options: Options) -> Result<Self, ImportError> {
        let mut magic = [0; 4];
        let parquet = fs::metadata(path).is_ok_and(|file| file.is_file())
            && File::open(path)
                .and_then(|mut file| file.read_exact(&mut magic))
                .is_ok()
            && &magic == b"PAR1";
        if parquet {
            return Ok(Self::Parquet(ParquetSource::file(path)?));
        }
        Ok(Self::Delimited {
            path: path.to_owned(),
            options,
        })
    }
}

/// The columns that carry IDs, as the source names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdColumns {
    /// 二号の提供用ID.
    pub number_id: String,
    /// 一号の提供用ID.
    pub kana_id: Option<String>,
    /// Whether one registered person has what the kana ID was made from. Without it no row links by its kana ID.
    pub kana_unique: Option<String>,
}

impl Default for IdColumns {
    /// The names of a sealed package.
    fn default() -> Self {
        Self {
            number_id: NUMBER_ID.to_owned(),
            kana_id: Some(KANA_ID.to_owned()),
            kana_unique: Some(KANA_UNIQUE.to_owned()),
        }
    }
}

/// What an import found, in counts only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImportReport {
    /// Always [`IMPORT_SCHEMA`].
    pub schema: &'static str,
    /// Rows; the next three add up to it, where the table has IDs.
    pub rows: u64,
    /// Rows with a number ID.
    pub number: u64,
    /// Rows with only a kana ID.
    pub kana_only: u64,
    /// Rows without any ID.
    pub neither: u64,
    /// What stood where there is no number ID.
    pub number_sentinels: Sentinels,
    /// What stood where there is no kana ID.
    pub kana_sentinels: Sentinels,
    /// Different number IDs.
    pub distinct_number_ids: u64,
    /// Different kana IDs, of all rows.
    pub distinct_kana_ids: u64,
    /// The data columns, without the IDs.
    pub columns: Vec<ImportedColumn>,
    /// Data columns that look identifying and were taken because the caller said so.
    pub kept: Vec<String>,
    /// Bytes of the file.
    pub bytes: u64,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
}

/// A data column of an import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImportedColumn {
    /// Its name.
    pub name: String,
    /// Its Arrow type.
    pub kind: String,
}

/// Imports `source` as `dir`/[`FILE`], which must not exist. `ids` is `None` for a reference table (no person in it):
/// its rows keep their order. `table` is what errors call it. A data column that looks as if it identified persons
/// refuses the import unless `keep` names it. Whatever goes wrong, no file is left.
pub fn import(
    source: &Source,
    table: &str,
    ids: Option<&IdColumns>,
    keep: &[String],
    dir: &Path,
) -> Result<ImportReport, ImportError> {
    let (schema, incoming) = read(source, ids)?;
    let columns = Columns::find(&schema, table, ids)?;
    if let Some(unknown) = keep.iter().find(|name| schema.index_of(name).is_err()) {
        return Err(ImportError::Column {
            table: table.to_owned(),
            column: unknown.clone(),
        });
    }
    let path = dir.join(FILE);
    let made = !dir.exists();
    let outcome = match &columns.ids {
        Some(_) => sorted(
            incoming,
            &columns,
            (table, keep),
            matches!(source, Source::Delimited { .. }),
            &path,
        ),
        None => as_it_comes(incoming, &columns, (table, keep), &path),
    };
    if outcome.is_err() && made {
        // Empty unless somebody else put a file there; then it stays, and that is right.
        fs::remove_dir(dir).unwrap_or_default();
    }
    outcome
}

type Incoming = Box<dyn Iterator<Item = Result<RecordBatch, ImportError>>>;

/// The columns of the source and its rows. IDs of a delimited file are read as text, whatever they look like.
fn read(source: &Source, ids: Option<&IdColumns>) -> Result<(SchemaRef, Incoming), ImportError> {
    match source {
        Source::Parquet(parquet) => {
            let rows = parquet.batches(None, BATCH_ROWS)?;
            Ok((
                Arc::clone(parquet.schema()),
                Box::new(rows.map(|batch| Ok(batch?))),
            ))
        }
        Source::Delimited { path, options } => {
            let text: Vec<&str> = ids
                .into_iter()
                .flat_map(|ids| {
                    [
                        Some(&ids.number_id),
                        ids.kana_id.as_ref(),
                        ids.kana_unique.as_ref(),
                    ]
                })
                .flatten()
                .map(String::as_str)
                .collect();
            let inferred = batches::infer(path, *options, &text)?;
            let rows = Batches::typed(path, *options, &inferred, BATCH_ROWS)?;
            Ok((inferred.schema, Box::new(rows.map(|batch| Ok(batch?)))))
        }
    }
}

/// Where the IDs and the data of a table stand.
struct Columns {
    ids: Option<Kinds>,
    data: Vec<usize>,
    schema: SchemaRef,
}

impl Columns {
    fn find(schema: &Schema, table: &str, ids: Option<&IdColumns>) -> Result<Self, ImportError> {
        let find = |name: &String| {
            schema.index_of(name).map_err(|_| ImportError::Column {
                table: table.to_owned(),
                column: name.clone(),
            })
        };
        let kinds = match ids {
            Some(ids) => Some(Kinds {
                number: find(&ids.number_id)?,
                kana: ids.kana_id.as_ref().map(find).transpose()?,
                unique: ids.kana_unique.as_ref().map(find).transpose()?,
            }),
            None => None,
        };
        let data: Vec<usize> = (0..schema.fields().len())
            .filter(|column| kinds.as_ref().is_none_or(|kinds| !kinds.has(*column)))
            .collect();
        let mut fields: Vec<Field> = if ids.is_some() {
            front().to_vec()
        } else {
            Vec::new()
        };
        // A reference table has no person, so it must not bring the names that say otherwise either.
        let mut taken: BTreeSet<String> = [PERSON, NUMBER_ID, KANA_ID, KANA_UNIQUE]
            .map(str::to_owned)
            .into();
        for column in &data {
            let field = schema.field(*column);
            if !taken.insert(field.name().to_lowercase()) {
                return Err(ImportError::Name {
                    table: table.to_owned(),
                    column: field.name().clone(),
                });
            }
            fields.push(field.clone().with_nullable(true));
        }
        Ok(Self {
            ids: kinds,
            data,
            schema: Arc::new(Schema::new(fields)),
        })
    }

    fn screen<'a>(&self, table: &'a str) -> Screen<'a> {
        let skip = if self.ids.is_some() { 3 } else { 0 };
        let names = self.schema.fields().iter().skip(skip);
        let columns = self.data.iter().zip(names);
        Screen::new(
            table,
            self.ids.is_none(),
            columns.map(|(index, field)| (*index, field.name().clone())),
        )
    }

    fn report(&self) -> Vec<ImportedColumn> {
        let skip = if self.ids.is_some() { 3 } else { 0 };
        let fields = self.schema.fields().iter().skip(skip);
        fields
            .map(|f| ImportedColumn {
                name: f.name().clone(),
                kind: f.data_type().to_string(),
            })
            .collect()
    }

    /// A batch of the file from one of the source.
    fn batch(
        &self,
        source: &RecordBatch,
        front: Vec<ArrayRef>,
    ) -> Result<RecordBatch, ImportError> {
        let data = self
            .data
            .iter()
            .map(|column| Arc::clone(source.column(*column)));
        let arrays = front.into_iter().chain(data).collect();
        RecordBatch::try_new(Arc::clone(&self.schema), arrays)
            .map_err(|_| ImportError::Broken("a batch has the columns of its schema"))
    }
}

fn create(path: &Path, schema: &Schema, sorting: &Sorting) -> Result<TableFile, FileError> {
    if let Some(dir) = path.parent() {
        fs::create_dir_all(dir).map_err(|source| FileError::at(dir, source))?;
    }
    TableFile::create(path, schema, sorting)
}

fn as_it_comes(
    incoming: Incoming,
    columns: &Columns,
    (table, keep): (&str, &[String]),
    path: &Path,
) -> Result<ImportReport, ImportError> {
    let mut file = create(path, &columns.schema, &Sorting::none())?;
    let mut screen = columns.screen(table);
    for batch in incoming {
        let batch = batch?;
        screen.see(&batch)?;
        file.write(&columns.batch(&batch, Vec::new())?)?;
    }
    let kept = screen.judge(keep)?;
    let distinct = (0, 0);
    let stored = file.finish()?;
    Ok(report(&Keys::default(), columns, kept, stored, distinct))
}

/// Holds the rows in memory with their IDs packed, sorts places of rows, and writes the rows in that order.
fn sorted(
    incoming: Incoming,
    columns: &Columns,
    (table, keep): (&str, &[String]),
    empty_is_null: bool,
    path: &Path,
) -> Result<ImportReport, ImportError> {
    let Some(kinds) = &columns.ids else {
        return Err(ImportError::Broken("a table sorted by IDs has IDs"));
    };
    let mut keys = Keys::new(table, empty_is_null);
    let mut screen = columns.screen(table);
    let mut rows = Vec::new();
    for batch in incoming {
        let batch = batch?;
        screen.see(&batch)?;
        let front = keys.add(&batch, kinds)?;
        rows.push(columns.batch(&batch, front)?);
    }
    let kept = screen.judge(keep)?;
    let order = keys.order();
    let distinct = (keys.distinct_numbers(&order), keys.distinct_kanas(&order));
    let mut file = create(path, &columns.schema, &Sorting::by_ids())?;
    for batch in interleaved(&rows, &order) {
        file.write(&batch?)?;
    }
    Ok(report(&keys, columns, kept, file.finish()?, distinct))
}

fn report(
    keys: &Keys,
    columns: &Columns,
    kept: Vec<String>,
    stored: Stored,
    (distinct_number_ids, distinct_kana_ids): (u64, u64),
) -> ImportReport {
    ImportReport {
        schema: IMPORT_SCHEMA,
        rows: stored.rows,
        number: keys.number,
        kana_only: keys.kana_only,
        neither: keys.neither,
        number_sentinels: keys.number_sentinels,
        kana_sentinels: keys.kana_sentinels,
        distinct_number_ids,
        distinct_kana_ids,
        columns: columns.report(),
        kept,
        bytes: stored.bytes,
        sha256: stored.sha256,
    }
}
