//! Comparative experiments, and what was said in them.

use store::{Comparison, FeedbackQuery};
use uuid::Uuid;

use crate::{Engine, FeedbackStats, error::Result, feedback_stats};

impl Engine {
    /// Keeps a comparison of experiments that are there.
    pub fn add_comparison(&self, new: Comparison) -> Result<()> {
        for experiment in &new.experiments {
            self.store.project(*experiment)?;
        }
        Ok(self.store.add_comparison(new)?)
    }

    /// One comparison.
    pub fn comparison(&self, id: Uuid) -> Result<Comparison> {
        Ok(self.store.comparison(id)?)
    }

    /// The comparisons on a dataset, the oldest first.
    pub fn comparisons(&self, dataset: Uuid) -> Result<Vec<Comparison>> {
        self.store.dataset(dataset)?;
        Ok(self.store.comparisons(dataset)?)
    }

    /// Forgets a comparison; its experiments and what was said in it stay.
    pub fn delete_comparison(&self, id: Uuid) -> Result<()> {
        Ok(self.store.delete_comparison(id)?)
    }

    /// What was said in a comparison.
    pub fn comparison_feedback(&self, id: Uuid) -> Result<FeedbackStats> {
        let said = self.store.list_feedback(&FeedbackQuery {
            comparative_experiment: Some(id),
            limit: u32::MAX,
            ..FeedbackQuery::default()
        })?;
        Ok(feedback_stats(&said))
    }
}
