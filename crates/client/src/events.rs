use std::io::{BufRead as _, BufReader};

use crate::documents::Event;
use crate::http::Body;

/// Events of a node as they happen; ends with the node, or when the connection breaks.
#[derive(Debug)]
pub struct Events {
    lines: BufReader<Body>,
}

impl Events {
    pub(crate) fn new(body: Body) -> Self {
        Self { lines: BufReader::new(body) }
    }
}

impl Iterator for Events {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        let mut line = String::new();
        loop {
            line.clear();
            if self.lines.read_line(&mut line).ok()? == 0 {
                return None;
            }
            // The stream says the number and the kind on lines of their own, too.
            let Some(data) = line.strip_prefix("data: ") else { continue };
            if let Ok(event) = serde_json::from_str(data) {
                return Some(event);
            }
        }
    }
}
