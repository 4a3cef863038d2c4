//! A person with a browser: starts the tool, sees the page that it opens, and goes there.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use url::Url;

use crate::cli::server::PATIENCE;
use crate::cli::workspace::Ended;
use crate::connections::Store;

/// A connect under way.
pub(crate) struct Person<'s> {
    store: &'s Store,
    child: Child,
}

/// What a browser ended on.
pub(crate) struct Visited {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) text: String,
}

impl<'s> Person<'s> {
    pub(crate) fn begin(store: &'s Store, words: &str, variables: &[(&str, &str)]) -> Person<'s> {
        let mut tool = store.tool(words);
        tool.envs(variables.iter().copied()).env("BROWSER", store.workspace.path("browser"));
        for name in ["DISPLAY", "WAYLAND_DISPLAY", "SSH_CONNECTION", "SSH_TTY"] {
            tool.env_remove(name);
        }
        Person::of(store, &mut tool)
    }

    pub(crate) fn of(store: &'s Store, tool: &mut Command) -> Person<'s> {
        let tool = tool.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Person { store, child: tool.spawn().expect("the tool starts") }
    }

    /// The page that the browser was started with.
    pub(crate) fn page(&self) -> Url {
        let path = self.store.workspace.path("browser.url");
        let begun = Instant::now();
        while !path.exists() {
            assert!(begun.elapsed() < PATIENCE, "no browser was started");
            std::thread::sleep(Duration::from_millis(10));
        }
        let text = std::fs::read_to_string(&path).expect("text");
        std::fs::remove_file(&path).expect("a file of ours");
        text.trim().parse().expect("a URL")
    }

    /// Types a line.
    pub(crate) fn types(&mut self, line: &str) {
        let stdin = self.child.stdin.as_mut().expect("it is piped");
        stdin.write_all(format!("{line}\n").as_bytes()).expect("the tool reads");
    }

    /// Has nothing more to type.
    pub(crate) fn closes(&mut self) {
        drop(self.child.stdin.take());
    }

    pub(crate) fn interrupt(&self) {
        let kill = Command::new("sh").args(["-c", "kill -INT \"$0\"", &self.child.id().to_string()]).status();
        assert!(kill.expect("a shell").success());
    }

    pub(crate) fn ends(self) -> Ended {
        let output = self.child.wait_with_output().expect("the tool ends");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the tool prints text");
        Ended {
            code: output.status.code().expect("the tool ends by itself"),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}

/// The redirect address in the URL of an authorization page.
pub(crate) fn redirect(page: &Url) -> Url {
    let (_, redirect) = page.query_pairs().find(|(name, _)| name == "redirect_uri").expect("a redirect address");
    redirect.parse().expect("a URL")
}

/// Goes to a page, and on to where that redirects.
pub(crate) fn visit(url: &Url) -> Visited {
    let mut url = url.clone();
    loop {
        let visited = get(&url);
        match location(&visited, &url) {
            Some(location) => url = location,
            None => return visited,
        }
    }
}

/// Goes to a page, and no further.
pub(crate) fn get(url: &Url) -> Visited {
    request(url, "GET", &format!("host: {}\r\nconnection: close\r\n", authority(url)))
}

/// Where a page sends its visitor.
pub(crate) fn location(visited: &Visited, from: &Url) -> Option<Url> {
    let headers = visited.head.lines().filter_map(|line| line.split_once(": "));
    let mut locations = headers.filter(|(name, _)| name.eq_ignore_ascii_case("location"));
    locations.next().map(|(_, location)| from.join(location).expect("a URL"))
}

pub(crate) fn authority(url: &Url) -> String {
    format!("{}:{}", url.host_str().expect("a host"), url.port().expect("a port"))
}

/// A connection to a port of this machine.
#[expect(clippy::disallowed_methods, reason = "the browser is another program than the tool")]
pub(crate) fn dial(url: &Url) -> TcpStream {
    TcpStream::connect(("127.0.0.1", url.port().expect("a port"))).expect("somebody listens")
}

/// One request with these header lines.
pub(crate) fn request(url: &Url, method: &str, headers: &str) -> Visited {
    let mut stream = dial(url);
    stream.set_read_timeout(Some(PATIENCE)).expect("a socket of ours");
    let query = url.query().map_or_else(String::new, |query| format!("?{query}"));
    let head = format!("{method} {}{query} HTTP/1.1\r\n{headers}\r\n", url.path());
    stream.write_all(head.as_bytes()).expect("it reads");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("it answers and closes");
    let answer = String::from_utf8(answer).expect("text");
    let (head, text) = answer.split_once("\r\n\r\n").expect("a head and a body");
    let status = head.split(' ').nth(1).expect("a status").parse().expect("a number");
    Visited { status, head: head.to_owned(), text: text.to_owned() }
}
