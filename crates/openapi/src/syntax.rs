//! From bytes to values, within limits that hold before memory is spent.

use crate::{MAX_BYTES, MAX_DEPTH, MAX_VALUES, Node, ReadError};

/// Reads JSON or YAML.
pub(crate) fn read(bytes: &[u8]) -> Result<Node, ReadError> {
    if bytes.len() > MAX_BYTES {
        return Err(ReadError::TooLarge);
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.trim_ascii_start().starts_with(b"{") {
        weigh(bytes)?;
        match serde_json::from_slice(bytes) {
            Ok(node) => return Ok(node),
            // YAML has objects in braces too.
            Err(error) => {
                return yaml(bytes).map_err(|_| ReadError::Syntax(one_line(&error.to_string())));
            }
        }
    }
    yaml(bytes)
}

/// Counts levels and values of JSON text without building anything.
fn weigh(bytes: &[u8]) -> Result<(), ReadError> {
    let (mut depth, mut values, mut quoted, mut escaped) = (0_usize, 1_usize, false, false);
    for byte in bytes {
        if quoted {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => quoted = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => quoted = true,
            b'{' | b'[' => {
                depth += 1;
                values += 1;
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b',' => values += 1,
            _ => {}
        }
        if depth > MAX_DEPTH {
            return Err(ReadError::TooDeep);
        }
        if values > MAX_VALUES {
            return Err(ReadError::TooMany);
        }
    }
    Ok(())
}

fn yaml(bytes: &[u8]) -> Result<Node, ReadError> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: MAX_DEPTH,
            max_nodes: MAX_VALUES,
            max_events: 4 * MAX_VALUES,
            max_anchors: 1_000,
            max_aliases: 10_000,
            max_recorded_anchor_events: MAX_VALUES,
            max_documents: 1,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: MAX_VALUES / 4,
        },
        with_snippet: false,
    };
    serde_saphyr::from_slice_with_options(bytes, options).map_err(|error| {
        let text = one_line(&error.to_string());
        let told = text.to_lowercase();
        if told.contains("depth") || told.contains("nest") || told.contains("recursion") {
            ReadError::TooDeep
        } else if told.contains("budget") || told.contains("limit") || told.contains("alias") {
            ReadError::TooMany
        } else {
            ReadError::Syntax(text)
        }
    })
}

fn one_line(message: &str) -> String {
    let text: String = message.split_whitespace().collect::<Vec<_>>().join(" ");
    text.chars().take(200).collect()
}
