//! What a secret's source may give: how much of it, and what of it counts.

/// The most bytes that a secret may have; a private key has a few thousand.
pub(super) const LIMIT: usize = 64 << 10;

/// Drops one final line break, and nothing else: editors and `echo` add it, and no secret ends with one.
#[must_use]
pub fn without_final_line_break(bytes: &[u8]) -> &[u8] {
    bytes.strip_suffix(b"\n").map_or(bytes, |rest| rest.strip_suffix(b"\r").unwrap_or(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_final_line_break_is_dropped_and_nothing_else() {
        for (written, read) in
            [("a\n", "a"), ("a\r\n", "a"), ("a\n\n", "a\n"), (" a ", " a "), ("", ""), ("a\r", "a\r")]
        {
            assert_eq!(without_final_line_break(written.as_bytes()), read.as_bytes());
        }
    }
}
