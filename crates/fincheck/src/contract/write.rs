//! Writing a contract file.

use std::fmt::Write as _;

use super::Contract;
use super::place::ABSENT;
use super::schema::{self, Leaf};

/// The whole contract as TOML.
pub(super) fn toml(contract: &Contract) -> String {
    let mut out = String::new();
    let mut open = "";
    let mut contract = contract.clone();
    let absent: Vec<_> = schema::absent(&contract).collect();
    let leaves = schema::leaves(&mut contract);
    for (path, leaf) in &leaves {
        let (table, key) = path.rsplit_once('.').unwrap_or(("", path));
        let header = match leaf {
            Leaf::Constants(constants) if constants.is_empty() => continue,
            Leaf::Constants(_) => path,
            _ => table,
        };
        if header != open {
            let _ = write!(out, "\n[{header}]\n");
            open = header;
        }
        let _ = match leaf {
            Leaf::Text(setting) => writeln!(out, "{key} = {}", quoted(&setting.write())),
            Leaf::Seconds(seconds) => writeln!(out, "{key} = {seconds}"),
            Leaf::Constants(constants) => {
                for (place, constant) in &**constants {
                    let value = match constant {
                        super::Constant::Text(text) => quoted(text),
                        other => other.to_string(),
                    };
                    let _ = writeln!(out, "{} = {value}", quoted(&place.to_string()));
                }
                Ok(())
            }
        };
        if path == "name" {
            for operation in &absent {
                let _ = writeln!(out, "{operation} = \"{ABSENT}\"");
            }
        }
    }
    out
}

/// A TOML basic string on one line.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => {
                out.push('\\');
                out.push(character);
            }
            control if control.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(control));
            }
            other => out.push(other),
        }
    }
    out.push('"');
    out
}
