//! The public test vectors of age (`tests/vectors/age`): each file opens, or is refused, for the reason that the vector states.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;
use std::time::{Duration, Instant};

use aws_lc_rs::digest::{SHA256, digest};
use flate2::read::ZlibDecoder;
use tugtest::vault::crypt::{self, Damage, Identity, Unopened};
use tugtest::vault::identity::{self, Ask};
use zeroize::Zeroizing;

/// How many vectors there are of each class. A vector that is lost, or that nobody runs, is noticed.
const CLASSES: [(&str, usize); 6] = [
    ("HMAC failure", 1),
    ("armor failure", 22),
    ("header failure", 62),
    ("no match", 13),
    ("payload failure", 19),
    ("success", 26),
];

/// Vectors that end otherwise than they state: name, what they state, how they end.
///
/// Both lack the line that ends the body of a stanza. Files of early versions lacked it too, and the age crate goes on reading them. That
/// opens nothing to anybody: the header is authenticated as it stands, so only who sealed the file can have left the line out.
const EXCEPTIONS: [(&str, &str, &str); 2] =
    [("stanza_missing_body", "header failure", "opened"), ("stanza_missing_final_line", "header failure", "opened")];

/// Vectors for post-quantum keys (`AGE-SECRET-KEY-PQ-1...`), which came with a later age than ours: they stay closed, and the keys are none.
const HYBRID: [&str; 18] = [
    "armor_hybrid",
    "hybrid",
    "hybrid_and_x25519",
    "hybrid_bad_tag",
    "hybrid_currupted_enc_mlkem",
    "hybrid_currupted_enc_x25519",
    "hybrid_extra_argument",
    "hybrid_grease",
    "hybrid_identity",
    "hybrid_long_file_key",
    "hybrid_long_share",
    "hybrid_low_order",
    "hybrid_multiple_recipients",
    "hybrid_no_match",
    "hybrid_not_canonical_body",
    "hybrid_not_canonical_enc",
    "hybrid_short_share",
    "hybrid_uppercase",
];
const HYBRID_KEY: &str = "AGE-SECRET-KEY-PQ-";

/// A vector, read.
struct Vector {
    name: String,
    expect: String,
    payload: Option<String>,
    identities: Vec<String>,
    passphrases: Vec<String>,
    file: Vec<u8>,
}

impl Vector {
    /// Reads a file: lines of `key: value`, an empty line, and what was encrypted.
    fn read(path: &Path) -> Self {
        let name = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
        let bytes = std::fs::read(path).expect("a vector can be read");
        let end = bytes.windows(2).position(|pair| pair == b"\n\n").expect("an empty line");
        let (expect, file) = (String::new(), bytes[end + 2..].to_vec());
        let mut vector = Vector { name, expect, payload: None, identities: Vec::new(), passphrases: Vec::new(), file };
        for line in std::str::from_utf8(&bytes[..end]).expect("lines of text").lines() {
            match line.split_once(": ").expect("`key: value`") {
                ("expect", value) => value.clone_into(&mut vector.expect),
                ("payload", value) => vector.payload = Some(value.to_owned()),
                ("identity", value) => vector.identities.push(value.to_owned()),
                ("passphrase", value) => vector.passphrases.push(value.to_owned()),
                ("compressed", "zlib") => vector.file = inflated(&vector.file),
                ("armored", "yes") | ("file key" | "comment", _) => {}
                (key, value) => panic!("{}: nobody knows what `{key}: {value}` asks for", vector.name),
            }
        }
        vector
    }

    /// Its identities. Only one of a hybrid key is no identity to us.
    fn keys(&self) -> Vec<Identity> {
        let keys = self.identities.iter().filter_map(|key| {
            let identity = Identity::parse(key);
            assert_eq!(identity.is_none(), key.starts_with(HYBRID_KEY), "{}", self.name);
            identity
        });
        keys.chain(self.passphrases.iter().map(|text| Identity::passphrase(text))).collect()
    }

    /// Opens it, and names how that ended.
    fn outcome(&self) -> &'static str {
        let opened = crypt::open(&self.file, &self.keys());
        match opened.map(|plain| self.payload.as_ref().map(|payload| hex(digest(&SHA256, &plain).as_ref()) == *payload))
        {
            Ok(Some(true)) => "success",
            Ok(Some(false)) => "another content",
            Ok(None) => "opened",
            Err(Unopened::NotForUs) => "no match",
            Err(Unopened::WrongPassphrase) => "wrong passphrase",
            Err(Unopened::Damaged(Damage::Armor)) => "armor failure",
            Err(Unopened::Damaged(Damage::Header)) => "header failure",
            Err(Unopened::Damaged(Damage::Authentication)) => "HMAC failure",
            Err(Unopened::Damaged(Damage::Payload)) => "payload failure",
        }
    }
}

fn inflated(bytes: &[u8]) -> Vec<u8> {
    let mut inflated = Vec::new();
    ZlibDecoder::new(bytes).read_to_end(&mut inflated).expect("zlib");
    inflated
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

/// All vectors, sorted by name.
fn vectors() -> Vec<Vector> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/age");
    let entries = std::fs::read_dir(folder).expect("the vectors").map(|entry| entry.expect("an entry").path());
    let mut vectors: Vec<_> =
        entries.filter(|path| !path.ends_with("README.md")).map(|path| Vector::read(&path)).collect();
    vectors.sort_by(|one, other| one.name.cmp(&other.name));
    vectors
}

fn vector(name: &str) -> Vector {
    Vector::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/age").join(name))
}

/// Names of vectors and how each ended.
fn outcomes(vectors: &[Vector]) -> BTreeMap<&str, &'static str> {
    std::thread::scope(|scope| {
        let halves = [0, 1].map(|first| {
            let half = vectors.iter().skip(first).step_by(2);
            scope.spawn(move || half.map(|vector| (&*vector.name, vector.outcome())).collect::<Vec<_>>())
        });
        halves.into_iter().flat_map(|half| half.join().expect("no vector panics")).collect()
    })
}

#[test]
fn every_vector_ends_as_it_states() {
    let vectors = vectors();
    assert_eq!(vectors.len(), 143);
    let mut classes = BTreeMap::new();
    for vector in &vectors {
        *classes.entry(vector.expect.as_str()).or_insert(0) += 1;
    }
    assert_eq!(classes.into_iter().collect::<Vec<_>>(), CLASSES);
    let mut outcomes = outcomes(&vectors);
    assert_eq!(outcomes.len(), 143);
    for name in HYBRID {
        let outcome = outcomes.remove(name).expect("a vector");
        assert!(["no match", "header failure"].contains(&outcome), "{name}: {outcome}");
    }
    let stated =
        vectors.iter().filter_map(|vector| Some((&*vector.name, &*vector.expect, *outcomes.get(&*vector.name)?)));
    let (agreed, others): (Vec<_>, Vec<_>) = stated.partition(|(_, stated, outcome)| stated == outcome);
    assert_eq!((agreed.len(), others.as_slice()), (143 - HYBRID.len() - EXCEPTIONS.len(), &EXCEPTIONS[..]));
}

/// All vectors with such a key are in the list, and but for one that also has a usual key they are all of that name.
#[test]
fn hybrid_vectors_are_known_by_their_keys() {
    let is_hybrid = |vector: &Vector| vector.identities.iter().all(|key| key.starts_with(HYBRID_KEY));
    let vectors = vectors().into_iter().filter(|vector| !vector.identities.is_empty() && is_hybrid(vector));
    assert_eq!(vectors.map(|vector| vector.name).collect::<Vec<_>>(), HYBRID);
}

/// Work factor 23 would take half a minute and eight gigabytes.
#[test]
fn work_without_measure_is_not_begun() {
    let vector = vector("scrypt_work_factor_23");
    let start = Instant::now();
    assert_eq!(vector.outcome(), "header failure");
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
}

/// A header of a hundred thousand lines takes no more time than its length.
#[test]
fn a_header_without_end_is_read_once() {
    let (identity, _) = Identity::generate();
    let body = format!("-> a\n{}\n", format!("{}\n", "A".repeat(64)).repeat(1 << 13));
    for stanzas in ["-> a\n\n".repeat(1 << 17), "-> a b\n".repeat(1 << 17), body] {
        for end in ["", "--- ", "--- AAAA\n", &format!("--- {}\n{}", "A".repeat(43), "A".repeat(99))] {
            let start = Instant::now();
            let refused = crypt::open(format!("age-encryption.org/v1\n{stanzas}{end}").as_bytes(), [&identity]).err();
            let expected = if end.len() > 99 { Unopened::NotForUs } else { Unopened::Damaged(Damage::Header) };
            assert_eq!(refused, Some(expected), "{end}");
            assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
        }
    }
}

struct Says(&'static str);

impl Ask for Says {
    fn passphrase(&self, _: &str) -> Option<Zeroizing<String>> {
        Some(Zeroizing::new(self.0.to_owned()))
    }
}

/// The wrong passphrase of an identity file is no damage to it.
#[test]
fn a_wrong_passphrase_is_told_from_a_damaged_file() {
    let why =
        |name: &str, passphrase| identity::read(&vector(name).file, "key.txt", &Says(passphrase)).unwrap_err().why;
    assert_eq!(why("scrypt", "canary-wrong"), "the passphrase does not open key.txt");
    assert_eq!(why("armor_scrypt", "canary-wrong"), "the passphrase does not open key.txt");
    // It opens, and what is in it is no identity.
    assert_eq!(why("scrypt", "password"), "key.txt holds no identity that can be read");
    assert_eq!(why("scrypt_work_factor_23", "password"), "key.txt is damaged, or asks for more work than is sensible");
}
