use std::ffi::{OsStr, OsString};
use std::net::IpAddr;
use std::process::Command;

use crate::tool;

/// A place for one node: its addresses, and how to start a process there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Seat {
    /// Its name, unique in its underlay: `node-1`, or `west-1` in the zone `west`.
    pub name: String,
    /// The zone it lies in, where there are zones.
    pub zone: Option<String>,
    /// The addresses to bind to, at most one per family, IPv4 first.
    pub addresses: Vec<IpAddr>,
    /// The interface that has them, where the seat has a namespace of its own.
    pub interface: Option<String>,
    /// What to put before a command so that it runs there: empty on loopback.
    ///
    /// Every program in it replaces itself by the next, so that the child's id and signals are
    /// those of the command itself. Only the network differs: files and processes are shared.
    pub enter: Vec<OsString>,
}

impl Seat {
    /// A command that will run `program` in this place.
    #[must_use]
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        tool::within(&self.enter, program.as_ref())
    }
}
