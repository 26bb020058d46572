//! Reporting how the space is used (section 3.2.10.3, findings F-29, F-30 and F-41).

use sansio::{Cx, Question, UtcSecs};

use super::Maas;
use super::timer::Timer;
use crate::config::{MAX_PAYLOAD, Reports};
use crate::participant::Out;
use crate::policy::{AsrpReset, MergedEnd};
use crate::wire::{Body, Report, Request};

const ASRP_SEND: Question = Question("asrp-send");

impl Maas {
    /// The start-up silence is over: reports may become due (AAP-3.2.10.3-04). Everybody draws, and
    /// the shortest draw sends for all (AAP-2-12).
    pub(super) fn begin_reports(&mut self, cx: &mut Cx<'_>) {
        if self.config.reports == Reports::Send {
            let timing = self.config.timing;
            let after = timing.jittered(cx, ASRP_SEND, timing.asrp_interval, (7, 13));
            self.arm(cx, Timer::AsrpSend, after);
        }
    }

    /// Another MAAS has reported: our turn is put off (AAP-3.2.10.3-06).
    pub(super) fn hear_report(&mut self, cx: &mut Cx<'_>, reports: &[Report]) {
        if !self.is_active() || !self.config.is_large() {
            return;
        }
        let matches = match self.config.policy.asrp_reset {
            AsrpReset::Any => true,
            AsrpReset::Matching => self.announced_ranges().eq(reports.iter().map(|r| r.range)),
        };
        if matches {
            self.begin_reports(cx);
        }
    }

    /// The ranges of the ASA processed last, as it lists them.
    fn announced_ranges(&self) -> impl Iterator<Item = addrspace::Range> + '_ {
        let ranges = self.record.space.as_ref().and_then(|s| s.message.ranges());
        ranges.into_iter().flat_map(|r| r.iter()).map(|r| r.range)
    }

    /// The ASRP Send timer fires (AAP-3.2.10.3-05): every range of the ASA processed last, hence of
    /// one scope (AAP-3.2.10.3-03), with the number of its addresses that are allocated
    /// (AAP-3.2.10.3-02, AAP-5.4.5-02).
    pub(super) fn send_report(&mut self, cx: &mut Cx<'_>, out: &mut Out) {
        self.begin_reports(cx);
        if self.record.space.is_none() {
            return;
        }
        let ranges: Vec<_> = self.announced_ranges().take(usize::from(u8::MAX)).collect();
        let reports: Vec<Report> = ranges
            .into_iter()
            .map(|range| {
                let held = self.holdings.overlapping(range).map(|h| h.range);
                let used = self.record.used_in(range, held);
                Report { range, in_use: u32::try_from(used).unwrap_or(Report::SATURATED) }
            })
            .collect();
        let requests = self.merged_requests(&reports, cx.now.utc);
        let rseq = self.new_rseq();
        self.send(cx.now, rseq, 0, Body::Asrp { reports, requests }, "AAP-3.2.10.3-05", out);
    }

    /// The noted requests of this record (AAP-3.2.10.3-08), which others may see otherwise
    /// (AAP-3.2.10.3-11), merged until the message fits 500 octets: nearest end times first,
    /// counts added (AAP-3.2.10.3-09, -10). Reports are never left out; if they alone are too
    /// many, requests are (F-30).
    fn merged_requests(&self, reports: &[Report], now: UtcSecs) -> Vec<Request> {
        let report_octets = 2 * self.config.scope.family.octets() + 4;
        let room = MAX_PAYLOAD.saturating_sub(14 + reports.len() * report_octets) / 8;
        let mut requests: Vec<Request> = self
            .record
            .requests
            .iter()
            .filter(|r| r.end > now)
            .map(|r| Request { addresses: r.count, end: super::sending::wire_end(r.end) })
            .collect();
        requests.sort_by_key(|r| (r.end, r.addresses));
        while requests.len() > room.min(usize::from(u8::MAX)) && requests.len() > 1 {
            let gap = |pair: &[Request]| pair[1].end.secs() - pair[0].end.secs();
            let Some(nearest) = (0..requests.len() - 1).min_by_key(|&i| gap(&requests[i..=i + 1]))
            else {
                break;
            };
            let (earlier, later) = (requests[nearest], requests.remove(nearest + 1));
            requests[nearest] = Request {
                addresses: earlier.addresses.saturating_add(later.addresses),
                end: match self.config.policy.merged_end {
                    MergedEnd::Earlier => earlier.end,
                    MergedEnd::Later => later.end,
                },
            };
        }
        requests.truncate(room);
        requests
    }
}
