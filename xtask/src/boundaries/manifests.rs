//! Rules about the manifests of the members.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::failure::{Naming as _, Outcome};

/// All faults in the manifests of the workspace's crates.
pub(crate) fn faults(metadata: &Value, root: &Path) -> Outcome<Vec<String>> {
    let mut faults = Vec::new();
    let own = root.join("Cargo.toml");
    let own = fs::read_to_string(&own).naming(own.display())?;
    if root_rust_version(&own).is_none() {
        faults.push("the root Cargo.toml names no `rust-version`".to_owned());
    }
    let members: Vec<&str> = metadata["workspace_members"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let (Some(id), Some(name), Some(manifest)) = (
            package["id"].as_str(),
            package["name"].as_str(),
            package["manifest_path"].as_str(),
        ) else {
            continue;
        };
        if !members.contains(&id) {
            continue;
        }
        if !(name == "finkit" || name == "xtask" || name.starts_with("finkit-")) {
            faults.push(format!(
                "`{name}`: packages are called `finkit-…`, so that no crate of the registry can be meant"
            ));
        }
        let text = fs::read_to_string(manifest).naming(manifest)?;
        faults.extend(judge(name, &text));
    }
    Ok(faults)
}

/// What every member takes over from the root.
fn judge(name: &str, manifest: &str) -> Vec<String> {
    let inherits = |key: &str| {
        manifest
            .lines()
            .any(|line| line.trim() == format!("{key}.workspace = true"))
    };
    let mut faults: Vec<String> = ["version", "edition", "rust-version", "license", "publish"]
        .iter()
        .filter(|key| !inherits(key))
        .map(|key| format!("`{name}`: write `{key}.workspace = true` in its Cargo.toml"))
        .collect();
    let lints = manifest
        .split_once("[lints]")
        .is_some_and(|(_, rest)| rest.trim_start().starts_with("workspace = true"));
    if !lints {
        faults.push(format!(
            "`{name}`: write `[lints]` with `workspace = true` in its Cargo.toml"
        ));
    }
    let mut section = String::new();
    for line in manifest.lines().map(str::trim) {
        if line.starts_with('[') {
            line.clone_into(&mut section);
        } else if section.ends_with("dependencies]") && line.contains("version") {
            let dependency = line.split(['=', '.', ' ']).next().unwrap_or(line);
            faults.push(format!(
                "`{name}`: the version of `{dependency}` belongs into [workspace.dependencies] of the root"
            ));
        }
    }
    faults
}

fn root_rust_version(manifest: &str) -> Option<&str> {
    manifest.lines().find_map(|line| {
        line.trim()
            .strip_prefix("rust-version = \"")?
            .strip_suffix('"')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOUND: &str = "\
[package]
name = \"finkit-x\"
version.workspace = true
edition.workspace = true
rust-version.workspace = true
license.workspace = true
publish.workspace = true

[lints]
workspace = true

[dependencies]
serde.workspace = true
";

    #[test]
    fn a_sound_manifest_has_no_faults() {
        assert_eq!(judge("finkit-x", SOUND), Vec::<String>::new());
    }

    #[test]
    fn own_versions_and_own_lints_are_told() {
        let own = format!("{SOUND}csv = {{ version = \"1\" }}\n");
        assert_eq!(judge("finkit-x", &own).len(), 1);
        let bare = SOUND.replace("[lints]\nworkspace = true\n", "");
        assert_eq!(judge("finkit-x", &bare).len(), 1);
        let pinned = SOUND.replace("edition.workspace = true", "edition = \"2021\"");
        assert_eq!(judge("finkit-x", &pinned).len(), 1);
    }

    #[test]
    fn the_rust_version_of_the_root_is_read() {
        assert_eq!(
            root_rust_version("a\nrust-version = \"1.95\"\n"),
            Some("1.95")
        );
        assert_eq!(root_rust_version("edition = \"2024\"\n"), None);
    }
}
