//! Tests of reading documents: both generations, both notations, and hostile ones.

use proptest::prelude::*;

use super::{Document, In, Kind, ReadError, Schema};

fn with_schema(schema: &str) -> String {
    format!(
        r##"{{"openapi": "3.0.2", "paths": {{"/a": {{"get": {{"responses": {{"200": {{"content": {{"application/json":
        {{"schema": {schema}}}}}}}}}}}}}}}, "components": {{"schemas": {{
        "Date": {{"type": "string", "format": "date"}},
        "One": {{"type": "object", "required": ["a"], "properties": {{"a": {{"$ref": "#/components/schemas/Date"}}}}}},
        "Two": {{"type": "object", "properties": {{"b": {{"type": "integer"}}}}}},
        "Tree": {{"type": "object", "properties": {{"inner": {{"type": "array", "items": {{"$ref": "#/components/schemas/Tree"}}}}}}}},
        "Round": {{"$ref": "#/components/schemas/About"}},
        "About": {{"$ref": "#/components/schemas/Round"}}
        }}}}}}"##
    )
}

fn schema(text: &str) -> Schema {
    let document = Document::read(with_schema(text).as_bytes()).expect("readable");
    document.operations[0]
        .answer
        .clone()
        .expect("described")
        .schema
}

#[test]
fn null_is_read_alike_in_both_generations() {
    for text in [
        r#"{"type": "string", "format": "date", "nullable": true}"#,
        r#"{"type": ["string", "null"], "format": "date"}"#,
        r#"{"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]}"#,
        r##"{"anyOf": [{"$ref": "#/components/schemas/Date"}, {"type": "null"}], "title": "x"}"##,
        r##"{"allOf": [{"$ref": "#/components/schemas/Date"}], "nullable": true}"##,
    ] {
        let schema = schema(text);
        assert_eq!(schema.kind, Kind::Text, "{text}");
        assert!(schema.nullable, "{text}");
        assert_eq!(schema.format.as_deref(), Some("date"), "{text}");
    }
}

#[test]
fn the_parts_of_an_all_of_are_one_object() {
    let schema = schema(
        r##"{"allOf": [{"$ref": "#/components/schemas/One"}, {"$ref": "#/components/schemas/Two"}]}"##,
    );
    let names: Vec<_> = schema
        .fields()
        .iter()
        .map(|field| (field.name.as_str(), field.required))
        .collect();
    assert_eq!(names, [("a", true), ("b", false)]);
    assert_eq!(schema.fields()[0].schema.at, "#/components/schemas/Date");
}

#[test]
fn a_schema_inside_itself_is_told_with_its_place() {
    let schema = schema(r##"{"$ref": "#/components/schemas/Tree"}"##);
    assert_eq!(
        schema.recursion(),
        Some("#/components/schemas/Tree/properties/inner/items")
    );
}

#[test]
fn references_that_lead_round_nowhere_or_out_are_refused_with_their_place() {
    for (text, problem) in [
        (r##"{"$ref": "#/components/schemas/Round"}"##, "circle"),
        (r##"{"$ref": "#/components/schemas/Nobody"}"##, "nowhere"),
        (r#"{"$ref": "https://example.test/x.json"}"#, "out of"),
    ] {
        let error = Document::read(with_schema(text).as_bytes()).expect_err(text);
        assert!(matches!(error, ReadError::Reference { .. }), "{error}");
        assert!(error.to_string().contains(problem), "{error}");
        assert!(error.to_string().starts_with("#/paths/~1a/get"), "{error}");
    }
}

#[test]
fn yaml_is_read_like_json() {
    let document = Document::read(
        b"openapi: 3.1.0\ninfo: {title: x, version: 1.0}\npaths:\n  /a/{id}:\n    parameters:\n    - {name: id, in: path, required: true, schema: {type: string}}\n    \
          post:\n      security: [{key: []}]\n      requestBody:\n        content:\n          application/x-www-form-urlencoded:\n            schema: {type: object, properties: {user: {type: string}}}\n      \
          responses:\n        200:\n          description: ok\n          content:\n            application/json; charset=utf-8:\n              schema: {type: boolean}\n\
          components:\n  securitySchemes:\n    key: {type: apiKey, in: header, name: X-Code}\n",
    )
    .expect("readable");
    let operation = &document.operations[0];
    assert_eq!(operation.parameters[0].place, In::Path);
    assert!(operation.bodies[0].is_form());
    assert_eq!(operation.keys[0].name, "X-Code");
    let answer = operation.answer.as_ref().expect("described");
    assert_eq!(
        (answer.status.as_str(), &answer.schema.kind),
        ("200", &Kind::Boolean)
    );
}

#[test]
fn other_generations_and_other_texts_are_refused() {
    for text in [
        "",
        "[]",
        "{}",
        "{",
        "just words",
        r#"{"swagger": "2.0"}"#,
        r#"{"openapi": "4.0.0"}"#,
        r#"{"openapi": null}"#,
        "<html></html>",
    ] {
        assert!(Document::read(text.as_bytes()).is_err(), "{text}");
    }
}

#[test]
fn long_deep_and_wide_documents_are_refused() {
    let long = vec![b' '; super::MAX_BYTES + 1];
    assert_eq!(Document::read(&long), Err(ReadError::TooLarge));
    let deep = format!("{}{}", r#"{"a":"#.repeat(10_000), "}".repeat(10_000));
    assert_eq!(Document::read(deep.as_bytes()), Err(ReadError::TooDeep));
    let deep = format!("a: {}{}", "[".repeat(10_000), "]".repeat(10_000));
    assert_eq!(Document::read(deep.as_bytes()), Err(ReadError::TooDeep));
    let deep: String = (0..10_000)
        .map(|level| format!("{}a:\n", " ".repeat(level)))
        .collect();
    assert!(Document::read(deep.as_bytes()).is_err());
    let wide = format!(r#"{{"a": [{}0]}}"#, "0,".repeat(super::MAX_VALUES));
    assert_eq!(Document::read(wide.as_bytes()), Err(ReadError::TooMany));
}

#[test]
fn aliases_and_references_that_multiply_are_refused() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let before = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{before}]\n"));
    }
    assert_eq!(Document::read(bomb.as_bytes()), Err(ReadError::TooMany));

    let mut schemas = String::from(r#""L0": {"type": "string"}"#);
    for level in 1..12 {
        let fields: Vec<String> = (0..10)
            .map(|field| {
                format!(
                    r##""f{field}": {{"$ref": "#/components/schemas/L{}"}}"##,
                    level - 1
                )
            })
            .collect();
        schemas.push_str(&format!(
            r#", "L{level}": {{"type": "object", "properties": {{{}}}}}"#,
            fields.join(",")
        ));
    }
    let bomb = format!(
        r##"{{"openapi": "3.1.0", "paths": {{"/a": {{"get": {{"responses": {{"200": {{"content": {{"application/json":
        {{"schema": {{"$ref": "#/components/schemas/L11"}}}}}}}}}}}}}}}}, "components": {{"schemas": {{{schemas}}}}}}}"##
    );
    assert_eq!(Document::read(bomb.as_bytes()), Err(ReadError::TooMany));
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,200}") {
        let _ = Document::read(text.as_bytes());
    }

    #[test]
    fn no_schema_panics(schema in prop::collection::vec(prop::sample::select(vec![
        r#"{"type": "object", "properties": {"a": 1}}"#, r#"{"allOf": [1, {"type": "object"}]}"#, r#"{"anyOf": []}"#,
        r##"{"$ref": "#/paths"}"##, r##"{"$ref": "#/components/schemas/Tree"}"##, r#"{"type": []}"#, r#"{"type": 7}"#, "null", "[]",
    ]), 1..4)) {
        let text = format!(r#"{{"oneOf": [{}]}}"#, schema.join(","));
        let _ = Document::read(with_schema(&text).as_bytes());
    }
}

#[test]
fn bounds_are_read_alike_in_both_generations() {
    let bounds = |text: &str| {
        let bounds = schema(text).bounds;
        let told = |bound: Option<super::Bound>| {
            bound.map(|bound| (bound.number.clone(), bound.exclusive))
        };
        (told(bounds.least), told(bounds.most))
    };
    let exclusive = (Some(("0".to_owned(), true)), Some(("9".to_owned(), false)));
    for text in [
        r#"{"type": "integer", "minimum": 0, "exclusiveMinimum": true, "maximum": 9}"#,
        r#"{"type": "integer", "exclusiveMinimum": 0, "maximum": 9}"#,
        r#"{"anyOf": [{"type": "integer", "exclusiveMinimum": 0, "maximum": 9}, {"type": "null"}]}"#,
        r#"{"allOf": [{"type": "integer", "exclusiveMinimum": 0}, {"maximum": 9}]}"#,
    ] {
        assert_eq!(bounds(text), exclusive, "{text}");
    }
    let lengths = schema(r#"{"type": "string", "minLength": 1, "maxLength": 18}"#).bounds;
    assert_eq!((lengths.shortest, lengths.longest), (Some(1), Some(18)));
}

#[test]
fn a_list_in_the_query_is_repeated_unless_the_document_says_otherwise() {
    let text = r#"{"openapi": "3.0.1", "paths": {"/a/{c}": {"get": {"parameters": [
        {"name": "a", "in": "query"}, {"name": "b", "in": "query", "explode": false},
        {"name": "c", "in": "path"}, {"name": "d", "in": "query", "style": "pipeDelimited", "explode": true}
    ]}}}}"#;
    let document = Document::read(text.as_bytes()).expect("readable");
    let exploded: Vec<bool> = document.operations[0]
        .parameters
        .iter()
        .map(|parameter| parameter.exploded)
        .collect();
    assert_eq!(exploded, [true, false, false, false]);
}
