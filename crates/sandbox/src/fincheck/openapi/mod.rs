//! The OpenAPI 3.1 document of a contract, as FastAPI would write it.

mod doc;
mod schema;

use std::sync::Arc;

use finkit_fincheck::contract::Contract;

use self::doc::Doc;
use self::schema::{Components, request_name, title};
use super::operation::{Action, Operation, Source};
use super::pydantic::{Field, Node};

/// The document as JSON text.
pub(super) fn document(contract: &Contract, operations: &[Operation]) -> Arc<str> {
    let mut components = Components::default();
    let mut paths = Doc::Object(Vec::new());
    let token_path = operations
        .iter()
        .find(|operation| operation.action == Action::Token)
        .map_or("token", |operation| operation.path.trim_start_matches('/'));
    for operation in operations {
        let method = operation.method.as_str().to_ascii_lowercase();
        let described = describe(contract, operation, &mut components);
        match paths.get_mut(&operation.path) {
            Some(path) => path.set(&method, described),
            None => paths.set(&operation.path, Doc::object([(&*method, described)])),
        }
    }
    let flow = Doc::object([
        ("scopes", Doc::Object(Vec::new())),
        ("tokenUrl", token_path.into()),
    ]);
    let scheme = Doc::object([
        ("type", "oauth2".into()),
        ("flows", Doc::object([("password", flow)])),
    ]);
    let document = Doc::object([
        ("openapi", "3.1.0".into()),
        (
            "info",
            Doc::object([
                ("title", "FINcheck".into()),
                (
                    "description",
                    format!("finkit's sandbox, contract {}", contract.name).into(),
                ),
                ("version", env!("CARGO_PKG_VERSION").into()),
            ]),
        ),
        ("paths", paths),
        (
            "components",
            Doc::object([
                ("schemas", components.into_doc()),
                (
                    "securitySchemes",
                    Doc::object([("OAuth2PasswordBearer", scheme)]),
                ),
            ]),
        ),
    ]);
    serde_json::to_string(&document).unwrap_or_default().into()
}

fn describe(contract: &Contract, operation: &Operation, components: &mut Components) -> Doc {
    let name = operation.action.name();
    let method = operation.method.as_str().to_ascii_lowercase();
    let slug: String = format!("{name}{}", operation.path)
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    let id = format!("{slug}_{method}");
    let mut described = Doc::object([
        ("summary", title(name).into()),
        ("operationId", id.as_str().into()),
    ]);
    if operation.action.is_protected() {
        let need = Doc::object([("OAuth2PasswordBearer", Doc::Array(Vec::new()))]);
        described.set("security", Doc::Array(vec![need]));
    }
    if !operation.outside.is_empty() {
        let parameters = operation.outside.iter().map(|outside| {
            let mut schema = components.node(
                &outside.field.node,
                &request_name(name),
                &outside.field.name,
            );
            if !outside.field.required {
                schema.set("default", false);
            }
            Doc::object([
                ("name", outside.field.name.as_str().into()),
                ("in", outside.source.name().into()),
                (
                    "required",
                    (outside.field.required || outside.source == Source::Path).into(),
                ),
                ("schema", schema.with("title", title(&outside.field.name))),
            ])
        });
        described.set("parameters", Doc::Array(parameters.collect()));
    }
    if let Some((media, schema, required)) = body(operation, &id, components) {
        let content = Doc::object([(media, Doc::object([("schema", schema)]))]);
        let body = Doc::object([("required", required.into()), ("content", content)]);
        described.set("requestBody", body);
    }
    let json = |schema: Doc| {
        let media = Doc::object([("schema", schema)]);
        Doc::object([("application/json", media)])
    };
    let answer = components.answer(contract, operation.action);
    let faults = components.validation_error();
    let responses = Doc::object([
        (
            "200",
            Doc::object([
                ("description", "Successful Response".into()),
                ("content", json(answer)),
            ]),
        ),
        (
            "422",
            Doc::object([
                ("description", "Validation Error".into()),
                ("content", json(faults)),
            ]),
        ),
    ]);
    described.with("responses", responses)
}

/// Media type, schema and whether it must be there.
fn body(
    operation: &Operation,
    id: &str,
    components: &mut Components,
) -> Option<(&'static str, Doc, bool)> {
    let name = operation.action.name();
    if !operation.form.is_empty() {
        let form = components.form(id, operation.action, &operation.form);
        let required = operation.form.iter().any(|field: &Field| field.required);
        return Some(("application/x-www-form-urlencoded", form, required));
    }
    let node = operation.body.as_ref()?;
    let required = match node {
        Node::Model { fields, .. } => fields.iter().any(|field| field.required),
        _ => true,
    };
    let schema = components.node(node, &request_name(name), "request");
    Some(("application/json", schema, required))
}
