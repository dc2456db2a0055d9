//! The column map: a small TOML file saying which columns of a table hold what identifies a person. The producer
//! writes one for its sources, the authority for an extract that carries raw identifiers.
//!
//! ```toml
//! encoding = "cp932"            # detect (default), utf-8, cp932
//! delimiter = "comma"           # by-extension (default), comma, tab
//!
//! [columns]                     # header names; at least insurer and number, or kana, birth date and sex
//! insurer = "保険者番号"
//! symbol = "記号"
//! number = "番号"
//! branch = "枝番"
//! kana = "カナ氏名"
//! birth_date = "生年月日"
//! sex = "性別"
//! service_date = "診療年月日"     # a day or a month
//! key = "患者番号"               # of the source; a request needs it
//! ```

use std::io::{self, Read};
use std::path::Path;

use serde::Deserialize;

use crate::delimited::{Delimiter, Encoding, Options};

/// A column map has some hundred bytes.
const MAX_FILE: u64 = 64 * 1024;

/// Which columns of a table hold what, by header name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColumnMap {
    /// How to read the table.
    pub options: Options,
    /// 保険者番号
    pub insurer: Option<String>,
    /// 記号
    pub symbol: Option<String>,
    /// 番号
    pub number: Option<String>,
    /// 枝番
    pub branch: Option<String>,
    /// カナ氏名
    pub kana: Option<String>,
    /// 生年月日
    pub birth_date: Option<String>,
    /// 性別
    pub sex: Option<String>,
    /// 診療日 or 診療年月
    pub service_date: Option<String>,
    /// The source's own key of a person (患者番号), by which the anonymized tables are attached
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
    pub fn read(path: &Path) -> Result<Self, ColumnsError> {
        let file = path.display().to_string();
        let io = |source: io::Error| ColumnsError::Io {
            file: file.clone(),
            source,
        };
        let mut bytes = Vec::new();
        renketsu_seal::durable::open_file(path)
            .map_err(io)?
            .take(MAX_FILE.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(io)?;
        let text = std::str::from_utf8(&bytes)
            .ok()
            .filter(|text| text.len() as u64 <= MAX_FILE);
        match text {
            Some(text) => Self::parse(&file, text),
            None => Err(ColumnsError::Form { file, line: 1 }),
        }
    }

    /// Reads the text of a map; `file` is what errors call it.
    pub fn parse(file: &str, text: &str) -> Result<Self, ColumnsError> {
        let map: MapFile = toml::from_str(text).map_err(|error| {
            let before = error
                .span()
                .and_then(|span| text.get(..span.start))
                .unwrap_or_default();
            let breaks = before.bytes().filter(|byte| *byte == b'\n').count();
            ColumnsError::Form {
                file: file.to_owned(),
                line: (breaks as u64).saturating_add(1),
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
            return Err(ColumnsError::Route {
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
    pub fn fields(&self) -> [Option<&str>; 8] {
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
    pub fn identifying(&self) -> impl Iterator<Item = &str> {
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

/// Why a column map cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ColumnsError {
    /// Not the form of a column map.
    #[error("`{file}` line {line} is not what a column map may say")]
    Form {
        /// The map.
        file: String,
        /// The line.
        line: u64,
    },
    /// It names no column of the source's own key, and a request needs one.
    #[error("`{file}` names no key column")]
    Key {
        /// The map.
        file: String,
    },
    /// The map cannot be read.
    #[error("`{file}` cannot be read")]
    Io {
        /// The map.
        file: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// It names neither insurer and number, nor kana, birth date and sex.
    #[error("`{file}` names no columns that can lead to an ID")]
    Route {
        /// The map.
        file: String,
    },
    /// The table has no such column.
    #[error("`{file}` has no column `{column}` for {role}")]
    Unknown {
        /// The table.
        file: String,
        /// The name in the map.
        column: String,
        /// What the column was to hold.
        role: &'static str,
    },
}

impl ColumnsError {
    /// Every code with the names of its details.
    pub const CODES: &'static [(&'static str, &'static [&'static str])] = &[
        ("table.columns.form", &["file", "line"]),
        ("table.columns.io", &["file", "reason"]),
        ("table.columns.key", &["file"]),
        ("table.columns.route", &["file"]),
        ("table.columns.unknown", &["file", "column", "role"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Form { .. } => "table.columns.form",
            Self::Io { .. } => "table.columns.io",
            Self::Key { .. } => "table.columns.key",
            Self::Route { .. } => "table.columns.route",
            Self::Unknown { .. } => "table.columns.unknown",
        }
    }

    /// The named values of the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Form { file, line } => vec![("file", file.clone()), ("line", line.to_string())],
            Self::Io { file, source } => vec![
                ("file", file.clone()),
                ("reason", source.kind().to_string()),
            ],
            Self::Key { file } | Self::Route { file } => vec![("file", file.clone())],
            Self::Unknown { file, column, role } => {
                vec![
                    ("file", file.clone()),
                    ("column", column.clone()),
                    ("role", (*role).to_owned()),
                ]
            }
        }
    }

    /// The exit code of a command that ends with this.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound => 2,
            Self::Io { .. } => 3,
            Self::Form { .. } | Self::Key { .. } | Self::Route { .. } | Self::Unknown { .. } => 2,
        }
    }
}
