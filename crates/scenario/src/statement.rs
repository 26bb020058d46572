//! A scenario: its lines, in the order of the text.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::claims::{Expect, Mark, OracleClaim, Timeline, Under, Variant};
use super::event::At;
use super::quantity::{Time, text_in_json};
use super::span::{Name, Span, Spanned};
use super::words::{Profile, words};
use super::world::{Clock, Draw, HostDecl, Known, KnownSpace, LinkRule, ScopeDecl, Space, Tune};

/// A whole scenario, nothing of its text lost but the layout.
///
/// Two scenarios are equal when their statements and comments are, wherever they stand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Its lines.
    pub lines: Vec<Line>,
}

/// One line: a statement, a comment, both, or (an empty line) neither.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// The statement; a block (`timeline`, `under`, `variant`) with all its lines.
    #[serde(default, rename = "do", skip_serializing_if = "Option::is_none")]
    pub statement: Option<Statement>,
    /// Text behind ` #`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Where the statement stands; of a block, its first line.
    #[serde(skip)]
    pub span: Span,
}

impl PartialEq for Line {
    fn eq(&self, other: &Self) -> bool {
        self.statement == other.statement && self.comment == other.comment
    }
}

impl Eq for Line {}

/// One statement. The reference of the language has a section on each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Statement {
    /// `title TEXT`
    Title(String),
    /// `cites ID...`
    Cites(Vec<Spanned<Cite>>),
    /// `seed N`
    Seed(u64),
    /// `profile NAME`: the profile if the caller names none.
    Profile(Profile),
    /// `needs FEATURE...`: what a runner must support.
    Needs(Vec<Name>),
    /// `> TEXT`: prose for the reader.
    Prose(String),
    /// `scope ...`
    Scope(ScopeDecl),
    /// `hosts A B M*50`: allocators (MAASs).
    Hosts(Vec<HostDecl>),
    /// `coordinator P`: Prefix Coordinators.
    Coordinator(Vec<HostDecl>),
    /// `space ...`
    Space(Space),
    /// `serves ...`
    Serves(Serves),
    /// `zone ...`
    Zone(Zone),
    /// `link ...`
    Link(LinkRule),
    /// `clock HOST skew ...`
    Clock(Clock),
    /// `tune ...`
    Tune(Tune),
    /// `known HOST ...`
    Known(Known),
    /// `known asa ...`
    KnownSpace(KnownSpace),
    /// `down HOST...`: not running at the start.
    Down(Vec<Name>),
    /// `skip startup`: the run begins when every host has ended its startup silence.
    SkipStartup,
    /// `cap N`: the run stops, and says so, when more messages were sent.
    Cap(u64),
    /// `draw ...`
    Draw(Draw),
    /// `at T ...`
    At(At),
    /// `run T`: the run ends at this instant.
    Run(Spanned<Time>),
    /// `say T "..."`
    Say(Say),
    /// `ask T "..." answer "..."`
    Ask(Ask),
    /// `timeline ...`
    Timeline(Timeline),
    /// A line of a timeline.
    Mark(Mark),
    /// `expect ...`
    Expect(Expect),
    /// `oracle ...`
    Oracle(OracleClaim),
    /// `under PROFILE...`
    Under(Under),
    /// `variant NAME`
    Variant(Variant),
    /// `without PART...` (in a variant): do not inherit these.
    Without(Vec<Part>),
}

/// `serves HOST SCOPE...`: the scopes a host takes part in; the first scope if never said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Serves {
    /// The host.
    pub host: Name,
    /// Its scopes.
    pub scopes: Vec<Name>,
}

/// `zone NAME HOST...`: a named set of hosts, for links and partitions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Zone {
    /// Its name, in lower case.
    pub name: Name,
    /// Its hosts.
    pub hosts: Vec<Name>,
}

/// A text in one language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// Language tag (`:de`); the language of the file if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The text.
    pub text: String,
}

/// `say T "..." [:de "..."]`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Say {
    /// When it is said.
    pub at: Spanned<Time>,
    /// What is said, at least in one language.
    pub text: Vec<Text>,
}

/// `ask T "..." answer "..."`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// When it is asked.
    pub at: Spanned<Time>,
    /// The question.
    pub question: Vec<Text>,
    /// Its answer.
    pub answer: Vec<Text>,
}

words! {
    /// A part of a scenario that a variant can leave out.
    pub enum Part: "a part of the scenario" {
        /// `at` lines.
        Events = "events",
        /// `draw` lines.
        Draws = "draws",
        /// `tune` lines.
        Tunes = "tunes",
        /// `known` lines.
        Known = "known",
        /// `link` lines.
        Links = "links",
        /// `say` and `ask` lines.
        Story = "story",
        /// `timeline` blocks.
        Timelines = "timelines",
        /// `expect` lines.
        Expects = "expects",
        /// `oracle` lines.
        Oracles = "oracles",
    }
}

/// A reference to a rule of the draft (`AAP-3.2.2-09`, `AAP-3.2.2-09..18`), a finding
/// (`F-15`) or a scenario of the digest (`SCN-02`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Cite(String);

impl Cite {
    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The single ids it stands for, ranges written out.
    #[must_use]
    pub fn ids(&self) -> Vec<String> {
        let Some((first, last)) = self.0.split_once("..") else { return vec![self.0.clone()] };
        let Some((stem, low)) = first.rsplit_once('-') else { return vec![self.0.clone()] };
        let (Ok(from), Ok(to)) = (low.parse::<u32>(), last.parse::<u32>()) else {
            return vec![self.0.clone()];
        };
        (from..=to).map(|number| format!("{stem}-{number:02}")).collect()
    }
}

impl FromStr for Cite {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const EXPECTED: &str = "a rule such as `AAP-3.2.2-09`, `AAP-3.2.2-09..18` or `F-15`";
        let number = |text: &str| {
            let short = (2..=3).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
            short.then(|| text.parse::<u16>().ok()).flatten().filter(|n| *n > 0)
        };
        let (first, last) = match text.split_once("..") {
            Some((first, last)) => (first, Some(number(last).ok_or(EXPECTED)?)),
            None => (text, None),
        };
        let (stem, low) = first.rsplit_once('-').ok_or(EXPECTED)?;
        let low = number(low).ok_or(EXPECTED)?;
        let known = match stem {
            "F" if low > 48 || last.is_some_and(|last| last > 48) => {
                return Err("a finding from F-01 to F-48");
            }
            "F" | "SCN" => true,
            _ => stem.strip_prefix("AAP-").is_some_and(is_section),
        };
        if !known || last.is_some_and(|last| last <= low) {
            return Err(EXPECTED);
        }
        Ok(Self(text.to_owned()))
    }
}

/// A section number of the draft: `3.2.10.1`, `A`.
fn is_section(text: &str) -> bool {
    let part = |part: &str| {
        matches!(part, "A" | "B")
            || (!part.is_empty() && part.len() <= 2 && part.bytes().all(|b| b.is_ascii_digit()))
    };
    text.split('.').count() <= 4 && text.split('.').all(part)
}

impl fmt::Display for Cite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

text_in_json!(Cite);

#[cfg(test)]
mod tests {
    use super::Cite;

    #[test]
    fn ranges_of_rules_are_written_out() {
        let cite: Cite = "AAP-3.2.2-09..11".parse().unwrap();
        assert_eq!(cite.ids(), ["AAP-3.2.2-09", "AAP-3.2.2-10", "AAP-3.2.2-11"]);
        assert_eq!("F-15".parse::<Cite>().unwrap().ids(), ["F-15"]);
    }

    #[test]
    fn only_ids_of_known_form_are_cited() {
        for text in
            ["F-49", "F-1", "AAP-09", "AAP-x.2-09", "AAP-3.2.2-18..09", "RFC-2119", "F-00", ""]
        {
            assert!(text.parse::<Cite>().is_err(), "{text}");
        }
        for text in ["AAP-A-03", "AAP-3.2.10.3-08", "AAP-6-01", "SCN-54"] {
            assert!(text.parse::<Cite>().is_ok(), "{text}");
        }
    }
}
