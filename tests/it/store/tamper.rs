//! Sealed blocks that somebody changed: no bit of one can be another, none can be missing, and none stands for another connection.

mod content;
mod moved;

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tugtest::model::fields::Fields;
use tugtest::model::secret::Secret;
use tugtest::vault::binding::{Binding, Place};
use tugtest::vault::crypt::{self, Damage, Identity, Recipient, Unopened};
use tugtest::vault::sealed;

/// How many bits are flipped from the beginning on, each alone.
const BITS: usize = 4096;
/// How many more are flipped, anywhere.
const MORE: usize = 1000;
const BEGIN: &str = "-----BEGIN AGE ENCRYPTED FILE-----\n";
const END: &str = "-----END AGE ENCRYPTED FILE-----\n";

/// A canary: a key pair that was made for these tests, and that opens nothing but what they seal.
const CANARY_SSH_KEY: &str = "-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW
QyNTUxOQAAACDBAp+nxK22NZeM6jHddGxAtV1m/RoNbimwcLCNA6g2WAAAAJCEwcXZhMHF
2QAAAAtzc2gtZWQyNTUxOQAAACDBAp+nxK22NZeM6jHddGxAtV1m/RoNbimwcLCNA6g2WA
AAAEAaJ9m6Jp+Ht/zTr3xIf8Nf4hOEGpYajDu2goXNsZy3QsECn6fErbY1l4zqMd10bEC1
XWb9Gg1uKbBwsI0DqDZYAAAABmNhbmFyeQECAwQFBgc=
-----END OPENSSH PRIVATE KEY-----
";
const CANARY_SSH_RECIPIENT: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMECn6fErbY1l4zqMd10bEC1XWb9Gg1uKbBwsI0DqDZY";

fn binding() -> Binding {
    let place = Place { scheme: "https".to_owned(), host: "a.klaviyo.com".to_owned(), port: 443 };
    let proxy = ("proxy".to_owned(), "http://proxy.example".to_owned());
    Binding {
        name: "klaviyo-eu".to_owned(),
        app: "klaviyo".to_owned(),
        scheme: "api-key".to_owned(),
        destination: vec![place],
        way: [proxy].into(),
    }
}

/// A block, sealed for three keys, and one of them.
struct Block {
    armored: String,
    binary: Vec<u8>,
    plain: Vec<u8>,
    identity: Identity,
    /// Which stanza of the header is for that identity.
    stanza: usize,
}

/// What became of changed blocks: how many ended in which way.
#[derive(Debug, Default, PartialEq)]
struct Count {
    not_for_us: usize,
    armor: usize,
    header: usize,
    authentication: usize,
    payload: usize,
    /// The text is another, the sealed bytes are not: opened, to the same content.
    same: usize,
}

impl Count {
    fn total(&self) -> usize {
        self.not_for_us + self.armor + self.header + self.authentication + self.payload + self.same
    }
}

/// One block twice: for somebody with a key of age's own, and for somebody with an SSH key.
fn blocks() -> [Block; 2] {
    let (native, _) = Identity::generate();
    let (other, _) = Identity::generate();
    let ssh = Identity::ssh(CANARY_SSH_KEY.as_bytes(), || None).expect("a key");
    assert_eq!(ssh.recipient().map(Recipient::text), Some(CANARY_SSH_RECIPIENT));
    let recipients: Vec<_> = [&native, &other, &ssh].map(|key| key.recipient().expect("a key").clone()).into();
    let secrets: Fields<Secret> = [("api_key".into(), Secret::new("canary-of-the-block"))].into();
    let armored = sealed::seal(&binding(), &secrets, &recipients).expect("recipients");
    let body = armored.strip_prefix(BEGIN).and_then(|rest| rest.strip_suffix(END)).expect("armor");
    let binary = STANDARD.decode(body.replace('\n', "")).expect("base64");
    assert_eq!(rearmored(&binary), armored);
    [(native, 0), (ssh, 2)].map(|(identity, stanza)| {
        let plain = crypt::open(armored.as_bytes(), [&identity]).expect("whole").to_vec();
        Block { armored: armored.clone(), binary: binary.clone(), plain, identity, stanza }
    })
}

fn rearmored(binary: &[u8]) -> String {
    let encoded = STANDARD.encode(binary);
    let lines = encoded.as_bytes().chunks(64).map(|line| format!("{}\n", String::from_utf8_lossy(line)));
    format!("{BEGIN}{}{END}", lines.collect::<String>())
}

fn flipped(bytes: &[u8], bit: usize) -> Vec<u8> {
    let mut flipped = bytes.to_vec();
    flipped[bit / 8] ^= 1 << (bit % 8);
    flipped
}

/// The bits to flip in so many bytes: those at the beginning, and some anywhere, always the same ones.
fn bits(length: usize) -> impl Iterator<Item = usize> {
    let mut random = fastrand::Rng::with_seed(0x7ab5);
    assert!(length * 8 > BITS + MORE, "a block of {length} bytes");
    (0..BITS).chain((0..MORE).map(move |_| random.usize(..length * 8)))
}

impl Block {
    /// Opens a changed text and counts how that ended.
    fn open(&self, text: &[u8], count: &mut Count) -> Result<(), Unopened> {
        let opened = crypt::open(text, [&self.identity]);
        *match opened {
            Ok(_) => &mut count.same,
            Err(Unopened::NotForUs) => &mut count.not_for_us,
            Err(Unopened::WrongPassphrase) => panic!("no key here has a passphrase"),
            Err(Unopened::Damaged(Damage::Armor)) => &mut count.armor,
            Err(Unopened::Damaged(Damage::Header)) => &mut count.header,
            Err(Unopened::Damaged(Damage::Authentication)) => &mut count.authentication,
            Err(Unopened::Damaged(Damage::Payload)) => &mut count.payload,
        } += 1;
        opened.map(|plain| assert_eq!(*plain, self.plain, "it opened to something else"))
    }

    /// Where the header ends: the nonce and the content follow.
    fn header(&self) -> usize {
        let last = self.binary.windows(5).position(|bytes| bytes == b"\n--- ").expect("a last line");
        last + "\n--- ".len() + 43 + 1
    }

    /// Where the stanza stands that is for the identity.
    fn own(&self) -> Range<usize> {
        let mut begins = self.binary.windows(4).enumerate().filter(|(_, bytes)| bytes == b"\n-> ");
        let mut begins = begins.by_ref().map(|(at, _)| at + 1).skip(self.stanza);
        begins.next().expect("a stanza")..begins.next().expect("another one, of nobody")
    }
}

/// Runs a test for both keys at once, and adds up what was counted.
fn for_both(test: fn(&Block) -> Count) -> [Count; 2] {
    let blocks = blocks();
    std::thread::scope(|scope| {
        blocks.each_ref().map(|block| scope.spawn(|| test(block))).map(|thread| thread.join().expect("no panic"))
    })
}

#[test]
fn no_bit_of_the_sealed_bytes_can_be_another() {
    let counts = for_both(|block| {
        let (header, own, mut count) = (block.header(), block.own(), Count::default());
        for bit in bits(block.binary.len()) {
            let refused = block.open(rearmored(&flipped(&block.binary, bit)).as_bytes(), &mut count).unwrap_err();
            let at = bit / 8;
            let fits = match refused {
                Unopened::Damaged(Damage::Payload) => at >= header,
                Unopened::Damaged(Damage::Header | Damage::Authentication) => at < header,
                Unopened::NotForUs => own.contains(&at),
                _ => false,
            };
            assert!(fits, "bit {bit}: {refused:?}");
        }
        count
    });
    for count in counts {
        assert_eq!((count.total(), count.armor, count.same), (BITS + MORE, 0, 0), "{count:?}");
        let others = [count.not_for_us, count.header, count.authentication, count.payload];
        assert!(others.iter().all(|count| *count > 50), "{others:?}");
    }
}

#[test]
fn no_bit_of_the_text_can_be_another() {
    let counts = for_both(|block| {
        let (text, mut count) = (block.armored.as_bytes(), Count::default());
        let lines = BEGIN.len()..text.len() - END.len();
        for bit in bits(text.len()) {
            let refused = block.open(&flipped(text, bit), &mut count).unwrap_err();
            assert!(
                lines.contains(&(bit / 8)) || refused == Unopened::Damaged(Damage::Armor),
                "bit {bit}: {refused:?}"
            );
        }
        count
    });
    for count in counts {
        // None is the same: there is one way to write a byte in armor.
        assert_eq!((count.total(), count.same), (BITS + MORE, 0), "{count:?}");
        let others = [count.not_for_us, count.armor, count.header, count.authentication, count.payload];
        assert!(others.iter().all(|count| *count > 0), "{others:?}");
    }
}

#[test]
fn nothing_can_be_missing_at_the_end() {
    let counts = for_both(|block| {
        let (text, mut count) = (block.armored.as_bytes(), Count::default());
        for length in 0..text.len() {
            let opened = block.open(&text[..length], &mut count);
            assert!(opened.is_err() || length == text.len() - 1, "the first {length} bytes");
        }
        // The last line break may be missing, and nothing else. No text at all has no armor.
        let expected = Count { armor: text.len() - 2, header: 1, same: 1, ..Count::default() };
        assert_eq!(count, expected);
        let mut count = Count::default();
        for length in 0..block.binary.len() {
            let cut = &block.binary[..length];
            let bare = block.open(cut, &mut Count::default());
            assert_eq!(block.open(rearmored(cut).as_bytes(), &mut count), bare, "the first {length} bytes");
        }
        count
    });
    let [native, ssh] = counts;
    assert_eq!(native, ssh);
    assert_eq!(native, Count { header: native.header, payload: native.payload, ..Count::default() });
}

#[test]
fn nothing_can_be_added_or_repeated() {
    let counts = for_both(|block| {
        let (text, mut count) = (block.armored.as_bytes(), Count::default());
        let (header, content) = block.binary.split_at(block.header());
        let forgeries = [
            [text, text].concat(),
            [text, b"x"].concat(),
            [b"x\n", text].concat(),
            rearmored(&[&block.binary[..], b"x"].concat()).into(),
            rearmored(&[header, content, content].concat()).into(),
            rearmored(&[header, header, content].concat()).into(),
            rearmored(&[header, &content[16..]].concat()).into(),
            rearmored(&[header, &vec![0; content.len()]].concat()).into(),
        ];
        for forgery in &forgeries {
            block.open(forgery, &mut count).unwrap_err();
        }
        count
    });
    let expected = || Count { armor: 3, payload: 5, ..Count::default() };
    assert_eq!(counts, [expected(), expected()]);
}

/// The header of one block with the content of another that was sealed for the same SSH key.
#[test]
fn header_and_content_belong_together() {
    let [[_, one], [_, other]] = [blocks(), blocks()];
    let mixed = [&one.binary[..one.header()], &other.binary[other.header()..]].concat();
    assert_eq!(one.open(&mixed, &mut Count::default()), Err(Unopened::Damaged(Damage::Payload)));
}
