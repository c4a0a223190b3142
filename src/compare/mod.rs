//! Environment against environment: every difference of meaning, declared by a file or not.
