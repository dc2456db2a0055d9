//! Stopping a study at once, from its page: in the study or in the office.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::Response;
use renketsu_access::act;
use renketsu_workspace::{resume_study, suspend_study};

use super::shown;
use crate::at::At;
use crate::fault::Fault;
use crate::office::Office;
use crate::page::{Frame, Machine, go};
use crate::study;
use crate::visit::SignedForm;

/// Stops a study or lets it go on. Whoever waits for an answer gets none, and answers of before are gone.
pub(crate) async fn set(
    State(office): State<Arc<Office>>,
    At(study): At<String>,
    Machine(machine): Machine,
    SignedForm { visit, fields }: SignedForm,
) -> Result<Response<Body>, Fault> {
    let on = study::of_address(&office, &visit, &study).await?;
    let permit = visit.permit::<act::StudySuspend>(&office, on).await?;
    let (acting, now, why) = (visit.acting(), office.now(), fields.get("why").to_owned());
    let (stops, of) = (!fields.has("resume"), study.clone());
    let done = office
        .with(move |store| {
            if !stops {
                resume_study(store, &permit, &acting, &why, now)?;
                return Ok(Vec::new());
            }
            suspend_study(store, &permit, &acting, &why, now)?;
            let open = store.open_sittings()?.into_iter();
            let open = open.filter(|sitting| sitting.study.as_deref() == Some(&of));
            Ok(open.map(|sitting| sitting.sitting).collect())
        })
        .await;
    match done {
        Ok(sittings) => {
            for sitting in sittings {
                office.desk.forget(&sitting);
            }
            Ok(go(&format!("/studies/{study}")))
        }
        Err(fault) if machine => Err(fault),
        Err(fault) => {
            let problem = Frame::of(&office, &visit, super::HERE).problem(fault)?;
            shown(&office, &visit, &study, Some(problem)).await
        }
    }
}
