use std::io::{BufRead, BufReader, Read};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::question::Asked;

/// Octets of the longest answer: what a node of a few hundred addresses has to say is shorter.
const ANSWER_MAX: u64 = 1 << 20;

/// How long is listened to what garbled octets lead to.
const PATIENCE: Duration = Duration::from_millis(200);

/// A whole answer.
pub(super) struct Answer {
    pub(super) status: u16,
    /// What is in it; without parameters such as the character set.
    pub(super) kind: String,
    /// Whether the connection stays for another question.
    pub(super) goes_on: bool,
    body: Vec<u8>,
}

impl Answer {
    /// Reads one answer, or what has come of a stream of events so far.
    pub(super) fn read(stream: impl Read, asked: &Asked) -> Result<Self, String> {
        let mut reader = BufReader::with_capacity(4096, stream).take(ANSWER_MAX);
        let (status, mut answer, framing) = head(&mut reader)?;
        answer.status = status;
        answer.body = match framing {
            _ if asked.method == "HEAD" => Vec::new(),
            Framing::Length(length) => exactly(&mut reader, length)?,
            Framing::Chunks => {
                // Only the stream of events has no length: it need not end, so it is left.
                answer.goes_on = false;
                chunk(&mut reader)?
            }
        };
        Ok(answer)
    }

    /// Reads what is said to octets that may be no question: nothing, or answers, which may be a
    /// stream of events that does not end.
    pub(super) fn read_statuses(stream: &mut TcpStream) -> Result<(), String> {
        stream.set_read_timeout(Some(PATIENCE)).map_err(|why| why.to_string())?;
        let (mut octets, mut piece, start) = (Vec::new(), [0; 4096], Instant::now());
        // What it had no use for makes the system cut the connection.
        while let Ok(length @ 1..) = stream.read(&mut piece) {
            octets.extend_from_slice(&piece[..length]);
            if start.elapsed() > PATIENCE {
                break;
            }
        }
        if octets.is_empty() || octets.starts_with(b"HTTP/1.") {
            return Ok(());
        }
        Err(format!("{} is no answer", String::from_utf8_lossy(&octets)))
    }

    pub(super) fn text(&self) -> String {
        format!("{} {}", self.status, String::from_utf8_lossy(&self.body))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.body.is_empty()
    }

    /// The document; nothing if it is none.
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    pub(super) fn document<T: serde::de::DeserializeOwned>(&self) -> Result<T, String> {
        serde_json::from_slice(&self.body).map_err(|why| why.to_string())
    }
}

enum Framing {
    Length(usize),
    Chunks,
}

fn head(reader: &mut impl BufRead) -> Result<(u16, Answer, Framing), String> {
    let first = line(reader)?;
    let status = first.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok());
    let status = status.ok_or_else(|| format!("`{first}` begins no answer"))?;
    let mut answer = Answer { status, kind: String::new(), goes_on: true, body: Vec::new() };
    let mut framing = Framing::Length(0);
    loop {
        let line = line(reader)?;
        if line.is_empty() {
            return Ok((status, answer, framing));
        }
        let (name, value) = line.split_once(": ").ok_or_else(|| format!("`{line}`"))?;
        match name.to_ascii_lowercase().as_str() {
            "content-length" => framing = Framing::Length(value.parse().map_err(|_| line.clone())?),
            "transfer-encoding" => framing = Framing::Chunks,
            "connection" => answer.goes_on = !value.eq_ignore_ascii_case("close"),
            "content-type" => {
                value.split(';').next().unwrap_or_default().clone_into(&mut answer.kind);
            }
            _ => {}
        }
    }
}

fn line(reader: &mut impl BufRead) -> Result<String, String> {
    let mut line = String::new();
    reader.read_line(&mut line).map_err(|why| format!("no answer: {why}"))?;
    let whole = line.strip_suffix("\r\n").ok_or_else(|| format!("`{line}` is cut off"))?;
    Ok(whole.to_owned())
}

fn chunk(reader: &mut impl BufRead) -> Result<Vec<u8>, String> {
    let digits = line(reader)?;
    let length = usize::from_str_radix(&digits, 16).map_err(|_| format!("chunk `{digits}`"))?;
    exactly(reader, length)
}

fn exactly(reader: &mut impl BufRead, length: usize) -> Result<Vec<u8>, String> {
    let mut octets = vec![0; length.min(ANSWER_MAX as usize)];
    reader.read_exact(&mut octets).map_err(|why| format!("cut off: {why}"))?;
    Ok(octets)
}
