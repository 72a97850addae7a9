//! Answers as feedback, and feedback as answers.
//!
//! An answer is one feedback, two for a pair: one for each side. What only reviewing knows stands in `extra` under the
//! names of `annotation-ux.md` §3.1, so that it goes round trip through every export.

use std::collections::BTreeMap;

use ::review::{Anchor, Answer, AnswerValue, Key, KeyType, Side, Winner};
use model::{Feedback, FeedbackId, RunId, TraceId, UnixNanos};
use serde_json::{Map, Value, json};
use store::{ReviewTarget, ReviewedItem};
use uuid::Uuid;

use super::Asked;

/// An answer that was given.
#[derive(Debug, Clone, PartialEq)]
pub struct GivenAnswer {
    /// The feedback; of side A for a pair.
    pub feedback_id: FeedbackId,
    /// Who gave it.
    pub reviewer: Option<String>,
    /// Their name as it came with foreign feedback.
    pub reviewer_name: Option<String>,
    /// `app`, `api`, `model`, `auto_eval`.
    pub source: String,
    /// The answer; sides of a pair are the true ones.
    pub answer: Answer,
    /// When.
    pub at: UnixNanos,
    /// The rubric it was given under.
    pub rubric_version: Option<u32>,
    /// It decides a conflict.
    pub adjudicator: bool,
}

/// Where a feedback stands.
struct Place {
    run: Option<RunId>,
    trace: Option<TraceId>,
    project: Option<Uuid>,
    thread: Option<String>,
}

fn place(target: &ReviewTarget, anchor: Option<&Anchor>) -> Place {
    let of_run = |trace: TraceId, run: RunId| Place {
        run: Some(run),
        trace: Some(trace),
        project: None,
        thread: None,
    };
    if let Some(run) = anchor.and_then(|anchor| anchor.run.as_ref())
        && let (Ok(trace_id), Ok(run_id)) = (run.trace_id.parse(), run.run_id.parse())
    {
        return of_run(trace_id, run_id);
    }
    match target {
        // LangSmith knows a trace by its root.
        ReviewTarget::Run(trace, run) | ReviewTarget::Trace(trace, run) => of_run(*trace, *run),
        ReviewTarget::Pair([a, _]) => of_run(a.0, a.1),
        ReviewTarget::Thread { project, thread } => {
            Place { run: None, trace: None, project: Some(*project), thread: Some(thread.clone()) }
        }
    }
}

/// What an answer says besides its value.
fn extra(
    asked: &Asked,
    answer: &Answer,
    adjudicates: Option<&[FeedbackId]>,
    is_bulk: bool,
) -> Map<String, Value> {
    let mut extra = Map::new();
    let mut set = |name: &str, value: Value| extra.insert(name.to_owned(), value);
    let item = asked.rubric.iter().map(|(item, _)| item).find(|item| item.feedback_key == answer.key);
    set("level", json!(item.map(|item| item.level).unwrap_or_default()));
    set("queue", json!(asked.queue.name));
    set("rubric_version", json!(asked.queue.rubric_version));
    if let Some(anchor) = &answer.anchor {
        if let Some(turn) = anchor.turn {
            set("turn_index", json!(turn));
        }
        if let Some(message) = &anchor.message {
            let run = anchor.run.as_ref().map(|run| run.run_id.as_str());
            set("message_ref", json!({ "run_id": run, "path": message.path, "hash": message.hash }));
        }
        if let Some(text) = &anchor.text {
            set("text_anchor", json!(text));
        }
    }
    if !answer.evidence.is_empty() {
        set("evidence", json!(answer.evidence));
    }
    if let Some(duration) = answer.duration_ms {
        set("duration_ms", json!(duration));
    }
    if answer.from_default {
        set("from_default", json!(true));
    }
    if let Some(suggestion) = &answer.suggestion_id {
        set("suggestion_id", json!(suggestion));
        set("accepted", json!(true));
    }
    if is_bulk {
        set("bulk", json!(true));
    }
    if let Some(adjudicates) = adjudicates {
        set("role", json!("adjudicator"));
        set("adjudicates", json!(adjudicates.iter().map(ToString::to_string).collect::<Vec<_>>()));
    }
    if answer.value == Some(AnswerValue::NotApplicable {}) {
        set("na", json!(true));
    }
    extra
}

/// Who answers, and how.
pub(crate) struct Giving<'a> {
    pub(crate) asked: &'a Asked,
    pub(crate) item: &'a ReviewedItem,
    pub(crate) reviewer: Uuid,
    pub(crate) at: UnixNanos,
    /// Feedback that is decided by these answers.
    pub(crate) adjudicates: Option<Vec<FeedbackId>>,
    pub(crate) is_bulk: bool,
}

impl Giving<'_> {
    /// The feedback of these answers, whose sides are as shown. `superseded` are those that stand now.
    pub(crate) fn feedback(&self, answers: &[Answer], superseded: &[GivenAnswer]) -> Vec<Feedback> {
        answers.iter().flat_map(|answer| self.feedback_of(answer, superseded)).collect()
    }

    fn feedback_of(&self, answer: &Answer, superseded: &[GivenAnswer]) -> Vec<Feedback> {
        let is_note = answer.key == ::review::NOTE;
        let text = |answer: &Answer| match &answer.value {
            Some(AnswerValue::Text { text }) if !text.trim().is_empty() => Some(text.clone()),
            _ => None,
        };
        // A note is its comment (§3.2); an answer without value and comment says nothing.
        let comment = if is_note { text(answer) } else { answer.said().map(str::to_owned) };
        if comment.is_none() && (is_note || answer.value.is_none()) {
            return Vec::new();
        }
        let old =
            superseded.iter().find(|old| old.answer.key == answer.key && old.answer.anchor == answer.anchor);
        let extra = extra(self.asked, answer, self.adjudicates.as_deref(), self.is_bulk);
        let place = place(&self.item.target, answer.anchor.as_ref());
        let metadata = json!({
            "queue": self.asked.queue.name,
            "rubric_version": self.asked.queue.rubric_version,
            "duration_ms": answer.duration_ms,
        });
        let base = Feedback {
            id: FeedbackId(Uuid::now_v7()),
            run_id: place.run,
            trace_id: place.trace,
            project_id: place.project,
            thread: place.thread,
            key: answer.key.clone(),
            score: None,
            value: None,
            comment,
            correction: None,
            source_kind: "app".to_owned(),
            source_metadata: Some(metadata.to_string()),
            error: false,
            group_id: None,
            comparative_experiment_id: None,
            extra: None,
            reviewer: Some(self.reviewer.to_string()),
            reviewer_name: None,
            retracted: None,
            supersedes: old.map(|old| old.feedback_id),
            queue_item: Some(self.item.id),
            created: Some(self.at),
            modified: Some(self.at),
        };
        let with_extra = |feedback: Feedback, extra: Map<String, Value>| Feedback {
            extra: Some(Value::Object(extra).to_string()),
            ..feedback
        };
        if is_note {
            return vec![with_extra(base, extra)];
        }
        let fallback = Key::undefined(&answer.key);
        let key = self.asked.key(&answer.key).unwrap_or(&fallback);
        match &answer.value {
            Some(AnswerValue::Pair { winner, strength }) => {
                let ReviewTarget::Pair(sides) = &self.item.target else { return Vec::new() };
                let true_winner = winner.swapped(self.item.swap);
                let group = Uuid::now_v7();
                let tie = match winner {
                    Winner::Equal => Some("equal"),
                    Winner::BothBad => Some("both_bad"),
                    Winner::A | Winner::B => None,
                };
                [(Side::A, sides[0], false), (Side::B, sides[1], true)]
                    .into_iter()
                    .map(|(side, (trace, run), is_b)| {
                        let mut extra = extra.clone();
                        let shown = if is_b == self.item.swap { "left" } else { "right" };
                        extra.insert("shown_as".to_owned(), json!(shown));
                        extra.insert("side".to_owned(), json!(if is_b { "b" } else { "a" }));
                        if let Some(strength) = strength {
                            extra.insert("strength".to_owned(), json!(strength));
                        }
                        let feedback = Feedback {
                            id: FeedbackId(Uuid::now_v7()),
                            run_id: Some(run),
                            trace_id: Some(trace),
                            score: Some(true_winner.score(side)),
                            value: tie.map(|tie| json!(tie).to_string()),
                            group_id: Some(group),
                            supersedes: old.filter(|_| !is_b).map(|old| old.feedback_id),
                            ..base.clone()
                        };
                        with_extra(feedback, extra)
                    })
                    .collect()
            }
            value => {
                let score = value.as_ref().and_then(|value| value.score(key));
                let (json, correction) = value.as_ref().map_or((None, None), stored);
                vec![with_extra(Feedback { score, value: json, correction, ..base }, extra)]
            }
        }
    }
}

/// Value and correction of an answer (§3.2, §8.1).
fn stored(value: &AnswerValue) -> (Option<String>, Option<String>) {
    let json = |value: Value| (Some(value.to_string()), None);
    match value {
        AnswerValue::Boolean { value } => json(json!(value)),
        AnswerValue::Category { label } => json(json!(label)),
        AnswerValue::Categories { labels } => json(json!(labels)),
        AnswerValue::Text { text } => json(json!(text)),
        AnswerValue::Tags { tags } => json(json!(tags)),
        AnswerValue::Run { run_id } => json(json!(run_id)),
        AnswerValue::Correction { json } => (None, Some(json.clone())),
        AnswerValue::Assertions { assertions } => {
            (None, Some(json!({ "assertions": assertions }).to_string()))
        }
        AnswerValue::Number { .. } | AnswerValue::NotApplicable {} | AnswerValue::Pair { .. } => (None, None),
    }
}

/// The answers of this feedback; the two of a pair are one answer, whose side is the true one.
pub(crate) fn given(asked: &Asked, all: &[Feedback]) -> Vec<GivenAnswer> {
    let mut pairs: BTreeMap<Uuid, &Feedback> = BTreeMap::new();
    for feedback in all {
        if let Some(group) = feedback.group_id {
            // Foreign pairs may lack one side.
            let side = extra_of(feedback).get("side").and_then(Value::as_str).unwrap_or("a").to_owned();
            if side == "a" || !pairs.contains_key(&group) {
                pairs.insert(group, feedback);
            }
        }
    }
    all.iter()
        .filter(|feedback| {
            feedback
                .group_id
                .is_none_or(|group| pairs.get(&group).is_some_and(|first| first.id == feedback.id))
        })
        .map(|feedback| one(asked, feedback))
        .collect()
}

fn extra_of(feedback: &Feedback) -> Value {
    feedback.extra.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or(Value::Null)
}

fn one(asked: &Asked, feedback: &Feedback) -> GivenAnswer {
    let extra = extra_of(feedback);
    let number =
        |name: &str| extra.get(name).and_then(Value::as_u64).and_then(|number| u32::try_from(number).ok());
    let fallback = Key::undefined(&feedback.key);
    let key = asked.key(&feedback.key).unwrap_or(&fallback);
    let level = extra.get("level").and_then(Value::as_str).unwrap_or("item");
    let anchor = (level != "item").then(|| Anchor {
        run: feedback
            .trace_id
            .zip(feedback.run_id)
            .map(|(trace, run)| ::review::AnchorRun { trace_id: trace.to_string(), run_id: run.to_string() }),
        turn: number("turn_index"),
        message: extra.get("message_ref").and_then(|value| serde_json::from_value(value.clone()).ok()),
        text: extra.get("text_anchor").and_then(|value| serde_json::from_value(value.clone()).ok()),
    });
    let is_note = feedback.key == ::review::NOTE;
    let value = if is_note {
        feedback.comment.clone().map(|text| AnswerValue::Text { text })
    } else if feedback.group_id.is_some() && extra.get("side").is_some() {
        Some(pair_value(feedback, &extra))
    } else {
        value_of(feedback, &extra, key)
    };
    GivenAnswer {
        feedback_id: feedback.id,
        reviewer: feedback.reviewer.clone(),
        reviewer_name: feedback.reviewer_name.clone(),
        source: feedback.source_kind.clone(),
        at: feedback.created.unwrap_or(UnixNanos(0)),
        rubric_version: number("rubric_version"),
        adjudicator: extra.get("role").and_then(Value::as_str) == Some("adjudicator"),
        answer: Answer {
            key: feedback.key.clone(),
            anchor,
            value,
            comment: feedback.comment.clone().filter(|_| !is_note),
            evidence: extra
                .get("evidence")
                .and_then(|value| serde_json::from_value(value.clone()).ok())
                .unwrap_or_default(),
            from_default: extra.get("from_default").and_then(Value::as_bool).unwrap_or(false),
            suggestion_id: extra.get("suggestion_id").and_then(Value::as_str).map(str::to_owned),
            duration_ms: number("duration_ms"),
        },
    }
}

fn pair_value(feedback: &Feedback, extra: &Value) -> AnswerValue {
    let is_b = extra.get("side").and_then(Value::as_str) == Some("b");
    let won = feedback.score.is_some_and(|score| score > 0.5);
    let winner = match feedback.value.as_deref() {
        Some("\"equal\"") => Winner::Equal,
        Some("\"both_bad\"") => Winner::BothBad,
        _ if won == is_b => Winner::B,
        _ => Winner::A,
    };
    let strength =
        extra.get("strength").and_then(Value::as_u64).and_then(|strength| u8::try_from(strength).ok());
    AnswerValue::Pair { winner, strength }
}

fn value_of(feedback: &Feedback, extra: &Value, key: &Key) -> Option<AnswerValue> {
    if extra.get("na").and_then(Value::as_bool) == Some(true) {
        return Some(AnswerValue::NotApplicable {});
    }
    let value: Value =
        feedback.value.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or(Value::Null);
    let text = value.as_str().map(str::to_owned);
    let texts =
        || value.as_array().map(|all| all.iter().filter_map(|one| one.as_str().map(str::to_owned)).collect());
    match key.key_type {
        KeyType::Boolean => {
            let flag = value.as_bool().or_else(|| feedback.score.map(|score| score > 0.5))?;
            Some(AnswerValue::Boolean { value: flag })
        }
        KeyType::Categorical => {
            let by_score = || {
                let score = feedback.score?.to_bits();
                let found =
                    key.categories.iter().find(|category| category.value.map(f64::to_bits) == Some(score));
                found.map(|category| category.label.clone())
            };
            // A label that was renamed since is found by its score.
            let known = text.clone().filter(|label| key.category(label).is_some());
            known.or_else(by_score).or(text).map(|label| AnswerValue::Category { label })
        }
        KeyType::MultiCategorical => texts().map(|labels| AnswerValue::Categories { labels }),
        KeyType::Continuous => feedback.score.map(|value| AnswerValue::Number { value }),
        KeyType::Tags => texts().map(|tags| AnswerValue::Tags { tags }),
        KeyType::RunPicker => text.map(|run_id| AnswerValue::Run { run_id }),
        KeyType::Correction => feedback.correction.clone().map(|json| AnswerValue::Correction { json }),
        KeyType::Assertions => {
            let correction: Value = serde_json::from_str(feedback.correction.as_deref()?).ok()?;
            let assertions = serde_json::from_value(correction.get("assertions")?.clone()).ok()?;
            Some(AnswerValue::Assertions { assertions })
        }
        KeyType::Freeform => match (&value, feedback.score) {
            (Value::Null, Some(value)) => Some(AnswerValue::Number { value }),
            (Value::Null, None) => None,
            (Value::Bool(value), _) => Some(AnswerValue::Boolean { value: *value }),
            _ => Some(AnswerValue::Text { text: text.unwrap_or_else(|| value.to_string()) }),
        },
    }
}

/// An answer with its sides as shown, or back.
pub(crate) fn swapped(mut answer: Answer, swap: bool) -> Answer {
    if let Some(AnswerValue::Pair { winner, .. }) = &mut answer.value {
        *winner = winner.swapped(swap);
    }
    answer
}
