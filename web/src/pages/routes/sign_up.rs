//! `/sign-up`: the form, and what becomes of it.

use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use bitjang_core::auth::SignUp;
use bitjang_core::{Carrier, Client, NewAccount, SignIn};
use bitjang_guard::{Problem, SignedIn, form};
use http::StatusCode;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::return_to::ReturnTo;
use super::sign_in::{destination, handed, kept};
use super::told::Told;
use super::visit::{Visit, see, see_with};
use crate::pages::view::Notice;
use crate::pages::{View, view};
use crate::{App, client};

#[derive(Deserialize)]
struct Fields {
    #[serde(default)]
    identifier: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: Zeroizing<String>,
    return_to: Option<String>,
}

pub(super) async fn show(State(app): State<App>, who: Option<SignedIn>, mut visit: Visit) -> Response {
    match (who, app.auth.rules().sign_up) {
        (Some(_), _) => see(destination(visit.return_to().as_ref())),
        (None, SignUp::Closed) => visit.page(StatusCode::FORBIDDEN, &View::SignUpClosed),
        (None, SignUp::Open) => {
            let page = view::SignUp { return_to: kept(visit.return_to()), ..page(&app, &mut visit) };
            visit.page(StatusCode::OK, &View::SignUp(page))
        }
    }
}

pub(super) async fn submit(
    State(app): State<App>,
    from: client::From,
    visit: Visit,
    request: Request,
) -> Result<Response, Problem> {
    let (token, fields) = form::read(request, &app).await?;
    match attempt(&app, &visit, from.0, &token, &fields).await {
        Err(told) => Ok(again(&app, visit, fields, told)),
        Ok(begun) => {
            let return_to = fields.return_to.as_deref().and_then(ReturnTo::new);
            let next =
                return_to.map_or_else(|| see_with("/account", Notice::SignedUp), |path| see(path.as_str()));
            Ok((handed(&begun), next).into_response())
        }
    }
}

async fn attempt(
    app: &App,
    visit: &Visit,
    client: Client,
    token: &str,
    fields: &Fields,
) -> Result<SignIn, Told> {
    visit.confirm(token)?;
    let name = Some(fields.name.as_str()).filter(|name| !name.trim().is_empty());
    let new = NewAccount { identifier: &fields.identifier, name, password: &fields.password };
    Ok(app.auth.sign_up(new, client, Carrier::Cookie).await?)
}

fn again(app: &App, mut visit: Visit, fields: Fields, told: Told) -> Response {
    let return_to = kept(fields.return_to.as_deref().and_then(ReturnTo::new));
    let Fields { identifier, name, .. } = fields;
    let page =
        view::SignUp { identifier, name, return_to, problem: Some(told.problem), ..page(app, &mut visit) };
    visit.told(told, &View::SignUp(page))
}

fn page(app: &App, visit: &mut Visit) -> view::SignUp {
    let password_min_length = app.auth.rules().min_password;
    view::SignUp { csrf_token: visit.form_token(), password_min_length, ..Default::default() }
}
