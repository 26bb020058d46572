//! The settings of a node that plays a host of a scenario.

use std::fmt::Write as _;

use aap::Jitter;
use aap::policy::Policy;
use lab::live::Staged;

/// The lines of its configuration, with these answers to questions of chance.
pub(super) fn settings(host: &Staged, draws: &[(String, u64)]) -> String {
    let timing = &host.config.timing;
    let draws: Vec<String> =
        draws.iter().map(|(label, value)| format!("\"{label} {value}\"")).collect();
    let constants = [
        ("startup-wait", timing.startup_wait),
        ("announce-wait", timing.announce_wait),
        ("resend-wait", timing.resend_wait),
        ("repeat-interval", timing.repeat_interval),
        ("asa-interval", timing.asa_interval),
        ("asrp-interval", timing.asrp_interval),
    ];
    let mut text = format!("draws = [{}]\n[constants]\n", draws.join(", "));
    // Writing to a string cannot fail.
    for (name, value) in constants {
        let _ = writeln!(text, "{name} = \"{}us\"", value.as_micros());
    }
    if let Some(validity) = host.config.asa_validity {
        let _ = writeln!(text, "asa-validity = \"{}us\"", validity.as_micros());
    }
    let jitter = if timing.jitter == Jitter::On { "on" } else { "off" };
    let _ = writeln!(text, "jitter = \"{jitter}\"\n[switches]");
    for switch in Policy::SWITCHES {
        let value = host.config.policy.value(switch.name).unwrap_or_default();
        let _ = writeln!(text, "{} = \"{value}\"", switch.name);
    }
    text
}

/// The answers that are left when these questions have been asked.
pub(super) fn left_over(draws: &[(String, u64)], asked: &[String]) -> Vec<(String, u64)> {
    let mut asked = asked.to_vec();
    let left = draws.iter().filter(|(label, _)| {
        let used = asked.iter().position(|question| question == label);
        used.map(|place| asked.swap_remove(place)).is_none()
    });
    left.cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_given_once_in_all_lives() {
        let draw = |label: &str, value| (label.to_owned(), value);
        let draws = [draw("startup", 1), draw("address", 7), draw("startup", 2)];
        let asked = ["startup".to_owned(), "defense".to_owned()];
        assert_eq!(left_over(&draws, &asked), [draw("address", 7), draw("startup", 2)]);
    }
}
