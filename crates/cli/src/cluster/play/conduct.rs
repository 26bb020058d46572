//! The events of a scenario, done to a cluster when it is time.

use std::collections::BTreeSet;
use std::io::Write;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use ::cluster::{Cluster, Faults, OrderError, Stopping, What, wall_us};
use lab::live;
use scenario::{
    At, Event, LinkEnd, LinkEnds, LinkRule, LinkSettings, Name, Spanned, Statement, Time,
};

use super::request::Request;
use super::{Play, SILENCE, costume, evidence};
use crate::exit::{Exit, Failure};

/// How long the machine may take for what takes the protocol a moment.
const SLACK: Duration = Duration::from_secs(20);

/// How late anything may be even on an idle machine.
const LATENESS: Duration = Duration::from_millis(100);

/// How long after its end the run is still recorded, so that nothing of it is missed.
const AFTERWARDS: Duration = Duration::from_millis(150);

/// What was done, and when.
#[derive(Debug)]
pub(super) struct Played {
    /// The scenario's zero, in microseconds since 1970.
    pub(super) zero_us: i64,
    /// The events that were done to the network, by their places in the script, and when.
    pub(super) faults: Vec<(i64, usize)>,
    /// Who was killed, and when.
    pub(super) crashes: Vec<(i64, usize)>,
    worst: Duration,
}

impl Played {
    /// By how much this machine may have been late.
    pub(super) fn lateness(&self) -> Duration {
        LATENESS.max(self.worst * 2)
    }
}

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
        let played =
            Played { zero_us: 0, faults: Vec::new(), crashes: Vec::new(), worst: Duration::ZERO };
        let weather = LinkSettings::default();
        Self { play, cluster, err, weather, asked: Vec::new(), played }
    }

    /// Plays everything to the end of the run.
    pub(super) fn play(&mut self) -> Result<Played, Failure> {
        for name in &self.play.plan.down {
            for host in self.places(name) {
                self.cluster.kill(host).map_err(failed)?;
                self.cluster.unmake(host).map_err(|why| Failure::Environment(why.to_string()))?;
            }
        }
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
        let empty =
            Played { zero_us: 0, faults: Vec::new(), crashes: Vec::new(), worst: Duration::ZERO };
        Ok(std::mem::replace(&mut self.played, empty))
    }

    /// Waits until the scenario may begin, and notes when it does.
    fn zero(&mut self) -> Result<Instant, Failure> {
        if self.play.plan.startup_skipped {
            let patience = self.play.timing.scaled(SILENCE) + SLACK;
            if !self.cluster.await_ready(patience, |_, _| {}) {
                self.check_interrupted()?;
                let why = "the nodes were not ready in time: this machine is too busy";
                return Err(Failure::Environment(why.to_owned()));
            }
            self.played.zero_us = wall_us();
            return Ok(Instant::now());
        }
        let mut started = wall_us();
        while let Some(report) = self.cluster.next_report(Instant::now()) {
            if let What::Started { .. } = report.what {
                started = report.wall_us;
            }
        }
        self.played.zero_us = started;
        let ago = u64::try_from(wall_us().saturating_sub(started)).unwrap_or(0);
        let now = Instant::now();
        Ok(now.checked_sub(Duration::from_micros(ago)).unwrap_or(now))
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
                if let Some(request) = Request::of(self.play.plan, &order.command, now, factor) {
                    for host in self.places(&order.host) {
                        self.ask(host, request.clone())?;
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
                self.change(|faults| pairs.iter().for_each(|(a, b)| faults.hold(*a, *b)))
            }
            Event::Release(ends) => {
                let pairs = self.pairs(ends);
                self.change(|faults| pairs.iter().for_each(|pair| faults.release(Some(*pair))))
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
        let staged = &self.play.staged[host];
        let asked = evidence::questions(&self.cluster.members()[host].captures())?;
        let draws = costume::left_over(&staged.draws, &asked);
        let settings = costume::settings(staged, &draws);
        self.cluster
            .recast(host, &settings)
            .map_err(|why| Failure::Environment(why.to_string()))?;
        self.cluster.restart(host).map_err(failed)
    }

    /// The members that a name stands for.
    fn places(&self, name: &Name) -> Vec<usize> {
        let names = self.play.plan.expand(name);
        let staged = self.play.staged.iter().enumerate();
        staged.filter(|(_, host)| names.contains(&&*host.name)).map(|(place, _)| place).collect()
    }

    fn all(&self, names: &[Name]) -> BTreeSet<usize> {
        names.iter().flat_map(|name| self.places(name)).collect()
    }

    fn pairs(&self, ends: &LinkEnds) -> Vec<(usize, usize)> {
        let end = |end: &LinkEnd| match end {
            LinkEnd::Any => (0..self.play.staged.len()).collect(),
            LinkEnd::Host(name) | LinkEnd::Zone(name) => self.places(name),
        };
        let (from, to) = match ends {
            LinkEnds::All => (end(&LinkEnd::Any), end(&LinkEnd::Any)),
            LinkEnds::OneWay(from, to) | LinkEnds::Between(from, to) => (end(from), end(to)),
        };
        let pairs = from.iter().flat_map(|a| to.iter().map(|b| (*a, *b)));
        pairs.filter(|(a, b)| a != b).collect()
    }
}

fn failed(why: OrderError) -> Failure {
    Failure::Environment(why.to_string())
}
