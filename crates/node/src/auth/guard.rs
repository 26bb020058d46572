use std::collections::BTreeMap;
use std::net::SocketAddr;

use aap::wire::MessageType;

use super::Auth;
use super::trailer::{Way, seal, split};

/// How many senders' latest times are remembered. Only who has a key can fill this.
const SENDERS: usize = 4096;

/// What was found out about a datagram.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Finding {
    /// Someone with the key sent it, from this address, lately, and it is heard the first time.
    Authentic,
    /// It has no trailer.
    Missing,
    /// Its key is none of ours.
    UnknownKey,
    /// It or its addresses were changed, or it never was authentic.
    Forged,
    /// It is too old, or from the future: one of the clocks is wrong, or it is a replay.
    Stale,
    /// Its sender has sent a later one already.
    Replayed,
}

impl Finding {
    /// The name it is counted under.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Authentic => "authentic",
            Self::Missing => "missing",
            Self::UnknownKey => "unknown_key",
            Self::Forged => "forged",
            Self::Stale => "stale",
            Self::Replayed => "replayed",
        }
    }
}

/// What must be remembered to send trailers and to tell replays.
#[derive(Debug, Default)]
pub(crate) struct Guard {
    /// The time in the last trailer we sent.
    sent: u64,
    /// The time in the last authentic trailer of each sender, in microseconds.
    latest: BTreeMap<SocketAddr, u64>,
}

impl Guard {
    /// Puts a trailer behind the message in `octets`, if messages of its type have one.
    pub(crate) fn seal(
        &mut self,
        auth: &Auth,
        kind: MessageType,
        [from, to]: [SocketAddr; 2],
        wall_us: i64,
        octets: &mut Vec<u8>,
    ) {
        if !auth.send.contains(&kind) {
            return;
        }
        // A clock that was set back must not make us look like our own replay.
        self.sent = u64::try_from(wall_us).unwrap_or(0).max(self.sent + 1);
        seal(&auth.keys.first, Way { from, to }, self.sent, octets);
    }

    /// The message in a datagram, and who vouches for it.
    pub(crate) fn open<'a>(
        &mut self,
        auth: &Auth,
        [from, to]: [SocketAddr; 2],
        wall_us: i64,
        octets: &'a [u8],
    ) -> (&'a [u8], Finding) {
        let Some((message, trailer)) = split(octets) else { return (octets, Finding::Missing) };
        let Some(key) = auth.keys.find(trailer.key) else { return (message, Finding::UnknownKey) };
        if !trailer.is_by(key, Way { from, to }, message) {
            return (message, Finding::Forged);
        }
        let now = u64::try_from(wall_us).unwrap_or(0);
        let window = auth.window.as_micros();
        if trailer.stamp.abs_diff(now) > window {
            return (message, Finding::Stale);
        }
        if self.latest.get(&from).is_some_and(|latest| trailer.stamp <= *latest) {
            return (message, Finding::Replayed);
        }
        self.note(from, trailer.stamp, now.saturating_sub(window));
        (message, Finding::Authentic)
    }

    fn note(&mut self, from: SocketAddr, stamp: u64, stale: u64) {
        if self.latest.len() >= SENDERS && !self.latest.contains_key(&from) {
            // Whatever those sent is stale by now.
            self.latest.retain(|_, latest| *latest >= stale);
        }
        if self.latest.len() >= SENDERS {
            let oldest =
                self.latest.iter().min_by_key(|(_, latest)| **latest).map(|(from, _)| *from);
            oldest.and_then(|oldest| self.latest.remove(&oldest));
        }
        self.latest.insert(from, stamp);
    }
}

#[cfg(test)]
mod tests {
    use sansio::Duration;

    use super::*;
    use crate::auth::Keys;
    use crate::auth::keys::Key;

    const NOON: i64 = 961_070_400_000_000;

    fn auth(first: &str, second: Option<&str>) -> Auth {
        let key = |text: &str| Key::parse(&text.repeat(32)).unwrap();
        Auth::with(Keys { first: key(first), second: second.map(key) })
    }

    fn way(host: u8) -> [SocketAddr; 2] {
        [SocketAddr::from(([10, 0, 0, host], 2878)), SocketAddr::from(([239, 0, 0, 1], 2878))]
    }

    fn sealed(guard: &mut Guard, auth: &Auth, wall_us: i64) -> Vec<u8> {
        let mut octets = b"claim".to_vec();
        guard.seal(auth, MessageType::Aclm, way(1), wall_us, &mut octets);
        octets
    }

    #[test]
    fn each_datagram_is_authentic_once_and_from_its_sender_only() {
        let (auth, mut sender, mut receiver) =
            (auth("0a", None), Guard::default(), Guard::default());
        let mut open = |way, octets: &[u8]| receiver.open(&auth, way, NOON, octets).1;
        let first = sealed(&mut sender, &auth, NOON);
        let second = sealed(&mut sender, &auth, NOON);
        assert_eq!(open(way(2), &first), Finding::Forged, "the same octets from elsewhere");
        assert_eq!(open(way(1), &first), Finding::Authentic);
        assert_eq!(open(way(1), &second), Finding::Authentic, "at the same microsecond");
        assert_eq!(open(way(1), &second), Finding::Replayed);
        assert_eq!(open(way(1), &first), Finding::Replayed);
        assert_eq!(open(way(1), b"claim"), Finding::Missing);
    }

    #[test]
    fn an_old_one_and_one_from_the_future_are_stale() {
        let auth = Auth { window: Duration::from_secs(60), ..auth("0a", None) };
        for (age, finding) in [
            (0, Finding::Authentic),
            (59, Finding::Authentic),
            (61, Finding::Stale),
            (3600, Finding::Stale),
            (-59, Finding::Authentic),
            (-61, Finding::Stale),
        ] {
            let octets = sealed(&mut Guard::default(), &auth, NOON - age * 1_000_000);
            let found = Guard::default().open(&auth, way(1), NOON, &octets).1;
            assert_eq!(found, finding, "{age} s old");
        }
    }

    #[test]
    fn a_clock_that_was_set_back_a_little_silences_nobody() {
        let (auth, mut sender, mut receiver) =
            (auth("0a", None), Guard::default(), Guard::default());
        for wall in [NOON, NOON - 5_000_000, NOON - 4_000_000] {
            let octets = sealed(&mut sender, &auth, wall);
            assert_eq!(receiver.open(&auth, way(1), NOON, &octets).1, Finding::Authentic);
        }
    }

    #[test]
    fn a_key_is_replaced_in_three_steps_and_everybody_is_heard_throughout() {
        let steps =
            [auth("0a", None), auth("0a", Some("0b")), auth("0b", Some("0a")), auth("0b", None)];
        for neighbours in steps.windows(2) {
            // In the middle of a step, some have made it and some have not.
            for (from, to) in [(0, 1), (1, 0)] {
                let octets = sealed(&mut Guard::default(), &neighbours[from], NOON);
                let found = Guard::default().open(&neighbours[to], way(1), NOON, &octets).1;
                assert_eq!(found, Finding::Authentic);
            }
        }
        let octets = sealed(&mut Guard::default(), &steps[0], NOON);
        let found = Guard::default().open(&steps[3], way(1), NOON, &octets).1;
        assert_eq!(found, Finding::UnknownKey, "the old one is worth nothing any more");
    }

    #[test]
    fn types_without_a_trailer_are_sent_bare() {
        let mut auth = auth("0a", None);
        auth.send.remove(&MessageType::Aclm);
        assert_eq!(sealed(&mut Guard::default(), &auth, NOON), b"claim");
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let (auth, mut receiver) = (auth("0a", None), Guard::default());
        for nth in 0..=SENDERS {
            let port = u16::try_from(nth + 1).unwrap();
            let way = [SocketAddr::from(([10, 0, 0, 1], port)), way(1)[1]];
            let mut octets = b"claim".to_vec();
            Guard::default().seal(&auth, MessageType::Aclm, way, NOON, &mut octets);
            assert_eq!(receiver.open(&auth, way, NOON, &octets).1, Finding::Authentic);
        }
        assert_eq!(receiver.latest.len(), SENDERS);
    }
}
