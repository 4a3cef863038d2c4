//! `tugtest connections import`.

use std::path::Path;

use super::super::args::connections::ImportOptions;
use super::super::complaint::Complaint;
use super::super::exit::Exit;

pub(super) fn import(_: &Path, _: &ImportOptions) -> Result<Exit, Complaint> {
    Err(Complaint::declined())
}
