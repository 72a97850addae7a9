//! JSON as LangSmith's SDKs really write it: `NaN` and `Infinity` stand where numbers do (`langsmith-api.md` §2.1).

use std::borrow::Cow;

use crate::{
    Reject,
    json::{self, JsonError},
};

/// The one value of `text`; where bare `NaN`, `Infinity` and `-Infinity` stand in it, with null in their place.
pub(crate) fn value(text: &[u8]) -> Result<Cow<'_, [u8]>, JsonError> {
    match json::whole_value(text) {
        Ok(value) => Ok(Cow::Borrowed(value)),
        Err(error) => {
            let repaired = without_nan(text);
            match json::whole_value(&repaired) {
                Ok(value) => Ok(Cow::Owned(value.to_vec())),
                Err(_) => Err(error),
            }
        }
    }
}

/// What is said of a text in which a number was none.
pub(crate) fn warning(text: &[u8], error: JsonError) -> Reject {
    let rest = text.get(error.offset..).unwrap_or_default();
    let message = "NaN and Infinity are no JSON; null is kept in their place";
    Reject::new("not_a_number", message, rest).at_offset(error.offset)
}

/// The text with null for every bare `NaN`, `Infinity` and `-Infinity`.
pub(crate) fn without_nan(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    let mut in_string = false;
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => in_string = !in_string,
            b'\\' if in_string => {
                out.extend_from_slice(&text[at..(at + 2).min(text.len())]);
                at += 2;
                continue;
            }
            b'N' | b'I' | b'-' if !in_string => {
                let word = ["NaN", "Infinity", "-Infinity"]
                    .into_iter()
                    .find(|word| text[at..].starts_with(word.as_bytes()));
                if let Some(word) = word {
                    out.extend_from_slice(b"null");
                    at += word.len();
                    continue;
                }
            }
            _ => {}
        }
        out.push(*byte);
        at += 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repaired(text: &str) -> String {
        value(text.as_bytes())
            .map_or_else(|error| format!("{error:?}"), |value| json::lossy(&value).into_owned())
    }

    #[test]
    fn numbers_that_are_none_become_null_outside_of_strings() {
        assert_eq!(repaired(r#" {"a":[NaN,-Infinity],"b":Infinity} "#), r#"{"a":[null,null],"b":null}"#);
        assert_eq!(repaired(r#"{"a":"NaN \" NaN","b":-1}"#), r#"{"a":"NaN \" NaN","b":-1}"#);
        assert_eq!(repaired(r#"["NaN \" NaN",NaN]"#), r#"["NaN \" NaN",null]"#);
    }

    #[test]
    fn what_is_broken_otherwise_stays_so() {
        assert!(repaired(r#"{"a":NaN"#).contains("Unexpected"));
        assert!(repaired("nope").contains("Unexpected"));
    }
}
