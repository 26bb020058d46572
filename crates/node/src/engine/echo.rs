use std::collections::VecDeque;

/// How many datagrams a participant's driver remembers having sent: as many as the machines do.
const MEMORY: usize = 128;

/// A datagram of the participant's own that came back (F-02).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Echo {
    /// As multicast on the sender's own host does.
    Loop,
    /// Once more: something in the network returns what it hears.
    Reflection,
}

impl Echo {
    /// The reason it is counted under.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Loop => "own",
            Self::Reflection => "reflected",
        }
    }
}

/// What a participant sent lately, and how often it was heard since.
///
/// This only counts. What a datagram with the participant's own address means is the machine's
/// business, which also says when it was never sent.
#[derive(Debug, Default)]
pub(super) struct Echoes {
    sent: VecDeque<(u64, bool)>,
}

impl Echoes {
    pub(super) fn note_sent(&mut self, octets: &[u8]) {
        if self.sent.len() == MEMORY {
            self.sent.pop_front();
        }
        self.sent.push_back((fingerprint(octets), false));
    }

    /// What a datagram with the participant's own address is; `None` if it does not remember it.
    pub(super) fn hear(&mut self, octets: &[u8]) -> Option<Echo> {
        let print = fingerprint(octets);
        // A loop is quick: what comes back first was sent last.
        let mut alike = self.sent.iter_mut().rev().filter(|(sent, _)| *sent == print).peekable();
        alike.peek()?;
        match alike.find(|(_, heard)| !heard) {
            Some((_, heard)) => {
                *heard = true;
                Some(Echo::Loop)
            }
            None => Some(Echo::Reflection),
        }
    }
}

/// FNV-1a: nobody gains by making two datagrams look alike to a counter.
fn fingerprint(octets: &[u8]) -> u64 {
    octets.iter().fold(0xcbf2_9ce4_8422_2325, |hash, octet| {
        (hash ^ u64::from(*octet)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_sending_loops_once_and_any_more_is_a_reflection() {
        let mut echoes = Echoes::default();
        echoes.note_sent(b"claim");
        echoes.note_sent(b"claim");
        let heard: Vec<_> = (0..3).map(|_| echoes.hear(b"claim")).collect();
        assert_eq!(heard, [Some(Echo::Loop), Some(Echo::Loop), Some(Echo::Reflection)]);
        assert_eq!(echoes.hear(b"never sent"), None);
    }

    #[test]
    fn the_memory_is_bounded() {
        let mut echoes = Echoes::default();
        for nth in 0..=MEMORY {
            echoes.note_sent(&nth.to_be_bytes());
        }
        assert_eq!(echoes.hear(&0_usize.to_be_bytes()), None);
        assert_eq!(echoes.hear(&1_usize.to_be_bytes()), Some(Echo::Loop));
    }
}
