use std::collections::VecDeque;
use std::net::SocketAddr;

use sansio::{Instant, Machine};

use crate::{HostId, Injection, Observation, Observer, Reach, Seen, Trust};

/// A datagram as it was sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Captured {
    /// When.
    pub at: Instant,
    /// Who sent it.
    pub host: HostId,
    /// Where to.
    pub to: SocketAddr,
    /// What.
    pub octets: Vec<u8>,
}

impl Captured {
    /// The same datagram once more, as if from `from`.
    #[must_use]
    pub fn replay(&self, from: SocketAddr, trust: Trust, reach: Reach) -> Injection {
        Injection { from, to: self.to, octets: self.octets.clone(), trust, reach }
    }
}

/// An observer that keeps the last datagrams that were sent, to look at or to replay.
#[derive(Clone, Debug)]
pub struct Capture {
    sent: VecDeque<Captured>,
    most: usize,
}

impl Capture {
    /// Keeps at most `most` datagrams, the latest.
    #[must_use]
    pub const fn last(most: usize) -> Self {
        Self { sent: VecDeque::new(), most }
    }

    /// What has been kept, oldest first.
    pub fn sent(&self) -> impl DoubleEndedIterator<Item = &Captured> {
        self.sent.iter()
    }
}

impl<M: Machine> Observer<M> for Capture {
    fn observe(&mut self, seen: &Observation<'_, M>) {
        let (Some(host), Seen::Sent { to, octets, .. }) = (seen.host, &seen.what) else { return };
        if self.sent.len() >= self.most {
            self.sent.pop_front();
        }
        if self.most > 0 {
            let (at, to, octets) = (seen.at, *to, octets.to_vec());
            self.sent.push_back(Captured { at, host, to, octets });
        }
    }
}
