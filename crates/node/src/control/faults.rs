//! Faults as JSON: what datagrams of others meet on their way in, shown and replaced as a whole.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use sansio::Duration;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use super::app::{App, json_answer};
use super::body;
use super::json as form;
use super::problem::Problem;
use super::reason::Reason;
use super::settings::Limits;
use crate::faults::{Fate, FaultPlan, LinkFault};
use crate::handle::FaultsRefused;

/// The longest delay and the widest jitter, in microseconds: an hour.
const LATE_MAX_US: u64 = 3_600_000_000;

/// The furthest the clock may be from the host's, in microseconds: a day.
const AHEAD_MAX_US: i64 = 86_400_000_000;

const ALL_PPM: u32 = 1_000_000;

/// What `PUT /v1/faults` takes; what `GET /v1/faults` answered may be sent back as it is.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Wanted {
    #[serde(rename = "schema")]
    _schema: Option<IgnoredAny>,
    #[serde(rename = "version")]
    _version: Option<IgnoredAny>,
    everyone: Link,
    from: Vec<FromPeer>,
    clock_ahead_us: i64,
}

/// A [`LinkFault`]; a field that is left out does nothing.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Link {
    fate: Word,
    loss_ppm: u32,
    duplicate_ppm: u32,
    delay_us: u64,
    jitter_us: u64,
}

// The fields of `Link` again: a flattened one would let unknown names pass.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FromPeer {
    peer: IpAddr,
    #[serde(default)]
    fate: Word,
    #[serde(default)]
    loss_ppm: u32,
    #[serde(default)]
    duplicate_ppm: u32,
    #[serde(default)]
    delay_us: u64,
    #[serde(default)]
    jitter_us: u64,
}

/// A [`Fate`] by its name.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Word {
    #[default]
    Through,
    Cut,
    Held,
}

impl Link {
    fn fault(self) -> Result<LinkFault, String> {
        for (name, ppm) in [("loss_ppm", self.loss_ppm), ("duplicate_ppm", self.duplicate_ppm)] {
            if ppm > ALL_PPM {
                return Err(format!("`{name}`: {ppm} of a million are more than all"));
            }
        }
        for (name, us) in [("delay_us", self.delay_us), ("jitter_us", self.jitter_us)] {
            if us > LATE_MAX_US {
                return Err(format!("`{name}`: at most an hour, {LATE_MAX_US} µs"));
            }
        }
        Ok(LinkFault {
            fate: match self.fate {
                Word::Through => Fate::Through,
                Word::Cut => Fate::Cut,
                Word::Held => Fate::Held,
            },
            loss_ppm: self.loss_ppm,
            duplicate_ppm: self.duplicate_ppm,
            delay: Duration::from_micros(self.delay_us),
            jitter: Duration::from_micros(self.jitter_us),
        })
    }
}

impl FromPeer {
    const fn link(self) -> Link {
        let Self { fate, loss_ppm, duplicate_ppm, delay_us, jitter_us, .. } = self;
        Link { fate, loss_ppm, duplicate_ppm, delay_us, jitter_us }
    }
}

impl Wanted {
    fn plan(&self, limits: &Limits) -> Result<FaultPlan, Problem> {
        if self.from.len() > limits.ranges {
            let detail = format!("{} senders with faults of their own are allowed", limits.ranges);
            return Err(Problem::new(Reason::BeyondLimits, detail));
        }
        let wrong = |why: String| Problem::new(Reason::BadBody, why);
        let everyone = self.everyone.fault().map_err(|why| wrong(format!("`everyone`: {why}")))?;
        let mut from = BTreeMap::new();
        for each in &self.from {
            let peer = each.peer;
            let link = each.link().fault().map_err(|why| wrong(format!("{peer}: {why}")))?;
            if from.insert(peer, link).is_some() {
                return Err(wrong(format!("`from` names {peer} twice")));
            }
        }
        let clock_ahead_us = self.clock_ahead_us;
        if clock_ahead_us.unsigned_abs() > AHEAD_MAX_US.unsigned_abs() {
            return Err(wrong(format!("`clock_ahead_us`: at most a day, {AHEAD_MAX_US} µs")));
        }
        Ok(FaultPlan { everyone, from, clock_ahead_us })
    }
}

/// The document that `PUT /v1/faults` takes for `plan`.
#[must_use]
pub fn faults_document(plan: &FaultPlan) -> Value {
    let from: Vec<Value> = plan
        .from
        .iter()
        .map(|(peer, fault)| {
            let mut fields = json!({ "peer": peer.to_string() });
            put_link(&mut fields, fault);
            fields
        })
        .collect();
    let mut everyone = json!({});
    put_link(&mut everyone, &plan.everyone);
    form::document(
        "aap.faults",
        json!({ "everyone": everyone, "from": from, "clock_ahead_us": plan.clock_ahead_us }),
    )
}

fn put_link(fields: &mut Value, fault: &LinkFault) {
    fields["fate"] = match fault.fate {
        Fate::Through => "through",
        Fate::Cut => "cut",
        Fate::Held => "held",
    }
    .into();
    fields["loss_ppm"] = fault.loss_ppm.into();
    fields["duplicate_ppm"] = fault.duplicate_ppm.into();
    fields["delay_us"] = fault.delay.as_micros().into();
    fields["jitter_us"] = fault.jitter.as_micros().into();
}

/// The faults in force.
pub(super) async fn show(State(app): State<Arc<App>>) -> Result<Response, Problem> {
    let snapshot = app.snapshot().await?;
    Ok(json_answer(&faults_document(&snapshot.faults.clone().unwrap_or_default())))
}

/// Replaces the faults in force; without a body there are none any more.
pub(super) async fn replace(State(app): State<Arc<App>>, body: Body) -> Result<Response, Problem> {
    let wanted: Wanted = body::parse(body, &app.limits).await?;
    let plan = wanted.plan(&app.limits)?;
    app.handle.set_faults(plan.clone()).await?;
    app.note_change();
    Ok(json_answer(&faults_document(&plan)))
}

impl From<FaultsRefused> for Problem {
    fn from(refused: FaultsRefused) -> Self {
        match refused {
            FaultsRefused::RealNetwork => Reason::RealNetwork.into(),
            FaultsRefused::Stopped => Reason::Stopped.into(),
            FaultsRefused::Busy => Reason::Busy.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(text: &str) -> Result<FaultPlan, String> {
        let wanted: Wanted = serde_json::from_str(text).map_err(|why| why.to_string())?;
        wanted
            .plan(&Limits::default())
            .map_err(|problem| problem.document()["detail"].as_str().unwrap_or("-").to_owned())
    }

    #[test]
    fn what_is_shown_can_be_sent_back() {
        let cut = LinkFault { fate: Fate::Cut, ..LinkFault::default() };
        let slow = LinkFault {
            loss_ppm: 20_000,
            duplicate_ppm: 1,
            delay: Duration::from_millis(40),
            jitter: Duration::from_millis(5),
            ..LinkFault::default()
        };
        let from = BTreeMap::from([("127.0.0.12".parse().unwrap(), cut)]);
        let shown = FaultPlan { everyone: slow, from, clock_ahead_us: -3_600_000_000 };
        assert_eq!(plan(&faults_document(&shown).to_string()), Ok(shown));
    }

    #[test]
    fn what_is_left_out_does_nothing() {
        assert_eq!(plan("{}"), Ok(FaultPlan::default()));
        let one = plan(r#"{"from": [{"peer": "::1", "fate": "held"}]}"#).unwrap();
        assert_eq!(one.link("::1".parse().unwrap()).fate, Fate::Held);
        assert_eq!(one.everyone, LinkFault::default());
    }

    #[test]
    fn mistakes_are_named() {
        let check = |text: &str, part: &str| {
            let why = plan(text).unwrap_err();
            assert!(why.contains(part), "{text}: {why}");
        };
        check(r#"{"everyone": {"loss_ppm": 1000001}}"#, "`loss_ppm`");
        check(r#"{"everyone": {"delay_us": 3600000001}}"#, "at most an hour");
        check(r#"{"everyone": {"fate": "lost"}}"#, "unknown variant `lost`");
        check(r#"{"from": [{"peer": "::1"}, {"peer": "::1"}]}"#, "twice");
        check(r#"{"from": [{"peer": "::1", "los_ppm": 3}]}"#, "unknown field `los_ppm`");
    }
}
