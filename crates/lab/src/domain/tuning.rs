//! Constants and switches by name.

use aap::policy::{Policy, SettingError, SwitchKind};
use aap::wire::Rseq;
use aap::{AnaScope, Config, Jitter, Shortcut, Timing};
use sansio::Duration;

use super::Trouble;
use scenario::{Name, Plan, Spanned, Time};

/// Constants and switches together: what `tune` and `set` change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Tuning {
    pub(crate) timing: Timing,
    pub(crate) policy: Policy,
    pub(crate) asa_validity: Option<Duration>,
    pub(crate) first_rseq: Rseq,
    pub(crate) shortcut: Shortcut,
    pub(crate) ana_scope: AnaScope,
}

impl Tuning {
    pub(crate) fn of(config: &Config) -> Self {
        Self {
            timing: config.timing,
            policy: config.policy,
            asa_validity: config.asa_validity,
            first_rseq: config.first_rseq,
            shortcut: config.shortcut,
            ana_scope: config.ana_scope,
        }
    }

    pub(crate) fn apply(self, config: &mut Config) {
        config.timing = self.timing;
        config.policy = self.policy;
        config.asa_validity = self.asa_validity;
        config.first_rseq = self.first_rseq;
        config.shortcut = self.shortcut;
        config.ana_scope = self.ana_scope;
    }
}

/// Applies every `tune` line that concerns `host`, those for everyone first.
pub(super) fn for_host(plan: &Plan, host: &str, config: &mut Config) -> Result<(), Trouble> {
    let mut tuning = Tuning::of(config);
    let general = plan.tunes.iter().filter(|t| t.host.is_none());
    let own = plan
        .tunes
        .iter()
        .filter(|t| t.host.as_ref().is_some_and(|h| plan.expand(h).contains(&host)));
    for line in general.chain(own) {
        tune(&mut tuning, &line.name, &line.values)?;
    }
    tuning.apply(config);
    Ok(())
}

/// Sets the constant or switch called `name`.
pub(crate) fn tune(
    tuning: &mut Tuning,
    name: &Name,
    values: &[Spanned<String>],
) -> Result<(), Trouble> {
    let line = name.span.line as usize;
    let value = values.first().map_or("", |v| v.value.as_str());
    let result = match constant(&mut tuning.timing, name.as_str()) {
        Some(constant) => duration(value).map(|d| *constant = d),
        None => other(tuning, name.as_str(), value),
    };
    result.map_err(|why| (why, line))
}

/// The constant of Appendix B called `name`.
fn constant<'a>(timing: &'a mut Timing, name: &str) -> Option<&'a mut Duration> {
    Some(match name {
        "startup-wait" => &mut timing.startup_wait,
        "announce-wait" => &mut timing.announce_wait,
        "resend-wait" => &mut timing.resend_wait,
        "repeat-interval" => &mut timing.repeat_interval,
        "asa-interval" => &mut timing.asa_interval,
        "asrp-interval" => &mut timing.asrp_interval,
        _ => return None,
    })
}

fn other(tuning: &mut Tuning, name: &str, value: &str) -> Result<(), String> {
    match (name, value) {
        ("jitter", "on") => tuning.timing.jitter = Jitter::On,
        ("jitter", "off") => tuning.timing.jitter = Jitter::Off,
        ("jitter", _) => return Err("`jitter` is on or off".to_owned()),
        ("shortcut", "on") => tuning.shortcut = Shortcut::On,
        ("shortcut", "off") => tuning.shortcut = Shortcut::Off,
        ("shortcut", _) => return Err("`shortcut` is on or off".to_owned()),
        ("ana-scope", "ours") => tuning.ana_scope = AnaScope::Ours,
        ("ana-scope", "other") => tuning.ana_scope = AnaScope::Other,
        ("ana-scope", _) => return Err("`ana-scope` is ours or other".to_owned()),
        ("asa-validity", _) => tuning.asa_validity = Some(duration(value)?),
        ("rseq", _) => tuning.first_rseq = Rseq::wrapping(number(value)?),
        _ => {
            let number =
                Policy::SWITCHES.iter().any(|s| s.name == name && s.kind == SwitchKind::Number);
            let value = if number { number_text(value)? } else { value.to_owned() };
            tuning.policy.set(name, &value).map_err(|why: SettingError| why.to_string())?;
        }
    }
    Ok(())
}

/// A number as a switch takes it: seconds may be written as a duration, 0 as `off`.
fn number_text(value: &str) -> Result<String, String> {
    if value == "off" {
        return Ok("0".to_owned());
    }
    match value.parse::<Time>() {
        Ok(time) => Ok((time.micros() / 1_000_000).to_string()),
        Err(_) => number(value).map(|n| n.to_string()),
    }
}

fn number(value: &str) -> Result<u32, String> {
    let parsed = match value.strip_prefix("0x") {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => value.parse(),
    };
    parsed.map_err(|_| format!("`{value}` is no whole number"))
}

fn duration(value: &str) -> Result<Duration, String> {
    value.parse::<Time>().map(|t| Duration::from_micros(t.micros())).map_err(str::to_owned)
}
