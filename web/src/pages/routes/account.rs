//! `/account`: who one is, where one is signed in, and the password.

use axum::extract::State;
use axum::response::Response;
use bitjang_core::{Error, PasswordChange, Refusal, SessionId};
use bitjang_guard::{Problem, SignedForm, SignedIn};
use http::StatusCode;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::sign_out::Button;
use super::told::Told;
use super::visit::{Visit, see_with};
use crate::answer::rfc3339;
use crate::pages::View;
use crate::pages::view::{self, Notice};
use crate::segment::Segment;
use crate::{App, client};

pub(super) async fn show(State(app): State<App>, who: SignedIn, visit: Visit) -> Result<Response, Problem> {
    let page = view::Account { notice: visit.notice(), ..page(&app, &who).await? };
    Ok(visit.page(StatusCode::OK, &View::Account(page)))
}

#[derive(Deserialize)]
pub(super) struct Passwords {
    #[serde(default)]
    current_password: Zeroizing<String>,
    #[serde(default)]
    new_password: Zeroizing<String>,
}

pub(super) async fn change_password(
    State(app): State<App>,
    visit: Visit,
    from: client::From,
    SignedForm(who, passwords): SignedForm<Passwords>,
) -> Result<Response, Problem> {
    let change = PasswordChange { current: &passwords.current_password, new: &passwords.new_password };
    let told = match app.auth.change_password(&who, change, from.0.address).await {
        Ok(()) => return Ok(see_with("/account", Notice::PasswordChanged)),
        Err(Error::Refused(Refusal::SignedOut)) => return Err(Problem::signed_out()),
        Err(Error::Refused(Refusal::BadCredentials)) => Told::WRONG_PASSWORD,
        Err(error) => Told::from(error),
    };
    let page = view::Account { problem: Some(told.problem), ..page(&app, &who).await? };
    Ok(visit.told(told, &View::Account(page)))
}

pub(super) async fn end_session(
    State(app): State<App>,
    Segment(id): Segment,
    SignedForm(who, _): SignedForm<Button>,
) -> Result<Response, Problem> {
    let id: SessionId = id.parse().map_err(|_| Problem::not_found())?;
    app.auth.end_session(&who, id).await?;
    Ok(see_with("/account", Notice::OtherEnded))
}

pub(super) async fn end_other_sessions(
    State(app): State<App>,
    SignedForm(who, _): SignedForm<Button>,
) -> Result<Response, Problem> {
    app.auth.end_other_sessions(&who).await?;
    Ok(see_with("/account", Notice::OthersEnded))
}

async fn page(app: &App, who: &SignedIn) -> Result<view::Account, Problem> {
    let account = who.account();
    let sessions = app.auth.sessions(who).await?;
    Ok(view::Account {
        csrf_token: app.csrf_token(who.session().id),
        identifier: account.identifier.to_string(),
        name: account.name.as_ref().map(|name| name.as_str().to_owned()),
        roles: account.roles.as_slice().to_vec(),
        created_at: rfc3339(account.created_at),
        sessions: sessions.iter().map(|session| line(session, session.id == who.session().id)).collect(),
        password_min_length: app.auth.rules().min_password,
        notice: None,
        problem: None,
    })
}

fn line(session: &bitjang_core::Session, this_one: bool) -> view::Session {
    view::Session {
        id: session.id.to_string(),
        agent: session.client.agent.as_deref().unwrap_or_default().to_owned(),
        address: session.client.address.to_string(),
        signed_in_at: rfc3339(session.created_at),
        seen_at: rfc3339(session.seen_at),
        this_one,
    }
}
