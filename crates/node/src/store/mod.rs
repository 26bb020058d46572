//! Stable storage (draft section 3.1): one redb file per node.
//!
//! A transaction that has been committed survives a kill and a loss of power; one that has not,
//! leaves no trace. Every page carries a checksum, and opening checks them all: a damaged file is
//! refused, never half read and never replaced by an empty one.
//!
//! | table | key | value |
//! |---|---|---|
//! | `meta` | `format` | the number of this format |
//! | `scopes` | name | the scope's range |
//! | `items` | scope name, item key such as `own 239.255.0.7` | one line of JSON |
//! | `answers` | a client's key | one line of JSON: what its request got; older programs do not look |

mod answers;
mod error;
mod inspect;
mod prepare;
mod row;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use aap::Item;
use addrspace::{Family, Range};
use redb::{Builder, Database, ReadableDatabase, ReadableTable, TableDefinition};
use sansio::{Stored, UtcSecs};

use crate::answer::{Answer, is_stale};

pub use error::StoreError;
pub use inspect::{StoreView, StoredItem, inspect};
pub use prepare::prepare;
pub(crate) use row::{read as read_row, write as write_row};

/// The number of the format this program writes, and the newest it reads.
pub const FORMAT: u32 = 1;

/// The name of the file inside a data directory.
const FILE: &str = "aap.redb";
/// Under which it is made, so that a file of the real name is always whole.
const NEW_FILE: &str = "aap.redb.new";
/// A node's record is small and loaded whole at the start; a large cache would only hold memory.
const CACHE: usize = 4 << 20;

const META: TableDefinition<'_, &str, &str> = TableDefinition::new("meta");
const SCOPES: TableDefinition<'_, &str, &str> = TableDefinition::new("scopes");
const ITEMS: TableDefinition<'_, (&str, &str), &str> = TableDefinition::new("items");
const ANSWERS: TableDefinition<'_, &str, &str> = TableDefinition::new("answers");

/// A scope whose items are kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Shelf {
    pub(crate) name: String,
    pub(crate) family: Family,
    pub(crate) range: Range,
}

/// An open store.
#[derive(Debug)]
pub(crate) struct Store {
    database: Database,
    shelves: Vec<Shelf>,
    answered: answers::Index,
}

impl Store {
    /// Opens the store in `directory`, which is made if it does not exist, as is the store.
    /// Returns what it holds for each shelf, in the order of keys.
    pub(crate) fn open(
        directory: &Path,
        shelves: Vec<Shelf>,
    ) -> Result<(Self, Vec<Vec<Item>>), StoreError> {
        fs::create_dir_all(directory).map_err(|e| StoreError::directory(directory, &e))?;
        let path = directory.join(FILE);
        let database = match fs::metadata(&path) {
            Ok(file) if file.len() == 0 => {
                return Err(StoreError::Corrupt { path, why: "the file is empty".to_owned() });
            }
            Ok(_) => open_file(&path)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => create(directory)?,
            Err(error) => return Err(StoreError::directory(directory, &error)),
        };
        let mut store = Self { database, shelves, answered: answers::Index::default() };
        store.check_format(&path)?;
        store.claim_shelves(&path)?;
        let items = store.load(&path)?;
        Ok((store, items))
    }

    /// What it holds now for each shelf, in the order of keys.
    pub(crate) fn items(&self) -> Result<Vec<Vec<Item>>, StoreError> {
        self.load(Path::new(FILE))
    }

    /// The answers that clients may ask for again, latest last.
    pub(crate) fn recall(&mut self, now: UtcSecs) -> Result<Vec<Answer>, StoreError> {
        let read = self.database.begin_read()?;
        let table = match read.open_table(ANSWERS) {
            Ok(table) => table,
            Err(redb::TableError::TableDoesNotExist(_)) => return Ok(Vec::new()),
            Err(error) => return Err(error.into()),
        };
        let mut found = Vec::new();
        for entry in table.iter()? {
            let (name, text) = entry?;
            let (name, text) = (name.value(), text.value());
            let answer = answers::read(name, text, &self.shelves).map_err(|why| {
                let why = format!("the answer to `{name}`: {why}");
                StoreError::Corrupt { path: FILE.into(), why }
            })?;
            let Some(answer) = answer else { continue };
            self.answered.note(name, answer.memo.made);
            if !is_stale(answer.memo.made, now) {
                found.push(answer);
            }
        }
        found.sort_by_key(|answer| (answer.memo.made, answer.request));
        Ok(found)
    }

    /// Makes `writes` and `answers` durable, all or none: shelf and item, where a later write
    /// wins. Answers that are too old, or too many, go.
    pub(crate) fn commit<'a>(
        &mut self,
        writes: impl Iterator<Item = (usize, &'a Item)>,
        answers: &[Answer],
        now: UtcSecs,
    ) -> Result<(), StoreError> {
        let transaction = self.database.begin_write()?;
        if !answers.is_empty() {
            let mut table = transaction.open_table(ANSWERS)?;
            for answer in answers {
                let Some(text) = answers::write(answer, &self.shelves[answer.scope.0]) else {
                    continue;
                };
                table.insert(&*answer.memo.key.name, &*text)?;
                self.answered.note(&answer.memo.key.name, answer.memo.made);
            }
            while let Some(name) = self.answered.pop(now) {
                table.remove(&*name)?;
            }
        }
        {
            let mut items = transaction.open_table(ITEMS)?;
            for (shelf, item) in writes {
                let Shelf { name, family, .. } = &self.shelves[shelf];
                let key = row::key(item.key(), *family);
                match row::write(item, *family) {
                    Some(value) => items.insert((name.as_str(), key.as_str()), value.as_str())?,
                    None => items.remove((name.as_str(), key.as_str()))?,
                };
            }
        }
        transaction.commit()?;
        Ok(())
    }

    fn check_format(&self, path: &Path) -> Result<(), StoreError> {
        let read = self.database.begin_read()?;
        let format = match read.open_table(META) {
            Ok(meta) => meta.get("format")?.map(|format| format.value().to_owned()),
            Err(redb::TableError::TableDoesNotExist(_)) => None,
            Err(error) => return Err(error.into()),
        };
        check_format(path, format.as_deref())
    }

    /// Enters new shelves, and refuses one whose scope was another when it was filled.
    fn claim_shelves(&mut self, path: &Path) -> Result<(), StoreError> {
        let transaction = self.database.begin_write()?;
        {
            let mut scopes = transaction.open_table(SCOPES)?;
            for Shelf { name, family, range } in &self.shelves {
                let wanted = range.display(*family).to_string();
                let found = scopes.get(name.as_str())?.map(|range| range.value().to_owned());
                match found {
                    Some(stored) if stored != wanted => {
                        let (path, scope) = (path.to_owned(), name.clone());
                        return Err(StoreError::OtherScope { path, scope, stored, wanted });
                    }
                    Some(_) => {}
                    None => drop(scopes.insert(name.as_str(), wanted.as_str())?),
                }
            }
        }
        transaction.commit()?;
        Ok(())
    }

    fn load(&self, path: &Path) -> Result<Vec<Vec<Item>>, StoreError> {
        let read = self.database.begin_read()?;
        let items = match read.open_table(ITEMS) {
            Ok(items) => items,
            Err(redb::TableError::TableDoesNotExist(_)) => {
                return Ok(vec![Vec::new(); self.shelves.len()]);
            }
            Err(error) => return Err(error.into()),
        };
        let mut found = vec![BTreeMap::new(); self.shelves.len()];
        for entry in items.iter()? {
            let (key, value) = entry?;
            let (scope, key) = key.value();
            // A scope that is no longer configured keeps its items until it is again.
            let Some(shelf) = self.shelves.iter().position(|s| s.name == scope) else { continue };
            let item = row::read(value.value(), self.shelves[shelf].family).map_err(|why| {
                StoreError::Corrupt {
                    path: path.to_owned(),
                    why: format!("`{scope}` `{key}`: {why}"),
                }
            })?;
            found[shelf].insert(item.key(), item);
        }
        Ok(found.into_iter().map(|shelf| shelf.into_values().collect()).collect())
    }
}

fn check_format(path: &Path, format: Option<&str>) -> Result<(), StoreError> {
    let path = path.to_owned();
    let Some(format) = format else {
        return Err(StoreError::Foreign { path });
    };
    match format.parse::<u32>() {
        Ok(found) if found > FORMAT => Err(StoreError::Newer { path, found }),
        Ok(_) => Ok(()),
        Err(_) => Err(StoreError::Corrupt { path, why: format!("`{format}` is no format number") }),
    }
}

/// Makes a store under another name and renames it, so that whoever is killed meanwhile leaves
/// either none or a whole one.
fn create(directory: &Path) -> Result<Database, StoreError> {
    let (fresh, path) = (directory.join(NEW_FILE), directory.join(FILE));
    match fs::remove_file(&fresh) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(StoreError::directory(directory, &error));
        }
        _ => {}
    }
    let database = Builder::new().create(&fresh).map_err(|e| StoreError::open(&fresh, e))?;
    let transaction = database.begin_write()?;
    {
        let mut meta = transaction.open_table(META)?;
        meta.insert("format", FORMAT.to_string().as_str())?;
        transaction.open_table(ITEMS)?;
    }
    transaction.commit()?;
    drop(database);
    let renamed = fs::rename(&fresh, &path).and_then(|()| fs::File::open(directory)?.sync_all());
    renamed.map_err(|e| StoreError::directory(directory, &e))?;
    open_file(&path)
}

fn open_file(path: &Path) -> Result<Database, StoreError> {
    let owned: PathBuf = path.to_owned();
    guarded(path, move || {
        Builder::new().set_cache_size(CACHE).set_check_integrity_on_open(true).open(owned)
    })?
    .map_err(|error| StoreError::open(path, error))
}

/// Runs `open`, and takes a panic in it for what it is: a file no sound program wrote.
fn guarded<T: Send>(path: &Path, open: impl FnOnce() -> T + Send) -> Result<T, StoreError> {
    // On its own thread, so that a half-opened database ends with the thread.
    std::thread::scope(|scope| scope.spawn(open).join()).map_err(|_| StoreError::Corrupt {
        path: path.to_owned(),
        why: "its structure makes no sense".to_owned(),
    })
}

#[cfg(test)]
mod tests;
