//! A cluster without a view: events as lines, or as JSON.

use std::io::Write;
use std::time::{Duration, Instant};

use ::cluster::{Cluster, Report, Stopping};

use super::words;
use crate::exit::{Exit, Failure};
use crate::look::{Paint, Tone};

/// How long a signal may go unnoticed.
const TURN: Duration = Duration::from_millis(100);

/// How events are printed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manner {
    pub(super) json: bool,
    pub(super) messages: bool,
    pub(super) paint: Paint,
}

/// Prints what happens until `end`, an order to stop, or a signal.
pub(super) fn run(
    mut cluster: Cluster,
    manner: Manner,
    end: Option<Instant>,
    out: &mut dyn Write,
) -> Result<Exit, Failure> {
    let names = cluster.names();
    if manner.json {
        writeln!(out, "{}", cluster.document())?;
        out.flush()?;
    }
    loop {
        let now = Instant::now();
        match cluster.stopping() {
            // Without an end of its own, this is how it ends.
            Stopping::Interrupted if end.is_some() => return Ok(Exit::Interrupted),
            Stopping::Interrupted | Stopping::Ordered => return Ok(Exit::Done),
            Stopping::No if end.is_some_and(|end| now >= end) => return Ok(Exit::Done),
            Stopping::No => {}
        }
        let turn = now + TURN;
        if let Some(report) = cluster.next_report(end.map_or(turn, |end| end.min(turn))) {
            print(&report, &names, manner, out)?;
        }
    }
}

fn print(
    report: &Report,
    names: &[String],
    manner: Manner,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    if !manner.messages && words::is_message(report) {
        return Ok(());
    }
    if manner.json {
        writeln!(out, "{}", words::object(report, names))?;
    } else if !words::is_echo(report) {
        let node = report.member.and_then(|member| names.get(member)).map_or("-", String::as_str);
        let (time, text) = (words::time(report), words::sentence(report));
        let kind = manner.paint.tone(words::tone(report), format!("{:<12}", words::kind(report)));
        let time = manner.paint.tone(Tone::Aside, time);
        writeln!(out, "{time}  {node:<14} {kind}  {text}")?;
    }
    out.flush()?;
    Ok(())
}
