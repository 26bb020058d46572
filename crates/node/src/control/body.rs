//! What clients send.

use addrspace::{Family, Range};
use axum::body::Body;
use sansio::UtcSecs;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use aap::{Choice, Demand, Layout};

use super::app::{read, utc_now};
use super::problem::Problem;
use super::reason::Reason;
use super::settings::Limits;
use crate::event::Served;

/// How long addresses are for if nobody says otherwise, in seconds.
const LIFETIME_S: u32 = 3600;

/// What addresses someone wants.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Wish {
    pub(super) scope: Option<String>,
    count: Option<u32>,
    contiguous: bool,
    lifetime_s: Option<u32>,
    until_s: Option<i64>,
    prefer: Vec<String>,
    insist: bool,
}

impl Wish {
    /// What that means to a participant of `scope`.
    pub(super) fn demand(&self, scope: &Served, limits: &Limits) -> Result<Demand, Problem> {
        let count = self.count.unwrap_or(1);
        if count > limits.addresses {
            let detail = format!("{} addresses in one request are allowed", limits.addresses);
            return Err(Problem::new(Reason::BeyondLimits, detail));
        }
        let preferred = ranges(&self.prefer, limits)?;
        for (family, range) in &preferred {
            if *family != scope.family || !scope.range.contains_range(*range) {
                let detail = format!("`prefer`: {} is not in the scope", range.display(*family));
                return Err(Problem::new(Reason::BadBody, detail));
            }
        }
        Ok(Demand {
            count,
            layout: if self.contiguous { Layout::Contiguous } else { Layout::Scattered },
            end: end(self.lifetime_s.or(Some(LIFETIME_S)), self.until_s)?,
            preferred: preferred.into_iter().map(|(_, range)| range).collect(),
            choice: if self.insist { Choice::Insist } else { Choice::IfFree },
        })
    }
}

/// Which addresses are to change.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    pub(super) scope: Option<String>,
    ranges: Vec<String>,
    lifetime_s: Option<u32>,
    until_s: Option<i64>,
}

impl Change {
    /// The addresses.
    pub(super) fn ranges(&self, limits: &Limits) -> Result<Vec<(Family, Range)>, Problem> {
        if self.ranges.is_empty() {
            return Err(Problem::new(Reason::BadBody, "`ranges` is empty"));
        }
        ranges(&self.ranges, limits)
    }

    /// Their new end.
    pub(super) fn end(&self) -> Result<UtcSecs, Problem> {
        end(self.lifetime_s, self.until_s)
    }

    /// Makes sure that no end is given where none has a meaning.
    pub(super) fn without_end(&self) -> Result<(), Problem> {
        match (self.lifetime_s, self.until_s) {
            (None, None) => Ok(()),
            _ => Err(Problem::new(Reason::BadBody, "this path takes no end")),
        }
    }
}

fn end(lifetime_s: Option<u32>, until_s: Option<i64>) -> Result<UtcSecs, Problem> {
    match (until_s, lifetime_s) {
        (Some(until), _) => Ok(UtcSecs(until)),
        (None, Some(lifetime)) => Ok(utc_now().plus(i64::from(lifetime))),
        (None, None) => {
            Err(Problem::new(Reason::BadBody, "one of `lifetime_s` and `until_s` is wanted"))
        }
    }
}

fn ranges(texts: &[String], limits: &Limits) -> Result<Vec<(Family, Range)>, Problem> {
    if texts.len() > limits.ranges {
        let detail = format!("{} ranges in one request are allowed", limits.ranges);
        return Err(Problem::new(Reason::BeyondLimits, detail));
    }
    let parse = |text: &String| {
        Range::parse(text).map_err(|why| Problem::new(Reason::BadBody, why.to_string()))
    };
    texts.iter().map(parse).collect()
}

/// Reads a body that is one JSON object. No body at all is an empty object.
pub(super) async fn parse<T: DeserializeOwned>(body: Body, limits: &Limits) -> Result<T, Problem> {
    let octets = read(body, limits).await?;
    let text: &[u8] = if octets.is_empty() { b"{}" } else { &octets };
    serde_json::from_slice(text).map_err(|why| Problem::new(Reason::BadBody, why.to_string()))
}
