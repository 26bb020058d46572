use std::io;
use std::path::{Path, PathBuf};

use redb::{CommitError, DatabaseError, StorageError, TableError, TransactionError};
use thiserror::Error;

use super::FORMAT;

/// Why stable storage cannot be used. Each says what to do about it.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A newer program wrote it.
    #[error(
        "{path}: written by a newer aap (format {found}; this one reads up to {FORMAT}). Use that \
         version, or another data directory; nothing was changed"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u32,
    },
    /// It is not a whole store.
    #[error(
        "{path}: damaged: {why}. Restore it from a copy. To begin anew, move it away: the node \
         then remembers nothing, and what it had allocated may be allocated twice"
    )]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// It is a database of something else.
    #[error("{path}: not a store of aap. Choose another data directory")]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// It was filled for another range.
    #[error(
        "{path}: scope `{scope}` was {stored} when this was written, and is {wanted} now. Give the \
         new scope another name or another data directory"
    )]
    OtherScope {
        /// The file.
        path: PathBuf,
        /// The scope's name.
        scope: String,
        /// The range it had.
        stored: String,
        /// The range it has.
        wanted: String,
    },
    /// Another node uses it.
    #[error("{path}: in use by another node. Stop that one, or choose another data directory")]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// There is none.
    #[error("{path}: there is no store here")]
    Missing {
        /// Where one was looked for.
        path: PathBuf,
    },
    /// The operating system refuses.
    #[error("{path}: {why}. Mend that, or choose another data directory")]
    Unusable {
        /// The file or directory.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// Writing failed, or reading what was checked before.
    #[error("{0}")]
    Failed(String),
}

impl StoreError {
    pub(super) fn directory(path: &Path, error: &io::Error) -> Self {
        Self::Unusable { path: path.to_owned(), why: explain(error) }
    }

    pub(super) fn open(path: &Path, error: DatabaseError) -> Self {
        let path = path.to_owned();
        match error {
            DatabaseError::DatabaseAlreadyOpen | DatabaseError::LockProtocolMismatch => {
                Self::InUse { path }
            }
            DatabaseError::Storage(StorageError::Io(error)) => match error.kind() {
                io::ErrorKind::NotFound => Self::Missing { path },
                io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => {
                    Self::Corrupt { path, why: error.to_string() }
                }
                _ => Self::Unusable { path, why: explain(&error) },
            },
            other => Self::Corrupt { path, why: other.to_string() },
        }
    }
}

fn explain(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::StorageFull => "the disk is full".to_owned(),
        io::ErrorKind::ReadOnlyFilesystem => "the file system is read-only".to_owned(),
        io::ErrorKind::PermissionDenied => {
            "no permission to write here; stable storage needs it".to_owned()
        }
        _ => error.to_string(),
    }
}

macro_rules! failed {
    ($($error:ty),+) => {
        $(impl From<$error> for StoreError {
            fn from(error: $error) -> Self {
                match redb::Error::from(error) {
                    redb::Error::Io(error) => Self::Failed(explain(&error)),
                    other => Self::Failed(other.to_string()),
                }
            }
        })+
    };
}

failed!(CommitError, StorageError, TableError, TransactionError);
