//! The routes as an `OpenAPI` 3.1 document, for programs that try every address.

use serde_json::{Map, Value, json};

use crate::routes::{Body, Needs, ROUTES, Route};

/// The names between braces in an address.
fn names(path: &str) -> impl Iterator<Item = &str> {
    path.split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

/// What an answer may be: a page, or what a program asked for.
fn answer(description: &str, kinds: &[&str]) -> Value {
    let kinds = kinds.iter().map(|kind| ((*kind).to_owned(), json!({})));
    let content: Map<String, Value> = kinds.collect();
    if content.is_empty() {
        return json!({ "description": description });
    }
    json!({ "description": description, "content": content })
}

/// What is shown where all is well.
fn shown(route: &Route) -> &'static [&'static str] {
    match route.path {
        "/assets/{name}" => &["text/css", "text/javascript", "font/woff2", "image/svg+xml"],
        "/ledgers/terminals/out" => &["text/html", "text/csv", SHEET],
        path if path.ends_with("/passkey/begin") => &["application/json"],
        _ => &["text/html", "application/json"],
    }
}

/// A refusal, in words or for a program.
const REFUSED: &[&str] = &["text/html", "application/problem+json"];
/// A workbook.
const SHEET: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// What an address may answer, by who may come to it and what it is sent.
fn answers(route: &Route) -> Value {
    let mut all = Map::new();
    let mut add = |status: &str, text: &str| {
        let kinds = match status {
            "200" => shown(route),
            "204" | "303" => &[],
            _ => REFUSED,
        };
        all.insert(status.to_owned(), answer(text, kinds));
    };
    add(
        "403",
        "not permitted, no enrolled terminal, or a request of another site",
    );
    add(
        "404",
        "nothing there, or nothing that this session may know of",
    );
    match route.needs {
        Needs::Nothing => {}
        Needs::Terminal | Needs::Session | Needs::SignIn => {
            add("303", "to the sign-in or the lock");
        }
    }
    add(
        "503",
        "the state can't be read or written, so nothing is shown",
    );
    if route.method == "POST" {
        add("204", "taken, nothing to show");
        add("303", "taken; the page is elsewhere");
        add("400", "no form");
        add("422", "a rule refuses; the page says which");
        add("429", "the next try waits");
    } else {
        add("400", "a question mark followed by what is no query");
        add("422", "a value that is none; the page says which");
    }
    add("200", "the page");
    Value::Object(all)
}

fn secured(needs: Needs) -> Value {
    match needs {
        Needs::Nothing => json!([]),
        Needs::Terminal => json!([{ "terminal": [] }]),
        Needs::Session | Needs::SignIn => json!([{ "terminal": [], "session": [] }]),
    }
}

/// The body of a form. A form of a session carries what only that session's pages have.
fn body(route: &Route) -> Option<Value> {
    let kind = match (route.method, route.body) {
        ("POST", Body::Form) => "application/x-www-form-urlencoded",
        ("POST", Body::File) => "multipart/form-data",
        _ => return None,
    };
    let mut fields = Map::new();
    if route.needs == Needs::SignIn {
        fields.insert("form".to_owned(), json!({ "type": "string" }));
    }
    for field in route.fields {
        let kind = match route.body {
            Body::File if *field == "file" => json!({ "type": "string", "format": "binary" }),
            Body::File | Body::Form => json!({ "type": "string" }),
        };
        fields.insert((*field).to_owned(), kind);
    }
    let schema = json!({ "type": "object", "properties": fields });
    Some(json!({ "content": { kind: { "schema": schema } } }))
}

fn operation(route: &Route) -> Value {
    let in_path = names(route.path).map(|name| {
        json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } })
    });
    let in_query = route
        .fields
        .iter()
        .filter(|_| route.method == "GET")
        .map(|name| json!({ "name": name, "in": "query", "schema": { "type": "string" } }));
    let parameters: Vec<Value> = in_path.chain(in_query).collect();
    let mut operation = json!({
        "operationId": format!("{} {}", route.method, route.path),
        "parameters": parameters,
        "responses": answers(route),
        "security": secured(route.needs),
    });
    if let (Some(body), Some(operation)) = (body(route), operation.as_object_mut()) {
        operation.insert("requestBody".to_owned(), body);
    }
    operation
}

/// The document.
pub fn document() -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for route in ROUTES {
        let at = paths
            .entry(route.path)
            .or_insert_with(|| Value::Object(Map::new()));
        if let Some(at) = at.as_object_mut() {
            at.insert(route.method.to_ascii_lowercase(), operation(route));
        }
    }
    json!({
        "openapi": "3.1.1",
        "info": { "title": "Renketsu", "version": env!("CARGO_PKG_VERSION") },
        "components": { "securitySchemes": {
            "session": { "type": "apiKey", "in": "cookie", "name": crate::cookie::SESSION },
            "terminal": { "type": "apiKey", "in": "cookie", "name": crate::cookie::TERMINAL },
        } },
        "paths": paths,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_route_stands_in_the_document_with_its_own_id() {
        let document = document();
        let paths = document["paths"].as_object().unwrap();
        let mut ids = BTreeSet::new();
        for route in ROUTES {
            let operation = &paths[route.path][route.method.to_ascii_lowercase()];
            assert!(ids.insert(operation["operationId"].as_str().unwrap().to_owned()));
            let parameters = operation["parameters"].as_array().unwrap();
            for name in names(route.path) {
                assert!(
                    parameters.iter().any(|parameter| parameter["name"] == name),
                    "{}",
                    route.path
                );
            }
            assert!(operation["responses"]["503"].is_object());
            assert_eq!(
                operation.get("requestBody").is_some(),
                route.method == "POST",
                "{}",
                route.path
            );
        }
        assert_eq!(ids.len(), ROUTES.len());
    }

    #[test]
    fn a_form_of_a_session_carries_its_secret_and_a_file_is_one() {
        let document = document();
        let upload = &document["paths"]["/packages"]["post"]["requestBody"]["content"];
        let fields = &upload["multipart/form-data"]["schema"]["properties"];
        assert_eq!(fields["file"]["format"], "binary");
        assert!(fields["form"].is_object());
        let search = &document["paths"]["/log"]["get"];
        assert!(search.get("requestBody").is_none());
        assert_eq!(search["parameters"].as_array().unwrap().len(), 6);
    }
}
