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
        let sign = if self.pico_usd < 0 { "-" } else { "" };
        let digits = format!("{:0>13}", self.pico_usd.unsigned_abs());
        let (whole, fraction) = digits.split_at(digits.len() - Self::SCALE);
        let fraction = fraction.trim_end_matches('0');
        if fraction.is_empty() { write!(f, "{sign}{whole}") } else { write!(f, "{sign}{whole}.{fraction}") }
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
