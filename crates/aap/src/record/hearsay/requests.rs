use std::collections::VecDeque;

use sansio::UtcSecs;

use super::LIMIT;
use crate::config::Peer;
use crate::policy::RequestKey;
use crate::wire::Rseq;

/// A request for addresses heard in an ANA, or our own.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct NotedRequest {
    /// Who asked.
    pub(crate) peer: Peer,
    /// Under which number.
    pub(crate) rseq: Rseq,
    /// For how many addresses.
    pub(crate) count: u32,
    /// Until when.
    pub(crate) end: UtcSecs,
}

/// Unmet requests of the whole domain, as far as they were heard: another MAAS may have heard
/// others, which does no harm (AAP-3.2.9-11).
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct Requests(VecDeque<NotedRequest>);

impl Requests {
    /// Adds a request unless it is known (section 3.2.9, F-36).
    pub(crate) fn note(&mut self, request: NotedRequest, key: RequestKey, tolerance: i64) {
        let known = self.0.iter().any(|r| {
            r.rseq == request.rseq
                && r.count == request.count
                && match key {
                    RequestKey::Literal => r.end == request.end,
                    RequestKey::WithSender => {
                        r.peer == request.peer && r.end.minus(request.end).abs() <= tolerance
                    }
                }
        });
        if known {
            return;
        }
        if self.0.len() >= LIMIT {
            self.0.pop_front();
        }
        self.0.push_back(request);
    }

    pub(crate) fn retain(&mut self, keep: impl FnMut(&NotedRequest) -> bool) {
        self.0.retain(keep);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &NotedRequest> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::peer;
    use super::*;

    #[test]
    fn equal_needs_of_two_senders_are_two_requests_only_when_senders_count() {
        let request = |n| NotedRequest {
            peer: peer(n),
            rseq: Rseq::wrapping(0),
            count: 64,
            end: UtcSecs(100),
        };
        for (key, expected) in [(RequestKey::Literal, 1), (RequestKey::WithSender, 2)] {
            let mut requests = Requests::default();
            requests.note(request(1), key, 5);
            requests.note(request(2), key, 5);
            requests.note(request(2), key, 5);
            assert_eq!(requests.iter().count(), expected);
        }
    }
}
