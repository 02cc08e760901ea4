//! Passwords and codes: from the environment, standard input or a prompt, never from an argument.

use std::io::{BufRead as _, IsTerminal as _, Write as _};

use crate::failure::{Failure, Outcome};

/// Lines of standard input, one secret each.
pub(crate) fn line_of_input(what: &str) -> Outcome<String> {
    let mut line = String::new();
    let read = std::io::stdin()
        .lock()
        .read_line(&mut line)
        .map_err(|error| {
            Failure::usage(format!("{what} can't be read from standard input")).caused_by(error)
        })?;
    let text = line.trim_end_matches(['\n', '\r']);
    if read == 0 || text.is_empty() {
        return Err(Failure::usage(format!(
            "standard input has no line for {what}"
        )));
    }
    Ok(text.to_owned())
}

/// Asks without echo.
pub(crate) fn secret(question: &str, instead: &str) -> Outcome<String> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::usage(format!(
            "{question} is needed, and there is no terminal to ask on"
        ))
        .hint(instead.to_owned()));
    }
    let answer = rpassword::prompt_password(format!("{question}: "))
        .map_err(|error| Failure::usage(format!("{question} can't be read")).caused_by(error))?;
    if answer.is_empty() {
        return Err(Failure::usage(format!("{question} is empty")));
    }
    Ok(answer)
}

/// Asks with echo.
pub(crate) fn text(question: &str, instead: &str) -> Outcome<String> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::usage(format!(
            "{question} is needed, and there is no terminal to ask on"
        ))
        .hint(instead.to_owned()));
    }
    ask(question)?;
    line_of_input(question)
}

/// Asks with echo; an empty answer or the end of the input is none.
pub(crate) fn maybe_text(question: &str) -> Outcome<Option<String>> {
    ask(question)?;
    let mut line = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut line)
        .map_err(|error| Failure::usage("the answer can't be read").caused_by(error))?;
    Ok(Some(line.trim().to_owned()).filter(|line| !line.is_empty()))
}

/// Yes or no; no is the default.
pub(crate) fn confirm(question: &str, instead: &str) -> Outcome<bool> {
    if !std::io::stdin().is_terminal() {
        return Err(
            Failure::usage("this bills, and there is no terminal to ask on")
                .hint(instead.to_owned()),
        );
    }
    ask(question)?;
    let mut line = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut line)
        .map_err(|error| Failure::usage("the answer can't be read").caused_by(error))?;
    Ok(matches!(
        line.trim().to_lowercase().as_str(),
        "y" | "yes" | "j" | "ja"
    ))
}

fn ask(question: &str) -> Outcome<()> {
    let mut err = std::io::stderr().lock();
    write!(err, "{question} ")
        .and_then(|()| err.flush())
        .map_err(|error| Failure::usage("the question can't be shown").caused_by(error))
}
