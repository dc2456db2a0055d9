//! Opening keys. Every use of a key is a line of the record, in the transaction of what it was used for. No key material is in it.

use renketsu_identity::KanaMode;
use renketsu_store::{Event, StoreError, Txn};

use super::Custodian;
use crate::issuer::IssuerKeys;
use crate::party::Authority;
use crate::provision::Provision;
use crate::resolver::ResolverKeys;
use crate::secrets::SecretError;

/// The subject keys of a provision's epoch.
pub(crate) fn resolver_keys(
    authority: &Authority<'_>,
    provision: &Provision,
) -> Result<ResolverKeys, SecretError> {
    let epoch = provision.terms.epoch;
    let root = authority.secrets().resolver_root(epoch)?;
    Ok(ResolverKeys::derive(&root, epoch)?)
}

/// The keys of a provision; `None` if the secrets are not those it was opened with.
pub(crate) fn issuer_keys(
    authority: &Authority<'_>,
    provision: &Provision,
) -> Result<Option<IssuerKeys>, SecretError> {
    let secrets = authority.secrets();
    let root = secrets.issuer_root(provision.terms.epoch)?;
    let salt = secrets.salt(&provision.code)?;
    let derive = match provision.terms.kana_mode {
        KanaMode::Keyed => IssuerKeys::derive,
        KanaMode::Verifiable(_) => IssuerKeys::derive_verifiable,
    };
    let keys = derive(&root, &salt, &provision.code)?;
    let terms = &provision.terms;
    let same = keys.kcv() == terms.kcv && keys.mode() == terms.kana_mode;
    Ok(same.then_some(keys))
}

/// Notes that roots, and at the issuer the salt, of a provision were opened for a purpose.
pub(crate) fn note(
    authority: &Authority<'_>,
    transaction: &Txn<'_>,
    provision: &Provision,
    custodians: &[Custodian],
    purpose: &str,
) -> Result<(), StoreError> {
    let terms = &provision.terms;
    for custodian in custodians {
        let mut event = Event::new("key.used", provision.code.as_str(), authority.now())
            .with("custodian", custodian.as_str())
            .with("purpose", purpose)
            .with("epoch", terms.epoch.0);
        if *custodian == Custodian::Issuer {
            event = event
                .with("kcv_number", terms.kcv.number.to_string())
                .with("kcv_kana", terms.kcv.kana.to_string());
        }
        transaction.note(&event)?;
    }
    Ok(())
}
