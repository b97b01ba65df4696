//! What Bitjang answers, under our origin: its cookies are then ours to read, and its pages count our pages as their own.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Request, State};
use axum::response::Response;
use bitjang_guard::Problem;

use crate::app::App;

pub(super) async fn pass_on(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Result<Response, Problem> {
    app.exchange.bitjang().pass_on(request, peer).await
}
