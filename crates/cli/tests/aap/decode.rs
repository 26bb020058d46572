use std::fs;

use crate::support::aap;

/// The vectors of a file: each the values of its `hex`, `ignored`, `field` and `offset` lines.
fn vectors(file: &str) -> Vec<[Option<String>; 4]> {
    let path = format!("{}/../../tests/vectors/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(path).expect("the vectors are there");
    let value = |vector: &str, key: &str| {
        let mut lines = vector.lines().filter_map(|line| line.split_once(' '));
        lines.find(|(name, _)| *name == key).map(|(_, value)| value.to_owned())
    };
    let keys = ["hex", "ignored", "field", "offset"];
    text.split("\nvector ").skip(1).map(|vector| keys.map(|key| value(vector, key))).collect()
}

#[test]
fn well_formed_vectors_decode() {
    let vectors = vectors("well-formed.txt");
    assert!(vectors.len() >= 12, "{}", vectors.len());
    for [hex, ..] in vectors {
        let ran = aap(&["decode", "--oneline", &hex.clone().unwrap_or_default()]);
        assert_eq!((ran.status, ran.err.as_str()), (Some(0), ""), "{hex:?}");
        assert_eq!(ran.out.lines().count(), 1);
    }
}

#[test]
fn malformed_vectors_exit_with_1_and_name_reason_field_and_octet() {
    let mut seen = 0;
    for [hex, ignored, field, offset] in vectors("ignored.txt") {
        let (Some(hex), Some(reason), Some(field), Some(offset)) = (hex, ignored, field, offset)
        else {
            continue;
        };
        let ran = aap(&["decode", &hex]);
        assert_eq!(ran.status, Some(1), "{hex}");
        let expected = format!("{reason}: {field} at octet {offset}: ");
        assert!(ran.err.starts_with(&expected), "{expected} in {}", ran.err);
        seen += 1;
    }
    assert!(seen >= 10, "{seen}");
}

#[test]
fn what_is_not_hexadecimal_exits_with_2() {
    let ran = aap(&["decode", "0005xyz"]);
    assert_eq!((ran.status, ran.out.as_str()), (Some(2), ""));
}
