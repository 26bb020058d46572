//! Which moments a filter means.

use aap::wire::{Body, Message};
use aap::{Event, Loss};
use addrspace::{Range, RangeSet};

use crate::domain::Domain;
use crate::tape::{Happened, Moment};
use scenario::{Addresses, Conclusion, Filter, Occurrence, Plan, Qualifier, Spanned, TimerName};

/// A filter with its addresses resolved.
pub(super) struct Sieve<'a> {
    filter: &'a Filter,
    addresses: RangeSet,
}

impl<'a> Sieve<'a> {
    pub(super) fn new(plan: &Plan, domain: &Domain, filter: &'a Filter) -> Result<Self, String> {
        Ok(Self { filter, addresses: resolve(plan, domain, &filter.addresses)? })
    }

    /// Whether `moment` is meant.
    pub(super) fn admits(&self, domain: &Domain, moment: &Moment) -> bool {
        let at = domain.micros(moment.at);
        let filter = self.filter;
        filter.after.as_ref().is_none_or(|t| at > t.value.micros())
            && filter.before.as_ref().is_none_or(|t| at < t.value.micros())
            && occurs(&filter.occurrence, &moment.what)
            && (filter.addresses.is_empty() || self.concerns(&moment.what))
            && filter.qualifiers.iter().all(|q| qualifies(*q, &moment.what))
    }

    fn concerns(&self, what: &Happened) -> bool {
        about(what).iter().any(|r| self.addresses.overlaps(*r))
    }
}

/// The addresses meant, as a set.
pub(super) fn resolve(
    plan: &Plan,
    domain: &Domain,
    addresses: &[Spanned<Addresses>],
) -> Result<RangeSet, String> {
    let ranges = domain.ranges(plan, addresses, None).map_err(|(why, _)| why)?;
    Ok(ranges.into_iter().collect())
}

fn occurs(wanted: &Occurrence, what: &Happened) -> bool {
    match (wanted, what) {
        (Occurrence::SentAny, Happened::Sent { .. }) => true,
        (Occurrence::Sent(kind), Happened::Sent { message, .. }) => {
            message.kind().name() == kind.word()
        }
        (Occurrence::Concluded(Conclusion::Dropped), Happened::Malformed(_)) => true,
        (Occurrence::Concluded(conclusion), Happened::Concluded(event)) => {
            concludes(*conclusion, event)
        }
        (Occurrence::Timer(name), Happened::Fired(timer)) => fires(*name, timer),
        _ => false,
    }
}

/// Whether `event` is what scenarios call `conclusion`.
pub(super) fn concludes(conclusion: Conclusion, event: &Event) -> bool {
    use Conclusion as C;
    match event {
        Event::Ready => conclusion == C::Ready,
        Event::Granted { .. } => matches!(conclusion, C::Holds | C::Granted),
        Event::Held { .. } => conclusion == C::Preallocated,
        Event::Refused { .. } | Event::NotDone { .. } => conclusion == C::Refused,
        Event::Clash { .. } => conclusion == C::Clash,
        Event::Abandoned { .. } => conclusion == C::Abandoned,
        Event::Conflict { .. } => conclusion == C::Conflict,
        Event::Lost { why: Loss::Ended, .. } | Event::Ended { .. } => conclusion == C::Ended,
        Event::Lost { .. } => conclusion == C::Lost,
        Event::EndChanged { .. } => conclusion == C::Granted,
        Event::Released { .. } => conclusion == C::Released,
        Event::Ignored { .. } => conclusion == C::Dropped,
        Event::Invalidated { .. } => conclusion == C::Invalidated,
        Event::Leads => conclusion == C::Leads,
        Event::Demand { .. } => conclusion == C::Demand,
        Event::Inconsistent { .. } => matches!(conclusion, C::Quiet | C::Alert),
        Event::SpaceTooLarge { .. } | Event::ClockBehindStorage | Event::SpaceExpired => {
            conclusion == C::Alert
        }
        _ => false,
    }
}

/// Whether `timer`, by the draft's name, is what scenarios call `name`.
pub(super) fn fires(name: TimerName, timer: &str) -> bool {
    use TimerName as T;
    let wanted: &[&str] = match name {
        T::Startup => &["Startup"],
        T::Claim => &["Claim"],
        T::ClaimRepeat => &["ACLM repeat"],
        T::Preallocation => &["Preallocation"],
        T::IntentRepeat => &["AITU repeat"],
        T::UseFast | T::UseRegular => &["AIU repeat"],
        T::Defense => &["Allocation Defense"],
        T::Ana => &["ANA Retransmission"],
        T::AnaRepeat => &["ANA repeat"],
        T::AsaExpiry => &["ASA expiry"],
        T::AsaResend => &["ASA Resend"],
        T::Asrp => &["ASRP Send"],
        T::AsaSend => &["ASA Send"],
        T::Quiet => &["quiet"],
        T::EntryEnd => &["allocation end", "preallocation end"],
    };
    wanted.contains(&timer)
}

/// The addresses that a moment is about.
pub(super) fn about(what: &Happened) -> Vec<Range> {
    match what {
        Happened::Sent { message, .. } => message.addresses().collect(),
        Happened::Concluded(event) => concerned(event),
        Happened::Fired(_) | Happened::Malformed(_) => Vec::new(),
    }
}

fn concerned(event: &Event) -> Vec<Range> {
    let of = |leases: &[aap::Lease]| leases.iter().map(|l| l.range).collect::<Vec<_>>();
    match event {
        Event::Granted { leases, .. } | Event::Held { leases, .. } | Event::Adopted { leases } => {
            of(leases)
        }
        Event::Clash { given_up, .. } => given_up.clone(),
        Event::Abandoned { ranges, .. } | Event::Invalidated { ranges } => ranges.clone(),
        Event::Conflict { theirs, .. } => vec![theirs.range],
        Event::Lost { lease, .. }
        | Event::Ending { lease }
        | Event::Released { lease }
        | Event::EndChanged { lease } => vec![lease.range],
        Event::Ended { range } | Event::NotDone { range, .. } => vec![*range],
        _ => Vec::new(),
    }
}

/// Whether a message has a property.
pub(super) fn qualifies(qualifier: Qualifier, what: &Happened) -> bool {
    let Happened::Sent { message, octets } = what else { return false };
    let listed = || message.ranges().into_iter().flat_map(|r| r.iter());
    match qualifier {
        Qualifier::Ranges(n) => message.addresses().count() == n as usize,
        Qualifier::Octets(n) => octets.len() == n as usize,
        Qualifier::Rseq(n) => message.rseq().number() == n,
        Qualifier::Mseq(n) => u32::from(message.mseq()) == n,
        Qualifier::Wants(n) => wants(message).contains(&n),
        Qualifier::Ended => {
            message.addresses().next().is_some()
                && listed().all(|r| r.end <= message.current_time())
        }
        Qualifier::Resent => {
            matches!(message.body(), Body::Asa { expiration, .. } if message.current_time() > *expiration)
        }
        Qualifier::Empty => message.addresses().next().is_none(),
    }
}

fn wants(message: &Message) -> Vec<u32> {
    match message.body() {
        Body::Ana { count, .. } => vec![*count],
        Body::Asrp { requests, .. } => requests.iter().map(|r| r.addresses).collect(),
        _ => Vec::new(),
    }
}
