//! Token counts of a run, by class.

/// Tokens that a run used. `None` is "not known", which is not zero.
///
/// `input` holds all input tokens, cached ones included; `output` all output tokens, reasoning included. The other
/// classes are parts of these two and never added to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
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
}

impl Usage {
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
            return Self::default();
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
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cache_counts_beside_the_input_are_added_once() {
        let sent = Usage {
            input: Some(30),
            output: Some(25),
            cache_read: Some(200),
            cache_creation: Some(100),
            ..Usage::default()
        };
        assert_eq!(sent.normalised(false).input, Some(330));
        assert_eq!(sent.normalised(true).input, Some(330));
        let inclusive = Usage { input: Some(40), output: Some(12), cache_read: Some(16), ..Usage::default() };
        assert_eq!(inclusive.normalised(false), inclusive);
    }

    #[test]
    fn zero_and_zero_is_unknown() {
        let sent = Usage { input: Some(0), output: Some(0), ..Usage::default() };
        assert!(sent.normalised(false).is_empty());
        assert_eq!(Usage { total: Some(7), ..Usage::default() }.total(), Some(7));
    }
}
