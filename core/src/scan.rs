//! JSON text, gone through once without making anything of it: is it JSON, and what stands where.
//!
//! The parser that makes values recurses, which ends a process whose stack is too short, and takes longer to look up a
//! member of a large page than to build the page. This neither recurses nor allocates.

use std::ops::Range;

/// Arrays and objects inside one another, at most.
const DEEPEST: usize = 128;

/// Names in a path, at most.
const NAMES: usize = 4;

/// A long list is cut into pieces of about so many bytes.
const PIECE: usize = 16 << 10;

/// What stands at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// Where in the text.
    pub(crate) at: Range<usize>,
    /// How many elements or members it has.
    pub(crate) len: usize,
    /// Of a list that is long: where elements begin before which it can be cut into pieces of about [`PIECE`].
    pub(crate) cuts: Vec<usize>,
}

/// Checks that the text is one JSON value, and finds what the dotted paths of object members lead to. An empty path leads
/// nowhere; of members of one name the first counts.
///
/// # Errors
/// What is wrong and where, without a word of the text.
pub(crate) fn scan<const N: usize>(text: &[u8], paths: [&str; N]) -> Result<[Option<Found>; N], String> {
    if let Err(error) = std::str::from_utf8(text) {
        return Err(format!("byte {} is not UTF-8", error.valid_up_to()));
    }
    let targets = paths.map(|path| Target {
        path,
        depth: if path.is_empty() { usize::MAX } else { path.split('.').count() },
        found: None,
        open: false,
    });
    let deepest = targets.iter().map(|target| target.depth).filter(|depth| *depth <= NAMES).max().unwrap_or(0);
    let mut scanner =
        Scanner { text, at: 0, depth: 0, objects: 0, keys: std::array::from_fn(|_| 0..0), targets, deepest };
    match scanner.run() {
        Ok(()) => Ok(scanner.targets.map(|target| target.found)),
        Err(Wrong(wanted)) if scanner.at >= text.len() => Err(format!("it ends where {wanted} should be")),
        Err(Wrong(wanted)) => Err(format!("{wanted} should be at byte {}", scanner.at)),
    }
}

/// Are there so few brackets that they cannot stand too deep? In a text too short to close as many as are too deep they
/// do no harm.
pub(crate) fn is_shallow(text: &[u8]) -> bool {
    if text.len() <= 2 * DEEPEST {
        return true;
    }
    // In blocks whose count fits into a byte, which takes the fewest instructions.
    let opening = |block: &[u8]| block.iter().map(|byte| u8::from(matches!(byte, b'[' | b'{'))).sum::<u8>();
    text.chunks(255).map(|block| usize::from(opening(block))).sum::<usize>() <= DEEPEST
}

struct Target<'p> {
    path: &'p str,
    /// The number of objects around what the path leads to.
    depth: usize,
    found: Option<Found>,
    /// Its end has not been reached.
    open: bool,
}

/// What should have been where the scanner stands.
struct Wrong(&'static str);

struct Scanner<'a, 'p, const N: usize> {
    text: &'a [u8],
    at: usize,
    depth: usize,
    /// A bit for each level, the innermost lowest: an object, or an array.
    objects: u128,
    /// The last key of each of the outermost objects.
    keys: [Range<usize>; NAMES],
    targets: [Target<'p>; N],
    /// The depth of the longest path.
    deepest: usize,
}

impl<const N: usize> Scanner<'_, '_, N> {
    fn run(&mut self) -> Result<(), Wrong> {
        loop {
            let begin = self.next();
            if self.depth <= self.deepest + 1 {
                self.value_begins();
            }
            match begin {
                Some(b'{' | b'[') => {
                    if self.depth == DEEPEST {
                        return Err(Wrong("nothing deeper than 128 levels"));
                    }
                    let object = begin == Some(b'{');
                    self.at += 1;
                    self.depth += 1;
                    self.objects = self.objects << 1 | u128::from(object);
                    if self.next() != Some(if object { b'}' } else { b']' }) {
                        if object {
                            self.key()?;
                        }
                        continue;
                    }
                }
                Some(b'"') => self.string().map(|()| self.value_ended())?,
                Some(b'-' | b'0'..=b'9') => self.number().map(|()| self.value_ended())?,
                Some(b't') => self.word(b"true").map(|()| self.value_ended())?,
                Some(b'f') => self.word(b"false").map(|()| self.value_ended())?,
                Some(b'n') => self.word(b"null").map(|()| self.value_ended())?,
                _ => return Err(Wrong("a value")),
            }
            // What ends here, up to where the next value begins.
            loop {
                let next = self.next();
                if self.depth == 0 {
                    return if next.is_none() { Ok(()) } else { Err(Wrong("the end")) };
                }
                let object = self.objects & 1 == 1;
                match next {
                    Some(b',') => {
                        self.at += 1;
                        if object {
                            self.next();
                            self.key()?;
                        }
                        break;
                    }
                    Some(b'}') if object => self.close(),
                    Some(b']') if !object => self.close(),
                    _ => return Err(Wrong(if object { "`,` or `}`" } else { "`,` or `]`" })),
                }
            }
        }
    }

    /// The next byte that is no blank, which is where the scanner then stands.
    #[inline]
    fn next(&mut self) -> Option<u8> {
        loop {
            match self.text.get(self.at).copied() {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.at += 1,
                byte => return byte,
            }
        }
    }

    fn close(&mut self) {
        self.at += 1;
        self.depth -= 1;
        self.objects >>= 1;
        self.value_ended();
    }

    /// A key and its colon.
    #[inline]
    fn key(&mut self) -> Result<(), Wrong> {
        if self.text.get(self.at) != Some(&b'"') {
            return Err(Wrong("a key"));
        }
        let begin = self.at + 1;
        self.string()?;
        if self.depth <= self.deepest {
            self.keys[self.depth - 1] = begin..self.at - 1;
        }
        if self.next() != Some(b':') {
            return Err(Wrong("`:`"));
        }
        self.at += 1;
        Ok(())
    }

    /// A string, from its opening quote.
    #[inline]
    fn string(&mut self) -> Result<(), Wrong> {
        let text = self.text;
        let mut at = self.at + 1;
        loop {
            // Sixteen bytes at a time, up to one that is not simply part of the string.
            while let Some(Ok(word)) = text.get(at..at + 16).map(<[u8; 16]>::try_from) {
                let word = u128::from_le_bytes(word);
                let telling = quote_or_control(word) | backslash(word);
                at += telling.trailing_zeros() as usize / 8;
                if telling != 0 {
                    break;
                }
            }
            self.at = at;
            match text.get(at) {
                Some(b'"') => break,
                Some(b'\\') => match text.get(at + 1) {
                    Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => at += 2,
                    Some(b'u') if hex(text.get(at + 2..at + 6)) => at += 6,
                    _ => return Err(Wrong("a character that can be escaped")),
                },
                None => return Err(Wrong("the end of a string")),
                Some(0..0x20) => return Err(Wrong("no control character")),
                Some(_) => at += 1,
            }
        }
        self.at += 1;
        Ok(())
    }

    fn number(&mut self) -> Result<(), Wrong> {
        self.at += usize::from(self.text[self.at] == b'-');
        match self.text.get(self.at) {
            Some(b'0') => self.at += 1,
            _ => self.digits()?,
        }
        if self.text.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.text.get(self.at), Some(b'e' | b'E')) {
            self.at += 1;
            self.at += usize::from(matches!(self.text.get(self.at), Some(b'+' | b'-')));
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), Wrong> {
        let begin = self.at;
        while self.text.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        if self.at == begin { Err(Wrong("a digit")) } else { Ok(()) }
    }

    fn word(&mut self, word: &[u8]) -> Result<(), Wrong> {
        if !self.text[self.at..].starts_with(word) {
            return Err(Wrong("a value"));
        }
        self.at += word.len();
        Ok(())
    }

    fn value_begins(&mut self) {
        for target in &mut self.targets {
            match &mut target.found {
                Some(found) if target.open && self.depth == target.depth + 1 => {
                    found.len += 1;
                    let list = self.objects & 1 == 0;
                    if list && self.at - found.cuts.last().unwrap_or(&found.at.start) >= PIECE {
                        found.cuts.push(self.at);
                    }
                }
                Some(_) => {}
                None if target.depth == self.depth && self.objects == (1 << self.depth) - 1 => {
                    let keys = self.keys[..self.depth].iter().map(|key| &self.text[key.clone()]);
                    if keys.eq(target.path.split('.').map(str::as_bytes)) {
                        target.found = Some(Found { at: self.at..self.at, len: 0, cuts: Vec::new() });
                        target.open = true;
                    }
                }
                None => {}
            }
        }
    }

    fn value_ended(&mut self) {
        if self.depth <= self.deepest {
            for target in self.targets.iter_mut().filter(|target| target.open && target.depth == self.depth) {
                target.open = false;
                if let Some(found) = &mut target.found {
                    found.at.end = self.at;
                }
            }
        }
    }
}

fn hex(digits: Option<&[u8]>) -> bool {
    digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
}

const ONES: u128 = u128::from_le_bytes([1; 16]);
const TOPS: u128 = ONES << 7;

/// The top bit of the first byte that is a backslash; of those before it none.
fn backslash(word: u128) -> u128 {
    let zero = word ^ (ONES * u128::from(b'\\'));
    zero.wrapping_sub(ONES) & !zero & TOPS
}

/// The top bit of the first byte that is a quote or below a blank; of those before it none. Turning one bit around puts the
/// quote next to what is below a blank, and blanks above it.
fn quote_or_control(word: u128) -> u128 {
    let turned = word ^ (ONES * 2);
    turned.wrapping_sub(ONES * 0x21) & !turned & TOPS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at<'t>(text: &'t str, path: &str) -> Option<(&'t str, usize)> {
        let [found] = scan(text.as_bytes(), [path]).ok()?;
        found.and_then(|found| Some((text.get(found.at)?, found.len)))
    }

    #[test]
    fn a_path_leads_through_objects_to_the_first_of_its_name() {
        let page = r#"{"data":{"rows":[[1,2],{"rows":3},"x"],"none":[]},"next":"a\"b","rows":4,"next":"c","n":{}}"#;
        assert_eq!(at(page, "data.rows"), Some((r#"[[1,2],{"rows":3},"x"]"#, 3)));
        assert_eq!(at(page, "data.none"), Some(("[]", 0)));
        assert_eq!(at(page, "next"), Some((r#""a\"b""#, 0)));
        assert_eq!(at(page, "rows"), Some(("4", 0)));
        assert_eq!(at(page, "n"), Some(("{}", 0)));
        assert_eq!(at(page, "data"), Some((r#"{"rows":[[1,2],{"rows":3},"x"],"none":[]}"#, 2)));
        for nothing in ["", "none", "data.next", "next.data", "rows.rows"] {
            assert_eq!(at(page, nothing), None, "{nothing}");
        }
        assert_eq!(at(r#"[{"a":1}]"#, "a"), None);
    }

    #[test]
    fn a_long_list_is_cut_where_elements_begin() {
        let rows: Vec<String> = (0..5000).map(|row| format!(r#" {{"row":[{row}], "of":5000}}"#)).collect();
        let page = format!(r#"{{"other":[{0}],"rows":[{0}]}}"#, rows.join(" ,"));
        let [found] = scan(page.as_bytes(), ["rows"]).unwrap_or_else(|error| panic!("{error}"));
        let found = found.expect("the rows");
        assert!(found.cuts.len() > 5);
        for (cut, after) in found.cuts.iter().zip(found.cuts.iter().skip(1).chain([&found.at.end])) {
            let (before, behind) = page.split_at(*cut);
            assert!(before.ends_with(" , ") && behind.starts_with(r#"{"row""#));
            assert!(after - cut <= PIECE + 40);
        }
        assert_eq!(scan(b"{\"rows\":[1,2]}", ["rows"]).map(|[found]| found.map(|found| found.cuts)), Ok(Some(vec![])));
    }

    #[test]
    fn what_is_wrong_is_said_without_the_text() {
        for (text, said) in [
            ("", "it ends where a value should be"),
            ("{\"a\":1", "it ends where `,` or `}` should be"),
            ("[1 2]", "`,` or `]` should be at byte 3"),
            ("{\"a\" 1}", "`:` should be at byte 5"),
            ("{a:1}", "a key should be at byte 1"),
            ("{} {}", "the end should be at byte 3"),
            ("<html>", "a value should be at byte 0"),
            ("\"a", "it ends where the end of a string should be"),
        ] {
            assert_eq!(scan(text.as_bytes(), []), Err(said.to_owned()), "{text}");
        }
    }
}
