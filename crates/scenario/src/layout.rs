//! [`Scenario`] to its canonical text.

use super::quantity::Time;
use super::statement::{Line, Scenario, Statement};

impl Scenario {
    /// The canonical text: one layout for one scenario, comments and prose kept, timed lines
    /// in time order. Reading it gives an equal scenario if its timed lines were in order.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        write_lines(&mut out, &self.lines, 0);
        let kept = out.trim_start_matches('\n').trim_end_matches('\n').len();
        let start = out.len() - out.trim_start_matches('\n').len();
        let mut text = out[start..start + kept].to_owned();
        if !text.is_empty() {
            text.push('\n');
        }
        text
    }
}

impl std::fmt::Display for Scenario {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.to_text())
    }
}

/// The instant of a line that must stand in time order.
pub(super) fn instant(line: &Line) -> Option<Time> {
    match line.statement.as_ref()? {
        Statement::At(at) => Some(at.at.value),
        Statement::Say(say) => Some(say.at.value),
        Statement::Ask(ask) => Some(ask.at.value),
        Statement::Mark(mark) => Some(mark.at.value),
        _ => None,
    }
}

/// Timed lines in time order, each with the comment lines directly above it; everything else
/// stays where it is.
fn ordered(lines: &[Line]) -> Vec<&Line> {
    let is_comment = |line: &Line| line.statement.is_none() && line.comment.is_some();
    let mut units: Vec<(Option<Time>, Vec<&Line>)> = Vec::new();
    let mut comments: Vec<&Line> = Vec::new();
    for line in lines {
        if is_comment(line) {
            comments.push(line);
            continue;
        }
        let timed = instant(line);
        let mut unit = std::mem::take(&mut comments);
        unit.push(line);
        units.push((timed, unit));
    }
    let mut timed: Vec<(Time, Vec<&Line>)> = units
        .iter_mut()
        .filter_map(|(time, unit)| time.map(|time| (time, std::mem::take(unit))))
        .collect();
    timed.sort_by_key(|(time, _)| *time);
    let mut timed = timed.into_iter();
    let mut out = Vec::new();
    for (time, unit) in units {
        match time {
            Some(_) => out.extend(timed.next().map(|(_, unit)| unit).unwrap_or_default()),
            None => out.extend(unit),
        }
    }
    out.extend(comments);
    out
}

fn write_lines(out: &mut String, lines: &[Line], depth: usize) {
    let indent = "  ".repeat(depth);
    for line in ordered(lines) {
        let statement = line.statement.as_ref().map(ToString::to_string);
        write_line(out, &indent, statement.as_deref(), line.comment.as_deref());
        let (inner, end_comment) = match &line.statement {
            Some(Statement::Timeline(block)) => (&block.lines, &block.end_comment),
            Some(Statement::Under(block)) => (&block.lines, &block.end_comment),
            Some(Statement::Variant(block)) => (&block.lines, &block.end_comment),
            _ => continue,
        };
        write_lines(out, inner, depth + 1);
        write_line(out, &indent, Some("end"), end_comment.as_deref());
    }
}

fn write_line(out: &mut String, indent: &str, statement: Option<&str>, comment: Option<&str>) {
    let comment = comment.map(|comment| format!("# {comment}"));
    let text = match (statement, comment) {
        (None, None) => String::new(),
        (None, Some(comment)) => format!("{indent}{comment}"),
        (Some(statement), None) => format!("{indent}{statement}"),
        (Some(statement), Some(comment)) => format!("{indent}{statement}  {comment}"),
    };
    out.push_str(text.trim_end());
    out.push('\n');
}
