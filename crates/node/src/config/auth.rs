//! The settings of the HMAC trailer.

use std::collections::BTreeSet;
use std::path::Path;

use aap::wire::MessageType;
use sansio::Duration;

use super::mistake::{Mistake, Place};
use super::table::Reader;
use super::values;
use crate::auth::{Auth, Keys};

pub(super) const KEYS: &[&str] = &["auth.key-file", "auth.send", "auth.require", "auth.window"];

/// The freshness window may not be so wide that it is none.
const WINDOW_MAX: Duration = Duration::from_secs(3600);

pub(super) fn auth(reader: &Reader<'_>) -> Option<Auth> {
    let file = reader.one("auth.key-file", values::text);
    let (send, require) = (types(reader, "auth.send"), types(reader, "auth.require"));
    let window = reader.value("auth.window", window);
    let Some((file, place)) = file else {
        // A file that was given and misread has been complained about.
        if reader.key_place("auth.key-file") == Place::Missing {
            complain(reader);
        }
        return None;
    };
    match Keys::read(Path::new(&file)) {
        Ok(keys) => {
            let default = Auth::with(keys);
            Some(Auth {
                send: send.unwrap_or(default.send),
                require: require.unwrap_or(default.require),
                window: window.unwrap_or(default.window),
                keys: default.keys,
            })
        }
        Err(why) => {
            let mistake = Mistake::new(place, format!("`auth.key-file`: {why}"));
            reader.wrong(mistake.help(
                "make one: `(umask 077; head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \\n' > FILE)`",
            ));
            None
        }
    }
}

fn complain(reader: &Reader<'_>) {
    for key in &KEYS[1..] {
        let place = reader.key_place(key);
        if place != Place::Missing {
            let message = format!("`{key}` means nothing without a key");
            reader.wrong(Mistake::new(place, message).help("give `auth.key-file`"));
        }
    }
}

/// Some types of messages; `None` if nothing is said. An empty list is said as `[]` or `none`.
fn types(reader: &Reader<'_>, key: &str) -> Option<BTreeSet<MessageType>> {
    let named = reader.all(key, |text| match text {
        "all" => Ok(MessageType::ALL.to_vec()),
        "none" => Ok(Vec::new()),
        name => MessageType::ALL
            .into_iter()
            .find(|kind| kind.name().eq_ignore_ascii_case(name))
            .map(|kind| vec![kind])
            .ok_or_else(|| format!("there is no message `{name}`; use all, none or such as ASA")),
    });
    (reader.key_place(key) != Place::Missing)
        .then(|| named.into_iter().flat_map(|(types, _)| types).collect())
}

fn window(text: &str) -> Result<Duration, String> {
    let window = values::duration(text)?;
    if window == Duration::ZERO || window > WINDOW_MAX {
        return Err("must be more than nothing and at most an hour".to_owned());
    }
    Ok(window)
}
