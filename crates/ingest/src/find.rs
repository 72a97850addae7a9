//! Finding a text in a document of JSON: in its keys, strings, numbers and words, whatever their case.

use crate::json::{self, MAX_DEPTH};

/// Where a text was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonPlace {
    /// JSON pointer to the value, or to the value of the key.
    pub pointer: String,
    /// Which child each step of the pointer is: windows of children begin by number.
    pub steps: Vec<u32>,
    /// Whether it stands in the key, and not in the value.
    pub is_key: bool,
    /// Characters before it in the same key or value.
    pub offset: u64,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JsonPlaces {
    /// The first places, in the order of the document.
    pub places: Vec<JsonPlace>,
    /// How many there are.
    pub total: u64,
}

/// Looks for `text` in a document and gives the first `limit` places. What is no JSON holds nothing.
pub fn find_in_json(document: &str, text: &str, limit: usize) -> JsonPlaces {
    let mut search = Search {
        wanted: text.to_lowercase(),
        limit,
        pointer: String::new(),
        steps: Vec::new(),
        found: JsonPlaces::default(),
    };
    if !search.wanted.is_empty()
        && let Ok(value) = json::whole_value(document.as_bytes())
    {
        search.value(value, 0, 0);
    }
    search.found
}

struct Search {
    /// Lower case.
    wanted: String,
    limit: usize,
    pointer: String,
    steps: Vec<u32>,
    found: JsonPlaces,
}

impl Search {
    /// Reads the value at `at` and gives its end.
    fn value(&mut self, text: &[u8], at: usize, depth: usize) -> usize {
        match text.get(at) {
            Some(b'{') if depth < MAX_DEPTH => {
                let mut number = 0;
                json::each_member(text, at, |key, start| {
                    let end = self.child(&key, number, |search| {
                        search.words(&key, true);
                        search.value(text, start, depth + 1)
                    });
                    number += 1;
                    end
                })
            }
            Some(b'[') if depth < MAX_DEPTH => {
                let mut number = 0_u32;
                json::each_element(text, at, |start| {
                    let end = self
                        .child(&number.to_string(), number, |search| search.value(text, start, depth + 1));
                    number += 1;
                    end
                })
            }
            Some(b'"') => {
                let end = json::skip(text, at);
                if let Some(string) = json::string(&text[at..end]) {
                    self.words(&string, false);
                }
                end
            }
            _ => {
                let end = json::skip(text, at);
                self.words(&String::from_utf8_lossy(&text[at..end]), false);
                end
            }
        }
    }

    fn child(&mut self, key: &str, number: u32, read: impl FnOnce(&mut Self) -> usize) -> usize {
        let length = self.pointer.len();
        self.pointer.push('/');
        self.pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
        self.steps.push(number);
        let end = read(self);
        self.steps.pop();
        self.pointer.truncate(length);
        end
    }

    fn words(&mut self, words: &str, is_key: bool) {
        let lower = words.to_lowercase();
        let (mut offset, mut counted) = (0_u64, 0);
        for (at, _) in lower.match_indices(&self.wanted) {
            self.found.total += 1;
            if self.found.places.len() >= self.limit {
                continue;
            }
            offset += u64::try_from(lower[counted..at].chars().count()).unwrap_or(u64::MAX);
            counted = at;
            self.found.places.push(JsonPlace {
                pointer: self.pointer.clone(),
                steps: self.steps.clone(),
                is_key,
                offset,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(document: &str, text: &str) -> Vec<String> {
        let told = |place: &JsonPlace| {
            let what = if place.is_key { "key" } else { "value" };
            format!("{what} {} {:?} at {}", place.pointer, place.steps, place.offset)
        };
        find_in_json(document, text, 100).places.iter().map(told).collect()
    }

    #[test]
    fn keys_and_values_are_found_in_the_order_of_the_document() {
        let document = r#"{"a/b": [1, {"Tide": "high tide, TIDE out"}], "n": 1421, "t": true, "x": null}"#;
        assert_eq!(
            found(document, "tide"),
            [
                "key /a~1b/1/Tide [0, 1, 0] at 0",
                "value /a~1b/1/Tide [0, 1, 0] at 5",
                "value /a~1b/1/Tide [0, 1, 0] at 11"
            ]
        );
        assert_eq!(found(document, "42"), ["value /n [1] at 1"]);
        assert_eq!(found(document, "RU"), ["value /t [2] at 1"]);
        // The number of an element is no text of the document.
        assert_eq!(found(r#"["a", "b"]"#, "1"), Vec::<String>::new());
    }

    #[test]
    fn strings_are_read_and_characters_are_counted() {
        assert_eq!(found(r#""\u00fcber\nGröße""#, "größe"), ["value  [] at 5"]);
        assert_eq!(found(r#"{"q": "say \"hi\""}"#, "\"hi\""), ["value /q [0] at 4"]);
    }

    #[test]
    fn all_are_counted_and_the_first_are_told() {
        let many = format!("[{}]", vec!["\"word\""; 50].join(","));
        let found = find_in_json(&many, "word", 3);
        assert_eq!((found.places.len(), found.total), (3, 50));
        assert_eq!(found.places[2].pointer, "/2");
    }

    #[test]
    fn nothing_is_found_where_nothing_is_looked_for_or_nothing_can_be_read() {
        assert_eq!(find_in_json(r#"{"a": 1}"#, "", 9), JsonPlaces::default());
        assert_eq!(find_in_json(r#"{"a": "#, "a", 9), JsonPlaces::default());
        let deep = "[".repeat(100_000);
        assert_eq!(find_in_json(&deep, "a", 9), JsonPlaces::default());
    }
}
