//! One source key, several references: which IDs it gets (`docs/decisions/0005-several-references-of-one-key.md`).

use serde::Serialize;

/// A provision ID (提供用ID).
pub(crate) type Id = [u8; 32];
/// Bytes of [`Ids::to_bytes`].
pub(crate) const IDS_BYTES: usize = 67;

/// The IDs of an answer or a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ids {
    pub(crate) number: Option<Id>,
    pub(crate) kana: Option<Id>,
    pub(crate) unique: Option<bool>,
}

impl Ids {
    /// Bytes of the order that tables have: number ID, kana ID, nulls last.
    pub(crate) fn to_bytes(self) -> [u8; IDS_BYTES] {
        let mut bytes = [0_u8; IDS_BYTES];
        let unique = match self.unique {
            Some(true) => 0,
            Some(false) => 1,
            None => 2,
        };
        let null = |id: Option<Id>| u8::from(id.is_none());
        let parts = std::iter::once(null(self.number))
            .chain(self.number.unwrap_or_default())
            .chain(std::iter::once(null(self.kana)))
            .chain(self.kana.unwrap_or_default())
            .chain(std::iter::once(unique));
        for (to, from) in bytes.iter_mut().zip(parts) {
            *to = from;
        }
        bytes
    }

    /// The IDs that these bytes were made from.
    pub(crate) fn from_bytes(bytes: &[u8; IDS_BYTES]) -> Option<Self> {
        let id = |bytes: &[u8]| -> Option<Option<Id>> {
            let (null, id) = bytes.split_first()?;
            let id: Id = id.try_into().ok()?;
            Some((*null == 0).then_some(id))
        };
        Some(Self {
            number: id(bytes.get(..33)?)?,
            kana: id(bytes.get(33..66)?)?,
            unique: match bytes.last()? {
                0 => Some(true),
                1 => Some(false),
                _ => None,
            },
        })
    }
}

/// What a key comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Its references are answered as different people.
    Conflict(Conflict),
    /// None of its references was answered with an ID.
    Nothing,
    /// The person is known by number.
    Number(Ids),
    /// The person is known by a kana ID of the one registered person who has it.
    Kana(Ids),
    /// There is a kana ID, which nobody or several registered people have; it attaches to nobody.
    SharedKana(Ids),
}

impl Outcome {
    pub(crate) fn ids(self) -> Ids {
        match self {
            Self::Conflict(_) | Self::Nothing => Ids::default(),
            Self::Number(ids) | Self::Kana(ids) | Self::SharedKana(ids) => ids,
        }
    }
}

/// Why a key gets no ID although its references have some.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Conflict {
    /// Several people by number.
    Numbers,
    /// One by number, and another one by kana.
    NumberAndKana,
    /// Several people by kana.
    UniqueKana,
    /// Several kana IDs, none of which is one registered person's.
    SharedKana,
}

/// Keys by what they come to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct KeyCount {
    /// Source keys of the request.
    pub keys: u64,
    /// Known by number.
    pub number: u64,
    /// Known by a kana ID of one registered person.
    pub kana: u64,
    /// With a kana ID that is not unique and attaches to nobody.
    pub shared_kana: u64,
    /// Without any ID in their answers.
    pub nothing: u64,
    /// Conflict: several `number_id`.
    pub several_numbers: u64,
    /// Conflict: one `number_id`, and a unique `kana_id` of somebody else.
    pub number_and_other_kana: u64,
    /// Conflict: several unique `kana_id`.
    pub several_unique_kana: u64,
    /// Conflict: several `kana_id`, none unique.
    pub several_shared_kana: u64,
    /// Keys whose references were answered with different IDs, conflict or not (a change of name is none).
    pub differing: u64,
}

impl KeyCount {
    /// Keys without IDs because their references are answered as different people.
    pub fn conflicts(&self) -> u64 {
        [
            self.several_numbers,
            self.number_and_other_kana,
            self.several_unique_kana,
            self.several_shared_kana,
        ]
        .into_iter()
        .fold(0, u64::saturating_add)
    }

    pub(crate) fn add(&mut self, outcome: Outcome, differing: bool) {
        let count = match outcome {
            Outcome::Conflict(Conflict::Numbers) => &mut self.several_numbers,
            Outcome::Conflict(Conflict::NumberAndKana) => &mut self.number_and_other_kana,
            Outcome::Conflict(Conflict::UniqueKana) => &mut self.several_unique_kana,
            Outcome::Conflict(Conflict::SharedKana) => &mut self.several_shared_kana,
            Outcome::Nothing => &mut self.nothing,
            Outcome::Number(_) => &mut self.number,
            Outcome::Kana(_) => &mut self.kana,
            Outcome::SharedKana(_) => &mut self.shared_kana,
        };
        *count = count.saturating_add(1);
        self.keys = self.keys.saturating_add(1);
        self.differing = self.differing.saturating_add(u64::from(differing));
    }
}

/// What the answers of one key come to, each with the last day of its service period.
pub(crate) fn resolve(answers: &[(u32, Ids)]) -> Outcome {
    let numbers = distinct(answers.iter().filter_map(|(_, answer)| answer.number));
    if numbers.len() > 1 {
        return Outcome::Conflict(Conflict::Numbers);
    }
    let by_kana = || {
        answers
            .iter()
            .map(|(_, answer)| answer)
            .filter(|answer| answer.number.is_none())
    };
    let unique = distinct(
        by_kana()
            .filter(|answer| answer.unique == Some(true))
            .filter_map(|answer| answer.kana),
    );
    if let Some(number) = numbers.first() {
        let with_number = || answers.iter().filter(|(_, answer)| answer.number.is_some());
        let own = distinct(with_number().filter_map(|(_, answer)| answer.kana));
        if unique.iter().any(|kana| !own.contains(kana)) {
            return Outcome::Conflict(Conflict::NumberAndKana);
        }
        let latest = with_number()
            .filter(|(_, answer)| answer.kana.is_some())
            .max_by_key(|(day, answer)| (*day, answer.unique, answer.kana));
        let kana = latest.and_then(|(_, answer)| answer.kana);
        let unique = latest.and_then(|(_, answer)| answer.unique);
        return Outcome::Number(Ids {
            number: Some(*number),
            kana,
            unique,
        });
    }
    match unique.as_slice() {
        [kana] => {
            return Outcome::Kana(Ids {
                number: None,
                kana: Some(*kana),
                unique: Some(true),
            });
        }
        [] => {}
        _ => return Outcome::Conflict(Conflict::UniqueKana),
    }
    match distinct(by_kana().filter_map(|answer| answer.kana)).as_slice() {
        [] => Outcome::Nothing,
        [kana] => Outcome::SharedKana(Ids {
            number: None,
            kana: Some(*kana),
            unique: Some(false),
        }),
        _ => Outcome::Conflict(Conflict::SharedKana),
    }
}

/// Whether the answers of one key have different IDs.
pub(crate) fn differing(answers: &[(u32, Ids)]) -> bool {
    let ids = distinct(
        answers
            .iter()
            .map(|(_, answer)| (answer.number, answer.kana)),
    );
    ids.into_iter().filter(|ids| *ids != (None, None)).count() > 1
}

fn distinct<T: Ord>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut values: Vec<T> = values.collect();
    values.sort_unstable();
    values.dedup();
    values
}

/// A service period by its last day, as a number of eight digits; one that is not said comes first.
pub(crate) fn last_day(service: &str) -> Option<u32> {
    let digits = service.bytes().all(|byte| byte.is_ascii_digit());
    match service.len() {
        0 => Some(0),
        6 if digits => service
            .parse::<u32>()
            .ok()?
            .checked_mul(100)?
            .checked_add(99),
        8 if digits => service.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Id = [1; 32];
    const B: Id = [2; 32];
    const X: Id = [8; 32];
    const Y: Id = [9; 32];

    /// Service, number ID, kana ID, whether it is unique.
    type Row<'a> = (&'a str, Option<Id>, Option<Id>, Option<bool>);

    fn answers(rows: &[Row<'_>]) -> Vec<(u32, Ids)> {
        rows.iter()
            .map(|&(service, number, kana, unique)| {
                let ids = Ids {
                    number,
                    kana,
                    unique,
                };
                (last_day(service).unwrap(), ids)
            })
            .collect()
    }

    #[test]
    fn ids_come_back_from_bytes_that_sort_as_tables_are_sorted() {
        let ids = |number, kana, unique| Ids {
            number,
            kana,
            unique,
        };
        let ordered = [
            ids(Some(A), Some(X), Some(true)),
            ids(Some(A), Some(X), Some(false)),
            ids(Some(A), Some(Y), Some(true)),
            ids(Some(A), None, None),
            ids(Some(B), Some(X), Some(true)),
            ids(None, Some(A), Some(false)),
            ids(None, Some(B), Some(true)),
            ids(None, None, None),
        ];
        let bytes = ordered.map(Ids::to_bytes);
        assert!(bytes.is_sorted());
        assert_eq!(
            bytes.map(|bytes| Ids::from_bytes(&bytes)),
            ordered.map(Some)
        );
    }

    #[test]
    fn a_service_period_is_a_day_a_month_or_not_said() {
        for (service, day) in [
            ("", Some(0)),
            ("202112", Some(20_211_299)),
            ("20211231", Some(20_211_231)),
            ("2021", None),
            ("2021-1", None),
        ] {
            assert_eq!(last_day(service), day);
        }
    }

    fn outcome(rows: &[Row<'_>]) -> Outcome {
        let mut reversed = answers(rows);
        let forward = resolve(&reversed);
        reversed.reverse();
        assert_eq!(
            resolve(&reversed),
            forward,
            "the order of references does not matter"
        );
        forward
    }

    #[test]
    fn one_number_takes_the_kana_of_its_latest_month() {
        let rows = [
            ("202104", Some(A), Some(X), Some(true)),
            ("202112", Some(A), Some(Y), Some(false)),
            ("20211130", Some(A), Some(X), Some(true)),
            ("", Some(A), Some(X), Some(true)),
            ("202201", None, None, None),
        ];
        assert_eq!(
            outcome(&rows),
            Outcome::Number(Ids {
                number: Some(A),
                kana: Some(Y),
                unique: Some(false)
            })
        );
        assert!(differing(&answers(&rows)));
    }

    #[test]
    fn a_month_is_later_than_its_days() {
        let rows = [
            ("20211231", Some(A), Some(X), Some(true)),
            ("202112", Some(A), Some(Y), Some(true)),
        ];
        assert_eq!(outcome(&rows).ids().kana, Some(Y));
    }

    #[test]
    fn two_numbers_are_a_conflict() {
        let rows = [
            ("", Some(A), Some(X), Some(true)),
            ("", Some(B), Some(X), Some(true)),
        ];
        assert_eq!(outcome(&rows), Outcome::Conflict(Conflict::Numbers));
        assert_eq!(outcome(&rows).ids(), Ids::default());
    }

    #[test]
    fn a_unique_kana_of_somebody_else_is_a_conflict() {
        let own = ("", Some(A), Some(X), Some(true));
        assert_eq!(
            outcome(&[own, ("", None, Some(Y), Some(true))]),
            Outcome::Conflict(Conflict::NumberAndKana)
        );
        let ids = Outcome::Number(Ids {
            number: Some(A),
            kana: Some(X),
            unique: Some(true),
        });
        assert_eq!(outcome(&[own, ("", None, Some(Y), Some(false))]), ids);
        assert_eq!(outcome(&[own, ("", None, Some(X), Some(true))]), ids);
    }

    #[test]
    fn without_a_number_the_one_unique_kana_counts() {
        let unique = ("", None, Some(X), Some(true));
        let ids = Outcome::Kana(Ids {
            number: None,
            kana: Some(X),
            unique: Some(true),
        });
        assert_eq!(outcome(&[unique, ("", None, Some(Y), Some(false))]), ids);
        assert_eq!(outcome(&[unique, unique]), ids);
        assert_eq!(
            outcome(&[unique, ("", None, Some(Y), Some(true))]),
            Outcome::Conflict(Conflict::UniqueKana)
        );
    }

    #[test]
    fn a_shared_kana_is_kept_only_if_it_is_the_one_there_is() {
        let shared = ("", None, Some(X), Some(false));
        let ids = Outcome::SharedKana(Ids {
            number: None,
            kana: Some(X),
            unique: Some(false),
        });
        assert_eq!(outcome(&[shared, ("", None, None, None)]), ids);
        assert_eq!(
            outcome(&[shared, ("", None, Some(Y), Some(false))]),
            Outcome::Conflict(Conflict::SharedKana)
        );
    }

    #[test]
    fn answers_without_ids_come_to_nothing() {
        assert_eq!(
            outcome(&[("", None, None, None), ("202101", None, None, None)]),
            Outcome::Nothing
        );
        assert_eq!(outcome(&[]), Outcome::Nothing);
    }
}
