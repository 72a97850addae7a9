//! Keys that a person gives to commands: none may be given to two commands that act on the same screen.
//!
//! Commands are named by the interface as `screen.name`; its own keys are known to it alone, so it refuses those.

use std::collections::BTreeMap;

use rules::{Category, Key};

use crate::{Error, error::Result, rules};

/// Commands of these act on every screen.
const EVERYWHERE: [&str; 7] = ["app", "file", "go", "help", "library", "project", "view"];
/// Commands of one line act on one screen.
const TOGETHER: [&[&str]; 3] = [
    &["review", "item", "pair", "trace", "tree", "run"],
    &["trace", "tree", "time", "run", "messages", "thread"],
    &["table", "thread", "dataset"],
];
/// Commands of these act beside a rubric, whose categories may have letters.
const BESIDE_RUBRICS: [&str; 4] = ["review", "item", "pair", "bulk"];
/// Keys of a sequence.
const MOST_STEPS: usize = 2;

/// Refuses what is no shortcut, what two commands of one screen would share, and letters of categories.
pub(crate) fn check(keymap: &BTreeMap<String, String>, keys: &[Key]) -> Result<()> {
    let chosen: Vec<(&str, Vec<&str>)> = keymap
        .iter()
        .filter(|(_, shortcut)| !shortcut.is_empty())
        .map(|(command, shortcut)| (command.as_str(), shortcut.split(' ').collect()))
        .collect();
    for (place, (command, steps)) in chosen.iter().enumerate() {
        if steps.len() > MOST_STEPS || !steps.iter().all(|step| is_step(step)) {
            return Err(refused(&format!("{} is no key for {command}", steps.join(" "))));
        }
        if let Some((other, _)) =
            chosen[..place].iter().find(|(other, taken)| acts_with(command, other) && clash(steps, taken))
        {
            return Err(refused(&format!("{} is given to both {other} and {command}", steps.join(" "))));
        }
        if let Some(letter) = letter_beside_rubrics(command, steps[0])
            && let Some((key, category)) = keys.iter().find_map(|key| category_of(key, &letter))
        {
            return Err(refused(&format!("{} is “{}” of {key}", steps[0], category.label)));
        }
    }
    Ok(())
}

/// Letters that categories may not have, because a person gave them to commands beside rubrics.
pub(crate) fn letters_beside_rubrics(keymap: &BTreeMap<String, String>) -> String {
    let first = |shortcut: &'_ String| shortcut.split(' ').next().unwrap_or_default().to_owned();
    keymap.iter().filter_map(|(command, shortcut)| letter_beside_rubrics(command, &first(shortcut))).collect()
}

fn letter_beside_rubrics(command: &str, step: &str) -> Option<String> {
    let screen = screen_of(command);
    let acts = BESIDE_RUBRICS.contains(&screen) || EVERYWHERE.contains(&screen);
    (acts && step.chars().count() == 1).then(|| step.to_lowercase())
}

fn category_of<'k>(key: &'k Key, letter: &str) -> Option<(&'k str, &'k Category)> {
    let has =
        |category: &&Category| category.hotkey.as_ref().is_some_and(|hotkey| hotkey.to_lowercase() == letter);
    key.categories.iter().find(has).map(|category| (key.key.as_str(), category))
}

fn screen_of(command: &str) -> &str {
    command.split('.').next().unwrap_or(command)
}

fn acts_with(one: &str, other: &str) -> bool {
    let (one, other) = (screen_of(one), screen_of(other));
    one == other
        || EVERYWHERE.contains(&one)
        || EVERYWHERE.contains(&other)
        || TOGETHER.iter().any(|screens| screens.contains(&one) && screens.contains(&other))
}

/// Whether one of them begins as the other does: the longer one could not be typed any more.
fn clash(one: &[&str], other: &[&str]) -> bool {
    one.iter().zip(other).all(|(one, other)| one.to_lowercase() == other.to_lowercase())
}

/// `Mod`, `Alt` and `Shift`, each once at most, and one key.
fn is_step(step: &str) -> bool {
    if step == "+" {
        return true;
    }
    let (before, key) = match step.strip_suffix("++") {
        Some(before) => (before, "+"),
        None => step.rsplit_once('+').unwrap_or(("", step)),
    };
    let mut modifiers: Vec<&str> = before.split('+').filter(|part| !part.is_empty()).collect();
    let count = modifiers.len();
    modifiers.sort_unstable();
    modifiers.dedup();
    !key.is_empty()
        && modifiers.len() == count
        && modifiers.iter().all(|part| ["Mod", "Alt", "Shift"].contains(part))
        && !key.chars().any(char::is_control)
}

fn refused(why: &str) -> Error {
    Error::InvalidInput(format!("{why}. Give one of them another key"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_of(chosen: &[(&str, &str)]) -> Option<String> {
        let keymap = chosen.iter().map(|(command, shortcut)| ((*command).to_owned(), (*shortcut).to_owned()));
        let verdict = Key {
            categories: vec![Category {
                value: Some(1.0),
                label: "Pass".to_owned(),
                description: None,
                hotkey: Some("p".to_owned()),
                color: None,
            }],
            ..Key::undefined("verdict")
        };
        check(&keymap.collect(), &[verdict]).err().map(|error| error.to_string())
    }

    #[test]
    fn keys_of_one_screen_are_given_once() {
        for free in [
            &[("review.skip", "X"), ("review.save", "Mod+X")][..],
            &[("review.skip", "X"), ("table.open", "X")],
            &[("review.skip", ""), ("review.save", "")],
            &[("table.first", "G G"), ("table.last", "Shift+G")],
            &[("table.first", "G G"), ("table.next", "G H")],
            &[("review.skip", "+"), ("review.save", "Mod++")],
            &[("table.open", "P")],
        ] {
            assert_eq!(check_of(free), None, "{free:?}");
        }
        for taken in [
            &[("review.skip", "X"), ("review.save", "x")][..],
            &[("review.skip", "X"), ("item.next", "X")],
            &[("app.palette", "Mod+J"), ("review.save", "Mod+J")],
            &[("table.first", "G G"), ("table.next", "G")],
            &[("review.skip", "P")],
            &[("review.skip", "Hyper+X")],
            &[("review.skip", "Mod+Mod+X")],
            &[("review.skip", "A B C")],
            &[("review.skip", "Mod+")],
        ] {
            assert!(check_of(taken).is_some(), "{taken:?}");
        }
        assert_eq!(
            check_of(&[("review.save", "X"), ("review.skip", "X")]).unwrap(),
            "X is given to both review.save and review.skip. Give one of them another key"
        );
    }

    #[test]
    fn letters_that_a_person_uses_are_no_letters_of_categories() {
        let keymap =
            [("review.skip", "X"), ("table.open", "O"), ("app.palette", "Q"), ("review.save", "Mod+S")];
        let keymap = keymap.map(|(command, shortcut)| (command.to_owned(), shortcut.to_owned()));
        assert_eq!(letters_beside_rubrics(&keymap.into()), "qx");
    }
}
