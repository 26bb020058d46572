//! What keys do.

use std::time::Duration;

use ::client::Wish;
use ::cluster::{Cluster, Life, OrderError, Role};
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::board::{Board, Messages, Mode};

/// Digits of a count.
const DIGITS: usize = 5;

/// Whether the view goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Next {
    Stay,
    Quit,
}

/// Does what a key says.
pub(super) fn press(board: &mut Board, cluster: &mut Cluster, key: KeyEvent) -> Next {
    if key.modifiers.contains(KeyModifiers::CONTROL) && key.code == KeyCode::Char('c') {
        return Next::Quit;
    }
    match board.mode.clone() {
        Mode::Help => board.mode = Mode::Watching,
        Mode::Counting(digits) => count(board, cluster, digits, key.code),
        Mode::Watching => return command(board, cluster, key.code),
    }
    Next::Stay
}

fn count(board: &mut Board, cluster: &mut Cluster, mut digits: String, key: KeyCode) {
    match key {
        KeyCode::Char(digit @ '0'..='9') if digits.len() < DIGITS => digits.push(digit),
        KeyCode::Backspace => {
            digits.pop();
        }
        KeyCode::Esc => {
            board.mode = Mode::Watching;
            return;
        }
        KeyCode::Enter => {
            board.mode = Mode::Watching;
            let wanted = digits.parse().unwrap_or(1);
            let done = allocate(board, cluster, wanted);
            tell(board, done);
            return;
        }
        _ => {}
    }
    board.mode = Mode::Counting(digits);
}

fn command(board: &mut Board, cluster: &mut Cluster, key: KeyCode) -> Next {
    let (last, selected) = (board.nodes.len().saturating_sub(1), board.selected);
    match key {
        KeyCode::Char('q') | KeyCode::Esc => return Next::Quit,
        KeyCode::Char('?') => board.mode = Mode::Help,
        KeyCode::Down | KeyCode::Tab => {
            board.selected = if selected == last { 0 } else { selected + 1 }
        }
        KeyCode::Up | KeyCode::BackTab => board.selected = selected.checked_sub(1).unwrap_or(last),
        KeyCode::Char(digit @ '1'..='9') => {
            let place = digit.to_digit(10).map_or(0, |digit| digit as usize - 1);
            board.selected = place.min(last);
        }
        KeyCode::Char('m') => {
            board.messages = match board.messages {
                Messages::Hidden => Messages::Shown,
                Messages::Shown => Messages::Hidden,
            };
        }
        KeyCode::Char('a') => board.mode = Mode::Counting(String::new()),
        KeyCode::Char('r') => tell_what(board, cluster, release),
        KeyCode::Char('k') => tell_what(board, cluster, kill),
        KeyCode::Char('s') => tell_what(board, cluster, restart),
        KeyCode::Char('c') => tell_what(board, cluster, cut),
        KeyCode::Char('h') => tell_what(board, cluster, heal),
        KeyCode::Char('f') => tell_what(board, cluster, collide),
        _ => {}
    }
    Next::Stay
}

/// What a key did, in words; or why not.
type Done = Result<String, OrderError>;

fn tell_what(board: &mut Board, cluster: &mut Cluster, act: fn(&Board, &mut Cluster) -> Done) {
    let done = act(board, cluster);
    tell(board, done);
}

fn tell(board: &mut Board, done: Done) {
    board.notice = match done {
        Ok(words) => words,
        Err(why) => format!("No: {why}"),
    };
}

/// The selected member's name.
fn name(board: &Board) -> String {
    board.selected().map_or_else(String::new, |node| node.name.clone())
}

fn allocate(board: &Board, cluster: &Cluster, count: u32) -> Done {
    let (name, member) = (name(board), &cluster.members()[board.selected]);
    match member.client().allocate(&Wish::count(count), Duration::ZERO) {
        Ok(_) => Ok(format!(
            "{name} is asked for {count}. It sends ACLM four times; if nobody objects until the \
             claim timer ends, the addresses are its own and it announces them with AIU."
        )),
        Err(why) => Err(OrderError::Member { name, why }),
    }
}

fn release(board: &Board, cluster: &mut Cluster) -> Done {
    let name = name(board);
    let held = board.selected().and_then(|node| node.view.as_ref()?.allocations.last());
    let Some(held) = held else { return Ok(format!("{name} holds nothing.")) };
    let range = held.lease.span.to_string();
    let member = &cluster.members()[board.selected];
    match member.client().release(std::slice::from_ref(&range)) {
        Ok(()) => Ok(format!(
            "{name} gives {range} back: it announces an end that has passed, so that nobody defends \
             it any more (draft 3.2.8)."
        )),
        Err(why) => Err(OrderError::Member { name, why }),
    }
}

fn kill(board: &Board, cluster: &mut Cluster) -> Done {
    cluster.kill(board.selected)?;
    Ok(format!(
        "{} is dead. What it owned stays on record with the others, and if anyone claims it, they \
         defend it after a random wait. `s` starts it again.",
        name(board)
    ))
}

fn restart(board: &Board, cluster: &mut Cluster) -> Done {
    cluster.restart(board.selected)?;
    Ok(format!(
        "{} starts again: it reads what it had stored, and listens for a while before it claims \
         anything new (draft 3.2.4).",
        name(board)
    ))
}

fn cut(board: &Board, cluster: &mut Cluster) -> Done {
    let (member, name) = (board.selected, name(board));
    if board.selected().is_some_and(|node| node.cut_off) {
        cluster.change_faults(|faults| faults.reconnect(member))?;
        return Ok(format!(
            "{name} hears the others again, and they hear it. If both sides allocated the same \
             address meanwhile, the next announcement shows it (draft 3.2.3)."
        ));
    }
    cluster.change_faults(|faults| faults.cut(member))?;
    Ok(format!(
        "{name} hears nobody, and nobody hears it. It takes silence for consent: allocate the same \
         addresses on both sides, then heal."
    ))
}

fn heal(_: &Board, cluster: &mut Cluster) -> Done {
    cluster.change_faults(::cluster::Faults::heal)?;
    Ok("All hear each other. Whoever hears that its address is another's, too, gives it up."
        .to_owned())
}

fn collide(board: &Board, cluster: &mut Cluster) -> Done {
    let ready = |place: &usize| {
        let node = &board.nodes[*place];
        let view = node.view.as_ref();
        node.role == Role::Maas
            && matches!(node.life, Life::Up { .. })
            && view.is_some_and(|view| view.scope.ready)
    };
    let count = board.nodes.len();
    let other = (1..count).map(|step| (board.selected + step) % count).find(ready);
    let (Some(other), true) = (other, ready(&board.selected)) else {
        return Ok(
            "A collision takes two allocators that are ready; select one of them.".to_owned()
        );
    };
    let collision = cluster.collide(board.selected, other)?;
    let (one, two) = (name(board), &board.nodes[other].name);
    Ok(format!(
        "{one} and {two} claim {} at once: {two} is deaf to {one} for a moment, or it would have \
         chosen another. {one} hears the claim of {two}, gives way (clash), and claims elsewhere.",
        collision.address
    ))
}
