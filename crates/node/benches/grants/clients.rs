//! Clients that ask one thing after the other, each over a connection that it keeps.

use std::cell::Cell;
use std::io;
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::net::UnixStream;
use tokio::runtime;
use tokio::task::LocalSet;

/// What a round came to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measured {
    pub(crate) per_second: u64,
    pub(crate) p50_us: u64,
    pub(crate) p99_us: u64,
}

impl Measured {
    fn new(mut spans: Vec<Duration>, whole: Duration) -> Self {
        spans.sort_unstable();
        let at = |percent: usize| micros(spans[(spans.len() - 1) * percent / 100]);
        let per_second = spans.len() as u64 * 1_000_000 / micros(whole).max(1);
        Self { per_second, p50_us: at(50), p99_us: at(99) }
    }

    /// The median of each number.
    pub(crate) fn median(rounds: &[Self]) -> Self {
        let of = |number: fn(&Self) -> u64| {
            let mut numbers: Vec<u64> = rounds.iter().map(number).collect();
            numbers.sort_unstable();
            numbers[numbers.len() / 2]
        };
        Self {
            per_second: of(|m| m.per_second),
            p50_us: of(|m| m.p50_us),
            p99_us: of(|m| m.p99_us),
        }
    }
}

fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).expect("it took less than an age")
}

/// Has `clients` make `requests` requests together.
pub(crate) fn measure(socket: &Path, path: &str, clients: usize, requests: usize) -> Measured {
    let runtime = runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let left = Rc::new(Cell::new(requests));
    let local = LocalSet::new();
    runtime.block_on(local.run_until(async {
        let mut streams = Vec::new();
        for _ in 0..clients {
            streams.push(UnixStream::connect(socket).await.expect("someone listens"));
        }
        let start = Instant::now();
        let tasks: Vec<_> = streams
            .into_iter()
            .map(|stream| {
                tokio::task::spawn_local(client(stream, path.to_owned(), Rc::clone(&left)))
            })
            .collect();
        let mut spans = Vec::with_capacity(requests);
        for task in tasks {
            spans.extend(task.await.expect("no panic").expect("an answer"));
        }
        Measured::new(spans, start.elapsed())
    }))
}

/// Asks until all requests are made; returns how long each took.
async fn client(
    stream: UnixStream,
    path: String,
    left: Rc<Cell<usize>>,
) -> io::Result<Vec<Duration>> {
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: node\r\nContent-Length: 18\r\n\r\n{{\"lifetime_s\":600}}"
    );
    let (mut spans, mut answer) = (Vec::new(), Vec::new());
    while let Some(rest) = left.get().checked_sub(1) {
        left.set(rest);
        let start = Instant::now();
        send(&stream, request.as_bytes()).await?;
        read_answer(&stream, &mut answer).await?;
        spans.push(start.elapsed());
    }
    Ok(spans)
}

async fn send(stream: &UnixStream, mut octets: &[u8]) -> io::Result<()> {
    while !octets.is_empty() {
        stream.writable().await?;
        match stream.try_write(octets) {
            Ok(length) => octets = &octets[length..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Reads one answer, which has to be a yes.
async fn read_answer(stream: &UnixStream, answer: &mut Vec<u8>) -> io::Result<()> {
    answer.clear();
    let mut piece = [0; 4096];
    loop {
        stream.readable().await?;
        match stream.try_read(&mut piece) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(length) => answer.extend_from_slice(&piece[..length]),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
            Err(error) => return Err(error),
        }
        if let Some(length) = whole(answer)
            && answer.len() >= length
        {
            let text = String::from_utf8_lossy(answer);
            assert!(text.starts_with("HTTP/1.1 200"), "{text}");
            return Ok(());
        }
    }
}

/// How long the answer is, once its head is there.
fn whole(answer: &[u8]) -> Option<usize> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let head = std::str::from_utf8(&answer[..end]).ok()?.to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "))?;
    Some(end + length.trim().parse::<usize>().ok()?)
}
