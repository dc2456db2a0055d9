//! One question in SQL over the linked tables of one study.
//!
//! The session knows the study's tables and nothing else: no files, no addresses, no catalogue to browse, no table
//! functions. It doesn't spill: a question that needs more memory than it may have ends with an error. Every
//! statement passes the [`guard`] before it runs, on the plan that then runs but for the order of its rows.

mod fault;
mod order;
mod output;
mod session;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use datafusion::execution::context::SessionContext;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::parser::{DFParserBuilder, Statement};
use datafusion::sql::sqlparser::ast::{Statement as SqlStatement, TableFactor, Visit, Visitor};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};

use crate::guard::{self, Level, Refusal, Rule};

pub use fault::{Invalid, QueryError};
pub use output::{Column, QUERY_SCHEMA, QueryResult};

/// A table the question may name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryTable {
    /// Its name in SQL.
    pub name: String,
    /// Whose rows it holds.
    pub level: Level,
    /// The file that [`link`](crate::link) wrote, or for a reference table the one that [`import`](crate::import) wrote.
    pub file: PathBuf,
}

/// What a question may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueryOptions {
    /// Worker threads and partitions; 0 counts as 1.
    pub threads: usize,
    /// Bytes of memory for the operators of the plan.
    pub memory: u64,
}

/// Longest statement, in bytes.
pub const MAX_SQL: usize = 32 * 1024;

/// Most operators and joins of a statement. Each can be a level of the plan, and plans are walked by recursion.
pub const MAX_OPERATORS: usize = 1000;

/// Stack of the threads that plan and run, enough for a plan as deep as the two limits allow. It is address space; what
/// isn't needed is never touched.
const STACK: usize = 512 * 1024 * 1024;

/// Answers `sql`, or says why not.
pub fn query(
    sql: &str,
    tables: &[QueryTable],
    options: QueryOptions,
) -> Result<QueryResult, QueryError> {
    on_workers(options, answer(sql.to_owned(), tables.to_vec(), options))
}

/// Plans `sql` and asks the guard, without running it.
pub fn check(sql: &str, tables: &[QueryTable], options: QueryOptions) -> Result<(), QueryError> {
    let (sql, tables) = (sql.to_owned(), tables.to_vec());
    on_workers(options, async move {
        plan(&sql, &tables, options).await.map(|_| ())
    })
}

/// Runs `work` on threads of its own, which end with it.
fn on_workers<T: Send + 'static>(
    options: QueryOptions,
    work: impl Future<Output = Result<T, QueryError>> + Send + 'static,
) -> Result<T, QueryError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(options.threads.max(1))
        .thread_stack_size(STACK)
        .thread_name("query")
        .enable_all()
        .build()
        .map_err(|source| QueryError::Runtime { source })?;
    // Spawned, so that planning has a worker's stack too.
    let ended = runtime.block_on(runtime.spawn(work));
    ended.unwrap_or(Err(QueryError::Internal))
}

async fn answer(
    sql: String,
    tables: Vec<QueryTable>,
    options: QueryOptions,
) -> Result<QueryResult, QueryError> {
    let (context, plan) = plan(&sql, &tables, options).await?;
    let failed = |error| QueryError::of(error, options);
    let frame = context.execute_logical_plan(plan).await.map_err(failed)?;
    let schema = Arc::clone(frame.schema().inner());
    let batches = frame.collect().await.map_err(failed)?;
    Ok(QueryResult::new(schema, batches))
}

/// The plan of `sql`, let through by the guard, and the session it belongs to.
async fn plan(
    sql: &str,
    tables: &[QueryTable],
    options: QueryOptions,
) -> Result<(SessionContext, LogicalPlan), QueryError> {
    let statement = one_question(sql, options)?;
    let levels: BTreeMap<String, Level> = tables
        .iter()
        .map(|table| (table.name.clone(), table.level))
        .collect();
    let context = session::open(tables, options).await?;
    let plan = context
        .state()
        .statement_to_plan(statement)
        .await
        .map_err(|error| QueryError::of(error, options))?;
    guard::check(&plan, &levels)?;
    let plan = order::settled(plan).map_err(|error| QueryError::of(error, options))?;
    Ok((context, plan))
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
