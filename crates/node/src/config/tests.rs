use std::path::Path;

use super::file::parse;
use super::*;

fn settled(role: NodeRole, text: &str) -> Result<NodeConfig, Vec<Mistake>> {
    settle(role, &parse(Path::new("node.toml"), text)?, &Table::default())
}

fn check(text: &str, expected: &[&str]) {
    let mistakes = settled(NodeRole::Maas, text).err().unwrap_or_default();
    let got: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    assert_eq!(got, expected, "{text}");
}

const GOOD: &str = r#"
bind = ["127.0.0.11", "::1"]
interface = "lo"
data = "data"
timing = "demo"
deny = ["10.0.0.0/8"]

[constants]
announce-wait = "750ms"

[switches]
claim-attempts = 3

[[scope]]
name = "site"
range = "239.255.0.0/16"

[[scope]]
name = "six"
range = "ff05::/112"
kind = "large"
port = 2900
[scope.constants]
announce-wait = "1s"
"#;

#[test]
fn every_setting_arrives_where_it_belongs() {
    let config = settled(NodeRole::Maas, GOOD).unwrap();
    let [site, six] = &config.scopes[..] else { panic!() };
    assert_eq!(site.machine.group.to_string(), "239.255.255.248:2878");
    assert_eq!(six.machine.group.to_string(), "[ff05::fff8]:2900");
    assert_eq!(six.machine.own.to_string(), "[::1]:2878");
    assert_eq!(site.machine.timing.announce_wait, Duration::from_millis(750));
    assert_eq!(six.machine.timing.announce_wait, Duration::from_secs(1));
    assert_eq!(site.machine.timing.startup_wait, Duration::from_millis(7500));
    assert_eq!(site.machine.policy.value("claim-attempts").as_deref(), Some("3"));
    assert!(config.denies("10.1.2.3:2878".parse().unwrap()));
    assert!(!config.denies("11.1.2.3:2878".parse().unwrap()));
}

#[test]
fn flags_win_over_the_file() {
    let file = parse(Path::new("node.toml"), GOOD).unwrap();
    let mut flags = Table::default();
    flags.flag("--bind", "bind", "127.0.0.12");
    flags.flag("--timing", "timing", "draft");
    flags.scope_flag("--scope", "239.254.0.0/16:large");
    let config = settle(NodeRole::Maas, &file, &flags).unwrap();
    assert_eq!(config.scopes.len(), 1);
    assert_eq!(config.scopes[0].machine.own.to_string(), "127.0.0.12:2878");
    assert!(config.scopes[0].machine.is_large());
    assert_eq!(config.scopes[0].machine.timing.startup_wait, Duration::from_secs(150));
}

#[test]
fn a_slip_is_shown_with_its_place_and_what_was_meant() {
    let base = "bind = \"127.0.0.11\"\ndata = \"d\"\n";
    let scope = "[[scope]]\nrange = \"239.255.0.0/16\"\n";
    check(
        &format!("{base}lopback = true\n{scope}"),
        &["node.toml:3:1: there is no setting `lopback`\n  help: did you mean `loopback`?"],
    );
    check(
        &format!("{base}[constants]\nanounce-wait = \"1s\"\n{scope}"),
        &[
            "node.toml:4:1: `constants` has no `anounce-wait`\n  help: did you mean `announce-wait`?",
        ],
    );
    check(
        &format!("{base}[constants]\nannounce-wait = \"1 minute\"\n{scope}"),
        &[
            "node.toml:4:17: `constants.announce-wait`: `1 minute` is no time span; write `20ms`, `1.5s`, `10m` or `12h`",
        ],
    );
    check(
        &format!("{base}{scope}[scope.switches]\nclaim-attempts = \"many\"\n"),
        &[
            "node.toml:6:18: `switches.claim-attempts`: `claim-attempts` cannot be `many`: use a whole number",
        ],
    );
    check(
        &format!("{base}ttl = 300\n{scope}"),
        &["node.toml:3:7: `ttl`: `300` is not a number that fits here"],
    );
}

#[test]
fn text_that_is_no_toml_is_refused_with_its_place() {
    let mistakes = settled(NodeRole::Maas, "bind = \"127.0.0.11\"\ndata = = 3\n").unwrap_err();
    assert!(mistakes[0].to_string().starts_with("node.toml:2:"), "{}", mistakes[0]);
}

#[test]
fn what_is_missing_is_said_with_how_to_give_it() {
    check(
        "",
        &[
            "no address is given to speak from\n  help: `--bind 127.0.0.11` for this host, or `--interface eth0`",
            "no scope is given\n  help: say which: `--scope 239.255.0.0/16`, or `[[scope]]` in the file",
            "no data directory is given\n  help: `--data DIR`, or `data` in the file: what is allocated must survive power loss (section 3.1)",
        ],
    );
}

#[test]
fn scaled_constants_are_refused_where_they_would_meet_others() {
    let base = "bind = \"192.0.2.7\"\ndata = \"d\"\n[[scope]]\nrange = \"239.255.0.0/16\"\n";
    if is_real(base) {
        for line in ["timing = \"demo\"", "scale = 2.5"] {
            let text = format!("{line}\n{base}");
            let mistakes = settled(NodeRole::Maas, &text).unwrap_err();
            assert!(mistakes[0].message.contains("loopback and network namespaces only"));
        }
    }
    assert!(settled(NodeRole::Maas, &format!("timing = \"lan\"\n{base}")).is_ok());
}

/// Inside a network namespace every address is harmless.
fn is_real(text: &str) -> bool {
    !settled(NodeRole::Maas, text).unwrap().is_contained()
}

#[test]
fn scopes_on_one_group_know_each_other_and_speak_from_different_ports() {
    let text = r#"
bind = "127.0.0.11"
data = "d"
[[scope]]
name = "a"
range = "239.1.0.0/16"
group = "239.9.9.9"
[[scope]]
name = "b"
range = "239.2.0.0/16"
group = "239.9.9.9"
"#;
    let config = settled(NodeRole::Maas, text).unwrap();
    assert_eq!(config.scopes[0].machine.scopes_on_group.len(), 2);
    assert_eq!(config.scopes[0].machine.own.port(), 2878);
    assert_eq!(config.scopes[1].machine.own.port(), 2879);
}

#[test]
fn impossible_scopes_are_explained() {
    let with = |scope: &str| format!("bind = \"127.0.0.11\"\ndata = \"d\"\n[[scope]]\n{scope}\n");
    check(
        &with("range = \"10.0.0.0/8\""),
        &["node.toml:4:9: 10.0.0.0-10.255.255.255 is not multicast"],
    );
    check(
        &with("range = \"ff05::/112\""),
        &[
            "node.toml:4:9: scope `ff05::-ff05::ffff` needs an IPv6 address to speak from\n  help: add one to `bind`",
        ],
    );
    check(
        &with("range = \"239.1.1.0/24\""),
        &[
            "node.toml:4:9: nothing in this scope may be allocated: its last 256 addresses are reserved",
        ],
    );
    check(&with("name = \"x\""), &["node.toml:3:1: the scope has no `range`"]);
}

#[test]
fn a_coordinator_needs_no_storage_and_offers_its_space() {
    let text = "bind = \"127.0.0.20\"\n[[scope]]\nrange = \"239.192.0.0/14\"\nkind = \"large\"\nspace = [\"239.192.1.0/24 for 12h\"]\n";
    let config = settled(NodeRole::Coordinator, text).unwrap();
    assert_eq!(config.scopes[0].space[0].1, SpaceEnd::After(Duration::from_secs(43_200)));
    let mistakes = settled(NodeRole::Maas, text).unwrap_err();
    assert!(
        mistakes.iter().any(|m| m.message.contains("only a Prefix Coordinator")),
        "{mistakes:?}"
    );
}

/// The usual configuration with a section `auth`, or the first mistake in it.
fn with_auth(section: &str) -> Result<NodeConfig, String> {
    let table = GOOD.replace("[switches]", &format!("[auth]\n{section}\n\n[switches]"));
    settled(NodeRole::Maas, &table).map_err(|mistakes| mistakes[0].to_string())
}

#[test]
fn keys_are_read_with_the_configuration() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("keys");
    std::fs::write(&file, "0a".repeat(32)).unwrap();
    let open = std::os::unix::fs::PermissionsExt::from_mode;
    std::fs::set_permissions(&file, open(0o600)).unwrap();
    let settings =
        |more: &str| with_auth(&format!("key-file = {:?}\n{more}", file.to_str().unwrap()));
    let auth = settings("").unwrap().auth.unwrap();
    assert_eq!((auth.send.len(), auth.require.len()), (6, 6));
    let auth = settings("require = [\"asa\", \"AIU\"]\nwindow = \"5s\"").unwrap().auth.unwrap();
    let types = [aap::wire::MessageType::Aiu, aap::wire::MessageType::Asa];
    assert_eq!(auth.require, types.into());
    assert_eq!(auth.window, Duration::from_secs(5));
    assert_eq!(settings("require = []").unwrap().auth.unwrap().require.len(), 0);
    assert!(settings("send = \"AUA\"").unwrap_err().contains("there is no message `AUA`"));
    std::fs::set_permissions(&file, open(0o644)).unwrap();
    assert!(settings("").unwrap_err().contains("chmod o="));
    let bare = with_auth("require = \"all\"").unwrap_err();
    assert!(bare.contains("means nothing without a key"), "{bare}");
}
