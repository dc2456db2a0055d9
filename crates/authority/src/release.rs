//! How a package leaves: written, recorded, named, in this order.
//!
//! A crash before the record leaves nothing; a crash after it leaves a record without a package, which can be asked for
//! again. An authentic package that no record names can never be.

use renketsu_seal::package::{Prepared, Receipt, WriteError};

/// Records the package and gives it its name. If `record` fails, nothing is left of it; if the name can't be given, the
/// record stays and `unnamed` says so.
pub(crate) fn release<E>(
    prepared: Prepared,
    record: impl FnOnce(&Receipt) -> Result<(), E>,
    unnamed: impl FnOnce(WriteError) -> E,
) -> Result<(), E> {
    record(prepared.receipt())?;
    prepared.publish().map(drop).map_err(unnamed)
}

/// Names the package, then records it: for a directory from which nothing is handed out without its record. If `record`
/// fails, the package is erased; a crash between the two leaves a package that no record names.
pub(crate) fn release_named<E: From<WriteError>>(
    prepared: Prepared,
    record: impl FnOnce(&Receipt) -> Result<(), E>,
) -> Result<(), E> {
    let receipt = prepared.publish()?;
    let recorded = record(&receipt);
    if recorded.is_err() {
        // What stays is what a crash leaves; whoever owns the directory looks for it.
        renketsu_seal::durable::erase(&receipt.path).ok();
    }
    recorded
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::path::Path;

    use jiff::SignedDuration;
    use renketsu_identity::KanaMode;
    use renketsu_seal::Role;
    use renketsu_seal::package::{Counts, Draft, Header, PROFILE, PackageKind};
    use renketsu_store::{Event, Store};
    use renketsu_testkit::{Party, introduce, now};

    use super::*;
    use crate::issue::IssueError;

    fn prepared(from: &Party, to: &Party, out: &Path) -> Prepared {
        let mut draft = Draft::new(from.path());
        let schema = serde_json::json!({ "fields": [{ "name": "x", "type": "string" }] });
        let mut table = draft.table("answers", schema).unwrap();
        table.write_all(b"x").unwrap();
        table.finish(Counts::default()).unwrap();
        let header = Header {
            kind: PackageKind::Request,
            provision: "P-1".to_owned(),
            study: None,
            profile: PROFILE.to_owned(),
            kcv: None,
            kana_mode: KanaMode::Keyed,
            sequence: 1,
            in_reply_to: None,
            custody: None,
            created: now(),
            expires: now().checked_add(SignedDuration::from_hours(1)).unwrap(),
            purpose: "研究".to_owned(),
            places: Vec::new(),
            producer: None,
            recipient_ground: None,
            databases: Vec::new(),
            approval: None,
            contract: None,
            period_start: None,
            period_end: None,
            fee_notice: None,
        };
        draft
            .sign(
                header,
                renketsu_testkit::given(&from.keys),
                &from.keys,
                &to.card,
            )
            .unwrap()
            .prepare(out)
            .unwrap()
    }

    fn parties() -> (Party, Party) {
        let authority = Party::new(Role::Authority, "厚生労働大臣");
        let producer = Party::new(Role::Producer, "認定作成事業者");
        introduce(&authority, &producer);
        (authority, producer)
    }

    fn unpublished(file: &Path) -> impl FnOnce(WriteError) -> IssueError {
        let file = file.to_owned();
        move |source| IssueError::Unpublished {
            request: "r".to_owned(),
            file,
            source,
        }
    }

    #[test]
    fn a_package_whose_record_fails_leaves_no_file() {
        let (authority, producer) = parties();
        let mut store = Store::open(authority.path()).unwrap();
        let files = tempfile::tempdir().unwrap();
        let out = files.path().join("answer.rkp");
        let outcome = release(
            prepared(&producer, &authority, &out),
            |_| {
                assert!(!out.exists());
                let transaction = store.begin()?;
                transaction.close_provision("P-9")?;
                Ok(transaction.commit(&Event::new("provision.closed", "P-9", now()))?)
            },
            unpublished(&out),
        );
        assert_eq!(outcome.unwrap_err().code(), "store.missing");
        assert!(store.events().unwrap().is_empty());
        assert_eq!(std::fs::read_dir(files.path()).unwrap().count(), 0);
    }

    #[test]
    fn the_file_has_no_name_before_its_record_and_its_digest_after() {
        let (authority, producer) = parties();
        let files = tempfile::tempdir().unwrap();
        let out = files.path().join("answer.rkp");
        let mut recorded = None;
        release(
            prepared(&producer, &authority, &out),
            |receipt| {
                assert!(!out.exists());
                recorded = Some((receipt.sha256.clone(), receipt.bytes));
                Ok(())
            },
            unpublished(&out),
        )
        .unwrap();
        let bytes = std::fs::metadata(&out).unwrap().len();
        let digest = crate::issue::digest(&out).unwrap();
        assert_eq!(recorded, Some((digest, bytes)));
    }

    #[test]
    fn a_name_taken_meanwhile_leaves_the_record_and_says_so() {
        let (authority, producer) = parties();
        let mut store = Store::open(authority.path()).unwrap();
        let files = tempfile::tempdir().unwrap();
        let out = files.path().join("answer.rkp");
        let error = release(
            prepared(&producer, &authority, &out),
            |receipt| {
                let event = Event::new("provision.issued", "P-1", now())
                    .with("answer_sha256", receipt.sha256.as_str());
                store.begin()?.commit(&event)?;
                std::fs::write(&out, "theirs").unwrap();
                Ok(())
            },
            unpublished(&out),
        )
        .unwrap_err();
        assert_eq!(
            (error.code(), error.exit()),
            ("authority.issue.unpublished", 1)
        );
        assert_eq!(std::fs::read(&out).unwrap(), b"theirs");
        assert_eq!(std::fs::read_dir(files.path()).unwrap().count(), 1);
        assert_eq!(store.events().unwrap().len(), 1);
    }
}
