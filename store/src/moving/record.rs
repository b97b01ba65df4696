//! Every kind of record that outlives a server, as rows of plain values: the same at every store, and in a backup.

use std::cmp::Ordering;

use sha2::{Digest as _, Sha256};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Number,
    Text,
    Bytes,
}

/// What stands in a column. Prints nowhere: it may be a key.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Value {
    Nothing,
    Number(i64),
    Text(String),
    Bytes(Vec<u8>),
}

/// One record: the values of its kind's columns, in their order.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Row(pub(crate) Vec<Value>);

/// A kind of record.
#[derive(Debug)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    /// The first is the key: no two records have the same, and all stores agree on its order.
    pub(crate) columns: &'static [(&'static str, Type)],
}

use Type::{Bytes, Number, Text};

pub(crate) const ACCOUNT: Kind = Kind {
    name: "account",
    columns: &[
        ("id", Bytes),
        ("identifier", Text),
        ("name", Text),
        ("password", Text),
        ("roles", Text),
        ("state", Text),
        ("epoch", Number),
        ("epoch_since", Number),
        ("epoch_spared", Bytes),
        ("created_at", Number),
        ("revision", Number),
    ],
};

pub(crate) const SESSION: Kind = Kind {
    name: "session",
    columns: &[
        ("id", Bytes),
        ("secret", Bytes),
        ("account", Bytes),
        ("epoch", Number),
        ("carrier", Text),
        ("agent", Text),
        ("address", Text),
        ("created_at", Number),
        ("seen_at", Number),
        ("idle_ends_at", Number),
        ("ends_at", Number),
        ("generation", Number),
        ("spent", Bytes),
        ("ended_at", Number),
        ("ended_why", Text),
        ("revision", Number),
    ],
};

/// The secrets of the installation, as they lie in the store: sealed where they are sealed.
pub(crate) const KEY: Kind =
    Kind { name: "key", columns: &[("purpose", Text), ("secret", Bytes), ("created_at", Number)] };

/// The keys that sign, in the order in which they do; sealed where they are sealed.
pub(crate) const SIGNER: Kind = Kind {
    name: "signer",
    columns: &[
        ("number", Number),
        ("kid", Text),
        ("algorithm", Text),
        ("material", Bytes),
        ("created_at", Number),
        ("signs_from", Number),
    ],
};

pub(crate) const SERVICE_CREDENTIAL: Kind = Kind {
    name: "service_credential",
    columns: &[("name", Text), ("secret", Bytes), ("created_at", Number)],
};

/// Counted guesses, where they are kept on disk.
pub(crate) const BUCKET: Kind = Kind { name: "bucket", columns: &[("name", Bytes), ("full_at", Number)] };

/// The feed, each entry in its place, so that whoever follows it reads on.
pub(crate) const REVOCATION: Kind = Kind {
    name: "revocation",
    columns: &[
        ("position", Number),
        ("session", Bytes),
        ("account", Bytes),
        ("epoch", Number),
        ("spared", Bytes),
        ("at", Number),
        ("until", Number),
    ],
};

/// One record: the last position of the feed that was ever given, so that none is given twice.
pub(crate) const FEED_END: Kind =
    Kind { name: "feed_end", columns: &[("one", Number), ("position", Number)] };

/// All there is, in the order in which it is moved. The end of the feed comes after the feed.
pub(crate) const ALL: &[&Kind] =
    &[&KEY, &SIGNER, &SERVICE_CREDENTIAL, &ACCOUNT, &SESSION, &BUCKET, &REVOCATION, &FEED_END];

impl Kind {
    /// The name and type of its key.
    pub(crate) fn key(&self) -> (&'static str, Type) {
        self.columns.first().copied().unwrap_or(("", Number))
    }

    /// Its columns' names, with something between them.
    pub(crate) fn listed(&self, spelled: impl Fn(&'static str) -> String) -> String {
        let columns: Vec<_> = self.columns.iter().map(|(name, _)| spelled(name)).collect();
        columns.join(", ")
    }
}

impl Row {
    /// What it is known by among its kind.
    pub(crate) fn key(&self) -> &Value {
        self.0.first().unwrap_or(&Value::Nothing)
    }

    /// The same, of a row that is not needed any more.
    pub(crate) fn into_key(self) -> Value {
        self.0.into_iter().next().unwrap_or(Value::Nothing)
    }

    /// The value in a column of this name.
    pub(crate) fn column(&mut self, kind: &Kind, name: &str) -> Option<&mut Value> {
        let place = kind.columns.iter().position(|(column, _)| *column == name)?;
        self.0.get_mut(place)
    }

    /// How it stands to another in the order of keys.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        self.key().cmp(other.key())
    }

    /// The row as bytes: no two rows have the same.
    pub(crate) fn encode(&self, into: &mut Vec<u8>) {
        for value in &self.0 {
            let (tag, bytes): (u8, &[u8]) = match value {
                Value::Nothing => (0, &[]),
                Value::Number(number) => (1, &number.to_be_bytes()),
                Value::Text(text) => (2, text.as_bytes()),
                Value::Bytes(bytes) => (3, bytes),
            };
            into.push(tag);
            into.extend_from_slice(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
            into.extend_from_slice(bytes);
        }
    }

    /// The row that these bytes are; nothing if they are none of this kind.
    pub(crate) fn decode(kind: &Kind, mut bytes: &[u8]) -> Option<Self> {
        let mut values = Vec::with_capacity(kind.columns.len());
        for (_, of) in kind.columns {
            let (tag, rest) = bytes.split_first()?;
            let (length, rest) = rest.split_first_chunk::<4>()?;
            let (value, rest) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
            values.push(match (tag, of) {
                (0, _) if value.is_empty() => Value::Nothing,
                (1, Number) => Value::Number(i64::from_be_bytes(value.try_into().ok()?)),
                (2, Text) => Value::Text(String::from_utf8(value.to_vec()).ok()?),
                (3, Bytes) => Value::Bytes(value.to_vec()),
                _ => return None,
            });
            bytes = rest;
        }
        bytes.is_empty().then_some(Self(values))
    }
}

/// How many records of a kind there are, and what they say, in the order of their keys.
#[derive(Clone)]
pub(crate) struct Sum {
    pub(crate) rows: u64,
    digest: Sha256,
    scratch: Vec<u8>,
}

impl Sum {
    pub(crate) fn new() -> Self {
        Self { rows: 0, digest: Sha256::new(), scratch: Vec::new() }
    }

    /// Takes in the next row.
    pub(crate) fn take(&mut self, row: &Row) {
        self.rows += 1;
        self.scratch.clear();
        row.encode(&mut self.scratch);
        self.digest.update(&self.scratch);
    }

    /// SHA-256 over all of them.
    pub(crate) fn digest(self) -> [u8; 32] {
        self.digest.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_read_back_as_it_was_written_and_nothing_else_is_a_row() {
        let row = Row(vec![Value::Bytes(vec![1; 16]), Value::Number(-7)]);
        let mut bytes = Vec::new();
        row.encode(&mut bytes);
        assert!(Row::decode(&BUCKET, &bytes).is_some_and(|read| read == row));
        assert!(Row::decode(&FEED_END, &bytes).is_none(), "another kind");
        for length in 0..bytes.len() {
            assert!(Row::decode(&BUCKET, &bytes[..length]).is_none(), "{length}");
        }
        bytes.push(0);
        assert!(Row::decode(&BUCKET, &bytes).is_none(), "more than a row");
    }

    #[test]
    fn what_stands_in_which_column_makes_a_difference() {
        let digest = |rows: &[[&str; 2]]| {
            let mut sum = Sum::new();
            for row in rows {
                sum.take(&Row(row.map(|text| Value::Text(text.to_owned())).to_vec()));
            }
            sum.digest()
        };
        assert_ne!(digest(&[["a", "bc"]]), digest(&[["ab", "c"]]));
        assert_ne!(digest(&[["a", "b"], ["c", "d"]]), digest(&[["c", "d"], ["a", "b"]]));
        assert_eq!(digest(&[["a", "b"]]), digest(&[["a", "b"]]));
    }
}
