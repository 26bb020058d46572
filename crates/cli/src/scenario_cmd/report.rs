//! Diagnostics as pictures of the text, or as plain sentences.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use scenario::{Diagnostic, Severity};

/// How diagnostics are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// The line itself with its mistake underlined.
    Picture,
    /// One sentence, for screen readers and simple tools.
    Plain,
}

/// One diagnostic about `text`, which messages call `path`.
pub(crate) fn render(diagnostic: &Diagnostic, path: &str, text: &str, look: Look) -> String {
    if look == Look::Plain {
        return diagnostic.plain(path);
    }
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut primary = AnnotationKind::Primary.span(diagnostic.span.bytes(text));
    if !diagnostic.label.is_empty() {
        primary = primary.label(diagnostic.label.as_str());
    }
    let notes = diagnostic
        .notes
        .iter()
        .map(|(span, note)| AnnotationKind::Context.span(span.bytes(text)).label(note.as_str()));
    let snippet = Snippet::source(text).path(path).annotation(primary).annotations(notes);
    let mut group: Group<'_> =
        level.primary_title(diagnostic.message.as_str()).id(diagnostic.code).element(snippet);
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    if let Some(rule) = &diagnostic.rule {
        group = group.element(Level::NOTE.message(format!("see {rule}")));
    }
    Renderer::plain().render(&[group])
}
