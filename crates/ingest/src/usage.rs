//! Usage objects of every shape, as classes of [`Usage`] (`langsmith-cost-feedback-queues.md` §6.1–§6.3).
//!
//! A negative or absurd count is unknown, a fraction is rounded, a class is at most its side; all of them are told by
//! [`problems`].

use model::{Cost, GivenCost, TokenClass, TokenSide, Usage};

use crate::json::{self, Object, members};

/// Token counts as one object tells them.
#[derive(Debug, Clone, Default)]
pub(crate) struct SentUsage {
    pub(crate) usage: Usage,
    /// Cached tokens are counted beside the input.
    pub(crate) excludes_cache: bool,
}

impl SentUsage {
    /// Counts whose input holds the cached tokens too.
    pub(crate) fn inclusive(usage: Usage) -> Self {
        Self { usage, excludes_cache: false }
    }

    /// Nothing when no class is told.
    pub(crate) fn given(self) -> Option<Self> {
        (!self.usage.is_empty()).then_some(self)
    }

    /// Counts in the shape of [`Usage`].
    pub(crate) fn normalised(self) -> Usage {
        normalised(self.usage, self.excludes_cache)
    }

    /// The usage object of a provider's response, told apart by its keys: OpenAI's in both interfaces, Anthropic's and
    /// Bedrock's (cached tokens beside the input), Gemini's, the AI SDK's, and what follows them.
    pub(crate) fn of_provider(sent: &Object<'_>) -> Self {
        Self::of_provider_in_tier(sent, sent.text("service_tier").as_deref())
    }

    /// Like [`SentUsage::of_provider`], with the tier that the response names beside its usage.
    pub(crate) fn of_provider_in_tier(sent: &Object<'_>, tier: Option<&str>) -> Self {
        let has = |keys: &[&str]| keys.iter().any(|key| sent.get(key).is_some());
        if has(&["prompt_token_count", "promptTokenCount", "candidates_token_count", "candidatesTokenCount"])
        {
            return Self::of_gemini(sent);
        }
        let count = |keys: &[&str]| keys.iter().find_map(|key| sent.get(key).and_then(json::count));
        let nested = |keys: &[&str], classes: &[&str]| {
            let inside = |key: &&str| {
                let details = sent.get(key)?;
                classes.iter().find_map(|class| json::member(details, class).and_then(json::count))
            };
            keys.iter().find_map(inside)
        };
        // Version 6 of the AI SDK puts an object where others have the number.
        let input = count(&["prompt_tokens", "input_tokens", "inputTokens", "promptTokens"])
            .or_else(|| nested(&["inputTokens"], &["total"]));
        let output = count(&["completion_tokens", "output_tokens", "outputTokens", "completionTokens"])
            .or_else(|| nested(&["outputTokens"], &["total"]));
        let input_details = [
            "prompt_tokens_details",
            "input_tokens_details",
            "input_token_details",
            "inputTokenDetails",
            "inputTokens",
        ];
        let output_details = [
            "completion_tokens_details",
            "output_tokens_details",
            "output_token_details",
            "outputTokenDetails",
            "outputTokens",
        ];
        let read_inside =
            nested(&input_details, &["cached_tokens", "cache_read", "cacheReadTokens", "cacheRead"]);
        let read_beside = count(&["cache_read_input_tokens", "cacheReadInputTokens"]);
        let written_inside = nested(
            &input_details,
            &[
                "cache_creation_tokens",
                "cache_write_tokens",
                "cache_creation",
                "cacheWriteTokens",
                "cacheWrite",
            ],
        );
        let written_beside = count(&["cache_creation_input_tokens", "cacheWriteInputTokens"]);
        let five = nested(&["cache_creation"], &["ephemeral_5m_input_tokens"])
            .or_else(|| nested(&input_details, &["ephemeral_5m_input_tokens"]));
        let hour = ["ephemeral_1h_input_tokens", "ephemeral_1hr_input_tokens"]
            .iter()
            .find_map(|key| nested(&["cache_creation"], &[key]).or_else(|| nested(&input_details, &[key])));
        let mut usage = Usage {
            input,
            output,
            total: count(&["total_tokens", "totalTokens"]),
            cache_read: read_inside
                .or(read_beside)
                .or_else(|| count(&["cachedInputTokens", "prompt_cache_hit_tokens"])),
            cache_creation: written_beside.or(written_inside),
            reasoning: nested(&output_details, &["reasoning_tokens", "reasoning", "reasoningTokens"])
                .or_else(|| count(&["reasoningTokens", "reasoning_tokens"])),
            ..Usage::default()
        }
        .with_details(
            [
                (TokenClass::CacheCreation5m, five),
                (TokenClass::CacheCreation1h, hour),
                (TokenClass::InputAudio, nested(&input_details, &["audio_tokens", "audio"])),
                (TokenClass::InputImage, nested(&input_details, &["image_tokens", "image"])),
                (TokenClass::OutputAudio, nested(&output_details, &["audio_tokens", "audio"])),
                (TokenClass::OutputImage, nested(&output_details, &["image_tokens", "image"])),
            ]
            .into_iter()
            .filter_map(|(class, count)| Some((class, count?))),
        );
        // A total that is the sum of both sides (MLflow's) says that the input is whole already; Anthropic sends none, and
        // Bedrock's leaves the cache out.
        let is_whole = sent.get("total_tokens").and_then(json::count).is_some_and(|total| {
            Some(total) == input.zip(output).map(|(input, output)| input.saturating_add(output))
        });
        let excludes_cache =
            read_beside.or(written_beside).is_some() && !has(&["prompt_tokens"]) && !is_whole;
        if let Some(tier) = tier {
            usage = in_tier(usage, tier);
        }
        Self { usage, excludes_cache }
    }

    /// Gemini's counts: the answer's without thoughts, which are billed as output too.
    pub(crate) fn of_gemini(sent: &Object<'_>) -> Self {
        let count = |keys: &[&str]| keys.iter().find_map(|key| sent.get(key).and_then(json::count));
        let thoughts = count(&["thoughts_token_count", "thoughtsTokenCount"]);
        let candidates = count(&[
            "candidates_token_count",
            "candidatesTokenCount",
            "response_token_count",
            "responseTokenCount",
        ]);
        let tools = count(&["tool_use_prompt_token_count", "toolUsePromptTokenCount"]).unwrap_or(0);
        let modality = |keys: &[&str], name: &str| {
            let list = keys.iter().find_map(|key| sent.get(key))?;
            let of = |item: &[u8]| {
                json::member(item, "modality")
                    .and_then(json::string)
                    .is_some_and(|sent| sent.eq_ignore_ascii_case(name))
            };
            let found = json::elements(list).find(|item| of(item))?;
            ["token_count", "tokenCount"]
                .iter()
                .find_map(|key| json::member(found, key).and_then(json::count))
        };
        let inputs = ["prompt_tokens_details", "promptTokensDetails"];
        let outputs = ["candidates_tokens_details", "candidatesTokensDetails"];
        let usage = Usage {
            input: count(&["prompt_token_count", "promptTokenCount"])
                .map(|count| count.saturating_add(tools)),
            output: candidates
                .or(thoughts.map(|_| 0))
                .map(|count| count.saturating_add(thoughts.unwrap_or(0))),
            total: count(&["total_token_count", "totalTokenCount"]),
            cache_read: count(&["cached_content_token_count", "cachedContentTokenCount"]),
            reasoning: thoughts,
            ..Usage::default()
        }
        .with_details(
            [
                (TokenClass::InputAudio, modality(&inputs, "audio")),
                (TokenClass::InputImage, modality(&inputs, "image")),
                (TokenClass::InputVideo, modality(&inputs, "video")),
                (TokenClass::OutputAudio, modality(&outputs, "audio")),
                (TokenClass::OutputImage, modality(&outputs, "image")),
            ]
            .into_iter()
            .filter_map(|(class, count)| Some((class, count?))),
        );
        Self::inclusive(usage)
    }
}

/// Counts of a call in another tier than the standard one (§6.3, OpenAI): every token is one of that tier.
fn in_tier(mut usage: Usage, tier: &str) -> Usage {
    use TokenClass as Class;
    let (read, written, reasoned, input, output) = match tier {
        "priority" => (
            Class::PriorityCacheRead,
            Class::PriorityCacheCreation,
            Class::PriorityReasoning,
            Class::Priority,
            Class::PriorityOutput,
        ),
        "flex" => (
            Class::FlexCacheRead,
            Class::FlexCacheCreation,
            Class::FlexReasoning,
            Class::Flex,
            Class::FlexOutput,
        ),
        "batch" => (
            Class::BatchCacheRead,
            Class::BatchCacheCreation,
            Class::BatchReasoning,
            Class::Batch,
            Class::BatchOutput,
        ),
        _ => return usage,
    };
    let cached = usage.cache_read.unwrap_or(0);
    let thought = usage.reasoning.unwrap_or(0);
    usage.details.set(read, cached);
    usage.details.set(reasoned, thought);
    // Writing to a cache is told with lifetimes only by providers without tiers.
    if usage.details.get(Class::CacheCreation5m).or(usage.details.get(Class::CacheCreation1h)).is_none() {
        usage.details.set(written, usage.cache_creation.unwrap_or(0));
    }
    usage.details.set(input, usage.input.unwrap_or(0).saturating_sub(cached));
    usage.details.set(output, usage.output.unwrap_or(0).saturating_sub(thought));
    usage
}

/// Counts in the shape of [`Usage`]; a sum as sent says nothing beside its parts (`otel-genai.md` D, rule c).
pub(crate) fn normalised(usage: Usage, excludes_cache: bool) -> Usage {
    let usage = usage.checked().normalised(excludes_cache);
    let total = usage.total.filter(|_| usage.input.is_none() && usage.output.is_none());
    Usage { total, ..usage }
}

/// Token classes of a `usage_metadata` object (§6.1). Classes of other names stay part of their side. A count of a side
/// that cannot be meant is left out, and known to be.
pub(crate) fn of_usage_metadata(usage: &[u8]) -> Usage {
    let count = |key: &str| json::member(usage, key).and_then(json::count);
    let details = details(json::member(usage, "input_token_details"), TokenSide::Input)
        .into_iter()
        .chain(details(json::member(usage, "output_token_details"), TokenSide::Output));
    let sent = Usage {
        input: count("input_tokens"),
        output: count("output_tokens"),
        total: count("total_tokens"),
        rejected: problems(usage).iter().any(Problem::rejects_side),
        ..Usage::default()
    };
    within_sides(sent.with_details(details).checked())
}

/// Counts of a producer whose sides hold every class, as LangSmith documents its own: a class is at most its side.
pub(crate) fn within_sides(mut usage: Usage) -> Usage {
    if let Some(input) = usage.input {
        usage.cache_read = usage.cache_read.map(|read| read.min(input));
        let rest = input - usage.cache_read.unwrap_or(0);
        usage.cache_creation = usage.cache_creation.map(|written| written.min(rest));
    }
    if let Some(output) = usage.output {
        usage.reasoning = usage.reasoning.map(|reasoning| reasoning.min(output));
    }
    usage
}

/// The classes of one side; LangSmith's newer API wraps them once more.
pub(crate) fn details(details: Option<&[u8]>, side: TokenSide) -> Vec<(TokenClass, u64)> {
    let Some(details) = details else { return Vec::new() };
    let details = json::member(details, "raw").unwrap_or(details);
    members(details)
        .filter_map(|(name, count)| Some((TokenClass::parse(side, &name)?, json::count(count)?)))
        .collect()
}

/// Costs beside the counts: `input_cost` and so on in a usage object, `prompt_cost` and so on in a run's columns.
pub(crate) fn costs(sent: &[u8], input: &str, output: &str) -> GivenCost {
    let cost = |key: &str| json::member(sent, key).and_then(cost);
    let details = |key: &str, side| {
        let details = json::member(sent, key).map(|details| json::member(details, "raw").unwrap_or(details));
        let classes = members(details.unwrap_or_default());
        classes
            .filter_map(|(name, value)| Some((TokenClass::parse(side, &name)?, self::cost(value)?)))
            .collect::<Vec<_>>()
    };
    let mut by_class = details(&format!("{input}_cost_details"), TokenSide::Input);
    by_class.extend(details(&format!("{output}_cost_details"), TokenSide::Output));
    GivenCost {
        input: cost(&format!("{input}_cost")),
        output: cost(&format!("{output}_cost")),
        total: cost("total_cost"),
        details: by_class,
    }
}

/// An amount in US dollars, as number or text.
pub(crate) fn cost(value: &[u8]) -> Option<Cost> {
    json::text(value).and_then(|text| Cost::parse_usd(&text))
}

/// Something about a usage object that cannot be meant: where in it, and what is done about it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) path: String,
    pub(crate) message: String,
    /// Whether a count or cost is left out because of it.
    pub(crate) rejects: bool,
}

impl Problem {
    pub(crate) fn new(path: impl Into<String>, message: String) -> Self {
        Self { path: path.into(), message, rejects: false }
    }

    /// Whether all tokens of a side are not known because of it.
    pub(crate) fn rejects_side(&self) -> bool {
        self.rejects && ["input_tokens", "output_tokens", "total_tokens"].contains(&self.path.as_str())
    }
}

/// What cannot be meant in a `usage_metadata` object.
pub(crate) fn problems(usage: &[u8]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for key in ["input_tokens", "output_tokens", "total_tokens"] {
        if let Some(value) = json::member(usage, key) {
            problems.extend(problem_of_count(value, key));
        }
    }
    let sides = [("input", TokenSide::Input), ("output", TokenSide::Output)];
    for (name, side) in sides {
        let total = json::member(usage, &format!("{name}_tokens")).and_then(json::count);
        let key = format!("{name}_token_details");
        for (class, value) in members(json::member(usage, &key).unwrap_or_default()) {
            let path = format!("{key}.{class}");
            problems.extend(problem_of_count(value, &path));
            let count = json::count(value).filter(|count| *count <= Usage::MOST_TOKENS);
            if let (Some(count), Some(total), Some(_)) = (count, total, TokenClass::parse(side, &class))
                && count > total
            {
                problems.push(Problem::new(path, exceeds(count, total, &class)));
            }
        }
        for key in [format!("{name}_cost"), "total_cost".to_owned()] {
            if let Some(value) = json::member(usage, &key).filter(|value| *value != b"null")
                && cost(value).is_none()
                && !problems.iter().any(|problem| problem.path == key)
            {
                let message = format!("{} is no amount in US dollars; it is left out", json::lossy(value));
                problems.push(Problem { rejects: true, ..Problem::new(key, message) });
            }
        }
    }
    problems
}

/// A class with more tokens than its side has.
pub(crate) fn exceeds(count: u64, total: u64, class: &str) -> String {
    format!("{count} tokens of {total}; no more than {total} are billed as {class}")
}

pub(crate) fn problem_of_count(value: &[u8], path: &str) -> Option<Problem> {
    let problem = |message: String| Some(Problem::new(path, message));
    let rejected = |message: String| Some(Problem { rejects: true, ..Problem::new(path, message) });
    if value == b"null" {
        return None;
    }
    let text = json::text(value).unwrap_or_default();
    match json::count(value) {
        None => rejected(format!("{} is no count of tokens; it is left out", json::lossy(value))),
        Some(count) if count > Usage::MOST_TOKENS => {
            rejected(format!("{count} tokens of one run cannot be meant; the count is left out"))
        }
        Some(count) if text.trim().parse::<f64>().is_ok_and(|number| number.fract() != 0.0) => {
            problem(format!("{} is no whole number; {count} tokens are counted", text.trim()))
        }
        Some(_) => None,
    }
}

// ---- what cost is grouped by ----

/// Longest text of a label.
const LABEL_BYTES: usize = 200;
/// Labels of one run.
const MOST_LABELS: usize = 64;
/// Metadata that names one thing rather than a group, or that has a place of its own.
const NO_LABELS: [&str; 18] = [
    "usage_metadata",
    "session_id",
    "thread_id",
    "conversation_id",
    "user_id",
    "run_id",
    "trace_id",
    "parent_run_id",
    "checkpoint_id",
    "checkpoint_ns",
    "langgraph_checkpoint_ns",
    "langgraph_step",
    "langgraph_triggers",
    "langgraph_path",
    "__pregel_resuming",
    "__pregel_task_id",
    "ls_run_depth",
    "reference_example_id",
];

/// Metadata that makes groups: short texts, numbers and booleans. What the SDKs add about themselves and the call, and
/// what is an identity of one run, is left out.
pub(crate) fn labels<'m>(
    metadata: impl Iterator<Item = (impl AsRef<str>, &'m [u8])>,
) -> Vec<(String, String)> {
    let mut labels: Vec<(String, String)> = Vec::new();
    for (key, value) in metadata {
        let key = key.as_ref();
        let is_own =
            ["ls_", "LANGSMITH_", "LANGCHAIN_", "otel.", "lc_"].iter().any(|start| key.starts_with(start));
        if labels.len() >= MOST_LABELS
            || is_own
            || key.is_empty()
            || key.len() > 80
            || NO_LABELS.contains(&key)
        {
            continue;
        }
        let Some(text) = json::text(value) else { continue };
        let text = text.trim();
        let is_scalar = !matches!(value.first(), Some(b'{' | b'[') | None);
        if is_scalar
            && !text.is_empty()
            && text.len() <= LABEL_BYTES
            && (!is_identity(text) || is_version(key))
        {
            labels.push((key.to_owned(), text.to_owned()));
        }
    }
    labels.sort_unstable();
    labels.dedup_by(|left, right| left.0 == right.0);
    labels
}

/// Versions are hashes too, but many runs share one.
fn is_version(key: &str) -> bool {
    ["version", "commit", "revision", "sha", "hash", "build"]
        .iter()
        .any(|word| key.to_ascii_lowercase().contains(word))
}

/// Whether a text is a UUID or a long hexadecimal number.
fn is_identity(text: &str) -> bool {
    text.len() >= 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

/// First bytes of the hash of a usage object.
pub(crate) fn print(usage: &[u8]) -> i64 {
    let mut first = [0; 8];
    first.copy_from_slice(&model::ContentHash::of_bytes(usage).0[..8]);
    i64::from_le_bytes(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every class of a provider's usage object as text.
    fn check(sent: &str, expected: &str) {
        let usage = SentUsage::of_provider(&Object::read(sent.as_bytes())).normalised();
        let side = |side| {
            let total = usage.of_side(side).map_or_else(|| "?".to_owned(), |count| count.to_string());
            let classes =
                usage.classes(side).into_iter().map(|(class, count)| format!(" {}={count}", class.name()));
            format!("{total}{}", classes.collect::<String>())
        };
        assert_eq!(format!("{} -> {}", side(TokenSide::Input), side(TokenSide::Output)), expected, "{sent}");
    }

    #[test]
    fn providers_tell_cached_tokens_inside_or_beside_the_input() {
        // OpenAI, chat and responses.
        check(
            r#"{"prompt_tokens":100,"completion_tokens":10,"total_tokens":110,
                "prompt_tokens_details":{"cached_tokens":60,"audio_tokens":1},"completion_tokens_details":{"reasoning_tokens":4,"audio_tokens":0}}"#,
            "100 cache_read=60 audio=1 -> 10 reasoning=4",
        );
        check(
            r#"{"input_tokens":40,"output_tokens":12,"input_tokens_details":{"cached_tokens":16},"output_tokens_details":{"reasoning_tokens":8}}"#,
            "40 cache_read=16 -> 12 reasoning=8",
        );
        // Anthropic, with and without lifetimes.
        check(
            r#"{"input_tokens":30,"output_tokens":25,"cache_read_input_tokens":200,"cache_creation_input_tokens":100,
                "cache_creation":{"ephemeral_5m_input_tokens":60,"ephemeral_1h_input_tokens":40}}"#,
            "330 cache_read=200 ephemeral_1h_input_tokens=40 ephemeral_5m_input_tokens=60 -> 25",
        );
        check(
            r#"{"input_tokens":500,"output_tokens":25,"cache_read_input_tokens":200,"cache_creation_input_tokens":0}"#,
            "700 cache_read=200 -> 25",
        );
        // Bedrock.
        check(
            r#"{"inputTokens":30,"outputTokens":25,"cacheReadInputTokens":200,"cacheWriteInputTokens":100}"#,
            "330 cache_read=200 cache_creation=100 -> 25",
        );
        // Gemini: thoughts are beside the answer.
        check(
            r#"{"prompt_token_count":50,"candidates_token_count":10,"thoughts_token_count":7,"cached_content_token_count":20,
                "prompt_tokens_details":[{"modality":"TEXT","token_count":44},{"modality":"AUDIO","token_count":6}]}"#,
            "50 cache_read=20 audio=6 -> 17 reasoning=7",
        );
        // The AI SDK, versions 4 to 6.
        check(r#"{"promptTokens":9,"completionTokens":2}"#, "9 -> 2");
        check(
            r#"{"inputTokens":9,"outputTokens":2,"cachedInputTokens":4,"reasoningTokens":1}"#,
            "9 cache_read=4 -> 2 reasoning=1",
        );
        check(
            r#"{"inputTokens":{"total":9,"cacheRead":4,"cacheWrite":2},"outputTokens":{"total":3,"reasoning":1}}"#,
            "9 cache_read=4 cache_creation=2 -> 3 reasoning=1",
        );
    }

    #[test]
    fn a_tier_has_classes_of_its_own() {
        check(
            r#"{"prompt_tokens":100,"completion_tokens":10,"service_tier":"priority",
                "prompt_tokens_details":{"cached_tokens":60},"completion_tokens_details":{"reasoning_tokens":4}}"#,
            "100 priority_cache_read=60 priority=40 -> 10 priority_reasoning=4 priority=6",
        );
        check(r#"{"prompt_tokens":100,"completion_tokens":10,"service_tier":"default"}"#, "100 -> 10");
    }

    #[test]
    fn usage_metadata_keeps_every_class() {
        let usage = of_usage_metadata(
            br#"{"input_tokens":1000,"output_tokens":50,"input_token_details":{"cache_read":600,"ephemeral_1hr_input_tokens":100,
                 "cache_read_over_200k":5,"audio":3,"of_the_future":9},"output_token_details":{"reasoning":20,"image":2}}"#,
        );
        assert_eq!(
            (usage.cache_read, usage.cache_creation, usage.reasoning),
            (Some(605), Some(100), Some(20))
        );
        let classes = |side| {
            usage.classes(side).into_iter().map(|(class, count)| (class.name(), count)).collect::<Vec<_>>()
        };
        assert_eq!(
            classes(TokenSide::Input),
            [
                ("cache_read_over_200k", 5),
                ("cache_read", 600),
                ("ephemeral_1h_input_tokens", 100),
                ("audio", 3)
            ]
        );
        assert_eq!(classes(TokenSide::Output), [("reasoning", 20), ("image", 2)]);
    }

    #[test]
    fn what_cannot_be_meant_is_told_with_its_place() {
        let told: Vec<String> = problems(
            br#"{"input_tokens":-3,"output_tokens":7.4,"total_tokens":9e15,"total_cost":"a lot",
                 "output_token_details":{"reasoning":70,"audio":"x"}}"#,
        )
        .into_iter()
        .map(|problem| format!("{}: {}", problem.path, problem.message))
        .collect();
        assert_eq!(
            told,
            [
                "input_tokens: -3 is no count of tokens; it is left out",
                "output_tokens: 7.4 is no whole number; 7 tokens are counted",
                "total_tokens: 9000000000000000 tokens of one run cannot be meant; the count is left out",
                "total_cost: \"a lot\" is no amount in US dollars; it is left out",
                "output_token_details.reasoning: 70 tokens of 7; no more than 7 are billed as reasoning",
                "output_token_details.audio: \"x\" is no count of tokens; it is left out",
            ]
        );
        let more_than_all = problems(br#"{"input_tokens":30,"input_token_details":{"cache_read":200}}"#);
        assert_eq!(more_than_all[0].message, "200 tokens of 30; no more than 30 are billed as cache_read");
    }

    #[test]
    fn labels_are_groups_not_identities() {
        let metadata = br#"{"env":"prod","ls_provider":"x","thread_id":"t","request":"0197a3c2-51e8-7aa0-8f00-111122223333",
            "git_commit":"5f2c6a0d9e8b7c6d5e4f","beta":true,"nested":{"a":1},"n":3,"empty":""}"#;
        let labels = labels(members(metadata));
        let labels: Vec<_> = labels.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        assert_eq!(
            labels,
            [("beta", "true"), ("env", "prod"), ("git_commit", "5f2c6a0d9e8b7c6d5e4f"), ("n", "3")]
        );
    }
}
