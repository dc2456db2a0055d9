//! What each command does: it reads its arguments, calls one use case, and says what came of it.

mod authority;
mod backup;
mod check;
mod conformance;
mod controls;
mod custody;
mod document;
mod fee;
mod key_token;
mod log;
mod party;
mod passing;
mod producer;
mod received;
mod record;
mod registry;
mod removal;
mod remove;
mod service;
mod state;
mod study;
mod vault;
mod web;

pub(crate) use web::demonstrate;

use crate::args::{
    Authority, AuthorityKeys, Cohort, Command, Keys, Log, LogWitness, Producer, Provision,
    Registry, Remove, State, Study, Trust, Vault,
};
use crate::failure::Failure;
use crate::language::Messages;
use crate::session::Session;

/// Carries out one command.
pub(crate) fn run(session: &mut Session<'_>, command: Command) -> Result<(), Failure> {
    // The demo runs one after another in one session.
    session.proven = None;
    match command {
        Command::Init(args) => party::init(session, &args),
        Command::Serve(args) => web::serve(session, &args),
        Command::Keys(Keys::Show(args)) => party::show(session, &args),
        Command::Trust(Trust::Add(args)) => party::trust(session, &args),
        Command::Trust(Trust::List(args)) => party::list(session, &args),
        Command::Trust(Trust::Remove(args)) => party::distrust(session, &args),
        Command::Producer(command) => match command {
            Producer::Authority(command) => service::producer_authority(session, &command),
            Producer::Send(args) => service::send(session, &args),
            Producer::Tls(command) => service::producer_tls(session, &command),
            Producer::Certify(args) => producer::certify(session, &args),
            Producer::Request(args) => producer::request(session, &args),
            Producer::Attach(args) => producer::attach(session, &args),
            Producer::Check(args) => check::check(session, &args),
            Producer::Remove(Remove::Request(args)) => remove::request(session, &args),
            Producer::Remove(Remove::Deliver(args)) => remove::deliver(session, &args),
            Producer::Deliver(args) => producer::deliver(session, &args),
            Producer::Fees(asked) => passing::fees(session, asked),
            Producer::Cover(args) => passing::cover(session, &args),
            Producer::Status(args) => producer::status(session, &args),
        },
        Command::Authority(command) => match command {
            Authority::Serve(args) => service::serve(session, &args),
            Authority::Requests(command) => service::requests(session, &command),
            Authority::Tls(command) => service::authority_tls(session, &command),
            Authority::Init(args) => custody::init(session, &args),
            Authority::Provision(Provision::Open(args)) => authority::open(session, &args),
            Authority::Provision(Provision::List(args)) => authority::list(session, &args),
            Authority::Provision(Provision::Record(args)) => document::closing(session, &args),
            Authority::Provision(Provision::Hand(args)) => custody::hand(session, &args),
            Authority::Provision(Provision::Take(args)) => custody::take(session, &args),
            Authority::Provision(Provision::Amend(args)) => controls::amend(session, &args),
            Authority::Provision(Provision::Dismiss(args)) => controls::dismiss(session, &args),
            Authority::Provision(Provision::Close(args)) => controls::close(session, &args),
            Authority::Status(args) => controls::status(session, &args),
            Authority::Registry(work) => run_registry(session, work),
            Authority::Issue(args) => custody::issue(session, &args),
            Authority::Keys(AuthorityKeys::Rotate(args)) => custody::rotate(session, &args),
            Authority::Keys(AuthorityKeys::Status(args)) => custody::status(session, &args),
            Authority::Token(command) => key_token::run(session, &command),
            Authority::Resolve(args) => custody::resolve(session, &args),
            Authority::Stamp(args) => authority::stamp(session, &args),
            Authority::Application(asked) => fee::application(session, asked),
            Authority::Delegation(asked) => fee::delegation(session, asked),
            Authority::Meter(asked) => fee::meter(session, asked),
            Authority::Fee(asked) => fee::fee(session, asked),
            Authority::Forward(args) => passing::forward(session, &args),
        },
        Command::Study(command) => match command {
            Study::Create(args) => study::create(session, &args),
            Study::Import(args) => study::import(session, &args),
            Study::RemovePersons(args) => removal::take(session, &args),
            Study::Link(args) => study::link(session, &args),
            Study::Query(args) => study::ask::query(session, &args),
            Study::Enter(args) => study::door::enter(session, &args),
            Study::Cohort(Cohort::Save(args)) => study::ask::save_cohort(session, &args),
            Study::Cohort(Cohort::List(args)) => study::ask::cohorts(session, &args),
            Study::ApproveReference(args) => study::keep::approve(session, &args),
            Study::Rows(args) => study::keep::rows(session, &args),
            Study::Verify(args) => study::keep::verify(session, &args),
            Study::Volume(args) => study::volume::volume(session, &args),
            Study::List(args) => study::list::list(session, &args),
        },
        Command::Vault(Vault::Show(args)) => vault::show(session, &args),
        Command::Vault(Vault::Rewrap(args)) => vault::rewrap(session, &args),
        Command::State(State::Check(args)) => state::check(session, &args),
        Command::State(State::Confirm(args)) => state::confirm(session, &args),
        Command::State(State::Adopt(args)) => state::adopt(session, &args),
        Command::Record(args) => record::show(session, &args),
        Command::Backup(args) => backup::make(session, &args),
        Command::Restore(args) => backup::restore(session, &args),
        Command::Log(work) => run_log(session, work),
        Command::Conformance(args) => conformance::check(session, &args),
    }
}

/// Columns with what they seem to hold (the stable word of it), in the reader's words.
fn identifying<'a>(
    messages: &Messages,
    columns: impl Iterator<Item = (&'a str, &'a str)>,
) -> String {
    let words: Vec<String> = columns
        .map(|(column, reason)| {
            let reason = messages.text(&format!("identifying-{reason}"));
            let column = column.to_owned();
            messages.with("attach-column", &[("column", column), ("reason", reason)])
        })
        .collect();
    words.join(&messages.text("attach-columns-between"))
}

fn run_log(session: &mut Session<'_>, work: Log) -> Result<(), Failure> {
    match work {
        Log::Checkpoint(args) => log::checkpoint(session, &args),
        Log::Verify(args) => log::verify(session, &args),
        Log::Export(args) => log::export(session, &args),
        Log::Take(args) => log::take(session, &args),
        Log::Sheet(args) => log::sheet(session, &args),
        Log::Received(args) => received::received(session, &args),
        Log::Heartbeat(args) => log::heartbeat(session, &args),
        Log::Erase(args) => log::erase(session, &args),
        Log::Witness(LogWitness::Init(args)) => log::witness_init(session, &args),
        Log::Witness(LogWitness::Show(args)) => log::witness_show(session, &args),
        Log::Witness(LogWitness::Sign(args)) => log::witness_sign(session, &args),
    }
}

fn run_registry(session: &mut Session<'_>, work: Registry) -> Result<(), Failure> {
    match work {
        Registry::Load(args) => authority::load(session, &args),
        Registry::Update(args) => registry::update(session, &args),
        Registry::List(args) => registry::list(session, &args),
        Registry::Changes(args) => registry::changes(session, &args),
        Registry::Adopt(args) => registry::adopt(session, &args),
        Registry::Compact(args) => registry::compact(session, &args),
        Registry::Prune(args) => registry::prune(session, &args),
    }
}
