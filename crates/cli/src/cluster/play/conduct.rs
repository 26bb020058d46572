//! The events of a scenario, done to a cluster when it is time.

use std::collections::BTreeSet;
use std::io::Write;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use ::cluster::{Cluster, Faults, OrderError, Role, StartError, Stopping, What, wall_us};
use lab::live;
use scenario::{
    At, Event, LinkEnd, LinkEnds, LinkRule, LinkSettings, Name, Spanned, Statement, Time,
};

use super::played::Played;
use super::request::Request;
use super::{Play, SILENCE, costume, evidence, stock};
use crate::exit::{Exit, Failure};

/// How long the machine may take for what takes the protocol a moment.
const SLACK: Duration = Duration::from_secs(20);

/// How long after its end the run is still recorded, so that nothing of it is missed.
const AFTERWARDS: Duration = Duration::from_millis(150);

/// Plays the script.
pub(super) struct Conductor<'a> {
    play: &'a Play<'a>,
    cluster: &'a mut Cluster,
    err: &'a mut dyn Write,
    weather: LinkSettings,
    asked: Vec<(usize, JoinHandle<Result<(), client::Error>>)>,
    played: Played,
}

impl<'a> Conductor<'a> {
    pub(super) fn new(
        play: &'a Play<'a>,
        cluster: &'a mut Cluster,
        err: &'a mut dyn Write,
    ) -> Self {
        let (weather, played) = (LinkSettings::default(), Played::default());
        Self { play, cluster, err, weather, asked: Vec::new(), played }
    }

    /// Plays everything to the end of the run.
    pub(super) fn play(&mut self) -> Result<Played, Failure> {
        for rule in &self.play.plan.links {
            self.set_weather(rule)?;
        }
        let zero = self.zero()?;
        let script = live::script(self.play.plan);
        for (nth, (at, event)) in script.iter().enumerate() {
            let due = zero + self.real(*at);
            self.wait_until(due)?;
            self.tell(*at, event);
            self.perform(nth, *at, event)?;
            self.played.worst = self.played.worst.max(due.elapsed());
        }
        self.wait_until(zero + self.real(self.play.plan.run) + AFTERWARDS)?;
        self.await_answers(None)?;
        // Their captures change no more.
        for host in 0..self.cluster.members().len() {
            // One that is down already need not be killed.
            let _ = self.cluster.kill(host);
        }
        Ok(std::mem::take(&mut self.played))
    }

    /// Starts whoever is not down, waits until the scenario may begin, and notes when it does.
    fn zero(&mut self) -> Result<Instant, Failure> {
        stock::fill(self.play, self.cluster)?;
        let down = self.all(&self.play.plan.down);
        let of_role = |role| {
            let members = self.cluster.members().iter().enumerate();
            let up = members.filter(|(host, _)| !down.contains(host));
            up.filter(|(_, m)| m.role() == role).map(|(host, _)| host).collect::<Vec<_>>()
        };
        let (servers, coordinators) = (of_role(Role::Maas), of_role(Role::Coordinator));
        let unavailable = |why: StartError| Failure::Environment(why.to_string());
        if self.play.plan.startup_skipped {
            self.cluster.bring_up(&servers).map_err(unavailable)?;
            self.await_silence()?;
            // Whoever coordinates is not silent at first: its first moment is the scenario's.
            self.cluster.bring_up(&coordinators).map_err(unavailable)?;
            self.played.zero_us = wall_us();
            return Ok(Instant::now());
        }
        let (before, began) = (wall_us(), Instant::now());
        self.cluster.bring_up(&[coordinators, servers].concat()).map_err(unavailable)?;
        let mut started = before;
        while let Some(report) = self.cluster.next_report(Instant::now()) {
            if let What::Started { .. } = report.what {
                started = report.wall_us;
            }
        }
        self.played.zero_us = started;
        let later = u64::try_from(started.saturating_sub(before)).unwrap_or(0);
        Ok(began + Duration::from_micros(later))
    }

    fn await_silence(&mut self) -> Result<(), Failure> {
        let patience = self.play.timing.scaled(SILENCE) + SLACK;
        if self.cluster.await_ready(patience, |_, _| {}) {
            return Ok(());
        }
        self.check_interrupted()?;
        let why = "the nodes were not ready in time: this machine is too busy";
        Err(Failure::Environment(why.to_owned()))
    }

    fn real(&self, at: Time) -> Duration {
        Duration::from_micros(at.micros()) / self.play.timing.factor()
    }

    fn wait_until(&mut self, due: Instant) -> Result<(), Failure> {
        loop {
            while let Some(report) = self.cluster.next_report(due) {
                if let (What::Ended { how, said }, Some(host)) = (&report.what, report.member) {
                    let name = self.cluster.members()[host].name();
                    return Err(Failure::Environment(format!("{name}: {how}\n{said}")));
                }
            }
            self.check_interrupted()?;
            if Instant::now() >= due {
                return Ok(());
            }
        }
    }

    fn check_interrupted(&self) -> Result<(), Failure> {
        match self.cluster.stopping() {
            Stopping::No => Ok(()),
            Stopping::Ordered | Stopping::Interrupted => Err(Failure::Told(Exit::Interrupted)),
        }
    }

    fn tell(&mut self, at: Time, event: &Event) {
        let line =
            At { at: Spanned::new(at, Default::default()), every: None, event: event.clone() };
        let text = Statement::At(line).to_string();
        let words: Vec<&str> = text.split_whitespace().collect();
        // Progress nobody reads is no failure.
        let _ = writeln!(self.err, "  {}", words.join(" "));
    }

    fn perform(&mut self, nth: usize, now: Time, event: &Event) -> Result<(), Failure> {
        match event {
            Event::Command(order) => {
                let factor = self.play.timing.factor();
                for host in self.places(&order.host) {
                    let scopes: Vec<usize> =
                        self.play.actors[host].seats.iter().map(|seat| seat.scope).collect();
                    let plan = self.play.plan;
                    if let Some(request) = Request::of(plan, order, &scopes, now, factor) {
                        self.ask(host, request)?;
                    }
                }
                return Ok(());
            }
            Event::Crash(crash) => {
                for host in self.all(&crash.hosts) {
                    self.await_answers(Some(host))?;
                    self.cluster.kill(host).map_err(failed)?;
                    self.played.crashes.push((wall_us(), host));
                }
                return Ok(());
            }
            Event::Restart(names) => {
                for host in self.all(names) {
                    self.restart(host)?;
                }
                return Ok(());
            }
            Event::Link(rule) => self.set_weather(rule)?,
            _ => self.disturb(event)?,
        }
        self.played.faults.push((wall_us(), nth));
        Ok(())
    }

    /// What is done to the network between hosts.
    fn disturb(&mut self, event: &Event) -> Result<(), Failure> {
        let everyone = 0..self.cluster.members().len();
        let deaf = |hosts: BTreeSet<usize>, faults: &mut Faults, speaks: bool| {
            for host in hosts {
                for other in everyone.clone().filter(|other| *other != host) {
                    let (listener, speaker) = if speaks { (host, other) } else { (other, host) };
                    faults.deafen(listener, speaker);
                }
            }
        };
        match event {
            Event::Partition(groups) => {
                let sides: Vec<BTreeSet<usize>> =
                    groups.iter().map(|group| self.all(group)).collect();
                self.change(|faults| faults.partition(sides))
            }
            Event::Heal(_) => self.change(Faults::heal),
            Event::Mute(names) => {
                let hosts = self.all(names);
                self.change(|faults| deaf(hosts, faults, false))
            }
            Event::Deafen(names) => {
                let hosts = self.all(names);
                self.change(|faults| deaf(hosts, faults, true))
            }
            Event::Hold(ends) => {
                let pairs = self.pairs(ends);
                self.change(|faults| pairs.iter().for_each(|(a, b)| faults.hold_back(*b, *a)))
            }
            Event::Release(ends) => {
                let pairs = self.pairs(ends);
                self.change(|faults| pairs.iter().for_each(|(a, b)| faults.let_through(*b, *a)))
            }
            _ => Ok(()),
        }
    }

    fn change(&mut self, change: impl FnOnce(&mut Faults)) -> Result<(), Failure> {
        self.cluster.change_faults(change).map_err(failed)
    }

    fn set_weather(&mut self, rule: &LinkRule) -> Result<(), Failure> {
        let (set, now) = (&rule.settings, &mut self.weather);
        now.delay = set.delay.or(now.delay);
        now.jitter = set.jitter.or(now.jitter);
        now.loss = set.loss.or(now.loss);
        now.duplicate = set.duplicate.or(now.duplicate);
        let factor = u64::from(self.play.timing.factor());
        let micros = |time: Option<Time>| time.map_or(0, Time::micros);
        let (delay, jitter) = (micros(now.delay), micros(now.jitter));
        let ppm = |ratio: Option<scenario::Ratio>| ratio.map_or(0, scenario::Ratio::ppm);
        let (loss, duplicate) = (ppm(now.loss), ppm(now.duplicate));
        self.change(|faults| {
            let weather = faults.weather();
            weather.delay_us = delay.saturating_sub(jitter) / factor;
            weather.jitter_us = jitter * 2 / factor;
            (weather.loss_ppm, weather.duplicate_ppm) = (loss, duplicate);
        })
    }

    /// Asks a node without waiting: requests of one moment reach their nodes at one moment.
    fn ask(&mut self, host: usize, request: Request) -> Result<(), Failure> {
        self.await_answers(Some(host))?;
        let client = self.cluster.members()[host].client();
        self.asked.push((host, std::thread::spawn(move || request.ask(&client))));
        Ok(())
    }

    /// Waits for the answers of a node, or of all.
    fn await_answers(&mut self, of: Option<usize>) -> Result<(), Failure> {
        let asked = std::mem::take(&mut self.asked);
        for (host, answer) in asked {
            if of.is_some_and(|of| of != host) {
                self.asked.push((host, answer));
                continue;
            }
            let answer = answer.join().unwrap_or(Ok(()));
            let name = self.cluster.members()[host].name();
            answer.map_err(|why| Failure::Environment(format!("{name}: {why}")))?;
        }
        Ok(())
    }

    fn restart(&mut self, host: usize) -> Result<(), Failure> {
        let actor = &self.play.actors[host];
        let asked = evidence::questions(&self.cluster.members()[host].captures())?;
        let settings = actor.settings(&costume::left_over(actor.draws(), &asked));
        self.cluster
            .recast(host, &settings)
            .map_err(|why| Failure::Environment(why.to_string()))?;
        self.cluster.restart(host).map_err(failed)
    }

    /// The members that a name stands for.
    fn places(&self, name: &Name) -> Vec<usize> {
        let names = self.play.plan.expand(name);
        let actors = self.play.actors.iter().enumerate();
        actors.filter(|(_, host)| names.contains(&&*host.name)).map(|(place, _)| place).collect()
    }

    fn all(&self, names: &[Name]) -> BTreeSet<usize> {
        names.iter().flat_map(|name| self.places(name)).collect()
    }

    /// The ordered pairs that `ends` stand for: who speaks, and who listens.
    fn pairs(&self, ends: &LinkEnds) -> Vec<(usize, usize)> {
        let end = |end: &LinkEnd| match end {
            LinkEnd::Any => (0..self.play.actors.len()).collect(),
            LinkEnd::Host(name) | LinkEnd::Zone(name) => self.places(name),
        };
        let cross = |from: &LinkEnd, to: &LinkEnd| {
            let (from, to): (Vec<usize>, Vec<usize>) = (end(from), end(to));
            let pairs = from.iter().flat_map(|a| to.iter().map(|b| (*a, *b)));
            pairs.filter(|(a, b)| a != b).collect::<Vec<_>>()
        };
        match ends {
            LinkEnds::All => cross(&LinkEnd::Any, &LinkEnd::Any),
            LinkEnds::OneWay(from, to) => cross(from, to),
            LinkEnds::Between(one, other) => [cross(one, other), cross(other, one)].concat(),
        }
    }
}

fn failed(why: OrderError) -> Failure {
    Failure::Environment(why.to_string())
}
