//! Tables for people.

use std::io::{self, Write};

use crate::look::{Paint, Tone};

/// Rows under headings, in columns as wide as they need to be. A column is flushed right if its
/// heading begins with a space.
pub(crate) struct Table {
    headings: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(headings: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { headings: headings.into_iter().map(Into::into).collect(), rows: Vec::new() }
    }

    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    pub(crate) fn print(&self, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            let heading = self.headings[column].trim_start().chars().count();
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0).max(heading)
        };
        let widths: Vec<usize> = (0..self.headings.len()).map(width).collect();
        let line = |cells: &mut dyn Iterator<Item = &str>| {
            let mut line = String::new();
            for ((cell, width), heading) in cells.zip(&widths).zip(&self.headings) {
                let gap = if line.is_empty() { "" } else { "  " };
                line += &match heading.starts_with(' ') {
                    true => format!("{gap}{cell:>width$}"),
                    false => format!("{gap}{cell:<width$}"),
                };
            }
            line.trim_end().to_owned()
        };
        let headings = line(&mut self.headings.iter().map(|heading| heading.trim_start()));
        writeln!(out, "{}", paint.tone(Tone::Heading, headings))?;
        for row in &self.rows {
            writeln!(out, "{}", line(&mut row.iter().map(String::as_str)))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut table = Table::new(["NAME", " COUNT"]);
        table.row(["a".to_owned(), "1".to_owned()]);
        table.row(["longer".to_owned(), "123456".to_owned()]);
        let mut out = Vec::new();
        table.print(Paint::None, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text, "NAME     COUNT\na            1\nlonger  123456\n");
    }
}
