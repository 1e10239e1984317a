//! What a request carries and its error must not show, though the server quote it.

use crate::auth::credential::Credential;
use crate::auth::token::Token;
use crate::call::Call;
use crate::call::operation::Cursor;
use crate::json::Json;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderValue, header};
use sonic_rs::JsonValueTrait as _;
use std::fmt::Write as _;
use zeroize::Zeroizing;

/// So many characters of a secret give it away: messages cut what they quote.
const RECOGNISED: usize = 8;

/// What is shorter is part of too many words.
const SHORTEST: usize = 4;

/// Behind so many backslashes a character is looked for: more would cost more than it finds.
const MOST_SLASHES: usize = 16;

/// What stands in a secret's place.
const HIDDEN: &[u8] = b"***";

/// The secrets of one request.
#[derive(Clone, Default)]
pub(crate) struct Carried {
    authorization: Option<HeaderValue>,
    api_key: Option<HeaderValue>,
    others: Vec<Zeroizing<String>>,
}

impl Carried {
    /// What every request of an operation carries.
    pub(crate) fn token(token: &Token) -> Carried {
        Carried { authorization: Some(token.header.clone()), api_key: token.key.clone(), others: Vec::new() }
    }

    /// Those in the headers: the token or the credential.
    pub(crate) fn headers(headers: &HeaderMap) -> Carried {
        Carried {
            authorization: headers.get(header::AUTHORIZATION).cloned(),
            api_key: headers.get(crate::auth::grant::API_KEY).cloned(),
            others: Vec::new(),
        }
    }

    /// Those that a call knows beside its headers: the credential, and among the arguments what is called so and the
    /// cursor of a list.
    pub(crate) fn beside(call: &Call, credential: Option<&Credential>) -> Carried {
        let cursor = match call.operation.pages.map(|pages| pages.cursor) {
            Some(Cursor::Token { param, .. } | Cursor::Tracker { param, .. }) => Some(param),
            _ => None,
        };
        let secret = |name: &str| {
            let lower = name.to_ascii_lowercase();
            Some(name) == cursor || ["password", "secret", "token"].iter().any(|word| lower.contains(word))
        };
        let mut others = Vec::new();
        if let Some(Credential::Pair { secret: credential, .. } | Credential::Key(credential)) = credential {
            others.push(Zeroizing::new(credential.expose().to_owned()));
        }
        for (_, value) in call.arguments.iter().filter(|(name, _)| secret(name)) {
            texts(value, &mut others);
        }
        Carried { others, ..Carried::default() }
    }

    /// The text without the secrets; `None` when it shows none.
    pub(crate) fn hide(&self, text: &[u8]) -> Option<Vec<u8>> {
        let forms = self.forms();
        let mut shown = Vec::with_capacity(text.len());
        // Where what is hidden ends. Inside of it another quotation may begin: a secret may hold its own beginning.
        let mut hidden = 0;
        for at in 0..text.len() {
            if let Some(length) = forms.iter().filter_map(|form| quoted(&text[at..], form.as_bytes())).max() {
                if at >= hidden {
                    shown.extend_from_slice(HIDDEN);
                }
                hidden = hidden.max(at + length);
            }
            if at >= hidden {
                shown.push(text[at]);
            }
        }
        (hidden > 0).then_some(shown)
    }

    /// The secrets, each plain, in base64 wherever it begins in what was encoded, and in hex.
    fn forms(&self) -> Vec<Zeroizing<String>> {
        let mut secrets = self.others.clone();
        for value in [&self.authorization, &self.api_key].into_iter().flatten() {
            let Ok(text) = value.to_str() else { continue };
            let (scheme, credentials) = text.split_once(' ').unwrap_or(("", text));
            secrets.push(Zeroizing::new(credentials.to_owned()));
            if scheme == "Basic"
                && let Some(pair) = STANDARD.decode(credentials).ok().and_then(|pair| String::from_utf8(pair).ok())
            {
                // An id may hold a colon as well.
                let tails = pair.match_indices(':').filter_map(|(at, _)| pair.get(at + 1..));
                secrets.extend(tails.map(|tail| Zeroizing::new(tail.to_owned())));
                secrets.push(Zeroizing::new(pair));
            }
        }
        secrets.retain(|secret| secret.len() >= SHORTEST);
        let mut forms = Vec::with_capacity(secrets.len() * 9);
        for secret in secrets {
            let bytes = secret.as_bytes();
            for from in 0..3 {
                let whole = &bytes[from..bytes.len() - (bytes.len() - from) % 3];
                forms.push(Zeroizing::new(STANDARD_NO_PAD.encode(whole)));
                forms.push(Zeroizing::new(URL_SAFE_NO_PAD.encode(whole)));
            }
            let mut hex = String::with_capacity(2 * bytes.len());
            for byte in bytes {
                // Writing to a String cannot fail.
                let _ = write!(hex, "{byte:02x}");
            }
            forms.push(Zeroizing::new(hex.to_ascii_uppercase()));
            forms.push(Zeroizing::new(hex));
            // Texts in texts are escaped again and again: there backslashes do not count, on either side.
            for text in [Zeroizing::new(secret.replace('\\', "")), secret] {
                if !text.is_ascii() {
                    forms.extend(in_ascii(&text));
                }
                forms.push(text);
            }
        }
        // Of a short secret some are empty, and would be found everywhere.
        forms.retain(|form| form.len() >= SHORTEST);
        forms
    }
}

/// As JSON and HTML write a text that is not ASCII in ASCII. Backslashes before a `u` do not count.
fn in_ascii(secret: &str) -> [Zeroizing<String>; 4] {
    let mut forms = [const { String::new() }; 4].map(Zeroizing::new);
    for one in secret.chars() {
        if one.is_ascii() {
            forms.iter_mut().for_each(|form| form.push(one));
            continue;
        }
        let [lower, upper, decimal, hex] = &mut forms;
        for unit in one.encode_utf16(&mut [0; 2]) {
            // Writing to a String cannot fail.
            let _ = (write!(lower, "u{unit:04x}"), write!(upper, "u{unit:04X}"));
        }
        let number = u32::from(one);
        let _ = (write!(decimal, "&#{number};"), write!(hex, "&#x{number:x};"));
    }
    forms
}

/// The texts of a value, however deep.
fn texts(value: &Json, into: &mut Vec<Zeroizing<String>>) {
    match value.0.as_str() {
        Some(text) => into.push(Zeroizing::new(text.to_owned())),
        None => {
            value.elements().for_each(|element| texts(&element, into));
            value.members().for_each(|(_, member)| texts(&member, into));
        }
    }
}

/// How much of the text's beginning is the secret: all of it, or as much as a quotation was cut to.
fn quoted(text: &[u8], secret: &[u8]) -> Option<usize> {
    let mut length = 0;
    let mut count = 0;
    for byte in secret {
        let Some(written) = written(&text[length..], *byte) else { break };
        length += written;
        count += 1;
    }
    // What looks like an escape may be the secret's own.
    let plain = text.iter().zip(secret).take_while(|(byte, own)| byte == own).count();
    if plain >= count {
        (length, count) = (plain, plain);
    }
    (count >= RECOGNISED.min(secret.len())).then_some(length)
}

/// How long a byte is at the text's beginning, plain or as URLs, JSON and HTML write it.
fn written(text: &[u8], byte: u8) -> Option<usize> {
    if !matches!(text.first()?, b'\\' | b'%' | b'&') {
        return (text[0] == byte).then_some(1);
    }
    let slashes = text.iter().take(MOST_SLASHES).take_while(|byte| **byte == b'\\').count();
    let text = &text[slashes..];
    let number = |digits: &[u8], radix| u32::from_str_radix(std::str::from_utf8(digits).ok()?, radix).ok();
    let is = |number: Option<u32>| number == Some(u32::from(byte));
    let first = *text.first()?;
    let escaped = match (first, text.get(1)) {
        (b'%', Some(_)) => text.get(1..3).filter(|digits| is(number(digits, 16))).map(|_| 3),
        (b'u', Some(_)) if slashes > 0 => text.get(1..5).filter(|digits| is(number(digits, 16))).map(|_| 5),
        (b'&', Some(_)) => text.iter().take(8).position(|end| *end == b';').and_then(|end| {
            let same = match &text[1..end] {
                b"amp" => byte == b'&',
                b"lt" => byte == b'<',
                b"gt" => byte == b'>',
                b"quot" => byte == b'"',
                b"apos" => byte == b'\'',
                [b'#', b'x' | b'X', digits @ ..] => is(number(digits, 16)),
                [b'#', digits @ ..] => is(number(digits, 10)),
                _ => false,
            };
            same.then_some(end + 1)
        }),
        _ => None,
    };
    escaped.or((first == byte).then_some(1)).map(|length| slashes + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(text: &str) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, HeaderValue::from_static("Bearer tok+en/\"<1\\234>=="));
        let hidden = Carried::headers(&headers).hide(text.as_bytes());
        hidden.map_or_else(|| text.to_owned(), |text| String::from_utf8_lossy(&text).into_owned())
    }

    #[test]
    fn a_secret_is_hidden_however_it_is_written() {
        assert_eq!(hidden("got Bearer tok+en/\"<1\\234>==, sorry"), "got Bearer ***, sorry");
        assert_eq!(hidden("tok%2Ben%2f%22%3C1%5c234%3e%3D%3D"), "***");
        assert_eq!(hidden(r#""tok+en\/\"\u003c1\\234>==""#), "\"***\"");
        assert_eq!(hidden(r#""\"tok+en\\\/\\\"\\u003c1\\\\234>==\"""#), r#""\"***\"""#);
        assert_eq!(hidden("tok&#43;en&#x2F;&quot;&lt;1&#92;234&gt;=="), "***");
        assert_eq!(hidden("746f6b2b656e2f223c315c3233343e3d3d 746F6B2B656E2F223C315C3233343E3D3D"), "*** ***");
    }

    #[test]
    fn a_secret_is_hidden_wherever_it_begins_in_what_was_encoded() {
        for before in ["", "a", "ab", "Bearer "] {
            let shown = hidden(&STANDARD.encode(format!("{before}tok+en/\"<1\\234>==")));
            assert!(shown.contains("***") && shown.len() < 20, "{shown}");
        }
    }

    #[test]
    fn no_body_takes_for_ever() {
        let begun = std::time::Instant::now();
        for text in ["\\", "%", "&#", "tok+en", "<p>Service unavailable</p>"] {
            hidden(&text.repeat((64 << 10) / text.len()));
        }
        // As long as a token, and its own beginning at each of its places.
        let token = Carried { others: vec![Zeroizing::new("a".repeat(2 << 10))], ..Carried::default() };
        assert_eq!(token.hide("a".repeat(64 << 10).as_bytes()), Some(HIDDEN.to_vec()));
        assert!(begun.elapsed() < std::time::Duration::from_secs(2), "a hostile body must not stop the program");
    }

    #[test]
    fn a_cut_quotation_is_one_and_other_words_are_none() {
        assert_eq!(hidden("starts with tok+en/\"..."), "starts with ***...");
        assert_eq!(hidden("token tok+en 100% & \\ &; &#; \\u00"), "token tok+en 100% & \\ &; &#; \\u00");
    }
}
