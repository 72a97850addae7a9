//! How far the reviewers of a queue agree, key by key (`annotation-ux.md` §15), from what they submitted and what stands.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use ::agreement::{Answer as Judged, Measure, Report};
use ::review::{AnswerValue, BETWEEN, Key, KeyType, RubricItem, Winner};
use model::{Feedback, FeedbackId};
use store::Reviewing as State;
use uuid::Uuid;

use super::{
    Asked,
    answers::{GivenAnswer, given},
    asked,
    repeat::{SaidAgain, said_again},
};
use crate::{Engine, error::Result};

/// Pairs of reviewers whose answers are laid against each other at most.
const MOST_MATRICES: usize = 45;

/// How a queue's reviewers agree.
#[derive(Debug, Clone, PartialEq)]
pub struct QueueAgreement {
    /// Everybody who submitted, by name.
    pub reviewers: Vec<(Uuid, String)>,
    /// One a key; one a label where a key takes several.
    pub keys: Vec<KeyAgreement>,
    /// Keys of the rubric that no measure fits, such as texts.
    pub unmeasured: Vec<String>,
}

/// Agreement under one key.
#[derive(Debug, Clone, PartialEq)]
pub struct KeyAgreement {
    /// The key.
    pub key: String,
    /// The label, where each label of a key is measured for itself.
    pub label: Option<String>,
    /// The numbers.
    pub report: Report,
    /// Alpha over whole sets of labels by the MASI distance; with the first label of a key.
    pub masi: Option<Measure>,
    /// Headings of the matrices: the answers in the order of the rubric.
    pub categories: Vec<String>,
    /// Answers of two reviewers to the same items, the pairs with most items first; none for numbers.
    pub matrices: Vec<Matrix>,
    /// How each reviewer stands to the others, to decisions, and to themselves.
    pub reviewers: Vec<ReviewerAgreement>,
}

/// Answers of two reviewers to the same items: `counts[of one][of other]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matrix {
    /// The one, by rows.
    pub one: Uuid,
    /// The other, by columns.
    pub other: Uuid,
    /// How often.
    pub counts: Vec<Vec<u64>>,
}

/// How often of how many times the same was said, with Wilson's 95 % interval.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Same {
    /// Equal.
    pub equal: u64,
    /// All.
    pub all: u64,
}

impl Same {
    fn count(&mut self, is_equal: bool) {
        self.all += 1;
        self.equal += u64::from(is_equal);
    }

    /// The 95 % interval of the share; none without pairs.
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    pub fn interval(self) -> Option<(f64, f64)> {
        (self.all > 0).then(|| ::agreement::wilson(self.equal as f64, self.all))
    }
}

/// One reviewer under one key.
#[derive(Debug, Clone, PartialEq)]
pub struct ReviewerAgreement {
    /// Who.
    pub reviewer: Uuid,
    /// Pairs of an answer of theirs and one of another reviewer to the same item.
    pub others: Same,
    /// Answers to items whose conflict was decided, against the decision.
    pub decisions: Same,
    /// First against second answer to items that came again, and first against last to others that they answered anew
    /// with at least 20 others between.
    pub again: Same,
    /// Cohen's kappa of these; absent without any, and for numbers.
    pub again_kappa: Option<Measure>,
}

/// A place in an item that was judged: the item, and where in it.
type Unit = (Uuid, String);

/// What was said under one key.
#[derive(Default)]
struct Said<'a> {
    /// By unit and reviewer.
    standing: BTreeMap<Unit, BTreeMap<Uuid, &'a AnswerValue>>,
    /// Decisions of conflicts.
    decided: HashMap<Unit, &'a AnswerValue>,
    /// First and last answer of a reviewer to a unit.
    again: Vec<(Uuid, &'a AnswerValue, &'a AnswerValue)>,
}

/// An answer with the item it was given in.
struct Placed {
    item: Uuid,
    reviewer: Option<Uuid>,
    stands: bool,
    supersedes: Option<FeedbackId>,
    given: GivenAnswer,
}

fn placed(asked: &Asked, all: &[Feedback]) -> Vec<Placed> {
    let about: HashMap<FeedbackId, &Feedback> = all.iter().map(|feedback| (feedback.id, feedback)).collect();
    given(asked, all)
        .into_iter()
        .filter_map(|given| {
            let feedback = about.get(&given.feedback_id)?;
            Some(Placed {
                item: feedback.queue_item?,
                reviewer: given.reviewer.as_deref().and_then(|id| Uuid::try_parse(id).ok()),
                stands: feedback.retracted.is_none(),
                supersedes: feedback.supersedes,
                given,
            })
        })
        .collect()
}

/// How many other items each reviewer answered between two answers.
struct Pace(HashMap<Uuid, Vec<(i64, Uuid)>>);

impl Pace {
    fn new(all: &[Placed]) -> Self {
        let mut steps: HashMap<Uuid, Vec<(i64, Uuid)>> = HashMap::new();
        for one in all {
            if let Some(reviewer) = one.reviewer {
                steps.entry(reviewer).or_default().push((one.given.at.0, one.item));
            }
        }
        for times in steps.values_mut() {
            times.sort_unstable();
        }
        Self(steps)
    }

    fn is_fresh(&self, reviewer: Uuid, item: Uuid, first: i64, last: i64) -> bool {
        let Some(steps) = self.0.get(&reviewer) else { return false };
        let from = steps.partition_point(|(at, _)| *at <= first);
        let mut others = HashSet::new();
        for (_, other) in steps[from..].iter().take_while(|(at, _)| *at < last) {
            if *other != item {
                others.insert(*other);
            }
            if others.len() >= BETWEEN {
                return true;
            }
        }
        false
    }
}

fn said<'a>(
    key: &str,
    all: &'a [Placed],
    by_id: &HashMap<FeedbackId, &'a Placed>,
    submitted: &HashSet<(Uuid, Uuid)>,
    pace: &Pace,
    repeats: &'a [SaidAgain],
) -> Said<'a> {
    let mut said = Said::default();
    let mut repeated = HashMap::new();
    for one in repeats.iter().filter(|one| one.answer.key == key) {
        if let Some(value) = &one.answer.value {
            repeated.insert((one.reviewer, (one.item, ::review::place_of(&one.answer))), value);
        }
    }
    for one in all.iter().filter(|one| one.stands && one.given.answer.key == key) {
        let Some(value) = &one.given.answer.value else { continue };
        let unit = (one.item, ::review::place_of(&one.given.answer));
        if one.given.adjudicator {
            said.decided.insert(unit, value);
            continue;
        }
        let Some(reviewer) = one.reviewer.filter(|reviewer| submitted.contains(&(one.item, *reviewer)))
        else {
            continue;
        };
        // Asked again, unmarked: what was said then tells more than what was changed with the first answer in sight.
        if let Some(again) = repeated.get(&(reviewer, unit.clone())) {
            said.again.push((reviewer, value, again));
            said.standing.entry(unit).or_default().insert(reviewer, value);
            continue;
        }
        let mut first = one;
        let mut seen = HashSet::new();
        while let Some(before) = first.supersedes.filter(|id| seen.insert(*id)).and_then(|id| by_id.get(&id))
        {
            first = before;
        }
        if let Some(before) = first.given.answer.value.as_ref().filter(|_| !std::ptr::eq(first, one))
            && pace.is_fresh(reviewer, one.item, first.given.at.0, one.given.at.0)
        {
            said.again.push((reviewer, before, value));
        }
        said.standing.entry(unit).or_default().insert(reviewer, value);
    }
    said
}

/// Answers as the numbers that measures take: places in the list of categories, or the numbers themselves.
struct Code {
    kind: ::agreement::KeyType,
    labels: Vec<String>,
    /// Of several labels, the one that is measured.
    label: Option<String>,
}

/// The label of an answer that is none of the rubric's.
const NOT_APPLICABLE: &str = "Not applicable";

impl Code {
    fn of(key: &Key, is_pairwise: bool) -> Option<Self> {
        let labels = |labels: &[&str]| labels.iter().map(|label| (*label).to_owned()).collect();
        let nominal = ::agreement::KeyType::Nominal;
        let code = |kind, labels| Some(Self { kind, labels, label: None });
        if is_pairwise {
            let sides = [Winner::A, Winner::B, Winner::Equal, Winner::BothBad];
            let short = |winner| AnswerValue::Pair { winner, strength: None }.short();
            return code(nominal, sides.map(short).to_vec());
        }
        match key.key_type {
            KeyType::Boolean | KeyType::MultiCategorical => code(nominal, labels(&["Yes", "No"])),
            KeyType::Categorical => {
                let kind = if key.ordered { ::agreement::KeyType::Ordinal } else { nominal };
                code(kind, key.categories.iter().map(|category| category.label.clone()).collect())
            }
            KeyType::RunPicker => code(nominal, Vec::new()),
            KeyType::Continuous => code(::agreement::KeyType::Numeric, Vec::new()),
            KeyType::Freeform | KeyType::Correction | KeyType::Assertions | KeyType::Tags => None,
        }
    }

    /// What an answer is here; nothing when it is of another kind, as after a key was defined anew.
    fn judged(&mut self, value: &AnswerValue) -> Option<Judged> {
        let label = match (value, self.kind) {
            (AnswerValue::NotApplicable {}, _) => return Some(Judged::NotApplicable),
            (AnswerValue::Number { value }, ::agreement::KeyType::Numeric) => {
                return value.is_finite().then_some(Judged::Number(*value));
            }
            (_, ::agreement::KeyType::Numeric) => return None,
            (AnswerValue::Categories { labels }, _) => {
                let has = self.label.as_ref().is_some_and(|label| labels.contains(label));
                AnswerValue::Boolean { value: has }.short()
            }
            (
                AnswerValue::Boolean { .. }
                | AnswerValue::Category { .. }
                | AnswerValue::Run { .. }
                | AnswerValue::Pair { .. },
                _,
            ) => value.short(),
            _ => return None,
        };
        let place = self.labels.iter().position(|known| *known == label).unwrap_or_else(|| {
            self.labels.push(label);
            self.labels.len() - 1
        });
        Some(Judged::Number(f64::from(u32::try_from(place).unwrap_or(u32::MAX))))
    }
}

fn key_agreement(
    key: &Key,
    mut code: Code,
    said: &Said<'_>,
    reviewers: &[(Uuid, String)],
    na_is_missing: bool,
) -> KeyAgreement {
    let is_numeric = code.kind == ::agreement::KeyType::Numeric;
    let mut judged = |value: &AnswerValue| {
        code.judged(value).filter(|one| !(na_is_missing && *one == Judged::NotApplicable))
    };
    let units: Vec<(&Unit, Vec<Option<Judged>>)> = said
        .standing
        .iter()
        .map(|(unit, answers)| {
            let of = |(id, _): &(Uuid, String)| answers.get(id).and_then(|value| judged(value));
            (unit, reviewers.iter().map(of).collect())
        })
        .collect();
    let decided: HashMap<&Unit, Judged> =
        said.decided.iter().filter_map(|(unit, value)| Some((unit, judged(value)?))).collect();
    let again: Vec<(Uuid, Judged, Judged)> = said
        .again
        .iter()
        .filter_map(|(reviewer, first, last)| Some((*reviewer, judged(first)?, judged(last)?)))
        .collect();
    let has_na = units.iter().flat_map(|(_, row)| row).any(|one| *one == Some(Judged::NotApplicable));
    let mut categories = code.labels.clone();
    let places: Vec<f64> = (0..u32::try_from(categories.len()).unwrap_or(u32::MAX)).map(f64::from).collect();
    if has_na && !is_numeric {
        categories.push(NOT_APPLICABLE.to_owned());
    }
    let rows: Vec<Vec<Option<Judged>>> = units.iter().map(|(_, row)| row.clone()).collect();
    let of_reviewer = |index: usize, id: Uuid| {
        let mut one = ReviewerAgreement {
            reviewer: id,
            others: Same::default(),
            decisions: Same::default(),
            again: Same::default(),
            again_kappa: None,
        };
        for (unit, row) in &units {
            let Some(mine) = row[index] else { continue };
            for (other, theirs) in row.iter().enumerate() {
                if let Some(theirs) = theirs.filter(|_| other != index) {
                    one.others.count(mine == theirs);
                }
            }
            if let Some(decision) = decided.get(unit) {
                one.decisions.count(mine == *decision);
            }
        }
        let twice: Vec<Vec<Option<Judged>>> = again
            .iter()
            .filter(|(reviewer, ..)| *reviewer == id)
            .map(|(_, first, last)| vec![Some(*first), Some(*last)])
            .collect();
        for pair in &twice {
            one.again.count(pair[0] == pair[1]);
        }
        if !twice.is_empty() {
            one.again_kappa = ::agreement::report(&twice, code.kind, &places, na_is_missing).cohen;
        }
        one
    };
    KeyAgreement {
        key: key.key.clone(),
        label: code.label.clone(),
        report: ::agreement::report(&rows, code.kind, &places, na_is_missing),
        masi: None,
        matrices: if is_numeric { Vec::new() } else { matrices(&rows, reviewers, categories.len()) },
        categories,
        reviewers: reviewers.iter().enumerate().map(|(index, (id, _))| of_reviewer(index, *id)).collect(),
    }
}

fn matrices(rows: &[Vec<Option<Judged>>], reviewers: &[(Uuid, String)], categories: usize) -> Vec<Matrix> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "places are whole and not negative"
    )]
    let place = |judged: Judged| match judged {
        Judged::Number(number) => number as usize,
        Judged::NotApplicable => categories - 1,
    };
    let mut matrices: Vec<(u64, Matrix)> = Vec::new();
    for (one, (one_id, _)) in reviewers.iter().enumerate() {
        for (other, (other_id, _)) in reviewers.iter().enumerate().skip(one + 1) {
            let mut counts = vec![vec![0; categories]; categories];
            let mut items = 0;
            for row in rows {
                if let (Some(left), Some(right)) = (row[one], row[other]) {
                    counts[place(left)][place(right)] += 1;
                    items += 1;
                }
            }
            if items > 0 {
                matrices.push((items, Matrix { one: *one_id, other: *other_id, counts }));
            }
        }
    }
    matrices.sort_by_key(|(items, _)| std::cmp::Reverse(*items));
    matrices.into_iter().take(MOST_MATRICES).map(|(_, matrix)| matrix).collect()
}

/// Alpha over whole sets of labels.
fn masi(said: &Said<'_>, reviewers: &[(Uuid, String)]) -> Measure {
    let set = |value: &AnswerValue| match value {
        AnswerValue::Categories { labels } => Some(labels.iter().cloned().collect::<BTreeSet<String>>()),
        _ => None,
    };
    let table: Vec<Vec<Option<BTreeSet<String>>>> = said
        .standing
        .values()
        .map(|answers| reviewers.iter().map(|(id, _)| answers.get(id).and_then(|value| set(value))).collect())
        .collect();
    ::agreement::krippendorff_masi(&table)
}

fn names(state: &State<'_>, submitted: &HashSet<(Uuid, Uuid)>) -> store::Result<Vec<(Uuid, String)>> {
    let ids: HashSet<Uuid> = submitted.iter().map(|(_, reviewer)| *reviewer).collect();
    let known = state.reviewers()?;
    Ok(known.into_iter().filter(|one| ids.contains(&one.id)).map(|one| (one.id, one.name)).collect())
}

fn agreement(state: &State<'_>, queue: Uuid, na_is_missing: bool) -> store::Result<QueueAgreement> {
    let asked = asked(state, queue)?;
    let submitted: HashSet<(Uuid, Uuid)> = state.submitted_items(queue)?.into_iter().collect();
    let reviewers = names(state, &submitted)?;
    let all = placed(&asked, &state.queue_answers(queue)?);
    let by_id: HashMap<FeedbackId, &Placed> = all.iter().map(|one| (one.given.feedback_id, one)).collect();
    let pace = Pace::new(&all);
    let repeats = said_again(state, queue)?;
    let mut keys = Vec::new();
    let mut unmeasured = Vec::new();
    for (question, key) in &asked.rubric {
        let RubricItem { feedback_key, .. } = question;
        let Some(code) = Code::of(key, asked.is_pairwise()) else {
            unmeasured.push(feedback_key.clone());
            continue;
        };
        let said = said(feedback_key, &all, &by_id, &submitted, &pace, &repeats);
        if key.key_type == KeyType::MultiCategorical && !asked.is_pairwise() {
            let mut masi = Some(masi(&said, &reviewers));
            for category in &key.categories {
                let code = Code { label: Some(category.label.clone()), labels: code.labels.clone(), ..code };
                let of_label = key_agreement(key, code, &said, &reviewers, na_is_missing);
                keys.push(KeyAgreement { masi: masi.take(), ..of_label });
            }
        } else {
            keys.push(key_agreement(key, code, &said, &reviewers, na_is_missing));
        }
    }
    Ok(QueueAgreement { reviewers, keys, unmeasured })
}

impl Engine {
    /// How far the reviewers of a queue agree. *Not applicable* is a category of its own, or missing when told so.
    pub fn agreement(&self, queue: Uuid, na_is_missing: bool) -> Result<QueueAgreement> {
        Ok(self.store.review_state(|state| agreement(state, queue, na_is_missing))?)
    }
}
