//! Taking hold of stores: what may be moved out of, what may be moved into, and what neither.

use super::error::MoveError;
use super::place::{Mark, Place};
use super::record::{self, Kind};
use crate::{OpenError, StoreUrl, embedded, postgres};

/// A store to move things out of; others may hold it.
pub(super) async fn source(url: &StoreUrl) -> Result<Box<dyn Place>, MoveError> {
    Ok(match url {
        StoreUrl::Memory => return Err(MoveError::Memory),
        StoreUrl::Embedded(folder) if !embedded::is_there(folder) => {
            return Err(MoveError::Nothing { at: url.to_string() });
        }
        StoreUrl::Embedded(folder) => Box::new(embedded::Visited::visit(folder).map_err(OpenError::from)?),
        StoreUrl::Postgres(url) => {
            let visited = postgres::Visited::visit(url).await.map_err(opening)?;
            Box::new(visited.ok_or_else(|| MoveError::Nothing { at: url.to_string() })?)
        }
    })
}

/// A store to move things into; nobody else holds it.
pub(super) async fn target(url: &StoreUrl) -> Result<Box<dyn Place>, MoveError> {
    Ok(match url {
        StoreUrl::Memory => return Err(MoveError::Memory),
        StoreUrl::Embedded(folder) => Box::new(embedded::Visited::hold(folder).map_err(OpenError::from)?),
        StoreUrl::Postgres(url) => {
            let held = postgres::Visited::hold(url).await.map_err(opening)?;
            Box::new(held.ok_or_else(|| MoveError::InUse { at: url.to_string() })?)
        }
    })
}

fn opening(error: postgres::DatabaseError) -> MoveError {
    OpenError::from(Box::new(error)).into()
}

pub(super) async fn count(place: &mut dyn Place, kinds: &[&'static Kind]) -> Result<u64, MoveError> {
    let mut rows = 0;
    for kind in kinds.iter().copied() {
        if place.keeps(kind) {
            rows += place.count(kind).await.map_err(|why| MoveError::reading(kind, why))?;
        }
    }
    Ok(rows)
}

pub(super) async fn mark(place: &mut dyn Place) -> Result<Option<Mark>, MoveError> {
    let found = place.mark().await;
    found.map_err(|source| MoveError::Failed { at: place.address(), action: "see what became of it", source })
}

pub(super) async fn set_mark(place: &mut dyn Place, mark: Option<&Mark>) -> Result<(), MoveError> {
    let set = place.set_mark(mark).await;
    set.map_err(|source| MoveError::Failed {
        at: place.address(),
        action: "write down what becomes of it",
        source,
    })
}

pub(super) async fn refuse_marked(place: &mut dyn Place) -> Result<(), MoveError> {
    let found = mark(place).await?;
    found.map_or(Ok(()), |mark| Err(MoveError::marked(place.address(), mark)))
}

/// Makes sure that the target is empty, or holds what was copied of `origin` before, and says in it that it is no whole store for now.
pub(super) async fn claim(
    target: &mut dyn Place,
    found: Option<Mark>,
    origin: &str,
) -> Result<(), MoveError> {
    let at = target.address();
    match found {
        None => {
            refuse_others(target).await?;
            set_mark(target, Some(&Mark::FilledFrom(origin.to_owned()))).await
        }
        Some(Mark::FilledFrom(from)) if from == origin => Ok(()),
        Some(Mark::FilledFrom(from)) => Err(MoveError::OtherOrigin { at, from }),
        Some(Mark::MovedTo(to)) => Err(MoveError::Moved { at, to }),
    }
}

pub(super) async fn refuse_others(target: &mut dyn Place) -> Result<(), MoveError> {
    for kind in record::ALL.iter().copied().filter(|kind| kind.name != record::FEED_END.name) {
        let first = if target.keeps(kind) { target.page(kind, None, 1).await } else { Ok(Vec::new()) };
        if !first.map_err(|why| MoveError::reading(kind, why))?.is_empty() {
            return Err(MoveError::NotEmpty { at: target.address(), kind: kind.name });
        }
    }
    Ok(())
}
