use sansio::{Cx, Input, Instant, Machine, Output, Outputs};

use crate::command::Command;
use crate::config::Config;
use crate::coordinator::PrefixCoordinator;
use crate::event::Event;
use crate::maas::Maas;
use crate::stored::Item;
use crate::wire::{Malformed, Message};

/// Anyone who speaks AAP.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Participant {
    /// An allocation server.
    Maas(Box<Maas>),
    /// A Prefix Coordinator.
    Coordinator(Box<PrefixCoordinator>),
}

impl Participant {
    /// The allocation server, if it is one.
    #[must_use]
    pub fn maas(&self) -> Option<&Maas> {
        match self {
            Self::Maas(maas) => Some(maas),
            Self::Coordinator(_) => None,
        }
    }

    /// The Prefix Coordinator, if it is one.
    #[must_use]
    pub fn coordinator(&self) -> Option<&PrefixCoordinator> {
        match self {
            Self::Coordinator(coordinator) => Some(coordinator),
            Self::Maas(_) => None,
        }
    }

    /// What it was told to be, in one scope.
    #[must_use]
    pub fn config(&self) -> &Config {
        match self {
            Self::Maas(maas) => maas.config(),
            Self::Coordinator(coordinator) => coordinator.config(),
        }
    }
}

impl Machine for Participant {
    type Message = Message;
    type Malformed = Malformed;
    type Command = Command;
    type Event = Event;
    type Record = Item;

    fn encode(message: &Message, octets: &mut Vec<u8>) {
        message.encode(octets);
    }

    fn decode(octets: &[u8]) -> Result<Message, Malformed> {
        Message::decode(octets)
    }

    fn handle(&mut self, cx: &mut Cx<'_>, input: Input<'_, Self>, out: &mut Outputs<Self>) {
        match self {
            Self::Maas(maas) => maas.handle(cx, input, out),
            Self::Coordinator(coordinator) => coordinator.handle(cx, input, out),
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        match self {
            Self::Maas(maas) => maas.poll_timeout(),
            Self::Coordinator(coordinator) => coordinator.poll_timeout(),
        }
    }
}

/// The output of either kind of participant.
pub(crate) type Out = Outputs<Participant>;

/// One output of either kind of participant.
pub(crate) type OneOutput = Output<Participant>;

#[cfg(test)]
mod tests {
    use addrspace::{Addr, Family, Range, Scope, ScopeKind};
    use sansio::{Cause, Now, Question, UtcSecs};

    use super::*;
    use crate::config::Startup;
    use crate::wire::{Body, Header, Rseq, WireTime};

    /// Answers with the least that is possible.
    struct Least;

    impl sansio::Draw for Least {
        fn between(&mut self, _: Question, low: u64, _: u64) -> u64 {
            low
        }
    }

    fn config() -> Config {
        let own = std::net::SocketAddr::from(([10, 0, 0, 1], 2878));
        let range = Range::new(Addr(0xefff_0000), Addr(0xefff_ffff)).unwrap();
        let mut config = Config::new(own, Scope::new("test", Family::V4, range, ScopeKind::Large));
        config.startup = Startup::Listen;
        config
    }

    /// What a driver does with either kind: it starts, arms a timer, fires it and speaks octets.
    #[test]
    fn either_kind_is_driven_alike() {
        let maas = Participant::Maas(Box::new(Maas::new(config())));
        let coordinator =
            PrefixCoordinator::new(config(), vec![(config().scope.range, UtcSecs(2_000_000))]);
        let coordinator = Participant::Coordinator(Box::new(coordinator));
        assert!(maas.maas().is_some() && maas.coordinator().is_none());
        assert!(coordinator.maas().is_none() && coordinator.coordinator().is_some());
        for mut participant in [maas, coordinator] {
            assert_eq!(participant.config(), &config());
            assert_eq!(participant.poll_timeout(), None);
            let mut draw = Least;
            let now = Now { instant: Instant::ZERO, utc: UtcSecs(1_000_000) };
            let mut cx = Cx { now, draw: &mut draw, cause: Cause::default() };
            let mut out = Out::new();
            participant.handle(&mut cx, Input::Start { restored: &[] }, &mut out);
            let due = participant.poll_timeout().expect("something to do");
            cx.now.instant = due;
            participant.handle(&mut cx, Input::Timeout, &mut out);
            let fired = |output: &OneOutput| matches!(output, Output::Fired { .. });
            assert!(out.into_iter().any(|output| fired(&output)));
        }
    }

    #[test]
    fn a_message_is_the_same_octets_both_ways() {
        let header = Header { family: Family::V4, rseq: Rseq::wrapping(5), mseq: 1 };
        let stamp = WireTime::saturating_from(1_000_000);
        let message = Message::new(header, stamp, Body::Ana { count: 3, end: stamp });
        let (mut octets, mut plain) = (Vec::new(), Vec::new());
        Participant::encode(&message, &mut octets);
        message.encode(&mut plain);
        assert_eq!(octets, plain);
        assert_eq!(Participant::decode(&octets), Ok(message));
    }
}
