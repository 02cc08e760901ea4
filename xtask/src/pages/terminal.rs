//! What a program prints, as a picture: run on a terminal of its own, its output
//! put on a page.

use std::fmt::Write as _;
use std::path::Path;

use crate::failure::{Failure, Outcome};
use crate::run;
use crate::workspace::Workspace;

/// Columns of the terminal.
const COLUMNS: u32 = 100;

/// A little wider than the terminal: arrows may come from another font and take more than their column.
const STYLE: &str = "body{margin:0;padding:20px 24px;background:#1b222a;color:#e6edf3}\
    pre{margin:0;width:101ch;white-space:pre-wrap;overflow-wrap:anywhere;font:14px/1.45 ui-monospace,'Cascadia Mono',Consolas,'DejaVu Sans Mono',monospace}\
    .p{color:#8fc1ff}.b{font-weight:700}.r{color:#ff9a94}.y{color:#f0c265}.g{color:#7fd39b}";

/// Runs a program on a terminal and gives the page that shows it, with the command
/// as a person would type it on top.
pub(super) fn page(
    workspace: &Workspace,
    folder: &Path,
    program: &Path,
    typed: &[&str],
) -> Outcome<String> {
    let program = program.display();
    let words: Vec<String> = typed.iter().map(|word| quoted(word)).collect();
    let command = format!("stty cols {COLUMNS}; {program} {}", words.join(" "));
    // `script` gives the program a terminal and passes on what it prints; the exit
    // code of a check that finds faults is 1, which is no failure here.
    let mut script = workspace.tool("script");
    script
        .args(["--quiet", "--command", &command, "/dev/null"])
        .current_dir(folder);
    let said = run::output(&mut script)?;
    if !said.contains('\n') {
        return Err(Failure::new(format!("`{command}` printed nothing")));
    }
    let shown = format!("finkit {}", words.join(" "));
    Ok(format!(
        "<!doctype html><meta charset=utf-8><title>terminal</title><style>{STYLE}</style>\
         <pre><span class=p>$</span> {}\n{}</pre>",
        escaped(&shown),
        spans(&said)
    ))
}

/// A word as the shell takes it, in quotes only where it needs them.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,".contains(c);
    match word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// The colours of a terminal as spans; any other control sequence is a fault and
/// stays visible.
fn spans(text: &str) -> String {
    let mut out = String::new();
    let mut open = false;
    for (i, piece) in text.replace('\r', "").split("\u{1b}[").enumerate() {
        let mut rest = piece;
        if i > 0 {
            if std::mem::take(&mut open) {
                out.push_str("</span>");
            }
            match piece.split_once('m') {
                Some((codes, after)) if codes.bytes().all(|b| b.is_ascii_digit() || b == b';') => {
                    let classes: Vec<&str> = codes.split(';').filter_map(class).collect();
                    if !classes.is_empty() {
                        let _ = write!(out, "<span class=\"{}\">", classes.join(" "));
                        open = true;
                    }
                    rest = after;
                }
                _ => out.push('␛'),
            }
        }
        out.push_str(&escaped(rest));
    }
    if open {
        out.push_str("</span>");
    }
    out
}

fn class(code: &str) -> Option<&'static str> {
    match code {
        "1" => Some("b"),
        "31" | "91" => Some("r"),
        "33" | "93" => Some("y"),
        "32" | "92" => Some("g"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_become_spans_and_markup_stays_text() {
        assert_eq!(
            spans("\u{1b}[1;31mFehler\u{1b}[0m (1) <b>\r\n"),
            "<span class=\"b r\">Fehler</span> (1) &lt;b&gt;\n"
        );
        assert_eq!(spans("\u{1b}[2Jx"), "␛2Jx");
    }

    #[test]
    fn words_are_quoted_where_the_shell_needs_it() {
        assert_eq!(quoted("--lang=de"), "--lang=de");
        assert_eq!(quoted("Flotte 2026.xlsx"), "'Flotte 2026.xlsx'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }
}
