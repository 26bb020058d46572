//! What is measured, by name.

use std::fmt;

use super::sample::{Role, Sample};
use aap::wire::MessageType;

/// Something that is measured in every run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Metric {
    /// Datagrams sent by hosts: of one type or all, in one role or all.
    Messages(Option<MessageType>, Option<Role>),
    /// Thousandths of a datagram sent per second.
    MessageRate,
    /// Octets of all datagrams, without UDP's and IP's headers.
    Octets,
    /// Thousandths of an octet sent per second.
    OctetRate,
    /// Requests for addresses.
    Requests,
    /// Requests that got addresses.
    Grants,
    /// Requests that failed for good.
    Refusals,
    /// Collisions during claims and tentative preallocations.
    Clashes,
    /// Messages heard that say an own allocation is somebody else's.
    Conflicts,
    /// Own allocations undone because of a conflict.
    Undone,
    /// Held preallocations given up.
    Abandoned,
    /// Pairs of hosts that came to hold common addresses.
    Duplicates,
    /// Duplicates that the run ended in.
    DuplicatesLeft,
    /// Different addresses allocated when the run ends.
    Held,
    /// The same in millionths of the first scope.
    Utilisation,
    /// From a request to its addresses, in microseconds; one value per granted request.
    GrantTime,
    /// How long a duplicate lasted, in microseconds; one value per duplicate that ended.
    DuplicateTime,
    /// When the first conflict was noticed, in microseconds from the last heal before it, else
    /// from the start; at most one value per run.
    FirstConflict,
}

/// How a metric's values are meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unit {
    /// A number of things.
    Count,
    /// Thousandths.
    Milli,
    /// Millionths of the whole.
    Share,
    /// Microseconds.
    Micros,
}

/// What a metric has a value for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Per {
    /// Every run.
    Run,
    /// Every time it happened.
    Incident,
}

impl Metric {
    /// Every metric, in the order in which tables show them.
    pub fn all() -> impl Iterator<Item = Self> {
        let total = Self::Messages(None, None);
        let types = MessageType::ALL.into_iter().map(|kind| Self::Messages(Some(kind), None));
        let roles = Role::ALL.into_iter().map(|role| Self::Messages(None, Some(role)));
        let both = MessageType::ALL.into_iter().flat_map(|kind| {
            Role::ALL.into_iter().map(move |role| Self::Messages(Some(kind), Some(role)))
        });
        std::iter::once(total).chain(types).chain(roles).chain(both).chain([
            Self::MessageRate,
            Self::Octets,
            Self::OctetRate,
            Self::Requests,
            Self::Grants,
            Self::Refusals,
            Self::Clashes,
            Self::Conflicts,
            Self::Undone,
            Self::Abandoned,
            Self::Duplicates,
            Self::DuplicatesLeft,
            Self::Held,
            Self::Utilisation,
            Self::GrantTime,
            Self::DuplicateTime,
            Self::FirstConflict,
        ])
    }

    /// The metric of this name.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        Self::all().find(|metric| metric.to_string() == name)
    }

    /// How its values are meant.
    #[must_use]
    pub const fn unit(self) -> Unit {
        match self {
            Self::MessageRate | Self::OctetRate => Unit::Milli,
            Self::Utilisation => Unit::Share,
            Self::GrantTime | Self::DuplicateTime | Self::FirstConflict => Unit::Micros,
            _ => Unit::Count,
        }
    }

    /// What it has a value for.
    #[must_use]
    pub const fn per(self) -> Per {
        match self {
            Self::GrantTime | Self::DuplicateTime | Self::FirstConflict => Per::Incident,
            _ => Per::Run,
        }
    }

    /// Its values in one run: one, or one per incident.
    #[must_use]
    pub fn values(self, sample: &Sample) -> Vec<u64> {
        match self {
            Self::Messages(kind, role) => vec![sample.messages(kind, role)],
            Self::MessageRate => vec![sample.thousandths_per_second(sample.messages(None, None))],
            Self::Octets => vec![sample.octets],
            Self::OctetRate => vec![sample.thousandths_per_second(sample.octets)],
            Self::Requests => vec![sample.requests],
            Self::Grants => vec![sample.grant_times.len() as u64 + sample.unasked_grants],
            Self::Refusals => vec![sample.refusals],
            Self::Clashes => vec![sample.clashes],
            Self::Conflicts => vec![sample.conflicts],
            Self::Undone => vec![sample.undone],
            Self::Abandoned => vec![sample.abandoned],
            Self::Duplicates => {
                vec![sample.duplicate_times.len() as u64 + sample.duplicates_left]
            }
            Self::DuplicatesLeft => vec![sample.duplicates_left],
            Self::Held => vec![sample.held],
            Self::Utilisation => vec![sample.utilisation],
            Self::GrantTime => sample.grant_times.clone(),
            Self::DuplicateTime => sample.duplicate_times.clone(),
            Self::FirstConflict => sample.first_conflict.into_iter().collect(),
        }
    }
}

/// Its name: `messages`, `aiu`, `bystander`, `aiu.bystander`, `grant-time`.
impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Messages(None, None) => f.pad("messages"),
            Self::Messages(Some(kind), None) => f.pad(&kind.name().to_ascii_lowercase()),
            Self::Messages(None, Some(role)) => f.pad(role.name()),
            Self::Messages(Some(kind), Some(role)) => {
                f.pad(&format!("{}.{}", kind.name().to_ascii_lowercase(), role.name()))
            }
            Self::MessageRate => f.pad("messages-per-second"),
            Self::Octets => f.pad("octets"),
            Self::OctetRate => f.pad("octets-per-second"),
            Self::Requests => f.pad("requests"),
            Self::Grants => f.pad("grants"),
            Self::Refusals => f.pad("refusals"),
            Self::Clashes => f.pad("clashes"),
            Self::Conflicts => f.pad("conflicts"),
            Self::Undone => f.pad("undone"),
            Self::Abandoned => f.pad("abandoned"),
            Self::Duplicates => f.pad("duplicates"),
            Self::DuplicatesLeft => f.pad("duplicates-left"),
            Self::Held => f.pad("held"),
            Self::Utilisation => f.pad("utilisation"),
            Self::GrantTime => f.pad("grant-time"),
            Self::DuplicateTime => f.pad("duplicate-time"),
            Self::FirstConflict => f.pad("first-conflict"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_is_found_by_its_name() {
        let all: Vec<Metric> = Metric::all().collect();
        for metric in &all {
            assert_eq!(Metric::find(&metric.to_string()), Some(*metric));
        }
        assert_eq!(
            Metric::find("aiu.bystander"),
            all.iter().copied().find(|m| {
                *m == Metric::Messages(Some(MessageType::Aiu), Some(Role::Bystander))
            })
        );
        assert_eq!(Metric::find("joy"), None);
    }
}
