//! Whether inputs and outputs fit the JSON Schema of their dataset.
//!
//! Nothing remote is loaded: what a reference to elsewhere names admits everything.

use jsonschema::{PatternOptions, Retrieve, Uri};
use serde_json::Value;

/// Stands for every schema that is elsewhere.
struct Elsewhere;

impl Retrieve for Elsewhere {
    fn retrieve(&self, _: &Uri<String>) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Value::Bool(true))
    }
}

/// Whether a text is a JSON Schema that can be used; says why not.
pub fn check_schema(text: &str) -> Result<(), String> {
    let schema: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if !schema.is_object() {
        return Err("it must be an object: { … }".to_owned());
    }
    let built = jsonschema::options()
        .with_retriever(Elsewhere)
        .with_pattern_options(PatternOptions::regex())
        .build(&schema);
    built.map(drop).map_err(|error| error.to_string())
}

/// Something that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Misfit {
    /// Where, as a JSON pointer.
    pub(crate) pointer: String,
    /// Why.
    pub(crate) message: String,
}

/// Says where and why `value` does not fit; the first places, at most `most` of them.
pub(crate) fn misfits(schema: &Value, value: &Value, most: usize) -> Vec<Misfit> {
    let validator = jsonschema::options()
        .with_retriever(Elsewhere)
        // Matched in linear time, since patterns come from outside.
        .with_pattern_options(PatternOptions::regex())
        .build(schema);
    match validator {
        Err(error) => {
            vec![Misfit { pointer: String::new(), message: format!("the schema cannot be used: {error}") }]
        }
        Ok(validator) => validator
            .iter_errors(value)
            .take(most)
            .map(|error| Misfit { pointer: error.instance_path().to_string(), message: error.to_string() })
            .collect(),
    }
}

/// Says where and why `value` does not fit.
pub(crate) fn check(schema: &Value, value: &Value) -> Result<(), String> {
    match misfits(schema, value, 1).pop() {
        None => Ok(()),
        Some(Misfit { pointer, message }) => Err(format!("${} {message}", pointer.replace('/', "."))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn schemas_of_pydantic_are_checked() {
        let schema = json!({
            "$defs": { "Tone": { "enum": ["kind", "curt"] } },
            "type": "object",
            "properties": {
                "input": { "type": "string", "minLength": 1 },
                "count": { "anyOf": [{ "type": "integer", "minimum": 0 }, { "type": "null" }] },
                "tone": { "$ref": "#/$defs/Tone" },
                "tags": { "type": "array", "items": { "type": "string" }, "maxItems": 2 },
            },
            "required": ["input"],
            "additionalProperties": false,
        });
        for good in [
            json!({ "input": "x" }),
            json!({ "input": "x", "count": 2.0, "tone": "kind", "tags": ["a", "b"] }),
            json!({ "input": "x", "count": null }),
        ] {
            assert_eq!(check(&schema, &good), Ok(()), "{good}");
        }
        for (bad, place) in [
            (json!({}), "$"),
            (json!({ "input": 1 }), "$.input"),
            (json!({ "input": "" }), "$.input"),
            (json!({ "input": "x", "count": -1 }), "$.count"),
            (json!({ "input": "x", "count": 1.5 }), "$.count"),
            (json!({ "input": "x", "tone": "loud" }), "$.tone"),
            (json!({ "input": "x", "tags": ["a", 1] }), "$.tags.1"),
            (json!({ "input": "x", "tags": ["a", "b", "c"] }), "$.tags"),
            (json!({ "input": "x", "other": 1 }), "$"),
            (json!([]), "$"),
        ] {
            let said = check(&schema, &bad).unwrap_err();
            assert!(said.starts_with(&format!("{place} ")), "{bad}: {said}");
        }
    }

    #[test]
    fn a_schema_that_refers_to_itself_ends() {
        let schema = json!({ "$ref": "#" });
        assert_eq!(check(&schema, &json!(1)), Ok(()));
        assert_eq!(check(&json!({ "$ref": "https://example.com/other" }), &json!(1)), Ok(()));
        assert!(check(&json!({ "not": {} }), &json!(1)).is_err());
        // Each refers to the other.
        let pair = json!({
            "$defs": { "a": { "$ref": "#/$defs/b" }, "b": { "allOf": [{ "$ref": "#/$defs/a" }] } },
            "$ref": "#/$defs/a",
        });
        let _ = check(&pair, &json!(1));
        let list = json!({ "type": ["array", "null"], "items": { "$ref": "#" } });
        assert_eq!(check(&list, &json!([[], [[null]]])), Ok(()));
        assert!(check(&list, &json!([[], [[1]]])).is_err());
    }

    #[test]
    fn what_is_no_schema_is_told() {
        assert!(check(&json!({ "type": "shoe" }), &json!(1)).unwrap_err().contains("schema"));
        // A pattern that a backtracking engine would try for hours.
        let slow = json!({ "pattern": "^(a+)+$" });
        assert!(check(&slow, &json!(format!("{}b", "a".repeat(100)))).is_err());
    }
}
