//! Reading a store while its node is down.

use std::path::Path;

use aap::Item;
use addrspace::{Family, Range};
use redb::{ReadableDatabase, ReadableTable};

use super::{
    ANSWERS, FILE, ITEMS, META, SCOPES, Shelf, StoreError, answers, check_format, open_file, row,
};

/// Everything a store holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoreView {
    /// The number of its format.
    pub format: u32,
    /// Name and range of each scope it was ever used for.
    pub scopes: Vec<(String, String)>,
    /// What it remembers, by scope and key.
    pub items: Vec<StoredItem>,
    /// What clients may ask for again: their keys, and the answers as stored, a line of JSON each.
    pub answers: Vec<(String, String)>,
}

/// One thing a store remembers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredItem {
    /// The scope's name.
    pub scope: String,
    /// The family of its addresses.
    pub family: Family,
    /// Its key, such as `own 239.255.0.7`.
    pub key: String,
    /// Its value as stored: one line of JSON.
    pub value: String,
    /// Its value as the node reads it.
    pub item: Item,
}

/// Reads the store in `directory` and checks every page, value and scope of it. Nothing is
/// changed, but for the repair that any opening after a kill does.
///
/// # Errors
/// If there is none, a node uses it, or anything in it is not as it should be.
pub fn inspect(directory: &Path) -> Result<StoreView, StoreError> {
    let path = directory.join(FILE);
    match std::fs::metadata(&path) {
        Ok(file) if file.len() == 0 => {
            return Err(StoreError::Corrupt { path, why: "the file is empty".to_owned() });
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(StoreError::Missing { path });
        }
        _ => {}
    }
    let database = open_file(&path)?;
    let read = database.begin_read()?;
    let format = match read.open_table(META) {
        Ok(meta) => meta.get("format")?.map(|format| format.value().to_owned()),
        Err(_) => None,
    };
    check_format(&path, format.as_deref())?;
    let corrupt = |why: String| StoreError::Corrupt { path: path.clone(), why };
    let mut scopes = Vec::new();
    match read.open_table(SCOPES) {
        Ok(table) => {
            for entry in table.iter()? {
                let (name, range) = entry?;
                scopes.push((name.value().to_owned(), range.value().to_owned()));
            }
        }
        Err(redb::TableError::TableDoesNotExist(_)) => {}
        Err(error) => return Err(error.into()),
    }
    let mut items = Vec::new();
    for entry in read.open_table(ITEMS)?.iter()? {
        let (key, value) = entry?;
        let ((scope, key), value) = (key.value(), value.value());
        let range = scopes.iter().find(|(name, _)| name == scope).map(|(_, range)| range);
        let range =
            range.ok_or_else(|| corrupt(format!("`{key}` is of unknown scope `{scope}`")))?;
        let (family, _) = Range::parse(range).map_err(|error| corrupt(error.to_string()))?;
        let item =
            row::read(value, family).map_err(|why| corrupt(format!("`{scope}` `{key}`: {why}")))?;
        let (scope, key, value) = (scope.to_owned(), key.to_owned(), value.to_owned());
        items.push(StoredItem { scope, family, key, value, item });
    }
    let mut shelves = Vec::new();
    for (name, range) in &scopes {
        let (family, range) = Range::parse(range).map_err(|error| corrupt(error.to_string()))?;
        shelves.push(Shelf { name: name.clone(), family, range });
    }
    let mut answers = Vec::new();
    match read.open_table(ANSWERS) {
        Ok(table) => {
            for entry in table.iter()? {
                let (name, value) = entry?;
                let (name, value) = (name.value(), value.value());
                answers::read(name, value, &shelves)
                    .map_err(|why| corrupt(format!("the answer to `{name}`: {why}")))?;
                answers.push((name.to_owned(), value.to_owned()));
            }
        }
        Err(redb::TableError::TableDoesNotExist(_)) => {}
        Err(error) => return Err(error.into()),
    }
    let format = format.and_then(|format| format.parse().ok()).unwrap_or(super::FORMAT);
    Ok(StoreView { format, scopes, items, answers })
}
