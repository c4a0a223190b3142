//! The only reader and writer of the disk.

use std::io;
use std::path::Path;

/// Writes a file, with the folders above it.
pub fn write(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(path, text)
}
