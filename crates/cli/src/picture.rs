//! Journals as text: the timeline, and the reasons behind it.

use std::fmt::Write as _;

use diagram::{Charset, Kind, Options};
use trace::{Entry, Journal, What};

use crate::look::{Glyphs, Look, Paint};

/// How far a picture goes into causes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Depth {
    /// What happened, with the rule beside it.
    Timeline,
    /// Also every timer and draw, and then why each host concluded what it did.
    Causes,
}

/// Whether the picture says how the run was judged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Verdicts {
    /// It does.
    Drawn,
    /// Somebody else does.
    ToldElsewhere,
}

/// Draws a run.
pub(crate) fn draw(journal: &Journal, look: Look, depth: Depth, verdicts: Verdicts) -> String {
    let mut options = Options {
        columns: look.width,
        charset: match look.glyphs {
            Glyphs::Unicode => Charset::Unicode,
            Glyphs::Ascii => Charset::Ascii,
        },
        paint: match look.paint {
            Paint::None => diagram::Paint::Plain,
            Paint::Ansi => diagram::Paint::Ansi,
        },
        ..Options::default()
    };
    if verdicts == Verdicts::ToldElsewhere {
        options.show.remove(&Kind::Verdict);
    }
    if depth == Depth::Causes {
        options.show.extend([Kind::OtherTimer, Kind::Draw]);
    }
    let mut text = diagram::timeline(&journal.entries, &options);
    if depth == Depth::Causes {
        text += &reasons(&journal.entries);
    }
    text
}

/// Why each host told its user what it did.
fn reasons(entries: &[Entry]) -> String {
    let mut text = String::new();
    for entry in entries.iter().filter(|entry| matches!(entry.what, What::Event { .. })) {
        let Some(steps) = diagram::explain(entries, entry.id) else { continue };
        // Writing to a string does not fail.
        let _ = writeln!(text, "\nWhy #{}:", entry.id);
        for step in steps.lines() {
            let _ = writeln!(text, "  {step}");
        }
    }
    text
}
