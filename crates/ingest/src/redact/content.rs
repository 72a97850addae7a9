//! Secrets and personal data within a text.

use std::ops::Range;

use regex::{Regex, RegexBuilder};

use super::{Counts, REDACTED};

/// Bytes that a compiled pattern, and its cache while matching, may take.
const PATTERN_LIMIT: usize = 1 << 20;

/// A kind of secret or personal data that is known by its looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Detector {
    /// Keys of well-known services, by the prefixes that these publish for secret scanning.
    ApiKey,
    /// What follows `Bearer`, and JSON web tokens anywhere (RFC 6750 §2.1, RFC 7519 §3).
    BearerToken,
    /// E-mail addresses.
    Email,
    /// Telephone numbers: with a country code (ITU-T E.164), or grouped as in North America.
    Phone,
    /// Numbers of payment cards: prefix and length of an issuer, and a right check digit (ISO/IEC 7812-1).
    PaymentCard,
}

impl Detector {
    /// Every detector, in the order of the enum.
    pub const ALL: [Self; 5] = [Self::ApiKey, Self::BearerToken, Self::Email, Self::Phone, Self::PaymentCard];

    /// A stable word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ApiKey => "api_key",
            Self::BearerToken => "bearer_token",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::PaymentCard => "payment_card",
        }
    }

    /// The detector of this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|detector| detector.as_str() == word)
    }

    /// Candidates; where there is a group, it is what is replaced.
    fn pattern(self) -> &'static str {
        match self {
            Self::ApiKey => concat!(
                r"\b(?:sk-[A-Za-z0-9_-]{20,}",                   // OpenAI, Anthropic, OpenRouter
                r"|lsv2_(?:pt|sk)_[A-Za-z0-9_]{20,}",            // LangSmith
                r"|(?:sk|pk)-lf-[A-Za-z0-9-]{20,}",              // Langfuse
                r"|gh[pousr]_[A-Za-z0-9]{30,}",                  // GitHub
                r"|github_pat_[A-Za-z0-9_]{22,}",                //
                r"|glpat-[A-Za-z0-9_-]{20,}",                    // GitLab
                r"|(?:AKIA|ASIA)[A-Z0-9]{16}\b",                 // Amazon Web Services
                r"|AIza[A-Za-z0-9_-]{35}",                       // Google
                r"|xox[abeoprs]-[A-Za-z0-9-]{10,}",              // Slack
                r"|xapp-[A-Za-z0-9-]{20,}",                      //
                r"|(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,}",    // Stripe
                r"|hf_[A-Za-z0-9]{30,}",                         // Hugging Face
                r"|gsk_[A-Za-z0-9]{20,}",                        // Groq
                r"|npm_[A-Za-z0-9]{36}",                         // npm
                r"|SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,})", // SendGrid
            ),
            Self::BearerToken => concat!(
                r"(?i:\bbearer)[ \t]+([A-Za-z0-9._~+/-]{8,}=*)",
                r"|\b(eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*)",
            ),
            Self::Email => r"[A-Za-z0-9._%+-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}",
            Self::Phone => concat!(
                r"\+[0-9](?:[ ().-]{0,2}[0-9]){7,14}\b",
                r"|\([0-9]{3}\) ?[0-9]{3}[-. ][0-9]{4}\b",
                r"|\b[0-9]{3}[-. ][0-9]{3}[-. ][0-9]{4}\b",
            ),
            Self::PaymentCard => r"[0-9](?:[ -]?[0-9]){12,}",
        }
    }
}

/// A rule about content.
#[derive(Debug, Clone)]
pub(super) struct Content {
    pattern: Regex,
    detector: Option<Detector>,
}

impl Content {
    pub(super) fn pattern(pattern: &str) -> Result<Self, String> {
        if pattern.is_empty() {
            return Err("the pattern is empty".to_owned());
        }
        Self::compile(pattern, None)
    }

    pub(super) fn detector(detector: Detector) -> Result<Self, String> {
        Self::compile(detector.pattern(), Some(detector))
    }

    fn compile(pattern: &str, detector: Option<Detector>) -> Result<Self, String> {
        let built =
            RegexBuilder::new(pattern).size_limit(PATTERN_LIMIT).dfa_size_limit(PATTERN_LIMIT).build();
        let pattern = built.map_err(|error| error.to_string())?;
        Ok(Self { pattern, detector })
    }

    /// Whether a number as a whole is such a thing.
    pub(super) fn is_number(&self, digits: &str) -> bool {
        let is_whole = |found: &Range<usize>| *found == (0..digits.len());
        self.detector == Some(Detector::PaymentCard) && self.find(digits).iter().any(is_whole)
    }

    /// What matches, in order and apart from each other.
    pub(super) fn find(&self, text: &str) -> Vec<Range<usize>> {
        let matches = self.pattern.captures_iter(text).flat_map(|found| {
            let Some(whole) = found.get(0) else { return Vec::new() };
            let group = (1..found.len()).find_map(|group| found.get(group)).map(|group| group.range());
            match self.detector {
                Some(Detector::PaymentCard) => cards(text, whole.range()),
                Some(Detector::BearerToken) => {
                    // "Bearer securities" is no token.
                    let group = group.unwrap_or_else(|| whole.range());
                    let token = &text[group.clone()];
                    let is_token = token.len() >= 20 || token.bytes().any(|byte| byte.is_ascii_digit());
                    is_token.then_some(group).into_iter().collect()
                }
                _ => vec![whole.range()],
            }
        });
        matches.filter(|range| !range.is_empty()).collect()
    }
}

/// The card numbers among digits that stand in groups.
fn cards(text: &str, candidate: Range<usize>) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    // Part of a longer word, of an id in groups, or of a decimal fraction.
    let joins = |at: Option<usize>, beyond: Option<usize>| {
        let byte = |at: Option<usize>| at.and_then(|at| bytes.get(at)).copied();
        match byte(at) {
            Some(b'-' | b'.') => byte(beyond).is_some_and(|byte| byte.is_ascii_alphanumeric()),
            Some(byte) => byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii(),
            None => false,
        }
    };
    let mut found = Vec::new();
    let mut start = candidate.start;
    while start < candidate.end {
        let starts_group = start == candidate.start || !is_digit(start - 1);
        if !is_digit(start) || !starts_group || joins(start.checked_sub(1), start.checked_sub(2)) {
            start += 1;
            continue;
        }
        let mut digits = Vec::new();
        let mut longest = None;
        for (at, byte) in bytes.iter().enumerate().take(candidate.end).skip(start) {
            if byte.is_ascii_digit() {
                digits.push(byte - b'0');
            }
            if digits.len() > 19 {
                break;
            }
            let ends_group = is_digit(at) && !is_digit(at + 1);
            if ends_group && !joins(Some(at + 1), Some(at + 2)) && is_card(&digits) {
                longest = Some(at + 1);
            }
        }
        match longest {
            Some(end) => {
                found.push(start..end);
                start = end;
            }
            None => start += 1,
        }
    }
    found
}

/// Prefix and length of an issuer, and a check digit by the formula of Luhn.
fn is_card(digits: &[u8]) -> bool {
    let prefix = |length: usize| {
        digits.iter().take(length).fold(0_u32, |number, digit| number * 10 + u32::from(*digit))
    };
    let is_issued = match digits.len() {
        13 => prefix(1) == 4,
        14 => matches!(prefix(2), 36 | 38 | 39) || matches!(prefix(3), 300..=305 | 309),
        15 => matches!(prefix(2), 34 | 37),
        16 => {
            matches!(prefix(1), 4)
                || matches!(prefix(2), 51..=55 | 62 | 65)
                || matches!(prefix(3), 644..=649)
                || matches!(prefix(4), 2221..=2720 | 3528..=3589 | 6011)
        }
        _ => false,
    };
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| match (place % 2, u32::from(*digit)) {
            (0, digit) => digit,
            (_, digit) => digit * 2 - if digit > 4 { 9 } else { 0 },
        })
        .sum();
    is_issued && sum.is_multiple_of(10)
}

/// A text in pieces between what is already redacted, which no rule looks at again.
pub(super) struct Pieces<'t>(Vec<&'t str>);

impl<'t> Pieces<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        Self(text.split(REDACTED).collect())
    }

    /// Each rule once, in order; `None` when none matches.
    pub(super) fn replace(mut self, contents: &[(usize, Content)], counts: &mut Counts) -> Option<String> {
        let before = self.0.len();
        for (rule, content) in contents {
            let mut next = Vec::with_capacity(self.0.len());
            for piece in &self.0 {
                let mut at = 0;
                for range in content.find(piece) {
                    counts.add(*rule);
                    next.push(&piece[at..range.start]);
                    at = range.end;
                }
                next.push(&piece[at..]);
            }
            self.0 = next;
        }
        (self.0.len() > before).then(|| self.0.join(REDACTED))
    }
}
