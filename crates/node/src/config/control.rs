//! The settings of the control API and of the log: how operators reach a node, and what it says.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use sansio::Duration;

use super::mistake::{Mistake, Place};
use super::table::Reader;
use super::{LogConfig, values};
use crate::control::{Limits, Settings, Tcp, Token, Unix, standard_path};
use crate::log::{LogFormat, check_filter};

pub(super) const KEYS: &[&str] = &[
    "control",
    "control.path",
    "control.mode",
    "control.tcp",
    "control.token-file",
    "control.limits.body",
    "control.limits.addresses",
    "control.limits.ranges",
    "control.limits.connections",
    "control.limits.concurrent",
    "control.limits.per-second",
    "control.limits.watchers",
    "control.limits.pending",
    "control.limits.remembered",
    "control.limits.wait",
    "control.limits.patience",
    "log.filter",
    "log.format",
];

/// The largest limit on a number of things: far beyond need, far below what overflows.
const COUNT_MAX: usize = 1_000_000;

/// The largest limit on the octets of a body.
const BODY_MAX: usize = 64 << 20;

/// The longest limit on a wait.
const WAIT_MAX: Duration = Duration::from_secs(86_400);

/// Where the control API listens and how much it takes. No Unix socket is named if the standard
/// one is to be tried.
pub(super) fn control(reader: &Reader<'_>) -> Settings {
    // The short way, `control = "PATH"`, and `path` in the table; a flag wins over both.
    let short = reader.value("control", values::text);
    let path = reader.value("control.path", values::text).or(short).map(PathBuf::from);
    let mode = reader.value("control.mode", mode);
    let unix = match (path, mode) {
        (None, None) => None,
        (path, mode) => Some(Unix {
            path: path.unwrap_or_else(standard_path),
            mode: mode.unwrap_or(Unix::MODE),
        }),
    };
    Settings { unix, tcp: tcp(reader), limits: limits(reader) }
}

fn tcp(reader: &Reader<'_>) -> Option<Tcp> {
    let address = reader.one("control.tcp", |text| {
        text.parse::<SocketAddr>()
            .map_err(|_| format!("`{text}` is no address with a port; write `127.0.0.1:2880`"))
    });
    let file = reader.one("control.token-file", values::text);
    match (address, file) {
        (Some((address, _)), Some((file, place))) => match read_token(Path::new(&file)) {
            Ok(token) => Some(Tcp { address, token }),
            Err(why) => {
                reader.wrong(
                    Mistake::new(place, format!("`control.token-file`: {why}"))
                        .help("make one: `(umask 077; head -c 24 /dev/urandom | base64 > FILE)`"),
                );
                None
            }
        },
        (Some((_, place)), None) if reader.key_place("control.token-file") == Place::Missing => {
            let message =
                "`control.tcp`: without a token, whoever reaches the port commands the node";
            reader.wrong(
                Mistake::new(place, message).help("name a file with a token: `control.token-file`"),
            );
            None
        }
        (None, Some((_, place))) if reader.key_place("control.tcp") == Place::Missing => {
            let message = "`control.token-file` has a use with `control.tcp` only";
            reader.wrong(Mistake::new(place, message).help(
                "on the Unix socket the mode of the file decides who may ask: `control.mode`",
            ));
            None
        }
        // What is wrong with one of them has been said.
        _ => None,
    }
}

/// The token in the first line of a file that others may not read.
fn read_token(path: &Path) -> Result<Token, String> {
    let shown = path.display();
    let text = fs::read_to_string(path).map_err(|why| format!("{shown}: {why}"))?;
    let mode = fs::metadata(path).map_err(|why| format!("{shown}: {why}"))?.permissions().mode();
    if mode & 0o007 != 0 {
        return Err(format!("{shown}: everybody may read it; `chmod o= {shown}`"));
    }
    let line = text.lines().next().unwrap_or_default().trim();
    Token::new(line).map_err(|why| format!("{shown}: {why}"))
}

/// `0660`, `660` or `0o660`: in octal, as `chmod` has it.
fn mode(text: &str) -> Result<u32, String> {
    let digits = text.strip_prefix("0o").unwrap_or(text);
    let mode = u32::from_str_radix(digits, 8).ok().filter(|mode| *mode <= 0o777);
    mode.ok_or_else(|| format!("`{text}` is no file mode; write it in octal: `\"0660\"`"))
}

fn limits(reader: &Reader<'_>) -> Limits {
    let standard = Limits::default();
    let up_to = |name: &str, standard: usize, max: usize| {
        let setting = reader.value(&format!("control.limits.{name}"), |text| {
            let number: usize = values::number(text)?;
            if (1..=max).contains(&number) { Ok(number) } else { Err(format!("1 to {max}")) }
        });
        setting.unwrap_or(standard)
    };
    let count = |name, standard| up_to(name, standard, COUNT_MAX);
    let small = |name, standard: u32| count(name, standard as usize) as u32;
    let span = |name: &str, standard| {
        let setting = reader.value(&format!("control.limits.{name}"), |text| {
            let span = values::duration(text)?;
            let fits = span > Duration::ZERO && span <= WAIT_MAX;
            if fits { Ok(span) } else { Err("more than nothing, and at most a day".to_owned()) }
        });
        setting.map_or(standard, |span| std::time::Duration::from_micros(span.as_micros()))
    };
    Limits {
        body: up_to("body", standard.body, BODY_MAX),
        addresses: small("addresses", standard.addresses),
        ranges: count("ranges", standard.ranges),
        connections: count("connections", standard.connections),
        concurrent: count("concurrent", standard.concurrent),
        per_second: small("per-second", standard.per_second),
        watchers: count("watchers", standard.watchers),
        pending: count("pending", standard.pending),
        remembered: count("remembered", standard.remembered),
        wait_max: span("wait", standard.wait_max),
        patience: span("patience", standard.patience),
    }
}

/// What is logged, and how.
pub(super) fn log(reader: &Reader<'_>) -> LogConfig {
    let filter = reader.value("log.filter", |text| check_filter(text).map(|()| text.to_owned()));
    let formats = [("human", LogFormat::Human), ("json", LogFormat::Json)];
    let standard = LogConfig::default();
    LogConfig {
        filter: filter.unwrap_or(standard.filter),
        format: reader.word("log.format", &formats).unwrap_or(standard.format),
    }
}
