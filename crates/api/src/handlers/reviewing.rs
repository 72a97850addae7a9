//! Queues and reviewing.

use engine::Engine;

use super::Answer;
use crate::{
    error::{ApiError, ErrorCode},
    wire::{
        AdjudicateItem, ArchiveQueue, Backup, BackupRef, ChangeItems, Conversation, DecideItem, DraftResult,
        FeedbackKey, FillQueue, FillResult, GetProgress, GetReviewPlace, ItemAnswers, ItemPage, ItemRef,
        JsonWindow, Lease, ListItems, ListQueues, Nothing, OpenItem, OpenQueue, OpenedQueue, PairwiseReport,
        PeekItems, PeekedItems, PreviewRubric, QueueCounts, QueueDetail, QueueOrder, QueueProgress, QueueRef,
        QueueRow, Restored, ReviewConversation, ReviewConversationText, ReviewItem, ReviewJson, ReviewPlace,
        ReviewRun, ReviewText, ReviewTrace, ReviewerRef, Reviewers, RubricPreview, RunPanel, SaveDraft,
        SaveFeedbackKey, SaveQueue, SaveReviewer, StepResult, SubmitBulk, SubmitItem, TextWindow, Trace,
        UndoResult, UndoReview, WholeText,
    },
};

/// Commands of the contract that are still to be built.
macro_rules! to_be_built {
    ($($name:ident($params:ty) -> $result:ty;)*) => {
        $(pub(crate) fn $name(_: &Engine, _: $params) -> Answer<$result> {
            Err(ApiError::new(ErrorCode::Internal, concat!(stringify!($name), " is still to be built")))
        })*
    };
}

to_be_built! {
    list_reviewers(Nothing) -> Reviewers;
    save_reviewer(SaveReviewer) -> Reviewers;
    set_current_reviewer(ReviewerRef) -> Reviewers;
    forget_reviewer(ReviewerRef) -> Reviewers;
    list_feedback_keys(Nothing) -> Vec<FeedbackKey>;
    save_feedback_key(SaveFeedbackKey) -> FeedbackKey;
    list_queues(ListQueues) -> Vec<QueueRow>;
    get_queue(QueueRef) -> QueueDetail;
    save_queue(SaveQueue) -> QueueDetail;
    preview_rubric(PreviewRubric) -> RubricPreview;
    archive_queue(ArchiveQueue) -> QueueDetail;
    delete_queue(QueueRef) -> Nothing;
    preview_fill(FillQueue) -> FillResult;
    fill_queue(FillQueue) -> FillResult;
    open_queue(OpenQueue) -> OpenedQueue;
    list_items(ListItems) -> ItemPage;
    peek_items(PeekItems) -> PeekedItems;
    get_queue_order(OpenQueue) -> QueueOrder;
    get_review_place(GetReviewPlace) -> ReviewPlace;
    create_sample_queue(Nothing) -> QueueRef;
    open_item(OpenItem) -> ReviewItem;
    renew_lease(ItemRef) -> Lease;
    save_draft(SaveDraft) -> DraftResult;
    submit_item(SubmitItem) -> StepResult;
    submit_bulk(SubmitBulk) -> StepResult;
    decide_item(DecideItem) -> StepResult;
    adjudicate_item(AdjudicateItem) -> StepResult;
    undo_review(UndoReview) -> UndoResult;
    redo_review(UndoReview) -> UndoResult;
    change_items(ChangeItems) -> QueueCounts;
    get_item_answers(ItemRef) -> ItemAnswers;
    get_queue_progress(GetProgress) -> QueueProgress;
    get_pairwise_report(QueueRef) -> PairwiseReport;
    get_review_trace(ReviewTrace) -> Trace;
    get_review_run(ReviewRun) -> RunPanel;
    get_review_conversation(ReviewConversation) -> Conversation;
    read_review_conversation_text(ReviewConversationText) -> WholeText;
    read_review_json(ReviewJson) -> JsonWindow;
    read_review_text(ReviewText) -> TextWindow;
    unblind_item(ItemRef) -> ReviewItem;
    list_backups(Nothing) -> Vec<Backup>;
    make_backup(Nothing) -> Backup;
    restore_backup(BackupRef) -> Restored;
}
