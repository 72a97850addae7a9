//! Words of texts: what the full-text index holds, and what a search finds.
//!
//! One rule for both sides, so that the index can never disagree with a look at the text itself: letters and digits
//! make words, which are folded (case, accents, width); runs of scripts that put no spaces between words are taken in
//! overlapping pairs of characters; a symbol such as an emoji is a word of its own; everything else separates. Long
//! runs of base64 are no words.

mod fold;
mod query;

use std::ops::Range;

pub use fold::{fold, fold_only};
pub use query::{Query, Term, Whole};

use fold::{Class, class_of, fold_char};

/// Longest word in bytes after folding; of a longer one this much counts.
pub const MOST_WORD_BYTES: usize = 60;
/// Base64 that is longer than this is no text.
const BASE64_BYTES: usize = 256;

/// How a token came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A word.
    Word,
    /// A symbol that stands for itself.
    Symbol,
    /// Two neighbours in a script without spaces.
    Pair,
    /// The last character of a run of such a script.
    Last,
}

/// A word of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token<'t> {
    /// Folded.
    pub text: &'t str,
    /// Where it stands, in bytes of the text.
    pub place: Range<usize>,
    /// How it came about.
    pub kind: Kind,
}

/// Hands on every word of a text in order.
pub fn tokens(text: &str, visit: &mut dyn FnMut(Token<'_>)) {
    let bytes = text.as_bytes();
    let mut word = String::new();
    let mut at = 0;
    // Up to here it is known that no base64 begins.
    let mut checked = 0;
    while let Some(char) = char_at(text, at) {
        let class = class_of(char);
        match class {
            Class::Word => {
                if char.is_ascii() && at >= checked {
                    checked = base64_end(bytes, at);
                    if is_base64(&bytes[at..checked]) {
                        at = checked;
                        continue;
                    }
                }
                let start = at;
                word.clear();
                while let Some(char) = char_at(text, at) {
                    match class_of(char) {
                        Class::Word | Class::Mark if word.len() < MOST_WORD_BYTES => {
                            fold_char(char, &mut word);
                        }
                        Class::Word | Class::Mark | Class::Ignored => {}
                        Class::Spaceless | Class::Symbol | Class::Separator => break,
                    }
                    at += char.len_utf8();
                }
                if !word.is_empty() {
                    visit(Token { text: cut(&word), place: start..at, kind: Kind::Word });
                }
            }
            Class::Spaceless => at = pairs(text, at, &mut word, visit),
            Class::Symbol => {
                let end = at + char.len_utf8();
                visit(Token { text: &text[at..end], place: at..end, kind: Kind::Symbol });
                at = end;
            }
            Class::Mark | Class::Ignored | Class::Separator => at += char.len_utf8(),
        }
    }
}

fn char_at(text: &str, at: usize) -> Option<char> {
    match text.as_bytes().get(at) {
        Some(byte) if byte.is_ascii() => Some(char::from(*byte)),
        Some(_) => text[at..].chars().next(),
        None => None,
    }
}

fn cut(word: &str) -> &str {
    if word.len() <= MOST_WORD_BYTES { word } else { &word[..word.floor_char_boundary(MOST_WORD_BYTES)] }
}

/// Hands on the pairs of the run that starts at `at`, and its last character; gives its end.
fn pairs(text: &str, at: usize, pair: &mut String, visit: &mut dyn FnMut(Token<'_>)) -> usize {
    let mut before: Option<(char, usize)> = None;
    let mut end = at;
    while let Some(char) = char_at(text, end) {
        match class_of(char) {
            Class::Spaceless | Class::Mark => {
                let next = end + char.len_utf8();
                if let Some((first, start)) = before {
                    pair.clear();
                    fold_char(first, pair);
                    fold_char(char, pair);
                    visit(Token { text: pair, place: start..next, kind: Kind::Pair });
                }
                before = Some((char, end));
                end = next;
            }
            Class::Ignored => end += char.len_utf8(),
            Class::Word | Class::Symbol | Class::Separator => break,
        }
    }
    if let Some((last, start)) = before {
        pair.clear();
        fold_char(last, pair);
        visit(Token { text: pair, place: start..start + last.len_utf8(), kind: Kind::Last });
    }
    end
}

fn is_base64_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_')
}

fn base64_end(bytes: &[u8], at: usize) -> usize {
    bytes[at..].iter().position(|byte| !is_base64_byte(*byte)).map_or(bytes.len(), |length| at + length)
}

/// Whether this run of base64's characters is long and mixed enough to be no text that anybody wrote.
fn is_base64(run: &[u8]) -> bool {
    let has = |fits: fn(&u8) -> bool| run[..BASE64_BYTES].iter().any(fits);
    run.len() > BASE64_BYTES
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        tokens(text, &mut |token| {
            assert!(text.get(token.place.clone()).is_some(), "{token:?} lies within {text:?}");
            found.push(token.text.to_owned());
        });
        found
    }

    #[test]
    fn letters_and_digits_make_words_and_the_rest_separates() {
        assert_eq!(words("get_user(42): foo.bar-Baz"), ["get", "user", "42", "foo", "bar", "baz"]);
        assert_eq!(words(""), [""; 0]);
        assert_eq!(words("-> :: \0 …"), [""; 0]);
    }

    #[test]
    fn case_accents_and_width_are_folded() {
        assert_eq!(words("ÜBERRASCHUNG Café Ｆｕｌｌ"), ["uberraschung", "cafe", "full"]);
        assert_eq!(words("cafe\u{301} Ελλάς ΕΛΛΑΣ"), ["cafe", "ελλασ", "ελλασ"]);
        assert_eq!(words("İstanbul ﬁne كِتَاب"), ["istanbul", "fine", "كتاب"]);
    }

    #[test]
    fn scripts_without_spaces_come_in_pairs() {
        assert_eq!(words("東京都"), ["東京", "京都", "都"]);
        assert_eq!(words("AIモデル。猫"), ["ai", "モデ", "デル", "ル", "猫"]);
        assert_eq!(words("한국어 문장"), ["한국어", "문장"]);
    }

    #[test]
    fn a_mark_of_another_script_is_part_of_the_pairs_around_it() {
        assert_eq!(words("ក\u{a9b3}ລ"), ["ក\u{a9b3}", "\u{a9b3}ລ", "ລ"]);
    }

    #[test]
    fn a_symbol_is_a_word() {
        assert_eq!(words("done🎉✅ ok"), ["done", "🎉", "✅", "ok"]);
    }

    #[test]
    fn base64_is_left_out_and_long_words_are_cut() {
        let blob = "aGVsbG8gd29ybGQ3".repeat(40);
        assert_eq!(
            words(&format!("data:image/png;base64,{blob} after")),
            ["data", "image", "png", "base64", "after"]
        );
        let slug = "some-long-slug-".repeat(40);
        assert_eq!(words(&slug).len(), 120);
        assert_eq!(words(&"x".repeat(1000)), ["x".repeat(MOST_WORD_BYTES)]);
        assert_eq!(words(&"ä́é".repeat(100))[0].len(), MOST_WORD_BYTES);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_a_panic_and_folded_words_stay_what_they_are(text in "\\PC{0,40}") {
            for word in words(&text) {
                let again = words(&word);
                // The second of two pairs may begin with a mark, which stands for nothing by itself.
                let by_itself = word.chars().next().is_some_and(|char| class_of(char) != Class::Mark);
                proptest::prop_assert!(!by_itself || again.is_empty() || again[0] == word || again.len() > 1, "{} {:?}", word, again);
            }
        }
    }
}
