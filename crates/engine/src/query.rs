//! One question in SQL over the linked tables of one study.
//!
//! The session knows the study's tables and nothing else: no files, no addresses, no catalogue to browse, no table
//! functions. It doesn't spill: a question that needs more memory than it may have ends with an error. Every
//! statement passes the [`guard`] before it runs, on the plan that then runs but for the order of its rows.

mod fault;
mod order;
mod output;
mod persons;
mod reference;
mod session;
mod size;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use datafusion::execution::context::SessionContext;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use datafusion::physical_plan::{collect, displayable};
use datafusion::sql::parser::{DFParserBuilder, Statement};
use datafusion::sql::sqlparser::ast::{Statement as SqlStatement, TableFactor, Visit, Visitor};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};
use datafusion_proto::bytes::{
    physical_plan_from_bytes_with_extension_codec, physical_plan_to_bytes_with_extension_codec,
};

use crate::guard::{self, Level, Refusal, Rule, Wanted};
use crate::person::{PersonCodec, PersonSet, PersonTable};
use crate::runs::persons_of;

pub use fault::{Invalid, QueryError};
use size::{MAX_RELATIONS, Size};

pub use output::{Column, Form, QUERY_SCHEMA, QueryResult, csv_line};
pub use reference::ReferenceTable;

/// The tables a question may name: those of one study.
#[derive(Debug, Clone, Default)]
pub struct Tables {
    /// Rows about persons.
    pub persons: Vec<Arc<PersonTable>>,
    /// Rows about nobody.
    pub references: Vec<Arc<ReferenceTable>>,
}

impl Tables {
    fn levels(&self) -> BTreeMap<String, Level> {
        let persons = self.persons.iter().map(|t| (t.name(), Level::Person));
        let references = self.references.iter().map(|t| (t.name(), Level::Reference));
        persons
            .chain(references)
            .map(|(name, level)| (name.to_owned(), level))
            .collect()
    }
}

/// What a question may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueryOptions {
    /// Worker threads and partitions; 0 counts as 1.
    pub threads: usize,
    /// Bytes of memory for the operators of the plan.
    pub memory: u64,
    /// Rows about single persons may come out, at most so many, without their person and marked as such; `None`: none.
    pub row_level: Option<u64>,
    /// Which operators run it.
    pub operators: Operators,
}

/// Operators that a question runs on. The answers are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Operators {
    /// Those of [`crate::person`] where rows come by person.
    #[default]
    Person,
    /// The same, with the plan written to bytes and read again before it runs, as a cluster does it.
    Travelled,
    /// DataFusion's own, for comparison.
    Stock,
}

/// Longest statement, in bytes.
pub const MAX_SQL: usize = 32 * 1024;

/// Most operators and joins of a statement. Each can be a level of the plan, and plans are walked by recursion.
pub const MAX_OPERATORS: usize = 1000;

/// Stack of the threads that plan and run, enough for a plan as deep as the two limits allow. It is address space; what
/// isn't needed is never touched.
const STACK: usize = 512 * 1024 * 1024;

/// How often a running question looks whether it is to end.
const LOOK: std::time::Duration = std::time::Duration::from_millis(50);

/// Answers `sql`, or says why not.
pub fn query(sql: &str, tables: &Tables, options: QueryOptions) -> Result<QueryResult, QueryError> {
    on_workers(options, answer(sql.to_owned(), tables.clone(), options))
}

/// As [`query`], and ends soon after `stopped` says so.
///
/// # Errors
/// [`QueryError::Stopped`] then.
pub fn query_until(
    sql: &str,
    tables: &Tables,
    options: QueryOptions,
    stopped: &dyn Fn() -> bool,
) -> Result<QueryResult, QueryError> {
    let runtime = workers(options)?;
    let work = runtime.spawn(answer(sql.to_owned(), tables.clone(), options));
    let aborts = work.abort_handle();
    let ended = runtime.block_on(async {
        tokio::pin!(work);
        loop {
            tokio::select! {
                ended = work.as_mut() => break ended,
                () = tokio::time::sleep(LOOK) => {
                    if stopped() {
                        aborts.abort();
                    }
                }
            }
        }
    });
    // An operator that never waits isn't aborted before its batch is done; nobody waits for it.
    runtime.shutdown_background();
    match ended {
        Ok(answer) => answer,
        Err(error) if error.is_cancelled() => Err(QueryError::Stopped),
        Err(_) => Err(QueryError::Internal),
    }
}

/// Plans `sql` and asks the guard, without running it.
pub fn check(sql: &str, tables: &Tables, options: QueryOptions) -> Result<(), QueryError> {
    let (sql, tables) = (sql.to_owned(), tables.clone());
    on_workers(options, async move {
        plan(&sql, &tables, options).await.map(|_| ())
    })
}

fn workers(options: QueryOptions) -> Result<tokio::runtime::Runtime, QueryError> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(options.threads.max(1))
        .thread_stack_size(STACK)
        .thread_name("query")
        .enable_all()
        .build()
        .map_err(|source| QueryError::Runtime { source })
}

/// Runs `work` on threads of its own, which end with it.
fn on_workers<T: Send + 'static>(
    options: QueryOptions,
    work: impl Future<Output = Result<T, QueryError>> + Send + 'static,
) -> Result<T, QueryError> {
    let runtime = workers(options)?;
    // Spawned, so that planning has a worker's stack too.
    let ended = runtime.block_on(runtime.spawn(work));
    ended.unwrap_or(Err(QueryError::Internal))
}

async fn answer(
    sql: String,
    tables: Tables,
    options: QueryOptions,
) -> Result<QueryResult, QueryError> {
    let failed = |error| QueryError::of(error, options);
    let Planned {
        context,
        plan,
        counted,
        rows,
    } = plan(&sql, &tables, options).await?;
    let has_counts = counted.is_some();
    let plan = counted.unwrap_or(plan);
    let schema = Arc::clone(plan.schema().inner());
    let state = context.state();
    let mut physical = state.create_physical_plan(&plan).await.map_err(failed)?;
    if options.operators == Operators::Travelled {
        let codec = PersonCodec::new(tables.persons.clone());
        physical = physical_plan_to_bytes_with_extension_codec(physical, &codec)
            .and_then(|bytes| {
                let context = context.task_ctx();
                physical_plan_from_bytes_with_extension_codec(&bytes, &context, &codec)
            })
            .map_err(failed)?;
    }
    let batches = collect(physical, context.task_ctx())
        .await
        .map_err(failed)?;
    QueryResult::new(schema, batches, has_counts, rows)
}

/// The persons that `sql` gives: a question whose answer is the column `person` alone, which only a cohort may be.
pub fn cohort(sql: &str, tables: &Tables, options: QueryOptions) -> Result<PersonSet, QueryError> {
    let (sql, tables) = (sql.to_owned(), tables.clone());
    on_workers(options, async move {
        let failed = |error| QueryError::of(error, options);
        let (context, plan) = read(&sql, &tables, options).await?;
        guard::check(&plan, &tables.levels(), Wanted::Persons)?;
        let frame = context.execute_logical_plan(plan).await.map_err(failed)?;
        let mut persons = PersonSet::default();
        for batch in frame.collect().await.map_err(failed)? {
            for column in batch.columns() {
                for person in persons_of(column) {
                    persons.insert(*person);
                }
            }
        }
        Ok(persons)
    })
}

/// The physical plan of `sql` as DataFusion prints it, one operator per line. It is for people who look after the
/// engine; analysts can't ask for it in SQL.
pub fn explain(sql: &str, tables: &Tables, options: QueryOptions) -> Result<String, QueryError> {
    let (sql, tables) = (sql.to_owned(), tables.clone());
    on_workers(options, async move {
        let planned = plan(&sql, &tables, options).await?;
        let failed = |error| QueryError::of(error, options);
        let plan = planned.counted.unwrap_or(planned.plan);
        let state = planned.context.state();
        let plan = state.create_physical_plan(&plan).await.map_err(failed)?;
        Ok(displayable(plan.as_ref()).indent(false).to_string())
    })
}

/// A question that may run.
struct Planned {
    context: SessionContext,
    plan: LogicalPlan,
    /// The same with the number of persons behind each row.
    counted: Option<LogicalPlan>,
    /// The most rows about single persons, where its rows are; the plan gives one more, to show whether it was cut.
    rows: Option<usize>,
}

/// `sql` as the SQL planner reads it, and the session it belongs to.
async fn read(
    sql: &str,
    tables: &Tables,
    options: QueryOptions,
) -> Result<(SessionContext, LogicalPlan), QueryError> {
    let statement = one_question(sql, options)?;
    let context = session::open(tables, options)?;
    let plan = context
        .state()
        .statement_to_plan(statement)
        .await
        .map_err(|error| QueryError::of(error, options))?;
    Ok((context, plan))
}

/// The plan of `sql`, let through by the guard.
async fn plan(sql: &str, tables: &Tables, options: QueryOptions) -> Result<Planned, QueryError> {
    let failed = |error| QueryError::of(error, options);
    let (context, plan) = read(sql, tables, options).await?;
    let levels = tables.levels();
    let rows = match (
        guard::check(&plan, &levels, Wanted::Aggregates),
        options.row_level,
    ) {
        (Ok(()), _) => None,
        (Err(refusal), Some(cap)) if refusal.rule == Rule::RowLevel => {
            guard::check(&plan, &levels, Wanted::Rows)?;
            Some(cap)
        }
        (Err(refusal), _) => return Err(refusal.into()),
    };
    let mut plan = order::settled(plan).map_err(failed)?;
    let rows = rows.map(|cap| usize::try_from(cap).unwrap_or(usize::MAX));
    if let Some(cap) = rows {
        plan = LogicalPlanBuilder::from(plan)
            .limit(0, Some(cap.saturating_add(1)))
            .and_then(LogicalPlanBuilder::build)
            .map_err(failed)?;
    }
    let counted = match rows {
        None => persons::counted(&plan, &levels).map_err(failed)?,
        Some(_) => None,
    };
    Ok(Planned {
        context,
        plan,
        counted,
        rows,
    })
}

/// How many parts of `sql` can make its plan deeper; nesting in brackets is limited by the parser. What isn't SQL has
/// none, and the parser says where it isn't.
fn operators(sql: &str) -> usize {
    let tokens = Tokenizer::new(&GenericDialect {}, sql)
        .tokenize()
        .unwrap_or_default();
    let deepens = |token: &&Token| {
        if let Token::Word(word) = token {
            return matches!(
                word.keyword,
                Keyword::AND
                    | Keyword::AT
                    | Keyword::BETWEEN
                    | Keyword::COLLATE
                    | Keyword::EXCEPT
                    | Keyword::IN
                    | Keyword::INTERSECT
                    | Keyword::IS
                    | Keyword::JOIN
                    | Keyword::LIKE
                    | Keyword::NOT
                    | Keyword::OR
                    | Keyword::SELECT
                    | Keyword::UNION
            );
        }
        !matches!(
            token,
            Token::Comma
                | Token::EOF
                | Token::LParen
                | Token::Number(..)
                | Token::Period
                | Token::RParen
                | Token::SemiColon
                | Token::SingleQuotedString(_)
                | Token::Whitespace(_)
        )
    };
    tokens.iter().filter(deepens).count()
}

/// Finds what the planner passes over in silence: a question about a sample would be answered about everybody.
struct Unread;

impl Visitor for Unread {
    type Break = Refusal;

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<Refusal> {
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "the kinds that have parts the planner doesn't read"
        )]
        let unread = match factor {
            TableFactor::Table {
                sample: Some(_), ..
            }
            | TableFactor::Derived {
                sample: Some(_), ..
            } => Some("TABLESAMPLE"),
            TableFactor::Table {
                with_hints,
                version,
                partitions,
                json_path,
                index_hints,
                ..
            } if !with_hints.is_empty()
                || version.is_some()
                || !partitions.is_empty()
                || json_path.is_some()
                || !index_hints.is_empty() =>
            {
                Some("FROM")
            }
            _ => None,
        };
        unread.map_or(ControlFlow::Continue(()), |construct| {
            ControlFlow::Break(Refusal::new(Rule::Node, construct))
        })
    }
}

/// The one `SELECT` that `sql` is.
fn one_question(sql: &str, options: QueryOptions) -> Result<Statement, QueryError> {
    if sql.len() > MAX_SQL {
        return Err(QueryError::Length { max: MAX_SQL });
    }
    if operators(sql) > MAX_OPERATORS {
        return Err(QueryError::Complex { max: MAX_OPERATORS });
    }
    let mut statements = DFParserBuilder::new(sql)
        .build()
        .and_then(|mut parser| parser.parse_statements())
        .map_err(|error| QueryError::of(error, options))?;
    let count = statements.len();
    let (Some(statement), true) = (statements.pop_front(), count == 1) else {
        return Err(QueryError::Statements { count });
    };
    let what = match &statement {
        Statement::Statement(inner) => {
            if matches!(**inner, SqlStatement::Query(_)) {
                if inner.visit(&mut Size::default()).is_break() {
                    return Err(QueryError::Large { max: MAX_RELATIONS });
                }
                return match inner.visit(&mut Unread) {
                    ControlFlow::Continue(()) => Ok(statement),
                    ControlFlow::Break(refusal) => Err(refusal.into()),
                };
            }
            // The first word of a statement, comments apart, is a keyword.
            let text = inner.to_string();
            text.split_whitespace()
                .next()
                .unwrap_or("statement")
                .to_owned()
        }
        Statement::CreateExternalTable(_) => "CREATE EXTERNAL TABLE".to_owned(),
        Statement::CopyTo(_) => "COPY".to_owned(),
        Statement::Explain(_) => "EXPLAIN".to_owned(),
        Statement::Reset(_) => "RESET".to_owned(),
    };
    Err(Refusal::new(Rule::Statement, what).into())
}
