//! Why something was not moved, in words that say what to do.

use super::place::{Cause, Mark};
use super::record::Kind;
use crate::{FolderError, OpenError};

/// Why records were not moved, backed up or restored. Nothing was lost: they are where they were.
#[derive(Debug, thiserror::Error)]
pub enum MoveError {
    /// One of the stores cannot be used.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// What is in memory is gone with its server.
    #[error(
        "memory: keeps nothing that could be moved; known are \"embedded:<folder>\" and \"postgres://…\""
    )]
    Memory,
    /// There is no store.
    #[error("there is no store at {at}")]
    Nothing {
        /// Where none is.
        at: String,
    },
    /// Source and target are one.
    #[error("{at} cannot be moved to itself")]
    Itself {
        /// Where.
        at: String,
    },
    /// The target is somebody's.
    #[error("{at} holds other data ({kind}): choose an empty folder or database; nothing was changed there")]
    NotEmpty {
        /// The target.
        at: String,
        /// A kind of record that is there.
        kind: &'static str,
    },
    /// Servers run on the store.
    #[error("servers run on {at}: stop them first")]
    InUse {
        /// Where.
        at: String,
    },
    /// The target was being filled with something else.
    #[error("{at} holds an unfinished copy of {from}: finish that, or choose an empty folder or database")]
    OtherOrigin {
        /// The target.
        at: String,
        /// What it was being filled from.
        from: String,
    },
    /// The store has been left.
    #[error("{at} has been moved to {to}: that is where its records are")]
    Moved {
        /// The old store.
        at: String,
        /// The new one.
        to: String,
    },
    /// Only a store that was moved away is taken into use again.
    #[error("{at} has not been moved away: there is nothing to take back")]
    NotMoved {
        /// Which.
        at: String,
    },
    /// The source is a copy itself, and not a whole one.
    #[error("{at} holds an unfinished copy of {from}: finish that first")]
    Unfinished {
        /// The source.
        at: String,
        /// What it was being filled from.
        from: String,
    },
    /// A record could not be read.
    #[error(
        "the records of kind {kind} could not be read; run the same command again, it goes on where it was"
    )]
    Reading {
        /// Of which kind.
        kind: &'static str,
        /// What went wrong.
        source: Cause,
    },
    /// A record could not be written.
    #[error(
        "records of kind {kind} could not be written to {at}; run the same command again, it goes on where it was"
    )]
    Writing {
        /// Of which kind.
        kind: &'static str,
        /// Where.
        at: String,
        /// What went wrong.
        source: Cause,
    },
    /// The target's disk is full.
    #[error(
        "no room is left at {at}: make room and run the same command again, it goes on where it was; the store that is moved serves on"
    )]
    NoRoom {
        /// The target.
        at: String,
        /// What it said.
        source: Cause,
    },
    /// What was written is not what was read back.
    #[error(
        "what was read back from {at} is not what was written (records of kind {kind}): do not use it, and look at its disk and memory"
    )]
    Differs {
        /// Of which kind.
        kind: &'static str,
        /// The target.
        at: String,
    },
    /// Something else did not work.
    #[error("{at}: could not {action}; run the same command again, it goes on where it was")]
    Failed {
        /// Where.
        at: String,
        /// What.
        action: &'static str,
        /// What went wrong.
        source: Cause,
    },
    /// The backup cannot be read or written.
    #[error(transparent)]
    Backup(#[from] super::backup::BackupError),
}

impl MoveError {
    /// Whether somebody else holds the store.
    pub(crate) fn is_in_use(&self) -> bool {
        matches!(self, Self::InUse { .. } | Self::Open(OpenError::Folder(FolderError::InUse { .. })))
    }

    /// A store that bears this mark is not to be moved.
    pub(crate) fn marked(at: String, mark: Mark) -> Self {
        match mark {
            Mark::MovedTo(to) => Self::Moved { at, to },
            Mark::FilledFrom(from) => Self::Unfinished { at, from },
        }
    }

    pub(crate) fn reading(kind: &'static Kind, source: Cause) -> Self {
        Self::Reading { kind: kind.name, source }
    }
}
