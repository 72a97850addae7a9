//! Which price applies to a run: the person's entries first, then the bundled table (`langsmith-data.md` D17).

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock},
};

use model::{TokenClass, TokenSide, UnixNanos};
use serde::Deserialize;

use crate::{Price, PriceEntry, SidePrices, names};

/// The table that comes with the program. Its header names source, licence and day.
const BUNDLED: &str = include_str!("../data/prices.json");

/// Where the bundled table is from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct TableHeader {
    /// Name of the table.
    pub name: String,
    /// Where it was taken from.
    pub source: String,
    /// Version of the source.
    pub version: String,
    /// Day on which it was taken, as YYYY-MM-DD.
    pub date: String,
    /// Under which terms it may be carried over.
    pub licence: String,
}

#[derive(Deserialize)]
struct File<'f> {
    #[serde(flatten)]
    header: TableHeader,
    #[serde(borrow)]
    aliases: Vec<Alias<'f>>,
    #[serde(borrow)]
    entries: Vec<Row<'f>>,
}

#[derive(Deserialize)]
struct Alias<'f> {
    provider: &'f str,
    model: &'f str,
    of: &'f str,
}

#[derive(Deserialize)]
struct Row<'f> {
    provider: &'f str,
    model: &'f str,
    #[serde(default)]
    above: u64,
    input: HashMap<&'f str, &'f str>,
    output: HashMap<&'f str, &'f str>,
}

/// The bundled table, read once. Names are looked up in lower case.
struct Table {
    header: TableHeader,
    /// By provider and model; of one model the highest step last.
    entries: HashMap<(String, String), Vec<Arc<PriceEntry>>>,
    aliases: HashMap<(String, String), String>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let file: File<'_> =
        serde_json::from_str(BUNDLED).expect("the bundled price table is readable, as a test says");
    let side = |prices: &HashMap<&str, &str>, side: TokenSide| {
        let price = |text: &str| Price::parse_per_token(text);
        let mut classes: Vec<(TokenClass, Price)> = prices
            .iter()
            .filter_map(|(name, text)| Some((TokenClass::parse(side, name)?, price(text)?)))
            .collect();
        classes.sort_by_key(|(class, _)| *class);
        SidePrices { base: prices.get("").and_then(|text| price(text)), classes }
    };
    let mut entries: HashMap<(String, String), Vec<Arc<PriceEntry>>> = HashMap::new();
    for row in &file.entries {
        let sides = [side(&row.input, TokenSide::Input), side(&row.output, TokenSide::Output)];
        let entry = PriceEntry::bundled(row.provider, row.model, row.above, sides, &file.header.date);
        let key = (row.provider.to_owned(), row.model.to_ascii_lowercase());
        entries.entry(key).or_default().push(Arc::new(entry));
    }
    for steps in entries.values_mut() {
        steps.sort_by_key(|entry| entry.above);
    }
    let aliases = file.aliases.iter().map(|alias| {
        ((alias.provider.to_owned(), alias.model.to_ascii_lowercase()), alias.of.to_ascii_lowercase())
    });
    Table { aliases: aliases.collect(), entries, header: file.header }
});

/// What is asked of a price book.
#[derive(Debug, Clone, Copy, Default)]
pub struct Question<'q> {
    /// Provider as the run names it.
    pub provider: Option<&'q str>,
    /// Model as the run names it.
    pub model: &'q str,
    /// When the run started.
    pub start: Option<UnixNanos>,
    /// All its input tokens, for prices in steps.
    pub input_tokens: u64,
}

/// The price that applies.
#[derive(Debug, Clone)]
pub struct Match {
    /// The entry.
    pub entry: Arc<PriceEntry>,
    /// What the model is priced as, where its name is another one than the entry's.
    pub alias: Option<String>,
    /// Own entries that match too and come after the one that is used.
    pub also: Vec<Arc<PriceEntry>>,
}

/// All prices.
#[derive(Debug, Clone, Default)]
pub struct PriceBook {
    own: Vec<Arc<PriceEntry>>,
    /// Places of the own entries by what a name that fits begins with.
    by_start: HashMap<String, Vec<usize>>,
}

impl PriceBook {
    /// The bundled table under these own entries, the oldest first.
    pub fn new(own: Vec<PriceEntry>) -> Self {
        let mut by_start: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, entry) in own.iter().enumerate() {
            let start = entry.matcher.as_ref().map_or("", |matcher| matcher.start());
            by_start.entry(start.to_owned()).or_default().push(at);
        }
        Self { own: own.into_iter().map(Arc::new).collect(), by_start }
    }

    /// The own entries.
    pub fn own(&self) -> &[Arc<PriceEntry>] {
        &self.own
    }

    /// Where the bundled table is from.
    pub fn header() -> &'static TableHeader {
        &TABLE.header
    }

    /// Every entry of the bundled table, by provider, model and step.
    pub fn bundled() -> Vec<Arc<PriceEntry>> {
        let mut all: Vec<Arc<PriceEntry>> = TABLE.entries.values().flatten().cloned().collect();
        all.sort_by(|left, right| {
            (&left.provider, &left.pattern, left.above).cmp(&(&right.provider, &right.pattern, right.above))
        });
        all
    }

    /// The price for a run: an own entry, else the bundled one under the model's name or a name that means the same.
    pub fn find(&self, question: Question<'_>) -> Option<Match> {
        let provider = question.provider.map(names::provider);
        self.find_own(question, provider.as_deref()).or_else(|| find_bundled(question, provider.as_deref()))
    }

    /// Among own entries: one that names the provider, the latest start, the highest step, the longest pattern, the newest.
    fn find_own(&self, question: Question<'_>, provider: Option<&str>) -> Option<Match> {
        let fits = |entry: &PriceEntry| {
            let of_provider = entry.provider.as_deref().is_none_or(|wanted| {
                question.provider == Some(wanted) || provider == Some(names::provider(wanted).as_str())
            });
            let has_begun =
                entry.start.is_none_or(|begin| question.start.is_some_and(|start| start >= begin));
            let is_step = entry.above == 0 || question.input_tokens > entry.above;
            let names_model = entry.matcher.as_ref().is_some_and(|matcher| matcher.fits(question.model));
            of_provider && has_begun && is_step && names_model
        };
        let mut found: Vec<(usize, &Arc<PriceEntry>)> =
            self.candidates(question.model).filter(|(_, entry)| fits(entry)).collect();
        found.sort_by_key(|(index, entry)| {
            (entry.provider.is_some(), entry.start, entry.above, entry.pattern.len(), *index)
        });
        let (_, best) = found.pop()?;
        let also = found.into_iter().rev().map(|(_, entry)| Arc::clone(entry)).collect();
        Some(Match { entry: Arc::clone(best), alias: None, also })
    }

    /// Own entries whose patterns may fit.
    fn candidates<'b>(&'b self, model: &'b str) -> impl Iterator<Item = (usize, &'b Arc<PriceEntry>)> {
        let ends = model.char_indices().map(|(at, _)| at).chain([model.len()]);
        ends.filter(|_| !self.by_start.is_empty())
            .filter_map(|end| self.by_start.get(&model[..end]))
            .flatten()
            .map(|at| (*at, &self.own[*at]))
    }
}

fn find_bundled(question: Question<'_>, provider: Option<&str>) -> Option<Match> {
    let at = |provider: &str, model: &str| {
        let key = (provider.to_owned(), model.to_ascii_lowercase());
        let steps = TABLE.entries.get(&key).or_else(|| {
            let real = TABLE.aliases.get(&key)?;
            TABLE.entries.get(&(provider.to_owned(), real.clone()))
        })?;
        steps.iter().rev().find(|entry| entry.above == 0 || question.input_tokens > entry.above).cloned()
    };
    let spelled = |provider: &str, model: &str| {
        let bedrock = (provider == "bedrock").then_some("anthropic.");
        names::spellings(model).iter().find_map(|name| at(provider, name)).or_else(|| {
            names::spellings(&format!("{}{model}", bedrock?)).iter().find_map(|name| at(provider, name))
        })
    };
    let among_kin = |provider: &str, model: &str| {
        let bare = model.rsplit_once("anthropic.").map_or(model, |(_, name)| name);
        names::kin(provider).iter().find_map(|kin| spelled(kin, bare))
    };
    let routed = |model: &str| {
        let (vendor, name) = names::routed(model).filter(|_| !model.ends_with(":free"))?;
        spelled(&vendor, &name)
            .or_else(|| spelled(&vendor, &names::dashed(&name)))
            .or_else(|| among_kin(&vendor, &name))
    };
    let anywhere = |model: &str| names::VENDORS.iter().find_map(|vendor| spelled(vendor, model));
    let model = question.model;
    let entry = match provider {
        None => anywhere(model).or_else(|| routed(model)),
        Some(gateway) if names::GATEWAYS.contains(&gateway) => {
            at(gateway, model).or_else(|| routed(model)).or_else(|| anywhere(model))
        }
        Some(provider) => spelled(provider, model).or_else(|| among_kin(provider, model)),
    }?;
    let same_provider = provider.is_none() || provider == entry.provider.as_deref();
    let alias = (entry.pattern != model || !same_provider).then(|| {
        let owner = entry.provider.as_deref().unwrap_or_default();
        if same_provider { entry.pattern.clone() } else { format!("{owner}/{}", entry.pattern) }
    });
    Some(Match { entry, alias, also: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read_entries;

    fn check(book: &PriceBook, provider: &str, model: &str, input_tokens: u64, expected: &str) {
        let question = Question {
            provider: Some(provider).filter(|provider| !provider.is_empty()),
            model,
            start: Some(UnixNanos::parse("2026-11-26T00:00:00Z").unwrap()),
            input_tokens,
        };
        let told = book.find(question).map_or_else(
            || "unpriced".to_owned(),
            |found| {
                let alias = found.alias.map(|alias| format!(" as {alias}")).unwrap_or_default();
                let prices = [found.entry.input.base, found.entry.output.base]
                    .map(|price| price.map_or_else(|| "-".to_owned(), Price::per_million));
                format!("{} {}{alias}", found.entry.id, prices.join("/"))
            },
        );
        assert_eq!(told, expected, "{provider} {model}");
    }

    #[test]
    fn the_bundled_table_is_readable_and_says_where_it_is_from() {
        let header = PriceBook::header();
        assert!(
            header.licence.starts_with("MIT") && header.date.len() == 10 && header.source.contains("litellm")
        );
        let all = PriceBook::bundled();
        assert!(all.len() > 2000, "{}", all.len());
        for entry in &all {
            let again = PriceEntry::from_snapshot(&entry.snapshot()).unwrap();
            assert_eq!((&again.input, &again.output), (&entry.input, &entry.output), "{}", entry.id);
        }
        for provider in [
            "openai",
            "anthropic",
            "google_genai",
            "google_vertexai",
            "bedrock",
            "azure",
            "mistral",
            "deepseek",
            "xai",
            "cohere",
            "groq",
            "together",
            "fireworks",
        ] {
            assert!(all.iter().any(|entry| entry.provider.as_deref() == Some(provider)), "{provider}");
        }
    }

    #[test]
    fn names_that_mean_the_same_find_their_price_and_say_so() {
        let book = PriceBook::default();
        check(&book, "openai", "gpt-4o", 0, "bundled:openai/gpt-4o 2.5/10");
        check(&book, "anthropic", "claude-sonnet-4-5", 0, "bundled:anthropic/claude-sonnet-4-5 3/15");
        check(
            &book,
            "anthropic",
            "claude-sonnet-4-5-latest",
            0,
            "bundled:anthropic/claude-sonnet-4-5 3/15 as claude-sonnet-4-5",
        );
        check(
            &book,
            "anthropic",
            "claude-sonnet-latest",
            0,
            "bundled:anthropic/claude-sonnet-5-5 2/10 as claude-sonnet-5-5",
        );
        check(&book, "", "gpt-4o", 0, "bundled:openai/gpt-4o 2.5/10");
        check(
            &book,
            "openrouter",
            "anthropic/claude-sonnet-4.5",
            0,
            "bundled:anthropic/claude-sonnet-4-5 3/15 as anthropic/claude-sonnet-4-5",
        );
        check(&book, "openrouter", "openai/gpt-4o:nitro", 0, "bundled:openai/gpt-4o 2.5/10 as openai/gpt-4o");
        check(&book, "openrouter", "openai/gpt-4o:free", 0, "unpriced");
        check(&book, "acme", "gpt-4o", 0, "unpriced");
        check(&book, "openai", "gpt-9-imaginary", 0, "unpriced");
    }

    #[test]
    fn a_step_applies_above_its_tokens() {
        let book = PriceBook::default();
        check(
            &book,
            "google_genai",
            "gemini-2.5-pro",
            200_000,
            "bundled:google_genai/gemini-2.5-pro 1.25/10",
        );
        check(
            &book,
            "google_genai",
            "gemini-2.5-pro",
            200_001,
            "bundled:google_genai/gemini-2.5-pro above 200000 2.5/15",
        );
    }

    #[test]
    fn own_entries_win_by_provider_start_and_pattern() {
        let (own, errors) = read_entries(
            r#"[{"id":"a","name":"any gpt","match_pattern":"gpt","prompt_cost":"0.000001"},
                {"id":"b","name":"gpt","match_pattern":"^gpt-4o$","provider":"openai","prompt_cost":"0.000002"},
                {"id":"c","name":"gpt","match_pattern":"^gpt-4o$","provider":"openai","prompt_cost":"0.000003","start_time":"2026-06-01"},
                {"id":"d","name":"gpt","match_pattern":"^gpt-4o$","provider":"openai","prompt_cost":"0.000004","start_time":"2027-01-01"},
                {"id":"e","name":"house","match_pattern":"house","prompt_cost":"0","completion_cost":"0"}]"#,
            "2026-11-01",
        );
        assert_eq!(errors, []);
        let book = PriceBook::new(own);
        check(&book, "openai", "gpt-4o", 0, "c 3/-");
        check(&book, "azure", "gpt-4o", 0, "a 1/-");
        check(&book, "azure", "our-house-model", 0, "e 0/0");
        check(&book, "anthropic", "claude-sonnet-4-5", 0, "bundled:anthropic/claude-sonnet-4-5 3/15");
    }

    #[test]
    fn thousands_of_own_entries_are_not_tried_one_by_one() {
        let own: Vec<PriceEntry> = (0..5000)
            .map(|number| {
                let json = serde_json::json!({"name": format!("acme-{number}"), "prompt_cost": "0.000001"});
                PriceEntry::from_json(&json, "entry", "2026-11-26").unwrap()
            })
            .collect();
        let book = PriceBook::new(own);
        // Those that it begins with: acme-4, acme-49, acme-499 and itself.
        assert_eq!(book.candidates("acme-4999").count(), 4);
        assert_eq!(book.candidates("gpt-4o").count(), 0);
        check(&book, "", "acme-4999", 0, "own:acme-4999 1/-");
    }

    #[test]
    fn what_would_be_lost_in_silence_is_an_error_with_its_place() {
        let told = |text: &str| {
            let (entries, errors) = read_entries(text, "");
            let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
            format!("{} {}", entries.len(), errors.join("; "))
        };
        assert_eq!(told("\u{feff}[{\"name\":\"a\",\"prompt_cost\":\"0.1\"}]"), "1 ");
        assert_eq!(
            told("[{\"name\":\"a\",\n\"prompt_cost\":\"0.1\",\"prompt_cost\":\"0.2\"}]"),
            "0 line 2, column 40: the member \"prompt_cost\" stands twice in one object at line 2 column 40"
        );
        assert_eq!(
            told(r#"[{"name":"a","match_pattern":" ","prompt_cost":"0.1"}]"#),
            "0 entry 1 (a), match_pattern: is empty, which every model would fit"
        );
    }

    #[test]
    fn a_bad_price_file_is_told_entry_by_entry() {
        let (entries, errors) = read_entries(
            r#"{"entries":[{"name":"a","prompt_cost":"free"},{"name":"b","prompt_cost":-1},{"prompt_cost":1},
                {"name":"c","match_pattern":"(","prompt_cost":"1"},{"name":"d"},7,
                {"name":"e","prompt_cost":"0.1","prompt_cost_details":{"of_the_future":"0.1"}},
                {"name":"f","prompt_cost":"0.1","start_time":"soon"},{"name":"g","prompt_cots":"0.1"},
                {"name":"h","prompt_cost":"0.1"},{"name":"h","prompt_cost":"0.2"}]}"#,
            "",
        );
        let told: Vec<String> = errors.iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(told.join("\n"));
        assert_eq!(entries.len(), 2);
        let (none, errors) = read_entries("{\n  oops", "");
        assert!(none.is_empty() && errors[0].place == "line 2, column 3", "{errors:?}");
    }
}
