//! Why a question has no answer. DataFusion's own words stay inside: they can quote a value of a row.

use arrow::error::ArrowError;
use datafusion::common::{DataFusionError, SchemaError};
use datafusion::sql::sqlparser::parser::ParserError;
use renketsu_table::parquet::{ParquetError, SinkError};
use thiserror::Error;

use super::QueryOptions;
use crate::guard::Refusal;
use crate::person::Changed;

/// What is wrong with a statement that parses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Invalid {
    /// A function gets arguments it doesn't take.
    Arguments,
    /// A column beside aggregates is neither grouped nor aggregated.
    Grouping,
    /// Anything else.
    Meaning,
    /// Types that don't go together.
    Types,
    /// SQL that the engine can't run.
    Unsupported,
}

impl Invalid {
    /// Its word in the message catalogue.
    pub fn name(self) -> &'static str {
        match self {
            Self::Arguments => "arguments",
            Self::Grouping => "grouping",
            Self::Meaning => "meaning",
            Self::Types => "types",
            Self::Unsupported => "unsupported",
        }
    }

    /// DataFusion tells these apart only in its text.
    fn of(text: &str) -> Self {
        let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
        if has(&["GROUP BY"]) {
            Self::Grouping
        } else if has(&[
            "coerce argument types",
            "No function matches",
            "signature",
            "arguments",
        ]) {
            Self::Arguments
        } else if has(&["type", "coerce"]) {
            Self::Types
        } else {
            Self::Meaning
        }
    }
}

/// Why a question has no answer.
#[derive(Debug, Error)]
pub enum QueryError {
    /// A name means several columns.
    #[error("column {column} could be in several tables")]
    Ambiguous {
        /// The name, as the statement has it.
        column: String,
    },
    /// No such column.
    #[error("no column {column}")]
    Column {
        /// The name, as the statement has it.
        column: String,
    },
    /// The statement has too many operators and joins.
    #[error("the statement has more than {max} operators")]
    Complex {
        /// Operators allowed.
        max: usize,
    },
    /// No such function.
    #[error("no function {function}")]
    Function {
        /// The name, as the statement has it.
        function: String,
    },
    /// A bug of ours or of the engine.
    #[error("the engine failed in itself")]
    Internal,
    /// The statement says something that can't be.
    #[error("the statement can't be planned: {}", reason.name())]
    Invalid {
        /// In which way.
        reason: Invalid,
    },
    /// The statement stands for too many tables or groupings.
    #[error("the statement has more than {max} tables or grouping sets")]
    Large {
        /// Tables, or grouping sets, allowed.
        max: u64,
    },
    /// The statement is too long.
    #[error("the statement has more than {max} bytes")]
    Length {
        /// Bytes allowed.
        max: usize,
    },
    /// The question needs more memory than it may have.
    #[error("the question needs more than {limit} bytes of memory")]
    Memory {
        /// Bytes allowed.
        limit: u64,
    },
    /// The answer couldn't be written.
    #[error("the answer can't be written")]
    Output {
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// The guard doesn't let the statement run.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The operating system gave no threads.
    #[error("no worker threads")]
    Runtime {
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// The answer can't be written as Parquet.
    #[error(transparent)]
    Sink(#[from] SinkError),
    /// Not exactly one statement.
    #[error("{count} statements, not one")]
    Statements {
        /// How many there are.
        count: usize,
    },
    /// No SQL.
    #[error("no SQL at line {line} column {column}")]
    Syntax {
        /// Line of the statement, from 1; 0 if unknown.
        line: u64,
        /// Column of the line, from 1; 0 if unknown.
        column: u64,
    },
    /// A file of a table can't be read.
    #[error("table {table} can't be read")]
    Table {
        /// Its name; empty, and `-` in the details, if it was lost while the question ran.
        table: String,
        /// The cause, if it came from the operating system.
        #[source]
        source: Option<std::io::Error>,
    },
    /// Whoever asked didn't wait for the answer.
    #[error("the question was stopped")]
    Stopped,
    /// No such table.
    #[error("no table {table}")]
    UnknownTable {
        /// The name, as the statement has it.
        table: String,
    },
    /// A value doesn't allow what the statement does with it (a text that is no number, a division by zero, an overflow).
    #[error("a value doesn't allow what the statement does with it")]
    Value,
}

impl QueryError {
    /// Every code with the names of its details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("engine.query.internal", &[]),
        ("engine.query.memory", &["limit"]),
        ("engine.query.output", &[]),
        ("engine.query.runtime", &[]),
        ("engine.query.stopped", &[]),
        ("engine.query.table", &["table"]),
        ("engine.query.value", &[]),
        ("engine.sql.ambiguous", &["column"]),
        ("engine.sql.column", &["column"]),
        ("engine.sql.complex", &["max"]),
        ("engine.sql.function", &["function"]),
        ("engine.sql.invalid", &["reason"]),
        ("engine.sql.large", &["max"]),
        ("engine.sql.length", &["max"]),
        ("engine.sql.statements", &["count"]),
        ("engine.sql.syntax", &["line", "column"]),
        ("engine.sql.table", &["table"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Ambiguous { .. } => "engine.sql.ambiguous",
            Self::Column { .. } => "engine.sql.column",
            Self::Complex { .. } => "engine.sql.complex",
            Self::Function { .. } => "engine.sql.function",
            Self::Internal => "engine.query.internal",
            Self::Invalid { .. } => "engine.sql.invalid",
            Self::Large { .. } => "engine.sql.large",
            Self::Length { .. } => "engine.sql.length",
            Self::Memory { .. } => "engine.query.memory",
            Self::Output { .. } => "engine.query.output",
            Self::Refused(refusal) => refusal.code(),
            Self::Runtime { .. } => "engine.query.runtime",
            Self::Sink(error) => error.code(),
            Self::Stopped => "engine.query.stopped",
            Self::Statements { .. } => "engine.sql.statements",
            Self::Syntax { .. } => "engine.sql.syntax",
            Self::Table { .. } => "engine.query.table",
            Self::UnknownTable { .. } => "engine.sql.table",
            Self::Value => "engine.query.value",
        }
    }

    /// The named values of the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Ambiguous { column } | Self::Column { column } => {
                vec![("column", column.clone())]
            }
            Self::Function { function } => vec![("function", function.clone())],
            Self::Internal
            | Self::Output { .. }
            | Self::Runtime { .. }
            | Self::Stopped
            | Self::Value => Vec::new(),
            Self::Invalid { reason } => vec![("reason", reason.name().to_owned())],
            Self::Complex { max } | Self::Length { max } => vec![("max", max.to_string())],
            Self::Large { max } => vec![("max", max.to_string())],
            Self::Memory { limit } => vec![("limit", limit.to_string())],
            Self::Refused(refusal) => refusal.details(),
            Self::Sink(error) => error.details(),
            Self::Statements { count } => vec![("count", count.to_string())],
            Self::Syntax { line, column } => {
                vec![("line", line.to_string()), ("column", column.to_string())]
            }
            Self::Table { table, .. } if table.is_empty() => vec![("table", "-".to_owned())],
            Self::Table { table, .. } | Self::UnknownTable { table } => {
                vec![("table", table.clone())]
            }
        }
    }

    /// The exit code of a command that ends with this.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Refused(refusal) => refusal.exit(),
            Self::Sink(error) => error.exit(),
            Self::Memory { .. }
            | Self::Output { .. }
            | Self::Runtime { .. }
            | Self::Table { .. } => 3,
            Self::Stopped => 1,
            Self::Internal => 70,
            Self::Ambiguous { .. }
            | Self::Column { .. }
            | Self::Complex { .. }
            | Self::Function { .. }
            | Self::Invalid { .. }
            | Self::Large { .. }
            | Self::Length { .. }
            | Self::Statements { .. }
            | Self::Syntax { .. }
            | Self::UnknownTable { .. }
            | Self::Value => 2,
        }
    }

    /// What DataFusion meant.
    pub(super) fn of(error: DataFusionError, options: QueryOptions) -> Self {
        match error {
            DataFusionError::SQL(error, _) => syntax(&error),
            DataFusionError::SchemaError(error, _) => schema(*error),
            DataFusionError::Plan(text) => plan(&text),
            DataFusionError::NotImplemented(_) => Self::Invalid {
                reason: Invalid::Unsupported,
            },
            DataFusionError::ResourcesExhausted(_) => Self::Memory {
                limit: options.memory,
            },
            DataFusionError::ArrowError(error, _) => arrow(&error),
            DataFusionError::Execution(_) => Self::Value,
            DataFusionError::ObjectStore(_) | DataFusionError::IoError(_) => {
                Self::table("", &error)
            }
            DataFusionError::Context(_, inner) | DataFusionError::Diagnostic(_, inner) => {
                Self::of(*inner, options)
            }
            DataFusionError::Collection(errors) => match errors.into_iter().next() {
                Some(first) => Self::of(first, options),
                None => Self::Internal,
            },
            DataFusionError::Shared(shared) => match std::sync::Arc::try_unwrap(shared) {
                Ok(inner) => Self::of(inner, options),
                Err(shared) => Self::of_shared(&shared, options),
            },
            DataFusionError::External(error) => match error.downcast::<DataFusionError>() {
                Ok(inner) => Self::of(*inner, options),
                Err(error) if of_a_file(error.as_ref()) => Self::damaged(),
                Err(_) => Self::Internal,
            },
            DataFusionError::Internal(text) if no_signature(&text) => Self::Invalid {
                reason: Invalid::Arguments,
            },
            DataFusionError::Configuration(_)
            | DataFusionError::ExecutionJoin(_)
            | DataFusionError::Internal(_)
            | DataFusionError::Substrait(_)
            | DataFusionError::Ffi(_) => Self::Internal,
        }
    }

    /// An error that several partitions share can't be taken apart, only looked at.
    fn of_shared(error: &DataFusionError, options: QueryOptions) -> Self {
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "what can happen while a plan runs"
        )]
        match error.find_root() {
            DataFusionError::ResourcesExhausted(_) => Self::Memory {
                limit: options.memory,
            },
            DataFusionError::ArrowError(error, _) => arrow(error),
            DataFusionError::Execution(_) => Self::Value,
            DataFusionError::ObjectStore(_) | DataFusionError::IoError(_) => Self::damaged(),
            DataFusionError::External(error) if of_a_file(error.as_ref()) => Self::damaged(),
            _ => Self::Internal,
        }
    }

    /// A table that came apart while the question ran.
    fn damaged() -> Self {
        Self::Table {
            table: String::new(),
            source: None,
        }
    }

    /// A table whose file can't be read.
    pub(super) fn table(name: &str, error: &DataFusionError) -> Self {
        let source = io_below(error);
        Self::Table {
            table: name.to_owned(),
            source,
        }
    }
}

/// Whether the planner found no signature of a function for the types of its arguments. Of a function with several
/// signatures DataFusion calls that an internal error, and only the conditions of a join show it as one.
fn no_signature(text: &str) -> bool {
    text.starts_with("Function '") && text.contains("' failed to match any signature, errors:")
}

/// Whether one of our own scans said so of its file.
fn of_a_file(error: &(dyn std::error::Error + 'static)) -> bool {
    error.downcast_ref::<Changed>().is_some() || error.downcast_ref::<ParquetError>().is_some()
}

/// The kind of an I/O error below another; its text stays behind, since it isn't ours to pass on.
fn io_below(error: &(dyn std::error::Error + 'static)) -> Option<std::io::Error> {
    let mut at = Some(error);
    while let Some(error) = at {
        if let Some(io) = error.downcast_ref::<std::io::Error>() {
            return Some(
                io.raw_os_error()
                    .map_or(io.kind().into(), std::io::Error::from_raw_os_error),
            );
        }
        at = error.source();
    }
    None
}

/// The place a parser's message ends with.
fn syntax(error: &ParserError) -> QueryError {
    let text = match error {
        ParserError::TokenizerError(text) | ParserError::ParserError(text) => text.as_str(),
        ParserError::RecursionLimitExceeded => {
            return QueryError::Invalid {
                reason: Invalid::Unsupported,
            };
        }
    };
    let number = |word: &str| -> u64 {
        let digits = text.rsplit_once(word).map_or("", |(_, rest)| rest);
        let end = digits
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(digits.len());
        digits
            .get(..end)
            .and_then(|digits| digits.parse().ok())
            .unwrap_or(0)
    };
    QueryError::Syntax {
        line: number("Line: "),
        column: number("Column: "),
    }
}

fn schema(error: SchemaError) -> QueryError {
    match error {
        SchemaError::AmbiguousReference { field } => QueryError::Ambiguous {
            column: field.flat_name(),
        },
        SchemaError::FieldNotFound { field, .. } => QueryError::Column {
            column: field.flat_name(),
        },
        SchemaError::DuplicateQualifiedField { name, .. }
        | SchemaError::DuplicateUnqualifiedField { name } => QueryError::Ambiguous { column: name },
    }
}

/// Planning reads no row, so a name in its message is one of the statement; only the name is taken.
fn plan(text: &str) -> QueryError {
    let quoted = |before: &str| {
        text.split_once(before)
            .and_then(|(_, rest)| rest.split_once('\''))
            .map(|(name, _)| name.to_owned())
    };
    if let Some(function) = quoted("Invalid function '").or_else(|| quoted("table function '")) {
        return QueryError::Function { function };
    }
    if let Some(table) = quoted("table '") {
        let bare = table.rsplit('.').next().unwrap_or_default().to_owned();
        return QueryError::UnknownTable { table: bare };
    }
    if let Some(column) = quoted("column '") {
        return QueryError::Column { column };
    }
    QueryError::Invalid {
        reason: Invalid::of(text),
    }
}

fn arrow(error: &ArrowError) -> QueryError {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "what a row's value or a file can cause"
    )]
    match error {
        ArrowError::CastError(_)
        | ArrowError::ParseError(_)
        | ArrowError::ComputeError(_)
        | ArrowError::DivideByZero
        | ArrowError::ArithmeticOverflow(_)
        | ArrowError::InvalidArgumentError(_) => QueryError::Value,
        ArrowError::ParquetError(_) | ArrowError::IoError(..) => QueryError::Table {
            table: String::new(),
            source: None,
        },
        _ => QueryError::Internal,
    }
}
