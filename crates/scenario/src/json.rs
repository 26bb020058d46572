//! The JSON twin: the same scenario for programs.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::diagnostic::Diagnostic;
use super::statement::{Line, Scenario};

/// Value of the `schema` field.
pub const JSON_SCHEMA: &str = "aap-scenario";
/// Value of the `version` field; it grows when older readers would misread a document.
pub const JSON_VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    schema: String,
    version: u32,
    lines: Vec<Line>,
}

/// Why a JSON document is no scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JsonError {
    /// Not JSON of this shape; the message names line and column.
    Shape(String),
    /// Another schema or version.
    Version(String),
    /// Something in it cannot be written in the scenario language.
    Text(Vec<Diagnostic>),
    /// It reads back differently from text: the named line holds something no text means.
    Ambiguous(u32),
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shape(message) => write!(f, "not a scenario: {message}"),
            Self::Version(found) => {
                write!(f, "expected schema {JSON_SCHEMA} version {JSON_VERSION}, found {found}")
            }
            Self::Text(diagnostics) => {
                let first = diagnostics.first().map(|first| first.plain("its text"));
                write!(f, "not expressible as text: {}", first.unwrap_or_default())
            }
            Self::Ambiguous(line) => {
                write!(f, "line {line} of its text would mean something else")
            }
        }
    }
}

impl std::error::Error for JsonError {}

impl Scenario {
    /// The JSON twin of this scenario, indented, with `schema` and `version`.
    #[must_use]
    pub fn to_json(&self) -> String {
        let document = Document {
            schema: JSON_SCHEMA.to_owned(),
            version: JSON_VERSION,
            lines: self.lines.clone(),
        };
        // The types hold no maps with odd keys and no floats: this cannot fail.
        let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
        text.push('\n');
        text
    }

    /// Reads the JSON twin; spans refer to the canonical text of the result.
    ///
    /// # Errors
    /// If the document is none, or says something that the text could not.
    pub fn from_json(json: &str) -> Result<Self, JsonError> {
        let document: Document =
            serde_json::from_str(json).map_err(|error| JsonError::Shape(error.to_string()))?;
        if document.schema != JSON_SCHEMA || document.version != JSON_VERSION {
            let found = format!("schema {:?} version {}", document.schema, document.version);
            return Err(JsonError::Version(found));
        }
        let given = Self { lines: document.lines };
        let read = Self::parse(&given.to_text()).map_err(JsonError::Text)?;
        // The layout drops empty lines at both ends and sorts; all else must survive.
        let (given, canonical) = (significant(&given.lines), significant(&read.lines));
        let differs = given.iter().zip(&canonical).find(|(given, read)| given != read);
        match differs {
            Some((_, line)) => Err(JsonError::Ambiguous(line.span.line)),
            None if given.len() != canonical.len() => Err(JsonError::Ambiguous(0)),
            None => Ok(read),
        }
    }
}

fn significant(lines: &[Line]) -> Vec<&Line> {
    let empty = |line: &&Line| line.statement.is_none() && line.comment.is_none();
    lines.iter().filter(|line| !empty(line)).collect()
}
