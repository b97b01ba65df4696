//! No room: what cannot be written is not acknowledged, what was acknowledged stays, and writing goes on when there is room again.

use bitjang_core::testing::together;
use bitjang_core::{Failure, Session};

use super::{Run, Stage};
use crate::Health as _;

async fn insert_many(stage: &Stage) -> Vec<(Session, Result<(), Failure>)> {
    let sessions: Vec<Session> = (0..500).map(|_| stage.session()).collect();
    let answers = together(sessions.iter().map(|session| stage.insert(session))).await;
    sessions.into_iter().zip(answers).collect()
}

#[tokio::test]
async fn when_there_is_no_room_nothing_acknowledged_is_lost() {
    let stage = Stage::set();
    stage.store.writer.write(Run("PRAGMA max_page_count = 20")).await.unwrap();
    let mut told = insert_many(&stage).await;
    assert!(told.iter().any(|(_, answer)| answer.is_err()), "it has run out of room");
    stage.store.writer.write(Run("PRAGMA max_page_count = 1000000")).await.unwrap();
    stage.store.ping().await.unwrap();
    let later = insert_many(&stage).await;
    assert!(later.iter().all(|(_, answer)| answer.is_ok()), "there is room again");
    told.extend(later);
    for (session, answer) in told {
        let kept = stage.find(session.id).await;
        assert_eq!(kept, stage.find_on_disk(session.id).await, "cache and disk agree");
        assert_eq!(kept.is_some(), answer.is_ok(), "what was acknowledged is there, and nothing else");
    }
}
