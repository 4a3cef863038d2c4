//! Suggestions: the known word that a person most likely meant.

/// The known word nearest to this one, when it is near enough to be a slip of the finger.
#[must_use]
pub fn nearest<'w>(word: &str, known: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    let folded = fold(word);
    let allowed = (folded.chars().count() / 3).clamp(1, 4);
    let mut best: Option<(usize, &str)> = None;
    for candidate in known {
        let other = fold(candidate);
        // A long edit distance to a longer word is common for beginnings: `conn` for `connection`.
        let beginning = folded.len() >= 3 && other.starts_with(&folded);
        let distance = strsim::osa_distance(&folded, &other);
        let rank = if beginning { distance.min(allowed) } else { distance };
        if rank <= allowed && best.is_none_or(|(least, _)| rank < least) {
            best = Some((rank, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// `did you mean ...?`, or what is known, or nothing when nothing is.
#[must_use]
pub fn suggestion<'w>(word: &str, known: impl IntoIterator<Item = &'w str>) -> Option<String> {
    let known: Vec<&str> = known.into_iter().collect();
    if let Some(candidate) = nearest(word, known.iter().copied()) {
        return Some(format!("did you mean `{candidate}`?"));
    }
    listing(&known).map(|listing| format!("known here: {listing}"))
}

/// A few of the known words, for a person to choose from.
#[must_use]
pub fn listing(known: &[&str]) -> Option<String> {
    const SHOWN: usize = 16;
    if known.is_empty() {
        return None;
    }
    let more = known.len().saturating_sub(SHOWN);
    let tail = if more == 0 { String::new() } else { format!(" and {more} more") };
    Some(format!("{}{tail}", known[..known.len() - more].join(", ")))
}

fn fold(word: &str) -> String {
    word.chars().take(64).map(|c| if c == '_' || c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_seen_through_and_strangers_are_not() {
        let known = ["connection", "requires", "fixture", "app"];
        assert_eq!(nearest("conection", known), Some("connection"));
        assert_eq!(nearest("Connection", known), Some("connection"));
        assert_eq!(nearest("conn", known), Some("connection"));
        assert_eq!(nearest("fixutre", known), Some("fixture"));
        assert_eq!(nearest("colour", known), None);
        assert_eq!(suggestion("colour", known).unwrap(), "known here: connection, requires, fixture, app");
    }
}
