//! The OpenAPI document: that of the assumed contract against FastAPI's own, and what other contracts change in it.

use finkit_fincheck::contract::Contract;
use finkit_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::http::Send;
use crate::service::{self, Service};

fn document(service: &Service) -> Value {
    let reply = service.client().ok(Send::new("GET", "/openapi.json"));
    assert_eq!(reply.header("content-type"), Some("application/json"));
    reply.json()
}

fn served(toml: &str) -> Value {
    let contract = Contract::from_toml(toml).unwrap();
    document(&service::start(Sandbox::builder().contract(contract)))
}

#[test]
fn the_document_of_the_assumed_contract_is_the_one_that_fastapi_writes() {
    let recorded: Value =
        serde_json::from_str(include_str!("../data/fastapi_openapi.json")).unwrap();
    let mut own = document(&service::plain());
    assert_eq!(own["openapi"], recorded["openapi"]);
    assert_eq!(own["info"]["title"], recorded["info"]["title"]);
    for (path, methods) in recorded["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            for (part, expected) in operation.as_object().unwrap() {
                let found = own["paths"][path][method][part].take();
                assert_eq!(found, *expected, "{method} {path}: {part}");
            }
        }
    }
    for (name, expected) in recorded["components"]["schemas"].as_object().unwrap() {
        assert_eq!(own["components"]["schemas"][name], *expected, "{name}");
    }
    assert_eq!(own["components"], recorded["components"]);
    assert_eq!(
        own["paths"].as_object().unwrap().len(),
        recorded["paths"].as_object().unwrap().len()
    );
}

#[test]
fn members_stand_in_the_order_of_the_model() {
    let service = service::plain();
    let reply = service.client().ok(Send::new("GET", "/openapi.json"));
    let text = reply.text();
    let record = &text[text.find("\"FinRecord\":").unwrap()..];
    let at = |name: &str| record.find(&format!("\"{name}\":{{")).unwrap();
    assert!(at("fin") < at("start_date") && at("start_date") < at("end_date"));
    assert!(at("end_date") < at("registration_date"));
}

#[test]
fn renamed_and_moved_parts_show_in_the_document() {
    let document = served(
        r#"
        name = "other"
        [record]
        fin = "vehicle.fahrgestellnummer"
        [search]
        method = "GET"
        path = "/vehicles/{fin}"
        fin = "path:fin"
        year = "query:jahr"
        [bulk_search]
        method = "GET"
        fins = "query:fins"
        year = "query:jahr"
        [bulk_create]
        records = "body:fins"
        commit_on_overlapping_dates = "body:commit_on_overlapping_dates"
        commit_on_partial_success = "body:commit_on_partial_success"
        [delete]
        method = "POST"
        security_code = "body:security_code"
        [token.constants]
        "form:grant_type" = "password"
        [search.answer]
        fins = "data.fins"
        "#,
    );
    let paths = &document["paths"];
    let schemas = &document["components"]["schemas"];
    let search = &paths["/vehicles/{fin}"]["get"];
    assert_eq!(search["parameters"][0]["in"], "path");
    assert_eq!(search["parameters"][0]["required"], true);
    assert_eq!(search["parameters"][1]["name"], "jahr");
    assert_eq!(
        search["parameters"][1]["schema"],
        json!({"type": "integer", "title": "Jahr"})
    );
    assert!(search["requestBody"].is_null());
    let fins = &paths["/bulk_search"]["get"]["parameters"][0]["schema"];
    assert_eq!(
        *fins,
        json!({"type": "array", "items": {"type": "string"}, "title": "Fins"})
    );
    let bulk = &schemas["BulkCreateRequest"];
    assert_eq!(bulk["required"], json!(["fins"]));
    assert_eq!(
        bulk["properties"]["fins"]["items"]["$ref"],
        "#/components/schemas/FinRecord"
    );
    assert_eq!(
        bulk["properties"]["commit_on_partial_success"]["default"],
        false
    );
    assert!(paths["/delete"]["post"].is_object());
    assert_eq!(schemas["DeleteRequest"]["required"][3], "security_code");
    let record = &schemas["FinRecord"]["properties"]["vehicle"]["$ref"];
    let vehicle = record.as_str().unwrap().rsplit('/').next().unwrap();
    assert_eq!(schemas[vehicle]["required"], json!(["fahrgestellnummer"]));
    let grant = &schemas["Body_token_token_post"]["properties"]["grant_type"];
    assert_eq!(grant["const"], "password");
    let answer = &schemas["SearchResponse"]["properties"]["data"]["$ref"];
    assert_eq!(answer, "#/components/schemas/SearchResponseData");
}

#[test]
fn operations_that_are_absent_are_not_described_and_not_served() {
    let contract = Contract::from_toml("name = \"small\"\ndelete = \"absent\"\n").unwrap();
    let service = service::start(Sandbox::builder().contract(contract));
    assert!(document(&service)["paths"]["/delete"].is_null());
    assert_eq!(
        service.client().ok(Send::new("DELETE", "/delete")).status,
        404
    );
}
