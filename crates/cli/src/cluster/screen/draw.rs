//! The view of a cluster.

use ::cluster::Role;
use ratatui::Frame;
use ratatui::layout::{Alignment, Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Cell, Clear, Paragraph, Row, Table, Wrap};

use super::board::{Board, Messages, Mode, Node};
use super::help;
use crate::client::span::in_words;
use crate::look::Tone;

/// Lines for claims, the record and messages, where there is room for as much below them.
const MIDDLE: u16 = 9;

/// And on a small screen.
const MIDDLE_SMALL: u16 = 6;

/// Lines of a screen that has room.
const TALL: u16 = 28;

/// Draws everything.
pub(super) fn draw(frame: &mut Frame<'_>, board: &Board) {
    let nodes = u16::try_from(board.nodes.len()).unwrap_or(u16::MAX);
    // Beyond a third of the screen, the nodes would push out what happens to them.
    let nodes = (nodes + 3).min(frame.area().height / 3).max(4);
    let middle = if frame.area().height < TALL { MIDDLE_SMALL } else { MIDDLE };
    let rows = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(nodes),
        Constraint::Length(middle),
        Constraint::Min(3),
        Constraint::Length(4),
        Constraint::Length(1),
    ]);
    let [title, nodes, middle, events, notice, keys] = rows.areas(frame.area());
    draw_title(frame, title, board);
    draw_nodes(frame, nodes, board);
    let [claims, record, traffic] = Layout::horizontal([
        Constraint::Percentage(34),
        Constraint::Percentage(44),
        Constraint::Percentage(22),
    ])
    .areas(middle);
    draw_claims(frame, claims, board);
    draw_record(frame, record, board);
    draw_traffic(frame, traffic, board);
    draw_events(frame, events, board);
    draw_notice(frame, notice, board);
    frame.render_widget(Paragraph::new(help::KEYS).style(style(Tone::Aside)), keys);
    if board.mode == Mode::Help {
        draw_help(frame);
    }
}

fn style(tone: Tone) -> Style {
    match tone {
        Tone::Heading => Style::new().add_modifier(Modifier::BOLD),
        Tone::Good => Style::new().fg(Color::Green),
        Tone::Bad => Style::new().fg(Color::Red).add_modifier(Modifier::BOLD),
        Tone::Aside => Style::new().add_modifier(Modifier::DIM),
    }
}

fn draw_title(frame: &mut Frame<'_>, area: Rect, board: &Board) {
    let faults = match board.faults.is_empty() {
        true => Span::raw("no faults"),
        false => Span::styled(format!("FAULTS: {}", board.faults.join("; ")), style(Tone::Bad)),
    };
    let name = Span::styled(" aap cluster  ", style(Tone::Heading));
    let line = Line::from(vec![name, Span::raw(format!("{}  ", board.title)), faults]);
    frame.render_widget(Paragraph::new(line), area);
}

fn draw_nodes(frame: &mut Frame<'_>, area: Rect, board: &Board) {
    let headings =
        ["", "NODE", "ADDRESS", "STATE", "HOLDS", "CLAIMS", "RECORD", "DEFENCES", "SENT", "HEARD"];
    // What is selected stays in sight, however many nodes there are.
    let room = usize::from(area.height.saturating_sub(3)).max(1);
    let first = (board.selected + 1).saturating_sub(room);
    let rows = board.nodes.iter().enumerate().skip(first).map(|(place, node)| {
        let (state, tone) = node.state();
        let selected = place == board.selected;
        let mark = if selected { ">" } else { " " };
        let mut cells = vec![
            Cell::new(mark),
            Cell::new(node.name.clone()),
            Cell::new(node.address.clone()),
            Cell::new(state).style(style(tone)),
        ];
        if let Some(view) = &node.view {
            let scope = &view.scope;
            let total = |counts: &std::collections::BTreeMap<String, u64>| counts.values().sum();
            let conflicts = match scope.conflicted {
                0 => scope.held.to_string(),
                some => format!("{} !{some}", scope.held),
            };
            let holds = match node.role {
                Role::Maas => conflicts,
                Role::Coordinator => "-".to_owned(),
            };
            let counts: [u64; 5] = [
                scope.claims,
                scope.record_entries,
                scope.defences,
                total(&scope.messages.sent),
                total(&scope.messages.heard),
            ];
            cells.push(Cell::new(holds));
            cells.extend(counts.map(|count| Cell::new(count.to_string())));
        }
        let row = Row::new(cells);
        if selected { row.style(Style::new().add_modifier(Modifier::BOLD)) } else { row }
    });
    let longest = |text: fn(&Node) -> &str| {
        let lengths = board.nodes.iter().map(|node| text(node).chars().count());
        Constraint::Length(u16::try_from(lengths.max().unwrap_or(0)).unwrap_or(u16::MAX))
    };
    let counts = [5, 6, 6, 8, 5, 5].map(Constraint::Length);
    let widths = [
        Constraint::Length(1),
        longest(|node| &node.name),
        longest(|node| &node.address),
        Constraint::Min(14),
    ];
    let widths = widths.into_iter().chain(counts);
    let table = Table::new(rows, widths)
        .header(Row::new(headings).style(style(Tone::Aside)))
        .block(Block::bordered().title("nodes"));
    frame.render_widget(table, area);
}

fn draw_claims(frame: &mut Frame<'_>, area: Rect, board: &Board) {
    let mut lines = Vec::new();
    for node in &board.nodes {
        for claim in node.view.iter().flat_map(|view| &view.claims) {
            let ranges = claim.ranges.iter().map(|range| Line::raw(format!("  {range}")));
            let left = claim.left_us.map_or_else(String::new, |left| {
                format!(", {}.{} s left", left / 1_000_000, left / 100_000 % 10)
            });
            lines.push(Line::raw(format!("{}, attempt {}{left}", node.name, claim.attempt)));
            lines.extend(ranges);
        }
    }
    if lines.is_empty() {
        lines.push(Line::styled("none", style(Tone::Aside)));
    }
    let block = Block::bordered().title("claims under way");
    frame.render_widget(Paragraph::new(lines).block(block), area);
}

fn draw_record(frame: &mut Frame<'_>, area: Rect, board: &Board) {
    let rows = board.record();
    let whose = board.selected().map_or("", |node| &node.name);
    let room = usize::from(area.height.saturating_sub(2));
    let mut lines: Vec<Line<'_>> = Vec::new();
    let shown = if rows.len() > room { room.saturating_sub(1) } else { rows.len() };
    for row in &rows[..shown] {
        let left = match u64::try_from(row.left_s) {
            Ok(left) if left > 0 => in_words(left),
            _ => "ended".to_owned(),
        };
        let state = if row.state == "allocated" { "" } else { " (pool)" };
        let text = format!("{:<27} {:<8} {left}{state}", row.addresses, row.owner);
        let tone = if row.owner == whose { Tone::Good } else { Tone::Aside };
        let own = if tone == Tone::Good { style(tone) } else { Style::new() };
        lines.push(Line::styled(text, own));
    }
    if rows.len() > shown {
        lines.push(Line::styled(format!("and {} more", rows.len() - shown), style(Tone::Aside)));
    }
    if rows.is_empty() {
        let answers = board.selected().is_some_and(|node| node.view.is_some());
        let words = if answers { "nothing is allocated" } else { "it does not answer" };
        lines.push(Line::styled(words, style(Tone::Aside)));
    }
    let block = Block::bordered().title(format!("record of {whose}: whose, and for how long"));
    frame.render_widget(Paragraph::new(lines).block(block), area);
}

fn draw_traffic(frame: &mut Frame<'_>, area: Rect, board: &Board) {
    let mut lines =
        vec![Line::styled(format!("{:<5}{:>6}{:>7}", "", "sent", "heard"), style(Tone::Aside))];
    for (kind, (sent, heard)) in board.traffic() {
        lines.push(Line::raw(format!("{kind:<5}{sent:>6}{heard:>7}")));
    }
    let block = Block::bordered().title("messages");
    frame.render_widget(Paragraph::new(lines).block(block), area);
}

fn draw_events(frame: &mut Frame<'_>, area: Rect, board: &Board) {
    let room = usize::from(area.height.saturating_sub(2));
    let lines: Vec<Line<'_>> = board
        .latest(room)
        .into_iter()
        .map(|line| {
            Line::from(vec![
                Span::styled(format!("{}  ", line.time), style(Tone::Aside)),
                Span::raw(format!("{:<10} ", line.node)),
                Span::styled(format!("{:<10} ", line.kind), style(line.tone)),
                Span::raw(line.text.clone()),
            ])
        })
        .collect();
    let title = match board.messages {
        Messages::Hidden => "events (m: messages, too)",
        Messages::Shown => "events and messages",
    };
    frame.render_widget(Paragraph::new(lines).block(Block::bordered().title(title)), area);
}

fn draw_notice(frame: &mut Frame<'_>, area: Rect, board: &Board) {
    let text = match &board.mode {
        Mode::Counting(digits) => {
            let name = board.selected().map_or("", |node| &node.name);
            format!(
                "How many addresses for {name}? {digits}_   (Enter: ask for them, Esc: never mind)"
            )
        }
        Mode::Watching | Mode::Help => board.notice.clone(),
    };
    let block = Block::bordered().title("what happens here");
    frame.render_widget(Paragraph::new(text).wrap(Wrap { trim: true }).block(block), area);
}

fn draw_help(frame: &mut Frame<'_>) {
    let whole = frame.area();
    let height =
        u16::try_from(help::TEXT.lines().count() + 2).unwrap_or(u16::MAX).min(whole.height);
    let width = 86.min(whole.width);
    let area = Rect { x: (whole.width - width) / 2, y: (whole.height - height) / 2, width, height };
    frame.render_widget(Clear, area);
    let block = Block::bordered().title("help").title_alignment(Alignment::Center);
    frame.render_widget(Paragraph::new(help::TEXT).block(block), area);
}
