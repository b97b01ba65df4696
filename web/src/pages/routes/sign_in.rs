//! `/sign-in`: the form, and what becomes of it.

use axum::extract::{Request, State};
use axum::response::{AppendHeaders, IntoResponse as _, Response};
use bitjang_core::auth::SignUp;
use bitjang_core::{Carrier, Client, Credentials, SignIn};
use bitjang_guard::{Problem, SignedIn, form};
use http::header::SET_COOKIE;
use http::{HeaderName, HeaderValue, StatusCode};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::return_to::ReturnTo;
use super::told::Told;
use super::visit::{Visit, see};
use crate::answer::cookies_of;
use crate::pages::{View, view};
use crate::{App, client};

#[derive(Deserialize)]
struct Fields {
    #[serde(default)]
    identifier: String,
    #[serde(default)]
    password: Zeroizing<String>,
    return_to: Option<String>,
}

pub(super) async fn show(State(app): State<App>, who: Option<SignedIn>, mut visit: Visit) -> Response {
    if who.is_some() {
        return see(destination(visit.return_to().as_ref()));
    }
    let page =
        view::SignIn { notice: visit.notice(), return_to: kept(visit.return_to()), ..page(&app, &mut visit) };
    visit.page(StatusCode::OK, &View::SignIn(page))
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
            Ok((handed(&begun), see(destination(return_to.as_ref()))).into_response())
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
    let credentials = Credentials { identifier: &fields.identifier, password: &fields.password };
    Ok(app.auth.sign_in(credentials, client, Carrier::Cookie).await?)
}

fn again(app: &App, mut visit: Visit, fields: Fields, told: Told) -> Response {
    let return_to = kept(fields.return_to.as_deref().and_then(ReturnTo::new));
    let page = page(app, &mut visit);
    let page = view::SignIn { identifier: fields.identifier, return_to, problem: Some(told.problem), ..page };
    visit.told(told, &View::SignIn(page))
}

fn page(app: &App, visit: &mut Visit) -> view::SignIn {
    let sign_up_open = app.auth.rules().sign_up == SignUp::Open;
    view::SignIn { csrf_token: visit.form_token(), sign_up_open, ..Default::default() }
}

/// Where to go after signing in or up.
pub(super) fn destination(return_to: Option<&ReturnTo>) -> &str {
    return_to.map_or("/account", ReturnTo::as_str)
}

/// The destination as a form's hidden field keeps it.
pub(super) fn kept(return_to: Option<ReturnTo>) -> Option<String> {
    return_to.map(|path| path.as_str().to_owned())
}

/// The cookie of a session that has just begun: pages are carried by the session cookie.
pub(super) fn handed(begun: &SignIn) -> AppendHeaders<Vec<(HeaderName, HeaderValue)>> {
    AppendHeaders(cookies_of(begun).into_iter().map(|cookie| (SET_COOKIE, cookie)).collect())
}
