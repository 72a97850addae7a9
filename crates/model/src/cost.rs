//! Money, exact.

use std::fmt;

/// A cost in 10⁻¹² US dollars. Integer, since floating point cannot add up a month of cents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Cost {
    /// 10⁻¹² US dollars; up to about nine million dollars.
    pub pico_usd: i64,
}

impl Cost {
    /// Digits behind the point.
    const SCALE: usize = 12;
    /// The longest decimal number: sign, seven digits, point and those behind it.
    pub const MOST_CHARS: usize = 9 + Self::SCALE;

    /// The exact decimal number, without zeros at its end, written into `room`.
    pub fn decimal(self, room: &mut [u8; Self::MOST_CHARS]) -> &str {
        const UNIT: u64 = 1_000_000_000_000;
        let digit = |number: u64| b'0' + u8::try_from(number % 10).unwrap_or(0);
        let mut at = room.len();
        let mut put = |byte: u8| {
            at -= 1;
            room[at] = byte;
        };
        let amount = self.pico_usd.unsigned_abs();
        let (mut whole, mut fraction) = (amount / UNIT, amount % UNIT);
        let mut digits = Self::SCALE;
        if fraction > 0 {
            while fraction.is_multiple_of(10) {
                fraction /= 10;
                digits -= 1;
            }
            for _ in 0..digits {
                put(digit(fraction));
                fraction /= 10;
            }
            put(b'.');
        }
        loop {
            put(digit(whole));
            whole /= 10;
            if whole == 0 {
                break;
            }
        }
        if self.pico_usd < 0 {
            put(b'-');
        }
        // Only ASCII was put.
        str::from_utf8(&room[at..]).unwrap_or_default()
    }

    /// Reads a decimal number (`0.000095`, `1.2e-5`). Digits beyond 10⁻¹² are cut; what is not a finite,
    /// non-negative number of at most nine million is `None`.
    pub fn parse_usd(text: &str) -> Option<Self> {
        let text = text.trim();
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = [whole.strip_prefix('+').unwrap_or(whole), fraction].concat();
        if digits.is_empty() || digits.len() > 60 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let shift = i32::try_from(Self::SCALE)
            .ok()?
            .checked_add(exponent)?
            .checked_sub(i32::try_from(fraction.len()).ok()?)?;
        let significant = digits.trim_start_matches('0');
        if significant.is_empty() {
            return Some(Self::default());
        }
        let scaled = if shift >= 0 {
            let zeros = usize::try_from(shift).ok().filter(|zeros| *zeros < 32)?;
            format!("{significant}{}", "0".repeat(zeros))
        } else {
            let cut = usize::try_from(-shift).ok()?;
            significant.get(..significant.len().saturating_sub(cut)).unwrap_or("").to_owned()
        };
        if scaled.is_empty() {
            return Some(Self::default());
        }
        scaled.parse().ok().map(|pico_usd| Self { pico_usd })
    }
}

/// The decimal number of dollars, without trailing zeros.
impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.decimal(&mut [0; Self::MOST_CHARS]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact() {
        for (text, shown) in [
            ("0.000095", "0.000095"),
            ("1.2e-5", "0.000012"),
            ("3E2", "300"),
            ("0", "0"),
            ("0.0", "0"),
            ("12.5000", "12.5"),
            ("0.0000000000019", "0.000000000001"),
        ] {
            assert_eq!(Cost::parse_usd(text).unwrap().to_string(), shown, "{text}");
        }
    }

    #[test]
    fn what_is_not_a_cost_is_none() {
        for text in ["", "abc", "-1", "NaN", "inf", "1e30", "1e999999999999", "."] {
            assert_eq!(Cost::parse_usd(text), None, "{text}");
        }
    }
}
