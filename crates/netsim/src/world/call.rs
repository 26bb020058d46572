use std::mem;

use sansio::{Cause, Cx, Input, Instant, Machine, Output};
use trace::Fingerprint;

use super::{Fuse, World};
use crate::clock::Moment;
use crate::dice::Asking;
use crate::flight::Datagram;
use crate::{Disk, HostId, Observation, Observer, Seen, Stop, Trust};

/// How often a host's timers may fire while time stands still.
const SPIN_CAP: u32 = 100_000;

/// The kinds of events a digest tells apart.
#[derive(Clone, Copy)]
#[repr(u8)]
pub(super) enum Kind {
    Started = 1,
    Command,
    Unheard,
    Sent,
    Injected,
    Delivered,
    Malformed,
    Dropped,
    Fired,
    Drew,
    Persisted,
    Event,
    Crashed,
    Fault,
    Said,
    Stopped,
}

/// What a digest calls an event of this kind at this host.
const fn tag(kind: Kind, host: u32) -> u64 {
    (kind as u64) << 32 | host as u64
}

impl<M: Machine> World<M> {
    /// Gives an event its number and folds it into the digest.
    #[inline]
    pub(super) fn note(&mut self, kind: Kind, host: Option<HostId>, content: u64) -> u64 {
        let id = self.take_id();
        self.fold(kind, host, content);
        id
    }

    #[inline]
    fn take_id(&mut self) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        id
    }

    #[inline]
    fn fold(&mut self, kind: Kind, host: Option<HostId>, content: u64) {
        let host = host.map_or(u32::MAX, |host| host.0);
        self.digest.event(tag(kind, host), self.now.as_micros(), content);
    }

    #[inline]
    pub(super) fn tell<O: Observer<M> + ?Sized>(
        &self,
        id: u64,
        cause: Option<u64>,
        host: Option<HostId>,
        what: Seen<'_, M>,
        observer: &mut O,
    ) {
        observer.observe(&Observation { id, cause, at: self.now, host, what });
    }

    /// Stops the run for good.
    pub(super) fn stop<O: Observer<M> + ?Sized>(&mut self, stop: Stop, observer: &mut O) {
        if self.stopped.is_none() {
            self.stopped = Some(stop);
            let id = self.note(Kind::Stopped, None, 0);
            self.tell(id, None, None, Seen::Stopped(stop), observer);
        }
    }

    /// Lets the first timer that is due fire.
    pub(super) fn fire<O: Observer<M> + ?Sized>(&mut self, observer: &mut O) {
        let host = self.agenda.winner();
        let stuck = self.spin.at == self.now && self.spin.host == host;
        self.spin.times = if stuck { self.spin.times + 1 } else { 0 };
        (self.spin.at, self.spin.host) = (self.now, host);
        if self.spin.times == SPIN_CAP {
            return self.stop(Stop::Stuck { host }, observer);
        }
        self.counters.fired += 1;
        let id = self.take_id();
        self.call(host, id, Input::Timeout, observer);
    }

    /// Hands one input to a host and carries out what it answers.
    ///
    /// `id` is the number of the input's own observation.
    pub(super) fn call<O: Observer<M> + ?Sized>(
        &mut self,
        host: HostId,
        id: u64,
        input: Input<'_, M>,
        observer: &mut O,
    ) {
        let node = &mut self.nodes[host.index()];
        let Some(machine) = &mut node.machine else { return };
        let mut asking = Asking {
            host,
            dice: &mut self.dice,
            drawn: &mut self.drawn,
            faults: &mut self.draw_faults,
        };
        let now = node.clock.read(Moment::of(self.now));
        let mut cx = Cx { now, draw: &mut asking, cause: Cause(id) };
        machine.handle(&mut cx, input, &mut self.out);
        self.settle(host, id, observer);
    }

    /// Hands a datagram that arrives now to one host after the other, for as long as nothing else
    /// is due before the next one and that one is running. Returns how many got it.
    ///
    /// This is what a simulation spends its time on. The books are kept in locals until
    /// something comes of a delivery, because a machine that writes to memory would otherwise
    /// put a store and a load between one step of the digest and the next.
    #[inline(never)]
    pub(super) fn fan_out<O: Observer<M> + ?Sized>(
        &mut self,
        datagram: &Datagram<M>,
        message: &M::Message,
        hosts: &[HostId],
        observer: &mut O,
    ) -> usize {
        let (of, from, to) = (datagram.sent, datagram.from, datagram.to);
        let authenticated = datagram.trust == Trust::Authenticated;
        let (at, moment) = (self.now, Moment::of(self.now));
        let (mut digest, mut next_id) = (self.digest, self.next_id);
        let mut reached = 0;
        for &host in hosts {
            let node = &mut self.nodes[host.index()];
            let Some(machine) = &mut node.machine else { break };
            let id = next_id;
            next_id += 1;
            reached += 1;
            digest.event(tag(Kind::Delivered, host.0), at.as_micros(), of);
            let what = Seen::Delivered { of, from, to, message };
            observer.observe(&Observation { id, cause: Some(of), at, host: Some(host), what });

            let mut asking = Asking {
                host,
                dice: &mut self.dice,
                drawn: &mut self.drawn,
                faults: &mut self.draw_faults,
            };
            let now = node.clock.read(moment);
            let mut cx = Cx { now, draw: &mut asking, cause: Cause(id) };
            let input = Input::Message { from, to, message, authenticated };
            machine.handle(&mut cx, input, &mut self.out);

            let idle = self.out.is_empty() && self.drawn.is_empty();
            if idle && machine.poll_timeout().unwrap_or(Instant::FAR_FUTURE) == node.deadline {
                continue;
            }
            (self.digest, self.next_id) = (digest, next_id);
            self.settle(host, id, observer);
            (digest, next_id) = (self.digest, self.next_id);
            if self.agenda.earliest() <= at || self.stopped.is_some() {
                break;
            }
        }
        (self.digest, self.next_id) = (digest, next_id);
        self.counters.delivered += reached as u64;
        reached
    }

    /// Sees to what a call has led to: a new deadline, draws, outputs.
    #[inline(never)]
    fn settle<O: Observer<M> + ?Sized>(&mut self, host: HostId, id: u64, observer: &mut O) {
        let node = &mut self.nodes[host.index()];
        let deadline = node.machine.as_ref().and_then(M::poll_timeout);
        let deadline = deadline.unwrap_or(Instant::FAR_FUTURE);
        if deadline != node.deadline {
            node.deadline = deadline;
            self.agenda.set(host, node.clock.world(deadline));
        }
        if !self.out.is_empty() || !self.drawn.is_empty() {
            self.carry_out(host, id, observer);
        }
    }

    fn carry_out<O: Observer<M> + ?Sized>(&mut self, host: HostId, id: u64, observer: &mut O) {
        let mut outputs = mem::take(&mut self.out);
        let mut left = outputs.drain(..).peekable();

        if let Some(Output::Fired { timer, armed_by }) =
            left.next_if(|output| matches!(output, Output::Fired { .. }))
        {
            self.fold(Kind::Fired, Some(host), trace::fingerprint(timer.as_bytes()));
            // Cause 0 is no observation: what a machine knew before the run.
            let cause = Some(armed_by.0).filter(|cause| *cause != 0);
            self.tell(id, cause, Some(host), Seen::Fired { timer }, observer);
        }
        self.tell_draws(host, id, observer);

        while let Some(output) = left.next() {
            self.carry_out_one(host, id, output, observer);
            if let Some(disk) = self.burn(host) {
                let undone = left.len();
                self.crash(host, Some(id), disk, undone, observer);
                break;
            }
            if self.stopped.is_some() {
                break;
            }
        }
        drop(left);
        self.out = outputs;
    }

    fn carry_out_one<O: Observer<M> + ?Sized>(
        &mut self,
        host: HostId,
        cause: u64,
        output: Output<M>,
        observer: &mut O,
    ) {
        let (cause, on) = (Some(cause), Some(host));
        match output {
            Output::Transmit { to, message, rule } => {
                self.transmit(host, cause, to, &message, rule, observer);
            }
            Output::Persist { record, rule } => {
                self.counters.persisted += 1;
                let id = self.note(Kind::Persisted, on, Fingerprint::of(&record));
                self.tell(id, cause, on, Seen::Persisted { record: &record, rule }, observer);
                self.fixtures[host.index()].storage.write(record);
            }
            Output::Event { event, rule } => {
                self.counters.events += 1;
                let id = self.note(Kind::Event, on, Fingerprint::of(&event));
                self.tell(id, cause, on, Seen::Event { event: &event, rule }, observer);
            }
            // A machine that reports a timer later than first has broken its contract; the
            // report is worth nothing to anyone.
            Output::Fired { .. } => debug_assert!(false, "Fired must come first"),
        }
    }

    fn tell_draws<O: Observer<M> + ?Sized>(&mut self, host: HostId, cause: u64, observer: &mut O) {
        for at in 0..self.drawn.len() {
            let drawn = self.drawn[at];
            let content = drawn.value as u64 ^ (drawn.value >> 64) as u64;
            let id = self.note(Kind::Drew, Some(host), content);
            self.tell(id, Some(cause), Some(host), Seen::Drew(drawn), observer);
        }
        self.drawn.clear();
    }

    /// Counts an output against a planned crash; tells whether it is time.
    fn burn(&mut self, host: HostId) -> Option<Disk> {
        let fuse = self.fixtures[host.index()].fuse.as_mut()?;
        let Fuse { outputs, disk } = fuse;
        *outputs = outputs.saturating_sub(1);
        (*outputs == 0).then_some(*disk)
    }

    /// A host loses its memory.
    pub(super) fn crash<O: Observer<M> + ?Sized>(
        &mut self,
        host: HostId,
        cause: Option<u64>,
        disk: Disk,
        undone: usize,
        observer: &mut O,
    ) {
        let node = &mut self.nodes[host.index()];
        (node.machine, node.deadline) = (None, Instant::FAR_FUTURE);
        self.agenda.set(host, Instant::FAR_FUTURE);
        let fixture = &mut self.fixtures[host.index()];
        fixture.fuse = None;
        fixture.storage.crash(disk);
        let id = self.note(Kind::Crashed, Some(host), undone as u64);
        self.tell(id, cause, Some(host), Seen::Crashed { disk, undone }, observer);
    }
}
