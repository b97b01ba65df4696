//! How rows are read and written by whoever moves them: one statement for many.

use tokio_postgres::types::ToSql;

use super::row::column;
use crate::moving::place::Cause;
use crate::moving::record::{Kind, Row, Type, Value};

/// Where the rows of a kind are.
pub(super) fn from(kind: &Kind) -> String {
    match kind.name {
        // What is for the caches of servers alone stays behind: there are none where it comes to.
        "revocation" => {
            "bitjang.feed WHERE position IS NOT NULL AND (session IS NOT NULL OR epoch IS NOT NULL)"
                .to_owned()
        }
        "feed_end" => {
            "(SELECT 1::bigint AS one, position FROM bitjang.feed_end) AS feed_end WHERE true".to_owned()
        }
        plain => format!("bitjang.{plain} WHERE true"),
    }
}

/// A column, as moving knows it.
pub(super) fn shown(kind: &Kind, column: &str) -> String {
    match (kind.name, column) {
        ("account", "identifier") => "convert_from(identifier, 'UTF8')".to_owned(),
        ("account", "epoch_since") => {
            "CASE WHEN epoch_since_as_of = epoch THEN epoch_since ELSE epoch END".to_owned()
        }
        _ => column.to_owned(),
    }
}

/// The key, in an order that is the same everywhere.
pub(super) fn ordered(kind: &Kind) -> String {
    match kind.key() {
        (name, Type::Text) => format!("{name} COLLATE \"C\""),
        (name, _) => name.to_owned(),
    }
}

pub(super) fn delete(kind: &Kind) -> String {
    match kind.name {
        "feed_end" => "DELETE FROM bitjang.feed_end WHERE 1 = ANY ($1::bigint[])".to_owned(),
        "revocation" => "DELETE FROM bitjang.feed WHERE position = ANY ($1::bigint[])".to_owned(),
        plain => {
            let (key, of) = kind.key();
            format!("DELETE FROM bitjang.{plain} WHERE {key} = ANY ($1::{}[])", sql_type(of))
        }
    }
}

pub(super) fn insert(kind: &Kind) -> String {
    let names = kind.listed(str::to_owned);
    let columns = (1..).zip(kind.columns).map(|(place, (_, of))| format!("${place}::{}[]", sql_type(*of)));
    let given = format!("unnest({}) AS given ({names})", columns.collect::<Vec<_>>().join(", "));
    match kind.name {
        "account" => {
            let values = kind.listed(|name| match name {
                "identifier" => "convert_to(identifier, 'UTF8')".to_owned(),
                plain => plain.to_owned(),
            });
            format!(
                "INSERT INTO bitjang.account ({names}, epoch_since_as_of) SELECT {values}, epoch FROM {given}"
            )
        }
        "revocation" => format!("INSERT INTO bitjang.feed ({names}) SELECT {names} FROM {given}"),
        "feed_end" => format!("INSERT INTO bitjang.feed_end (position) SELECT position FROM {given}"),
        plain => format!("INSERT INTO bitjang.{plain} ({names}) SELECT {names} FROM {given}"),
    }
}

pub(super) const fn sql_type(of: Type) -> &'static str {
    match of {
        Type::Number => "bigint",
        Type::Text => "text",
        Type::Bytes => "bytea",
    }
}

pub(super) fn read(kind: &Kind, row: &tokio_postgres::Row) -> Result<Row, Cause> {
    let values = kind.columns.iter().enumerate().map(|(at, (_, of))| {
        Ok::<_, Cause>(
            match of {
                Type::Number => column::<Option<i64>>(row, at)?.map(Value::Number),
                Type::Text => column::<Option<String>>(row, at)?.map(Value::Text),
                Type::Bytes => column::<Option<Vec<u8>>>(row, at)?.map(Value::Bytes),
            }
            .unwrap_or(Value::Nothing),
        )
    });
    values.collect::<Result<_, _>>().map(Row)
}

pub(super) type Column<'v> = Box<dyn ToSql + Sync + Send + 'v>;

pub(super) fn nth<'v>(kind: &Kind, place: usize, rows: &'v [Row]) -> Column<'v> {
    let of = kind.columns.get(place).map_or(Type::Number, |(_, of)| *of);
    column_of(of, rows.iter().map(move |Row(values)| values.get(place).unwrap_or(&Value::Nothing)))
}

/// Values of one column, as an array. One that is of another type is nothing, which the database refuses where something must be.
pub(super) fn column_of<'v>(of: Type, values: impl Iterator<Item = &'v Value>) -> Column<'v> {
    match of {
        Type::Number => Box::new(
            values
                .map(|value| if let Value::Number(number) = value { Some(*number) } else { None })
                .collect::<Vec<_>>(),
        ),
        Type::Text => Box::new(
            values
                .map(|value| if let Value::Text(text) = value { Some(text.as_str()) } else { None })
                .collect::<Vec<_>>(),
        ),
        Type::Bytes => Box::new(
            values
                .map(|value| if let Value::Bytes(bytes) = value { Some(bytes.as_slice()) } else { None })
                .collect::<Vec<_>>(),
        ),
    }
}
