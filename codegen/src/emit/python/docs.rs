//! Docstrings.

const WIDTH: usize = 100;

/// A docstring of paragraphs and of named items below them.
pub(super) fn docstring(indent: &str, paragraphs: &[String], items: &[(String, String)]) -> String {
    let mut blocks: Vec<String> =
        paragraphs.iter().filter(|text| !text.is_empty()).map(|text| wrap(text, indent, indent)).collect();
    if !items.is_empty() {
        let hanging = format!("{indent}    ");
        let lines: Vec<String> =
            items.iter().map(|(name, doc)| wrap(&format!("{name}: {doc}"), indent, &hanging)).collect();
        blocks.push(lines.join("\n"));
    }
    let text = escape(blocks.join("\n\n").trim_start());
    let single = !text.contains('\n') && indent.len() + text.len() + 6 <= WIDTH;
    let safe = if text.ends_with('"') { format!("{text} ") } else { text };
    if single { format!("{indent}\"\"\"{safe}\"\"\"\n") } else { format!("{indent}\"\"\"{safe}\n{indent}\"\"\"\n") }
}

fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace("\"\"\"", "\\\"\\\"\\\"")
}

fn wrap(text: &str, first: &str, next: &str) -> String {
    let mut lines = Vec::new();
    let mut line = first.to_owned();
    let mut empty = true;
    for word in text.split_whitespace() {
        if !empty && line.len() + 1 + word.len() > WIDTH {
            lines.push(std::mem::replace(&mut line, next.to_owned()));
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(word);
        empty = false;
    }
    lines.push(line);
    lines.join("\n")
}

/// A text that writes names as Druva does, with those that they have in Python: (`quotaUnit`, `quota_unit`). An example of a
/// value stays as it is.
pub(super) fn in_python(text: &str, names: &[(&str, &str)]) -> String {
    let mut before = "";
    let parts = text.split('`').enumerate().map(|(at, part)| {
        let example = std::mem::replace(&mut before, part).ends_with("such as ");
        let name = names.iter().find(|(theirs, _)| at % 2 == 1 && !example && *theirs == part);
        name.map_or(part, |(_, ours)| ours)
    });
    parts.collect::<Vec<_>>().join("`")
}

/// `text` as a sentence.
pub(super) fn sentence(text: &str) -> String {
    let text = text.trim();
    if text.is_empty() || text.ends_with(['.', '!', '?', ':']) { text.to_owned() } else { format!("{text}.") }
}
