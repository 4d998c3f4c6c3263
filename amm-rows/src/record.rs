//! Records: where each begins and ends in a run of bytes, and its fields.
//!
//! The format is RFC 4180 with LF or CRLF: a field that begins with a quote runs to its closing
//! quote, a doubled quote inside it stands for one, and what follows the closing quote up to the
//! comma belongs to the field as it is. A line that begins with `#` where a record could begin is
//! a comment. Finding where records end is apart from reading them, so that a file can be cut
//! into blocks by one thread and read by others.

use memchr::{memchr, memchr2, memrchr};
use std::borrow::Cow;

/// How many of the first bytes of `text` are whole records.
pub(crate) fn whole(text: &[u8]) -> usize {
    if memchr(b'"', text).is_none() {
        return memrchr(b'\n', text).map_or(0, |newline| newline + 1);
    }
    let mut at = 0;
    while let Some(length) = length(&text[at..]) {
        at += length;
    }
    at
}

/// The first record of `text`: its bytes without the line's end, and the bytes after it.
///
/// The last record of a file may lack its newline.
pub fn first(text: &[u8]) -> Option<(&[u8], &[u8])> {
    if text.is_empty() {
        return None;
    }
    let (record, rest) = text.split_at(length(text).unwrap_or(text.len()));
    let record = record.strip_suffix(b"\n").unwrap_or(record);
    Some((record.strip_suffix(b"\r").unwrap_or(record), rest))
}

/// Whether a record is a comment or nothing but space.
pub fn is_skipped(record: &[u8]) -> bool {
    record.first() == Some(&b'#') || record.trim_ascii().is_empty()
}

/// The fields of a record as they stand, quotes and all.
pub fn fields(record: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(record);
    std::iter::from_fn(move || {
        let text = rest?;
        let end = field_end(text, |text| memchr(b',', text)).unwrap_or(text.len());
        rest = text.get(end + 1..);
        Some(&text[..end])
    })
}

/// Writes a record with as many fields as the header has: what is over is cut, what lacks is empty,
/// and a quote never closed is.
pub fn write_csv(record: &[u8], width: usize, out: &mut Vec<u8>) {
    let given = fields(record).count();
    if given == width && !is_unclosed(record) {
        out.extend_from_slice(record);
        return;
    }
    for (at, field) in fields(record).take(width).enumerate() {
        out.extend_from_slice(if at > 0 { b"," } else { b"" });
        out.extend_from_slice(field);
        if is_unclosed(field) {
            out.push(b'"');
        }
    }
    out.extend(std::iter::repeat_n(b',', width.saturating_sub(given)));
}

/// Whether the record's last quote was opened and never closed.
pub fn is_unclosed(record: &[u8]) -> bool {
    fields(record)
        .last()
        .is_some_and(|field| field.first() == Some(&b'"') && closing_quote(field).is_none())
}

/// What a field says: without its quotes, each doubled quote as one.
pub fn unquote(field: &[u8]) -> Cow<'_, [u8]> {
    if field.first() != Some(&b'"') {
        return Cow::Borrowed(field);
    }
    let close = closing_quote(field).unwrap_or(field.len());
    let (inside, after) = (&field[1..close], field.get(close + 1..).unwrap_or(&[]));
    if after.is_empty() && memchr(b'"', inside).is_none() {
        return Cow::Borrowed(inside);
    }
    let mut text = Vec::with_capacity(field.len());
    let mut quotes = 0;
    for &byte in inside {
        quotes = if byte == b'"' { quotes + 1 } else { 0 };
        if quotes != 2 {
            text.push(byte);
        } else {
            quotes = 0;
        }
    }
    text.extend_from_slice(after);
    Cow::Owned(text)
}

/// Bytes of the first record with its line's end, or `None` if the end is not there.
fn length(text: &[u8]) -> Option<usize> {
    if text.first() == Some(&b'#') {
        return memchr(b'\n', text).map(|newline| newline + 1);
    }
    let mut at = 0;
    loop {
        at += field_end(&text[at..], |text| memchr2(b',', b'\n', text))? + 1;
        if text[at - 1] == b'\n' {
            return Some(at);
        }
    }
}

/// Where `stop` first finds its byte outside the quotes that `text` may begin with.
fn field_end(text: &[u8], stop: impl Fn(&[u8]) -> Option<usize>) -> Option<usize> {
    let quoted = if text.first() == Some(&b'"') { closing_quote(text)? + 1 } else { 0 };
    stop(&text[quoted..]).map(|end| quoted + end)
}

/// Where the quote that `field` begins with is closed.
fn closing_quote(field: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        at += memchr(b'"', field.get(at..)?)?;
        if field.get(at + 1) != Some(&b'"') {
            return Some(at);
        }
        at += 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &[u8]) -> Vec<Vec<Vec<u8>>> {
        let (mut rest, mut records) = (text, Vec::new());
        while let Some((record, after)) = first(rest) {
            rest = after;
            if !is_skipped(record) {
                records.push(fields(record).map(|field| unquote(field).into_owned()).collect());
            }
        }
        records
    }

    #[test]
    fn quotes_may_hold_commas_newlines_and_quotes() {
        let text = b"a,\"b,\n\"\"c\"\"\",d\r\n# not \"a row\n\ne,\"f\"g,\n";
        let want: [&[&[u8]]; 2] = [&[b"a", b"b,\n\"c\"", b"d"], &[b"e", b"fg", b""]];
        assert_eq!(read(text), want);
        assert_eq!(whole(text), text.len());
    }

    #[test]
    fn a_quote_left_open_takes_the_rest() {
        let text = b"a,\"b\nc\n";
        assert_eq!(whole(text), 0);
        assert!(is_unclosed(first(text).unwrap().0));
        assert!(!is_unclosed(b"a,\"b\"\"\",c"));
    }

    proptest! {
        /// The `csv` crate, a parser of its own, reads the same records.
        #[test]
        fn as_the_csv_crate_reads(text in "(a|#|\"|\"\"|,|0| |\n|\r\n){0,40}\n") {
            // A quote left open is an error here, and text to the end of the file there.
            prop_assume!(whole(text.as_bytes()) == text.len());
            let mut peer = csv::ReaderBuilder::new();
            peer.has_headers(false).flexible(true).comment(Some(b'#'));
            let want: Vec<Vec<Vec<u8>>> = peer
                .from_reader(text.as_bytes())
                .byte_records()
                .map(|record| record.unwrap().iter().map(<[u8]>::to_vec).collect::<Vec<_>>())
                .filter(|record: &Vec<Vec<u8>>| record.len() > 1 || !record[0].trim_ascii().is_empty())
                .collect();
            let have: Vec<_> = read(text.as_bytes())
                .into_iter()
                .filter(|record| record.len() > 1 || !record[0].trim_ascii().is_empty())
                .collect();
            prop_assert_eq!(have, want);
        }

        /// A cut falls between records: the parts read as the whole does.
        #[test]
        fn a_cut_changes_nothing(text in "(a|#|\"|\"\"|,|\n|\r\n){0,40}", at in 0usize..60) {
            let bytes = text.as_bytes();
            let cut = whole(&bytes[..at.min(bytes.len())]);
            let mut parts = read(&bytes[..cut]);
            parts.extend(read(&bytes[cut..]));
            prop_assert_eq!(parts, read(bytes));
        }
    }
}
