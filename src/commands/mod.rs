//! The command line: one file a command; this is the list.
