//! The scenario language: a world, what happens in it, and what must come out, as text.
//!
//! [`Scenario::parse`] reads text into plain data and reports every mistake it finds as a
//! [`Diagnostic`]; [`Scenario::check`] looks for mistakes that a line alone does not show;
//! [`Scenario::to_text`] writes the canonical text, comments kept; [`Scenario::to_json`] is
//! the same for programs. [`Scenario::plan`] selects what one run under one profile and one
//! variant is made of. `docs/scenario-language.md` is the reference of the language.
//!
//! Nothing here runs a scenario, and nothing here panics on any text.

mod address;
mod claims;
mod diagnostic;
mod event;
mod json;
mod layout;
mod lint;
mod parse;
mod plan;
mod quantity;
mod settings;
mod span;
mod statement;
mod suggest;
mod syntax;
mod vocabulary;
mod words;
mod world;

#[cfg(test)]
mod tests;

pub use address::{
    Address, AddressError, Addresses, Every, Extent, ScopeRange, from_number, to_number,
};
pub use claims::{
    Bound, Expect, Filter, Mark, MarkWhat, Occurrence, OracleClaim, Predicate, Qualifier, Rseq,
    SeqPattern, Subject, Timeline, Under, Variant, Window,
};
pub use diagnostic::{Diagnostic, Severity};
pub use event::{
    Answer, At, Body, Command, Crash, Demand, Event, Fate, Inject, Message, NextRule, Order,
    Payload, Repeat, Replay, Route, Shape, Source, Step, StorageLoss, Usage, Want, Which, Wish,
};
pub use json::{JSON_SCHEMA, JSON_VERSION, JsonError};
pub use parse::Reading;
pub use plan::{Host, Plan, PlanError, Role};
pub use quantity::{EndTime, Ratio, Shift, Time};
pub use settings::SettingError;
pub use span::{Name, Span, Spanned};
pub use statement::{Ask, Cite, Line, Part, Say, Scenario, Serves, Statement, Text, Zone};
pub use vocabulary::{
    Assumption, LABELS, Label, Legal, NEEDS, ORACLES, Oracle, Tunable, TuneKind, label, oracle,
    tunable, tunables,
};
pub use words::Words;
pub use words::{Conclusion, MessageType, Metric, Profile, ScopeSize, State, TimerName, Verdict};
pub use world::{
    Clock, Draw, DrawValue, HostDecl, Known, KnownSpace, Lease, LinkEnd, LinkEnds, LinkRule,
    LinkSettings, ScopeDecl, Space, Strength, Tune,
};
