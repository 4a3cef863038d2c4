//! Opening a page in the person's browser, without anything of ours in its environment.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

/// The variable that names a browser.
const VARIABLE: &str = "BROWSER";
/// Variables of ours begin so.
const OURS: &str = "TUGTEST_";

/// Whether nobody would see a browser that is opened here: there is no display, or the person sits at another machine.
pub(super) fn is_headless(variable: &dyn Fn(&str) -> Option<OsString>) -> bool {
    let has = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
    if has(VARIABLE) {
        return false;
    }
    let remote = has("SSH_CONNECTION") || has("SSH_TTY");
    let display = cfg!(target_os = "macos") || has("DISPLAY") || has("WAYLAND_DISPLAY");
    remote || !display
}

/// Opens a page. Whether that can be seen, nobody knows; the address is printed too.
pub(super) fn open(url: &str, withheld: &[Box<str>]) {
    let chosen = std::env::var(VARIABLE).ok();
    let words = words(chosen.as_deref(), url);
    let Some((program, arguments)) = words.split_first() else { return };
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let ours =
        std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()).filter(|name| name.starts_with(OURS));
    for variable in ours {
        command.env_remove(variable);
    }
    for variable in withheld {
        command.env_remove(&**variable);
    }
    // A group of its own: Ctrl-C here is not for the browser.
    command.process_group(0);
    if let Ok(mut child) = command.spawn() {
        // Waited for, so that it leaves nothing behind; it may stay open for as long as the person likes.
        std::thread::spawn(move || child.wait());
    }
}

/// The command that opens a page: the first one of `$BROWSER` (several are separated by colons, `%s` stands for the page), else the
/// system's own.
fn words(chosen: Option<&str>, url: &str) -> Vec<String> {
    let first = chosen.and_then(|list| list.split(':').find(|entry| !entry.trim().is_empty()));
    let own = first.and_then(|entry| shell_words::split(entry).ok()).filter(|words| !words.is_empty());
    let system = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let mut words = own.unwrap_or_else(|| vec![system.to_owned()]);
    if words.iter().any(|word| word.contains("%s")) {
        return words.into_iter().map(|word| word.replace("%s", url)).collect();
    }
    words.push(url.to_owned());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chosen_browser_is_taken_and_the_systems_otherwise() {
        let url = "https://login.example/?a=b&c=d";
        for (chosen, expected) in [
            (Some("firefox"), &["firefox", url][..]),
            (Some("firefox --private-window:chromium"), &["firefox", "--private-window", url]),
            (Some("open-it --url=%s --quiet"), &["open-it", "--url=https://login.example/?a=b&c=d", "--quiet"]),
            (Some("'/opt/my browser/run' %s"), &["/opt/my browser/run", url]),
        ] {
            assert_eq!(words(chosen, url), expected, "{chosen:?}");
        }
        for nothing in [None, Some(""), Some(":"), Some("\"")] {
            assert_eq!(words(nothing, url).len(), 2, "{nothing:?}");
            assert_eq!(words(nothing, url)[1], url);
        }
    }

    #[test]
    fn a_machine_without_a_display_or_far_away_has_no_browser() {
        let world = |set: &'static [&str]| move |name: &str| set.contains(&name).then(|| OsString::from("x"));
        assert!(is_headless(&world(&["DISPLAY", "SSH_CONNECTION"])));
        assert!(is_headless(&world(&["WAYLAND_DISPLAY", "SSH_TTY"])));
        assert!(!is_headless(&world(&["WAYLAND_DISPLAY"])));
        assert!(!is_headless(&world(&["DISPLAY"])));
        assert!(!is_headless(&world(&["BROWSER", "SSH_TTY"])), "somebody has said what to start");
        assert_eq!(is_headless(&world(&[])), !cfg!(target_os = "macos"));
    }
}
