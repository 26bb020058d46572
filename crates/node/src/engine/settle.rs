use aap::{Event, Participant, RequestId};
use sansio::{Duration, Instant, Output, Stored, UtcSecs};

use super::turn::BATCH;
use super::{Node, Storage};
use crate::answer::Answer;
use crate::clock::Reading;
use crate::event::Happening;
use crate::handle::{CommandError, Verdict};
use crate::say;

/// How soon storage that failed is tried again.
const RETRY_STORAGE: Duration = Duration::from_secs(1);

/// Something a machine wants done.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) member: usize,
    /// The command that led to it, if one of this turn did.
    pub(super) ticket: Option<usize>,
    pub(super) output: Output<Participant>,
}

impl Node {
    /// Makes durable what this turn has to remember, then does the rest of what it wants, then
    /// answers its commands.
    pub(super) fn settle(&mut self, reading: Reading) {
        // Before anyone is told, so that a kill leaves no effect without its cause.
        if let Some(capture) = &mut self.capture {
            capture.flush();
        }
        let mut wanted = std::mem::take(&mut self.wanted);
        let failure = self.commit(&wanted, reading.now.utc).err();
        match &failure {
            None => {
                for item in wanted.drain(..) {
                    self.carry_out(item, reading);
                }
                self.send_posted(reading);
            }
            Some(why) => self.storage_failed(why, reading),
        }
        if self.wanted.is_empty() {
            wanted.clear();
            wanted.shrink_to(4 * BATCH);
            self.wanted = wanted;
        }
        for ticket in std::mem::take(&mut self.tickets) {
            ticket.answer(failure.as_deref());
        }
    }

    fn commit(&mut self, wanted: &[Wanted], now: UtcSecs) -> Result<(), String> {
        let writes = || {
            wanted.iter().filter_map(|wanted| match &wanted.output {
                Output::Persist { record, .. } => Some((wanted.member, record)),
                _ => None,
            })
        };
        let count = writes().count() as u64;
        let answers = self.waiters.answers(wanted);
        let Storage::Open(store) = &mut self.storage else { return Ok(()) };
        if count == 0 && answers.is_empty() {
            return Ok(());
        }
        store.commit(writes(), &answers, now).map_err(|error| error.to_string())?;
        if let Some(member) = self.members.first_mut() {
            member.counters.note_committed(count);
        }
        Ok(())
    }

    /// What was to be remembered is not: the node is as one that crashed before this turn.
    pub(super) fn storage_failed(&mut self, why: &str, reading: Reading) {
        let now = reading.now.instant;
        // Closing it now lets the next attempt open the file anew.
        self.storage = Storage::Failed { why: why.to_owned(), retry_at: now + RETRY_STORAGE };
        self.waiters.fail(&CommandError::Storage(why.to_owned()));
        // What a machine believes it holds may not be in storage: nobody is to see it.
        self.renew_machines(reading.now);
        let happening = Happening::StorageFailed { why: why.to_owned() };
        self.tell(now, reading.wall_us, None, happening);
    }

    fn carry_out(&mut self, wanted: Wanted, reading: Reading) {
        let Wanted { member, ticket, output } = wanted;
        let now = reading.now.instant;
        match output {
            Output::Fired { .. } | Output::Persist { .. } => {}
            Output::Transmit { to, message, rule } => {
                self.post(member, to, message, rule, reading);
            }
            Output::Event { event, rule } => {
                self.send_posted(reading);
                self.count_told(member, &event, now);
                let happening = Happening::Told { event, rule };
                let told = self.tell(now, reading.wall_us, Some(member), happening);
                if let Some(ticket) = ticket.and_then(|ticket| self.tickets.get_mut(ticket)) {
                    ticket.events.push(told);
                }
            }
        }
    }

    /// Counts what users are told, and hands verdicts to whoever waits for them.
    fn count_told(&mut self, member: usize, event: &Event, now: Instant) {
        let counters = &mut self.members[member].counters;
        if let Event::Ignored { reason, .. } = event {
            counters.note_ignored(reason.name());
        }
        counters.note_told(say::kind(event));
        let Some(request) = decided(event) else { return };
        let Some(verdict) = Verdict::of(event, request) else { return };
        let granted = matches!(verdict, Verdict::Granted { .. });
        if let Some(since) = self.waiters.decide(member, request, verdict).filter(|_| granted) {
            self.members[member].counters.note_granted(now.since(since));
        }
    }
}

/// The request whose fate an event is.
pub(super) const fn decided(event: &Event) -> Option<RequestId> {
    match event {
        Event::Granted { request, .. }
        | Event::Held { request: Some(request), .. }
        | Event::Refused { request, .. } => Some(*request),
        _ => None,
    }
}

/// The number after the greatest request that `items` and `answers` remember.
pub(super) fn first_request(items: &[Vec<aap::Item>], answers: &[Answer]) -> u32 {
    let numbers =
        items.iter().flatten().filter(|item| !item.removes()).filter_map(|item| match item {
            aap::Item::Own { request, .. } => Some(*request),
            aap::Item::Preallocated { request, .. } => *request,
            _ => None,
        });
    let numbers = numbers.chain(answers.iter().map(|answer| answer.request.0));
    numbers.max().map_or(1, |greatest| greatest.wrapping_add(1))
}
