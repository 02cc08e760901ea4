//! Style and script of the page, and the policy that lets exactly these two in.

/// The style sheet.
pub(super) const CSS: &str = include_str!("../../../templates/report.css");

/// The script: sorting, opening for print. The page reads the same without it.
pub(super) const JS: &str = include_str!("../../../templates/report.js");

/// The content security policy: nothing is loaded, nothing is sent, and no style
/// or script runs but the two above, told by their SHA-256.
pub(super) const POLICY: &str = "default-src 'none'; \
     style-src 'sha256-SWUyvvEXbab48RC91NPjGsL1BQPQtG6Fy8oV5dIkZVw='; \
     script-src 'sha256-Ac/3+4m1j+aXClyuPRdnNDXWXFEygTNg8n2NwsFIQ9w='; \
     base-uri 'none'; form-action 'none'";

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use sha2::{Digest, Sha256};

    #[test]
    fn policy_lets_in_exactly_our_style_and_script() {
        let hash = |text: &str| {
            base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text.as_bytes()))
        };
        let expected = format!(
            "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; \
             form-action 'none'",
            hash(CSS),
            hash(JS)
        );
        assert_eq!(
            POLICY, expected,
            "after a change, put the new hashes into POLICY"
        );
    }

    #[test]
    fn style_and_script_name_no_other_place() {
        for text in [CSS, JS] {
            for word in [
                "http:",
                "https:",
                "//",
                "@import",
                "src:",
                "fetch",
                "innerHTML",
                "eval(",
            ] {
                assert!(!text.contains(word), "{word}");
            }
        }
        assert!(!CSS.contains("</style") && !JS.contains("</script"));
        // The only references of the style are to patterns of the page itself.
        assert_eq!(CSS.matches("url(").count(), CSS.matches("url(#").count());
    }
}
