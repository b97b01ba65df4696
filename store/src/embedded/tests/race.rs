//! The race between a reader and a commit, scripted: the reader has seen the old row, the commit goes by, and only then does the reader fill the cache.

use std::convert::Infallible;
use std::sync::Arc;

use bitjang_core::session::EndedWhy;
use bitjang_core::testing::at;
use bitjang_core::{Session, Sessions};
use tokio::runtime::Runtime;

use super::Stage;

/// Halts a reader of `session` after it has read the row, does `meanwhile`, and lets the reader go on: what it answers.
fn overtaken(stage: &Stage, session: &Session, meanwhile: impl FnOnce()) -> Option<Arc<Session>> {
    stage.store.caches.sessions.forget(session.id);
    let read = || {
        meanwhile();
        Ok::<_, Infallible>(Some(session.clone()))
    };
    stage.store.caches.sessions.load(session.id, read).unwrap()
}

#[test]
fn a_reader_overtaken_by_a_sign_out_leaves_nothing_old_behind() {
    let (runtime, stage) = (Runtime::new().unwrap(), Stage::set());
    let old = stage.session();
    let ended = old.ending(EndedWhy::SignedOut, at(20)).unwrap();
    runtime.block_on(stage.insert(&old)).unwrap();
    let seen = overtaken(&stage, &old, || {
        let _ = runtime.block_on(stage.replace(&ended)).unwrap();
    });
    assert_eq!(seen.as_deref(), Some(&old), "it asked before the sign-out was acknowledged");
    assert_eq!(runtime.block_on(stage.find(old.id)), Some(ended));
}

#[test]
fn nor_when_the_new_record_has_already_been_pushed_out_again() {
    let (runtime, stage) = (Runtime::new().unwrap(), Stage::set());
    let old = stage.session();
    let ended = old.ending(EndedWhy::SignedOut, at(20)).unwrap();
    runtime.block_on(stage.insert(&old)).unwrap();
    overtaken(&stage, &old, || {
        let _ = runtime.block_on(stage.replace(&ended)).unwrap();
        stage.store.caches.sessions.forget(old.id);
    });
    assert_eq!(runtime.block_on(stage.find(old.id)), Some(ended));
}

#[test]
fn a_reader_overtaken_by_a_sweep_leaves_nothing_behind() {
    let (runtime, stage) = (Runtime::new().unwrap(), Stage::set());
    let old = stage.session();
    runtime.block_on(stage.insert(&old)).unwrap();
    overtaken(&stage, &old, || {
        let swept = runtime.block_on(Sessions::sweep(&stage.store, at(1_000_000), 10)).unwrap();
        assert_eq!(swept, 1);
    });
    assert_eq!(runtime.block_on(stage.find(old.id)), None);
}

#[test]
fn a_reader_that_nothing_overtakes_fills_the_cache() {
    let (runtime, stage) = (Runtime::new().unwrap(), Stage::set());
    let session = stage.session();
    runtime.block_on(stage.insert(&session)).unwrap();
    assert!(overtaken(&stage, &session, || ()).is_some());
    assert!(stage.store.caches.sessions.find(session.id).is_some());
}
