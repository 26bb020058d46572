use super::*;

const ANA: &str = "00050001 00000003 3948c547 00000040 3948e160";
const TWO_SCOPES: &str = "00000001 00000600 3948c540 \
    efff0a01 efff0a01 3948d350 efc00001 efc00001 3948d350";

/// Status, standard output, standard error.
fn decode_with(args: &DecodeArgs, input: &str) -> (u8, String, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let status = decode(args, &mut input.as_bytes(), &mut out, &mut err).unwrap();
    (status, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
}

fn document(args: &DecodeArgs, input: &str) -> (u8, Value) {
    let (status, out, err) = decode_with(args, input);
    assert_eq!(err, "");
    (status, serde_json::from_str(&out).unwrap())
}

#[test]
fn arguments_are_one_message() {
    let octets = ANA.split(' ').map(str::to_owned).collect();
    let args = DecodeArgs { octets, oneline: true, ..DecodeArgs::default() };
    let expected = "ANA 0/3 wants 64 until 2000-06-15T14:00:00Z\n";
    assert_eq!(decode_with(&args, ""), (DONE, expected.to_owned(), String::new()));
}

#[test]
fn a_malformed_line_does_not_hide_the_others() {
    let args = DecodeArgs { oneline: true, ..DecodeArgs::default() };
    let input = format!("{ANA}\n{ANA} 00\n{ANA}\n");
    let (status, out, err) = decode_with(&args, &input);
    assert_eq!((status, out.lines().count()), (NOT_WELL_FORMED, 2));
    let expected =
        "message 2: bad_length: end of message at octet 20: 1 octet left over (ANA 0/3)\n";
    assert_eq!(err, expected);
}

#[test]
fn what_survives_of_a_malformed_message_is_shown() {
    let args = DecodeArgs::default();
    let (status, out, err) = decode_with(&args, "01090003 00001b00 3948c540 ff");
    assert_eq!(status, NOT_WELL_FORMED);
    assert_eq!(err, "bad_version: version at octet 0: 1 is not 0\n");
    assert!(out.contains("9 (unknown)") && out.contains("2000-06-15T12:00:00Z"), "{out}");
    assert!(out.trim_end().ends_with("ff"), "{out}");
}

#[test]
fn leniency_shows_what_it_drops() {
    let args = DecodeArgs { lenient: true, ..DecodeArgs::default() };
    let (status, out, err) = decode_with(&args, &format!("{ANA} 00"));
    assert_eq!((status, err.as_str()), (DONE, ""));
    assert!(out.contains("dropped"), "{out}");
}

#[test]
fn text_that_is_not_hexadecimal_is_a_usage_error() {
    let args = DecodeArgs { json: true, ..DecodeArgs::default() };
    let (status, out, err) = decode_with(&args, "00 zz");
    assert_eq!((status, out.as_str()), (USAGE, ""));
    assert!(err.contains("line 1, column 4"), "{err}");
}

#[test]
fn a_scope_judges_the_ranges() {
    let scope =
        vec![parse_scope("239.255.0.0/16").unwrap(), parse_scope("239.192.0.0/14").unwrap()];
    let args = DecodeArgs { scope, ..DecodeArgs::default() };
    let (status, _, err) = decode_with(&args, TWO_SCOPES);
    assert_eq!(status, NOT_WELL_FORMED);
    assert!(err.starts_with("bad_scope: range 2 at octet 24"), "{err}");
    assert_eq!(decode_with(&args, ANA).0, DONE);
}

#[test]
fn the_document_names_its_schema_and_the_fields() {
    let args = DecodeArgs { json: true, ..DecodeArgs::default() };
    let (status, document) = document(&args, TWO_SCOPES);
    assert_eq!(status, DONE);
    assert_eq!((&document["schema"], &document["version"]), (&json!("aap.decode"), &json!(1)));
    let message = &document["messages"][0];
    assert_eq!(message["message"]["ranges"][1]["first"], json!("239.192.0.1"));
    assert_eq!(message["header"]["rseq"], json!(6));
    let last = message["lines"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["name"], &last["offset"]), (&json!("end-time"), &json!(32)));
}

#[test]
fn the_document_carries_the_error() {
    let args = DecodeArgs { json: true, ..DecodeArgs::default() };
    let (status, document) = document(&args, "00050001 00000003 3948c5");
    assert_eq!(status, NOT_WELL_FORMED);
    let message = &document["messages"][0];
    assert_eq!(message["well_formed"], json!(false));
    assert_eq!(message["error"]["reason"], json!("too_short"));
    assert_eq!(message["error"]["offset"], json!(8));
    assert_eq!(message["header"]["mseq"], json!(3));
}
