use std::io;

use thiserror::Error;

use crate::plan::SEATS_MAX;
use crate::tool;

/// Why there is no such network, or it could not be changed.
#[derive(Debug, Error)]
pub enum UnderlayError {
    /// A program is not installed.
    #[error("`{program}` is not installed (apt-get install {})", tool::package(program))]
    Missing {
        /// Its name.
        program: String,
    },
    /// A program could not be run.
    #[error("cannot run `{command}`: {source}")]
    Run {
        /// The program and its arguments.
        command: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// This machine does not let this user make a network namespace.
    #[error("this machine does not allow a network namespace: {said}")]
    Namespace {
        /// What was said.
        said: String,
    },
    /// A command failed.
    #[error("`{command}` failed: {said}")]
    Failed {
        /// The program, its arguments and, if there were any, the lines it was given.
        command: String,
        /// What it said.
        said: String,
    },
    /// More seats than there is room for, or none.
    #[error("{asked} seats: a network has at least 1 and at most {SEATS_MAX}")]
    Seats {
        /// How many were asked for.
        asked: usize,
    },
    /// Zones that cannot be.
    #[error("{0}")]
    Zones(String),
    /// Seats of the loopback interface have no link of their own to cut.
    #[error("`{seat}` has no link of its own: only namespaces can be cut off by the kernel")]
    NoLink {
        /// The seat.
        seat: String,
    },
}

impl UnderlayError {
    /// What the user of this machine can do about it, if anything.
    #[must_use]
    pub fn remedy(&self) -> Option<String> {
        match self {
            Self::Missing { program } => {
                Some(format!("apt-get install {}", tool::package(program)))
            }
            Self::Namespace { .. } => Some(crate::doctor::namespace_remedy()),
            Self::Failed { said, .. } if said.contains("Unknown device type") => Some(
                "load the kernel's bridge and veth modules (as root: modprobe bridge veth)".into(),
            ),
            Self::Failed { said, .. } if said.contains("not supported") => {
                Some("this kernel lacks a part; try another kernel, or another mode".into())
            }
            _ => None,
        }
    }
}
