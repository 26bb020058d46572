use std::fmt;
use std::path::PathBuf;

/// Something wrong with a configuration, where it is, and what would be right.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mistake {
    /// Where.
    pub place: Place,
    /// What is wrong, in a sentence without a full stop.
    pub message: String,
    /// What to do, if that can be said.
    pub help: Option<String>,
    /// Whose it is.
    pub fault: Fault,
}

/// Whose a mistake is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// The configuration's: it means nothing anywhere.
    Configuration,
    /// The machine's: it does not have what is asked for, now at least.
    Machine,
}

/// Where a setting was given.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Place {
    /// In a file; line and column count from 1, columns in characters.
    File {
        /// Which.
        path: PathBuf,
        /// The line.
        line: usize,
        /// The column.
        column: usize,
    },
    /// By this flag.
    Flag(String),
    /// Nowhere: something is missing.
    Missing,
}

impl Mistake {
    pub(super) fn new(place: Place, message: impl Into<String>) -> Self {
        let (message, help) = (message.into(), None);
        Self { place, message, help, fault: Fault::Configuration }
    }

    pub(super) fn of_machine(self) -> Self {
        Self { fault: Fault::Machine, ..self }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::File { path, line, column } => {
                write!(f, "{}:{line}:{column}: {}", path.display(), self.message)?;
            }
            Place::Flag(flag) => write!(f, "{flag}: {}", self.message)?,
            Place::Missing => f.write_str(&self.message)?,
        }
        match &self.help {
            Some(help) => write!(f, "\n  help: {help}"),
            None => Ok(()),
        }
    }
}

/// The candidate that `word` was most likely meant to be, if one is near enough.
pub(super) fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let allowed = (word.chars().count() / 3).clamp(1, 4);
    let scored = candidates.into_iter().map(|candidate| (edits(word, candidate), candidate));
    scored.filter(|(edits, _)| *edits <= allowed).min_by_key(|(edits, _)| *edits).map(|(_, c)| c)
}

/// How many letters must be added, dropped or changed to turn one word into the other.
fn edits(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (nth, letter) in from.chars().take(64).enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], nth + 1);
        for (column, other) in to.iter().enumerate() {
            let changed = diagonal + usize::from(letter != *other);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row[to.len()]
}
