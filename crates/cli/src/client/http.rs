//! As much of HTTP/1.1 as it takes to ask a node: one request per connection, over its Unix socket.

use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use crate::exit::Failure;

/// Octets of an answer's head: ours are far shorter, so whatever is longer is no node.
const HEAD_MAX: u64 = 64 * 1024;

/// How long a node may take to begin an answer, beyond what it was asked to wait.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where to ask.
#[derive(Debug)]
pub(super) struct Client {
    path: PathBuf,
}

/// What to ask.
#[derive(Debug, Default)]
pub(super) struct Question<'a> {
    pub(super) method: &'static str,
    pub(super) path: &'a str,
    /// Name and value of a further header.
    pub(super) header: Option<(&'static str, &'a str)>,
    pub(super) body: Option<Value>,
    /// How long the answer may take because it was asked to.
    pub(super) wait: Duration,
}

/// A whole answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) text: String,
    path: PathBuf,
}

impl Answer {
    /// The document.
    pub(super) fn json(&self) -> Result<Value, Failure> {
        serde_json::from_str(&self.text).map_err(|_| strange(&self.path))
    }
}

impl Client {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Asks, and reads the whole answer.
    pub(super) fn ask(&self, question: &Question<'_>) -> Result<Answer, Failure> {
        let (status, mut body) = self.open(question)?;
        let mut octets = Vec::new();
        body.read_to_end(&mut octets).map_err(|error| self.broken(&error))?;
        let text = String::from_utf8(octets).map_err(|_| strange(&self.path))?;
        Ok(Answer { status, text, path: self.path.clone() })
    }

    /// Asks, and answers with the status and the body, to be read as it comes.
    pub(super) fn open(&self, question: &Question<'_>) -> Result<(u16, Body), Failure> {
        let mut stream = UnixStream::connect(&self.path).map_err(|why| self.unreachable(&why))?;
        let converse = || -> io::Result<Option<(u16, Body)>> {
            stream.set_read_timeout(Some(question.wait + PATIENCE))?;
            stream.write_all(text(question).as_bytes())?;
            head(BufReader::new(stream))
        };
        converse().map_err(|error| self.broken(&error))?.ok_or_else(|| strange(&self.path))
    }

    fn unreachable(&self, error: &io::Error) -> Failure {
        let path = self.path.display();
        Failure::Environment(match error.kind() {
            ErrorKind::NotFound | ErrorKind::ConnectionRefused => format!(
                "no node listens at {path}\n  start one with `aap node`, or name its socket with \
                 --control or AAP_CONTROL"
            ),
            ErrorKind::PermissionDenied => format!(
                "you may not use {path}\n  the node's owner and group may: ask to be made a member"
            ),
            _ => format!("cannot reach the node at {path}: {error}"),
        })
    }

    fn broken(&self, error: &io::Error) -> Failure {
        let path = self.path.display();
        Failure::Environment(match error.kind() {
            ErrorKind::WouldBlock | ErrorKind::TimedOut => {
                format!("the node at {path} does not answer")
            }
            _ => format!("lost the node at {path}: {error}"),
        })
    }
}

fn strange(path: &Path) -> Failure {
    Failure::Environment(format!(
        "what listens at {} does not speak as a node does",
        path.display()
    ))
}

fn text(question: &Question<'_>) -> String {
    let body = question.body.as_ref().map_or_else(String::new, Value::to_string);
    let Question { method, path, header, .. } = question;
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: node\r\nConnection: close\r\n");
    if let Some((name, value)) = header {
        // Writing to a string cannot fail.
        let _ = write!(text, "{name}: {value}\r\n");
    }
    if !body.is_empty() {
        let _ =
            write!(text, "Content-Type: application/json\r\nContent-Length: {}\r\n", body.len());
    }
    text + "\r\n" + &body
}

/// Reads the head of an answer. `None` if it is none.
fn head(mut stream: BufReader<UnixStream>) -> io::Result<Option<(u16, Body)>> {
    let mut left = (&mut stream).take(HEAD_MAX);
    let mut line = || -> io::Result<String> {
        let mut line = String::new();
        left.read_line(&mut line)?;
        Ok(line.trim_end().to_owned())
    };
    let first = line()?;
    let status = first.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok());
    let Some(status) = status else { return Ok(None) };
    let mut framing = Framing::ToTheEnd;
    loop {
        let line = line()?;
        if line.is_empty() {
            break;
        }
        let Some((name, value)) = line.split_once(':') else { return Ok(None) };
        let value = value.trim();
        if name.eq_ignore_ascii_case("transfer-encoding") && value.eq_ignore_ascii_case("chunked") {
            framing = Framing::Chunked { left: 0 };
        } else if name.eq_ignore_ascii_case("content-length") {
            let Ok(left) = value.parse() else { return Ok(None) };
            framing = Framing::Length { left };
        }
    }
    Ok(Some((status, Body { stream, framing })))
}

/// The body of an answer.
#[derive(Debug)]
pub(super) struct Body {
    stream: BufReader<UnixStream>,
    framing: Framing,
}

#[derive(Debug)]
enum Framing {
    ToTheEnd,
    Length {
        left: u64,
    },
    /// What is left of the current chunk.
    Chunked {
        left: u64,
    },
    Over,
}

impl Read for Body {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Framing::Chunked { left: 0 } = self.framing {
            self.framing = match chunk(&mut self.stream)? {
                0 => Framing::Over,
                left => Framing::Chunked { left },
            };
        }
        match &mut self.framing {
            Framing::Over => Ok(0),
            Framing::ToTheEnd => self.stream.read(buffer),
            Framing::Length { left } => {
                let read = (&mut self.stream).take(*left).read(buffer)?;
                *left -= read as u64;
                if read == 0 && *left > 0 { Err(ErrorKind::UnexpectedEof.into()) } else { Ok(read) }
            }
            Framing::Chunked { left } => {
                let read = (&mut self.stream).take(*left).read(buffer)?;
                *left -= read as u64;
                if read == 0 {
                    return Err(ErrorKind::UnexpectedEof.into());
                }
                if *left == 0 {
                    // The line end after the chunk.
                    self.stream.read_line(&mut String::new())?;
                }
                Ok(read)
            }
        }
    }
}

/// Reads the line before a chunk: its length.
fn chunk(stream: &mut BufReader<UnixStream>) -> io::Result<u64> {
    let mut line = String::new();
    stream.take(HEAD_MAX).read_line(&mut line)?;
    let digits = line.split(';').next().unwrap_or_default().trim();
    u64::from_str_radix(digits, 16).map_err(|_| ErrorKind::InvalidData.into())
}

/// A value in a query.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::new();
    for octet in text.bytes() {
        if octet.is_ascii_alphanumeric() || b"-._~:".contains(&octet) {
            quoted.push(char::from(octet));
        } else {
            let _ = write!(quoted, "%{octet:02X}");
        }
    }
    quoted
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    /// What a client makes of an answer in these octets.
    fn answered(octets: &'static [u8]) -> Result<(u16, String), Option<ErrorKind>> {
        let (mut node, client) = UnixStream::pair().unwrap();
        let node = thread::spawn(move || node.write_all(octets));
        let parsed = head(BufReader::new(client)).map_err(|e| Some(e.kind()))?.ok_or(None)?;
        let (status, mut body) = parsed;
        let mut text = String::new();
        body.read_to_string(&mut text).map_err(|e| Some(e.kind()))?;
        node.join().unwrap().unwrap();
        Ok((status, text))
    }

    #[test]
    fn bodies_end_where_they_say() {
        let check = |octets, body: &str| assert_eq!(answered(octets), Ok((200, body.to_owned())));
        check(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}junk", "{}");
        check(b"HTTP/1.1 200 OK\r\n\r\nall", "all");
        check(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1;x\r\nd\r\n0\r\n\r\n",
            "abcd",
        );
    }

    #[test]
    fn what_is_cut_off_or_no_http_is_an_error() {
        let eof = Err(Some(ErrorKind::UnexpectedEof));
        assert_eq!(answered(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}"), eof);
        let cut = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\na";
        assert_eq!(answered(cut), eof);
        assert_eq!(answered(b"SSH-2.0-x\r\n"), Err(None));
    }

    #[test]
    fn a_query_keeps_its_parts_apart() {
        assert_eq!(quoted("ff05::1 a&b"), "ff05::1%20a%26b");
    }
}
