//! What happened on a path, in words that a scenario can be made of.

use sansio::{Instant, Machine, Question};

use super::{Keep, Walker};
use crate::local::{Reaction, What};
use crate::problem::Subject;
use crate::state::Copy;

/// Something that happened on a path.
#[derive(Clone, Debug)]
pub struct Happened<M: Machine> {
    /// When.
    pub at: Instant,
    /// What.
    pub what: Happening<M>,
}

/// What can happen on a path. Hosts are named by their place.
#[derive(Clone, Debug)]
pub enum Happening<M: Machine> {
    /// A host starts.
    Started {
        /// Which.
        host: usize,
        /// Whose idea that was.
        by: By,
    },
    /// A host loses its memory.
    Crashed {
        /// Which.
        host: usize,
        /// Whose idea that was.
        by: By,
    },
    /// A host's user asks for something.
    Commanded {
        /// Which host.
        host: usize,
        /// The place of the command in the script.
        place: usize,
    },
    /// A timer fires.
    Fired {
        /// Whose.
        host: usize,
        /// The specification's name for it.
        timer: &'static str,
    },
    /// A question of chance is answered.
    Drew {
        /// Who asked.
        host: usize,
        /// What for.
        question: Question,
        /// The answer.
        value: u128,
    },
    /// A datagram goes out.
    Sent {
        /// Who sends it.
        host: usize,
        /// What stands for it.
        datagram: u128,
        /// What it says.
        message: M::Message,
        /// Who gets a copy: a bit for every host.
        copies: u64,
    },
    /// A copy arrives.
    Delivered(Parcel<M>),
    /// A copy is lost.
    Lost(Parcel<M>),
    /// A host's user is told something.
    Told {
        /// Which host.
        host: usize,
        /// What.
        event: M::Event,
    },
}

/// A copy of a datagram.
#[derive(Clone, Debug)]
pub struct Parcel<M: Machine> {
    /// Who sent it.
    pub from: usize,
    /// Whom it is for.
    pub to: usize,
    /// When it was sent.
    pub sent: Instant,
    /// What stands for the datagram.
    pub datagram: u128,
    /// What it says.
    pub message: M::Message,
}

/// Whose idea something was.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum By {
    /// The problem's script says so.
    Script,
    /// The checker tries it.
    Checker,
}

impl<M: Subject> Walker<'_, M> {
    pub(super) fn note(&mut self, at: Instant, what: impl FnOnce() -> Happening<M>) {
        if self.keep == Keep::Trail {
            self.trail.push(Happened { at, what: what() });
        }
    }

    pub(super) fn trail_arrival(&mut self, at: Instant, copy: Copy) {
        if self.keep == Keep::Trail {
            let parcel = self.parcel(copy);
            self.note(at, || Happening::Delivered(parcel));
        }
    }

    pub(super) fn trail_loss(&mut self, at: Instant, copy: Copy) {
        if self.keep == Keep::Trail {
            let parcel = self.parcel(copy);
            self.note(at, || Happening::Lost(parcel));
        }
    }

    fn parcel(&self, copy: Copy) -> Parcel<M> {
        let datagram = self.overlay.datagram(copy.datagram);
        Parcel {
            from: datagram.sender,
            to: usize::from(copy.to),
            sent: copy.latest - self.problem.bounds.delay,
            datagram: datagram.print,
            message: datagram.message.clone(),
        }
    }

    /// Runs the machine once more to hear what the `nth` outcome consists of.
    pub(super) fn trail_reaction(
        &mut self,
        host: usize,
        slot: u32,
        at: Instant,
        script: usize,
        what: What,
        nth: usize,
    ) {
        if self.keep == Keep::Nothing {
            return;
        }
        let reach = self.reach.0[script][host];
        let reaction = self.overlay.reactions(host, slot, at, what).swap_remove(nth);
        let told = tell(host, reaction, reach);
        self.trail.extend(told.into_iter().map(|what| Happened { at, what }));
    }
}

fn tell<M: Machine>(host: usize, reaction: Reaction<M>, reach: u64) -> Vec<Happening<M>> {
    let fired = reaction.timer.map(|timer| Happening::Fired { host, timer });
    let answers = reaction.answers.into_iter();
    let drew = answers.map(|a| Happening::Drew { host, question: a.question, value: a.value });
    let sent = reaction.sends.into_iter().map(|d| Happening::Sent {
        host,
        datagram: d.print,
        message: d.message,
        copies: d.listeners & reach,
    });
    let told = reaction.events.into_iter().map(|event| Happening::Told { host, event });
    fired.into_iter().chain(drew).chain(sent).chain(told).collect()
}
