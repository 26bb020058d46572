use std::cell::RefCell;
use std::collections::BTreeSet;

use super::mistake::{Mistake, Place, nearest};

/// Settings as they were given, by a file or by flags: keys with text, each with its place.
///
/// Keys of a section have its name in front, such as `constants.announce-wait`.
#[derive(Clone, Debug, Default)]
pub struct Table {
    pub(super) settings: Vec<Setting>,
    /// The tables of the scopes.
    pub(super) scopes: Vec<Table>,
    /// Where the table itself begins.
    pub(super) place: Option<Place>,
}

#[derive(Clone, Debug)]
pub(super) struct Setting {
    pub(super) key: String,
    pub(super) key_place: Place,
    pub(super) values: Vec<(String, Place)>,
}

impl Table {
    /// Adds a setting given by `flag`. Given again, values add up; whoever reads one value takes
    /// the last.
    pub fn flag(&mut self, flag: &str, key: &str, value: impl Into<String>) {
        let place = Place::Flag(flag.to_owned());
        let value = (value.into(), place.clone());
        match self.settings.iter_mut().find(|setting| setting.key == key) {
            Some(setting) => setting.values.push(value),
            None => self.settings.push(Setting {
                key: key.to_owned(),
                key_place: place,
                values: vec![value],
            }),
        }
    }

    /// Adds a scope given by `flag` as `RANGE` or `NAME=RANGE`, either with `:large` behind it.
    pub fn scope_flag(&mut self, flag: &str, text: &str) {
        let (text, kind) = match text.strip_suffix(":large") {
            Some(text) => (text, "large"),
            None => (text.strip_suffix(":small").unwrap_or(text), "small"),
        };
        let (name, range) = text.split_once('=').unwrap_or((text, text));
        let mut scope = Self { place: Some(Place::Flag(flag.to_owned())), ..Self::default() };
        scope.flag(flag, "name", name);
        scope.flag(flag, "range", range);
        scope.flag(flag, "kind", kind);
        self.scopes.push(scope);
    }

    /// Adds a range that a Prefix Coordinator offers to the last scope given by a flag.
    pub fn space_flag(&mut self, flag: &str, text: &str) {
        match self.scopes.last_mut() {
            Some(scope) => scope.flag(flag, "space", text),
            // Without a scope, settling says what is missing.
            None => self.flag(flag, "space", text),
        }
    }

    fn find(&self, key: &str) -> Option<&Setting> {
        self.settings.iter().find(|setting| setting.key == key)
    }
}

/// Reads settings from several tables, the first of which wins, and collects what is wrong.
pub(super) struct Reader<'a> {
    pub(super) tables: Vec<&'a Table>,
    used: RefCell<BTreeSet<String>>,
    pub(super) mistakes: &'a RefCell<Vec<Mistake>>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(tables: Vec<&'a Table>, mistakes: &'a RefCell<Vec<Mistake>>) -> Self {
        Self { tables, used: RefCell::new(BTreeSet::new()), mistakes }
    }

    pub(super) fn wrong(&self, mistake: Mistake) {
        self.mistakes.borrow_mut().push(mistake);
    }

    /// Every value of `key` with its place, each as `parse` reads it.
    pub(super) fn all<T>(
        &self,
        key: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Vec<(T, Place)> {
        self.used.borrow_mut().insert(key.to_owned());
        let setting = self.tables.iter().find_map(|table| table.find(key));
        let mut read = Vec::new();
        for (text, place) in setting.into_iter().flat_map(|setting| &setting.values) {
            match parse(text) {
                Ok(value) => read.push((value, place.clone())),
                Err(why) => self.wrong(Mistake::new(place.clone(), format!("`{key}`: {why}"))),
            }
        }
        read
    }

    /// The value of `key`; the last if several were given.
    pub(super) fn one<T>(
        &self,
        key: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<(T, Place)> {
        self.all(key, parse).pop()
    }

    /// The value of `key` without its place.
    pub(super) fn value<T>(
        &self,
        key: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        self.one(key, parse).map(|(value, _)| value)
    }

    /// One of some words.
    pub(super) fn word<T: Copy>(&self, key: &str, words: &[(&str, T)]) -> Option<T> {
        self.value(key, |text| {
            let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
            found.ok_or_else(|| {
                let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
                format!("cannot be `{text}`: use {}", known.join(" or "))
            })
        })
    }

    /// The keys of `section` that were given, without its name.
    pub(super) fn section(&self, section: &str) -> Vec<String> {
        let keys = self.tables.iter().flat_map(|table| &table.settings);
        keys.filter_map(|s| s.key.strip_prefix(section)?.strip_prefix('.'))
            .map(str::to_owned)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect()
    }

    /// Takes `key` for known: what is wrong with it has been said.
    pub(super) fn ignore(&self, key: &str) {
        self.used.borrow_mut().insert(key.to_owned());
    }

    /// Where the keys of settings stand.
    pub(super) fn key_place(&self, key: &str) -> Place {
        let setting = self.tables.iter().find_map(|table| table.find(key));
        setting.map_or(Place::Missing, |setting| setting.key_place.clone())
    }

    /// Complains about settings that nobody asked for.
    pub(super) fn unknown(&self, known: &[&str]) {
        let used = self.used.borrow();
        for setting in self.tables.iter().flat_map(|table| &table.settings) {
            if used.contains(&setting.key) {
                continue;
            }
            let message = format!("there is no setting `{}`", setting.key);
            let mistake = Mistake::new(setting.key_place.clone(), message);
            self.wrong(match nearest(&setting.key, known.iter().copied()) {
                Some(meant) => mistake.help(format!("did you mean `{meant}`?")),
                None => mistake,
            });
        }
    }
}
