//! The octets of messages: the vectors of `tests/vectors`, and properties of all octets.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use aap::wire::{Leniency, Message, ScopeMismatch, View, dump, lines, pretty, scope_check};
use addrspace::Range;
use proptest::prelude::*;
use proptest::sample::Index;

mod messages;

use messages::{message, nearly_message};

/// The lines of one vector, as keys and values.
struct Vector {
    id: String,
    fields: Vec<(String, String)>,
}

impl Vector {
    fn all(&self, key: &str) -> Vec<&str> {
        let of_key = self.fields.iter().filter(|(name, _)| name == key);
        of_key.map(|(_, value)| value.as_str()).collect()
    }

    fn one(&self, key: &str) -> Option<&str> {
        let values = self.all(key);
        assert!(values.len() <= 1, "{}: more than one {key}", self.id);
        values.first().copied()
    }

    fn octets(&self) -> Vec<u8> {
        let hex = self.one("hex").unwrap_or_else(|| panic!("{}: no hex", self.id));
        let digits: Vec<u32> =
            hex.chars().filter(|c| *c != ' ').map(|c| c.to_digit(16).unwrap()).collect();
        let (pairs, rest) = digits.as_chunks();
        assert!(rest.is_empty(), "{}: half an octet", self.id);
        pairs.iter().map(|[high, low]| (high << 4 | low) as u8).collect()
    }
}

fn vectors() -> Vec<Vector> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors");
    let mut vectors: Vec<Vector> = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "txt") {
            continue;
        }
        for line in fs::read_to_string(&path).unwrap().lines() {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (key, value) = line.split_once(' ').unwrap_or_else(|| panic!("no value: {line}"));
            match (key, vectors.last_mut()) {
                ("vector", _) => {
                    vectors.push(Vector { id: value.to_owned(), fields: Vec::new() });
                }
                (_, Some(vector)) => vector.fields.push((key.to_owned(), value.to_owned())),
                (_, None) => panic!("{} does not begin with a vector", path.display()),
            }
        }
    }
    vectors
}

fn check(vector: &Vector) {
    let id = &vector.id;
    let octets = vector.octets();
    assert_eq!(vector.one("octets"), Some(octets.len().to_string().as_str()), "{id}");
    assert!(!vector.all("prose").is_empty(), "{id} explains nothing");
    match Message::decode(&octets) {
        Ok(message) => {
            assert_eq!(Some(message.to_string().as_str()), vector.one("oneline"), "{id}");
            let text = pretty(&octets, Leniency::Strict).unwrap();
            assert_eq!(text.lines().collect::<Vec<_>>(), vector.all("pretty"), "{id}");
            let mut again = Vec::new();
            message.encode(&mut again);
            assert_eq!(again, octets, "{id}");
            assert_eq!(judged(vector, &message), vector.one("ignored"), "{id}");
        }
        Err(malformed) => {
            assert_eq!(vector.one("ignored"), Some(malformed.reason.name()), "{id}");
            assert_eq!(vector.one("field"), Some(malformed.field), "{id}");
            let offset = malformed.offset.to_string();
            assert_eq!(vector.one("offset"), Some(offset.as_str()), "{id}");
            let detail = malformed.detail.to_string();
            assert_eq!(vector.one("detail"), Some(detail.as_str()), "{id}");
        }
    }
}

/// Why a receiver that knows the vector's scopes ignores it.
fn judged(vector: &Vector, message: &Message) -> Option<&'static str> {
    let scopes: Vec<Range> =
        vector.one("scopes")?.split(' ').map(|scope| Range::parse(scope).unwrap().1).collect();
    let (served, all) = (scopes.first()?, &scopes);
    scope_check(message, served, all).err().map(ScopeMismatch::name)
}

#[test]
fn every_vector_is_read_as_it_says() {
    vectors().iter().for_each(check);
}

#[test]
fn no_vector_is_missing() {
    let mut ids: Vec<String> = vectors().into_iter().map(|vector| vector.id).collect();
    let valid = (1..=12).map(|number| format!("V{number}"));
    let mut expected: Vec<String> =
        valid.chain((1..=15).map(|number| format!("M{number}"))).collect();
    ids.sort();
    expected.sort();
    assert_eq!(ids, expected);
}

/// What must hold for any octets at all.
fn check_octets(octets: &[u8]) -> Result<(), TestCaseError> {
    let strict = Message::decode(octets);
    let lenient = Message::decode_with(octets, Leniency::Trailing);
    let _ = dump(octets);
    for (leniency, decoded) in [(Leniency::Strict, &strict), (Leniency::Trailing, &lenient)] {
        let view = View::parse_with(octets, leniency);
        match (decoded, &view) {
            (Ok(message), Ok(view)) => {
                prop_assert_eq!(message, &Message::from(*view));
                prop_assert_eq!(message.kind(), view.kind());
                prop_assert!(message.ranges().into_iter().flatten().eq(view.ranges()));
                prop_assert!(pretty(octets, leniency).is_ok());
                let mut covered = 0;
                for line in lines(octets, leniency).unwrap() {
                    prop_assert_eq!(line.offset, covered);
                    covered += line.raw.len();
                }
                prop_assert_eq!(covered, octets.len());
            }
            (Err(malformed), Err(same)) => {
                prop_assert_eq!(malformed, same);
                prop_assert!(malformed.offset <= octets.len());
                prop_assert_eq!(pretty(octets, leniency), Err(*malformed));
            }
            _ => prop_assert!(false, "the view and the message disagree"),
        }
    }
    if let Ok(message) = &strict {
        prop_assert_eq!(Some(message), lenient.as_ref().ok());
        let mut again = Vec::new();
        message.encode(&mut again);
        prop_assert_eq!(again, octets);
    }
    if let Ok(message) = lenient {
        let mut complete = Vec::new();
        message.encode(&mut complete);
        prop_assert_eq!(Message::decode(&complete), Ok(message));
    }
    Ok(())
}

/// Something that happens to a datagram on its way.
#[derive(Clone, Debug)]
enum Damage {
    Flip(Index, u8),
    Remove(Index),
    Insert(Index, u8),
    Cut(Index),
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        (any::<Index>(), 1..=u8::MAX).prop_map(|(at, bits)| Damage::Flip(at, bits)),
        any::<Index>().prop_map(Damage::Remove),
        (any::<Index>(), any::<u8>()).prop_map(|(at, octet)| Damage::Insert(at, octet)),
        any::<Index>().prop_map(Damage::Cut),
    ]
}

fn inflict(octets: &mut Vec<u8>, damage: Damage) {
    let size = octets.len();
    if size == 0 {
        return;
    }
    match damage {
        Damage::Flip(at, bits) => octets[at.index(size)] ^= bits,
        Damage::Remove(at) => {
            octets.remove(at.index(size));
        }
        Damage::Insert(at, octet) => octets.insert(at.index(size + 1), octet),
        Damage::Cut(at) => octets.truncate(at.index(size)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_encoded_is_decoded(message in message()) {
        let mut octets = Vec::new();
        message.encode(&mut octets);
        prop_assert_eq!(octets.len(), message.octets());
        let decoded = Message::decode(&octets);
        prop_assert_eq!(decoded.as_ref().map(Message::fingerprint), Ok(message.fingerprint()));
        prop_assert_eq!(decoded, Ok(message));
        check_octets(&octets)?;
    }

    #[test]
    fn any_octets_are_read_or_refused(octets in prop::collection::vec(any::<u8>(), 0..600)) {
        check_octets(&octets)?;
    }

    #[test]
    fn any_body_is_read_or_refused(octets in nearly_message()) {
        check_octets(&octets)?;
    }

    #[test]
    fn a_damaged_message_is_read_or_refused(
        message in message(),
        damages in prop::collection::vec(damage(), 1..4),
    ) {
        let mut octets = Vec::new();
        message.encode(&mut octets);
        damages.into_iter().for_each(|damage| inflict(&mut octets, damage));
        check_octets(&octets)?;
    }
}
