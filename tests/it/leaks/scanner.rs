//! A search for secrets that shares nothing with the scrubber: it undoes encodings where the scrubber applies them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// What is looked for.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) name: &'static str,
    pub(crate) value: String,
    /// Whether the report itself is full of it, so that only its codes can be told from the report's own words.
    pub(crate) is_word: bool,
}

impl Wanted {
    pub(crate) fn new(name: &'static str, value: impl Into<String>) -> Wanted {
        Wanted { name, value: value.into(), is_word: false }
    }

    pub(crate) fn word(name: &'static str, value: &str) -> Wanted {
        Wanted { name, value: value.to_owned(), is_word: true }
    }
}

/// Pieces of a secret of this length, in bytes, are a leak of their own.
const PIECE: usize = 10;

/// Where a secret is found in a text, and in which form; at most one line a secret.
pub(crate) fn scan(place: &str, text: &[u8], secrets: &[Wanted]) -> Vec<String> {
    let search = Search::of(secrets);
    let mut found: Vec<Option<String>> = vec![None; secrets.len()];
    for (form, view) in views(text) {
        for (at, number) in search.hits(&view) {
            let wanted = &secrets[number];
            if found[number].is_none() && (!wanted.is_word || form.starts_with("run")) {
                let around = &view[at.saturating_sub(60)..(at + 60).min(view.len())];
                let around = String::from_utf8_lossy(around).replace(|c: char| c.is_control(), "\u{b7}");
                found[number] = Some(format!("{place}: `{}` as {form}: …{around}…", wanted.name));
            }
        }
    }
    found.into_iter().flatten().collect()
}

/// All secrets and pieces of secrets at once, by their first four bytes.
struct Search<'s> {
    begins: Vec<bool>,
    wholes: Vec<&'s [u8]>,
    pieces: BTreeMap<&'s [u8], usize>,
}

fn place_of(begin: [u8; 4]) -> usize {
    (u32::from_le_bytes(begin).wrapping_mul(0x9e37_79b1) >> 15) as usize
}

impl<'s> Search<'s> {
    fn of(secrets: &'s [Wanted]) -> Search<'s> {
        let wholes: Vec<&[u8]> = secrets.iter().map(|wanted| wanted.value.as_bytes()).collect();
        let long = wholes.iter().enumerate().filter(|(_, value)| value.len() >= PIECE + 6);
        let pieces: BTreeMap<_, _> =
            long.flat_map(|(number, value)| value.windows(PIECE).map(move |piece| (piece, number))).collect();
        let mut begins = vec![false; 1 << 17];
        for form in wholes.iter().chain(pieces.keys()) {
            begins[place_of(*form.first_chunk().expect("no secret is shorter"))] = true;
        }
        Search { begins, wholes, pieces }
    }

    /// Where which secret is, whole or in pieces.
    fn hits(&self, text: &[u8]) -> Vec<(usize, usize)> {
        let mut hits = Vec::new();
        for at in 0..text.len().saturating_sub(3) {
            if !self.begins[place_of([text[at], text[at + 1], text[at + 2], text[at + 3]])] {
                continue;
            }
            let rest = &text[at..];
            hits.extend(
                (0..self.wholes.len())
                    .filter(|number| rest.starts_with(self.wholes[*number]))
                    .map(|number| (at, number)),
            );
            hits.extend(rest.get(..PIECE).and_then(|piece| self.pieces.get(piece)).map(|number| (at, *number)));
        }
        hits
    }
}

/// A text as it is, and with each encoding undone.
fn views(text: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let plus: Vec<u8> = text.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    let mut views = vec![
        ("plain", text.to_vec()),
        ("percent", unpercent(text)),
        ("form", unpercent(&plus)),
        ("escapes", unescape(text)),
        ("entities", unentity(text)),
        ("entities over escapes", unescape(&unentity(text))),
        ("escapes over escapes", unescape(&unescape(text))),
    ];
    for start in 0..2 {
        views.push(("run of hex", runs(text, |byte| hex_value(byte).map(u32::from), 4, start)));
    }
    for url in [false, true] {
        for start in 0..4 {
            views.push(("run of base64", runs(text, |byte| base64_value(byte, url), 6, start)));
        }
    }
    views
}

/// Every run of code characters decoded from its `start`-th character on; a zero byte between runs.
fn runs(text: &[u8], value: impl Fn(u8) -> Option<u32>, bits: u32, start: usize) -> Vec<u8> {
    let mut out = Vec::new();
    for run in text.split(|byte| value(*byte).is_none()).filter(|run| run.len() > start + 3) {
        let (mut word, mut held) = (0_u32, 0);
        for six in run[start..].iter().filter_map(|byte| value(*byte)) {
            word = (word << bits | six) & 0xffff;
            held += bits;
            if held >= 8 {
                held -= 8;
                out.push((word >> held & 0xff) as u8);
            }
        }
        out.push(0);
    }
    out
}

fn hex_value(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

fn base64_value(byte: u8, url: bool) -> Option<u32> {
    let (plus, slash) = if url { (b'-', b'_') } else { (b'+', b'/') };
    Some(match byte {
        b'A'..=b'Z' => u32::from(byte - b'A'),
        b'a'..=b'z' => u32::from(byte - b'a') + 26,
        b'0'..=b'9' => u32::from(byte - b'0') + 52,
        byte if byte == plus => 62,
        byte if byte == slash => 63,
        _ => return None,
    })
}

fn unpercent(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        if let [b'%', high, low, ..] = text[at..]
            && let (Some(high), Some(low)) = (hex_value(high), hex_value(low))
        {
            out.push(high << 4 | low);
            at += 3;
        } else {
            out.push(text[at]);
            at += 1;
        }
    }
    out
}

/// JSON's escapes, and those of our own reports (`\u{1b}`).
fn unescape(text: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(text);
    let mut out = String::with_capacity(text.len());
    let (mut rest, mut high) = (&*text, None::<u32>);
    while let Some(c) = rest.chars().next() {
        let (unit, length) = match rest.as_bytes() {
            [b'\\', b'u', b'{', ..] => {
                let end = rest.find('}').unwrap_or(3);
                (u32::from_str_radix(&rest[3..end], 16).ok(), end + 1)
            }
            [b'\\', b'u', _, _, _, _, ..] => (rest.get(2..6).and_then(|hex| u32::from_str_radix(hex, 16).ok()), 6),
            [b'\\', short, ..] if b"\"\\/'bfnrt".contains(short) => {
                let known = b"\"\"\\\\//''b\x08f\x0cn\nr\rt\t";
                let pair = known.chunks(2).find(|pair| pair[0] == *short);
                (pair.map(|pair| u32::from(pair[1])), 2)
            }
            _ => (None, c.len_utf8()),
        };
        match (high.take(), unit) {
            (_, Some(unit @ 0xd800..=0xdbff)) => high = Some(unit),
            (Some(high), Some(unit @ 0xdc00..=0xdfff)) => {
                out.extend(char::from_u32(0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00)));
            }
            (_, Some(unit)) => out.extend(char::from_u32(unit)),
            (_, None) => out.push(c),
        }
        rest = if unit.is_some() { &rest[length..] } else { &rest[c.len_utf8()..] };
    }
    out.into_bytes()
}

/// The entities of HTML and XML.
fn unentity(text: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(text);
    let mut parts = text.split('&');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let entity = part.split_once(';').filter(|(name, _)| name.len() <= 8);
        let decoded = entity.and_then(|(name, rest)| {
            let c = match name {
                "amp" => '&',
                "lt" => '<',
                "gt" => '>',
                "quot" => '"',
                "apos" => '\'',
                name => {
                    let digits = name.strip_prefix('#')?;
                    let hex = digits.strip_prefix(['x', 'X']);
                    let number = hex.map_or_else(|| digits.parse(), |hex| u32::from_str_radix(hex, 16));
                    char::from_u32(number.ok()?)?
                }
            };
            Some((c, rest))
        });
        match decoded {
            Some((c, rest)) => write!(out, "{c}{rest}").expect("a String takes all writes"),
            None => write!(out, "&{part}").expect("a String takes all writes"),
        }
    }
    out.into_bytes()
}
