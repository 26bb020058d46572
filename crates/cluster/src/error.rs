use std::io;
use std::net::IpAddr;
use std::path::PathBuf;

use thiserror::Error;
use underlay::UnderlayError;

/// Why there is no cluster.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StartError {
    /// As many clusters run as fit on a machine.
    #[error("{slots} clusters run on this machine, and there is no room for more; end one")]
    NoSlot {
        /// How many fit.
        slots: u8,
    },
    /// Loopback does not have the addresses that members speak from.
    #[error(
        "cannot use {address} on this machine: {why}\n  a cluster needs the loopback interface, up, with 127.0.0.0/8"
    )]
    NoLoopback {
        /// The address.
        address: IpAddr,
        /// What the operating system said.
        why: io::Error,
    },
    /// The run folder cannot be made.
    #[error("{}: {why}\n  set XDG_RUNTIME_DIR or TMPDIR to a directory you may write to", .folder.display())]
    Folder {
        /// Which.
        folder: PathBuf,
        /// What the operating system said.
        why: io::Error,
    },
    /// The program cannot be started.
    #[error("cannot run {}: {why}", .program.display())]
    Program {
        /// Which.
        program: PathBuf,
        /// What the operating system said.
        why: io::Error,
    },
    /// The scope is of a family that the network does not have.
    #[error("on loopback a cluster speaks IPv4; take an IPv4 scope, or namespaces")]
    NeedsNamespaces,
    /// The network cannot be made.
    #[error("{}", with_remedy(.0))]
    Underlay(UnderlayError),
    /// More members were asked for than have addresses.
    #[error("a cluster has 1 to {nodes} nodes and at most {coordinators} coordinators")]
    TooMany {
        /// Nodes that have addresses.
        nodes: usize,
        /// Coordinators that have addresses.
        coordinators: usize,
    },
    /// A member ended while the cluster started.
    #[error("{name} ended at once:\n{said}")]
    Ended {
        /// Which.
        name: String,
        /// The end of its log.
        said: String,
    },
}

fn with_remedy(why: &UnderlayError) -> String {
    let remedy = why.remedy().map_or_else(String::new, |remedy| format!("\n  {remedy}"));
    format!("{why}{remedy}; `aap cluster doctor` says what this machine allows")
}

/// Why an order was not carried out.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OrderError {
    /// No member has this name.
    #[error("there is no `{name}`; there are {known}")]
    NoMember {
        /// The name.
        name: String,
        /// Those there are.
        known: String,
    },
    /// It asks for what already is.
    #[error("{name} {why}")]
    Idle {
        /// The member.
        name: String,
        /// What it already is.
        why: &'static str,
    },
    /// The words are no order.
    #[error("{0}")]
    Words(String),
    /// The member does not answer, or says no.
    #[error("{name}: {why}")]
    Member {
        /// The member.
        name: String,
        /// What came of it.
        why: client::Error,
    },
    /// The program cannot be started again.
    #[error("cannot start {name}: {why}")]
    Program {
        /// The member.
        name: String,
        /// What the operating system said.
        why: io::Error,
    },
}
