//! The verifiable mode of the kana ID (`docs/decisions/0025-verifiable-kana-id.md`): what each of the two custodians makes.
//! The resolver hides what an ID is made from behind a blinded point; the issuer evaluates points and proves that one key did.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use renketsu_identity::{KanaId, KanaInput, NotProven, PROOF_ROWS, VerifiableKey};
use renketsu_seal::package::{Counts, Draft, WriteError};
use renketsu_table::parquet::{ParquetSink, SinkError, Sorting};
use renketsu_table::proven::{self, PROOFS, Proof};
use renketsu_table::schema::{self, SchemaError};
use zeroize::{Zeroize as _, Zeroizing};

use crate::issuer::{Issued, IssuerKeys};
use crate::provision::Provision;
use crate::resolver::{ResolverKeys, Subjects};

/// Why nothing was made in the verifiable mode.
#[derive(Debug, thiserror::Error)]
pub enum VerifiableError {
    /// The system gave no randomness.
    #[error("the system gives no randomness")]
    Entropy,
    /// A point that cannot be evaluated.
    #[error(transparent)]
    NotProven(#[from] NotProven),
    /// A bug of ours.
    #[error("broken invariant: {0}")]
    Broken(&'static str),
}

impl VerifiableError {
    /// Codes of this enum with the names of their details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("authority.verifiable.entropy", &[]),
        ("authority.verifiable.broken", &["invariant"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Entropy => "authority.verifiable.entropy",
            Self::NotProven(error) => error.code(),
            Self::Broken(_) => "authority.verifiable.broken",
        }
    }

    /// Named values for the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Entropy => Vec::new(),
            Self::NotProven(error) => error.details(),
            Self::Broken(invariant) => vec![("invariant", (*invariant).to_owned())],
        }
    }

    /// The exit code of a command that ends with this error.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Entropy => 3,
            Self::NotProven(error) => error.exit(),
            Self::Broken(_) => 70,
        }
    }
}

/// What the resolver makes of a kana subject for one row.
pub(crate) struct Veiled {
    /// `x`, for whoever gets the ID.
    pub(crate) input: KanaInput,
    /// `r`, for the same.
    pub(crate) factor: Zeroizing<[u8; 32]>,
    /// `B`, for the issuer.
    pub(crate) point: [u8; 32],
    /// By which the issuer counts persons.
    pub(crate) person: [u8; 32],
}

/// The resolver's half of the mode, in one provision.
pub(crate) struct Veil<'a> {
    keys: &'a ResolverKeys,
    provision: &'a Provision,
}

impl<'a> Veil<'a> {
    /// The half, if the provision is of this mode.
    pub(crate) fn of(provision: &'a Provision, keys: &'a ResolverKeys) -> Option<Self> {
        let verifiable = !provision.terms.kana_mode.is_keyed();
        verifiable.then_some(Self { keys, provision })
    }

    /// Hides the kana subjects of rows, each behind a factor of its own.
    pub(crate) fn over(&self, rows: &[&Subjects]) -> Result<Vec<Option<Veiled>>, VerifiableError> {
        let mut chance = Zeroizing::new(vec![0_u8; rows.len().saturating_mul(64)]);
        getrandom::fill(&mut chance).map_err(|_| VerifiableError::Entropy)?;
        let chances = chance.as_chunks_mut::<64>().0;
        rows.iter()
            .zip(chances)
            .map(|(subjects, chance)| {
                let (Some(input), Some(person)) = (self.input(subjects), self.person(subjects))
                else {
                    return Ok(None);
                };
                let blinded = input.blind(chance)?;
                Ok(Some(Veiled {
                    input,
                    factor: blinded.factor,
                    point: blinded.point,
                    person,
                }))
            })
            .collect()
    }

    fn input(&self, subjects: &Subjects) -> Option<KanaInput> {
        self.keys.kana_input(&self.provision.code, subjects)
    }

    fn person(&self, subjects: &Subjects) -> Option<[u8; 32]> {
        self.keys.kana_person(&self.provision.code, subjects)
    }
}

/// The issuer's half: points in pieces of [`PROOF_ROWS`] rows, and the proof of each piece.
pub(crate) struct Proving<'a> {
    key: &'a VerifiableKey,
    proofs: Vec<Proof>,
    rows: u64,
}

impl<'a> Proving<'a> {
    pub(crate) fn new(key: &'a VerifiableKey) -> Self {
        Self {
            key,
            proofs: Vec::new(),
            rows: 0,
        }
    }

    /// Evaluates the points of the next rows: [`PROOF_ROWS`] of them, or all that are left.
    pub(crate) fn evaluate(
        &mut self,
        points: &[Option<[u8; 32]>],
    ) -> Result<Vec<Option<[u8; 32]>>, VerifiableError> {
        let first = self.rows.saturating_add(1);
        let begun = u64::try_from(self.proofs.len()).unwrap_or(u64::MAX);
        let whole = u64::try_from(PROOF_ROWS).unwrap_or(u64::MAX);
        if begun.saturating_mul(whole) != self.rows {
            return Err(VerifiableError::Broken("only the last piece is short"));
        }
        self.rows = self
            .rows
            .saturating_add(u64::try_from(points.len()).unwrap_or(u64::MAX));
        let (places, given): (Vec<usize>, Vec<[u8; 32]>) = points
            .iter()
            .enumerate()
            .filter_map(|(place, point)| Some((place, (*point)?)))
            .unzip();
        let mut evaluated = vec![None; points.len()];
        if given.is_empty() {
            self.proofs.push(None);
            return Ok(evaluated);
        }
        let mut chance = [0_u8; 64];
        getrandom::fill(&mut chance).map_err(|_| VerifiableError::Entropy)?;
        let made = self.key.evaluate(&given, &mut chance, first);
        chance.zeroize();
        let made = made.map_err(|error| error.among(first, &places))?;
        self.proofs.push(Some(made.proof));
        for (place, point) in places.into_iter().zip(made.points) {
            if let Some(evaluated) = evaluated.get_mut(place) {
                *evaluated = Some(point);
            }
        }
        Ok(evaluated)
    }

    /// Writes the proofs beside the table whose rows they are for.
    pub(crate) fn write<E>(self, draft: &mut Draft) -> Result<(), E>
    where
        E: From<SchemaError> + From<SinkError> + From<WriteError> + From<VerifiableError>,
    {
        let columns = proven::schema();
        let target = draft.table(PROOFS, schema::to_json(&columns)?)?;
        let mut sink = ParquetSink::create(target, &columns, &Sorting::none())?;
        for proofs in self.proofs.chunks(PROOF_ROWS) {
            let column = proven::column(proofs);
            let batch = RecordBatch::try_new(Arc::clone(&columns), vec![column])
                .map_err(|_| VerifiableError::Broken("a batch fits its schema"))?;
            sink.write(&batch)?;
        }
        let written = sink.finish()?;
        written.target.finish(Counts {
            rows: written.rows,
            ..Counts::default()
        })?;
        Ok(())
    }
}

/// IDs that are remembered: rows of one person come often, and each ID takes as long as thousands by HMAC.
const REMEMBERED: usize = 1 << 16;

/// Both halves in one step, where nobody is to verify: the same inputs and key give the same IDs.
pub(crate) struct Stamper<'a> {
    issuer: &'a IssuerKeys,
    veil: Option<Veil<'a>>,
    made: BTreeMap<[u8; 32], KanaId>,
}

impl<'a> Stamper<'a> {
    pub(crate) fn new(
        provision: &'a Provision,
        resolver: &'a ResolverKeys,
        issuer: &'a IssuerKeys,
    ) -> Self {
        Self {
            issuer,
            veil: Veil::of(provision, resolver),
            made: BTreeMap::new(),
        }
    }

    /// The IDs of a row.
    pub(crate) fn issue(&mut self, subjects: &Subjects) -> Result<Issued, VerifiableError> {
        let mut issued = self.issuer.issue(subjects);
        match (&self.veil, self.issuer.verifiable()) {
            (None, None) => Ok(issued),
            (Some(veil), Some(key)) => {
                issued.kana_id = made(&mut self.made, veil, key, subjects)?;
                Ok(issued)
            }
            (Some(_), None) | (None, Some(_)) => Err(VerifiableError::Broken(
                "the issuer's key is of the provision's mode",
            )),
        }
    }
}

fn made(
    made: &mut BTreeMap<[u8; 32], KanaId>,
    veil: &Veil<'_>,
    key: &VerifiableKey,
    subjects: &Subjects,
) -> Result<Option<KanaId>, VerifiableError> {
    // By the mark that an issuer sees anyway: no input is kept.
    let Some(person) = veil.person(subjects) else {
        return Ok(None);
    };
    if let Some(id) = made.get(&person) {
        return Ok(Some(*id));
    }
    let Some(input) = veil.input(subjects) else {
        return Ok(None);
    };
    let id = key.id(&input)?;
    if made.len() >= REMEMBERED {
        made.clear();
    }
    made.insert(person, id);
    Ok(Some(id))
}
