//! Values that only their name gives a meaning: draws, constants, switches.

use super::references::{References, Rigour};
use super::{Item, World, addresses};
use crate::diagnostic::Diagnostic;
use crate::quantity::Time;
use crate::span::{Name, Spanned};
use crate::statement::Statement;
use crate::suggest::nearest;
use crate::syntax::number;
use crate::vocabulary::{LABELS, Legal, TuneKind, label, tunable, tunables};
use crate::world::{Draw, DrawValue};

pub(super) fn check(
    item: &Item<'_>,
    references: &References<'_>,
    world: &World<'_>,
    found: &mut Vec<Diagnostic>,
) {
    for (name, values) in &references.tunes {
        tune(name, values, found);
    }
    if let Statement::Draw(draw) = item.statement {
        check_draw(draw, world, found);
    }
}

fn tune(name: &Name, values: &[Spanned<String>], found: &mut Vec<Diagnostic>) {
    let Some(row) = tunable(name.as_str()) else {
        let message = format!("nothing to tune is called `{name}`");
        let known = tunables().map(|row| row.name);
        found.push(
            Diagnostic::error("scn-unknown-tune", name.span, message)
                .label("expected a constant of the draft or a switch")
                .suggest(nearest(name.as_str(), known)),
        );
        return;
    };
    let words: Vec<&str> = values.iter().map(|value| value.value.as_str()).collect();
    if let Err(expected) = tune_values(row.kind, &words) {
        let first = values.first().map_or(name.span, |value| value.span);
        let span = values.last().map_or(first, |last| first.to(last.span));
        let message = format!("`{name}` cannot be `{}`", words.join(" "));
        let diagnostic = Diagnostic::error("scn-tune-value", span, message)
            .label(format!("expected {expected}"))
            .help(row.about);
        // A dash marks what is ours and no finding's.
        found.push(if row.rule == "-" { diagnostic } else { diagnostic.rule(row.rule) });
    }
}

/// Checks the values of a constant or switch; the error says what is expected.
pub(crate) fn tune_values(kind: TuneKind, values: &[&str]) -> Result<(), String> {
    let is_time = |text: &str| text.parse::<Time>().is_ok();
    let is_number = |text: &str| number(text).is_some_and(|n| u32::try_from(n).is_ok());
    let fits = match (kind, values) {
        (TuneKind::Time, [text]) => is_time(text),
        (TuneKind::Number, [text]) => is_number(text),
        (TuneKind::Limit, [text]) => *text == "off" || is_time(text) || is_number(text),
        (TuneKind::Switch, [text]) => matches!(*text, "on" | "off"),
        (TuneKind::Choice(words), [text]) => words.contains(text),
        _ => false,
    };
    if fits {
        return Ok(());
    }
    Err(match kind {
        TuneKind::Time => "a duration".to_owned(),
        TuneKind::Number => "a number".to_owned(),
        TuneKind::Limit => "a number, a duration or `off`".to_owned(),
        TuneKind::Switch => "`on` or `off`".to_owned(),
        TuneKind::Choice(words) => {
            words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" or ")
        }
    })
}

fn check_draw(draw: &Draw, world: &World<'_>, found: &mut Vec<Diagnostic>) {
    let Some(row) = label(draw.label.as_str()) else {
        let message = format!("nothing drawn is called `{}`", draw.label);
        let known = LABELS.iter().map(|row| row.name);
        found.push(
            Diagnostic::error("scn-unknown-label", draw.label.span, message)
                .label("expected the name of a random choice")
                .suggest(nearest(draw.label.as_str(), known)),
        );
        return;
    };
    for value in draw.answers.iter().flatten() {
        let expected = match (&value.value, row.legal) {
            (DrawValue::Any, _)
            | (DrawValue::Time(_), Legal::AnyTime)
            | (DrawValue::Number(_), Legal::Number) => continue,
            (DrawValue::Addresses(one), Legal::Addresses) => {
                let scopes = &world.scopes;
                if !world.is_scope_unread && !scopes.is_empty() {
                    found.extend(addresses::place(one, value.span, None, scopes, Rigour::Usable));
                }
                continue;
            }
            (DrawValue::Time(time), Legal::Times { low, high, constant, default_secs }) => {
                let unit = constant_of(world, draw, constant, default_secs);
                let bound = |thousandths: u32| Time(unit.0 / 1_000 * u64::from(thousandths));
                let (low, high) = (bound(low), bound(high));
                if (low..=high).contains(time) {
                    continue;
                }
                format!("{low} to {high}")
            }
            (_, Legal::Addresses) => "addresses".to_owned(),
            (_, Legal::Number) => "a number".to_owned(),
            (_, Legal::AnyTime | Legal::Times { .. }) => "a duration".to_owned(),
        };
        let message = format!("draw `{}` of {} cannot be {}", draw.label, draw.host, value.value);
        found.push(
            Diagnostic::error("scn-draw-range", value.span, message)
                .label(format!("expected {expected}"))
                .help(row.about)
                .rule(row.rule),
        );
    }
}

/// The value of a constant for the host of `draw`; the largest one named anywhere, since
/// variants and profiles may tune it differently.
fn constant_of(world: &World<'_>, draw: &Draw, constant: &str, default_secs: u32) -> Time {
    let named = world.items.iter().filter_map(|item| match item.statement {
        Statement::Tune(tune)
            if tune.name.as_str() == constant
                && tune.host.as_ref().is_none_or(|host| *host == draw.host) =>
        {
            tune.values.first()?.value.parse().ok()
        }
        _ => None,
    });
    named.max().unwrap_or_else(|| Time::secs(default_secs))
}
