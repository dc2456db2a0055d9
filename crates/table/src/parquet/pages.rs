//! What the pages of a file from outside would take in memory, told by their headers before any of them is unpacked.
//!
//! A page of a few bytes may unpack to gigabytes, and one long value stand for thousands of rows. So every page's header
//! is read when the file is opened, and a batch has as many rows as fit.

use std::io::{self, Read};

use ::parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};
use arrow::datatypes::{DataType, Schema};

use crate::{BATCH_BYTES, MAX_RECORD};

/// The most bytes a page may unpack to; those of `DuckDB` and all smaller ones fit.
const PAGE: u64 = 128 * 1024 * 1024;
/// The most that the pages of all columns which are unpacked at a time may take.
const PAGES: u64 = 1024 * 1024 * 1024;

/// Why the pages of a file are not unpacked.
pub(super) enum PageFault {
    /// They can't be read, or are none.
    Form,
    /// They would take too much memory.
    Long,
}

/// For each column, the most bytes that one of its rows may add to a batch.
pub(super) fn walk<R: Read>(
    metadata: &ParquetMetaData,
    schema: &Schema,
    read_at: impl Fn(u64) -> Option<R>,
) -> Result<Vec<u64>, PageFault> {
    let mut weights = Vec::with_capacity(schema.fields().len());
    for field in schema.fields() {
        weights.push(width(field.data_type())?);
    }
    for group in metadata.row_groups() {
        let rows = u64::try_from(group.num_rows()).map_err(|_| PageFault::Form)?;
        let mut open = 0_u64;
        for (chunk, weight) in group.columns().iter().zip(&mut weights) {
            let found = Chunk::walk(chunk, &read_at)?;
            open = open
                .saturating_add(found.dictionary)
                .saturating_add(found.largest);
            let spread = found.dictionary.div_ceil(rows.max(1));
            *weight = (*weight).max(found.densest.saturating_add(spread));
        }
        if open > PAGES {
            return Err(PageFault::Long);
        }
    }
    Ok(weights)
}

/// How many rows whose columns weigh this much fit into a batch.
pub(super) fn rows_of(weights: impl Iterator<Item = u64>, most: usize) -> usize {
    let weight = weights.fold(0, u64::saturating_add).max(1);
    let fitting = (BATCH_BYTES as u64).saturating_mul(4).div_euclid(weight);
    usize::try_from(fitting)
        .unwrap_or(usize::MAX)
        .clamp(1, most.max(1))
}

/// Bytes of a row whatever the pages say, null or not.
fn width(kind: &DataType) -> Result<u64, PageFault> {
    if let DataType::FixedSizeBinary(bytes) = kind {
        let bytes = usize::try_from(*bytes).unwrap_or(usize::MAX);
        return if bytes > MAX_RECORD {
            Err(PageFault::Long)
        } else {
            Ok(bytes as u64)
        };
    }
    // A text is an address of 16 bytes until it is copied.
    Ok(kind.primitive_width().unwrap_or(16) as u64)
}

/// What the pages of a column of a row group take.
#[derive(Default)]
struct Chunk {
    dictionary: u64,
    largest: u64,
    /// Of the pages of values, the most bytes for a row.
    densest: u64,
}

impl Chunk {
    fn walk<R: Read>(
        chunk: &ColumnChunkMetaData,
        read_at: impl Fn(u64) -> Option<R>,
    ) -> Result<Self, PageFault> {
        let place = |place: i64| u64::try_from(place).map_err(|_| PageFault::Form);
        let start = chunk.dictionary_page_offset();
        let mut position = place(start.unwrap_or_else(|| chunk.data_page_offset()))?;
        let end = position
            .checked_add(place(chunk.compressed_size())?)
            .ok_or(PageFault::Form)?;
        let wanted = place(chunk.num_values())?;
        let mut found = Self::default();
        let mut values = 0_u64;
        while position < end {
            let mut counted = Counted {
                read: read_at(position).ok_or(PageFault::Form)?,
                bytes: 0,
            };
            let Some(page) = Page::read(&mut counted) else {
                // Behind the last value stands what some writers leave there; nobody reads it.
                return if values >= wanted {
                    Ok(found)
                } else {
                    Err(PageFault::Form)
                };
            };
            found.see(&page)?;
            if page.kind != Some(DICTIONARY) {
                values = values.saturating_add(page.values);
            }
            position = position
                .saturating_add(counted.bytes)
                .saturating_add(page.stored);
        }
        Ok(found)
    }

    fn see(&mut self, page: &Page) -> Result<(), PageFault> {
        if page.decoded > PAGE {
            return Err(PageFault::Long);
        }
        if page.kind == Some(DICTIONARY) {
            self.dictionary = self.dictionary.max(page.decoded);
            return Ok(());
        }
        self.largest = self.largest.max(page.decoded);
        let density = if page.shares_prefixes {
            // Every value may repeat nearly all of the one before.
            page.decoded
        } else {
            page.decoded.div_ceil(page.values.max(1))
        };
        self.densest = self.densest.max(density);
        Ok(())
    }
}

const DICTIONARY: u64 = 2;
const DELTA_BYTE_ARRAY: u64 = 7;

/// What the header of a page says (`PageHeader` of parquet.thrift).
#[derive(Default)]
struct Page {
    kind: Option<u64>,
    decoded: u64,
    stored: u64,
    values: u64,
    shares_prefixes: bool,
}

impl Page {
    fn read(from: &mut impl Read) -> Option<Self> {
        let mut page = Self::default();
        let mut thrift = Thrift(from);
        let mut field = 0;
        while let Some(kind) = thrift.field(&mut field)? {
            match (field, kind) {
                (1, I32) => page.kind = Some(thrift.count()?),
                (2, I32) => page.decoded = thrift.count()?,
                (3, I32) => page.stored = thrift.count()?,
                (5 | 8, STRUCT) => {
                    // Data pages of both versions; the encoding has another place in each.
                    let encoding = if field == 5 { 2 } else { 4 };
                    let mut inner = 0;
                    while let Some(kind) = thrift.field(&mut inner)? {
                        match (inner, kind) {
                            (1, I32) => page.values = thrift.count()?,
                            (at, I32) if at == encoding => {
                                page.shares_prefixes = thrift.count()? == DELTA_BYTE_ARRAY;
                            }
                            (_, kind) => thrift.skip(kind, DEPTH)?,
                        }
                    }
                }
                (_, kind) => thrift.skip(kind, DEPTH)?,
            }
        }
        page.kind.is_some().then_some(page)
    }
}

const I32: u8 = 5;
const STRUCT: u8 = 12;
/// How deep the parts of a header may be nested that nobody here asks for.
const DEPTH: u8 = 8;

/// The compact protocol of Thrift, as far as headers of pages go.
struct Thrift<'a, R>(&'a mut R);

impl<R: Read> Thrift<'_, R> {
    /// The kind of the next field, whose number goes into `field`; `Some(None)` at the end of the struct.
    #[expect(clippy::option_option, reason = "the end of a struct is no fault")]
    fn field(&mut self, field: &mut i64) -> Option<Option<u8>> {
        let byte = self.byte()?;
        let (delta, kind) = (byte >> 4, byte & 15);
        if kind == 0 {
            return Some(None);
        }
        *field = if delta == 0 {
            self.signed()?
        } else {
            field.checked_add(delta.into())?
        };
        Some(Some(kind))
    }

    fn byte(&mut self) -> Option<u8> {
        let mut byte = [0];
        self.0.read_exact(&mut byte).ok()?;
        let [byte] = byte;
        Some(byte)
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 127) << shift;
            if byte < 128 {
                return Some(value);
            }
        }
        None
    }

    fn signed(&mut self) -> Option<i64> {
        let value = self.varint()?;
        Some((value >> 1).cast_signed() ^ (value & 1).cast_signed().wrapping_neg())
    }

    /// A number that is none below zero.
    fn count(&mut self) -> Option<u64> {
        u64::try_from(self.signed()?).ok()
    }

    fn pass(&mut self, bytes: u64) -> Option<()> {
        let passed = io::copy(&mut self.0.by_ref().take(bytes), &mut io::sink()).ok()?;
        (passed == bytes).then_some(())
    }

    fn skip(&mut self, kind: u8, depth: u8) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        match kind {
            1 | 2 => Some(()),
            3 => self.pass(1),
            4..=6 => self.varint().map(|_| ()),
            7 => self.pass(8),
            8 => {
                let length = self.varint()?;
                self.pass(length)
            }
            9 | 10 => {
                let byte = self.byte()?;
                let count = match byte >> 4 {
                    15 => self.varint()?,
                    few => few.into(),
                };
                (0..count).try_for_each(|_| self.element(byte & 15, depth))
            }
            STRUCT => {
                let mut field = 0;
                while let Some(kind) = self.field(&mut field)? {
                    self.skip(kind, depth)?;
                }
                Some(())
            }
            _ => None,
        }
    }

    /// Truth values have a byte of their own in lists.
    fn element(&mut self, kind: u8, depth: u8) -> Option<()> {
        if matches!(kind, 1 | 2) {
            self.pass(1)
        } else {
            self.skip(kind, depth)
        }
    }
}

struct Counted<R> {
    read: R,
    bytes: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.read.read(buffer)?;
        self.bytes = self.bytes.saturating_add(count as u64);
        Ok(count)
    }
}
