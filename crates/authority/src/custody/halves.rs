//! `authority stamp --to-issuer` at a resolver: an extract of a public database in two halves. The issuer gets subjects by
//! token and no column of data; the user gets the columns by token, and the IDs from the issuer. Each half is in the order of
//! its tokens, which are random, so that neither order says which row of the extract a row was.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, RecordBatch};
use arrow::datatypes::{Field, Schema, SchemaRef};
use renketsu_identity::KeyCheckValues;
use renketsu_seal::Card;
use renketsu_seal::package::{Counts, Custody, Draft, PackageId, PackageKind};
use renketsu_store::{Event, StampRecord, Store, Txn};
use renketsu_table::parquet::{ParquetSink, Sorting};
use renketsu_table::sort::Sorter;
use renketsu_table::{ids, schema};
use serde::Serialize;

use super::tables::{SUBJECTS, TOKEN, Token, batch, subjects_of, token, tokens_schema, unique};
use super::{
    Custodian, CustodyError, ExtractTerms, Outgoing, counterpart, publish, random_tokens,
    two_new_files, usage, veiled,
};
use crate::issue::SealedFile;
use crate::party::Authority;
use crate::provision::{self, Provision};
use crate::registration;
use crate::resolver::{Resolver, Subjects};
use crate::stamp::columns::Columns;
use crate::stamp::rows::{Asking, FoundRow, Outcomes};
use crate::stamp::{self, Memory};
use crate::verifiable::{Veil, Veiled};

/// What the resolver is told.
#[derive(Clone, Debug)]
pub struct Order {
    /// The extract, as for a stamp in one step; the columns go to its `out`.
    pub extract: stamp::Order,
    /// Where the subjects for the issuer go; nothing may be there.
    pub to_issuer: PathBuf,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Halved {
    /// The provision.
    pub provision: String,
    /// The public database.
    pub database: String,
    /// For the user.
    pub columns: SealedFile,
    /// For the issuer.
    pub subjects: SealedFile,
    /// The registry version used.
    pub registry: u64,
    /// Rows.
    pub rows: u64,
    /// Rows by outcome, as for a stamp in one step.
    pub by_outcome: BTreeMap<&'static str, u64>,
    /// Columns that were dropped, as the file orders them.
    pub dropped: Vec<String>,
    /// Key check values of the IDs to come, as the issuer stated them.
    pub kcv: KeyCheckValues,
}

/// Looks up the person of every row and seals the two halves. `progress` hears how many rows were found.
pub fn stamp(
    authority: &Authority<'_>,
    store: &mut Store,
    order: &Order,
    progress: &mut dyn FnMut(u64),
) -> Result<Halved, CustodyError> {
    let asked = &order.extract;
    two_new_files([&asked.out, &order.to_issuer])?;
    let provision = stamp::permitted(store, asked)?;
    if authority.secrets().has(Custodian::Issuer) {
        return Err(CustodyError::Whole);
    }
    let issuer = counterpart(authority, store, &provision)?;
    let user = stamp::recipient(authority, &provision)?;
    let Looked {
        registry,
        by_outcome,
        dropped,
        halves,
    } = look_up(authority, store, asked, &provision, progress)?;
    let scratch = authority.scratch()?;
    let (mut columns, mut subjects) = (Draft::new(&scratch), Draft::new(&scratch));
    let rows = halves.columns.write(&mut columns, &asked.table)?;
    halves.subjects.write(&mut subjects, SUBJECTS)?;

    let log = store.give_head(authority.keys())?;
    let transaction = store.begin_checked()?;
    provision::still_open(&transaction, &provision)?;
    let holder = [Custodian::Resolver];
    usage::note(authority, &transaction, &provision, &holder, "stamp")?;
    let terms = ExtractTerms {
        database: asked.database.clone(),
        approval: asked.approval.trim().to_owned(),
        purpose: asked.purpose.clone(),
    };
    let outgoing = |kind, recipient, sequence, about: Option<(PackageId, String)>| {
        let (in_reply_to, sha256) = about.unzip();
        Outgoing {
            log: log.clone(),
            kind,
            recipient,
            sequence,
            in_reply_to,
            custody: Some(Custody {
                resolver: authority.keys().card().fingerprint(),
                issuer: issuer.fingerprint(),
                registry,
                sha256,
            }),
            expires: asked.expires,
            fee_notice: None,
            extract: Some(terms.clone()),
        }
    };
    let next = |card: &Card| transaction.next_sequence(&card.fingerprint().to_hex());
    let to_user = outgoing(PackageKind::Columns, user, next(user)?, None);
    let columns = to_user.prepare(authority, &provision, columns, &asked.out)?;
    let about = columns.receipt();
    let about = (about.package_id, about.sha256.clone());
    let to_issuer = outgoing(PackageKind::Subjects, issuer, next(issuer)?, Some(about));
    let subjects = to_issuer.prepare(authority, &provision, subjects, &order.to_issuer)?;
    let halved = Halved {
        provision: provision.code.as_str().to_owned(),
        database: asked.database.clone(),
        columns: columns.receipt().clone().into(),
        subjects: subjects.receipt().clone().into(),
        registry,
        rows,
        by_outcome,
        dropped,
        kcv: provision.terms.kcv,
    };
    to_user.note(authority, &provision, &transaction, &halved.columns)?;
    to_issuer.note(authority, &provision, &transaction, &halved.subjects)?;
    record(authority, transaction, &halved, &terms)?;
    publish(columns, &halved.columns.package)?;
    publish(subjects, &halved.columns.package)?;
    Ok(halved)
}

/// The extract after the look-up.
struct Looked {
    registry: u64,
    by_outcome: Outcomes,
    dropped: Vec<String>,
    halves: Halves,
}

fn look_up(
    authority: &Authority<'_>,
    store: &Store,
    order: &stamp::Order,
    provision: &Provision,
    progress: &mut dyn FnMut(u64),
) -> Result<Looked, CustodyError> {
    let extract = stamp::open(order)?;
    let mut columns = Columns::of(order, &extract)?;
    let (version, registry) = registration::of_provision(authority, store, &provision.code)?;
    let keys = usage::resolver_keys(authority, provision)?;
    let memory = Memory::of(order.memory);
    let scratch = authority.scratch()?;
    let veil = Veil::of(provision, &keys);
    let past_issuer = veil.iter().flat_map(|_| veiled::past_issuer());
    let mut halves = Halves {
        columns: Half::new(
            [token(), unique()]
                .into_iter()
                .chain(past_issuer)
                .chain(columns.fields(&extract)),
            memory.sort,
            &scratch,
        ),
        subjects: Half::of(
            tokens_schema(provision.terms.kana_mode),
            memory.distinct,
            &scratch,
        ),
    };
    halves
        .columns
        .begin(&mut Draft::new(&scratch), &order.table)?;
    let asking = Asking {
        extract: &extract,
        persons: &order.persons,
        resolver: &Resolver::new(&registry, &keys, authority.today()),
        today: authority.today(),
        memory: memory.look_up,
    };
    let by_outcome = asking.each(&mut columns, progress, &mut |columns, batch, found| {
        halves.push(veil.as_ref(), columns, batch, &found)
    })?;
    columns.judge(&extract)?;
    Ok(Looked {
        registry: version,
        by_outcome,
        dropped: columns.into_dropped(),
        halves,
    })
}

/// What goes to the user and what goes to the issuer.
struct Halves {
    columns: Half,
    subjects: Half,
}

impl Halves {
    /// Parts rows under fresh tokens.
    fn push(
        &mut self,
        veil: Option<&Veil<'_>>,
        columns: &Columns,
        rows: &RecordBatch,
        found: &[FoundRow],
    ) -> Result<(), CustodyError> {
        let tokens: Vec<Token> = random_tokens(found.len())?;
        let tokens = ids::array::<16>(tokens.into_iter().map(Some));
        let unique: BooleanArray = found.iter().map(|row| row.kana_unique).collect();
        let subjects: Vec<&Subjects> = found.iter().map(|row| &row.subjects).collect();
        let mut to_user: Vec<ArrayRef> = vec![Arc::clone(&tokens), Arc::new(unique)];
        let mut to_issuer = vec![tokens];
        match veil {
            None => to_issuer.extend(subjects_of(&subjects)),
            Some(veil) => {
                let made = veil.over(&subjects)?;
                let made: Vec<Option<&Veiled>> = made.iter().map(Option::as_ref).collect();
                to_user.extend(veiled::shown(&made));
                to_issuer.extend(veiled::hidden(&subjects, &made));
            }
        }
        to_user.extend(columns.values(rows));
        self.columns.push(to_user)?;
        self.subjects.push(to_issuer)
    }
}

/// Rows of one of the two, in any order until they are written in that of their tokens.
struct Half {
    schema: SchemaRef,
    sorter: Sorter,
}

impl Half {
    fn new(fields: impl Iterator<Item = Field>, memory: usize, scratch: &std::path::Path) -> Self {
        let schema = Schema::new(fields.collect::<Vec<_>>());
        Self::of(Arc::new(schema), memory, scratch)
    }

    fn of(schema: SchemaRef, memory: usize, scratch: &std::path::Path) -> Self {
        let sorter = Sorter::new(Arc::clone(&schema), memory, scratch);
        Self { schema, sorter }
    }

    /// Refuses a name or columns that cannot travel before any row is read.
    fn begin(&self, draft: &mut Draft, table: &str) -> Result<(), CustodyError> {
        let target = draft.table(table, schema::to_json(&self.schema)?)?;
        ParquetSink::create(target, &self.schema, &Sorting::none())?;
        Ok(())
    }

    fn push(&mut self, columns: Vec<ArrayRef>) -> Result<(), CustodyError> {
        let rows = batch(&self.schema, columns)?;
        Ok(self.sorter.push(rows)?)
    }

    fn write(self, draft: &mut Draft, table: &str) -> Result<u64, CustodyError> {
        let target = draft.table(table, schema::to_json(&self.schema)?)?;
        let mut sink = ParquetSink::create(target, &self.schema, &Sorting::by(&[TOKEN]))?;
        for batch in self.sorter.finish()? {
            sink.write(&batch?)?;
        }
        let written = sink.finish()?;
        written.target.finish(Counts {
            rows: written.rows,
            ..Counts::default()
        })?;
        Ok(written.rows)
    }
}

fn record(
    authority: &Authority<'_>,
    transaction: Txn<'_>,
    halved: &Halved,
    terms: &ExtractTerms,
) -> Result<(), CustodyError> {
    let counts = serde_json::to_value(&halved.by_outcome)
        .map_err(|_| CustodyError::Broken("counts are JSON"))?;
    let at = authority.now();
    let event = Event::new("provision.stamp_resolved", &halved.provision, at)
        .with("database", terms.database.as_str())
        .with("approval", terms.approval.as_str())
        .with("columns", halved.columns.package.as_str())
        .with("columns_sha256", halved.columns.sha256.as_str())
        .with("subjects", halved.subjects.package.as_str())
        .with("subjects_sha256", halved.subjects.sha256.as_str())
        .with("registry", halved.registry)
        .with("dropped", halved.dropped.clone())
        .with("counts", counts.clone());
    transaction.stamp(&StampRecord {
        extract: halved.columns.package.clone(),
        provision: halved.provision.clone(),
        database: terms.database.clone(),
        approval: terms.approval.clone(),
        registry: halved.registry,
        counts,
        extract_sha256: halved.columns.sha256.clone(),
        stamped_at: at,
    })?;
    transaction.pin_registry(&halved.provision, halved.registry, at)?;
    Ok(transaction.commit(&event)?)
}
