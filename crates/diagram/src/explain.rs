use std::fmt::Write as _;

use trace::{Entry, Index, What, why};

use crate::text::seconds;

/// Why entry `id` happened: a sentence for each step, from the root to the entry itself.
///
/// None if there is no such entry.
#[must_use]
pub fn explain(entries: &[Entry], id: u64) -> Option<String> {
    let mut chain = why(entries, id);
    chain.reverse();
    let root = chain.first()?;
    let index = Index::new(entries);
    let mut text = String::new();
    for entry in &chain {
        let lead = if entry.id == root.id { "" } else { "so " };
        let rule = entry.rule.as_ref().map_or(String::new(), |rule| format!(" [{rule}]"));
        let sentence = sentence(entry, &index);
        // Writing to a string does not fail.
        let _ = writeln!(text, "#{} {}: {lead}{sentence}{rule}", entry.id, seconds(entry.at));
    }
    if let Some(missing) = root.cause {
        text.insert_str(0, &format!("#{missing} is not in this journal\n"));
    }
    Some(text)
}

fn sentence(entry: &Entry, index: &Index<'_>) -> String {
    let host = entry.host.as_deref().unwrap_or("the network");
    let sender = |of: u64| {
        let sent = index.entry(of)?;
        let (What::Sent { summary, .. } | What::Injected { summary, .. }) = &sent.what else {
            return None;
        };
        Some((sent.host.as_deref().unwrap_or("an outsider"), summary.as_str()))
    };
    match &entry.what {
        What::Started { restored } => format!("{host} starts with {restored} stored records"),
        What::Command { summary, .. } => format!("the user of {host} asks: {summary}"),
        What::Sent { summary, .. } => format!("{host} sends {summary}"),
        What::Injected { from, summary, .. } => format!("an outsider sends {summary} as {from}"),
        What::Delivered { of, from } => match sender(*of) {
            Some((sender, summary)) => format!("{host} hears {summary} from {sender}"),
            None => format!("{host} hears a datagram from {from}"),
        },
        What::Dropped { of, to, why } => match sender(*of) {
            Some((sender, summary)) => format!("{to} misses {summary} of {sender} ({why})"),
            None => format!("{to} misses a datagram ({why})"),
        },
        What::Ignored { from, reason, .. } => {
            format!("{host} ignores a datagram from {from}: {reason}")
        }
        What::Timer { name } => format!("the {name} timer of {host}, armed then, fires"),
        What::Drew { question, value, low, high, .. } => {
            format!("{host} draws {value} for {question} ({low} to {high})")
        }
        What::Persisted { summary, removed: false, .. } => format!("{host} stores {summary}"),
        What::Persisted { key, .. } => format!("{host} removes {key} from its storage"),
        What::Event { summary, .. } => format!("{host} tells its user: {summary}"),
        What::Fault { text, .. } | What::Said { text } => text.clone(),
        What::Crashed { text } => format!("{host} crashes; {text}"),
        What::Verdict { oracle, text, .. } => format!("{oracle}: {text}"),
        What::Ended { text, .. } => text.clone(),
        _ => "something this version has no words for".to_owned(),
    }
}
