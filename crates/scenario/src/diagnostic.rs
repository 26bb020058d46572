//! What is wrong with a scenario, as data.

use std::fmt;

use serde::Serialize;

use super::span::Span;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// The scenario cannot run.
    Error,
    /// It can run, but hardly says what its author meant.
    Warning,
}

/// One finding about the text of a scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// Stable code, such as `scn-unknown-host`.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// One sentence without a full stop.
    pub message: String,
    /// What to underline.
    pub span: Span,
    /// Text beside the underlined part: what was expected there.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub label: String,
    /// Other places that matter, each with its text.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<(Span, String)>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// The rule of the draft, or the finding, that stands behind it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
}

impl Diagnostic {
    pub(crate) fn error(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            message: message.into(),
            span,
            label: String::new(),
            notes: Vec::new(),
            help: None,
            rule: None,
        }
    }

    pub(crate) fn warning(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, span, message) }
    }

    pub(crate) fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    pub(crate) fn note(mut self, span: Span, text: impl Into<String>) -> Self {
        self.notes.push((span, text.into()));
        self
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(crate) fn rule(mut self, rule: impl Into<String>) -> Self {
        self.rule = Some(rule.into());
        self
    }

    pub(crate) fn suggest(self, meant: Option<&str>) -> Self {
        match meant {
            Some(meant) => self.help(format!("did you mean `{meant}`?")),
            None => self,
        }
    }

    /// Whether this keeps the scenario from running.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// Plain sentences without pictures: `file:line:column: error[code]: message; ...`.
    #[must_use]
    pub fn plain(&self, path: &str) -> String {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let Span { line, start, .. } = self.span;
        let mut text =
            format!("{path}:{line}:{start}: {severity}[{}]: {}", self.code, self.message);
        if !self.label.is_empty() {
            text += &format!("; {}", self.label);
        }
        for (span, note) in &self.notes {
            text += &format!("; line {}: {note}", span.line);
        }
        if let Some(help) = &self.help {
            text += &format!("; {help}");
        }
        if let Some(rule) = &self.rule {
            text += &format!("; see {rule}");
        }
        text
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.plain("scenario"))
    }
}

impl std::error::Error for Diagnostic {}
