//! Time goes forward, and nothing is expected after its end.

use super::Item;
use super::references::References;
use crate::diagnostic::Diagnostic;
use crate::layout::instant;
use crate::quantity::Time;
use crate::span::{Span, Spanned};
use crate::statement::{Line, Scenario, Statement};

pub(super) fn check(scenario: &Scenario, found: &mut Vec<Diagnostic>) {
    order(&scenario.lines, found);
}

fn order(lines: &[Line], found: &mut Vec<Diagnostic>) {
    let mut latest: Option<(Time, Span)> = None;
    for line in lines {
        if let (Some(at), Some(statement)) = (instant(line), &line.statement) {
            let span = instant_span(statement).unwrap_or(line.span);
            match latest {
                Some((before, place)) if at < before => found.push(
                    Diagnostic::error("scn-time-order", span, format!("{at} comes after {before}"))
                        .label(format!("expected {before} or later"))
                        .note(place, format!("already at {before}"))
                        .help("`aap scenario fmt` puts the lines in order"),
                ),
                _ => latest = Some((at, span)),
            }
        }
        match &line.statement {
            Some(Statement::Timeline(block)) => order(&block.lines, found),
            Some(Statement::Under(block)) => order(&block.lines, found),
            Some(Statement::Variant(block)) => order(&block.lines, found),
            _ => {}
        }
    }
}

fn instant_span(statement: &Statement) -> Option<Span> {
    match statement {
        Statement::At(at) => Some(at.at.span),
        Statement::Say(say) => Some(say.at.span),
        Statement::Ask(ask) => Some(ask.at.span),
        Statement::Mark(mark) => Some(mark.at.span),
        _ => None,
    }
}

/// Checks the instants of one statement against the end of the run.
pub(super) fn check_instants(
    references: &References<'_>,
    item: &Item<'_>,
    found: &mut Vec<Diagnostic>,
) {
    for window in &references.windows {
        if window.to.value < window.from.value {
            let message = format!("{} is before {}", window.to, window.from);
            found.push(
                Diagnostic::error("scn-window", window.to.span, message)
                    .label(format!("expected {} or later", window.from)),
            );
        }
    }
    let Some(run) = item.run else { return };
    let own = match item.statement {
        Statement::At(at) => Some(at.at),
        Statement::Say(say) => Some(say.at),
        Statement::Ask(ask) => Some(ask.at),
        _ => None,
    };
    for Spanned { value, span } in references.instants.iter().copied().chain(own) {
        if value > run {
            let message = format!("the run ends at {run}, before {value}");
            found.push(
                Diagnostic::error("scn-after-run", span, message)
                    .label(format!("expected at most {run}"))
                    .help(format!("`run {value}` would reach it")),
            );
        }
    }
}
