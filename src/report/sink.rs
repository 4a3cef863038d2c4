//! The sink: the only writer of reports. Everything that leaves is scrubbed, searched once more, and only then written.
//!
//! Text of servers and users was scrubbed before a format saw it. Here the finished text is scrubbed again, for the case that a format
//! puts a secret together or that something was forgotten, and then searched: should a secret still be in it, it does not leave.

use std::borrow::Cow;
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::output::{Destination, Format, Output};
use super::own::is_own;
use super::progress::Progress;
use crate::model::scrub::Scrubber;

/// Why a report did not get to its place. Each of them is exit code 5.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SinkError {
    /// The file cannot be made. Found before the run.
    #[error("cannot write the report to {place}: {reason}")]
    Open {
        /// The file.
        place: String,
        /// Why, in our words.
        reason: String,
    },
    /// The report, or a part of it, was not written.
    #[error("the report to {place} is not complete: {reason}")]
    Write {
        /// The file, or `standard output`.
        place: String,
        /// Why, in our words.
        reason: String,
    },
    /// A secret was found in the finished report, and so it was withheld.
    #[error(
        "the report to {place} was withheld: a secret was found in it. This is a fault of tugtest; please report it"
    )]
    Withheld {
        /// The file, or `standard output`.
        place: String,
    },
}

/// One open report. Faults are kept until [`Sink::close`], so that the run goes on and the other reports are written.
pub struct Sink {
    scrubber: Arc<Scrubber>,
    /// The place, for messages.
    place: String,
    target: Target,
    /// Texts of a format that is one document: written when it is complete and has been searched. None: written as they come.
    held: Option<Vec<String>>,
    fault: Option<SinkError>,
}

/// Where the bytes go.
enum Target {
    /// Standard output, or what stands in for it in a test. `gone` once its reader has left.
    Stream { writer: Box<dyn Write + Send>, progress: Progress, gone: bool },
    /// Straight into a file.
    Direct(File),
    /// Into a new file beside it, renamed at the end: a report is there as a whole or not at all.
    Beside { file: File, new: PathBuf, path: PathBuf },
    /// Closed.
    Done,
}

impl Sink {
    /// Opens an output. A path that cannot be written fails here, before the run.
    pub fn open(output: &Output, scrubber: &Arc<Scrubber>, progress: &Progress) -> Result<Sink, SinkError> {
        let (place, target) = match &output.destination {
            Destination::Stdout => {
                let writer = Box::new(io::stdout());
                ("standard output".to_owned(), Target::Stream { writer, progress: progress.clone(), gone: false })
            }
            Destination::File(path) => {
                let target = open_file(path, output.format).map_err(|error| SinkError::Open {
                    place: format!("`{}`", path.display()),
                    reason: reason(&error),
                })?;
                (format!("`{}`", path.display()), target)
            }
        };
        let held = matches!(output.format, Format::Json | Format::Junit).then(Vec::new);
        Ok(Sink { scrubber: Arc::clone(scrubber), place, target, held, fault: None })
    }

    /// Whether colours can be of use: not in files.
    #[must_use]
    pub fn is_stream(&self) -> bool {
        matches!(self.target, Target::Stream { .. })
    }

    /// Scrubs a text, searches it again, and writes it or, if it is part of one document, keeps it until [`Sink::close`].
    pub fn write(&mut self, text: String) {
        let text = match self.scrubber.scrub_beyond(&text, &is_own) {
            Cow::Borrowed(_) => text,
            Cow::Owned(scrubbed) => scrubbed,
        };
        if self.scrubber.finds_beyond(text.as_bytes(), &is_own) {
            self.fault = Some(SinkError::Withheld { place: self.place.clone() });
        } else if let Some(held) = &mut self.held {
            held.push(text);
        } else {
            self.put(&text);
        }
    }

    fn put(&mut self, text: &str) {
        let written = match &mut self.target {
            Target::Stream { gone: true, .. } | Target::Done => Ok(()),
            Target::Stream { writer, progress, gone } => {
                let written = progress.suspend(|| writer.write_all(text.as_bytes()).and_then(|()| writer.flush()));
                // Whoever reads the output has seen enough (`| head`); that is no fault, and nobody is left to tell.
                *gone = written.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::BrokenPipe);
                if *gone { Ok(()) } else { written }
            }
            Target::Direct(file) | Target::Beside { file, .. } => file.write_all(text.as_bytes()),
        };
        if let Err(error) = written {
            self.fault.get_or_insert(SinkError::Write { place: self.place.clone(), reason: reason(&error) });
        }
    }

    /// Puts the report in its place.
    pub fn close(mut self) -> Result<(), SinkError> {
        for text in self.held.take().into_iter().flatten() {
            if self.fault.is_some() {
                break;
            }
            self.put(&text);
        }
        if let Some(fault) = self.fault.take() {
            return Err(fault);
        }
        let put = match std::mem::replace(&mut self.target, Target::Done) {
            Target::Beside { file, new, path } => put_in_place(file, &new, &path),
            _ => Ok(()),
        };
        put.map_err(|error| SinkError::Write { place: self.place.clone(), reason: reason(&error) })
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        if let Target::Beside { new, .. } = &self.target {
            // A report that is not complete is taken away; what happens to the rest of it changes nothing.
            let _ = fs::remove_file(new);
        }
    }
}

impl fmt::Debug for Sink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sink({})", self.place)
    }
}

fn open_file(path: &Path, format: Format) -> io::Result<Target> {
    let truncate = |path: &Path| OpenOptions::new().write(true).create(true).truncate(true).open(path);
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        // A device or a pipe (`/dev/null`, `>(jq)`) is written to, never replaced.
        Ok(found) if !found.is_file() => OpenOptions::new().write(true).open(path).map(Target::Direct),
        // A line at a time, each flushed: what was announced is there even after a crash.
        _ if format == Format::Jsonl => truncate(path).map(Target::Direct),
        Ok(found) => {
            let path = fs::canonicalize(path)?;
            let beside = open_beside(path.clone()).inspect(|target| {
                if let Target::Beside { file, .. } = target {
                    // Best effort: the report is as private as the one that it replaces.
                    let _ = file.set_permissions(found.permissions());
                }
            });
            match beside {
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => truncate(&path).map(Target::Direct),
                opened => opened,
            }
        }
        Err(_) => open_beside(path.to_owned()),
    }
}

fn open_beside(path: PathBuf) -> io::Result<Target> {
    let name = path.file_name().ok_or(io::ErrorKind::IsADirectory)?.to_string_lossy().into_owned();
    let process = std::process::id();
    let mut tries = 0;
    loop {
        let new = path.with_file_name(format!(".{name}.{process}-{tries}.tmp"));
        match OpenOptions::new().write(true).create_new(true).open(&new) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && tries < 100 => tries += 1,
            opened => return opened.map(|file| Target::Beside { file, new, path }),
        }
    }
}

fn put_in_place(file: File, new: &Path, path: &Path) -> io::Result<()> {
    drop(file);
    fs::rename(new, path).or_else(|_| {
        // A file that is a mount of its own cannot be replaced, only filled.
        let filled = fs::copy(new, path).map(drop);
        fs::remove_file(new).and(filled)
    })
}

/// Why, in our words.
pub(crate) fn reason(error: &io::Error) -> String {
    let words = match error.kind() {
        io::ErrorKind::NotFound => "the folder does not exist",
        io::ErrorKind::PermissionDenied => "no permission",
        io::ErrorKind::IsADirectory => "it is a folder",
        io::ErrorKind::NotADirectory => "a part of the path is a file",
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "there is no space left",
        io::ErrorKind::ReadOnlyFilesystem => "the file system is read-only",
        io::ErrorKind::InvalidFilename => "the name is too long or not allowed",
        kind => return kind.to_string(),
    };
    words.to_owned()
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::model::secret::Secret;

    /// Standard output for a test: fails in a given way once it holds so many bytes.
    #[derive(Clone, Default)]
    struct Pipe {
        bytes: Arc<Mutex<Vec<u8>>>,
        breaks: Option<(usize, io::ErrorKind)>,
    }

    impl Write for Pipe {
        fn write(&mut self, part: &[u8]) -> io::Result<usize> {
            let mut bytes = self.bytes.lock().unwrap();
            match self.breaks {
                Some((after, kind)) if bytes.len() >= after => Err(kind.into()),
                _ => bytes.write(part),
            }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn sink(pipe: &Pipe, format: Format) -> Sink {
        let scrubber = Arc::new(Scrubber::new());
        scrubber.learn("a", &Secret::new("canary-a"));
        scrubber.learn("b", &Secret::new("a]-end"));
        let output = Output { format, destination: Destination::Stdout };
        let mut sink = Sink::open(&output, &scrubber, &Progress::hidden()).unwrap();
        sink.target = Target::Stream { writer: Box::new(pipe.clone()), progress: Progress::hidden(), gone: false };
        sink
    }

    fn text(pipe: &Pipe) -> String {
        String::from_utf8(pipe.bytes.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn everything_is_scrubbed() {
        let pipe = Pipe::default();
        let mut sink = sink(&pipe, Format::Human);
        sink.write("the canary-a sings\n".to_owned());
        assert_eq!(sink.close(), Ok(()));
        assert_eq!(text(&pipe), "the [secret:a] sings\n");
    }

    #[test]
    fn a_secret_that_masking_puts_together_withholds_the_text() {
        let pipe = Pipe::default();
        let mut stream = sink(&pipe, Format::Jsonl);
        stream.write("one\n".to_owned());
        stream.write("canary-a-end\n".to_owned());
        stream.write("three\n".to_owned());
        let withheld = Err(SinkError::Withheld { place: "standard output".to_owned() });
        assert_eq!(stream.close(), withheld);
        assert_eq!(text(&pipe), "one\nthree\n");

        let pipe = Pipe::default();
        let mut document = sink(&pipe, Format::Json);
        document.write("one\n".to_owned());
        document.write("canary-a-end\n".to_owned());
        assert_eq!(document.close(), withheld);
        assert_eq!(text(&pipe), "", "one document is withheld as a whole");
    }

    #[test]
    fn a_reader_that_leaves_is_no_fault_and_a_full_disk_is() {
        let mut pipe = Pipe { breaks: Some((4, io::ErrorKind::BrokenPipe)), ..Pipe::default() };
        for (kind, fault) in [(io::ErrorKind::BrokenPipe, None), (io::ErrorKind::StorageFull, Some("no space"))] {
            pipe.breaks = Some((4, kind));
            pipe.bytes.lock().unwrap().clear();
            let mut sink = sink(&pipe, Format::Human);
            for line in ["one\n", "two\n", "three\n"] {
                sink.write(line.to_owned());
            }
            let closed = sink.close().map_err(|error| error.to_string());
            match fault {
                None => assert_eq!(closed, Ok(())),
                Some(fault) => assert!(closed.unwrap_err().contains(fault)),
            }
            assert_eq!(text(&pipe), "one\n");
        }
    }
}
