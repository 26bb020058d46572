//! The Prefix Coordinator (draft section 4): it says which addresses of a large scope may be
//! allocated, and hears how they are used.
//!
//! | from | on | to | by sending or arming |
//! |---|---|---|---|
//! | Off | start or offer with a set, or a resent ASA without one | Follower | ASA Send, 51–69 s |
//! | Follower, Lead | ASA Send fires | Lead | ASA; ASA Send, 21–39 s |
//! | Follower, Lead | another's new ASA, consistent with the own set | Follower | ASA Send, 51–69 s |
//! | Follower, Lead, Quiet | another's new ASA, inconsistent | Quiet | quiet, 150 s |
//! | Quiet | quiet fires | Follower | ASA Send, 51–69 s |
//!
//! Several coordinators of one scope need no election: whoever hears a new ASA waits longer than
//! whoever sent it, so one of them keeps sending and the others keep waiting.
//!
//! It takes part regularly: by ASAs, and by hearing ASRPs (AAP-4.1-01, AAP-3.2.10-01). ASAs may
//! come from several that agree (AAP-3.2.10.1-16). When one fails, the next steps in (AAP-2.2-05);
//! when all are gone for long, what they last announced ends and demand goes unanswered
//! (AAP-4.1-04).
//!
//! Nothing goes to stable storage. What a restarted coordinator has lost, the resent ASAs of the
//! MAASs give back (section 4.1).

mod announce;
mod asa;
mod consistency;
mod receive;
mod report;
mod source;
#[cfg(test)]
mod tests;

use addrspace::Range;
use sansio::{Cx, Deadlines, Input, Instant, Rule, TimerKind, Urgency, UtcSecs};

use crate::admission::Admission;
use crate::command::Command;
use crate::config::{Config, Peer};
use crate::event::{Event, Ignored, Lease, Refusal};
use crate::participant::{OneOutput, Out, Participant};
use crate::recent::Recent;
use crate::wire::{MessageType, Rseq};

pub use report::UsageReport;
pub use source::SpaceSource;

/// Its own recent ASAs that a coordinator can tell from forged ones (F-02): looped copies come
/// back within seconds, and ASAs are at least 0.7 `[ASA-INTERVAL]` apart.
const SENT_MEMORY: usize = 8;
/// ANAs that are recognised when they are retransmitted (F-36).
const HINT_MEMORY: usize = 64;

/// A Prefix Coordinator of one scope (section 4).
///
/// Configuring one in a small scope is the operator's decision: the draft allows it but sees no
/// need (section 2.1.2).
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct PrefixCoordinator {
    config: Config,
    source: SpaceSource,
    phase: Phase,
    timers: Deadlines<Timer>,
    next_rseq: Rseq,
    announced: Option<Vec<Lease>>,
    last_report: Option<UsageReport>,
    /// When the set was last changed by an offer.
    offered_at: Option<Instant>,
    /// Since when others have announced more than our set, and nothing less.
    outgrown_since: Option<Instant>,
    sent: Recent<u64>,
    hints: Recent<(Peer, u64)>,
    admission: Admission,
}

/// What a Prefix Coordinator is doing, as the draft names it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Role {
    /// Nothing: it has not started, knows no set to announce, or has retired.
    Off,
    /// It waits whether another coordinator announces.
    Follower,
    /// It announces, and answers for the reports (the "lead Prefix Coordinator").
    Lead,
    /// It heard a set that contradicts its own and keeps silent (section 4.2.1.1).
    Quiet,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum Phase {
    Off,
    Follower {
        /// Whose new ASA was heard last.
        lead: Option<Peer>,
    },
    Lead,
    Quiet,
    Retired,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
enum Timer {
    /// Until the next ASA is sent, by the lead or by a follower that heard none.
    AsaSend,
    /// Until an inconsistent ASA has been heard long enough ago.
    Quiet,
}

impl TimerKind for Timer {
    fn urgency(&self) -> Urgency {
        Urgency::Routine
    }

    fn name(&self) -> &'static str {
        match self {
            Self::AsaSend => "ASA Send",
            Self::Quiet => "quiet",
        }
    }
}

impl PrefixCoordinator {
    /// A coordinator that will announce `space`, each range until its time, or one that knows no
    /// set yet if `space` is empty: it then waits for an offer or a resent ASA.
    #[must_use]
    pub fn new(config: Config, space: Vec<(Range, UtcSecs)>) -> Self {
        let source = match space.is_empty() {
            true => SpaceSource::Unknown,
            false => SpaceSource::fixed(space),
        };
        Self::with_source(config, source)
    }

    /// What it is doing.
    #[must_use]
    pub fn role(&self) -> Role {
        match self.phase {
            Phase::Off | Phase::Retired => Role::Off,
            Phase::Follower { .. } => Role::Follower,
            Phase::Lead => Role::Lead,
            Phase::Quiet => Role::Quiet,
        }
    }

    /// The coordinator whose announcements keep this one waiting.
    #[must_use]
    pub fn follows(&self) -> Option<Peer> {
        match self.phase {
            Phase::Follower { lead } => lead,
            _ => None,
        }
    }

    /// The set in its own latest ASA, as sent; `None` if it has sent none since its start.
    #[must_use]
    pub fn announced(&self) -> Option<&[Lease]> {
        self.announced.as_deref()
    }

    /// Where the set to announce comes from.
    #[must_use]
    pub fn source(&self) -> &SpaceSource {
        &self.source
    }

    /// The latest ASRP it took in as lead.
    #[must_use]
    pub fn last_report(&self) -> Option<&UsageReport> {
        self.last_report.as_ref()
    }

    /// What it was told before it started.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    pub(crate) fn handle(&mut self, cx: &mut Cx<'_>, input: Input<'_, Participant>, out: &mut Out) {
        match input {
            Input::Start { .. } => self.on_start(cx, out),
            Input::Message { from, message, authenticated, .. } => {
                self.on_message(cx, from, message, authenticated, out);
            }
            Input::Timeout => self.on_timeout(cx, out),
            Input::Command(command) => self.on_command(cx, command, out),
        }
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.timers.next()
    }

    fn with_source(config: Config, source: SpaceSource) -> Self {
        Self {
            config,
            source,
            phase: Phase::Off,
            timers: Deadlines::default(),
            next_rseq: Rseq::default(),
            announced: None,
            last_report: None,
            offered_at: None,
            outgrown_since: None,
            sent: Recent::new(SENT_MEMORY),
            hints: Recent::new(HINT_MEMORY),
            admission: Admission::default(),
        }
    }

    /// AAP-4.1-03: nothing is restored; the set is configuration, or comes back by resent ASAs.
    fn on_start(&mut self, cx: &mut Cx<'_>, out: &mut Out) {
        *self = Self::with_source(self.config.clone(), self.source.clone());
        if self.refuses(&self.source, out) {
            self.source = SpaceSource::Unknown;
        }
        self.become_ready(cx, out);
    }

    fn on_timeout(&mut self, cx: &mut Cx<'_>, out: &mut Out) {
        let Some(due) = self.timers.pop_due(cx.now.instant) else { return };
        out.push(OneOutput::Fired { timer: due.timer.name(), armed_by: due.armed_by });
        match due.timer {
            Timer::AsaSend => self.on_asa_send(cx, out),
            Timer::Quiet => self.follow(cx, None),
        }
    }

    /// Users are the MAASs' to serve: a coordinator announces and listens (AAP-2-02).
    fn on_command(&mut self, cx: &mut Cx<'_>, command: &Command, out: &mut Out) {
        let not_done = |range| Event::NotDone { range, why: Refusal::NotServing };
        match command {
            Command::Allocate { request, .. }
            | Command::Claim { request, .. }
            | Command::Preallocate { request, .. }
            | Command::Withdraw { request } => {
                let refused = Event::Refused { request: *request, why: Refusal::NotServing };
                tell(out, "AAP-2-02", refused);
            }
            Command::SetEnd { range, .. }
            | Command::Release { range }
            | Command::Lose { range } => tell(out, "AAP-2-02", not_done(*range)),
            Command::Retire => {
                self.timers.clear();
                self.phase = Phase::Retired;
            }
            Command::Offer { space } if self.phase == Phase::Retired => {
                for (range, _) in space {
                    tell(out, "AAP-2-02", not_done(*range));
                }
            }
            Command::Reconfigure { policy, timing } => {
                self.config.policy = *policy;
                self.config.timing = *timing;
            }
            Command::Offer { space } => self.on_offer(cx, space, out),
        }
    }
}

fn ignore(out: &mut Out, rule: &'static str, reason: Ignored, peer: Peer, message: MessageType) {
    tell(out, rule, Event::Ignored { reason, peer, message });
}

fn tell(out: &mut Out, rule: &'static str, event: Event) {
    out.push(OneOutput::Event { event, rule: Rule(rule) });
}
