//! Who may answer: the authority that the request went to, and the issuer that its resolver names. A package of anybody else is
//! refused, however trusted the sender's card is.

use renketsu_seal::package::{Custody, Opened, PackageKind};
use renketsu_store::SentPackage;

use super::AttachError;
use crate::Producer;

/// Holds an answer, or IDs and references, against the request as it was sent.
pub(super) fn answered(
    producer: &Producer<'_>,
    sent: &SentPackage,
    package: &Opened,
) -> Result<(), AttachError> {
    let id = || package.package_id().to_string();
    let sender = package.sender();
    let by = sender.fingerprint();
    let asked = |fingerprint: &renketsu_seal::Fingerprint| fingerprint.to_hex() == sent.recipient;
    let may = match &package.header().custody {
        None => asked(&by),
        Some(custody) => {
            asked(&custody.resolver) && by == *custodian(custody, package.header().kind)
        }
    };
    if !may {
        return Err(AttachError::NotAsked {
            package: id(),
            sender: sender.name.clone(),
        });
    }
    if let Some(custody) = &package.header().custody
        && custody.sha256.as_deref() != Some(sent.sha256.as_str())
    {
        return Err(AttachError::OtherFile { package: id() });
    }
    let own = &producer.keys.card().name;
    match &package.header().fee_notice {
        Some(notice) if notice.authority != sender.name || notice.producer != *own => {
            Err(AttachError::Notice { package: id() })
        }
        Some(_) | None => Ok(()),
    }
}

/// Whose package this is, as both custodians state it.
fn custodian(custody: &Custody, kind: PackageKind) -> &renketsu_seal::Fingerprint {
    if kind == PackageKind::Ids {
        &custody.issuer
    } else {
        &custody.resolver
    }
}
