//! What the nodes recorded, put on one clock.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use ::cluster::Cluster;
use lab::live::{Did, Happening, Pace};
use node::{CaptureReplay, Occurrence, ReplayError, Step};
use scenario::Time;

use super::Play;
use super::played::Played;
use crate::exit::Failure;

type Replay = CaptureReplay<BufReader<File>>;

/// Everything that happened to the end of the run, in time order.
pub(super) fn collect(
    play: &Play<'_>,
    cluster: &Cluster,
    played: &Played,
    pace: &Pace,
) -> Result<Vec<Happening>, Failure> {
    let mut all = Vec::new();
    for (actor, member) in play.actors.iter().zip(cluster.members()) {
        for (life, file) in member.captures().iter().enumerate() {
            read(file, actor.first_seat, life, &mut all)?;
        }
    }
    for (at, actor) in &played.crashes {
        let actor = &play.actors[*actor];
        let seats = actor.first_seat..actor.first_seat + actor.seats.len();
        all.extend(seats.map(|host| quiet(*at, host, Did::Crashed)));
    }
    all.extend(played.faults.iter().map(|(at, nth)| quiet(*at, 0, Did::Fault(*nth))));
    // What was to happen at the very end may have been late.
    let end = Time(play.plan.run.micros() + pace.tolerance().micros() / 2);
    let end = i64::try_from(end.micros() / u64::from(pace.factor)).unwrap_or(i64::MAX);
    let last = pace.zero_us.saturating_add(end);
    all.retain(|happening| happening.at_us <= last);
    all.sort_by_key(|happening| happening.at_us);
    Ok(all)
}

/// The labels of all questions of chance that came up in these captures.
pub(super) fn questions(captures: &[PathBuf]) -> Result<Vec<String>, Failure> {
    let mut labels = Vec::new();
    for file in captures {
        let mut replay = open(file)?;
        while let Some(step) = replay.step().map_err(|why| wrong(file, &why))? {
            let asked = step.draws.iter().map(|(label, _)| label.trim_end_matches('!').to_owned());
            labels.extend(asked);
        }
    }
    Ok(labels)
}

/// Reads a life of the process whose first seat is `first_seat`.
fn read(
    file: &Path,
    first_seat: usize,
    life: usize,
    all: &mut Vec<Happening>,
) -> Result<(), Failure> {
    let mut replay = open(file)?;
    while let Some(step) = replay.step().map_err(|why| wrong(file, &why))? {
        let at_us = replay.wall_us(step.now.instant).unwrap_or(step.now.utc.0 * 1_000_000);
        let machine = replay.machine(step.member).cloned();
        let host = first_seat + step.member;
        let Step { occurrence, cause, outputs, .. } = step;
        let what = match occurrence {
            Occurrence::Anew => Did::Crashed,
            Occurrence::Start(items) => Did::Started(items),
            Occurrence::Datagram { from, to, message, octets, .. } => {
                Did::Heard { from, to, message, octets }
            }
            Occurrence::Timeout => Did::Woke,
            Occurrence::Command(command) => Did::Command(command),
            _ => continue,
        };
        all.push(Happening { at_us, host, life, what, cause, outputs, machine });
    }
    if let Some(difference) = replay.finish().difference {
        let line = difference.line;
        let why = format!("{}: line {line} is not what happens again", file.display());
        return Err(Failure::Environment(why));
    }
    Ok(())
}

fn open(file: &Path) -> Result<Replay, Failure> {
    let opened = File::open(file).map_err(ReplayError::from);
    opened
        .and_then(|opened| CaptureReplay::new(BufReader::new(opened)))
        .map_err(|why| wrong(file, &why))
}

fn wrong(file: &Path, why: &ReplayError) -> Failure {
    Failure::Environment(format!("{}: {why}", file.display()))
}

fn quiet(at_us: i64, host: usize, what: Did) -> Happening {
    Happening { at_us, host, life: 0, what, cause: None, outputs: Vec::new(), machine: None }
}
