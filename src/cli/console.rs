//! Writing to the terminal what is not a report: help texts, schemas, complaints. Reports go through the sink.

use std::io::{self, Write};

use super::exit::Exit;

/// Writes a result to standard output. A reader that has gone away is no fault.
pub(super) fn print(bytes: &[u8]) -> Exit {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Ok(()) => Exit::Met,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Met,
        Err(_) => Exit::Report,
    }
}

/// Writes a line to standard error. If even that fails there is nobody left to tell.
pub(super) fn complain(text: &str) {
    let mut stderr = io::stderr().lock();
    let _ = writeln!(stderr, "{}", text.trim_end());
}
