//! Parquet files as they come from others and as we write them.

mod fault;
mod pages;
mod sink;
mod source;
mod witness;

pub use fault::{ParquetError, SinkError};
pub use sink::{ParquetSink, Purpose, Sorting, Written};
pub use source::{ParquetBatches, ParquetSource, reading};

use arrow::datatypes::{DataType, TimeUnit};

/// Whether values of this type come back from a Parquet file, without the writer's Arrow schema, as they went in.
pub(crate) fn travels(kind: &DataType) -> bool {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "a list of what is allowed, not of what exists"
    )]
    match kind {
        DataType::Boolean
        | DataType::Int8
        | DataType::Int16
        | DataType::Int32
        | DataType::Int64
        | DataType::UInt8
        | DataType::UInt16
        | DataType::UInt32
        | DataType::UInt64
        | DataType::Float32
        | DataType::Float64
        | DataType::Utf8
        | DataType::Date32
        | DataType::Time32(TimeUnit::Millisecond)
        | DataType::Time64(TimeUnit::Microsecond | TimeUnit::Nanosecond) => true,
        DataType::FixedSizeBinary(bytes) => *bytes > 0,
        DataType::Timestamp(unit, zone) => {
            *unit != TimeUnit::Second && zone.as_deref().is_none_or(|zone| zone == "UTC")
        }
        DataType::Decimal128(_, scale) | DataType::Decimal256(_, scale) => *scale >= 0,
        _ => false,
    }
}
