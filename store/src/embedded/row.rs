//! From columns to the words of the core.

use std::error::Error;
use std::str::FromStr;

use bitjang_core::{Revision, Time};
use rusqlite::types::Type;
use rusqlite::{Row, RowIndex};

/// What a column must hold to be read; a row that does not is a failure, never a guess.
#[derive(Debug, thiserror::Error)]
#[error("the column holds what this release does not know")]
pub(super) struct Unknown;

/// The value that a text column spells.
pub(super) fn parsed<T: FromStr<Err: Error + Send + Sync + 'static>>(
    row: &Row<'_>,
    column: usize,
) -> rusqlite::Result<T> {
    spelled(row, column, |text| text.parse().map_err(Into::into))
}

/// The value that `read` makes of a text column.
pub(super) fn spelled<T>(
    row: &Row<'_>,
    column: usize,
    read: impl FnOnce(&str) -> Result<T, Box<dyn Error + Send + Sync>>,
) -> rusqlite::Result<T> {
    let text = row.get_ref(column)?.as_str()?;
    read(text).map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, error))
}

/// A time column.
pub(super) fn time(row: &Row<'_>, column: impl RowIndex) -> rusqlite::Result<Time> {
    row.get(column).map(Time::from_micros)
}

/// A column that counts up from 1.
pub(super) fn count(row: &Row<'_>, column: impl RowIndex) -> rusqlite::Result<u64> {
    row.get::<_, i64>(column).map(i64::cast_unsigned)
}

/// A revision column.
pub(super) fn revision(row: &Row<'_>, column: impl RowIndex) -> rusqlite::Result<Revision> {
    count(row, column).map(Revision)
}
