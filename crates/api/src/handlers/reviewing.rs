//! Items, steps and their undoing.

use ::review::{AnswerValue, AssignmentState, ItemStatus};
use engine::{
    Decision, DraftOutcome, DraftRow, Engine, GivenAnswer, History, ItemBucket, ItemChange, ItemFilter,
    ItemView, Lease, Refusal, ReviewTarget, StepAnswers, StepIssue, StepOutcome, UndoOutcome,
};
use model::{RunId, TraceId};
use uuid::Uuid;

use super::{
    Answer,
    queues::{counts, detail, parse_id, recode, seat},
};
use crate::wire;

/// Rows that one call returns at most.
const MOST_ROWS: u32 = 500;

// ---- out ----

fn state(state: AssignmentState) -> wire::AssignmentState {
    match state {
        AssignmentState::Pending => wire::AssignmentState::Pending,
        AssignmentState::Reserved => wire::AssignmentState::Reserved,
        AssignmentState::Draft => wire::AssignmentState::Draft,
        AssignmentState::Submitted => wire::AssignmentState::Submitted,
        AssignmentState::Skipped => wire::AssignmentState::Skipped,
        AssignmentState::Discarded => wire::AssignmentState::Discarded,
    }
}

fn status(status: ItemStatus) -> wire::ItemStatus {
    match status {
        ItemStatus::NeedsReview => wire::ItemStatus::NeedsReview,
        ItemStatus::NeedsOthers => wire::ItemStatus::NeedsOthers,
        ItemStatus::InConflict => wire::ItemStatus::InConflict,
        ItemStatus::Completed => wire::ItemStatus::Completed,
        ItemStatus::Removed => wire::ItemStatus::Removed,
    }
}

fn run_ref((trace, run): (TraceId, RunId)) -> wire::RunRef {
    wire::RunRef { trace_id: trace.to_string(), run_id: run.to_string() }
}

/// Names of projects and reviewers, read once a call.
struct Names {
    projects: Vec<(Uuid, String)>,
    reviewers: Vec<(String, String)>,
}

impl Names {
    fn read(engine: &Engine) -> Answer<Self> {
        let projects = engine.find_projects(&engine::ProjectQuery::default())?;
        Ok(Self {
            projects: projects.into_iter().map(|project| (project.id, project.name)).collect(),
            reviewers: engine.reviewers()?.into_iter().map(|one| (one.id.to_string(), one.name)).collect(),
        })
    }

    fn project(&self, id: Uuid) -> String {
        self.projects.iter().find(|(known, _)| *known == id).map(|(_, name)| name.clone()).unwrap_or_default()
    }

    fn reviewer(&self, id: &str) -> Option<String> {
        self.reviewers.iter().find(|(known, _)| known == id).map(|(_, name)| name.clone())
    }
}

fn target(target: &ReviewTarget, names: &Names, masked: bool) -> wire::ItemTarget {
    match target {
        ReviewTarget::Run(trace, run) => wire::ItemTarget::Run { run: run_ref((*trace, *run)) },
        ReviewTarget::Trace(trace, run) => wire::ItemTarget::Trace { run: run_ref((*trace, *run)) },
        ReviewTarget::Pair([a, b]) => wire::ItemTarget::Pair { a: run_ref(*a), b: run_ref(*b) },
        ReviewTarget::Thread { project, thread } => wire::ItemTarget::Thread {
            project: if masked { String::new() } else { names.project(*project) },
            thread: thread.clone(),
        },
    }
}

fn given(one: GivenAnswer, names: &Names) -> Answer<wire::GivenAnswer> {
    Ok(wire::GivenAnswer {
        feedback_id: one.feedback_id.to_string(),
        reviewer: one.reviewer.as_deref().and_then(|id| names.reviewer(id)).or(one.reviewer_name),
        reviewer_id: one.reviewer,
        source: one.source,
        answer: recode(&one.answer)?,
        at: one.at.into(),
        rubric_version: one.rubric_version,
        adjudicator: one.adjudicator,
    })
}

fn all_given(all: Vec<GivenAnswer>, names: &Names) -> Answer<Vec<wire::GivenAnswer>> {
    all.into_iter().map(|one| given(one, names)).collect()
}

fn draft(draft: &DraftRow) -> Answer<wire::Draft> {
    let answers: Vec<::review::Answer> = serde_json::from_str(&draft.answers).unwrap_or_default();
    Ok(wire::Draft {
        answers: recode(&answers)?,
        cursor: draft.cursor.clone(),
        rubric_version: draft.rubric_version,
        saved: draft.updated.into(),
    })
}

fn short(answer: &::review::Answer) -> Option<wire::ShortAnswer> {
    let value = answer.value.as_ref()?;
    let score = match value {
        AnswerValue::Number { value } => Some(wire::Score(*value)),
        AnswerValue::Boolean { value } => Some(wire::Score(f64::from(u8::from(*value)))),
        _ => None,
    };
    Some(wire::ShortAnswer { key: answer.key.clone(), text: value.short(), score })
}

fn item_row(view: &ItemView, names: &Names) -> wire::ItemRow {
    let row = &view.row;
    let drafted: Vec<::review::Answer> =
        view.draft.as_ref().and_then(|draft| serde_json::from_str(&draft.answers).ok()).unwrap_or_default();
    let answers = if drafted.is_empty() {
        view.mine.iter().filter_map(|one| short(&one.answer)).collect()
    } else {
        drafted.iter().filter_map(short).collect()
    };
    wire::ItemRow {
        id: row.id.to_string(),
        position: wire::Count(row.position),
        state: state(row.state),
        status: status(row.status),
        target: target(&row.target, names, view.masked),
        name: row.name.clone(),
        input_preview: row.input_preview.clone(),
        output_preview: row.output_preview.clone(),
        start: row.start.map(Into::into),
        missing: row.missing,
        pinned: row.pinned,
        reviews: view.shows_reviews.then_some(wire::Count(row.reviews)),
        answers,
        reason: row.reason.clone(),
        held_by: view.held_by.clone(),
        added: row.added.into(),
        submitted: row.submitted.map(Into::into),
        active_ms: wire::Count(row.active_ms),
    }
}

fn lease(lease: Lease) -> wire::Lease {
    match lease {
        Lease::Free => wire::Lease::Free {},
        Lease::Mine(until) => wire::Lease::Mine { until: until.into() },
        Lease::OtherWindow(until) => wire::Lease::OtherWindow { until: until.into() },
        Lease::Other(reviewer, until) => wire::Lease::Other { reviewer, until: until.into() },
    }
}

fn item(engine: &Engine, mut view: ItemView, names: &Names, seat: &engine::Seat) -> Answer<wire::ReviewItem> {
    super::review_payload::mask_view(engine, &mut view, seat)?;
    Ok(wire::ReviewItem {
        row: item_row(&view, names),
        queue_id: view.queue.to_string(),
        lease: lease(view.lease),
        draft: view.draft.as_ref().map(draft).transpose()?,
        mine: all_given(view.mine, names)?,
        others: view.others.map(|all| all_given(all, names)).transpose()?,
        adjudicated: all_given(view.adjudicated, names)?,
        suggestions: all_given(view.suggestions, names)?,
        changed_since_review: view.changed,
        bytes: wire::Count(view.bytes),
        masked: view.masked,
    })
}

fn history(history: History) -> wire::ReviewHistory {
    wire::ReviewHistory { undo: history.undo, redo: history.redo }
}

fn refusal(refusal: Refusal) -> wire::Refusal {
    match refusal {
        Refusal::Leased(by) => wire::Refusal::Leased { lease: lease(by) },
        Refusal::RubricChanged(rubric_version) => wire::Refusal::RubricChanged { rubric_version },
        Refusal::Removed => wire::Refusal::Removed {},
        Refusal::Full => wire::Refusal::Full {},
        Refusal::ReasonMissing => wire::Refusal::ReasonMissing {},
        Refusal::WrongState => wire::Refusal::WrongState {},
    }
}

fn issue(one: StepIssue) -> Answer<wire::AnswerIssue> {
    let anchor = one.answer.and_then(|answer| answer.anchor);
    Ok(wire::AnswerIssue {
        item_id: one.item.to_string(),
        key: one.issue.key,
        anchor: anchor.map(|anchor| recode(&anchor)).transpose()?,
        rule: one.issue.rule.as_str().to_owned(),
        message: one.issue.message,
    })
}

fn outcome(step: Uuid, outcome: StepOutcome) -> Answer<wire::StepResult> {
    Ok(match outcome {
        StepOutcome::Done { summary, next, repeats, counts: now, history: then } => wire::StepResult::Done {
            step: step.to_string(),
            summary,
            next_item_id: next.map(|id| id.to_string()),
            again: repeats
                .into_iter()
                .map(|(id, behind)| wire::AgainItem { item_id: id.to_string(), behind: behind.to_string() })
                .collect(),
            counts: counts(now),
            history: history(then),
        },
        StepOutcome::Invalid(issues) => {
            wire::StepResult::Invalid { issues: issues.into_iter().map(issue).collect::<Answer<_>>()? }
        }
        StepOutcome::Refused(item, why) => {
            wire::StepResult::Refused { item_id: item.to_string(), refusal: refusal(why) }
        }
    })
}

// ---- in ----

fn item_id(text: &str) -> Answer<Uuid> {
    parse_id("item id", text)
}

pub(super) fn queue_id(text: &str) -> Answer<Uuid> {
    parse_id("queue id", text)
}

fn answers(answers: &[wire::Answer]) -> Answer<Vec<::review::Answer>> {
    recode(&answers)
}

fn bucket(filter: wire::ItemFilter) -> ItemBucket {
    match filter {
        wire::ItemFilter::All => ItemBucket::All,
        wire::ItemFilter::ToReview => ItemBucket::ToReview,
        wire::ItemFilter::Drafts => ItemBucket::Drafts,
        wire::ItemFilter::Submitted => ItemBucket::Submitted,
        wire::ItemFilter::Skipped => ItemBucket::Skipped,
        wire::ItemFilter::Discarded => ItemBucket::Discarded,
        wire::ItemFilter::NeedsOthers => ItemBucket::NeedsOthers,
        wire::ItemFilter::InConflict => ItemBucket::InConflict,
        wire::ItemFilter::Completed => ItemBucket::Completed,
        wire::ItemFilter::Removed => ItemBucket::Removed,
    }
}

// ---- commands: reading ----

pub(crate) fn open_queue(engine: &Engine, params: wire::OpenQueue) -> Answer<wire::OpenedQueue> {
    let seat = seat(engine, params.reviewer_id.as_deref(), &params.session)?;
    let opened = engine.open_queue(queue_id(&params.queue_id)?, &seat)?;
    Ok(wire::OpenedQueue {
        queue: detail(&opened.view)?,
        item_id: opened.item.map(|id| id.to_string()),
        recovered: opened.recovered.map(Into::into),
        instructions_new: opened.instructions_new,
        previous_rubric: opened.previous_rubric.map(|rubric| recode(&rubric)).transpose()?,
        history: history(opened.history),
    })
}

pub(crate) fn get_queue_order(engine: &Engine, params: wire::OpenQueue) -> Answer<wire::QueueOrder> {
    let seat = seat(engine, params.reviewer_id.as_deref(), &params.session)?;
    let (rows, again, now) = engine.review_order(queue_id(&params.queue_id)?, &seat)?;
    Ok(wire::QueueOrder {
        item_ids: rows.iter().map(|(id, ..)| id.to_string()).collect(),
        states: rows.iter().map(|(_, of, _)| state(*of)).collect(),
        statuses: rows.iter().map(|(_, _, of)| status(*of)).collect(),
        again: again.iter().map(Uuid::to_string).collect(),
        counts: counts(now),
    })
}

pub(crate) fn get_review_place(engine: &Engine, params: wire::GetReviewPlace) -> Answer<wire::ReviewPlace> {
    let seat = seat(engine, params.reviewer_id.as_deref(), "")?;
    let found = engine.review_place(seat.reviewer)?;
    Ok(wire::ReviewPlace {
        queue_id: found.place.map(|(queue, _)| queue.to_string()),
        item_id: found.place.map(|(_, item)| item.to_string()),
        draft_saved: found.draft_saved.map(Into::into),
        unclean: found.unclean,
    })
}

/// Whether all words stand in what the row shows.
fn shows(row: &wire::ItemRow, text: &str) -> bool {
    let shown = [&row.name, &row.input_preview, &row.output_preview].into_iter().flatten();
    let shown: String = shown.map(|text| text.to_lowercase() + " ").collect();
    text.split_whitespace().all(|word| shown.contains(&word.to_lowercase()))
}

pub(crate) fn list_items(engine: &Engine, params: wire::ListItems) -> Answer<wire::ItemPage> {
    let seat = seat(engine, params.reviewer_id.as_deref(), "")?;
    let filter = ItemFilter {
        bucket: bucket(params.filter),
        text: params.text,
        answer: params.answer_key.map(|key| (key, params.answer_text.unwrap_or_default())),
    };
    let limit = params.limit.clamp(1, MOST_ROWS);
    let (views, total, now) =
        engine.review_items(queue_id(&params.queue_id)?, &filter, params.offset, limit, &seat)?;
    let names = Names::read(engine)?;
    let found = views.len();
    let mut rows = Vec::with_capacity(found);
    for mut view in views {
        super::review_payload::mask_view(engine, &mut view, &seat)?;
        let row = item_row(&view, &names);
        // What was found by a hidden name must not tell it.
        if !view.masked || filter.text.as_deref().is_none_or(|text| shows(&row, text)) {
            rows.push(row);
        }
    }
    let hidden = u64::try_from(found - rows.len()).unwrap_or(0);
    Ok(wire::ItemPage { rows, total: wire::Count(total - hidden), counts: counts(now) })
}

pub(crate) fn peek_items(engine: &Engine, params: wire::PeekItems) -> Answer<wire::PeekedItems> {
    let seat = seat(engine, params.reviewer_id.as_deref(), &params.session)?;
    let after = params.after.as_deref().map(item_id).transpose()?;
    let (views, now) =
        engine.peek_items(queue_id(&params.queue_id)?, after, bucket(params.filter), params.count, &seat)?;
    let names = Names::read(engine)?;
    let items = views.into_iter().map(|view| item(engine, view, &names, &seat)).collect::<Answer<_>>()?;
    Ok(wire::PeekedItems { items, counts: counts(now) })
}

pub(crate) fn open_item(engine: &Engine, params: wire::OpenItem) -> Answer<wire::ReviewItem> {
    let seat = seat(engine, params.reviewer_id.as_deref(), &params.session)?;
    let view = engine.open_item(item_id(&params.item_id)?, params.take_over, &seat)?;
    item(engine, view, &Names::read(engine)?, &seat)
}

pub(crate) fn renew_lease(engine: &Engine, params: wire::ItemRef) -> Answer<wire::Lease> {
    let seat = seat(engine, params.reviewer_id.as_deref(), &params.session)?;
    Ok(lease(engine.renew_lease(item_id(&params.item_id)?, &seat)?))
}

pub(crate) fn unblind_item(engine: &Engine, params: wire::ItemRef) -> Answer<wire::ReviewItem> {
    let seat = seat(engine, params.reviewer_id.as_deref(), &params.session)?;
    let view = engine.unblind_item(item_id(&params.item_id)?, &seat)?;
    item(engine, view, &Names::read(engine)?, &seat)
}

pub(crate) fn get_item_answers(engine: &Engine, params: wire::ItemRef) -> Answer<wire::ItemAnswers> {
    let seat = seat(engine, params.reviewer_id.as_deref(), &params.session)?;
    let (view, all, conflicts) = engine.item_answers(item_id(&params.item_id)?, &seat)?;
    let names = Names::read(engine)?;
    let answers = all_given(all, &names)?;
    Ok(wire::ItemAnswers { item: item(engine, view, &names, &seat)?, answers, conflicts })
}

// ---- commands: steps ----

pub(crate) fn save_draft(engine: &Engine, params: wire::SaveDraft) -> Answer<wire::DraftResult> {
    let seat = seat(engine, params.reviewer_id.as_deref(), &params.session)?;
    let given = StepAnswers {
        item: item_id(&params.item_id)?,
        answers: answers(&params.answers)?,
        active_ms: params.active_ms,
    };
    Ok(match engine.save_draft(&seat, given, params.cursor, params.rubric_version, params.leave)? {
        DraftOutcome::Saved(at, by) => wire::DraftResult::Saved { at: at.into(), lease: lease(by) },
        DraftOutcome::Refused(why) => wire::DraftResult::Refused { refusal: refusal(why) },
    })
}

pub(crate) fn submit_item(engine: &Engine, params: wire::SubmitItem) -> Answer<wire::StepResult> {
    let seat = seat(engine, params.reviewer_id.as_deref(), &params.session)?;
    let step = parse_id("step", &params.step)?;
    let given = StepAnswers {
        item: item_id(&params.item_id)?,
        answers: answers(&params.answers)?,
        active_ms: params.active_ms,
    };
    outcome(step, engine.submit_items(&seat, vec![given], params.rubric_version, step, false)?)
}

pub(crate) fn submit_bulk(engine: &Engine, params: wire::SubmitBulk) -> Answer<wire::StepResult> {
    let seat = seat(engine, params.reviewer_id.as_deref(), &params.session)?;
    let step = parse_id("step", &params.step)?;
    let given = params
        .items
        .iter()
        .map(|one| {
            Ok(StepAnswers { item: item_id(&one.item_id)?, answers: answers(&one.answers)?, active_ms: 0 })
        })
        .collect::<Answer<Vec<_>>>()?;
    outcome(step, engine.submit_items(&seat, given, params.rubric_version, step, true)?)
}

pub(crate) fn decide_item(engine: &Engine, params: wire::DecideItem) -> Answer<wire::StepResult> {
    let seat = seat(engine, params.reviewer_id.as_deref(), &params.session)?;
    let step = parse_id("step", &params.step)?;
    let given = StepAnswers {
        item: item_id(&params.item_id)?,
        answers: answers(&params.answers)?,
        active_ms: params.active_ms,
    };
    let decision = match params.decision {
        wire::Decision::Skip => Decision::Skip,
        wire::Decision::Requeue => Decision::Requeue,
        wire::Decision::Discard => Decision::Discard,
        wire::Decision::Reopen => Decision::Reopen,
    };
    let done = engine.decide_item(&seat, given, decision, params.reason, params.rubric_version, step)?;
    outcome(step, done)
}

pub(crate) fn adjudicate_item(engine: &Engine, params: wire::AdjudicateItem) -> Answer<wire::StepResult> {
    let seat = seat(engine, params.reviewer_id.as_deref(), &params.session)?;
    let step = parse_id("step", &params.step)?;
    let done = engine.adjudicate_item(&seat, item_id(&params.item_id)?, answers(&params.answers)?, step)?;
    outcome(step, done)
}

fn undone(engine: &Engine, done: UndoOutcome, seat: &engine::Seat) -> Answer<wire::UndoResult> {
    let names = Names::read(engine)?;
    Ok(match done {
        UndoOutcome::Nothing => wire::UndoResult::Nothing {},
        UndoOutcome::Refused(id, why) => {
            wire::UndoResult::Refused { item_id: id.to_string(), refusal: refusal(why) }
        }
        UndoOutcome::Changed { summary, item: view, would_be } => wire::UndoResult::Changed {
            summary,
            item: Box::new(item(engine, *view, &names, seat)?),
            would_be: recode(&would_be)?,
        },
        UndoOutcome::Done { summary, queue, items, item: view, counts: now, history: then } => {
            wire::UndoResult::Done {
                summary,
                queue_id: queue.to_string(),
                item_ids: items.iter().map(Uuid::to_string).collect(),
                item: view.map(|view| item(engine, *view, &names, seat)).transpose()?.map(Box::new),
                counts: counts(now),
                history: history(then),
            }
        }
    })
}

pub(crate) fn undo_review(engine: &Engine, params: wire::UndoReview) -> Answer<wire::UndoResult> {
    let seat = seat(engine, params.reviewer_id.as_deref(), &params.session)?;
    undone(engine, engine.undo_review(&seat, params.force)?, &seat)
}

pub(crate) fn redo_review(engine: &Engine, params: wire::UndoReview) -> Answer<wire::UndoResult> {
    let seat = seat(engine, params.reviewer_id.as_deref(), &params.session)?;
    undone(engine, engine.redo_review(&seat, params.force)?, &seat)
}

pub(crate) fn change_items(engine: &Engine, params: wire::ChangeItems) -> Answer<wire::QueueCounts> {
    let seat = seat(engine, None, &params.session)?;
    let items = params.item_ids.iter().map(|id| item_id(id)).collect::<Answer<Vec<_>>>()?;
    let change = match params.change {
        wire::ItemChange::Remove {} => ItemChange::Remove,
        wire::ItemChange::Restore {} => ItemChange::Restore,
        wire::ItemChange::Pin { pinned } => ItemChange::Pin(pinned),
        wire::ItemChange::Priority { priority } => ItemChange::Priority(priority.0),
    };
    Ok(counts(engine.change_items(&seat, queue_id(&params.queue_id)?, items, change)?))
}

// ---- commands: numbers ----

pub(crate) fn get_queue_progress(engine: &Engine, params: wire::GetProgress) -> Answer<wire::QueueProgress> {
    let seat = seat(engine, params.reviewer_id.as_deref(), &params.session)?;
    let found = engine.queue_progress(queue_id(&params.queue_id)?, &seat)?;
    let share = |share: engine::AnswerShare| wire::AnswerShare {
        key: share.key,
        text: share.text,
        count: wire::Count(share.count),
        recent: wire::Count(share.recent),
    };
    let reviewer = |one: engine::ReviewerProgress| wire::ReviewerProgress {
        reviewer_id: one.id.to_string(),
        name: one.name,
        submitted: wire::Count(one.submitted),
        skipped: wire::Count(one.skipped),
        median_ms: one.pace.map(|pace| wire::Count(pace.per_item_ms)),
    };
    Ok(wire::QueueProgress {
        counts: counts(found.counts),
        spent_ms: wire::Count(found.spent_ms),
        shares: found.shares.into_iter().map(share).collect(),
        reviewers: found.reviewers.into_iter().map(reviewer).collect(),
    })
}

pub(crate) fn get_pairwise_report(engine: &Engine, params: wire::QueueRef) -> Answer<wire::PairwiseReport> {
    let report = engine.pairwise_report(queue_id(&params.queue_id)?)?;
    let row = |row: engine::PairRow| {
        let interval = row.tally.interval();
        wire::PairwiseRow {
            key: row.key,
            stratum: row.stratum,
            a_wins: wire::Count(row.tally.a_wins),
            b_wins: wire::Count(row.tally.b_wins),
            ties: wire::Count(row.tally.ties),
            both_bad: wire::Count(row.tally.both_bad),
            win_rate: row.tally.win_rate().map(wire::Score),
            low: interval.map(|(low, _)| wire::Score(low)),
            high: interval.map(|(_, high)| wire::Score(high)),
            p_value: row.tally.p_value().map(wire::Score),
            left_share: row.tally.left_share().map(wire::Score),
        }
    };
    Ok(wire::PairwiseReport { a: report.a, b: report.b, rows: report.rows.into_iter().map(row).collect() })
}
