//! What stands around the rows of a Stata file: characteristics, long texts, value labels.

use dta::stata::dta::byte_order::ByteOrder;
use dta::stata::dta::header::Header;
use dta::stata::dta::release::Release;
use dta::stata::dta::schema::Schema;
use dta::stata::dta::variable_type::VariableType;

use super::super::StatisticalError;
use super::super::input::{Input, Reader};
use crate::MAX_RECORD;
use std::io::Read as _;

/// The most bytes that the texts of all code lists of a file may have. Entries may share a text that stands in the file
/// once, so its length bounds nothing.
const LABELS: usize = 16 * 1024 * 1024;

/// A text of the section of long texts.
#[derive(Clone, Copy, Debug)]
pub(super) struct LongText {
    pub(super) key: (u32, u64),
    pub(super) start: u64,
    pub(super) length: usize,
    pub(super) binary: bool,
}

/// Where an entry's text begins, and its value.
type Entry = (usize, i32);

/// A list of codes, undecoded.
pub(super) struct ValueLabels {
    pub(super) name: Vec<u8>,
    pub(super) entries: Vec<(i32, Vec<u8>)>,
}

impl ValueLabels {
    pub(super) fn is_utf8(&self) -> bool {
        std::str::from_utf8(&self.name).is_ok()
            && self
                .entries
                .iter()
                .all(|(_, text)| std::str::from_utf8(text).is_ok())
    }
}

/// What a walk from the end of the columns to the end of the file found.
pub(super) struct Sections {
    pub(super) rows_start: u64,
    pub(super) texts: Vec<LongText>,
    pub(super) labels: Vec<ValueLabels>,
}

impl Sections {
    /// Every length is held against the file before it is believed.
    pub(super) fn walk(
        input: &Input,
        header: &Header,
        schema: &Schema,
        start: u64,
    ) -> Result<Self, StatisticalError> {
        let mut walk = Walk {
            input,
            reader: input.at(start),
            position: start,
            little: header.byte_order() == ByteOrder::LittleEndian,
            release: header.release(),
            labelled: 0,
        };
        let xml = walk.release.is_xml_like();
        if xml {
            walk.tagged_characteristics()?;
            walk.expect(b"<data>")?;
        } else {
            walk.characteristics()?;
        }
        let rows_start = walk.position;
        let length = schema
            .variables()
            .iter()
            .map(|variable| width(variable.variable_type()) as u64)
            .fold(0, u64::saturating_add);
        let rows = header.observation_count().checked_mul(length);
        walk.skip(rows.ok_or_else(|| input.damaged(0))?)?;
        let mut texts = Vec::new();
        let labels = if xml {
            walk.expect(b"</data>")?;
            texts = walk.long_texts()?;
            let labels = walk.tagged_labels()?;
            walk.expect(b"</stata_dta>")?;
            labels
        } else {
            walk.labels()?
        };
        if walk.position != input.length {
            return Err(input.malformed());
        }
        texts.sort_unstable_by_key(|text: &LongText| text.key);
        Ok(Self {
            rows_start,
            texts,
            labels,
        })
    }
}

struct Walk<'a> {
    input: &'a Input,
    reader: Reader,
    position: u64,
    little: bool,
    release: Release,
    /// Bytes of label texts so far.
    labelled: usize,
}

impl Walk<'_> {
    fn tagged_characteristics(&mut self) -> Result<(), StatisticalError> {
        self.expect(b"<characteristics>")?;
        loop {
            match &self.array::<4>()? {
                b"<ch>" => {
                    let length = self.long()?;
                    self.skip(bounded(self.input, length)? as u64)?;
                    self.expect(b"</ch>")?;
                }
                b"</ch" => return self.expect(b"aracteristics>"),
                _ => return Err(self.input.malformed()),
            }
        }
    }

    fn characteristics(&mut self) -> Result<(), StatisticalError> {
        if self.release < Release::V105 {
            return Ok(());
        }
        loop {
            let [kind] = self.array()?;
            let length = if self.release < Release::V110 {
                self.short()?.into()
            } else {
                self.long()?
            };
            if kind == 0 {
                return if length == 0 {
                    Ok(())
                } else {
                    Err(self.input.malformed())
                };
            }
            self.skip(bounded(self.input, length)? as u64)?;
        }
    }

    fn long_texts(&mut self) -> Result<Vec<LongText>, StatisticalError> {
        self.expect(b"<strls>")?;
        let mut texts = Vec::new();
        loop {
            match &self.array::<3>()? {
                b"GSO" => {}
                b"</s" => {
                    self.expect(b"trls>")?;
                    return Ok(texts);
                }
                _ => return Err(self.input.malformed()),
            }
            let variable = self.long()?;
            let row = if self.release >= Release::V118 {
                let bytes = self.array()?;
                if self.little {
                    u64::from_le_bytes(bytes)
                } else {
                    u64::from_be_bytes(bytes)
                }
            } else {
                self.long()?.into()
            };
            let binary = match self.array()? {
                [129] => true,
                [130] => false,
                _ => return Err(self.input.malformed()),
            };
            let length = self.long()?;
            let length = bounded(self.input, length)?;
            texts.push(LongText {
                key: (variable, row),
                start: self.position,
                length,
                binary,
            });
            self.skip(length as u64)?;
        }
    }

    fn tagged_labels(&mut self) -> Result<Vec<ValueLabels>, StatisticalError> {
        self.expect(b"<value_labels>")?;
        let mut labels = Vec::new();
        loop {
            match &self.array::<5>()? {
                b"<lbl>" => labels.push(self.label_set()?),
                b"</val" => {
                    self.expect(b"ue_labels>")?;
                    return Ok(labels);
                }
                _ => return Err(self.input.malformed()),
            }
            self.expect(b"</lbl>")?;
        }
    }

    fn labels(&mut self) -> Result<Vec<ValueLabels>, StatisticalError> {
        let mut labels = Vec::new();
        while self.position < self.input.length {
            let set = if self.release < Release::V108 {
                self.old_label_set()?
            } else {
                self.label_set()?
            };
            labels.push(set);
        }
        Ok(labels)
    }

    /// Length, name, then numbers of entries and bytes, where each text begins, the values, the texts.
    fn label_set(&mut self) -> Result<ValueLabels, StatisticalError> {
        let length = self.long()?;
        let length = bounded(self.input, length)?;
        let name = self.set_name()?;
        self.skip(3)?;
        let table = self.bytes(length)?;
        let malformed = || self.input.malformed();
        let (entries, texts) = self.table(&table).ok_or_else(malformed)?;
        let mut set = ValueLabels {
            name,
            entries: Vec::with_capacity(entries.len()),
        };
        for (start, value) in entries {
            let text = texts.get(start..).filter(|text| !text.is_empty());
            let text = until_null(text.ok_or_else(malformed)?);
            self.labelled = self.labelled.saturating_add(text.len());
            if self.labelled > LABELS {
                return Err(self.input.long());
            }
            set.entries.push((value, text.to_vec()));
        }
        Ok(set)
    }

    /// Where the entries' texts begin with the entries' values, and the texts.
    fn table<'t>(&self, table: &'t [u8]) -> Option<(Vec<Entry>, &'t [u8])> {
        let (count, rest) = table.split_first_chunk()?;
        let (size, rest) = rest.split_first_chunk()?;
        let count = usize::try_from(self.number(*count)).ok()?;
        let size = usize::try_from(self.number(*size)).ok()?;
        let (starts, rest) = rest.split_at_checked(count.checked_mul(4)?)?;
        let (values, texts) = rest.split_at_checked(count.checked_mul(4)?)?;
        let texts = texts.get(..size)?;
        let mut entries = Vec::with_capacity(count);
        for (start, value) in starts.as_chunks().0.iter().zip(values.as_chunks().0) {
            let start = usize::try_from(self.number(*start)).ok()?;
            entries.push((start, self.number(*value).cast_signed()));
        }
        Some((entries, texts))
    }

    /// Number of entries, name, the values of 16 bits, texts of 8 bytes.
    fn old_label_set(&mut self) -> Result<ValueLabels, StatisticalError> {
        let count = usize::from(self.short()?);
        let name = self.set_name()?;
        self.skip(1)?;
        let mut values = Vec::with_capacity(count);
        for _ in 0..count {
            values.push(i32::from(self.short()?.cast_signed()));
        }
        let mut entries = Vec::with_capacity(count);
        for value in values {
            let text = self.array::<8>()?;
            entries.push((value, until_null(&text).to_vec()));
        }
        Ok(ValueLabels { name, entries })
    }

    fn set_name(&mut self) -> Result<Vec<u8>, StatisticalError> {
        let length = if self.release >= Release::V118 {
            129
        } else if self.release >= Release::V110 {
            33
        } else {
            9
        };
        Ok(until_null(&self.bytes(length)?).to_vec())
    }

    fn expect(&mut self, tag: &[u8]) -> Result<(), StatisticalError> {
        if self.bytes(tag.len())? == tag {
            Ok(())
        } else {
            Err(self.input.malformed())
        }
    }

    fn long(&mut self) -> Result<u32, StatisticalError> {
        let bytes = self.array()?;
        Ok(self.number(bytes))
    }

    fn short(&mut self) -> Result<u16, StatisticalError> {
        let bytes = self.array()?;
        Ok(if self.little {
            u16::from_le_bytes(bytes)
        } else {
            u16::from_be_bytes(bytes)
        })
    }

    fn number(&self, bytes: [u8; 4]) -> u32 {
        if self.little {
            u32::from_le_bytes(bytes)
        } else {
            u32::from_be_bytes(bytes)
        }
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], StatisticalError> {
        let mut bytes = [0; N];
        self.reader
            .read_exact(&mut bytes)
            .map_err(|error| self.input.stopped(error, 0))?;
        self.position = self.position.saturating_add(N as u64);
        Ok(bytes)
    }

    /// `length` bytes; more than the file has are not even asked for.
    fn bytes(&mut self, length: usize) -> Result<Vec<u8>, StatisticalError> {
        self.ahead(length as u64)?;
        let mut bytes = vec![0; length];
        self.reader
            .read_exact(&mut bytes)
            .map_err(|error| self.input.stopped(error, 0))?;
        self.position = self.position.saturating_add(length as u64);
        Ok(bytes)
    }

    fn skip(&mut self, length: u64) -> Result<(), StatisticalError> {
        let end = self.ahead(length)?;
        let by = i64::try_from(length).map_err(|_| self.input.damaged(0))?;
        self.reader
            .seek_relative(by)
            .map_err(|error| self.input.stopped(error, 0))?;
        self.position = end;
        Ok(())
    }

    fn ahead(&self, length: u64) -> Result<u64, StatisticalError> {
        let end = self
            .position
            .checked_add(length)
            .filter(|end| *end <= self.input.length);
        end.ok_or_else(|| self.input.damaged(0))
    }
}

fn bounded(input: &Input, length: u32) -> Result<usize, StatisticalError> {
    usize::try_from(length)
        .ok()
        .filter(|length| *length <= MAX_RECORD)
        .ok_or_else(|| input.long())
}

/// Bytes of a value in a row.
pub(super) fn width(kind: VariableType) -> usize {
    match kind {
        VariableType::Byte => 1,
        VariableType::Int => 2,
        VariableType::Long | VariableType::Float => 4,
        VariableType::Double | VariableType::LongString => 8,
        VariableType::FixedString(bytes) => bytes.into(),
    }
}

/// A text without the padding that begins with its first null.
pub(super) fn until_null(bytes: &[u8]) -> &[u8] {
    let end = bytes
        .iter()
        .position(|byte| *byte == 0)
        .unwrap_or(bytes.len());
    bytes.get(..end).unwrap_or_default()
}
