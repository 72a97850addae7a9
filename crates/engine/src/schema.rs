//! JSON Schema, as far as datasets need it: what pydantic, zod and people write for inputs and outputs.
//!
//! Known are `type`, `enum`, `const`, `$ref` within the schema, `properties`, `required`, `additionalProperties`,
//! `items`, `prefixItems`, `allOf`, `anyOf`, `oneOf`, `not`, and the bounds of lengths and numbers (JSON Schema 2020-12,
//! Validation §6). Anything else admits everything, as unknown keywords do there; so do references to elsewhere,
//! since nothing remote is loaded.

use serde_json::Value;

/// Levels of schemas inside of schemas that are followed.
const MAX_DEPTH: usize = 64;

/// Says where and why `value` does not fit.
pub(crate) fn check(schema: &Value, value: &Value) -> Result<(), String> {
    check_at(schema, schema, value, "$", 0)
}

fn check_at(root: &Value, schema: &Value, value: &Value, place: &str, depth: usize) -> Result<(), String> {
    let schema = match schema {
        Value::Bool(false) => return Err(format!("{place} is not allowed")),
        Value::Object(schema) if depth < MAX_DEPTH => schema,
        _ => return Ok(()),
    };
    let check_here = |inner: &Value| check_at(root, inner, value, place, depth + 1);
    if let Some(target) = schema.get("$ref").and_then(Value::as_str).and_then(|target| resolve(root, target))
    {
        check_here(target)?;
    }
    if let Some(types) = schema.get("type") {
        let names = types.as_array().map_or_else(|| std::slice::from_ref(types), Vec::as_slice);
        if !names.iter().filter_map(Value::as_str).any(|name| is_of_type(value, name)) {
            return Err(format!("{place} is not of the type {types}"));
        }
    }
    if let Some(known) = schema.get("enum").and_then(Value::as_array)
        && !known.iter().any(|one| is_same(one, value))
    {
        return Err(format!("{place} is none of {}", Value::from(known.clone())));
    }
    if let Some(constant) = schema.get("const")
        && !is_same(constant, value)
    {
        return Err(format!("{place} is not {constant}"));
    }
    let all = |key: &str| schema.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for inner in all("allOf") {
        check_here(inner)?;
    }
    let any = all("anyOf");
    if !any.is_empty() && !any.iter().any(|inner| check_here(inner).is_ok()) {
        return Err(format!("{place} fits none of {}", Value::from(any.to_vec())));
    }
    let one = all("oneOf");
    if !one.is_empty() && one.iter().filter(|inner| check_here(inner).is_ok()).count() != 1 {
        return Err(format!("{place} does not fit exactly one of {}", Value::from(one.to_vec())));
    }
    if schema.get("not").is_some_and(|inner| check_here(inner).is_ok()) {
        return Err(format!("{place} fits what it must not"));
    }
    check_bounds(schema, value, place)?;
    match value {
        Value::Object(members) => {
            for name in all("required").iter().filter_map(Value::as_str) {
                if !members.contains_key(name) {
                    return Err(format!("{place}.{name} is missing"));
                }
            }
            let properties = schema.get("properties").and_then(Value::as_object);
            for (name, member) in members {
                let inner = properties.and_then(|properties| properties.get(name)).or_else(|| {
                    // Names by pattern are not followed, so with them anything may be meant.
                    schema.get("additionalProperties").filter(|_| !schema.contains_key("patternProperties"))
                });
                if let Some(inner) = inner {
                    check_at(root, inner, member, &format!("{place}.{name}"), depth + 1)?;
                }
            }
        }
        Value::Array(elements) => {
            let first = all("prefixItems");
            for (index, element) in elements.iter().enumerate() {
                if let Some(inner) = first.get(index).or_else(|| schema.get("items")) {
                    check_at(root, inner, element, &format!("{place}[{index}]"), depth + 1)?;
                }
            }
        }
        _ => {}
    }
    Ok(())
}

/// The schema at `#/…`.
fn resolve<'s>(root: &'s Value, target: &str) -> Option<&'s Value> {
    root.pointer(target.strip_prefix('#')?)
}

fn is_of_type(value: &Value, name: &str) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        // A number without a fraction is an integer, however it is written.
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        _ => true,
    }
}

fn is_same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left == right || left.as_f64() == right.as_f64(),
        _ => left == right,
    }
}

#[expect(clippy::cast_precision_loss, reason = "no text or list has 2^53 elements")]
fn check_bounds(schema: &serde_json::Map<String, Value>, value: &Value, place: &str) -> Result<(), String> {
    let bound = |key: &str| schema.get(key).and_then(Value::as_f64);
    let (size, names) = match value {
        Value::String(text) => (text.chars().count() as f64, ["minLength", "maxLength"]),
        Value::Array(elements) => (elements.len() as f64, ["minItems", "maxItems"]),
        Value::Object(members) => (members.len() as f64, ["minProperties", "maxProperties"]),
        Value::Number(number) => {
            let number = number.as_f64().unwrap_or_default();
            if bound("exclusiveMinimum").is_some_and(|bound| number <= bound)
                || bound("exclusiveMaximum").is_some_and(|bound| number >= bound)
            {
                return Err(format!("{place} is out of bounds"));
            }
            (number, ["minimum", "maximum"])
        }
        Value::Null | Value::Bool(_) => return Ok(()),
    };
    let [least, most] = names;
    if bound(least).is_some_and(|bound| size < bound) {
        return Err(format!("{place} is below its {least}"));
    }
    if bound(most).is_some_and(|bound| size > bound) {
        return Err(format!("{place} is above its {most}"));
    }
    Ok(())
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
            (json!({}), "$.input"),
            (json!({ "input": 1 }), "$.input"),
            (json!({ "input": "" }), "$.input"),
            (json!({ "input": "x", "count": -1 }), "$.count"),
            (json!({ "input": "x", "count": 1.5 }), "$.count"),
            (json!({ "input": "x", "tone": "loud" }), "$.tone"),
            (json!({ "input": "x", "tags": ["a", 1] }), "$.tags[1]"),
            (json!({ "input": "x", "tags": ["a", "b", "c"] }), "$.tags"),
            (json!({ "input": "x", "other": 1 }), "$.other"),
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
    }
}
