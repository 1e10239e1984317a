//! Documentation comments.

use crate::emit::shared::{facts, one_answer};
use druva_api::{Operation, Product, Waiter};

const WIDTH: usize = 116;

/// A `/** */` comment of paragraphs, empty ones left out; nothing if there is nothing to say.
pub(super) fn comment(indent: &str, paragraphs: &[String]) -> String {
    let paragraphs: Vec<&String> = paragraphs.iter().filter(|paragraph| !paragraph.trim().is_empty()).collect();
    let width = WIDTH - indent.len();
    if let [only] = paragraphs.as_slice()
        && only.len() + 4 < width
        && !only.contains('\n')
    {
        return format!("{indent}/** {} */\n", escaped(only));
    }
    if paragraphs.is_empty() {
        return String::new();
    }
    let mut text = format!("{indent}/**\n");
    for (index, paragraph) in paragraphs.iter().enumerate() {
        // Tags stand together; paragraphs stand apart.
        if index > 0 && !(paragraph.starts_with('@') && paragraphs[index - 1].starts_with('@')) {
            text += &format!("{indent} *\n");
        }
        for line in wrapped(&escaped(paragraph), width) {
            text += &format!("{indent} * {line}\n");
        }
    }
    text + indent + " */\n"
}

/// An operation's documentation without its parameters.
pub(super) fn operation(product: &Product, operation: &Operation) -> Vec<String> {
    let [facts, retry] = facts(operation, "mayHaveBeenApplied");
    let one = one_answer(product, operation, |object, at| object.fields[at].name.clone()).unwrap_or_default();
    vec![operation.summary.clone(), operation.details.clone().unwrap_or_default(), one, facts, retry]
}

/// What the documentation of waiting says beside the parameters.
pub(super) fn waiting(operation: &Operation, waiter: &Waiter) -> Vec<String> {
    let ends: Vec<String> = waiter.finished.iter().map(|end| format!("`{end}`")).collect();
    vec![
        format!("Waits for the end of the work that `{}` reads, and gives the last answer.", operation.id),
        format!(
            "It ends with any of these in `{}`, the wanted one or not: {}. A state that is not documented counts as work \
             going on. Without options it looks every 5 seconds, for an hour.",
            waiter.state,
            ends.join(", ")
        ),
    ]
}

/// What waiting throws beside what reading throws.
pub(super) const WAITING_THROWS: [&str; 2] = [
    "@throws {TimeoutError} when it takes too long; the work itself goes on: wait again",
    "@throws {DecodeError} for an answer without a state",
];

fn escaped(text: &str) -> String {
    text.replace("*/", "* /")
}

fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.len() - 1;
        let line = &mut lines[last];
        if line.is_empty() {
            line.push_str(word);
        } else if line.len() + 1 + word.len() <= width {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}
