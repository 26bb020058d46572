use std::fmt;
use std::net::SocketAddr;

use crate::{Cause, Draw, Duration, Instant, Now, Question};

/// The rule of a specification that made a machine act, by its id in the project's register
/// (such as `AAP-3.2.2-14`), or a finding such as `F-16` where a repair acted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rule(pub &'static str);

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// What goes to stable storage: a value under a key, where a later write replaces an earlier.
pub trait Stored: Clone {
    /// Where it is kept.
    type Key: Clone + Ord + fmt::Debug;
    /// The key this write replaces.
    fn key(&self) -> Self::Key;
    /// Whether this write removes the key.
    fn removes(&self) -> bool;
}

/// A protocol participant: inputs in, outputs out, one deadline.
pub trait Machine: Clone {
    /// A decoded datagram.
    type Message: Clone + fmt::Debug;
    /// Why a datagram could not be decoded.
    type Malformed: Clone + fmt::Debug + fmt::Display;
    /// What a user or an operator asks for.
    type Command: Clone + fmt::Debug;
    /// What a user or an operator is told.
    type Event: Clone + fmt::Debug;
    /// A write to stable storage.
    type Record: Stored + fmt::Debug;

    /// Appends the octets of `message`.
    fn encode(message: &Self::Message, octets: &mut Vec<u8>);

    /// Reads a datagram.
    ///
    /// # Errors
    /// Anything that is not a well-formed message. Never panics, whatever the octets.
    fn decode(octets: &[u8]) -> Result<Self::Message, Self::Malformed>;

    /// Takes one input and appends whatever it leads to, in order.
    ///
    /// A [`Input::Timeout`] handles exactly one due timer, so that each has its own entry in a
    /// journal; a driver calls again while [`Machine::poll_timeout`] is not in the future.
    fn handle(&mut self, cx: &mut Cx<'_>, input: Input<'_, Self>, out: &mut Outputs<Self>);

    /// When the machine next wants [`Input::Timeout`].
    fn poll_timeout(&self) -> Option<Instant>;
}

/// The circumstances of one input.
pub struct Cx<'a> {
    /// The participant's clocks.
    pub now: Now,
    /// Answers to questions of chance.
    pub draw: &'a mut dyn Draw,
    /// The journal entry of this input: what the outputs of this call, and the timers it arms,
    /// are caused by.
    pub cause: Cause,
}

impl Cx<'_> {
    /// A span in `low..=high`.
    pub fn span_between(&mut self, question: Question, low: Duration, high: Duration) -> Duration {
        Duration::from_micros(self.draw.between(
            question,
            low.as_micros(),
            high.as_micros().max(low.as_micros()),
        ))
    }

    /// A span between `base * low / 10` and `base * high / 10`: the form of every jitter in the
    /// draft, such as 0.7 to 1.3 times a constant.
    pub fn tenths(&mut self, question: Question, base: Duration, low: u64, high: u64) -> Duration {
        self.span_between(question, base.ratio(low, 10), base.ratio(high, 10))
    }
}

impl fmt::Debug for Cx<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cx").field("now", &self.now).finish_non_exhaustive()
    }
}

/// Something that happens to a participant.
#[derive(Debug)]
pub enum Input<'a, M: Machine> {
    /// It starts, with what its stable storage holds, in key order.
    Start {
        /// The surviving writes.
        restored: &'a [M::Record],
    },
    /// A well-formed datagram arrives.
    Message {
        /// Where it came from.
        from: SocketAddr,
        /// The group and port it was sent to.
        to: SocketAddr,
        /// The datagram.
        message: &'a M::Message,
        /// Whether the transport vouches for the sender (IPsec or a key shared by the group).
        authenticated: bool,
    },
    /// Its deadline has come.
    Timeout,
    /// Its user asks for something.
    Command(&'a M::Command),
}

/// Something a participant wants done. The order matters: what precedes must be durable or sent
/// before what follows.
#[derive(Clone, Debug)]
pub enum Output<M: Machine> {
    /// A timer fired. Always the first output of [`Input::Timeout`].
    Fired {
        /// The specification's name for it.
        timer: &'static str,
        /// What armed it.
        armed_by: Cause,
    },
    /// Write this down durably before going on.
    Persist {
        /// The write.
        record: M::Record,
        /// The rule that asks for it.
        rule: Rule,
    },
    /// Send this datagram.
    Transmit {
        /// The group and port.
        to: SocketAddr,
        /// The datagram.
        message: M::Message,
        /// The rule that asks for it.
        rule: Rule,
    },
    /// Tell the user or operator.
    Event {
        /// What happened.
        event: M::Event,
        /// The rule that led to it.
        rule: Rule,
    },
}

/// The outputs of one call, in order.
pub type Outputs<M> = Vec<Output<M>>;
