//! Which path leads where.

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderValue, Method, Uri, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodRouter, delete, get, post, put};

use super::app::App;
use super::problem::Problem;
use super::reason::Reason;
use super::settings::Token;
use super::{addresses, change, faults, gate, logging, metrics, openapi, stream, views};

/// The version that every path begins with, but for those that are the same in all.
const VERSION: u32 = 1;

type Route = (&'static str, &'static str, MethodRouter<Arc<App>>);

/// Every method of every path.
pub(super) fn table() -> Vec<Route> {
    vec![
        ("post", "/v1/allocate", post(addresses::allocate)),
        ("post", "/v1/claim", post(addresses::claim)),
        ("post", "/v1/preallocate", post(addresses::preallocate)),
        ("get", "/v1/requests/{id}", get(addresses::lookup)),
        ("delete", "/v1/requests/{id}", delete(addresses::withdraw)),
        ("post", "/v1/renew", post(change::renew)),
        ("post", "/v1/shorten", post(change::shorten)),
        ("post", "/v1/release", post(change::release)),
        ("post", "/v1/lose", post(change::lose)),
        ("get", "/v1/status", get(views::status)),
        ("get", "/v1/scopes", get(views::scopes)),
        ("get", "/v1/list", get(views::list)),
        ("get", "/v1/record", get(views::record)),
        ("get", "/v1/peers", get(views::peers)),
        ("get", "/v1/events", get(stream::events)),
        ("get", "/v1/faults", get(faults::show)),
        ("put", "/v1/faults", put(faults::replace)),
        ("get", "/v1/log", get(logging::show)),
        ("put", "/v1/log", put(logging::replace)),
        ("get", "/v1/ready", get(views::ready)),
        ("get", "/v1/health", get(views::health)),
        ("get", "/metrics", get(metrics::metrics)),
        ("get", "/openapi.json", get(openapi::serve)),
    ]
}

/// The way in for clients that may ask.
pub(super) fn open(app: Arc<App>) -> Router {
    let routes = table()
        .into_iter()
        .fold(Router::new(), |routes, (_, path, methods)| routes.route(path, methods));
    routes
        .fallback(unknown_path)
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn_with_state(Arc::clone(&app), gate::limit))
        .with_state(app)
}

/// The way in for clients that have to know the token.
pub(super) fn guarded(app: Arc<App>, token: Token) -> Router {
    open(app).layer(from_fn_with_state(Arc::new(token), gate::authorize))
}

async fn unknown_path(uri: Uri) -> Problem {
    let path = uri.path();
    let version = path.strip_prefix("/v").and_then(|rest| rest.split('/').next());
    let detail = match version.and_then(|version| version.parse::<u32>().ok()) {
        Some(version) if version != VERSION => {
            format!("{path}: this node speaks version {VERSION}, /v{VERSION}/...")
        }
        _ => path.to_owned(),
    };
    Problem::new(Reason::UnknownPath, detail)
}

async fn wrong_method(method: Method, uri: Uri) -> Response {
    let routes = table();
    let allowed: Vec<String> = routes
        .iter()
        .filter(|(_, path, _)| serves(path, uri.path()))
        .map(|(method, ..)| method.to_uppercase())
        .collect();
    let allowed = allowed.join(", ");
    let detail = format!("{method} {}: this path takes {allowed}", uri.path());
    let mut response = Problem::new(Reason::WrongMethod, detail).into_response();
    if let Ok(allowed) = HeaderValue::from_str(&allowed) {
        response.headers_mut().insert(header::ALLOW, allowed);
    }
    response
}

/// Whether a path of the table leads to `asked`: `{id}` stands for one segment.
fn serves(path: &str, asked: &str) -> bool {
    let (path, asked) = (path.split('/'), asked.split('/'));
    path.clone().count() == asked.clone().count()
        && path.zip(asked).all(|(known, given)| known.starts_with('{') || known == given)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::super::openapi;
    use super::super::reason::Reason;
    use super::*;

    fn description() -> Value {
        serde_json::from_str(openapi::TEXT).expect("the description is JSON")
    }

    #[test]
    fn the_description_names_every_method_of_every_path() {
        let served: BTreeSet<(String, String)> =
            table().into_iter().map(|(method, path, _)| (path.into(), method.into())).collect();
        let description = description();
        let paths = description["paths"].as_object().expect("paths").iter();
        let described: BTreeSet<(String, String)> = paths
            .flat_map(|(path, methods)| {
                let methods = methods.as_object().expect("methods").keys();
                methods.map(move |method| (path.clone(), method.clone()))
            })
            .collect();
        assert_eq!(served, described);
    }

    #[test]
    fn the_description_names_every_reason() {
        let names = &description()["components"]["schemas"]["Problem"]["properties"]["reason"];
        let described: BTreeSet<&str> =
            names["enum"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        assert_eq!(described, Reason::ALL.into_iter().map(Reason::name).collect());
    }
}
