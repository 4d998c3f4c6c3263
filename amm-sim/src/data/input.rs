//! Bytes of a file, as they are or unzipped, and how far they have been read.

use amm_rows::Failure;
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A file that is being read: gzip is told by its first bytes, not by its name.
pub struct Input {
    /// What messages call it.
    pub(super) file: String,
    /// Its size on the disk, if that is known.
    pub size: Option<u64>,
    /// Plain bytes.
    pub(super) bytes: Box<dyn BufRead + Send>,
    read: Arc<AtomicU64>,
}

/// Bytes fetched at once.
const CHUNK: usize = 1 << 16;

impl Input {
    /// Opens a file; `-` is standard input.
    ///
    /// # Errors
    ///
    /// [`Failure::Read`].
    pub fn open(path: &Path) -> Result<Self, Failure> {
        if path.as_os_str() == "-" {
            return Self::new(io::stdin(), "<stdin>");
        }
        let name = path.display().to_string();
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) => return Err(Failure::Read { file: name, error }),
        };
        let size = file.metadata().ok().map(|metadata| metadata.len());
        Ok(Self { size, ..Self::new(file, &name)? })
    }

    /// Reads from anywhere; messages call it `file`.
    ///
    /// # Errors
    ///
    /// [`Failure::Read`] if not even the first bytes can be.
    pub fn new(bytes: impl Read + Send + 'static, file: &str) -> Result<Self, Failure> {
        let read = Arc::new(AtomicU64::new(0));
        let counted = Counted { bytes, read: Arc::clone(&read) };
        let mut bytes = BufReader::with_capacity(CHUNK, counted);
        let unreadable = |error| Failure::Read { file: file.to_owned(), error };
        let zipped = bytes.fill_buf().map_err(unreadable)?.starts_with(&[0x1f, 0x8b]);
        let bytes: Box<dyn BufRead + Send> = if zipped {
            Box::new(BufReader::with_capacity(CHUNK, MultiGzDecoder::new(bytes)))
        } else {
            Box::new(bytes)
        };
        Ok(Self { file: file.to_owned(), size: None, bytes, read })
    }

    /// How many bytes of it, as it is on the disk, have been fetched so far.
    pub(super) fn gauge(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.read)
    }
}

impl std::fmt::Debug for Input {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Input").field("file", &self.file).finish_non_exhaustive()
    }
}

/// Counts what passes through.
struct Counted<R> {
    bytes: R,
    read: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.bytes.read(into)?;
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::{Cursor, Write};

    fn text(bytes: Vec<u8>) -> io::Result<String> {
        let mut text = String::new();
        let mut input = Input::new(Cursor::new(bytes), "a").unwrap();
        input.bytes.read_to_string(&mut text).map(|_| text)
    }

    #[test]
    fn gzip_is_told_by_its_bytes_and_its_parts_are_joined() {
        let zip = |text: &str| {
            let mut zipped = GzEncoder::new(Vec::new(), Compression::default());
            zipped.write_all(text.as_bytes()).unwrap();
            zipped.finish().unwrap()
        };
        assert_eq!(text(b"plain".to_vec()).unwrap(), "plain");
        let parts = [zip("one "), zip("two")].concat();
        assert_eq!(text(parts.clone()).unwrap(), "one two");
        let cut = parts[..parts.len() - 3].to_vec();
        assert_eq!(text(cut).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }
}
