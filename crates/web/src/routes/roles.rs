//! The table of the roles (4-3-1): what each may do, as the policies have it, and what it answers for.

use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::extract::State;
use axum::http::Response;
use renketsu_access::{Action, Role, Sheet, act};

use crate::fault::Fault;
use crate::office::Office;
use crate::page::{Frame, show};
use crate::visit::SignedIn;

#[derive(Template)]
#[template(path = "roles.html")]
struct RolesPage {
    frame: Frame,
    roles: Vec<(Sheet, Vec<Action>)>,
}

pub(crate) async fn page(
    State(office): State<Arc<Office>>,
    SignedIn(visit): SignedIn,
) -> Result<Response<Body>, Fault> {
    let _permit = visit
        .permit::<act::RolesView>(&office, visit.on.clone())
        .await?;
    show(&RolesPage {
        frame: Frame::of(&office, &visit, "web-menu-roles"),
        roles: Role::ALL
            .into_iter()
            .map(|role| (role.sheet(), office.policies.of_role(role).to_vec()))
            .collect(),
    })
}
