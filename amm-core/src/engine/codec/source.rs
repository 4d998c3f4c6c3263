//! Where bytes are read from.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::engine::codec::{Decode, DecodeError, Fault};

/// Bytes with a place in them.
#[derive(Clone, Debug)]
pub struct Source<'a> {
    bytes: &'a [u8],
    place: usize,
}

impl<'a> Source<'a> {
    /// From their beginning.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, place: 0 }
    }

    /// How many have been read.
    pub const fn at(&self) -> u64 {
        self.place as u64
    }

    /// Those that have not.
    pub fn rest(&self) -> &'a [u8] {
        &self.bytes[self.place..]
    }

    /// The next N.
    ///
    /// # Errors
    ///
    /// [`Fault::End`] if there are fewer.
    pub fn take<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let rest = self.rest();
        let Some(taken) = rest.first_chunk() else {
            return Err(Fault::End { needed: N as u64, left: rest.len() as u64 }.at(self.at()));
        };
        self.place += N;
        Ok(*taken)
    }

    /// All that were to be read have been.
    ///
    /// # Errors
    ///
    /// [`Fault::LeftOver`].
    pub fn finish(&self) -> Result<(), DecodeError> {
        match self.rest().len() as u64 {
            0 => Ok(()),
            left => Err(Fault::LeftOver { left }.at(self.at())),
        }
    }

    /// A value made of another that has been read.
    ///
    /// # Errors
    ///
    /// That of the value read, and that of `admit` with the place where it began.
    pub fn admit<T: Decode, U, E: Into<Fault>>(
        &mut self,
        admit: impl FnOnce(T) -> Result<U, E>,
    ) -> Result<U, DecodeError> {
        let at = self.at();
        let read = T::decode(self)?;
        admit(read).map_err(|error| error.into().at(at))
    }

    /// A magic word and a version.
    ///
    /// # Errors
    ///
    /// [`Fault::Magic`], [`Fault::Version`] and [`Fault::End`].
    pub fn header(
        &mut self,
        what: &'static str,
        magic: [u8; 8],
        known: u32,
    ) -> Result<(), DecodeError> {
        let at = self.at();
        if self.take::<8>()? != magic {
            return Err(Fault::Magic { what }.at(at));
        }
        let at = self.at();
        let got = u32::decode(self)?;
        if got == known { Ok(()) } else { Err(Fault::Version { what, got, known }.at(at)) }
    }

    /// A sequence of at most so many items, and no more than there are bytes.
    ///
    /// # Errors
    ///
    /// [`Fault::TooMany`] before any is read, and those of an item.
    pub fn list<T: Decode>(
        &mut self,
        what: &'static str,
        most: u32,
    ) -> Result<Vec<T>, DecodeError> {
        let count = self.count(what, most)?;
        let mut items = Vec::new();
        for _ in 0..count {
            items.push(T::decode(self)?);
        }
        Ok(items)
    }

    /// A map of at most so many entries, keys rising.
    ///
    /// # Errors
    ///
    /// [`Fault::TooMany`] before any is read, [`Fault::Unordered`], and those of an entry.
    pub fn map<K: Decode + Ord + Copy, V: Decode>(
        &mut self,
        what: &'static str,
        most: u32,
    ) -> Result<BTreeMap<K, V>, DecodeError> {
        let count = self.count(what, most)?;
        let mut entries = BTreeMap::new();
        let mut last = None;
        for _ in 0..count {
            let at = self.at();
            let key = K::decode(self)?;
            if last.is_some_and(|last| key <= last) {
                return Err(Fault::Unordered { what }.at(at));
            }
            entries.insert(key, V::decode(self)?);
            last = Some(key);
        }
        Ok(entries)
    }

    /// A count that may be followed by so many items.
    fn count(&mut self, what: &'static str, most: u32) -> Result<u32, DecodeError> {
        let at = self.at();
        let count = u32::decode(self)?;
        let left = self.rest().len() as u64;
        if count > most {
            Err(Fault::TooMany { what, count, most }.at(at))
        } else if u64::from(count) > left {
            // Every item has a byte or more.
            Err(Fault::End { needed: count.into(), left }.at(self.at()))
        } else {
            Ok(count)
        }
    }
}
