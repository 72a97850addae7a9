//! Which characters make words, and what they are folded to.

use unicode_normalization::char::{decompose_compatible, is_combining_mark};

/// What a character is to a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Part of a word.
    Word,
    /// Changes the letter before it.
    Mark,
    /// Part of a script that puts no spaces between words.
    Spaceless,
    /// A word of its own.
    Symbol,
    /// Invisible within a word.
    Ignored,
    /// Ends a word.
    Separator,
}

pub(super) fn class_of(char: char) -> Class {
    if char.is_ascii() {
        return if char.is_ascii_alphanumeric() { Class::Word } else { Class::Separator };
    }
    match char {
        // Soft hyphen, joiners, direction marks, variation selectors.
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' => {
            Class::Ignored
        }
        '\u{2190}'..='\u{21ff}'
        | '\u{2300}'..='\u{23ff}'
        | '\u{25a0}'..='\u{27bf}'
        | '\u{2900}'..='\u{2bff}'
        | '\u{1f000}'..='\u{1faff}' => Class::Symbol,
        _ if is_spaceless(char) && char.is_alphanumeric() => Class::Spaceless,
        _ if is_combining_mark(char) => Class::Mark,
        _ if char.is_alphanumeric() => Class::Word,
        _ => Class::Separator,
    }
}

fn is_spaceless(char: char) -> bool {
    matches!(char,
        '\u{e00}'..='\u{eff}'         // Thai, Lao
        | '\u{1000}'..='\u{109f}'     // Myanmar
        | '\u{1780}'..='\u{17ff}'     // Khmer
        | '\u{3005}'..='\u{3007}'     // iteration mark, zero
        | '\u{3040}'..='\u{30ff}'     // Hiragana, Katakana
        | '\u{3100}'..='\u{312f}'     // Bopomofo
        | '\u{31f0}'..='\u{31ff}'     // Katakana of Ainu
        | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}'
        | '\u{ff66}'..='\u{ff9f}'     // Katakana of half width
        | '\u{20000}'..='\u{3ffff}')
}

/// Marks that a reader may leave out: accents, vowel points, tones written above.
fn is_optional(mark: char) -> bool {
    matches!(mark,
        '\u{300}'..='\u{36f}'
        | '\u{591}'..='\u{5c7}'
        | '\u{610}'..='\u{61a}'
        | '\u{64b}'..='\u{65f}'
        | '\u{670}'
        | '\u{6d6}'..='\u{6ed}'
        | '\u{1ab0}'..='\u{1aff}'
        | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}'
        | '\u{fe20}'..='\u{fe2f}')
}

/// Appends what a character of a word is folded to.
pub(super) fn fold_char(char: char, out: &mut String) {
    if char.is_ascii() {
        out.push(char.to_ascii_lowercase());
        return;
    }
    // Syllables of Hangul and kana with their voicing are letters of their own, not letters with accents.
    if matches!(char, '\u{ac00}'..='\u{d7a3}' | '\u{3040}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}') {
        out.push(char);
        return;
    }
    decompose_compatible(char, |part| {
        for lower in part.to_lowercase() {
            // Lower case may bring an accent of its own (İ).
            decompose_compatible(lower, |part| match part {
                'ς' => out.push('σ'),
                part if is_optional(part) => {}
                part if part.is_alphanumeric() || is_combining_mark(part) => out.push(part),
                _ => {}
            });
        }
    });
}

/// A text as [`fold`] gives it, without the places.
pub fn fold_only(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    // Most of what is written is ASCII, which needs no look at single characters.
    while let Some(at) = rest.bytes().position(|byte| !byte.is_ascii()) {
        let start = out.len();
        out.push_str(&rest[..at]);
        out[start..].make_ascii_lowercase();
        let Some(char) = rest[at..].chars().next() else { break };
        match class_of(char) {
            Class::Ignored => {}
            Class::Separator | Class::Symbol => out.push(char),
            Class::Word | Class::Mark | Class::Spaceless => fold_char(char, &mut out),
        }
        rest = &rest[at + char.len_utf8()..];
    }
    let start = out.len();
    out.push_str(rest);
    out[start..].make_ascii_lowercase();
    out
}

/// A text as the inside of words is searched: folded, with everything between the words as it stands. With it, for
/// each byte of the result, the byte of the text that it came from.
pub fn fold(text: &str) -> (String, Vec<usize>) {
    let mut out = String::with_capacity(text.len());
    let mut from = Vec::with_capacity(text.len() + 1);
    for (at, char) in text.char_indices() {
        match class_of(char) {
            Class::Ignored => {}
            Class::Separator | Class::Symbol => out.push(char),
            Class::Word | Class::Mark | Class::Spaceless => fold_char(char, &mut out),
        }
        from.resize(out.len(), at);
    }
    from.push(text.len());
    (out, from)
}
