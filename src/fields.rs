//! Fields, one after another: `tag u16 | length u32 | bytes`. Properties of tables and edits of `VERSIONS` consist of
//! them. A reader passes over a field that it does not know, and over what a later version appended to one that it
//! knows.

use std::collections::TryReserveError;

use crate::rest::Rest;

/// From here on a field that is not known must not be passed over.
pub(crate) const MUST_BE_KNOWN: u16 = 0x8000;

/// The fields in some bytes, each with its tag; `None` where there is no whole field, and nothing after it.
pub(crate) struct Fields<'b>(Rest<'b>);

impl<'b> Fields<'b> {
    pub(crate) fn of(bytes: &'b [u8]) -> Self {
        Self(Rest(bytes))
    }

    fn read(&mut self) -> Option<(u16, Rest<'b>)> {
        let (tag, length) = (self.0.u16()?, self.0.u32()?);
        Some((tag, Rest(self.0.take(length as usize)?)))
    }
}

impl<'b> Iterator for Fields<'b> {
    type Item = Option<(u16, Rest<'b>)>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.read();
        if field.is_none() {
            self.0 = Rest(&[]);
        }
        Some(field)
    }
}

/// Appends the field that consists of `parts`.
pub(crate) fn append(bytes: &mut Vec<u8>, tag: u16, parts: &[&[u8]]) -> Result<(), TryReserveError> {
    let length = parts.iter().map(|part| part.len()).sum::<usize>();
    bytes.try_reserve(6 + length)?;
    bytes.extend_from_slice(&tag.to_le_bytes());
    bytes.extend_from_slice(&(length as u32).to_le_bytes());
    for part in parts {
        bytes.extend_from_slice(part);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Fields, append};

    #[test]
    fn fields_come_back_up_to_where_one_is_cut() {
        let mut bytes = Vec::new();
        append(&mut bytes, 7, &[b"ab", b"c"]).unwrap();
        append(&mut bytes, 0x8001, &[]).unwrap();
        let read = |bytes| Fields::of(bytes).map(|field| field.map(|(tag, rest)| (tag, rest.0))).collect::<Vec<_>>();
        assert_eq!(read(&bytes), [Some((7, &b"abc"[..])), Some((0x8001, &b""[..]))]);
        for cut in 10..bytes.len() {
            assert_eq!(read(&bytes[..cut]), [Some((7, &b"abc"[..])), None]);
        }
        assert_eq!(read(&bytes[..8]), [None]);
        assert_eq!(read(b""), []);
    }
}
