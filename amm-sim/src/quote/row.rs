//! One row of an answer, as CSV or as JSON.

use super::header::{Header, WRITES};
use super::session::Answer;
use amm_core::num::decimal::shortest;
use amm_core::num::{Amount, Real, Vol};
use amm_rows::{Format, json_text, record};

/// What is written after the input's own cells.
#[derive(Debug, Default)]
pub(super) struct Cells([Option<String>; WRITES.len()]);

impl Cells {
    /// Of a step that was done.
    pub(super) fn answered(answer: &Answer) -> Self {
        let mut cells = Self::refused(answer.gain_max, None);
        if let Some(priced) = &answer.priced {
            let (parts, vol) =
                (&priced.traded.parts, |vol: Option<Vol>| vol.map(|vol| vol.to_string()));
            let exact = |money: Real| Amount::from(money).to_string();
            let texts = [
                Some(parts.base.to_string()),
                Some(exact(parts.skew)),
                Some(exact(parts.flow)),
                Some(parts.spread.to_string()),
                Some(parts.fee.to_string()),
                Some(priced.traded.total.to_string()),
                Some(priced.base.to_string()),
                vol(priced.before),
                vol(priced.after),
                vol(priced.paid),
            ];
            for (cell, text) in cells.0.iter_mut().zip(texts) {
                *cell = text;
            }
        }
        cells
    }

    /// Of a step that was not, with the reason.
    pub(super) fn refused(gain_max: Real, reason: Option<String>) -> Self {
        let mut cells = Self::default();
        let [.., gain, error] = &mut cells.0;
        (*gain, *error) = (Some(shortest(gain_max).to_string()), reason);
        cells
    }

    /// Writes a row: the input's fields, as many as the header has, and these.
    pub(super) fn write(&self, format: Format, header: &Header, record: &[u8], out: &mut Vec<u8>) {
        match format {
            Format::Csv => {
                record::write_csv(record, header.width, out);
                for cell in &self.0 {
                    out.push(b',');
                    let text = cell.as_deref().unwrap_or_default();
                    if text.contains([',', '"', '\n', '\r']) {
                        out.push(b'"');
                        out.extend_from_slice(text.replace('"', "\"\"").as_bytes());
                        out.push(b'"');
                    } else {
                        out.extend_from_slice(text.as_bytes());
                    }
                }
                out.push(b'\n');
            }
            Format::Json => {
                let mut fields = record::fields(record);
                let (own, added) = header.keys.split_at(header.width);
                for key in own {
                    out.extend_from_slice(key);
                    let field = fields.next().map(record::unquote);
                    json_text(&String::from_utf8_lossy(field.as_deref().unwrap_or(&[])), out);
                }
                for (key, cell) in added.iter().zip(&self.0) {
                    out.extend_from_slice(key);
                    match cell {
                        Some(text) => json_text(text, out),
                        None => out.extend_from_slice(b"null"),
                    }
                }
                out.extend_from_slice(b"}\n");
            }
        }
    }
}
