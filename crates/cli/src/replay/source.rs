//! What the arguments name: embedded scenarios, files, directories.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use lab::scenarios;
use scenario::{Diagnostic, Scenario};
use trace::Journal;

use super::capture::Capture;
use crate::exit::{Exit, Failure};
use crate::scenario_cmd::{Look, render};

/// Ends of the names of files, and what they hold.
const SCENARIO: &str = "scn";
const SCENARIO_JSON: &str = "json";
const JOURNAL: &str = "ndjson";

/// One input, read.
#[derive(Debug)]
pub(crate) struct Source {
    /// What results call it: the name of the embedded scenario, or of the file without its end.
    pub(crate) name: String,
    /// Where its text came from.
    pub(crate) path: String,
    /// What it holds.
    pub(crate) content: Content,
}

impl Source {
    /// The journal, if it is one.
    pub(crate) fn journal(&self) -> Option<&Journal> {
        match &self.content {
            Content::Journal(journal) => Some(journal),
            Content::Scenario { .. } | Content::Capture(_) => None,
        }
    }

    /// The capture, if it is one.
    pub(crate) fn capture(&self) -> Option<&Capture> {
        match &self.content {
            Content::Capture(capture) => Some(capture),
            Content::Scenario { .. } | Content::Journal(_) => None,
        }
    }

    /// Overrides what the scenario says; a journal has nothing to override.
    pub(crate) fn apply(&mut self, settings: &[(String, String)]) -> Result<(), Failure> {
        let Content::Scenario { scenario, .. } = &mut self.content else { return Ok(()) };
        for (name, value) in settings {
            let applied = scenario.apply_setting(name, value);
            applied.map_err(|error| {
                Failure::Usage(format!("--set {name}={value} for {}: {error}", self.path))
            })?;
        }
        // A setting may contradict what the text says elsewhere.
        let broken = if settings.is_empty() { None } else { first_error(scenario.check()) };
        match broken {
            None => Ok(()),
            Some(found) => Err(Failure::Usage(found.plain(&format!("{} with --set", self.path)))),
        }
    }
}

fn first_error(diagnostics: Vec<Diagnostic>) -> Option<Diagnostic> {
    diagnostics.into_iter().find(Diagnostic::is_error)
}

/// What an input holds.
#[derive(Debug)]
pub(crate) enum Content {
    /// Something to run.
    Scenario {
        /// The scenario.
        scenario: Box<Scenario>,
        /// Its text, which diagnostics show.
        text: String,
    },
    /// Something that was run.
    Journal(Box<Journal>),
    /// What a live node recorded, run again.
    Capture(Box<Capture>),
}

/// An input, not read yet.
enum Place {
    Embedded(&'static scenarios::Embedded),
    File(PathBuf),
}

/// Reads everything that `inputs` name, in order; the files of a directory by name.
///
/// All inputs are read before any is complained about, so that one call shows every mistake.
pub(crate) fn read_all(
    inputs: &[String],
    look: Look,
    err: &mut dyn Write,
) -> Result<Vec<Source>, Failure> {
    let mut places = Vec::new();
    for input in inputs {
        find(input, &mut places)?;
    }
    let mut sources = Vec::new();
    let mut invalid = 0_usize;
    for place in places {
        match read(place)? {
            Ok(source) => sources.push(source),
            Err(told) => {
                invalid += 1;
                write!(err, "{}", told.render(look))?;
            }
        }
    }
    match invalid {
        0 => Ok(sources),
        1 if sources.is_empty() => Err(Failure::Told(Exit::Usage)),
        count => {
            writeln!(
                err,
                "{count} of {} inputs are invalid; nothing was run",
                count + sources.len()
            )?;
            Err(Failure::Told(Exit::Usage))
        }
    }
}

/// Adds the places that one argument names.
fn find(input: &str, places: &mut Vec<Place>) -> Result<(), Failure> {
    let path = Path::new(input);
    let metadata = match (fs::metadata(path), scenarios::find(input)) {
        (Ok(metadata), _) => metadata,
        (Err(_), Some(embedded)) => {
            places.push(Place::Embedded(embedded));
            return Ok(());
        }
        (Err(error), None) if error.kind() == io::ErrorKind::NotFound => {
            return Err(Failure::Usage(unknown(input)));
        }
        (Err(error), None) => return Err(cannot_read(path, &error)),
    };
    if !metadata.is_dir() {
        places.push(Place::File(path.to_owned()));
        return Ok(());
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(path).map_err(|error| cannot_read(path, &error))? {
        let file = entry.map_err(|error| cannot_read(path, &error))?.path();
        if has_end(&file, SCENARIO) {
            files.push(file);
        }
    }
    if files.is_empty() {
        return Err(Failure::Usage(format!("{input}: there is no *.{SCENARIO} file in it")));
    }
    files.sort();
    places.extend(files.into_iter().map(Place::File));
    Ok(())
}

fn has_end(path: &Path, end: &str) -> bool {
    path.extension().is_some_and(|extension| extension == end)
}

fn cannot_read(path: &Path, error: &io::Error) -> Failure {
    Failure::Environment(format!("cannot read {}: {error}", path.display()))
}

/// Says that nothing is called `input`, and what comes close.
fn unknown(input: &str) -> String {
    let hint = if input.parse::<u64>().is_ok() {
        format!("to see why entry {input} happened, write --explain={input}")
    } else if let Some(name) = nearest(input, scenarios::all().iter().map(|known| known.name)) {
        format!("did you mean {name}?")
    } else {
        "`aap scenario list` names the scenarios of this program".to_owned()
    };
    format!("{input}: neither a scenario of this program nor a file\n{hint}")
}

/// The name that `input` is a part of, else the one that a few letters make of it.
fn nearest<'a>(input: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let rank = |name: &'a str| match input.len() >= 3 && name.contains(input) {
        true => (0, name),
        false => (distance(input, name), name),
    };
    let close = |(distance, name): &(usize, &str)| *distance <= 1 + name.len() / 4;
    names.map(rank).filter(close).min().map(|(_, name)| name)
}

/// The number of letters to insert, remove or replace to get from one name to the other.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, letter) in one.chars().enumerate() {
        let mut diagonal = line;
        let mut left = line + 1;
        for (column, candidate) in other.iter().enumerate() {
            let above = row[column + 1];
            let replaced = diagonal + usize::from(letter != *candidate);
            row[column] = left;
            left = replaced.min(above + 1).min(left + 1);
            diagonal = above;
        }
        row[other.len()] = left;
    }
    row[other.len()]
}

/// Why an input is invalid.
struct Invalid {
    path: String,
    text: String,
    what: What,
}

enum What {
    Diagnostics(Vec<Diagnostic>),
    Sentence(String),
}

impl Invalid {
    fn render(&self, look: Look) -> String {
        let found = match &self.what {
            What::Sentence(sentence) => return format!("error: {}: {sentence}\n", self.path),
            What::Diagnostics(found) => found,
        };
        let mut text = String::new();
        for diagnostic in found {
            text += &render(diagnostic, &self.path, &self.text, look);
            text += match look {
                Look::Picture => "\n\n",
                Look::Plain => "\n",
            };
        }
        text
    }
}

fn read(place: Place) -> Result<Result<Source, Invalid>, Failure> {
    let (name, path, text) = match place {
        Place::Embedded(embedded) => {
            (embedded.name.to_owned(), embedded.file.to_owned(), embedded.text.to_owned())
        }
        Place::File(file) => {
            let octets = fs::read(&file).map_err(|error| cannot_read(&file, &error))?;
            let name = file.file_stem().unwrap_or(file.as_os_str()).to_string_lossy().into_owned();
            let path = file.display().to_string();
            match String::from_utf8(octets) {
                Ok(text) => (name, path, text),
                Err(error) => return Ok(Err(not_text(path, &error))),
            }
        }
    };
    let invalid = |what| Invalid { path: path.clone(), text: text.clone(), what };
    if node::is_capture(&text) {
        return Ok(match Capture::run(&text) {
            Ok(capture) => Ok(Source { name, path, content: Content::Capture(Box::new(capture)) }),
            Err(error) => Err(invalid(What::Sentence(error.to_string()))),
        });
    }
    if has_end(Path::new(&path), JOURNAL) {
        return Ok(match trace::read(&text) {
            Ok(journal) => Ok(Source { name, path, content: Content::Journal(Box::new(journal)) }),
            Err(error) => Err(invalid(What::Sentence(error.to_string()))),
        });
    }
    let (scenario, text, diagnostics) = if has_end(Path::new(&path), SCENARIO_JSON) {
        match Scenario::from_json(&text) {
            // The places of a JSON scenario are those of its text.
            Ok(scenario) => (scenario.clone(), scenario.to_text(), scenario.check()),
            Err(error) => return Ok(Err(invalid(What::Sentence(error.to_string())))),
        }
    } else {
        let reading = Scenario::read(&text);
        (reading.scenario, text, reading.diagnostics)
    };
    let errors: Vec<_> = diagnostics.into_iter().filter(Diagnostic::is_error).collect();
    if !errors.is_empty() {
        return Ok(Err(Invalid { path, text, what: What::Diagnostics(errors) }));
    }
    let content = Content::Scenario { scenario: Box::new(scenario), text };
    Ok(Ok(Source { name, path, content }))
}

fn not_text(path: String, error: &std::string::FromUtf8Error) -> Invalid {
    let before = error.utf8_error().valid_up_to();
    let octets = error.as_bytes().iter().take(before);
    let line = octets.filter(|octet| **octet == b'\n').count() + 1;
    let sentence = format!("line {line} is not UTF-8 text (octet {before})");
    Invalid { path, text: String::new(), what: What::Sentence(sentence) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_single_letters() {
        for (one, other, expected) in [
            ("figure-3", "figure-3", 0),
            ("figur-3", "figure-3", 1),
            ("", "abc", 3),
            ("ab", "ba", 2),
        ] {
            assert_eq!(distance(one, other), expected, "{one} {other}");
            assert_eq!(distance(other, one), expected, "{other} {one}");
        }
    }

    #[test]
    fn parts_of_names_come_before_similar_names() {
        let names = || ["figure-2", "figure-3", "owner-answers-a-claim"].into_iter();
        assert_eq!(nearest("answers", names()), Some("owner-answers-a-claim"));
        assert_eq!(nearest("figur-3", names()), Some("figure-3"));
        assert_eq!(nearest("something else", names()), None);
    }

    #[test]
    fn a_number_is_taken_for_an_entry_to_explain() {
        assert!(unknown("17").contains("--explain=17"));
    }
}
