//! The resolver: turns asked-for rows into subjects under `K_root`. It never sees a provision key or an ID.

use jiff::civil::Date;
use renketsu_identity::{
    ByKana, ByNumber, Epoch, KanaInput, NotLocked, ProvisionCode, RootKey, ServicePeriod, Subject,
    SubjectKey,
};

use crate::lookup::{Batch, Found, Identifiers, Reason, Status, by_key, days, look_up};
use crate::registry::{Broken, ReadError, Registry};

/// How many rows a use case should ask for at once ([`Resolver::resolve_all`]): more are cheaper by the row, and each
/// takes some 300 bytes of memory.
pub const ROWS_AT_ONCE: usize = 1 << 21;

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

    /// Makes room for so many rows more.
    pub fn reserve(&mut self, rows: usize) {
        self.0.reserve(rows);
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
        asking.0.reserve(asked.len());
        for raw in asked {
            asking.push(raw)?;
        }
        self.answer(asking)?.collect()
    }

    /// Begins to ask for many rows that need not be in memory together as they came.
    pub fn asking(&self) -> Asking {
        Asking(Batch::new(self.today))
    }

    /// Answers rows that were asked, in their order.
    pub fn answer(
        &self,
        asking: Asking,
    ) -> Result<impl Iterator<Item = Result<(Resolution, Subjects), ReadError>>, ReadError> {
        let answers = look_up(self.registry, asking.0, |found| self.subjects(found))?;
        let told = answers.each(|found| self.subjects(found));
        Ok(told.map(|answer| {
            let answer = answer?;
            let resolution = Resolution {
                status: answer.status,
                reason: answer.reason,
                kana_unique: answer.unique,
            };
            Ok((resolution, answer.made))
        }))
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
