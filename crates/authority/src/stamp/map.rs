//! The column map of an extract that carries raw identifiers: the same TOML file a producer writes.
//!
//! ```toml
//! encoding = "cp932"            # detect (default), utf-8, cp932
//! delimiter = "comma"           # by-extension (default), comma, tab
//!
//! [columns]                     # header names; at least the number triple or the kana triple
//! insurer = "保険者番号"
//! symbol = "記号"
//! number = "番号"
//! branch = "枝番"
//! kana = "カナ氏名"
//! birth_date = "生年月日"
//! sex = "性別"
//! service_date = "診療年月"       # a day or a month
//! key = "患者番号"               # a key of the source; dropped
//! ```

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use renketsu_table::delimited::{Delimiter, Encoding, Options};
use serde::Deserialize;

use super::StampError;

/// A column map has some hundred bytes.
const MAX_FILE: u64 = 64 * 1024;

/// Which columns of an extract hold what, by header name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColumnMap {
    /// How to read the file, if it is delimited.
    pub options: Options,
    /// 保険者番号.
    pub insurer: Option<String>,
    /// 記号.
    pub symbol: Option<String>,
    /// 番号.
    pub number: Option<String>,
    /// 枝番.
    pub branch: Option<String>,
    /// カナ氏名.
    pub kana: Option<String>,
    /// 生年月日.
    pub birth_date: Option<String>,
    /// 性別. The column stays in the extract: it identifies nobody by itself.
    pub sex: Option<String>,
    /// 診療日 or 診療年月. The column stays in the extract.
    pub service_date: Option<String>,
    /// A key of the source.
    pub key: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MapFile {
    #[serde(default)]
    encoding: EncodingName,
    #[serde(default)]
    delimiter: DelimiterName,
    columns: Columns,
}

#[derive(Clone, Copy, Default, Deserialize)]
enum EncodingName {
    #[serde(rename = "cp932")]
    Cp932,
    #[default]
    #[serde(rename = "detect")]
    Detect,
    #[serde(rename = "utf-8")]
    Utf8,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum DelimiterName {
    #[default]
    ByExtension,
    Comma,
    Tab,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Columns {
    insurer: Option<String>,
    symbol: Option<String>,
    number: Option<String>,
    branch: Option<String>,
    kana: Option<String>,
    birth_date: Option<String>,
    sex: Option<String>,
    service_date: Option<String>,
    key: Option<String>,
}

impl ColumnMap {
    /// Reads a map from a file.
    pub fn read(path: &Path) -> Result<Self, StampError> {
        let io = |source: io::Error| StampError::Io {
            file: path.to_owned(),
            source,
        };
        let mut bytes = Vec::new();
        File::open(path)
            .map_err(io)?
            .take(MAX_FILE.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(io)?;
        let file = path.display().to_string();
        let fits = u64::try_from(bytes.len()).is_ok_and(|length| length <= MAX_FILE);
        match std::str::from_utf8(&bytes).ok().filter(|_| fits) {
            Some(text) => Self::parse(&file, text),
            None => Err(StampError::MapForm { file, line: 1 }),
        }
    }

    /// Reads the text of a map; `file` is what errors call it.
    pub fn parse(file: &str, text: &str) -> Result<Self, StampError> {
        let map: MapFile = toml::from_str(text).map_err(|error| {
            let before = error
                .span()
                .and_then(|span| text.get(..span.start))
                .unwrap_or_default();
            let line = (1_u64..)
                .zip(before.split('\n'))
                .last()
                .map_or(1, |(line, _)| line);
            StampError::MapForm {
                file: file.to_owned(),
                line,
            }
        })?;
        let encoding = match map.encoding {
            EncodingName::Cp932 => Encoding::Cp932,
            EncodingName::Detect => Encoding::Detect,
            EncodingName::Utf8 => Encoding::Utf8,
        };
        let delimiter = match map.delimiter {
            DelimiterName::ByExtension => Delimiter::ByExtension,
            DelimiterName::Comma => Delimiter::Comma,
            DelimiterName::Tab => Delimiter::Tab,
        };
        let Columns {
            insurer,
            symbol,
            number,
            branch,
            kana,
            birth_date,
            sex,
            service_date,
            key,
        } = map.columns;
        let by_number = insurer.is_some() && number.is_some();
        let by_kana = kana.is_some() && birth_date.is_some() && sex.is_some();
        if !by_number && !by_kana {
            return Err(StampError::MapRoute {
                file: file.to_owned(),
            });
        }
        let options = Options {
            encoding,
            delimiter,
        };
        Ok(Self {
            options,
            insurer,
            symbol,
            number,
            branch,
            kana,
            birth_date,
            sex,
            service_date,
            key,
        })
    }

    /// The columns the look-up reads, in the order of its fields.
    pub(super) fn fields(&self) -> [Option<&str>; 8] {
        [
            &self.insurer,
            &self.symbol,
            &self.number,
            &self.branch,
            &self.kana,
            &self.birth_date,
            &self.sex,
            &self.service_date,
        ]
        .map(Option::as_deref)
    }

    /// The columns that must not leave.
    pub(super) fn identifying(&self) -> impl Iterator<Item = &str> {
        [
            &self.insurer,
            &self.symbol,
            &self.number,
            &self.branch,
            &self.kana,
            &self.birth_date,
            &self.key,
        ]
        .into_iter()
        .filter_map(|column| column.as_deref())
    }
}
