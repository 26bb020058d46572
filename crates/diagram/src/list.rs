use crate::canvas::{Glyphs, Ink, Row};
use crate::story::{Act, Item};
use crate::text::{clock, width, wrap};
use crate::{Options, Rules};

/// How many receivers are named before they are only counted.
const NAMED: usize = 6;

/// A line per thing: what is left of a ladder when there are too many hosts for lanes.
pub(crate) fn draw(lanes: &[&str], items: &[Item<'_>], options: &Options) -> String {
    let glyphs = Glyphs::of(options.charset);
    let name = lanes.iter().map(|name| width(name)).max().unwrap_or(0).min(16);
    let time = items.iter().map(|item| width(&clock(item.at_us))).max().unwrap_or(0).max(6);
    let (name_x, text_x) = (time + 2, time + 2 + name + 2);
    let rule = match options.rules {
        Rules::Shown => items.iter().filter_map(|item| item.rule).map(|r| width(r) + 2).max(),
        Rules::Hidden => None,
    };
    let rules = options.columns.saturating_sub(rule.unwrap_or(0));
    let mut out = String::new();
    let mut last = None;
    for item in items {
        let (host, text, ink) = words(lanes, item, &glyphs);
        for (number, line) in wrap(&text, rules.saturating_sub(text_x).max(20)).iter().enumerate() {
            let mut row = Row::default();
            if number == 0 {
                if last != Some(item.at_us) {
                    let at = clock(item.at_us);
                    row.text(time - width(&at).min(time), &at, Ink::Faint);
                }
                row.text(name_x, host.unwrap_or_default(), Ink::Event);
            }
            row.text(text_x, line, ink);
            if let (0, Some(rule), Rules::Shown) = (number, item.rule, options.rules) {
                row.text(rules + 2, rule, Ink::Faint);
            }
            row.finish(options.paint, &mut out);
        }
        last = Some(item.at_us);
    }
    out
}

fn words<'a>(
    lanes: &[&'a str],
    item: &Item<'_>,
    glyphs: &Glyphs,
) -> (Option<&'a str>, String, Ink) {
    match &item.act {
        Act::Message { lane, label, reached, lost, .. } => {
            let mut text = (*label).to_owned();
            if !reached.is_empty() {
                text += &format!(" {}{} {}", glyphs.dash, glyphs.right, crowd(lanes, reached));
            }
            if !lost.is_empty() {
                text += &format!(" {}{} {}", glyphs.dash, glyphs.lost, crowd(lanes, lost));
            }
            (Some(lanes[*lane]), text, Ink::Message)
        }
        Act::Note { lane, text, .. } => (Some(lanes[*lane]), text.clone(), Ink::Event),
        Act::Banner(text) => {
            let line: String = [glyphs.dash; 3].iter().collect();
            (None, format!("{line} {text} {line}"), Ink::Trouble)
        }
        Act::Prose(text) => (None, text.clone(), Ink::Event),
        Act::Fold(text) => (None, format!("{} {text}", glyphs.more), Ink::Faint),
    }
}

fn crowd(lanes: &[&str], hosts: &[usize]) -> String {
    if hosts.len() > NAMED {
        return format!("{} hosts", hosts.len());
    }
    hosts.iter().map(|lane| lanes[*lane]).collect::<Vec<_>>().join(" ")
}
