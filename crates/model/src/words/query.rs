//! What is searched for: words, phrases, beginnings of words; and where a text has it.

use std::ops::Range;

use super::{Kind, Token, fold, fold_only, tokens};

/// Whether a word that is searched for has to be a whole word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whole {
    /// Yes, unless a star follows it.
    Word,
    /// Its beginning is enough, unless it stands in a phrase or has less than three letters.
    Beginning,
}

/// Bytes from which on the beginning of a word says enough.
const SHORT_WORD: usize = 3;

/// Terms that must all occur. Every text is a query: what means nothing is searched for as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query {
    /// The terms.
    pub terms: Vec<Term>,
}

/// Words that follow each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// The words, folded; none when the term consists of separators.
    words: Vec<String>,
    /// The last word may go on.
    is_prefix: bool,
    /// As it was written.
    text: String,
    /// The same, folded.
    folded: String,
}

/// The words of a text, to be asked for several terms.
struct Words {
    folded: String,
    /// Where each word stands in `folded`, and in the text.
    places: Vec<(Range<usize>, Range<usize>)>,
}

impl Words {
    fn of(text: &str) -> Self {
        let mut words = Self { folded: String::new(), places: Vec::new() };
        tokens(text, &mut |token| {
            let start = words.folded.len();
            words.folded.push_str(token.text);
            words.places.push((start..words.folded.len(), token.place));
        });
        words
    }

    fn word(&self, index: usize) -> Option<&str> {
        self.places.get(index).map(|(place, _)| &self.folded[place.clone()])
    }
}

impl Query {
    /// Reads words, `"phrases"` and `beginnings*`. Nothing is an error; a quote that nobody closes ends with the text.
    pub fn parse(text: &str, whole: Whole) -> Self {
        let mut terms = Vec::new();
        for (index, part) in text.split('"').enumerate() {
            if index % 2 == 1 {
                terms.extend(Term::new(part, false));
                continue;
            }
            for (place, word) in part.split_whitespace().enumerate() {
                // A star behind a closing quote belongs to the phrase.
                if place == 0 && word == "*" && part.starts_with('*') {
                    if let Some(phrase) = terms.last_mut() {
                        phrase.is_prefix = true;
                    }
                    continue;
                }
                let bare = word.trim_end_matches('*');
                let is_prefix =
                    (whole == Whole::Beginning && bare.len() >= SHORT_WORD) || bare.len() < word.len();
                terms.extend(Term::new(if bare.is_empty() { word } else { bare }, is_prefix));
            }
        }
        Self { terms }
    }

    /// Whether nothing is searched for.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Where the text has the terms, in order; `None` unless it has all of them.
    pub fn find(&self, text: &str) -> Option<Vec<Range<usize>>> {
        if self.terms.is_empty() {
            return None;
        }
        let words = Words::of(text);
        let mut marks = Vec::new();
        for term in &self.terms {
            let earlier = marks.len();
            term.marks(text, &words, &mut marks);
            if marks.len() == earlier {
                return None;
            }
        }
        Some(joined(marks))
    }

    /// Like [`Query::find`], where the terms may stand anywhere, also within words.
    pub fn find_inside(&self, text: &str) -> Option<Vec<Range<usize>>> {
        if self.terms.is_empty() {
            return None;
        }
        let (folded, from) = fold(text);
        let mut marks = Vec::new();
        for term in &self.terms {
            let earlier = marks.len();
            marks.extend(places_of(&folded, &from, &term.folded));
            if marks.len() == earlier {
                return None;
            }
        }
        Some(joined(marks))
    }
}

/// Where `wanted` stands in a folded text, in bytes of the text itself.
fn places_of<'a>(
    folded: &'a str,
    from: &'a [usize],
    wanted: &'a str,
) -> impl Iterator<Item = Range<usize>> + 'a {
    folded.match_indices(wanted).take(MOST_MARKS).map(|(at, found)| {
        let (start, last) = (from[at], from[at + found.len() - 1]);
        // To the end of the character that the last byte came from.
        let end = from[at + found.len()..].iter().copied().find(|next| *next > last).unwrap_or(last);
        start..end
    })
}

/// Marks of one term that are told at most.
const MOST_MARKS: usize = 200;

/// Sorted, and such as touch or overlap as one.
fn joined(mut marks: Vec<Range<usize>>) -> Vec<Range<usize>> {
    marks.sort_by_key(|mark| (mark.start, mark.end));
    let mut out: Vec<Range<usize>> = Vec::with_capacity(marks.len());
    for mark in marks {
        match out.last_mut() {
            Some(last) if mark.start <= last.end => last.end = last.end.max(mark.end),
            _ => out.push(mark),
        }
    }
    out
}

impl Term {
    /// A term of what was written; `None` for nothing.
    pub fn new(text: &str, is_prefix: bool) -> Option<Self> {
        let text = text.trim();
        let mut words: Vec<String> = Vec::new();
        let mut last = (Kind::Word, Kind::Word);
        tokens(text, &mut |Token { text, kind, .. }| {
            words.push(text.to_owned());
            last = (last.1, kind);
        });
        let mut is_prefix = is_prefix;
        if last.1 == Kind::Last {
            if last.0 == Kind::Pair && words.len() > 1 {
                // The run may go on in the text, where its last character is the first of a pair.
                words.pop();
                is_prefix = false;
            } else {
                is_prefix = true;
            }
        } else if last.1 == Kind::Symbol {
            is_prefix = false;
        }
        let (folded, _) = fold(text);
        (!folded.is_empty()).then(|| Self { words, is_prefix, text: text.to_owned(), folded })
    }

    /// The words that have to follow each other, folded; none when the term holds only separators.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// Whether the last of the words may go on.
    pub fn is_prefix(&self) -> bool {
        self.is_prefix
    }

    /// The term as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The same, folded.
    pub fn folded(&self) -> &str {
        &self.folded
    }

    /// Whether a text has the term anywhere, also within words.
    pub fn is_inside(&self, text: &str) -> bool {
        fold_only(text).contains(&self.folded)
    }

    /// Whether a text has the term.
    pub fn is_in(&self, text: &str) -> bool {
        if self.words.is_empty() {
            return self.is_inside(text);
        }
        // Most texts have nothing like it, which is cheap to see.
        if self.folded.is_ascii()
            && text.is_ascii()
            && !holds_ascii(text.as_bytes(), self.words[0].as_bytes())
        {
            return false;
        }
        let words = Words::of(text);
        (0..words.places.len()).any(|at| self.stands_at(&words, at))
    }

    fn stands_at(&self, words: &Words, at: usize) -> bool {
        let last = self.words.len() - 1;
        self.words.iter().enumerate().all(|(index, wanted)| match words.word(at + index) {
            Some(word) if self.is_prefix && index == last => word.starts_with(wanted.as_str()),
            Some(word) => word == wanted,
            None => false,
        })
    }

    fn marks(&self, text: &str, words: &Words, marks: &mut Vec<Range<usize>>) {
        if self.words.is_empty() {
            let (folded, from) = fold(text);
            marks.extend(places_of(&folded, &from, &self.folded));
            return;
        }
        let mut left = MOST_MARKS;
        for at in 0..words.places.len() {
            if left == 0 {
                break;
            }
            if self.stands_at(words, at) {
                let start = words.places[at].1.start;
                let end = words.places[at + self.words.len() - 1].1.end;
                marks.push(start..end);
                left -= 1;
            }
        }
    }
}

/// Whether a text holds a word that is lower case, whatever its own case.
fn holds_ascii(text: &[u8], word: &[u8]) -> bool {
    let Some(first) = word.first() else { return true };
    let (lower, upper) = (first.to_ascii_lowercase(), first.to_ascii_uppercase());
    let mut rest = text;
    while let Some(at) = rest.iter().position(|byte| *byte == lower || *byte == upper) {
        if rest[at..].len() < word.len() {
            return false;
        }
        if rest[at..at + word.len()].eq_ignore_ascii_case(word) {
            return true;
        }
        rest = &rest[at + 1..];
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text with what was found in brackets.
    fn marked(text: &str, marks: Option<Vec<Range<usize>>>) -> String {
        let Some(marks) = marks else { return "-".to_owned() };
        let mut out = text.to_owned();
        for mark in marks.into_iter().rev() {
            out.insert(mark.end, ']');
            out.insert(mark.start, '[');
        }
        out
    }

    fn check(query: &str, text: &str, expected: &str) {
        let found = Query::parse(query, Whole::Word).find(text);
        assert_eq!(marked(text, found), expected, "{query}");
    }

    #[test]
    fn words_phrases_and_beginnings() {
        check("refund", "The Refund policy", "The [Refund] policy");
        check("refund policy", "policy of refunds: refund", "[policy] of refunds: [refund]");
        check("refu", "refund", "-");
        check("refu*", "Refunds", "[Refunds]");
        check("\"refund policy\"", "Refund, policy", "[Refund, policy]");
        check("\"refund policy\"", "policy refund", "-");
        check("\"refund pol\"*", "refund policy", "[refund policy]");
        check("get_user", "call get_user(1)", "call [get_user](1)");
        check("get_user", "get the user", "-");
        check("cafe", "Le CAFÉ", "Le [CAFÉ]");
    }

    #[test]
    fn scripts_without_spaces_and_symbols() {
        check("京都", "東京都と京都", "東[京都]と[京都]");
        check("京", "東京", "東[京]");
        check("猫", "黒猫がいる", "黒[猫が]いる");
        check("東京都庁", "東京都", "-");
        check("AIモデル", "AIモデルの話", "[AIモデル]の話");
        check("ภาษา", "เรียนภาษาไทย", "เรียน[ภาษา]ไทย");
        check("🎉", "ok🎉!", "ok[🎉]!");
    }

    #[test]
    fn what_looks_like_syntax_is_text() {
        for query in
            ["\"", "\"\"", "NEAR(", "*", "a* OR", "-x:y^2", "AND", "(", "{}", "'", "\0", "col:*", "\"*"]
        {
            let query = Query::parse(query, Whole::Word);
            let _ = query.find("NEAR the AND");
            let _ = query.find_inside("NEAR the AND");
        }
        check("NEAR(", "far and near", "far and [near]");
        check("->", "a -> b", "a [->] b");
        check("", "text", "-");
    }

    #[test]
    fn a_beginning_is_enough_where_that_is_asked() {
        let begins = Query::parse("parc \"on tues\"", Whole::Beginning);
        assert!(begins.terms[0].is_in("search_PARCELS"));
        assert!(!begins.terms[1].is_in("on tuesday"));
    }

    #[test]
    fn the_inside_of_words_is_found_whatever_the_case() {
        let found =
            |query: &str, text: &str| marked(text, Query::parse(query, Whole::Word).find_inside(text));
        assert_eq!(found("open", "ChatOpenAI"), "Chat[Open]AI");
        assert_eq!(found("uberr", "die Überraschung"), "die [Überr]aschung");
        assert_eq!(found("fi", "eﬁ"), "e[ﬁ]");
        assert_eq!(found("abc def", "xabcx"), "-");
    }

    proptest::proptest! {
        #[test]
        fn no_query_and_no_text_panics(query in "\\PC{0,20}", text in "\\PC{0,60}") {
            for whole in [Whole::Word, Whole::Beginning] {
                let query = Query::parse(&query, whole);
                for mark in query.find(&text).into_iter().chain(query.find_inside(&text)).flatten() {
                    proptest::prop_assert!(text.get(mark.clone()).is_some_and(|mark| !mark.is_empty()), "{:?}", mark);
                }
            }
        }

        #[test]
        fn a_word_of_a_text_is_found_in_it(text in "\\PC{1,60}") {
            let words: Vec<&str> = text.split_whitespace().filter(|word| !word.contains(['"', '*'])).collect();
            for word in words {
                if let Some(term) = Term::new(word, false) {
                    proptest::prop_assert!(term.is_in(&text), "{:?} in {:?}", term, text);
                }
            }
        }
    }
}
