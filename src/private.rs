//! Files and folders that nobody but the user may read. It decides about rights and about nothing else.

use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Makes a folder and what is missing above it, for the user only. One that is there stays as it is.
pub fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Makes the folder of a file, for the user only.
pub fn make_folder_of(file: &Path) -> io::Result<()> {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).map_or(Ok(()), make_folder)
}

/// How to open a file that, if it is made, is made for the user only.
pub fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Reads a file of settings that the program keeps for itself; none is an empty one.
pub fn read_kept<T: DeserializeOwned + Default>(path: &Path) -> io::Result<T> {
    match std::fs::read_to_string(path) {
        Ok(text) => toml::from_str(&text).map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(T::default()),
        Err(e) => Err(e),
    }
}

/// Writes such a file, whole or not at all.
pub fn write_kept<T: Serialize>(path: &Path, kept: &T) -> io::Result<()> {
    make_folder_of(path)?;
    let text = toml::to_string(kept).map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e))?;
    let fresh = path.with_extension("new");
    options().write(true).create(true).truncate(true).open(&fresh)?.write_all(text.as_bytes())?;
    std::fs::rename(&fresh, path)
}
