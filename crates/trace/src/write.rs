use std::io;

use crate::{Entry, Header, Journal};

/// Writes a journal line by line.
///
/// ```
/// # use trace::{Header, Writer};
/// let mut out = Vec::new();
/// Writer::new(&mut out, &Header::new("nothing happens", 7))?;
/// assert_eq!(
///     String::from_utf8(out).unwrap(),
///     "{\"schema\":\"aap.trace\",\"version\":1,\"title\":\"nothing happens\",\"seed\":7,\"hosts\":[]}\n",
/// );
/// # Ok::<_, std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
}

impl<W: io::Write> Writer<W> {
    /// Writes the header.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn new(mut out: W, header: &Header) -> io::Result<Self> {
        serde_json::to_writer(&mut out, header)?;
        out.write_all(b"\n")?;
        Ok(Self { out })
    }

    /// Writes one entry.
    ///
    /// # Errors
    /// Those of the underlying writer.
    pub fn entry(&mut self, entry: &Entry) -> io::Result<()> {
        serde_json::to_writer(&mut self.out, entry)?;
        self.out.write_all(b"\n")
    }
}

/// Writes a whole journal.
///
/// # Errors
/// Those of `out`.
pub fn write<W: io::Write>(out: W, journal: &Journal) -> io::Result<()> {
    let mut writer = Writer::new(out, &journal.header)?;
    journal.entries.iter().try_for_each(|entry| writer.entry(entry))
}

/// The line of one entry, without its line feed.
#[must_use]
pub fn line(entry: &Entry) -> String {
    serde_json::to_string(entry).unwrap_or_default()
}
