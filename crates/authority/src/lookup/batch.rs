//! Many rows looked up at once: the registry is read in its own order, each block of it once.

use renketsu_identity::{InsuredNumber, Triple};

use super::{Asked, AskedNumber, Reason, Status};
use crate::field::Field;
use crate::registry::{
    Broken, Day, PersonIndex, PersonView, ReadError, Registry, RowView, Shared, kana_bytes,
    loose_hash, same_loose, triple_hash,
};
use renketsu_identity::Reject;

/// What a person's row of an answer is made from.
pub(crate) struct Found<'f> {
    /// The first number as the registry holds it, if it is hers alone.
    pub(crate) number: Option<&'f InsuredNumber>,
    /// The triple that the `kana_id` is made from.
    pub(crate) triple: Option<&'f Triple>,
}

/// How a row is answered, and what `make` made of the person found.
pub(crate) struct Answer<T> {
    pub(crate) status: Status,
    pub(crate) reason: Option<Reason>,
    pub(crate) made: T,
    /// Whether exactly one registered person ever had the triple of the `kana_id`; `None` where there is none.
    pub(crate) unique: Option<bool>,
}

/// The three routes of a number, in their order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Route {
    Exact,
    WithoutBranch,
    Loose,
    None,
}

/// What is known of a row while the registry is read.
struct State<T> {
    route: Route,
    /// Agreeing persons on that route, up to two.
    agreeing: u8,
    /// What was made of the last of them.
    made: Option<T>,
    /// The triple asked for is one of hers.
    own: bool,
    /// Her triple, if somebody else has one of hers.
    shared: Option<u128>,
    /// Holders of the triple asked for, up to two.
    holders: u8,
    /// Holders of `shared`, up to two.
    sharers: u8,
}

impl<T> State<T> {
    fn new() -> Self {
        Self {
            route: Route::None,
            agreeing: 0,
            made: None,
            own: false,
            shared: None,
            holders: 0,
            sharers: 0,
        }
    }
}

/// Looks many rows up at once: all numbers, then all persons found, then the triples that have to be counted.
pub(crate) fn look_up<T: Default>(
    registry: &Registry,
    asked: &[Asked],
    mut make: impl FnMut(&Found<'_>) -> T,
) -> Result<Vec<Answer<T>>, ReadError> {
    let mut states: Vec<State<T>> = asked.iter().map(|_| State::new()).collect();
    let mut hits = by_number(registry, asked)?;
    registry.read(&mut hits, |_, person, shared, row| {
        let place = usize::try_from(row).map_err(|_| Broken("row"))?;
        let (Some(asked), Some(state)) = (asked.get(place), states.get_mut(place)) else {
            return Err(Broken("row").into());
        };
        meet(state, asked, person, shared, &mut make)
    })?;
    count_triples(registry, asked, &mut states)?;
    asked
        .iter()
        .zip(states)
        .map(|(asked, state)| Ok(answer(asked, state, &mut make)))
        .collect()
}

/// Every person that may have the number of a row.
fn by_number(registry: &Registry, asked: &[Asked]) -> Result<Vec<(PersonIndex, u32)>, ReadError> {
    let mut wanted: Vec<(u64, u32)> = Vec::with_capacity(asked.len());
    for (row, asked) in (0..).zip(asked) {
        if let AskedNumber::Valid(number) = &asked.number {
            let insurer = insurer(number)?;
            let (symbol, text) = (number.symbol.as_str(), number.number.as_str());
            wanted.push((loose_hash(insurer, symbol.as_bytes(), text.as_bytes()), row));
        }
    }
    wanted.sort_unstable();
    let mut hits = Vec::with_capacity(wanted.len());
    registry.numbers(&wanted, |person, row| hits.push((person, row)))?;
    Ok(hits)
}

fn insurer(number: &InsuredNumber) -> Result<u32, Broken> {
    number
        .insurer
        .as_str()
        .parse()
        .map_err(|_| Broken("insurer"))
}

/// Holds a candidate to what was asked.
fn meet<T>(
    state: &mut State<T>,
    asked: &Asked,
    person: &PersonView<'_>,
    shared: Shared,
    make: &mut impl FnMut(&Found<'_>) -> T,
) -> Result<(), ReadError> {
    let AskedNumber::Valid(number) = &asked.number else {
        return Ok(());
    };
    let route = route(number, insurer(number)?, asked.period, person);
    if route == Route::None || route > state.route {
        return Ok(());
    }
    if route < state.route {
        *state = State {
            route,
            ..State::new()
        };
    }
    let agrees = asked
        .birth
        .as_ref()
        .is_none_or(|birth| Day::of(birth.date()) == person.birth)
        && asked.sex.is_none_or(|sex| sex == person.sex);
    if !agrees {
        return Ok(());
    }
    state.agreeing = state.agreeing.saturating_add(1).min(2);
    if state.agreeing > 1 {
        return Ok(());
    }
    state.own = match &asked.triple {
        Ok(triple) => {
            let mut kana = Vec::with_capacity(32);
            kana_bytes(triple.kana.as_str(), &mut kana).ok_or(Broken("kana"))?;
            Day::of(triple.birth.date()) == person.birth
                && triple.sex == person.sex
                && person.rows().any(|row| *row.kana == *kana)
        }
        Err(_) => true,
    };
    let (made, held) = of_person(person, shared, asked.period, make)?;
    state.made = Some(made);
    state.shared = held;
    Ok(())
}

/// What `make` makes of a person, and her triple if its holders have to be counted. Answers and stamps both come
/// through here, so that they can't differ.
fn of_person<T>(
    person: &PersonView<'_>,
    shared: Shared,
    period: Option<(Day, Day)>,
    make: &mut impl FnMut(&Found<'_>) -> T,
) -> Result<(T, Option<u128>), ReadError> {
    let first = if shared.first {
        None
    } else {
        person.first_number()
    };
    let number = first.map(|first| first.number()).transpose()?;
    let row = person.row_at(period).ok_or(Broken("person"))?;
    let triple = person.triple(row.kana)?;
    let made = make(&Found {
        number: number.as_ref(),
        triple: Some(&triple),
    });
    let held = shared
        .triple
        .then(|| triple_hash(row.kana, person.birth, person.sex));
    Ok((made, held))
}

/// The first of the three routes on which a row of the person, valid on the days asked for, has the number.
fn route(
    number: &InsuredNumber,
    insurer: u32,
    period: Option<(Day, Day)>,
    person: &PersonView<'_>,
) -> Route {
    let (symbol, text) = (
        number.symbol.as_str().as_bytes(),
        number.number.as_str().as_bytes(),
    );
    let branch = number
        .branch
        .as_str()
        .parse()
        .map_or(0, |digits: u8| digits.saturating_add(1));
    let of_row = |row: RowView<'_>| {
        if row.insurer != insurer || period.is_some_and(|(first, last)| !row.overlaps(first, last))
        {
            return Route::None;
        }
        let exact = row.symbol == symbol && row.number == text;
        if !exact && !same_loose((row.symbol, row.number), (symbol, text)) {
            return Route::None;
        }
        let equal = row.branch == branch;
        let one_empty = (row.branch == 0) != (branch == 0);
        match (exact, equal, one_empty) {
            (true, true, _) => Route::Exact,
            (true, false, true) => Route::WithoutBranch,
            (false, true, _) | (false, false, true) => Route::Loose,
            (_, false, false) => Route::None,
        }
    };
    person.rows().map(of_row).min().unwrap_or(Route::None)
}

/// Counts the holders of every triple that an answer depends on.
fn count_triples<T>(
    registry: &Registry,
    asked: &[Asked],
    states: &mut [State<T>],
) -> Result<(), ReadError> {
    /// Says that a row asks for the holders of the triple it shows, not of the person's.
    const ASKED: u32 = 1 << 31;
    let mut wanted: Vec<(u128, u32)> = Vec::new();
    for (row, (asked, state)) in (0_u32..).zip(asked.iter().zip(&*states)) {
        if row & ASKED != 0 {
            return Err(Broken("row").into());
        }
        let foreign = state.agreeing == 1 && !state.own;
        if let Ok(triple) = &asked.triple
            && (state.route == Route::None || foreign)
        {
            let mut kana = Vec::with_capacity(32);
            kana_bytes(triple.kana.as_str(), &mut kana).ok_or(Broken("kana"))?;
            let hash = triple_hash(&kana, Day::of(triple.birth.date()), triple.sex);
            wanted.push((hash, row | ASKED));
        }
        if let Some(hash) = state.shared.filter(|_| state.agreeing == 1) {
            wanted.push((hash, row));
        }
    }
    wanted.sort_unstable();
    registry.triples(&wanted, |_, row| {
        let place = usize::try_from(row & !ASKED).ok();
        if let Some(state) = place.and_then(|place| states.get_mut(place)) {
            let count = if row & ASKED == 0 {
                &mut state.sharers
            } else {
                &mut state.holders
            };
            *count = count.saturating_add(1).min(2);
        }
    })
}

fn answer<T: Default>(
    asked: &Asked,
    state: State<T>,
    make: &mut impl FnMut(&Found<'_>) -> T,
) -> Answer<T> {
    let without_id = |status| Answer {
        status,
        reason: None,
        made: T::default(),
        unique: None,
    };
    let status = match state.route {
        Route::Exact => Status::Number,
        Route::WithoutBranch | Route::Loose => Status::NumberLoose,
        Route::None => {
            let reason = match &asked.number {
                AskedNumber::Valid(_) => Reason::NumberNotFound,
                AskedNumber::Invalid(field, reject) => Reason::Rejected(*field, *reject),
                AskedNumber::Absent => Reason::NumberAbsent,
            };
            return by_triple(&asked.triple, state.holders, reason, make);
        }
    };
    match (state.agreeing, state.made) {
        (1, Some(_)) if !state.own && state.holders > 0 => without_id(Status::Conflict),
        (1, Some(made)) => Answer {
            status,
            reason: None,
            made,
            unique: Some(state.shared.is_none() || state.sharers == 1),
        },
        (0, _) => without_id(Status::Conflict),
        (_, _) => without_id(Status::NumberAmbiguous),
    }
}

fn by_triple<T: Default>(
    triple: &Result<Triple, Option<(Field, Reject)>>,
    holders: u8,
    reason: Reason,
    make: &mut impl FnMut(&Found<'_>) -> T,
) -> Answer<T> {
    let invalid = matches!(reason, Reason::Rejected(..));
    match triple {
        Ok(triple) => {
            let status = match holders {
                0 if invalid => Status::Invalid,
                0 => Status::NotFound,
                1 => Status::Kana,
                _ => Status::KanaAmbiguous,
            };
            Answer {
                status,
                reason: Some(reason),
                made: make(&Found {
                    number: None,
                    triple: Some(triple),
                }),
                unique: Some(holders == 1),
            }
        }
        Err(rejected) => {
            let absent = reason == Reason::NumberAbsent;
            let status = if invalid || absent {
                Status::Invalid
            } else {
                Status::NotFound
            };
            // Without a number the triple was all there was, so it is what the producer can mend.
            let reason = match rejected {
                Some((field, reject)) if absent => Reason::Rejected(*field, *reject),
                _ => reason,
            };
            Answer {
                status,
                reason: Some(reason),
                made: T::default(),
                unique: None,
            }
        }
    }
}

/// What `make` makes of the person with each of these keys, as a look-up by number would find her on the days given,
/// and whether nobody else ever had her triple; `None` for a key that is not registered.
pub(crate) fn by_key<T>(
    registry: &Registry,
    asked: &[(&str, Option<(Day, Day)>)],
    mut make: impl FnMut(&Found<'_>) -> T,
) -> Result<Vec<Option<(T, bool)>>, ReadError> {
    let mut order: Vec<(&[u8], u32)> = (0..)
        .zip(asked)
        .map(|(row, (key, _))| (key.as_bytes(), row))
        .collect();
    order.sort_unstable();
    let keys: Vec<&[u8]> = order.iter().map(|(key, _)| *key).collect();
    let mut hits: Vec<(PersonIndex, u32)> = registry
        .find(&keys)?
        .into_iter()
        .zip(&order)
        .filter_map(|(person, (_, row))| Some((person?, *row)))
        .collect();
    let mut found: Vec<Option<(T, bool)>> = asked.iter().map(|_| None).collect();
    let mut wanted: Vec<(u128, u32)> = Vec::new();
    registry.read(&mut hits, |_, person, shared, row| {
        let place = usize::try_from(row).map_err(|_| Broken("row"))?;
        let (Some((_, period)), Some(found)) = (asked.get(place), found.get_mut(place)) else {
            return Err(Broken("row").into());
        };
        let (made, held) = of_person(person, shared, *period, &mut make)?;
        wanted.extend(held.map(|hash| (hash, row)));
        *found = Some((made, true));
        Ok(())
    })?;
    wanted.sort_unstable();
    let mut counts: Vec<u8> = asked.iter().map(|_| 0).collect();
    registry.triples(&wanted, |_, row| {
        let count = usize::try_from(row)
            .ok()
            .and_then(|row| counts.get_mut(row));
        if let Some(count) = count {
            *count = count.saturating_add(1).min(2);
        }
    })?;
    for (found, count) in found.iter_mut().zip(counts) {
        if let Some((_, unique)) = found {
            *unique = count < 2;
        }
    }
    Ok(found)
}
