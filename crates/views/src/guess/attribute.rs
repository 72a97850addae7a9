//! Attributes that name a conversation in words that no vocabulary knows as a thread key.

use serde_json::Value;

/// What such names are about.
const SUBJECTS: [&str; 9] =
    ["conversation", "conv", "convo", "chat", "dialog", "dialogue", "session", "thread", "ticket"];
/// What such names end with, where they say more than what they are about.
const ENDINGS: [&str; 7] = ["id", "key", "uuid", "guid", "ref", "ts", "number"];
/// Attributes of a process that are named alike: OpenTelemetry's thread of the operating system.
const OTHERS: [&str; 2] = ["thread.id", "thread.name"];
/// Values that name nothing.
const NO_NAMES: [&str; 8] = ["default", "none", "null", "unknown", "undefined", "test", "0", "-1"];
/// Longer values are no names.
const LONGEST: usize = 200;
/// Attributes of one trace that are looked at.
const MOST: usize = 4;

/// The attributes of a JSON object that name a conversation, by key: the texts and whole numbers of `chat_id`,
/// `app.dialogId`, `support.ticket.key` and the like, also in objects inside of it.
pub fn conversation_attributes(metadata: &str) -> Vec<(String, String)> {
    let Ok(Value::Object(members)) = serde_json::from_str(metadata) else { return Vec::new() };
    let mut found = Vec::new();
    for (key, value) in &members {
        collect(key, value, 0, &mut found);
    }
    found.sort();
    found.dedup();
    found.truncate(MOST);
    found
}

fn collect(key: &str, value: &Value, depth: u32, found: &mut Vec<(String, String)>) {
    let text = match value {
        Value::Object(members) if depth < 3 => {
            for (inner, value) in members {
                collect(&format!("{key}.{inner}"), value, depth + 1, found);
            }
            return;
        }
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) if number.is_i64() || number.is_u64() => number.to_string(),
        _ => return,
    };
    let is_name = !text.is_empty()
        && text.len() <= LONGEST
        && !text.contains('\n')
        && !NO_NAMES.contains(&text.to_lowercase().as_str());
    if is_name && names_conversation(key) {
        found.push((key.to_owned(), text));
    }
}

fn names_conversation(key: &str) -> bool {
    if OTHERS.contains(&key) {
        return false;
    }
    let words = words(key);
    let Some(last) = words.last() else { return false };
    let is_subject = |word: &String| SUBJECTS.contains(&word.as_str());
    // `chatid` is one word to whoever writes in small letters.
    let is_joined =
        SUBJECTS.iter().any(|subject| last.strip_prefix(subject).is_some_and(|rest| ENDINGS.contains(&rest)));
    let is_about = words.len() > 1 && is_subject(&words[words.len() - 2]) && ENDINGS.contains(&last.as_str());
    is_joined || is_about || is_subject(last)
}

/// The words of a key, in small letters: `app.chatId` is `app`, `chat`, `id`.
fn words(key: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_small = false;
    for letter in key.chars() {
        let begins = !letter.is_alphanumeric() || (letter.is_uppercase() && was_small);
        if begins && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        if letter.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(letter.to_lowercase());
        }
        was_small = letter.is_lowercase() || letter.is_numeric();
    }
    words.retain(|word| !word.is_empty());
    words
}
