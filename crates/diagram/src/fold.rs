use std::collections::BTreeMap;

use crate::story::{Act, Item};
use crate::text::clock;

/// How many repetitions of a message are drawn before the rest may be left out.
const KEPT: usize = 5;
/// How many have to be left out for it to be worth a line.
const WORTH_IT: usize = 3;

/// Replaces stretches of nothing but repetitions by a line that counts them.
pub(crate) fn fold<'a>(items: Vec<Item<'a>>, lanes: &[&str]) -> Vec<Item<'a>> {
    let mut seen: BTreeMap<(usize, String), usize> = BTreeMap::new();
    let mut folded = Vec::with_capacity(items.len());
    let mut stretch: Vec<Item<'a>> = Vec::new();
    for item in items {
        let repeats = match &item.act {
            Act::Message { lane, label, .. } => {
                let times = seen.entry((*lane, shape(label))).or_default();
                *times += 1;
                *times - 1
            }
            _ => 0,
        };
        if repeats > KEPT {
            stretch.push(item);
        } else {
            flush(&mut stretch, lanes, &mut folded);
            folded.push(item);
        }
    }
    flush(&mut stretch, lanes, &mut folded);
    folded
}

fn flush<'a>(stretch: &mut Vec<Item<'a>>, lanes: &[&str], folded: &mut Vec<Item<'a>>) {
    if stretch.len() < WORTH_IT {
        folded.append(stretch);
        return;
    }
    let mut counts: BTreeMap<(usize, &str), usize> = BTreeMap::new();
    for item in &*stretch {
        if let Act::Message { lane, kind, .. } = &item.act {
            *counts.entry((*lane, kind)).or_default() += 1;
        }
    }
    let counts = counts
        .iter()
        .map(|((lane, kind), count)| format!("{count} more {kind} from {}", lanes[*lane]));
    let counts: Vec<_> = counts.collect();
    let last = stretch.last().map_or(0, |item| item.at_us);
    let text = format!("{} until {}", counts.join(", "), clock(last));
    let at_us = stretch.first().map_or(0, |item| item.at_us);
    folded.push(Item { at_us, rule: None, act: Act::Fold(text) });
    stretch.clear();
}

/// A message without what counts up from one repetition to the next: the number after a slash.
fn shape(label: &str) -> String {
    let mut shape = String::with_capacity(label.len());
    let mut counting = false;
    for c in label.chars() {
        counting = c == '/' || counting && c.is_ascii_digit();
        if !counting || c == '/' {
            shape.push(c);
        }
    }
    shape
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(at: u64, label: &'static str) -> Item<'static> {
        let (reached, lost) = (Vec::new(), Vec::new());
        let act = Act::Message { lane: 0, kind: "AIU", label, reached, lost };
        Item { at_us: at * 1_000_000, rule: None, act }
    }

    #[test]
    fn the_count_after_the_slash_does_not_make_another_message() {
        assert_eq!(shape("AIU 5/12 .7-.9"), shape("AIU 5/3 .7-.9"));
        assert_ne!(shape("AIU 5/12 .7"), shape("AIU 6/12 .7"));
        assert_ne!(shape("AIU 5/12 .7"), shape("AIU 5/12 .8"));
    }

    #[test]
    fn a_tail_of_repetitions_becomes_one_line() {
        let items = (0..12).map(|at| message(at, "AIU 1/0 .7")).collect();
        let folded = fold(items, &["A"]);
        assert_eq!(folded.len(), 1 + KEPT + 1);
        assert!(matches!(&folded[6].act, Act::Fold(text) if text == "6 more AIU from A until 11s"));
    }

    #[test]
    fn something_new_is_never_left_out() {
        let mut items: Vec<_> = (0..12).map(|at| message(at, "AIU 1/0 .7")).collect();
        items.insert(10, message(9, "AIU 2/0 .8"));
        let folded = fold(items, &["A"]);
        let labels = folded
            .iter()
            .filter(|item| matches!(item.act, Act::Message { label: "AIU 2/0 .8", .. }));
        assert_eq!(labels.count(), 1);
        assert_eq!(folded.len(), 6 + 1 + 1 + 2, "four left out, two too few to be");
    }
}
