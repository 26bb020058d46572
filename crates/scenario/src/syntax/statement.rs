//! One line, its keyword first.

use std::fmt;

use super::claims::tolerance;
use super::cursor::{Cursor, Parsed, Syntax, is_word};
use super::lexer::quote;
use super::world::SCOPE_NAME;
use super::{joined, spaced};
use crate::address::is_scope_name;
use crate::claims::{Timeline, Under, Variant};
use crate::statement::{Ask, Say, Serves, Statement, Text, Zone};
use crate::world::HostDecl;

/// Every keyword that can open a line.
pub(crate) const KEYWORDS: [&str; 30] = [
    "title",
    "cites",
    "seed",
    "profile",
    "needs",
    "scope",
    "hosts",
    "coordinator",
    "space",
    "serves",
    "zone",
    "link",
    "clock",
    "tune",
    "known",
    "down",
    "skip",
    "cap",
    "draw",
    "at",
    "run",
    "say",
    "ask",
    "timeline",
    "expect",
    "oracle",
    "under",
    "variant",
    "without",
    "end",
];

/// A line that opens a block, its block still empty.
pub(crate) enum Header {
    Timeline(Timeline),
    Under(Under),
    Variant(Variant),
}

/// What a line says.
pub(crate) enum Read {
    Statement(Statement),
    Header(Header),
}

/// Reads one line behind its keyword; `title` and `>` are read elsewhere, being raw text.
pub(crate) fn read_statement(keyword: &str, line: &mut Cursor<'_>) -> Parsed<Option<Read>> {
    let statement = match keyword {
        // A title with words in it never gets here: it is read as raw text.
        "title" => return Err(line.expected("a title")),
        "cites" => Statement::Cites(line.some()?),
        "seed" => Statement::Seed(line.number("a number")?.value),
        "profile" => Statement::Profile(line.word()?),
        "needs" => Statement::Needs(names(line, "the name of a feature", is_word)?),
        "scope" => Statement::Scope(Syntax::read(line)?),
        "hosts" => Statement::Hosts(host_decls(line)?),
        "coordinator" => Statement::Coordinator(host_decls(line)?),
        "space" => Statement::Space(Syntax::read(line)?),
        "serves" => {
            let host = line.host()?;
            Statement::Serves(Serves { host, scopes: names(line, SCOPE_NAME, is_scope_name)? })
        }
        "zone" => {
            let name = line.name(SCOPE_NAME, is_scope_name)?;
            Statement::Zone(Zone { name, hosts: line.hosts()? })
        }
        "link" => Statement::Link(Syntax::read(line)?),
        "clock" => Statement::Clock(Syntax::read(line)?),
        "tune" => Statement::Tune(Syntax::read(line)?),
        "known" if line.peek() == Some("asa") => Statement::KnownSpace(Syntax::read(line)?),
        "known" => Statement::Known(Syntax::read(line)?),
        "down" => Statement::Down(line.hosts()?),
        "skip" => {
            line.need("startup")?;
            Statement::SkipStartup
        }
        "cap" => Statement::Cap(line.number("a number of messages")?.value),
        "draw" => Statement::Draw(Syntax::read(line)?),
        "at" => Statement::At(Syntax::read(line)?),
        "run" => Statement::Run(line.value()?),
        "say" => Statement::Say(Say { at: line.value()?, text: texts(line)? }),
        "ask" => {
            let at = line.value()?;
            let question = texts(line)?;
            line.need("answer")?;
            Statement::Ask(Ask { at, question, answer: texts(line)? })
        }
        "expect" => Statement::Expect(Syntax::read(line)?),
        "oracle" => Statement::Oracle(Syntax::read(line)?),
        "without" => Statement::Without(line.words()?),
        "timeline" | "under" | "variant" => return header(keyword, line).map(Some),
        _ => return Ok(None),
    };
    line.finish()?;
    Ok(Some(Read::Statement(statement)))
}

fn header(keyword: &str, line: &mut Cursor<'_>) -> Parsed<Read> {
    let (lines, end_comment) = (Vec::new(), None);
    let header = match keyword {
        "timeline" => {
            let only = if line.eat("exact") {
                Vec::new()
            } else {
                line.need("only")?;
                line.hosts()?
            };
            let tolerance = tolerance(line)?;
            Header::Timeline(Timeline { only, tolerance, lines, end_comment })
        }
        "under" => {
            let profiles = line.words()?;
            Header::Under(Under { profiles, lines, end_comment })
        }
        _ => {
            let name = line.name("a name in lower case", is_word)?;
            Header::Variant(Variant { name, lines, end_comment })
        }
    };
    line.finish()?;
    Ok(Read::Header(header))
}

fn host_decls(line: &mut Cursor<'_>) -> Parsed<Vec<HostDecl>> {
    let mut hosts = vec![HostDecl::read(line)?];
    while !line.is_done() {
        hosts.push(HostDecl::read(line)?);
    }
    Ok(hosts)
}

fn names(
    line: &mut Cursor<'_>,
    what: &str,
    accepts: fn(&str) -> bool,
) -> Parsed<Vec<crate::span::Name>> {
    let mut names = vec![line.name(what, accepts)?];
    while !line.is_done() {
        names.push(line.name(what, accepts)?);
    }
    Ok(names)
}

/// Reads `"..." [:de "..."]`.
fn texts(line: &mut Cursor<'_>) -> Parsed<Vec<Text>> {
    let tag = |word: &str| {
        word.strip_prefix(':').is_some_and(|tag| {
            !tag.is_empty() && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        })
    };
    let mut texts = Vec::new();
    loop {
        let language = match line.peek() {
            Some(word) if tag(word) => {
                line.advance();
                Some(word.trim_start_matches(':').to_owned())
            }
            _ => None,
        };
        texts.push(Text { language, text: line.quoted()? });
        if !line.next_is_quoted() && !line.peek().is_some_and(tag) {
            return Ok(texts);
        }
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(language) = &self.language {
            write!(f, ":{language} ")?;
        }
        f.write_str(&quote(&self.text))
    }
}

/// The first line of a block, or the whole of any other statement.
impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Title(text) => write!(f, "title    {text}"),
            Self::Cites(cites) => write!(f, "cites    {}", joined(cites)),
            Self::Seed(seed) => write!(f, "seed     {seed}"),
            Self::Profile(profile) => write!(f, "profile  {profile}"),
            Self::Needs(needs) => write!(f, "needs    {}", joined(needs)),
            Self::Prose(text) => f.write_str(format!("> {text}").trim_end()),
            Self::Scope(scope) => write!(f, "scope    {scope}"),
            Self::Hosts(hosts) => write!(f, "hosts    {}", joined(hosts)),
            Self::Coordinator(hosts) => write!(f, "coordinator {}", joined(hosts)),
            Self::Space(space) => write!(f, "space    {space}"),
            Self::Serves(serves) => {
                write!(f, "serves   {} {}", serves.host, joined(&serves.scopes))
            }
            Self::Zone(zone) => write!(f, "zone     {} {}", zone.name, joined(&zone.hosts)),
            Self::Link(rule) => write!(f, "link     {rule}"),
            Self::Clock(clock) => write!(f, "clock    {clock}"),
            Self::Tune(tune) => write!(f, "tune     {tune}"),
            Self::Known(known) => write!(f, "known    {known}"),
            Self::KnownSpace(known) => write!(f, "known    {known}"),
            Self::Down(hosts) => write!(f, "down     {}", joined(hosts)),
            Self::SkipStartup => f.write_str("skip     startup"),
            Self::Cap(cap) => write!(f, "cap      {cap}"),
            Self::Draw(draw) => write!(f, "draw     {draw}"),
            Self::At(at) => write!(f, "at {at}"),
            Self::Run(until) => write!(f, "run {until}"),
            Self::Say(say) => write!(f, "say {:<4} {}", say.at, joined(&say.text)),
            Self::Ask(ask) => {
                let (question, answer) = (joined(&ask.question), joined(&ask.answer));
                write!(f, "ask {:<4} {question} answer {answer}", ask.at)
            }
            Self::Timeline(timeline) => {
                if timeline.only.is_empty() {
                    f.write_str("timeline exact")?;
                } else {
                    f.write_str("timeline only")?;
                    spaced(f, &timeline.only)?;
                }
                timeline.tolerance.map_or(Ok(()), |tolerance| write!(f, " ~{tolerance}"))
            }
            Self::Mark(mark) => mark.fmt(f),
            Self::Expect(expect) => write!(f, "expect   {expect}"),
            Self::Oracle(claim) => write!(f, "oracle   {claim}"),
            Self::Under(under) => write!(f, "under    {}", joined(&under.profiles)),
            Self::Variant(variant) => write!(f, "variant  {}", variant.name),
            Self::Without(parts) => write!(f, "without  {}", joined(parts)),
        }
    }
}
