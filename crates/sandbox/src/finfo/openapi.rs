//! The OpenAPI document of what is served, in the form that the generator of ASP.NET gives such documents.
//!
//! Finfo hands its own to its customers, one for each group of users; this one is made up, as are the names of its
//! operations.

use serde_json::{Map, Value, json};

use super::article;
use super::media::{self, Wish};
use super::operation::{Dataset, OPERATIONS, Operation};
use super::query::{CONTENT_TYPES, MOST};
use super::service::{REALM, TOKEN};
use super::stock::Row;

/// The document; `base` is the address of the interface.
pub(super) fn document(base: &str) -> Value {
    let mut paths = Map::new();
    let mut schemas = Map::new();
    for operation in &OPERATIONS {
        let (name, schema) = schema(operation);
        schemas.insert(name.clone(), schema);
        paths.insert(
            operation.path.to_owned(),
            json!({"get": describe(operation, &name)}),
        );
    }
    schemas.insert(
        "Pagination".to_owned(),
        json!({
            "type": "object",
            "required": ["offset", "limit", "totalCount"],
            "properties": {
                "offset": {"type": "integer", "format": "int64"},
                "limit": {"type": "integer", "format": "int32"},
                "totalCount": {"type": "integer", "format": "int64"},
            },
        }),
    );
    schemas.insert(
        "Problem".to_owned(),
        json!({
            "type": "object",
            "properties": {
                "status": {"type": "integer", "format": "int32"},
                "message": {"type": "string", "nullable": true},
            },
        }),
    );
    json!({
        "openapi": "3.0.1",
        "info": {
            "title": "Finfo API – Subscriber",
            "description": "finkit's sandbox; the articles are made up",
            "version": env!("CARGO_PKG_VERSION"),
        },
        "servers": [{"url": base}],
        "security": [{"finfo": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "finfo": {
                    "type": "oauth2",
                    "flows": {"password": {
                        "tokenUrl": format!("{}{REALM}{TOKEN}", base.trim_end_matches('/')),
                        "scopes": {},
                    }},
                },
            },
        },
    })
}

fn describe(operation: &Operation, schema: &str) -> Value {
    let mut parameters: Vec<Value> = operation
        .parameters
        .iter()
        .map(|name| parameter(name, operation))
        .collect();
    if operation.path.contains("{finfoSupplierId}") {
        parameters.push(json!({
            "name": "finfoSupplierId",
            "in": "path",
            "required": true,
            "description": "Number of the supplier",
            "schema": {"type": "string", "pattern": "^[0-9]{1,10}$"},
        }));
    }
    let problem = |description: &str| {
        json!({
            "description": description,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        })
    };
    json!({
        "tags": [operation.tag],
        "summary": operation.summary,
        "operationId": operation.id,
        "parameters": parameters,
        "responses": {
            "200": {
                "description": "Data",
                "content": {"application/json": {"schema": {"$ref": format!("#/components/schemas/{schema}")}}},
            },
            "204": {"description": "No data found"},
            "400": problem("A parameter is missing or wrong"),
            "401": problem("The token is missing or has expired"),
            "403": problem("Access denied"),
            "429": problem("Too many calls"),
            "500": problem("Server error"),
        },
    })
}

fn parameter(name: &str, operation: &Operation) -> Value {
    let rules = operation.rules;
    let paged = if rules.paged {
        "; required with finfoSupplierId alone and with changed-from-date"
    } else {
        ""
    };
    let (description, schema) = match name {
        "finfoSupplierId" => (
            "Number of the supplier".to_owned(),
            json!({"type": "string", "pattern": "^[0-9]{1,10}$"}),
        ),
        "supplierArticleId" => {
            let needs = if rules.number_needs_supplier {
                "; requires finfoSupplierId"
            } else {
                ""
            };
            let schema = json!({"type": "string", "minLength": 1, "maxLength": 18});
            (
                format!("The supplier's own number of the article{needs}"),
                schema,
            )
        }
        "finfoArticleId" => (
            "Finfo's number of the article".to_owned(),
            json!({"type": "string", "pattern": "^[0-9]{1,9}$"}),
        ),
        "gtin" => (
            "GTIN of the article".to_owned(),
            json!({"type": "string", "pattern": "^[0-9]{8,14}$"}),
        ),
        "contentType" => (
            "The only kind of file to tell of".to_owned(),
            json!({"type": "string", "enum": CONTENT_TYPES}),
        ),
        "offset" => (
            format!("First row, from 0{paged}"),
            json!({"type": "integer", "format": "int64", "minimum": 0}),
        ),
        "limit" => (
            format!("Most rows{paged}"),
            json!({"type": "integer", "format": "int32", "minimum": 1, "maximum": MOST}),
        ),
        _ => (period(name, operation), period_schema(operation)),
    };
    json!({
        "name": name,
        "in": "query",
        "required": rules.required.contains(&name),
        "description": description,
        "schema": schema,
    })
}

fn period(name: &str, operation: &Operation) -> String {
    let end = if operation.rules.exclusive_days {
        "does not belong"
    } else {
        "belongs"
    };
    if name == "changed-from-date" {
        "Changed from here on; this day belongs to the period".to_owned()
    } else {
        format!("Changed up to here; this day {end} to the period")
    }
}

/// A day before version 2; a day or a moment in UTC from then on.
fn period_schema(operation: &Operation) -> Value {
    if operation.rules.exclusive_days {
        json!({"type": "string", "format": "date"})
    } else {
        json!({"anyOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]})
    }
}

/// Name and schema of an answer. What a row holds is read from a row.
fn schema(operation: &Operation) -> (String, Value) {
    let supplier = json!({
        "type": "object",
        "properties": {
            "finfoSupplierId": {"type": "string"},
            "supplierName": {"type": "string", "nullable": true},
        },
    });
    let (name, row) = match operation.dataset {
        Dataset::Supplier => return ("Supplier".to_owned(), supplier),
        Dataset::Suppliers => {
            return (
                "SupplierList".to_owned(),
                json!({"type": "array", "items": supplier}),
            );
        }
        Dataset::ArticleV1 { prices } => {
            let name = if prices {
                "ArticleV1Page"
            } else {
                "ArticleV1NoPricePage"
            };
            (
                name.to_owned(),
                article::version_1(&article::json("\"1\"", SAMPLE.article), prices),
            )
        }
        Dataset::Article => (
            "ArticlePage".to_owned(),
            article::json("\"1\"", SAMPLE.article),
        ),
        Dataset::Media { minor } => {
            let wish = Wish {
                minor,
                host: "",
                content_type: None,
            };
            (
                format!("MediaV2{minor}Page"),
                media::element(&SAMPLE, "1", wish).unwrap_or_default(),
            )
        }
        Dataset::Other(other) => (
            format!("{other:?}Page"),
            media::other(other, &SAMPLE, "1").unwrap_or_default(),
        ),
    };
    let row = serde_json::from_str(&row).map_or_else(|_| json!({}), |row: Value| of_value(&row));
    let page = json!({
        "type": "object",
        "required": ["pagination", "articleList"],
        "properties": {
            "pagination": {"$ref": "#/components/schemas/Pagination"},
            "articleList": {"type": "array", "items": row},
        },
    });
    (name, page)
}

/// An article with every kind of file.
const SAMPLE: Row = Row {
    article: 1_000_002,
    edited: None,
    changed_at: chrono::DateTime::UNIX_EPOCH,
    picture: Some(0),
    wrong_checksum: false,
    address: None,
};

fn of_value(value: &Value) -> Value {
    match value {
        Value::Null => json!({"type": "string", "nullable": true}),
        Value::Bool(_) => json!({"type": "boolean", "nullable": true}),
        Value::Number(_) => json!({"type": "number", "nullable": true}),
        Value::String(_) => json!({"type": "string", "nullable": true}),
        Value::Array(list) => {
            json!({"type": "array", "items": list.first().map_or_else(|| json!({}), of_value)})
        }
        Value::Object(fields) => {
            let properties: Map<String, Value> = fields
                .iter()
                .map(|(name, value)| (name.clone(), of_value(value)))
                .collect();
            json!({"type": "object", "properties": properties})
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::asset::Slot;
    use super::*;

    #[test]
    fn the_sample_has_every_kind_of_file() {
        assert!(Slot::ALL.into_iter().all(|slot| slot.is_of(SAMPLE.article)));
    }

    #[test]
    fn every_reference_leads_somewhere_and_every_operation_is_described() {
        let document = document("http://127.0.0.1:1");
        let text = document.to_string();
        for part in text.split("\"#/components/schemas/").skip(1) {
            let name = part.split('"').next().expect("a name");
            assert!(
                document["components"]["schemas"][name].is_object(),
                "{name}"
            );
        }
        for operation in &OPERATIONS {
            let described = &document["paths"][operation.path]["get"];
            assert_eq!(described["operationId"], operation.id);
            let path = usize::from(operation.path.contains('{'));
            let parameters = described["parameters"].as_array().map(Vec::len);
            assert_eq!(parameters, Some(operation.parameters.len() + path));
        }
        let page =
            &document["components"]["schemas"]["ArticlePage"]["properties"]["articleList"]["items"];
        assert_eq!(page["properties"].as_object().map(Map::len), Some(30));
        assert_eq!(page["properties"]["basePrice"]["type"], "number");
    }

    #[test]
    fn what_a_parameter_takes_is_told() {
        let document = document("http://127.0.0.1:1");
        let find = |path: &str, name: &str| {
            let list = document["paths"][path]["get"]["parameters"]
                .as_array()
                .cloned()
                .unwrap_or_default();
            list.into_iter()
                .find(|parameter| parameter["name"] == name)
                .unwrap_or_default()
        };
        assert_eq!(find("/v2.2/article", "limit")["schema"]["maximum"], 1000);
        assert_eq!(find("/v2.2/article", "limit")["required"], false);
        assert_eq!(
            find("/v2.2/media", "contentType")["schema"]["enum"][2],
            "safetyDataSheet"
        );
        let period = find("/v1.0/article/period", "changed-to-date");
        assert_eq!(
            (&period["required"], &period["schema"]["format"]),
            (&true.into(), &"date".into())
        );
        assert_eq!(
            find("/v1.0/suppliers/{finfoSupplierId}", "finfoSupplierId")["in"],
            "path"
        );
    }
}
