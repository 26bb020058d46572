use std::fmt;
use std::io;
use std::path::PathBuf;

use serde::Deserialize;
use thiserror::Error;

/// Why a question has no answer, in words for whoever asked.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// Nobody listens at the socket.
    #[error(
        "no node listens at {}\n  start one with `aap node`, or name its socket with --control or \
         AAP_CONTROL", .0.display()
    )]
    NoNode(PathBuf),
    /// The socket's file mode says no.
    #[error(
        "you may not use {}\n  the node's owner and group may: ask to be made a member",
        .0.display()
    )]
    Forbidden(PathBuf),
    /// The socket cannot be reached.
    #[error("cannot reach the node at {}: {why}", .path.display())]
    Unreachable {
        /// The socket.
        path: PathBuf,
        /// What the operating system said.
        why: io::Error,
    },
    /// The node has not begun to answer in time.
    #[error("the node at {} does not answer", .0.display())]
    Silent(PathBuf),
    /// The connection broke.
    #[error("lost the node at {}: {why}", .path.display())]
    Lost {
        /// The socket.
        path: PathBuf,
        /// What the operating system said.
        why: io::Error,
    },
    /// Whoever listens is no node.
    #[error("what listens at {} does not speak as a node does", .0.display())]
    Strange(PathBuf),
    /// The node says no.
    #[error("{0}")]
    Refused(Box<Problem>),
}

/// A problem document (RFC 9457) of a node.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Problem {
    /// The status of HTTP.
    pub status: u16,
    /// Its name, such as `none_free`.
    pub reason: String,
    /// What it means.
    pub title: String,
    /// What was wrong with this very request.
    pub detail: Option<String>,
    /// What to do.
    pub remedy: Option<String>,
    /// When to ask again, in seconds.
    pub retry_after_s: Option<u64>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.title.as_str() {
            "" => f.write_str("the node says no")?,
            title => f.write_str(title)?,
        }
        if let Some(detail) = &self.detail {
            write!(f, ": {detail}")?;
        }
        Ok(())
    }
}
