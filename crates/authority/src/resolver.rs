//! The resolver: turns asked-for rows into subjects under `K_root`. It never sees a provision key or an ID.

use jiff::civil::Date;
use renketsu_identity::{
    AT_ONCE, ByKana, ByNumber, Epoch, Gathered, KanaInput, NotLocked, ProvisionCode, RootKey,
    ServicePeriod, Subject, SubjectKey,
};

use crate::lookup::{
    Answer, Batch, Found, Identifiers, Make, Making, Reason, Status, Told, by_key, days, look_up,
};
use crate::registry::{Broken, ReadError, Registry};

/// How many rows a use case may ask for at once ([`Resolver::resolve_all`]): each takes some 300 bytes of memory.
pub const ROWS_AT_ONCE: usize = 1 << 21;

/// Rows that are asked for at once for each person of the registry.
const FOR_EACH: usize = 16;

/// Fewer are never worth while: they fit into a core's cache with all that is kept for them.
const FEWEST_AT_ONCE: usize = 1 << 16;

/// The subject keys of one epoch: the resolver's secrets.
pub struct ResolverKeys {
    number: SubjectKey<ByNumber>,
    kana: SubjectKey<ByKana>,
}

impl std::fmt::Debug for ResolverKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ResolverKeys(..)")
    }
}

impl ResolverKeys {
    /// Derives both keys.
    pub fn derive(root: &RootKey, epoch: Epoch) -> Result<Self, NotLocked> {
        Ok(Self {
            number: SubjectKey::derive(root, epoch)?,
            kana: SubjectKey::derive(root, epoch)?,
        })
    }

    /// What the kana ID of these subjects is made from in a provision of the verifiable mode.
    pub(crate) fn kana_input(
        &self,
        provision: &ProvisionCode,
        subjects: &Subjects,
    ) -> Option<KanaInput> {
        let subject = subjects.kana.as_ref()?;
        Some(self.kana.input(provision, subject))
    }

    /// By which the issuer of such a provision counts them.
    pub(crate) fn kana_person(
        &self,
        provision: &ProvisionCode,
        subjects: &Subjects,
    ) -> Option<[u8; 32]> {
        let subject = subjects.kana.as_ref()?;
        Some(self.kana.person(provision, subject))
    }
}

/// What goes from the resolver to the issuer for one row: subjects, and nothing that names a person or a row.
#[derive(Default)]
pub struct Subjects {
    /// Of the first number.
    pub number: Option<Subject<ByNumber>>,
    /// Of the kana triple.
    pub kana: Option<Subject<ByKana>>,
}

impl std::fmt::Debug for Subjects {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Subjects(..)")
    }
}

/// What stays with the resolver for one row and goes to the producer beside the IDs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resolution {
    /// How the row was answered.
    pub status: Status,
    /// Why the number did not help, for the statuses that keep it.
    pub reason: Option<Reason>,
    /// Whether exactly one registered person ever had the triple; absent where there is no `kana_id`.
    pub kana_unique: Option<bool>,
}

impl Resolution {
    fn of(answer: &Answer) -> Self {
        Self {
            status: answer.status,
            reason: answer.reason,
            kana_unique: answer.unique,
        }
    }
}

/// What stays with the resolver for one row, and which subjects are its.
pub(crate) struct ResolvedRow(Answer);

impl ResolvedRow {
    #[inline]
    pub(crate) fn resolution(&self) -> Resolution {
        Resolution::of(&self.0)
    }

    #[inline]
    pub(crate) fn subjects(&self) -> Option<usize> {
        place(&self.0)
    }
}

fn place(answer: &Answer) -> Option<usize> {
    answer.made.and_then(|made| usize::try_from(made).ok())
}

/// Subjects that are made several at a time.
struct Together<'k> {
    keys: &'k ResolverKeys,
    all: Vec<Subjects>,
    numbers: Gathered<ByNumber>,
    /// Whose they are.
    of_numbers: Vec<usize>,
    kana: Gathered<ByKana>,
    of_kana: Vec<usize>,
}

impl<'k> Together<'k> {
    fn new(keys: &'k ResolverKeys) -> Self {
        Self {
            keys,
            all: Vec::new(),
            numbers: Gathered::default(),
            of_numbers: Vec::with_capacity(AT_ONCE),
            kana: Gathered::default(),
            of_kana: Vec::with_capacity(AT_ONCE),
        }
    }

    fn end_numbers(&mut self) {
        let made = self.numbers.subjects(&self.keys.number);
        for (place, subject) in self.of_numbers.drain(..).zip(made) {
            if let Some(subjects) = self.all.get_mut(place) {
                subjects.number = Some(subject);
            }
        }
    }

    fn end_kana(&mut self) {
        let made = self.kana.subjects(&self.keys.kana);
        for (place, subject) in self.of_kana.drain(..).zip(made) {
            if let Some(subjects) = self.all.get_mut(place) {
                subjects.kana = Some(subject);
            }
        }
    }
}

impl Make for Together<'_> {
    type Made = Vec<Subjects>;

    fn reserve(&mut self, persons: usize) {
        self.all.reserve_exact(persons);
    }

    #[inline]
    fn take(&mut self, found: &Found<'_>) {
        let place = self.all.len();
        let mut subjects = Subjects::default();
        if let Some(number) = &found.number {
            subjects.number = self.numbers.take(&self.keys.number, number);
            if subjects.number.is_none() {
                self.of_numbers.push(place);
            }
        }
        if let Some(triple) = &found.triple {
            subjects.kana = self.kana.take(&self.keys.kana, triple);
            if subjects.kana.is_none() {
                self.of_kana.push(place);
            }
        }
        self.all.push(subjects);
        if self.numbers.is_full() {
            self.end_numbers();
        }
        if self.kana.is_full() {
            self.end_kana();
        }
    }

    fn finish(mut self) -> Vec<Subjects> {
        self.end_numbers();
        self.end_kana();
        self.all
    }
}

/// Subjects that are handed on as soon as there are some.
struct Handing<'k, H> {
    some: Together<'k>,
    hear: H,
}

/// How many are handed on together: a core's cache holds them.
const HANDED: usize = 256;

impl<H: FnMut(&[Subjects])> Handing<'_, H> {
    fn hand(&mut self) {
        self.some.end_numbers();
        self.some.end_kana();
        (self.hear)(&self.some.all);
        self.some.all.clear();
    }
}

impl<H: FnMut(&[Subjects])> Make for Handing<'_, H> {
    type Made = ();

    fn reserve(&mut self, _persons: usize) {
        self.some.reserve(HANDED);
    }

    #[inline]
    fn take(&mut self, found: &Found<'_>) {
        self.some.take(found);
        if self.some.all.len() >= HANDED {
            self.hand();
        }
    }

    fn finish(mut self) {
        self.hand();
    }
}

/// Of a registered person: whether nobody else ever had the triple her `kana_id` is made from, and her subjects.
pub type Known = (Option<bool>, Subjects);

/// Rows to be answered together, canonical.
pub struct Asking(Batch);

impl std::fmt::Debug for Asking {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Asking(..)")
    }
}

impl Asking {
    /// Takes a row.
    pub fn push(&mut self, raw: &Identifiers<'_>) -> Result<(), ReadError> {
        Ok(self.0.push(raw)?)
    }

    /// How many rows.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether no row was asked.
    pub fn is_empty(&self) -> bool {
        self.0.len() == 0
    }
}

/// A registry with the keys to make subjects of it.
#[derive(Debug)]
pub struct Resolver<'a> {
    registry: &'a Registry,
    keys: &'a ResolverKeys,
    today: Date,
}

impl<'a> Resolver<'a> {
    /// `today` decides which dates lie in the future.
    pub fn new(registry: &'a Registry, keys: &'a ResolverKeys, today: Date) -> Self {
        Self {
            registry,
            keys,
            today,
        }
    }

    /// Answers one row.
    pub fn resolve(&self, raw: &Identifiers<'_>) -> Result<(Resolution, Subjects), ReadError> {
        let answered = self.resolve_all(std::slice::from_ref(raw))?;
        Ok(answered.into_iter().next().ok_or(Broken("row"))?)
    }

    /// Answers many rows, in their order: a registry on disk is read once for all of them.
    pub fn resolve_all(
        &self,
        asked: &[Identifiers<'_>],
    ) -> Result<Vec<(Resolution, Subjects)>, ReadError> {
        let mut asking = self.asking();
        for raw in asked {
            asking.push(raw)?;
        }
        Ok(self.answer(asking)?.collect())
    }

    /// How many rows are best asked for at once: the registry is read once for all of them and a person is met and hashed
    /// once, and the more there are the longer memory is waited for at each. Some times as many as it has persons are between.
    pub fn rows_at_once(&self) -> usize {
        usize::try_from(self.registry.persons())
            .unwrap_or(ROWS_AT_ONCE)
            .saturating_mul(FOR_EACH)
            .clamp(FEWEST_AT_ONCE, ROWS_AT_ONCE)
    }

    /// Begins to ask for many rows that need not be in memory together as they came.
    pub fn asking(&self) -> Asking {
        Asking(Batch::new(self.today))
    }

    /// Answers rows that were asked, in their order.
    pub fn answer(
        &self,
        asking: Asking,
    ) -> Result<impl Iterator<Item = (Resolution, Subjects)> + use<>, ReadError> {
        let Asking(batch) = asking;
        let make = Together::new(self.keys);
        let Told { rows, mut made } = look_up(self.registry, &batch, Making::ByRow, make)?;
        Ok(rows.into_iter().map(move |answer| {
            // No other row has the same.
            let own = place(&answer).and_then(|place| made.get_mut(place));
            (
                Resolution::of(&answer),
                own.map(std::mem::take).unwrap_or_default(),
            )
        }))
    }

    /// Answers rows that were asked, with the subjects of rows of one person made once. They are handed to `hear` some at a
    /// time, and wiped then: memory for all of them is never needed.
    pub(crate) fn answer_persons(
        &self,
        asking: Asking,
        hear: impl FnMut(&[Subjects]),
    ) -> Result<Vec<ResolvedRow>, ReadError> {
        let Asking(batch) = asking;
        let make = Handing {
            some: Together::new(self.keys),
            hear,
        };
        let Told { rows, made: () } = look_up(self.registry, &batch, Making::ByPerson, make)?;
        Ok(rows.into_iter().map(ResolvedRow).collect())
    }

    fn subjects(&self, found: &Found<'_>) -> Subjects {
        Subjects {
            number: found
                .number
                .as_ref()
                .map(|number| self.keys.number.subject_of(number)),
            kana: found
                .triple
                .as_ref()
                .map(|triple| self.keys.kana.subject_of(triple)),
        }
    }

    /// The person with this key of the register, as a look-up by number would find her on the days of `service`;
    /// `None` if no such person is registered.
    pub fn person(
        &self,
        key: &str,
        service: Option<&ServicePeriod>,
    ) -> Result<Option<Known>, ReadError> {
        let known = self.persons(&[(key, service)])?;
        Ok(known.into_iter().next().flatten())
    }

    /// [`Resolver::person`] of many keys, in their order.
    pub fn persons(
        &self,
        asked: &[(&str, Option<&ServicePeriod>)],
    ) -> Result<Vec<Option<Known>>, ReadError> {
        let asked: Vec<_> = asked
            .iter()
            .map(|(key, service)| (*key, service.map(days)))
            .collect();
        let found = by_key(self.registry, &asked, |found| self.subjects(found))?;
        let known = found
            .into_iter()
            .map(|found| found.map(|(subjects, unique)| (Some(unique), subjects)));
        Ok(known.collect())
    }
}

#[cfg(test)]
mod tests;
