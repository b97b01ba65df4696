//! From columns to the words of the core.

use std::error::Error;
use std::str::FromStr;

use bitjang_core::{Revision, Time};
use tokio_postgres::Row;
use tokio_postgres::types::FromSql;

/// What could not be made of a row: a failure, never a guess.
pub(super) type Unreadable = Box<dyn Error + Send + Sync>;

/// The column holds what this release does not know.
#[derive(Debug, thiserror::Error)]
#[error("the column holds what this release does not know")]
pub(super) struct Unknown;

/// The value of a column.
pub(super) fn column<'r, T: FromSql<'r>>(row: &'r Row, column: usize) -> Result<T, Unreadable> {
    Ok(row.try_get(column)?)
}

/// The value that a text column spells.
pub(super) fn parsed<T: FromStr<Err: Error + Send + Sync + 'static>>(
    row: &Row,
    at: usize,
) -> Result<T, Unreadable> {
    Ok(column::<&str>(row, at)?.parse()?)
}

/// The bytes of a column of a fixed length.
pub(super) fn bytes<const N: usize>(row: &Row, at: usize) -> Result<[u8; N], Unreadable> {
    Ok(column::<&[u8]>(row, at)?.try_into()?)
}

/// The same, where there may be none.
pub(super) fn maybe_bytes<const N: usize>(row: &Row, at: usize) -> Result<Option<[u8; N]>, Unreadable> {
    Ok(column::<Option<&[u8]>>(row, at)?.map(TryInto::try_into).transpose()?)
}

/// A time column.
pub(super) fn time(row: &Row, at: usize) -> Result<Time, Unreadable> {
    column(row, at).map(Time::from_micros)
}

/// A column that counts up.
pub(super) fn count(row: &Row, at: usize) -> Result<u64, Unreadable> {
    column(row, at).map(i64::cast_unsigned)
}

/// A revision column.
pub(super) fn revision(row: &Row, at: usize) -> Result<Revision, Unreadable> {
    count(row, at).map(Revision)
}
