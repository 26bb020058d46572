//! Text to [`Scenario`]: blocks, raw text lines, and every mistake on the way.

use super::claims::Mark;
use super::diagnostic::Diagnostic;
use super::span::Span;
use super::statement::{Line, Scenario, Statement};
use super::suggest::nearest;
use super::syntax::{Cursor, Header, KEYWORDS, Parsed, Read, Syntax, read_statement, tokenize};

/// What became of a text: all that could be understood, and all that could not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The scenario, without the lines that made no sense.
    pub scenario: Scenario,
    /// Mistakes in the order of the text; with an error among them the scenario cannot run.
    pub diagnostics: Vec<Diagnostic>,
}

impl Reading {
    /// Whether the scenario can run.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        !self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

impl Scenario {
    /// Reads a text without looking at what its lines mean together.
    ///
    /// # Errors
    /// Every line that makes no sense, in order.
    pub fn parse(text: &str) -> Result<Self, Vec<Diagnostic>> {
        let (scenario, diagnostics, _) = parse(text);
        if diagnostics.is_empty() { Ok(scenario) } else { Err(diagnostics) }
    }

    /// Reads a text and checks what it means.
    #[must_use]
    pub fn read(text: &str) -> Reading {
        let (scenario, mut diagnostics, broken) = parse(text);
        diagnostics.extend(scenario.check_beside(&broken));
        diagnostics.sort_by_key(|diagnostic| diagnostic.span);
        Reading { scenario, diagnostics }
    }
}

/// Reads a text; also returns the keywords of lines that made no sense, so that later
/// checks do not complain about what only those lines would have declared.
fn parse(text: &str) -> (Scenario, Vec<Diagnostic>, Vec<String>) {
    let mut parser =
        Parser { lines: text.lines(), line: 0, diagnostics: Vec::new(), broken: Vec::new() };
    let (lines, _) = parser.block(Block::Scenario);
    let mut lines = lines;
    if lines.last().is_some_and(is_empty) {
        lines.pop();
    }
    let mut diagnostics = parser.diagnostics;
    diagnostics.sort_by_key(|diagnostic| diagnostic.span);
    (Scenario { lines }, diagnostics, parser.broken)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Block {
    Scenario,
    Timeline(Span),
    Under(Span),
    Variant(Span),
    /// The scenario of an `under` inside a variant: no deeper nesting exists.
    VariantUnder(Span),
}

impl Block {
    fn is_timeline(self) -> bool {
        matches!(self, Self::Timeline(_))
    }

    /// The block that `keyword` opens here, if it may stand here.
    fn inner(self, keyword: &str, span: Span) -> Option<Self> {
        match (self, keyword) {
            (Self::Timeline(_), _) => None,
            (_, "timeline") => Some(Self::Timeline(span)),
            (Self::Scenario, "variant") => Some(Self::Variant(span)),
            (Self::Scenario, "under") => Some(Self::Under(span)),
            (Self::Variant(_), "under") => Some(Self::VariantUnder(span)),
            _ => None,
        }
    }

    fn opening(self) -> Option<Span> {
        match self {
            Self::Scenario => None,
            Self::Timeline(span)
            | Self::Under(span)
            | Self::Variant(span)
            | Self::VariantUnder(span) => Some(span),
        }
    }
}

struct Parser<'a> {
    lines: std::str::Lines<'a>,
    line: u32,
    diagnostics: Vec<Diagnostic>,
    broken: Vec<String>,
}

impl Parser<'_> {
    /// Reads lines up to `end` (or to the end of the text); returns them and the comment
    /// behind `end`. Nests at most three deep, so hostile text cannot exhaust the stack.
    fn block(&mut self, block: Block) -> (Vec<Line>, Option<String>) {
        let mut lines = Vec::new();
        while let Some(text) = self.lines.clone().next() {
            // A statement in a timeline shows that its `end` was forgotten: one mistake, and
            // the rest of the text still means what it says.
            if block.is_timeline() && is_statement(text) {
                break;
            }
            self.lines.next();
            self.line = self.line.saturating_add(1);
            match self.one_line(text, block) {
                Ok(One::Line(line)) => push(&mut lines, *line),
                Ok(One::End(comment)) => return (lines, comment),
                Err(diagnostic) => self.diagnostics.push(*diagnostic),
            }
        }
        if let Some(span) = block.opening() {
            let message = "this block has no end";
            self.diagnostics.push(
                Diagnostic::error("scn-block", span, message).label("expected a line `end` below"),
            );
        }
        (lines, None)
    }

    fn one_line(&mut self, text: &str, block: Block) -> Parsed<One> {
        if let Some(line) = raw_line(self.line, text) {
            return Ok(One::Line(Box::new(line)));
        }
        let tokens = tokenize(self.line, text).inspect_err(|_| {
            self.broken.extend(text.split_whitespace().next().map(str::to_owned));
        })?;
        let span = match (tokens.tokens.first(), tokens.tokens.last()) {
            (Some(first), Some(last)) => first.span.to(last.span),
            _ => Span::new(self.line, 1, 1),
        };
        let mut cursor = Cursor::new(&tokens.tokens, tokens.end);
        let comment = tokens.comment.clone();
        if cursor.is_done() {
            return Ok(One::Line(Box::new(Line { statement: None, comment, span })));
        }
        if cursor.eat("end") {
            cursor.finish()?;
            if block == Block::Scenario {
                let message = "there is no block to end here";
                return Err(Box::new(Diagnostic::error("scn-block", span, message)));
            }
            return Ok(One::End(comment));
        }
        let result = self.statement(&mut cursor, block, span);
        if result.is_err() {
            self.broken.extend(tokens.tokens.first().map(|token| token.text.clone()));
        }
        Ok(One::Line(Box::new(Line { statement: Some(result?), comment, span })))
    }

    fn statement(
        &mut self,
        cursor: &mut Cursor<'_>,
        block: Block,
        span: Span,
    ) -> Parsed<Statement> {
        if block.is_timeline() {
            let mark = Mark::read(cursor)?;
            cursor.finish()?;
            return Ok(Statement::Mark(mark));
        }
        let (keyword, first) = (cursor.peek().unwrap_or("\""), cursor.span());
        let is_block = matches!(keyword, "timeline" | "under" | "variant");
        let inner = block.inner(keyword, first);
        if is_block && inner.is_none() {
            self.skip_block();
            let message = format!("`{keyword}` cannot stand inside this block");
            return Err(Box::new(Diagnostic::error("scn-block", span, message)));
        }
        cursor.advance();
        let read = match read_statement(keyword, cursor) {
            Ok(Some(Read::Statement(statement))) => return Ok(statement),
            Ok(Some(Read::Header(header))) => Ok(header),
            Ok(None) => return Err(unknown_keyword(keyword, first)),
            Err(diagnostic) => Err(diagnostic),
        };
        // The lines of a block are read even if its first line makes no sense.
        if read.is_err() && inner.is_none() {
            return Err(read.err().unwrap_or_else(|| unknown_keyword(keyword, first)));
        }
        let (lines, end_comment) = self.block(inner.unwrap_or(block));
        Ok(match read? {
            Header::Timeline(timeline) => {
                Statement::Timeline(super::claims::Timeline { lines, end_comment, ..timeline })
            }
            Header::Under(under) => {
                Statement::Under(super::claims::Under { lines, end_comment, ..under })
            }
            Header::Variant(variant) => {
                Statement::Variant(super::claims::Variant { lines, end_comment, ..variant })
            }
        })
    }

    /// Passes over a block that may not stand here.
    fn skip_block(&mut self) {
        let mut depth = 1_u32;
        for text in self.lines.by_ref() {
            self.line = self.line.saturating_add(1);
            match text.split_whitespace().next() {
                Some("timeline" | "under" | "variant") => depth = depth.saturating_add(1),
                Some("end") => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return;
            }
        }
    }
}

/// Whether a line begins with the keyword of a statement.
fn is_statement(text: &str) -> bool {
    let first = text.split_whitespace().next();
    first.is_some_and(|word| KEYWORDS.contains(&word) && word != "end")
}

fn is_empty(line: &Line) -> bool {
    line.statement.is_none() && line.comment.is_none()
}

/// Adds a line; empty lines in a row count as one, and none stands at the start.
fn push(lines: &mut Vec<Line>, line: Line) {
    if !(is_empty(&line) && lines.last().is_none_or(is_empty)) {
        lines.push(line);
    }
}

enum One {
    Line(Box<Line>),
    End(Option<String>),
}

fn unknown_keyword(keyword: &str, span: Span) -> Box<Diagnostic> {
    let message = format!("`{keyword}` is no statement");
    let statements = KEYWORDS;
    let diagnostic = Diagnostic::error("scn-unknown-statement", span, message)
        .label("expected a statement such as `hosts`, `at`, `expect` or `say`");
    let meant = nearest(keyword, statements);
    Box::new(match meant {
        Some(_) => diagnostic.suggest(meant),
        None => diagnostic.help("prose begins with `>`, a comment with `#`"),
    })
}

/// Reads the lines whose text is taken as it stands: `> ...` and `title ...`.
fn raw_line(number: u32, text: &str) -> Option<Line> {
    let trimmed = text.trim();
    let indent = u32::try_from(text.chars().take_while(|c| c.is_whitespace()).count()).ok()?;
    let width = u32::try_from(trimmed.chars().count()).ok()?;
    let start = indent.checked_add(1)?;
    let span = Span::new(number, start, start.checked_add(width)?);
    if let Some(prose) = trimmed.strip_prefix('>') {
        let prose = prose.strip_prefix(' ').unwrap_or(prose);
        return Some(Line {
            statement: Some(Statement::Prose(prose.to_owned())),
            comment: None,
            span,
        });
    }
    let rest = trimmed.strip_prefix("title")?;
    if !rest.starts_with(char::is_whitespace) {
        return None;
    }
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let hash =
        rest.char_indices().find(|(at, c)| *c == '#' && rest[..*at].ends_with(char::is_whitespace));
    let (title, comment) = match hash {
        Some((at, _)) => (words(&rest[..at]), Some(rest[at + 1..].trim().to_owned())),
        None => (words(rest), None),
    };
    if title.is_empty() {
        return None;
    }
    Some(Line { statement: Some(Statement::Title(title)), comment, span })
}
