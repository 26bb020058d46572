//! As much of HTTP/1.1 as it takes to ask a node.

use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use crate::error::Error;

/// Octets of an answer's head: ours are far shorter, so whatever is longer is no node.
const HEAD_MAX: u64 = 64 * 1024;

/// How long a node may take to begin an answer, beyond what it was asked to wait.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where to ask: the control socket of one node. Each question has a connection of its own, so that
/// a client may be shared by threads and survives the node's restart.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Client {
    path: PathBuf,
    patience: Duration,
}

/// What to ask.
#[derive(Debug, Default)]
pub struct Question<'a> {
    /// The method, such as `GET`.
    pub method: &'static str,
    /// The path with its query; values in the query are [`quoted`].
    pub path: &'a str,
    /// Name and value of a further header.
    pub header: Option<(&'static str, &'a str)>,
    /// The document that is sent along.
    pub body: Option<Value>,
    /// How long the answer may take because it was asked to.
    pub wait: Duration,
}

/// A whole answer.
#[derive(Debug)]
pub struct Answer {
    /// The status of HTTP.
    pub status: u16,
    /// The body as it came.
    pub text: String,
    path: PathBuf,
}

impl Answer {
    /// The document.
    ///
    /// # Errors
    /// If it is none: then no node has answered.
    pub fn json(&self) -> Result<Value, Error> {
        serde_json::from_str(&self.text).map_err(|_| Error::Strange(self.path.clone()))
    }
}

impl Client {
    /// Asks the node that listens at the Unix socket `path`.
    #[must_use]
    pub const fn new(path: PathBuf) -> Self {
        Self { path, patience: PATIENCE }
    }

    /// Gives up on a node that has not begun to answer after `patience`, 30 s if not said.
    #[must_use]
    pub fn patient_for(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// The socket of the node.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Asks, and reads the whole answer, which may be a problem document.
    ///
    /// # Errors
    /// If no node answers.
    pub fn ask(&self, question: &Question<'_>) -> Result<Answer, Error> {
        let (status, mut body) = self.open(question)?;
        let mut octets = Vec::new();
        body.read_to_end(&mut octets).map_err(|error| self.broken(error))?;
        let text = String::from_utf8(octets).map_err(|_| Error::Strange(self.path.clone()))?;
        Ok(Answer { status, text, path: self.path.clone() })
    }

    /// Asks, and answers with the status and the body, to be read as it comes.
    ///
    /// # Errors
    /// If no node answers.
    pub fn open(&self, question: &Question<'_>) -> Result<(u16, Body), Error> {
        let mut stream = UnixStream::connect(&self.path).map_err(|why| self.unreachable(why))?;
        let converse = || -> io::Result<Option<(u16, Body)>> {
            stream.set_read_timeout(Some(question.wait + self.patience))?;
            stream.set_write_timeout(Some(self.patience))?;
            stream.write_all(text(question).as_bytes())?;
            head(BufReader::new(stream))
        };
        let answer = converse().map_err(|error| self.broken(error))?;
        answer.ok_or_else(|| Error::Strange(self.path.clone()))
    }

    fn unreachable(&self, why: io::Error) -> Error {
        let path = self.path.clone();
        match why.kind() {
            ErrorKind::NotFound | ErrorKind::ConnectionRefused => Error::NoNode(path),
            ErrorKind::PermissionDenied => Error::Forbidden(path),
            _ => Error::Unreachable { path, why },
        }
    }

    fn broken(&self, why: io::Error) -> Error {
        let path = self.path.clone();
        match why.kind() {
            ErrorKind::WouldBlock | ErrorKind::TimedOut => Error::Silent(path),
            _ => Error::Lost { path, why },
        }
    }
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

/// The body of an answer, framed as the node said.
#[derive(Debug)]
pub struct Body {
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

/// A value in a query, so that nothing in it is taken for a part of the query.
#[must_use]
pub fn quoted(text: &str) -> String {
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
