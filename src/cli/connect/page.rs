//! The page that a browser ends on: what became of it, and what to do next. No script, nothing from elsewhere, and nothing of the code.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http_body_util::Full;
use hyper::Response;
use hyper::body::Bytes;
use hyper::header::{HeaderName, HeaderValue};
use sha2::{Digest, Sha256};

use super::super::complaint::Complaint;
use crate::model::cause::Cause;
use crate::model::verdict::Judgement;
use crate::report::escape::escape;

const STYLE: &str = include_str!("page.css");

/// The style alone may do something on this page, and it is known by its hash.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
});

/// What a browser is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Page {
    /// All is well.
    Connected {
        /// The app, for people.
        app: String,
        /// The connection.
        name: String,
    },
    /// The person said no.
    Denied,
    /// Something went wrong: what, and what to do.
    Failed(String, String),
    /// Not an answer to our question.
    Foreign,
    /// Somebody has answered before.
    Finished,
    /// The program was interrupted, or took too long.
    Interrupted,
    /// Another `Host` than ours.
    Misdirected,
    /// Not a GET.
    BadMethod,
    /// Nothing is there.
    Nothing,
}

/// The words of a page.
struct Words {
    status: u16,
    /// `good`, `bad` or `odd`.
    tone: &'static str,
    heading: String,
    text: String,
    next: String,
}

impl Page {
    /// The page for a grant that did not come.
    pub(super) fn refused(judgement: &Judgement) -> Self {
        if judgement.cause == Some(Cause::InteractionRequired) {
            return Page::Denied;
        }
        Page::Failed(judgement.message.clone(), judgement.remedy.clone().unwrap_or_default())
    }

    /// The page for a grant that came and was lost.
    pub(super) fn failed(complaint: &Complaint) -> Self {
        Page::Failed(format!("{}.", complaint.message), complaint.help.clone().unwrap_or_default())
    }

    fn words(&self) -> Words {
        let words = |status, tone, heading: &str, text: &str, next: &str| Words {
            status,
            tone,
            heading: heading.to_owned(),
            text: text.to_owned(),
            next: next.to_owned(),
        };
        match self {
            Page::Connected { app, name } => words(
                200,
                "good",
                &format!("Connected with {app}"),
                &format!("The connection `{name}` is sealed on your machine."),
                "You can close this tab. The terminal shows whether the connection works, and whose account it is.",
            ),
            Page::Denied => words(
                200,
                "bad",
                "Not connected",
                "Access was not granted, so nothing was saved.",
                "You can close this tab. If you did not mean that, run `tugtest connect` again and allow the access.",
            ),
            Page::Failed(why, help) => words(
                200,
                "bad",
                "Not connected",
                &format!("You did your part; then something went wrong. {why}"),
                &format!("You can close this tab. {}", sentence(help)),
            ),
            Page::Foreign => words(
                400,
                "odd",
                "This is not the answer that was asked for",
                "It does not belong to the connection that is being made, so nothing was done with it. An old tab can be the reason, or somebody \
                 who sent you a link.",
                "Close this tab, and go on in the one that tugtest has opened; its address is in the terminal too.",
            ),
            Page::Finished => words(
                410,
                "odd",
                "Already finished",
                "This page takes one answer, and has had it.",
                "You can close this tab. The terminal shows how it ended; `tugtest connect` begins anew.",
            ),
            Page::Interrupted => words(
                503,
                "bad",
                "Not connected",
                "tugtest was ended before it had the tokens, so nothing was saved.",
                "You can close this tab. `tugtest connect` begins anew.",
            ),
            Page::Misdirected => words(421, "odd", "Nothing for this host", "Another name leads here than ours.", ""),
            Page::BadMethod => words(405, "odd", "Nothing to do", "This address takes a GET alone.", ""),
            Page::Nothing => words(404, "odd", "Nothing here", "tugtest waits for a browser at another path.", ""),
        }
    }

    fn html(&self) -> String {
        let Words { tone, heading, text, next, .. } = self.words();
        let (plugs, plain) = (plugs(matches!(self, Page::Connected { .. })), html(&heading).replace('`', ""));
        let next = match next.as_str() {
            "" => String::new(),
            next => format!("<p class=\"next\"><strong>What next</strong> {}</p>\n", marked(next)),
        };
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, \
             initial-scale=1\">\n<title>{plain} · tugtest</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main class=\"{tone}\">\n{plugs}\n\
             <h1>{plain}</h1>\n<p>{}</p>\n{next}<footer>tugtest, on your own machine. This page came from 127.0.0.1 and loads nothing.</footer>\n\
             </main>\n</body>\n</html>\n",
            marked(&text)
        )
    }
}

/// Two plugs on their cables: joined, or apart.
fn plugs(joined: bool) -> String {
    let apart = if joined { 0 } else { 22 };
    let (left, right) = (169 - apart, 171 + apart);
    let pins =
        if joined { String::new() } else { format!("<path class=\"pin\" d=\"M{0} 19h11M{0} 33h11\"/>", left + 2) };
    format!(
        "<svg viewBox=\"0 0 340 52\" aria-hidden=\"true\"><path class=\"cable\" d=\"M4 40C60 58 90 6 {} 26\"/><path class=\"cable\" d=\"M336 \
         12C280 -6 250 46 {} 26\"/><rect class=\"plug\" x=\"{}\" y=\"10\" width=\"36\" height=\"32\" rx=\"7\"/>{pins}<rect class=\"plug\" \
         x=\"{right}\" y=\"10\" width=\"36\" height=\"32\" rx=\"7\"/></svg>",
        left - 36,
        right + 36,
        left - 36,
    )
}

/// A text with what stands between backticks as code.
fn marked(text: &str) -> String {
    let mut marked = String::with_capacity(text.len() + 64);
    let pieces: Vec<&str> = text.split('`').collect();
    for (index, piece) in pieces.iter().enumerate() {
        match index % 2 {
            1 if index + 1 < pieces.len() => marked.extend(["<code>", &html(piece), "</code>"]),
            _ => marked.push_str(&html(piece)),
        }
    }
    marked
}

/// Text of servers and users as HTML, with nothing in it that acts.
fn html(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + 16);
    for c in escape(text).chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

/// A help text as a sentence.
fn sentence(text: &str) -> String {
    let mut letters = text.trim_end_matches('.').chars();
    letters.next().map(|first| format!("{}{}.", first.to_uppercase(), letters.as_str())).unwrap_or_default()
}

/// A page as an answer: it is kept nowhere, sends its address nowhere, and is framed by nobody.
pub(super) fn respond(page: &Page) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(page.html())));
    *response.status_mut() = hyper::StatusCode::from_u16(page.words().status).unwrap_or_default();
    let headers = response.headers_mut();
    for (name, value) in [
        ("content-type", "text/html; charset=utf-8"),
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("content-security-policy", POLICY.as_str()),
    ] {
        headers.extend(HeaderValue::from_str(value).ok().map(|value| (HeaderName::from_static(name), value)));
    }
    if *page == Page::BadMethod {
        headers.insert(hyper::header::ALLOW, HeaderValue::from_static("GET"));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_server_says_acts_on_the_page() {
        let sly = "<script>alert(1)</script> `a\" onload='x'` & \u{1b}[2J \u{202e}";
        let page = Page::Failed(sly.to_owned(), "look at `x`".to_owned()).html();
        assert!(
            page.contains("&lt;script&gt;alert(1)&lt;/script&gt; <code>a&quot; onload=&#39;x&#39;</code> &amp; "),
            "{page}"
        );
        assert!(page.contains("Look at <code>x</code>."), "{page}");
        assert!(!page.contains("<script") && !page.contains(['\u{1b}', '\u{202e}']));
        let title = Page::Connected { app: sly.to_owned(), name: "eu".to_owned() }.html();
        assert!(title.contains("<title>Connected with &lt;script&gt;"), "{title}");
    }

    #[test]
    fn every_page_allows_its_own_style_and_nothing_else() {
        let pages = [
            Page::Connected { app: "Slack".to_owned(), name: "slack".to_owned() },
            Page::Denied,
            Page::Failed("a".to_owned(), "b".to_owned()),
            Page::Foreign,
            Page::Finished,
            Page::Interrupted,
            Page::Misdirected,
            Page::BadMethod,
            Page::Nothing,
        ];
        for page in pages {
            let (response, html) = (respond(&page), page.html());
            let header = |name: &str| response.headers()[name].to_str().expect("text").to_owned();
            let (_, after) = html.split_once("<style>").expect("a style");
            let style = after.split("</style>").next().expect("an end");
            let hash = STANDARD.encode(Sha256::digest(style));
            assert!(header("content-security-policy").contains(&format!("style-src 'sha256-{hash}'")), "{page:?}");
            assert!(header("content-security-policy").starts_with("default-src 'none'; "), "{page:?}");
            assert_eq!(header("cache-control"), "no-store");
            assert_eq!(header("referrer-policy"), "no-referrer");
            assert!(!response.headers().contains_key("access-control-allow-origin"));
            for loads in ["<script", "src=", "href=", "url(", "style=", "@import", "http://", "https://"] {
                assert!(!html.contains(loads), "{page:?} has {loads}");
            }
            assert!(html.starts_with("<!doctype html>\n<html lang=\"en\">") && html.contains("<h1>"), "{page:?}");
        }
    }
}
