//! The live view of a cluster.

mod board;
mod draw;
mod help;
mod keys;
mod poll;
#[cfg(test)]
mod tests;

use std::io;
use std::time::{Duration, Instant};

use ::cluster::{Cluster, Stopping};
use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, Event, KeyEventKind};

use crate::exit::{Exit, Failure};
use board::Board;
use keys::Next;

/// How long the view may be behind.
const FRAME: Duration = Duration::from_millis(100);

/// Reports that are taken before the next frame: a flood does not freeze the view.
const REPORTS_PER_FRAME: usize = 2000;

/// Shows the view until `end`, an order to stop, a signal, or the key that quits.
pub(super) fn run(mut cluster: Cluster, end: Option<Instant>) -> Result<Exit, Failure> {
    // From here on a panic restores the terminal before it is reported.
    let mut terminal = ratatui::try_init().map_err(told)?;
    let shown = show(&mut terminal, &mut cluster, end);
    ratatui::restore();
    shown.map_err(told)
}

fn told(why: io::Error) -> Failure {
    Failure::Environment(format!("the terminal: {why}\n  `aap cluster --headless` needs none"))
}

fn show(
    terminal: &mut DefaultTerminal,
    cluster: &mut Cluster,
    end: Option<Instant>,
) -> io::Result<Exit> {
    let views = poll::start(cluster)?;
    let mut board = Board::new(cluster);
    loop {
        board.follow(cluster);
        board.now_s = now_s();
        if let Ok(views) = views.try_recv() {
            board.see(views);
        }
        terminal.draw(|frame| draw::draw(frame, &board))?;
        let frame = Instant::now() + FRAME;
        for _ in 0..REPORTS_PER_FRAME {
            let Some(report) = cluster.next_report(Instant::now()) else { break };
            board.note(&report);
        }
        while event::poll(frame.saturating_duration_since(Instant::now()))? {
            if let Event::Key(key) = event::read()?
                && key.kind == KeyEventKind::Press
                && keys::press(&mut board, cluster, key) == Next::Quit
            {
                return Ok(Exit::Done);
            }
            board.follow(cluster);
            terminal.draw(|frame| draw::draw(frame, &board))?;
        }
        let over = end.is_some_and(|end| Instant::now() >= end);
        if over || cluster.stopping() != Stopping::No {
            return Ok(Exit::Done);
        }
    }
}

#[expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "remaining life is shown")]
fn now_s() -> i64 {
    use std::time::{SystemTime, UNIX_EPOCH};

    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
