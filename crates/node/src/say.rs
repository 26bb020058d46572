//! Events in words: for logs, for people, and as the names metrics use.

use aap::wire::WireTime;
use aap::{Event, GrantPath, Lease, Outcome};
use addrspace::{Family, Range};
use sansio::{Rule, UtcSecs};

use crate::event::{Comeback, Happening, NodeEvent, Served};

/// The name of an event's kind, such as `granted`.
#[must_use]
pub const fn kind(event: &Event) -> &'static str {
    match event {
        Event::Ready => "ready",
        Event::Granted { .. } => "granted",
        Event::Held { .. } => "held",
        Event::Refused { .. } => "refused",
        Event::Clash { .. } => "clash",
        Event::Abandoned { .. } => "abandoned",
        Event::Conflict { .. } => "conflict",
        Event::Lost { .. } => "lost",
        Event::Ending { .. } => "ending",
        Event::Released { .. } => "released",
        Event::Retired => "retired",
        Event::Ended { .. } => "ended",
        Event::EndChanged { .. } => "end_changed",
        Event::NotDone { .. } => "not_done",
        Event::Ignored { .. } => "ignored",
        Event::Invalidated { .. } => "invalidated",
        Event::SpaceExpired => "space_expired",
        Event::ClockBehindStorage => "clock_behind_storage",
        Event::Leads => "leads",
        Event::Follows { .. } => "follows",
        Event::Inconsistent { .. } => "inconsistent",
        Event::Adopted { .. } => "adopted",
        Event::Demand { .. } => "demand",
        Event::SpaceTooLarge { .. } => "space_too_large",
    }
}

/// The name of a happening's kind: that of the event for what a participant tells.
#[must_use]
pub const fn happening_kind(happening: &Happening) -> &'static str {
    match happening {
        Happening::Told { event, .. } => kind(event),
        Happening::Sent { .. } => "sent",
        Happening::Heard { .. } => "heard",
        Happening::ClockStepped { .. } => "clock_stepped",
        Happening::InterfaceLost { .. } => "interface_lost",
        Happening::InterfaceBack { .. } => "interface_back",
        Happening::CannotSend { .. } => "cannot_send",
        Happening::StorageFailed { .. } => "storage_failed",
        Happening::StorageBack => "storage_back",
        Happening::FaultsChanged => "faults_changed",
        Happening::Reloaded => "reloaded",
    }
}

/// A happening in a sentence; `family` is that of its scope.
#[must_use]
pub fn happening(happening: &Happening, family: Family) -> String {
    match happening {
        Happening::Told { event, .. } => self::event(event, family),
        Happening::Sent { message, rule } if is_defence(*rule) => format!("defended: {message}"),
        Happening::Sent { message, .. } => format!("sent {message}"),
        Happening::Heard { peer, message } => format!("heard {message} from {peer}"),
        Happening::ClockStepped { by_us } => {
            format!("the wall clock was set by {} s", by_us / 1_000_000)
        }
        Happening::InterfaceLost { name } => format!("interface {name} is gone"),
        Happening::InterfaceBack { name, away, then } => {
            let then = match then {
                Comeback::GoOn => "",
                Comeback::StartOver => "; starting anew, as after a restart",
            };
            format!("interface {name} is back after {away}{then}")
        }
        Happening::CannotSend { why } => format!("cannot send: {why}"),
        Happening::StorageFailed { why } => {
            format!("stable storage failed, so nothing is granted or sent: {why}")
        }
        Happening::StorageBack => "stable storage works again; starting anew from it".to_owned(),
        Happening::FaultsChanged => "faults were changed".to_owned(),
        Happening::Reloaded => "policy and constants were replaced".to_owned(),
    }
}

/// Whether a message that was sent for this rule defends addresses against a claim.
#[must_use]
pub fn is_defence(rule: Rule) -> bool {
    // The Allocation Defense timer has expired.
    rule.0 == "AAP-3.2.2-14"
}

fn time(at: UtcSecs) -> String {
    WireTime::saturating_from(at.0).to_string()
}

/// `239.255.0.1 until 2000-06-15T12:00:00Z`.
fn timed(lease: &Lease, family: Family) -> String {
    format!("{} until {}", lease.range.display(family), time(lease.end))
}

const fn end_of_conflict(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Undone => "undone here",
        Outcome::Marked => "kept here, marked",
        Outcome::Kept => "kept here",
    }
}

/// What a participant tells, in a sentence.
#[must_use]
pub fn event(event: &Event, family: Family) -> String {
    let one = |range: &Range| range.display(family).to_string();
    let some = |ranges: &[Range]| ranges.iter().map(one).collect::<Vec<_>>().join(", ");
    let leases = |leases: &[Lease]| some(&leases.iter().map(|l| l.range).collect::<Vec<_>>());
    match event {
        Event::Ready => "ready: the start-up silence is over".to_owned(),
        Event::Granted { request, leases: got, path: GrantPath::Claim } => {
            format!("request {} granted after a claim: {}", request.0, leases(got))
        }
        Event::Granted { request, leases: got, path: GrantPath::Preallocation } => {
            format!("request {} granted from the pool: {}", request.0, leases(got))
        }
        Event::Held { leases: got, .. } => format!("preallocated: {}", leases(got)),
        Event::Refused { request, why } => format!("request {} refused: {why}", request.0),
        Event::Clash { given_up, peer, message, listed, .. } => {
            let theirs: Vec<String> = listed.iter().map(|lease| timed(lease, family)).collect();
            let theirs = theirs.join(", ");
            format!("clash: gave up {} as {message} from {peer} lists {theirs}", some(given_up))
        }
        Event::Abandoned { ranges, why, .. } => {
            format!("gave up preallocated {}: {why}", some(ranges))
        }
        Event::Conflict { ours, theirs, peer, outcome } => {
            let (own, other) = (timed(ours, family), timed(theirs, family));
            let end = end_of_conflict(*outcome);
            format!("conflict: own {own}, and AIU from {peer} lists {other}; {end}")
        }
        Event::Lost { lease, why } => format!("lost {}: {why}", one(&lease.range)),
        Event::Ending { lease } => format!("{} ends soon", one(&lease.range)),
        Event::Released { lease } => format!("released {}", one(&lease.range)),
        Event::Retired => "retired: nothing is held any more".to_owned(),
        Event::Ended { range } => format!("{} ended", one(range)),
        Event::EndChanged { lease } => {
            format!("{} now ends at {}", one(&lease.range), time(lease.end))
        }
        Event::NotDone { range, why } => format!("{}: {why}", one(range)),
        Event::Ignored { reason, peer, message } => {
            format!("ignored {message} from {peer}: {}", reason.name())
        }
        Event::Invalidated { ranges } => format!("no longer offered: {}", some(ranges)),
        Event::SpaceExpired => "the announced address space has expired".to_owned(),
        Event::ClockBehindStorage => {
            "the wall clock reads earlier than stable storage; set it right".to_owned()
        }
        Event::Leads => "leads".to_owned(),
        Event::Follows { peer } => format!("follows {peer}"),
        Event::Inconsistent { peer } => {
            format!("{peer} announces another address space: silent until that is settled")
        }
        Event::Adopted { leases: got } => format!("adopted {}", leases(got)),
        Event::Demand { usage, requests } => {
            let used: u64 = usage.iter().map(|(_, used)| u64::from(*used)).sum();
            format!("{used} addresses in use, {} requests beyond", requests.len())
        }
        Event::SpaceTooLarge { ranges, limit } => {
            format!("{ranges} ranges are more than the {limit} that may be announced")
        }
    }
}

/// Writes an event to the log.
pub(crate) fn log(event: &NodeEvent, scopes: &[Served]) {
    let scope = event.scope.and_then(|id| scopes.get(id.0));
    let family = scope.map_or(Family::V4, |scope| scope.family);
    let name = scope.map_or("-", |scope| scope.name.as_str());
    let kind = happening_kind(&event.happening);
    match &event.happening {
        Happening::Sent { .. } | Happening::Heard { .. } => {
            tracing::trace!(scope = name, kind, "{}", happening(&event.happening, family));
        }
        // A report comes every half minute, ignored messages as often as someone likes.
        Happening::Told { event: Event::Ignored { .. } | Event::Demand { .. }, .. } => {
            tracing::debug!(scope = name, kind, "{}", happening(&event.happening, family));
        }
        Happening::StorageFailed { .. } => {
            tracing::error!(scope = name, kind, "{}", happening(&event.happening, family));
        }
        Happening::Told {
            event: Event::Conflict { .. } | Event::Lost { .. } | Event::Inconsistent { .. },
            ..
        }
        | Happening::ClockStepped { .. }
        | Happening::InterfaceLost { .. }
        | Happening::CannotSend { .. } => {
            tracing::warn!(scope = name, kind, "{}", happening(&event.happening, family));
        }
        _ => tracing::info!(scope = name, kind, "{}", happening(&event.happening, family)),
    }
}

#[cfg(test)]
mod tests {
    use aap::Peer;
    use aap::wire::MessageType;

    use super::*;

    fn lease(text: &str, end: i64) -> Lease {
        Lease { range: Range::parse(text).unwrap().1, end: UtcSecs(end) }
    }

    fn peer() -> Peer {
        Peer { address: "127.0.0.12".parse().unwrap(), port: 2878 }
    }

    #[test]
    fn a_conflict_names_who_by_which_message_and_both_ranges_with_their_times() {
        let conflict = Event::Conflict {
            ours: lease("239.255.10.1", 961_070_400),
            theirs: lease("239.255.10.1-239.255.10.4", 961_156_800),
            peer: peer(),
            outcome: Outcome::Undone,
        };
        assert_eq!(
            event(&conflict, Family::V4),
            "conflict: own 239.255.10.1 until 2000-06-15T12:00:00Z, and AIU from 127.0.0.12:2878 \
             lists 239.255.10.1-239.255.10.4 until 2000-06-16T12:00:00Z; undone here"
        );
    }

    #[test]
    fn a_clash_names_them_too() {
        let clash = Event::Clash {
            request: None,
            given_up: vec![Range::parse("239.255.10.0/30").unwrap().1],
            peer: peer(),
            message: MessageType::Aclm,
            listed: vec![lease("239.255.10.1", 961_070_400)],
        };
        assert_eq!(
            event(&clash, Family::V4),
            "clash: gave up 239.255.10.0-239.255.10.3 as ACLM from 127.0.0.12:2878 lists \
             239.255.10.1 until 2000-06-15T12:00:00Z"
        );
    }
}
