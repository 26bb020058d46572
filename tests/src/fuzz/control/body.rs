use super::super::script::Script;
use super::site::{SCOPES, Site};

/// What a field may be if it is not what it should be.
const HOSTILE: [&str; 16] = [
    "null",
    "true",
    "-1",
    "0.5",
    "1e999",
    "4294967296",
    "18446744073709551616",
    "[]",
    "{}",
    "\"\"",
    "\"\\u0000\\ud800\"",
    "\"\\ud83d\\ude00\"",
    "[[[[[[[[]]]]]]]]",
    "nul",
    "\"\\x\"",
    "{\"\":",
];

const SECONDS: [&str; 8] =
    ["60", "3600", "86400", "0", "4294967295", "-1", "9223372036854775807", "-9223372036854775808"];

/// The year 2100, and what is no year.
const ENDS: [&str; 8] = [
    "4102444800",
    "4102444801",
    "4102444802",
    "4102444803",
    "4102444804",
    "1",
    "9223372036854775807",
    "-9223372036854775808",
];

const NUMBERS: [&str; 6] = ["0", "1", "1000000", "1000001", "3600000001", "86400000001"];

const RANGES: [&str; 8] = [
    "0.0.0.0/0",
    "::/0",
    "239.255.0.5-239.255.0.2",
    "ff05::/16",
    "1.2.3.4/33",
    "0.0.0.0-255.255.255.255",
    "1.2.3.4-",
    "\\u0031",
];

/// A body: mostly a JSON object that the path has a use for, now and then anything.
pub(super) fn read(script: &mut Script<'_>, path: &str, site: &Site) -> Vec<u8> {
    let mut body = match script.octet() % 32 {
        0 => return Vec::new(),
        1 | 2 => script.one_of(&HOSTILE).to_owned(),
        3 => "[".repeat(usize::from(script.octet()) * 12),
        _ => object(script, fields(path), site),
    }
    .into_bytes();
    if script.octet() % 16 == 15 {
        let place = script.word() as usize % body.len().max(1);
        body.splice(place..place, script.octets(3).to_vec());
    }
    body
}

/// The fields that a path takes.
fn fields(path: &str) -> &'static [&'static str] {
    match path {
        "/v1/faults" => &["everyone", "from", "clock_ahead_us", "schema", "version"],
        "/v1/renew" | "/v1/shorten" => &["ranges", "lifetime_s", "until_s", "scope"],
        "/v1/release" | "/v1/lose" => &["ranges"],
        "/v1/log" => &["filter"],
        _ => &["count", "scope", "contiguous", "lifetime_s", "until_s", "prefer", "insist"],
    }
}

fn object(script: &mut Script<'_>, fields: &[&str], site: &Site) -> String {
    let mut parts = Vec::new();
    // Fields come once, in order, unless the story says otherwise.
    let wanted = script.octet();
    for (nth, field) in fields.iter().enumerate() {
        // A choice of end wins over the other, and one of them may be needed.
        let apt = match *field {
            "ranges" | "filter" => true,
            "until_s" => wanted % 4 == 3,
            "lifetime_s" if fields.contains(&"ranges") => !wanted.is_multiple_of(8),
            _ => wanted >> (nth % 8) & 1 == 1,
        };
        if apt {
            parts.push(format!("\"{field}\": {}", value(script, field, site)));
        }
    }
    // There are two scopes, so one has to be named, mostly.
    if fields.contains(&"count") && !wanted.is_multiple_of(8) {
        parts.retain(|part| !part.starts_with("\"scope\""));
        parts.push(format!("\"scope\": \"{}\"", SCOPES[usize::from(wanted >> 7)]));
    }
    format!("{{{}}}", parts.join(", "))
}

fn value(script: &mut Script<'_>, field: &str, site: &Site) -> String {
    if script.octet() % 64 == 63 {
        return script.one_of(&HOSTILE).to_owned();
    }
    match field {
        "scope" => format!("\"{}\"", script.one_of(&[SCOPES[0], SCOPES[1], "nowhere", ""])),
        // More than the limits allow, now and then.
        "count" => (script.octet().saturating_sub(190).max(1)).to_string(),
        "contiguous" => script.one_of(&["false", "true"]).to_owned(),
        "insist" => script.one_of(&["false", "false", "false", "true"]).to_owned(),
        "until_s" => script.one_of(&ENDS).to_owned(),
        "lifetime_s" => script.one_of(&SECONDS).to_owned(),
        "prefer" | "ranges" => list(script, |script| range(script, site)),
        "everyone" => link(script, ""),
        "from" => list(script, |script| {
            let peer = script.octet() % 4;
            link(script, &format!("\"peer\": \"127.0.0.{peer}\""))
        }),
        "filter" => script.one_of(&["\"info\"", "\"warn,node=debug\"", "\"=,=\""]).to_owned(),
        _ => script.one_of(&NUMBERS).to_owned(),
    }
}

fn list(script: &mut Script<'_>, mut each: impl FnMut(&mut Script<'_>) -> String) -> String {
    let count = script.octet() % 16;
    let count = if count == 15 { 9 } else { count % 3 + u8::from(count < 12) };
    let each: Vec<String> = (0..count).map(|_| each(script)).collect();
    format!("[{}]", each.join(", "))
}

fn range(script: &mut Script<'_>, site: &Site) -> String {
    let (first, length) = (u16::from(script.octet()), u16::from(script.octet()));
    match length {
        // One in the second scope, or across both.
        252.. => format!("\"{}\"", site.nth(512 + first)),
        249.. => format!("\"{}-{}\"", site.nth(first), site.nth(512 + first)),
        246.. => format!("\"{}\"", script.one_of(&RANGES)),
        240.. => format!("\"{}/24\"", site.nth(0)),
        length => format!("\"{}-{}\"", site.nth(first), site.nth(first + length % 8)),
    }
}

fn link(script: &mut Script<'_>, before: &str) -> String {
    let mut parts = vec![before.to_owned()];
    parts.retain(|part| !part.is_empty());
    for field in ["loss_ppm", "duplicate_ppm", "delay_us", "jitter_us"] {
        if script.octet().is_multiple_of(3) {
            parts.push(format!("\"{field}\": {}", script.one_of(&NUMBERS)));
        }
    }
    if script.octet().is_multiple_of(2) {
        let fate = script.one_of(&["through", "cut", "held", "lost"]);
        parts.push(format!("\"fate\": \"{fate}\""));
    }
    format!("{{{}}}", parts.join(", "))
}
