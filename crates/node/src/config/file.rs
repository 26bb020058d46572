//! A configuration file: TOML with the place of everything in it.

use std::fs;
use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::mistake::{Mistake, Place};
use super::table::{Setting, Table};

/// Reads the file at `path`.
///
/// # Errors
/// If it cannot be read or is not TOML of the expected shape; with the place.
pub fn read_file(path: &Path) -> Result<Table, Vec<Mistake>> {
    let text = fs::read_to_string(path).map_err(|error| {
        vec![Mistake::new(Place::Missing, format!("{}: {error}", path.display()))]
    })?;
    parse(path, &text)
}

pub(super) fn parse(path: &Path, text: &str) -> Result<Table, Vec<Mistake>> {
    let source = Source { path, text };
    let document = DeTable::parse(text).map_err(|error| {
        let place = source.place(error.span().unwrap_or(0..0));
        vec![Mistake::new(place, error.message().trim().to_owned())]
    })?;
    let (mut table, mut mistakes) = (Table::default(), Vec::new());
    for (key, value) in document.get_ref() {
        match (key.get_ref().as_ref(), value.get_ref()) {
            ("scope", DeValue::Array(scopes)) => {
                for scope in scopes {
                    match scope.get_ref() {
                        DeValue::Table(inner) => {
                            let place = Some(source.place(scope.span()));
                            let mut found = Table { place, ..Table::default() };
                            source.fill(&mut found, "", inner, &mut mistakes);
                            table.scopes.push(found);
                        }
                        _ => mistakes.push(source.not_a_scope(scope.span())),
                    }
                }
            }
            ("scope", _) => mistakes.push(source.not_a_scope(value.span())),
            _ => source.take(&mut table, "", key, value, &mut mistakes),
        }
    }
    if mistakes.is_empty() { Ok(table) } else { Err(mistakes) }
}

struct Source<'a> {
    path: &'a Path,
    text: &'a str,
}

type Key<'a> = Spanned<std::borrow::Cow<'a, str>>;

impl Source<'_> {
    fn fill(
        &self,
        table: &mut Table,
        section: &str,
        inner: &DeTable<'_>,
        mistakes: &mut Vec<Mistake>,
    ) {
        for (key, value) in inner {
            self.take(table, section, key, value, mistakes);
        }
    }

    fn take(
        &self,
        table: &mut Table,
        section: &str,
        key: &Key<'_>,
        value: &Spanned<DeValue<'_>>,
        mistakes: &mut Vec<Mistake>,
    ) {
        let name = match section {
            "" => key.get_ref().to_string(),
            section => format!("{section}.{}", key.get_ref()),
        };
        let values = match value.get_ref() {
            DeValue::Table(inner) if !section.contains('.') => {
                return self.fill(table, &name, inner, mistakes);
            }
            DeValue::Array(items) => items.iter().map(|item| self.text(&name, item)).collect(),
            _ => self.text(&name, value).map(|text| vec![text]),
        };
        match values {
            Ok(values) => {
                let key_place = self.place(key.span());
                table.settings.push(Setting { key: name, key_place, values });
            }
            Err(mistake) => mistakes.push(mistake),
        }
    }

    fn text(&self, key: &str, value: &Spanned<DeValue<'_>>) -> Result<(String, Place), Mistake> {
        let place = self.place(value.span());
        let text = match value.get_ref() {
            DeValue::String(text) => text.to_string(),
            DeValue::Integer(number) => number.to_string().replace('_', ""),
            DeValue::Float(number) => number.as_str().to_owned(),
            DeValue::Boolean(true) => "on".to_owned(),
            DeValue::Boolean(false) => "off".to_owned(),
            other => {
                let message = format!("`{key}` cannot be a {}", other.type_str());
                return Err(Mistake::new(place, message));
            }
        };
        Ok((text, place))
    }

    fn not_a_scope(&self, span: Range<usize>) -> Mistake {
        Mistake::new(self.place(span), "a scope is a table")
            .help("write `[[scope]]` on a line of its own, and its settings below")
    }

    fn place(&self, span: Range<usize>) -> Place {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Place::File {
            path: self.path.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }
}
