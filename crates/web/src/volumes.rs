//! The volumes of the studies while the server runs: one is mounted before its study is opened, and unmounted once nobody has the
//! study open. Only those that the server is to mount; what people mount, it holds to be there.

use std::sync::Arc;

use renketsu_store::{Event, Store, TerminalRecord, VolumeRecord};
use renketsu_workspace::accounts::{self, AccountError};
use renketsu_workspace::volume::{self, CLAUSE, MountedBy, VolumeError};
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::fault::Fault;
use crate::office::Office;

/// One mounts or unmounts at a time.
pub(crate) type Turns = Arc<Mutex<()>>;

/// What keeps volumes as they are until a session stands.
#[must_use = "without it a volume may go before its session stands"]
pub(crate) struct Ready {
    _turn: OwnedMutexGuard<()>,
}

/// Which volumes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Going {
    /// Of studies that nobody has open.
    Idle,
    /// All of them: the server ends.
    All,
}

/// Makes the study of a terminal ready to be opened by somebody who may open it: the volumes of studies that nobody has open any more
/// go first.
///
/// # Errors
/// [`Fault::State`] if the study doesn't lie on the volume it is said to have: that is in the record.
pub(crate) async fn ready(
    office: &Arc<Office>,
    person: &renketsu_store::PersonRecord,
    terminal: &TerminalRecord,
) -> Result<Ready, Fault> {
    let turn = Arc::clone(&office.volumes).lock_owned().await;
    let ready = Ready { _turn: turn };
    release(office, Going::Idle).await?;
    let Some(study) = terminal.study.clone() else {
        return Ok(ready);
    };
    let (person, terminal, now) = (person.clone(), terminal.clone(), office.now());
    let record = office
        .with(move |store| {
            let record = store.volume(&study)?;
            // Nothing is mounted for who is turned away.
            if record.is_some() {
                match accounts::admit(store, &person, &terminal, now) {
                    Ok(()) => {}
                    Err(AccountError::Away(_)) => return Ok(None),
                    Err(error) => return Err(error.into()),
                }
            }
            Ok(record)
        })
        .await?;
    if let Some(record) = record {
        open(office, record).await?;
    }
    Ok(ready)
}

/// Mounts the volume of a study, if the server does and it isn't, and holds it to be the study's own.
async fn open(office: &Arc<Office>, record: VolumeRecord) -> Result<(), Fault> {
    let study = record.study.clone();
    let mounted = mount(office, &record).await?;
    let now = office.now();
    office
        .with(move |store| {
            let checked = mounted.and_then(|fresh| {
                volume::check(store, &study)?;
                Ok(fresh)
            });
            match checked {
                Ok(false) => Ok(()),
                Ok(true) => {
                    let event = Event::new("study.volume_mounted", &study, now);
                    Ok(store.begin()?.commit(&event)?)
                }
                Err(error) => {
                    let event = Event::new("study.volume_refused", &study, now)
                        .with("code", error.code())
                        .with("clause", CLAUSE);
                    store.begin()?.commit(&event)?;
                    Err(error.into())
                }
            }
        })
        .await
}

/// Whether it had to be mounted.
async fn mount(
    office: &Arc<Office>,
    record: &VolumeRecord,
) -> Result<Result<bool, VolumeError>, Fault> {
    if MountedBy::of(record) == MountedBy::Operator {
        return Ok(Ok(false));
    }
    let (dir, study) = (office.dir.clone(), record.study.clone());
    tokio::task::spawn_blocking(move || {
        if volume::is_mounted(&dir, &study)? {
            return Ok(false);
        }
        volume::mount(&dir, &study).map(|()| true)
    })
    .await
    .map_err(|_| Fault::Broken)
}

/// Unmounts the volumes of studies that nobody has open.
pub(crate) async fn release_idle(office: &Arc<Office>) -> Result<(), Fault> {
    let _turn = office.volumes.lock().await;
    release(office, Going::Idle).await
}

/// Unmounts all that the server mounts.
pub(crate) async fn release_all(office: &Arc<Office>) -> Result<(), Fault> {
    let _turn = office.volumes.lock().await;
    release(office, Going::All).await
}

fn going(store: &Store, going: Going) -> Result<Vec<String>, Fault> {
    let open = store.open_sittings()?;
    let in_use = |study: &str| {
        let mut open = open.iter();
        going == Going::Idle && open.any(|sitting| sitting.study.as_deref() == Some(study))
    };
    let volumes = store.volumes()?.into_iter();
    Ok(volumes
        .filter(|record| MountedBy::of(record) == MountedBy::Server && !in_use(&record.study))
        .map(|record| record.study)
        .collect())
}

/// What is still read (an import that outlives its session) can't be unmounted; the next time it can, and until then the diagnostics
/// say so.
async fn release(office: &Arc<Office>, which: Going) -> Result<(), Fault> {
    let studies = office.with(move |store| going(store, which)).await?;
    if studies.is_empty() {
        return Ok(());
    }
    let dir = office.dir.clone();
    let gone = tokio::task::spawn_blocking(move || {
        let mut studies = studies;
        studies.retain(|study| {
            volume::is_mounted(&dir, study).unwrap_or(false) && volume::unmount(&dir, study).is_ok()
        });
        studies
    })
    .await
    .map_err(|_| Fault::Broken)?;
    if gone.is_empty() {
        return Ok(());
    }
    let now = office.now();
    office
        .with(move |store| {
            for study in &gone {
                let event = Event::new("study.volume_released", study, now);
                store.begin()?.commit(&event)?;
            }
            Ok(())
        })
        .await
}
