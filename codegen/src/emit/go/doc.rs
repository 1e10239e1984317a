//! Comments.

const WIDTH: usize = 116;

/// Text as a comment, wrapped, with `depth` tabs before it. An empty line in the text begins a paragraph.
pub(super) fn comment(text: &str, depth: usize) -> String {
    let indent = "\t".repeat(depth);
    let mut lines: Vec<String> = Vec::new();
    for paragraph in text.trim().split("\n\n") {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            if !line.is_empty() && line.len() + word.len() + 4 * (depth + 1) > WIDTH {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    lines.iter().map(|line| format!("{indent}// {line}").trim_end().to_owned() + "\n").collect()
}

/// Sentences, joined; a missing full stop is put in.
pub(super) fn sentences<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let closed = parts
        .into_iter()
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(|part| if part.ends_with(['.', ':', '!', '?']) { part.to_owned() } else { format!("{part}.") });
    closed.collect::<Vec<_>>().join(" ")
}

/// `name` before a sentence that begins in the third person: "List lists the devices."
pub(super) fn named(name: &str, sentence: &str) -> String {
    let mut letters = sentence.chars();
    match letters.next() {
        // An abbreviation keeps its capitals.
        Some(first) if !sentence.chars().nth(1).is_some_and(|second| second.is_uppercase()) => {
            format!("{name} {}{}", first.to_lowercase(), letters.as_str())
        }
        _ => format!("{name}: {sentence}"),
    }
}
