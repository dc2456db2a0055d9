//! Reading: flat columns only, types from Parquet itself, metadata left behind.

use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use ::parquet::arrow::ProjectionMask;
use ::parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder,
};
use ::parquet::encryption::decrypt::FileDecryptionProperties;
use ::parquet::errors::{ParquetError as Foreign, Result as ForeignResult};
use ::parquet::file::reader::{ChunkReader, Length};
use arrow::array::{
    AsArray as _, RecordBatch, RecordBatchOptions, StringViewArray, new_null_array,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use renketsu_seal::durable;
use renketsu_seal::vault::FileKey;

use super::fault::ParquetError;
use super::pages::{self, PageFault};
use super::travels;
use super::witness::{Seen, Witness};
use crate::{BATCH_BYTES, MAX_COLUMNS};

/// What `ChunkReader` hands out. The crate that names it is not among our dependencies; this is the same type.
type Bytes = <object_store::PutPayload as IntoIterator>::Item;

trait Input: Read + Seek + Send {}
impl<R: Read + Seek + Send> Input for R {}

/// An open Parquet file or table of a package.
pub struct ParquetSource {
    file: String,
    input: Shared,
    metadata: ArrowReaderMetadata,
    schema: SchemaRef,
    /// What a row may add to a batch, by column; of files from outside.
    weights: Option<Vec<u64>>,
}

impl std::fmt::Debug for ParquetSource {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("ParquetSource")
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}

impl ParquetSource {
    /// Opens a file.
    pub fn file(path: &Path) -> Result<Self, ParquetError> {
        Self::at(path, None)
    }

    /// Opens a file that rests in the vault under `key`.
    pub fn resting(path: &Path, key: &FileKey) -> Result<Self, ParquetError> {
        Self::at(path, Some(key))
    }

    fn at(path: &Path, key: Option<&FileKey>) -> Result<Self, ParquetError> {
        let file = path.display().to_string();
        let opened = durable::open_file(path).map_err(|source| {
            let file = file.clone();
            let missing = source.kind() == io::ErrorKind::NotFound;
            if missing {
                ParquetError::Missing { file }
            } else {
                ParquetError::Io { file, source }
            }
        })?;
        let about = opened.metadata().map_err(|source| ParquetError::Io {
            file: file.clone(),
            source,
        })?;
        if about.is_dir() {
            return Err(ParquetError::Directory { file });
        }
        Self::begin(&file, opened, about.len(), key)
    }

    /// Reads the footer of `length` bytes of Parquet; `name` is what errors call it.
    pub fn open(
        name: &str,
        input: impl Read + Seek + Send + 'static,
        length: u64,
    ) -> Result<Self, ParquetError> {
        Self::begin(name, input, length, None)
    }

    fn begin(
        name: &str,
        input: impl Read + Seek + Send + 'static,
        length: u64,
        key: Option<&FileKey>,
    ) -> Result<Self, ParquetError> {
        let file = name.to_owned();
        if length == 0 {
            return Err(ParquetError::Empty { file });
        }
        let seen = Seen::default();
        let input: Box<dyn Input> = Box::new(Witness::new(input, seen.clone()));
        let input = Shared {
            input: Arc::new(Mutex::new(input)),
            seen,
            length,
        };
        let options = reading(key).ok_or_else(|| ParquetError::Malformed { file: file.clone() })?;
        let metadata =
            ArrowReaderMetadata::load(&input, options).map_err(|_| match input.seen.take() {
                Some(source) => ParquetError::Io {
                    file: file.clone(),
                    source,
                },
                None => ParquetError::Malformed { file: file.clone() },
            })?;
        let schema = checked(&file, metadata.schema())?;
        let mut source = Self {
            file,
            input,
            metadata,
            schema,
            weights: None,
        };
        if key.is_none() {
            source.weigh()?;
        }
        Ok(source)
    }

    /// Holds a file from outside to what its pages would take; those of the vault are our own writer's. Its texts are then
    /// read as views, so that a long one in a dictionary is in memory once for all its rows.
    fn weigh(&mut self) -> Result<(), ParquetError> {
        let malformed = || ParquetError::Malformed {
            file: self.file.clone(),
        };
        let metadata = self.metadata.metadata();
        let weights = pages::walk(metadata, &self.schema, |place| {
            self.input.get_read(place).ok()
        });
        let weights = weights.map_err(|fault| match (self.input.seen.take(), fault) {
            (Some(source), _) if source.kind() != io::ErrorKind::InvalidData => ParquetError::Io {
                file: self.file.clone(),
                source,
            },
            (_, PageFault::Long) => ParquetError::Long {
                file: self.file.clone(),
            },
            (_, PageFault::Form) => malformed(),
        })?;
        let viewed = self.metadata.schema().fields().iter().map(|field| {
            let field = field.as_ref().clone();
            if field.data_type() == &DataType::Utf8 {
                field.with_data_type(DataType::Utf8View)
            } else {
                field
            }
        });
        let viewed = Arc::new(Schema::new(viewed.collect::<Vec<_>>()));
        let options = ArrowReaderOptions::new()
            .with_skip_arrow_metadata(true)
            .with_schema(viewed);
        self.metadata =
            ArrowReaderMetadata::try_new(Arc::clone(metadata), options).map_err(|_| malformed())?;
        self.weights = Some(weights);
        Ok(())
    }

    /// The file as errors call it.
    pub fn name(&self) -> &str {
        &self.file
    }

    /// The columns, without any metadata of the writer.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// How many rows the footer names.
    pub fn rows(&self) -> u64 {
        u64::try_from(self.metadata.metadata().file_metadata().num_rows()).unwrap_or(0)
    }

    /// Batches of at most `rows` rows, of all columns or of those named, in the file's order of columns; fewer where values
    /// are long.
    pub fn batches(
        &self,
        columns: Option<&[&str]>,
        rows: usize,
    ) -> Result<ParquetBatches, ParquetError> {
        self.batches_after(0, columns, rows)
    }

    /// As [`batches`](Self::batches), without the first `skip` rows of the file; row groups that have no other row aren't read.
    pub fn batches_after(
        &self,
        skip: u64,
        columns: Option<&[&str]>,
        rows: usize,
    ) -> Result<ParquetBatches, ParquetError> {
        let names = || {
            self.schema
                .fields()
                .iter()
                .map(|field| field.name().as_str())
        };
        if let Some(unknown) = columns
            .into_iter()
            .flatten()
            .find(|&&wanted| !names().any(|name| name == wanted))
        {
            return Err(ParquetError::Unknown {
                file: self.file.clone(),
                column: (*unknown).to_owned(),
            });
        }
        let chosen = |name: &str| columns.is_none_or(|columns| columns.contains(&name));
        let roots = names()
            .enumerate()
            .filter(|&(_, name)| chosen(name))
            .map(|(index, _)| index);
        let fields: Vec<_> = self
            .schema
            .fields()
            .iter()
            .filter(|field| chosen(field.name()))
            .map(Arc::clone)
            .collect();
        let weights = self.weights.iter().flat_map(|weights| {
            let weighed = names().zip(weights).filter(|(name, _)| chosen(name));
            weighed.map(|(_, weight)| *weight)
        });
        let rows = pages::rows_of(weights, rows);
        let mask = ProjectionMask::roots(self.metadata.parquet_schema(), roots);
        let (groups, offset) = self.after(skip);
        let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(
            self.input.clone(),
            self.metadata.clone(),
        )
        .with_projection(mask)
        .with_row_groups(groups)
        .with_offset(offset)
        .with_batch_size(rows)
        .build()
        .map_err(|_| ParquetError::Malformed {
            file: self.file.clone(),
        })?;
        let schema = Arc::new(Schema::new(fields));
        Ok(ParquetBatches {
            file: self.file.clone(),
            reader,
            seen: self.input.seen.clone(),
            schema,
            views: false,
            read: None,
            row: skip,
            ended: false,
        })
    }

    /// The row groups that have rows after the first `skip`, and how many rows of them are still to be skipped.
    fn after(&self, skip: u64) -> (Vec<usize>, usize) {
        let groups = self.metadata.metadata().row_groups();
        let mut skip = skip;
        let mut first = 0_usize;
        for group in groups {
            let rows = u64::try_from(group.num_rows()).unwrap_or(0);
            if rows > skip {
                break;
            }
            skip = skip.saturating_sub(rows);
            first = first.saturating_add(1);
        }
        let rest = (first..groups.len()).collect();
        (rest, usize::try_from(skip).unwrap_or(usize::MAX))
    }
}

/// An iterator of batches; after an error it ends.
pub struct ParquetBatches {
    file: String,
    reader: ParquetRecordBatchReader,
    seen: Seen,
    schema: SchemaRef,
    /// Texts go out as they are read.
    views: bool,
    /// What was read and not yet given out: its texts, each copied, may be too much at a time.
    read: Option<RecordBatch>,
    row: u64,
    ended: bool,
}

impl std::fmt::Debug for ParquetBatches {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("ParquetBatches")
            .field("file", &self.file)
            .field("row", &self.row)
            .finish_non_exhaustive()
    }
}

impl ParquetBatches {
    /// The schema of every batch.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The same batches of a file from outside with texts as `Utf8View`, which saves copying each.
    #[must_use]
    pub fn with_views(mut self) -> Self {
        let fields = self.schema.fields().iter().map(|field| {
            let field = field.as_ref().clone();
            if field.data_type() == &DataType::Utf8 {
                field.with_data_type(DataType::Utf8View)
            } else {
                field
            }
        });
        self.schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        self.views = true;
        self
    }

    /// An altered sealed file fails with `InvalidData`, which is damage and no failing medium.
    fn stopped(&self) -> ParquetError {
        let file = self.file.clone();
        match self.seen.take() {
            Some(source) if source.kind() != io::ErrorKind::InvalidData => {
                ParquetError::Io { file, source }
            }
            Some(_) | None => ParquetError::Damaged {
                file,
                row: self.row,
            },
        }
    }

    /// The same batch under the cleaned schema.
    fn cleaned(&self, batch: &RecordBatch) -> Result<RecordBatch, ParquetError> {
        let arrays = batch
            .columns()
            .iter()
            .zip(self.schema.fields())
            .map(|(array, field)| {
                if array.data_type() == &DataType::Null {
                    Ok(new_null_array(field.data_type(), array.len()))
                } else if array.data_type() == &DataType::Utf8View && !self.views {
                    cast(array, field.data_type())
                } else {
                    Ok(Arc::clone(array))
                }
            });
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        arrays
            .collect::<Result<Vec<_>, _>>()
            .and_then(|arrays| {
                RecordBatch::try_new_with_options(Arc::clone(&self.schema), arrays, &options)
            })
            .map_err(|_| ParquetError::Damaged {
                file: self.file.clone(),
                row: self.row,
            })
    }

    /// As many of these rows as go out together; the others wait.
    fn portion(&mut self, batch: &RecordBatch) -> Result<RecordBatch, ParquetError> {
        let rows = batch.num_rows();
        let fitting = fitting(batch);
        if fitting == 0 && rows > 0 {
            return Err(ParquetError::Long {
                file: self.file.clone(),
            });
        }
        let left = rows.saturating_sub(fitting);
        self.read = (left > 0).then(|| batch.slice(fitting, left));
        self.cleaned(&batch.slice(0, fitting))
    }
}

impl Iterator for ParquetBatches {
    type Item = Result<RecordBatch, ParquetError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let read = match self.read.take() {
            Some(waiting) => Ok(waiting),
            None => self.reader.next()?,
        };
        let outcome = match read {
            Ok(batch) => self.portion(&batch),
            Err(_) => Err(self.stopped()),
        };
        match &outcome {
            Ok(batch) => self.row = self.row.saturating_add(batch.num_rows() as u64),
            Err(_) => self.ended = true,
        }
        Some(outcome)
    }
}

/// How many rows from the first have no more than [`BATCH_BYTES`] of text; 0 if the first has more.
fn fitting(batch: &RecordBatch) -> usize {
    let mut lengths = vec![0_usize; batch.num_rows()];
    for column in batch.columns() {
        let text = column.as_string_view_opt();
        let added = text.into_iter().flat_map(StringViewArray::lengths);
        for (length, added) in lengths.iter_mut().zip(added) {
            *length = length.saturating_add(added as usize);
        }
    }
    let mut bytes = 0_usize;
    lengths
        .into_iter()
        .take_while(|length| {
            bytes = bytes.saturating_add(*length);
            bytes <= BATCH_BYTES
        })
        .count()
}

/// How a file is opened, under its key if it has one: types from Parquet itself, nothing of the writer's. `None` if the
/// key is none, which a [`FileKey`] can't be.
pub fn reading(key: Option<&FileKey>) -> Option<ArrowReaderOptions> {
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let Some(key) = key else { return Some(options) };
    let opened = FileDecryptionProperties::builder(key.secret().to_vec())
        .with_aad_prefix(key.aad().to_vec())
        .build()
        .ok()?;
    Some(options.with_file_decryption_properties(opened))
}

/// Refuses what no table of ours has, and drops what the writer noted beside names and types.
fn checked(file: &str, schema: &Schema) -> Result<SchemaRef, ParquetError> {
    if schema.fields().len() > MAX_COLUMNS {
        return Err(ParquetError::Wide {
            file: file.to_owned(),
        });
    }
    let mut names: Vec<&str> = schema
        .fields()
        .iter()
        .map(|field| field.name().as_str())
        .collect();
    names.sort_unstable();
    if let Some(column) = names
        .iter()
        .zip(names.iter().skip(1))
        .find_map(|(one, next)| (one == next).then_some(one))
    {
        return Err(ParquetError::Duplicate {
            file: file.to_owned(),
            column: (*column).to_owned(),
        });
    }
    let mut fields = Vec::with_capacity(schema.fields().len());
    for field in schema.fields() {
        let column = field.name().clone();
        let kind = field.data_type();
        if kind.is_nested() {
            return Err(ParquetError::Nested {
                file: file.to_owned(),
                column,
            });
        }
        if kind == &DataType::Null {
            // A column in which nothing was ever present says no type.
            fields.push(Field::new(column, DataType::Utf8, true));
        } else if travels(kind) {
            fields.push(Field::new(column, kind.clone(), field.is_nullable()));
        } else {
            return Err(ParquetError::Kind {
                file: file.to_owned(),
                column,
            });
        }
    }
    Ok(Arc::new(Schema::new(fields)))
}

/// One input read from several positions in turn.
#[derive(Clone)]
struct Shared {
    input: Arc<Mutex<Box<dyn Input>>>,
    seen: Seen,
    length: u64,
}

impl Shared {
    fn read_at(&self, position: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut input = self.input.lock().unwrap_or_else(PoisonError::into_inner);
        input.seek(SeekFrom::Start(position))?;
        input.read(buffer)
    }
}

impl Length for Shared {
    fn len(&self) -> u64 {
        self.length
    }
}

impl ChunkReader for Shared {
    type T = io::BufReader<At>;

    fn get_read(&self, start: u64) -> ForeignResult<Self::T> {
        Ok(io::BufReader::with_capacity(
            64 * 1024,
            At {
                shared: self.clone(),
                position: start,
            },
        ))
    }

    fn get_bytes(&self, start: u64, length: usize) -> ForeignResult<Bytes> {
        // A footer may claim any length; no more is taken than there is.
        let end = start
            .checked_add(length as u64)
            .filter(|end| *end <= self.length);
        if end.is_none() {
            return Err(Foreign::EOF(String::new()));
        }
        let mut bytes = vec![0; length];
        At {
            shared: self.clone(),
            position: start,
        }
        .read_exact(&mut bytes)?;
        Ok(bytes.into())
    }
}

/// A reader with its own position.
struct At {
    shared: Shared,
    position: u64,
}

impl Read for At {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left =
            usize::try_from(self.shared.length.saturating_sub(self.position)).unwrap_or(usize::MAX);
        let wanted = buffer.len().min(left);
        let Some(part) = buffer.get_mut(..wanted).filter(|part| !part.is_empty()) else {
            return Ok(0);
        };
        let count = self.shared.read_at(self.position, part)?;
        self.position = self.position.saturating_add(count as u64);
        Ok(count)
    }
}
