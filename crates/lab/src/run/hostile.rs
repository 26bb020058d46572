//! Whoever reacts to what is sent: answerers and replayers.

use aap::Participant;
use aap::wire::{Body, Header, Message, Ranges, TimedRange, WireTime};
use netsim::{Action, Injection, Reach, Trust};
use sansio::Machine;

use super::{Run, RunError};
use crate::domain::EPOCH;
use crate::tape::Happened;
use scenario::{Answer, EndTime, Event, LinkRule, MessageType, Replay, Time, Which};

/// Reactions that wait for something to be sent.
#[derive(Clone, Debug, Default)]
pub(super) struct Hostile {
    answers: Vec<Answer>,
    replays: Vec<Replay>,
    /// Link rules that have come into force during the run.
    pub(super) rules: Vec<LinkRule>,
    /// Moments of the tape already reacted to.
    seen: usize,
}

impl Hostile {
    pub(super) fn is_active(&self) -> bool {
        !(self.answers.is_empty() && self.replays.is_empty())
    }

    fn begin(&mut self, seen: usize) {
        if !self.is_active() {
            self.seen = seen;
        }
    }

    pub(super) fn answer(&mut self, answer: Answer, seen: usize) {
        self.begin(seen);
        self.answers.push(answer);
    }
}

/// Whether `event` looks back at what was sent.
pub(super) fn looks_back(event: &Event) -> bool {
    matches!(event, Event::Replay(_) | Event::Answer(_))
}

fn is(kind: MessageType, message: &Message) -> bool {
    message.kind().name() == kind.word()
}

impl Run<'_> {
    /// Replays the last such datagram now, or waits for the next.
    pub(super) fn replay(&mut self, now: Time, replay: &Replay) -> Result<(), RunError> {
        if replay.which == Which::Next {
            self.hostile.begin(self.watch.tape.moments().len());
            self.hostile.replays.push(replay.clone());
            return Ok(());
        }
        let of = self.domain.ids(self.plan, &replay.of);
        let last = self.watch.tape.moments().iter().rev().find_map(|moment| match &moment.what {
            Happened::Sent { message, octets }
                if of.contains(&moment.host) && is(replay.message, message) =>
            {
                Some(octets.clone())
            }
            _ => None,
        });
        let Some(octets) = last else {
            let message = format!("{} has sent no {} yet", replay.of, replay.message.word());
            return Err(RunError { line: replay.of.span.line as usize, message });
        };
        self.send_from(now, &replay.route, octets);
        Ok(())
    }

    /// Reacts to whatever was sent since the last time.
    pub(super) fn react(&mut self) {
        while let Some(moment) = self.watch.tape.moments().get(self.hostile.seen).cloned() {
            self.hostile.seen += 1;
            let Happened::Sent { message, octets } = moment.what else { continue };
            let now = Time(self.domain.micros(moment.at));
            self.answer_all(now, &message);
            self.replay_next(now, moment.host, &message, &octets);
        }
    }

    fn answer_all(&mut self, now: Time, provocation: &Message) {
        for answer in self.hostile.answers.clone() {
            let provoked = answer.to.iter().any(|&kind| is(kind, provocation));
            let Some(ranges) = provocation.ranges().filter(|_| provoked) else { continue };
            let hour = EndTime::Relative(scenario::Shift(3_600_000_000));
            let end = self.domain.utc(answer.until.unwrap_or(hour), now);
            let end = WireTime::saturating_from(end.0);
            let listed = ranges.iter().map(|r| TimedRange { range: r.range, end });
            let ranges = Ranges::new(provocation.family(), listed.collect::<Vec<_>>());
            let body = match answer.with {
                MessageType::Aclm => Body::Aclm(ranges),
                MessageType::Aitu => Body::Aitu(ranges),
                _ => Body::Aiu(ranges),
            };
            let header = Header {
                family: provocation.family(),
                rseq: provocation.rseq(),
                mseq: provocation.mseq(),
            };
            let stamp = WireTime::saturating_from(EPOCH + (now.micros() / 1_000_000) as i64);
            let mut octets = Vec::new();
            Participant::encode(&Message::new(header, stamp, body), &mut octets);
            let (from, _) = self.source(&answer.from, None);
            let Some(to) = self.group(None) else { continue };
            let injection =
                Injection { from, to, octets, trust: Trust::Open, reach: Reach::Everyone };
            // An answer takes as long as a question.
            let at = self.domain.at(now) + self.domain.default_delay * 2;
            self.domain.world.schedule(at, Action::Inject(injection));
        }
    }

    fn replay_next(&mut self, now: Time, sender: netsim::HostId, message: &Message, octets: &[u8]) {
        let waiting = std::mem::take(&mut self.hostile.replays);
        for replay in waiting {
            let of = self.domain.ids(self.plan, &replay.of);
            if of.contains(&sender) && is(replay.message, message) {
                // Whoever replays must hear it first.
                let heard = Time(now.micros() + self.domain.default_delay.as_micros());
                self.send_from(heard, &replay.route, octets.to_vec());
            } else {
                self.hostile.replays.push(replay);
            }
        }
    }
}
