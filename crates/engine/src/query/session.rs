//! The session a question runs in.

use std::sync::Arc;

use datafusion::common::DataFusionError;
use datafusion::execution::context::{SessionConfig, SessionContext};
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::session_state::SessionStateBuilder;
use datafusion::optimizer::optimizer::Optimizer;
use datafusion::physical_optimizer::optimizer::PhysicalOptimizer;

use super::reference::Reference;
use super::{Operators, QueryError, QueryOptions, Tables};
use crate::checked::{self, Overflow};
use crate::person::{PersonRule, Provider, Ranges};

/// A rule of DataFusion that would turn a count of distinct persons into groups of persons, which costs more than the
/// count over rows that come by person.
const GROUPS_OF_DISTINCT: &str = "single_distinct_aggregation_to_group_by";

/// A session that knows `tables`, has a bound on memory, and writes nothing to disk.
pub(super) fn open(tables: &Tables, options: QueryOptions) -> Result<SessionContext, QueryError> {
    let failed = |error| QueryError::of(error, options);
    let memory = usize::try_from(options.memory).unwrap_or(usize::MAX);
    let runtime = RuntimeEnvBuilder::new()
        .with_memory_limit(memory, 1.0)
        .with_disk_manager_builder(
            DiskManagerBuilder::default().with_mode(DiskManagerMode::Disabled),
        )
        .build_arc()
        .map_err(failed)?;
    let threads = options.threads.max(1);
    let config = SessionConfig::new()
        .with_target_partitions(threads)
        .with_information_schema(false)
        .with_prefer_existing_sort(true)
        // Rows that come by person must stay in their partition and order.
        .with_round_robin_repartition(false);
    let mut rules = Optimizer::new().rules;
    let mut physical = PhysicalOptimizer::new().rules;
    if options.operators != Operators::Stock {
        rules.retain(|rule| rule.name() != GROUPS_OF_DISTINCT);
        physical.insert(0, Arc::new(PersonRule));
    }
    let mut state = SessionStateBuilder::new_with_default_features()
        .with_config(config)
        .with_runtime_env(runtime)
        .with_analyzer_rule(Arc::new(Overflow))
        .with_optimizer_rules(rules)
        .with_physical_optimizer_rules(physical);
    // Neither tables made from nothing nor other formats to read or write.
    *state.table_functions() = None;
    *state.table_factories() = None;
    *state.file_formats() = None;
    let context = SessionContext::new_with_state(state.build());
    checked::register(&context);
    let last = tables.persons.iter().filter_map(|table| table.last()).max();
    let ranges = Arc::new(Ranges::even(last, threads));
    for table in &tables.persons {
        let provider = Provider::new(Arc::clone(table), Arc::clone(&ranges));
        register(&context, table.name(), Arc::new(provider)).map_err(failed)?;
    }
    for table in &tables.references {
        let provider = Reference::new(Arc::clone(table));
        register(&context, table.name(), Arc::new(provider)).map_err(failed)?;
    }
    Ok(context)
}

fn register(
    context: &SessionContext,
    name: &str,
    provider: Arc<dyn datafusion::catalog::TableProvider>,
) -> Result<(), DataFusionError> {
    // Not parsed, so that the name is taken as it is.
    let name = datafusion::common::TableReference::bare(name);
    context.register_table(name, provider).map(|_| ())
}
