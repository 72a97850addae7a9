//! Price of one token.

use std::fmt;

use model::Cost;

/// A price in 10⁻¹⁸ US dollars per token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Price {
    /// 10⁻¹⁸ US dollars; never negative.
    pub atto_usd: i64,
}

impl Price {
    /// Digits behind the point.
    const SCALE: usize = 18;
    /// Tokens that prices are shown for.
    const SHOWN_FOR: i128 = 1_000_000;

    /// Reads a decimal number of dollars per token (`0.000003`, `3e-6`). Nothing for what is no number, negative, above nine
    /// dollars a token, or finer than 10⁻¹⁸ dollars.
    pub fn parse_per_token(text: &str) -> Option<Self> {
        Self::parse(text, 0)
    }

    /// Reads a decimal number of dollars per million tokens (`3`, `0.0375`), as prices are shown and edited.
    pub fn parse_per_million(text: &str) -> Option<Self> {
        Self::parse(text, 6)
    }

    /// `text` divided by ten to the power of `divided`.
    fn parse(text: &str, divided: usize) -> Option<Self> {
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
        let significant = digits.trim_start_matches('0');
        if significant.is_empty() {
            return Some(Self::default());
        }
        let shift = i32::try_from(Self::SCALE - divided).ok()?.checked_add(exponent)?;
        let shift = shift.checked_sub(i32::try_from(fraction.len()).ok()?)?;
        let scaled = if shift >= 0 {
            let zeros = usize::try_from(shift).ok().filter(|zeros| *zeros < 32)?;
            format!("{significant}{}", "0".repeat(zeros))
        } else {
            let cut = usize::try_from(-shift).ok()?;
            let kept = significant.len().checked_sub(cut)?;
            let (kept, lost) = significant.split_at(kept);
            if kept.is_empty() || lost.bytes().any(|digit| digit != b'0') {
                return None;
            }
            kept.to_owned()
        };
        scaled.parse().ok().map(|atto_usd| Self { atto_usd })
    }

    /// The decimal number of dollars per token, without trailing zeros.
    pub fn per_token(self) -> String {
        decimal(i128::from(self.atto_usd), Self::SCALE)
    }

    /// The decimal number of dollars per million tokens, without trailing zeros.
    pub fn per_million(self) -> String {
        decimal(i128::from(self.atto_usd) * Self::SHOWN_FOR, Self::SCALE)
    }

    /// What so many tokens cost, rounded half up to 10⁻¹² dollars.
    pub fn times(self, tokens: u64) -> Cost {
        cost_of(i128::from(self.atto_usd) * i128::from(tokens))
    }

    /// What so many tokens at this price cost more than at `other`; negative when they cost less.
    pub fn difference(self, other: Self, tokens: u64) -> Cost {
        cost_of((i128::from(self.atto_usd) - i128::from(other.atto_usd)) * i128::from(tokens))
    }
}

/// 10⁻¹⁸ dollars as a cost.
fn cost_of(atto_usd: i128) -> Cost {
    const ATTO_IN_PICO: i128 = 1_000_000;
    let rounded = (atto_usd + ATTO_IN_PICO / 2).div_euclid(ATTO_IN_PICO);
    let most = if rounded < 0 { i64::MIN } else { i64::MAX };
    Cost { pico_usd: i64::try_from(rounded).unwrap_or(most) }
}

fn decimal(units: i128, scale: usize) -> String {
    let digits = format!("{units:0>width$}", width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") }
}

/// Dollars per million tokens.
impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.per_million())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_exact_in_both_units() {
        for (per_token, per_million) in [
            ("0.000003", "3"),
            ("0.0000000375", "0.0375"),
            ("1.25e-7", "0.125"),
            ("0", "0"),
            ("0.000000000000000001", "0.000000000001"),
            ("1", "1000000"),
        ] {
            let price = Price::parse_per_token(per_token).unwrap();
            assert_eq!(price.per_million(), per_million);
            assert_eq!(Price::parse_per_million(per_million), Some(price));
            assert_eq!(Price::parse_per_token(&price.per_token()), Some(price));
        }
    }

    #[test]
    fn what_is_no_price_is_none() {
        for text in ["", "abc", "-1", "NaN", "inf", "1e30", "10", ".", "1e-19", "0.0000000000000000011", "$3"]
        {
            assert_eq!(Price::parse_per_token(text), None, "{text}");
        }
    }

    #[test]
    fn a_product_is_rounded_half_up_once() {
        let price = Price::parse_per_token("0.0000000000005").unwrap();
        assert_eq!((price.times(1).pico_usd, price.times(2).pico_usd, price.times(3).pico_usd), (1, 1, 2));
        assert_eq!(Price { atto_usd: i64::MAX }.times(u64::MAX).pico_usd, i64::MAX);
    }
}
