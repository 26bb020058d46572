use addrspace::Range;
use sansio::{Cx, UtcSecs};

use super::{Phase, PrefixCoordinator, tell};
use crate::event::{Event, Lease, Refusal};
use crate::participant::Out;

/// Where the set of available addresses comes from.
///
/// The draft leaves that open (AAP-4-01: MASC, assignment by AS number, something else). An
/// outside mechanism speaks through [`Command::Offer`](crate::Command::Offer), each time its set
/// changes; one that needs timers of its own would become a variant here.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum SpaceSource {
    /// No set is known. This is not the empty set, which is an announcement of its own.
    Unknown,
    /// A list, from configuration or an operator.
    Fixed(Vec<Lease>),
    /// What a resent ASA said (section 4.1), on our clock.
    Recovered(Vec<Lease>),
}

impl SpaceSource {
    pub(super) fn fixed(space: impl IntoIterator<Item = (Range, UtcSecs)>) -> Self {
        Self::Fixed(space.into_iter().map(|(range, end)| Lease { range, end }).collect())
    }

    /// The ranges available at `now`, in the order given: a range is dropped once its end has
    /// come (AAP-4.2.1.1-01 allows that change, as AAP-3.2.10.1-08 does; by itself a coordinator
    /// makes no other, AAP-3.2.10.1-09). `None` if no set is known.
    #[must_use]
    pub fn leases_at(&self, now: UtcSecs) -> Option<Vec<Lease>> {
        match self {
            Self::Unknown => None,
            Self::Fixed(leases) | Self::Recovered(leases) => {
                Some(leases.iter().copied().filter(|lease| lease.end > now).collect())
            }
        }
    }

    fn leases(&self) -> &[Lease] {
        match self {
            Self::Unknown => &[],
            Self::Fixed(leases) | Self::Recovered(leases) => leases,
        }
    }
}

impl PrefixCoordinator {
    /// Takes another set, which the next ASA carries. Only a coordinator that had none changes
    /// its role: a change alone is no reason to speak out of turn.
    pub(super) fn on_offer(&mut self, cx: &mut Cx<'_>, space: &[(Range, UtcSecs)], out: &mut Out) {
        let source = SpaceSource::fixed(space.iter().copied());
        if self.refuses(&source, out) {
            return;
        }
        self.source = source;
        self.offered_at = Some(cx.now.instant);
        self.outgrown_since = None;
        match self.phase {
            Phase::Off => self.become_ready(cx, out),
            // The operator learns at once, not with the next ASA, that there will be none.
            _ => _ = self.announceable(cx.now.utc, out),
        }
    }

    /// Refuses a set that reaches outside the scope, all of it: half a set would be announced as
    /// the complete one (AAP-4.2.1-01), and a message must keep to one scope (AAP-4.2.3-01,
    /// AAP-3.2.10.1-03).
    pub(super) fn refuses(&self, source: &SpaceSource, out: &mut Out) -> bool {
        let scope = self.config.scope.range;
        let mut foreign = false;
        for lease in source.leases().iter().filter(|lease| !scope.contains_range(lease.range)) {
            foreign = true;
            let event = Event::NotDone { range: lease.range, why: Refusal::Impossible };
            tell(out, "AAP-4.2.3-01", event);
        }
        foreign
    }
}
