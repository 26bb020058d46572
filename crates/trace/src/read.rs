use std::fmt;

use crate::{Entry, Header, Journal, SCHEMA, VERSION};

/// Why a text is not a journal, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReadError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub kind: ReadErrorKind,
}

/// What is wrong with a line.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ReadErrorKind {
    /// There is no header.
    Empty,
    /// Not JSON, or not of the shape the line must have: what the parser says.
    Shape(String),
    /// The header names another format.
    Schema(String),
    /// The header names a version that this crate does not know.
    Version(u32),
    /// An entry does not number itself after the one before.
    Order {
        /// Its number.
        id: u64,
        /// The number of the entry before.
        after: u64,
    },
    /// An entry names a cause that does not precede it.
    Cause {
        /// Its number.
        id: u64,
        /// The cause it names.
        cause: u64,
    },
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: ", self.line)?;
        match &self.kind {
            ReadErrorKind::Empty => f.write_str("a journal starts with a header, this is empty"),
            ReadErrorKind::Shape(why) => f.write_str(why),
            ReadErrorKind::Schema(other) => {
                write!(f, "this is a \"{other}\", expected \"{SCHEMA}\"")
            }
            ReadErrorKind::Version(other) => {
                write!(f, "version {other} of the format, only {VERSION} is known")
            }
            ReadErrorKind::Order { id, after } => {
                write!(f, "entry {id} comes after entry {after}: numbers must grow")
            }
            ReadErrorKind::Cause { id, cause } => {
                write!(f, "entry {id} names entry {cause} as its cause, which does not precede it")
            }
        }
    }
}

impl std::error::Error for ReadError {}

/// Reads a journal.
///
/// # Errors
/// The first line that is not what it must be. Entries must be numbered in growing order and
/// name only earlier entries as causes, so whoever follows causes gets to a root.
pub fn read(text: &str) -> Result<Journal, ReadError> {
    let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let (at, first) = lines.next().ok_or(ReadError { line: 1, kind: ReadErrorKind::Empty })?;
    let header = header(first).map_err(|kind| ReadError { line: at + 1, kind })?;

    let mut entries: Vec<Entry> = Vec::new();
    for (at, line) in lines {
        let entry = entry(line, entries.last()).map_err(|kind| ReadError { line: at + 1, kind })?;
        entries.push(entry);
    }
    Ok(Journal { header, entries })
}

fn header(line: &str) -> Result<Header, ReadErrorKind> {
    let header: Header = serde_json::from_str(line).map_err(|e| shape(&e))?;
    if header.schema != SCHEMA {
        return Err(ReadErrorKind::Schema(header.schema));
    }
    if header.version != VERSION {
        return Err(ReadErrorKind::Version(header.version));
    }
    Ok(header)
}

fn entry(line: &str, before: Option<&Entry>) -> Result<Entry, ReadErrorKind> {
    let entry: Entry = serde_json::from_str(line).map_err(|e| shape(&e))?;
    let id = entry.id;
    if let Some(before) = before
        && id <= before.id
    {
        return Err(ReadErrorKind::Order { id, after: before.id });
    }
    match entry.cause {
        Some(cause) if cause >= id => Err(ReadErrorKind::Cause { id, cause }),
        _ => Ok(entry),
    }
}

/// The parser counts lines within the one line it is given, which would mislead.
fn shape(error: &serde_json::Error) -> ReadErrorKind {
    let text = error.to_string();
    let what = text.split(" at line ").next().unwrap_or_default();
    ReadErrorKind::Shape(match error.column() {
        0 => what.to_owned(),
        column => format!("column {column}: {what}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{What, write};

    fn journal() -> Journal {
        let said = |id, cause| Entry {
            id,
            cause,
            at: 1_500_000,
            host: Some("A".to_owned()),
            rule: Some("R-1".to_owned()),
            what: What::Said { text: "hello \"you\"".to_owned() },
        };
        Journal { header: Header::new("t", 1), entries: vec![said(1, None), said(4, Some(1))] }
    }

    fn text(journal: &Journal) -> String {
        let mut out = Vec::new();
        write(&mut out, journal).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_is_written_is_read_back() {
        assert_eq!(read(&text(&journal())), Ok(journal()));
    }

    #[test]
    fn keys_keep_their_order() {
        assert_eq!(
            text(&journal()).lines().nth(2),
            Some(
                r#"{"id":4,"cause":1,"at":1500000,"host":"A","rule":"R-1","what":"said","text":"hello \"you\""}"#
            )
        );
    }

    #[test]
    fn errors_name_the_line() {
        let good = text(&journal());
        let bad = good.replace("\"id\":4", "\"id\":1");
        assert_eq!(
            read(&bad).unwrap_err(),
            ReadError { line: 3, kind: ReadErrorKind::Order { id: 1, after: 1 } }
        );
        let bad = good.replace("\"cause\":1", "\"cause\":4");
        assert_eq!(read(&bad).unwrap_err().line, 3);
        let bad = good.replace("\"version\":1", "\"version\":2");
        assert_eq!(read(&bad).unwrap_err(), ReadError { line: 1, kind: ReadErrorKind::Version(2) });
        assert_eq!(read("\n").unwrap_err().kind, ReadErrorKind::Empty);
        assert!(
            read(&good.replace("said", "sung")).unwrap_err().to_string().starts_with("line 2: ")
        );
    }
}
