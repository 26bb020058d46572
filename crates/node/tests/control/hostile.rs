use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use node::control::{BindError, Limits, Server, Settings, Tcp, Token, Unix};

use super::Place;
use super::client::answer;

#[tokio::test]
async fn mistakes_are_told_with_their_place() {
    let Some(place) = Place::ready(Limits::default()).await else { return };
    let check = async |method: &str, path: &str, body: &str, status: u16, reason: &str| {
        let answer = place.client.ask(method, path, "", body).await;
        assert_eq!((answer.status, answer.reason().as_str()), (status, reason), "{path} {body}");
        answer.json()["detail"].as_str().unwrap_or_default().to_owned()
    };
    check("POST", "/v1/allocate", "{", 400, "bad_body").await;
    let typo = check("POST", "/v1/allocate", "{\n\"cuont\": 3}", 400, "bad_body").await;
    assert!(typo.contains("cuont") && typo.contains("line 2"), "{typo}");
    check("POST", "/v1/allocate", r#"{"count": -1}"#, 400, "bad_body").await;
    check("POST", "/v1/allocate", r#"{"count": 70000}"#, 422, "beyond_limits").await;
    check("POST", "/v1/allocate", r#"{"prefer": ["10.0.0.1"]}"#, 400, "bad_body").await;
    check("POST", "/v1/allocate", r#"{"scope": "elsewhere"}"#, 404, "no_such_scope").await;
    check("POST", "/v1/allocate?wiat=false", "", 400, "bad_query").await;
    check("GET", "/v1/allocate", "", 405, "wrong_method").await;
    check("GET", "/v1/nothing", "", 404, "unknown_path").await;
    check("GET", "/v1/record?after=ff05::1", "", 400, "bad_query").await;
    check("POST", "/v1/release", r#"{"ranges":["239.0.0.1"],"until_s":1}"#, 400, "bad_body").await;
}

#[tokio::test]
async fn another_version_or_method_is_told_which_there_are() {
    let Some(place) = Place::ready(Limits::default()).await else { return };
    let answer = place.client.get("/v2/status").await;
    assert_eq!((answer.status, answer.reason().as_str()), (404, "unknown_path"));
    assert_eq!(answer.json()["detail"], "/v2/status: this node speaks version 1, /v1/...");
    for (method, path, allowed) in [
        ("GET", "/v1/allocate", "POST"),
        ("POST", "/v1/requests/7", "GET, DELETE"),
        ("PATCH", "/v1/faults", "GET, PUT"),
    ] {
        let answer = place.client.ask(method, path, "", "").await;
        assert_eq!((answer.status, answer.reason().as_str()), (405, "wrong_method"));
        assert_eq!(answer.header("allow"), Some(allowed), "{answer:?}");
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert_eq!(detail, format!("{method} {path}: this path takes {allowed}"));
    }
}

#[tokio::test]
async fn headers_that_make_no_sense_are_refused() {
    let Some(place) = Place::ready(Limits::default()).await else { return };
    for header in
        ["Idempotency-Key: \r\n".to_owned(), format!("Idempotency-Key: {}\r\n", "x".repeat(129))]
    {
        let answer = place.client.ask("POST", "/v1/allocate", &header, "").await;
        assert_eq!((answer.status, answer.reason().as_str()), (400, "bad_header"), "{header}");
    }
    // What is not HTTP at all, or has no end, never reaches a path.
    for text in [
        "\u{16}\u{3}\u{1}hello\r\n\r\n".to_owned(),
        format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(99_999)),
    ] {
        let answer = place.client.raw(text).await;
        assert!((400..500).contains(&answer.status), "{answer:?}");
    }
    assert_eq!(place.client.get("/v1/status").await.status, 200);
}

#[tokio::test]
async fn more_connections_than_allowed_wait_until_the_idle_ones_are_cut_off() {
    let patience = Duration::from_millis(400);
    let limits = Limits { connections: 2, patience, ..Limits::default() };
    let Some(place) = Place::ready(limits).await else { return };
    let start = Instant::now();
    let mut idle = [place.client.connect(), place.client.connect()];
    let answer = place.client.get("/v1/health").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(start.elapsed() >= patience, "it waited for a place: {:?}", start.elapsed());
    let mut rest = Vec::new();
    for stream in &mut idle {
        // Nothing was asked, so nothing is answered: the connection ends.
        stream.read_to_end(&mut rest).unwrap();
    }
    // The node went on all the while.
    assert_eq!(place.client.post("/v1/claim", "").await.status, 200);
}

#[tokio::test]
async fn a_long_body_is_refused_before_it_is_read() {
    let Some(place) = Place::ready(Limits { body: 100, ..Limits::default() }).await else { return };
    let answer = place.client.post("/v1/allocate", &" ".repeat(101)).await;
    assert_eq!((answer.status, answer.reason().as_str()), (413, "too_large"));
    let chunk = " ".repeat(60);
    let chunked = format!(
        "POST /v1/allocate HTTP/1.1\r\nHost: node\r\nConnection: close\r\n\
         Transfer-Encoding: chunked\r\n\r\n3c\r\n{chunk}\r\n3c\r\n{chunk}\r\n0\r\n\r\n"
    );
    let answer = place.client.raw(chunked).await;
    assert_eq!((answer.status, answer.reason().as_str()), (413, "too_large"));
}

#[tokio::test]
async fn a_slow_client_is_cut_off_and_delays_nobody() {
    let patience = Duration::from_secs(2);
    let limits = Limits { patience, ..Limits::default() };
    let Some(place) = Place::ready(limits).await else { return };
    let mut slow_head = place.client.connect();
    slow_head.write_all(b"GET /v1/sta").unwrap();
    let mut slow_body = place.client.connect();
    slow_body
        .write_all(b"POST /v1/allocate HTTP/1.1\r\nHost: node\r\nContent-Length: 9\r\n\r\n{")
        .unwrap();
    let start = Instant::now();
    assert_eq!(place.client.get("/v1/status").await.status, 200);
    assert!(start.elapsed() < patience, "nobody was cut off first: {:?}", start.elapsed());
    let told = tokio::task::spawn_blocking(move || {
        let mut octets = [0; 12];
        let length = slow_body.read(&mut octets).unwrap();
        let mut rest = Vec::new();
        slow_head.read_to_end(&mut rest).unwrap();
        String::from_utf8_lossy(&octets[..length]).into_owned()
    });
    assert_eq!(told.await.unwrap(), "HTTP/1.1 408");
}

#[tokio::test]
async fn too_many_at_once_and_too_many_in_a_second_are_refused() {
    let limits = Limits { concurrent: 1, ..Limits::default() };
    let Some(place) = Place::ready(limits).await else { return };
    let mut waiting = place.client.connect();
    waiting
        .write_all(b"POST /v1/claim HTTP/1.1\r\nHost: node\r\nContent-Length: 5\r\n\r\n")
        .unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    let answer = place.client.get("/v1/status").await;
    assert_eq!((answer.status, answer.reason().as_str()), (503, "busy"));

    let limits = Limits { per_second: 2, ..Limits::default() };
    let Some(place) = Place::ready(limits).await else { return };
    let mut refused = 0;
    for _ in 0..4 {
        let answer = place.client.get("/v1/status").await;
        if answer.status == 429 {
            assert_eq!(answer.reason(), "too_many");
            assert_eq!(answer.header("retry-after"), Some("1"));
            refused += 1;
        }
    }
    assert_eq!(refused, 2);
}

#[tokio::test]
async fn tcp_wants_the_token() {
    let Some(place) = Place::ready(Limits::default()).await else { return };
    let token = Token::new("correct horse battery".replace(' ', "-")).unwrap();
    let tcp = Tcp { address: ([127, 0, 0, 1], 0).into(), token };
    let server = Server::bind(Settings { tcp: Some(tcp), ..Settings::default() }).unwrap();
    let address = server.tcp_address().unwrap();
    let _running = server.start(place.node.handle.clone()).unwrap();
    let ask = move |headers: &str| {
        let text =
            format!("GET /v1/status HTTP/1.1\r\nHost: node\r\nConnection: close\r\n{headers}\r\n");
        tokio::task::spawn_blocking(move || {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(text.as_bytes()).unwrap();
            answer(&mut stream)
        })
    };
    for wrong in ["", "Authorization: Bearer correct-horse-batterz\r\n"] {
        let answer = ask(wrong).await.unwrap();
        assert_eq!((answer.status, answer.reason().as_str()), (401, "unauthorized"));
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
    }
    let right = ask("Authorization: Bearer correct-horse-battery\r\n").await.unwrap();
    assert_eq!(right.status, 200);
}

#[tokio::test]
async fn the_socket_has_its_mode_is_nobody_elses_and_goes_with_the_server() {
    let Some(place) = Place::ready(Limits::default()).await else { return };
    let path = place.client.0.clone();
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o660);
    let bind = || Server::bind(Settings { unix: Some(Unix::at(&path)), ..Settings::default() });
    assert!(matches!(bind(), Err(BindError::InUse(_))));
    let Place { node, _control: control, lan: _lan, .. } = place;
    node.kill().await;
    tokio::task::spawn_blocking(move || control.stop()).await.unwrap();
    assert!(!path.exists());

    // What a killed node left behind is replaced, anything else is not.
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    assert!(path.exists());
    drop(bind().unwrap());
    std::fs::write(&path, "mine").unwrap();
    assert!(matches!(bind(), Err(BindError::NotASocket(_))));
}
