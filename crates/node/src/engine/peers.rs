use std::collections::BTreeMap;
use std::net::SocketAddr;

use sansio::{Duration, Instant};

use crate::snapshot::PeerView;

/// Whoever was not heard for so long is no longer listed: many times the longest interval of the
/// draft.
const FORGET_AFTER: Duration = Duration::from_secs(600);

/// Who was heard lately.
#[derive(Debug)]
pub(super) struct Peers {
    heard: BTreeMap<SocketAddr, Seen>,
    limit: usize,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    last: Instant,
    messages: u64,
}

impl Peers {
    pub(super) const fn new(limit: usize) -> Self {
        Self { heard: BTreeMap::new(), limit }
    }

    /// A full list takes no one new until someone falls silent: forged sources cannot push out
    /// those that are really there.
    pub(super) fn note(&mut self, peer: SocketAddr, now: Instant) {
        if let Some(seen) = self.heard.get_mut(&peer) {
            seen.last = now;
            seen.messages += 1;
        } else if self.heard.len() < self.limit {
            self.heard.insert(peer, Seen { last: now, messages: 1 });
        }
    }

    pub(super) fn forget_silent(&mut self, now: Instant) {
        self.heard.retain(|_, seen| now.since(seen.last) < FORGET_AFTER);
    }

    pub(super) fn views(&self) -> Vec<PeerView> {
        let view = |(&address, seen): (&SocketAddr, &Seen)| PeerView {
            address,
            last_heard: seen.last,
            messages: seen.messages,
        };
        self.heard.iter().map(view).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_list_keeps_who_is_there_until_they_fall_silent() {
        let mut peers = Peers::new(1);
        let (a, b) = ("10.0.0.1:2878".parse().unwrap(), "10.0.0.2:2878".parse().unwrap());
        peers.note(a, Instant::from_secs(1));
        peers.note(b, Instant::from_secs(2));
        assert_eq!(peers.views().len(), 1);
        assert_eq!(peers.views()[0].address, a);
        peers.forget_silent(Instant::from_secs(601));
        peers.note(b, Instant::from_secs(602));
        assert_eq!(peers.views()[0].address, b);
    }
}
