//! What a page of the community costs with verification and decisions, beside the same page without either: medians of several rounds, as a ratio.
#![expect(clippy::print_stdout, reason = "that is what it is for")]

#[path = "../tests/community/world.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
#[expect(clippy::unwrap_used, reason = "an example that cannot go on has failed")]
mod world;

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Html;
use axum::routing::get;
use bitjang_demo::community::PostId;
use bitjang_demo::pages::Pages;
use bitjang_demo::store::Store;
use bitjang_web::pages::Language;
use http::StatusCode;
use serde_json::json;

use world::{Person, World};

const ROUNDS: usize = 9;
const REQUESTS: u32 = 500;

#[tokio::main]
async fn main() -> Result<()> {
    let mut world = World::new().await;
    let alice = world.person("alice", &[]).await;
    let path = world.written(&alice, &[]).await;
    for _ in 0..5 {
        world.remarked(&alice, &path).await;
    }
    let mut other = bare(Arc::clone(&world.store))?;
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        with.push(timed(&world, &alice, &path).await?);
        std::mem::swap(&mut world.router, &mut other);
        without.push(timed(&world, &alice, &path).await?);
        std::mem::swap(&mut world.router, &mut other);
    }
    let (with, without) = (median(with)?, median(without)?);
    println!("with verification and decisions {with:?}, without {without:?} a page");
    println!("throughput with, of that without: {:.0} %", 100.0 * without.as_secs_f64() / with.as_secs_f64());
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a measurement")]
async fn timed(world: &World, who: &Person, path: &str) -> Result<Duration> {
    let start = Instant::now();
    for _ in 0..REQUESTS {
        anyhow::ensure!(world.get(who, path).await.status == 200);
    }
    Ok(start.elapsed() / REQUESTS)
}

fn median(mut times: Vec<Duration>) -> Result<Duration> {
    times.sort();
    times.get(times.len() / 2).copied().context("no rounds")
}

type Bare = (Arc<Store>, Arc<Pages>);

/// The same reads and the same page, for whoever asks.
fn bare(store: Arc<Store>) -> Result<Router> {
    Ok(Router::new().route("/posts/{id}", get(show)).with_state((store, Arc::new(Pages::new()?))))
}

async fn show(State((store, pages)): State<Bare>, Path(id): Path<i64>) -> Result<Html<String>, StatusCode> {
    page(&store, &pages, id).map(Html).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

fn page(store: &Store, pages: &Pages, id: i64) -> Result<String> {
    let post = store.post(PostId(id))?.context("no such post")?;
    let comments = store.comments(post.id)?.into_iter().map(|comment| {
        json!({ "id": comment.id, "body": comment.body, "author": comment.author_name, "at": comment.created_at, "may_delete": true })
    });
    let card = json!({
        "id": post.id, "title": post.title, "body": post.body, "author": post.author_name, "at": post.created_at, "draft": post.draft,
    });
    let page = json!({
        "post": card, "may_edit": true, "may_delete": true, "may_remark": true, "comments": comments.collect::<Vec<_>>(),
    });
    let visitor = json!({ "name": "alice", "csrf_token": "x", "is_banned": false, "sees_members": false });
    let frame = json!({ "path": format!("/posts/{id}"), "visitor": visitor, "page": page });
    Ok(pages.render("community/post.html", Language::En, &frame)?)
}
