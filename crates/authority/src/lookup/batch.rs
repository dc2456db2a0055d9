//! Many rows looked up at once: the registry is read in its own order, each block of it once.

use renketsu_identity::{NumberParts, TripleParts};
use zeroize::Zeroizing;

use super::asked::{AskedNumber, AskedRow, AskedTriple, Batch};
use super::{Reason, Status};
use crate::order::in_order;
use crate::registry::{
    Broken, Day, Insured, Meeting, PersonIndex, PersonView, ReadError, Registry, RowView, Shared,
    Shown, loose_hash, same_loose, triple_hash,
};

/// What a person's row of an answer is made from.
pub(crate) struct Found<'f> {
    /// The first number as the registry holds it, if it is hers alone.
    pub(crate) number: Option<NumberParts<'f>>,
    /// The triple that the `kana_id` is made from.
    pub(crate) triple: Option<TripleParts<'f>>,
}

/// How a row is answered.
pub(crate) struct Answer {
    pub(crate) status: Status,
    pub(crate) reason: Option<Reason>,
    /// Which of [`Told::made`] was made of the person found.
    pub(crate) made: Option<u32>,
    /// Whether exactly one registered person ever had the triple of the `kana_id`; `None` where there is none.
    pub(crate) unique: Option<bool>,
}

/// Whether rows that are answered by the same have one of it together.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Making {
    /// For each row one of its own.
    ByRow,
    /// Rows of one person and one name together.
    ByPerson,
}

/// Answers in the order of the rows, and what was made of the persons found.
pub(crate) struct Told<T> {
    pub(crate) rows: Vec<Answer>,
    /// Some of them may be nobody's: of a person met before another that was better.
    pub(crate) made: T,
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
#[derive(Clone, Copy)]
struct State {
    /// The last agreeing person.
    person: PersonIndex,
    /// What was made of her.
    made: u32,
    route: Route,
    /// Agreeing persons on that route, up to two.
    agreeing: u8,
    /// The triple asked for is one of hers.
    own: bool,
    /// Somebody else has a triple of hers: its holders are to be counted.
    shared: bool,
    /// Holders of the triple asked for, up to two.
    holders: u8,
    /// Holders of hers, up to two.
    sharers: u8,
}

impl State {
    const NEW: Self = Self {
        person: PersonIndex::NONE,
        made: u32::MAX,
        route: Route::None,
        agreeing: 0,
        own: false,
        shared: false,
        holders: 0,
        sharers: 0,
    };
}

/// Makes something of each person found, if it likes of several together.
pub(crate) trait Make {
    /// All that was made.
    type Made;

    /// Makes room for so many.
    fn reserve(&mut self, persons: usize);

    /// Takes a person.
    fn take(&mut self, found: &Found<'_>);

    /// What was made, in the order in which the persons were taken.
    fn finish(self) -> Self::Made;
}

/// What is made of persons.
struct Made<M> {
    make: M,
    count: u32,
    making: Making,
    /// Of whom the last was made.
    last: PersonIndex,
    /// From which name of hers.
    kana: Zeroizing<Vec<u8>>,
}

impl<M: Make> Made<M> {
    fn new(make: M, making: Making) -> Self {
        Self {
            make,
            count: 0,
            making,
            last: PersonIndex::NONE,
            kana: Zeroizing::new(Vec::with_capacity(u8::MAX.into())),
        }
    }

    fn add(&mut self, found: &Found<'_>) -> Result<u32, Broken> {
        let place = self.count;
        self.count = place.checked_add(1).ok_or(Broken("row"))?;
        self.make.take(found);
        Ok(place)
    }

    /// What is made of a person shown with this name. Those who want one person come one after the other.
    fn of<'f>(
        &mut self,
        index: PersonIndex,
        kana: &[u8],
        found: impl FnOnce() -> Result<Found<'f>, Broken>,
    ) -> Result<u32, Broken> {
        if self.making == Making::ByPerson {
            if index == self.last && *kana == **self.kana {
                return Ok(self.count.saturating_sub(1));
            }
            self.last = index;
            self.kana.clear();
            self.kana.extend_from_slice(kana);
        }
        self.add(&found()?)
    }
}

/// Looks many rows up at once: all numbers, then all persons found, then the triples that have to be counted.
pub(crate) fn look_up<M: Make>(
    registry: &Registry,
    batch: &Batch,
    making: Making,
    mut make: M,
) -> Result<Told<M::Made>, ReadError> {
    let mut hits = by_number(registry, batch)?;
    let mut states = vec![State::NEW; batch.len()];
    // What is made is a secret, and a vector that grows would leave it behind.
    make.reserve(hits.len().saturating_add(batch.len()));
    let mut made = Made::new(make, making);
    let mut rows = Rows {
        batch,
        states: &mut states,
        held: Vec::new(),
        made: &mut made,
    };
    registry.read(&mut hits, &mut rows)?;
    drop(hits);
    let held = rows.held;
    count_triples(registry, batch, held, &mut states)?;
    let mut rows = Vec::with_capacity(batch.len());
    for (asked, state) in batch.iter().zip(states) {
        rows.push(answer(asked?, state, &mut made)?);
    }
    Ok(Told {
        rows,
        made: made.make.finish(),
    })
}

/// The rows of a batch while persons are met.
struct Rows<'b, M> {
    batch: &'b Batch,
    states: &'b mut [State],
    /// Triples that are to be counted, of whom, and in which row.
    held: Vec<(u128, PersonIndex, u32)>,
    made: &'b mut Made<M>,
}

impl<M: Make> Meeting for Rows<'_, M> {
    #[inline]
    fn near(&mut self, row: u32) {
        let place = usize::try_from(row).unwrap_or(usize::MAX);
        let state = self.states.get(place).map(|state| state.route);
        std::hint::black_box((state, self.batch.near(place)));
    }

    #[inline]
    fn meet(
        &mut self,
        index: PersonIndex,
        person: &PersonView<'_>,
        shared: Shared,
        row: u32,
    ) -> Result<(), ReadError> {
        let place = usize::try_from(row).map_err(|_| Broken("row"))?;
        let (Some(asked), Some(state)) = (self.batch.get(place), self.states.get_mut(place)) else {
            return Err(Broken("row").into());
        };
        if let Some(triple) = meet(state, asked, (index, person), shared, self.made)? {
            self.held.push((triple, index, row));
        }
        Ok(())
    }
}

/// Every person that may have the number of a row.
fn by_number(registry: &Registry, batch: &Batch) -> Result<Vec<(PersonIndex, u32)>, ReadError> {
    if u32::try_from(batch.len()).is_ok_and(|rows| rows & ASKED == 0) {
        let mut wanted: Vec<(u64, u32)> = Vec::with_capacity(batch.len());
        for (row, asked) in (0..).zip(batch.iter()) {
            let asked = asked?;
            if asked.is_numbered() {
                let (insurer, symbol, number, _) = asked.insured();
                wanted.push((loose_hash(insurer, symbol, number), row));
            }
        }
        // One number of 96 bits is compared without a branch.
        in_order(&mut wanted, |(hash, row)| {
            (u128::from(*hash) << 32) | u128::from(*row)
        });
        let mut hits = Vec::with_capacity(wanted.len());
        registry.numbers(&wanted, |person, row| hits.push((person, row)))?;
        Ok(hits)
    } else {
        Err(Broken("row").into())
    }
}

/// Holds a candidate to what was asked. The triple is hers and is to be counted, if nobody better comes.
fn meet<M: Make>(
    state: &mut State,
    asked: AskedRow<'_>,
    (index, person): (PersonIndex, &PersonView<'_>),
    shared: Shared,
    made: &mut Made<M>,
) -> Result<Option<u128>, ReadError> {
    let (mut route, mut own) = (Route::None, !asked.has_triple());
    let shown = person.shown(asked.period(), |row, valid| {
        if valid && row.insurer == asked.insured().0 {
            route = route.min(of_row(asked.insured(), row));
        }
        own = own || *row.kana == *asked.kana;
    });
    if route == Route::None || route > state.route {
        return Ok(None);
    }
    if route < state.route {
        *state = State {
            route,
            ..State::NEW
        };
    }
    let agrees = asked.birth().is_none_or(|birth| birth == person.birth)
        && asked.sex().is_none_or(|sex| sex == person.sex);
    if !agrees {
        return Ok(None);
    }
    state.agreeing = state.agreeing.saturating_add(1).min(2);
    if state.agreeing > 1 {
        return Ok(None);
    }
    // Birth date and sex of a valid triple are given, so that they agree.
    state.own = own;
    let shown = shown.ok_or(Broken("person"))?;
    state.made = made.of(index, shown.kana, || of_person(person, shared, &shown))?;
    (state.person, state.shared) = (index, shared.triple);
    Ok(held(person, shared, shown.kana))
}

/// What a person is answered with. Answers and stamps both come through here, so that they can't differ.
#[inline]
fn of_person<'p>(
    person: &PersonView<'p>,
    shared: Shared,
    shown: &Shown<'p>,
) -> Result<Found<'p>, Broken> {
    let first = shown.first.as_ref().filter(|_| !shared.first);
    Ok(Found {
        number: first.map(RowView::parts).transpose()?,
        triple: Some(person.parts(shown.kana)?),
    })
}

/// Her triple, if its holders have to be counted.
fn held(person: &PersonView<'_>, shared: Shared, kana: &[u8]) -> Option<u128> {
    shared
        .triple
        .then(|| triple_hash(kana, person.birth, person.sex))
}

/// On which of the three routes a row of the insurer has the number.
#[inline]
fn of_row((_, symbol, number, branch): Insured<'_>, row: &RowView<'_>) -> Route {
    let exact = row.symbol == symbol && row.number == number;
    if !exact && !same_loose((row.symbol, row.number), (symbol, number)) {
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
}

/// In a row's number: it asks for the holders of the triple it shows, not of the person's.
const ASKED: u32 = 1 << 31;

/// Counts the holders of every triple that an answer depends on; `held` are those of persons met.
fn count_triples(
    registry: &Registry,
    batch: &Batch,
    held: Vec<(u128, PersonIndex, u32)>,
    states: &mut [State],
) -> Result<(), ReadError> {
    let mut wanted: Vec<(u128, u32)> = Vec::new();
    for (row, (asked, state)) in (0_u32..).zip(batch.iter().zip(&*states)) {
        let asked = asked?;
        let foreign = state.agreeing == 1 && !state.own;
        if asked.has_triple() && (state.route == Route::None || foreign) {
            let (birth, sex) = asked.born()?;
            wanted.push((triple_hash(asked.kana, birth, sex), row | ASKED));
        }
    }
    for (hash, person, row) in held {
        let state = usize::try_from(row).ok().and_then(|row| states.get(row));
        // Not of one who was met before another that is better.
        if state.is_some_and(|state| state.agreeing == 1 && state.person == person) {
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

fn answer<M: Make>(
    asked: AskedRow<'_>,
    state: State,
    made: &mut Made<M>,
) -> Result<Answer, Broken> {
    let without_id = |status| Answer {
        status,
        reason: None,
        made: None,
        unique: None,
    };
    let status = match state.route {
        Route::Exact => Status::Number,
        Route::WithoutBranch | Route::Loose => Status::NumberLoose,
        Route::None => {
            let reason = match asked.asked() {
                AskedNumber::Valid => Reason::NumberNotFound,
                AskedNumber::Invalid(field, reject) => Reason::Rejected(field, reject),
                AskedNumber::Absent => Reason::NumberAbsent,
            };
            return by_triple(asked, state.holders, reason, made);
        }
    };
    Ok(match state.agreeing {
        1 if !state.own && state.holders > 0 => without_id(Status::Conflict),
        1 => Answer {
            status,
            reason: None,
            made: Some(state.made),
            unique: Some(!state.shared || state.sharers == 1),
        },
        0 => without_id(Status::Conflict),
        _ => without_id(Status::NumberAmbiguous),
    })
}

fn by_triple<M: Make>(
    asked: AskedRow<'_>,
    holders: u8,
    reason: Reason,
    made: &mut Made<M>,
) -> Result<Answer, Broken> {
    let invalid = matches!(reason, Reason::Rejected(..));
    match asked.triple() {
        AskedTriple::Valid => {
            let status = match holders {
                0 if invalid => Status::Invalid,
                0 => Status::NotFound,
                1 => Status::Kana,
                _ => Status::KanaAmbiguous,
            };
            Ok(Answer {
                status,
                reason: Some(reason),
                made: Some(made.add(&Found {
                    number: None,
                    triple: Some(asked.parts()?),
                })?),
                unique: Some(holders == 1),
            })
        }
        AskedTriple::Missing(rejected) => {
            let absent = reason == Reason::NumberAbsent;
            let status = if invalid || absent {
                Status::Invalid
            } else {
                Status::NotFound
            };
            // Without a number the triple was all there was, so it is what the producer can mend.
            let reason = match rejected {
                Some((field, reject)) if absent => Reason::Rejected(field, reject),
                _ => reason,
            };
            Ok(Answer {
                status,
                reason: Some(reason),
                made: None,
                unique: None,
            })
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
    let mut keys = Keys {
        asked,
        found: asked.iter().map(|_| None).collect(),
        wanted: Vec::new(),
        make: &mut make,
    };
    registry.read(&mut hits, &mut keys)?;
    let Keys {
        mut found,
        mut wanted,
        ..
    } = keys;
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

/// Persons who are met by their keys.
struct Keys<'k, T, M> {
    asked: &'k [(&'k str, Option<(Day, Day)>)],
    found: Vec<Option<(T, bool)>>,
    wanted: Vec<(u128, u32)>,
    make: &'k mut M,
}

impl<T, M: FnMut(&Found<'_>) -> T> Meeting for Keys<'_, T, M> {
    fn meet(
        &mut self,
        _: PersonIndex,
        person: &PersonView<'_>,
        shared: Shared,
        row: u32,
    ) -> Result<(), ReadError> {
        let place = usize::try_from(row).map_err(|_| Broken("row"))?;
        let (Some((_, period)), Some(found)) = (self.asked.get(place), self.found.get_mut(place))
        else {
            return Err(Broken("row").into());
        };
        let shown = person.shown(*period, |_, _| {}).ok_or(Broken("person"))?;
        let held = held(person, shared, shown.kana);
        self.wanted.extend(held.map(|hash| (hash, row)));
        let made = (self.make)(&of_person(person, shared, &shown)?);
        *found = Some((made, true));
        Ok(())
    }
}
