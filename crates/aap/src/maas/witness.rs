//! Who keeps saying something, and for how long (findings F-14 and F-22).

use sansio::{Duration, Instant};

use crate::config::Peer;

/// Most speakers remembered; the one heard least recently makes room. A forged sender costs
/// nothing.
const LIMIT: usize = 64;

/// How many spans of silence end a series: a regular announcer may be missed once or twice.
const PAUSE: u64 = 2;

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Witness {
    peer: Peer,
    since: Instant,
    last: Instant,
}

/// Speakers on one subject, each with since when it has spoken again and again, the one heard
/// most recently last.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(super) struct Witnesses(Vec<Witness>);

impl Witnesses {
    /// Notes that `peer` speaks `now`; returns whether it has done so for no longer than `span`,
    /// in which case it may be a defender. A claim heard at `excuse` gives it a reason to go on,
    /// and after a long silence it begins anew.
    pub(super) fn may_defend(
        &mut self,
        peer: Peer,
        now: Instant,
        span: Duration,
        excuse: Option<Instant>,
    ) -> bool {
        let known = self.0.iter().position(|w| w.peer == peer).map(|place| self.0.remove(place));
        let known = known.filter(|w| now.since(w.last) <= span * PAUSE);
        let since = known.map_or(now, |w| w.since).max(excuse.unwrap_or(Instant::ZERO));
        if self.0.len() == LIMIT {
            self.0.remove(0);
        }
        self.0.push(Witness { peer, since, last: now });
        now.since(since) <= span
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;

    const SPAN: Duration = Duration::from_secs(60);

    fn peer(n: u16) -> Peer {
        Peer::from(SocketAddr::from(([10, 0, 0, 1], n)))
    }

    fn hear(witnesses: &mut Witnesses, n: u16, secs: u64) -> bool {
        witnesses.may_defend(peer(n), Instant::from_secs(secs), SPAN, None)
    }

    #[test]
    fn two_defences_long_apart_are_not_one_announcement() {
        let mut witnesses = Witnesses::default();
        assert!(hear(&mut witnesses, 1, 0) && hear(&mut witnesses, 1, 50));
        assert!(hear(&mut witnesses, 1, 171), "121 s of silence in between");
        assert!(!hear(&mut witnesses, 1, 232));
    }

    #[test]
    fn a_claim_gives_a_reason_to_go_on() {
        let mut witnesses = Witnesses::default();
        assert!(hear(&mut witnesses, 1, 0));
        let excuse = Some(Instant::from_secs(30));
        assert!(witnesses.may_defend(peer(1), Instant::from_secs(90), SPAN, excuse));
        assert!(!hear(&mut witnesses, 1, 91), "91 s since 30 s");
    }

    #[test]
    fn a_flood_of_speakers_is_forgotten() {
        let mut witnesses = Witnesses::default();
        for n in 0..1000 {
            hear(&mut witnesses, n, 0);
        }
        assert_eq!(witnesses.0.len(), LIMIT);
    }
}
