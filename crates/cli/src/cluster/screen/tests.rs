use std::collections::{BTreeMap, VecDeque};

use ::client::{Claim, Entry, Lease, Messages as Counts, ScopeStatus, Span};
use ::cluster::{Life, Role};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::board::{Board, Line, Messages, Mode, Node, View};
use super::draw::draw;
use crate::look::Tone;

const WIDTH: u16 = 110;
const HEIGHT: u16 = 30;

fn span(first: &str, last: &str, count: u64) -> Span {
    Span { first: first.to_owned(), last: last.to_owned(), count }
}

fn entry(span: Span, end_s: i64, owner: Option<&str>) -> Entry {
    let lease = Lease { span, end_s, end: String::new() };
    Entry { lease, state: "allocated".to_owned(), owner: owner.map(str::to_owned) }
}

fn node(nth: u8, life: Life, view: Option<View>) -> Node {
    Node {
        name: format!("maas-{nth}"),
        role: Role::Maas,
        address: format!("127.77.0.{}", 10 + nth),
        life,
        cut_off: false,
        view,
    }
}

fn line(kind: &str, text: &str, tone: Tone) -> Line {
    Line {
        time: "12:34:56.007".to_owned(),
        node: "maas-1".to_owned(),
        kind: kind.to_owned(),
        text: text.to_owned(),
        tone,
        is_message: kind == "sent",
    }
}

/// One node that claims, one that listens, one that is dead, one that is cut off.
fn board() -> Board {
    let counts =
        |count| BTreeMap::from([("ACLM".to_owned(), count), ("AIU".to_owned(), 2 * count)]);
    let busy = View {
        scope: ScopeStatus {
            phase: "ready".to_owned(),
            ready: true,
            held: 4,
            claims: 1,
            record_entries: 2,
            messages: Counts { sent: counts(3), heard: counts(5) },
            ..ScopeStatus::default()
        },
        claims: vec![Claim {
            kind: "claim".to_owned(),
            ranges: vec![span("239.255.9.9", "239.255.9.9", 1)],
            attempt: 2,
            left_us: Some(312_000),
        }],
        allocations: Vec::new(),
        record: vec![
            entry(span("239.255.0.1", "239.255.0.4", 4), 4_660, None),
            entry(span("239.255.7.7", "239.255.7.7", 1), 1_030, Some("127.77.0.13:2878")),
        ],
    };
    let listening = View {
        scope: ScopeStatus {
            phase: "listening".to_owned(),
            silence_left_us: Some(7_100_000),
            ..ScopeStatus::default()
        },
        ..View::default()
    };
    let mut cut = node(4, Life::Up { pid: 4 }, Some(busy.clone()));
    cut.cut_off = true;
    Board {
        title: "239.255.0.0/16  group 239.255.255.248  demo timing".to_owned(),
        nodes: vec![
            node(1, Life::Up { pid: 1 }, Some(busy)),
            node(2, Life::Up { pid: 2 }, Some(listening)),
            node(3, Life::Killed, None),
            cut,
        ],
        selected: 0,
        events: VecDeque::from([
            line("ready", "the start-up silence is over", Tone::Good),
            line("sent", "ACLM 239.255.9.9", Tone::Aside),
            line("clash", "gave up 239.255.9.8 as ACLM from maas-4 lists 239.255.9.8", Tone::Bad),
        ]),
        faults: vec!["cut maas-4".to_owned()],
        notice: "maas-1 and maas-2 claim 239.255.9.8 at once.".to_owned(),
        mode: Mode::Watching,
        messages: Messages::Hidden,
        now_s: 1_000,
    }
}

fn drawn(board: &Board, width: u16, height: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| draw(frame, board)).unwrap();
    let buffer = terminal.backend().buffer().clone();
    let row = |y: u16| -> String {
        let cells: String = (0..width).map(|x| buffer[(x, y)].symbol()).collect();
        cells.trim_end().to_owned() + "\n"
    };
    (0..height).map(row).collect()
}

#[test]
fn the_view_looks_like_this() {
    let drawn = drawn(&board(), WIDTH, HEIGHT);
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/src/cluster/screen/view.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(golden, &drawn).unwrap();
    }
    assert_eq!(drawn, include_str!("view.txt"), "UPDATE_GOLDEN=1 writes it anew");
}

#[test]
fn messages_are_shown_when_asked_for() {
    let mut board = board();
    assert!(!drawn(&board, WIDTH, HEIGHT).contains("ACLM 239.255.9.9"));
    board.messages = Messages::Shown;
    assert!(drawn(&board, WIDTH, HEIGHT).contains("ACLM 239.255.9.9"));
}

#[test]
fn help_and_the_question_how_many_are_on_top() {
    let mut board = board();
    board.mode = Mode::Help;
    assert!(drawn(&board, WIDTH, HEIGHT).contains("Any key closes this."));
    board.mode = Mode::Counting("12".to_owned());
    assert!(drawn(&board, WIDTH, HEIGHT).contains("How many addresses for maas-1? 12_"));
}

#[test]
fn a_terminal_may_be_as_small_as_it_likes() {
    let mut board = board();
    for (width, height) in [(80, 24), (20, 8), (1, 1)] {
        drawn(&board, width, height);
        board.mode = Mode::Help;
        drawn(&board, width, height);
        board.mode = Mode::Watching;
    }
}

#[test]
fn the_selected_node_stays_in_sight() {
    let mut board = board();
    board.nodes = (1..=40).map(|nth| node(nth, Life::Killed, None)).collect();
    board.selected = 33;
    assert!(drawn(&board, WIDTH, HEIGHT).contains("> maas-34"));
}
