//! Members: moderators ban, and admins say what others are trusted with.

use axum::extract::State;
use axum::response::Response;
use bitjang_core::AccountId;
use bitjang_guard::Problem;
use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::Named;
use super::posts::{Button, done};
use super::visit::{Sent, Visit, see};
use crate::app::App;
use crate::community::Member;
use crate::exchange::Visitor;
use crate::rules::{Ban, Community, GiveRoles, Moderate};

/// The one role that is given here.
const MODERATOR: &str = "moderator";

#[derive(Serialize)]
struct Members {
    members: Vec<Row>,
}

#[derive(Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "what a template asks, one by one")]
struct Row {
    id: String,
    name: String,
    roles: Vec<String>,
    is_banned: bool,
    is_moderator: bool,
    may_ban: bool,
    may_give_roles: bool,
}

/// The form of roles: ticked or not.
#[derive(Deserialize)]
pub(super) struct Ticked {
    moderator: Option<String>,
}

pub(super) async fn list(
    State(app): State<App>,
    visitor: Visitor,
    visit: Visit,
) -> Result<Response, Problem> {
    let person = app.person(&visitor)?;
    if !app.allows::<GiveRoles, _>(&person, &Community) {
        app.may::<Moderate, _>(&person, &Community).map(drop)?;
    }
    let row = |member: Member| Row {
        may_ban: app.allows::<Ban, _>(&person, &member),
        may_give_roles: app.allows::<GiveRoles, _>(&person, &member),
        is_moderator: member.roles.iter().any(|role| role == MODERATOR),
        id: member.account.to_string(),
        name: member.name,
        roles: member.roles,
        is_banned: member.is_banned,
    };
    let members = app.store.members()?.into_iter().map(row).collect();
    visit.page(StatusCode::OK, "community/members.html", Some(&visitor), Members { members })
}

pub(super) async fn ban(
    State(app): State<App>,
    Named(id): Named<AccountId>,
    Sent(visitor, Button {}): Sent<Button>,
) -> Result<Response, Problem> {
    let may = app.may::<Ban, _>(&app.person(&visitor)?, &app.member(id)?)?;
    done(app.store.ban(may)?)?;
    Ok(see("/members"))
}

pub(super) async fn unban(
    State(app): State<App>,
    Named(id): Named<AccountId>,
    Sent(visitor, Button {}): Sent<Button>,
) -> Result<Response, Problem> {
    let may = app.may::<Ban, _>(&app.person(&visitor)?, &app.member(id)?)?;
    app.store.unban(may)?;
    Ok(see("/members"))
}

/// Roles are Bitjang's: they are given there. The member's tokens, which say otherwise, are forgotten here.
pub(super) async fn give_roles(
    State(app): State<App>,
    Named(id): Named<AccountId>,
    Sent(visitor, ticked): Sent<Ticked>,
) -> Result<Response, Problem> {
    let member = app.member(id)?;
    let may = app.may::<GiveRoles, _>(&app.person(&visitor)?, &member)?;
    let others = member.roles.iter().filter(|role| *role != MODERATOR).cloned();
    let roles: Vec<_> = others.chain(ticked.moderator.map(|_| MODERATOR.to_owned())).collect();
    app.office.give_roles(may, &member, &roles).await?;
    app.exchange.forget(id);
    app.store.know(&Member { roles, ..member })?;
    Ok(see("/members"))
}

impl App {
    fn member(&self, id: AccountId) -> Result<Member, Problem> {
        self.store.member(id)?.ok_or(Problem::forbidden())
    }
}
