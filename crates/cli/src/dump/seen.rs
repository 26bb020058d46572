//! One datagram, in words and for programs.

use std::net::SocketAddr;

use aap::AAP_PORT;
use aap::wire::Leniency;
use addrspace::Range;
use serde_json::{Value, json};

use crate::decode::{Verdict, message_json};
use crate::look::{Paint, Tone};

/// The `schema` of a line.
const SCHEMA: &str = "aap.dump";
/// The `version` of a line.
const VERSION: u32 = 1;

/// A datagram that passed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Seen {
    /// When, in microseconds since 1970.
    pub(super) at_us: u64,
    pub(super) from: SocketAddr,
    pub(super) to: SocketAddr,
    /// Where, if that is known.
    pub(super) interface: Option<String>,
    pub(super) octets: Vec<u8>,
}

impl Seen {
    /// What it says, and whether it is of the first of `scopes`.
    pub(super) fn judge(&self, scopes: &[Range]) -> Verdict<'_> {
        Verdict::of(&self.octets, Leniency::Strict, scopes)
    }

    /// `12:34:56.789012  127.0.0.11  AIU 3/0 239.255.0.1 until …`, in UTC.
    pub(super) fn line(&self, verdict: &Verdict<'_>, paint: Paint) -> String {
        let from = match self.from.port() {
            AAP_PORT => self.from.ip().to_string(),
            _ => self.from.to_string(),
        };
        let head = format!("{}  {from:<15}", time_of_day(self.at_us));
        let said = match (&verdict.message, &verdict.complaint) {
            (Some(message), None) => message.to_string(),
            (Some(message), Some(complaint)) => {
                format!("{message}  {}", paint.tone(Tone::Bad, complaint))
            }
            (None, Some(complaint)) => {
                format!("{}  {}", paint.tone(Tone::Bad, complaint), self.hex())
            }
            (None, None) => self.hex(),
        };
        format!("{head}  {said}")
    }

    pub(super) fn json(&self, number: u64, verdict: &Verdict<'_>) -> Value {
        let mut line = json!({
            "schema": SCHEMA,
            "version": VERSION,
            "number": number,
            "at_us": self.at_us,
            "from": self.from.to_string(),
            "to": self.to.to_string(),
        });
        let Some(object) = line.as_object_mut() else { return line };
        if let Some(interface) = &self.interface {
            object.insert("interface".into(), interface.clone().into());
        }
        object.insert("octets".into(), self.hex().into());
        if let Some(message) = &verdict.message {
            object.insert("oneline".into(), message.to_string().into());
            object.insert("message".into(), message_json(message));
        }
        if let Some(complaint) = &verdict.complaint {
            object.insert("error".into(), complaint.json());
        }
        line
    }

    fn hex(&self) -> String {
        self.octets.iter().map(|octet| format!("{octet:02x}")).collect()
    }
}

fn time_of_day(at_us: u64) -> String {
    let (secs, micros) = (at_us / 1_000_000 % 86_400, at_us % 1_000_000);
    format!("{:02}:{:02}:{:02}.{micros:06}", secs / 3600, secs / 60 % 60, secs % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(octets: &[u8], port: u16) -> Seen {
        Seen {
            at_us: 86_400_000_000 + 45_296_000_789,
            from: SocketAddr::from(([127, 0, 0, 11], port)),
            to: "239.255.255.248:2878".parse().unwrap(),
            interface: None,
            octets: octets.to_vec(),
        }
    }

    const ANA: [u8; 20] =
        [0, 5, 0, 1, 0, 0, 0, 3, 0x39, 0x48, 0xc5, 0x47, 0, 0, 0, 0x40, 0x39, 0x48, 0xe1, 0x60];

    #[test]
    fn a_line_says_when_who_and_what() {
        let seen = seen(&ANA, AAP_PORT);
        let line = seen.line(&seen.judge(&[]), Paint::None);
        assert!(line.starts_with("12:34:56.000789  127.0.0.11       ANA 0/3 wants 64"), "{line}");
    }

    #[test]
    fn what_is_no_message_is_shown_with_the_reason_and_its_octets() {
        let seen = seen(&ANA[..19], 4000);
        let line = seen.line(&seen.judge(&[]), Paint::None);
        assert!(line.contains("127.0.0.11:4000  bad_length: "), "{line}");
        assert!(line.ends_with("3948e1"), "{line}");
    }

    #[test]
    fn what_is_of_another_scope_says_so() {
        let aiu = [
            0, 1, 0, 1, 0, 0, 0, 0, 0x39, 0x48, 0xc5, 0x40, 239, 1, 0, 1, 239, 1, 0, 1, 0x39, 0x4a,
            0, 0,
        ];
        let seen = seen(&aiu, AAP_PORT);
        let (_, scope) = Range::parse("239.255.0.0/16").unwrap();
        let line = seen.line(&seen.judge(&[scope]), Paint::None);
        assert!(line.contains("239.1.0.1") && line.contains("other_scope"), "{line}");
    }
}
