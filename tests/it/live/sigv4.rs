//! AWS signatures, before a verifier that shares nothing with ours: botocore, the library below AWS's own command line. Random requests
//! by the dozen, and each part of a signature wrong in turn.

use serde_json::{Value, json};

use super::row::{Row, aws, aws_session, get};

/// How many random requests are signed.
const RANDOM: u64 = 48;

/// The rows.
pub(super) fn rows() -> Vec<Row> {
    [right(), wrong(), refused(), (0..RANDOM).map(random).collect()].concat()
}

fn form() -> Value {
    json!({"http": {
        "request": "POST /", "body": {"form": {"Action": "GetCallerIdentity", "Version": "2011-06-15"}},
        "headers": {"accept": "application/json", "x-amz-target": "Canary.  Target"},
        "accept": {"status": 200, "json": {"$.ok": true}},
    }})
}

fn right() -> Vec<Row> {
    vec![
        aws("botocore: S3, right", "s3"),
        aws("botocore: STS, a form, right", "sts").probe(form()),
        aws_session("botocore: S3, temporary, right", "s3"),
        aws_session("botocore: STS, temporary, right", "sts").probe(form()),
        aws("botocore: S3, a path that is no URL's", "s3").probe(get("/it's(a)*b!/~c@d:e;f=g+h,i&j")),
        aws("botocore: API, a path that is no URL's", "execute-api").probe(get("/it's(a)*b!/~c@d:e;f=g+h,i&j")),
        aws("botocore: API, a path with empty parts", "execute-api").probe(get("/a//b/%2e%2E/c%2Fd/")),
    ]
}

fn wrong() -> Vec<Row> {
    let secret = |name: &'static str, service: &'static str| aws(name, service).secret("canary-wrong-8Hd5");
    let region = json!({"sigv4": {"region": "eu-west-1", "service": "s3"}});
    let of_sts = json!({"sigv4": {"region": "eu-west-1", "service": "sts"}});
    vec![
        secret("botocore: S3, secret wrong", "s3").fails("signature-invalid", "auth"),
        secret("botocore: STS, secret wrong", "sts").fails("signature-invalid", "auth"),
        aws("botocore: S3, key unknown", "s3").set("key", "AKIAOTHER").fails("credential-rejected", "auth"),
        aws("botocore: STS, key unknown", "sts").set("key", "AKIAOTHER").fails("credential-rejected", "auth"),
        aws("botocore: S3, region wrong", "s3").set("place", region).fails("config-invalid", "auth"),
        aws("botocore: STS, region wrong", "sts").set("place", of_sts).fails("config-invalid", "auth"),
        aws("botocore: temporary key without its token", "sts")
            .set("key", "ASIACANARY")
            .fails("credential-rejected", "auth"),
        aws_session("botocore: another token", "sts")
            .with("session_token", "canary-wrong-8Hd5")
            .fails("credential-rejected", "auth"),
        aws_session("botocore: a token beside a lasting key", "s3")
            .set("key", "AKIACANARY")
            .fails("credential-rejected", "auth"),
    ]
}

fn refused() -> Vec<Row> {
    vec![
        aws("botocore: S3, a clock that is behind", "s3").probe(get("/ahead")).warns("clock-skew"),
        aws("botocore: STS, a clock that is behind", "sts").probe(get("/ahead")).warns("clock-skew"),
        aws("botocore: a query that was changed", "s3").probe(get("/tampered?a=b")).fails("signature-invalid", "auth"),
        aws("botocore: S3, not allowed", "s3").probe(get("/denied")).fails("permission-missing", "authz"),
        aws("botocore: API, not allowed", "execute-api").probe(get("/denied")).fails("permission-missing", "authz"),
        aws_session("botocore: the session is over", "s3").probe(get("/expired")).fails("credential-expired", "auth"),
        aws("botocore: signed in another way", "sts")
            .set("place", json!({"basic": {"username": "{key}", "password": "{secret}"}}))
            .unknown("forbidden", "authz"),
    ]
}

/// Numbers that look random and are the same in every run (Knuth's MMIX).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn one<'t>(&mut self, of: &[&'t str]) -> &'t str {
        let length = u64::try_from(of.len()).expect("a short list");
        of[usize::try_from(self.below(length)).expect("a place in it")]
    }

    fn text(&mut self, pieces: u64) -> String {
        const PIECES: [&str; 24] = [
            "a",
            "Z",
            "7",
            "-",
            ".",
            "_",
            "~",
            " ",
            "  ",
            "+",
            "/",
            "=",
            "&",
            "?",
            "%",
            "*",
            "'",
            "(",
            "\u{e4}",
            "\u{20ac}",
            "\u{1f50c}",
            "@",
            ":",
            ",",
        ];
        let count = self.below(pieces + 1);
        (0..count).map(|_| self.one(&PIECES)).collect()
    }
}

/// A request that nobody would think of.
fn random(seed: u64) -> Row {
    const SEGMENTS: [&str; 10] = ["a", "B-c_d.e~f", "%20", "%C3%A4", "x%2Fy", "a+b", "it's", "(1)", "", "k=v;w"];
    let mut numbers = Numbers(seed.wrapping_mul(0x9e37_79b9).wrapping_add(7));
    let service = numbers.one(&["s3", "sts", "execute-api"]);
    let method = numbers.one(&["GET", "POST", "PUT", "DELETE"]);
    let segments: Vec<&str> = (0..=numbers.below(4)).map(|_| numbers.one(&SEGMENTS)).collect();
    let query: serde_json::Map<String, Value> = (0..numbers.below(5))
        .map(|_| (format!("{}q", numbers.text(3)), json!([numbers.text(6), numbers.text(2)])))
        .collect();
    let mut probe = json!({
        "request": format!("{method} /r/{}", segments.join("/")),
        "query": query,
        "headers": {"x-amz-meta-canary": format!("a{}b", " ".repeat(usize::try_from(numbers.below(4)).expect("few")))},
        "accept": {"status": 200, "json": {"$.ok": true}},
    });
    if method == "POST" || method == "PUT" {
        probe["body"] = match numbers.below(3) {
            0 => json!({"form": {"a": numbers.text(8), "b": numbers.text(8)}}),
            1 => json!({"json": {"a": numbers.text(8)}}),
            _ => json!({"text": format!("-{}", numbers.text(20))}),
        };
    }
    let name: &'static str = Box::leak(format!("botocore: random {seed}, {service}").into_boxed_str());
    let row = if numbers.below(3) == 0 { aws_session(name, service) } else { aws(name, service) };
    row.probe(json!({"http": probe}))
}
