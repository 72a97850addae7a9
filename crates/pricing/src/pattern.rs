//! The pattern of an own entry. Most name one model or begin with one, so that of thousands only a few are tried.

use std::sync::OnceLock;

use regex::Regex;

/// A regular expression that is searched in the name of a model, made when it is first asked.
#[derive(Debug, Clone)]
pub(crate) struct Pattern {
    text: String,
    /// What every name that fits begins with; may be empty.
    start: String,
    /// Whether only `start` itself fits.
    is_literal: bool,
    regex: OnceLock<Option<Regex>>,
}

impl Pattern {
    /// A pattern that is known to be one.
    pub(crate) fn new(text: &str) -> Self {
        let (start, is_literal) = beginning(text);
        Self { text: text.to_owned(), start, is_literal, regex: OnceLock::new() }
    }

    /// A pattern that a person wrote.
    pub(crate) fn read(text: &str) -> Result<Self, regex::Error> {
        let pattern = Self::new(text);
        if !pattern.is_literal {
            let _ = pattern.regex.set(Some(Regex::new(text)?));
        }
        Ok(pattern)
    }

    pub(crate) fn start(&self) -> &str {
        &self.start
    }

    pub(crate) fn fits(&self, model: &str) -> bool {
        if self.is_literal {
            return model == self.start;
        }
        let regex = self.regex.get_or_init(|| Regex::new(&self.text).ok());
        model.starts_with(self.start.as_str()) && regex.as_ref().is_some_and(|regex| regex.is_match(model))
    }
}

/// What every text begins with that the pattern is found in, and whether the pattern says no more.
fn beginning(pattern: &str) -> (String, bool) {
    let (Some(rest), false) = (pattern.strip_prefix('^'), pattern.contains('|')) else {
        return (String::new(), false);
    };
    let mut start = String::new();
    let mut chars = rest.chars().peekable();
    while let Some(char) = chars.next() {
        let literal = match char {
            '$' if chars.peek().is_none() => return (start, true),
            '\\' => match chars.next() {
                Some(escaped) if escaped.is_ascii_punctuation() => escaped,
                _ => break,
            },
            '.' | '+' | '*' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '^' | '$' => break,
            plain => plain,
        };
        // What may be repeated may also be left out.
        if matches!(chars.peek(), Some('*' | '?' | '{' | '+')) {
            break;
        }
        start.push(literal);
    }
    (start, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_know_what_fits_begins_with() {
        for (pattern, start, is_literal) in [
            (r"^gpt\-4o$", "gpt-4o", true),
            ("^acme-large(-\\d{4})?$", "acme-large", false),
            ("^claude", "claude", false),
            ("^ab?c$", "a", false),
            ("^x{2}$", "", false),
            (r"^\d+$", "", false),
            ("gpt", "", false),
            ("^a$|^b$", "", false),
            ("^a$b", "a", false),
            ("(?i)^gpt$", "", false),
        ] {
            assert_eq!(beginning(pattern), (start.to_owned(), is_literal), "{pattern}");
        }
        assert!(Pattern::read("^a|b$").unwrap().fits("cb"));
        assert!(Pattern::read("^ab?c").unwrap().fits("acd"));
        assert!(Pattern::read("(").is_err());
    }
}
