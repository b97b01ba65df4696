//! `/`: the front page.

use axum::extract::State;
use axum::response::Response;
use bitjang_core::auth::SignUp;
use bitjang_guard::SignedIn;
use http::StatusCode;

use super::visit::Visit;
use crate::App;
use crate::pages::{View, view};

pub(super) async fn show(State(app): State<App>, who: Option<SignedIn>, visit: Visit) -> Response {
    let visitor = match who {
        Some(who) => view::Visitor::SignedIn {
            name: who.called().to_owned(),
            csrf_token: app.csrf_token(who.session().id),
        },
        None => view::Visitor::Stranger { sign_up_open: app.auth.rules().sign_up == SignUp::Open },
    };
    visit.page(StatusCode::OK, &View::Home(view::Home { visitor, notice: visit.notice() }))
}
