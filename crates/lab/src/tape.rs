//! What a run leaves behind for the judge: every message, conclusion and timer, in order.

use aap::wire::Message;
use aap::{Event, Participant};
use netsim::{HostId, Observation, Observer, Seen};
use sansio::{Instant, Machine};

/// One thing worth judging.
#[derive(Clone, Debug)]
pub(crate) struct Moment {
    pub(crate) at: Instant,
    pub(crate) host: HostId,
    pub(crate) what: Happened,
}

/// The kinds of things worth judging.
#[derive(Clone, Debug)]
pub(crate) enum Happened {
    /// A message was sent.
    Sent { message: Message, octets: Vec<u8> },
    /// A conclusion was drawn.
    Concluded(Event),
    /// A timer fired.
    Fired(&'static str),
    /// A datagram was no message, for this reason.
    Malformed(&'static str),
}

/// An observer that keeps [`Moment`]s.
#[derive(Clone, Debug)]
pub(crate) struct Tape {
    keeps: Keeps,
    moments: Vec<Moment>,
}

/// What a [`Tape`] keeps.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Keeps {
    /// Every moment.
    Everything,
    /// Nothing: nobody is going to look.
    Nothing,
}

impl Tape {
    pub(crate) const fn new(keeps: Keeps) -> Self {
        Self { keeps, moments: Vec::new() }
    }

    pub(crate) fn moments(&self) -> &[Moment] {
        &self.moments
    }
}

impl Observer<Participant> for Tape {
    fn observe(&mut self, seen: &Observation<'_, Participant>) {
        if self.keeps == Keeps::Nothing {
            return;
        }
        let Some(host) = seen.host else { return };
        let what = match &seen.what {
            Seen::Sent { message, octets, .. } => {
                Happened::Sent { message: (*message).clone(), octets: octets.to_vec() }
            }
            Seen::Event { event, .. } => Happened::Concluded((*event).clone()),
            Seen::Fired { timer } => Happened::Fired(timer),
            Seen::Malformed { why, .. } => Happened::Malformed(reason(why)),
            _ => return,
        };
        self.moments.push(Moment { at: seen.at, host, what });
    }
}

fn reason(why: &<Participant as Machine>::Malformed) -> &'static str {
    why.reason.name()
}
