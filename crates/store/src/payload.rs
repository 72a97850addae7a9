//! How the records of a run stand in a block.
//!
//! An entry is the sequence of all records of one run. Entries of neighbouring runs of a trace share a block and are
//! compressed together, since an agent replays its history in every call and neighbours compress each other
//! (7.5 : 1 against 2.6 : 1 one by one). Layout of a record, integers in LEB128:
//! `format, operation, length of project + 1 or 0, project, length of bytes, bytes`.

use model::{Operation, RawFormat, RawRecord};

use crate::error::{Error, Result};

/// Bytes of a block before compression; a single larger entry gets a block of its own.
pub(crate) const BLOCK_BYTES: usize = 256 * 1024;

/// zstd level of blocks: the ratio of higher levels is not worth their time here.
const LEVEL: i32 = 1;

/// Appends the entry for these records.
pub(crate) fn encode_entry<'a>(records: impl IntoIterator<Item = &'a RawRecord>, out: &mut Vec<u8>) {
    for record in records {
        out.push(match record.format {
            RawFormat::OtlpSpan => 0,
            RawFormat::LangsmithRun => 1,
            RawFormat::OtlpLog => 2,
        });
        out.push(match record.operation {
            Operation::Create => 0,
            Operation::Whole => 1,
            Operation::Update => 2,
        });
        match &record.project {
            None => out.push(0),
            Some(project) => {
                put_length(project.len() + 1, out);
                out.extend_from_slice(project.as_bytes());
            }
        }
        put_length(record.bytes.len(), out);
        out.extend_from_slice(&record.bytes);
    }
}

/// Reads the entry back.
pub(crate) fn decode_entry(entry: &[u8]) -> Result<Vec<RawRecord>> {
    let mut rest = entry;
    let mut records = Vec::with_capacity(1);
    while !rest.is_empty() {
        let record =
            decode_record(&mut rest).ok_or_else(|| Error::Damaged("a payload entry is cut".to_owned()))?;
        records.push(record);
    }
    Ok(records)
}

fn decode_record(rest: &mut &[u8]) -> Option<RawRecord> {
    let format = match take(rest, 1)?[0] {
        0 => RawFormat::OtlpSpan,
        1 => RawFormat::LangsmithRun,
        2 => RawFormat::OtlpLog,
        _ => return None,
    };
    let operation = match take(rest, 1)?[0] {
        0 => Operation::Create,
        1 => Operation::Whole,
        2 => Operation::Update,
        _ => return None,
    };
    let project = match take_length(rest)?.checked_sub(1) {
        None => None,
        Some(length) => Some(String::from_utf8(take(rest, length)?.to_vec()).ok()?),
    };
    let length = take_length(rest)?;
    let bytes = take(rest, length)?.to_vec();
    Some(RawRecord { format, operation, project, bytes })
}

fn put_length(mut length: usize, out: &mut Vec<u8>) {
    loop {
        let low = u8::try_from(length & 0x7f).unwrap_or_default();
        length >>= 7;
        if length == 0 {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}

fn take_length(rest: &mut &[u8]) -> Option<usize> {
    let mut length = 0_usize;
    for shift in (0..usize::BITS).step_by(7) {
        let byte = take(rest, 1)?[0];
        length |= usize::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(length);
        }
    }
    None
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(length)?;
    *rest = left;
    Some(taken)
}

/// Compresses a block.
pub(crate) fn compress(raw: &[u8]) -> Vec<u8> {
    zstd::bulk::compress(raw, LEVEL).expect("compressing into memory cannot fail")
}

/// Reads a block back; `raw_bytes` is its size before compression.
pub(crate) fn decompress(data: &[u8], raw_bytes: usize) -> Result<Vec<u8>> {
    zstd::bulk::decompress(data, raw_bytes)
        .map_err(|error| Error::Damaged(format!("a payload block: {error}")))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_record() -> impl Strategy<Value = RawRecord> {
        (any::<bool>(), 0..3, proptest::option::of(".{0,8}"), proptest::collection::vec(any::<u8>(), 0..400))
            .prop_map(|(otlp, operation, project, bytes)| RawRecord {
                format: if otlp { RawFormat::OtlpSpan } else { RawFormat::LangsmithRun },
                operation: [Operation::Create, Operation::Whole, Operation::Update]
                    [usize::try_from(operation).unwrap()],
                project,
                bytes,
            })
    }

    proptest! {
        #[test]
        fn entries_round_trip_through_blocks(records in proptest::collection::vec(any_record(), 0..5)) {
            let mut raw = Vec::new();
            encode_entry(&records, &mut raw);
            let block = decompress(&compress(&raw), raw.len()).unwrap();
            prop_assert_eq!(decode_entry(&block).unwrap(), records);
        }

        #[test]
        fn a_damaged_entry_is_an_error_and_never_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = decode_entry(&bytes);
        }
    }
}
