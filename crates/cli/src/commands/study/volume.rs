//! Where a study's files lie.

use renketsu_workspace::volume::{self, MountedBy, SetVolumeError, Standing};
use serde::Serialize;

use crate::args::{MounterName, StudyVolume};
use crate::commands::vault::changing;
use crate::failure::Failure;
use crate::session::Session;

pub(crate) fn volume(session: &mut Session<'_>, args: &StudyVolume) -> Result<(), Failure> {
    let dir = &args.of.at.dir;
    let study = &args.of.study;
    let mounted_by = args.mounted_by.map(|name| match name {
        MounterName::Operator => MountedBy::Operator,
        MounterName::Server => MountedBy::Server,
    });
    if mounted_by.is_none() && !args.none {
        return shown(session, args);
    }
    let (mut store, _served_by_nobody) = changing(session, dir)?;
    if store.study(study)?.is_none() {
        let study = study.clone();
        return Err(SetVolumeError::NoStudy { study }.into());
    }
    let vault = session.vault(dir)?;
    volume::set_volume(&mut store, &vault, study, mounted_by, session.now())?;
    drop(store);
    shown(session, args)
}

fn shown(session: &mut Session<'_>, args: &StudyVolume) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Answer<'a> {
        study: &'a str,
        mounted_by: Option<&'static str>,
        mounted: bool,
        /// What is wrong with it.
        code: Option<&'static str>,
    }
    let study = &args.of.study;
    let store = Session::store(&args.of.at.dir)?;
    let stands = volume::standings(&store)?
        .into_iter()
        .find_map(|(found, stands)| (found == *study).then_some(stands))
        .ok_or_else(|| SetVolumeError::NoStudy {
            study: study.clone(),
        })?;
    let record = store.volume(study)?;
    let by = record.as_ref().map(MountedBy::of).map(MountedBy::as_str);
    let wrong = match stands {
        Standing::Wrong(wrong) => Some(wrong),
        Standing::None | Standing::Mounted(_) | Standing::Absent(_) => None,
    };
    let mounted = volume::is_mounted(&args.of.at.dir, study)?;
    if args.json.json {
        let answer = Answer {
            study,
            mounted_by: by,
            mounted,
            code: wrong.as_ref().map(volume::VolumeError::code),
        };
        return session.json("renketsu.study.volume/1", &answer);
    }
    if let Some(wrong) = wrong {
        return Err(wrong.into());
    }
    let id = match (by, mounted) {
        (None, _) => "study-volume-none",
        (Some(_), true) => "study-volume-mounted",
        (Some(_), false) => "study-volume-absent",
    };
    let path = volume::directory(&args.of.at.dir, study);
    session.say(
        id,
        &[
            ("study", study.clone()),
            ("path", path.display().to_string()),
            ("by", by.unwrap_or_default().to_owned()),
        ],
    )
}
