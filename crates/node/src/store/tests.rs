use std::fs::OpenOptions;
use std::io::{Read, Seek, SeekFrom, Write};
use std::sync::atomic::{AtomicU32, Ordering};

use aap::{GrantPath, Lease, RequestId};
use addrspace::Addr;
use sansio::UtcSecs;

use super::*;
use crate::answer::{KEPT_FOR, Key, Memo, Way};
use crate::handle::{ScopeId, Verdict};

struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name =
            format!("aap-store-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        Self(std::env::temp_dir().join(name))
    }

    fn file(&self) -> PathBuf {
        self.0.join(FILE)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn shelf(name: &str, range: &str) -> Shelf {
    let (family, range) = Range::parse(range).unwrap();
    Shelf { name: name.to_owned(), family, range }
}

fn site() -> Vec<Shelf> {
    vec![shelf("site", "239.255.0.0/16")]
}

fn own(nth: u32) -> Item {
    let range = Range::single(Addr::from(0xefff_0000 + nth));
    let end = UtcSecs(1_000 + i64::from(nth));
    Item::Own { range, end, latest_end: end, request: nth, deleted: false }
}

fn fill(scratch: &Scratch, count: u32) -> Vec<Item> {
    let (mut store, _) = Store::open(&scratch.0, site()).unwrap();
    let items: Vec<Item> = (0..count).map(own).collect();
    store.commit(items.iter().map(|item| (0, item)), &[], UtcSecs(0)).unwrap();
    items
}

#[test]
fn what_was_committed_is_there_after_opening_again() {
    let scratch = Scratch::new();
    let items = fill(&scratch, 3);
    let (mut store, found) = Store::open(&scratch.0, site()).unwrap();
    assert_eq!(found, [items]);
    store
        .commit([(0, &Item::Forget(own(1).key())), (0, &own(9))].into_iter(), &[], UtcSecs(0))
        .unwrap();
    drop(store);
    let (_, found) = Store::open(&scratch.0, site()).unwrap();
    assert_eq!(found, [vec![own(0), own(2), own(9)]]);
}

#[test]
fn scopes_do_not_see_each_other() {
    let scratch = Scratch::new();
    let both = vec![shelf("site", "239.255.0.0/16"), shelf("six", "ff05::/112")];
    let (mut store, _) = Store::open(&scratch.0, both.clone()).unwrap();
    store.commit([(0, &own(1))].into_iter(), &[], UtcSecs(0)).unwrap();
    drop(store);
    let (_, found) = Store::open(&scratch.0, both).unwrap();
    assert_eq!(found, [vec![own(1)], vec![]]);
}

#[test]
fn a_second_node_is_kept_out() {
    let scratch = Scratch::new();
    let _store = Store::open(&scratch.0, site()).unwrap();
    assert_eq!(
        Store::open(&scratch.0, site()).unwrap_err(),
        StoreError::InUse { path: scratch.file() }
    );
}

#[test]
fn a_newer_format_is_refused_and_left_alone() {
    let scratch = Scratch::new();
    fill(&scratch, 1);
    let database = Database::open(scratch.file()).unwrap();
    let transaction = database.begin_write().unwrap();
    transaction.open_table(META).unwrap().insert("format", "2").unwrap();
    transaction.commit().unwrap();
    drop(database);
    let error = Store::open(&scratch.0, site()).unwrap_err();
    assert_eq!(error, StoreError::Newer { path: scratch.file(), found: 2 });
    assert_eq!(inspect(&scratch.0).unwrap_err(), error);
}

#[test]
fn another_range_under_the_same_name_is_refused() {
    let scratch = Scratch::new();
    fill(&scratch, 1);
    let error = Store::open(&scratch.0, vec![shelf("site", "239.254.0.0/16")]).unwrap_err();
    assert!(matches!(error, StoreError::OtherScope { .. }), "{error}");
}

#[test]
fn a_truncated_file_is_refused_whatever_is_left() {
    for keep in [0, 1, 100, 4096, 5000] {
        let scratch = Scratch::new();
        fill(&scratch, 200);
        OpenOptions::new().write(true).open(scratch.file()).unwrap().set_len(keep).unwrap();
        let error = Store::open(&scratch.0, site()).unwrap_err();
        assert!(matches!(error, StoreError::Corrupt { .. }), "{keep}: {error}");
        assert_eq!(fs::metadata(scratch.file()).unwrap().len(), keep, "left alone");
    }
}

#[test]
fn a_flipped_bit_in_what_is_stored_is_never_read_as_something_else() {
    let scratch = Scratch::new();
    let items = fill(&scratch, 200);
    let mut sound = Vec::new();
    fs::File::open(scratch.file()).unwrap().read_to_end(&mut sound).unwrap();
    let place = sound.windows(13).position(|w| w == b"\"range\":\"239.").unwrap();
    let mut file = OpenOptions::new().write(true).open(scratch.file()).unwrap();
    file.seek(SeekFrom::Start(place as u64 + 2)).unwrap();
    file.write_all(&[sound[place + 2] ^ 1]).unwrap();
    drop(file);
    match Store::open(&scratch.0, site()) {
        Err(StoreError::Corrupt { .. }) => {}
        // The octet may lie in a page that is no longer in use.
        Ok((_, found)) => assert_eq!(found, [items]),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn rubbish_is_refused() {
    let scratch = Scratch::new();
    fs::create_dir_all(&scratch.0).unwrap();
    fs::write(scratch.file(), vec![0x5a; 100_000]).unwrap();
    let error = Store::open(&scratch.0, site()).unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
}

#[test]
fn an_interrupted_first_start_leaves_nothing_in_the_way() {
    let scratch = Scratch::new();
    fs::create_dir_all(&scratch.0).unwrap();
    fs::write(scratch.0.join(NEW_FILE), b"half").unwrap();
    assert!(Store::open(&scratch.0, site()).is_ok());
}

#[test]
fn inspection_shows_every_item_and_needs_a_store() {
    let scratch = Scratch::new();
    assert!(matches!(inspect(&scratch.0), Err(StoreError::Missing { .. })));
    let items = fill(&scratch, 2);
    let view = inspect(&scratch.0).unwrap();
    assert_eq!(view.items.iter().map(|i| i.item.clone()).collect::<Vec<_>>(), items);
    assert_eq!(view.items[0].key, "own 239.255.0.0");
}

#[test]
fn a_directory_that_cannot_be_made_is_named() {
    let scratch = Scratch::new();
    fs::write(&scratch.0, b"a file").unwrap();
    let error = Store::open(&scratch.0.join("data"), site()).unwrap_err();
    assert!(matches!(error, StoreError::Unusable { .. }), "{error}");
    fs::remove_file(&scratch.0).unwrap();
}

#[test]
fn a_prepared_store_is_one_that_a_node_finds() {
    let scratch = Scratch::new();
    let (family, range) = Range::parse("239.255.0.0/16").unwrap();
    let scope = addrspace::Scope::new("site", family, range, addrspace::ScopeKind::Small);
    prepare(&scratch.0, &[(scope, vec![own(1), own(2)])]).unwrap();
    let (_, found) = Store::open(&scratch.0, site()).unwrap();
    assert_eq!(found, [vec![own(1), own(2)]]);
}

#[test]
fn answers_are_stored_with_the_items_they_tell_of_and_recalled_until_they_are_too_old() {
    let scratch = Scratch::new();
    let answer = |name: &str, made: i64| {
        let lease =
            Lease { range: Range::single(Addr::from(0xefff_0001_u32)), end: UtcSecs(9_000) };
        let key = Key { name: name.to_owned(), content: u64::MAX };
        Answer {
            memo: Memo { key, way: Way::Claim, made: UtcSecs(made) },
            scope: ScopeId(0),
            request: RequestId(7),
            verdict: Verdict::Granted { leases: vec![lease], path: GrantPath::Claim },
        }
    };
    let (mut store, _) = Store::open(&scratch.0, site()).unwrap();
    let (old, young) = (answer("old", 100), answer("young", 200));
    let answers = [old.clone(), young.clone()];
    store.commit([(0, &own(1))].into_iter(), &answers, UtcSecs(200)).unwrap();
    drop(store);

    let names = |view: &StoreView| view.answers.iter().map(|(name, _)| name.clone()).collect();
    let stored: Vec<String> = names(&inspect(&scratch.0).unwrap());
    assert_eq!(stored, ["old", "young"]);
    let (mut store, _) = Store::open(&scratch.0, site()).unwrap();
    assert_eq!(store.recall(UtcSecs(300)).unwrap(), [old, young.clone()]);
    let late = UtcSecs(100 + KEPT_FOR);
    assert_eq!(store.recall(late).unwrap(), [young], "one is too old");
    // With the next answer, the old one goes.
    store.commit([].into_iter(), &[answer("new", 300)], late).unwrap();
    drop(store);
    let stored: Vec<String> = names(&inspect(&scratch.0).unwrap());
    assert_eq!(stored, ["new", "young"]);
}
