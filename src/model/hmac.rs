//! Requests that a keyed hash (HMAC, RFC 2104) authenticates, as recipes and connections describe them.

/// An enumeration whose variants have a word in files.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$each:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name {
            $($(#[$each])* $variant,)*
        }

        impl $name {
            /// All of them, in the order of the documentation.
            pub const ALL: &[$name] = &[$($name::$variant),*];

            /// The word in files.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $($name::$variant => $word,)*
                }
            }

            /// The one with this word.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                $name::ALL.iter().copied().find(|one| one.name() == name)
            }
        }
    };
}

words! {
    /// A hash function.
    #[derive(Default)]
    Hash {
        /// MD5 (RFC 1321), which some older APIs still want.
        Md5 = "md5",
        /// SHA-1 (FIPS 180-4).
        Sha1 = "sha1",
        /// SHA-256.
        #[default]
        Sha256 = "sha256",
        /// SHA-384.
        Sha384 = "sha384",
        /// SHA-512.
        Sha512 = "sha512",
    }
}

words! {
    /// How the secret is turned into the bytes of the key.
    #[derive(Default)]
    KeyEncoding {
        /// Its own bytes.
        #[default]
        Text = "text",
        /// It is hexadecimal.
        Hex = "hex",
        /// It is base64, or base64url, padded or not.
        Base64 = "base64",
    }
}

words! {
    /// How a signature is written.
    #[derive(Default)]
    Encoding {
        /// Hexadecimal, small letters.
        #[default]
        Hex = "hex",
        /// Hexadecimal, capitals.
        HexUpper = "hex-upper",
        /// Base64, padded (RFC 4648 section 4).
        Base64 = "base64",
        /// Base64 for URLs, not padded (RFC 4648 section 5).
        Base64Url = "base64url",
    }
}

words! {
    /// How the time is written.
    #[derive(Default)]
    TimeFormat {
        /// Seconds since 1970.
        #[default]
        Seconds = "seconds",
        /// Milliseconds since 1970.
        Milliseconds = "milliseconds",
        /// `2026-01-31T12:00:00Z` (RFC 3339), in whole seconds.
        Rfc3339 = "rfc3339",
        /// `Sat, 31 Jan 2026 12:00:00 GMT` (RFC 9110 section 5.6.7).
        HttpDate = "http-date",
    }
}

/// The number that no other request has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nonce {
    /// So many random bytes, in hexadecimal.
    Bytes(u8),
    /// A random UUID (RFC 9562 section 5.4).
    Uuid,
}

impl Default for Nonce {
    fn default() -> Self {
        Nonce::Bytes(16)
    }
}

/// What is signed, how, and where the signature goes. Texts are templates that name [`Variable`]s and public fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HmacPlace {
    /// The template of the key; it names a secret field.
    pub key: Box<str>,
    /// How the key is turned into bytes.
    pub key_encoding: KeyEncoding,
    /// The hash.
    pub hash: Hash,
    /// The template of the text that is signed.
    pub sign: Box<str>,
    /// How the signature is written.
    pub encoding: Encoding,
    /// How `{timestamp}` is written.
    pub timestamp: TimeFormat,
    /// What `{nonce}` is.
    pub nonce: Nonce,
    /// Headers, in order.
    pub headers: Vec<(Box<str>, Box<str>)>,
    /// Query parameters, in order. Those that hold the signature come last, and are no part of what is signed.
    pub query: Vec<(Box<str>, Box<str>)>,
    /// User name and password of an HTTP Basic header.
    pub basic: Option<(Box<str>, Box<str>)>,
}

impl HmacPlace {
    /// The templates of everything that is sent.
    pub fn sent(&self) -> impl Iterator<Item = &str> {
        let pairs = self.headers.iter().chain(&self.query).map(|(_, template)| &**template);
        pairs.chain(self.basic.iter().flat_map(|(username, password)| [&**username, &**password]))
    }

    /// Whether a query parameter holds the signature.
    #[must_use]
    pub fn holds_signature(template: &str) -> bool {
        super::credential::named(template).any(|name| name == Variable::Signature.name())
    }
}

words! {
    #[derive(PartialOrd, Ord)]
    /// What a template may name of the request, besides public fields. A variable wins over a field of the same name.
    Variable {
        /// The method, in capitals.
        Method = "method",
        /// The host as the `Host` header has it: with its port, where that is not the usual one.
        Host = "host",
        /// The path as sent, that of the base URL included.
        Path = "path",
        /// The query as sent, without `?`.
        Query = "query",
        /// Its parameters as sent, in the order of their names, then of their values.
        SortedQuery = "sorted_query",
        /// The path, and where there is a query, `?` and the query.
        Target = "target",
        /// The body as sent; nothing where there is none.
        Body = "body",
        /// SHA-256 of the body in hexadecimal, also of an empty one.
        BodySha256 = "body_sha256",
        /// MD5 of the body in base64, as `Content-MD5` has it, also of an empty one.
        BodyMd5 = "body_md5",
        /// The content type of the body; nothing where there is none.
        ContentType = "content_type",
        /// The time of signing.
        Timestamp = "timestamp",
        /// The number that no other request has.
        Nonce = "nonce",
        /// The signature.
        Signature = "signature",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_read_back() {
        assert!(Hash::ALL.iter().all(|one| Hash::from_name(one.name()) == Some(*one)));
        assert!(Variable::ALL.iter().all(|one| Variable::from_name(one.name()) == Some(*one)));
        assert_eq!(Encoding::from_name("base32"), None);
    }
}
