//! One datagram, in words and for programs.

use std::net::SocketAddr;

use aap::AAP_PORT;
use aap::wire::Leniency;
use addrspace::Range;
use node::{Keys, Seal, SealVerdict};
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

/// What a datagram says.
pub(super) struct Judged<'a> {
    pub(super) verdict: Verdict<'a>,
    /// The trailer behind the message (ours, not the draft's), and what the keys say of it; none
    /// were given if that is nothing.
    pub(super) seal: Option<(Seal<'a>, Option<SealVerdict>)>,
}

impl Judged<'_> {
    /// `authenticated (not verified)` and the like; empty without a trailer.
    fn seal_in_words(&self) -> String {
        let Some((seal, verdict)) = &self.seal else { return String::new() };
        let key = seal.key();
        match verdict {
            None => "authenticated (not verified)".to_owned(),
            Some(SealVerdict::Verified) => format!("authenticated (verified, key {key:08x})"),
            Some(SealVerdict::UnknownKey) => format!("authenticated (unknown key {key:08x})"),
            Some(SealVerdict::Forged) => format!("FORGED: not authentic by key {key:08x}"),
        }
    }
}

impl Seen {
    /// What it says, whether it is of the first of `scopes`, and whether one of `keys` vouches for
    /// it.
    pub(super) fn judge(&self, scopes: &[Range], keys: Option<&Keys>) -> Judged<'_> {
        let plain = Verdict::of(&self.octets, Leniency::Strict, scopes);
        match Seal::find(&self.octets) {
            Some(seal) if plain.message.is_none() => Judged {
                verdict: Verdict::of(seal.message(), Leniency::Strict, scopes),
                seal: Some((seal, keys.map(|keys| seal.check(keys, self.from, self.to)))),
            },
            _ => Judged { verdict: plain, seal: None },
        }
    }

    /// `12:34:56.789012  127.0.0.11  AIU 3/0 239.255.0.1 until …`, in UTC.
    pub(super) fn line(&self, judged: &Judged<'_>, paint: Paint) -> String {
        let verdict = &judged.verdict;
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
        let tone = match &judged.seal {
            None => return format!("{head}  {said}"),
            Some((_, Some(SealVerdict::Forged | SealVerdict::UnknownKey))) => Tone::Bad,
            Some((_, Some(SealVerdict::Verified))) => Tone::Good,
            Some((_, None)) => Tone::Aside,
        };
        format!("{head}  {said}  {}", paint.tone(tone, judged.seal_in_words()))
    }

    pub(super) fn json(&self, number: u64, judged: &Judged<'_>) -> Value {
        let Judged { verdict, seal } = judged;
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
        if let Some((seal, found)) = seal {
            let trailer = json!({
                "key": format!("{:08x}", seal.key()),
                "stamp_us": seal.stamp_us(),
                "verdict": found.map_or("not_verified", SealVerdict::name),
            });
            object.insert("authentication".into(), trailer);
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
        let line = seen.line(&seen.judge(&[], None), Paint::None);
        assert!(line.starts_with("12:34:56.000789  127.0.0.11       ANA 0/3 wants 64"), "{line}");
    }

    #[test]
    fn what_is_no_message_is_shown_with_the_reason_and_its_octets() {
        let seen = seen(&ANA[..19], 4000);
        let line = seen.line(&seen.judge(&[], None), Paint::None);
        assert!(line.contains("127.0.0.11:4000  bad_length: "), "{line}");
        assert!(line.ends_with("3948e1"), "{line}");
    }

    #[test]
    fn a_trailer_is_no_part_of_the_message() {
        let mut octets = ANA.to_vec();
        octets.extend(b"AAP\x01\x01\x02\x03\x04");
        octets.extend(7_000_000_u64.to_be_bytes());
        octets.extend([0x5a; 16]);
        let seen = seen(&octets, AAP_PORT);
        let judged = seen.judge(&[], None);
        let line = seen.line(&judged, Paint::None);
        assert!(line.contains("ANA 0/3 wants 64"), "{line}");
        assert!(line.ends_with("authenticated (not verified)"), "{line}");
        let json = seen.json(1, &judged);
        assert_eq!(json["message"]["type"], "ANA");
        let trailer =
            json!({ "key": "01020304", "stamp_us": 7_000_000, "verdict": "not_verified" });
        assert_eq!(json["authentication"], trailer);
    }

    #[test]
    fn what_is_of_another_scope_says_so() {
        let aiu = [
            0, 1, 0, 1, 0, 0, 0, 0, 0x39, 0x48, 0xc5, 0x40, 239, 1, 0, 1, 239, 1, 0, 1, 0x39, 0x4a,
            0, 0,
        ];
        let seen = seen(&aiu, AAP_PORT);
        let (_, scope) = Range::parse("239.255.0.0/16").unwrap();
        let line = seen.line(&seen.judge(&[scope], None), Paint::None);
        assert!(line.contains("239.1.0.1") && line.contains("other_scope"), "{line}");
    }
}
