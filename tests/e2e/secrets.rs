//! Looking for a secret in a text, raw and in every form that programs give it.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// Forms of what must not come out, each with the name it has in a failure.
pub(crate) struct Secrets(Vec<(String, String)>);

impl Secrets {
    pub(crate) fn new() -> Self {
        Self(Vec::new())
    }

    pub(crate) fn add(&mut self, name: &str, secret: &str) {
        let mut forms = vec![secret.to_owned()];
        forms.push(url::form_urlencoded::byte_serialize(secret.as_bytes()).collect());
        let every_byte = |case: fn(u8) -> String| -> String {
            let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
            secret
                .bytes()
                .map(|byte| match plain(&byte) {
                    true => char::from(byte).to_string(),
                    false => case(byte),
                })
                .collect()
        };
        forms.push(every_byte(|byte| format!("%{byte:02X}")));
        forms.push(every_byte(|byte| format!("%{byte:02x}")));
        forms.push(secret.escape_debug().to_string());
        forms.push(
            serde_json::to_string(secret)
                .expect("JSON")
                .trim_matches('"')
                .to_owned(),
        );
        forms.push(secret.bytes().map(|byte| format!("{byte:02x}")).collect());
        forms.push(format!("{:?}", secret.as_bytes()));
        // In the midst of a longer text the letters of base64 depend on where the secret begins.
        for before in 0..3 {
            let bytes = [&vec![b' '; before], secret.as_bytes()].concat();
            // Letters that also depend on what stands before or behind are left out.
            let skip = (before * 8).div_ceil(6);
            let keep = bytes.len() * 8 / 6;
            for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
                forms.push(engine.encode(&bytes)[skip..keep].to_owned());
            }
        }
        forms.sort();
        forms.dedup();
        for form in forms {
            assert!(form.len() >= 10, "too short to be looked for: {name}");
            self.0.push((name.to_owned(), form));
        }
    }

    #[track_caller]
    pub(crate) fn not_in(&self, what: &str, text: &str) {
        for (name, form) in &self.0 {
            assert!(
                !text.contains(form.as_str()),
                "{what}: {name} as {form}\n{text}"
            );
        }
    }
}

#[test]
fn secrets_are_found_in_every_form() {
    const PASSWORD: &str = "Zwölf/Kühe+1 & 3%=Canary~";
    let mut secrets = Secrets::new();
    secrets.add("password", PASSWORD);
    let form: String = url::form_urlencoded::byte_serialize(PASSWORD.as_bytes()).collect();
    let basic = STANDARD_NO_PAD.encode(format!("company:{PASSWORD}"));
    for text in [
        format!("password=\"{PASSWORD}\""),
        format!("username=x&password={form}"),
        format!("{{\"password\":{}}}", serde_json::json!(PASSWORD)),
        format!("Basic {basic}"),
        format!("Basic {}", STANDARD_NO_PAD.encode(format!("a{PASSWORD}b"))),
        format!("{:?}", PASSWORD.as_bytes()),
    ] {
        let seen = std::panic::catch_unwind(|| secrets.not_in("text", &text));
        assert!(seen.is_err(), "{text}");
    }
    secrets.not_in("text", "nothing of it");
}
