use std::collections::BTreeMap;
use std::sync::Arc;

use aap::{Command, RequestId};
use sansio::{Instant, Output};
use tokio::sync::oneshot;

use super::settle::{Wanted, decided};
use super::{Node, Storage};
use crate::answer::{Answer, Memo};
use crate::capture::Given;
use crate::clock::Reading;
use crate::config::{NodeConfig, Reloaded};
use crate::event::{Happening, NodeEvent};
use crate::handle::{CommandError, FaultsRefused, Pending, Reply, Request, ScopeId, Verdict};
use crate::snapshot::Snapshot;

/// A command that is answered when what it led to is durable.
#[derive(Debug)]
pub(super) struct Ticket {
    pub(super) reply: oneshot::Sender<Result<Reply, CommandError>>,
    pub(super) events: Vec<Arc<NodeEvent>>,
    pending: Option<Pending>,
}

impl Ticket {
    pub(super) fn answer(self, failure: Option<&str>) {
        let result = match failure {
            Some(why) => Err(CommandError::Storage(why.to_owned())),
            None => Ok(Reply { events: self.events, pending: self.pending }),
        };
        // Whoever asked may have gone.
        let _ = self.reply.send(result);
    }
}

/// Requests for addresses without a verdict yet, by scope and number.
#[derive(Debug, Default)]
pub(super) struct Waiters(BTreeMap<(usize, RequestId), Waiter>);

#[derive(Debug)]
pub(super) struct Waiter {
    answer: oneshot::Sender<Result<Verdict, CommandError>>,
    pub(super) since: Instant,
    /// What to remember of it, if it gets its addresses.
    memo: Option<Box<Memo>>,
}

impl Waiters {
    /// Hands over the verdict, and says since when it was waited for.
    pub(super) fn decide(
        &mut self,
        member: usize,
        request: RequestId,
        verdict: Verdict,
    ) -> Option<Instant> {
        let waiter = self.0.remove(&(member, request))?;
        let _ = waiter.answer.send(Ok(verdict));
        Some(waiter.since)
    }

    /// What is to be remembered of requests that get their addresses in this turn.
    pub(super) fn answers(&self, wanted: &[Wanted]) -> Vec<Answer> {
        if self.0.is_empty() {
            return Vec::new();
        }
        let answer = |wanted: &Wanted| {
            let Output::Event { event, .. } = &wanted.output else { return None };
            let request = decided(event)?;
            let memo = *self.0.get(&(wanted.member, request))?.memo.clone()?;
            let verdict = Verdict::of(event, request)?;
            let scope = ScopeId(wanted.member);
            let worth = !matches!(verdict, Verdict::Refused(_));
            worth.then_some(Answer { memo, scope, request, verdict })
        };
        wanted.iter().filter_map(answer).collect()
    }

    /// Ends every request without a verdict, and says which.
    pub(super) fn fail(&mut self, why: &CommandError) -> Vec<(usize, RequestId)> {
        let failed = std::mem::take(&mut self.0).into_iter();
        failed
            .map(|(key, waiter)| {
                let _ = waiter.answer.send(Err(why.clone()));
                key
            })
            .collect()
    }
}

/// The number of the request for addresses that `command` makes.
const fn asks(command: &Command) -> Option<RequestId> {
    match command {
        Command::Allocate { request, .. }
        | Command::Claim { request, .. }
        | Command::Preallocate { request, .. } => Some(*request),
        _ => None,
    }
}

impl Node {
    pub(super) fn serve(&mut self, request: Request, reading: Reading) {
        let now = reading.now.instant;
        match request {
            Request::Command { scope, command, memo, reply } => {
                self.take_command(scope.0, &command, memo, reply, reading);
            }
            Request::Snapshot { reply } => drop(reply.send(self.snapshot(reading))),
            Request::Record { scope, after, limit, reply } => {
                let page = self.members.get(scope.0).map(|m| m.record(after, limit));
                let _ = reply.send(page.unwrap_or_default());
            }
            Request::Faults { plan, reply } => {
                let allowed = self.config.is_contained();
                if allowed {
                    self.clock.put_ahead(plan.clock_ahead_us);
                    self.injector.set(plan, now);
                    self.tell(now, reading.wall_us, None, Happening::FaultsChanged);
                }
                let _ = reply.send(allowed.then_some(()).ok_or(FaultsRefused::RealNetwork));
            }
            Request::Reload { config, reply } => {
                let _ = reply.send(self.reload(&config, reading));
            }
        }
    }

    /// Takes over what can change in a running node; names what cannot.
    pub(super) fn reload(&mut self, config: &NodeConfig, reading: Reading) -> Reloaded {
        let differences = self.config.differences(config);
        if differences.changed.is_empty() {
            return differences;
        }
        for member in 0..self.config.scopes.len() {
            let machine = &mut self.config.scopes[member].machine;
            let name = &machine.scope.name;
            let Some(new) = config.scopes.iter().find(|s| s.machine.scope.name == *name) else {
                continue;
            };
            let (policy, timing) = (new.machine.policy, new.machine.timing);
            if (machine.policy, machine.timing) == (policy, timing) {
                continue;
            }
            (machine.policy, machine.timing) = (policy, timing);
            let command = Command::Reconfigure { policy, timing };
            self.feed(member, reading.now, Given::Command(&command), None);
        }
        self.config.deny.clone_from(&config.deny);
        self.config.auth.clone_from(&config.auth);
        (self.config.limits, self.config.trust) = (config.limits, config.trust);
        self.config.log.filter.clone_from(&config.log.filter);
        self.tell(reading.now.instant, reading.wall_us, None, Happening::Reloaded);
        differences
    }

    fn take_command(
        &mut self,
        member: usize,
        command: &Command,
        memo: Option<Box<Memo>>,
        reply: oneshot::Sender<Result<Reply, CommandError>>,
        reading: Reading,
    ) {
        let pending = match self.admit(member, command, memo, reading.now.instant) {
            Ok(pending) => pending,
            Err(refused) => return drop(reply.send(Err(refused))),
        };
        let ticket = self.tickets.len();
        self.tickets.push(Ticket { reply, events: Vec::new(), pending });
        self.feed(member, reading.now, Given::Command(command), Some(ticket));
    }

    fn admit(
        &mut self,
        member: usize,
        command: &Command,
        memo: Option<Box<Memo>>,
        now: Instant,
    ) -> Result<Option<Pending>, CommandError> {
        if let Storage::Failed { why, .. } = &self.storage {
            return Err(CommandError::Storage(why.clone()));
        }
        let Some(request) = asks(command) else { return Ok(None) };
        if self.presence.sockets().is_none() {
            return Err(CommandError::Offline);
        }
        let waiters = &mut self.waiters.0;
        if waiters.contains_key(&(member, request)) {
            return Err(CommandError::RequestInUse);
        }
        if waiters.len() >= self.config.limits.requests {
            return Err(CommandError::Busy);
        }
        let (answer, verdict) = oneshot::channel();
        waiters.insert((member, request), Waiter { answer, since: now, memo });
        Ok(Some(Pending::new(request, verdict)))
    }

    fn snapshot(&self, reading: Reading) -> Snapshot {
        let now = reading.now.instant;
        Snapshot {
            at: now,
            utc: reading.now.utc,
            scopes: self.members.iter().map(|member| member.snapshot(now)).collect(),
            peers: self.peers.views(),
            storage_failure: match &self.storage {
                Storage::Failed { why, .. } => Some(why.clone()),
                Storage::None | Storage::Open(_) => None,
            },
            interface_up: self.presence.sockets().is_some(),
            faults: self.injector.plan().cloned(),
        }
    }
}
