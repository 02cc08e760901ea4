//! OpenAPI documents: any bytes are read or refused, and what is read can be walked to its end.

#![no_main]

use finkit_openapi::{Document, Kind, Schema};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(document) = Document::read(bytes) else {
        return;
    };
    let mut left = 1_000_000_u32;
    for operation in &document.operations {
        assert!(operation.at.starts_with("#/"));
        for parameter in &operation.parameters {
            walk(&parameter.schema, &mut left);
        }
        for body in &operation.bodies {
            walk(&body.schema, &mut left);
        }
        if let Some(answer) = &operation.answer {
            walk(&answer.schema, &mut left);
            let _ = answer.schema.recursion();
        }
    }
});

fn walk(schema: &Schema, left: &mut u32) {
    *left = left
        .checked_sub(1)
        .expect("the number of values is bounded");
    let _ = schema.kind_name();
    match &schema.kind {
        Kind::List(item) => walk(item, left),
        Kind::Object(fields) => fields.iter().for_each(|field| walk(&field.schema, left)),
        Kind::OneOf(some) => some.iter().for_each(|one| walk(one, left)),
        _ => {}
    }
}
