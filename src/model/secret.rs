//! The secret type: a value that can be used but not shown.

use std::fmt;

use zeroize::Zeroizing;

/// A secret value. It has no `Display`, no `Serialize`, a masked `Debug`, and is wiped when dropped.
///
/// Reading it takes [`Secret::expose`], which a lint forbids everywhere but in the few places that put it on the wire,
/// derive a form of it, or look for it in output. A test counts those places.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<Box<[u8]>>);

impl Secret {
    /// Takes a value into custody.
    #[must_use]
    pub fn new(value: impl Into<Vec<u8>>) -> Self {
        Secret(Zeroizing::new(value.into().into_boxed_slice()))
    }

    /// The bytes themselves. Guarded: see the type.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// Puts parts together, secret and clear ones. The whole is a secret.
    #[must_use]
    pub fn concat<'p>(parts: impl IntoIterator<Item = Part<'p>>) -> Self {
        let mut whole = Zeroizing::new(Vec::with_capacity(64));
        for part in parts {
            whole.extend_from_slice(match part {
                Part::Clear(text) => text.as_bytes(),
                Part::Secret(secret) => &secret.0,
            });
        }
        Secret::new(whole.as_slice())
    }

    /// Another form of it, which is as secret: percent-encoded, for one. Bytes that are no text are replaced.
    #[must_use]
    pub fn encoded(&self, encode: impl FnOnce(&str) -> String) -> Self {
        Secret::new(encode(&Zeroizing::new(String::from_utf8_lossy(&self.0).into_owned())))
    }

    /// Length in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it begins like this. A yes or no about a public form, such as `shpat_`, and nothing else of the value.
    #[must_use]
    pub fn starts_with(&self, form: &str) -> bool {
        self.0.starts_with(form.as_bytes())
    }

    /// Whether this byte is in it. A yes or no about a mark that some protocol cannot carry, such as a colon.
    #[must_use]
    pub fn contains(&self, byte: u8) -> bool {
        self.0.contains(&byte)
    }

    /// Whether it is this, in a time that does not tell how much of it is.
    #[must_use]
    pub fn is(&self, guess: &[u8]) -> bool {
        aws_lc_rs::constant_time::verify_slices_are_equal(&self.0, guess).is_ok()
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A part of a value that is put together.
#[derive(Debug, Clone, Copy)]
pub enum Part<'p> {
    /// Text that may be shown.
    Clear(&'p str),
    /// A secret.
    Secret(&'p Secret),
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}
