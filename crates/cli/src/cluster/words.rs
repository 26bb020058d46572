//! Reports in words, and as JSON.

use ::cluster::{Report, What};
use serde_json::{Value, json};

use crate::look::Tone;

/// The kind of a report: an event's own name, or what the supervisor calls it.
pub(crate) fn kind(report: &Report) -> &str {
    match &report.what {
        What::Started { .. } => "started",
        What::Listens => "listens",
        What::Killed => "killed",
        What::Ended { .. } => "ended_itself",
        What::Faults(_) => "faults",
        What::Told(event) => &event.kind,
        _ => "other",
    }
}

/// Whether it is about a single message, of which there are many.
pub(crate) fn is_message(report: &Report) -> bool {
    matches!(kind(report), "sent" | "heard" | "ignored" | "demand")
}

/// Whether it says nothing that another report does not say better.
pub(crate) fn is_echo(report: &Report) -> bool {
    matches!(kind(report), "faults_changed" | "listens")
}

/// A report in a sentence.
pub(crate) fn sentence(report: &Report) -> String {
    match &report.what {
        What::Started { pid } => format!("process {pid}"),
        What::Listens => "listens at its control socket".to_owned(),
        What::Killed => "SIGKILL: nobody is told".to_owned(),
        What::Ended { how, said } if said.is_empty() => how.clone(),
        What::Ended { how, said } => format!("{how}: {}", said.lines().last().unwrap_or_default()),
        What::Faults(words) if words.is_empty() => "none any more".to_owned(),
        What::Faults(words) => words.join("; "),
        What::Told(event) if event.kind == "missed" => {
            "more happened than could be told".to_owned()
        }
        What::Told(event) => {
            // Some sentences begin with the word of the column before them.
            let rest = event.text.strip_prefix(event.kind.as_str());
            rest.map_or(event.text.as_str(), |rest| rest.trim_start_matches([':', ' '])).to_owned()
        }
        _ => String::new(),
    }
}

/// What its kind means for those who watch.
pub(crate) fn tone(report: &Report) -> Tone {
    match kind(report) {
        "granted" | "held" | "ready" | "leads" => Tone::Good,
        "clash" | "conflict" | "lost" | "refused" | "storage_failed" | "killed"
        | "ended_itself" | "abandoned" => Tone::Bad,
        "sent" | "heard" | "ignored" | "started" | "listens" | "demand" => Tone::Aside,
        _ => Tone::Heading,
    }
}

/// A report for programs; `names` are those of the members.
pub(crate) fn object(report: &Report, names: &[String]) -> Value {
    let mut fields = json!({
        "schema": "aap.cluster-event",
        "version": 1,
        "wall_us": report.wall_us,
        "node": report.member.and_then(|member| names.get(member)),
        "event": kind(report),
        "text": sentence(report),
    });
    match &report.what {
        What::Started { pid } => fields["pid"] = (*pid).into(),
        What::Ended { said, .. } => fields["log"] = said.clone().into(),
        What::Faults(words) => fields["faults"] = words.clone().into(),
        What::Told(event) => {
            fields["wall_us"] = event.wall_us.into();
            fields["text"] = event.text.clone().into();
            fields["number"] = event.number.into();
            fields["scope"] = event.scope.clone().into();
            for (name, value) in &event.parts {
                fields[name] = value.clone();
            }
        }
        _ => {}
    }
    fields
}

/// The moment of a report as `12:34:56.789`, in UTC.
pub(crate) fn time(report: &Report) -> String {
    let wall_us = report.event().map_or(report.wall_us, |event| event.wall_us).unsigned_abs();
    let (secs, millis) = (wall_us / 1_000_000 % 86_400, wall_us / 1000 % 1000);
    format!("{:02}:{:02}:{:02}.{millis:03}", secs / 3600, secs / 60 % 60, secs % 60)
}

#[cfg(test)]
mod tests {
    use ::client::Event;

    use super::*;

    fn told(kind: &str, text: &str) -> Report {
        let event = Event {
            number: 7,
            wall_us: 45_296_007_999,
            kind: kind.to_owned(),
            text: text.to_owned(),
            ..Event::default()
        };
        Report { wall_us: 0, member: Some(1), what: What::Told(event) }
    }

    #[test]
    fn sentences_do_not_repeat_their_kind() {
        assert_eq!(sentence(&told("clash", "clash: gave up .9")), "gave up .9");
        assert_eq!(sentence(&told("granted", "request 1 granted")), "request 1 granted");
    }

    #[test]
    fn programs_get_the_sentence_whole_with_the_node_and_the_parts() {
        let names = ["maas-1".to_owned(), "maas-2".to_owned()];
        let object = object(&told("clash", "clash: gave up .9"), &names);
        assert_eq!(object["node"], "maas-2");
        assert_eq!(object["text"], "clash: gave up .9");
        assert_eq!(object["number"], 7);
    }

    #[test]
    fn an_event_has_the_time_of_its_node() {
        assert_eq!(time(&told("ready", "ready")), "12:34:56.007");
    }
}
