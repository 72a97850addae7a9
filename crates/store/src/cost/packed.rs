//! Sums as bytes: most of a group's thirty sums are zero, and a month of a thousand users is read in one go.
//!
//! Each number is a zigzag varint, so that a zero is one byte and a sum of dollars six or seven.

use crate::row::{ROLL_UP_COLUMNS, RollUp};

/// Sums as bytes.
pub(crate) fn pack(sums: RollUp) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(64);
    for sum in sums.to_columns() {
        let mut rest = ((sum << 1) ^ (sum >> 63)).cast_unsigned();
        loop {
            let low = u8::try_from(rest & 0x7f).unwrap_or(0);
            rest >>= 7;
            if rest == 0 {
                bytes.push(low);
                break;
            }
            bytes.push(low | 0x80);
        }
    }
    bytes
}

/// Sums column by column, for those that are added up by the hundred thousand.
pub(crate) type Columns = [i64; ROLL_UP_COLUMNS.len()];

/// Adds the sums that [`pack`] wrote; what is missing at the end is zero, so that new sums may be added there.
pub(crate) fn add(columns: &mut Columns, bytes: &[u8]) {
    let mut bytes = bytes.iter();
    for column in columns {
        let Some(&first) = bytes.next() else { return };
        // Most are zero.
        if first == 0 {
            continue;
        }
        let (mut value, mut shift, mut byte) = (u64::from(first & 0x7f), 7_u32, first);
        while byte & 0x80 != 0 {
            let Some(&next) = bytes.next() else { break };
            byte = next;
            value |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
            shift += 7;
        }
        *column = column.saturating_add((value >> 1).cast_signed() ^ -(value & 1).cast_signed());
    }
}

/// The sums that [`pack`] wrote.
pub(crate) fn unpack(bytes: &[u8]) -> RollUp {
    let mut columns = [0; ROLL_UP_COLUMNS.len()];
    add(&mut columns, bytes);
    RollUp::from_columns(columns)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn sums_come_back(drawn in proptest::collection::vec(any::<i64>(), ROLL_UP_COLUMNS.len())) {
            let mut columns = [0; ROLL_UP_COLUMNS.len()];
            columns.copy_from_slice(&drawn);
            let sums = RollUp::from_columns(columns);
            prop_assert_eq!(unpack(&pack(sums)), sums);
            prop_assert_eq!(pack(RollUp::default()).len(), ROLL_UP_COLUMNS.len());
        }
    }
}
