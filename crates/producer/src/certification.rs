//! The producer's certification (認定): only data of a 認定匿名加工医療情報作成事業者 made under 法19条1項 or 47条1項 may
//! become linkable (法31条1項; clause 3.producer).

use renketsu_seal::package::Certification;
use renketsu_store::{CertificationRecord, Event, Store, StoreError};

use crate::Producer;

const ANONYMIZED: &str = "anonymized";
const PSEUDONYMIZED: &str = "pseudonymized";
const GROUNDS: [&str; 2] = ["19-1", "47-1"];
const LONGEST_NUMBER: usize = 100;

/// Records the certification, in place of an earlier one. One that gives no right to provide linkable data is refused.
pub fn certify(
    producer: &mut Producer<'_>,
    kind: &str,
    number: &str,
    ground: &str,
) -> Result<Certification, CertificationError> {
    let certification = Certification {
        kind: kind.to_owned(),
        number: number.to_owned(),
        ground: ground.to_owned(),
    };
    check(&certification)?;
    let record = CertificationRecord {
        kind: kind.to_owned(),
        number: number.to_owned(),
        ground: ground.to_owned(),
    };
    let txn = producer.store.begin()?;
    txn.certify(&record, producer.now)?;
    let event = Event::new("producer.certified", number, producer.now)
        .with("kind", kind)
        .with("ground", ground);
    txn.commit(&event)?;
    Ok(certification)
}

/// The recorded certification, checked again: what a package may carry.
pub fn held(store: &Store) -> Result<Certification, CertificationError> {
    let record = store.certification()?.ok_or(CertificationError::Missing)?;
    let certification = Certification {
        kind: record.kind,
        number: record.number,
        ground: record.ground,
    };
    check(&certification)?;
    Ok(certification)
}

fn check(certification: &Certification) -> Result<(), CertificationError> {
    match certification.kind.as_str() {
        ANONYMIZED => {}
        PSEUDONYMIZED => return Err(CertificationError::Pseudonymized),
        _ => return Err(CertificationError::Kind),
    }
    if !GROUNDS.contains(&certification.ground.as_str()) {
        return Err(CertificationError::Ground);
    }
    let number = &certification.number;
    let said = !number.trim().is_empty() && !number.chars().any(char::is_control);
    if said && number.chars().count() <= LONGEST_NUMBER {
        Ok(())
    } else {
        Err(CertificationError::Number)
    }
}

/// Why a certification gives no right to provide linkable data.
#[derive(Debug, thiserror::Error)]
pub enum CertificationError {
    /// Neither 法19条1項 nor 47条1項.
    #[error("the data are not made under article 19-1 or 47-1")]
    Ground,
    /// Neither of the two certifications.
    #[error("the certification is neither anonymized nor pseudonymized")]
    Kind,
    /// None is recorded.
    #[error("no certification is recorded")]
    Missing,
    /// Its number is blank, too long, or holds control characters.
    #[error("the number of the certification is no number of one")]
    Number,
    /// A holder of the certification for pseudonymized data alone may not provide linkable data.
    #[error("a certification for pseudonymized data gives no right to provide linkable data")]
    Pseudonymized,
    /// The state could not be read or changed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl CertificationError {
    /// Every code with the names of its details.
    pub const CODES: &'static [(&'static str, &'static [&'static str])] = &[
        ("producer.certification.ground", &[]),
        ("producer.certification.kind", &[]),
        ("producer.certification.missing", &[]),
        ("producer.certification.number", &[]),
        ("producer.certification.pseudonymized", &[]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Ground => "producer.certification.ground",
            Self::Kind => "producer.certification.kind",
            Self::Missing => "producer.certification.missing",
            Self::Number => "producer.certification.number",
            Self::Pseudonymized => "producer.certification.pseudonymized",
            Self::Store(error) => error.code(),
        }
    }

    /// The named values of the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Ground | Self::Kind | Self::Missing | Self::Number | Self::Pseudonymized => {
                Vec::new()
            }
            Self::Store(error) => error.details(),
        }
    }

    /// The exit code of a command that ends with this.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Missing | Self::Pseudonymized => 1,
            Self::Ground | Self::Kind | Self::Number => 2,
            Self::Store(error) => error.exit(),
        }
    }
}
