use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::file::parse;
use super::*;
use crate::control::{Limits, Unix};

const BASE: &str = "bind = \"127.0.0.11\"\ndata = \"d\"\n";
const SCOPE: &str = "[[scope]]\nrange = \"239.255.0.0/16\"\n";

fn settled(above: &str, tables: &str) -> Result<NodeConfig, Vec<Mistake>> {
    let text = format!("{BASE}{above}{tables}{SCOPE}");
    settle(NodeRole::Maas, &parse(Path::new("node.toml"), &text)?, &Table::default())
}

fn check(tables: &str, expected: &str) {
    let mistakes = settled("", tables).err().unwrap_or_default();
    let got: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    assert!(got.len() == 1 && got[0].starts_with(expected), "{tables}: {got:#?}");
}

/// A file with a token, removed with this value.
struct TokenFile(PathBuf);

impl TokenFile {
    fn new(name: &str, text: &str, mode: u32) -> Self {
        let path = std::env::temp_dir().join(format!("aap-{name}-{}", std::process::id()));
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        Self(path)
    }

    fn table(&self) -> String {
        format!("[control]\ntcp = \"127.0.0.1:2880\"\ntoken-file = \"{}\"\n", self.0.display())
    }
}

impl Drop for TokenFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[test]
fn the_standard_socket_is_tried_if_nothing_is_said() {
    assert_eq!(settled("", "").unwrap().control, Settings::default());
}

#[test]
fn the_short_way_and_the_table_name_the_same_socket() {
    let short = settled("control = \"/run/a.sock\"\n", "").unwrap();
    let long = settled("", "[control]\npath = \"/run/a.sock\"\n").unwrap();
    assert_eq!(short.control.unix, Some(Unix::at("/run/a.sock")));
    assert_eq!(short, long);
    let mut flags = Table::default();
    flags.flag("--control", "control.path", "/run/b.sock");
    let text = format!("{BASE}control = \"/run/a.sock\"\n{SCOPE}");
    let file = parse(Path::new("node.toml"), &text).unwrap();
    let config = settle(NodeRole::Maas, &file, &flags).unwrap();
    assert_eq!(config.control.unix, Some(Unix::at("/run/b.sock")), "a flag wins over either");
}

#[test]
fn every_control_setting_arrives() {
    let token = TokenFile::new("whole", "0123456789abcdef\n", 0o640);
    let tables = format!(
        "{}path = \"c.sock\"\nmode = 0o600\n[control.limits]\nbody = 4_096\nper-second = 10\n\
         watchers = 2\nwait = \"5m\"\npatience = \"1.5s\"\n[log]\nfilter = \"node=debug\"\n\
         format = \"json\"\n",
        token.table()
    );
    let config = settled("", &tables).unwrap();
    assert_eq!(config.control.unix, Some(Unix { path: "c.sock".into(), mode: 0o600 }));
    assert_eq!(config.control.tcp.unwrap().address.to_string(), "127.0.0.1:2880");
    let expected = Limits {
        body: 4096,
        per_second: 10,
        watchers: 2,
        wait_max: Duration::from_secs(300),
        patience: Duration::from_millis(1500),
        ..Limits::default()
    };
    assert_eq!(config.control.limits, expected);
    let log = LogConfig { filter: "node=debug".to_owned(), format: LogFormat::Json };
    assert_eq!(config.log, log);
}

#[test]
fn mistakes_in_the_control_table_are_shown_with_their_place() {
    check(
        "[control]\ntcp = \"127.0.0.1:2880\"\n",
        "node.toml:4:7: `control.tcp`: without a token, whoever reaches the port commands the node",
    );
    check(
        "[control]\ntoken-file = \"t\"\n",
        "node.toml:4:14: `control.token-file` has a use with `control.tcp` only",
    );
    check(
        "[control]\ntcp = \"2880\"\ntoken-file = \"t\"\n",
        "node.toml:4:7: `control.tcp`: `2880` is no address with a port",
    );
    check("[control]\nmode = \"0999\"\n", "node.toml:4:8: `control.mode`: `0999` is no file mode");
    check("[control.limits]\nbody = 0\n", "node.toml:4:8: `control.limits.body`: 1 to 67108864");
    check(
        "[control.limits]\nper-sec = 3\n",
        "node.toml:4:1: there is no setting `control.limits.per-sec`\n  help: did you mean `control.limits.per-second`?",
    );
    check(
        "[log]\nfilter = \"node=loud\"\n",
        "node.toml:4:10: `log.filter`: log filter `node=loud`",
    );
    check("[log]\nformat = \"xml\"\n", "node.toml:4:10: `log.format`: cannot be `xml`");
}

#[test]
fn a_token_is_refused_that_is_missing_weak_or_public() {
    let place = "node.toml:5:14: `control.token-file`: ";
    let missing = TokenFile(std::env::temp_dir().join("aap-no-such-token"));
    check(&missing.table(), &format!("{place}{}: No such file", missing.0.display()));
    let weak = TokenFile::new("weak", "1234", 0o600);
    check(&weak.table(), &format!("{place}{}: a token is 16 to 256", weak.0.display()));
    let public = TokenFile::new("public", "0123456789abcdef", 0o644);
    check(&public.table(), &format!("{place}{}: everybody may read it", public.0.display()));
}

#[test]
fn numbers_in_other_bases_are_not_taken_for_decimal_ones() {
    let mistakes = settled("ttl = 0x10\n", "").unwrap_err();
    assert_eq!(mistakes[0].message, "`ttl`: `0x10` is not a number that fits here");
}

#[test]
fn differences_are_told_apart_by_what_a_running_node_can_take_over() {
    let old = settled("", "").unwrap();
    let same = old.differences(&old);
    assert_eq!(same, Reloaded::default());
    let new = settled(
        "deny = \"10.0.0.0/8\"\nttl = 7\n",
        "[constants]\nannounce-wait = \"9s\"\n[log]\nfilter = \"debug\"\n",
    );
    let differences = old.differences(&new.unwrap());
    assert_eq!(differences.changed, ["constants", "deny", "log.filter"]);
    assert_eq!(differences.fixed, ["ttl"]);
}
