use client::{Listing, Problem, RecordPage, Request, Status};
use node::control::Reason;
use serde_json::Value;

use super::answer::Answer;
use super::question::Asked;

/// What is never the answer of a node that works, however it is asked.
const BREAKDOWNS: [&str; 4] = ["stopped", "storage_failed", "interface_lost", "too_many"];

/// What `/openapi.json` says: which questions there are, and what may be answered.
pub(super) struct Description {
    document: Value,
    paths: Vec<String>,
}

impl Description {
    pub(super) fn read(document: &Value) -> Self {
        let paths = document["paths"].as_object().expect("a description has paths");
        Self { paths: paths.keys().cloned().collect(), document: document.clone() }
    }

    pub(super) fn paths(&self) -> &[String] {
        &self.paths
    }

    /// A method that the path takes; which of them is up to `choice`.
    pub(super) fn method(&self, path: &str, choice: u8) -> String {
        let methods = self.document["paths"][path].as_object();
        let methods: Vec<&String> =
            methods.into_iter().flat_map(|methods| methods.keys()).collect();
        methods[usize::from(choice) % methods.len()].to_uppercase()
    }

    /// The names of the parameters that the path takes in its query.
    pub(super) fn parameters(&self, path: &str) -> Vec<&str> {
        let methods = self.document["paths"][path].as_object().into_iter().flatten();
        let known = methods.flat_map(|(_, method)| method["parameters"].as_array());
        let known = known.flatten().filter(|parameter| parameter["in"] == "query");
        known.filter_map(|parameter| parameter["name"].as_str()).collect()
    }

    /// Whether this may be the answer to that.
    pub(super) fn judge(&self, asked: &Asked, answer: &Answer) -> Result<(), String> {
        if !asked.admitted && answer.status != 401 {
            return Err("let in without the token".to_owned());
        }
        if answer.status < 400 {
            self.judge_yes(asked, answer)
        } else {
            self.judge_no(asked, answer)
        }
    }

    fn judge_no(&self, asked: &Asked, answer: &Answer) -> Result<(), String> {
        wanted(answer.kind == "application/problem+json", "a problem of another kind")?;
        if asked.method == "HEAD" {
            return Ok(());
        }
        let problem: Problem = answer.document()?;
        let reason = Reason::ALL.into_iter().find(|reason| reason.name() == problem.reason);
        wanted(
            reason.map(Reason::status) == Some(answer.status),
            "another status than documented",
        )?;
        wanted(problem.status == answer.status, "the document has another status")?;
        wanted(!BREAKDOWNS.contains(&problem.reason.as_str()), "a breakdown")?;
        conforms(&self.document, &self.schema("Problem"), &answer.json(), "Problem")
    }

    fn judge_yes(&self, asked: &Asked, answer: &Answer) -> Result<(), String> {
        let method = if asked.method == "HEAD" { "get" } else { &asked.method.to_lowercase() };
        let described =
            &self.document["paths"][&asked.path][method]["responses"][answer.status.to_string()];
        wanted(!described.is_null(), "a status that is not described")?;
        let content = &described["content"][&answer.kind]["schema"];
        wanted(!content.is_null(), "a kind that is not described")?;
        if answer.kind != "application/json" || asked.method == "HEAD" {
            return wanted(asked.method == "HEAD" || !answer.is_empty(), "nothing");
        }
        if asked.path != "/openapi.json" {
            conforms(&self.document, content, &answer.json(), &asked.path)?;
        }
        understood(asked, answer)
    }

    fn schema(&self, name: &str) -> Value {
        self.document["components"]["schemas"][name].clone()
    }
}

/// Programs here read the document, and it tells them something.
fn understood(asked: &Asked, answer: &Answer) -> Result<(), String> {
    match asked.path.as_str() {
        "/v1/allocate" | "/v1/claim" | "/v1/preallocate" | "/v1/requests/{id}" => {
            let request: Request = answer.document()?;
            let granted = matches!(request.state.as_str(), "granted" | "held");
            wanted(
                granted != request.leases.is_empty(),
                "a grant of nothing, or no grant of some",
            )?;
            let open = request.state == "pending";
            wanted(asked.method == "DELETE" || open == (answer.status == 202), "another status")
        }
        "/v1/status" => {
            let status: Status = answer.document()?;
            wanted(status.scopes.iter().all(|scope| scope.ready), "the node is not at work")
        }
        "/v1/list" => {
            let list: Listing = answer.document()?;
            let held: u64 = list.allocations.iter().map(|holding| holding.lease.span.count).sum();
            wanted(held <= 1024, "more than the scopes have")
        }
        "/v1/record" => {
            let page: RecordPage = answer.document()?;
            wanted(page.next.is_none() || !page.entries.is_empty(), "a page of nothing, and more")
        }
        _ => Ok(()),
    }
}

fn wanted(holds: bool, otherwise: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise.to_owned()) }
}

/// Whether `value` has the shape that `schema` says, as far as such descriptions are used here.
fn conforms(root: &Value, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.trim_start_matches('#');
        let schema = root.pointer(name).ok_or_else(|| format!("{name} is described nowhere"))?;
        return conforms(root, schema, value, at);
    }
    if let Some(values) = schema["enum"].as_array()
        && !values.contains(value)
    {
        return Err(format!("{at}: {value} is none of {values:?}"));
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let kinds = schema["type"].as_array().map_or_else(
        || schema["type"].as_str() == Some(kind),
        |kinds| kinds.iter().any(|known| known == kind),
    );
    if !kinds {
        return Err(format!("{at}: {value} is no {}", schema["type"]));
    }
    match value {
        Value::Object(fields) => {
            let required = schema["required"].as_array().into_iter().flatten();
            let mut names = required.filter_map(Value::as_str);
            if let Some(lacking) = names.find(|name| !fields.contains_key(*name)) {
                return Err(format!("{at} lacks {lacking}"));
            }
            fields.iter().try_for_each(|(name, value)| {
                let at = format!("{at}.{name}");
                conforms(root, &schema["properties"][name], value, &at)
            })
        }
        Value::Array(values) => {
            values.iter().try_for_each(|each| conforms(root, &schema["items"], each, at))
        }
        _ => Ok(()),
    }
}
