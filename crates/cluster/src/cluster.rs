use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::Path;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use underlay::Underlay;

use crate::desk::{Desk, SOCKET};
use crate::error::{OrderError, StartError};
use crate::faults::Faults;
use crate::member::{Life, Member, Role};
use crate::order::Order;
use crate::place::Place;
use crate::plan;
use crate::report::{LISTENS_WITHIN, Report, Watch, What};
use crate::spec::Spec;

/// How long members may take to end by themselves.
const ENDS_WITHIN: Duration = Duration::from_secs(3);

/// How often the supervisor looks after its members and takes orders, while it waits.
const TURN: Duration = Duration::from_millis(20);

/// Nodes and coordinators on this machine. Dropping it ends them and removes all their files; if
/// this process dies, the members end by themselves, and the next cluster removes the files.
#[derive(Debug)]
pub struct Cluster {
    spec: Spec,
    members: Vec<Member>,
    addresses: Arc<[IpAddr]>,
    faults: Arc<Mutex<Faults>>,
    sender: Sender<Report>,
    reports: Receiver<Report>,
    desk: Desk,
    stopping: Stopping,
    signals: Option<Receiver<()>>,
    /// Who is deaf to whom, and until when.
    deaf: Vec<(Instant, usize, usize)>,
    // The network goes after the members that stand on it.
    _underlay: Option<Underlay>,
    // Last: its folder goes after everything that is in it.
    place: Place,
}

/// Why a cluster is to end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stopping {
    /// It is not.
    No,
    /// Somebody gave the order.
    Ordered,
    /// A signal came.
    Interrupted,
}

impl Cluster {
    /// Starts all members and waits until each listens at its control socket. Allocation servers
    /// are then in the start-up silence (draft 3.2.4); [`Cluster::await_ready`] waits for its end.
    ///
    /// # Errors
    /// If this machine does not allow it; what was started has ended by then.
    pub fn start(spec: Spec) -> Result<Self, StartError> {
        let mut cluster = Self::assemble(spec)?;
        let everyone: Vec<usize> = (0..cluster.members.len()).collect();
        cluster.bring_up(&everyone)?;
        Ok(cluster)
    }

    /// Takes a slot, makes the network and writes all configurations, but starts nobody:
    /// [`Cluster::bring_up`] does.
    ///
    /// # Errors
    /// If this machine does not allow it.
    pub fn assemble(spec: Spec) -> Result<Self, StartError> {
        let place = Place::take(spec.meeting)?;
        let (underlay, seats) = plan::ground(&spec, place.slot)?;
        let members = plan::members(&spec, &place, seats)?;
        let folder = |why| StartError::Folder { folder: place.folder.clone(), why };
        let desk = Desk::open(place.path(SOCKET)).map_err(folder)?;
        let (sender, reports) = mpsc::channel();
        let addresses = members.iter().map(Member::address).collect();
        let faults = Arc::default();
        let (stopping, deaf) = (Stopping::No, Vec::new());
        Ok(Self {
            spec,
            members,
            addresses,
            faults,
            sender,
            reports,
            desk,
            stopping,
            signals: None,
            deaf,
            _underlay: underlay,
            place,
        })
    }

    /// Starts these members, which have never run, and waits until each listens.
    ///
    /// # Errors
    /// If one of them cannot be started, or ends at once.
    pub fn bring_up(&mut self, members: &[usize]) -> Result<(), StartError> {
        for member in members {
            let program = self.spec.program.clone();
            self.launch(*member).map_err(|why| StartError::Program { program, why })?;
        }
        self.await_listening(members)
    }

    /// What was asked for.
    #[must_use]
    pub const fn spec(&self) -> &Spec {
        &self.spec
    }

    /// Its number among the clusters of this machine.
    #[must_use]
    pub const fn slot(&self) -> u8 {
        self.place.slot
    }

    /// Where its files are.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.place.folder
    }

    /// The group its members meet at.
    #[must_use]
    pub fn group(&self) -> IpAddr {
        plan::group(self.spec.mode, &self.spec.scope, self.place.slot)
    }

    /// Its members: allocation servers, then coordinators, or as they were cast.
    #[must_use]
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// The place of the member called `name`.
    ///
    /// # Errors
    /// If there is none.
    pub fn place_of(&self, name: &str) -> Result<usize, OrderError> {
        self.members.iter().position(|member| member.name() == name).ok_or_else(|| {
            OrderError::NoMember { name: name.to_owned(), known: self.names().join(", ") }
        })
    }

    /// The faults in force.
    #[must_use]
    pub fn faults(&self) -> Faults {
        self.lock_faults().clone()
    }

    /// Whether it is to end, and why: then there are no more reports.
    #[must_use]
    pub const fn stopping(&self) -> Stopping {
        self.stopping
    }

    /// Lets whatever comes out of `signals` end the cluster, too.
    pub fn stop_on(&mut self, signals: Receiver<()>) {
        self.signals = Some(signals);
    }

    /// Waits until all allocation servers that run are ready, but not beyond `patience`; says
    /// whether they are. What they report meanwhile goes to `hear`.
    pub fn await_ready(
        &mut self,
        patience: Duration,
        mut hear: impl FnMut(&Self, &Report),
    ) -> bool {
        let deadline = Instant::now() + patience;
        while !self.is_ready() {
            if Instant::now() >= deadline || self.stopping != Stopping::No {
                return false;
            }
            let until = deadline.min(Instant::now() + Duration::from_millis(200));
            while let Some(report) = self.next_report(until) {
                hear(self, &report);
                if report.event().is_some_and(|event| event.kind == "ready") {
                    break;
                }
            }
        }
        true
    }

    fn is_ready(&self) -> bool {
        let servers = self.members.iter().filter(|member| member.role() == Role::Maas);
        let mut up = servers.filter(|member| matches!(member.life(), Life::Up { .. }));
        up.all(|member| {
            member.client().status().is_ok_and(|status| status.scopes.iter().all(|s| s.ready))
        })
    }

    /// The next report; looks after the members and takes orders while it waits for one. `None`
    /// if there was none by `deadline`, or the cluster is to end.
    pub fn next_report(&mut self, deadline: Instant) -> Option<Report> {
        loop {
            self.tend();
            if self.stopping != Stopping::No {
                return None;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            match self.reports.recv_timeout(left.min(TURN)) {
                Ok(report) => return Some(report),
                Err(RecvTimeoutError::Timeout) if left > TURN => {}
                // The cluster has a sender of its own, so nobody hangs up.
                Err(_) => return None,
            }
        }
    }

    /// Kills a member (SIGKILL): what it had not stored is lost, and nobody is told.
    ///
    /// # Errors
    /// If it does not run.
    pub fn kill(&mut self, member: usize) -> Result<(), OrderError> {
        let found = &mut self.members[member];
        if found.process.is_none() {
            return Err(OrderError::Idle { name: found.name.clone(), why: "does not run" });
        }
        found.kill();
        self.report(Some(member), What::Killed);
        Ok(())
    }

    /// Starts a member that does not run, with what it has stored.
    ///
    /// # Errors
    /// If it runs, or cannot be started.
    pub fn restart(&mut self, member: usize) -> Result<(), OrderError> {
        let name = self.members[member].name.clone();
        if self.members[member].process.is_some() {
            return Err(OrderError::Idle { name, why: "runs already; kill it first" });
        }
        self.launch(member).map_err(|why| OrderError::Program { name, why })
    }

    /// Gives a member that does not run other settings of its own (see [`crate::Part`]).
    ///
    /// # Errors
    /// If its configuration cannot be written.
    pub fn recast(&mut self, member: usize, settings: &str) -> std::io::Result<()> {
        let Member { name, scopes, .. } = &self.members[member];
        let text = plan::configuration(settings, scopes);
        std::fs::write(self.place.path(&format!("{name}.toml")), text)
    }

    /// Changes the faults, and tells every member that runs.
    ///
    /// # Errors
    /// If a member does not take them over; the others have.
    pub fn change_faults(&mut self, change: impl FnOnce(&mut Faults)) -> Result<(), OrderError> {
        let faults = {
            let mut faults = self.lock_faults();
            change(&mut faults);
            faults.clone()
        };
        let mut failed = Ok(());
        for (place, member) in self.members.iter().enumerate() {
            if member.process.is_none() {
                continue;
            }
            match member.client().put_faults(faults.plan(place, &self.addresses)) {
                // One that does not listen yet is told when it does.
                Ok(()) | Err(client::Error::NoNode(_)) => {}
                Err(why) => {
                    failed = Err(OrderError::Member { name: member.name.clone(), why });
                }
            }
        }
        self.report(None, What::Faults(faults.in_words(&self.names())));
        failed
    }

    /// Carries an order out.
    ///
    /// # Errors
    /// If it cannot be, with the reason.
    pub fn carry_out(&mut self, order: &Order) -> Result<(), OrderError> {
        match order {
            Order::Status => Ok(()),
            Order::Stop => {
                self.stopping = Stopping::Ordered;
                Ok(())
            }
            Order::Kill(name) => self.kill(self.place_of(name)?),
            Order::Restart(name) => self.restart(self.place_of(name)?),
            Order::Cut(name) => {
                let member = self.place_of(name)?;
                self.change_faults(|faults| faults.cut(member))
            }
            Order::Reconnect(name) => {
                let member = self.place_of(name)?;
                self.change_faults(|faults| faults.reconnect(member))
            }
            Order::Partition(sides) => {
                let side =
                    |side: &BTreeSet<String>| side.iter().map(|name| self.place_of(name)).collect();
                let sides: Vec<BTreeSet<usize>> =
                    sides.iter().map(side).collect::<Result<_, _>>()?;
                self.change_faults(|faults| faults.partition(sides))
            }
            Order::Heal => self.change_faults(Faults::heal),
            Order::Hold(one, other) => {
                let (one, other) = (self.place_of(one)?, self.place_of(other)?);
                self.change_faults(|faults| faults.hold(one, other))
            }
            Order::Release(None) => self.change_faults(|faults| faults.release(None)),
            Order::Release(Some((one, other))) => {
                let pair = (self.place_of(one)?, self.place_of(other)?);
                self.change_faults(|faults| faults.release(Some(pair)))
            }
            Order::Loss(ppm) => self.change_faults(|faults| faults.weather().loss_ppm = *ppm),
            Order::Duplicate(ppm) => {
                self.change_faults(|faults| faults.weather().duplicate_ppm = *ppm)
            }
            Order::Delay(us) => self.change_faults(|faults| faults.weather().delay_us = *us),
            Order::Jitter(us) => self.change_faults(|faults| faults.weather().jitter_us = *us),
        }
    }

    /// The cluster in one document.
    #[must_use]
    pub fn document(&self) -> Value {
        let faults = self.faults();
        let members: Vec<Value> = self
            .members
            .iter()
            .enumerate()
            .map(|(place, member)| {
                let (state, pid) = match member.life() {
                    Life::Up { pid } => ("up", Some(*pid)),
                    Life::Unborn => ("unborn", None),
                    Life::Killed => ("killed", None),
                    Life::Ended { .. } => ("ended", None),
                };
                json!({
                    "name": member.name(),
                    "role": match member.role() { Role::Maas => "maas", Role::Coordinator => "coordinator" },
                    "address": member.address().to_string(),
                    "zone": member.zone(),
                    "state": state,
                    "pid": pid,
                    "cut_off": faults.is_apart(place, self.members.len()),
                    "control": member.control(),
                    "log": member.log(),
                })
            })
            .collect();
        json!({
            "schema": "aap.cluster",
            "version": 1,
            "slot": self.slot(),
            "folder": self.folder(),
            "scope": self.spec.scope.range.display(self.spec.scope.family).to_string(),
            "group": self.group().to_string(),
            "mode": self.spec.mode.name(),
            "timing": self.spec.timing.name(),
            "faults": faults.in_words(&self.names()),
            "members": members,
        })
    }

    /// The names of the members, by place.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.members.iter().map(|member| member.name.clone()).collect()
    }

    /// Lets `listener`, who was made deaf to `speaker`, hear again after `span`.
    pub(crate) fn hear_again(&mut self, listener: usize, speaker: usize, span: Duration) {
        self.deaf.push((Instant::now() + span, listener, speaker));
    }

    fn lock_faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn launch(&mut self, place: usize) -> std::io::Result<()> {
        let member = &mut self.members[place];
        let lives = member.start()?;
        let (client, life) = (member.client(), member.life.clone());
        if let Life::Up { pid } = life {
            self.report(Some(place), What::Started { pid });
        }
        let watch = Watch {
            member: place,
            client,
            addresses: Arc::clone(&self.addresses),
            faults: Arc::clone(&self.faults),
            reports: self.sender.clone(),
            lives,
        };
        watch.spawn();
        Ok(())
    }

    fn await_listening(&mut self, members: &[usize]) -> Result<(), StartError> {
        let deadline = Instant::now() + LISTENS_WITHIN;
        for &place in members {
            while self.members[place].client().status().is_err() {
                let member = &mut self.members[place];
                if member.look().is_none() && Instant::now() < deadline {
                    thread::sleep(TURN);
                    continue;
                }
                let (name, said) = (member.name.clone(), member.last_words());
                return Err(StartError::Ended { name, said });
            }
        }
        Ok(())
    }

    /// Looks after the members, and takes orders.
    fn tend(&mut self) {
        for place in 0..self.members.len() {
            if let Some(how) = self.members[place].look() {
                let said = self.members[place].last_words();
                self.report(Some(place), What::Ended { how, said });
            }
        }
        if self.signals.as_ref().is_some_and(|signals| signals.try_recv().is_ok()) {
            self.stopping = Stopping::Interrupted;
        }
        let now = Instant::now();
        while let Some(due) = self.deaf.iter().position(|(at, ..)| *at <= now) {
            let (_, listener, speaker) = self.deaf.swap_remove(due);
            // Whoever does not answer is gone, and hears everything once it is back.
            let _ = self.change_faults(|faults| faults.hear(listener, speaker));
        }
        while let Some((words, answer)) = self.desk.next() {
            let done = Order::read(&words).and_then(|order| self.carry_out(&order));
            let mut document = self.document();
            document["done"] = done.is_ok().into();
            document["error"] = done.err().map(|why| why.to_string()).into();
            // Whoever gave the order may be gone.
            let _ = answer.send(document);
        }
    }

    fn report(&self, member: Option<usize>, what: What) {
        // The receiver is ours, too.
        let _ = self.sender.send(Report::now(member, what));
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        for member in &mut self.members {
            member.let_go();
        }
        let deadline = Instant::now() + ENDS_WITHIN;
        for member in &mut self.members {
            member.wait(deadline);
        }
    }
}
