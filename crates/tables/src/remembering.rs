//! A writer for libraries that try to finish their file after an error, and print that they could not.

use std::io::{self, Write};

/// Keeps the first error for the end, since the archive's writer would try to finish the archive all the same and
/// print that it could not.
pub(crate) struct Remembering<W> {
    pub(crate) to: W,
    pub(crate) error: Option<io::Error>,
}

impl<W: Write> Write for Remembering<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.error.is_none() {
            match self.to.write(bytes) {
                Ok(0) if !bytes.is_empty() => self.error = Some(io::ErrorKind::WriteZero.into()),
                Ok(written) => return Ok(written),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
                Err(error) => self.error = Some(error),
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
