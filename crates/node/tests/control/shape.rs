//! What is served is what `/openapi.json` describes.

use node::control::{Limits, Reason};
use serde_json::Value;

use super::Place;

#[tokio::test]
async fn every_document_has_the_fields_that_its_description_names() {
    let Some(place) = Place::ready(Limits::default()).await else { return };
    let description = place.client.get("/openapi.json").await.json();
    let check = |schema: &str, document: &Value| conforms(&description, schema, document);
    let request = place.client.post("/v1/allocate", "").await.json();
    check("Request", &request);
    let ranges = format!(r#"{{"ranges": [{}]}}"#, request["leases"][0]["first"]);
    check("Status", &place.client.get("/v1/status").await.json());
    check("Scopes", &place.client.get("/v1/scopes").await.json());
    check("List", &place.client.get("/v1/list").await.json());
    check("Record", &place.client.get("/v1/record").await.json());
    check("Peers", &place.client.get("/v1/peers").await.json());
    check("Ready", &place.client.get("/v1/ready").await.json());
    // This program's log is not a node's; `aap node` serves the document.
    assert_eq!(place.client.get("/v1/log").await.reason(), "no_log");
    check("Faults", &place.client.get("/v1/faults").await.json());
    check("Health", &place.client.get("/v1/health").await.json());
    check("Problem", &place.client.get("/v1/nothing").await.json());
    check("Changes", &place.client.post("/v1/release", &ranges).await.json());
}

#[tokio::test]
async fn every_path_of_the_description_is_served() {
    let Some(place) = Place::ready(Limits::default()).await else { return };
    let description = place.client.get("/openapi.json").await.json();
    for (path, methods) in description["paths"].as_object().unwrap() {
        let place_of = path.replace("{id}", "1");
        for method in methods.as_object().unwrap().keys() {
            if path == "/v1/events" {
                continue;
            }
            let answer = place.client.ask(&method.to_uppercase(), &place_of, "", "").await;
            let refused = [404, 405].contains(&answer.status)
                && ["unknown_path", "wrong_method"].contains(&answer.reason().as_str());
            assert!(!refused, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn metrics_count_what_happened() {
    let Some(place) = Place::ready(Limits::default()).await else { return };
    assert_eq!(place.client.post("/v1/claim", r#"{"count": 3}"#).await.status, 200);
    let answer = place.client.get("/metrics").await;
    let value = |sample: &str| {
        let mut lines = answer.body.lines().filter_map(|line| line.rsplit_once(' '));
        let found = lines.find(|(name, _)| *name == sample);
        found.unwrap_or_else(|| panic!("no {sample} in\n{}", answer.body)).1.to_owned()
    };
    // Four, unless a busy machine lets the verdict overtake the last repetitions.
    let claims = value(r#"aap_messages_total{scope="site",direction="sent",type="ACLM"}"#);
    assert!(("1"..="4").contains(&claims.as_str()), "{claims}");
    assert_eq!(value(r#"aap_events_total{scope="site",event="granted"}"#), "1");
    assert_eq!(value(r#"aap_grant_seconds_count{scope="site"}"#), "1");
    assert_eq!(value(r#"aap_addresses{scope="site",state="held"}"#), "3");
    assert_eq!(value(r#"malloc_allocated_addresses{scope="site"}"#), "3");
    assert_eq!(value(r#"aap_ready{scope="site"}"#), "1");
    for line in answer.body.lines().filter(|line| !line.starts_with('#')) {
        let number = line.rsplit(' ').next().unwrap();
        assert!(number.parse::<f64>().is_ok(), "{line}");
    }
}

#[test]
fn every_reason_is_documented() {
    let page = include_str!("../../../../docs/control-api.md");
    for reason in Reason::ALL {
        let row = format!("| `{}` | {} |", reason.name(), reason.status());
        assert!(page.contains(&row), "docs/control-api.md has no row that begins {row}");
    }
}

/// Checks the names of all fields, and the arrays and objects in them.
fn conforms(description: &Value, schema: &str, document: &Value) {
    let schemas = &description["components"]["schemas"];
    walk(schemas, &schemas[schema], document, schema);
}

fn walk(schemas: &Value, schema: &Value, value: &Value, at: &str) {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.rsplit('/').next().unwrap();
        return walk(schemas, &schemas[name], value, at);
    }
    if let Some(values) = schema["enum"].as_array() {
        assert!(values.contains(value), "{at}: {value} is none of {values:?}");
    }
    match value {
        Value::Object(fields) => {
            let known = schema["properties"].as_object();
            let known = known.unwrap_or_else(|| panic!("{at} is not described"));
            for required in schema["required"].as_array().into_iter().flatten() {
                assert!(fields.contains_key(required.as_str().unwrap()), "{at} lacks {required}");
            }
            for (name, value) in fields {
                let schema = known.get(name).unwrap_or_else(|| panic!("{at}.{name}: unknown"));
                walk(schemas, schema, value, &format!("{at}.{name}"));
            }
        }
        Value::Array(values) => {
            for value in values {
                walk(schemas, &schema["items"], value, &format!("{at}[]"));
            }
        }
        _ => {
            let kinds = match &schema["type"] {
                Value::String(kind) => vec![kind.as_str()],
                Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
                other => panic!("{at}: type {other}"),
            };
            let kind = match value {
                Value::Null => "null",
                Value::Bool(_) => "boolean",
                Value::Number(_) => "integer",
                _ => "string",
            };
            assert!(kinds.contains(&kind), "{at}: {value} is none of {kinds:?}");
        }
    }
}
