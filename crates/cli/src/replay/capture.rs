//! What a live node recorded, run again offline.

use std::io::Write;

use node::{Difference, ReplayError, Replayed};
use serde_json::{Map, Value, json};
use trace::Journal;

use super::{SCHEMA, VERSION};
use crate::exit::{Exit, Failure};
use crate::look::{Paint, Tone};

mod story;

/// A capture that was run again.
#[derive(Debug)]
pub(crate) struct Capture {
    /// The story it tells, for pictures and explanations.
    pub(crate) journal: Journal,
    /// Whether the machines did the same.
    replayed: Replayed,
}

impl Capture {
    /// Runs the capture again that `text` is.
    pub(crate) fn run(text: &str) -> Result<Self, ReplayError> {
        let (journal, replayed) = story::retell(text)?;
        Ok(Self { journal, replayed })
    }

    /// How a command ends that ran it.
    pub(crate) const fn exit(&self) -> Exit {
        if self.replayed.difference.is_none() { Exit::Done } else { Exit::No }
    }

    /// Says what came of it.
    pub(crate) fn conclude(&self, paint: Paint, out: &mut dyn Write) -> Result<(), Failure> {
        let Replayed { program, members, inputs, outputs, cut_off, difference } = &self.replayed;
        if let Some(line) = cut_off {
            writeln!(out, "line {line} is cut off, as a crash leaves it, and was passed over")?;
        }
        let count = counted(*members as u64, "participant");
        let (inputs, outputs) = (counted(*inputs, "input"), counted(*outputs, "output"));
        let Some(Difference { line, captured, replayed }) = difference else {
            let same = paint.tone(Tone::Good, "the same");
            writeln!(
                out,
                "{same} as live: {count}, {inputs}, {outputs}, written by aap {program}"
            )?;
            return Ok(());
        };
        let differs = paint.tone(Tone::Bad, "differs");
        writeln!(out, "{differs} from what was live, first at line {line}")?;
        for (side, texts) in [("live", captured), ("now", replayed)] {
            let nothing = ["nothing".to_owned()];
            let texts = if texts.is_empty() { &nothing[..] } else { &texts[..] };
            for text in texts {
                writeln!(out, "  {side:4}  {text}")?;
            }
        }
        writeln!(out, "{count}, {inputs}; written by aap {program}, run by {}", super::PROGRAM)?;
        Ok(())
    }

    fn json(&self, path: &str) -> Value {
        let Replayed { program, members, inputs, outputs, cut_off, difference } = &self.replayed;
        let mut object = Map::new();
        object.insert("path".into(), path.into());
        object.insert("program".into(), program.clone().into());
        object.insert("same".into(), difference.is_none().into());
        object.insert("members".into(), (*members).into());
        object.insert("inputs".into(), (*inputs).into());
        object.insert("outputs".into(), (*outputs).into());
        if let Some(line) = cut_off {
            object.insert("cut_off_line".into(), (*line).into());
        }
        if let Some(Difference { line, captured, replayed }) = difference {
            let difference = json!({ "line": line, "captured": captured, "replayed": replayed });
            object.insert("difference".into(), difference);
        }
        object.into()
    }
}

/// Prints the results of captures, by path, as one document for programs.
pub(crate) fn print_document(
    captures: &[(&str, &Capture)],
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let captures: Vec<Value> = captures.iter().map(|(path, capture)| capture.json(path)).collect();
    let document = json!({
        "schema": SCHEMA,
        "version": VERSION,
        "aap": super::PROGRAM,
        "captures": captures,
    });
    writeln!(out, "{document:#}")?;
    Ok(())
}

fn counted(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
