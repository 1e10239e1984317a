//! Comments in headers.

use std::fmt::Write;

/// The longest line.
pub(super) const WIDTH: usize = 116;

/// A comment of paragraphs, broken at the line's width.
pub(super) fn comment(text: &mut String, indent: &str, paragraphs: &[String]) {
    let clean = |paragraph: &String| paragraph.replace("*/", "* /").replace("/*", "/ *");
    if let [only] = paragraphs
        && only.len() + indent.len() + 8 <= WIDTH
    {
        let _ = writeln!(text, "{indent}/** {} */", clean(only));
        return;
    }
    let _ = writeln!(text, "{indent}/**");
    for (at, paragraph) in paragraphs.iter().enumerate() {
        if at > 0 && !paragraph.starts_with("@param") {
            let _ = writeln!(text, "{indent} *");
        }
        let mut line = String::new();
        for word in clean(paragraph).split_whitespace() {
            if !line.is_empty() && indent.len() + 3 + line.len() + 1 + word.len() > WIDTH {
                let _ = writeln!(text, "{indent} * {line}");
                line.clear();
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        let _ = writeln!(text, "{indent} * {line}");
    }
    let _ = writeln!(text, "{indent} */");
}
