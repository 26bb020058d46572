//! A short story with three allocation servers, of which everything really happens: two claim one
//! address, one gives way, the owner is killed, and a bystander defends what it left behind.

use std::time::{Duration, Instant};

use client::{Event, Request, Wish};

use crate::cluster::{Cluster, Stopping};
use crate::error::OrderError;
use crate::report::Report;

/// What whoever watches a story is told.
#[derive(Debug)]
pub enum Telling<'a> {
    /// What is done next, and why.
    Says(String),
    /// Something that happened.
    Happens(&'a Cluster, &'a Report),
}

/// How a story came out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Ending {
    /// As the draft means it: the dead owner's address was defended.
    Defended {
        /// The address.
        address: String,
    },
    /// Not as the draft means it.
    Otherwise {
        /// What did not happen, in words.
        why: String,
    },
}

/// How long the machine may take for what takes the protocol a moment.
const SLACK: Duration = Duration::from_secs(8);

/// The longest start-up silence of the draft (3.2.4).
const SILENCE: Duration = Duration::from_secs(195);

const LOSER: usize = 0;
const OWNER: usize = 1;
const LATECOMER: usize = 2;

/// Plays the story in a cluster of three allocation servers that has just been started.
///
/// # Errors
/// If a member does not answer.
pub fn play(
    cluster: &mut Cluster,
    tell: &mut dyn FnMut(Telling<'_>),
) -> Result<Ending, OrderError> {
    let otherwise = |why: &str| Ok(Ending::Otherwise { why: why.to_owned() });
    tell(Telling::Says(
        "Three allocators start. Each only listens at first, to learn what others have allocated \
         (the start-up silence, draft 3.2.4)."
            .to_owned(),
    ));
    let patience = cluster.spec().timing.scaled(SILENCE) + SLACK;
    if !cluster.await_ready(patience, |cluster, report| tell(Telling::Happens(cluster, report))) {
        return otherwise("the allocators were not ready in time");
    }

    let names = cluster.names();
    let [loser, owner, latecomer] = &names[..] else {
        return otherwise("the story needs three allocators");
    };
    tell(Telling::Says(format!(
        "{latecomer} loses its network for a while. {loser} and {owner} are asked for the same \
         address at the same moment, and {owner} is deaf to {loser} just then: both claim it."
    )));
    cluster.change_faults(|faults| faults.cut(LATECOMER))?;
    let collision = cluster.collide(LOSER, OWNER)?;
    let address = collision.address;
    let mut clashed = false;
    let granted = wait(cluster, tell, |member, event| {
        clashed |= member == LOSER && event.kind == "clash";
        member == OWNER && is_grant_of(event, &collision.second)
    });
    if !granted {
        return otherwise("the claim was not decided in time");
    }
    if !clashed {
        return otherwise("the two claims did not meet: this machine was too busy just then");
    }
    // The other got something else; and it has heard whose the first address is.
    if !wait_until(cluster, tell, |cluster| knows(cluster, LOSER, &address)) {
        return otherwise("the allocation was not heard in time");
    }

    tell(Telling::Says(format!(
        "{loser} heard the other claim, gave way and takes another address. {address} is {owner}'s. \
         Now {owner} is killed (SIGKILL): it can neither announce nor defend its address any more."
    )));
    cluster.kill(OWNER)?;
    hear_out(cluster, tell);
    tell(Telling::Says(format!(
        "{latecomer} is back. It has never heard of {address}, and claims it. But {loser} has it on \
         record, and after a random wait it speaks up for the dead owner (draft 3.2.2)."
    )));
    cluster.change_faults(|faults| faults.reconnect(LATECOMER))?;
    let claim = ask(cluster, LATECOMER, &address)?;
    let mut defended = false;
    let granted = wait(cluster, tell, |member, event| {
        defended |= member == LATECOMER && event.kind == "clash";
        member == LATECOMER && is_grant_of(event, &claim)
    });
    match (granted, defended) {
        (true, true) => Ok(Ending::Defended { address }),
        (true, false) => otherwise("nobody spoke up in time: this machine was too busy just then"),
        (false, _) => otherwise("the last claim was not decided in time"),
    }
}

fn ask(cluster: &Cluster, member: usize, address: &str) -> Result<Request, OrderError> {
    let found = &cluster.members()[member];
    let asked = found.client().allocate(&Wish::address(address), Duration::ZERO);
    asked.map_err(|why| OrderError::Member { name: found.name().to_owned(), why })
}

fn is_grant_of(event: &Event, request: &Request) -> bool {
    let number = event.parts.get("request").and_then(serde_json::Value::as_u64);
    event.kind == "granted" && number == Some(request.request.into())
}

/// Whether a member has the address on record, as another's.
fn knows(cluster: &Cluster, member: usize, address: &str) -> bool {
    let record = cluster.members()[member].client().record(None).unwrap_or_default();
    record.iter().any(|entry| entry.owner.is_some() && entry.lease.span.first == address)
}

/// Tells what happens until an event of a member is what is waited for; says whether it came.
fn wait(
    cluster: &mut Cluster,
    tell: &mut dyn FnMut(Telling<'_>),
    mut is_it: impl FnMut(usize, &Event) -> bool,
) -> bool {
    let deadline = Instant::now() + SLACK;
    while let Some(report) = cluster.next_report(deadline) {
        tell(Telling::Happens(cluster, &report));
        if let (Some(member), Some(event)) = (report.member, report.event())
            && is_it(member, event)
        {
            return true;
        }
    }
    false
}

/// Tells what has happened by now.
fn hear_out(cluster: &mut Cluster, tell: &mut dyn FnMut(Telling<'_>)) {
    while let Some(report) = cluster.next_report(Instant::now()) {
        tell(Telling::Happens(cluster, &report));
    }
}

/// Tells what happens until something is so; says whether it became so.
fn wait_until(
    cluster: &mut Cluster,
    tell: &mut dyn FnMut(Telling<'_>),
    is_so: impl Fn(&Cluster) -> bool,
) -> bool {
    let deadline = Instant::now() + SLACK;
    while !is_so(cluster) {
        if Instant::now() >= deadline || cluster.stopping() != Stopping::No {
            return false;
        }
        let turn = Instant::now() + Duration::from_millis(100);
        while let Some(report) = cluster.next_report(turn) {
            tell(Telling::Happens(cluster, &report));
        }
    }
    true
}
