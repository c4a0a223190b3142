//! How the whole behaves: against servers that live inside the test.
