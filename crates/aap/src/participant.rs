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
