//! Judgements that come with telemetry and files.

use model::Feedback;

use crate::{Engine, error::Result, now};

impl Engine {
    /// Keeps judgements that came with runs. One that was changed here since it was said stays as it is, so that
    /// reading a file again undoes nobody's work.
    pub(crate) fn keep_told_feedback(&self, mut told: Vec<Feedback>) -> Result<()> {
        told.retain(|told| {
            let known = self.store.feedback(told.id).ok().and_then(|known| known.modified);
            known.is_none_or(|known| told.modified.is_some_and(|told| told >= known))
        });
        if told.is_empty() {
            return Ok(());
        }
        self.redaction.feedback(&mut told);
        self.store.put_feedback(told, now())?;
        Ok(())
    }
}
