use super::super::script::Script;
use super::body;
use super::description::Description;
use super::site::{SCOPES, Site, TOKEN};

/// Octets for the node, and what is to become of them.
pub(super) struct Question {
    pub(super) octets: Vec<u8>,
    pub(super) fate: Fate,
}

pub(super) enum Fate {
    /// It is HTTP, so it has an answer.
    Answered(Asked),
    /// It may be anything.
    Garbled,
    /// Its client goes away.
    Abandoned,
}

/// What was asked, in the words of `/openapi.json`.
pub(super) struct Asked {
    pub(super) method: String,
    /// With `{id}` in place of a number.
    pub(super) path: String,
    /// Whether the client knows the token.
    pub(super) admitted: bool,
}

const METHODS: [&str; 7] = ["GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS"];

const CHANGING: [&str; 8] = [
    "/v1/allocate",
    "/v1/claim",
    "/v1/preallocate",
    "/v1/requests/{id}",
    "/v1/renew",
    "/v1/shorten",
    "/v1/release",
    "/v1/lose",
];

const VALUES: [&str; 12] = [
    "",
    "-1",
    "2",
    "nowhere",
    "ff05::1",
    "%zz",
    "%00%ff",
    "%66alse",
    "18446744073709551615",
    "18446744073709551616",
    "1e3",
    "true",
];

/// Paths that no description has, or has in another spelling.
const STRANGE_PATHS: [&str; 8] =
    ["/", "/v2/status", "//v1/status", "/v1/status/", "/v1/%73tatus", "/v1/requests/", "/*", "/v1"];

const REQUESTS: [&str; 6] = ["0", "-1", "4294967295", "4294967296", "%31", "%ff"];

impl Question {
    /// A plain question of a client that knows the token.
    pub(super) fn plain(method: &str, path: &str) -> Self {
        let octets = format!(
            "{method} {path} HTTP/1.1\r\nHost: node\r\nAuthorization: Bearer {TOKEN}\r\n\r\n"
        );
        let asked = Asked { method: method.to_owned(), path: path.to_owned(), admitted: true };
        Self { octets: octets.into_bytes(), fate: Fate::Answered(asked) }
    }

    pub(super) fn read(script: &mut Script<'_>, known: &Description, site: &Site) -> Self {
        match script.octet() % 16 {
            0 => Self::noise(script),
            1..=3 => Self::whole(script, known, site).garbled(script),
            4 => Self { fate: Fate::Abandoned, ..Self::whole(script, known, site) },
            _ => Self::whole(script, known, site),
        }
    }

    /// Octets as they stand in the story, with the token so that they get past the door.
    fn noise(script: &mut Script<'_>) -> Self {
        let (first, rest) = (usize::from(script.octet()), usize::from(script.octet()));
        let mut octets = script.octets(first).to_vec();
        octets.extend(format!("\r\nAuthorization: Bearer {TOKEN}\r\n").into_bytes());
        octets.extend(script.octets(rest));
        Self { octets, fate: Fate::Garbled }
    }

    /// Changes a few octets, leaves some out, or repeats some.
    fn garbled(mut self, script: &mut Script<'_>) -> Self {
        for _ in 0..=script.octet() % 4 {
            let place = script.word() as usize % self.octets.len().max(1);
            let end = (place + usize::from(script.octet() % 16)).min(self.octets.len());
            match script.octet() % 5 {
                0 => drop(self.octets.drain(place..end)),
                1 => self.octets.truncate(place),
                2 => {
                    let again = self.octets[place..end].to_vec();
                    self.octets.splice(place..place, again);
                }
                _ => {
                    if let Some(octet) = self.octets.get_mut(place) {
                        *octet = script.octet();
                    }
                }
            }
        }
        Self { fate: Fate::Garbled, ..self }
    }

    fn whole(script: &mut Script<'_>, known: &Description, site: &Site) -> Self {
        let choice = script.octet();
        let path = match choice {
            0..16 => script.one_of(&STRANGE_PATHS),
            // What changes something leads to more than what shows something.
            16..144 => script.one_of(&CHANGING),
            _ => &known.paths()[usize::from(choice) % known.paths().len()],
        };
        let method = match script.octet() {
            choice @ 0..32 => METHODS[usize::from(choice) % METHODS.len()].to_owned(),
            _ if choice < 16 => "GET".to_owned(),
            other => known.method(path, other),
        };
        let admitted = script.octet() % 32 != 31;
        let query = query(script, &known.parameters(path), site);
        let asked = Asked { method, path: path.to_owned(), admitted };
        let octets = encoded(script, &asked, &query, site);
        Self { octets, fate: Fate::Answered(asked) }
    }
}

fn encoded(script: &mut Script<'_>, asked: &Asked, query: &str, site: &Site) -> Vec<u8> {
    let Asked { method, path, admitted } = asked;
    let body = body::read(script, path, site);
    let place = path.replace("{id}", &request(script));
    let mut octets = format!("{method} {place}{query} HTTP/1.1\r\nHost: node\r\n").into_bytes();
    if *admitted {
        octets.extend(format!("Authorization: Bearer {TOKEN}\r\n").into_bytes());
    } else if script.octet().is_multiple_of(2) {
        octets.extend(b"Authorization: Bearer horse\xff-battery\r\n");
    }
    header(script, &mut octets);
    match (body.len(), script.octet() % 4) {
        (0, _) => octets.extend(b"\r\n"),
        (_, 0) => {
            octets.extend(b"Transfer-Encoding: chunked\r\n\r\n");
            for piece in body.chunks(1 + usize::from(script.octet())) {
                octets.extend(format!("{:x}\r\n", piece.len()).into_bytes());
                octets.extend(piece);
                octets.extend(b"\r\n");
            }
            octets.extend(b"0\r\n\r\n");
        }
        (length, _) => {
            octets.extend(format!("Content-Length: {length}\r\n\r\n").into_bytes());
            octets.extend(body);
        }
    }
    octets
}

/// The number of a request, which may be one that was made.
fn request(script: &mut Script<'_>) -> String {
    match script.octet() {
        choice @ 0..16 => REQUESTS[usize::from(choice) % REQUESTS.len()].to_owned(),
        number @ 16..144 => (number - 15).to_string(),
        number => (u32::from(number - 144) * 256 + u32::from(script.octet())).to_string(),
    }
}

/// Parameters that the path takes, mostly with values that they take.
fn query(script: &mut Script<'_>, known: &[&str], site: &Site) -> String {
    let mut parts = Vec::new();
    let wanted = script.octet();
    for (nth, name) in known.iter().enumerate().filter(|(nth, _)| wanted >> (nth % 6) & 1 == 1) {
        let value = match (*name, script.octet()) {
            (_, choice @ 240..) => VALUES[usize::from(choice) % VALUES.len()].to_owned(),
            (_, 239) => "9".repeat(300),
            ("wait" | "messages", choice) => (choice % 2 == 0).to_string(),
            ("scope", choice) => SCOPES[usize::from(choice) % SCOPES.len()].to_owned(),
            ("after", choice) => site.nth(2 * u16::from(choice)),
            (_, choice) => (choice % 8).to_string(),
        };
        // The last of them once more, now and then.
        for _ in 0..=usize::from(wanted >= 240 && nth + 1 == known.len()) {
            parts.push(format!("{name}={value}"));
        }
    }
    if wanted % 64 == 63 {
        parts.push("wiat=false".to_owned());
    }
    if parts.is_empty() { String::new() } else { format!("?{}", parts.join("&")) }
}

fn header(script: &mut Script<'_>, octets: &mut Vec<u8>) {
    let more: &[u8] = match script.octet() % 16 {
        0 | 1 => b"Idempotency-Key: one\r\n",
        2 => b"Idempotency-Key: another\r\n",
        3 => b"Idempotency-Key:\r\n",
        4 => b"Idempotency-Key: \xfe\xff\r\n",
        5 => b"Last-Event-ID: 18446744073709551615\r\n",
        6 => b"Last-Event-ID: 3\r\nContent-Type: text/plain; charset=utf-7\r\n",
        7 => b"Connection: close\r\n",
        8 => b"Accept: */*;q=\x80\r\nAccept-Encoding: gzip\r\n",
        9 => b"Upgrade: h2c\r\nConnection: Upgrade\r\n",
        _ => b"",
    };
    octets.extend(more);
    if script.octet() % 32 == 31 {
        octets.extend(format!("Idempotency-Key: {}\r\n", "x".repeat(129)).into_bytes());
    }
}
