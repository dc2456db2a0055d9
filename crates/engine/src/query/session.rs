//! The session a question runs in.

use std::sync::Arc;

use datafusion::common::DataFusionError;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{
    ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl,
};
use datafusion::execution::context::{SessionConfig, SessionContext};
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::session_state::SessionStateBuilder;
use datafusion::logical_expr::col;

use super::{QueryError, QueryOptions, QueryTable};
use crate::columnar::PERSON;
use crate::guard::Level;

/// A session that knows `tables`, has a bound on memory, and writes nothing to disk.
pub(super) async fn open(
    tables: &[QueryTable],
    options: QueryOptions,
) -> Result<SessionContext, QueryError> {
    let memory = usize::try_from(options.memory).unwrap_or(usize::MAX);
    let runtime = RuntimeEnvBuilder::new()
        .with_memory_limit(memory, 1.0)
        .with_disk_manager_builder(
            DiskManagerBuilder::default().with_mode(DiskManagerMode::Disabled),
        )
        .build_arc()
        .map_err(|error| QueryError::of(error, options))?;
    let config = SessionConfig::new()
        .with_target_partitions(options.threads.max(1))
        .with_information_schema(false)
        .with_prefer_existing_sort(true);
    let mut state = SessionStateBuilder::new_with_default_features()
        .with_config(config)
        .with_runtime_env(runtime);
    // Neither tables made from nothing nor other formats to read or write.
    *state.table_functions() = None;
    *state.table_factories() = None;
    *state.file_formats() = None;
    let context = SessionContext::new_with_state(state.build());
    for table in tables {
        register(&context, table).await?;
    }
    Ok(context)
}

async fn register(context: &SessionContext, table: &QueryTable) -> Result<(), QueryError> {
    let broken = |error: DataFusionError| QueryError::table(&table.name, &error);
    // Without this a missing file would be a table without rows.
    if let Err(source) = std::fs::File::open(&table.file) {
        return Err(QueryError::Table {
            table: table.name.clone(),
            source: Some(source),
        });
    }
    let absolute = std::path::absolute(&table.file).map_err(|source| QueryError::Table {
        table: table.name.clone(),
        source: Some(source),
    })?;
    let url = ListingTableUrl::parse(address(&absolute)).map_err(broken)?;
    let mut listing = ListingOptions::new(Arc::new(ParquetFormat::default()));
    if table.level == Level::Person {
        listing = listing.with_file_sort_order(vec![vec![col(PERSON).sort(true, false)]]);
    }
    let schema = listing
        .infer_schema(&context.state(), &url)
        .await
        .map_err(broken)?;
    let has_person = schema.column_with_name(PERSON).is_some();
    if has_person != (table.level == Level::Person) {
        return Err(QueryError::Table {
            table: table.name.clone(),
            source: None,
        });
    }
    let config = ListingTableConfig::new(url)
        .with_listing_options(listing)
        .with_schema(schema);
    let provider = ListingTable::try_new(config).map_err(broken)?;
    // Quoted, so that the name is taken as it is.
    let name = datafusion::common::TableReference::bare(table.name.as_str());
    context
        .register_table(name, Arc::new(provider))
        .map_err(broken)?;
    Ok(())
}

/// The file's address, every byte escaped that an address or a pattern could read otherwise.
fn address(path: &std::path::Path) -> String {
    use std::fmt::Write as _;
    use std::os::unix::ffi::OsStrExt as _;
    let mut address = String::from("file://");
    for byte in path.as_os_str().as_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.".contains(byte) {
            address.push(char::from(*byte));
        } else {
            // Writing to a String can't fail.
            let _ = write!(address, "%{byte:02X}");
        }
    }
    address
}
