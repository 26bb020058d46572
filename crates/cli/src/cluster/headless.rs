//! A cluster without a view: events as lines, or as JSON.

use std::io::Write;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::{Duration, Instant};

use ::cluster::{Cluster, Report};

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
    interrupts: &Receiver<()>,
    out: &mut dyn Write,
) -> Result<Exit, Failure> {
    let names = cluster.names();
    if manner.json {
        writeln!(out, "{}", cluster.document())?;
        out.flush()?;
    }
    loop {
        let now = Instant::now();
        if end.is_some_and(|end| now >= end) || cluster.is_stopping() {
            return Ok(Exit::Done);
        }
        if !matches!(interrupts.try_recv(), Err(TryRecvError::Empty)) {
            // Without an end of its own, this is how it ends.
            return Ok(if end.is_some() { Exit::Interrupted } else { Exit::Done });
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
