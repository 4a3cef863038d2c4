//! Floor 4: the command line. One file a subcommand.
