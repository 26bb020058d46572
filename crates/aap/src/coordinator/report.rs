//! What MAASs report: ASRPs (section 4.2.2), and ANAs where policy takes them as hints (F-36).

use addrspace::Range;
use sansio::{Cx, UtcSecs};

use super::{Phase, PrefixCoordinator, ignore, tell};
use crate::config::Peer;
use crate::event::{Event, Ignored};
use crate::participant::Out;
use crate::skew::Skew;
use crate::wire::{Message, MessageType, Report, Request, WireTime};

/// An ASRP that the lead took in.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct UsageReport {
    /// Who sent it.
    pub from: Peer,
    /// When it came, on our wall clock.
    pub received: UtcSecs,
    /// Each announced range with the number of its addresses in use.
    pub usage: Vec<(Range, u32)>,
    /// What was asked for beyond, with ends on our clock.
    pub requests: Vec<Request>,
}

impl PrefixCoordinator {
    /// AAP-4.2.2-01 to -06. What to do about the demand is up to whoever hears the event, and may
    /// answer with an offer (AAP-2-13); the machine itself never changes the set because of a
    /// report: requests are a hint, not an order (AAP-4.2.2-07).
    pub(super) fn on_asrp(
        &mut self,
        cx: &mut Cx<'_>,
        from: Peer,
        message: &Message,
        (reports, requests): (&[Report], &[Request]),
        out: &mut Out,
    ) {
        if self.phase != Phase::Lead {
            return;
        }
        let scope = self.config.scope.range;
        let usage: Vec<(Range, u32)> = reports
            .iter()
            .filter_map(|report| Some((scope.intersection(report.range)?, report.in_use)))
            .collect();
        if !self.matches_announced(&usage) {
            return ignore(out, "AAP-4.2.2-04", Ignored::StaleReport, from, MessageType::Asrp);
        }
        let received = cx.now.utc;
        let skew = Skew::of(message.current_time(), received);
        let requests: Vec<Request> = requests
            .iter()
            .map(|&Request { addresses, end }| Request { addresses, end: on_our_clock(skew, end) })
            .collect();
        let demand = Event::Demand { usage: usage.clone(), requests: requests.clone() };
        self.last_report = Some(UsageReport { from, received, usage, requests });
        tell(out, "AAP-4.2.2-06", demand);
    }

    /// A failed allocation, once for all its retransmissions. Followers leave it to the lead, as
    /// they do with reports.
    pub(super) fn on_ana(
        &mut self,
        cx: &mut Cx<'_>,
        from: Peer,
        message: &Message,
        (addresses, end): (u32, WireTime),
        out: &mut Out,
    ) {
        if self.phase != Phase::Lead || !self.hints.note((from, message.fingerprint())) {
            return;
        }
        let end = on_our_clock(Skew::of(message.current_time(), cx.now.utc), end);
        let requests = vec![Request { addresses, end }];
        tell(out, "F-36", Event::Demand { usage: Vec::new(), requests });
    }

    /// AAP-4.2.2-03: the ranges, in whatever order.
    fn matches_announced(&self, usage: &[(Range, u32)]) -> bool {
        let Some(announced) = &self.announced else { return false };
        let mut announced: Vec<Range> = announced.iter().map(|lease| lease.range).collect();
        let mut reported: Vec<Range> = usage.iter().map(|&(range, _)| range).collect();
        announced.sort_unstable();
        reported.sort_unstable();
        announced == reported
    }
}

fn on_our_clock(skew: Skew, time: WireTime) -> WireTime {
    WireTime::saturating_from(skew.adjust(time).0)
}
