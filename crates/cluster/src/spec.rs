use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use addrspace::{Family, RESERVED_TAIL, Range, Scope, ScopeKind};

use crate::member::Role;

/// What cluster is wanted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Spec {
    /// The program whose subcommands `node` and `coordinator` run participants.
    pub program: PathBuf,
    /// Allocation servers; at least one.
    pub nodes: usize,
    /// Prefix Coordinators. With any, the scope is a large one, which they divide (draft section 4).
    pub coordinators: usize,
    /// The constants.
    pub timing: Timing,
    /// The addresses that are shared out.
    pub scope: Scope,
    /// The network the members stand on.
    pub mode: Mode,
    /// Where the members meet.
    pub meeting: Meeting,
    /// `--profile` of every member, if not the default.
    pub profile: Option<String>,
    /// Who the members are, instead of so many nodes and coordinators; empty for `maas-1` and so
    /// on, who share out the scope without any settings of their own.
    pub cast: Vec<Part>,
    /// Whether members record what happens to them.
    pub recording: Recording,
}

/// A member with a name, scopes and settings of its own.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// What it is.
    pub role: Role,
    /// Further lines of its configuration file, in front of its scopes.
    pub settings: String,
    /// The scopes it serves; at least one.
    pub scopes: Vec<Served>,
}

/// A scope that a member serves.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Served {
    /// The scope.
    pub scope: Scope,
    /// The scope whose group its members meet at: itself, unless several share a group (draft
    /// 2.1.3).
    pub meets: Scope,
    /// Further lines of its table in the configuration file.
    pub settings: String,
}

/// Whether members record what happens to them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Recording {
    /// They do not.
    #[default]
    Off,
    /// Each life of a member leaves a capture, as `aap node --trace` writes it.
    Captures,
}

impl Spec {
    /// Three allocation servers at demo speed, of the program that is running.
    ///
    /// # Errors
    /// If the operating system does not tell which program that is.
    pub fn of_this_program() -> std::io::Result<Self> {
        Ok(Self {
            program: std::env::current_exe()?,
            nodes: 3,
            coordinators: 0,
            timing: Timing::Demo,
            scope: standard_scope(),
            mode: Mode::Loopback,
            meeting: Meeting::Anywhere,
            profile: None,
            cast: Vec::new(),
            recording: Recording::Off,
        })
    }

    /// How many of its members have this role.
    pub(crate) fn count(&self, role: Role) -> usize {
        match (&self.cast[..], role) {
            ([], Role::Maas) => self.nodes,
            ([], Role::Coordinator) => self.coordinators,
            (cast, _) => cast.iter().filter(|part| part.role == role).count(),
        }
    }
}

/// The administratively scoped block that sites use first (RFC 2365).
fn standard_scope() -> Scope {
    let first = addrspace::Addr(0xEFFF_0000);
    let range = Range::with_len(first, 1 << 16).unwrap_or(Range::single(first));
    Scope::new("cluster", Family::V4, range, ScopeKind::Small)
}

/// The constants of a cluster: presets of `aap node --timing`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Timing {
    /// Those of the draft.
    Draft,
    /// A fifth of them.
    Lan,
    /// A twentieth of them.
    #[default]
    Demo,
}

impl Timing {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Lan => "lan",
            Self::Demo => "demo",
        }
    }

    /// By how much the draft's constants are divided.
    #[must_use]
    pub const fn factor(self) -> u32 {
        match self {
            Self::Draft => 1,
            Self::Lan => 5,
            Self::Demo => 20,
        }
    }

    /// `span` of the draft in this timing.
    #[must_use]
    pub fn scaled(self, span: Duration) -> Duration {
        span / self.factor()
    }
}

impl fmt::Display for Timing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The network the members of a cluster stand on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Mode {
    /// The loopback interface, an address for each; IPv4 only.
    #[default]
    Loopback,
    /// A network namespace for each, joined by a bridge.
    Netns,
    /// Two such bridges, `east` and `west`, and a multicast router between them that keeps the
    /// scope's addresses apart: an administrative boundary (RFC 2365).
    Zones,
}

impl Mode {
    /// Every mode, the simplest first.
    pub const ALL: [Self; 3] = [Self::Loopback, Self::Netns, Self::Zones];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Loopback => "loopback",
            Self::Netns => "netns",
            Self::Zones => "zones",
        }
    }
}

/// Where the members of a cluster meet. Clusters that run at the same time never meet each other:
/// each has a slot of its own, with addresses and a group of its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Meeting {
    /// At the scope's standard group, if no other cluster is there, so that nodes started by hand
    /// and packet analysers find it.
    #[default]
    Anywhere,
    /// At a group of its own in any case.
    Apart,
}

/// Why a text names no scope that a cluster could share out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScopeError {
    /// It cannot be read.
    #[error("it is no range of addresses; write one such as 239.255.0.0/16")]
    NoRange,
    /// It is not multicast.
    #[error("it is not multicast: IPv4 multicast begins with 224 to 239, IPv6 multicast with ff")]
    NotMulticast,
    /// Nothing is left to allocate.
    #[error("it is too small: its last 256 addresses are reserved")]
    TooSmall,
}

/// Reads a scope such as `239.255.0.0/16`.
///
/// # Errors
/// If it is no range of multicast addresses, or one in which nothing may be allocated.
pub fn read_scope(text: &str) -> Result<Scope, ScopeError> {
    let (family, range) = Range::parse(text).map_err(|_| ScopeError::NoRange)?;
    if !range.first().is_multicast(family) || !range.last().is_multicast(family) {
        return Err(ScopeError::NotMulticast);
    }
    // More than the tail, so that members of every slot find a group in it.
    if range.len() <= RESERVED_TAIL {
        return Err(ScopeError::TooSmall);
    }
    Ok(Scope::new("cluster", family, range, ScopeKind::Small))
}

/// The addresses of `scope` that members may be asked for: all but its reserved tail.
pub(crate) fn allocatable(scope: &Scope) -> Range {
    Range::with_len(scope.range.first(), scope.range.len() - RESERVED_TAIL).unwrap_or(scope.range)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_multicast_and_have_addresses_to_give() {
        assert!(read_scope("239.255.0.0/16").is_ok());
        assert_eq!(read_scope("239.255.0.0/24"), Err(ScopeError::TooSmall));
        assert_eq!(read_scope("10.0.0.0/8"), Err(ScopeError::NotMulticast));
        assert_eq!(read_scope("site"), Err(ScopeError::NoRange));
    }

    #[test]
    fn the_tail_is_nobodys() {
        let scope = read_scope("239.255.0.0/16").unwrap();
        assert_eq!(
            allocatable(&scope).display(scope.family).to_string(),
            "239.255.0.0-239.255.254.255"
        );
    }
}
