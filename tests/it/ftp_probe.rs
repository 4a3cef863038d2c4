//! The FTP probe against FTP doubles, in process: each script ends in its verdict, and what reached the double is what was meant to.

mod errands;
mod faults;
mod scripts;
mod sly;
mod stage;
