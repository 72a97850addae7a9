//! Token counts of a run, by class.

use crate::{TokenClass, TokenSide};

/// Tokens that a run used. `None` is "not known", which is not zero.
///
/// `input` holds all input tokens, cached ones included; `output` all output tokens, reasoning included. The other
/// classes are parts of these two and never added to them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Usage {
    /// All tokens of the prompt, those read from or written to a cache included.
    pub input: Option<u64>,
    /// All generated tokens, reasoning included.
    pub output: Option<u64>,
    /// The sum as sent, used only where the parts are unknown.
    pub total: Option<u64>,
    /// Part of `input` that was read from a cache.
    pub cache_read: Option<u64>,
    /// Part of `input` that was written to a cache, all lifetimes together.
    pub cache_creation: Option<u64>,
    /// Part of `output` that was spent on reasoning.
    pub reasoning: Option<u64>,
    /// Finer classes, where they are told.
    pub details: TokenDetails,
    /// Whether a count of a side was sent that cannot be meant, and was left out: what is known is not everything.
    pub rejected: bool,
}

/// Counts of token classes beyond the sums that [`Usage`] names: lifetimes of a cache, audio, image, tiers. Each class
/// once, the most specific first; none is zero.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TokenDetails(Vec<(TokenClass, u64)>);

impl TokenDetails {
    /// The count of a class.
    pub fn get(&self, class: TokenClass) -> Option<u64> {
        self.0.iter().find(|(known, _)| *known == class).map(|(_, count)| *count)
    }

    /// Sets the count of a class; zero takes it out. `cache_read`, `cache_creation` and `reasoning` without tier or
    /// lifetime are what remains of the sums of [`Usage`], and are not kept here.
    pub fn set(&mut self, class: TokenClass, count: u64) {
        self.0.retain(|(known, _)| *known != class);
        let is_remainder =
            matches!(class, TokenClass::CacheRead | TokenClass::CacheCreation | TokenClass::Reasoning);
        if count > 0 && !is_remainder {
            let at = self.0.partition_point(|(known, _)| *known < class);
            self.0.insert(at, (class, count));
        }
    }

    /// Every class that is told.
    pub fn iter(&self) -> impl Iterator<Item = (TokenClass, u64)> + '_ {
        self.0.iter().copied()
    }

    /// Whether no class is told.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The sum over the classes that fit; `None` where there is none.
    fn sum(&self, fits: impl Fn(TokenClass) -> bool) -> Option<u64> {
        self.iter().filter(|(class, _)| fits(*class)).map(|(_, count)| count).reduce(u64::saturating_add)
    }
}

impl FromIterator<(TokenClass, u64)> for TokenDetails {
    fn from_iter<I: IntoIterator<Item = (TokenClass, u64)>>(counts: I) -> Self {
        let mut details = Self::default();
        for (class, count) in counts {
            details.set(class, count);
        }
        details
    }
}

impl Usage {
    /// The most tokens of one run that can be meant: a hundred times what the longest context holds. A count above it is
    /// no count, so it is left out and the cost of the run is not known.
    pub const MOST_TOKENS: u64 = 1_000_000_000;

    /// Without counts that cannot be meant.
    #[must_use]
    pub fn checked(mut self) -> Self {
        let absurd = |count: &Option<u64>| count.is_some_and(|count| count > Self::MOST_TOKENS);
        self.rejected |= [&self.input, &self.output, &self.total].into_iter().any(absurd);
        for count in [
            &mut self.input,
            &mut self.output,
            &mut self.total,
            &mut self.cache_read,
            &mut self.cache_creation,
            &mut self.reasoning,
        ] {
            *count = count.filter(|count| *count <= Self::MOST_TOKENS);
        }
        if self.details.iter().any(|(_, count)| count > Self::MOST_TOKENS) {
            self.details = self.details.iter().filter(|(_, count)| *count <= Self::MOST_TOKENS).collect();
        }
        self
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Input plus output where either is known, else the sum as sent.
    pub fn total(&self) -> Option<u64> {
        match (self.input, self.output) {
            (None, None) => self.total,
            (input, output) => Some(input.unwrap_or(0).saturating_add(output.unwrap_or(0))),
        }
    }

    /// Brings counts of any producer into the shape documented on this type (`otel-genai.md` D, "normalise"):
    /// both counts zero means unknown, and cached tokens that a producer counts beside the input are added to it.
    #[must_use]
    pub fn normalised(mut self, input_excludes_cache: bool) -> Self {
        if self.input == Some(0) && self.output == Some(0) {
            return Self { rejected: self.rejected, ..Self::default() };
        }
        let cached = self.cache_read.unwrap_or(0).saturating_add(self.cache_creation.unwrap_or(0));
        if cached > 0 && (input_excludes_cache || cached > self.input.unwrap_or(0)) {
            self.input = Some(self.input.unwrap_or(0).saturating_add(cached));
        }
        self
    }

    /// Takes each class from `self`, else from `other`.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            input: self.input.or(other.input),
            output: self.output.or(other.output),
            total: self.total.or(other.total),
            cache_read: self.cache_read.or(other.cache_read),
            cache_creation: self.cache_creation.or(other.cache_creation),
            reasoning: self.reasoning.or(other.reasoning),
            details: if self.details.is_empty() { other.details } else { self.details },
            rejected: self.rejected || other.rejected,
        }
    }

    /// The counts of every class of a side as one input tells them, by the names of its details: the sums follow from
    /// the classes where the input leaves them out. A class that is not known stays in the remainder of its side.
    #[must_use]
    pub fn with_details(mut self, counts: impl IntoIterator<Item = (TokenClass, u64)>) -> Self {
        let counts: Vec<(TokenClass, u64)> = counts.into_iter().collect();
        let told = |class| counts.iter().find(|(known, _)| *known == class).map(|(_, count)| *count);
        self.details = counts.iter().copied().collect();
        let sum = |plain: Option<u64>, finer: Option<u64>| match (plain, finer) {
            (Some(plain), Some(finer)) => Some(plain.max(finer)),
            (plain, finer) => plain.or(finer),
        };
        // A sum that is told beside its lifetimes holds them; tiered and plain reads stand side by side.
        self.cache_read = self.cache_read.or_else(|| {
            let finer = self.details.sum(TokenClass::is_cache_read);
            match (told(TokenClass::CacheRead), finer) {
                (Some(plain), Some(finer)) => Some(plain.saturating_add(finer)),
                (plain, finer) => plain.or(finer),
            }
        });
        self.cache_creation = self.cache_creation.or_else(|| {
            sum(told(TokenClass::CacheCreation), self.details.sum(TokenClass::is_cache_creation))
        });
        self.reasoning = self
            .reasoning
            .or_else(|| sum(told(TokenClass::Reasoning), self.details.sum(TokenClass::is_reasoning)));
        self
    }

    /// All tokens of a side.
    pub fn of_side(&self, side: TokenSide) -> Option<u64> {
        match side {
            TokenSide::Input => self.input,
            TokenSide::Output => self.output,
        }
    }

    /// Every class of a side with its count, the most specific first: the details, and of the sums what the details
    /// leave.
    pub fn classes(&self, side: TokenSide) -> Vec<(TokenClass, u64)> {
        let mut classes: Vec<(TokenClass, u64)> =
            self.details.iter().filter(|(class, _)| class.side() == side).collect();
        let rest = |sum: Option<u64>, fits: fn(TokenClass) -> bool| {
            sum.unwrap_or(0).saturating_sub(self.details.sum(fits).unwrap_or(0))
        };
        let remainders = match side {
            TokenSide::Input => vec![
                (TokenClass::CacheRead, rest(self.cache_read, TokenClass::is_cache_read)),
                (TokenClass::CacheCreation, rest(self.cache_creation, TokenClass::is_cache_creation)),
            ],
            TokenSide::Output => {
                vec![(TokenClass::Reasoning, rest(self.reasoning, TokenClass::is_reasoning))]
            }
        };
        classes.extend(remainders.into_iter().filter(|(_, count)| *count > 0));
        classes.sort_by_key(|(class, _)| *class);
        classes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_follow_from_the_classes_and_keep_what_the_classes_leave() {
        let usage = Usage { input: Some(1000), output: Some(90), ..Usage::default() }.with_details([
            (TokenClass::CacheRead, 300),
            (TokenClass::CacheCreation5m, 50),
            (TokenClass::CacheCreation1h, 20),
            (TokenClass::InputAudio, 7),
            (TokenClass::Reasoning, 40),
        ]);
        assert_eq!(
            (usage.cache_read, usage.cache_creation, usage.reasoning),
            (Some(300), Some(70), Some(40))
        );
        assert_eq!(
            usage.classes(TokenSide::Input),
            [
                (TokenClass::CacheRead, 300),
                (TokenClass::CacheCreation1h, 20),
                (TokenClass::CacheCreation5m, 50),
                (TokenClass::InputAudio, 7),
            ]
        );
        assert_eq!(usage.classes(TokenSide::Output), [(TokenClass::Reasoning, 40)]);
    }

    #[test]
    fn cache_counts_beside_the_input_are_added_once() {
        let sent = Usage {
            input: Some(30),
            output: Some(25),
            cache_read: Some(200),
            cache_creation: Some(100),
            ..Usage::default()
        };
        assert_eq!(sent.clone().normalised(false).input, Some(330));
        assert_eq!(sent.normalised(true).input, Some(330));
        let inclusive = Usage { input: Some(40), output: Some(12), cache_read: Some(16), ..Usage::default() };
        assert_eq!(inclusive.clone().normalised(false), inclusive);
    }

    #[test]
    fn counts_that_cannot_be_meant_are_left_out_and_known_to_be() {
        let sent = Usage {
            input: Some(u64::MAX / 2),
            output: Some(7),
            cache_read: Some(Usage::MOST_TOKENS + 1),
            ..Usage::default()
        };
        assert_eq!(sent.checked(), Usage { output: Some(7), rejected: true, ..Usage::default() });
        let most = Usage { input: Some(Usage::MOST_TOKENS), ..Usage::default() };
        assert_eq!(most.clone().checked(), most);
    }

    #[test]
    fn zero_and_zero_is_unknown() {
        let sent = Usage { input: Some(0), output: Some(0), ..Usage::default() };
        assert!(sent.normalised(false).is_empty());
        assert_eq!(Usage { total: Some(7), ..Usage::default() }.total(), Some(7));
    }
}
