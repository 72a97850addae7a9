//! What one call of a model received, beside the call that its agent made before.

use std::sync::Arc;

use model::{RunId, RunType, TraceId};
use serde_json::Value;
use store::RunRow;
use views::messages::{self, Conversation, ModelCall, Prompt, PromptCall, RequestFormat, RunInput};

use crate::{ConversationOf, Engine, OpenConversation, conversation::run_input, error::Result};

/// Runs of retrievers whose documents are looked for in a prompt: the latest before the call.
const MOST_RETRIEVERS: usize = 16;
/// Documents of one of them.
const MOST_DOCUMENTS: usize = 64;

/// A prompt as it stood when it was read.
#[derive(Debug, Clone)]
pub struct OpenPrompt {
    /// The conversation that says which call came before.
    pub conversation: Arc<OpenConversation>,
    /// The call and its input.
    pub prompt: Prompt,
    /// The trace of the call before.
    pub previous_trace: Option<TraceId>,
}

impl Engine {
    /// What a call of a model received, compared with what its agent was given before in this conversation.
    ///
    /// # Errors
    ///
    /// `NotFound` where the conversation has no such call.
    pub fn open_prompt(
        &self,
        of: &ConversationOf,
        show_hidden: bool,
        trace_id: TraceId,
        run_id: RunId,
    ) -> Result<OpenPrompt> {
        let opened = self.open_conversation(of, show_hidden)?;
        let said = &opened.conversation;
        let calls = &said.model_calls;
        let call = call_of(said, trace_id, run_id)?;
        let before = call.previous.map(|previous| &calls[previous]);
        let turn = |call: &ModelCall| &said.turns[call.turn];
        let input = self.run_of_call(trace_id, run_id)?;
        let earlier =
            before.map(|before| self.run_of_call(turn(before).trace_id, before.run_id)).transpose()?;
        let documents = self.documents_before(&opened, call.turn, &input)?;
        let prompt = messages::prompt(
            PromptCall { run: &input, shape: turn(call).shape },
            earlier.as_ref().zip(before).map(|(run, before)| PromptCall { run, shape: turn(before).shape }),
            &documents,
        );
        let previous_trace = before.map(|before| turn(before).trace_id);
        Ok(OpenPrompt { conversation: Arc::clone(&opened), prompt, previous_trace })
    }

    /// The input of a call as a request that can be sent again.
    ///
    /// # Errors
    ///
    /// `NotFound` where the conversation has no such call.
    pub fn request_of(
        &self,
        of: &ConversationOf,
        show_hidden: bool,
        trace_id: TraceId,
        run_id: RunId,
        format: RequestFormat,
    ) -> Result<String> {
        let opened = self.open_conversation(of, show_hidden)?;
        let said = &opened.conversation;
        let shape = said.turns[call_of(said, trace_id, run_id)?.turn].shape;
        let run = self.run_of_call(trace_id, run_id)?;
        Ok(messages::request(PromptCall { run: &run, shape }, format))
    }

    fn run_of_call(&self, trace_id: TraceId, run_id: RunId) -> Result<RunInput> {
        let (row, records) = self.store.run(trace_id, run_id)?;
        Ok(run_input(&row, ingest::detail(&records)))
    }

    /// Texts that retrievers of the trace had found when the call was made.
    fn documents_before(
        &self,
        opened: &OpenConversation,
        turn: usize,
        call: &RunInput,
    ) -> Result<Vec<String>> {
        let Some((trace_id, rows)) = opened.rows.get(turn) else { return Ok(Vec::new()) };
        let mut retrievers: Vec<&RunRow> = rows
            .iter()
            .filter(|row| row.run_type == RunType::Retriever && row.end.is_some() && row.end <= call.start)
            .collect();
        retrievers.sort_by_key(|row| std::cmp::Reverse(row.end));
        let mut documents = Vec::new();
        for row in retrievers.into_iter().take(MOST_RETRIEVERS) {
            let (_, records) = self.store.run(*trace_id, row.run_id)?;
            let outputs = ingest::detail(&records).outputs.unwrap_or_default();
            documents.extend(documents_in(&outputs));
        }
        Ok(documents)
    }
}

fn call_of(said: &Conversation, trace_id: TraceId, run_id: RunId) -> Result<&ModelCall> {
    let mut calls = said.model_calls.iter();
    let found = calls.find(|call| call.run_id == run_id && said.turns[call.turn].trace_id == trace_id);
    found.ok_or_else(|| store::Error::NotFound { what: "model call", id: run_id.to_string() }.into())
}

/// Texts of the documents that a retriever gave, under the names that LangSmith, LangChain and OpenInference use.
fn documents_in(outputs: &str) -> Vec<String> {
    let value: Value = serde_json::from_str(outputs).unwrap_or_default();
    let list = ["documents", "output", "results"].iter().find_map(|key| value.get(key)?.as_array());
    let list = list.or_else(|| value.as_array());
    let text = |document: &Value| {
        let inner = document.get("document").or_else(|| document.get("kwargs")).unwrap_or(document);
        let text = ["page_content", "content", "text"].iter().find_map(|key| inner.get(key)?.as_str());
        text.or_else(|| document.as_str()).map(str::to_owned)
    };
    list.into_iter().flatten().filter_map(text).take(MOST_DOCUMENTS).collect()
}
