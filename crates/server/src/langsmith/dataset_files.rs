//! Datasets as files (`langsmith-api.md` §12.1): made of a table, and read as lines for other tools.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Request, State},
    http::header,
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use engine::{Engine, Example, ExampleQuery, FormPart, NewExample, csv};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    datasets::{dataset_id, new_dataset, wire},
    error::{Answer, Failure, Path},
    examples::moment,
    json::{blocking, boundary, raw},
    query::Query,
};
use crate::body;

pub(super) fn router() -> Router<Arc<Engine>> {
    Router::new()
        .route("/datasets/upload", post(upload))
        .route("/datasets/{id}/jsonl", get(as_json_lines))
        .route("/datasets/{id}/csv", get(as_csv))
        .route("/datasets/{id}/openai", get(as_openai))
        .route("/datasets/{id}/openai_ft", get(as_openai_tuning))
}

/// The text of a form field.
fn field(part: &FormPart) -> String {
    String::from_utf8_lossy(&part.body).into_owned()
}

/// A table becomes a dataset: one example a row, of the columns that are named.
async fn upload(State(engine): State<Arc<Engine>>, request: Request) -> Answer<Json<Value>> {
    let (parts, body) = request.into_parts();
    let boundary = boundary(&parts.headers)?;
    let form =
        body::stream(&parts.headers, body, move |reader| engine::read_form(&boundary, reader)).await??;
    let all = |name: &str| form.iter().filter(|part| part.name == name).map(field).collect::<Vec<String>>();
    let file = form
        .iter()
        .find(|part| part.name == "file")
        .ok_or_else(|| Failure::invalid("The form has no file"))?;
    let mut described = Map::new();
    for key in
        ["id", "name", "description", "data_type", "inputs_schema_definition", "outputs_schema_definition"]
    {
        if let Some(value) = all(key).pop().filter(|value| !value.is_empty()) {
            let is_json = key.ends_with("_definition");
            described.insert(key.to_owned(), if is_json { raw(Some(&value)) } else { value.into() });
        }
    }
    if !described.contains_key("name") {
        let name = file.file_name.as_deref().unwrap_or("dataset");
        let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
        described.insert("name".to_owned(), name.into());
    }
    let new = new_dataset(&described)?;
    let new_examples = examples_of_table(&field(file), &all("input_keys"), &all("output_keys"))?;
    blocking(&engine, move |engine| {
        let id = engine.create_dataset(new)?;
        if !new_examples.is_empty()
            && let Err(error) = engine.create_examples(id, new_examples)
        {
            // Without its rows the dataset is not what was asked for.
            engine.delete_dataset(id)?;
            return Err(error.into());
        }
        Ok(Json(wire(&engine.dataset(id)?)))
    })
    .await
}

/// The examples of a table whose first row names the columns. A row that is short has empty cells.
fn examples_of_table(table: &str, input_keys: &[String], output_keys: &[String]) -> Answer<Vec<NewExample>> {
    let mut rows = csv::rows(table).into_iter();
    let header = rows.next().unwrap_or_default();
    if input_keys.is_empty() {
        return Err(Failure::invalid("input_keys names no column"));
    }
    let columns = |keys: &[String]| -> Answer<Vec<(String, usize)>> {
        keys.iter()
            .map(|key| {
                let at = header.iter().position(|name| name == key);
                at.map(|at| (key.clone(), at))
                    .ok_or_else(|| Failure::invalid(format!("The table has no column {key}")))
            })
            .collect()
    };
    let (inputs, outputs) = (columns(input_keys)?, columns(output_keys)?);
    let object = |row: &[String], columns: &[(String, usize)]| {
        let cell = |at: usize| Value::from(row.get(at).map(String::as_str).unwrap_or_default());
        let members: Map<String, Value> =
            columns.iter().map(|(name, at)| (name.clone(), cell(*at))).collect();
        Value::Object(members).to_string()
    };
    Ok(rows
        .map(|row| NewExample {
            inputs: object(&row, &inputs),
            outputs: Some(object(&row, &outputs)).filter(|_| !outputs.is_empty()),
            ..NewExample::default()
        })
        .collect())
}

/// All examples of a version, as they were made.
fn all_examples(engine: &Engine, dataset: Uuid, query: &Query) -> Answer<Vec<Example>> {
    let wanted = ExampleQuery {
        dataset: Some(dataset),
        as_of: query.text("as_of").map(moment),
        limit: u32::MAX,
        ..ExampleQuery::default()
    };
    Ok(engine.examples(&wanted, None)?)
}

fn file_of(content_type: &'static str, text: String) -> Response {
    ([(header::CONTENT_TYPE, content_type)], text).into_response()
}

const JSON_LINES: &str = "application/x-ndjson";

async fn as_json_lines(
    State(engine): State<Arc<Engine>>,
    Path(id): Path<String>,
    query: Query,
) -> Answer<Response> {
    let id = dataset_id(&id)?;
    blocking(&engine, move |engine| {
        let mut lines = String::new();
        for example in all_examples(engine, id, &query)? {
            let outputs = example.outputs.as_deref().unwrap_or("null");
            // A line must stay one: only white space between tokens can hold a break, and a break there means nothing.
            let members = [
                ("inputs", example.inputs.as_str()),
                ("outputs", outputs),
                ("metadata", example.metadata.as_str()),
            ];
            lines.push_str(&engine::text_object(members).replace(['\n', '\r'], " "));
            lines.push('\n');
        }
        Ok(file_of(JSON_LINES, lines))
    })
    .await
}

/// One column for each member of the inputs, then of the outputs; an output that is named like an input has
/// `output.` in front. Texts stand as they are, anything else as JSON.
async fn as_csv(State(engine): State<Arc<Engine>>, Path(id): Path<String>, query: Query) -> Answer<Response> {
    let id = dataset_id(&id)?;
    blocking(&engine, move |engine| {
        let rows: Vec<[Map<String, Value>; 2]> = all_examples(engine, id, &query)?
            .iter()
            .map(|example| {
                [Some(example.inputs.as_str()), example.outputs.as_deref()]
                    .map(|text| raw(text).as_object().cloned().unwrap_or_default())
            })
            .collect();
        let keys = |side: usize| {
            let mut keys: Vec<&str> = Vec::new();
            for key in rows.iter().flat_map(|row| row[side].keys()) {
                if !keys.contains(&key.as_str()) {
                    keys.push(key);
                }
            }
            keys
        };
        let (inputs, outputs) = (keys(0), keys(1));
        let mut header: Vec<String> = inputs.iter().map(|key| (*key).to_owned()).collect();
        header.extend(
            outputs
                .iter()
                .map(|key| if inputs.contains(key) { format!("output.{key}") } else { (*key).to_owned() }),
        );
        let mut table = String::new();
        csv::write_row(header.iter().map(String::as_str), &mut table);
        for row in &rows {
            let cell = |value: Option<&Value>| match value {
                None => String::new(),
                Some(Value::String(text)) => text.clone(),
                Some(value) => value.to_string(),
            };
            let cells = inputs.iter().map(|key| cell(row[0].get(*key)));
            let cells: Vec<String> = cells.chain(outputs.iter().map(|key| cell(row[1].get(*key)))).collect();
            csv::write_row(cells.iter().map(String::as_str), &mut table);
        }
        Ok(file_of("text/csv; charset=utf-8", table))
    })
    .await
}

/// A message in OpenAI's form: as it is, or from LangChain's (`{"type": "human", "data": {"content": …}}`).
fn openai_message(message: &Value, role: &str) -> Option<Value> {
    match message {
        Value::String(text) => Some(json!({ "role": role, "content": text })),
        Value::Object(members) if members.contains_key("role") => Some(message.clone()),
        Value::Object(members) => {
            let kind = members.get("type")?.as_str()?;
            let role = match kind {
                "human" => "user",
                "ai" | "AIMessageChunk" => "assistant",
                "chat" => members.get("data").and_then(|data| data["role"].as_str()).unwrap_or("user"),
                other => other,
            };
            let data = members.get("data").unwrap_or(message);
            let mut out = Map::new();
            out.insert("role".to_owned(), role.into());
            out.insert("content".to_owned(), data["content"].clone());
            for key in ["tool_calls", "function_call"] {
                if let Some(calls) = data["additional_kwargs"].get(key).filter(|calls| !calls.is_null()) {
                    out.insert(key.to_owned(), calls.clone());
                }
            }
            for key in ["name", "tool_call_id"] {
                if let Some(name) = data.get(key).filter(|name| name.is_string()) {
                    out.insert(key.to_owned(), name.clone());
                }
            }
            Some(out.into())
        }
        _ => None,
    }
}

/// The messages of one side of an example: those under one of these names, else its only text.
fn openai_messages(side: Option<&str>, names: &[&str], role: &str) -> Option<Vec<Value>> {
    let side = raw(side);
    let members = side.as_object()?;
    let found = names
        .iter()
        .find_map(|name| members.get(*name))
        .or_else(|| members.values().next().filter(|value| members.len() == 1 && value.is_string()))?;
    match found {
        Value::Array(all) => all.iter().map(|message| openai_message(message, role)).collect(),
        one => Some(vec![openai_message(one, role)?]),
    }
}

/// What was said and what is expected, as messages.
fn chat_of(example: &Example) -> Answer<(Vec<Value>, Vec<Value>)> {
    let said = openai_messages(Some(&example.inputs), &["messages", "input"], "user");
    let names = ["messages", "message", "output", "generations"];
    let expected = openai_messages(example.outputs.as_deref(), &names, "assistant");
    said.zip(expected)
        .ok_or_else(|| Failure::invalid(format!("The example {} has no messages on both sides", example.id)))
}

async fn chat_lines(
    engine: Arc<Engine>,
    id: String,
    query: Query,
    line: fn(Vec<Value>, Vec<Value>) -> Value,
) -> Answer<Response> {
    let id = dataset_id(&id)?;
    blocking(&engine, move |engine| {
        let mut lines = String::new();
        for example in all_examples(engine, id, &query)? {
            let (said, expected) = chat_of(&example)?;
            lines.push_str(&line(said, expected).to_string());
            lines.push('\n');
        }
        Ok(file_of(JSON_LINES, lines))
    })
    .await
}

/// Lines for OpenAI's fine-tuning: whole conversations.
async fn as_openai_tuning(
    State(engine): State<Arc<Engine>>,
    Path(id): Path<String>,
    query: Query,
) -> Answer<Response> {
    chat_lines(engine, id, query, |mut said, expected| {
        said.extend(expected);
        json!({ "messages": said })
    })
    .await
}

/// Lines for OpenAI's evals: what was said, and the text that is ideal.
async fn as_openai(
    State(engine): State<Arc<Engine>>,
    Path(id): Path<String>,
    query: Query,
) -> Answer<Response> {
    chat_lines(engine, id, query, |said, expected| {
        let ideal = expected.last().map(|message| message["content"].clone());
        json!({ "input": said, "ideal": ideal })
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_become_examples_of_the_named_columns() {
        let table = "q,hint,a\r\n\"1, 2\",x,3\r\nlonely\r\n";
        let keys = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let examples = examples_of_table(table, &keys(&["q"]), &keys(&["a"])).unwrap();
        assert_eq!(examples[0].inputs, r#"{"q":"1, 2"}"#);
        assert_eq!(examples[0].outputs.as_deref(), Some(r#"{"a":"3"}"#));
        assert_eq!(examples[1].outputs.as_deref(), Some(r#"{"a":""}"#));
        assert!(examples_of_table(table, &keys(&["z"]), &[]).is_err());
        assert!(examples_of_table(table, &[], &[]).is_err());
    }

    #[test]
    fn messages_of_langchain_become_those_of_openai() {
        let inputs = r#"{"input":[{"type":"system","data":{"content":"s"}},{"role":"user","content":"u"}]}"#;
        assert_eq!(
            openai_messages(Some(inputs), &["messages", "input"], "user").unwrap(),
            [json!({ "role": "system", "content": "s" }), json!({ "role": "user", "content": "u" })]
        );
        let outputs = r#"{"output":{"type":"ai","data":{"content":"a","additional_kwargs":{"function_call":{"name":"f"}}}}}"#;
        assert_eq!(
            openai_messages(Some(outputs), &["messages", "output"], "assistant").unwrap(),
            [json!({ "role": "assistant", "content": "a", "function_call": { "name": "f" } })]
        );
        let text = openai_messages(Some(r#"{"question":"why"}"#), &["messages"], "user").unwrap();
        assert_eq!(text, [json!({ "role": "user", "content": "why" })]);
        assert_eq!(openai_messages(Some(r#"{"a":"x","b":"y"}"#), &["messages"], "user"), None);
    }
}
