use std::path::Path;

use aap::Item;
use addrspace::Scope;
use sansio::UtcSecs;

use super::{Shelf, Store, StoreError};

/// Makes a store in `directory` that remembers these things of these scopes, as if a node had
/// written it: for experiments that begin in the middle of something. What a store there holds
/// already is kept, unless it is about the same.
///
/// # Errors
/// If the directory or the store in it cannot be used.
pub fn prepare(directory: &Path, shelves: &[(Scope, Vec<Item>)]) -> Result<(), StoreError> {
    let named = shelves.iter().map(|(scope, _)| Shelf {
        name: scope.name.clone(),
        family: scope.family,
        range: scope.range,
    });
    let (mut store, _) = Store::open(directory, named.collect())?;
    let writes = shelves.iter().enumerate();
    let items = writes.flat_map(|(shelf, (_, items))| items.iter().map(move |i| (shelf, i)));
    store.commit(items, &[], UtcSecs(0))
}
