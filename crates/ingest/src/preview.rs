//! One line of a payload: what a table or tree shows of it.

use crate::{
    json::{self, elements, members},
    tidy::{Spaces, tidy},
};

/// Characters of a preview (`viewer-ux.md` §3).
const PREVIEW_CHARS: usize = 200;
/// Characters of a tool's arguments in the tree.
const ARGUMENT_CHARS: usize = 80;
/// Longest short error text in a row.
const ERROR_CHARS: usize = 300;
/// Bytes of a payload without any text that a preview is made of.
const JSON_PREVIEW_BYTES: usize = 4096;
/// Levels that are searched for a first useful text.
const MAX_SEARCH_DEPTH: usize = 12;

/// Which side of a run a payload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// What went in.
    Input,
    /// What came out.
    Output,
}

/// Members that usually hold the text, best first.
const TEXT_KEYS: [&str; 26] = [
    "messages",
    "input",
    "inputs",
    "output",
    "outputs",
    "question",
    "query",
    "prompt",
    "content",
    "parts",
    "text",
    "answer",
    "response",
    "result",
    "completion",
    "message",
    "kwargs",
    "choices",
    "generations",
    "value",
    "contents",
    "documents",
    "page_content",
    "data",
    "args",
    "reasoning",
];

/// Text on one line, cut with an ellipsis.
pub(crate) fn one_line(text: &str, chars: usize) -> String {
    let mut line = String::with_capacity(text.len().min(chars * 4));
    let mut count = 0;
    let mut gap = false;
    for char in text.chars() {
        if char.is_whitespace() || char.is_control() {
            gap = !line.is_empty();
            continue;
        }
        if count + usize::from(gap) >= chars {
            line.push('…');
            return line;
        }
        if gap {
            line.push(' ');
            count += 1;
            gap = false;
        }
        line.push(char);
        count += 1;
    }
    line
}

/// How Python begins a stack trace.
const TRACEBACK: &str = "Traceback (most recent call last)";

/// The message of an error text and, where one is appended, its stack trace.
pub(crate) fn split_error(text: &str) -> (&str, Option<&str>) {
    let python = text.find(TRACEBACK).filter(|at| !text[..*at].trim().is_empty());
    match python
        .or_else(|| text.trim_start().find("\n\n").map(|at| at + text.len() - text.trim_start().len()))
    {
        Some(at) => (text[..at].trim(), Some(text[at..].trim()).filter(|trace| !trace.is_empty())),
        None => (text.trim(), None),
    }
}

/// An error text for rows: the message, on one line.
pub(crate) fn short_error(text: &str) -> String {
    one_line(split_error(text).0.split("\n\n").next().unwrap_or(text), ERROR_CHARS)
}

/// An object of members that are JSON already.
pub(crate) fn object<'a>(entries: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Vec<u8> {
    let mut out = vec![b'{'];
    for (index, (key, value)) in entries.into_iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        json::write_string(key, &mut out);
        out.push(b':');
        out.extend_from_slice(value);
    }
    out.push(b'}');
    out
}

/// The first useful text of inputs or outputs: of a conversation the last human words in, the last words out.
pub(crate) fn of_payload(payload: &[u8], side: Side) -> Option<String> {
    if matches!(payload, b"{}" | b"[]" | b"null") {
        return None;
    }
    let text = text_of(payload, side, 0).unwrap_or_else(|| start_of(payload));
    Some(one_line(&text, PREVIEW_CHARS)).filter(|line| !line.is_empty())
}

/// The beginning of a payload as JSON without space between values.
fn start_of(payload: &[u8]) -> String {
    tidy(&payload[..payload.len().min(JSON_PREVIEW_BYTES)], Spaces::Drop)
}

fn text_of(value: &[u8], side: Side, depth: usize) -> Option<String> {
    if depth > MAX_SEARCH_DEPTH {
        return None;
    }
    match value.first()? {
        b'"' => json::string(value).filter(|text| !text.trim().is_empty()).map(std::borrow::Cow::into_owned),
        b'[' => text_of_list(value, side, depth),
        b'{' => {
            let members: Vec<_> = members(value).collect();
            if members.iter().any(|(key, value)| key == "type" && is_tool_part(value)) {
                return None;
            }
            let known = TEXT_KEYS.iter().find_map(|wanted| {
                members
                    .iter()
                    .filter(|(key, _)| key == wanted)
                    .find_map(|(_, value)| text_of(value, side, depth + 1))
            });
            // Whatever was searched is not searched again: twice a level would double the work at each.
            known.or_else(|| match members.as_slice() {
                [(key, only)] if !TEXT_KEYS.contains(&key.as_ref()) => text_of(only, side, depth + 1),
                _ => None,
            })
        }
        _ => None,
    }
}

fn is_tool_part(kind: &[u8]) -> bool {
    json::string(kind)
        .is_some_and(|kind| kind.starts_with("tool") || kind == "reasoning" || kind == "thinking")
}

/// Roles as LangChain takes them in messages that are written as pairs.
const PAIR_ROLES: [&str; 8] =
    ["user", "human", "assistant", "ai", "system", "developer", "tool", "placeholder"];

/// Role and content of a message that is written as a pair, `["user", "hi"]`.
fn pair(value: &[u8]) -> Option<(String, &[u8])> {
    if value.first() != Some(&b'[') {
        return None;
    }
    let mut items = elements(value);
    let (role, content, None) = (items.next()?, items.next()?, items.next()) else { return None };
    let role = json::string(role)?.to_ascii_lowercase();
    PAIR_ROLES.contains(&role.as_str()).then_some((role, content))
}

fn text_of_list(value: &[u8], side: Side, depth: usize) -> Option<String> {
    if let Some((_, content)) = pair(value) {
        return text_of(content, side, depth + 1);
    }
    let items: Vec<&[u8]> = elements(value).collect();
    let role = |item: &[u8]| {
        if let Some((role, _)) = pair(item) {
            return Some(role);
        }
        json::member(item, "role")
            .or_else(|| json::member(item, "type"))
            .and_then(json::string)
            .map(|role| role.to_ascii_lowercase())
    };
    let wanted: &[&str] = match side {
        Side::Input => &["user", "human"],
        Side::Output => &["assistant", "ai", "model"],
    };
    let (spoken, other): (Vec<&[u8]>, Vec<&[u8]>) =
        items.into_iter().partition(|item| role(item).is_some_and(|role| wanted.contains(&role.as_str())));
    let mut search = |item: &&[u8]| text_of(item, side, depth + 1);
    let preferred = spoken.iter().rev().find_map(&mut search);
    preferred.or_else(|| match side {
        Side::Input => other.iter().find_map(&mut search),
        Side::Output => other.iter().rev().find_map(&mut search),
    })
}

/// A tool's arguments on one line: the values of a small object, else its JSON.
pub(crate) fn arguments(inputs: &[u8]) -> Option<String> {
    if matches!(inputs, b"{}" | b"[]") {
        return None;
    }
    let values: Option<Vec<String>> = members(inputs)
        .take(4)
        .map(|(_, value)| json::text(value).map(std::borrow::Cow::into_owned))
        .collect();
    let text = match values {
        Some(values) if !values.is_empty() => values.join(", "),
        _ => start_of(inputs),
    };
    Some(one_line(&text, ARGUMENT_CHARS)).filter(|line| !line.is_empty())
}

/// "5 documents".
pub(crate) fn documents(outputs: &[u8]) -> Option<String> {
    let list = json::member(outputs, "documents").or_else(|| json::member(outputs, "output"))?;
    if list.first() != Some(&b'[') {
        return None;
    }
    let count = elements(list).count();
    Some(if count == 1 { "1 document".to_owned() } else { format!("{count} documents") })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(json: &str) -> Option<String> {
        of_payload(json.as_bytes(), Side::Input)
    }

    #[test]
    fn messages_as_pairs() {
        let messages = r#"{"messages":[["system","be nice"],["user","weather?"]]}"#;
        assert_eq!(input(messages).as_deref(), Some("weather?"));
        assert_eq!(input(r#"{"input":["user","name"]}"#).as_deref(), Some("name"));
        assert_eq!(input(r#"["cats","dogs"]"#).as_deref(), Some("cats"));
    }

    #[test]
    fn a_conversation_shows_the_last_human_words() {
        let genai = r#"{"messages":[{"role":"system","parts":[{"type":"text","content":"Be brief"}]},
            {"role":"user","parts":[{"type":"text","content":"Where is\n parcel 77?"}]},
            {"role":"user","parts":[{"type":"tool_call_response","id":"1","response":"x"}]}]}"#;
        assert_eq!(input(genai).as_deref(), Some("Where is parcel 77?"));
        let langchain =
            r#"{"messages":[[{"lc":1,"id":["HumanMessage"],"kwargs":{"type":"human","content":"hi"}}]]}"#;
        assert_eq!(input(langchain).as_deref(), Some("hi"));
    }

    #[test]
    fn an_answer_shows_its_text() {
        let openai =
            r#"{"choices":[{"index":0,"message":{"role":"assistant","content":"Tuesday."}}],"id":"x"}"#;
        assert_eq!(of_payload(openai.as_bytes(), Side::Output).as_deref(), Some("Tuesday."));
    }

    #[test]
    fn what_holds_no_text_shows_its_json_and_nothing_shows_nothing() {
        assert_eq!(input(r#"{"a":1,"b":[2]}"#).as_deref(), Some(r#"{"a":1,"b":[2]}"#));
        assert_eq!(input("{}"), None);
    }

    #[test]
    fn nesting_without_text_costs_no_more_than_its_size() {
        let numbers = format!("[{}]", vec!["1"; 20_000].join(","));
        let nested = (0..12).fold(numbers, |inner, level| {
            if level % 2 == 0 {
                format!(r#"{{"content":{inner}}}"#)
            } else {
                format!(r#"[{{"role":"user","x":{inner}}}]"#)
            }
        });
        let start = std::time::Instant::now();
        assert!(input(&nested).is_some());
        assert!(start.elapsed() < std::time::Duration::from_secs(1), "{:?}", start.elapsed());
    }

    #[test]
    fn long_text_is_cut_with_an_ellipsis() {
        assert_eq!(one_line("a  b\tc", 3), "a b…");
        assert_eq!(one_line("abc", 3), "abc");
    }

    #[test]
    fn tools_show_their_arguments_and_retrievers_their_count() {
        assert_eq!(arguments(br#"{"city":"Oslo","days":3}"#).as_deref(), Some("Oslo, 3"));
        assert_eq!(documents(br#"{"documents":[{},{}]}"#).as_deref(), Some("2 documents"));
    }
}
