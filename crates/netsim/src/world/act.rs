use sansio::{Input, Instant, Machine};
use trace::{Fingerprint, fingerprint};

use super::call::Kind;
use super::{Fuse, World};
use crate::{Action, Disk, Fault, HostId, Observer, Seen, Stop};

impl<M: Machine> World<M> {
    /// Has something done at a set time, before anything else at that instant and after what was
    /// scheduled for it earlier. A time in the past means now.
    pub fn schedule(&mut self, at: Instant, action: Action<M>) {
        self.script.insert((at.max(self.now), self.scheduled), action);
        self.scheduled += 1;
        self.script_at = self.first_scripted();
    }

    /// Does something now.
    ///
    /// A stopped run stays as it is. Hosts of another world are a mistake of the caller.
    ///
    /// # Panics
    /// If the action names a host that is not in this world.
    pub fn act<O: Observer<M> + ?Sized>(&mut self, action: Action<M>, observer: &mut O) {
        if self.stopped.is_some() {
            return;
        }
        match action {
            Action::Start(host) => self.start(host, observer),
            Action::Command(host, command) => self.command(host, &command, observer),
            Action::Crash(host, disk) => self.crash(host, None, disk, 0, observer),
            Action::CrashAfterOutputs(host, 0, disk) => {
                self.crash(host, None, disk, 0, observer);
            }
            Action::CrashAfterOutputs(host, outputs, disk) => {
                self.fixtures[host.index()].fuse = Some(Fuse { outputs, disk });
            }
            Action::Inject(injection) => self.inject(&injection, observer),
            Action::Fault(fault) => self.fault(fault, observer),
            Action::Say(text) => {
                let id = self.note(Kind::Said, None, fingerprint(text.as_bytes()));
                self.tell(id, None, None, Seen::Said(&text), observer);
            }
        }
    }

    /// Starts every host that is down, in order.
    pub fn start_all<O: Observer<M> + ?Sized>(&mut self, observer: &mut O) -> Stop {
        for index in 0..self.nodes.len() {
            if self.nodes[index].machine.is_none() {
                self.act(Action::Start(HostId::new(index)), observer);
            }
        }
        self.stopped.unwrap_or(Stop::Reached)
    }

    fn start<O: Observer<M> + ?Sized>(&mut self, host: HostId, observer: &mut O) {
        let fixture = &mut self.fixtures[host.index()];
        // What a machine reads at its start is durable, or it would not be there.
        fixture.storage.crash(Disk::Keep);
        let restored: Vec<_> = fixture.storage.records().cloned().collect();
        let node = &mut self.nodes[host.index()];
        node.machine = Some(fixture.blank.clone());
        node.deadline = Instant::FAR_FUTURE;
        fixture.fuse = None;
        self.agenda.set(host, Instant::FAR_FUTURE);
        let id = self.note(Kind::Started, Some(host), restored.len() as u64);
        self.tell(id, None, Some(host), Seen::Started { restored: &restored }, observer);
        self.call(host, id, Input::Start { restored: &restored }, observer);
    }

    fn command<O: Observer<M> + ?Sized>(
        &mut self,
        host: HostId,
        command: &M::Command,
        observer: &mut O,
    ) {
        let content = Fingerprint::of(command);
        if self.nodes[host.index()].machine.is_none() {
            let id = self.note(Kind::Unheard, Some(host), content);
            return self.tell(id, None, Some(host), Seen::Unheard(command), observer);
        }
        let id = self.note(Kind::Command, Some(host), content);
        self.tell(id, None, Some(host), Seen::Command(command), observer);
        self.call(host, id, Input::Command(command), observer);
    }

    fn fault<O: Observer<M> + ?Sized>(&mut self, fault: Fault<M>, observer: &mut O) {
        let id = self.note(Kind::Fault, None, fingerprint(fault.name().as_bytes()));
        self.tell(id, None, None, Seen::Fault(&fault), observer);
        match fault {
            Fault::Partition(sides) => self.network.partition(&sides),
            Fault::Heal => self.network.heal(),
            Fault::Cut(from, to) => self.network.cut(from, to),
            Fault::Mend(from, to) => self.network.mend(from, to),
            Fault::Hold(from, to) => self.network.hold(from, to),
            Fault::Release(from, to) => self.release(from, to),
            Fault::Link(from, to, link) => self.network.set_link(from, to, link),
            Fault::Links(link) => self.network.set_links(link),
            Fault::Pick(rule) => self.network.pick_next(rule),
            Fault::Zones(group, zones) => self.network.set_zones(group, &zones),
            Fault::Join(host, group) => self.network.join(host, group),
            Fault::Leave(host, group) => self.network.leave(host, group),
            Fault::StepClock(host, by_us) => self.nodes[host.index()].clock.step(by_us),
        }
    }
}
