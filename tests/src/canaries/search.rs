//! Looks for canaries in every form in which they could be seen, whole or cut.

use super::planted::{Canary, Kind};
use aho_corasick::AhoCorasick;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use std::collections::{BTreeMap, BTreeSet};

/// So much of a canary is taken for all of it.
const FRAGMENT: usize = 8;

/// As much as base64 needs for a fragment, wherever in it it begins.
const ENCODED: usize = 9;

/// Where something can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Surface {
    /// What the program wrote to standard error: logs, warnings, panics.
    Log,
    /// A file that it left behind.
    File,
    /// An error's message, hint, code, path, and whatever else is in an answer beside its data.
    Message,
    /// How clients, errors, answers and lists look when they are printed, tracebacks with variables included.
    Printed,
    /// What a program reads on purpose: an error's body, its members, and both pickled or serialised.
    Data,
}

impl Surface {
    /// All of them.
    pub const ALL: [Surface; 5] = [Surface::Log, Surface::File, Surface::Message, Surface::Printed, Surface::Data];

    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Surface::Log => "log",
            Surface::File => "file",
            Surface::Message => "message",
            Surface::Printed => "printed",
            Surface::Data => "data",
        }
    }

    pub(super) fn forbids(self, kind: Kind) -> bool {
        match (self, kind) {
            (_, Kind::Secret) => true,
            (Surface::Printed | Surface::Data, Kind::Id) | (Surface::Data, Kind::Answer) => false,
            (_, Kind::Id | Kind::Answer) => true,
        }
    }
}

/// How a canary can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// As it is; JSON, URLs and HTML leave letters and digits so.
    Raw,
    /// In base64, of either alphabet, behind so many other bytes.
    Base64(usize),
    /// Every byte as `%6b`.
    Percent,
    /// Every byte as `6b`.
    Hex,
    /// Every byte as `6B`.
    HexUpper,
    /// Every byte as `6b` with blanks between.
    HexSpaced,
    /// Every byte as `\u006b`.
    JsonEscaped,
    /// Every byte as `107`, with commas and blanks between.
    Numbers,
    /// The same with blanks alone.
    NumbersSpaced,
}

impl Form {
    /// All of them.
    pub const ALL: [Form; 11] = [
        Form::Raw,
        Form::Base64(0),
        Form::Base64(1),
        Form::Base64(2),
        Form::Percent,
        Form::Hex,
        Form::HexUpper,
        Form::HexSpaced,
        Form::JsonEscaped,
        Form::Numbers,
        Form::NumbersSpaced,
    ];

    /// The text in this form.
    pub fn write(self, text: &[u8]) -> String {
        let each = |between: &str, write: &dyn Fn(u8) -> String| {
            text.iter().map(|byte| write(*byte)).collect::<Vec<_>>().join(between)
        };
        let behind = |before: usize| [&b"id"[..before], text].concat();
        match self {
            Form::Raw => String::from_utf8_lossy(text).into_owned(),
            Form::Base64(before) => STANDARD_NO_PAD.encode(behind(before)),
            Form::Percent => each("", &|byte| format!("%{byte:02x}")),
            Form::Hex => each("", &|byte| format!("{byte:02x}")),
            Form::HexUpper => each("", &|byte| format!("{byte:02X}")),
            Form::HexSpaced => each(" ", &|byte| format!("{byte:02x}")),
            Form::JsonEscaped => each("", &|byte| format!("\\u{byte:04x}")),
            Form::Numbers => each(", ", &|byte| byte.to_string()),
            Form::NumbersSpaced => each(" ", &|byte| byte.to_string()),
        }
    }

    /// The pieces by which a canary in this form is recognised: its beginning, its end, and the ends of every run of
    /// letters and digits.
    fn pieces(self, text: &[u8]) -> Vec<String> {
        let Form::Base64(before) = self else {
            return fragments(text).into_iter().map(|fragment| self.write(fragment)).collect();
        };
        // The bytes that share a group with those before are left to the groups that follow.
        let skip = (3 - before) % 3;
        let last = (text.len() - skip) / 3 * 3 + skip;
        let groups = [text.get(skip..skip + ENCODED), last.checked_sub(ENCODED).and_then(|from| text.get(from..last))];
        let groups = groups.into_iter().flatten();
        groups.flat_map(|group| [STANDARD_NO_PAD.encode(group), URL_SAFE_NO_PAD.encode(group)]).collect()
    }
}

fn fragments(text: &[u8]) -> Vec<&[u8]> {
    let runs = text.split(|byte| !byte.is_ascii_alphanumeric()).chain([text]);
    runs.filter(|run| run.len() >= FRAGMENT).flat_map(|run| [&run[..FRAGMENT], &run[run.len() - FRAGMENT..]]).collect()
}

/// Something that can be read, and which call it came from.
#[derive(Debug)]
pub struct Text {
    /// Where it can be read.
    pub surface: Surface,
    /// What brought it about.
    pub about: String,
    /// The text.
    pub bytes: Vec<u8>,
}

/// A canary that was seen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Where.
    pub surface: Surface,
    /// What brought it about.
    pub about: String,
    /// Which canary.
    pub canary: String,
    /// In which form.
    pub form: Form,
    /// The text around it.
    pub around: String,
}

/// What a search went through and found.
#[derive(Debug, Default)]
pub struct Searched {
    /// Bytes of each surface.
    pub bytes: BTreeMap<Surface, usize>,
    /// What should not have been there.
    pub findings: BTreeSet<Finding>,
}

impl Searched {
    /// Looks for every canary in every text.
    ///
    /// # Errors
    /// The search itself cannot be built.
    pub fn search(&mut self, canaries: &[Canary], texts: &[Text]) -> Result<(), String> {
        // A piece may be the same in two forms.
        let mut pieces: BTreeMap<String, Vec<(&Canary, Form)>> = BTreeMap::new();
        for canary in canaries {
            for form in Form::ALL {
                for piece in form.pieces(canary.text.as_bytes()) {
                    pieces.entry(piece).or_default().push((canary, form));
                }
            }
        }
        let search = AhoCorasick::new(pieces.keys()).map_err(|error| error.to_string())?;
        let owners: Vec<_> = pieces.values().collect();
        for text in texts {
            *self.bytes.entry(text.surface).or_default() += text.bytes.len();
            for found in search.find_overlapping_iter(&text.bytes) {
                let around = found.start().saturating_sub(40)..(found.end() + 40).min(text.bytes.len());
                let seen = owners[found.pattern().as_usize()].iter();
                let forbidden = seen.filter(|(canary, _)| text.surface.forbids(canary.kind));
                self.findings.extend(forbidden.map(|(canary, form)| Finding {
                    surface: text.surface,
                    about: text.about.clone(),
                    canary: canary.name.clone(),
                    form: *form,
                    around: String::from_utf8_lossy(&text.bytes[around.clone()]).escape_debug().to_string(),
                }));
            }
        }
        Ok(())
    }
}
